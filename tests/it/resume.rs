//! A run that did not come to its end is gone on with: what was answered is not asked again, and the reports are those of
//! a run that nobody disturbed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use simulator::{Access, Fault, Misbehaviour, Simulator, World};

use crate::support::{
    Audit, Ended, Started, binary, error, fault, inventory, inventory_of, names, namespace_path, paths, requests_for,
    rules_path, serve, texts, wait_until, world, world_of,
};

const FIXED: [&str; 4] = ["--run-id", "same", "--at", "2026-11-24T03:15:00Z"];

/// A hundred repositories: drift, absence, denials, a missing namespace, and faults that pass and that do not.
struct Hundred {
    world: World,
    inventory: String,
}

impl Hundred {
    fn new() -> Self {
        let (prod, dev) = (names("repo", 70), names("tool", 22));
        let namespaces: [(&str, &[&str]); 4] = [
            ("closed", &["a", "b", "c"]),
            ("dev", &texts(&dev)),
            ("gone", &["a", "b", "c", "d", "e"]),
            ("prod", &texts(&prod)),
        ];
        let mut world = world_of(&namespaces);
        for name in ["repo-001", "repo-033", "repo-069"] {
            world.repository("prod", name).rules.clear();
        }
        for name in ["repo-002", "repo-050"] {
            world.repository("prod", name).rules[0].overwrite = true;
        }
        for name in ["repo-003", "repo-040"] {
            world.repository("prod", name).access = Some(Access::Denied);
        }
        for namespace in &mut world.namespaces {
            if namespace.name == "closed" {
                namespace.access = Access::Denied;
            }
            let is_kept = |name: &str| !["repo-007", "repo-044", "tool-011"].contains(&name);
            namespace.repositories.retain(|repository| is_kept(&repository.name));
        }
        world.namespaces.retain(|namespace| namespace.name != "gone");
        world
            .faults
            .push(fault("prod/repo-005", error(503, "SVCSTG.SWR.5030001")));
        world.faults.push(fault("prod/repo-006", Misbehaviour::GatewayNotFound));
        Self {
            world,
            inventory: inventory_of(&namespaces),
        }
    }

    /// The service stops answering after so many requests.
    fn silent_after(&self, requests: u64) -> Simulator {
        let mut world = self.world.clone();
        let silence = Fault {
            after: requests,
            ..Fault::always(Misbehaviour::Hang)
        };
        world.faults.insert(0, silence);
        serve(world)
    }

    fn audit(&self) -> Audit {
        Audit::of(&self.inventory)
            .with(&FIXED)
            .with(&["--retries", "0", "--concurrency", "4"])
    }
}

/// Answers again, and forgets who asked before.
fn heal(simulator: &Simulator) {
    simulator.change(|world| world.faults.retain(|fault| fault.answer != Misbehaviour::Hang));
    simulator.clear_requests();
}

fn partial(audit: &Audit) -> PathBuf {
    audit.folder().join("reports/.partial-same")
}

fn journal_of(run: &Path) -> String {
    // A torn line may end within a character.
    String::from_utf8_lossy(&fs::read(run.join("journal.ndjson")).unwrap_or_default()).into_owned()
}

/// The whole lines of a journal.
fn lines(run: &Path) -> Vec<Value> {
    let text = journal_of(run);
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).expect("a whole line is an object"))
        .collect()
}

fn answers(run: &Path) -> usize {
    lines(run).iter().filter(|line| line["kind"] == "answer").count()
}

/// The paths that need not be asked again: their answers stand in the journal, and are none that may pass.
fn known(run: &Path) -> BTreeSet<String> {
    let answered = lines(run).into_iter().filter(|line| line["call"] == "rules");
    let stands = |line: &Value| matches!(line["status"].as_u64(), Some(200 | 403 | 404));
    answered
        .filter(stands)
        .map(|line| {
            let text = |key: &str| line[key].as_str().expect("a text").to_owned();
            rules_path(&text("namespace"), &text("repository"))
        })
        .collect()
}

