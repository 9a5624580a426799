//! Places that fill up, vanish, or never could be written: told, without a lost answer and without half a report.

use std::fs;
use std::path::Path;
use std::process::Command;

use simulator::{Misbehaviour, Simulator, World};

use crate::support::{Audit, Ended, fault, inventory, names, serve, texts, wait_until, world};

/// Forty repositories, of which one has drifted.
fn forty() -> (World, Audit) {
    let names = names("repo", 40);
    let mut world = world(&texts(&names));
    world.repository("prod", "repo-007").rules.clear();
    (world, Audit::of(&inventory(&texts(&names))))
}

/// Runs it where no file may be longer than so many blocks of 512 bytes: what is written beyond them fails, as on a full
/// disk.
fn with_room_for(blocks: u32, audit: &Audit, simulator: &Simulator) -> Ended {
    let inner = audit.command(Some(&simulator.endpoint()));
    let mut command = Command::new("/bin/sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command
        .args(["-c", &script])
        .arg(inner.get_program())
        .args(inner.get_args());
    command.env_clear().current_dir(audit.folder());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    audit.ended(command.output().expect("there is a shell"))
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_disk_without_room_for_a_header_is_found_before_the_first_request() {
    let (world, audit) = forty();
    let simulator = serve(world);
    let ended = with_room_for(0, &audit, &simulator);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("cannot write 'reports/"), "{}", ended.stderr);
    assert!(simulator.requests().is_empty());
    assert!(audit.runs().is_empty());
    // Nothing stands in the way of the next run, and nothing is said of this one.
    let next = audit.against(&simulator.endpoint());
    assert_eq!(next.code, 2, "{}", next.stderr);
    assert!(!next.stderr.contains("unfinished"), "{}", next.stderr);
}

#[test]
fn a_disk_that_fills_up_costs_no_report_half_and_no_answer_of_the_journal() {
    let (world, audit) = forty();
    let simulator = serve(world);
    let audit = audit.with(&["--run-id", "full"]);
    // Room for the header and some of the answers; not for the report.
    let ended = with_room_for(8, &audit, &simulator);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    for told in [
        "the journal is incomplete",
        "cannot write 'reports/.partial-full/",
        "repo-007",
        "`--resume full`",
    ] {
        assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
    }
    assert!(audit.runs().is_empty());
    let journal = fs::read(audit.folder().join("reports/.partial-full/journal.ndjson")).expect("it survives");
    let text = String::from_utf8_lossy(&journal).into_owned();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let answers = whole.matches("\"kind\":\"answer\"").count();
    assert!(journal.len() <= 4096 && answers > 0, "{answers} answers");

    simulator.clear_requests();
    let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
    assert_eq!(
        (ended.code, ended.told()),
        (2, vec!["repo-007 missing-rule".to_owned()])
    );
    assert_eq!(
        simulator.requests().len(),
        40 - answers,
        "what the journal took is not asked again"
    );
}

#[test]
fn a_further_place_that_is_full_leaves_no_report_at_all() {
    let (world, audit) = forty();
    let simulator = serve(world);
    let audit = audit.with(&["-o", "csv=/dev/full", "-o", "json=mine.json", "--run-id", "full"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("cannot write '/dev/full'"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("repo-007"),
        "what was found is told: {}",
        ended.stderr
    );
    assert_eq!(names_in(audit.folder()), ["inventory.yaml", "reports"]);
    assert_eq!(names_in(&audit.folder().join("reports")), [".lock", ".partial-full"]);
    // Without a folder there is nothing to go on with, and nothing is left behind.
    let (_, audit) = forty();
    let audit = audit.with(&["--out", "none", "-o", "csv=/dev/full", "-o", "json=mine.json"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(!ended.stderr.contains("--resume"), "{}", ended.stderr);
    assert_eq!(names_in(audit.folder()), ["inventory.yaml"]);
}

#[test]
fn a_folder_that_vanishes_in_mid_run_is_reported_with_what_was_found() {
    for gone in ["reports", "place"] {
        let (mut world, audit) = forty();
        world.faults.push(fault("prod/repo-020", Misbehaviour::Hang));
        let simulator = serve(world);
        let audit = audit.with(&["-o", "json=place/mine.json", "--timeout", "2s", "--retries", "0"]);
        fs::create_dir(audit.folder().join("place")).expect("the folder is writable");
        let started = audit.start(&simulator.endpoint());
        wait_until("one hangs, and the others have answered", || {
            let requests = simulator.requests();
            requests.len() == 40 && requests.iter().filter(|request| request.status.is_some()).count() == 39
        });
        fs::remove_dir_all(audit.folder().join(gone)).expect("it is there");
        let ended = audit.ended(started.output());
        assert_eq!(ended.code, 1, "{gone}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(&format!("cannot write '{gone}/")),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("repo-007"),
            "what was found is told: {}",
            ended.stderr
        );
        assert_eq!(ended.stderr.contains("--resume"), gone == "place", "{}", ended.stderr);
        assert!(audit.runs().is_empty());
    }
}

#[test]
fn what_can_never_be_written_is_found_before_the_first_request() {
    let (world, audit) = forty();
    let simulator = serve(world);
    // A file system in which nobody can make a folder.
    let audit = audit.with(&["--out", "/proc/reports"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("cannot write '/proc/reports'"),
        "{}",
        ended.stderr
    );
    assert!(simulator.requests().is_empty());
}

#[test]
fn the_header_is_on_disk_before_the_first_request() {
    let (mut world, audit) = forty();
    world.faults.push(fault("*", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = audit.with(&["--run-id", "slow"]);
    let mut started = audit.start(&simulator.endpoint());
    wait_until("the first request", || !simulator.requests().is_empty());
    let journal = fs::read_to_string(audit.folder().join("reports/.partial-slow/journal.ndjson")).expect("a journal");
    assert!(
        journal.starts_with(r#"{"kind":"header","#) && journal.ends_with('\n'),
        "{journal}"
    );
    started.signal("TERM");
    assert_eq!(started.output().status.code(), Some(143));
}

#[test]
fn an_answer_is_in_the_journal_although_no_other_comes() {
    let (mut world, audit) = forty();
    world.faults.push(fault("prod/repo-001", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = audit.with(&["--run-id", "slow", "--concurrency", "1"]);
    let mut started = audit.start(&simulator.endpoint());
    let journal = audit.folder().join("reports/.partial-slow/journal.ndjson");
    wait_until("the only answer is written", || {
        fs::read_to_string(&journal).is_ok_and(|text| text.contains("repo-000"))
    });
    wait_until("the next one hangs", || simulator.requests().len() == 2);
    started.signal("TERM");
    assert_eq!(started.output().status.code(), Some(143));
}
