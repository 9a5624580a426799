//! Snapshots of random worlds: what is written loads without a warning, and what it was written from differs in nothing
//! from it. In one process, so that there can be hundreds.

use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;
use swr_audit::input::Reader;
use swr_audit::inventory::{self, Checked, Endpoints, Terms};
use swr_audit::judge::{Guard, Judging};
use swr_audit::model::{
    Answer, Cause, CredentialChoice, Endpoint, Evidence, Extent, Flags, Gather, Inventory, Listing, Listings, Look,
    NamespaceListing, NamespaceName, Observation, Place, Plan, RepoId, RepositoryName, Rule, RuleList, Selection,
    Source, Survey, SurveyedNamespace, SurveyedRepository, SurveyedSource, Target, UnknownClass,
};
use swr_audit::snapshot::EarlierInventories;
use swr_audit::{plan, snapshot};

const WORLDS: u64 = 500;
const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 24);

const NAMESPACES: [&str; 8] = ["prod", "dr", "copy", "null", "on", "e1", "team.a", "nan"];
const REPOSITORIES: [&str; 24] = [
    "web",
    "api",
    "null",
    "1234",
    "on",
    "0x1f",
    "1e3",
    "true",
    "0o17",
    "1.5",
    "12-31",
    "2026-11-24",
    "y",
    "legacy",
    "legacy-a",
    "legacy-b",
    "legacy-c",
    "legacy-c-1",
    "team/x",
    "team/y",
    "team/z",
    "team/deep/x",
    "team/deep/y",
    "team-x",
];

fn namespace(name: &str) -> NamespaceName {
    NamespaceName::parse(name).expect("a legal namespace")
}

fn repository(name: &str) -> RepositoryName {
    RepositoryName::parse(name).expect("a legal repository")
}

fn source(name: &str, region: &str) -> Arc<Source> {
    let endpoint = format!("https://swr-api.{region}.myhuaweicloud.com");
    Arc::new(Source {
        name: name.into(),
        region: region.into(),
        endpoint: Endpoint::parse(&endpoint).expect("an endpoint"),
        is_redirected: false,
        cloud: None,
        iam_endpoint: None,
        project_id: None,
        account_id: None,
        lists_manual_rules: false,
        credentials: CredentialChoice::Chain,
        place: Place {
            file: "".into(),
            line: 0,
            column: 0,
        },
    })
}

fn rule(region: &str, namespace: &str, overrides: Option<bool>, sync_auto: Option<bool>) -> Rule {
    Rule {
        target: Target {
            region: region.into(),
            namespace: namespace.into(),
        },
        flags: Flags { overrides, sync_auto },
        id: None,
        created_at: None,
        updated_at: None,
    }
}

/// A few sets of rules, so that repositories share them; each toward the own namespace or a named one.
fn set_of_rules(random: &mut Rng, source: &Source, own: &NamespaceName) -> Vec<Rule> {
    let mut targets = BTreeMap::new();
    for _ in 0..random.usize(0..3) {
        let region = ["cn-east-3", "cn-south-1", "cn-north-4", "cn-new-1"][random.usize(0..4)];
        let named = ["dr", "copy", own.as_str()][random.usize(0..3)];
        if region == &*source.region && named == own.as_str() {
            continue;
        }
        let flag = |random: &mut Rng| [Some(true), Some(false), Some(false), None][random.usize(0..4)];
        let sync_auto = [Some(true), Some(true), Some(true), Some(false), None][random.usize(0..5)];
        targets.insert((region, named.to_owned()), rule(region, named, flag(random), sync_auto));
    }
    targets.into_values().collect()
}

