//! `snapshot`: what it writes of a service audits clean against it, and says what it could not see.

mod policies_kept;
mod refused;
mod reported;
mod unseen;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

use simulator::{ManualRules, Namespace, Repository, Rule, Simulator, World};

use crate::support::{ACCESS_KEY, SECRET_KEY, binary, serve, world, world_of};

/// A folder, and what the binary does in it with the test key.
struct Stage(tempfile::TempDir);

/// What one call of the binary left.
#[derive(Debug)]
struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Stage {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for the test"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("the folder is writable");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect("it was written")
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = binary(self.path());
        command.env("HUAWEICLOUD_SDK_AK", ACCESS_KEY);
        command.env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
        command.args(arguments);
        command
    }

    fn say(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().expect("the binary starts"))
    }

    /// A snapshot of one region into `now.yaml`.
    fn snapshot(&self, simulator: &Simulator, arguments: &[&str]) -> Said {
        let usual = ["snapshot", "--region", "cn-north-4", "--retries", "0", "-o", "now.yaml"];
        self.say(&[&usual, arguments, &["--endpoint", &simulator.endpoint()]].concat())
    }

    /// That `now.yaml` loads without a warning and differs in nothing from what is live.
    fn holds(&self, simulator: &Simulator) {
        let text = self.read("now.yaml");
        let checked = self.say(&["check", "now.yaml", "--strict"]);
        assert_eq!(checked.code, 0, "{}\n{text}", checked.stderr);
        let run = self.say(&[
            "run",
            "now.yaml",
            "--endpoint",
            &simulator.endpoint(),
            "-o",
            "json=report.json",
        ]);
        assert_eq!(run.code, 0, "{}\n{text}", run.stderr);
        let report: serde_json::Value = serde_json::from_str(&self.read("report.json")).expect("a report");
        assert_eq!(report["findings"], serde_json::json!([]), "{text}");
        assert_eq!(report["unknown"], serde_json::json!([]), "{text}");
    }
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code().expect("it was not killed"),
        stdout: String::from_utf8(output.stdout).expect("stdout is text"),
        stderr: String::from_utf8(output.stderr).expect("stderr is text"),
    }
}

/// Below the comments.
fn yaml(text: &str) -> &str {
    &text[text.find("apiVersion").expect("an inventory")..]
}

#[test]
fn a_common_set_of_rules_becomes_a_policy_and_the_others_are_exceptions() {
    let mut world = world_of(&[
        ("prod", &["api", "mail", "web"]),
        ("shop", &["cart", "pay"]),
        ("tools", &[]),
    ]);
    world.repository("prod", "sandbox");
    for name in ["legacy-a", "legacy-b", "legacy-c"] {
        let rule = Rule {
            overwrite: true,
            ..Rule::to("cn-south-1", "prod")
        };
        world.repository("prod", name).rules.push(rule);
    }
    for name in ["build", "lint"] {
        world.repository("tools", name);
    }
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!((said.code, &*said.stdout), (0, ""), "{}", said.stderr);
    let expected = r#"# Written from what was live. An audit of it is clean, except for what comments say. Read it, rename the policies
# as you like, and from then on edit it by hand.
# Source: cn-north-4 (cn-north-4).
apiVersion: swr-audit/v1
source:
  region: cn-north-4
  endpoint: ENDPOINT
  # SWR may not list rules with syncAuto=false (see listsManualRules), so this file has none of them.
defaults:
  override: false
  syncAuto: true
  policy: to-cn-east-3
policies:
  none:
    targets: []
  to-cn-east-3:
    targets:
      - { region: cn-east-3, namespace: prod-dr }
  to-cn-south-1:
    targets:
      - { region: cn-south-1, override: true }
otherNamespaces: warn
namespaces:
  - name: prod
    repos:
      - { name: sandbox, policy: none }
      - { name: "legacy-*", policy: to-cn-south-1 }
      - "**"
  - name: shop
  - { name: tools, policy: none }
"#;
    let endpoint = serde_json::to_string(&simulator.endpoint()).expect("a text");
    assert_eq!(stage.read("now.yaml"), expected.replace("ENDPOINT", &endpoint));
    stage.holds(&simulator);
}

#[test]
fn names_that_yaml_could_misread_are_read_back_unchanged() {
    let names = [
        "null",
        "1234",
        "on",
        "0x1f",
        "1e3",
        "true",
        "y",
        "0o17",
        "12-31",
        "1.5",
        "team/x",
        "team/null",
    ];
    let mut world = world(&[]);
    for name in names {
        world.repository("odd", name).rules.push(Rule::to("cn-east-3", "odd"));
        world.repository("off", name);
    }
    // Half of them stand out, and so are called by their names.
    for name in &names[..5] {
        world.repository("odd", name).rules.clear();
    }
    let simulator = serve(world);
    let stage = Stage::new();
    assert_eq!(stage.snapshot(&simulator, &[]).code, 0);
    stage.holds(&simulator);
}

