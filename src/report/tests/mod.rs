//! One report with everything in it, in every format.

pub(super) mod everything;
mod fingerprints;
mod formats;
mod page;
mod verdicts;
mod workbook;

use std::collections::BTreeSet;

use self::everything::{HOSTILE, blindnesses, everything};
use super::console::{Telling, render};
use super::csv::{DRIFT_COLUMNS, Dialect, REPOS_COLUMNS};
use super::document::{FindingEntry, LimitEntry, Mark, Open, SourceEntry};
use super::format::{DRIFT, FORMATS, JSON, REPOS};
use super::marks::mark;
use super::remedy::{Case, remedy};
use super::*;
use crate::model::{
    Code, Difference, Flags, LimitCode, NamespaceName, RepoId, RepositoryName, Target, UnknownClass, is_unseen,
};

/// [`HOSTILE`] as tables show it.
const SHOWN: &str = r#"=cmd|' /C calc'!A0,"\n\u001b[31m\u202ex"#;

fn text(format: Format, dialect: Dialect) -> String {
    text_of(&everything(), format, dialect)
}

fn text_of(report: &Report, format: Format, dialect: Dialect) -> String {
    String::from_utf8(bytes_of(report, format, dialect)).expect("it is a text")
}

fn bytes_of(report: &Report, format: Format, dialect: Dialect) -> Vec<u8> {
    let mut out = Vec::new();
    let rendering = Rendering {
        dialect: Some(dialect),
        ..Rendering::default()
    };
    format
        .render(report, rendering, &mut out)
        .expect("memory takes everything");
    out
}

fn table(format: Format) -> Vec<Vec<String>> {
    table_of(&everything(), format)
}

fn table_of(report: &Report, format: Format) -> Vec<Vec<String>> {
    let text = text_of(report, format, Dialect::Rfc4180);
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    reader
        .records()
        .map(|row| row.expect("rows are of one length").iter().map(str::to_owned).collect())
        .collect()
}

/// A cell of `drift.csv`.
fn cell<'r>(row: &'r [String], column: &str) -> &'r str {
    let place = DRIFT_COLUMNS.iter().position(|name| *name == column);
    &row[place.expect("a column of that name")]
}

#[test]
fn every_finding_and_unknown_is_a_row_and_the_worst_comes_first() {
    let rows = table(DRIFT);
    assert_eq!(rows[0], DRIFT_COLUMNS);
    let codes: BTreeSet<&str> = rows[1..].iter().map(|row| cell(row, "code")).collect();
    let mut expected: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    expected.insert("unknown");
    assert_eq!(codes, expected);
    let classes: BTreeSet<&str> = rows[1..]
        .iter()
        .map(|row| cell(row, "unknown_class"))
        .filter(|class| !class.is_empty())
        .collect();
    assert_eq!(classes, UnknownClass::ALL.iter().map(|class| class.name()).collect());
    let ranks = ["critical", "high", "", "medium", "low", "info"];
    let keys: Vec<_> = rows[1..]
        .iter()
        .map(|row| {
            let rank = ranks.iter().position(|rank| *rank == cell(row, "severity"));
            // The order of the document, within each.
            let names = [
                "source",
                "namespace",
                "repository",
                "target_region",
                "target_namespace",
                "code",
                "field",
            ];
            (
                ["waived", "resolved"]
                    .iter()
                    .position(|part| *part == cell(row, "status")),
                rank,
                names.map(|column| cell(row, column)),
            )
        })
        .collect();
    assert!(keys.is_sorted(), "{keys:#?}");
}