fn surveyed_namespace(random: &mut Rng, source: &Source, name: &str) -> SurveyedNamespace {
    let name = namespace(name);
    let sets: Vec<Vec<Rule>> = (0..=random.usize(0..4))
        .map(|_| set_of_rules(random, source, &name))
        .collect();
    let most = [0, 1, 24][random.usize(0..3)];
    let mut repositories: Vec<SurveyedRepository> = Vec::new();
    for text in REPOSITORIES {
        if repositories.len() < most && random.u8(0..4) > 0 {
            // The first is the most common.
            let set = random.usize(0..2) * random.usize(0..sets.len());
            repositories.push(SurveyedRepository {
                name: repository(text),
                rules: Ok(sets[set].clone().into()),
            });
        }
    }
    repositories.sort_by(|one, other| one.name.cmp(&other.name));
    SurveyedNamespace {
        name,
        repositories,
        gap: None,
        is_uncounted: false,
        extent: Extent::Whole,
    }
}

fn survey(random: &mut Rng) -> Survey {
    let sources = [source("cn-north-4", "cn-north-4"), source("second", "cn-east-3")];
    let surveyed = |source: &Arc<Source>, random: &mut Rng| {
        let mut names = NAMESPACES;
        names.sort_unstable();
        let chosen = names.into_iter().filter(|_| random.bool()).collect::<Vec<_>>();
        SurveyedSource {
            source: Arc::clone(source),
            namespaces: chosen
                .into_iter()
                .map(|name| surveyed_namespace(random, source, name))
                .collect(),
            gap: None,
            is_part: false,
            hidden: 0,
        }
    };
    let count = random.usize(1..=2);
    Survey {
        sources: sources[..count].iter().map(|source| surveyed(source, random)).collect(),
        tangles: Vec::new(),
        empty_selections: Vec::new(),
    }
}

fn check(text: &str) -> Checked {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("inventory.yaml");
    std::fs::write(&path, text).expect("the folder is writable");
    let terms = Terms {
        today: TODAY,
        endpoints: Endpoints::Written,
        max_waiver_days: None,
    };
    inventory::check(&[path], &Reader::default(), terms)
        .unwrap_or_else(|problems| panic!("{}\n{text}", problems.render(false)))
}

fn listings(survey: &Survey) -> Listings {
    let mut listings = Listings::default();
    for source in &survey.sources {
        let name = &source.source.name;
        let names = source.namespaces.iter().map(|namespace| namespace.name.clone());
        let account = NamespaceListing {
            names: names.collect(),
            ..NamespaceListing::default()
        };
        listings.namespaces.insert(Arc::clone(name), account);
        for namespace in &source.namespaces {
            let mut listing = Listing::default();
            listing.add(namespace.repositories.iter().map(|one| one.name.clone()).collect());
            if listing.needs_look() {
                listing.take_look(Look::Present);
            }
            listings
                .repositories
                .insert((Arc::clone(name), namespace.name.clone()), listing);
        }
    }
    listings
}

/// Everything that an audit of the same world tells, circles and races apart: those are so whatever is expected.
fn told(survey: &Survey, checked: &Checked) -> Vec<String> {
    let inventory = &checked.inventory;
    let plan = plan::resolve(inventory, &listings(survey), &Selection::default(), TODAY);
    let mut rules: BTreeMap<RepoId, &Vec<Rule>> = BTreeMap::new();
    for source in &survey.sources {
        for namespace in &source.namespaces {
            for one in &namespace.repositories {
                let id = RepoId {
                    source: Arc::clone(&source.source.name),
                    namespace: namespace.name.clone(),
                    repository: one.name.clone(),
                };
                rules.insert(id, &one.rules.as_ref().expect("all was read").rules);
            }
        }
    }
    assert_eq!(plan.repositories.len(), rules.len(), "each is audited");
    judged(inventory, &plan, &rules)
}

