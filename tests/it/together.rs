//! What the rules of several sources are together: circles, races and copies, each within one cloud.

use std::fmt::Write as _;

use serde_json::Value;
use simulator::{AccessKey, Rule, Simulator, World};
use tempfile::TempDir;

use crate::support::{ACCESS_KEY, SECRET_KEY, binary, fault, json, raw, serve};

/// One source: its name and region, and what its repositories are copied to. Each repository is
/// `namespace/repository > region/namespace`, or without a target for one that has no rule.
#[derive(Default)]
struct Source {
    name: &'static str,
    region: &'static str,
    repositories: &'static [&'static str],
    /// What its document names instead of just these.
    instead: &'static str,
    /// Repositories with what they answer instead.
    answers: &'static [(&'static str, &'static str)],
}

impl Source {
    /// A world with these repositories, each with its rule, which overwrites.
    fn world(&self) -> World {
        let mut world = World {
            region: self.region.to_owned(),
            ..World::default()
        };
        world.credentials.access_keys.push(AccessKey {
            ak: ACCESS_KEY.to_owned(),
            sk: SECRET_KEY.into(),
            security_token: None,
        });
        for line in self.repositories {
            let (name, to) = line
                .split_once(" > ")
                .map_or((*line, None), |(name, to)| (name, Some(to)));
            let (namespace, name) = name.split_once('/').expect("namespace/repository");
            let repository = world.repository(namespace, name);
            if let Some((region, namespace)) = to.and_then(|to| to.split_once('/')) {
                repository.rules.push(Rule {
                    overwrite: true,
                    ..Rule::to(region, namespace)
                });
            }
        }
        let answers = self.answers.iter();
        world.faults = answers.map(|(name, body)| fault(name, raw(200, body))).collect();
        world
    }

    /// Its document: every repository by its name, whatever its rules are.
    fn document(&self, endpoint: &str) -> String {
        let Self { name, region, .. } = self;
        let mut text = format!(
            "---\napiVersion: swr-audit/v1\nsource: {{ name: {name}, region: {region}, endpoint: \"{endpoint}\" }}\n\
             defaults: {{ policy: {{ targets: [], otherRules: allow }} }}\nnamespaces:\n"
        );
        text.push_str(self.instead);
        let mut last = "";
        for line in self.repositories.iter().filter(|_| self.instead.is_empty()) {
            let (name, _) = line.split_once(" > ").unwrap_or((line, ""));
            let (namespace, name) = name.split_once('/').expect("namespace/repository");
            if namespace != last {
                write!(text, "  - name: {namespace}\n    otherRepos: allow\n    repos:\n").expect("text");
                last = namespace;
            }
            writeln!(text, "      - {name}").expect("a string takes everything");
        }
        text
    }
}

struct Ended {
    code: i32,
    stderr: String,
    report: Value,
    _folder: TempDir,
}

fn run(sources: &[(Source, &str)]) -> Ended {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let documents: Vec<String> = sources
        .iter()
        .map(|(source, endpoint)| source.document(endpoint))
        .collect();
    std::fs::write(folder.path().join("inventory.yaml"), documents.concat()).expect("the folder is writable");
    let mut command = binary(folder.path());
    command
        .args(["run", "inventory.yaml", "--run-id", "r", "--retries", "0"])
        .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
        .env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
    let output = command.output().expect("the binary starts");
    Ended {
        code: output.status.code().expect("it was not killed"),
        stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        report: json(&folder.path().join("reports/r")),
        _folder: folder,
    }
}

/// Runs over these sources, each served by a simulator of its own.
fn run_apart(sources: Vec<Source>) -> Ended {
    let simulators: Vec<Simulator> = sources.iter().map(|source| serve(source.world())).collect();
    let endpoints: Vec<String> = simulators.iter().map(Simulator::endpoint).collect();
    let sources: Vec<(Source, &str)> = sources.into_iter().zip(endpoints.iter().map(String::as_str)).collect();
    run(&sources)
}

impl Ended {
    /// `code: members` of every finding.
    fn findings(&self) -> Vec<String> {
        let findings = self.report["findings"].as_array().expect("a list").iter();
        findings
            .map(|finding| format!("{}: {}", finding["code"], finding["repositories"]).replace('"', ""))
            .collect()
    }

