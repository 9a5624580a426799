//! What is audited: an inventory of any size, and the world in which two of each hundred repositories have drifted.

use std::fmt::Write as _;

use simulator::{AccessKey, Namespace, Repository, Rule, World};

/// The key that the world knows.
pub(crate) const ACCESS_KEY: &str = "BENCHACCESSKEY";
/// Its secret.
pub(crate) const SECRET_KEY: &str = "bench-secret-key-0123456789";

const NAMESPACES: usize = 30;

/// The targets of each policy. Every namespace has one of them, every fourth repository names one of its own.
const POLICIES: [(&str, &[(&str, &str)]); 4] = [
    ("one-copy", &[("cn-east-3", "copies")]),
    ("two-copies", &[("cn-east-3", "copies"), ("cn-south-1", "copies")]),
    (
        "everywhere",
        &[
            ("cn-east-3", "copies"),
            ("cn-south-1", "copies"),
            ("cn-north-9", "copies"),
            ("ap-southeast-3", "copies"),
        ],
    ),
    ("at-home", &[]),
];

/// So many repositories.
#[derive(Clone, Copy)]
pub(crate) struct Estate(pub(crate) usize);

/// How a repository has drifted.
enum Drift {
    Missing,
    Overwrites,
    Unexpected,
    Absent,
}

impl Estate {
    /// Namespaces, each with the numbers of its repositories.
    fn namespaces(self) -> impl Iterator<Item = (usize, impl Iterator<Item = usize>)> {
        (0..NAMESPACES.min(self.0)).map(move |namespace| (namespace, (namespace..self.0).step_by(NAMESPACES)))
    }

    /// The paths at which the rules of each repository are asked for.
    pub(crate) fn paths(self) -> impl Iterator<Item = String> {
        self.namespaces().flat_map(|(namespace, repositories)| {
            repositories.map(move |number| {
                let repository = repository_name(number).replace('/', "%24");
                let namespace = namespace_name(namespace);
                format!("/v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo")
            })
        })
    }

    pub(crate) fn inventory(self) -> String {
        let mut text = "apiVersion: swr-audit/v1\n\
                        source: { name: main, region: cn-north-4 }\n\
                        defaults: { override: false, syncAuto: true }\n\
                        policies:\n"
            .to_owned();
        let mut put = |line: String| writeln!(text, "{line}").expect("a string takes everything");
        for (name, targets) in POLICIES {
            let targets: Vec<String> = targets
                .iter()
                .map(|(region, namespace)| format!("{{ region: {region}, namespace: {namespace} }}"))
                .collect();
            put(format!("  {name}: {{ targets: [{}] }}", targets.join(", ")));
        }
        put("namespaces:".to_owned());
        for (namespace, repositories) in self.namespaces() {
            let name = namespace_name(namespace);
            let policy = POLICIES[namespace % POLICIES.len()].0;
            put(format!(
                "  - name: {name}\n    policy: {policy}\n    owner: owner-{namespace}\n    otherRepos: allow\n    repos:"
            ));
            for number in repositories {
                let name = repository_name(number);
                put(match own_policy(number) {
                    Some(policy) => format!("      - {{ name: {name}, policy: {} }}", POLICIES[policy].0),
                    None => format!("      - {name}"),
                });
            }
        }
        text
    }

    /// The same estate in four lines: whatever is in these namespaces, under one policy.
    pub(crate) fn discovering(self) -> String {
        let names = self.namespaces().map(|(namespace, _)| namespace_name(namespace));
        let entries: Vec<String> = names.map(|name| format!("{{ name: {name}, policy: any }}")).collect();
        format!(
            "apiVersion: swr-audit/v1\n\
             source: {{ name: main, region: cn-north-4 }}\n\
             policies: {{ any: {{ targets: [], otherRules: allow }} }}\n\
             namespaces: [{}]\n",
            entries.join(", ")
        )
    }

    /// How many of its repositories are there.
    pub(crate) fn live(self) -> usize {
        (0..self.0)
            .filter(|&number| !matches!(drift(number), Some(Drift::Absent)))
            .count()
    }

    pub(crate) fn world(self) -> World {
        let mut world = World::default();
        world.credentials.access_keys.push(AccessKey {
            ak: ACCESS_KEY.to_owned(),
            sk: SECRET_KEY.into(),
            security_token: None,
        });
        for (namespace, repositories) in self.namespaces() {
            world.namespaces.push(Namespace {
                name: namespace_name(namespace),
                repositories: repositories
                    .filter_map(|number| repository(namespace, number))
                    .collect(),
                ..Namespace::default()
            });
        }
        world
    }
}

fn namespace_name(number: usize) -> String {
    format!("team-{number:02}")
}

fn repository_name(number: usize) -> String {
    if number.is_multiple_of(3) {
        format!("group-{}/app-{number}", number % 7)
    } else {
        format!("app-{number}")
    }
}

/// The policy that a repository names itself.
fn own_policy(number: usize) -> Option<usize> {
    number.is_multiple_of(4).then_some(number / 4 % POLICIES.len())
}

/// Two of each hundred, of all kinds in turn.
fn drift(number: usize) -> Option<Drift> {
    (number % 50 == 49).then_some(match number / 50 % 4 {
        0 => Drift::Missing,
        1 => Drift::Overwrites,
        2 => Drift::Unexpected,
        _ => Drift::Absent,
    })
}

/// As it stands in the world. `None`: it does not.
fn repository(namespace: usize, number: usize) -> Option<Repository> {
    let policy = own_policy(number).unwrap_or(namespace % POLICIES.len());
    let targets = POLICIES[policy].1;
    let mut rules: Vec<Rule> = targets
        .iter()
        .map(|&(region, namespace)| Rule::to(region, namespace))
        .collect();
    match drift(number) {
        None => {}
        Some(Drift::Absent) => return None,
        Some(Drift::Missing) if !rules.is_empty() => drop(rules.pop()),
        Some(Drift::Overwrites) if !rules.is_empty() => rules[0].overwrite = true,
        // A policy without targets leaves one way only.
        Some(Drift::Unexpected | Drift::Missing | Drift::Overwrites) => {
            rules.push(Rule::to("eu-west-101", "elsewhere"));
        }
    }
    Some(Repository {
        name: repository_name(number),
        rules,
        ..Repository::default()
    })
}
