//! A random small world, what is true of it, and what goes wrong with it.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use simulator::{
    Access, Behaviour, EmptyList, Fault, ManualRules, Misbehaviour, Rate, RateChange, Rule, Shape, SlowBody, Throttled,
    User, World,
};

use crate::support::{error, fault, raw, world};

pub(super) const NAMESPACES: [&str; 3] = ["alpha", "beta", "gamma"];
pub(super) const REPOSITORIES: [&str; 4] = ["a", "b", "c/d", "e/f/g"];
pub(super) const USER: &str = "auditor";
pub(super) const PASSWORD: &str = "a-password-of-IAM";

/// What is so of a repository, as far as the service shows it: the codes that have to be told; `unknown` where the
/// service itself does not tell.
pub(super) type Truth = BTreeMap<(String, String), Vec<&'static str>>;

/// What one round is about.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) truth: Truth,
    /// Whether nothing goes wrong, so that nothing but the truth will do.
    pub(super) is_calm: bool,
    /// Whether a user's tokens are asked with, and not a key.
    pub(super) has_tokens: bool,
    pub(super) retries: usize,
    pub(super) arguments: Vec<&'static str>,
    /// The run is killed after so many requests, and gone on with.
    pub(super) killed_after: Option<usize>,
}

impl Scene {
    pub(super) fn of(random: &mut Rng) -> Self {
        let mut world = world(&[]);
        world.behaviour = behaviour(random);
        let truth = estate(random, &mut world);
        let has_tokens = random.u8(0..5) == 0;
        if has_tokens {
            world.credentials.access_keys.clear();
            world.credentials.users.push(user(random));
        }
        // One in four is calm: there the truth has to come out.
        if random.u8(0..4) > 0 {
            world.faults = faults(random);
            if random.u8(0..3) == 0 {
                rates(random, &mut world);
            }
        }
        let lives_on = world.credentials.users.iter().all(|user| user.token_requests.is_none());
        // In a denied namespace what is granted may stay unasked.
        let is_open = world.namespaces.iter().all(|one| one.access == Access::Granted);
        let is_calm = world.faults.is_empty() && world.rate.is_none() && lives_on && is_open;
        let retries = random.usize(0..2);
        let mut arguments = vec!["--retries", ["0", "1"][retries], "--concurrency"];
        arguments.push(["1", "4", "16"][random.usize(0..3)]);
        if !is_calm {
            arguments.extend(["--timeout", "700ms"]);
        }
        Self {
            world,
            truth,
            is_calm,
            has_tokens,
            retries,
            arguments,
            killed_after: (random.u8(0..12) == 0).then(|| random.usize(1..12)),
        }
    }
}

/// Fills the world. A namespace without any repository is not there at all.
fn estate(random: &mut Rng, world: &mut World) -> Truth {
    let mut truth = Truth::new();
    for namespace in NAMESPACES {
        let is_there = random.u8(0..6) > 0;
        for name in REPOSITORIES {
            let codes = if is_there {
                state(random, world, namespace, name)
            } else {
                vec![]
            };
            truth.insert((namespace.to_owned(), name.to_owned()), codes);
        }
        let of_it = truth.iter_mut().filter(|((of, _), _)| of == namespace);
        match world.namespaces.iter_mut().find(|one| one.name == namespace) {
            None => of_it.for_each(|(_, codes)| *codes = vec!["missing-namespace"]),
            Some(found) if random.u8(0..8) == 0 => {
                found.access = Access::Denied;
                let granted: Vec<&str> = found
                    .repositories
                    .iter()
                    .filter(|repository| repository.access == Some(Access::Granted))
                    .map(|repository| &*repository.name)
                    .collect();
                let hidden = of_it.filter(|((_, name), _)| !granted.contains(&&**name));
                hidden.for_each(|(_, codes)| *codes = vec!["unknown"]);
            }
            Some(_) => {}
        }
    }
    truth
}

