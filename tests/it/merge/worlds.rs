//! Whatever the world is, the shards of a run, merged, are the run over all of it.

use std::fmt::Write as _;

use fastrand::Rng;
use serde_json::{Value, json};
use simulator::{Access, Misbehaviour, Rule, World};

use super::{Stage, runs};
use crate::support::{error, fault, serve, world_of};

const NAMES: [&str; 9] = [
    "api",
    "web",
    "team/web",
    "team/cart",
    "batch",
    "mail",
    "old-1",
    "old-2",
    "scratch/x",
];

/// What is written of each namespace, and what is live.
fn world(random: &mut Rng) -> (String, World) {
    let mut world = world_of(&[]);
    let mut namespaces = String::new();
    for name in ["alpha", "beta", "gamma", "delta"] {
        let is_there = random.u8(..8) > 0;
        for repository in NAMES {
            if is_there && random.bool() {
                live(&mut world, random, name, repository);
            }
        }
        if is_there && random.u8(..8) == 0 {
            world.faults.push(fault(name, trouble(random)));
        }
        write(&mut namespaces, random, name);
    }
    for _ in 0..random.u8(..3) {
        let (name, repository) = (random.choice(["alpha", "beta", "gamma"]), random.choice(NAMES));
        let on = format!("{}/{}", name.expect("some"), repository.expect("some"));
        world.faults.push(fault(&on, trouble(random)));
    }
    if random.u8(..4) == 0 {
        world.repository("extra", "web");
    }
    let others = random.choice(["deny", "warn", "allow"]).expect("some");
    (format!("{HEAD}{namespaces}otherNamespaces: {others}\n{WAIVERS}"), world)
}

fn trouble(random: &mut Rng) -> Misbehaviour {
    match random.u8(..2) {
        0 => error(500, "SVCSTG.SWR.5000001"),
        _ => error(403, "SVCSTG.SWR.4030000"),
    }
}

/// Rules to where they should go, and to where they should not: to each other, to one place, or nowhere.
fn live(world: &mut World, random: &mut Rng, namespace: &str, repository: &str) {
    let there = world.repository(namespace, repository);
    if random.u8(..6) == 0 {
        there.access = Some(Access::Denied);
    }
    if random.u8(..4) > 0 {
        there.rules.push(Rule::to("cn-east-3", "dr"));
    }
    for other in ["alpha", "beta", "gamma"].iter().filter(|&&other| other != namespace) {
        if random.u8(..4) == 0 {
            let mut rule = Rule::to("cn-north-4", *other);
            rule.overwrite = random.bool();
            there.rules.push(rule);
        }
    }
    if random.u8(..6) == 0 {
        let mut rule = Rule::to("cn-south-1", "one");
        rule.overwrite = true;
        there.rules.push(rule);
    }
    if random.u8(..12) == 0 {
        let many = (0..100).map(|number| Rule::to("cn-south-1", format!("n{number}")));
        there.rules = many.collect();
    }
}

const HEAD: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
defaults: { override: false, syncAuto: true, policy: dr }
policies:
  dr: { targets: [{ region: cn-east-3, namespace: dr }] }
  none: { targets: [], otherRules: warn }
namespaces:
";

