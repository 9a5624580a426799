//! `check` on what is sound: its exit codes, its warnings, its document, and the explanation of one repository. What is
//! wrong is in `broken`.

use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{binary, inventory, serve, world};

/// The clock of every check.
const AT: &str = "2026-11-24T03:15:00Z";

/// What `check` said, as exit code, stdout and stderr.
type Said = (i32, String, String);

fn said(output: Output) -> Said {
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let code = output.status.code().expect("it ends by itself");
    (code, text(output.stdout), text(output.stderr))
}

fn folder(inventory: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::create_dir(folder.path().join("policies")).expect("the folder is writable");
    std::fs::write(folder.path().join("policies/inventory.yaml"), inventory).expect("the folder is writable");
    folder
}

fn check(folder: &TempDir, arguments: &[&str]) -> Said {
    let mut command = binary(folder.path());
    command.args(["check", "--at", AT]).args(arguments);
    said(command.output().expect("the binary starts"))
}

/// An inventory with every kind of decision: inherited and own policies, inline ones, skips that hold and are over.
const MANY: &str = r#"apiVersion: swr-audit/v1
source:
  name: prod
  region: cn-north-4
defaults:
  override: false
  syncAuto: true
  policy: dr
policies:
  dr:
    targets:
      - region: cn-east-3
        namespace: prod-dr
        override: true
      - region: cn-south-1
        syncAuto: any
    otherRules: warn
    allowedRegions: ["cn-*"]
    deniedRegions: [cn-north-1]
  none:
    targets: []
namespaces:
  - name: prod
    owner: team-payments
    repos:
      - web
      - name: sandbox
        policy: none
      - name: legacy/batch
        policy:
          targets: [{ region: cn-south-1, override: any }]
      - name: scratch
        skip: true
        reason: throw-away images
        until: 2027-03-31
      - name: old
        skip: true
        reason: moves
        until: 2026-01-31
      - name: gone
        skip: true
        reason: nobody pulls it
  - name: lab
    policy: none
    repos: [bench]
  - name: tools
    skip: true
    reason: built elsewhere
severity: { missing-rule: critical }
"#;

#[test]
fn a_sound_inventory_is_0_and_nothing_is_sent_or_made() {
    let simulator = serve(world(&["web"]));
    let folder = folder(&inventory(&["web"]));
    let (code, stdout, stderr) = check(&folder, &["--endpoint", &simulator.endpoint()]);
    let expected = "1 source, 1 namespace, 1 repository, 1 policy\nexit 0  the inventory is sound\n";
    assert_eq!((code, &*stdout, &*stderr), (0, "", expected));
    assert_eq!(check(&folder, &["-q"]), (0, String::new(), String::new()));
    assert!(simulator.requests().is_empty());
    let entries = std::fs::read_dir(folder.path()).expect("the folder can be read");
    assert_eq!(entries.count(), 1, "no report folder");
}

#[test]
fn warnings_fail_only_where_that_is_asked_for() {
    let folder = folder(MANY);
    let (code, stdout, stderr) = check(&folder, &[]);
    assert_eq!((code, &*stdout), (0, ""), "{stderr}");
    let end = "warning: 2 warnings in the inventory\n\n1 source, 3 namespaces, 7 repositories, 3 policies; \
               skipped: 1 namespace, 2 repositories\nexit 0  the inventory is sound, with 2 warnings\n";
    assert!(stderr.ends_with(end), "{stderr}");
    for part in [
        "warning: that the target `cn-south-1` has no rule can never be proven",
        "--> policies/inventory.yaml:16:19",
        "2 repositories under it end as `unknown`",
        "warning: the skip of the repository `old` ended on 2026-01-31",
    ] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    let (code, _, strict) = check(&folder, &["--strict"]);
    assert_eq!(code, 65);
    assert!(
        strict.ends_with("exit 65  2 warnings, and --strict lets none pass\n"),
        "{strict}"
    );
    // Whoever wants errors only has to hear why it failed.
    assert_eq!(check(&folder, &["--strict", "-q"]), (65, String::new(), strict));
    assert_eq!(check(&folder, &["-q"]), (0, String::new(), String::new()));
}

#[test]
fn the_clock_decides_about_skips() {
    let folder = folder(MANY);
    let mut command = binary(folder.path());
    command
        .args(["check", "--strict"])
        .env("SWR_AUDIT_AT", "2027-03-20T00:00:00Z");
    let (code, _, stderr) = said(command.output().expect("the binary starts"));
    assert_eq!(code, 65);
    assert!(
        stderr.contains("the skip of the repository `scratch` ends on 2027-03-31, in 11 days"),
        "{stderr}"
    );
}

