//! Random small worlds under random faults: of every repository the report says the truth, or that it does not know.

use std::collections::BTreeMap;

use fastrand::Rng;
use simulator::{
    Access, Behaviour, EmptyList, Fault, ManualRules, Misbehaviour, Rule, Shape, SlowBody, Throttled, World,
};

use crate::support::{Audit, Ended, error, fault, inventory_of, raw, serve, world};

const ROUNDS: u64 = 150;
const NAMESPACES: [&str; 3] = ["alpha", "beta", "gamma"];
const REPOSITORIES: [&str; 5] = ["a", "b", "c/d", "e", "f/g/h"];

/// What is so of a repository, as far as the service shows it: the codes that have to be told; `unknown` where the
/// service itself does not tell.
type Truth = BTreeMap<(String, String), Vec<&'static str>>;

/// One thing that is, or is not, as `inventory_of` expects it.
fn state(random: &mut Rng, world: &mut World, namespace: &str, name: &str) -> Vec<&'static str> {
    let choice = random.u8(0..11);
    if choice == 10 {
        return vec!["missing-repo"];
    }
    let shows_manual = world.behaviour.manual_rules == ManualRules::Shown;
    let repository = world.repository(namespace, name);
    let fine = Rule::to("cn-east-3", "prod-dr");
    let (rules, codes) = match choice {
        0 => (vec![], vec!["missing-rule"]),
        1 => (vec![Rule::to("cn-south-1", "prod-dr")], vec!["target-region-mismatch"]),
        2 => (vec![Rule::to("cn-east-3", "prod")], vec!["target-namespace-mismatch"]),
        3 => (
            vec![Rule {
                overwrite: true,
                ..fine
            }],
            vec!["override-mismatch"],
        ),
        4 => {
            let code = if shows_manual {
                "sync-auto-mismatch"
            } else {
                "missing-rule"
            };
            (
                vec![Rule {
                    sync_auto: false,
                    ..fine
                }],
                vec![code],
            )
        }
        5 => (vec![fine, Rule::to("eu-west-101", "x")], vec!["unexpected-rule"]),
        6 => (vec![fine.clone(), fine], vec!["duplicate-rule"]),
        7 => {
            repository.access = Some(Access::Denied);
            (vec![fine], vec!["unknown"])
        }
        _ => (vec![fine], vec![]),
    };
    repository.rules = rules;
    codes
}

fn behaviour(random: &mut Rng) -> Behaviour {
    let pick = |random: &mut Rng, count: usize| random.usize(0..count);
    Behaviour {
        manual_rules: [ManualRules::Hidden, ManualRules::Shown][pick(random, 2)],
        empty_list: [EmptyList::Array, EmptyList::JsonNull, EmptyList::Nothing][pick(random, 3)],
        not_found: [Shape::A, Shape::B, Shape::C, Shape::D][pick(random, 4)],
        throttled: [Throttled::Gateway, Throttled::TooManyRequests, Throttled::Busy][pick(random, 3)],
        ..Behaviour::default()
    }
}

fn misbehaviour(random: &mut Rng) -> Misbehaviour {
    match random.u8(0..15) {
        0 => error(500, "SVCSTG.SWR.5000007"),
        1 => Misbehaviour::Html502,
        2 => Misbehaviour::Reset,
        3 => Misbehaviour::CutBody,
        4 => error(403, "SVCSTG.SWR.4030170"),
        5 => Misbehaviour::GatewayNotFound,
        6 => Misbehaviour::Throttled,
        7 => raw(200, "<html>"),
        8 => raw(200, "{}"),
        9 => raw(404, ""),
        10 => Misbehaviour::Deep(50),
        11 => Misbehaviour::BadSignature,
        12 => Misbehaviour::Redirect("/".to_owned()),
        13 => Misbehaviour::SlowBody(SlowBody {
            bytes_per_second: 200_000,
        }),
        _ => Misbehaviour::DelayMs(random.u64(1..20)),
    }
}

fn faults(random: &mut Rng) -> Vec<Fault> {
    let one = |random: &mut Rng| {
        let namespace = NAMESPACES[random.usize(0..NAMESPACES.len())];
        let on = match random.u8(0..4) {
            0 => "*".to_owned(),
            1 => namespace.to_owned(),
            _ => format!("{namespace}/{}", REPOSITORIES[random.usize(0..REPOSITORIES.len())]),
        };
        Fault {
            times: [Some(1), Some(2), None][random.usize(0..3)],
            after: random.u64(0..6),
            ..fault(&on, misbehaviour(random))
        }
    };
    (0..random.usize(0..4)).map(|_| one(random)).collect()
}

