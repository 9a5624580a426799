//! Broken inventories as new users write them: each a folder in `tests/broken`, with what `check` says of it in
//! `expected.txt`. Adding a case needs no Rust; `UPDATE_SAMPLE=1` writes what is said anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::binary;

/// The clock of every case.
const AT: &str = "2026-11-24T03:15:00Z";

/// What a remedy begins with: it says what to do.
const IMPERATIVES: [&str; 15] = [
    "check",
    "close",
    "correct",
    "did you mean",
    "fill in",
    "indent",
    "keep",
    "move",
    "name",
    "put",
    "quote",
    "remove",
    "rename",
    "save",
    "write",
];

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let entries = fs::read_dir(root).expect("there are broken inventories");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    cases
}

/// The files of a case, in order of their names.
fn inputs(case: &Path) -> Vec<String> {
    let entries = fs::read_dir(case).expect("a case is a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name != "expected.txt").collect();
    names.sort();
    assert!(!names.is_empty(), "{}", case.display());
    names
}

/// What a command says of a case on stderr.
fn said(command: &str, case: &Path, options: &[&str]) -> String {
    let home = tempfile::tempdir().expect("a folder for the test");
    let output = binary(home.path())
        .current_dir(case)
        .arg(command)
        .args(inputs(case))
        .args(["--at", AT])
        .args(options)
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(65), "{}", case.display());
    assert!(output.stdout.is_empty(), "{}", case.display());
    String::from_utf8(output.stderr).expect("stderr is text")
}

#[test]
fn every_broken_inventory_is_reported_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 30, "{} cases", cases.len());
    let is_update = std::env::var_os("UPDATE_SAMPLE").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for case in &cases {
        let actual = said("check", case, &[]);
        let golden = case.join("expected.txt");
        if is_update {
            fs::write(&golden, &actual).expect("the case is writable");
        } else if fs::read_to_string(&golden).ok().as_deref() != Some(&actual) {
            wrong.push(format!("{}:\n{actual}", case.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "UPDATE_SAMPLE=1 writes these anew:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_problem_names_its_file_and_line_and_says_what_to_do() {
    let mut count = 0;
    for case in cases() {
        let text = said("check", &case, &[]);
        let blocks: Vec<&str> = text.split("\n\n").collect();
        let (sum, problems) = blocks.split_last().expect("something is said");
        assert!(sum.ends_with(" in the inventory\n"), "{}: {sum}", case.display());
        assert!(!problems.is_empty(), "{}", case.display());
        for problem in problems {
            count += 1;
            let title = problem.lines().next().unwrap_or_default();
            assert!(title.starts_with("error: "), "{problem}");
            let is_placed = |line: &str| {
                let place = line.trim_start().strip_prefix("--> ");
                place.is_some_and(|place| place.split(':').count() == 3)
            };
            let names_the_file = inputs(&case).iter().any(|name| title.contains(name));
            assert!(problem.lines().any(is_placed) || names_the_file, "{problem}");
            let (_, remedy) = problem.split_once("= help: ").expect("there is something to do");
            assert!(IMPERATIVES.iter().any(|word| remedy.starts_with(word)), "{remedy}");
        }
    }
    assert!(count > 120, "{count} problems");
}

#[test]
fn run_says_the_same_as_check() {
    for case in cases() {
        let run = said("run", &case, &["--out", "none"]);
        assert_eq!(run, said("check", &case, &[]), "{}", case.display());
    }
}

#[test]
fn secrets_are_in_no_golden_file() {
    for case in cases() {
        let text = said("check", &case, &["-vv"]);
        assert!(!text.to_lowercase().contains("hushhush"), "{}: {text}", case.display());
    }
}
