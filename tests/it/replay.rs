//! A journal in, an audit out: the same answers and the same inventory give the same reports, and nothing is sent.

use simulator::{Access, Misbehaviour, World};

use crate::support::{Audit, Ended, fault, inventory, json, names, serve, texts, wait_until, world};

const ANSWER: &str = r#"{"kind":"answer","source":"main","call":"rules","namespace":"prod","repository":"web","observedAt":"2026-11-24T03:15:00Z","attempts":1,"status":200,"requestId":null,"body":"[]"}"#;

const FIXED: [&str; 4] = ["--run-id", "same", "--at", "2026-11-24T03:15:00Z"];

/// Something of everything: drift, absence, denial, faults.
fn mixed() -> (World, Audit) {
    let names = names("repo", 12);
    let mut world = world(&texts(&names));
    world.repository("prod", "repo-001").rules.clear();
    world.repository("prod", "repo-002").rules[0].overwrite = true;
    world.repository("prod", "repo-003").access = Some(Access::Denied);
    world.faults.push(fault("prod/repo-004", Misbehaviour::Html502));
    world.faults.push(fault("prod/repo-005", Misbehaviour::Reset));
    world.faults.push(fault("prod/repo-006", Misbehaviour::GatewayNotFound));
    let repositories = &mut world.namespaces[0].repositories;
    repositories.retain(|repository| repository.name != "repo-007");
    let audit = Audit::of(&inventory(&texts(&names)))
        .with(&FIXED)
        .with(&["--retries", "0"]);
    (world, audit)
}

/// Replays a run's journal in a folder of its own, under that inventory, without any credential.
fn replay(journal: &std::path::Path, inventory: &str, endpoint: &str) -> Ended {
    let audit = Audit::of(inventory).with(&FIXED).without_environment();
    std::fs::copy(journal, audit.folder().join("journal.ndjson")).expect("the folder is writable");
    audit.with(&["--replay", "journal.ndjson"]).against(endpoint)
}

fn assert_same_reports(run: &Ended, again: &Ended) {
    assert_eq!(again.code, run.code, "{}", again.stderr);
    for name in ["drift.csv", "repos.csv", "journal.ndjson"] {
        let read = |ended: &Ended| -> Vec<String> {
            let text = std::fs::read_to_string(ended.report.join(name)).expect("a report");
            text.lines().map(str::to_owned).collect()
        };
        let (mut before, mut after) = (read(run), read(again));
        if name == "journal.ndjson" {
            // Its header says what it is, so that nobody goes on with it.
            after[0] = after[0].replace(r#""replayOf":"same","#, "");
            // Answers come in any order; a replay tells them in the plan's.
            before.sort();
            after.sort();
        }
        assert_eq!(after, before, "{name}");
    }
    let without_wire = |ended: &Ended| {
        let mut report = json(&ended.report);
        report["run"]["wire"] = serde_json::Value::Null;
        report["run"]["replayOf"] = serde_json::Value::Null;
        report
    };
    assert_eq!(without_wire(again), without_wire(run));
}

#[test]
fn the_same_answers_give_the_same_reports_and_nothing_is_sent() {
    let (world, audit) = mixed();
    let simulator = serve(world);
    let run = audit.against(&simulator.endpoint());
    assert_eq!(run.code, 6, "{}", run.stderr);
    simulator.clear_requests();
    let names = names("repo", 12);
    let again = replay(
        &run.report.join("journal.ndjson"),
        &inventory(&texts(&names)),
        &simulator.endpoint(),
    );
    assert_same_reports(&run, &again);
    assert!(simulator.requests().is_empty());
    assert_eq!(run.json()["run"]["replayOf"], serde_json::Value::Null);
    assert_eq!(
        again.json()["run"]["replayOf"],
        "same",
        "a replay is never taken for a run"
    );
    assert!(
        again.stderr.contains("of run same: nothing was asked now"),
        "{}",
        again.stderr
    );
}

#[test]
fn a_replay_keeps_the_day_and_the_endpoint_of_its_answers_and_is_never_the_latest() {
    let simulator = serve(world(&["web"]));
    let text = inventory(&["web", "{ name: old, skip: true, reason: retired, until: 2025-06-01 }"]);
    let audit = Audit::of(&text).with(&["--at", "2025-01-01T00:00:00Z"]);
    let run = audit.against(&simulator.endpoint());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let again = Audit::of(&text).with(&["--replay", "journal.ndjson"]);
    std::fs::copy(run.report.join("journal.ndjson"), again.folder().join("journal.ndjson")).expect("it is ours");
    let ended = again.against("http://127.0.0.1:5");
    assert_eq!(ended.code, 0, "the skip held on that day: {}", ended.stderr);
    assert_eq!(ended.json()["run"]["sources"][0]["endpoint"], simulator.endpoint());
    assert_eq!(ended.json()["run"]["startedAt"], "2025-01-01T00:00:00Z");
    assert!(!again.folder().join("reports/latest").exists());
}

#[test]
fn an_interrupted_run_replays_as_one() {
    let names = names("repo", 10);
    let mut world = world(&texts(&names));
    world.faults.push(fault("prod/repo-004", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names)))
        .with(&FIXED)
        .with(&["--concurrency", "1"]);
    let mut started = audit.start(&simulator.endpoint());
    wait_until("the fifth hangs", || simulator.requests().len() == 5);
    started.signal("INT");
    let run = audit.ended(started.output());
    assert_eq!(run.code, 130, "{}", run.stderr);
    let again = replay(
        &run.report.join("journal.ndjson"),
        &inventory(&texts(&names)),
        &simulator.endpoint(),
    );
    assert_same_reports(&run, &again);
}

