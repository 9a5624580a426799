//! One report with every kind of difference and every class of unknown, in every format.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;

use super::console::{Telling, render};
use super::csv::{DRIFT_COLUMNS, Dialect, REPOS_COLUMNS};
use super::document::WireEntry;
use super::verdict::{Ending, FailOn};
use super::*;
use crate::model::{
    Blindness, Code, CredentialChoice, Difference, Endpoint, Evidence, Expectation, ExpectedFlag, ExpectedTarget,
    Failure, Field, Finding, Flags, Judged, JudgedRepository, Limit, MissingNamespace, NamespaceName, OtherRules,
    Outcome, Place, Plan, PlannedRepository, RegionLimits, RegionPattern, RepoId, RepositoryName, RuleStamp,
    Severities, Severity, Skip, Skipped, Source, Target, Twin, Unasked, Unknown, UnknownClass,
};

/// Text as a hostile service would send it.
const HOSTILE: &str = "=cmd|' /C calc'!A0,\"\n\u{1b}[31m\u{202e}x";

fn place(line: u32) -> Place {
    Place {
        file: "policies/a.yaml".into(),
        line,
        column: 9,
    }
}

fn source() -> Arc<Source> {
    Arc::new(Source {
        name: "main".into(),
        region: "cn-north-4".into(),
        endpoint: Endpoint::parse("https://swr.corp.example").expect("an endpoint"),
        iam_endpoint: None,
        project_id: None,
        lists_manual_rules: false,
        credentials: CredentialChoice::Chain,
        place: place(2),
    })
}

fn target(region: &str) -> Target {
    Target {
        region: region.into(),
        namespace: "prod-dr".into(),
    }
}

fn expectation() -> Arc<Expectation> {
    let flags = Flags {
        overrides: ExpectedFlag::Is(false),
        sync_auto: ExpectedFlag::Any,
    };
    Arc::new(Expectation {
        policy: Some("dr".into()),
        targets: vec![ExpectedTarget {
            target: target("cn-east-3"),
            flags,
            place: place(5),
        }],
        other_rules: OtherRules::Deny,
        regions: RegionLimits::default(),
        severities: Arc::new(Severities::default()),
        place: place(4),
    })
}

fn planned(name: &str, line: u32) -> PlannedRepository {
    let source = source();
    PlannedRepository {
        id: RepoId {
            source: Arc::clone(&source.name),
            namespace: NamespaceName::parse("prod").expect("a legal namespace"),
            repository: RepositoryName::parse(name).expect("a legal repository"),
        },
        source,
        expectation: expectation(),
        owner: Some("team, \"prod\"".into()),
        expired_skip: None,
        place: place(line),
    }
}

/// Every difference once, with its target.
fn differences() -> Vec<(Difference, Option<Target>)> {
    let told = Flags {
        overrides: Some(true),
        sync_auto: None,
    };
    let twin = |id, overrides| Twin {
        id,
        flags: Flags {
            overrides,
            sync_auto: Some(true),
        },
    };
    let limits = RegionLimits {
        allowed: Some(vec![RegionPattern::parse("cn-*").expect("a pattern")]),
        denied: vec![RegionPattern::parse("cn-north-1").expect("a pattern")],
    };
    let expected = Flags {
        overrides: ExpectedFlag::Is(false),
        sync_auto: ExpectedFlag::Any,
    };
    let here = Some(target("cn-east-3"));
    vec![
        (
            Difference::MissingRule {
                expected,
                may_be_manual: true,
            },
            here.clone(),
        ),
        (
            Difference::TargetRegion {
                expected: "cn-east-3".into(),
                actual: HOSTILE.into(),
            },
            here.clone(),
        ),
        (
            Difference::TargetNamespace {
                expected: "prod-dr".into(),
                actual: HOSTILE.into(),
            },
            here.clone(),
        ),
        (Difference::Override { expected: false }, here.clone()),
        (Difference::SyncAuto { expected: true }, here.clone()),
        (Difference::UnexpectedRule { actual: told }, Some(target(HOSTILE))),
        (
            Difference::DuplicateRule {
                twins: vec![twin(Some(4), Some(false)), twin(Some(9), Some(true)), twin(None, None)],
                must_not_override: true,
            },
            here,
        ),
        (
            Difference::ForbiddenTarget {
                limits: Box::new(limits),
                actual: told,
            },
            Some(target("eu-de")),
        ),
        (Difference::MissingRepo, None),
        (
            Difference::ExpiredSkip {
                entry: "web".into(),
                until: date(2026, 1, 31),
            },
            None,
        ),
    ]
}

fn finding((difference, target): (Difference, Option<Target>)) -> Finding {
    let stamp = RuleStamp {
        id: Some(-1),
        created_at: Some(Timestamp::UNIX_EPOCH),
        updated_at: None,
    };
    let rule = target.is_some().then_some(stamp);
    Finding {
        severity: difference.default_severity(),
        difference,
        target,
        rule,
    }
}

