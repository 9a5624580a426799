//! A pattern of `--only` that selects nothing is unknown: what was meant was not audited.

use serde_json::{Value, json};
use simulator::{Fault, Misbehaviour};

use super::{estate, serve, world_of};
use crate::support::{Audit, Ended, error, fault, paths};

/// The patterns that a run calls empty.
fn empty(ended: &Ended) -> Vec<String> {
    let report = ended.json();
    let unknown = report["unknown"].as_array().expect("a list").iter();
    let of_class = unknown.filter(|entry| entry["class"] == "empty-selection");
    of_class
        .map(|entry| entry["field"].as_str().expect("a pattern").to_owned())
        .collect()
}

fn run(only: &[&str]) -> Ended {
    let (inventory, world) = estate();
    let simulator = serve(world);
    audit(&inventory, only).against(&simulator.endpoint())
}

fn audit(inventory: &str, only: &[&str]) -> Audit {
    let audit = Audit::of(inventory).with(&["--retries", "0"]);
    only.iter().fold(audit, |audit, only| audit.with(&["--only", only]))
}

/// A misspelt name beside a good one ended as exit 0.
#[test]
fn a_misspelt_pattern_makes_a_run_incomplete() {
    for (pattern, is_empty) in [
        ("labb", true),
        ("prod/wbe", true),
        ("prod/w-*", true),
        ("eu:prod", true),
        ("prod/web", false),
        ("{prod,nope}/web", false),
        ("lab", false),
        ("main:", false),
    ] {
        let ended = run(&["prod/api", pattern]);
        let (code, expected) = if is_empty { (4, vec![pattern]) } else { (0, vec![]) };
        assert_eq!(ended.code, code, "{pattern}: {}", ended.stderr);
        assert_eq!(empty(&ended), expected, "{pattern}");
        assert_eq!(ended.json()["status"] == "incomplete", is_empty, "{pattern}");
    }
}

