//! One share of the work, and what is made of several: endings, limits, order, what is not there.

use serde_json::{Value, json};
use simulator::Rule;

use super::{Stage, column, runs};
use crate::support::{error, fault, inventory_of, names, serve, texts, world_of};

/// Forty repositories, as expected, in two namespaces.
fn stage(change: impl FnOnce(&mut simulator::World)) -> (Stage, simulator::Simulator) {
    let names = names("app", 20);
    let texts = texts(&names);
    let namespaces: [(&str, &[&str]); 2] = [("prod", &texts), ("tools", &texts)];
    let mut world = world_of(&namespaces);
    change(&mut world);
    let simulator = serve(world);
    (Stage::new(&inventory_of(&namespaces), simulator.endpoint()), simulator)
}

fn limits(report: &Value) -> Vec<String> {
    let limits = report["limits"].as_array().expect("a list").iter();
    let mut codes: Vec<String> = limits
        .map(|it| it["code"].as_str().expect("a word").to_owned())
        .collect();
    codes.dedup();
    codes
}

#[test]
fn all_shards_are_the_whole() {
    let (stage, simulator) = stage(|_| {});
    let shards = stage.shards(4, &[]);
    assert!(shards.iter().all(|shard| shard.code == 0), "{}", shards[0].stderr);
    assert_eq!(simulator.requests().len(), 40, "each is asked once");
    let first = stage.report("shard-1/r");
    assert_eq!(first["run"]["shard"], "1/4");
    assert!(limits(&first).contains(&"outside-shard".to_owned()));
    let merged = stage.merge("r", &runs(4), &[]);
    assert_eq!(merged.code, 0, "{}", merged.stderr);
    let report = stage.report("merged/r");
    assert_eq!(
        (&report["status"], &report["run"]["shard"]),
        (&json!("complete"), &Value::Null)
    );
    assert_eq!(report["summary"]["repos"]["ok"], 40);
    assert_eq!(report["run"]["wire"]["requests"]["sent"], 0, "nothing was sent for it");
    assert_eq!(report["repositories"][0]["attempts"], 1);
    assert_eq!(limits(&report), ["manual-rules-hidden", "unlisted-not-searched"]);
    let files = std::fs::read_dir(stage.path().join("merged/r")).expect("a folder");
    assert_eq!(
        files.count(),
        6,
        "two tables, the document, the summary, the page and the journal"
    );
    let latest = std::fs::read_link(stage.path().join("merged/latest")).expect("a link");
    assert_eq!(latest.as_os_str(), "r");
}

#[test]
fn the_journal_of_a_merged_run_joins_those_of_its_shards_and_replays_to_the_same_report() {
    let (stage, _simulator) = stage(|world| {
        world.repository("prod", "app-003").rules.clear();
        world
            .faults
            .push(fault("tools/app-011", error(500, "SVCSTG.SWR.5000001")));
    });
    stage.shards(3, &["--retries", "0"]);
    for (id, shards) in [("all", &[1, 2, 3][..]), ("some", &[1, 3])] {
        let paths: Vec<String> = shards.iter().map(|index| format!("shard-{index}/r")).collect();
        assert_eq!(stage.merge(id, &paths, &[]).code, 6);
        let journal = stage.journal(&format!("merged/{id}"));
        assert_eq!(
            (&journal[0]["kind"], &journal[0]["mergeOf"], &journal[0]["shard"]),
            (&json!("header"), &json!(3), &Value::Null)
        );
        let parts: Vec<&Value> = journal.iter().filter(|line| line["kind"] == "shard").collect();
        let expected: Vec<Value> = shards.iter().map(|index| json!(format!("{index}/3"))).collect();
        assert!(parts.iter().map(|part| &part["shard"]).eq(&expected), "{parts:?}");
        let answers = |journal: &[Value]| journal.iter().filter(|line| line["kind"] == "answer").count();
        let of_shards: usize = paths.iter().map(|path| answers(&stage.journal(path))).sum();
        assert_eq!(answers(&journal), of_shards);

        let replay = format!("merged/{id}/journal.ndjson");
        let again = format!("{id}-again");
        assert_eq!(stage.run("merged", &["--replay", &replay, "--run-id", &again]).code, 6);
        let report = |run: &str| {
            let mut report = stage.report(&format!("merged/{run}"));
            let of = report["run"]["replayOf"].take();
            report["run"]["id"].take();
            (of, report)
        };
        let (expected, actual) = (report(id), report(&again));
        assert_eq!((expected.0, actual.0), (Value::Null, json!(id)));
        assert_eq!(expected.1, actual.1, "{id}");
        // A replay of the replay has them still.
        let replay = format!("merged/{again}/journal.ndjson");
        let last = format!("{id}-last");
        assert_eq!(stage.run("merged", &["--replay", &replay, "--run-id", &last]).code, 6);
        assert_eq!(report(&last).1, expected.1);
    }
    assert!(column(&stage.report("merged/some"), "limits", "code").contains(&"shard-missing".to_owned()));
}

