//! A signal ends the asking and not the report: what is known is kept, the rest is said to be unknown.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::process::Command;

use simulator::{Fault, Misbehaviour, Simulator, World};

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
        assert_eq!(ended.told(), ["repo-002 missing-rule", " unknown:interrupted"]);
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
    Command::new("/bin/sh").args(line).output().expect("there is a shell");
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

/// Three hundred repositories without rules: their report is longer than a pipe takes while nobody reads.
fn long() -> (World, Audit) {
    let names = names("repo", 300);
    let mut world = world(&texts(&names));
    for name in &names {
        world.repository("prod", name).rules.clear();
    }
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--run-id", "slow", "-o", "json=mine.json"]);
    let made = Command::new("mkfifo").arg(audit.folder().join("pipe")).status();
    assert!(made.expect("every system has it").success());
    (world, audit.with(&["-o", "json=pipe"]))
}

/// Opens the pipe, and does not read from it.
fn silent_reader(audit: &Audit) -> File {
    let mut options = OpenOptions::new();
    // To read and write: to read alone would wait for a writer.
    let opened = options.read(true).write(true).open(audit.folder().join("pipe"));
    opened.expect("the pipe is there")
}

/// Waits until the folder's reports are there: the pipe comes next.
fn wait_for_publishing(audit: &Audit) {
    let report = audit.folder().join("reports/.partial-slow/report.json");
    wait_until("the reports are written", || report.exists());
}

/// What is said up to the first signal.
fn heard(started: &mut Started) -> String {
    let mut said = BufReader::new(started.child().stderr.as_mut().expect("it is caught"));
    let mut text = String::new();
    while !text.contains("interrupted by") {
        assert_ne!(said.read_line(&mut text).expect("it is text"), 0, "{text}");
    }
    text
}

fn assert_nothing_published(audit: &Audit) {
    let folder = |path: &str| {
        let entries = std::fs::read_dir(audit.folder().join(path)).expect("it is there");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        names.collect::<BTreeSet<_>>()
    };
    let expected = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(folder("."), expected(&["inventory.yaml", "pipe", "reports"]));
    assert_eq!(folder("reports"), expected(&[".lock", ".partial-slow"]));
}

#[test]
fn a_second_signal_ends_at_once_while_the_reports_of_the_first_are_written() {
    let (mut world, audit) = long();
    world.faults.push(Fault {
        after: 100,
        ..Fault::always(Misbehaviour::Hang)
    });
    let simulator = serve(world);
    let _reader = silent_reader(&audit);
    let mut started = audit.start(&simulator.endpoint());
    wait_until("all in flight hang", || simulator.requests().len() == 116);
    started.signal("TERM");
    wait_for_publishing(&audit);
    started.signal("INT");
    let ended = audit.ended(started.output());
    assert_eq!(ended.code, 130, "the code of the second: {}", ended.stderr);
    assert_nothing_published(&audit);
}

#[test]
fn a_first_signal_while_the_reports_are_written_lets_them_be_finished() {
    let (world, audit) = long();
    let simulator = serve(world);
    let mut reader = silent_reader(&audit);
    let mut started = audit.start(&simulator.endpoint());
    wait_for_publishing(&audit);
    started.signal("TERM");
    heard(&mut started);
    std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    let ended = audit.ended(started.output());
    assert_eq!(ended.code, 2, "everything was asked: {}", ended.stderr);
    assert_eq!(ended.json()["status"], "complete");
    assert_eq!(crate::support::json(&ended.report), mine(&audit));
}

fn mine(audit: &Audit) -> serde_json::Value {
    let text = std::fs::read(audit.folder().join("mine.json")).expect("it is written");
    serde_json::from_slice(&text).expect("and whole")
}

#[test]
fn a_second_signal_while_the_reports_are_written_ends_at_once() {
    for (first, second, code) in [("INT", "TERM", 143), ("TERM", "INT", 130), ("INT", "INT", 130)] {
        let (world, audit) = long();
        let simulator = serve(world);
        let _reader = silent_reader(&audit);
        let mut started = audit.start(&simulator.endpoint());
        wait_for_publishing(&audit);
        started.signal(first);
        heard(&mut started);
        started.signal(second);
        assert_eq!(started.output().status.code(), Some(code));
        assert_nothing_published(&audit);
    }
}
