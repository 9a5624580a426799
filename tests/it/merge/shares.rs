//! One share of the work, and what is made of several: endings, limits, order, what is not there.

use serde_json::{Value, json};
use simulator::Rule;

use super::{Stage, reports};
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
fn all_shards_are_the_whole_and_say_what_none_of_them_could_judge() {
    let (stage, simulator) = stage(|_| {});
    let shards = stage.shards(4, &[]);
    assert!(shards.iter().all(|shard| shard.code == 0), "{}", shards[0].stderr);
    assert_eq!(simulator.requests().len(), 40, "each is asked once");
    let first = stage.report("shard-1/r");
    assert_eq!(first["run"]["shard"], "1/4");
    assert!(limits(&first).contains(&"outside-shard".to_owned()));
    let merged = stage.merge("r", &reports(4), &[]);
    assert_eq!(merged.code, 0, "{}", merged.stderr);
    let report = stage.report("merged/r");
    assert_eq!(
        (&report["status"], &report["run"]["shard"]),
        (&json!("complete"), &Value::Null)
    );
    assert_eq!(report["summary"]["repos"]["ok"], 40);
    assert_eq!(report["run"]["wire"]["requests"]["sent"], 40);
    assert_eq!(
        limits(&report),
        ["judged-in-parts", "manual-rules-hidden", "unlisted-not-searched"]
    );
    assert!(
        !merged.stderr.contains("journal"),
        "nobody was asked: {}",
        merged.stderr
    );
    let files = std::fs::read_dir(stage.path().join("merged/r")).expect("a folder");
    assert_eq!(files.count(), 3, "two tables and the document");
    let latest = std::fs::read_link(stage.path().join("merged/latest")).expect("a link");
    assert_eq!(latest.as_os_str(), "r");
}

#[test]
fn a_missing_shard_makes_the_whole_incomplete() {
    let (stage, _simulator) = stage(|_| {});
    stage.shards(5, &[]);
    let all = reports(5);
    let merged = stage.merge("r", &[all[0].clone(), all[2].clone()], &[]);
    assert_eq!(merged.code, 4, "{}", merged.stderr);
    let report = stage.report("merged/r");
    let region = &report["regions"][0];
    assert_eq!(
        (&region["region"], &region["complete"]),
        (&json!("cn-north-4"), &json!(false))
    );
    assert_eq!(
        (&report["status"], &report["run"]["shard"]),
        (&json!("incomplete"), &json!("2 of 5"))
    );
    let reason = report["verdict"]["reason"].as_str().expect("a text");
    assert_eq!(reason, "no finding; shards 2, 4 and 5 of 5 are missing");
    assert!(merged.stderr.contains(reason), "{}", merged.stderr);
    assert!(limits(&report).contains(&"shard-missing".to_owned()));
    assert_eq!(stage.merge("z", &all[..1], &["--exit-zero"]).code, 0);
    assert_eq!(stage.report("merged/z")["verdict"]["code"], 4);
    // What is joined already is no shard.
    let again = stage.merge("again", &["merged/r".to_owned()], &[]);
    assert_eq!(again.code, 65, "{}", again.stderr);
    assert!(
        again.stderr.contains("it is joined already, of shards 2 of 5"),
        "{}",
        again.stderr
    );
}

#[test]
fn the_order_in_which_reports_come_does_not_matter() {
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
    let mut all = reports(4);
    assert_eq!(stage.merge("r", &all, &[]).code, 6);
    let expected = stage.bytes("merged/r/report.json");
    let table = stage.bytes("merged/r/drift.csv");
    for _ in 0..3 {
        all.rotate_left(1);
        std::fs::remove_dir_all(stage.path().join("merged")).expect("it is there");
        // The folder of a run is as good as its report.
        let folders: Vec<String> = all.iter().map(|path| path.replace("/report.json", "")).collect();
        assert_eq!(stage.merge("r", &folders, &[]).code, 6);
        assert_eq!(stage.bytes("merged/r/report.json"), expected);
        assert_eq!(stage.bytes("merged/r/drift.csv"), table);
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
    assert_eq!(stage.merge("r", &reports(7), &[]).code, 2);
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
    assert_eq!(stage.merge("r", &reports(3), &[]).code, 0);
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
    let merged = stage.merge("r", &reports(2), &[]);
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
    assert_eq!(stage.merge("r", &reports(4), &[]).code, 2);
    let report = stage.report("merged/r");
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["repositories"].as_array().map(Vec::len), Some(20));
    let message = findings[0]["message"].as_str().expect("a text");
    assert!(message.contains("20 expected repositories"), "{message}");
    assert_eq!(report["summary"]["repos"]["gone"], 20);
}

/// A fingerprint of one form never equals one of the other: compared as they stand, the missing namespace would stand twice.
#[test]
fn a_report_of_the_form_before_is_joined_as_if_it_were_of_this_one() {
    let (stage, _simulator) = stage(|world| {
        world.namespaces.retain(|namespace| namespace.name != "tools");
        world.faults.push(fault("prod", error(500, "SVCSTG.SWR.5000001")));
    });
    stage.shards(3, &["--retries", "0"]);
    let code = stage.merge("today", &reports(3), &[]).code;
    assert_eq!(code, 6);
    let mut earlier = stage.report("shard-2/r");
    earlier["$schema"] = "urn:swr-audit:report:v1".into();
    for list in ["findings", "unknown"] {
        for (at, entry) in earlier[list].as_array_mut().expect("a list").iter_mut().enumerate() {
            entry["fingerprint"] = format!("{at:016x}").into();
        }
    }
    for name in earlier["findings"][0]["repositories"].as_array_mut().expect("a list") {
        let without = name.as_str().and_then(|name| name.strip_prefix("tools/"));
        *name = without.expect("a repository of that namespace").into();
    }
    let mut all = reports(3);
    all[1] = stage.write("earlier.json", &earlier);
    assert_eq!(stage.merge("both", &all, &[]).code, code);
    let told = |run: &str| {
        let mut report = stage.report(&format!("merged/{run}"));
        report["run"]["id"].take();
        report
    };
    assert_eq!(told("both"), told("today"));
}

#[test]
fn latest_stays_with_a_newer_run() {
    let (stage, _simulator) = stage(|_| {});
    stage.shards(2, &[]);
    assert_eq!(stage.merge("one", &reports(2), &[]).code, 0);
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
    assert_eq!(stage.merge("two", &reports(2), &[]).code, 0);
    let latest = std::fs::read_link(stage.path().join("merged/latest")).expect("a link");
    assert_eq!(latest.as_os_str(), "later");
}
