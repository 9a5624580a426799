//! What is outside the selection, or another shard's, is not judged.

use simulator::World;

use crate::support::{Audit, Ended, serve, world_of};

/// Two namespaces; each entry that has run out would fail a run that looks at it.
const INVENTORY: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies: { dr: { targets: [{ region: cn-east-3, namespace: prod-dr }] } }
defaults: { policy: dr, override: false, syncAuto: true }
namespaces:
  - { name: a, skip: true, reason: frozen, until: 2026-01-31 }
  - name: b
    otherRepos: allow
    repos:
      - good
      - { name: named, skip: true, reason: frozen, until: 2026-01-31 }
      - \"g*\"
      - { name: \"old/**\", skip: true, reason: frozen, until: 2026-01-31 }
      - { name: \"*\", skip: true, reason: frozen, until: 2026-01-31 }
waivers:
  - { id: whole-a, repo: a, reason: old, owner: x, expires: 2026-01-31 }
  - { id: whole-b, repo: \"b/**\", reason: old, owner: x, expires: 2026-01-31 }
  - { id: named, repo: b/named, reason: old, owner: x, expires: 2026-01-31 }
  - { id: good, repo: b/good, reason: old, owner: x, expires: 2026-01-31 }
  - { id: olds, repo: \"b/old/*\", reason: old, owner: x, expires: 2026-12-01 }
  - { id: others, repo: \"b/x*\", reason: old, owner: x, expires: 2027-06-30 }
";

fn world() -> World {
    world_of(&[("a", &["web"]), ("b", &["good", "great", "named", "old/x", "z"])])
}

/// `code field` of every finding.
fn findings(ended: &Ended) -> Vec<String> {
    let report = ended.json();
    let findings = report["findings"].as_array().expect("a list").iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    findings
        .map(|finding| format!("{} {}", text(&finding["code"]), text(&finding["field"])))
        .collect()
}

fn run(arguments: &[&str]) -> Ended {
    let simulator = serve(world());
    Audit::of(INVENTORY)
        .with(&["--at", "2026-11-24T03:15:00Z"])
        .with(arguments)
        .against(&simulator.endpoint())
}

/// `--only b/good` ended with 2 for an expired skip of another pattern, and for a waiver of another repository.
#[test]
fn a_skip_or_waiver_that_the_selection_does_not_reach_is_not_judged() {
    for (only, expected) in [
        (&["b/good"][..], &["expired-waiver good", "expired-waiver whole-b"][..]),
        (&["b/great"], &["expired-waiver whole-b"]),
        (&["b/g?eat", "!b/z"], &["expired-waiver whole-b"]),
        (
            &["b/old/*"],
            &["expired-skip old/**", "expired-waiver whole-b", "expiring-waiver olds"],
        ),
        (&["b/z"], &["expired-skip *", "expired-waiver whole-b"]),
        (
            &["b/named"],
            &["expired-skip named", "expired-waiver named", "expired-waiver whole-b"],
        ),
        (&["a"], &["expired-skip a", "expired-waiver whole-a"]),
        (&["a/web"], &["expired-skip a", "expired-waiver whole-a"]),
        (
            &["b", "!b/{good,named,z}", "!b/old/**"],
            &["expired-skip *", "expired-waiver whole-b"],
        ),
    ] {
        let mut arguments: Vec<&str> = only.iter().flat_map(|only| ["--only", only]).collect();
        arguments.extend(["--fail-on", "never"]);
        let ended = run(&arguments);
        assert_eq!(ended.code, 0, "{only:?}: {}", ended.stderr);
        let mut actual = findings(&ended);
        actual.sort();
        assert_eq!(actual, expected, "{only:?}");
    }
}

#[test]
fn a_selection_without_anything_that_ran_out_is_clean() {
    let inventory = INVENTORY.replace("repo: \"b/**\"", "repo: \"b/old/**\"");
    let simulator = serve(world());
    let audit = Audit::of(&inventory).with(&["--at", "2026-11-24T03:15:00Z", "--only", "b/great"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!((ended.code, findings(&ended)), (0, Vec::new()), "{}", ended.stderr);
}

#[test]
fn a_waiver_for_one_name_is_judged_in_the_shard_of_that_name_alone() {
    let shards = ["1/3", "2/3", "3/3"].map(|shard| findings(&run(&["--shard", shard])));
    let those_with = |finding: &str| {
        shards
            .iter()
            .filter(|told| told.iter().any(|one| one == finding))
            .count()
    };
    assert_eq!(those_with("expired-waiver good"), 1);
    assert_eq!(those_with("expired-waiver named"), 1);
    assert_eq!(those_with("expired-skip named"), 1);
    assert_eq!(
        those_with("expired-waiver whole-b"),
        3,
        "each of them may have some of it"
    );
    assert_eq!(those_with("unused-waiver others"), 0);
}