#[test]
fn both_sides_stand_in_their_cells() {
    let rows = table(DRIFT);
    let sides = |code: &str| {
        let row = rows
            .iter()
            .find(|row| cell(row, "code") == code)
            .expect("every code has a row");
        ["field", "expected", "actual"]
            .map(|column| cell(row, column))
            .join("|")
    };
    for (code, expected) in [
        ("missing-rule", "|override=false syncAuto=any|".to_owned()),
        ("target-region-mismatch", format!("region|cn-east-3|{SHOWN}")),
        ("target-namespace-mismatch", format!("namespace|prod-dr|{SHOWN}")),
        ("override-mismatch", "override|false|true".to_owned()),
        ("sync-auto-mismatch", "syncAuto|true|false".to_owned()),
        ("unexpected-rule", "||override=true".to_owned()),
        ("duplicate-rule", "||ids=4,9,- override=false,true,-".to_owned()),
        ("forbidden-target", "|cn-* !cn-north-1|override=true".to_owned()),
        ("missing-repo", "|present|absent".to_owned()),
        ("missing-namespace", "|present|absent".to_owned()),
        ("expired-skip", format!("{SHOWN}||")),
        ("unlisted-repo", "|absent|present".to_owned()),
        ("unlisted-namespace", "|absent|present".to_owned()),
        ("empty-pattern", format!("{SHOWN}||")),
        ("unused-waiver", format!("{SHOWN}||")),
        ("replication-loop", "||".to_owned()),
    ] {
        assert_eq!(sides(code), expected, "{code}");
    }
}

#[test]
fn a_spreadsheet_gets_a_guard_and_nobody_gets_what_is_not_seen() {
    let text = text(DRIFT, Dialect::Excel);
    assert!(text.starts_with("\u{feff}severity,"));
    assert!(text.contains("\"'=cmd|"), "the cell with the formula is guarded");
    for row in table(DRIFT) {
        let (message, remediation) = (cell(&row, "message"), cell(&row, "remediation"));
        assert!(!row.concat().contains(is_unseen), "{row:?}");
        assert!(!message.is_empty() && !remediation.is_empty());
    }
}

#[test]
fn every_repository_is_a_row_and_skipped_ones_are() {
    let rows = table(REPOS);
    assert_eq!(rows[0], REPOS_COLUMNS);
    let report = everything();
    assert_eq!(
        rows.len() - 1,
        report.repositories.len() + 2,
        "a skipped namespace has no row, and a pattern has none"
    );
    let skipped = rows
        .iter()
        .find(|row| row[0] == "skipped")
        .expect("the skipped repository");
    assert_eq!(&*skipped[4], "old");
}

#[test]
fn the_json_has_every_key_and_adds_up() {
    let text = text(JSON, Dialect::Excel);
    let document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let keys: Vec<&str> = document
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    for key in [
        "$schema",
        "apiVersion",
        "kind",
        "run",
        "status",
        "exitCode",
        "verdict",
        "summary",
        "limits",
        "findings",
    ]
    .into_iter()
    .chain([
        "unknown",
        "repositories",
        "resolved",
        "carried",
        "waivers",
        "skipped",
        "regions",
    ]) {
        assert!(keys.contains(&key), "{key}");
    }
    let repos = &document["summary"]["repos"];
    let count = |key: &str| repos[key].as_u64().expect("a count");
    assert_eq!(
        count("expected") + count("discovered"),
        ["ok", "drift", "waived", "unknown", "skipped"]
            .map(count)
            .iter()
            .sum::<u64>()
    );
    assert_eq!(document["verdict"]["code"], 6);
    assert_eq!(
        document["limits"].as_array().expect("a list").len(),
        blindnesses().len()
    );
}

#[test]
fn the_console_is_a_screen_without_a_single_escape_of_the_service() {
    let report = everything();
    let reports = ["reports/r1/".to_owned()];
    let telling = |colour| Telling {
        colour,
        reports: &reports,
        details_in: Some("drift.csv"),
        document: Some("report.json"),
        can_be_resumed: false,
    };
    let plain = render(&report, telling(false));
    assert!(plain.lines().count() <= 24, "{plain}");
    assert!(!plain.contains(['\u{1b}', '\u{202e}']), "{plain}");
    assert!(plain.contains("exit 6") && plain.contains("... and "), "{plain}");
    let coloured = render(&report, telling(true));
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        plain,
        "meaning survives without colour"
    );
}

