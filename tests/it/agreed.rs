//! The exit code, both tables and the document tell the same story.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Ended;

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn cells(row: &BTreeMap<String, String>, columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| row[*column].clone()).collect()
}

fn list<'a>(report: &'a Value, key: &str) -> &'a [Value] {
    report[key].as_array().expect("a list")
}

/// Panics where two of them contradict each other. `what` says which run it was.
pub(crate) fn assert_agreed(ended: &Ended, what: &str) {
    let report = ended.json();
    let repositories = list(&report, "repositories");
    assert_repositories(ended, repositories, what);
    assert_findings(ended, &report, what);
    assert_summary(&report, repositories, what);
    assert_code(ended, &report, what);
}

/// One row for each repository, in both, in the same order.
fn assert_repositories(ended: &Ended, repositories: &[Value], what: &str) {
    let told = |one: &Value| {
        ["namespace", "repository", "outcome", "unknownClass", "attempts"]
            .map(|key| text(&one[key]))
            .to_vec()
    };
    let expected: Vec<Vec<String>> = repositories.iter().map(told).collect();
    let columns = ["namespace", "repository", "outcome", "unknown_class", "attempts"];
    let actual: Vec<Vec<String>> = ended.repos().iter().map(|row| cells(row, &columns)).collect();
    assert_eq!(actual, expected, "repos.csv beside report.json: {what}");
    let names: BTreeSet<_> = expected.iter().map(|row| (&row[0], &row[1])).collect();
    assert_eq!(names.len(), expected.len(), "each once: {what}");
}

/// One row for each finding and each entry of `unknown`.
fn assert_findings(ended: &Ended, report: &Value, what: &str) {
    let finding = |one: &Value| ["namespace", "repository", "code"].map(|key| text(&one[key])).to_vec();
    let unknown = |one: &Value| {
        let names = list(one, "repositories");
        let name = if names.len() == 1 {
            text(&names[0])
        } else {
            String::new()
        };
        vec![
            text(&one["namespace"]),
            name,
            format!("unknown:{}", text(&one["class"])),
        ]
    };
    let findings = list(report, "findings").iter().map(finding);
    let mut expected: Vec<Vec<String>> = findings.chain(list(report, "unknown").iter().map(unknown)).collect();
    let row = |row: &BTreeMap<String, String>| {
        let code = match &*row["unknown_class"] {
            "" => row["code"].clone(),
            class => format!("unknown:{class}"),
        };
        vec![row["namespace"].clone(), row["repository"].clone(), code]
    };
    let mut actual: Vec<Vec<String>> = ended.drift().iter().map(row).collect();
    expected.sort();
    actual.sort();
    assert_eq!(actual, expected, "drift.csv beside report.json: {what}");

    // What is told of a repository is told in its row, and the other way round.
    let mut doubted: BTreeSet<(String, String)> = BTreeSet::new();
    for one in list(report, "unknown") {
        let names = list(one, "repositories").iter();
        doubted.extend(names.map(|name| (text(&one["namespace"]), text(name))));
    }
    let is_unknown = |one: &&Value| one["outcome"] == "unknown";
    let rows = list(report, "repositories").iter().filter(is_unknown);
    let rows: BTreeSet<_> = rows
        .map(|one| (text(&one["namespace"]), text(&one["repository"])))
        .collect();
    assert_eq!(rows, doubted, "unknown in the rows, and in the entries: {what}");
}

fn assert_summary(report: &Value, repositories: &[Value], what: &str) {
    let repos = &report["summary"]["repos"];
    let count = |key: &str| repos[key].as_u64().expect("a number");
    let having = |outcome: &str| repositories.iter().filter(|one| one["outcome"] == outcome).count() as u64;
    for outcome in ["ok", "drift", "waived", "unknown"] {
        assert_eq!(count(outcome), having(outcome), "{outcome}: {what}");
    }
    let outcomes = count("ok") + count("drift") + count("waived") + count("unknown") + count("skipped");
    assert_eq!(
        count("expected") + count("discovered"),
        outcomes,
        "nobody is lost: {what}"
    );
}

/// 2 for drift and 4 for unknown; 1 where nobody answered at all.
fn assert_code(ended: &Ended, report: &Value, what: &str) {
    let drift = !list(report, "findings").is_empty();
    let unknown = !list(report, "unknown").is_empty();
    let sum = i32::from(drift) * 2 + i32::from(unknown) * 4;
    let is_failed = report["status"] == "failed";
    let outcomes = list(report, "repositories").iter();
    let nothing_is_known = outcomes.clone().count() > 0 && outcomes.clone().all(|one| one["outcome"] == "unknown");
    assert_eq!(ended.code, if is_failed { 1 } else { sum }, "the exit code: {what}");
    assert!(!is_failed || nothing_is_known, "failed, and something is known: {what}");
    assert_eq!(report["exitCode"], ended.code, "{what}");
    let status = match (is_failed, unknown) {
        (true, _) => "failed",
        (false, true) => "incomplete",
        (false, false) => "complete",
    };
    assert_eq!(report["status"], status, "{what}");
}
