//! A run that was killed goes on as itself.

use super::*;

#[test]
fn killed_at_any_moment_it_ends_as_if_nobody_had() {
    let hundred = Hundred::new();
    let mut random = fastrand::Rng::with_seed(20_261_124);
    for round in 0..20 {
        let silent_after = random.u64(0..108);
        let simulator = hundred.silent_after(silent_after);
        let audit = hundred.audit();
        let started = audit.start(&simulator.endpoint());
        wait_until("a request hangs", || simulator.requests().len() as u64 > silent_after);
        if round % 2 == 0 {
            wait_until("its answers are in the journal", || {
                answers(&partial(&audit)) as u64 == silent_after
            });
        }
        kill(started);
        let known = known(&partial(&audit));
        heal(&simulator);

        let resumed = audit.with(&["--resume"]).against(&simulator.endpoint());
        let whence = format!("silent after {silent_after}, {} known: {}", known.len(), resumed.stderr);
        assert_eq!(
            reports(&resumed),
            undisturbed(&hundred, &simulator.endpoint()),
            "{whence}"
        );
        let again: Vec<String> = paths(&simulator)
            .into_iter()
            .filter(|path| known.contains(path))
            .collect();
        assert!(again.is_empty(), "{whence}: asked again: {again:?}");
        assert!(
            resumed.stderr.contains("going on with run same of 2026-11-24"),
            "{whence}"
        );
        assert!(!resumed.report.join("../.partial-same").exists());
    }
}

#[test]
fn a_second_kill_and_a_second_resume() {
    let hundred = Hundred::new();
    let simulator = hundred.silent_after(30);
    let audit = hundred.audit();
    let first = audit.start(&simulator.endpoint());
    wait_until("thirty answers", || answers(&partial(&audit)) == 30);
    kill(first);
    simulator.change(|world| world.faults[0].after = 60);
    simulator.clear_requests();
    let audit = audit.with(&["--resume"]);
    let second = audit.start(&simulator.endpoint());
    wait_until("sixty more", || answers(&partial(&audit)) == 90);
    kill(second);
    let known = known(&partial(&audit));
    heal(&simulator);
    let resumed = audit.against(&simulator.endpoint());
    assert_eq!(
        reports(&resumed),
        undisturbed(&hundred, &simulator.endpoint()),
        "{}",
        resumed.stderr
    );
    assert!(paths(&simulator).iter().all(|path| !known.contains(path)));
    let kinds = |kind: &str| {
        lines(&resumed.report)
            .iter()
            .filter(|line| line["kind"] == kind)
            .count()
    };
    assert_eq!((kinds("header"), kinds("resumed"), kinds("end")), (1, 2, 1));
}

#[test]
fn a_last_line_torn_at_any_byte_is_asked_again() {
    let (simulator, audit) = killed_after_two();
    let audit = audit.with(&["--resume"]);
    let text = journal_of(&partial(&audit));
    let last = text[..text.len() - 1].rfind('\n').expect("a line before") + 1;
    for cut in last..text.len() {
        let _ = fs::remove_dir_all(audit.folder().join("reports"));
        fs::create_dir_all(partial(&audit)).expect("the folder is writable");
        fs::write(partial(&audit).join("journal.ndjson"), &text[..cut]).expect("the folder is writable");
        simulator.clear_requests();
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 2, "cut at {cut}: {}", ended.stderr);
        assert_eq!(ended.told(), ["bare missing-rule"], "cut at {cut}");
        let mut asked = paths(&simulator);
        asked.sort();
        let expected = ["bare", "web"].map(|name| rules_path("prod", name));
        assert_eq!(asked, expected, "cut at {cut}");
        assert_eq!(answers(&ended.report), 3, "every line of the journal is whole again");
    }
}

#[test]
fn without_a_clock_of_its_own_a_run_keeps_its_first_day() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["api", "web"])).with(&["--run-id", "same"]);
    let started = audit.start(&simulator.endpoint());
    wait_until("an answer", || answers(&partial(&audit)) == 1);
    kill(started);
    heal(&simulator);
    // As if its answer had come ten hours before, and the run had begun long before that.
    rewrite(&partial(&audit), |line| {
        if line["kind"] == "header" {
            shift(&mut line["startedAt"], -100);
        }
    });
    shift_answer(&partial(&audit), "api", -10);
    let answered = lines(&partial(&audit))
        .into_iter()
        .find(|line| line["kind"] == "answer");
    let answered = answered.expect("an answer")["observedAt"]
        .as_str()
        .expect("a time")
        .to_owned();
    let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let run = &ended.json()["run"];
    let started = run["startedAt"].as_str().expect("a time");
    assert!(
        answered.starts_with(started.trim_end_matches('Z')),
        "{started} {answered}"
    );
    assert!(run["finishedAt"].as_str().expect("a time") > &*answered, "{run}");
}

#[test]
fn what_may_have_passed_is_asked_again() {
    let names = names("repo", 8);
    let mut world = world(&texts(&names));
    world.faults.push(fault("prod/repo-001", Misbehaviour::Reset));
    world
        .faults
        .push(fault("prod/repo-002", error(503, "SVCSTG.SWR.5030001")));
    world.faults.push(fault("prod/repo-003", error(429, "APIGW.0308")));
    world.faults.push(fault("prod/repo-004", Misbehaviour::GatewayNotFound));
    world
        .faults
        .push(fault("prod/repo-005", Misbehaviour::Large(300 * 1024)));
    world.faults.push(fault("prod/repo-007", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names)))
        .with(&FIXED)
        .with(&["--retries", "0", "--concurrency", "1"]);
    let started = audit.start(&simulator.endpoint());
    wait_until("seven exchanges", || answers(&partial(&audit)) == 7);
    kill(started);
    simulator.change(|world| {
        // The answer that is longer than what a journal keeps is the same again.
        world
            .faults
            .retain(|fault| matches!(fault.answer, Misbehaviour::Large(_)));
    });
    simulator.clear_requests();
    let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
    let mut asked = paths(&simulator);
    asked.sort();
    let again = ["001", "002", "003", "005", "007"].map(|number| rules_path("prod", &format!("repo-{number}")));
    assert_eq!(asked, again, "{}", ended.stderr);
    let unknown: Vec<String> = ended
        .told()
        .into_iter()
        .filter(|told| told.contains("unknown"))
        .collect();
    assert_eq!(
        unknown,
        ["repo-004 unknown:unsupported", "repo-005 unknown:bad-response"]
    );
}

#[test]
fn a_look_that_was_not_taken_any_more_is_taken_now() {
    let mut world = world(&["api", "web"]);
    world.namespaces.clear();
    world.faults.push(Fault {
        call: Some(simulator::Call::Namespace),
        ..fault("prod", Misbehaviour::Hang)
    });
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["api", "web"])).with(&FIXED);
    let started = audit.start(&simulator.endpoint());
    wait_until("the first is absent", || answers(&partial(&audit)) == 1);
    kill(started);
    heal(&simulator);
    let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
    assert_eq!(ended.told(), [" missing-namespace"], "{}", ended.stderr);
    assert_eq!(paths(&simulator), [namespace_path("prod"), rules_path("prod", "web")]);
}
