//! `--policy-from`: names that people gave stay, and mean what they meant.

use simulator::Rule;

use super::Stage;
use crate::support::{serve, world_of};

const POLICIES: &str = "apiVersion: swr-audit/v1
policies:
  second-region:
    description: 'Each image in Shanghai: \"as well\" # not only'
    targets:
      - { region: cn-east-3, namespace: prod-dr, override: any, syncAuto: true }
    otherRules: warn
    allowedRegions: [\"cn-*\"]
    deniedRegions: [cn-north-1]
  nobody:
    targets: [{ region: cn-south-1, override: true, syncAuto: true }]
  to-cn-south-4:
    targets: [{ region: cn-south-1, override: false, syncAuto: true }]
  nothing-at-all:
    targets: []
    otherRules: allow
  closed:
    targets: []
";

#[test]
fn an_earlier_policy_is_used_only_for_rules_that_it_accepts() {
    let mut world = world_of(&[("prod", &["api", "web"])]);
    world.repository("prod", "api").rules[0].overwrite = true;
    for name in ["mail", "queue"] {
        world
            .repository("tools", name)
            .rules
            .push(Rule::to("cn-south-4", "tools"));
    }
    world.repository("lab", "bench");
    let simulator = serve(world);
    let stage = Stage::new();
    stage.write("policies.yaml", POLICIES);
    let said = stage.snapshot(&simulator, &["--policy-from", "policies.yaml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let text = stage.read("now.yaml");
    let policies = "policies:
  closed:
    targets: []
  second-region:
    description: \"Each image in Shanghai: \\\"as well\\\" # not only\"
    targets:
      - { region: cn-east-3, namespace: prod-dr, override: any }
    otherRules: warn
    allowedRegions: [\"cn-*\"]
    deniedRegions: [cn-north-1]
  to-cn-south-4-2:
    targets:
      - { region: cn-south-4 }
";
    assert!(text.contains(policies), "{text}");
    assert!(!text.contains("nobody") && !text.contains("nothing-at-all"), "{text}");
    stage.holds(&simulator);
}

#[test]
fn a_second_snapshot_with_the_policies_of_the_first_is_the_same() {
    let simulator = serve(world_of(&[("prod", &["api", "web"]), ("shop", &["cart"])]));
    let stage = Stage::new();
    assert_eq!(stage.snapshot(&simulator, &[]).code, 0);
    let renamed = stage.read("now.yaml").replace("to-cn-east-3", "our name: for it");
    let renamed = renamed.replace("our name: for it", "\"our name: for it\"");
    stage.write("first.yaml", &renamed);
    std::fs::remove_file(stage.path().join("now.yaml")).expect("it was written");
    assert_eq!(stage.snapshot(&simulator, &["--policy-from", "first.yaml"]).code, 0);
    assert_eq!(stage.read("now.yaml"), renamed);
}

/// A person wrote it over several lines, in any script; it is the same text afterwards.
#[test]
fn a_description_is_kept_with_any_text() {
    let simulator = serve(world_of(&[("prod", &["api", "web"])]));
    let stage = Stage::new();
    let policies = r#"apiVersion: swr-audit/v1
policies:
  ours:
    description: "first line\n  - second: \"line\"\u0085 \u2028 \u202e # \u7167"
    targets: [{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }]
"#;
    stage.write("policies.yaml", policies);
    let said = stage.snapshot(&simulator, &["--policy-from", "policies.yaml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let first = stage.read("now.yaml");
    stage.holds(&simulator);
    std::fs::rename(stage.path().join("now.yaml"), stage.path().join("first.yaml")).expect("it was written");
    assert_eq!(stage.snapshot(&simulator, &["--policy-from", "first.yaml"]).code, 0);
    assert_eq!(stage.read("now.yaml"), first);
    assert!(
        first.contains("    description: \"first line\\n  - second: "),
        "{first}"
    );
}

/// A policy that forbids a rule which is there would make the audit tell it: the name is not worth that.
#[test]
fn a_policy_that_forbids_what_is_live_is_not_used() {
    let mut world = world_of(&[("prod", &["api", "web"])]);
    for name in ["api", "web"] {
        // To itself: nothing can expect it.
        world
            .repository("prod", name)
            .rules
            .push(Rule::to("cn-north-4", "prod"));
    }
    let simulator = serve(world);
    let stage = Stage::new();
    for (regions, is_used) in [
        ("deniedRegions: [cn-north-4]", false),
        ("allowedRegions: [\"cn-*\"]", true),
    ] {
        let text = format!(
            "apiVersion: swr-audit/v1\npolicies:\n  ours:\n    targets: [{{ region: cn-east-3, namespace: prod-dr, override: \
             false, syncAuto: true }}]\n    otherRules: allow\n    {regions}\n"
        );
        stage.write("policies.yaml", &text);
        let said = stage.snapshot(&simulator, &["--policy-from", "policies.yaml"]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let written = stage.read("now.yaml");
        assert_eq!(written.contains("  ours:\n"), is_used, "{written}");
        std::fs::remove_file(stage.path().join("now.yaml")).expect("it was written");
    }
}

#[test]
fn a_file_without_policies_is_refused() {
    let simulator = serve(world_of(&[("prod", &["api"])]));
    let stage = Stage::new();
    stage.write(
        "policies.yaml",
        "apiVersion: swr-audit/v1\npolicies: { a: { target: [] } }\n",
    );
    let said = stage.snapshot(&simulator, &["--policy-from", "policies.yaml"]);
    assert_eq!(said.code, 65, "{}", said.stderr);
    assert_eq!(simulator.requests().len(), 0, "nothing was asked");
}

/// Policies that expect the same of rules and differ in what they let pass: who is under which is somebody's choice.
#[test]
fn two_earlier_policies_with_equal_targets_keep_their_namespaces() {
    let mut world = world_of(&[]);
    for (namespace, name) in [
        ("pay", "api"),
        ("search", "api"),
        ("search", "pay-index"),
        ("search", "x/y"),
    ] {
        let rules = &mut world.repository(namespace, name).rules;
        rules.push(Rule::to("cn-east-3", namespace));
    }
    world.repository("tools", "lint");
    let simulator = serve(world);
    let stage = Stage::new();
    let inventory = "apiVersion: swr-audit/v1
source: { name: prod, region: cn-north-4, endpoint: \"ENDPOINT\" }
defaults: { override: false, syncAuto: true }
policies:
  a-first: { targets: [{ region: cn-east-3 }] }
  pay-dr: { targets: [{ region: cn-east-3 }], otherRules: warn }
  search-dr: { targets: [{ region: cn-east-3 }], allowedRegions: [\"cn-*\"] }
  free: { targets: [], otherRules: allow }
  no-copies: { targets: [], allowedRegions: [] }
namespaces:
  - { name: pay, policy: pay-dr }
  - name: search
    policy: search-dr
    repos:
      - { name: x/y, policy: a-first }
      - { name: \"pay-*\", policy: pay-dr }
      - \"**\"
  - { name: tools, policy: no-copies }
";
    stage.write("i.yaml", &inventory.replace("ENDPOINT", &simulator.endpoint()));
    let said = stage.say(&["snapshot", "i.yaml", "--policy-from", "i.yaml", "-o", "now.yaml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let region = stage.read("now.yaml");
    for (repository, policy) in [
        ("pay/api", "pay-dr"),
        ("search/api", "search-dr"),
        ("search/pay-index", "pay-dr"),
        ("search/x/y", "a-first"),
        ("tools/lint", "no-copies"),
    ] {
        let explained = stage.say(&["check", "now.yaml", "--explain", repository]);
        assert!(
            explained.stdout.contains(policy),
            "{repository}: {}\n{region}",
            explained.stdout
        );
    }
    stage.holds(&simulator);
    // The policies may stand in a file of their own, and the source may have another name.
    let namespaces = |text: &str| text[text.find("\nnamespaces:").expect("namespaces")..].to_owned();
    std::fs::remove_file(stage.path().join("now.yaml")).expect("it was written");
    let said = stage.snapshot(&simulator, &["--policy-from", "i.yaml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(namespaces(&stage.read("now.yaml")), namespaces(&region));
}