fn judged(inventory: &Inventory, plan: &Plan, rules: &BTreeMap<RepoId, &Vec<Rule>>) -> Vec<String> {
    let mut judging = Judging::new(plan);
    for (index, planned) in plan.repositories.iter().enumerate() {
        let observation = Observation {
            answer: Answer::Rules(rules[&planned.id].clone().into()),
            evidence: Evidence {
                attempts: 1,
                ..Evidence::default()
            },
        };
        judging.take(index, observation);
    }
    let judged = judging.finish(&inventory.sources, &[], TODAY, Guard::off());
    let repositories = plan.repositories.iter().zip(&judged.repositories);
    let mut told: Vec<String> = repositories
        .map(|(planned, one)| {
            let alone = one.unknowns.iter().filter(|unknown| unknown.may_be.is_none());
            (planned, &one.findings, alone.collect::<Vec<_>>())
        })
        .filter(|(_, findings, unknowns)| !findings.is_empty() || !unknowns.is_empty())
        .map(|(planned, findings, unknowns)| format!("{}: {findings:?} {unknowns:?}", planned.id))
        .collect();
    told.extend(judged.missing_namespaces.iter().map(|one| format!("{one:?}")));
    told.extend(judged.others.iter().map(|one| format!("{one:?}")));
    told.extend(judged.unasked.iter().map(|one| format!("{one:?}")));
    told.extend(judged.gaps.iter().map(|one| format!("{one:?}")));
    told
}

#[test]
fn the_inventory_of_any_world_matches_it() {
    for seed in 0..WORLDS {
        let survey = survey(&mut Rng::with_seed(seed));
        let text = snapshot::write(&survey, EarlierInventories::default()).text;
        assert_eq!(
            text,
            snapshot::write(&survey, EarlierInventories::default()).text,
            "seed {seed}"
        );
        let checked = check(&text);
        for warning in checked.warnings.shown() {
            // Where the service does not say whether a rule copies by itself, nothing better can be expected of it.
            let is_honest = warning.message().contains("can never be proven");
            assert!(is_honest, "seed {seed}: {}\n{text}", warning.message());
        }
        let told = told(&survey, &checked);
        assert!(told.is_empty(), "seed {seed}: {told:#?}\n{text}");
    }
}

/// One namespace, whose names are made of words and whose rules follow from one of these, but for a few.
fn grouped(random: &mut Rng) -> Survey {
    const MARKS: [&str; 5] = ["/", "/", "-", "_", "."];
    const WORDS: [&str; 6] = ["web", "db", "a", "b", "x1", "x2"];
    let source = source("cn-north-4", "cn-north-4");
    let own = namespace("prod");
    let sets: Vec<Vec<Rule>> = (0..4).map(|_| set_of_rules(random, &source, &own)).collect();
    let deciding = random.usize(0..3);
    let marks: Vec<&str> = (0..4).map(|_| MARKS[random.usize(0..MARKS.len())]).collect();
    let exceptions = [0, 20, 5][random.usize(0..3)];
    let mut repositories: BTreeMap<String, SurveyedRepository> = BTreeMap::new();
    for _ in 0..random.usize(1..200) {
        let words: Vec<usize> = (0..random.usize(1..5)).map(|_| random.usize(0..WORDS.len())).collect();
        let mut name = WORDS[words[0]].to_owned();
        for (word, mark) in words[1..].iter().zip(&marks) {
            let mark = if random.u8(0..10) == 0 { "/" } else { mark };
            name.push_str(mark);
            name.push_str(WORDS[*word]);
        }
        let is_exception = exceptions > 0 && random.usize(0..exceptions) == 0;
        let set = if is_exception {
            random.usize(0..sets.len())
        } else if deciding == 2 {
            words[words.len() - 1] % sets.len()
        } else {
            words[deciding.min(words.len() - 1)] % sets.len()
        };
        let one = SurveyedRepository {
            name: repository(&name),
            rules: Ok(sets[set].clone().into()),
        };
        repositories.insert(name, one);
    }
    of_one_namespace(source, repositories.into_values().collect())
}

