//! Every format of a list of saved reports, byte for byte. Adding a format needs nothing here.
//!
//! A case is a report: of a folder of `tests/cases/`, or `tests/formats/NAME/report.json`. What the formats make of it stands in
//! `tests/formats/NAME/`; `UPDATE_FORMATS=1 cargo test --test formats` rewrites that, and what changed there is read like code.
//! `RENDERED_FORMATS=DIR` writes everything into `DIR/NAME/` as well: `.ci/reports` gives that to the validators of each
//! ecosystem.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use swr_audit::model::is_unseen;
use swr_audit::report::format::{BASELINE, DRIFT, FORMATS, Format, JSON, MARKDOWN, REPOS};

/// A case and the report it is about.
const CASES: [(&str, &str); 12] = [
    ("clean", "tests/cases/clean/expected"),
    ("drift", "tests/cases/override-mismatch/expected"),
    ("waived", "tests/cases/waivers/expected"),
    ("unknown", "tests/cases/access-denied-namespace/expected"),
    ("mixed", "tests/cases/moved-pair-with-flags/expected"),
    ("empty", "tests/cases/empty-inventory/expected"),
    ("no-audit", "tests/cases/no-credential/expected"),
    ("a-part", "tests/cases/a-part/expected"),
    ("several-sources", "tests/cases/one-source-is-blind/expected"),
    ("odd-names", "tests/cases/hostile-text/expected"),
    ("history", "tests/formats/history"),
    ("hostile", "tests/formats/hostile"),
];

/// Too long to be read, and held by its length alone.
const LONG: (&str, &str) = ("long", "tests/cases/a-thousand-findings/expected");

/// Held by `tests/cases/`, and by the tests of history.
const ELSEWHERE: [Format; 4] = [DRIFT, REPOS, JSON, BASELINE];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn formats() -> impl Iterator<Item = Format> {
    FORMATS.into_iter().filter(|format| !ELSEWHERE.contains(format))
}

/// What every format makes of a report.
fn rendered(report: &str) -> Vec<(Format, Vec<u8>)> {
    rendered_as(report, &formats().collect::<Vec<_>>())
}

/// What these formats make of it.
fn rendered_as(report: &str, formats: &[Format]) -> Vec<(Format, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let text = fs::read_to_string(root().join(report).join("report.json")).expect("every case has a report");
    // Cases do not know the version, and readers want one.
    let text = text.replace("\"toolVersion\": \"*\"", "\"toolVersion\": \"1.2.3\"");
    fs::write(folder.path().join("report.json"), text).expect("it is writable");
    let outputs = formats
        .iter()
        .flat_map(|format| ["-o".to_owned(), format!("{}={}", format.name, format.file)]);
    let output = Command::new(env!("CARGO_BIN_EXE_swr-audit"))
        .current_dir(folder.path())
        .env_clear()
        .args(["render", "report.json"])
        .args(outputs)
        .output()
        .expect("the binary starts");
    assert!(
        output.status.success(),
        "{report}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    formats
        .iter()
        .map(|&format| {
            (
                format,
                fs::read(folder.path().join(format.file)).expect("it was written"),
            )
        })
        .collect()
}

fn text_of(report: &str, name: &str) -> String {
    let all = rendered(report);
    let (_, bytes) = all
        .into_iter()
        .find(|(format, _)| format.name == name)
        .expect("a format");
    String::from_utf8(bytes).expect("it is text")
}

#[test]
fn every_format_of_every_case_is_as_its_folder_has_it() {
    let rewrites = std::env::var_os("UPDATE_FORMATS").is_some();
    let beside = std::env::var_os("RENDERED_FORMATS").map(PathBuf::from);
    let mut different = Vec::new();
    for (case, report) in CASES.into_iter().chain([LONG]) {
        let folder = root().join("tests/formats").join(case);
        if let Some(beside) = &beside {
            // A workbook is held against it.
            let (table, bytes) = rendered_as(report, &[DRIFT]).remove(0);
            fs::create_dir_all(beside.join(case)).expect("the folder is writable");
            fs::write(beside.join(case).join(table.file), bytes).expect("the folder is writable");
        }
        for (format, bytes) in rendered(report) {
            if let Some(beside) = &beside {
                fs::write(beside.join(case).join(format.file), &bytes).expect("the folder is writable");
            }
            // A format that is no text is compared by its own tests.
            let Ok(actual) = String::from_utf8(bytes) else { continue };
            let path = folder.join(format.file);
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if (case, report) == LONG || expected == actual {
                continue;
            }
            if rewrites {
                fs::create_dir_all(&folder).expect("the checkout is writable");
                fs::write(&path, actual).expect("the checkout is writable");
            } else {
                different.push(format!(
                    "{}\n--- expected\n{expected}\n--- actual\n{actual}",
                    path.display()
                ));
            }
        }
    }
    assert!(
        different.is_empty(),
        "{}\nUPDATE_FORMATS=1 rewrites them",
        different.join("\n\n")
    );
}

#[test]
fn there_are_no_folders_but_those_of_cases() {
    let folders = fs::read_dir(root().join("tests/formats")).expect("there are cases");
    let names: BTreeSet<String> = folders
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, CASES.iter().map(|(case, _)| (*case).to_owned()).collect());
}