/// A world, and the truth of it. A namespace without any repository is not there at all.
fn scene(random: &mut Rng) -> (World, Truth) {
    let mut world = world(&[]);
    world.behaviour = behaviour(random);
    world.faults = faults(random);
    let mut truth = Truth::new();
    for namespace in NAMESPACES {
        let is_there = random.u8(0..6) > 0;
        for name in REPOSITORIES {
            let codes = if is_there {
                state(random, &mut world, namespace, name)
            } else {
                vec!["missing-namespace"]
            };
            truth.insert((namespace.to_owned(), name.to_owned()), codes);
        }
    }
    for namespace in NAMESPACES {
        if world.namespaces.iter().all(|one| one.name != namespace) {
            let of_it = truth.iter_mut().filter(|((of, _), _)| of == namespace);
            of_it.for_each(|(_, codes)| *codes = vec!["missing-namespace"]);
        }
    }
    (world, truth)
}

/// What the document says of each repository: its codes, `unknown` among them.
fn told(ended: &Ended) -> BTreeMap<(String, String), Vec<String>> {
    let report = ended.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut told: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in report["repositories"].as_array().expect("a list") {
        let codes = told
            .entry((text(&row["namespace"]), text(&row["repository"])))
            .or_default();
        if row["outcome"] == "unknown" {
            codes.push("unknown".to_owned());
        }
    }
    for finding in report["findings"].as_array().expect("a list") {
        let own = finding["repository"].as_str().map(str::to_owned);
        let members = finding["repositories"].as_array().expect("a list").iter().map(text);
        for name in own.into_iter().chain(members) {
            let codes = told
                .get_mut(&(text(&finding["namespace"]), name))
                .expect("a row for it");
            codes.push(text(&finding["code"]));
        }
    }
    told
}

/// The truth whole, or unknown alone. Of an absent namespace's repository it may be said that it is absent, where the
/// look at the namespace failed.
fn is_honest(truth: &[&str], told: &[String]) -> bool {
    let is_unknown = told == ["unknown"];
    let is_unconfirmed = truth == ["missing-namespace"] && told == ["missing-repo"];
    is_unknown || is_unconfirmed || told == truth
}

fn round(seed: u64) -> (usize, usize) {
    let mut random = Rng::with_seed(seed);
    let (world, truth) = scene(&mut random);
    let has_faults = !world.faults.is_empty();
    let description = format!("seed {seed}: {:?}\n{:?}", world.behaviour, world.faults);
    let simulator = serve(world);
    let estate = NAMESPACES.map(|name| (name, &REPOSITORIES[..]));
    let concurrency = ["1", "4", "16"][random.usize(0..3)];
    let audit = Audit::of(&inventory_of(&estate)).with(&["--retries", "0", "--concurrency", concurrency]);
    let ended = audit.against(&simulator.endpoint());
    let told = told(&ended);
    assert_eq!(told.len(), truth.len(), "{description}");
    for (name, codes) in &truth {
        let told = &told[name];
        assert!(
            is_honest(codes, told),
            "{name:?} is {codes:?}, told {told:?}\n{description}\n{}",
            ended.stderr
        );
        assert!(
            has_faults || told == codes,
            "{name:?} is {codes:?}, told {told:?}\n{description}"
        );
    }
    assert_code(&ended, &told, &description);
    let unknown = told
        .values()
        .filter(|codes| codes.contains(&"unknown".to_owned()))
        .count();
    (unknown, told.len())
}

/// The exit code tells what the rows tell.
fn assert_code(ended: &Ended, told: &BTreeMap<(String, String), Vec<String>>, description: &str) {
    let has = |what: fn(&String) -> bool| told.values().flatten().any(what);
    let (drift, unknown) = (has(|code| code != "unknown"), has(|code| code == "unknown"));
    let sum = i32::from(drift) * 2 + i32::from(unknown) * 4;
    let failed = ended.code == 1 && told.values().all(|codes| codes == &["unknown"]);
    assert!(
        ended.code == sum || failed,
        "exit {}, rows say {sum}\n{description}",
        ended.code
    );
}

#[test]
fn the_truth_or_unknown() {
    let rounds: Vec<(usize, usize)> = (0..ROUNDS).map(round).collect();
    let unknown: usize = rounds.iter().map(|(unknown, _)| unknown).sum();
    let all: usize = rounds.iter().map(|(_, all)| all).sum();
    // Neither side of the alternative may be a rarity, or this proves nothing.
    assert!(unknown * 10 > all && unknown * 10 < all * 7, "{unknown} of {all}");
}
