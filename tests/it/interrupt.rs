//! A signal ends the asking and not the report: what is known is kept, the rest is said to be unknown.

use simulator::{Misbehaviour, Simulator};

use crate::support::{
    ACCESS_KEY, Audit, SECRET_KEY, Started, binary, fault, inventory, names, serve, texts, wait_until, world,
};

/// Twenty repositories; so many of the later ones never answer.
fn stuck(hanging: usize) -> (Simulator, Audit) {
    let names = names("repo", 20);
    let mut world = world(&texts(&names));
    world.repository("prod", "repo-002").rules.clear();
    for name in &names[6..6 + hanging] {
        world.faults.push(fault(&format!("prod/{name}"), Misbehaviour::Hang));
    }
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--concurrency", "4"]);
    (serve(world), audit)
}

fn answered(simulator: &Simulator) -> usize {
    let requests = simulator.requests();
    requests.iter().filter(|request| request.status.is_some()).count()
}

#[test]
fn what_is_known_is_kept_and_the_rest_is_one_entry() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        // As many as may be in flight: nothing behind them is ever sent.
        let (simulator, audit) = stuck(4);
        let mut started = audit.start(&simulator.endpoint());
        wait_until("all in flight hang", || {
            simulator.requests().len() == 10 && answered(&simulator) == 6
        });
        started.signal(signal);
        let ended = audit.ended(started.output());
        assert_eq!(ended.code, code, "{}", ended.stderr);
        let report = ended.json();
        assert_eq!(
            (&report["status"], &report["exitCode"]),
            (&"incomplete".into(), &code.into())
        );
        assert_eq!(ended.told(), [" unknown:interrupted", "repo-002 missing-rule"]);
        assert_eq!(report["unknown"][0]["count"], 14, "those in flight among them");
        assert_eq!(report["summary"]["repos"]["audited"], 6);
        let rows = ended.repos();
        assert_eq!(rows.len(), 20);
        assert!(rows[6..].iter().all(|row| row["unknown_class"] == "interrupted"));
        assert_eq!((&*rows[0]["outcome"], &*rows[2]["outcome"]), ("ok", "drift"));
        let latest = std::fs::read_link(audit.folder().join("reports/latest")).expect("an incomplete run counts");
        assert_eq!(Some(latest.as_os_str()), ended.report.file_name());
        let journal = std::fs::read_to_string(ended.report.join("journal.ndjson")).expect("a journal");
        let lines = |kind: &str| journal.matches(&format!(r#"{{"kind":"{kind}""#)).count();
        assert_eq!(["header", "answer", "givenUp", "end"].map(lines), [1, 6, 14, 1]);
        assert!(
            ended.stderr.contains(&format!("interrupted by SIG{signal}")),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn an_interrupted_probe_leaves_a_report_too() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("*", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["api", "web"]));
    let mut started = audit.start(&simulator.endpoint());
    wait_until("the probe hangs", || simulator.requests().len() == 1);
    started.signal("TERM");
    let ended = audit.ended(started.output());
    assert_eq!(ended.code, 143, "{}", ended.stderr);
    assert_eq!(ended.told(), [" unknown:interrupted"]);
    assert_eq!(ended.json()["status"], "incomplete");
    assert_eq!(ended.json()["verdict"]["code"], 143);
}

#[test]
fn exit_zero_does_not_forgive_an_interruption() {
    let (simulator, audit) = stuck(4);
    let audit = audit.with(&["--exit-zero"]);
    let mut started = audit.start(&simulator.endpoint());
    wait_until("all in flight hang", || simulator.requests().len() == 10);
    started.signal("INT");
    assert_eq!(audit.ended(started.output()).code, 130);
}

#[test]
fn a_second_signal_ends_at_once_and_leaves_no_half_report() {
    let (simulator, audit) = stuck(4);
    let mut started = audit.start(&simulator.endpoint());
    wait_until("all in flight hang", || simulator.requests().len() == 10);
    started.signal("INT");
    // It may be gone already: then the report is there, and complete.
    let pid = started.child().id().to_string();
    let line = ["-c", "kill -s INT \"$0\" 2>&1; true", &pid];
    std::process::Command::new("/bin/sh")
        .args(line)
        .output()
        .expect("there is a shell");
    let ended = audit.ended(started.output());
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    for run in audit.runs() {
        assert!(run.join("report.json").exists() && run.join("drift.csv").exists());
    }
}

#[test]
fn a_run_that_was_killed_stands_in_nobodys_way() {
    let (simulator, audit) = stuck(4);
    let audit = audit.with(&["--run-id", "killed"]);
    let mut started = audit.start(&simulator.endpoint());
    wait_until("all in flight hang", || simulator.requests().len() == 10);
    started.child().kill().expect("it is still there");
    drop(started);
    assert!(audit.runs().is_empty(), "what is not complete bears no run's name");
    simulator.change(|world| world.faults.clear());
    let mut again = binary(audit.folder());
    again.args(["run", "inventory.yaml", "--endpoint", &simulator.endpoint()]);
    again.envs([("HUAWEICLOUD_SDK_AK", ACCESS_KEY), ("HUAWEICLOUD_SDK_SK", SECRET_KEY)]);
    let output = Started::of(&mut again).output();
    assert_eq!(
        output.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
