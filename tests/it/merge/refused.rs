//! Reports that are not of one run are not joined, and every reason is told at once.

use serde_json::{Value, json};

use super::{Stage, reports};
use crate::support::{inventory_of, serve, world_of};

const NAMES: &[&str] = &["a", "api", "b", "cart", "mail", "web"];

fn stage() -> (Stage, simulator::Simulator) {
    let simulator = serve(world_of(&[("prod", NAMES)]));
    let stage = Stage::new(&inventory_of(&[("prod", NAMES)]), simulator.endpoint());
    stage.shards(2, &[]);
    (stage, simulator)
}

/// What is said where the second shard's report is another one.
fn said(stage: &Stage, change: impl FnOnce(&mut Value)) -> String {
    let mut report = stage.report("shard-2/r");
    change(&mut report);
    let other = stage.write("other.json", &report);
    refused(stage, &[reports(2)[0].clone(), other])
}

fn refused(stage: &Stage, files: &[String]) -> String {
    let ended = stage.merge("r", files, &[]);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(!stage.path().join("merged").exists(), "nothing is written");
    ended.stderr
}

#[test]
fn what_is_of_another_run_is_told_with_its_file() {
    let (stage, _simulator) = stage();
    let first = "shard-1/r/report.json";
    for (change, expected) in [
        (
            ("/run/shard", json!(null)),
            "'other.json': it is of a whole run, and not of a shard",
        ),
        (("/run/shard", json!("3 of 4")), "'other.json': it is joined already"),
        (("/run/shard", json!("2/3")), "is shard 2/3, and"),
        (("/run/shard", json!("1/2")), "are both shard 1/2"),
        (
            ("/run/inventory/0/sha256", json!("0".repeat(64))),
            "is of another inventory than",
        ),
        (
            ("/run/sources/0/endpoint", json!("https://elsewhere.example")),
            "is of other sources than",
        ),
        (("/run/selection", json!(["prod/web"])), "is of another selection than"),
        (("/run/replayOf", json!("r0")), "is of another kind of run than"),
        (
            ("/run/toolVersion", json!("99.0.0")),
            "'other.json': it was written by swr-audit 99.0.0",
        ),
        (
            ("/run/level", json!("replicas")),
            "it says 'replicas' where a level should stand",
        ),
        (("/kind", json!("Other")), "'other.json': it is a Other of swr-audit/v1"),
        (("/apiVersion", json!("swr-audit/v9")), "of swr-audit/v9"),
        (
            ("/status", json!("splendid")),
            "it says 'splendid' where a status should stand",
        ),
        (
            ("/repositories/0/outcome", json!("fine")),
            "it says 'fine' where an outcome should stand",
        ),
        (("/summary/repos/ok", json!(1)), "its counts do not agree with its rows"),
        (
            ("/summary/repos/expected", json!(usize::MAX)),
            "its counts do not agree with its rows",
        ),
        (
            ("/summary", json!(null)),
            "'other.json': it is no report of swr-audit: invalid type: null",
        ),
        (
            ("/run/startedAt", json!("yesterday")),
            "it says 'yesterday' where a time should stand",
        ),
    ] {
        let (path, value) = change;
        let told = said(&stage, |report| *report.pointer_mut(path).expect(path) = value);
        assert!(told.contains(expected), "{path}: {told}");
        assert!(told.starts_with("error: cannot join these reports\n"), "{told}");
    }
    let twice = refused(&stage, &[first.to_owned(), first.to_owned()]);
    assert!(
        twice.contains(&format!("'{first}' and '{first}' are both shard 1/2")),
        "{twice}"
    );
}

