//! A service that tells one shard otherwise than another: a single run would have noticed.

use serde_json::{Value, json};
use simulator::World;

use super::{Stage, reports};
use crate::support::{inventory, inventory_of, serve, world};

/// In both shares of two.
const NAMES: &[&str] = &["app-1", "app-2", "app-3", "app-4", "app-5", "app-6", "app-7", "app-8"];

/// What is made of the first share of one world and the second one of another.
fn joined(inventory: &str, one: World, other: World) -> (i32, Value) {
    let (first, second) = (serve(one), serve(other));
    let stage = Stage::new(inventory, first.endpoint());
    stage.shards(2, &[]);
    let elsewhere = Stage::new(inventory, second.endpoint());
    elsewhere.shards(2, &[]);
    let mut report = elsewhere.report("shard-2/r");
    report["run"]["sources"][0]["endpoint"] = stage.report("shard-1/r")["run"]["sources"][0]["endpoint"].clone();
    let other = stage.write("other.json", &report);
    let merged = stage.merge("r", &[reports(2)[0].clone(), other], &[]);
    assert!(merged.code < 7, "{}", merged.stderr);
    (merged.code, stage.report("merged/r"))
}

/// The whole namespace, whatever is in it.
fn whole() -> String {
    let named = inventory(&["web"]);
    let (head, _) = named.split_once("    otherRepos: allow\n").expect("the entry's end");
    head.to_owned()
}

/// The namespace is there, and nothing in it.
fn empty() -> World {
    let mut world = world(&["web"]);
    world.namespaces[0].repositories.clear();
    world
}

fn told(report: &Value, list: &str, key: &str) -> Vec<String> {
    let entries = report[list].as_array().expect("a list").iter();
    entries
        .map(|entry| entry[key].as_str().expect("a word").to_owned())
        .collect()
}

/// The list was empty for one shard: its share was told by nobody, and the whole was complete, with 0.
#[test]
fn a_list_that_was_empty_for_one_shard_alone_is_not_known() {
    let (code, report) = joined(&whole(), world(NAMES), empty());
    assert_eq!((code, &report["status"]), (4, &json!("incomplete")));
    assert_eq!(told(&report, "unknown", "class"), ["truncated"]);
    assert_eq!(
        report["unknown"][0]["message"],
        "the list of repositories in prod: may not be all (HTTP 200: it was empty for one shard, and another one read a \
         repository of it), what it alone shows is not known"
    );
}

#[test]
fn a_list_that_was_empty_for_all_shards_is_empty() {
    let (code, report) = joined(&whole(), empty(), empty());
    assert_eq!((code, told(&report, "unknown", "class").len()), (0, 0));
}

#[test]
fn a_namespace_that_was_absent_for_one_shard_alone_is_not_known() {
    let (code, report) = joined(&whole(), world(NAMES), world(&[]));
    assert_eq!((code, &report["status"]), (4, &json!("incomplete")));
    assert_eq!(told(&report, "unknown", "class"), ["bad-response"]);
    assert!(told(&report, "findings", "code").is_empty());
    assert!(told(&report, "limits", "code").contains(&"namespace-unconfirmed".to_owned()));
}

/// The finding stands, for its repositories are absent, and the limit says that the namespace may be there.
#[test]
fn an_absence_of_named_repositories_is_told_with_its_doubt() {
    let inventory = inventory_of(&[("prod", NAMES)]);
    let (code, report) = joined(&inventory, world(NAMES), world(&[]));
    assert_eq!(code, 2);
    assert_eq!(told(&report, "findings", "code"), ["missing-namespace"]);
    assert!(told(&report, "limits", "code").contains(&"namespace-unconfirmed".to_owned()));
}
