//! What the formats for machines say of one report with everything in it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::document::BaselineEntry;
use super::super::format::{JUNIT, PROMETHEUS, SARIF};
use super::super::verdict::Status;
use super::super::{Report, github};
use super::everything::everything;
use super::text_of;
use crate::model::{Code, Outcome, Severity};
use crate::report::csv::Dialect;
use crate::report::format::Format;

fn text(report: &Report, format: Format) -> String {
    text_of(report, format, Dialect::Rfc4180)
}

fn sarif(report: &Report) -> Value {
    serde_json::from_str(&text(report, SARIF)).expect("it is JSON")
}

fn list<'v>(value: &'v Value, key: &str) -> &'v Vec<Value> {
    value[key].as_array().expect("a list")
}

#[test]
fn sarif_has_a_rule_for_every_code_and_a_result_for_all_that_is_open_carried_or_unknown() {
    let report = everything();
    let log = sarif(&report);
    let rules = list(&log["runs"][0]["tool"]["driver"], "rules");
    let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().expect("a word")).collect();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).chain(["unknown"]).collect();
    assert_eq!(ids, codes);
    let results: Vec<&Value> = list(&log, "runs").iter().flat_map(|run| list(run, "results")).collect();
    let open = report.findings.iter().filter(|finding| finding.waiver.is_none());
    let expected: BTreeSet<String> = open
        .chain(&report.carried)
        .map(|finding| finding.fingerprint.clone())
        .chain(report.unknown.iter().map(|entry| entry.fingerprint.clone()))
        .map(|fingerprint| format!("{fingerprint}:1"))
        .collect();
    let told = results.iter().map(|result| {
        let hash = &result["partialFingerprints"]["primaryLocationLineHash"];
        hash.as_str().expect("text").to_owned()
    });
    assert_eq!(told.collect::<BTreeSet<_>>(), expected);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("it is small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let is_there = |key: &str| place["region"][key].as_u64().is_some_and(|number| number > 0);
        assert!(
            ["startLine", "startColumn", "endLine", "endColumn"]
                .into_iter()
                .all(is_there)
        );
        assert!(
            place["artifactLocation"]["uri"]
                .as_str()
                .is_some_and(|uri| !uri.is_empty())
        );
    }
}

#[test]
fn sarif_holds_the_five_thousand_worst_and_counts_the_rest() {
    let mut report = everything();
    let all = &report.findings;
    let worst = all.iter().find(|finding| finding.severity == Severity::Critical);
    let (worst, least) = (
        worst.cloned().expect("there is one"),
        all.iter().find(|finding| finding.severity == Severity::Info),
    );
    let least = least.cloned().expect("there is one");
    report.findings = std::iter::repeat_n(least, 5_000).chain([worst]).collect();
    (report.carried, report.unknown) = (Vec::new(), Vec::new());
    let log = sarif(&report);
    let runs = list(&log, "runs");
    assert_eq!(runs.iter().map(|run| list(run, "results").len()).sum::<usize>(), 5_000);
    let first = runs
        .iter()
        .find_map(|run| list(run, "results").first())
        .expect("there are some");
    assert_eq!(first["properties"]["severity"], "critical");
    assert!(text(&report, SARIF).contains("1 result is not in this file, which holds the 5000 worst"));
}

#[test]
fn each_source_has_a_category_and_code_scanning_takes_all_runs() {
    for (sources, expected) in [(1, 1), (2, 3), (19, 20), (20, 1), (40, 1)] {
        let mut report = everything();
        let finding = report
            .findings
            .iter()
            .find(|finding| !finding.source.is_empty())
            .cloned();
        let finding = finding.expect("there is one");
        report.findings = (0..sources)
            .map(|number| {
                let mut finding = finding.clone();
                finding.source = format!("source-{number}").into();
                finding
            })
            .collect();
        (report.carried, report.unknown) = (Vec::new(), Vec::new());
        let log = sarif(&report);
        let runs = list(&log, "runs");
        let categories: BTreeSet<&str> = runs
            .iter()
            .map(|run| run["automationDetails"]["id"].as_str().expect("text"))
            .collect();
        assert_eq!((runs.len(), categories.len()), (expected, expected), "{sources}");
        assert!(
            categories
                .iter()
                .all(|category| category.starts_with("swr-audit/") && category.ends_with('/'))
        );
        assert_eq!(
            runs.iter().map(|run| list(run, "results").len()).sum::<usize>(),
            sources
        );
    }
}

#[test]
fn junit_counts_what_is_open_unknown_accepted_and_skipped() {
    let report = everything();
    let text = text(&report, JUNIT);
    let count = |element: &str| text.matches(&format!("<{element} type=")).count();
    let waived = report
        .findings
        .iter()
        .filter(|finding| finding.waiver.is_some())
        .count();
    assert_eq!(count("failure"), report.findings.len() - waived);
    assert_eq!(count("error"), report.unknown.len());
    assert_eq!(count("skipped"), waived + report.skipped.len());
    let ok = report
        .repositories
        .iter()
        .filter(|row| row.outcome == Outcome::Ok)
        .count();
    let passed = text
        .lines()
        .filter(|line| line.contains("<testcase") && line.ends_with("/>"));
    assert_eq!(passed.count(), ok);
    let cases: Vec<&str> = text.lines().filter(|line| line.contains("<testcase")).collect();
    let unique: BTreeSet<&str> = cases.iter().map(|line| line.trim_end_matches(['/', '>'])).collect();
    assert_eq!(unique.len(), cases.len());
}