/// Every class once, each in the shape in which it comes.
fn unknowns() -> Vec<Unknown> {
    let unknown = |&class: &UnknownClass| {
        let is_about_target = matches!(class, UnknownClass::NotObservable | UnknownClass::Truncated);
        Unknown {
            class,
            target: is_about_target.then(|| target("cn-east-3")),
            expected: is_about_target.then(|| expectation().targets[0].flags),
            field: None,
            failure: (!is_about_target).then(|| Failure {
                http_status: Some(418),
                error_code: Some(HOSTILE.to_owned()),
                detail: HOSTILE.repeat(20),
                ..Failure::unasked(class)
            }),
        }
    };
    let mut all: Vec<Unknown> = UnknownClass::ALL.iter().map(unknown).collect();
    all.push(Unknown {
        class: UnknownClass::BadResponse,
        target: Some(target("cn-east-3")),
        expected: Some(expectation().targets[0].flags),
        field: Some(Field::Override),
        failure: None,
    });
    all
}

fn row(findings: Vec<Finding>, unknowns: Vec<Unknown>, outcome: Outcome) -> JudgedRepository {
    JudgedRepository {
        outcome,
        unknown_class: unknowns.iter().map(|unknown| unknown.class).min(),
        actual_rules: Some(1),
        matching: 0,
        findings,
        unknowns,
        in_missing_namespace: false,
        evidence: Evidence {
            attempts: 2,
            observed_at: Some(Timestamp::UNIX_EPOCH),
            request_id: Some("r1".to_owned()),
        },
    }
}

/// A repository for each finding, one with every unknown, one that is fine, and all that stands beside them.
fn everything() -> Report {
    let mut plan = Plan {
        repositories: Vec::new(),
        skipped: Vec::new(),
    };
    let mut rows = Vec::new();
    for (number, difference) in (10..).zip(differences()) {
        plan.repositories.push(planned(&format!("finding-{number}"), number));
        rows.push(row(vec![finding(difference)], Vec::new(), Outcome::Drift));
    }
    plan.repositories.push(planned("ok", 30));
    rows.push(row(Vec::new(), Vec::new(), Outcome::Ok));
    plan.repositories.push(planned("unknown", 31));
    rows.push(row(Vec::new(), unknowns(), Outcome::Unknown));
    let skip = Skip {
        entry: "old".into(),
        reason: "=retired".into(),
        until: Some(date(2027, 1, 1)),
    };
    let skipped = |repository: Option<&str>| Skipped {
        source: "main".into(),
        namespace: NamespaceName::parse("prod").expect("a legal namespace"),
        repository: repository.map(|name| RepositoryName::parse(name).expect("a legal repository")),
        owner: None,
        skip: skip.clone(),
        place: place(40),
    };
    plan.skipped = vec![skipped(None), skipped(Some("old"))];
    let last = rows.len() - 1;
    let judged = Judged {
        repositories: rows,
        missing_namespaces: vec![MissingNamespace {
            source: source(),
            namespace: NamespaceName::parse("gone").expect("a legal namespace"),
            finding: finding((Difference::MissingNamespace, None)),
            members: vec![0, 1],
        }],
        unasked: vec![Unasked {
            source: source(),
            namespace: NamespaceName::parse("prod").expect("a legal namespace"),
            members: vec![last - 1, last],
            failure: Failure::unasked(UnknownClass::AccessDenied),
        }],
        limits: blindnesses()
            .into_iter()
            .map(|blindness| Limit {
                source: "main".into(),
                blindness,
            })
            .collect(),
    };
    let facts = RunFacts {
        id: "r1",
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: Timestamp::UNIX_EPOCH,
        replay_of: None,
        sources: &[source()],
        files: &[],
        wire: WireEntry::default(),
        ending: Ending::Finished,
        fail_on: FailOn::Severity(Severity::Low),
        exit_zero: false,
    };
    Report::new(facts, &plan, &judged)
}

fn blindnesses() -> Vec<Blindness> {
    let namespace = NamespaceName::parse("prod").expect("a legal namespace");
    vec![
        Blindness::ListMayBeCut(2),
        Blindness::ManualRulesHidden,
        Blindness::NamespaceUnconfirmed(namespace, Failure::unasked(UnknownClass::Timeout)),
        Blindness::SkippedNotChecked {
            repositories: 1,
            namespaces: 2,
        },
        Blindness::UnlistedNotSearched,
    ]
}

fn text(format: Format, dialect: Dialect) -> String {
    let mut out = Vec::new();
    format
        .write(&everything(), dialect, &mut out)
        .expect("memory takes everything");
    String::from_utf8(out).expect("reports are text")
}