/// A shard that failed leaves its link at yesterday's report, which was joined with today's as if nothing were missing.
#[test]
fn a_share_of_an_earlier_audit_is_refused_or_at_least_told() {
    let (stage, _simulator) = stage();
    let joined = |number: usize, id: &str, at: &str, arguments: &[&str]| {
        let mut report = stage.report("shard-2/r");
        report["run"]["id"] = json!(id);
        report["run"]["startedAt"] = json!(at);
        let other = stage.write("other.json", &report);
        stage.merge(&format!("m{number}"), &[reports(2)[0].clone(), other], arguments)
    };
    let cases: [(&str, &str, &[&str], Option<&str>); 7] = [
        ("r", "2026-11-25T03:15:00Z", &[], None),
        ("r", "2026-11-25T03:15:01Z", &[], Some("24h")),
        ("r", "2026-11-23T03:14:59Z", &[], Some("24h")),
        ("q", "2026-11-23T15:14:59Z", &[], None),
        ("q", "2026-11-23T15:14:59Z", &["--max-age", "12h"], Some("12h")),
        ("q", "2026-11-25T15:15:00Z", &["--max-age", "36h"], None),
        ("q", "2026-11-25T15:15:01Z", &["--max-age", "36h"], Some("36h")),
    ];
    for (number, (id, at, arguments, refusal)) in cases.into_iter().enumerate() {
        let ended = joined(number, id, at, arguments);
        assert_eq!(ended.code, if refusal.is_some() { 65 } else { 0 }, "{}", ended.stderr);
        let told = ended.stderr;
        let is_told = "limit   shards-of-several-runs: the shards have run ids of their own, and began from ";
        assert_eq!(
            told.contains(is_told),
            refusal.is_none() && id == "q",
            "{id} {at}: {told}"
        );
        let refusal = refusal.map_or_else(String::new, |most| format!(": more than --max-age {most} apart"));
        let is_named = refusal.is_empty() || told.contains(at);
        assert!(told.contains(&refusal) && is_named, "{told}");
    }
}

/// They began within an hour of each other, and one of them was gone on with a day later.
#[test]
fn answers_that_lie_too_far_apart_are_of_no_one_audit() {
    let (stage, _simulator) = stage();
    for (hours, is_refused) in [(-23, false), (-25, true), (25, true)] {
        let told_by = |arguments: &[&str]| {
            let mut report = stage.report("shard-2/r");
            let time = &mut report["repositories"][0]["observedAt"];
            let instant: jiff::Timestamp = time.as_str().and_then(|text| text.parse().ok()).expect("a time");
            *time = json!((instant + jiff::SignedDuration::from_hours(hours)).to_string());
            let other = stage.write("other.json", &report);
            let id = format!("m{}{}", hours + 100, arguments.len());
            stage.merge(&id, &[reports(2)[0].clone(), other], arguments)
        };
        let ended = told_by(&[]);
        assert_eq!(ended.code, if is_refused { 65 } else { 0 }, "{}", ended.stderr);
        let is_told =
            ended.stderr.contains("' has an answer of ") && ended.stderr.contains("more than --max-age 24h apart");
        assert_eq!(is_told, is_refused, "{}", ended.stderr);
        assert_eq!(told_by(&["--max-age", "26h"]).code, 0);
    }
}

/// A namespace that is skipped until midnight was audited by one shard alone, and the whole was complete.
#[test]
fn shards_of_days_on_which_other_skips_hold_are_refused() {
    let (stage, _simulator) = stage();
    let skip = json!({
        "source": "main", "namespace": "lab", "repository": null, "pattern": null, "owner": null, "reason": "moves",
        "until": "2026-11-24", "inventory": { "file": "inventory.yaml", "line": 3, "column": 5 }
    });
    let told = said(&stage, |report| {
        report["skipped"].as_array_mut().expect("a list").push(skip);
    });
    let refusal = "'other.json' is of another day, on which other skips and waivers hold, than";
    assert!(told.contains(refusal), "{told}");
    assert!(told.contains("main:lab  is skipped here, nothing more there"), "{told}");
}