#[test]
fn what_only_a_missing_shard_could_answer_is_unknown() {
    let (stage, _simulator) = stage(|_| {});
    stage.shards(5, &[]);
    let all = runs(5);
    let merged = stage.merge("r", &[all[0].clone(), all[2].clone()], &[]);
    assert_eq!(merged.code, 4, "{}", merged.stderr);
    let report = stage.report("merged/r");
    let region = &report["regions"][0];
    assert_eq!(
        (&region["region"], &region["complete"]),
        (&json!("cn-north-4"), &json!(true))
    );
    assert_eq!(
        (&report["status"], &report["run"]["shard"]),
        (&json!("incomplete"), &json!("2 of 5"))
    );
    let repos = &report["summary"]["repos"];
    let count = |key: &str| repos[key].as_u64().expect("a number");
    assert_eq!((count("ok") + count("unknown"), count("expected")), (40, 40));
    let ok_of = |index: usize| {
        stage.report(&all[index])["summary"]["repos"]["ok"]
            .as_u64()
            .expect("a number")
    };
    assert_eq!(count("ok"), ok_of(0) + ok_of(2));
    let limit = "limit   shard-missing: shards 2, 4 and 5 of 5 are missing: what only they could answer is unknown";
    assert!(merged.stderr.contains(limit), "{}", merged.stderr);
    assert_eq!(stage.merge("z", &all[..1], &["--exit-zero"]).code, 0);
    assert_eq!(stage.report("merged/z")["verdict"]["code"], 4);
}

/// As a kill leaves it: a journal that ends anywhere, in a partial folder.
#[test]
fn what_a_killed_shard_did_not_answer_is_unknown() {
    let (stage, _simulator) = stage(|_| {});
    stage.shards(2, &[]);
    let lines = stage.journal("shard-2/r");
    let text = stage.bytes("shard-2/r/journal.ndjson");
    let mut ends: Vec<usize> = (0..text.len()).filter(|&at| text[at] == b'\n').collect();
    ends.truncate(lines.len() - 1);
    let ok = |report: &Value| report["summary"]["repos"]["ok"].as_u64().expect("a number");
    let of_first = ok(&stage.report("shard-1/r"));
    for (answered, cut) in [(0, ends[0] + 1), (0, ends[0] + 40), (5, ends[5] + 1), (5, ends[5] + 40)] {
        let partial = stage.write_text("shard-2/.partial-k", &text[..cut]);
        let id = format!("m{cut}");
        let merged = stage.merge(&id, &[runs(2)[0].clone(), partial], &[]);
        assert_eq!(merged.code, 4, "{}", merged.stderr);
        let report = stage.report(&format!("merged/{id}"));
        // The line of the caller comes before them, if there is one.
        let callers = lines[..=answered]
            .iter()
            .filter(|line| line["kind"] == "caller")
            .count();
        assert_eq!(ok(&report), of_first + (answered - callers) as u64);
        assert_eq!(report["summary"]["repos"]["unknown"], 40 - ok(&report));
        assert!(
            !limits(&report).contains(&"shard-missing".to_owned()),
            "it is there in part"
        );
    }
}

#[test]
fn a_merged_run_cannot_be_resumed() {
    let (stage, simulator) = stage(|_| {});
    let ended = stage.shards(2, &["--deadline", "1h"]);
    assert_eq!(ended[0].code, 0);
    // Both were stopped, so that the last line of the merged journal says so.
    let stopped = |index: u32| {
        let mut journal = stage.journal(&format!("shard-{index}/r"));
        journal.pop();
        journal.pop();
        journal.push(json!({ "kind": "end", "ending": "sigterm" }));
        stage.write(&format!("stopped-{index}"), &journal)
    };
    let merged = stage.merge("m", &[stopped(1), stopped(2)], &[]);
    assert_eq!(merged.code, 143, "{}", merged.stderr);
    let asked = simulator.requests().len();
    let named = stage.run("merged", &["--resume", "m"]);
    assert_eq!(named.code, 65, "{}", named.stderr);
    assert!(
        named
            .stderr
            .contains("the run 'm' was merged from shards and asked nothing itself\nhint: resume the shards"),
        "{}",
        named.stderr
    );
    let newest = stage.run("merged", &["--resume"]);
    assert_eq!(newest.code, 65, "{}", newest.stderr);
    assert!(
        newest.stderr.contains("there is no unfinished run"),
        "{}",
        newest.stderr
    );
    assert_eq!(simulator.requests().len(), asked);
}

