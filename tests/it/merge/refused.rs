//! Journals that are not of one run are not merged, and every reason is reported at once.

use serde_json::{Value, json};

use super::{Stage, runs};
use crate::support::{inventory_of, serve, world_of};

const NAMES: &[&str] = &["a", "api", "b", "cart", "mail", "web"];

fn stage() -> (Stage, simulator::Simulator) {
    let simulator = serve(world_of(&[("prod", NAMES)]));
    let stage = Stage::new(&inventory_of(&[("prod", NAMES)]), simulator.endpoint());
    stage.shards(2, &[]);
    (stage, simulator)
}

/// What is said where the second shard's journal is another one.
fn said(stage: &Stage, change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut journal = stage.journal("shard-2/r");
    change(&mut journal);
    let other = stage.write("other", &journal);
    refused(stage, &[runs(2)[0].clone(), other])
}

fn refused(stage: &Stage, runs: &[String]) -> String {
    let ended = stage.merge("r", runs, &[]);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(!stage.path().join("merged").exists(), "nothing is written");
    ended.stderr
}

#[test]
fn what_is_of_another_run_is_refused_with_its_file() {
    let (stage, _simulator) = stage();
    let first = "shard-1/r";
    let file = "'other/journal.ndjson'";
    for (key, value, expected) in [
        (
            "shard",
            json!(null),
            format!("{file}: it is of a whole run, not of a shard"),
        ),
        (
            "mergeOf",
            json!(2),
            format!("{file}: line 2: it comes before the first shard"),
        ),
        ("shard", json!("2/3"), "is shard 2/3, and".to_owned()),
        ("shard", json!("1/2"), "are both shard 1/2".to_owned()),
        (
            "inventory",
            json!([["inventory.yaml", "0".repeat(64)]]),
            "is of another inventory than".to_owned(),
        ),
        (
            "sources",
            json!([["main", "https://elsewhere.example"]]),
            "is of other sources than".to_owned(),
        ),
        (
            "selection",
            json!(["prod/web"]),
            "is of another selection than".to_owned(),
        ),
        ("replayOf", json!("r0"), "is of another kind of run than".to_owned()),
        ("level", json!("replicas"), "is of another kind of run than".to_owned()),
        ("journal", json!(9), format!("{file}: it has version 9")),
        (
            "kind",
            json!("answer"),
            format!("{file}: line 1 is no header of a journal"),
        ),
        (
            "startedAt",
            json!("yesterday"),
            format!("{file}: line 1 is no header of a journal"),
        ),
    ] {
        let told = said(&stage, |journal| journal[0][key] = value);
        assert!(told.contains(&expected), "{key}: {told}");
        assert!(told.starts_with("error: cannot merge these runs\n"), "{told}");
    }
    let twice = refused(&stage, &[first.to_owned(), first.to_owned()]);
    assert!(
        twice.contains(&format!(
            "'{first}/journal.ndjson' and '{first}/journal.ndjson' are both shard 1/2"
        )),
        "{twice}"
    );
}