#[test]
fn a_repository_is_in_one_shard() {
    let (stage, _simulator) = stage();
    let row = stage.report("shard-1/r")["repositories"][0].clone();
    let name = row["repository"].as_str().expect("a name").to_owned();
    let told = said(&stage, |report| {
        report["repositories"].as_array_mut().expect("a list").push(row);
        for key in ["expected", "audited", "ok"] {
            let count = report["summary"]["repos"][key].as_u64().expect("a number");
            report["summary"]["repos"][key] = json!(count + 1);
        }
    });
    assert!(
        told.contains(&format!(
            "both tell of 1 repository, the first of which is main:prod/{name}"
        )),
        "{told}"
    );
}

#[test]
fn every_reason_is_told_at_once() {
    let (stage, _simulator) = stage();
    let mut other = stage.report("shard-2/r");
    other["run"]["shard"] = json!("2/9");
    other["run"]["selection"] = json!(["prod/web", "!prod/api"]);
    let files = [
        stage.write("other.json", &other),
        "shard-1/r".to_owned(),
        stage.write("list.json", &json!([])),
        "no/such/report.json".to_owned(),
    ];
    std::fs::write(
        stage.path().join("torn.json"),
        &stage.bytes("shard-2/r/report.json")[..900],
    )
    .expect("it is writable");
    let told = refused(&stage, &[&files[..], &["torn.json".to_owned()]].concat());
    for part in [
        "'no/such/report.json': it cannot be read",
        "'list.json': it is no report of swr-audit: invalid",
        "'torn.json': it is no report of swr-audit: EOF while parsing",
        "at line",
        "is shard 2/9, and 'shard-1/r/report.json' is shard 1/2",
        "nothing more there",
        "hint: give the report.json of each shard of one run",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.contains("--only !prod/api and 1 more here"), "{told}");
}

#[test]
fn a_report_is_not_written_over_one_that_it_is_made_from() {
    let (stage, _simulator) = stage();
    let before = stage.bytes("shard-1/r/report.json");
    let ended = stage.merge("r", &reports(2), &["-o", "json=shard-1/r/report.json"]);
    assert_eq!(ended.code, 64, "{}", ended.stderr);
    assert_eq!(stage.bytes("shard-1/r/report.json"), before);
    assert_eq!(stage.merge("r", &reports(2), &[]).code, 0);
    let again = stage.merge("r", &reports(2), &[]);
    assert_eq!(again.code, 64, "an id is taken once: {}", again.stderr);
    assert_eq!(stage.merge("r", &[], &[]).code, 64);
}

#[test]
fn hostile_json_is_refused_quickly() {
    let (stage, _simulator) = stage();
    for (name, text) in [
        ("deep", "[".repeat(200_000)),
        ("nul", "\0".repeat(1000)),
        ("empty", String::new()),
        ("cut", "{\"run\":".repeat(500)),
        ("latin", "{\"kind\": \"\u{1}\"}".to_owned()),
    ] {
        std::fs::write(stage.path().join(name), text).expect("it is writable");
        let told = refused(&stage, &[name.to_owned()]);
        assert!(told.contains("it is no report of swr-audit"), "{told}");
    }
    // Numbers at their ends are added up all the same.
    let mut report = stage.report("shard-2/r");
    report["run"]["wire"]["requests"]["sent"] = json!(u64::MAX);
    report["summary"]["rules"]["matching"] = json!(usize::MAX);
    report["summary"]["repos"]["gone"] = json!(usize::MAX);
    report["regions"] = json!([{ "region": "x", "onlyCopy": { "count": 9, "repositories": ["", ":", "main:prod"] }, "unknown": usize::MAX, "complete": true }]);
    report["waivers"] = json!([]);
    report["run"]["shard"] = json!("4294967295/4294967295");
    let other = stage.write("other.json", &report);
    let ended = stage.merge("r", &[other], &[]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let reason = stage.report("merged/r")["verdict"]["reason"].to_string();
    assert!(
        reason.contains("shards 1 to 4294967294 of 4294967295 are missing"),
        "{reason}"
    );
}
