//! What could not be seen is said in the file, and the file still loads.

use simulator::{Access, Call, Fault, Misbehaviour, Rule};

use super::{Stage, yaml};
use crate::support::{error, fault, raw, serve, world, world_of};

/// What could not be seen is told with 4, by a comment, in a file that loads; the audit of it is no greener.
fn is_incomplete(world: simulator::World, comment: &str) -> String {
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &[]);
    let text = stage.read("now.yaml");
    assert_eq!(said.code, 4, "{}\n{text}", said.stderr);
    assert!(
        said.stderr.contains("exit 4  not everything was seen: "),
        "{}",
        said.stderr
    );
    assert!(text.contains(comment), "{text}");
    let checked = stage.say(&["check", "now.yaml", "--strict"]);
    assert_eq!(checked.code, 0, "{}\n{text}", checked.stderr);
    let run = stage.say(&["run", "now.yaml", "--retries", "0", "--endpoint", &simulator.endpoint()]);
    assert_eq!(run.code, 4, "{}\n{text}", run.stderr);
    text
}

#[test]
fn a_denied_repository_is_named_in_a_comment() {
    let mut world = world(&["api", "secret", "web"]);
    world
        .faults
        .push(fault("prod/secret", error(403, "SVCSTG.SWR.4030170")));
    is_incomplete(
        world,
        "  # Rules could not be read (access-denied, HTTP 403), so what is expected here is a guess: secret.\n  - name: prod\n",
    );
}

/// It was left out in silence, with 0, and the audit after it ended with 4.
#[test]
fn a_vanished_repository_is_named_in_a_comment() {
    let mut world = world(&["api", "ghost", "web"]);
    world.faults.push(Fault {
        call: Some(Call::Rules),
        ..fault("prod/ghost", error(404, "SVCSTG.SWR.4040113"))
    });
    is_incomplete(
        world,
        "  # Rules could not be read (vanished), so what is expected here is a guess: ghost.\n",
    );
}

#[test]
fn repositories_that_the_credential_cannot_see_are_counted() {
    let mut world = world(&["api", "web"]);
    world.repository("prod", "secret").access = Some(Access::Denied);
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let why = "exit 0  everything that was listed was read; the account counts 1 repository more\n";
    assert!(said.stderr.contains(why), "{}", said.stderr);
    let text = stage.read("now.yaml");
    let comment = "# The account counts 1 repository more than were listed: this credential cannot see them, and this file does \
                   not cover them.\n";
    assert!(text.contains(comment), "{text}");
}

#[test]
fn a_namespace_with_a_denied_list_gets_the_policy_of_most() {
    let mut world = world_of(&[("prod", &["api", "web"]), ("shut", &["door"])]);
    world.faults.push(Fault {
        call: Some(Call::Repositories),
        ..fault("shut", error(403, "SVCSTG.SWR.4030170"))
    });
    is_incomplete(
        world,
        "  # Its repositories could not be listed (access-denied, HTTP 403), so its policy is a guess.\n  - name: shut\n",
    );
}

#[test]
fn a_throttled_repository_is_named_in_a_comment() {
    let mut world = world(&["api", "mail", "web"]);
    world.faults.push(fault("prod/mail", error(429, "APIGW.0308")));
    is_incomplete(
        world,
        "  # Rules could not be read (throttled, HTTP 429), so what is expected here is a guess: mail.\n",
    );
}

#[test]
fn a_list_of_a_hundred_rules_may_be_cut() {
    let mut world = world(&["api", "web"]);
    for number in 0..100 {
        let rule = Rule::to("cn-south-1", format!("dr-{number}"));
        world.repository("prod", "many").rules.push(rule);
    }
    is_incomplete(
        world,
        "  # The list of rules may be cut, so there may be more rules: many.\n",
    );
}

