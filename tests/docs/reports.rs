//! `docs/reports.md`: every column and key of real reports once, with a shape that it has, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use serde_json::Value;
use simulator::{Call, Encoding, Fault, Misbehaviour, RawAnswer, Simulator, User, World};
use swr_audit::report::csv::{DRIFT_COLUMNS, REPOS_COLUMNS};

use super::page::{Page, table};
use super::stage::{AT, Stage, TWO, ended, json, serve, two, with_key};

/// Where keys were seen, and with which shapes.
pub(super) type Keys = BTreeMap<String, BTreeSet<&'static str>>;

#[test]
fn every_column_is_documented_in_its_place() {
    let page = Page::read("docs/reports.md");
    for (heading, columns) in [("drift.csv", &DRIFT_COLUMNS[..]), ("repos.csv", &REPOS_COLUMNS[..])] {
        let rows = table(page.section(heading));
        let documented: Vec<&str> = rows.iter().map(|row| &*row[0]).collect();
        assert_eq!(documented, columns, "{heading}");
    }
}

/// Wants rules that are hidden, cut, broken off and not understood.
const ODD: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
defaults: { policy: odd }
policies:
  odd: { targets: [{ region: cn-east-3, override: false, syncAuto: any }] }
namespaces:
  - { name: prod, policy: odd, repos: [hidden, silent, reset, large, packed] }
  - { name: lab, skip: true, reason: experiments, until: 2999-12-31 }
";

/// A run that shows what the demo does not. Without `--at`, so that durations are told.
pub(super) fn odd() -> Stage {
    let mut world = two();
    for name in ["hidden", "silent", "reset", "large", "packed"] {
        world.repository("prod", name);
    }
    let silent = r#"[{"remoteRegionId": "cn-east-3", "remoteNamespace": "prod", "override": null, "id": 7}]"#;
    let raw = |body: &str, encoding| {
        Misbehaviour::Raw(RawAnswer {
            body: body.to_owned(),
            content_encoding: encoding,
            ..RawAnswer::default()
        })
    };
    for (name, answer) in [
        ("prod/silent", raw(silent, None)),
        ("prod/reset", Misbehaviour::Reset),
        ("prod/large", Misbehaviour::Large(300 * 1024)),
        ("prod/packed", raw("[]", Some(Encoding::Gzip))),
    ] {
        world.faults.push(Fault {
            on: name.to_owned(),
            ..Fault::always(answer)
        });
    }
    let stage = Stage::with_inventory(ODD);
    let ended = ended(&mut stage.run(&serve(world), &["--retries", "0"]));
    assert_eq!(ended.code & 4, 4, "{}", ended.stderr);
    stage
}

/// A run against something that is no service at all: a registry, which answers with bytes that are no text.
pub(super) fn bytes() -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a client");
            let mut lines = BufReader::new(connection.try_clone().expect("a handle")).lines();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            let head = "HTTP/1.1 200 OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Length: 2\r\n";
            let _ = connection.write_all(head.as_bytes());
            let _ = connection.write_all(b"Connection: close\r\n\r\n\xff\xfe");
        }
    });
    let stage = Stage::with_inventory(TWO);
    let ended = ended(with_key(&mut stage.binary(&[
        "run",
        "inventory.yaml",
        "--endpoint",
        &endpoint,
    ])));
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    stage
}

/// A run without a credential gives everything up.
fn closed() -> Stage {
    let stage = Stage::with_inventory(TWO);
    let ended = ended(&mut stage.binary(&["run", "inventory.yaml"]));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    stage
}

/// A run that is refused by a service whose clock is another.
pub(super) fn skewed() -> Stage {
    let mut world = two();
    world.behaviour.clock_ahead_seconds = 1380;
    let stage = Stage::with_inventory(TWO);
    let ended = ended(&mut stage.run(&serve(world), &[]));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    stage
}

/// A run that a gateway asks to sign in.
fn at_a_gateway() -> Stage {
    let mut world = two();
    world.faults.push(Fault::always(Misbehaviour::Raw(RawAnswer {
        status: 401,
        body: "<html><title>Sign in</title></html>".to_owned(),
        content_type: "text/html".to_owned(),
        ..RawAnswer::default()
    })));
    let stage = Stage::with_inventory(TWO);
    let ended = ended(&mut stage.run(&serve(world), &[]));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    stage
}

