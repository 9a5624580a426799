//! A thousand random small worlds under random faults: of every repository the report says the truth, or that it does not
//! know.
//!
//! Each round follows from its number alone. One that failed says which it was: `SOAK_ROUND=17 cargo test soak` runs that
//! one, as far as the order of things on a busy machine follows from anything.

mod lists;
mod scene;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use fastrand::Rng;
use simulator::{Fault, Misbehaviour, Request, Simulator};

use self::scene::{NAMESPACES, PASSWORD, REPOSITORIES, Scene, Truth, USER};
use crate::agreed::assert_agreed;
use crate::support::{Audit, Ended, inventory_of, namespace_path, rules_path, serve};

const ROUNDS: u64 = 1000;

/// Rounds side by side: most of them wait.
const THREADS: usize = 24;

/// What the document says of each repository: its codes, `unknown` among them.
type Told = BTreeMap<(String, String), Vec<String>>;

/// What came of a round.
#[derive(Clone, Copy, Default)]
struct Count {
    repositories: usize,
    unknown: usize,
    calm: usize,
    resumed: usize,
}

#[test]
fn the_truth_or_unknown() {
    let only: Option<u64> = std::env::var("SOAK_ROUND").ok().and_then(|text| text.parse().ok());
    let (first, end) = only.map_or((0, ROUNDS), |round| (round, round + 1));
    let next = AtomicU64::new(first);
    let rounds = || {
        let mut counts = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return counts;
            }
            counts.push(round(number));
        }
    };
    let counts: Vec<Count> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(rounds)).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined
            .flat_map(|counts| counts.expect("its round is told above"))
            .collect()
    });
    if only.is_some() {
        return;
    }
    let sum = |of: fn(&Count) -> usize| counts.iter().map(of).sum::<usize>();
    let (unknown, all) = (sum(|count| count.unknown), sum(|count| count.repositories));
    // Neither side of the alternative may be a rarity, or this proves nothing.
    assert!(unknown * 10 > all && unknown * 10 < all * 7, "{unknown} of {all}");
    let (calm, resumed) = (sum(|count| count.calm), sum(|count| count.resumed));
    assert!(calm > 100 && resumed > 20, "{calm} calm, {resumed} resumed");
}

/// What can be told wrongly is told as wrong, whatever it is.
#[test]
fn a_wrong_truth_is_noticed() {
    let mut noticed = 0;
    for number in 0..200 {
        let scene = Scene::of(&mut Rng::with_seed(number));
        if !scene.is_calm || scene.killed_after.is_some() {
            continue;
        }
        let simulator = serve(scene.world.clone());
        let ended = audit(&scene, &simulator).against(&simulator.endpoint());
        let told = told(&ended);
        assert_eq!(mistake(&scene.truth, &told, true), None, "round {number}");
        for name in scene.truth.keys() {
            for wrong in [vec![], vec!["missing-rule"], vec!["missing-repo"], vec!["unknown"]] {
                let mut truth = scene.truth.clone();
                if truth.insert(name.clone(), wrong.clone()) != Some(wrong) {
                    assert!(mistake(&truth, &told, true).is_some(), "round {number}: {name:?}");
                    noticed += 1;
                }
            }
        }
        // The reports contradict each other as soon as a row of one is gone.
        if noticed > 300 {
            let table = ended.report.join("repos.csv");
            let text = std::fs::read_to_string(&table).expect("there is a report");
            let cut = text.trim_end().rfind('\n').expect("more than one row");
            std::fs::write(&table, &text[..=cut]).expect("the folder is writable");
            let agreed =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| assert_agreed(&ended, "a row is gone")));
            assert!(agreed.is_err());
            return;
        }
    }
    panic!("too few calm rounds: {noticed}");
}

fn round(number: u64) -> Count {
    let scene = Scene::of(&mut Rng::with_seed(number));
    let world = &scene.world;
    let description = format!(
        "round {number}: {:?}\n{:?}\n{:?} {:?}\n{:?}\n{:?}, killed after {:?}",
        world.behaviour,
        world.faults,
        world.rate,
        world.rate_changes,
        world.credentials.users,
        scene.arguments,
        scene.killed_after
    );
    let simulator = serve(world.clone());
    let audit = audit(&scene, &simulator);
    let (ended, is_resumed) = match scene.killed_after {
        Some(requests) => killed_and_resumed(audit, &simulator, requests),
        None => (audit.against(&simulator.endpoint()), false),
    };
    let description = format!("{description}\n{}", ended.stderr);
    assert_agreed(&ended, &description);
    let told = told(&ended);
    if let Some(mistake) = mistake(&scene.truth, &told, scene.is_calm) {
        panic!("{mistake}\n{description}");
    }
    if !is_resumed {
        assert_asked(&scene, &simulator.requests(), &description);
    }
    let is_unknown = |codes: &&Vec<String>| codes.contains(&"unknown".to_owned());
    Count {
        repositories: told.len(),
        unknown: told.values().filter(is_unknown).count(),
        calm: usize::from(scene.is_calm),
        resumed: usize::from(is_resumed),
    }
}

