//! Whatever the bytes: an inventory, or problems whose places are inside the files.

use proptest::prelude::*;

use super::*;

fn check(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let files = [file("a.yaml", bytes)];
    let Err(problems) = read_documents(&files, TERMS) else {
        return Ok(());
    };
    prop_assert!(!problems.shown().is_empty() && problems.total() >= problems.shown().len());
    let Ok(bytes) = &files[0].content else { return Ok(()) };
    let text = String::from_utf8_lossy(bytes);
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(&text)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let lengths: Vec<usize> = text.split('\n').map(|line| line.chars().count()).collect();
    for problem in problems.shown() {
        prop_assert!(!problem.message().is_empty() && !problem.remedy().is_empty());
        let places = problem
            .place()
            .into_iter()
            .chain(problem.related().iter().map(Related::place));
        for place in places {
            let line = lengths.get((place.line as usize).wrapping_sub(1));
            prop_assert!(
                line.is_some_and(|length| (1..=length + 1).contains(&(place.column as usize))),
                "{place}"
            );
        }
    }
    prop_assert!(problems.to_string().ends_with("in the inventory"));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(bytes)?;
    }

    #[test]
    fn any_yaml_marks(text in "[-a-z:{}\\[\\]*&!#|>'\"%@`, \\n\\r\\t?~\u{85}\u{2028}ä😀]{0,80}") {
        check(text.into_bytes())?;
    }

    #[test]
    fn mutated_inventories(
        at in proptest::collection::vec((0..SOUND.len(), 0..12_usize, "[-a-z:{}\\[\\]*&, \\n\\r\\tä]{0,4}"), 1..4),
    ) {
        let mut text = SOUND.to_owned();
        for (start, length, with) in at {
            let start = text.floor_char_boundary(start.min(text.len()));
            let end = text.floor_char_boundary((start + length).min(text.len())).max(start);
            text.replace_range(start..end, &with);
        }
        check(text.into_bytes())?;
    }

    #[test]
    fn mutated_wide_inventories(
        at in proptest::collection::vec((0..WIDE.len(), 0..12_usize, "[-a-z:{}\\[\\]*?!&/, \\n]{0,4}"), 1..4),
    ) {
        let mut text = WIDE.to_owned();
        for (start, length, with) in at {
            let start = start.min(text.len());
            let end = (start + length).min(text.len());
            text.replace_range(start..end, &with);
        }
        check(text.clone().into_bytes())?;
        // Whatever is sound can be looked at closer, too.
        let files = [file("a.yaml", text)];
        prop_assert_eq!(check_documents(&files, TERMS).is_ok(), read_documents(&files, TERMS).is_ok());
    }

    #[test]
    fn lines_swapped_doubled_and_dropped(lines in proptest::collection::vec(0..SOUND.lines().count(), 1..60)) {
        let all: Vec<&str> = SOUND.lines().collect();
        let text = lines.iter().map(|line| all[*line]).collect::<Vec<_>>().join("\n");
        check(format!("{}\n{text}", all[0]).into_bytes())?;
    }

    /// A secret beside its key stays unseen, however broken the lines around it are.
    #[test]
    fn no_secret_is_ever_shown(
        at in 0..SOUND.lines().count(),
        secret in proptest::sample::select(vec![
            "secretKey: hunter2", "ak: hunter2", "token: |\n~  hunter2\n~  hunter2", "sk:\n~  hunter2", "PROD_SK: \"a\n~  hunter2\"",
            "endpoint: https://me:hunter2@host", "- {name: x, password: hunter2}", "# secret=hunter2",
        ]),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), 0..4_usize, "[-a-z:{}\\[\\]*&, |>\"'\\t#]{0,3}"), 0..6),
    ) {
        let mut lines: Vec<String> = SOUND.lines().map(str::to_owned).collect();
        for (place, length, with) in changes {
            let line = place.index(lines.len());
            let start = place.index(lines[line].len() + 1);
            let end = (start + length).min(lines[line].len());
            lines[line].replace_range(start..end, &with);
        }
        let indent = " ".repeat(lines[at].len() - lines[at].trim_start().len());
        lines.insert(at, format!("{indent}{}", secret.replace('~', &indent)));
        if let Err(problems) = read(&lines.join("\n")) {
            let shown = format!("{problems}\n{problems:?}");
            prop_assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