    /// `source:namespace/repository class field` of every entry.
    fn unknown(&self) -> Vec<String> {
        let entries = self.report["unknown"].as_array().expect("a list").iter();
        entries
            .map(|entry| {
                let name = format!(
                    "{}:{}/{}",
                    entry["source"], entry["namespace"], entry["repositories"][0]
                );
                format!("{name} {} {}", entry["class"], entry["field"]).replace('"', "")
            })
            .collect()
    }
}

impl Ended {
    /// `region: repositories and how many more` of every region that has an only copy, or may have.
    fn regions(&self) -> Vec<String> {
        let regions = self.report["regions"].as_array().expect("a list").iter();
        regions
            .map(|region| {
                let only = &region["onlyCopy"]["repositories"];
                format!("{}: {only} and {}", region["region"], region["unknown"]).replace('"', "")
            })
            .collect()
    }
}

const NORTH: &str = "cn-north-4";
const EAST: &str = "cn-east-3";

#[test]
fn two_private_clouds_with_one_region_id_do_not_race() {
    let sources = |other| {
        vec![
            Source {
                name: "one",
                region: NORTH,
                repositories: &["app/web > cn-south-1/dr"],
                ..Source::default()
            },
            Source {
                name: "two",
                region: other,
                repositories: &["shop/web > cn-south-1/dr"],
                ..Source::default()
            },
        ]
    };
    let apart = run_apart(sources(NORTH));
    assert_eq!((apart.code, apart.findings()), (0, vec![]), "{}", apart.stderr);
    // Two regions of one cloud do.
    let together = run_apart(sources(EAST));
    let expected = "overwrite-race: [one:app/web,two:shop/web]";
    assert_eq!(together.findings(), [expected], "{}", together.stderr);
    assert_eq!(together.code, 2);
}

#[test]
fn one_endpoint_in_another_spelling_is_one_cloud() {
    let source = |name, repositories| Source {
        name,
        region: NORTH,
        repositories,
        ..Source::default()
    };
    let both = source("both", &["a/web > cn-south-1/dr", "b/web > cn-south-1/dr"]);
    let simulator = serve(both.world());
    let port = simulator.endpoint().rsplit_once(':').expect("a port").1.to_owned();
    let ended = run(&[
        (
            source("one", &["a/web > cn-south-1/dr"]),
            &format!("http://localhost:{port}"),
        ),
        (
            source("two", &["b/web > cn-south-1/dr"]),
            &format!("HTTP://LocalHost:0{port}/"),
        ),
    ]);
    assert_eq!(
        ended.findings(),
        ["overwrite-race: [one:a/web,two:b/web]"],
        "{}",
        ended.stderr
    );
}

/// The region in the north is that of either cloud, and so is the one in the east.
#[test]
fn a_circle_that_may_be_in_either_cloud_is_unknown() {
    let ended = run_apart(vec![
        Source {
            name: "north-a",
            region: NORTH,
            repositories: &["app/web > cn-east-3/app", "app/alone"],
            ..Source::default()
        },
        Source {
            name: "north-b",
            region: NORTH,
            repositories: &["app/web"],
            ..Source::default()
        },
        Source {
            name: "east",
            region: EAST,
            repositories: &["app/web > cn-north-4/app"],
            ..Source::default()
        },
    ]);
    let expected = [
        "east:app/web not-observable null",
        "north-a:app/web not-observable null",
    ];
    assert_eq!(ended.unknown(), expected, "{}", ended.stderr);
    assert_eq!((ended.code, ended.findings()), (4, vec![]));
    assert_eq!(ended.report["summary"]["repos"]["ok"], 2);
}

/// A rule of `app/web` toward the south, with these flags.
const UNREADABLE_OVERRIDE: &str =
    r#"[{"id":1,"remoteRegionId":"cn-south-1","remoteNamespace":"dr","override":null,"syncAuto":true}]"#;
const UNREADABLE_SYNC_AUTO: &str = r#"[{"id":1,"remoteRegionId":"cn-south-1","remoteNamespace":"dr","override":true}]"#;

