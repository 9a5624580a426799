//! `reports/sample/`: what the demo writes today, but for what depends on the wire.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::page::{is_update, root};
use super::stage::{AT, RUN_ID, Stage, ended, json};

/// The columns that depend on the wire.
const COLUMNS: [&str; 3] = ["attempts", "observed_at", "request_id"];
/// The keys that depend on the wire, and the endpoint with its port.
const KEYS: [&str; 5] = ["wire", "attempts", "observedAt", "requestId", "endpoint"];

fn demo() -> Stage {
    let stage = Stage::new();
    let ended = ended(&mut stage.binary(&["demo", "--at", AT, "--run-id", RUN_ID]));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    stage
}

/// Rows of cells, those that depend on the wire emptied; the header stays.
fn table(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("there is a table");
    let text = text.strip_prefix('\u{feff}').expect("it is made for spreadsheets");
    assert_eq!(
        text.matches('\n').count(),
        text.matches("\r\n").count(),
        "every line ends with CRLF"
    );
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.expect("every row has every column"));
    let mut rows: Vec<Vec<String>> = rows.map(|row| row.iter().map(str::to_owned).collect()).collect();
    let header = rows[0].clone();
    for row in &mut rows[1..] {
        for (cell, column) in row.iter_mut().zip(&header) {
            if COLUMNS.contains(&&**column) {
                cell.clear();
            }
        }
    }
    rows
}

fn without_wire(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                if KEYS.contains(&&**key) {
                    *field = Value::Null;
                } else {
                    without_wire(field);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_wire),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn report(path: &Path) -> Value {
    let mut report = json(path);
    without_wire(&mut report);
    report
}

#[test]
fn the_sample_is_what_the_demo_writes() {
    let stage = demo();
    let folder = stage.run_folder().expect("there was a run");
    let sample = root().join("reports/sample");
    if is_update() {
        fs::create_dir_all(&sample).expect("the folder is writable");
        for entry in fs::read_dir(&folder).expect("a run's folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("it has a name");
            // Written, not copied: a run's files are nobody else's business, the sample is everybody's.
            let bytes = fs::read(&path).expect("it is readable");
            fs::write(sample.join(name), bytes).expect("it is writable");
        }
    }
    for name in ["drift.csv", "repos.csv"] {
        assert_eq!(
            table(&sample.join(name)),
            table(&folder.join(name)),
            "{name}: UPDATE_SAMPLE=1"
        );
    }
    let name = "report.json";
    assert_eq!(
        report(&sample.join(name)),
        report(&folder.join(name)),
        "{name}: UPDATE_SAMPLE=1"
    );
    assert!(sample.join("journal.ndjson").exists());
}

#[test]
fn the_sample_s_page_is_that_of_its_report() {
    let stage = Stage::new();
    let sample = root().join("reports/sample");
    let report = sample.join("report.json");
    let ended = ended(&mut stage.binary(&["render", &report.to_string_lossy(), "-o", "html=page.html"]));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let [expected, actual] = [sample.join("report.html"), stage.path().join("page.html")]
        .map(|path| fs::read_to_string(path).expect("there is a page"));
    assert!(expected == actual, "UPDATE_SAMPLE=1");
}
