//! `check --live`: names against what the service lists, and no rule asked for.

use serde_json::Value;
use simulator::{Call, Fault, Namespace, Simulator, World};

use crate::support::{ACCESS_KEY, SECRET_KEY, binary, error, serve, world_of};

const INVENTORY: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies: { none: { targets: [] } }
defaults: { policy: none }
namespaces:
  - name: gone
  - { name: lab, otherRepos: allow, repos: [bench] }
  - { name: prod, otherRepos: deny, repos: [api, web, \"batch/*\"] }
otherNamespaces: deny
";

fn world() -> World {
    world_of(&[
        ("lab", &["bench", "stray"]),
        ("prod", &["extra", "web"]),
        ("intern", &["x"]),
    ])
}

/// The code, the document, and what is said.
fn live(simulator: &Simulator) -> (i32, Value, String) {
    live_of(INVENTORY, simulator)
}

fn live_of(inventory: &str, simulator: &Simulator) -> (i32, Value, String) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::write(folder.path().join("inventory.yaml"), inventory).expect("the folder is writable");
    let endpoint = simulator.endpoint();
    let mut command = binary(folder.path());
    command
        .args([
            "check",
            "inventory.yaml",
            "--live",
            "--format",
            "json",
            "--retries",
            "0",
        ])
        .args(["--endpoint", &endpoint])
        .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
        .env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
    let output = command.output().expect("the binary starts");
    let document = serde_json::from_slice(&output.stdout).expect("stdout is the document alone");
    let said = String::from_utf8(output.stderr).expect("stderr is text");
    (output.status.code().expect("it was not killed"), document, said)
}

/// Each difference with its place.
fn told(document: &Value) -> Vec<String> {
    let differences = document["live"]["differences"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |one: &Value| {
        let name = format!("{}/{}", text(&one["namespace"]), text(&one["repository"]));
        format!(
            "{} {} {name} {}",
            text(&one["severity"]),
            text(&one["code"]),
            one["inventory"]["line"]
        )
    };
    differences.map(line).collect()
}

#[test]
fn every_name_that_is_on_one_side_only_is_reported_with_its_place() {
    let simulator = serve(world());
    let (code, document, said) = live(&simulator);
    assert_eq!(code, 2, "{said}");
    assert_eq!(
        told(&document),
        [
            "high missing-namespace gone/ 6",
            "low unlisted-namespace intern/ 9",
            "medium empty-pattern prod/ 8",
            "high missing-repo prod/api 8",
            "low unlisted-repo prod/extra 8",
        ]
    );
    assert!(
        said.contains("inventory.yaml:8  high     missing-repo: prod/api is in the inventory"),
        "{said}"
    );
    assert!(
        said.contains("exit 2  the inventory is sound; names are on one side only\n"),
        "{said}"
    );
    let rules = simulator
        .requests()
        .iter()
        .filter(|request| request.path.ends_with("sync_repo"))
        .count();
    assert_eq!(rules, 0, "no rule is asked for");
}

#[test]
fn what_could_not_be_listed_is_unknown_and_nothing_of_it_missing() {
    let mut world = world();
    world.faults.push(Fault {
        call: Some(Call::Repositories),
        ..crate::support::fault("prod", error(403, "SVCSTG.SWR.4030170"))
    });
    let (code, document, said) = live(&serve(world));
    assert_eq!(code, 6, "{said}");
    assert_eq!(
        told(&document),
        ["high missing-namespace gone/ 6", "low unlisted-namespace intern/ 9"]
    );
    let unknown = &document["live"]["unknown"][0];
    assert_eq!(
        (&unknown["class"], &unknown["namespace"]),
        (&"access-denied".into(), &"prod".into())
    );
    // Naming repositories, as in an audit, would not help here: the list is what is asked for.
    let step = unknown["remediation"][0].as_str().unwrap_or_default();
    assert!(step.ends_with("and swr:repo:listRepos)"), "{step}");
}

#[test]
fn where_nobody_answers_nothing_is_compared() {
    let mut world = world();
    world.faults.push(crate::support::fault("*", error(503, "APIGW.0613")));
    let (code, document, said) = live(&serve(world));
    assert_eq!(code, 1, "{said}");
    assert_eq!(told(&document), Vec::<String>::new());
    assert!(said.contains("; nothing could be listed\n"), "{said}");
}

#[test]
fn all_there_is_0() {
    let mut world = world();
    world.namespaces.retain(|namespace| namespace.name != "intern");
    world.repository("gone", "x");
    world.repository("prod", "api");
    world.repository("prod", "batch/a");
    let prod = world.namespaces.iter_mut().find(|namespace| namespace.name == "prod");
    prod.expect("it is there")
        .repositories
        .retain(|one| one.name != "extra");
    let (code, document, said) = live(&serve(world));
    assert_eq!(code, 0, "{said}");
    assert_eq!(told(&document), Vec::<String>::new());
    assert!(
        said.contains("exit 0  the inventory is sound, and every name is there\n"),
        "{said}"
    );
}

/// Skips that have run out are the audit's: here names are compared, and these are all there.
#[test]
fn a_skip_that_ran_out_is_no_difference_of_names() {
    let inventory = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies: { none: { targets: [] } }
defaults: { policy: none }
namespaces:
  - name: lab
    repos: [{ name: bench, skip: true, reason: moving, until: 2020-01-01 }]
";
    let (code, document, said) = live_of(inventory, &serve(world_of(&[("lab", &["bench"])])));
    assert_eq!(code, 0, "{said}");
    assert_eq!(told(&document), Vec::<String>::new());
}

/// Nothing is on one side only, and nothing is proven: what the lists leave open is told, and costs nothing.
#[test]
fn what_no_list_confirms_is_a_limit() {
    let inventory = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies: { none: { targets: [] } }
defaults: { policy: none }
namespaces: [{ name: empty }, { name: lab, repos: [bench] }]
otherNamespaces: warn
";
    let mut world = world_of(&[("lab", &["bench"])]);
    world.namespaces.push(Namespace {
        name: "empty".to_owned(),
        ..Namespace::default()
    });
    world.behaviour.overview_repositories = Some(3);
    let (code, document, said) = live_of(inventory, &serve(world));
    assert_eq!(code, 0, "{said}");
    assert_eq!(told(&document), Vec::<String>::new());
    let limits = document["live"]["limits"].as_array().expect("a list");
    let messages: Vec<&str> = limits
        .iter()
        .map(|limit| limit["message"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        messages,
        [
            "the lists show 1 of the account's 3 repositories; the others are not visible to this credential or missing from the lists",
            "the list of repositories in empty is empty although the namespace exists: it holds nothing, or nothing that \
             this credential may see",
        ]
    );
    for limit in limits {
        assert_eq!(
            (&limit["code"], &limit["source"]),
            (&"listing-unconfirmed".into(), &"main".into())
        );
    }
    for part in [
        "live: 2 namespaces and 1 repository listed; 0 names are on one side only, 0 lists are not known whole, 2 lists \
         are not confirmed\n",
        "\nlimit   listing-unconfirmed: the lists show 1 of the account's 3 repositories",
        "\nlimit   listing-unconfirmed: the list of repositories in empty is empty",
        "exit 0  the inventory is sound, and every name is there; what was listed may be incomplete\n",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// A wrong account differs in everything: a person is told how much, and not a line for each.
#[test]
fn a_person_is_shown_fifty_rows_and_a_count_of_the_rest() {
    let names: Vec<String> = (0..70).map(|index| format!("r{index:02}")).collect();
    let inventory = format!(
        "{}waivers: [{{ id: W, repo: prod/r00, reason: r, owner: o, expires: 2999-12-31 }}]\n",
        INVENTORY.replace("api, web, ", &format!("{}, ", names.join(", ")))
    );
    let (code, document, said) = live_of(&inventory, &serve(world()));
    assert_eq!(code, 2, "{said}");
    // The missing namespace and each name, then an empty pattern, two unlisted repositories and a namespace.
    assert_eq!(told(&document).len(), 1 + 70 + 4);
    assert_eq!(said.matches("inventory.yaml:").count(), 50, "{said}");
    assert!(
        said.contains("\n... and 25 more: --format json has all\nlive: "),
        "{said}"
    );
    assert!(!said.contains("unlisted-repo"), "the gravest come first: {said}");
    let note = "\nnote    waivers are not considered here: differences that they accept are shown too\n";
    assert!(said.contains(note), "{said}");
    let (_, _, without) = live(&serve(world()));
    assert!(!without.contains("waivers are not considered"), "{without}");
    assert!(!without.contains("more: --format json"), "{without}");
}
