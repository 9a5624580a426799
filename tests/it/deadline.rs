//! A deadline ends the asking, and not the report: it is no interruption, so the exit code is the formula's.

use simulator::{Fault, Misbehaviour, Simulator, World};

use crate::support::{Audit, fault, inventory, names, paths, serve, texts, world};

/// Twenty repositories; the service is silent after so many requests.
fn stuck(requests: u64, arguments: &[&str]) -> (Simulator, Audit) {
    let (mut world, audit) = twenty();
    world.faults.push(Fault {
        after: requests,
        ..Fault::always(Misbehaviour::Hang)
    });
    (serve(world), audit.with(&["--concurrency", "4"]).with(arguments))
}

fn twenty() -> (World, Audit) {
    let names = names("repo", 20);
    (world(&texts(&names)), Audit::of(&inventory(&texts(&names))))
}

#[test]
fn what_hangs_is_abandoned_and_the_rest_is_unknown() {
    // Long enough for six answers over loopback, and far shorter than the time of one attempt.
    let (simulator, audit) = stuck(6, &["--deadline", "4s", "--timeout", "10m"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(ended.told(), [" unknown:interrupted"]);
    let report = ended.json();
    assert_eq!(report["status"], "incomplete");
    assert_eq!(
        (&report["exitCode"], &report["verdict"]["code"]),
        (&4.into(), &4.into())
    );
    assert_eq!(
        report["verdict"]["reason"],
        "the deadline of 4s was reached; 14 repositories are unknown"
    );
    assert_eq!(report["unknown"][0]["count"], 14);
    assert_eq!(simulator.requests().len(), 10, "nothing is sent after it");
    let journal = std::fs::read_to_string(ended.report.join("journal.ndjson")).expect("a journal");
    let last = journal.lines().last().unwrap_or_default();
    assert_eq!(last, r#"{"kind":"end","ending":"deadline","deadlineMs":4000}"#);
    assert!(
        ended.stderr.contains("the same command with `--resume`"),
        "{}",
        ended.stderr
    );
    assert!(audit.folder().join("reports/latest").exists());
}

#[test]
fn with_drift_it_is_six_and_exit_zero_forgives_it() {
    for (arguments, code) in [
        (&["--deadline", "3s"][..], 6),
        (&["--deadline", "3s", "--exit-zero"], 0),
    ] {
        let (simulator, audit) = stuck(6, arguments);
        simulator.change(|world| world.repository("prod", "repo-002").rules.clear());
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert_eq!(ended.told(), ["repo-002 missing-rule", " unknown:interrupted"]);
        assert_eq!(
            ended.json()["verdict"]["reason"],
            "the deadline of 3s was reached; 14 repositories are unknown; 1 finding at or over low"
        );
    }
}

#[test]
fn a_deadline_that_is_over_at_once_asks_nothing() {
    let (world, audit) = twenty();
    let simulator = serve(world);
    let ended = audit.with(&["--deadline", "1ms"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(simulator.requests().is_empty());
    assert_eq!(ended.json()["summary"]["repos"]["unknown"], 20);
}

#[test]
fn a_deadline_that_is_not_reached_changes_nothing() {
    let (world, audit) = twenty();
    let simulator = serve(world);
    let audit = audit.with(&["--at", "2026-11-24T03:15:00Z"]);
    let report = |audit: &Audit| {
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let mut report = ended.json();
        for key in ["wire", "id"] {
            report["run"][key] = serde_json::Value::Null;
        }
        for row in report["repositories"].as_array_mut().expect("a list") {
            row["observedAt"] = serde_json::Value::Null;
            row["requestId"] = serde_json::Value::Null;
        }
        report
    };
    let without = report(&audit);
    for deadline in ["10m", "100000h"] {
        let audit = Audit::of(&std::fs::read_to_string(audit.folder().join("inventory.yaml")).expect("it is there"));
        let audit = audit.with(&["--at", "2026-11-24T03:15:00Z", "--deadline", deadline]);
        assert_eq!(report(&audit), without);
    }
}

#[test]
fn a_run_that_its_deadline_stopped_is_gone_on_with() {
    let (simulator, audit) = stuck(8, &["--deadline", "2s"]);
    let stopped = audit.against(&simulator.endpoint());
    assert_eq!(stopped.code, 4, "{}", stopped.stderr);
    simulator.change(|world| world.faults.clear());
    simulator.clear_requests();
    let audit = audit.with(&["--resume", "--progress", "never"]);
    let ended = audit.against(&simulator.endpoint());
    // Its own deadline is counted anew.
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(paths(&simulator).len(), 12);
}

#[test]
fn a_replay_tells_the_deadline_again() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let run = Audit::of(&inventory(&["api", "web"])).with(&["--deadline", "2s"]);
    let run = run.against(&simulator.endpoint());
    assert_eq!(run.code, 4, "{}", run.stderr);
    let again = Audit::of(&inventory(&["api", "web"])).with(&["--replay", "journal.ndjson"]);
    std::fs::copy(run.report.join("journal.ndjson"), again.folder().join("journal.ndjson")).expect("it is writable");
    let again = again.run();
    assert_eq!(again.code, 4, "{}", again.stderr);
    assert_eq!(again.json()["verdict"], run.json()["verdict"]);
    assert!(!again.stderr.contains("--resume"), "{}", again.stderr);
}