#[test]
fn every_report_says_which_pattern_selects_nothing() {
    let ended = run(&["prod/api", "main:prod/wbe", "eu:prod"]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let report = ended.json();
    let entries = report["unknown"].as_array().expect("a list");
    let sides = ["source", "region", "namespace", "field", "inventory", "count"];
    let shown: Vec<Vec<&Value>> = entries
        .iter()
        .map(|entry| sides.map(|key| &entry[key]).to_vec())
        .collect();
    let expected = [
        json!(["eu", "", "", "eu:prod", null, 0]),
        json!(["main", "cn-north-4", "", "main:prod/wbe", null, 0]),
    ];
    assert_eq!(json!(shown), json!(expected));
    assert_ne!(entries[0]["fingerprint"], entries[1]["fingerprint"]);
    let reason = report["verdict"]["reason"].as_str().expect("a sentence");
    assert_eq!(reason, "no finding; 2 patterns of --only select nothing");
    let rows = ended.drift();
    let cells = [
        "status",
        "code",
        "unknown_class",
        "source",
        "field",
        "inventory_file",
        "inventory_line",
    ];
    let row = |source, field| ["unknown", "unknown", "empty-selection", source, field, "", ""];
    let shown: Vec<[&str; 7]> = rows.iter().map(|cell| cells.map(|column| &*cell[column])).collect();
    assert_eq!(shown, [row("eu", "eu:prod"), row("main", "main:prod/wbe")]);
    for pattern in ["eu:prod", "main:prod/wbe"] {
        let line = format!("--only {pattern}");
        let mut lines = ended.stderr.lines();
        let told = lines.find(|text| text.starts_with(&line)).unwrap_or_default();
        assert!(
            told.contains("empty-selection: no namespace and no repository"),
            "{}",
            ended.stderr
        );
    }
    assert_eq!(report["limits"].to_string().matches("empty-selection").count(), 0);
}

#[test]
fn nothing_selected_is_4_and_nothing_left_is_66() {
    for (only, code) in [
        (&["eu:prod"][..], 4),
        (&["labb", "!prod"], 4),
        (&["prod", "!prod"], 66),
        (&["prod/w*", "!prod/web"], 66),
        (&["prod/web", "!prod/**"], 66),
        (&["prod/w*", "prod/x*", "!prod/web"], 4),
    ] {
        let ended = run(only);
        assert_eq!(ended.code, code, "{only:?}: {}", ended.stderr);
        let is_empty = code == 4;
        assert_eq!(!empty(&ended).is_empty(), is_empty, "{only:?}");
    }
}

/// Patterns, whole namespaces, skips, and a namespace that is not there.
const LISTED: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies: { none: { targets: [] } }
defaults: { policy: none, override: false, syncAuto: true }
namespaces:
  - { name: all }
  - { name: gone, repos: [\"x*\"], otherRepos: allow }
  - { name: idle, skip: true, reason: idle }
  - name: mixed
    otherRepos: allow
    repos:
      - api
      - \"w*\"
      - { name: old, skip: true, reason: old }
      - { name: \"old/**\", skip: true, reason: old }
";

#[test]
fn what_is_skipped_or_missing_was_selected() {
    let mut world = world_of(&[("all", &["web"]), ("mixed", &["api", "old", "old/x", "web", "stray"])]);
    for namespace in &mut world.namespaces {
        for repository in &mut namespace.repositories {
            repository.rules.clear();
        }
    }
    for (pattern, code, is_empty) in [
        ("all/web", 0, false),
        ("all/wbe", 4, true),
        ("all/b*", 4, true),
        ("mixed/w*", 0, false),
        ("mixed/wx", 4, true),
        ("mixed/stray", 4, true),
        ("mixed/old", 66, false),
        ("mixed/old/x", 66, false),
        ("idle/any", 66, false),
        ("gone/x1", 2, false),
        ("gone/y1", 4, true),
        ("gone", 2, false),
    ] {
        let simulator = serve(world.clone());
        let ended = audit(LISTED, &[pattern]).against(&simulator.endpoint());
        assert_eq!(ended.code, code, "{pattern}: {}", ended.stderr);
        let expected: &[&str] = if is_empty { &[pattern] } else { &[] };
        assert_eq!(empty(&ended), expected, "{pattern}");
    }
}

#[test]
fn what_may_have_been_out_of_sight_is_not_called_empty() {
    let world = world_of(&[("all", &["web"]), ("mixed", &["api"])]);
    let only = ["all/wbe", "mixed/wbe", "mixed/x"];
    let broken = |on: &str| {
        let mut world = world.clone();
        world.faults.push(Fault {
            call: Some(simulator::Call::Repositories),
            ..fault(on, error(503, "SVCSTG.SWR.5030001"))
        });
        world
    };
    for (world, expected) in [
        (world.clone(), &["all/wbe", "mixed/wbe", "mixed/x"][..]),
        // No entry covers `x`, whatever the list would show.
        (broken("mixed"), &["all/wbe", "mixed/x"]),
        (broken("all"), &["mixed/wbe", "mixed/x"]),
    ] {
        let simulator = serve(world);
        let ended = audit(LISTED, &only).against(&simulator.endpoint());
        assert_eq!(ended.code, 4, "{}", ended.stderr);
        assert_eq!(empty(&ended), expected, "{}", ended.stderr);
    }
}

#[test]
fn it_is_judged_before_the_work_is_shared_and_reported_once_when_merged() {
    let (inventory, world) = estate();
    let simulator = serve(world);
    let folder = Audit::of(&inventory);
    let shard = |shard: &str| {
        let id = format!("shard-{}", &shard[..1]);
        let audit = audit(&inventory, &["prod/web", "labb"]).with(&["--shard", shard, "--run-id", &id]);
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(
            (ended.code, empty(&ended)),
            (4, vec!["labb".to_owned()]),
            "{}",
            ended.stderr
        );
        std::fs::rename(&ended.report, folder.folder().join(id)).expect("the folder is writable");
    };
    shard("1/2");
    shard("2/2");
    let mut merge = crate::support::binary(folder.folder());
    merge.args(["merge", "shard-1", "shard-2", "inventory.yaml"]);
    let merged = folder.ended(merge.output().expect("the binary starts"));
    assert_eq!(merged.code, 4, "{}", merged.stderr);
    assert_eq!(empty(&merged), ["labb"]);
    let reason = &merged.json()["verdict"]["reason"];
    assert_eq!(reason, "no finding; 1 pattern of --only selects nothing");
}

#[test]
fn a_service_that_is_down_is_no_audit_whatever_is_misspelt() {
    let (inventory, mut world) = estate();
    world.faults.push(Fault::always(Misbehaviour::Reset));
    let simulator = serve(world);
    let ended = audit(&inventory, &["prod/web", "labb"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(empty(&ended), ["labb"]);
}

#[test]
fn the_price_of_a_run_says_it_too() {
    let (inventory, world) = estate();
    let simulator = serve(world);
    for (only, code) in [
        (&["prod", "labb"][..], 4),
        (&["labb"], 4),
        (&["prod", "!prod"], 66),
        (&["prod"], 0),
    ] {
        let ended = audit(&inventory, only)
            .with(&["--dry-run"])
            .against(&simulator.endpoint());
        assert_eq!(ended.code, code, "{only:?}: {}", ended.stderr);
        assert_eq!(
            ended.stdout.contains("labb"),
            only.contains(&"labb"),
            "{}",
            ended.stdout
        );
    }
    assert!(paths(&simulator).is_empty());
}

#[test]
fn the_same_pattern_twice_is_one_entry() {
    assert_eq!(empty(&run(&["prod", "labb", "labb"])), ["labb"]);
}