#[test]
fn durations_are_reported_as_options_take_them() {
    for (millis, text) in [
        (600_000, "10m"),
        (5_400_000, "1h30m"),
        (500, "500ms"),
        (3_661_001, "1h1m1s1ms"),
    ] {
        assert_eq!(duration(std::time::Duration::from_millis(millis)), text);
    }
}

#[test]
fn a_saved_report_makes_every_format_anew_byte_for_byte() {
    let report = everything();
    let saved = text_of(&report, JSON, Dialect::Excel);
    let read: Report = serde_json::from_str(&saved).expect("it reads what it wrote");
    for format in FORMATS {
        for dialect in [Dialect::Excel, Dialect::Rfc4180] {
            let anew = bytes_of(&read, format, dialect);
            assert!(anew == bytes_of(&report, format, dialect), "{format:?} {dialect:?}");
        }
    }
    let telling = Telling {
        colour: false,
        reports: &[],
        details_in: None,
        document: None,
        can_be_resumed: false,
    };
    assert_eq!(render(&read, telling), render(&report, telling));
}

#[test]
fn what_is_waived_says_by_what_and_counts_nowhere_else() {
    let report = everything();
    let waived: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.status == Mark::Waived)
        .collect();
    assert_eq!(waived.len(), 1);
    assert_eq!(waived[0].waiver.as_deref(), Some(HOSTILE));
    let rows = table(DRIFT);
    let row = rows
        .iter()
        .find(|row| cell(row, "status") == "waived")
        .expect("it has a row");
    let by_whom = ["waiver_id", "waiver_owner", "waiver_expires"].map(|column| cell(row, column));
    assert_eq!(by_whom, [SHOWN, "=team", "2026-12-31"]);
    let counts = &report.summary.findings;
    let unwaived = report.findings.len() - 1;
    assert_eq!(counts.by_severity.values().sum::<usize>(), unwaived);
    assert_eq!(counts.by_code.values().sum::<usize>(), unwaived);
    assert_eq!((counts.new + counts.known, counts.waived), (unwaived, 1));
    let row = report.repositories.iter().find(|row| &*row.repository == "waived");
    assert_eq!(row.map(|row| (row.findings, row.waived)), Some((0, 1)));
    let entry = &report.waivers[0];
    assert_eq!(
        (&*entry.repo, entry.state.name(), entry.findings),
        ("prod/legacy-*", "expiring", 1)
    );
    assert_eq!(entry.target.as_deref(), Some("cn-east-3/prod-dr"));
    assert_eq!(
        entry.finding.as_deref(),
        Some(&[Open::Known(Code::OverrideMismatch)][..])
    );
}

#[test]
fn what_the_baseline_has_is_known_since_then_and_a_waiver_wins() {
    let mut findings = everything().findings;
    let (then, now) = ("2026-11-01T00:00:00Z", "2026-11-24T03:15:00Z");
    let is_waived = |waived: bool| {
        let mut findings = findings.iter();
        let found = findings.find(|finding| finding.is_waived() == waived);
        found.expect("there are some").fingerprint.clone()
    };
    let known = [is_waived(false), is_waived(true)];
    for finding in findings.iter_mut().filter(|finding| !finding.is_waived()) {
        finding.status = Mark::New;
    }
    let past = Past {
        findings: findings
            .iter()
            .filter(|finding| known.contains(&finding.fingerprint))
            .map(|finding| {
                let first_seen = Some(then.to_owned());
                let finding = FindingEntry {
                    first_seen,
                    ..finding.clone()
                };
                (finding, Fate::Carried)
            })
            .collect(),
        ..Past::default()
    };
    let gone = mark(&mut findings, &mut [], &past, now);
    assert!(gone.carried.is_empty() && gone.resolved.is_empty());
    for finding in findings {
        let is_known = known.contains(&finding.fingerprint);
        let expected = match (finding.is_waived(), is_known) {
            (true, _) => Mark::Waived,
            (false, true) => Mark::Known,
            (false, false) => Mark::New,
        };
        let since = if is_known { then } else { now };
        assert_eq!((finding.status, finding.first_seen.as_deref()), (expected, Some(since)));
    }
}

