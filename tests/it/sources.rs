//! Several sources in one run: each has its own fate, and none hides another's.

use std::fmt::Write as _;

use serde_json::Value;
use simulator::{AccessKey, Rule, Simulator, World};
use tempfile::TempDir;

use crate::support::{SECRET_KEY, binary, error, fault, serve};

/// A source with three repositories as its policy expects them, and one that has drifted.
fn world() -> World {
    let mut world = World::default();
    for name in ["refusing", "up", "closed", "busy", "down", "failing", "east", "west"] {
        world.credentials.access_keys.push(AccessKey {
            ak: access_key(name),
            sk: SECRET_KEY.into(),
            security_token: None,
        });
    }
    for name in ["api", "cart", "mail", "web"] {
        world
            .repository("shop", name)
            .rules
            .push(Rule::to("cn-east-3", "shop-dr"));
    }
    world.repository("shop", "cart").rules.clear();
    world
}

/// Each source has a key of its own: those that share one share its fate.
fn access_key(source: &str) -> String {
    format!("KEYOF{}", source.to_uppercase())
}

/// An inventory of a source for each name, with a credential of its own.
fn inventory(sources: &[(&str, &str)]) -> String {
    let mut text = "apiVersion: swr-audit/v1
policies: { dr: { targets: [{ region: cn-east-3, namespace: shop-dr, override: false, syncAuto: true }] } }
"
    .to_owned();
    for (name, endpoint) in sources {
        let variable = name.to_uppercase();
        write!(
            text,
            "---
apiVersion: swr-audit/v1
source: {{ name: {name}, region: cn-north-4, endpoint: \"{endpoint}\", credentials: {{ env: {variable} }} }}
defaults: {{ policy: dr }}
namespaces:
  - name: shop
"
        )
        .expect("a string takes everything");
    }
    text
}

struct Ended {
    code: i32,
    stderr: String,
    report: Value,
    _folder: TempDir,
}

/// A run over these sources; those that are named have a credential.
fn run(sources: &[(&str, &str)], with_credential: &[&str]) -> Ended {
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::write(folder.path().join("inventory.yaml"), inventory(sources)).expect("the folder is writable");
    let mut command = binary(folder.path());
    command.args(["run", "inventory.yaml", "--run-id", "r", "--retries", "0"]);
    for name in with_credential {
        let variable = name.to_uppercase();
        command
            .env(format!("{variable}_AK"), access_key(name))
            .env(format!("{variable}_SK"), SECRET_KEY);
    }
    let output = command.output().expect("the binary starts");
    let text = std::fs::read(folder.path().join("reports/r/report.json")).expect("there is a report");
    Ended {
        code: output.status.code().expect("it was not killed"),
        stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        report: serde_json::from_slice(&text).expect("the report is JSON"),
        _folder: folder,
    }
}

impl Ended {
    /// How the repositories of a source ended.
    fn outcomes(&self, source: &str) -> Vec<String> {
        let rows = self.report["repositories"].as_array().expect("a list").iter();
        let mine = rows.filter(|row| row["source"] == source);
        mine.map(|row| format!("{} {}", row["repository"], row["outcome"]).replace('"', ""))
            .collect()
    }

    /// The classes of what could not be told of a source.
    fn unknown(&self, source: &str) -> Vec<&str> {
        let entries = self.report["unknown"].as_array().expect("a list").iter();
        let mine = entries.filter(|entry| entry["source"] == source);
        mine.map(|entry| entry["class"].as_str().expect("a word")).collect()
    }

    fn assert_whole(&self, source: &str) {
        assert_eq!(
            self.outcomes(source),
            ["api ok", "cart drift", "mail ok", "web ok"],
            "{}",
            self.stderr
        );
        assert!(self.unknown(source).is_empty());
    }

    fn assert_blind(&self, source: &str, class: &str) {
        assert_eq!(self.unknown(source), [class], "{}", self.stderr);
        assert!(
            self.outcomes(source).is_empty(),
            "nothing is said of what nobody listed"
        );
        let reason = self.report["verdict"]["reason"].as_str().expect("a sentence");
        let told = format!("nothing of source `{source}` was read");
        assert!(reason.contains(&told), "{reason}");
        assert!(self.stderr.contains(&told), "{}", self.stderr);
        assert_eq!((self.code, &self.report["status"]), (6, &"incomplete".into()));
    }
}

/// A port that nobody listens on.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    format!("http://{}", listener.local_addr().expect("it is bound"))
}

fn answering(fault_of_all: simulator::Misbehaviour) -> Simulator {
    let mut world = world();
    world.faults.push(fault("*", fault_of_all));
    serve(world)
}

#[test]
fn side_by_side_each_is_whole() {
    let (one, two) = (serve(world()), serve(world()));
    let ended = run(
        &[("east", &one.endpoint()), ("west", &two.endpoint())],
        &["east", "west"],
    );
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    ended.assert_whole("east");
    ended.assert_whole("west");
    assert_eq!(one.requests().len(), two.requests().len());
}

#[test]
fn one_that_nobody_reaches_hides_nothing_of_the_other() {
    let up = serve(world());
    let ended = run(&[("down", &nobody()), ("up", &up.endpoint())], &["down", "up"]);
    ended.assert_blind("down", "unreachable");
    ended.assert_whole("up");
}

#[test]
fn one_without_a_credential_hides_nothing_of_the_other() {
    let (closed, up) = (serve(world()), serve(world()));
    let ended = run(&[("closed", &closed.endpoint()), ("up", &up.endpoint())], &["up"]);
    ended.assert_blind("closed", "unauthenticated");
    ended.assert_whole("up");
    assert!(closed.requests().is_empty(), "without a credential nothing is sent");
}

#[test]
fn one_whose_credential_is_refused_is_asked_once_and_hides_nothing_of_the_other() {
    let mut other = world();
    let of_another = |key: &AccessKey| key.ak != access_key("refusing");
    other.credentials.access_keys.retain(of_another);
    let (refusing, up) = (serve(other), serve(world()));
    let ended = run(
        &[("refusing", &refusing.endpoint()), ("up", &up.endpoint())],
        &["refusing", "up"],
    );
    ended.assert_blind("refusing", "unauthenticated");
    ended.assert_whole("up");
    assert_eq!(refusing.requests().len(), 1, "the probe, and nothing after it");
}

#[test]
fn one_that_refuses_every_request_as_too_many_hides_nothing_of_the_other() {
    let (busy, up) = (answering(error(429, "APIGW.0308")), serve(world()));
    let ended = run(&[("busy", &busy.endpoint()), ("up", &up.endpoint())], &["busy", "up"]);
    ended.assert_blind("busy", "throttled");
    ended.assert_whole("up");
}

#[test]
fn where_none_is_read_there_is_no_audit() {
    let failing = answering(error(500, "SVCSTG.SWR.5000003"));
    let sources: &[(&str, &str)] = &[
        ("closed", &nobody()),
        ("down", &nobody()),
        ("failing", &failing.endpoint()),
    ];
    let ended = run(sources, &["down", "failing"]);
    assert_eq!(
        (ended.code, &ended.report["status"]),
        (1, &"failed".into()),
        "{}",
        ended.stderr
    );
}

/// To a service, two sources that ask it with one key are one caller: both together keep to the rate.
#[test]
fn sources_of_one_service_share_its_pace() {
    for (keys, limit) in [(["east", "east"], 100.0), (["east", "west"], 200.0)] {
        let service = serve(world());
        let endpoint = service.endpoint();
        let folder = tempfile::tempdir().expect("a folder for the test");
        let text = inventory(&[("east", &endpoint), ("west", &endpoint)]);
        std::fs::write(folder.path().join("inventory.yaml"), text).expect("the folder is writable");
        let mut command = binary(folder.path());
        command.args(["run", "inventory.yaml", "--run-id", "r", "--rate", "100"]);
        for (name, key) in ["EAST", "WEST"].into_iter().zip(keys) {
            command
                .env(format!("{name}_AK"), access_key(key))
                .env(format!("{name}_SK"), SECRET_KEY);
        }
        let output = command.output().expect("the binary starts");
        assert_eq!(output.status.code(), Some(2), "{keys:?}");
        let text = std::fs::read(folder.path().join("reports/r/report.json")).expect("there is a report");
        let report: Value = serde_json::from_slice(&text).expect("the report is JSON");
        assert_eq!(report["run"]["wire"]["rate"]["limit"], limit, "{keys:?}");
    }
}