#[test]
fn a_whole_run_and_a_merged_one_are_no_shards() {
    let (stage, _simulator) = stage();
    assert_eq!(stage.run("whole", &["--run-id", "r"]).code, 0);
    let ended = stage.merge("z", &["whole/r".to_owned()], &[]);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    let expected = "'whole/r/journal.ndjson': it is of a whole run, not of a shard";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    assert_eq!(stage.merge("r", &runs(2), &[]).code, 0);
    let ended = stage.merge("z", &["merged/r".to_owned()], &[]);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    let expected = "'merged/r/journal.ndjson': it is of a merged run, not of a shard";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

/// A shard that failed leaves its link at yesterday's run, which would be merged with today's as if nothing were missing.
#[test]
fn a_share_of_an_earlier_audit_is_refused_or_at_least_reported() {
    let (stage, _simulator) = stage();
    let merged = |number: usize, id: &str, at: &str, arguments: &[&str]| {
        let mut journal = stage.journal("shard-2/r");
        journal[0]["runId"] = json!(id);
        journal[0]["startedAt"] = json!(at);
        let other = stage.write("other", &journal);
        stage.merge(&format!("m{number}"), &[runs(2)[0].clone(), other], arguments)
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
        let ended = merged(number, id, at, arguments);
        assert_eq!(ended.code, if refusal.is_some() { 65 } else { 0 }, "{}", ended.stderr);
        let told = ended.stderr;
        let is_told = "limit   shards-of-several-runs: the shards have different run ids and started between ";
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

/// They started within an hour of each other, and one of them was resumed a day later.
#[test]
fn answers_that_are_too_far_apart_are_of_no_one_audit() {
    let (stage, _simulator) = stage();
    for (hours, is_refused) in [(-23, false), (-25, true), (25, true)] {
        let merged = |arguments: &[&str]| {
            let mut journal = stage.journal("shard-2/r");
            let mut answers = journal.iter_mut().filter(|line| line["kind"] == "answer");
            let time = &mut answers.next().expect("an answer")["observedAt"];
            let instant: jiff::Timestamp = time.as_str().and_then(|text| text.parse().ok()).expect("a time");
            *time = json!((instant + jiff::SignedDuration::from_hours(hours)).to_string());
            let other = stage.write("other", &journal);
            let id = format!("m{}{}", hours + 100, arguments.len());
            stage.merge(&id, &[runs(2)[0].clone(), other], arguments)
        };
        let ended = merged(&[]);
        assert_eq!(ended.code, if is_refused { 65 } else { 0 }, "{}", ended.stderr);
        let is_told =
            ended.stderr.contains("' has an answer of ") && ended.stderr.contains("more than --max-age 24h apart");
        assert_eq!(is_told, is_refused, "{}", ended.stderr);
        assert_eq!(merged(&["--max-age", "26h"]).code, 0);
    }
}

#[test]
fn an_answer_about_another_shards_repository_is_refused() {
    let (stage, _simulator) = stage();
    let foreign = stage
        .journal("shard-1/r")
        .into_iter()
        .find(|line| line["call"] == "rules");
    let foreign = foreign.expect("the first shard asked for something");
    let name = foreign["repository"].as_str().expect("a name").to_owned();
    let told = said(&stage, |journal| journal.insert(1, foreign));
    let expected = format!(
        "is shard 2/2 and holds answers of 1 repository of other shards, the first of which is main:prod/{name}"
    );
    assert!(told.contains(&expected), "{told}");
}

#[test]
fn every_reason_is_reported_at_once() {
    let (stage, _simulator) = stage();
    let mut other = stage.journal("shard-2/r");
    other[0]["shard"] = json!("2/9");
    other[0]["selection"] = json!(["prod/web", "!prod/api"]);
    let torn = stage.bytes("shard-2/r/journal.ndjson");
    let all = [
        stage.write("other", &other),
        "shard-1/r".to_owned(),
        stage.write("list", &[json!([])]),
        stage.write_text("torn", &torn[..30]),
    ];
    let told = refused(&stage, &all);
    for part in [
        "'list/journal.ndjson': line 1 is no header of a journal",
        "'torn/journal.ndjson': line 1 is no header of a journal",
        "is shard 2/9, and 'shard-1/r/journal.ndjson' is shard 1/2",
        "nothing more there",
        "hint: give the folder of each shard of one run",
        "--only !prod/api and 1 more here",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_report_is_not_written_over_what_it_is_made_from() {
    let (stage, _simulator) = stage();
    for path in ["shard-1/r/journal.ndjson", "shard-1/r/report.json", "inventory.yaml"] {
        let before = stage.bytes(path);
        let ended = stage.merge("r", &runs(2), &["-o", &format!("json={path}")]);
        assert_eq!(ended.code, 64, "{path}: {}", ended.stderr);
        assert_eq!(stage.bytes(path), before);
    }
    assert_eq!(stage.merge("r", &runs(2), &[]).code, 0);
    let again = stage.merge("r", &runs(2), &[]);
    assert_eq!(again.code, 64, "an id is taken once: {}", again.stderr);
}

#[test]
fn what_is_no_folder_of_a_run_is_said_to_be_none() {
    let (stage, _simulator) = stage();
    for (given, said) in [
        (&[][..], "none of these is the folder of a run"),
        (&["no/such/folder"], "none of these is the folder of a run"),
        (&["shard-1/r/report.json"], "give the run's folder: shard-1/r"),
        (
            &["shard-1/r/journal.ndjson", "shard-2/r"],
            "give the run's folder: shard-1/r",
        ),
    ] {
        let given: Vec<String> = given.iter().map(|&path| path.to_owned()).collect();
        let ended = stage.merge("r", &given, &[]);
        assert_eq!(ended.code, 64, "{}", ended.stderr);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    // Beside a run, a path that is not there is an inventory that cannot be read.
    let ended = stage.merge("r", &["shard-1/r".to_owned(), "shard-9/r".to_owned()], &[]);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(ended.stderr.contains("shard-9/r"), "{}", ended.stderr);
}

#[test]
fn hostile_journals_are_refused_quickly() {
    let (stage, _simulator) = stage();
    let header = stage.journal("shard-2/r")[0].to_string();
    for (name, text, said) in [
        ("deep", "[".repeat(200_000), "line 1 is no header"),
        ("nul", "\0".repeat(1000), "line 1 is no header"),
        ("empty", String::new(), "line 1 is no header"),
        ("cut", "{\"kind\":".repeat(500), "line 1 is no header"),
        ("twice", format!("{header}\n{header}\n"), "line 2: a second header"),
        (
            "word",
            format!("{header}\n{{\"kind\":\"odd\"}}\n"),
            "line 2: unknown variant",
        ),
        (
            "shard",
            format!("{header}\n{}\n", header.replace("\"header\"", "\"shard\"")),
            "line 2: no shard is expected here",
        ),
    ] {
        let run = stage.write_text(name, text.as_bytes());
        let told = refused(&stage, &[run]);
        assert!(told.contains(said), "{name}: {told}");
    }
    // Numbers at their ends.
    let mut journal = stage.journal("shard-2/r");
    journal.retain(|line| line["call"] != "rules");
    journal[0]["shard"] = json!("4294967295/4294967295");
    let other = stage.write("other", &journal);
    let ended = stage.merge("r", &[other], &[]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let limits = stage.report("merged/r")["limits"].to_string();
    assert!(
        limits.contains("shards 1 to 4294967294 of 4294967295 are missing"),
        "{limits}"
    );
}