#[test]
fn the_order_in_which_shards_are_given_does_not_matter() {
    let (stage, _simulator) = stage(|world| {
        world.repository("prod", "app-003").rules.clear();
        world
            .repository("tools", "app-007")
            .rules
            .push(Rule::to("cn-south-1", "x"));
        world
            .faults
            .push(fault("prod/app-011", error(500, "SVCSTG.SWR.5000001")));
    });
    stage.shards(4, &["--retries", "0"]);
    let mut all = runs(4);
    assert_eq!(stage.merge("r", &all, &[]).code, 6);
    let files = ["report.json", "drift.csv", "journal.ndjson"].map(|name| format!("merged/r/{name}"));
    let expected = files.each_ref().map(|path| stage.bytes(path));
    for _ in 0..3 {
        all.rotate_left(1);
        std::fs::remove_dir_all(stage.path().join("merged")).expect("it is there");
        assert_eq!(stage.merge("r", &all, &[]).code, 6);
        assert_eq!(files.each_ref().map(|path| stage.bytes(path)), expected);
    }
}

#[test]
fn a_circle_and_a_race_are_within_one_shard() {
    let (stage, _simulator) = stage(|world| {
        world
            .repository("prod", "app-001")
            .rules
            .push(Rule::to("cn-north-4", "tools"));
        world
            .repository("tools", "app-001")
            .rules
            .push(Rule::to("cn-north-4", "prod"));
        for namespace in ["prod", "tools"] {
            let mut rule = Rule::to("cn-south-1", "one");
            rule.overwrite = true;
            world.repository(namespace, "app-002").rules.push(rule);
        }
    });
    stage.shards(7, &[]);
    assert_eq!(stage.merge("r", &runs(7), &[]).code, 2);
    let report = stage.report("merged/r");
    let by_code = &report["summary"]["findings"]["byCode"];
    assert_eq!(
        (&by_code["replication-loop"], &by_code["overwrite-race"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn an_empty_shard_is_no_failure_and_shards_without_an_audit_are_one() {
    let (stage, simulator) = stage(|_| {});
    let shards = stage.shards(3, &["--only", "prod/app-000"]);
    assert!(shards.iter().all(|shard| shard.code == 0), "{}", shards[0].stderr);
    assert_eq!(simulator.requests().len(), 1, "only one shard has anything to ask");
    assert_eq!(stage.merge("r", &runs(3), &[]).code, 0);
    let report = stage.report("merged/r");
    assert_eq!(report["summary"]["repos"]["ok"], 1);
    assert_eq!(
        limits(&report)
            .iter()
            .filter(|code| *code == "outside-selection")
            .count(),
        1
    );

    let left_out = ["--only", "prod/app-000", "--only", "!prod/app-*"];
    let nothing = stage.shards_of("nothing", 2, &left_out);
    assert!(nothing.iter().all(|shard| shard.code == 0));
    let paths: Vec<String> = (1..=2).map(|index| format!("nothing-{index}/r")).collect();
    assert_eq!(stage.merge("nothing", &paths, &[]).code, 66, "as one run says");
}

#[test]
fn where_no_shard_has_an_audit_the_whole_has_none() {
    let (stage, _simulator) = stage(|world| world.faults.push(fault("*", error(500, "SVCSTG.SWR.5000001"))));
    let shards = stage.shards(2, &["--retries", "0"]);
    assert!(shards.iter().all(|shard| shard.code == 1), "{}", shards[0].stderr);
    let merged = stage.merge("r", &runs(2), &[]);
    assert_eq!(merged.code, 1, "{}", merged.stderr);
    let report = stage.report("merged/r");
    assert_eq!(report["status"], "failed");
    assert!(!stage.path().join("merged/latest").exists());
    // One that failed beside one that did not is a gap.
    let whole = stage.report("shard-1/r");
    assert_eq!(whole["status"], "failed");
}

#[test]
fn a_missing_namespace_is_one_finding_with_all_its_repositories() {
    let (stage, _simulator) = stage(|world| world.namespaces.retain(|namespace| namespace.name != "tools"));
    stage.shards(4, &[]);
    assert_eq!(stage.merge("r", &runs(4), &[]).code, 2);
    let report = stage.report("merged/r");
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["repositories"].as_array().map(Vec::len), Some(20));
    let message = findings[0]["message"].as_str().expect("a text");
    assert!(message.contains("20 expected repositories"), "{message}");
    assert_eq!(report["summary"]["repos"]["gone"], 20);
}

#[test]
fn latest_stays_with_a_newer_run() {
    let (stage, _simulator) = stage(|_| {});
    stage.shards(2, &[]);
    assert_eq!(stage.merge("one", &runs(2), &[]).code, 0);
    let later = ["--at", "2026-11-25T00:00:00Z", "--run-id", "later"];
    let mut command = crate::support::binary(stage.path());
    command
        .args([
            "run",
            "inventory.yaml",
            "--endpoint",
            stage.endpoint(),
            "--out",
            "merged",
        ])
        .args(later);
    command.env("HUAWEICLOUD_SDK_AK", crate::support::ACCESS_KEY);
    command.env("HUAWEICLOUD_SDK_SK", crate::support::SECRET_KEY);
    assert!(command.output().expect("the binary starts").status.success());
    assert_eq!(stage.merge("two", &runs(2), &[]).code, 0);
    let latest = std::fs::read_link(stage.path().join("merged/latest")).expect("a link");
    assert_eq!(latest.as_os_str(), "later");
}
