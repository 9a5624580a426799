//! Random estates, and the whole of what a run tells of them beside what an oracle of the tests tells.
//!
//! Each round follows from its number alone: `ESTATE_ROUND=17 cargo test estate` runs that one, and `ESTATE_ROUNDS=20000`
//! so many. One that disagrees shows its inventory, its world, and both results.

mod draw;
mod glob;
mod kinds;
mod oracle;
mod plain;
mod told;
mod write;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use self::kinds::Kinds;
use self::plain::Estate;
use self::told::Told;
use crate::support::Audit;

const ROUNDS: u64 = 1200;

/// Rounds side by side: most of them wait.
const THREADS: usize = 12;

#[test]
fn what_is_reported_is_what_an_oracle_tells() {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok().and_then(|text| text.parse().ok()) };
    let (first, end) = match number("ESTATE_ROUND") {
        Some(round) => (round, round + 1),
        None => (0, number("ESTATE_ROUNDS").unwrap_or(ROUNDS)),
    };
    let next = AtomicU64::new(first);
    let rounds = || {
        let mut kinds = Kinds::default();
        let mut wrong = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return (kinds, wrong);
            }
            wrong.extend(round(number, &mut kinds));
        }
    };
    let mut kinds = Kinds::default();
    let mut wrong: Vec<(u64, String)> = Vec::new();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(rounds)).collect();
        for joined in threads.into_iter().map(thread::ScopedJoinHandle::join) {
            let (other, more) = joined.expect("its round is told above");
            kinds.add(other);
            wrong.extend(more);
        }
    });
    wrong.sort();
    let shown: Vec<&str> = wrong.iter().take(3).map(|(_, text)| &**text).collect();
    let numbers: Vec<u64> = wrong.iter().map(|(number, _)| *number).collect();
    assert!(
        wrong.is_empty(),
        "{}\n{} disagree: {numbers:?}",
        shown.join("\n"),
        wrong.len()
    );
    if end - first >= ROUNDS {
        kinds.assert_all_occurred();
    }
}

/// What is wrong with that round, if anything is.
fn round(number: u64, kinds: &mut Kinds) -> Option<(u64, String)> {
    let estate = draw::estate(number);
    let Some(expected) = oracle::told(&estate) else {
        kinds.count("not foreseeable");
        return None;
    };
    let simulators = write::simulators(&estate);
    let inventory = write::inventory(&estate, &write::endpoints(&simulators));
    let ended = audit(&estate, &inventory).run();
    if !ended.report.join("report.json").exists() {
        return Some((
            number,
            format!("round {number}: no report\n{inventory}\n{}", ended.stderr),
        ));
    }
    let actual = Told::of(&ended);
    kinds.take(&estate, &expected);
    let differences = differences(&expected, &actual);
    let rows = ended.drift().len();
    let (findings, console) = (actual.findings.len(), &ended.stderr);
    if rows < findings {
        return Some((number, format!("round {number}: {findings} findings and {rows} rows")));
    }
    (!differences.is_empty()).then(|| {
        let worlds: Vec<String> = estate.sources.iter().map(world).collect();
        let options = (&estate.only, estate.shard, estate.is_one_by_one);
        let text = format!(
            "=== round {number}: {options:?}\n{inventory}\n{}\n{console}\n{}",
            worlds.join("\n"),
            differences.join("\n")
        );
        (number, text)
    })
}

fn audit(estate: &Estate, inventory: &str) -> Audit {
    let mut audit = Audit::of(inventory).without_environment().with(&[
        "--retries",
        "0",
        "--at",
        "2026-11-24T03:15:00Z",
        "--format",
        "csv,json",
    ]);
    for (name, value) in write::environment(estate) {
        audit = audit.setting(&name, &value);
    }
    for selected in &estate.only {
        audit = audit.with(&["--only", selected]);
    }
    if let Some((index, count)) = estate.shard {
        audit = audit.with(&["--shard", &format!("{index}/{count}")]);
    }
    if estate.is_one_by_one {
        audit = audit.with(&["--concurrency", "1"]);
    }
    audit
}

/// What a person needs to see of a world.
fn world(source: &plain::Source) -> String {
    let mut lines = vec![format!("{}: down {:?}, {:?}", source.name, source.down, source.broken)];
    let behaviour = &source.world.behaviour;
    lines.push(format!(
        "  pages of {}, {:?}, overview {:?}, rules {:?}",
        behaviour.page_cap, behaviour.listing_total, behaviour.overview_repositories, behaviour.manual_rules
    ));
    for namespace in &source.world.namespaces {
        lines.push(format!("  {} {:?}", namespace.name, namespace.access));
        for one in &namespace.repositories {
            let rule = |rule: &simulator::Rule| {
                format!(
                    "{}/{} {} {}",
                    rule.region, rule.namespace, rule.overwrite, rule.sync_auto
                )
            };
            let rules: Vec<String> = one.rules.iter().take(9).map(rule).collect();
            lines.push(format!("    {} {:?} {:?} {rules:?}", one.name, one.access, one.listed));
        }
    }
    lines.join("\n")
}

/// Line by line: `-` is the oracle's alone, `+` the run's.
fn differences(expected: &Told, actual: &Told) -> Vec<String> {
    let lines = |told: &Told| {
        let mut lines = vec![format!("exit {}", told.code)];
        lines.extend(told.repositories.iter().map(|line| format!("row {line}")));
        lines.extend(told.findings.iter().map(|line| format!("finding {line}")));
        lines.extend(told.unknown.iter().map(|line| format!("unknown {line}")));
        lines.extend(told.skipped.iter().map(|line| format!("skipped {line}")));
        lines.extend(told.limits.iter().map(|line| format!("limit {line}")));
        lines.extend(told.counts.iter().map(|line| format!("count {line:?}")));
        lines
    };
    let (expected, mut actual) = (lines(expected), lines(actual));
    let mut differences = Vec::new();
    for line in expected {
        match actual.iter().position(|other| *other == line) {
            Some(at) => drop(actual.remove(at)),
            None => differences.push(format!("- {line}")),
        }
    }
    differences.extend(actual.into_iter().map(|line| format!("+ {line}")));
    differences
}
