//! Waivers and skips hold on all days on which shards started, or on none of them.

use serde_json::json;

use super::{Stage, runs};
use crate::support::{inventory_of, serve, world_of};

const NAMES: &[&str] = &["a", "api", "b", "cart", "mail", "web"];

/// The second shard starts on that day.
fn on(day: &str, more: &str) -> (i32, String) {
    let simulator = serve(world_of(&[("lab", &["x"]), ("prod", NAMES)]));
    let inventory = format!("{}{more}", inventory_of(&[("prod", NAMES)]));
    let stage = Stage::new(&inventory, simulator.endpoint());
    stage.shards(2, &[]);
    let mut journal = stage.journal("shard-2/r");
    journal[0]["startedAt"] = json!(format!("{day}T00:30:00Z"));
    let other = stage.write("other", &journal);
    let ended = stage.merge("r", &[runs(2)[0].clone(), other], &["--max-age", "1000h"]);
    (ended.code, ended.stderr)
}

#[test]
fn shards_of_days_on_which_other_skips_or_waivers_hold_are_refused() {
    let entries = |entries: &str| format!("{entries}defaults: {{ policy: dr }}\n");
    let named = |entry: &str| {
        let skip = format!("{{ name: {entry}, skip: true, reason: so, until: 2026-11-24 }}");
        entries(&format!("  - {{ name: lab, otherRepos: allow, repos: [{skip}] }}\n"))
    };
    let skipped = entries("  - { name: lab, skip: true, reason: moves, until: 2026-11-24 }\n");
    let waiver = |expires: &str| {
        format!("waivers:\n  - {{ id: W1, repo: prod/web, reason: so, owner: us, expires: {expires} }}\n")
    };
    for (more, change) in [
        (
            skipped.clone(),
            "the skip of lab holds on 2026-11-24 and not on 2026-11-25",
        ),
        (
            named("\"x*\""),
            "the skip of lab/x* holds on 2026-11-24 and not on 2026-11-25",
        ),
        (
            named("x"),
            "the skip of lab/x holds on 2026-11-24 and not on 2026-11-25",
        ),
        (
            waiver("2026-11-24"),
            "the waiver W1 is expiring on 2026-11-24 and expired on 2026-11-25",
        ),
        (
            waiver("2026-12-09"),
            "the waiver W1 is active on 2026-11-24 and expiring on 2026-11-25",
        ),
    ] {
        let (code, said) = on("2026-11-25", &more);
        assert_eq!(code, 65, "{change}: {said}");
        assert!(said.contains(change), "{change}: {said}");
    }
    let (code, said) = on("2026-11-25", &waiver("2027-11-24"));
    assert_eq!(code, 2, "the waiver is unused: {said}");
    let (code, said) = on("2026-11-24", &skipped);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn the_day_is_that_of_the_earliest_start() {
    let waiver = "waivers:\n  - { id: W1, repo: prod/web, reason: so, owner: us, expires: 2026-11-20 }\n";
    let simulator = serve(world_of(&[("prod", NAMES)]));
    let stage = Stage::new(
        &format!("{}{waiver}", inventory_of(&[("prod", NAMES)])),
        simulator.endpoint(),
    );
    stage.shards(2, &[]);
    let mut journal = stage.journal("shard-2/r");
    journal[0]["startedAt"] = json!("2026-11-23T23:00:00Z");
    let other = stage.write("other", &journal);
    let ended = stage.merge("r", &[runs(2)[0].clone(), other], &[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let report = stage.report("merged/r");
    assert_eq!(report["run"]["startedAt"], "2026-11-23T23:00:00Z");
    assert_eq!(report["findings"][0]["code"], "expired-waiver");
}