#[test]
fn the_document_holds_warnings_and_a_summary() {
    let (code, stdout, _) = check(&folder(MANY), &["--format", "json"]);
    let document: Value = serde_json::from_str(&stdout).expect("stdout is the document alone");
    assert_eq!(code, 0);
    assert_eq!(document["apiVersion"], "swr-audit/v1");
    assert_eq!(document["kind"], "CheckReport");
    assert_eq!((&document["valid"], &document["total"]), (&json!(true), &json!(2)));
    let summary = json!({
        "files": 1, "sources": 1, "namespaces": 3, "wholeNamespaces": 0, "repositories": 7, "patterns": 0,
        "policies": 3, "waivers": 0, "skipped": { "namespaces": 1, "repositories": 2, "patterns": 0 },
    });
    assert_eq!(document["summary"], summary);
    let first = &document["problems"][0];
    assert_eq!(
        (&first["severity"], &first["file"], &first["line"], &first["column"]),
        (
            &json!("warning"),
            &json!("policies/inventory.yaml"),
            &json!(16),
            &json!(19)
        )
    );
    assert_eq!(first["related"], json!([]));
}

#[test]
fn the_document_of_a_broken_inventory_holds_every_problem() {
    let text = inventory(&["web", "web"]).replace("override: false", "overide: false");
    let (code, stdout, stderr) = check(&folder(&text), &["--format", "json"]);
    let document: Value = serde_json::from_str(&stdout).expect("stdout is the document alone");
    assert_eq!(code, 65);
    assert!(stderr.contains("2 problems in the inventory"), "{stderr}");
    assert_eq!((&document["valid"], &document["total"]), (&json!(false), &json!(2)));
    assert_eq!(document["summary"], Value::Null);
    let twice = &document["problems"][1];
    assert_eq!(
        (&twice["severity"], &twice["remedy"]),
        (&json!("error"), &json!("remove one of them"))
    );
    let before = json!({ "file": "policies/inventory.yaml", "line": 13, "column": 9, "message": "first here" });
    assert_eq!(twice["related"], json!([before]));
    // A problem with a file as a whole has no line.
    let (_, stdout, _) = check(&folder(""), &["--format", "json"]);
    let document: Value = serde_json::from_str(&stdout).expect("stdout is the document alone");
    let problem = &document["problems"][0];
    assert_eq!(
        (&problem["file"], &problem["line"]),
        (&json!("policies/inventory.yaml"), &Value::Null)
    );
}

/// The lines of an explanation, blanks between its columns made one.
fn explained(folder: &TempDir, name: &str) -> Vec<String> {
    let (code, stdout, stderr) = check(folder, &["--explain", name]);
    assert_eq!((code, &*stderr), (0, ""), "{name}");
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    stdout.lines().map(squeezed).collect()
}