fn of_one_namespace(source: Arc<Source>, repositories: Vec<SurveyedRepository>) -> Survey {
    let namespaces = vec![SurveyedNamespace {
        name: namespace("prod"),
        repositories,
        gap: None,
        is_uncounted: false,
        extent: Extent::Whole,
    }];
    Survey {
        sources: vec![SurveyedSource {
            source,
            namespaces,
            gap: None,
            is_part: false,
            hidden: 0,
        }],
        tangles: Vec::new(),
        empty_selections: Vec::new(),
    }
}

/// Patterns of all kinds, with exceptions by name and by narrower patterns: none that `check` warns of.
#[test]
fn patterns_give_each_repository_the_rules_that_it_has() {
    let mut patterns = 0;
    for seed in 0..WORLDS {
        let survey = grouped(&mut Rng::with_seed(seed));
        let text = snapshot::write(&survey, EarlierInventories::default()).text;
        patterns += text.matches("*\"").count() + text.matches("\"*").count();
        let checked = check(&text);
        for warning in checked.warnings.shown() {
            let is_honest = warning.message().contains("can never be proven");
            assert!(is_honest, "seed {seed}: {}\n{text}", warning.message());
        }
        let told = told(&survey, &checked);
        assert!(told.is_empty(), "seed {seed}: {told:#?}\n{text}");
    }
    assert!(patterns > 1_000, "{patterns}");
}

/// What was not read is under whatever is said of those around it, and no reason against a pattern.
#[test]
fn an_unread_repository_gets_the_policy_of_its_neighbours() {
    let unread = Cause {
        class: UnknownClass::AccessDenied,
        http_status: Some(403),
    };
    let repositories = (0..50).map(|number| SurveyedRepository {
        name: repository(&format!("{}/r{number:02}", if number < 30 { "a" } else { "b" })),
        rules: match number {
            7 | 37 => Err(unread),
            0..30 => Ok(vec![rule("cn-east-3", "prod", Some(false), Some(true))].into()),
            _ => Ok(RuleList::default()),
        },
    });
    let survey = of_one_namespace(source("cn-north-4", "cn-north-4"), repositories.collect());
    let text = snapshot::write(&survey, EarlierInventories::default()).text;
    let entries = "    repos:\n      - { name: \"b/**\", policy: none }\n      - \"**\"\n";
    assert!(text.ends_with(entries), "{text}");
    assert!(
        text.contains("so what is expected here is a guess: a/r07, b/r37.\n"),
        "{text}"
    );
}

/// A name, by the number of its kind and a number of its own.
type Naming = fn(usize, usize) -> String;

/// Four policies and ten exceptions, whatever the names are told apart by.
#[test]
fn five_thousand_repositories_in_one_namespace_fit_on_two_pages() {
    const KINDS: [&str; 4] = ["web", "db", "api", "batch"];
    let namings: [(&str, Naming); 6] = [
        ("folders", |kind, n| format!("team-{:02}/app{n:04}", kind + 4 * (n % 5))),
        ("words in front", |kind, n| format!("{}-svc{n:04}", KINDS[kind])),
        ("folders that begin so", |kind, n| {
            format!("{}-{:02}/app{n:04}", KINDS[kind], n % 30)
        }),
        ("words at the end", |kind, n| format!("svc{n:04}-{}", KINDS[kind])),
        ("names in folders", |kind, n| {
            format!("team{:02}/svc{n:04}/{}", n % 25, KINDS[kind])
        }),
        ("words at the end in folders", |kind, n| {
            format!("team{:02}/svc{n:04}-{}", n % 25, KINDS[kind])
        }),
    ];
    let to = |region: &str| rule(region, "prod", Some(false), Some(true));
    let sets = [
        vec![],
        vec![to("cn-east-3")],
        vec![to("cn-east-3"), to("cn-south-1")],
        vec![to("cn-south-1")],
    ];
    for (what, naming) in namings {
        let mut repositories: Vec<SurveyedRepository> = (0..5_000)
            .map(|number| SurveyedRepository {
                name: repository(&naming(number % 4, number / 4)),
                rules: Ok(if number % 500 == 77 {
                    vec![to("la-south-2")].into()
                } else {
                    sets[number % 4].clone().into()
                }),
            })
            .collect();
        repositories.sort_by(|one, other| one.name.cmp(&other.name));
        let survey = of_one_namespace(source("cn-north-4", "cn-north-4"), repositories);
        let text = snapshot::write(&survey, EarlierInventories::default()).text;
        assert!(text.lines().count() < 100, "{what}: {text}");
        let checked = check(&text);
        assert!(checked.warnings.shown().is_empty(), "{what}: {text}");
        assert_eq!(told(&survey, &checked), Vec::<String>::new(), "{what}: {text}");
    }
}