#[test]
fn what_only_the_baseline_has_is_resolved_or_carried_and_counts_nowhere_else() {
    let report = everything();
    let repositories = |findings: &[&FindingEntry]| {
        let names = findings
            .iter()
            .map(|finding| finding.repository.as_deref().unwrap_or_default().to_owned());
        names.collect::<Vec<_>>()
    };
    let resolved: Vec<&FindingEntry> = report.resolved.iter().map(|entry| &entry.finding).collect();
    assert_eq!(repositories(&resolved), ["was-wrong"]);
    assert_eq!(
        repositories(&report.carried.iter().collect::<Vec<_>>()),
        ["not-compared"]
    );
    let counts = &report.summary.findings;
    assert_eq!((counts.known, counts.resolved), (1, 1));
    let open = report.findings.iter().filter(|finding| !finding.is_waived()).count();
    assert_eq!(counts.new + counts.known, open);
}

#[test]
fn findings_of_one_cause_share_its_id_and_it_counts_them() {
    let report = everything();
    let open = report.findings.iter().filter(|finding| !finding.is_waived()).count();
    assert_eq!(report.causes.iter().map(|cause| cause.count).sum::<usize>(), open);
    for cause in &report.causes {
        let of_cause = report
            .findings
            .iter()
            .filter(|finding| finding.cause.as_ref() == Some(&cause.id));
        assert_eq!(of_cause.count(), cause.count, "{cause:?}");
    }
    for waived in report.findings.iter().filter(|finding| finding.is_waived()) {
        assert_eq!(waived.cause, None);
    }
}

#[test]
fn a_gap_is_an_entry_of_no_repository() {
    let report = everything();
    let gaps: Vec<_> = report.unknown.iter().filter(|entry| entry.is_of_a_list()).collect();
    let told: Vec<_> = gaps
        .iter()
        .map(|entry| (&*entry.namespace, entry.class.name()))
        .collect();
    assert_eq!(told, [("", "server-error"), ("cut", "truncated")]);
    assert!(
        gaps[0].message.starts_with("the list of namespaces: not read"),
        "{}",
        gaps[0].message
    );
    assert!(
        gaps[1]
            .message
            .starts_with("the list of repositories in cut: may be incomplete")
    );
    assert!(
        report.verdict.reason.contains("2 lists are not known whole"),
        "{}",
        report.verdict.reason
    );
}

#[test]
fn members_and_lost_copies_are_named_with_their_source() {
    let report = everything();
    let members = ["main:prod/finding-10", "main:prod/finding-11"];
    for code in ["replication-loop", "overwrite-race"] {
        let finding = report
            .findings
            .iter()
            .find(|finding| finding.code.name() == code)
            .expect("it is told");
        let told: Vec<&str> = finding.repositories.iter().map(|name| &**name).collect();
        assert_eq!(told, members);
        assert_eq!(finding.repository.as_deref(), Some("finding-10"));
    }
    let region = &report.regions[0];
    assert_eq!(
        (&*region.region, region.only_copy.count, region.unknown),
        ("cn-north-4", 2, 1)
    );
    assert_eq!(region.only_copy.repositories, ["main:prod/finding-10", "main:prod/ok"]);
}