/// Kills it, as `kill -9` does.
fn kill(mut started: Started) {
    started.child().kill().expect("it is still there");
}

/// The variables of an audit, for a command line of another shape.
fn environment(audit: &Audit) -> Vec<(OsString, OsString)> {
    let command = audit.command(None);
    let given = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    given.collect()
}

/// The reports without what depends on the wire.
fn reports(ended: &Ended) -> (i32, Value, Vec<Vec<(String, String)>>) {
    let mut report = ended.json();
    report["run"]["wire"] = Value::Null;
    without_wire(&mut report);
    let is_kept = |column: &str| !["attempts", "observed_at", "request_id"].contains(&column);
    let rows = ended.drift().into_iter().chain(ended.repos());
    let rows = rows.map(|row| row.into_iter().filter(|(column, _)| is_kept(column)).collect());
    (ended.code, report, rows.collect())
}

fn without_wire(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for key in ["attempts", "observedAt", "requestId"] {
                fields.remove(key);
            }
            fields.values_mut().for_each(without_wire);
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_wire),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What a run that nobody disturbs says. Its endpoint is another simulator's.
fn undisturbed(hundred: &Hundred, endpoint: &str) -> (i32, Value, Vec<Vec<(String, String)>>) {
    let simulator = serve(hundred.world.clone());
    let ended = hundred.audit().against(&simulator.endpoint());
    let (code, mut report, rows) = reports(&ended);
    assert_eq!(code, 6, "{}", ended.stderr);
    report["run"]["sources"][0]["endpoint"] = endpoint.into();
    (code, report, rows)
}

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

/// A run over three repositories of which the last does not answer, killed when two answers stand in its journal.
fn killed_after_two() -> (Simulator, Audit) {
    let mut world = world(&["api", "bare", "web"]);
    world.repository("prod", "bare").rules.clear();
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["api", "bare", "web"])).with(&FIXED);
    let started = audit.start(&simulator.endpoint());
    wait_until("two answers", || answers(&partial(&audit)) == 2);
    kill(started);
    heal(&simulator);
    (simulator, audit)
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
fn without_a_clock_of_its_own_a_run_keeps_its_first_day() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["api", "web"])).with(&["--run-id", "same"]);
    let started = audit.start(&simulator.endpoint());
    wait_until("an answer", || answers(&partial(&audit)) == 1);
    kill(started);
    heal(&simulator);
    // As if it had been begun a year before.
    let journal = partial(&audit).join("journal.ndjson");
    let text = journal_of(&partial(&audit));
    let began = lines(&partial(&audit))[0]["startedAt"]
        .as_str()
        .expect("a time")
        .to_owned();
    fs::write(&journal, text.replacen(&began, "2025-11-24T03:15:00Z", 1)).expect("it is ours");
    let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let run = &ended.json()["run"];
    assert_eq!(run["startedAt"], "2025-11-24T03:15:00Z");
    assert!(run["finishedAt"].as_str().expect("a time") >= &*began, "{run}");
}

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
    assert_eq!(journal[1..41], lines(&old)[1..41], "its answers come first");

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
        (&["--resume", "r1"][..], "the run 'r1' came to its end"),
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
        (&["--resume", "again"], "nobody was asked"),
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

#[test]
fn nobody_goes_on_with_a_run_that_is_under_way() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["api", "web"])).with(&FIXED);
    let mut first = audit.start(&simulator.endpoint());
    wait_until("an answer", || answers(&partial(&audit)) == 1);
    let before = simulator.requests().len();
    let mut second = audit.command(Some(&simulator.endpoint()));
    let second = second.arg("--resume").output().expect("the binary starts");
    let told = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{told}");
    assert!(
        told.contains("run same") && told.contains(&first.child().id().to_string()),
        "{told}"
    );
    assert_eq!(simulator.requests().len(), before);
    first.signal("TERM");
    assert_eq!(first.output().status.code(), Some(143));
}