/// The policies of the first, and what all of them put under these.
const fn all_of<'k>(inventories: &'k [&'k Inventory]) -> EarlierInventories<'k> {
    EarlierInventories {
        policies: inventories[0].policies.as_slice(),
        inventories,
    }
}

/// Flags that are left open apart: a policy that takes any takes over what was told apart before.
#[test]
fn a_snapshot_with_its_own_policies_does_not_change() {
    for seed in 0..WORLDS {
        let survey = survey(&mut Rng::with_seed(seed));
        let first = snapshot::write(&survey, EarlierInventories::default()).text;
        if first.contains(": any") {
            continue;
        }
        let second = snapshot::write(&survey, all_of(&[&check(&first).inventory])).text;
        let third = snapshot::write(&survey, all_of(&[&check(&second).inventory])).text;
        assert_eq!(second, third, "seed {seed}");
    }
}

/// Policies of another world: whatever they are called and say, what is written with them is as true.
#[test]
fn an_earlier_policy_never_changes() {
    for seed in 0..WORLDS {
        let random = &mut Rng::with_seed(seed);
        let before = check(&snapshot::write(&survey(random), EarlierInventories::default()).text).inventory;
        let kept = &before.policies;
        let survey = survey(random);
        let text = snapshot::write(&survey, all_of(&[&before])).text;
        let checked = check(&text);
        let told = told(&survey, &checked);
        assert!(told.is_empty(), "seed {seed}: {told:#?}\n{text}");
        for policy in &checked.inventory.policies {
            let before = kept.iter().find(|one| one.name == policy.name);
            if let Some(before) = before {
                assert_eq!(before, policy, "seed {seed}");
            }
        }
    }
}

/// Every repository differs from every other: the worst that can be.
#[test]
fn the_work_for_a_hundred_thousand_different_policies_grows_with_their_number() {
    let flat: fn(usize) -> String = |number| format!("app-{number:06}");
    // In folders of folders, each of them a group, with words that they share at both ends.
    let deep: fn(usize) -> String = |number| {
        let digits: Vec<String> = format!("{number:06}")
            .chars()
            .map(|digit| format!("d{digit}-x"))
            .collect();
        format!("{}/a-{}-b", digits.join("/"), number % 7)
    };
    for naming in [flat, deep] {
        takes_no_longer_than_their_number(naming);
    }
}

fn takes_no_longer_than_their_number(naming: fn(usize) -> String) {
    let of = |count: usize| {
        let source = source("main", "cn-north-4");
        let repositories = (0..count).map(|number| SurveyedRepository {
            name: repository(&naming(number)),
            rules: Ok(vec![rule("cn-east-3", &format!("dr{}", number / 2), Some(false), Some(true))].into()),
        });
        of_one_namespace(source, repositories.collect())
    };
    let seconds = |count: usize| {
        let survey = of(count);
        let start = std::time::Instant::now();
        let text = snapshot::write(&survey, EarlierInventories::default()).text;
        assert!(text.lines().count() > count, "each has a line");
        start.elapsed().as_secs_f64()
    };
    let (few, many) = (seconds(10_000), seconds(100_000));
    // Ten times as many, and room for caches and neighbours: what is quadratic takes a hundred times as long.
    assert!(many < 40.0 * few.max(0.01), "{few} s, {many} s");
}
