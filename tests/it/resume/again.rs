//! A run that came to its end, and did not see everything: what may have passed is asked again, or all that is unknown.

use super::*;

/// One ok, one that failed in passing, one denied, one whose call the gateway does not know, one with a hundred rules, and
/// two namespaces whose lists are refused.
fn spoilt() -> World {
    let mut world = world_of(&[
        ("closed", &["a"]),
        ("prod", &["denied", "down", "many", "ok", "strange"]),
    ]);
    for number in 0..99 {
        let rule = simulator::Rule::to("cn-east-3", format!("n-{number}"));
        world.repository("prod", "many").rules.push(rule);
    }
    world.repository("prod", "denied").access = Some(Access::Denied);
    world.faults.push(fault("prod/down", error(503, "SVCSTG.SWR.5030001")));
    world.faults.push(fault("prod/strange", Misbehaviour::GatewayNotFound));
    world.faults.push(Fault {
        call: Some(simulator::Call::Repositories),
        ..fault("closed", error(403, "SVCSTG.SWR.4030170"))
    });
    world
}

fn spoilt_inventory() -> String {
    let named = inventory(&["denied", "down", "many", "ok", "strange"]);
    named.replace("    targets:\n", "    otherRules: warn\n    targets:\n") + "  - { name: closed, policy: dr }\n"
}

/// The finished run `first`, and the world mended.
fn finished() -> (Simulator, Audit) {
    let simulator = serve(spoilt());
    let audit = Audit::of(&spoilt_inventory()).with(&["--retries", "0", "--run-id", "first"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    simulator.change(|world| {
        world.faults.clear();
        world.repository("prod", "denied").access = None;
        world.repository("prod", "many").rules.truncate(1);
    });
    simulator.clear_requests();
    let home = Audit::of(&spoilt_inventory()).with(&["--retries", "0", "--run-id", "second"]);
    fs::rename(audit.folder().join("reports"), home.folder().join("reports")).expect("one file system");
    (simulator, home)
}

fn rules_of(simulator: &Simulator) -> Vec<String> {
    let mut rules: Vec<String> = paths(simulator)
        .into_iter()
        .filter(|path| path.ends_with("sync_repo"))
        .collect();
    rules.sort();
    rules
}

#[test]
fn what_may_have_passed_is_asked_again_of_a_run_that_came_to_its_end() {
    let (simulator, audit) = finished();
    let first = journal_of(&audit.folder().join("reports/first"));
    let audit = audit.with(&["--resume", "first"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(paths(&simulator), [rules_path("prod", "down")], "{}", ended.stderr);
    assert_eq!(ended.json()["run"]["id"], "second");
    assert_eq!(lines(&ended.report)[0]["resumes"], "first");
    assert_eq!(
        journal_of(&audit.folder().join("reports/first")),
        first,
        "it stays as it is"
    );
}

#[test]
fn with_all_unknown_everything_unknown_is_asked_again_and_nothing_else() {
    for arguments in [
        &["--resume", "first", "--all-unknown"][..],
        &["--resume", "--all-unknown"],
    ] {
        let (simulator, audit) = finished();
        let ended = audit.with(arguments).against(&simulator.endpoint());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let prod = ["denied", "down", "many", "strange"].map(|name| rules_path("prod", name));
        let expected = [&[rules_path("closed", "a")][..], &prod].concat();
        assert_eq!(rules_of(&simulator), expected, "{}", ended.stderr);
        assert_eq!(ended.json()["unknown"], serde_json::json!([]));
        // The journal of both parts is one, whatever the first was told.
        let replay = Audit::of(&spoilt_inventory()).with(&["--replay", "journal.ndjson"]);
        let journal = ended.report.join("journal.ndjson");
        fs::copy(journal, replay.folder().join("journal.ndjson")).expect("it is writable");
        let replayed = replay.run();
        assert_eq!(
            (replayed.code, replayed.told()),
            (0, ended.told()),
            "{}",
            replayed.stderr
        );
    }
}

#[test]
fn what_is_asked_again_and_not_answered_is_not_known_by_what_came_before() {
    let (simulator, audit) = finished();
    simulator.change(|world| world.faults.push(fault("prod/many", Misbehaviour::Reset)));
    let ended = audit
        .with(&["--resume", "first", "--all-unknown"])
        .against(&simulator.endpoint());
    assert_eq!(ended.told(), ["many unknown:unreachable"], "{}", ended.stderr);
    let replay = Audit::of(&spoilt_inventory()).with(&["--replay", "journal.ndjson"]);
    let journal = ended.report.join("journal.ndjson");
    fs::copy(journal, replay.folder().join("journal.ndjson")).expect("it is writable");
    assert_eq!(replay.run().told(), ended.told());
}

#[test]
fn where_nothing_is_unknown_nothing_is_asked_again() {
    let simulator = serve(world(&["web"]));
    let audit = Audit::of(&inventory(&["web"])).with(&["--run-id", "whole"]);
    assert_eq!(audit.against(&simulator.endpoint()).code, 0);
    let again = Audit::of(&inventory(&["web"])).with(&["--resume", "whole", "--all-unknown"]);
    fs::rename(audit.folder().join("reports"), again.folder().join("reports")).expect("one file system");
    let ended = again.against(&simulator.endpoint());
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("the run 'whole' is already finished"),
        "{}",
        ended.stderr
    );
}