/// A run whose proxy is not there.
fn without_proxy() -> Stage {
    let stage = Stage::with_inventory(TWO);
    let mut command = stage.binary(&["run", "inventory.yaml", "--retries", "0"]);
    let ended = ended(with_key(&mut command).env("HTTPS_PROXY", "http://127.0.0.1:9"));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    stage
}

/// A run whose credential nobody issues.
pub(super) fn unissued() -> Stage {
    let simulator = serve(two());
    let stage = Stage::with_inventory(TWO);
    let mut command = stage.binary(&["run", "inventory.yaml"]);
    let ended = ended(command.env("SWR_AUDIT_METADATA", simulator.endpoint()));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    stage
}

fn with_user() -> World {
    let mut world = two();
    world.credentials.users.push(User {
        name: "auditor".to_owned(),
        password: "example-password".into(),
        domain: "example".to_owned(),
        ..User::default()
    });
    world
}

fn login(iam: &str) -> [(&'static str, String); 4] {
    [
        ("HW_USER_NAME", "auditor".to_owned()),
        ("HW_USER_PASSWORD", "example-password".to_owned()),
        ("HW_DOMAIN_NAME", "example".to_owned()),
        ("HW_AUTH_URL", iam.to_owned()),
    ]
}

/// A run by a user who logs in.
pub(super) fn logged_in() -> Stage {
    let simulator = serve(with_user());
    let login = login(&simulator.endpoint());
    run_with(&simulator, &login.each_ref().map(|(name, value)| (*name, &**value)))
}

/// A run whose token is refused, and which gets no other one.
pub(super) fn not_renewed() -> Stage {
    let mut world = with_user();
    for (call, after) in [(Call::Rules, 0), (Call::Login, 1)] {
        world.faults.push(Fault {
            call: Some(call),
            after,
            ..Fault::always(Misbehaviour::BadSignature)
        });
    }
    let simulator = serve(world);
    let stage = Stage::with_inventory(TWO);
    let mut command = stage.run(&simulator, &[]);
    for name in ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"] {
        command.env_remove(name);
    }
    let ended = ended(command.envs(login(&simulator.endpoint())));
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    stage
}

/// A run with a ready token.
pub(super) fn with_token() -> Stage {
    let mut world = two();
    world.credentials.tokens.push("example-token".into());
    run_with(&serve(world), &[("SWR_AUDIT_TOKEN", "example-token")])
}

fn run_with(simulator: &Simulator, variables: &[(&str, &str)]) -> Stage {
    let stage = Stage::with_inventory(TWO);
    let mut command = stage.binary(&["run", "inventory.yaml", "--endpoint", &simulator.endpoint()]);
    let ended = ended(command.envs(variables.iter().copied()));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    stage
}

/// A run after one that it can be compared with, of an inventory that `check` warns about: one finding is gone, one cannot
/// be compared.
fn second() -> Stage {
    let mut world = two();
    for name in ["gone", "hidden"] {
        world.repository("prod", name);
    }
    let stage = Stage::with_inventory(
        &TWO.replace("repos: [", "repos: [gone, hidden, ")
            .replace("policies:\n", "policies:\n  spare: { targets: [] }\n"),
    );
    let first = ended(&mut stage.run(&serve(world.clone()), &["--run-id", "a", "--at", AT]));
    assert_eq!(first.code, 2, "{}", first.stderr);
    fs::rename(stage.path().join("reports/a"), stage.path().join("a")).expect("one file system");
    world
        .repository("prod", "gone")
        .rules
        .push(simulator::Rule::to("cn-east-3", "prod-dr"));
    world.faults.push(Fault {
        on: "prod/hidden".to_owned(),
        ..Fault::always(Misbehaviour::Reset)
    });
    let second = ended(&mut stage.run(&serve(world), &["--baseline", "a/report.json", "--retries", "0"]));
    assert_eq!(second.code, 4, "{}", second.stderr);
    stage
}

/// A run over a share of a part.
fn part() -> Stage {
    let stage = Stage::with_inventory(TWO);
    let ended = ended(&mut stage.run(&serve(two()), &["--only", "prod", "--shard", "1/2"]));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    stage
}

pub(super) fn demo() -> Stage {
    let stage = Stage::new();
    let ended = ended(&mut stage.binary(&["demo", "--at", AT]));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    stage
}