const WAIVERS: &str = "waivers:
  - { id: W1, repo: alpha/**, reason: it is so, owner: one, expires: 2027-06-01 }
  - { id: W2, repo: \"{alpha,beta}/**\", finding: [missing-namespace, expired-skip], reason: so, owner: two, expires: 2026-12-01 }
  - { id: W3, repo: gamma/**, reason: it was so, owner: three, expires: 2026-01-01 }
  - { id: W4, repo: \"*/web\", reason: it is so, owner: four, expires: 2027-06-01 }
";

/// One way in which a namespace can be written.
fn write(text: &mut String, random: &mut Rng, name: &str) {
    let until = random.choice(["2026-06-01", "2027-06-01"]).expect("some");
    let others = random.choice(["deny", "warn", "allow"]).expect("some");
    let entry = match random.u8(..6) {
        0 => String::new(),
        1 => format!("\n    skip: true\n    reason: moved\n    until: {until}"),
        2 => format!(
            "\n    otherRepos: {others}\n    repos:\n      - web\n      - {{ name: \"old-*\", skip: true, reason: old, until: {until} }}"
        ),
        3 => format!("\n    otherRepos: {others}\n    repos: [api, web, {{ name: batch, policy: none }}, mail]"),
        4 => format!(
            "\n    otherRepos: {others}\n    owner: them\n    repos:\n      - api\n      - {{ name: web, skip: true, reason: so, until: {until} }}\n      - {{ name: scratch/**, skip: true, reason: so }}\n      - \"**\""
        ),
        _ => format!(
            "\n    otherRepos: {others}\n    repos: [\"team/*\", {{ name: \"*\", policy: none }}, missing, \"gone/*\"]"
        ),
    };
    writeln!(text, "  - name: {name}{entry}").expect("memory takes everything");
}

/// What of a report has to be equal: all of it, without what depends on the wire.
fn told(mut report: Value) -> Value {
    let without = |entry: &mut Value, keys: &[&str]| {
        for key in keys {
            entry.as_object_mut().expect("an object").remove(*key).expect(key);
        }
    };
    without(&mut report["run"], &["wire"]);
    for (list, keys) in [
        ("findings", &["requestId"][..]),
        ("repositories", &["attempts", "observedAt", "requestId"]),
    ] {
        for entry in report[list].as_array_mut().expect("a list") {
            without(entry, keys);
        }
    }
    // How many were asked before a namespace was given up depends on how many each asks: the repositories stand, with
    // their class, in the rows.
    let unknown: std::collections::BTreeSet<String> = report["unknown"]
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|entry| {
            let names = entry["repositories"].as_array().expect("a list").clone();
            let names = if names.is_empty() { vec![Value::Null] } else { names };
            let told = |name: Value| format!("{} {} {name} {}", entry["class"], entry["namespace"], entry["target"]);
            names.into_iter().map(told).collect::<Vec<_>>()
        })
        .collect();
    report["unknown"] = json!(unknown);
    report
}

/// Nothing differs there, and in some of them something does not answer.
fn calm_world(random: &mut Rng) -> (String, World) {
    let mut world = world_of(&[("alpha", &NAMES), ("beta", &NAMES)]);
    for namespace in &mut world.namespaces {
        for repository in &mut namespace.repositories {
            repository.rules = vec![Rule::to("cn-east-3", "dr")];
        }
    }
    if random.bool() {
        world.faults.push(fault("beta/web", trouble(random)));
    }
    let namespaces = "  - name: alpha\n  - { name: beta, otherRepos: allow, repos: [\"team/*\", web, mail] }\n";
    (format!("{HEAD}{namespaces}"), world)
}

#[test]
fn the_shards_of_a_world_merged_are_the_whole_of_it() {
    let mut endings = std::collections::BTreeSet::new();
    let mut codes = std::collections::BTreeSet::new();
    for seed in 0..36 {
        let mut random = Rng::with_seed(seed);
        let (inventory, world) = if seed % 4 == 0 {
            calm_world(&mut random)
        } else {
            world(&mut random)
        };
        let simulator = serve(world);
        let stage = Stage::new(&inventory, simulator.endpoint());
        let quick = ["--retries", "0"];
        let whole = stage.run("whole", &[&["--run-id", "r"], &quick[..]].concat());
        assert_ne!(whole.code, 65, "{seed}: {}", whole.stderr);
        let count = random.u32(1..4);
        stage.shards(count, &quick);
        let merged = stage.merge("r", &runs(count), &[]);
        assert_eq!(merged.code, whole.code, "{seed}: {} {}", whole.stderr, merged.stderr);
        let (expected, actual) = (told(stage.report("whole/r")), told(stage.report("merged/r")));
        pretty(&expected, &actual, seed, &inventory);
        endings.insert(merged.code);
        for finding in actual["findings"].as_array().expect("a list") {
            codes.insert(finding["code"].as_str().expect("a word").to_owned());
        }
    }
    assert_eq!(endings, [0, 2, 4, 6].into());
    for code in [
        "replication-loop",
        "overwrite-race",
        "missing-namespace",
        "missing-repo",
        "expired-skip",
        "expiring-waiver",
        "expired-waiver",
        "unused-waiver",
        "unlisted-repo",
        "unlisted-namespace",
        "empty-pattern",
    ] {
        assert!(codes.contains(code), "no world has a {code}: {codes:?}");
    }
}

/// The first part that differs, with both sides.
fn pretty(expected: &Value, actual: &Value, seed: u64, inventory: &str) {
    for (key, value) in expected.as_object().expect("an object") {
        let text = |value: &Value| serde_json::to_string_pretty(value).expect("it is JSON");
        assert!(
            *value == actual[key],
            "world {seed}, {key}:\n{}\nbut merged\n{}\n{inventory}",
            text(value),
            text(&actual[key])
        );
    }
}