#[test]
fn a_race_with_a_writer_whose_override_was_not_sent_is_unknown_for_that_writer() {
    let source = |others| {
        vec![Source {
            name: "one",
            region: NORTH,
            repositories: others,
            answers: &[("a/web", UNREADABLE_OVERRIDE)],
            ..Source::default()
        }]
    };
    let alone = run_apart(source(&["a/web", "b/other > cn-south-1/dr"]));
    assert_eq!((alone.code, alone.unknown()), (0, vec![]), "{}", alone.stderr);
    let with_one = run_apart(source(&["a/web", "b/web > cn-south-1/dr"]));
    let expected = ["one:a/web bad-response override"];
    assert_eq!(with_one.unknown(), expected, "{}", with_one.stderr);
    assert_eq!((with_one.code, with_one.findings()), (4, vec![]));
    // Two that overwrite race whatever the third one does.
    let with_two = run_apart(source(&["a/web", "b/web > cn-south-1/dr", "c/web > cn-south-1/dr"]));
    assert_eq!(with_two.unknown(), expected, "{}", with_two.stderr);
    let race = "overwrite-race: [one:b/web,one:c/web]";
    assert_eq!((with_two.code, with_two.findings()), (6, vec![race.to_owned()]));
}

#[test]
fn two_writers_whose_override_was_not_sent_are_both_unknown() {
    let ended = run_apart(vec![Source {
        name: "one",
        region: NORTH,
        repositories: &["a/web", "b/web"],
        answers: &[("a/web", UNREADABLE_OVERRIDE), ("b/web", UNREADABLE_OVERRIDE)],
        ..Source::default()
    }]);
    let expected = ["one:a/web bad-response override", "one:b/web bad-response override"];
    assert_eq!((ended.code, ended.unknown()), (4, expected.map(str::to_owned).to_vec()));
}

#[test]
fn a_rule_whose_sync_auto_was_not_sent_is_no_certain_copy() {
    let ended = run_apart(vec![Source {
        name: "one",
        region: NORTH,
        repositories: &["a/web", "a/both", "b/none", "b/sent > cn-south-1/dr"],
        answers: &[
            ("a/web", UNREADABLE_SYNC_AUTO),
            (
                "a/both",
                r#"[{"remoteRegionId":"cn-south-1","remoteNamespace":"dr","override":true,"syncAuto":"true"},
                    {"remoteRegionId":"cn-east-3","remoteNamespace":"dr","override":true,"syncAuto":true}]"#,
            ),
        ],
        ..Source::default()
    }]);
    assert_eq!(ended.regions(), ["cn-north-4: [one:b/none] and 1"], "{}", ended.stderr);
}

#[test]
fn a_target_that_the_run_saw_absent_is_no_copy() {
    let north = || Source {
        name: "one",
        region: NORTH,
        repositories: &[
            "app/gone > cn-east-3/app",
            "app/lost > cn-east-3/void",
            "app/web > cn-east-3/app",
        ],
        ..Source::default()
    };
    let east = |instead| Source {
        name: "two",
        region: EAST,
        repositories: &["app/web"],
        instead,
        ..Source::default()
    };
    let regions = |instead| {
        let ended = run_apart(vec![north(), east(instead)]);
        (ended.regions(), ended.stderr)
    };
    // Nobody looked.
    let (blind, stderr) = regions("  - { name: app, otherRepos: allow, repos: [web] }\n");
    assert_eq!(blind, [] as [String; 0], "{stderr}");
    // Each was asked for; and the whole of a namespace was listed, and a namespace is missing.
    let only = ["cn-north-4: [one:app/gone,one:app/lost] and 0"];
    for instead in [
        "  - { name: app, otherRepos: allow, repos: [gone, web] }\n  - { name: void, otherRepos: allow, repos: [lost] }\n",
        "  - { name: app }\n  - { name: void }\n",
    ] {
        let (seen, stderr) = regions(instead);
        assert_eq!(seen, only, "{stderr}");
    }
    // The list of namespaces does not hold one.
    let (listed, stderr) = regions("  - { name: app, otherRepos: deny, repos: [web] }\notherNamespaces: deny\n");
    assert_eq!(listed, only, "{stderr}");
}
