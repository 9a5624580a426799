//! `docs/check.md`: what it shows is what is said, and its keys are those of real documents.

use serde_json::Value;
use simulator::{ErrorAnswer, Fault, Misbehaviour, Namespace};

use super::page::Page;
use super::reports::{Keys, hold, walk};
use super::stage::{AT, Ended, Stage, ended, serve, two, with_key};

fn check(stage: &Stage, arguments: &[&str]) -> Ended {
    let arguments = [&["check", "inventory.yaml", "--at", AT], arguments].concat();
    ended(&mut stage.binary(&arguments))
}

#[test]
fn warnings_and_explanations_are_reported_as_shown() {
    let page = Page::read("docs/check.md");
    let stage = Stage::with_inventory(page.block("yaml checked"));
    let warned = check(&stage, &[]);
    assert_eq!((warned.code, &*warned.stdout), (0, ""), "{}", warned.stderr);
    page.hold_block("text warned", &warned.stderr);
    assert_eq!(check(&stage, &["--strict"]).code, 65);
    let explained = check(&stage, &["--explain", "prod/payments/api"]);
    assert_eq!((explained.code, &*explained.stderr), (0, ""));
    page.hold_block("text explained", &explained.stdout);
}

fn document(stage: &Stage, arguments: &[&str]) -> Value {
    let said = check(stage, &[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.stdout))
}

/// The document with each value in place of the object that says where it comes from.
fn bare(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("value") && fields.contains_key("from") => {
            assert_eq!(fields.len(), 3, "{fields:?}");
            fields["value"].clone()
        }
        Value::Object(fields) if fields.contains_key("column") => {
            assert_eq!(fields.len(), 3, "{fields:?}");
            Value::Object(serde_json::Map::new())
        }
        Value::Object(fields) => fields.into_iter().map(|(key, field)| (key, bare(field))).collect(),
        Value::Array(elements) => elements.into_iter().map(bare).collect(),
        other => other,
    }
}

const LIVE: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies: { none: { targets: [] } }
namespaces:
  - { name: gone, policy: none }
  - { name: void, policy: none }
  - { name: prod, policy: none, otherRepos: deny, repos: [web] }
otherNamespaces: deny
";

/// Names that differ, a list that nothing confirms, and lists that are refused.
fn live() -> [Value; 2] {
    let mut refusing = two();
    refusing.faults.push(Fault::always(Misbehaviour::Error(ErrorAnswer {
        status: 403,
        code: "SVCSTG.SWR.4030170".to_owned(),
        ..ErrorAnswer::default()
    })));
    let mut listing = two();
    listing.namespaces.push(Namespace {
        name: "void".to_owned(),
        ..Namespace::default()
    });
    let stage = Stage::with_inventory(LIVE);
    [listing, refusing].map(|world| {
        let simulator = serve(world);
        let endpoint = simulator.endpoint();
        let mut command = stage.binary(&["check", "inventory.yaml", "--live", "--format", "json"]);
        let said = ended(with_key(&mut command).args(["--endpoint", &endpoint]));
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.stderr))
    })
}

#[test]
fn every_key_of_a_check_report_is_documented_and_no_other() {
    let page = Page::read("docs/check.md");
    let sound = Stage::with_inventory(page.block("yaml checked"));
    let broken = "apiVersion: swr-audit/v1\nsource: { region: cn-north-4, region: cn-east-3 }\n";
    let mut seen = Keys::new();
    for stage in [sound, Stage::with_inventory(broken), Stage::with_inventory("")] {
        walk("", &document(&stage, &[]), &mut seen);
    }
    for document in live() {
        walk("", &document, &mut seen);
    }
    hold("docs/check.md", "CheckReport", &seen);
}

#[test]
fn every_key_of_an_explanation_is_documented_and_no_other() {
    let page = Page::read("docs/check.md");
    let text = page.block("yaml checked");
    let more = "  - name: lab
    repos:
      - { name: bench, policy: { targets: [], allowedRegions: [] } }
      - { name: gone, skip: true, reason: nobody pulls it }
      - bench-*
";
    let waiver = "waivers:
  - { id: CHG-7, repo: lab, target: cn-east-3, reason: r, owner: o, expires: 2027-01-31 }
";
    let stage = Stage::with_inventory(
        &text
            .replace("severity:", &format!("{more}severity:"))
            .replace("waivers:\n", waiver),
    );
    let mut seen = Keys::new();
    for name in [
        "prod/payments/api",
        "prod/batch",
        "lab/bench",
        "lab/gone",
        "lab/bench-1",
    ] {
        walk("", &bare(document(&stage, &["--explain", name])), &mut seen);
    }
    hold("docs/check.md", "Explanation", &seen);
}