#[test]
fn another_policy_is_held_against_the_same_answers() {
    let simulator = serve(world(&["api", "web"]));
    let run = Audit::of(&inventory(&["api", "web"])).against(&simulator.endpoint());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let changed = inventory(&["api", "web"]).replace("override: false", "override: true");
    let again = replay(&run.report.join("journal.ndjson"), &changed, &simulator.endpoint());
    assert_eq!(again.told(), ["api override-mismatch", "web override-mismatch"]);
    // What was not asked then is not known now.
    let grown = inventory(&["api", "new", "web"]);
    let again = replay(&run.report.join("journal.ndjson"), &grown, &simulator.endpoint());
    assert_eq!(
        (again.code, again.told()),
        (4, vec!["new unknown:interrupted".to_owned()])
    );
}

#[test]
fn a_killed_runs_journal_is_read_up_to_its_torn_line() {
    let simulator = serve(world(&["api", "web"]));
    let run = Audit::of(&inventory(&["api", "web"])).against(&simulator.endpoint());
    let journal = run.report.join("journal.ndjson");
    let text = std::fs::read_to_string(&journal).expect("a journal");
    let second = text.rfind("{\"kind\":\"answer\"").expect("two answers");
    std::fs::write(&journal, &text[..second + 40]).expect("it is ours");
    let again = replay(&journal, &inventory(&["api", "web"]), &simulator.endpoint());
    assert_eq!(
        (again.code, again.outcomes()),
        (4, vec!["api ok".to_owned(), "web unknown".to_owned()])
    );
}

#[test]
fn what_is_no_journal_of_this_inventory_is_65() {
    let header = r#"{"kind":"header","journal":1,"runId":"r","startedAt":"2026-11-24T03:15:00Z","toolVersion":"0","inventory":[],"sources":[["main","https://h"]]}"#;
    for (text, told) in [
        (String::new(), "no header"),
        ("nonsense\n".to_owned(), "no header"),
        (
            format!("{}\n", header.replace("\"journal\":1", "\"journal\":2")),
            "version 2",
        ),
        (format!("{}\n", header.replace("main", "other")), "only of: other"),
        (
            format!("{}\n", header.replace("https://h", "elsewhere")),
            "the endpoint of the source 'main'",
        ),
        (format!("{header}\nnonsense\n{header}\n"), "line 2"),
        (format!("{header}\n{}\n", r#"{"kind":"answer"}"#), "line 2"),
        (format!("{header}\n{ANSWER}\n{ANSWER}\n"), "line 3: a second answer"),
    ] {
        let audit = Audit::of(&inventory(&["web"])).with(&["--replay", "journal.ndjson"]);
        std::fs::write(audit.folder().join("journal.ndjson"), &text).expect("the folder is writable");
        let ended = audit.run();
        assert_eq!(ended.code, 65, "{text}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
        assert!(!audit.folder().join("reports").exists());
    }
}