#[test]
fn an_empty_account_and_an_empty_namespace_are_written_as_empty() {
    let empty = serve(world(&[]));
    let stage = Stage::new();
    let said = stage.snapshot(&empty, &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let warning = "warning: source cn-north-4: no namespace was listed; check the region and the account\n";
    assert!(said.stderr.contains(warning), "{}", said.stderr);
    assert!(
        stage
            .read("now.yaml")
            .ends_with("# No namespace was listed: there is none, or this credential can see none.\nnamespaces: []\n")
    );
    assert_eq!(stage.say(&["check", "now.yaml", "--strict"]).code, 0);

    let mut world = world(&["web"]);
    world.namespaces.push(Namespace {
        name: "dr".to_owned(),
        ..Namespace::default()
    });
    let simulator = serve(world);
    let stage = Stage::new();
    assert_eq!(stage.snapshot(&simulator, &[]).code, 0);
    assert!(stage.read("now.yaml").contains(
        "  # It is empty, or this credential can see nothing in it: its policy is a guess.\n  - { name: dr, policy: "
    ));
    stage.holds(&simulator);
}

/// The policy of most would lead an empty namespace to itself.
#[test]
fn an_empty_namespace_gets_no_policy_that_targets_itself() {
    let mut world = world(&[]);
    for name in ["api", "web"] {
        world.repository("prod", name).rules.push(Rule::to("cn-north-4", "dr"));
    }
    world.namespaces.push(Namespace {
        name: "dr".to_owned(),
        ..Namespace::default()
    });
    let simulator = serve(world);
    let stage = Stage::new();
    assert_eq!(stage.snapshot(&simulator, &[]).code, 0);
    stage.holds(&simulator);
}

#[test]
fn manual_rules_are_expected_where_they_are_listed() {
    let mut world = world(&["web", "api"]);
    world.behaviour.manual_rules = ManualRules::Shown;
    world.repository("prod", "api").rules[0].sync_auto = false;
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!(said.code, 0);
    assert!(said.stderr.contains("exit 0  everything was seen\n"), "{}", said.stderr);
    assert!(!said.stderr.contains("note "), "{}", said.stderr);
    assert!(stage.read("now.yaml").contains("  listsManualRules: true\n"));
    assert!(!stage.read("now.yaml").contains("has none of them"));
    stage.holds(&simulator);
}

/// Where they are not, the file cannot know of them, and a green audit of it is none about them.
#[test]
fn a_snapshot_says_that_manual_rules_may_not_be_listed() {
    let mut world = world(&["web", "api"]);
    world.repository("prod", "api").rules[0].sync_auto = false;
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let note = "note    source cn-north-4: SWR may not list rules with syncAuto=false; the inventory has none\n";
    assert!(said.stderr.contains(note), "{}", said.stderr);
    let end = "exit 0  everything that the service lists was seen\n";
    assert!(said.stderr.contains(end), "{}", said.stderr);
    let comment = "  # SWR may not list rules with syncAuto=false (";
    assert_eq!(stage.read("now.yaml").matches(comment).count(), 1);
}

/// The order in which things are listed, and how often it is asked, is nothing that the file shows.
#[test]
fn the_same_world_gives_the_same_inventory() {
    let mut there = world_of(&[("alpha", &["a", "b"]), ("beta", &["c", "d/e", "f"])]);
    there.repository("beta", "f").rules.push(Rule::to("cn-south-1", "beta"));
    let mut back = there.clone();
    back.namespaces.reverse();
    for namespace in &mut back.namespaces {
        namespace.repositories.reverse();
        for repository in &mut namespace.repositories {
            repository.rules.reverse();
        }
    }
    back.behaviour.page_cap = 1;
    let written = |world: World| {
        let simulator = serve(world);
        let stage = Stage::new();
        let usual = [
            "snapshot",
            "--region",
            "cn-north-4",
            "--endpoint",
            &simulator.endpoint(),
        ];
        let said = [stage.say(&usual), stage.say(&[&usual[..], &["-o", "-"]].concat())];
        for one in &said {
            assert_eq!(one.code, 0, "{}", one.stderr);
        }
        assert_eq!(said[0].stdout, said[1].stdout);
        said[0].stdout.replace(&simulator.endpoint(), "ENDPOINT")
    };
    assert_eq!(written(there), written(back));
}

/// Elsewhere an id that no table knows is taken for a slip of the pen.
#[test]
fn regions_beyond_the_table_are_written_as_extra_regions() {
    let mut world = world_of(&[("prod", &["web"])]);
    "dc1".clone_into(&mut world.region);
    world.repository("prod", "web").rules.push(Rule::to("dc2", "prod"));
    let simulator = serve(world);
    let stage = Stage::new();
    let usual = [
        "snapshot",
        "--region",
        "dc1",
        "-o",
        "now.yaml",
        "--endpoint",
        &simulator.endpoint(),
    ];
    let said = stage.say(&usual);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let text = stage.read("now.yaml");
    assert!(text.contains("\nextraRegions: [dc1, dc2]\n"), "{text}");
    stage.holds(&simulator);
}

#[test]
fn the_cloud_of_a_source_is_written_down_beside_its_own_endpoint_alone() {
    let simulator = serve(world_of(&[("prod", &["web"])]));
    let endpoint = simulator.endpoint();
    for (source, options, written) in [
        (
            format!("region: eu-de, cloud: otc.t-systems.com, endpoint: \"{endpoint}\""),
            &[][..],
            format!("  region: eu-de\n  cloud: otc.t-systems.com\n  endpoint: \"{endpoint}\"\n"),
        ),
        (
            "region: eu-de, cloud: otc.t-systems.com".to_owned(),
            &["--endpoint", &endpoint],
            format!("  region: eu-de\n  endpoint: \"{endpoint}\"\n"),
        ),
    ] {
        let stage = Stage::new();
        stage.write(
            "was.yaml",
            &format!("apiVersion: swr-audit/v1\nsource: {{ {source} }}\n"),
        );
        let said = stage.say(&[&["snapshot", "was.yaml", "-o", "now.yaml"], options].concat());
        assert_eq!(said.code, 0, "{}", said.stderr);
        let text = stage.read("now.yaml");
        assert!(text.contains(&written), "{text}");
        stage.holds(&simulator);
    }
}

#[test]
fn a_snapshot_of_an_unknown_region_sends_nothing() {
    let stage = Stage::new();
    for (region, meant) in [
        ("cn-nroth-4", "cn-north-4"),
        ("North China 4", "cn-north-4"),
        ("Shanghai1", "cn-east-3"),
    ] {
        let said = stage.say(&["snapshot", "--region", region]);
        assert_eq!(said.code, 65, "{}", said.stderr);
        assert!(
            said.stderr.contains(&format!("did you mean `{meant}`?")),
            "{}",
            said.stderr
        );
    }
}

const NAMESPACES: usize = 30;
const REPOSITORIES: usize = 2_500;

/// Four policies, ten exceptions.
fn estate(region: &str) -> World {
    let mut world = world(&[]);
    region.clone_into(&mut world.region);
    let target = |set: usize| match set {
        0 => vec![Rule::to("cn-east-3", "dr")],
        1 => vec![Rule::to("cn-south-1", "dr")],
        2 => vec![Rule::to("cn-east-3", "dr"), Rule::to("cn-south-1", "dr")],
        _ => Vec::new(),
    };
    for namespace in 0..NAMESPACES {
        let mine = (0..REPOSITORIES).filter(|number| number % NAMESPACES == namespace);
        let repositories = mine.map(|number| Repository {
            name: format!("team-{}/app{number:05}", number % 7),
            // The first of every third namespace, in one of the two sources alone, stands out.
            rules: target(if region == "cn-north-4" && number < NAMESPACES && number % 3 == 0 {
                3
            } else {
                namespace % 3
            }),
            ..Repository::default()
        });
        world.namespaces.push(Namespace {
            name: format!("ns-{namespace:02}"),
            repositories: repositories.collect(),
            ..Namespace::default()
        });
    }
    world
}

#[test]
fn five_thousand_repositories_of_two_sources_fit_on_two_pages() {
    let (north, south) = (serve(estate("cn-north-4")), serve(estate("cn-southwest-2")));
    let stage = Stage::new();
    let mut sources = String::new();
    for (name, region, endpoint) in [
        ("north", "cn-north-4", north.endpoint()),
        ("south", "cn-southwest-2", south.endpoint()),
    ] {
        write!(
            sources,
            "---\napiVersion: swr-audit/v1\nsource: {{ name: {name}, region: {region}, endpoint: \"{endpoint}\" }}\n"
        )
        .expect("a string takes everything");
    }
    stage.write("sources.yaml", &sources);
    let said = stage.say(&["snapshot", "sources.yaml", "--concurrency", "64", "-o", "now.yaml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let text = stage.read("now.yaml");
    assert!(text.lines().count() < 150, "{} lines\n{text}", text.lines().count());
    assert_eq!(stage.say(&["check", "now.yaml", "--strict"]).code, 0, "{text}");
    let run = stage.say(&["run", "now.yaml", "--concurrency", "64"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}