fn table(format: Format) -> Vec<Vec<String>> {
    let text = text(format, Dialect::Rfc4180);
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    reader
        .records()
        .map(|row| row.expect("rows are of one length").iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn every_finding_and_unknown_is_a_row_in_report_order() {
    let rows = table(Format::Drift);
    assert_eq!(rows[0], DRIFT_COLUMNS);
    let codes: BTreeSet<&str> = rows[1..].iter().map(|row| &*row[4]).collect();
    let mut expected: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    expected.insert("unknown");
    assert_eq!(codes, expected);
    let classes: BTreeSet<&str> = rows[1..]
        .iter()
        .map(|row| &*row[5])
        .filter(|class| !class.is_empty())
        .collect();
    assert_eq!(classes, UnknownClass::ALL.iter().map(|class| class.name()).collect());
    // Source, namespace, repository, target region and namespace, code, field.
    let keys: Vec<[&str; 7]> = rows[1..]
        .iter()
        .map(|row| [6, 8, 9, 10, 11, 4, 12].map(|column| &*row[column]))
        .collect();
    assert!(keys.is_sorted(), "{keys:#?}");
}

#[test]
fn both_sides_stand_in_their_cells() {
    let rows = table(Format::Drift);
    let sides = |code: &str| {
        let row = rows.iter().find(|row| row[4] == code).expect("every code has a row");
        [&*row[12], &*row[13], &*row[14]].join("|")
    };
    for (code, expected) in [
        ("missing-rule", "|override=false syncAuto=any|".to_owned()),
        ("target-region-mismatch", format!("region|cn-east-3|{HOSTILE}")),
        ("target-namespace-mismatch", format!("namespace|prod-dr|{HOSTILE}")),
        ("override-mismatch", "override|false|true".to_owned()),
        ("sync-auto-mismatch", "syncAuto|true|false".to_owned()),
        ("unexpected-rule", "||override=true".to_owned()),
        ("duplicate-rule", "||ids=4,9,- override=false,true,-".to_owned()),
        ("forbidden-target", "|cn-* !cn-north-1|override=true".to_owned()),
        ("missing-repo", "|present|absent".to_owned()),
        ("missing-namespace", "|present|absent".to_owned()),
        ("expired-skip", "web||".to_owned()),
    ] {
        assert_eq!(sides(code), expected, "{code}");
    }
}

#[test]
fn a_spreadsheet_gets_a_guard_and_nobody_gets_control_characters_in_a_sentence() {
    let text = text(Format::Drift, Dialect::Excel);
    assert!(text.starts_with("\u{feff}run_id,"));
    assert!(text.contains("\"'=cmd|"), "the cell with the formula is guarded");
    for row in table(Format::Drift) {
        let (message, remediation) = (&row[15], &row[16]);
        assert!(
            !format!("{message}{remediation}").contains(['\u{1b}', '\n', '\u{202e}']),
            "{message} {remediation}"
        );
        assert!(!message.is_empty() && !remediation.is_empty());
    }
}

#[test]
fn every_repository_is_a_row_and_skipped_ones_are() {
    let rows = table(Format::Repos);
    assert_eq!(rows[0], REPOS_COLUMNS);
    let report = everything();
    assert_eq!(
        rows.len() - 1,
        report.repositories.len() + 1,
        "a skipped namespace has no row"
    );
    let skipped = rows
        .iter()
        .find(|row| row[2] == "skipped")
        .expect("the skipped repository");
    assert_eq!(&*skipped[6], "old");
}

#[test]
fn the_json_has_every_key_and_adds_up() {
    let text = text(Format::Json, Dialect::Excel);
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
    .chain(["unknown", "repositories", "resolved", "carried", "waivers", "skipped"])
    {
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
    assert_eq!(document["limits"].as_array().expect("a list").len(), 5);
}

#[test]
fn the_console_is_a_screen_without_a_single_escape_of_the_service() {
    let report = everything();
    let reports = ["reports/r1/".to_owned()];
    let telling = |colour| Telling {
        colour,
        reports: &reports,
        details_in: Some("drift.csv"),
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
fn durations_are_told_as_options_take_them() {
    for (millis, text) in [
        (600_000, "10m"),
        (5_400_000, "1h30m"),
        (500, "500ms"),
        (3_661_001, "1h1m1s1ms"),
    ] {
        assert_eq!(wording::duration(std::time::Duration::from_millis(millis)), text);
    }
}

#[test]
fn fingerprints_tell_findings_apart_and_know_no_values() {
    let report = everything();
    let all: BTreeSet<&str> = report.findings.iter().map(|finding| &*finding.fingerprint).collect();
    assert_eq!(all.len(), report.findings.len());
    assert!(all.iter().all(|fingerprint| fingerprint.len() == 16));
}
