//! What no inventory can fix: the file and stderr say it, and an audit reports exactly that.

use simulator::{Rule, World};

use super::{Said, Stage};
use crate::support::{serve, world};

/// A snapshot of a world: the output, the file, and the codes that an audit of the file reports.
fn snapshot_of(world: World, arguments: &[&str]) -> (Said, String, Vec<String>) {
    let simulator = serve(world);
    let stage = Stage::new();
    stage.write(
        "policies.yaml",
        "apiVersion: swr-audit/v1\npolicies:\n  warning:\n    targets: [{ region: cn-east-3, namespace: prod-dr, override: \
         false, syncAuto: true }]\n    otherRules: warn\n",
    );
    let said = stage.snapshot(&simulator, arguments);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let text = stage.read("now.yaml");
    let checked = stage.say(&["check", "now.yaml", "--strict"]);
    assert_eq!(checked.code, 0, "{}\n{text}", checked.stderr);
    let endpoint = simulator.endpoint();
    let run = stage.say(&["run", "now.yaml", "--endpoint", &endpoint, "-o", "json=report.json"]);
    let report: serde_json::Value = serde_json::from_str(&stage.read("report.json")).expect("a report");
    let findings = report["findings"].as_array().expect("a list");
    let failing = findings.iter().filter(|finding| finding["severity"] != "info");
    let codes: Vec<String> = failing
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect();
    assert_eq!(run.code, if codes.is_empty() { 0 } else { 2 }, "{}\n{text}", run.stderr);
    (said, text, codes)
}

fn overwriting(region: &str, namespace: &str) -> Rule {
    Rule {
        overwrite: true,
        ..Rule::to(region, namespace)
    }
}

#[test]
fn loops_and_races_are_at_the_top_of_the_file() {
    let mut world = world(&["web"]);
    for (from, to) in [("blue", "green"), ("green", "blue")] {
        world.repository(from, "canary").rules.push(Rule::to("cn-north-4", to));
    }
    for number in 1..=7 {
        let rules = &mut world.repository(&format!("team-{number}"), "runtime").rules;
        rules.push(overwriting("cn-east-3", "copies"));
    }
    let (said, text, codes) = snapshot_of(world, &[]);
    let lines = [
        "replication-loop: blue/canary, green/canary",
        "overwrite-race at cn-east-3/copies/runtime: team-1/runtime, team-2/runtime, team-3/runtime, team-4/runtime, \
         team-5/runtime and 2 more",
    ];
    let block = format!(
        "# No inventory can fix this. An audit reports it until the rules are removed or a waiver accepts it (\"Waive a\n\
         # finding\" in docs/tasks.md):\n# - {}\n# - {}\napiVersion: swr-audit/v1\n",
        lines[0], lines[1]
    );
    assert!(text.contains(&block), "{text}");
    assert!(!text.contains("waivers:"), "nobody accepted anything: {text}");
    for line in lines {
        assert!(
            said.stderr.contains(&format!("audit   will report {line}\n")),
            "{}",
            said.stderr
        );
    }
    let end = "audit   will end with 2 until these rules go or waivers accept them\n";
    assert!(said.stderr.contains(end), "{}", said.stderr);
    assert_eq!(codes, ["replication-loop", "overwrite-race"]);
}

/// Two namespaces that copy to each other have as many circles as repositories.
#[test]
fn of_many_loops_five_have_a_line_and_the_rest_is_counted() {
    let mut world = world(&[]);
    for number in 0..60 {
        let name = format!("app-{number:02}");
        world
            .repository("blue", &name)
            .rules
            .push(Rule::to("cn-north-4", "green"));
        world
            .repository("green", &name)
            .rules
            .push(Rule::to("cn-north-4", "blue"));
    }
    let (said, text, codes) = snapshot_of(world, &[]);
    assert!(
        text.contains("# - replication-loop: blue/app-04, green/app-04\n# - replication-loop: 55 more\n"),
        "{text}"
    );
    assert!(
        said.stderr.contains("will report replication-loop: 55 more\n"),
        "{}",
        said.stderr
    );
    assert_eq!(codes.len(), 60);
}

/// A rule that copies by hand makes no circle, and a part of which one side is left out has none.
#[test]
fn a_clean_world_has_no_remarks() {
    let world = || {
        let mut world = world(&["web"]);
        for (from, to) in [("blue", "green"), ("green", "blue")] {
            world.repository(from, "canary").rules.push(Rule::to("cn-north-4", to));
        }
        world
    };
    let (said, text, codes) = snapshot_of(world(), &["--only", "blue prod"]);
    assert!(
        !text.contains("replication-loop") && !said.stderr.contains("audit   will"),
        "{text}"
    );
    assert_eq!(codes, [""; 0]);
    let mut by_hand = world();
    by_hand.behaviour.manual_rules = simulator::ManualRules::Shown;
    by_hand.repository("green", "canary").rules[0].sync_auto = false;
    let (said, text, codes) = snapshot_of(by_hand, &[]);
    assert!(
        !text.contains("replication-loop") && !said.stderr.contains("audit   will"),
        "{text}"
    );
    assert_eq!(codes, [""; 0]);
}

#[test]
fn duplicate_and_odd_rules_are_counted_on_stderr() {
    let world = || {
        let mut world = world(&["api", "mail", "web"]);
        for name in ["api", "mail"] {
            world
                .repository("prod", name)
                .rules
                .push(Rule::to("cn-east-3", "prod-dr"));
        }
        world
            .repository("prod", "web")
            .rules
            .push(Rule::to("cn-north-4", "prod"));
        world
    };
    let (said, text, codes) = snapshot_of(world(), &[]);
    assert!(
        said.stderr
            .contains("audit   will report duplicate-rule: 2 repositories\n"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr
            .contains("audit   will report unexpected-rule: 1 repository\n"),
        "{}",
        said.stderr
    );
    assert!(
        text.contains("which an audit reports as unexpected-rule: web.\n"),
        "{text}"
    );
    assert_eq!(codes, ["duplicate-rule", "duplicate-rule", "unexpected-rule"]);
    let (said, text, codes) = snapshot_of(world(), &["--policy-from", "policies.yaml"]);
    assert!(!said.stderr.contains("will report unexpected-rule"), "{}", said.stderr);
    assert!(
        text.contains("which an audit reports as unexpected-rule, info: web.\n"),
        "{text}"
    );
    assert_eq!(codes, ["duplicate-rule", "duplicate-rule"]);
}