fn value<'t>(metrics: &'t str, series: &str) -> Option<&'t str> {
    metrics
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
}

#[test]
fn metrics_keep_the_time_of_the_last_complete_run() {
    const LAST: &str = "swr_audit_last_complete_run_timestamp_seconds";
    let complete = || {
        let mut report = everything();
        report.status = Status::Complete;
        report.run.selection = Vec::new();
        report.run.shard = None;
        report.run.finished_at = "1970-01-02T00:00:00Z".to_owned();
        report.run.baseline = Some(BaselineEntry {
            id: "r0".to_owned(),
            started_at: "1970-01-01T00:00:01Z".to_owned(),
            last_complete_at: Some("1970-01-01T00:00:02Z".to_owned()),
        });
        report
    };
    let incomplete: [fn(&mut Report); 4] = [
        |report| report.status = Status::Incomplete,
        |report| report.status = Status::Failed,
        |report| report.run.selection = vec!["prod".to_owned()],
        |report| report.run.shard = Some("1/2".to_owned()),
    ];
    assert_eq!(value(&text(&complete(), PROMETHEUS), LAST), Some("86400"));
    for lacks in incomplete {
        let mut report = complete();
        lacks(&mut report);
        assert_eq!(value(&text(&report, PROMETHEUS), LAST), Some("2"));
        report.run.baseline = None;
        assert_eq!(value(&text(&report, PROMETHEUS), LAST), None, "nobody knows of one");
        let last = value(&text(&report, PROMETHEUS), "swr_audit_last_run_timestamp_seconds").map(str::to_owned);
        assert_eq!(last.as_deref(), Some("86400"));
    }
}

#[test]
fn metrics_say_zero_where_there_is_nothing_and_no_two_lines_are_one_series() {
    let mut report = everything();
    report.findings = Vec::new();
    let metrics = text(&report, PROMETHEUS);
    for severity in Severity::ALL {
        let series = format!("swr_audit_findings{{source=\"main\",severity=\"{severity}\",code=\"\",status=\"new\"}}");
        assert_eq!(value(&metrics, &series), Some("0"), "{metrics}");
    }
    // Two ids that look the same.
    let mut twin = report.waivers[0].clone();
    report.waivers[0].id = "a\n".into();
    twin.id = r"a\n".into();
    report.waivers.push(twin);
    let metrics = text(&report, PROMETHEUS);
    let series: Vec<&str> = metrics
        .lines()
        .filter_map(|line| line.rsplit_once(' ').map(|(series, _)| series))
        .collect();
    let unique: BTreeSet<&&str> = series.iter().collect();
    assert_eq!(unique.len(), series.len());
}

#[test]
fn annotations_are_lines_of_their_own_whatever_they_say() {
    let mut report = everything();
    for finding in &mut report.findings {
        finding.message = "a\r\n::error::x ##[add-mask]y 100%".to_owned();
        finding.inventory.file = "a,b:c\n::d.yaml".into();
    }
    let lines = github::annotations(&report, "", "");
    assert_eq!(lines.lines().count(), 10);
    let first = lines.lines().next().expect("there is one");
    let (properties, message) = first
        .strip_prefix("::error ")
        .and_then(|rest| rest.split_once("::"))
        .expect("a command");
    assert!(
        properties.starts_with(r"file=a%2Cb%3Ac\n%3A%3Ad.yaml,line="),
        "{properties}"
    );
    assert!(
        message.starts_with(r"a\r\n::error::x #\u0023[add-mask]y 100%25"),
        "{message}"
    );
}

#[test]
fn an_absolute_path_is_annotated_as_the_runner_names_it() {
    let mut report = everything();
    report.findings.truncate(1);
    report.unknown = Vec::new();
    report.findings[0].inventory.file = "/builds/ops/policies/a.yaml".into();
    let line = github::annotations(&report, "ops", "/builds/ops/");
    assert!(line.contains(" file=policies/a.yaml,"), "{line}");
    let line = github::annotations(&report, "ops", "/builds/op");
    assert!(line.contains(" file=/builds/ops/policies/a.yaml,"), "{line}");
}

#[test]
fn outputs_are_not_zero_where_the_verdict_is_not_clean() {
    let report = everything();
    let outputs = github::outputs(&report, "reports/r1");
    let number = |at: usize| outputs[at].1.parse::<usize>().expect("a number");
    assert_eq!(
        outputs.each_ref().map(|(name, _)| *name),
        ["exit-code", "drift", "unknown", "report"]
    );
    let with = |outcome: Outcome| report.repositories.iter().filter(|row| row.outcome == outcome).count();
    assert!(
        number(1) >= with(Outcome::Drift) && number(2) > with(Outcome::Unknown),
        "lists are unknown too"
    );
    assert_eq!(outputs[3].1, "reports/r1");
    let mut alone = report;
    alone.repositories = Vec::new();
    alone
        .findings
        .retain(|finding| finding.code == Code::UnlistedRepo || finding.code == Code::EmptyPattern);
    let low = alone
        .findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Low)
        .count();
    assert_eq!(github::outputs(&alone, "")[1].1, low.to_string());
}
