//! Which run is gone on with, and what becomes of those that have reports already, or could not write them.

use super::*;

#[test]
fn a_run_stopped_by_a_signal_is_gone_on_with_as_a_new_one() {
    let hundred = Hundred::new();
    let simulator = hundred.silent_after(40);
    let audit = hundred.audit();
    let mut started = audit.start(&simulator.endpoint());
    wait_until("forty answers, and no more", || simulator.requests().len() == 44);
    started.signal("TERM");
    let stopped = audit.ended(started.output());
    assert_eq!(stopped.code, 143, "{}", stopped.stderr);
    assert!(stopped.stderr.contains("`--resume`"), "{}", stopped.stderr);
    let known = known(&stopped.report);
    let before = journal_of(&stopped.report);
    heal(&simulator);

    let resumed = hundred.audit();
    fs::rename(audit.folder().join("reports"), resumed.folder().join("reports")).expect("one file system");
    let taken = resumed.with(&["--resume"]);
    let ended = taken.against(&simulator.endpoint());
    assert_eq!(ended.code, 64, "its id is taken by its own reports: {}", ended.stderr);
    let again = Audit::of(&hundred.inventory).with(&["--retries", "0", "--concurrency", "4", "--resume"]);
    fs::rename(taken.folder().join("reports"), again.folder().join("reports")).expect("one file system");
    let ended = again.against(&simulator.endpoint());
    let (code, mut report, rows) = reports(&ended);
    let (expected_code, mut expected, expected_rows) = undisturbed(&hundred, &simulator.endpoint());
    assert_eq!(code, expected_code, "{}", ended.stderr);
    assert_eq!(rows.len(), expected_rows.len());
    assert_ne!(report["run"]["id"], "same");
    for report in [&mut report, &mut expected] {
        report["run"]["id"] = Value::Null;
    }
    assert_eq!(report, expected);
    assert!(paths(&simulator).iter().all(|path| !known.contains(path)));
    let old = again.folder().join("reports/same");
    assert_eq!(journal_of(&old), before, "the stopped run stays as it is");
    let journal = lines(&ended.report);
    assert_eq!(journal[0]["resumes"], "same");
    let of_answers = |lines: Vec<Value>| {
        let answers = lines.into_iter().filter(|line| line["kind"] == "answer");
        answers.collect::<Vec<Value>>()
    };
    let (all, first) = (of_answers(journal), of_answers(lines(&old)));
    assert_eq!(all[..first.len()], first, "its answers come first");

    // Gone on with already, it is not the newest any more.
    let nothing = again.against(&simulator.endpoint());
    assert_eq!(nothing.code, 65, "{}", nothing.stderr);
    // The journal of both parts is one.
    let replay = Audit::of(&hundred.inventory).with(&["--replay", "journal.ndjson"]);
    fs::copy(
        ended.report.join("journal.ndjson"),
        replay.folder().join("journal.ndjson"),
    )
    .expect("it is writable");
    let replayed = replay.run();
    assert_eq!(replayed.code, ended.code, "{}", replayed.stderr);
    assert_eq!(replayed.told(), ended.told());
}

#[test]
fn reports_that_could_not_be_written_are_made_without_asking_anybody() {
    let names = names("repo", 12);
    let mut world = world(&texts(&names));
    world.repository("prod", "repo-003").rules.clear();
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names))).with(&FIXED);
    let whole = audit.against(&simulator.endpoint());
    assert_eq!(whole.code, 2, "{}", whole.stderr);
    let expected = reports(&whole);
    fs::remove_dir_all(&whole.report).expect("it is ours");
    // A report in the place that the run's folder needs a file of: the folder cannot be filled.
    let mut failing = audit.command(Some(&simulator.endpoint()));
    failing.args(["-o", "json=/dev/full"]);
    let failed = audit.ended(failing.output().expect("the binary starts"));
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    assert!(failed.stderr.contains("cannot write '/dev/full'"), "{}", failed.stderr);
    assert!(failed.stderr.contains("`--resume same`"), "{}", failed.stderr);
    assert!(audit.runs().is_empty());
    assert!(
        partial(&audit).join("report.json").exists(),
        "what was written is beside the journal"
    );
    fs::write(partial(&audit).join("stale.html"), "of an earlier attempt").expect("it is ours");

    simulator.clear_requests();
    let audit = audit.with(&["--resume"]).without_environment();
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(reports(&ended), expected, "{}", ended.stderr);
    assert!(ended.stderr.contains("nothing is missing"), "{}", ended.stderr);
    assert!(simulator.requests().is_empty(), "and no credential is needed");
    assert!(!ended.report.join("stale.html").exists());
}