/// Everything was seen, and some of it is wrong whatever is expected: the file says so, and so will the audit.
#[test]
fn rules_that_no_policy_can_expect_are_in_comments_and_in_the_audit() {
    let mut world = world(&["api", "web"]);
    let twice = world.repository("prod", "api");
    twice.rules.push(Rule::to("cn-east-3", "prod-dr"));
    world
        .repository("prod", "web")
        .rules
        .push(Rule::to("cn-north-4", "prod"));
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let text = stage.read("now.yaml");
    assert!(
        text.contains("  # Several rules for one target, which an audit reports as duplicate-rule: api.\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "  # A rule for a target that no policy can name, which an audit reports as unexpected-rule: web.\n"
        ),
        "{text}"
    );
    assert_eq!(stage.say(&["check", "now.yaml", "--strict"]).code, 0);
    let run = stage.say(&["run", "now.yaml", "--endpoint", &simulator.endpoint()]);
    assert_eq!(run.code, 2, "{}", run.stderr);
}

/// Nothing else tells that this audit is clean for want of a word of the service.
#[test]
fn a_flag_that_was_not_reported_becomes_any_and_is_named() {
    let mut world = world(&["api"]);
    for name in ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "one"] {
        world.repository("prod", name);
    }
    world.repository("lone", "web");
    let rule = |flags: &str| format!(r#"[{{"remoteRegionId": "cn-east-3", "remoteNamespace": "prod-dr"{flags}}}]"#);
    let shared = rule(r#", "syncAuto": true, "override": null"#);
    let both = rule(r#", "syncAuto": "true""#);
    let odd = rule(r#", "override": 1, "syncAuto": true"#).replace("prod-dr", "copies");
    world.faults.push(fault("prod/one", raw(200, &both)));
    world.faults.push(fault("lone/web", raw(200, &odd)));
    world.faults.push(fault("prod/api", Misbehaviour::DelayMs(0)));
    world.faults.push(fault("prod", raw(200, &shared)));
    world.faults.last_mut().expect("it was pushed").call = Some(Call::Rules);
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let note =
        "note    the service did not tell 10 flags: written as any and not compared; comments name the repositories\n";
    assert!(said.stderr.contains(note), "{}", said.stderr);
    let text = stage.read("now.yaml");
    let not_told = |what: &str, of: &str| format!("# The service did not report {what}, so `any` is expected: {of}.\n");
    let policy = not_told(
        "override of the rule for cn-east-3/prod-dr",
        "prod/a1, prod/a2, prod/a3, prod/a4, prod/a5 and 2 more",
    );
    assert!(
        text.contains(&format!(
            "    {policy}    targets:\n      - {{ region: cn-east-3, namespace: prod-dr, override: any }}\n"
        )),
        "{text}"
    );
    let entry = not_told("override and syncAuto of the rule for cn-east-3/prod-dr", "prod/one");
    assert!(text.contains(&format!("      {entry}      - {{ name: one, ")), "{text}");
    let namespace = not_told("override of the rule for cn-east-3/copies", "lone/web");
    assert!(text.contains(&format!("  {namespace}  - {{ name: lone, ")), "{text}");
    // A kept policy may say it already; it is no less true.
    std::fs::rename(stage.path().join("now.yaml"), stage.path().join("first.yaml")).expect("it was written");
    assert_eq!(stage.snapshot(&simulator, &["--policy-from", "first.yaml"]).code, 0);
    assert!(stage.read("now.yaml").contains(&policy), "{}", stage.read("now.yaml"));
    let run = stage.say(&["run", "now.yaml", "--endpoint", &simulator.endpoint()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_denied_list_of_namespaces_leaves_those_selected_by_name() {
    let mut world = world_of(&[("prod", &["api", "web"]), ("shop", &["cart"])]);
    world.faults.push(Fault {
        call: Some(Call::Namespaces),
        ..fault("*", error(403, "SVCSTG.SWR.4030170"))
    });
    let simulator = serve(world);
    let stage = Stage::new();
    let nothing = stage.snapshot(&simulator, &[]);
    assert_eq!(nothing.code, 1, "{}", nothing.stderr);
    let said = stage.snapshot(&simulator, &["--only", "prod"]);
    assert_eq!(said.code, 4, "{}", said.stderr);
    let text = stage.read("now.yaml");
    assert!(
        text.contains(
            "# The namespaces could not be listed (access-denied, HTTP 403): this file has only those \
                        that were selected by name.\n"
        ),
        "{text}"
    );
    assert!(yaml(&text).contains("  - name: prod\n"), "{text}");
}

/// Of a part nothing is said that speaks of the rest.
#[test]
fn a_selected_part_is_written_as_a_part() {
    let mut world = world_of(&[("prod", &["team/a", "team/b", "team/c", "web"]), ("shop", &["cart"])]);
    world.repository("prod", "team/c").rules.clear();
    let simulator = serve(world);
    for (only, entries) in [
        (
            "prod/team/*",
            "    repos:\n      - { name: team/c, policy: none }\n      - \"team/*\"\n",
        ),
        ("prod/web", "    repos:\n      - web\n"),
        (
            "prod !prod/team/c !prod/web",
            "    repos:\n      - team/a\n      - team/b\n",
        ),
        (
            "prod/w* prod/we* prod/team/a",
            "    repos:\n      - team/a\n      - \"w*\"\n",
        ),
    ] {
        let stage = Stage::new();
        let said = stage.snapshot(&simulator, &["--only", only]);
        assert_eq!(said.code, 0, "{only}: {}", said.stderr);
        let text = stage.read("now.yaml");
        assert!(
            text.contains("  # Only the selected part of it.\n  - name: prod\n"),
            "{text}"
        );
        assert!(
            text.contains(&format!("    otherRepos: allow\n{entries}")),
            "{only}\n{text}"
        );
        assert!(!text.contains("shop") && !text.contains("otherNamespaces"), "{text}");
        stage.holds(&simulator);
    }
    let stage = Stage::new();
    assert_eq!(stage.snapshot(&simulator, &["--only", "prod"]).code, 0);
    assert!(!stage.read("now.yaml").contains("Only the selected part"));
    stage.holds(&simulator);
}

#[test]
fn a_selected_namespace_without_a_list_is_left_out() {
    let mut world = world_of(&[("prod", &["a", "b"]), ("shop", &["cart"])]);
    world.faults.push(Fault {
        call: Some(Call::Repositories),
        ..fault("shop", Misbehaviour::Html502)
    });
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &["--only", "prod shop/c*"]);
    assert_eq!(said.code, 4, "{}", said.stderr);
    let text = stage.read("now.yaml");
    assert!(
        text.contains(
            "# This file does not cover shop: its list of repositories could not be read completely (server-error, HTTP \
                        502).\n"
        ),
        "{text}"
    );
    assert_eq!(stage.say(&["check", "now.yaml", "--strict"]).code, 0, "{text}");
}

/// What was listed is written; that it is all of it is not said.
#[test]
fn an_incomplete_list_is_named_in_a_comment() {
    let mut world = world(&["api", "web"]);
    world.behaviour.listing_total.more = 2;
    is_incomplete(
        world,
        "  # Not all of its repositories could be listed (truncated): there may be others, with other rules.\n  - name: prod\n",
    );
}

#[test]
fn a_source_without_anything_selected_says_so() {
    let (north, east) = (serve(world(&["web"])), serve(world_of(&[("shop", &["cart"])])));
    let stage = Stage::new();
    let source = |name: &str, simulator: &simulator::Simulator| {
        let endpoint = simulator.endpoint();
        format!(
            "---\napiVersion: swr-audit/v1\nsource: {{ name: {name}, region: cn-north-4, endpoint: \"{endpoint}\" }}\n"
        )
    };
    stage.write("sources.yaml", &(source("north", &north) + &source("south", &east)));
    let said = stage.say(&["snapshot", "sources.yaml", "--only", "prod", "-o", "now.yaml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(!said.stderr.contains("warning: "), "{}", said.stderr);
    let text = stage.read("now.yaml");
    let end = "# Nothing in this source was selected, so this file does not cover it.\nnamespaces: []\n";
    assert!(text.ends_with(end), "{text}");
    let run = stage.say(&["run", "now.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}
