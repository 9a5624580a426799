//! A case is a folder: an inventory and a journal in, the reports, the console and the exit code out. Adding one needs
//! no Rust.
//!
//! `tests/cases/NAME/` holds `inventory.yaml`, `journal.ndjson`, if need be `arguments` (more arguments of `run`, a line
//! each), and `expected/`. `UPDATE_CASES=1 cargo test` writes what the tool says into `expected/`; what
//! changed there is read like code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use swr_audit::model::{Code, UnknownClass};

/// What is compared: the files of the run's folder, and what else a run leaves.
const EXPECTED: [&str; 5] = ["console.txt", "drift.csv", "exit_code", "repos.csv", "report.json"];

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(root)
        .expect("there are cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    cases.sort();
    cases
}

/// What the tool makes of a case, file by file, in the order of [`EXPECTED`].
fn run(case: &Path) -> [String; EXPECTED.len()] {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for name in ["inventory.yaml", "journal.ndjson"] {
        fs::copy(case.join(name), folder.path().join(name)).expect("every case has both");
    }
    let arguments = fs::read_to_string(case.join("arguments")).unwrap_or_default();
    let output = Command::new(env!("CARGO_BIN_EXE_swr-audit"))
        .current_dir(folder.path())
        .env_clear()
        .args(["run", "inventory.yaml", "--replay", "journal.ndjson"])
        .args(["--run-id", "case", "--at", "2026-11-24T03:15:00Z"])
        .args(arguments.lines())
        .output()
        .expect("the binary starts");
    let report = |name: &str| fs::read_to_string(folder.path().join("reports/case").join(name)).unwrap_or_default();
    let code = output.status.code().expect("it was not killed");
    let version = format!("\"toolVersion\": \"{}\"", env!("CARGO_PKG_VERSION"));
    [
        String::from_utf8(output.stderr).expect("stderr is text"),
        report("drift.csv"),
        format!("{code}\n"),
        report("repos.csv"),
        report("report.json").replace(&version, "\"toolVersion\": \"*\""),
    ]
}

#[test]
fn every_case_ends_as_its_folder_says() {
    let rewrites = std::env::var_os("UPDATE_CASES").is_some();
    let mut different = Vec::new();
    for case in cases() {
        for (name, actual) in EXPECTED.iter().zip(run(&case)) {
            let path = case.join("expected").join(name);
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if expected == actual {
                continue;
            }
            if rewrites {
                fs::create_dir_all(case.join("expected")).expect("the checkout is writable");
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
        "{}\nUPDATE_CASES=1 rewrites them",
        different.join("\n\n")
    );
}

#[test]
fn there_is_a_case_for_every_code_and_every_class() {
    let cases = cases();
    assert!(cases.len() >= 25, "{} cases", cases.len());
    let mut told = BTreeSet::new();
    for case in &cases {
        let text = fs::read_to_string(case.join("expected/report.json")).expect("every case has a report");
        let report: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let words = |list: &str, key: &str| -> Vec<String> {
            let entries = report[list].as_array().expect("a list");
            entries
                .iter()
                .map(|entry| entry[key].as_str().expect("a word").to_owned())
                .collect()
        };
        told.extend(words("findings", "code"));
        told.extend(words("unknown", "class"));
    }
    let classes = UnknownClass::ALL.iter().map(|class| class.name());
    for word in Code::ALL.iter().map(|code| code.name()).chain(classes) {
        assert!(told.contains(word), "no case tells {word}");
    }
}
