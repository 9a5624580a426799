//! Where reports go: the folder, further places, and what is refused before anything is asked.

use std::path::Path;

use simulator::Misbehaviour;
use swr_audit::report::format::FORMATS;

use crate::support::{Audit, fault, inventory, json, rows, serve, wait_until, world};

/// Of two repositories one has no rule.
fn drifted() -> simulator::Simulator {
    let mut world = world(&["bare", "web"]);
    world.repository("prod", "bare").rules.clear();
    serve(world)
}

fn audit(arguments: &[&str]) -> Audit {
    Audit::of(&inventory(&["bare", "web"])).with(arguments)
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn stdout_is_data_for_a_program_and_nothing_else() {
    let simulator = drifted();
    for (format, first, columns, lines) in [("csv", "severity,status,", 36, 2), ("repos", "outcome,source,", 28, 3)] {
        let place = format!("{format}=-");
        let ended = audit(&["-o", &place, "-vv"]).against(&simulator.endpoint());
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(
            ended.stdout.starts_with(first),
            "neither a mark nor talk: {}",
            ended.stdout
        );
        let mut reader = csv::ReaderBuilder::new().from_reader(ended.stdout.as_bytes());
        assert_eq!(reader.headers().expect("a header").len(), columns);
        let rows: Result<Vec<_>, _> = reader.records().collect();
        assert_eq!(1 + rows.expect("whole rows").len(), lines);
    }
    let ended = audit(&["-o", "json=-"]).against(&simulator.endpoint());
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one document");
    assert_eq!(document, ended.json());
    let ended = audit(&[]).against(&simulator.endpoint());
    assert_eq!(ended.stdout, "");
}

#[test]
fn further_files_are_the_same_reports() {
    let simulator = drifted();
    let audit = audit(&[
        "-o",
        "json=mine.json",
        "-o",
        "csv=drift-of-mine.csv",
        "-o",
        "repos=repos-of-mine.csv",
    ]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    for (mine, theirs) in [
        ("mine.json", "report.json"),
        ("drift-of-mine.csv", "drift.csv"),
        ("repos-of-mine.csv", "repos.csv"),
    ] {
        let read = |path: &Path| std::fs::read(path).expect("it is written");
        assert_eq!(
            read(&audit.folder().join(mine)),
            read(&ended.report.join(theirs)),
            "{mine}"
        );
    }
}

#[test]
fn without_a_folder_nothing_is_left_behind() {
    let simulator = drifted();
    let audit = audit(&["--out", "none", "-o", "json=-"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(files(audit.folder()), ["inventory.yaml"]);
    assert!(ended.stdout.contains("\"kind\": \"AuditReport\""));
}

#[test]
fn only_the_formats_asked_for_are_written() {
    let simulator = drifted();
    let (tables, both) = (
        "drift.csv journal.ndjson repos.csv",
        "drift.csv journal.ndjson report.json repos.csv",
    );
    let mut all: Vec<&str> = FORMATS
        .iter()
        .filter(|format| format.word.is_some())
        .map(|format| format.file)
        .collect();
    all.push("journal.ndjson");
    all.sort_unstable();
    let all = all.join(" ");
    for (formats, expected) in [
        ("json", "journal.ndjson report.json"),
        ("csv", tables),
        ("csv,json", both),
        ("markdown", "journal.ndjson summary.md"),
        ("all", &all),
    ] {
        let ended = audit(&["--format", formats]).against(&simulator.endpoint());
        assert_eq!((ended.code, files(&ended.report).join(" ")), (2, expected.to_owned()));
    }
}

#[test]
fn the_dialect_is_chosen_for_every_table() {
    let simulator = drifted();
    for (dialect, has_mark) in [("excel", true), ("rfc4180", false)] {
        let ended = audit(&["--csv-dialect", dialect, "-o", "csv=-"]).against(&simulator.endpoint());
        let file = std::fs::read_to_string(ended.report.join("drift.csv")).expect("it is written");
        assert_eq!(
            (file.starts_with('\u{feff}'), ended.stdout.starts_with('\u{feff}')),
            (has_mark, has_mark)
        );
        assert_eq!(file, ended.stdout);
    }
}

#[test]
fn the_folder_holds_finished_runs_and_a_link() {
    let simulator = drifted();
    let audit = audit(&["--run-id", "first", "--out", "deep/er/reports"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let reports = audit.folder().join("deep/er/reports");
    assert_eq!(files(&reports), [".lock", "first", "latest"]);
    assert_eq!(rows(&reports.join("latest/drift.csv")).len(), 1);
    assert_eq!(json(&reports.join("latest"))["run"]["id"], "first");
}

#[test]
fn a_run_id_is_used_once() {
    let simulator = drifted();
    let audit = audit(&["--run-id", "mine"]);
    assert_eq!(audit.against(&simulator.endpoint()).code, 2);
    let before = std::fs::read(audit.folder().join("reports/mine/report.json")).expect("it is written");
    simulator.clear_requests();
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 64, "{}", ended.stderr);
    assert!(ended.stderr.contains("'mine'"), "{}", ended.stderr);
    assert!(simulator.requests().is_empty());
    let after = std::fs::read(audit.folder().join("reports/mine/report.json")).expect("it is still there");
    assert_eq!(before, after);
}

#[test]
fn one_run_at_a_time_has_the_folder() {
    let mut world = world(&["bare", "web"]);
    world.faults.push(fault("*", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = audit(&["--run-id", "holder"]);
    let mut first = audit.start(&simulator.endpoint());
    wait_until("the first run asks", || simulator.requests().len() == 1);
    let second = audit.against(&simulator.endpoint());
    assert_eq!(second.code, 1, "{}", second.stderr);
    let pid = first.child().id().to_string();
    assert!(
        second.stderr.contains("run holder") && second.stderr.contains(&pid),
        "{}",
        second.stderr
    );
    assert_eq!(simulator.requests().len(), 1, "the second asked nothing");
    first.signal("TERM");
    assert_eq!(first.output().status.code(), Some(143));
    assert_eq!(audit.runs().len(), 1);
}

#[test]
fn what_cannot_be_written_is_found_before_the_first_request() {
    let simulator = drifted();
    for arguments in [
        &["--out", "taken"][..],
        &["--out", "taken/reports"],
        &["-o", "json=no/such/folder/report.json"],
        &["-o", "csv=folder"],
        &["-o", "csv=none/"],
        &["-o", "csv=taken/"],
    ] {
        let audit = audit(arguments);
        std::fs::write(audit.folder().join("taken"), "a file").expect("the folder is writable");
        std::fs::create_dir(audit.folder().join("folder")).expect("the folder is writable");
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 1, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("cannot write"), "{}", ended.stderr);
        assert!(audit.runs().is_empty());
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn a_failed_run_leaves_the_link_where_it_was() {
    let simulator = drifted();
    let audit = Audit::of(&inventory(&["bare", "web"])).with(&["--retries", "0"]);
    let good = audit.against(&simulator.endpoint());
    simulator.change(|world| world.faults.push(fault("*", Misbehaviour::Reset)));
    let failed = audit.against(&simulator.endpoint());
    assert_eq!((good.code, failed.code), (2, 1), "{}", failed.stderr);
    assert_eq!(failed.json()["status"], "failed");
    let link = std::fs::read_link(audit.folder().join("reports/latest")).expect("a link");
    assert_eq!(Some(link.as_os_str()), good.report.file_name());
    assert_eq!(audit.runs().len(), 2);
}

#[test]
fn quiet_means_errors_only() {
    let simulator = drifted();
    let ended = audit(&["-q"]).against(&simulator.endpoint());
    assert_eq!((ended.code, &*ended.stderr, &*ended.stdout), (2, "", ""));
    let ended = audit(&["-q", "--out", "inventory.yaml"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
}
