//! A run that did not come to its end is gone on with: what was answered is not asked again, and the reports are those of
//! a run that nobody disturbed.

mod again;
mod aged;
mod callers;
mod chosen;
mod killed;
mod refused;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
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

/// Writes a journal anew, each line as `change` leaves it; one that becomes null goes.
fn rewrite(run: &Path, change: impl Fn(&mut Value)) {
    let mut lines = lines(run);
    lines.iter_mut().for_each(change);
    lines.retain(|line| !line.is_null());
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(run.join("journal.ndjson"), lines.join("\n") + "\n").expect("it is ours");
}

/// The time that stands there, moved by so many hours.
fn shift(time: &mut Value, hours: i64) {
    let instant: Timestamp = time.as_str().and_then(|text| text.parse().ok()).expect("a time");
    *time = (instant + SignedDuration::from_hours(hours)).to_string().into();
}

/// Moves the answers about that repository.
fn shift_answer(run: &Path, repository: &str, hours: i64) {
    rewrite(run, |line| {
        if line["kind"] == "answer" && line["repository"] == repository {
            shift(&mut line["observedAt"], hours);
        }
    });
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

/// A run over three repositories of which the last does not answer, killed when two answers stand in its journal.
fn killed_after_two() -> (Simulator, Audit) {
    let audit = Audit::of(&inventory(&["api", "bare", "web"])).with(&FIXED);
    killed(three(), audit)
}

/// The world of [`killed_after_two`]: the second has no rule.
fn three() -> World {
    let mut world = world(&["api", "bare", "web"]);
    world.repository("prod", "bare").rules.clear();
    world
}

/// That audit in that world, killed when there was every answer but that of `web`.
fn killed(mut world: World, audit: Audit) -> (Simulator, Audit) {
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let started = audit.start(&simulator.endpoint());
    wait_until("two answers", || answers(&partial(&audit)) == 2);
    kill(started);
    heal(&simulator);
    (simulator, audit)
}
