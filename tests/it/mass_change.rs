//! A wrong account reads as one: too much that is gone at once is unknown, and no hundreds of findings.

use serde_json::{Value, json};
use simulator::{Namespace, Simulator};

use crate::merge::{Stage, runs};
use crate::support::{Audit, Ended, inventory, inventory_of, names, serve, texts, world, world_of};

/// `prod` and `shop` with so many repositories each.
fn wanted(count: usize) -> String {
    let apps = names("app", count);
    inventory_of(&[("prod", &texts(&apps)), ("shop", &texts(&apps))])
}

/// An account that has other things.
fn another_account() -> Simulator {
    serve(world_of(&[("elsewhere", &["web"])]))
}

/// What is unknown: namespace, class and how many repositories.
fn unknown(ended: &Ended) -> Vec<(String, String, u64)> {
    let report = ended.json();
    let entries = report["unknown"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entry = |entry: &Value| {
        (
            text(&entry["namespace"]),
            text(&entry["class"]),
            entry["count"].as_u64().unwrap_or(0),
        )
    };
    entries.iter().map(entry).collect()
}

#[test]
fn a_wrong_account_is_one_entry_for_each_namespace_and_no_finding() {
    let simulator = another_account();
    let ended = Audit::of(&wanted(30)).against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let class = "mass-change".to_owned();
    assert_eq!(
        unknown(&ended),
        [("prod".to_owned(), class.clone(), 30), ("shop".to_owned(), class, 30)]
    );
    let report = ended.json();
    assert_eq!(report["findings"], json!([]));
    assert_eq!(report["summary"]["repos"]["gone"], 60);
    assert_eq!(report["summary"]["repos"]["unknown"], 60);
    let repos = ended.repos();
    assert_eq!(repos.len(), 60);
    for row in &repos {
        let told = (
            &*row["outcome"],
            &*row["unknown_class"],
            &*row["findings"],
            &*row["actual_rules"],
        );
        assert_eq!(told, ("unknown", "mass-change", "0", ""));
    }
    let drift = ended.drift();
    assert_eq!(drift.len(), 2);
    assert!(
        drift[0]["message"].contains("not believed to be gone"),
        "{}",
        drift[0]["message"]
    );
    for word in ["permissions", "region", "--allow-mass-change"] {
        assert!(drift[0]["remediation"].contains(word), "{}", drift[0]["remediation"]);
    }
    assert!(ended.stderr.contains("--allow-mass-change"), "{}", ended.stderr);
}

#[test]
fn an_empty_account_is_no_better() {
    // The namespaces are there, and nothing in them.
    let mut world = world(&[]);
    let empty = |name: &str| Namespace {
        name: name.to_owned(),
        ..Namespace::default()
    };
    world.namespaces = ["prod", "shop"].map(empty).into();
    let simulator = serve(world);
    let wanted = wanted(10).replace("    repos:\n", "    repos:\n      - \"team/*\"\n");
    assert!(wanted.contains("team/*"), "{wanted}");
    let ended = Audit::of(&wanted).against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(ended.json()["findings"], json!([]), "not even an empty pattern");
}

#[test]
fn a_real_change_is_let_through_where_somebody_says_so() {
    let simulator = another_account();
    for option in [&["--allow-mass-change"][..], &[]] {
        let audit = Audit::of(&wanted(30)).with(option);
        let audit = match option {
            [] => audit.setting("SWR_AUDIT_ALLOW_MASS_CHANGE", "true"),
            _ => audit,
        };
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        let report = ended.json();
        assert_eq!(report["unknown"], json!([]));
        assert_eq!(report["summary"]["repos"]["gone"], 60);
        assert!(
            report["findings"]
                .as_array()
                .is_some_and(|findings| !findings.is_empty())
        );
    }
}

#[test]
fn a_replay_guards_as_the_run_did() {
    let simulator = another_account();
    let first = Audit::of(&wanted(30)).against(&simulator.endpoint());
    assert_eq!(first.code, 4);
    let journal = first.report.join("journal.ndjson");
    let journal = journal.to_str().expect("a path");
    let replayed = Audit::of(&wanted(30)).with(&["--replay", journal]).run();
    assert_eq!(
        (replayed.code, unknown(&replayed)),
        (4, unknown(&first)),
        "{}",
        replayed.stderr
    );
    let allowed = Audit::of(&wanted(30)).with(&["--replay", journal, "--allow-mass-change"]);
    let allowed = allowed.run();
    assert_eq!(allowed.code, 2, "{}", allowed.stderr);
}

#[test]
fn a_shard_believes_what_it_sees_and_the_merge_of_all_does_not() {
    let simulator = another_account();
    let stage = Stage::new(&wanted(30), simulator.endpoint());
    for shard in stage.shards(2, &[]) {
        assert_eq!(shard.code, 2, "{}", shard.stderr);
    }
    for (id, arguments, code) in [("guarded", &[][..], 4), ("allowed", &["--allow-mass-change"], 2)] {
        let merged = stage.merge(id, &runs(2), arguments);
        assert_eq!(merged.code, code, "{}", merged.stderr);
        assert_eq!(stage.report(&format!("merged/{id}"))["summary"]["repos"]["gone"], 60);
    }
}

#[test]
fn all_unknown_asks_again_for_what_was_not_believed() {
    let simulator = another_account();
    let apps = names("app", 12);
    let audit = Audit::of(&inventory(&texts(&apps)));
    let first = audit.against(&simulator.endpoint());
    assert_eq!(first.code, 4, "{}", first.stderr);
    // The grants are there now.
    let granted = world(&texts(&apps));
    simulator.change(|world| world.namespaces = granted.namespaces);
    let again = audit
        .with(&["--resume", "--all-unknown"])
        .against(&simulator.endpoint());
    assert_eq!(again.code, 0, "{}", again.stderr);
}