fn audit(scene: &Scene, simulator: &Simulator) -> Audit {
    let estate = NAMESPACES.map(|name| (name, &REPOSITORIES[..]));
    let audit = Audit::of(&inventory_of(&estate)).with(&scene.arguments);
    if !scene.has_tokens {
        return audit;
    }
    audit
        .without_environment()
        .setting("HW_USER_NAME", USER)
        .setting("HW_USER_PASSWORD", PASSWORD)
        .setting("HW_DOMAIN_NAME", "example")
        .setting("HW_AUTH_URL", &format!("{}/v3", simulator.endpoint()))
}

/// Whether it was killed at all: it may have come to its end before.
fn killed_and_resumed(audit: Audit, simulator: &Simulator, requests: usize) -> (Ended, bool) {
    let mut started = audit.start(&simulator.endpoint());
    loop {
        if started.child().try_wait().expect("it is ours").is_some() {
            return (audit.ended(started.output()), false);
        }
        let asked = simulator
            .requests()
            .iter()
            .filter(|request| request.path.starts_with("/v2/"))
            .count();
        if asked >= requests {
            break;
        }
        thread::sleep(std::time::Duration::from_millis(1));
    }
    started.child().kill().expect("it is ours");
    let output = started.output();
    if output.status.code().is_some() {
        return (audit.ended(output), false);
    }
    (audit.with(&["--resume"]).against(&simulator.endpoint()), true)
}

/// What the document says of each repository.
fn told(ended: &Ended) -> Told {
    let report = ended.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut told = Told::new();
    for row in report["repositories"].as_array().expect("a list") {
        let codes = told
            .entry((text(&row["namespace"]), text(&row["repository"])))
            .or_default();
        if row["outcome"] == "unknown" {
            codes.push("unknown".to_owned());
        }
    }
    let findings = report["findings"].as_array().expect("a list");
    let is_race = |finding: &&serde_json::Value| finding["code"] == "overwrite-race";
    for finding in findings.iter().filter(|finding| !is_race(finding)) {
        let namespace = text(&finding["namespace"]);
        let own = finding["repository"].as_str().map(|name| format!("{namespace}/{name}"));
        let members = finding["repositories"].as_array().expect("a list").iter().map(text);
        for name in own.into_iter().chain(members) {
            let (namespace, repository) = name.split_once('/').expect("a name in a namespace");
            let codes = told
                .get_mut(&(namespace.to_owned(), repository.to_owned()))
                .expect("a row for it");
            codes.push(text(&finding["code"]));
        }
    }
    let races = findings.iter().filter(is_race);
    let races: Vec<Vec<String>> = races
        .map(|finding| {
            finding["repositories"]
                .as_array()
                .expect("a list")
                .iter()
                .map(text)
                .collect()
        })
        .collect();
    assert_eq!(races, overwriting_together(&told));
    told
}

/// In these worlds all copy to one namespace: those of one name that overwrite there are in each other's way.
fn overwriting_together(told: &Told) -> Vec<Vec<String>> {
    let mut by_name: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let overwriting = told
        .iter()
        .filter(|(_, codes)| codes.iter().any(|code| code == "override-mismatch"));
    for ((namespace, name), _) in overwriting {
        by_name
            .entry(name)
            .or_default()
            .push(format!("main:{namespace}/{name}"));
    }
    let mut together: Vec<Vec<String>> = by_name.into_values().filter(|members| members.len() > 1).collect();
    together.sort();
    together
}

/// What is told wrongly, if anything is. In a calm world nothing but the truth will do.
fn mistake(truth: &Truth, told: &Told, is_calm: bool) -> Option<String> {
    if !truth.keys().eq(told.keys()) {
        return Some(format!("told of {:?}", told.keys()));
    }
    // Where nothing at all is left, a run may well take its own account for the wrong one.
    let is_all_gone = truth.values().flatten().all(|code| code.starts_with("missing-")) && !truth.is_empty();
    let is_fine =
        |truth: &[&str], told: &[String]| truth == told || ((!is_calm || is_all_gone) && is_honest(truth, told));
    truth
        .iter()
        .find(|(name, codes)| !is_fine(codes, &told[*name]))
        .map(|(name, codes)| format!("{name:?} is {codes:?}, told {:?}", told[name]))
}

/// The truth whole, or unknown alone. Of an absent namespace's repository it may be said that it is absent, where the
/// look at the namespace failed.
fn is_honest(truth: &[&str], told: &[String]) -> bool {
    let is_unknown = told == ["unknown"];
    let is_unconfirmed = truth == ["missing-namespace"] && told == ["missing-repo"];
    is_unknown || is_unconfirmed || told == truth
}

/// Nothing is asked for more often than its attempts allow: one more where a token can be renewed, and all of them twice
/// where an answer about another repository makes others suspect.
fn assert_asked(scene: &Scene, requests: &[Request], description: &str) {
    let is_another = |fault: &Fault| matches!(&fault.answer, Misbehaviour::Raw(raw) if raw.body.contains("repoName"));
    let times = 1 + usize::from(scene.world.faults.iter().any(is_another));
    let most = times * (1 + scene.retries + usize::from(scene.has_tokens));
    let count = |path: &str| requests.iter().filter(|request| request.path == path).count();
    for namespace in NAMESPACES {
        let rules = REPOSITORIES.map(|name| rules_path(namespace, name));
        for path in rules.into_iter().chain([namespace_path(namespace)]) {
            assert!(count(&path) <= most, "{} times {path}\n{description}", count(&path));
        }
    }
    assert!(requests.iter().all(|request| request.cookie.is_none()), "{description}");
}