pub(super) fn walk(path: &str, value: &Value, keys: &mut Keys) {
    let shape = match value {
        Value::Null => "null",
        Value::Bool(_) => "true/false",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    if !path.is_empty() && !path.ends_with("[]") {
        keys.entry(path.to_owned()).or_default().insert(shape);
    }
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                walk(&below(path, key), field, keys);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                walk(&format!("{path}[]"), element, keys);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The key's path, as the page writes it.
fn below(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        "summary.findings.bySeverity" | "summary.findings.byCode" | "severity" => format!("{path}.*"),
        "failure.renewal" => format!("failure.{key}"),
        // They are findings, and `how` is all that one has beyond that.
        "resolved[]" if key == "how" => format!("{path}.{key}"),
        _ if path.starts_with("resolved[]") || path.starts_with("carried[]") => {
            let (_, rest) = path.split_once("[]").expect("it starts so");
            below(&format!("findings[]{rest}"), key)
        }
        _ if path.ends_with("[].inventory") => format!("place.{key}"),
        _ if path.ends_with("[].target") => format!("target.{key}"),
        _ => format!("{path}.{key}"),
    }
}

/// Holds the table under a heading of a page against the keys that were seen.
pub(super) fn hold(page: &str, heading: &str, seen: &Keys) {
    let page = Page::read(page);
    let rows = table(page.section(heading));
    let documented: BTreeMap<&str, &str> = rows.iter().map(|row| (&*row[0], &*row[1])).collect();
    assert_eq!(documented.len(), rows.len(), "each key stands once");
    let names: BTreeSet<&str> = documented.keys().copied().collect();
    let keys: BTreeSet<&str> = seen.keys().map(String::as_str).collect();
    assert_eq!(names, keys, "{heading}");
    for (key, shapes) in seen {
        let told: BTreeSet<&str> = documented[&**key].split(" or ").collect();
        assert!(shapes.is_subset(&told), "{key}: {shapes:?}, and the page says {told:?}");
    }
}

/// A run that its deadline stopped, one that goes on with it, and a replay of both.
fn gone_on_with() -> Vec<Stage> {
    let simulator = serve(two());
    let stage = Stage::with_inventory(TWO);
    assert_eq!(
        ended(&mut stage.run(&simulator, &["--deadline", "1ms", "--at", AT])).code,
        4
    );
    let stopped = stage.run_folder().expect("there was a run");
    let second = Stage::with_inventory(TWO);
    fs::create_dir(second.path().join("reports")).expect("it is writable");
    let place = second.path().join("reports/stopped");
    fs::rename(&stopped, &place).expect("one file system");
    assert_eq!(ended(&mut second.run(&simulator, &["--resume"])).code, 0);
    fs::rename(&place, &stopped).expect("one file system");
    let replay = Stage::with_inventory(TWO);
    let journal = stopped.join("journal.ndjson").display().to_string();
    assert_eq!(
        ended(&mut replay.binary(&["run", "inventory.yaml", "--replay", &journal])).code,
        4
    );
    vec![stage, second, replay]
}

/// The only shard of a run, merged.
fn merged() -> Stage {
    let simulator = serve(two());
    let stage = Stage::with_inventory(TWO);
    let shard = ["--shard", "1/1", "--out", "shards", "--run-id", "r"];
    assert_eq!(ended(&mut stage.run(&simulator, &shard)).code, 0);
    let merge = ["merge", "shards/r", "inventory.yaml"];
    assert_eq!(ended(&mut stage.binary(&merge)).code, 0);
    stage
}

#[test]
fn every_key_of_the_report_is_documented_and_no_other() {
    let mut seen = Keys::new();
    for stage in [demo(), odd(), part(), second()] {
        let folder = stage.run_folder().expect("there was a run");
        walk("", &json(&folder.join("report.json")), &mut seen);
    }
    hold("docs/reports.md", "report.json", &seen);
}

#[test]
fn every_key_of_the_journal_is_documented_and_no_other() {
    let mut seen = Keys::new();
    let odd_ones = [odd(), bytes(), closed(), skewed(), at_a_gateway(), unissued(), part()]
        .into_iter()
        .chain([without_proxy()]);
    let stages = odd_ones.chain([demo(), logged_in(), not_renewed(), with_token(), merged()]);
    for stage in stages.chain(gone_on_with()) {
        let folder = stage.run_folder().expect("there was a run");
        let text = fs::read_to_string(folder.join("journal.ndjson")).expect("there is a journal");
        for line in text.lines() {
            walk("", &serde_json::from_str(line).expect("each line is JSON"), &mut seen);
        }
    }
    hold("docs/reports.md", "journal.ndjson", &seen);
}