#[test]
fn an_explanation_has_a_place_for_every_value() {
    let folder = folder(MANY);
    let lines = explained(&folder, "prod/web");
    let at = |line: u32| format!("policies/inventory.yaml:{line}");
    let defaults = "from `defaults` of the policy's document";
    let expected = [
        "prod/web is audited, under the policy `dr`".to_owned(),
        String::new(),
        format!("source prod {}", at(3)),
        format!("region cn-north-4 {}", at(4)),
        "endpoint https://swr-api.cn-north-4.myhuaweicloud.com - not written: the default".to_owned(),
        "listsManualRules false - not written: the default".to_owned(),
        format!("namespace prod {}", at(23)),
        format!("owner team-payments {}", at(24)),
        format!("repository web {} its own entry decides", at(26)),
        format!(
            "policy dr {} the `policy` in `defaults`; repository and namespace have none",
            at(8)
        ),
        format!("written 2 targets {}", at(10)),
        format!("target cn-east-3/prod-dr {}", at(12)),
        format!("region cn-east-3 {}", at(12)),
        format!("namespace prod-dr {}", at(13)),
        format!("override true {}", at(14)),
        format!("syncAuto true {} {defaults}", at(7)),
        format!("target cn-south-1/prod {}", at(15)),
        format!("region cn-south-1 {}", at(15)),
        "namespace prod - not written: the repository's own namespace".to_owned(),
        format!("override false {} {defaults}", at(6)),
        format!("syncAuto any {}", at(16)),
        format!("otherRules warn {}", at(17)),
        format!("allowedRegions cn-* {}", at(18)),
        format!("deniedRegions cn-north-1 {}", at(19)),
        format!("severity missing-rule critical {}", at(49)),
        String::new(),
        "not seen on this source:".to_owned(),
        "a rule to cn-south-1/prod with syncAuto=false: where nothing is listed for this target, it is unknown, not \
         missing"
            .to_owned(),
        "rules with syncAuto=false that no target expects: otherRules and the regions hold for automatic rules only"
            .to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn every_kind_of_decision_is_explained() {
    let folder = folder(MANY);
    for (name, expected) in [
        (
            "prod/sandbox",
            &[
                "prod/sandbox is audited, under the policy `none`",
                "policy none policies/inventory.yaml:28 the repository's own `policy`",
            ][..],
        ),
        (
            "prod/legacy/batch",
            &[
                "prod/legacy/batch is audited, under an inline policy",
                "policy (inline) policies/inventory.yaml:31 the repository's own `policy`",
                "override any policies/inventory.yaml:31",
            ],
        ),
        (
            "prod/scratch",
            &[
                "prod/scratch is skipped, until 2027-03-31; afterwards it is audited under the policy `dr`",
                "skip true policies/inventory.yaml:33 holds",
                "reason throw-away images policies/inventory.yaml:34",
                "until 2027-03-31 policies/inventory.yaml:35 the last day, UTC",
            ],
        ),
        (
            "prod/old",
            &[
                "prod/old is audited, under the policy `dr`: its skip ended on 2026-01-31, and an expired-skip is found",
                "skip true policies/inventory.yaml:37 is over",
            ],
        ),
        (
            "prod/gone",
            &["prod/gone is skipped", "until for ever - no `until` is written"],
        ),
        (
            "lab/bench",
            &["policy none policies/inventory.yaml:44 the namespace's `policy`; the repository has none"],
        ),
        (
            "tools/any/thing",
            &[
                "tools/any/thing is skipped with its whole namespace",
                "repository any/thing policies/inventory.yaml:46 not named: its namespace decides",
                "reason built elsewhere policies/inventory.yaml:48",
            ],
        ),
    ] {
        let lines = explained(&folder, name);
        for line in expected {
            assert!(
                lines.iter().any(|found| found == line),
                "{name}: {line}\n{}",
                lines.join("\n")
            );
        }
    }
}

#[test]
fn an_explanation_is_a_document_too() {
    let folder = folder(MANY);
    let (code, stdout, stderr) = check(&folder, &["--explain", "prod/web", "--format", "json"]);
    assert_eq!((code, &*stderr), (0, ""));
    let document: Value = serde_json::from_str(&stdout).expect("stdout is the document alone");
    assert_eq!(
        (&document["kind"], &document["audited"]),
        (&json!("Explanation"), &json!(true))
    );
    let target = &document["policy"]["targets"][0];
    let place = |line, column| json!({ "file": "policies/inventory.yaml", "line": line, "column": column });
    assert_eq!(
        target["override"],
        json!({ "value": "true", "from": "target", "place": place(14, 19) })
    );
    assert_eq!(
        target["syncAuto"],
        json!({ "value": "true", "from": "defaults", "place": place(7, 13) })
    );
    assert_eq!(document["skip"], Value::Null);
}

#[test]
fn a_name_that_the_inventory_does_not_have_is_64() {
    let folder = folder(MANY);
    for (name, hint) in [
        ("prod/wbe", "did you mean `prod/web`?"),
        ("prdo/web", "did you mean `prod/web`?"),
        (
            "elsewhere/quite/different",
            "write NAMESPACE/REPO with a name that an entry of the inventory covers",
        ),
        ("prod", "write the namespace, a `/` and the repository"),
        ("/web", "write the namespace, a `/` and the repository"),
    ] {
        let (code, stdout, stderr) = check(&folder, &["--explain", name]);
        assert_eq!((code, &*stdout), (64, ""), "{name}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.contains(hint),
            "{name}: {stderr}"
        );
    }
}

/// A skipped namespace covered any name at all, one that is audited as a whole only those that can exist.
#[test]
fn a_name_that_cannot_exist_is_covered_by_no_namespace() {
    let folder = folder(
        "apiVersion: swr-audit/v1
source: { region: cn-north-4 }
policies: { none: { targets: [] } }
namespaces:
  - { name: skipped, skip: true, reason: moves }
  - { name: whole, policy: none }
  - { name: listed, policy: none, repos: ['**'] }
",
    );
    for namespace in ["skipped", "whole", "listed"] {
        let (code, stdout, stderr) = check(&folder, &["--explain", &format!("{namespace}/No//Name")]);
        assert_eq!((code, &*stdout), (64, ""), "{namespace}: {stderr}");
        assert_eq!(
            explained(&folder, &format!("{namespace}/a/name"))[0].split(' ').next(),
            Some(&*format!("{namespace}/a/name"))
        );
    }
}

#[test]
fn what_is_wrong_comes_before_an_explanation() {
    let broken = MANY.replace("policy: none", "policy: nnoe");
    let (code, stdout, stderr) = check(&folder(&broken), &["--explain", "prod/web"]);
    assert_eq!((code, &*stdout), (65, ""), "{stderr}");
}

#[test]
fn an_endpoint_stands_in_as_in_a_run() {
    let folder = folder(&inventory(&["web"]).replace("cn-north-4", "dc1"));
    assert_eq!(check(&folder, &[]).0, 65);
    let endpoint = ["--endpoint", "https://swr.corp.example"];
    assert_eq!(check(&folder, &endpoint).0, 0);
    let (_, stdout, _) = check(&folder, &[&endpoint[..], &["--explain", "prod/web"]].concat());
    assert!(stdout.contains("given by `--endpoint`"), "{stdout}");
}

#[test]
fn an_endpoint_made_from_a_cloud_is_explained_by_it() {
    let text = inventory(&["web"]).replace("region: cn-north-4", "region: eu-de, cloud: otc.t-systems.com");
    let folder = folder(&text);
    let lines = explained(&folder, "prod/web");
    for line in [
        "endpoint https://swr-api.eu-de.otc.t-systems.com policies/inventory.yaml:2 made from the region and `cloud`",
        "cloud otc.t-systems.com policies/inventory.yaml:2",
    ] {
        assert!(lines.iter().any(|told| told == line), "{line}: {lines:?}");
    }
    let (_, stdout, _) = check(&folder, &["--explain", "prod/web", "--format", "json"]);
    let document: Value = serde_json::from_str(&stdout).expect("a document");
    let (endpoint, cloud) = (&document["source"]["endpoint"], &document["source"]["cloud"]);
    assert_eq!((&endpoint["from"], &cloud["from"]), (&"cloud".into(), &"source".into()));
    assert_eq!(endpoint["place"], cloud["place"]);
}

/// Several sources, patterns, namespaces as a whole, and waivers.
const WIDE: &str = "apiVersion: swr-audit/v1
source: { name: eu, region: eu-west-101 }
defaults: { override: false, syncAuto: true, policy: dr }
policies:
  dr: { targets: [{ region: cn-east-3 }] }
  none: { targets: [] }
namespaces:
  - name: prod
    repos:
      - web
      - name: team-a/legacy-*
        policy: none
      - team-a/**
      - { name: scratch/**, skip: true, reason: throw-away, until: 2027-03-31 }
  - name: tools
    policy: none
  - { name: lab, skip: true, reason: experiments, until: 2026-01-31 }
waivers:
  - id: CHG-1042
    repo: prod/team-a/legacy-*
    finding: [unexpected-rule, missing-rule]
    target: cn-east-3/prod
    reason: frozen
    owner: team-batch
    expires: 2026-12-31
  - { id: CHG-7, repo: prod, reason: moves, owner: team-b, expires: 2026-11-01 }
---
apiVersion: swr-audit/v1
source: { region: cn-north-4 }
namespaces:
  - { name: prod, policy: none, repos: [web] }
";

#[test]
fn what_patterns_and_whole_namespaces_cover_is_explained() {
    let folder = folder(WIDE);
    let at = |line: u32| format!("policies/inventory.yaml:{line}");
    let waivers = [
        format!(
            "waiver CHG-1042 until 2026-12-31 {} missing-rule, unexpected-rule toward cn-east-3/prod",
            at(19)
        ),
        format!("waiver CHG-7 ended on 2026-11-01 {} any finding", at(26)),
    ];
    for (name, expected) in [
        (
            "prod/team-a/legacy-1",
            vec![
                "prod/team-a/legacy-1 is audited, under the policy `none`".to_owned(),
                format!(
                    "repository team-a/legacy-1 {} not named: the first pattern that matches decides",
                    at(11)
                ),
                format!("pattern team-a/legacy-* {}", at(11)),
                format!("policy none {} the pattern's own `policy`", at(12)),
                waivers[0].clone(),
                waivers[1].clone(),
            ],
        ),
        (
            "eu:prod/team-a/x",
            vec![
                format!("pattern team-a/** {}", at(13)),
                format!(
                    "policy dr {} the `policy` in `defaults`; pattern and namespace have none",
                    at(3)
                ),
            ],
        ),
        (
            "prod/scratch/x",
            vec![
                "prod/scratch/x is skipped, until 2027-03-31; afterwards it is audited under the policy `dr`"
                    .to_owned(),
                format!(
                    "repository scratch/x {} not named: the first pattern that matches decides: a skip",
                    at(14)
                ),
            ],
        ),
        (
            "tools/any/thing",
            vec![
                "tools/any/thing is audited, under the policy `none`".to_owned(),
                format!("repository any/thing {} not named: its namespace decides", at(15)),
                format!("policy none {} the namespace's `policy`", at(16)),
            ],
        ),
        (
            "lab/x",
            vec![
                "lab/x is audited, under the policy `dr`: its skip ended on 2026-01-31, and an expired-skip is found"
                    .to_owned(),
                format!("policy dr {} the `policy` in `defaults`; the namespace has none", at(3)),
            ],
        ),
        (
            "cn-north-4:prod/web",
            vec![format!("repository web {} its own entry decides", at(31))],
        ),
        (
            "eu:prod/web",
            vec![
                format!("repository web {} its own entry decides", at(10)),
                waivers[1].clone(),
            ],
        ),
    ] {
        let lines = explained(&folder, name);
        for line in expected {
            assert!(lines.contains(&line), "{name}: {line}\n{}", lines.join("\n"));
        }
    }
    // Waivers of a document do not reach beyond its source.
    assert!(
        !explained(&folder, "cn-north-4:prod/web")
            .iter()
            .any(|line| line.starts_with("waiver"))
    );
}

#[test]
fn a_name_in_several_sources_has_to_say_which() {
    let folder = folder(WIDE);
    for (name, said) in [
        (
            "prod/web",
            "several sources have `prod/web`: `cn-north-4`, `eu`\nhint: write the source before it, as in `cn-north-4:prod/web`",
        ),
        (
            "ue:prod/web",
            "the inventory has no source `ue`\nhint: did you mean `eu:prod/web`?",
        ),
        (
            "cn-north-4:prod/team-a/x",
            "nothing in the inventory covers `prod/team-a/x`",
        ),
        ("tools/ANY", "nothing in the inventory covers `tools/ANY`"),
        ("prod/team-a/X", "nothing in the inventory covers `prod/team-a/X`"),
        (":prod/web", "write the namespace, a `/` and the repository"),
    ] {
        let (code, stdout, stderr) = check(&folder, &["--explain", name]);
        assert_eq!((code, &*stdout), (64, ""), "{name}: {stderr}");
        assert!(stderr.contains(said), "{name}: {stderr}");
    }
}

#[test]
fn patterns_whole_namespaces_and_waivers_are_counted() {
    let (code, _, stderr) = check(&folder(WIDE), &[]);
    assert_eq!(code, 0, "{stderr}");
    let counts = "2 sources, 4 namespaces (2 without `repos`), 2 repositories, 3 patterns, 2 policies, 2 waivers; skipped: 1 pattern\n";
    assert!(stderr.contains(counts), "{stderr}");
}

#[test]
fn waivers_hold_no_longer_than_is_allowed() {
    let folder = folder(WIDE);
    assert_eq!(check(&folder, &["--max-waiver-days", "37"]).0, 0);
    let (code, _, stderr) = check(&folder, &["--max-waiver-days", "36"]);
    assert_eq!(code, 65);
    assert!(
        stderr.contains("the waiver `CHG-1042` holds 1 day longer than the 36 days that `--max-waiver-days` allows"),
        "{stderr}"
    );
    let mut command = binary(folder.path());
    command
        .args(["run", "--out", "none", "--at", AT])
        .env("SWR_AUDIT_MAX_WAIVER_DAYS", "36");
    let (code, _, run) = said(command.output().expect("the binary starts"));
    assert_eq!((code, run), (65, stderr));
    assert_eq!(check(&folder, &["--max-waiver-days", "-1"]).0, 64);
}
