//! What is refused, and leaves the unfinished run as it is.

use super::*;

#[test]
fn a_journal_torn_in_its_header_is_no_run() {
    let (simulator, audit) = killed_after_two();
    let audit = audit.with(&["--resume"]);
    let text = journal_of(&partial(&audit));
    let header = text.find('\n').expect("a header");
    for cut in [0, 1, header] {
        fs::write(partial(&audit).join("journal.ndjson"), &text[..cut]).expect("it is ours");
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 65, "{}", ended.stderr);
        assert!(ended.stderr.contains("no unfinished run"), "{}", ended.stderr);
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn answers_of_something_else_are_refused_and_stay() {
    let (simulator, audit) = killed_after_two();
    let before = journal_of(&partial(&audit));
    let refuse = |audit: &Audit, endpoint: &str, told: &str| {
        let ended = audit.against(endpoint);
        assert_eq!(ended.code, 65, "{told}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
        assert!(ended.stderr.contains("the run 'same'"), "{}", ended.stderr);
        assert!(simulator.requests().is_empty());
        assert_eq!(journal_of(&partial(audit)), before, "it is as it was");
    };
    let audit = audit.with(&["--resume"]);
    let file = audit.folder().join("inventory.yaml");
    let inventory = fs::read_to_string(&file).expect("it is there");
    fs::write(&file, inventory.replace("override: false", "override: true")).expect("it is ours");
    refuse(&audit, &simulator.endpoint(), "'inventory.yaml' has changed");
    fs::write(&file, inventory).expect("it is ours");
    let elsewhere = serve(world(&["api", "bare", "web"]));
    refuse(
        &audit,
        &elsewhere.endpoint(),
        "and this run would ask 'main' at http://",
    );
    assert!(elsewhere.requests().is_empty());
    let policies = "apiVersion: swr-audit/v1\npolicies:\n  none: { targets: [] }\n";
    fs::write(audit.folder().join("more.yaml"), policies).expect("the folder is writable");
    let audit = audit.with(&["more.yaml"]);
    refuse(&audit, &simulator.endpoint(), "'more.yaml' is new");
}

#[test]
fn another_day_is_refused_and_no_day_is_the_first() {
    let (simulator, audit) = killed_after_two();
    let resume = |arguments: &[&str]| {
        // Without the arguments of the first run.
        let mut command = binary(audit.folder());
        command.envs(environment(&audit));
        command.args(["run", "inventory.yaml", "--endpoint", &simulator.endpoint(), "--resume"]);
        command.args(arguments);
        audit.ended(command.output().expect("the binary starts"))
    };
    let ended = resume(&["--at", "2026-11-25T03:15:00Z"]);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(ended.stderr.contains("--at 2026-11-24T03:15:00Z"), "{}", ended.stderr);
    let ended = resume(&[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let report = ended.json();
    assert_eq!(report["run"]["startedAt"], "2026-11-24T03:15:00Z");
    assert_eq!(report["run"]["finishedAt"], "2026-11-24T03:15:00Z");
}

#[test]
fn where_nothing_is_left_to_go_on_with_it_is_65() {
    let simulator = serve(world(&["web"]));
    let refuse = |audit: &Audit, told: &str| {
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 65, "{told}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(told) && ended.stderr.contains("hint: "),
            "{told}: {}",
            ended.stderr
        );
        assert!(simulator.requests().is_empty());
    };
    let audit = Audit::of(&inventory(&["web"])).with(&["--resume"]);
    refuse(&audit, "there is no unfinished run in 'reports'");
    assert!(!audit.folder().join("reports").exists());
    fs::create_dir(audit.folder().join("reports")).expect("it is writable");
    refuse(&audit, "there is no unfinished run in 'reports'");
    let audit = Audit::of(&inventory(&["web"])).with(&["--resume", "r1"]);
    fs::create_dir(audit.folder().join("reports")).expect("it is writable");
    refuse(&audit, "there is no run 'r1' in 'reports'");
    let mut first = Audit::of(&inventory(&["web"])).with(&["--run-id", "r1"]);
    assert_eq!(first.against(&simulator.endpoint()).code, 0);
    simulator.clear_requests();
    for (arguments, told) in [
        (&["--resume", "r1"][..], "the run 'r1' is already finished"),
        (&["--resume"], "no unfinished"),
    ] {
        let audit = Audit::of(&inventory(&["web"])).with(arguments);
        fs::rename(first.folder().join("reports"), audit.folder().join("reports")).expect("one file system");
        refuse(&audit, told);
        first = audit;
    }
}

#[test]
fn a_replay_is_nothing_to_go_on_with() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["api", "web"]));
    let mut started = audit.start(&simulator.endpoint());
    wait_until("web hangs", || {
        !requests_for(&simulator, &rules_path("prod", "web")).is_empty()
    });
    started.signal("INT");
    let stopped = audit.ended(started.output());
    assert_eq!(stopped.code, 130, "{}", stopped.stderr);
    let replay = Audit::of(&inventory(&["api", "web"])).with(&["--replay", "journal.ndjson", "--run-id", "again"]);
    fs::copy(
        stopped.report.join("journal.ndjson"),
        replay.folder().join("journal.ndjson"),
    )
    .expect("it is writable");
    assert_eq!(replay.run().code, 130);
    heal(&simulator);
    for (arguments, told) in [
        (&["--resume"][..], "no unfinished run"),
        (&["--resume", "again"], "nothing was asked"),
    ] {
        let audit = Audit::of(&inventory(&["api", "web"])).with(arguments);
        fs::create_dir(audit.folder().join("reports")).expect("it is writable");
        let place = audit.folder().join("reports/again");
        fs::create_dir(&place).expect("it is writable");
        let journal = replay.folder().join("reports/again/journal.ndjson");
        fs::copy(journal, place.join("journal.ndjson")).expect("it is writable");
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 65, "{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn wrong_command_lines_are_64_and_leave_the_run_as_it_is() {
    let (simulator, audit) = killed_after_two();
    let before = journal_of(&partial(&audit));
    for (arguments, told) in [
        (&["--resume", "--run-id", "other"][..], "under its own id"),
        (&["--resume", "--out", "none"], "--out none"),
        (&["--resume", "--replay", "journal.ndjson"], "cannot be used with"),
        (&["--resume", "--dry-run"], "cannot be used with"),
        (&["--run-id", "same"], "go on with it with --resume same"),
    ] {
        let other = Audit::of(&fs::read_to_string(audit.folder().join("inventory.yaml")).expect("it is there"));
        fs::create_dir_all(partial(&other)).expect("it is writable");
        fs::write(partial(&other).join("journal.ndjson"), &before).expect("it is writable");
        let other = other.with(arguments);
        let ended = other.against(&simulator.endpoint());
        assert_eq!(ended.code, 64, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{arguments:?}: {}", ended.stderr);
        assert_eq!(journal_of(&partial(&other)), before);
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn without_a_credential_the_run_stays_unfinished() {
    let (simulator, audit) = killed_after_two();
    let before = journal_of(&partial(&audit));
    let audit = audit.with(&["--resume"]).without_environment();
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("the run 'same' stays unfinished"),
        "{}",
        ended.stderr
    );
    assert_eq!(journal_of(&partial(&audit)), before);
}

#[test]
fn nobody_goes_on_with_a_run_that_is_under_way() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["api", "web"])).with(&FIXED);
    let mut first = audit.start(&simulator.endpoint());
    wait_until("an answer, and one that hangs", || {
        answers(&partial(&audit)) == 1 && simulator.requests().len() == 2
    });
    let mut second = audit.command(Some(&simulator.endpoint()));
    let second = second.arg("--resume").output().expect("the binary starts");
    let told = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{told}");
    assert!(
        told.contains("run same") && told.contains(&first.child().id().to_string()),
        "{told}"
    );
    assert_eq!(simulator.requests().len(), 2, "the second asked nothing");
    first.signal("TERM");
    assert_eq!(first.output().status.code(), Some(143));
}