#[test]
fn the_newest_is_taken_or_the_one_that_is_named() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = |id: &str, day: u32| {
        let at = format!("2026-11-{day}T03:15:00Z");
        Audit::of(&inventory(&["api", "web"])).with(&["--run-id", id, "--at", &at])
    };
    let home = Audit::of(&inventory(&["api", "web"]));
    // By when they started: neither their names nor the order in which they were written say which is the newest.
    for (id, day) in [("b", 20), ("a", 28), ("c", 24)] {
        let audit = audit(id, day);
        let started = audit.start(&simulator.endpoint());
        let partial = audit.folder().join("reports").join(format!(".partial-{id}"));
        wait_until("an answer", || answers(&partial) == 1);
        kill(started);
        fs::create_dir_all(home.folder().join("reports")).expect("it is writable");
        let place = home.folder().join("reports").join(format!(".partial-{id}"));
        fs::rename(partial, place).expect("one file system");
    }
    heal(&simulator);
    let first = home.with(&["--resume"]);
    let newest = first.against(&simulator.endpoint());
    assert_eq!(newest.json()["run"]["id"], "a", "{}", newest.stderr);
    let home = Audit::of(&inventory(&["api", "web"])).with(&["--resume", "b"]);
    fs::rename(first.folder().join("reports"), home.folder().join("reports")).expect("one file system");
    let link = || fs::read_link(home.folder().join("reports/latest")).expect("a link");
    let named = home.against(&simulator.endpoint());
    assert_eq!(named.json()["run"]["id"], "b", "{}", named.stderr);
    assert_eq!(link(), Path::new("a"), "an older run does not become the latest");
    // What is left is told to who begins a new run.
    let fresh = Audit::of(&inventory(&["api", "web"]));
    fs::rename(home.folder().join("reports"), fresh.folder().join("reports")).expect("one file system");
    let ended = fresh.against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let note = ended.stderr.lines().next().unwrap_or_default();
    assert!(
        note.starts_with("note: run c in reports is unfinished") && note.contains("`--resume`"),
        "{note}"
    );
    let quiet = fresh.with(&["-q"]).against(&simulator.endpoint());
    assert_eq!((quiet.code, &*quiet.stderr), (0, ""));
}

#[test]
fn the_word_behind_it_is_a_run_or_an_inventory() {
    for arguments in [
        &["run", "--resume", "inventory.yaml"][..],
        &["run", "--resume=same", "inventory.yaml"],
        &["run", "--resume", "same", "inventory.yaml"],
        &["run", "inventory.yaml", "--resume"],
        &["run", "inventory.yaml", "--resume", "same"],
    ] {
        let (simulator, audit) = killed_after_two();
        let mut command = binary(audit.folder());
        command.envs(environment(&audit));
        command.args(arguments).args(["--endpoint", &simulator.endpoint()]);
        let ended = audit.ended(command.output().expect("the binary starts"));
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert_eq!(paths(&simulator), [rules_path("prod", "web")], "{arguments:?}");
    }
    let (simulator, audit) = killed_after_two();
    let audit = audit.setting("SWR_AUDIT_RESUME", "same");
    assert_eq!(audit.against(&simulator.endpoint()).code, 2);
    assert_eq!(paths(&simulator), [rules_path("prod", "web")]);
}