#[test]
fn what_is_not_seen_is_in_no_format() {
    for (format, bytes) in rendered("tests/formats/hostile") {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let unseen: BTreeSet<char> = text.chars().filter(|c| is_unseen(*c) && *c != '\n').collect();
        assert!(unseen.is_empty(), "{format:?} holds {unseen:?}");
    }
}

#[test]
fn no_line_of_any_format_is_a_command_for_a_runner() {
    for (format, bytes) in rendered("tests/formats/hostile") {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        for line in text.lines() {
            assert!(!line.trim_start().starts_with("::"), "{format:?}: {line}");
        }
    }
}

#[test]
fn markdown_from_outside_means_nothing() {
    let text = text_of("tests/formats/hostile", "markdown");
    for sign in [
        "@octocat", "@team", "#123", "<script", "<img", "](", "##[", "##vso", "::error", "**b**", "~~", "__", "``",
        "$(", "${", "&lt;",
    ] {
        let outside: Vec<&str> = text.lines().filter(|line| line.contains(sign)).collect();
        assert!(outside.is_empty(), "{sign}: {outside:?}");
    }
    // Every row has as many cells as its head.
    let mut cells = None;
    for line in text.lines() {
        let count = line.starts_with('|').then(|| line.matches('|').count());
        assert!(count.is_none() || cells.is_none() || count == cells, "{line}");
        cells = count;
    }
    // What is in no code holds no address.
    for line in text.lines() {
        let parts = line
            .split("<code>")
            .enumerate()
            .map(|(at, part)| match (at, part.split_once("</code>")) {
                (0, _) => part,
                (_, Some((_, after))) => after,
                (_, None) => panic!("code without an end: {line}"),
            });
        for part in parts {
            let outside: String = part.split('`').step_by(2).collect();
            assert!(!outside.contains("evil.example"), "{line}");
        }
    }
}

#[test]
fn a_summary_stays_below_sixty_thousand_bytes_and_counts_the_rest() {
    let text = text_of(LONG.1, "markdown");
    assert!(text.len() <= 60_000, "{}", text.len());
    assert!(text.contains("\n## Causes\n"), "what has one cause is one row");
    let hostile = text_of("tests/formats/hostile", MARKDOWN.name);
    assert!(hostile.len() <= 60_000, "{}", hostile.len());
    let rest = hostile.lines().find_map(|line| line.strip_prefix("- … and "));
    assert_eq!(rest, Some("2 more warnings, not shown here."));
}

#[test]
fn the_prefix_stands_before_every_path_of_the_inventory() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let outputs = [
        "-o",
        "sarif=a.sarif",
        "-o",
        "junit=a.xml",
        "--path-prefix",
        "ops/./audit",
    ];
    let output = Command::new(env!("CARGO_BIN_EXE_swr-audit"))
        .current_dir(folder.path())
        .env_clear()
        .arg("render")
        .arg(root().join("reports/sample"))
        .args(outputs)
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("it was written");
    assert!(read("a.xml").contains("file=\"ops/audit/policies/demo.yaml\""));
    let sarif: serde_json::Value = serde_json::from_str(&read("a.sarif")).expect("it is JSON");
    for result in sarif["runs"][0]["results"].as_array().expect("a list") {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(uri, "ops/audit/policies/demo.yaml");
    }
}