/// One thing that is, or is not, as the inventory expects it.
fn state(random: &mut Rng, world: &mut World, namespace: &str, name: &str) -> Vec<&'static str> {
    let choice = random.u8(0..12);
    if choice == 11 {
        return vec!["missing-repo"];
    }
    let shows_manual = world.behaviour.manual_rules == ManualRules::Shown;
    let repository = world.repository(namespace, name);
    let fine = Rule::to("cn-east-3", "prod-dr");
    let (rules, codes) = match choice {
        0 => (vec![], vec!["missing-rule"]),
        1 => (vec![Rule::to("cn-south-1", "prod-dr")], vec!["target-region-mismatch"]),
        2 => (vec![Rule::to("cn-east-3", "prod")], vec!["target-namespace-mismatch"]),
        3 => {
            let overwrites = Rule {
                overwrite: true,
                ..fine
            };
            (vec![overwrites], vec!["override-mismatch"])
        }
        4 => {
            let code = if shows_manual {
                "sync-auto-mismatch"
            } else {
                "missing-rule"
            };
            let manual = Rule {
                sync_auto: false,
                ..fine
            };
            (vec![manual], vec![code])
        }
        5 => (vec![fine, Rule::to("eu-west-101", "x")], vec!["unexpected-rule"]),
        6 => (vec![fine.clone(), fine], vec!["duplicate-rule"]),
        7 => {
            repository.access = Some(Access::Denied);
            (vec![fine], vec!["unknown"])
        }
        8 => {
            repository.access = Some(Access::Granted);
            (vec![fine], vec![])
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

/// Half of them have tokens that die early.
fn user(random: &mut Rng) -> User {
    User {
        name: USER.to_owned(),
        password: PASSWORD.into(),
        domain: "example".to_owned(),
        token_millis: random.bool().then(|| random.u64(1000..3000)),
        token_requests: random.bool().then(|| random.u64(1..20)),
    }
}

fn rates(random: &mut Rng, world: &mut World) {
    let rate = |random: &mut Rng| {
        let rate = if random.bool() {
            Rate::bucket(f64::from(random.u16(30..400)), random.u32(1..10))
        } else {
            Rate::window(random.u32(3..30), Duration::from_millis(random.u64(50..300)))
        };
        Rate {
            retry_after_seconds: (random.u8(0..8) == 0).then_some(1),
            ..rate
        }
    };
    world.rate = Some(rate(random));
    if random.bool() {
        world.rate_changes.push(RateChange {
            after: Duration::from_millis(random.u64(10..300)),
            rate: random.bool().then(|| rate(random)),
        });
    }
}

/// Nobody answers, or a gateway in the place of the service, or not yet.
fn silence(random: &mut Rng) -> Misbehaviour {
    match random.u8(0..6) {
        0 => Misbehaviour::Html502,
        1 => Misbehaviour::Reset,
        2 => Misbehaviour::CutBody,
        3 => error(503, "APIGW.0613"),
        4 => error(403, "SVCSTG.SWR.4031042"),
        _ => Misbehaviour::Throttled,
    }
}

fn answer(random: &mut Rng) -> Misbehaviour {
    match random.u8(0..16) {
        0 => error(500, "SVCSTG.SWR.5000007"),
        1 => error(403, "SVCSTG.SWR.4030170"),
        2 => error(409, "SVCSTG.SWR.4090006"),
        3 => error(401, "SVCSTG.SWR.4011044"),
        4 => Misbehaviour::GatewayNotFound,
        5 => raw(200, "<html>"),
        6 => raw(200, "{}"),
        7 => raw(404, ""),
        8 => Misbehaviour::Deep(50),
        9 => Misbehaviour::BadSignature,
        10 => Misbehaviour::ExpiredToken,
        11 => Misbehaviour::Redirect("/".to_owned()),
        12 => Misbehaviour::Large(5 << 20),
        13 => Misbehaviour::SlowBody(SlowBody {
            bytes_per_second: 200_000,
        }),
        14 => raw(
            200,
            r#"[{"namespace":"x","repoName":"y","remoteRegionId":"z","remoteNamespace":"z"}]"#,
        ),
        _ => Misbehaviour::DelayMs(random.u64(1..20)),
    }
}

/// What takes longer than the time limit.
fn stall(random: &mut Rng) -> Misbehaviour {
    if random.bool() {
        Misbehaviour::Hang
    } else {
        Misbehaviour::SlowBody(SlowBody { bytes_per_second: 20 })
    }
}

fn faults(random: &mut Rng) -> Vec<Fault> {
    (0..random.usize(1..4)).map(|_| one_fault(random)).collect()
}

fn one_fault(random: &mut Rng) -> Fault {
    let namespace = NAMESPACES[random.usize(0..NAMESPACES.len())];
    let repository = format!("{namespace}/{}", REPOSITORIES[random.usize(0..REPOSITORIES.len())]);
    let somewhere = match random.u8(0..4) {
        0 => "*",
        1 => namespace,
        _ => &repository,
    };
    let often = [Some(1), Some(2), None][random.usize(0..3)];
    // An outage of all for ever would be waited for a minute, and a stall each time as long as it may last.
    let (on, times, answer) = match random.u8(0..8) {
        0 => ("*", Some(random.u64(1..11)), silence(random)),
        1 => (somewhere, Some(random.u64(1..3)), stall(random)),
        2 | 3 if somewhere != "*" => (somewhere, often, silence(random)),
        _ => (somewhere, often, answer(random)),
    };
    Fault {
        times,
        after: random.u64(0..8),
        ..fault(on, answer)
    }
}