#[test]
fn the_console_says_what_would_be_lost_and_what_is_waived() {
    let telling = Telling {
        colour: false,
        reports: &[],
        details_in: Some("drift.csv"),
        document: Some("report.json"),
        can_be_resumed: false,
    };
    let plain = render(&everything(), telling);
    for line in [
        "waived  1 finding is accepted by a waiver: see drift.csv",
        "region  if cn-north-4 is lost: 2 repositories have no copy outside this region; 1 more could not be determined",
    ] {
        assert!(plain.lines().any(|told| told == line), "{plain}");
    }
    let mut report = everything();
    report.findings.retain(|finding| {
        matches!(
            finding.code.known(),
            Some(Code::UnlistedNamespace | Code::ExpiredWaiver)
        )
    });
    report.unknown.clear();
    assert!(
        render(&report, telling).starts_with("stray"),
        "one source needs no name"
    );
    report.run.sources = ["eu", "main"]
        .map(|name| SourceEntry {
            name: name.into(),
            region: "cn-north-4".into(),
            endpoint: String::new(),
            account: None,
        })
        .into();
    let several = render(&report, telling);
    assert!(
        several.starts_with("main:stray") && several.contains("\nwaiver "),
        "{several}"
    );
}

#[test]
fn a_limit_that_several_sources_share_is_reported_once() {
    let mut report = everything();
    report.run.sources = ["eu", "main"]
        .map(|name| SourceEntry {
            name: name.into(),
            region: "cn-north-4".into(),
            endpoint: String::new(),
            account: None,
        })
        .into();
    report.limits.retain(|limit| limit.code == LimitCode::ManualRulesHidden);
    let mut twin = report.limits[0].clone();
    twin.source = "eu".into();
    report.limits.insert(0, twin);
    let telling = Telling {
        colour: false,
        reports: &[],
        details_in: None,
        document: None,
        can_be_resumed: false,
    };
    let plain = render(&report, telling);
    let told: Vec<&str> = plain.lines().filter(|line| line.starts_with("limit")).collect();
    assert_eq!(told.len(), 1, "{plain}");
    assert!(told[0].ends_with("automatic rules only (eu, main)"), "{plain}");
}

/// Seven of eight limits were hidden behind many of one code.
#[test]
fn no_limit_is_hidden_behind_many_of_another() {
    let mut report = everything();
    let one = report.limits[0].clone();
    report.limits.extend((0..20).map(|number| LimitEntry {
        message: format!("{} {number}", one.message),
        ..one.clone()
    }));
    for (document, rows, more) in [
        (Some("report.json"), 1, "; 20 more in report.json"),
        (None, 10, "; 11 more"),
    ] {
        let telling = Telling {
            colour: false,
            reports: &[],
            details_in: None,
            document,
            can_be_resumed: false,
        };
        let plain = render(&report, telling);
        let told: Vec<&str> = plain.lines().filter(|line| line.starts_with("limit")).collect();
        let codes = told
            .iter()
            .filter_map(|line| line.split([' ', ':']).find(|word| word.contains('-')));
        let mut codes: Vec<&str> = codes.collect();
        codes.dedup();
        assert_eq!(codes, LimitCode::ALL.map(LimitCode::name), "{plain}");
        assert!(told[rows - 1].ends_with(more), "{plain}");
        assert!(document.is_none() || plain.lines().count() <= 24, "{plain}");
    }
}

/// The advice was to add the target to the policy, which no inventory can hold.
#[test]
fn a_rule_that_leads_back_can_only_be_deleted() {
    let id = RepoId {
        source: "main".into(),
        namespace: NamespaceName::parse("prod").expect("a name"),
        repository: RepositoryName::parse("web").expect("a name"),
    };
    let target = Target {
        region: "cn-north-4".into(),
        namespace: "prod".into(),
    };
    let difference = Difference::UnexpectedRule {
        actual: Flags {
            overrides: Some(true),
            sync_auto: Some(true),
        },
    };
    for (leads_back, begins) in [
        (true, "delete the rule ("),
        (false, "add the target to the policy, or delete the rule ("),
    ] {
        let steps = remedy(Case {
            about: wording::About::Repository(&id),
            region: "cn-north-4",
            difference: &difference,
            target: Some(&target),
            flags: None,
            leads_back,
        });
        assert!(steps[0].text.starts_with(begins), "{steps:?}");
    }
}
