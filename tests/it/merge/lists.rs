//! A service that lists for one shard what it does not list for another: nobody knows which of the lists is right.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::World;

use super::{Ended, Stage, column, runs};
use crate::support::{error, fault, inventory, inventory_of, serve, world, world_of};

/// In both shares of two.
const NAMES: &[&str] = &["app-1", "app-2", "app-3", "app-4", "app-5", "app-6", "app-7", "app-8"];

/// What is made of the first share of one world and the second one of another.
fn merged(inventory: &str, one: World, other: World) -> (Ended, Value) {
    let (first, second) = (serve(one), serve(other));
    let stage = Stage::new(inventory, first.endpoint());
    stage.shards(2, &["--retries", "0"]);
    let elsewhere = Stage::new(inventory, second.endpoint());
    elsewhere.shards(2, &["--retries", "0"]);
    let mut journal = elsewhere.journal("shard-2/r");
    journal[0]["sources"] = stage.journal("shard-1/r")[0]["sources"].clone();
    let other = stage.write("other", &journal);
    let merged = stage.merge("r", &[runs(2)[0].clone(), other], &[]);
    assert!(merged.code < 7, "{}", merged.stderr);
    (merged, stage.report("merged/r"))
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

/// Each row with its outcome and its class.
fn rows(report: &Value) -> BTreeMap<String, String> {
    let rows = report["repositories"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.map(|row| {
        let outcome = [text(&row["outcome"]), text(&row["unknownClass"])].join(" ");
        (text(&row["repository"]), outcome.trim_end().to_owned())
    })
    .collect()
}

fn is_truncated(outcome: &String) -> bool {
    outcome == "unknown truncated"
}

#[test]
fn a_repository_that_only_some_lists_hold_is_truncated_whichever_shard_it_belongs_to() {
    // Half of them belong to the shard whose list holds them, and are as expected; the others were never asked for.
    for (one, other) in [(world(NAMES), world(&NAMES[..2])), (world(&NAMES[..2]), world(NAMES))] {
        let (merged, report) = merged(&whole(), one, other);
        assert_eq!((merged.code, &report["status"]), (4, &json!("incomplete")));
        let rows = rows(&report);
        assert_eq!(rows.len(), 8);
        for name in NAMES {
            let expected = if NAMES[..2].contains(name) {
                "ok"
            } else {
                "unknown truncated"
            };
            assert_eq!(rows[*name], expected, "{name}: {rows:?}");
        }
        let list = &report["unknown"][0];
        assert!(list["requestId"].is_string(), "of the list that lacks it: {list}");
        assert_eq!(list["repositories"], json!([]));
        assert_eq!(
            list["message"],
            "the list of repositories in prod: may be incomplete (HTTP 200: a shard's list lacks 'app-3', which that of another \
             shard holds), and names that only it shows are not known"
        );
    }
}

#[test]
fn a_named_repository_that_only_some_lists_hold_is_not_missing() {
    let inventory = inventory_of(&[("prod", NAMES)]).replace("otherRepos: allow", "otherRepos: deny");
    let (merged, report) = merged(&inventory, world(NAMES), world(&NAMES[..2]));
    assert_eq!(merged.code, 4, "{}", merged.stderr);
    assert_eq!(report["findings"], json!([]));
    let rows = rows(&report);
    assert_eq!(rows.values().filter(|outcome| is_truncated(outcome)).count(), 6);
}

#[test]
fn what_nothing_covers_is_not_reported_where_only_some_lists_hold_it() {
    let inventory = inventory_of(&[("prod", &NAMES[..2])]);
    for (others, code) in [("deny", 4), ("warn", 0)] {
        let inventory = inventory.replace("otherRepos: allow", &format!("otherRepos: {others}"));
        let (merged, report) = merged(&inventory, world(NAMES), world(&NAMES[..3]));
        assert_eq!(merged.code, code, "{others}: {}", merged.stderr);
        assert_eq!(report["findings"], json!([]), "{others}");
        assert!(column(&report, "limits", "code").contains(&"listing-unconfirmed".to_owned()));
    }
}

#[test]
fn a_namespace_that_only_some_lists_hold_leaves_the_account_unknown() {
    let inventory = format!("{}otherNamespaces: deny\n", inventory(NAMES));
    let more = world_of(&[("prod", NAMES), ("tools", &["web"])]);
    let (merged, report) = merged(&inventory, world(NAMES), more);
    assert_eq!(merged.code, 4, "{}", merged.stderr);
    assert_eq!(report["findings"], json!([]));
    assert_eq!(column(&report, "unknown", "class"), ["truncated"]);
}

#[test]
fn one_whole_list_is_enough() {
    let mut blind = world(NAMES);
    blind.faults.push(fault("prod", error(500, "SVCSTG.SWR.5000001")));
    let (merged, report) = merged(&whole(), world(NAMES), blind);
    assert_eq!(merged.code, 4, "{}", merged.stderr);
    let rows = rows(&report);
    assert_eq!(rows.len(), 8, "all of them are known by the other shard's list");
    let of_the_blind = |outcome: &&String| *outcome == "unknown interrupted" || *outcome == "unknown server-error";
    let unknown = rows.values().filter(of_the_blind).count();
    assert!(unknown > 0 && unknown < 8, "{rows:?}");
    assert_eq!(rows.values().filter(|outcome| *outcome == "ok").count(), 8 - unknown);
}

#[test]
fn a_list_that_was_empty_for_one_shard_alone_is_not_known() {
    let (merged, report) = merged(&whole(), world(NAMES), empty());
    assert_eq!((merged.code, &report["status"]), (4, &json!("incomplete")));
    assert!(rows(&report).values().all(is_truncated), "{report}");
    assert_eq!(column(&report, "unknown", "class").len(), 1 + NAMES.len());
}

#[test]
fn a_list_that_was_empty_for_all_shards_is_empty() {
    let (merged, report) = merged(&whole(), empty(), empty());
    assert_eq!((merged.code, &report["unknown"]), (0, &json!([])));
}

#[test]
fn a_namespace_that_was_absent_for_one_shard_alone_is_not_missing() {
    let (merged, report) = merged(&whole(), world(NAMES), world(&[]));
    assert_eq!((merged.code, &report["status"]), (4, &json!("incomplete")));
    assert_eq!(report["findings"], json!([]));
    assert!(rows(&report).values().all(is_truncated), "{report}");
}

/// A single run that was told so by half of the answers judges likewise.
#[test]
fn an_absence_that_answers_of_another_shard_deny_is_of_repositories_alone() {
    let inventory = inventory_of(&[("prod", NAMES)]);
    let (merged, report) = merged(&inventory, world(NAMES), world(&[]));
    assert_eq!(merged.code, 2);
    let codes = column(&report, "findings", "code");
    assert!(
        !codes.is_empty() && codes.iter().all(|code| code == "missing-repo"),
        "{codes:?}"
    );
    assert!(column(&report, "limits", "code").contains(&"namespace-unconfirmed".to_owned()));
}
