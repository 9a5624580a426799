//! Worlds for the properties: one repository's policy beside one answer of the service.
//!
//! Few regions and few namespaces, so that rules collide, pair and duplicate often; the last test here says how often.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::example::{lines, place, policy, regions, rule, target};
use super::{Comparison, compare};
use crate::model::{
    Code, Expectation, ExpectedFlag, ExpectedTarget, Flags, Others, RegionLimits, Rule, Severities, Severity, Target,
};

/// One comparison to be made.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) expectation: Expectation,
    pub(super) actual: Vec<Rule>,
    pub(super) lists_manual_rules: bool,
}

impl World {
    pub(super) fn compare(&self) -> Comparison {
        compare(&self.expectation, &self.actual.clone().into(), self.lists_manual_rules)
    }
}

/// Anything, with lists of every length that matters.
pub(super) fn worlds() -> impl Strategy<Value = World> {
    worlds_of(prop_oneof![6 => Just(None), 2 => Just(Some(100)), 1 => Just(Some(99)), 1 => Just(Some(101))])
}

/// Anything, in a list that may be cut.
pub(super) fn cut_worlds() -> impl Strategy<Value = World> {
    worlds_of(Just(Some(100)))
}

/// Rules exactly as expected, `any` filled with anything, default severities, and no other rule.
pub(super) fn clean_worlds() -> impl Strategy<Value = World> {
    (
        expectations(),
        vec((reported_flag(), reported_flag()), MOST_TARGETS),
        any::<bool>(),
    )
        .prop_flat_map(|(expectation, fillings, lists_manual_rules)| {
            let expectation = Expectation {
                severities: Arc::default(),
                ..expectation
            };
            let actual = expectation.targets.iter().zip(fillings).zip(1..);
            let actual: Vec<Rule> = actual
                .map(|((expected, filling), id)| Rule {
                    id: Some(id),
                    ..as_expected(expected, filling)
                })
                .collect();
            (Just(expectation), Just(actual).prop_shuffle(), Just(lists_manual_rules))
        })
        .prop_map(|(expectation, actual, lists_manual_rules)| World {
            expectation,
            actual,
            lists_manual_rules,
        })
}

/// What became of an expected target's rule.
#[derive(Clone, Copy, Debug)]
enum Fate {
    AsExpected,
    Flipped,
    Untold,
    OtherRegion,
    OtherNamespace,
    Gone,
}

const MOST_TARGETS: usize = 5;
const REGIONS: [&str; 4] = ["a1", "b1", "c1", "d1"];
const NAMESPACES: [&str; 3] = ["n1", "n2", "n3"];

fn worlds_of(length: impl Strategy<Value = Option<usize>>) -> impl Strategy<Value = World> {
    let fate = prop_oneof![
        6 => Just(Fate::AsExpected),
        2 => Just(Fate::Flipped),
        1 => Just(Fate::Untold),
        2 => Just(Fate::OtherRegion),
        2 => Just(Fate::OtherNamespace),
        3 => Just(Fate::Gone),
    ];
    let twins = prop_oneof![6 => vec(live_rules(), 0), 1 => vec(live_rules(), 1), 1 => vec(live_rules(), 2)];
    let histories = vec((fate, (reported_flag(), reported_flag()), ids(), twins), MOST_TARGETS);
    let others = prop_oneof![3 => vec(live_rules(), 0), 1 => vec(live_rules(), 1..4)];
    (expectations(), histories, others, length, any::<bool>(), any::<bool>())
        .prop_flat_map(
            |(expectation, histories, others, length, pad_with_twins, lists_manual_rules)| {
                let mut actual = Vec::new();
                for (expected, (fate, filling, id, twins)) in expectation.targets.iter().zip(histories) {
                    if let Some(rule) = rule_of(expected, fate, filling) {
                        actual.extend(twins.into_iter().map(|twin| Rule {
                            target: rule.target.clone(),
                            ..twin
                        }));
                        actual.push(Rule { id, ..rule });
                    }
                }
                actual.extend(others);
                pad(&mut actual, length, pad_with_twins);
                (Just(expectation), Just(actual).prop_shuffle(), Just(lists_manual_rules))
            },
        )
        .prop_map(|(expectation, actual, lists_manual_rules)| World {
            expectation,
            actual,
            lists_manual_rules,
        })
}

fn expectations() -> impl Strategy<Value = Expectation> {
    let of_size = |size| btree_map(targets(), (expected_flags(), expected_flags()), size);
    let all_targets = prop_oneof![1 => of_size(0..=0), 8 => of_size(1..=MOST_TARGETS)];
    let limits = prop_oneof![
        6 => Just(RegionLimits::default()),
        2 => Just(regions(None, &["d1"])),
        1 => Just(regions(Some(&["[a-c]1", "p1"]), &[])),
        1 => Just(regions(Some(&[]), &[])),
    ];
    let other_rules = select(vec![Others::Deny, Others::Warn, Others::Allow]);
    let severity = btree_map(select(&Code::ALL[..]), select(&Severity::ALL[..]), 1..4);
    let severities = prop_oneof![2 => Just(BTreeMap::new()), 1 => severity];
    (all_targets, limits, other_rules, severities).prop_map(|(targets, limits, other_rules, severities)| Expectation {
        // A policy that expects what it forbids is an error of the inventory.
        targets: targets
            .into_iter()
            .filter(|(target, _)| limits.admit(&target.region))
            .map(|(target, (overrides, sync_auto))| ExpectedTarget {
                target,
                flags: Flags { overrides, sync_auto },
                place: place(1),
            })
            .collect(),
        other_rules,
        regions: limits,
        severities: Arc::new(Severities(severities)),
        ..policy(&[])
    })
}

fn rule_of(expected: &ExpectedTarget, fate: Fate, filling: Filling) -> Option<Rule> {
    let mut rule = as_expected(expected, filling);
    match fate {
        Fate::AsExpected => {}
        // Which of the two flags follows from the filling, so that both happen.
        Fate::Flipped if filling.0 == Some(true) => rule.flags.overrides = rule.flags.overrides.map(|flag| !flag),
        Fate::Flipped => rule.flags.sync_auto = rule.flags.sync_auto.map(|flag| !flag),
        Fate::Untold if filling.0 == Some(true) => rule.flags.overrides = None,
        Fate::Untold => rule.flags.sync_auto = None,
        // A moved rule brings flags of its own half of the time.
        Fate::OtherRegion => {
            rule.target.region = next(&REGIONS, &rule.target.region).into();
            rule.flags.overrides = filling.0;
        }
        Fate::OtherNamespace => {
            rule.target.namespace = next(&NAMESPACES, &rule.target.namespace).into();
            rule.flags.sync_auto = filling.1;
        }
        Fate::Gone => return None,
    }
    Some(rule)
}

fn next<'a>(of: &[&'a str], word: &str) -> &'a str {
    let position = of.iter().position(|each| *each == word).expect("of the alphabet");
    of[(position + 1) % of.len()]
}

/// The flags that a rule has where `any` is expected.
type Filling = (Option<bool>, Option<bool>);

fn as_expected(expected: &ExpectedTarget, filling: Filling) -> Rule {
    let fill = |flag, filling| match flag {
        ExpectedFlag::Is(value) => Some(value),
        ExpectedFlag::Any => filling,
    };
    Rule {
        target: expected.target.clone(),
        flags: Flags {
            overrides: fill(expected.flags.overrides, filling.0),
            sync_auto: fill(expected.flags.sync_auto, filling.1),
        },
        ..rule("1 a1/n1 f f")
    }
}

/// Fills a list up: with twins of what is there, or with rules toward targets of their own.
fn pad(actual: &mut Vec<Rule>, length: Option<usize>, with_twins: bool) {
    let given = actual.clone();
    for number in actual.len()..length.unwrap_or_default() {
        actual.push(match given.first() {
            Some(first) if with_twins => first.clone(),
            Some(_) | None => rule(&format!("{number} p1/pad-{number} f t")),
        });
    }
}

fn live_rules() -> impl Strategy<Value = Rule> {
    (targets(), reported_flag(), reported_flag(), ids()).prop_map(|(target, overrides, sync_auto, id)| Rule {
        target,
        flags: Flags { overrides, sync_auto },
        id,
        ..rule("1 a1/n1 f f")
    })
}

fn targets() -> impl Strategy<Value = Target> {
    (select(&REGIONS[..]), select(&NAMESPACES[..]))
        .prop_map(|(region, namespace)| target(&format!("{region}/{namespace}")))
}

fn expected_flags() -> impl Strategy<Value = ExpectedFlag> {
    prop_oneof![3 => any::<bool>().prop_map(ExpectedFlag::Is), 1 => Just(ExpectedFlag::Any)]
}

fn reported_flag() -> impl Strategy<Value = Option<bool>> {
    option::weighted(0.9, any::<bool>())
}

/// Few, so that twins share them.
fn ids() -> impl Strategy<Value = Option<i64>> {
    option::weighted(0.8, 0..6_i64)
}

/// Whether a world, of which these lines are reported, holds something.
type Holds = fn(&World, &[String]) -> bool;

/// What a world may hold, with the least share, in percent, of worlds that have to hold it.
const SHARES: [(&str, usize, Holds); 18] = [
    ("nothing to tell", 8, |_, told| told.is_empty()),
    ("targets that match", 40, |world, _| world.compare().matching > 0),
    ("five targets, or none", 15, |world, _| {
        [0, MOST_TARGETS].contains(&world.expectation.targets.len())
    }),
    ("a duplicate", 25, |_, told| has(told, "duplicate-rule")),
    ("a duplicate that overrides", 3, |world, told| {
        world.expectation.severities.0.is_empty() && told.iter().any(|line| is_high_duplicate(line))
    }),
    ("twins without an id", 15, |world, told| {
        has(told, "duplicate-rule") && world.actual.iter().any(|rule| rule.id.is_none())
    }),
    ("a forbidden target", 5, |_, told| has(told, "forbidden-target")),
    ("override differs", 12, |_, told| has(told, "override-mismatch")),
    ("syncAuto differs", 12, |_, told| has(told, "sync-auto-mismatch")),
    ("a flag that was not told", 8, |_, told| has(told, "? bad-response")),
    ("a target that is not observable", 10, |_, told| {
        has(told, "? not-observable")
    }),
    ("a list that may be cut", 15, |world, _| world.actual.len() == 100),
    ("a target that may have been cut", 8, |world, told| {
        let mut targets = world.expectation.targets.iter();
        targets.any(|expected| has(told, &format!("? truncated {}", expected.target)))
    }),
    ("another namespace", 8, |_, told| has(told, "target-namespace-mismatch")),
    ("another region", 5, |_, told| has(told, "target-region-mismatch")),
    ("a missing rule", 10, |_, told| has(told, "missing-rule")),
    ("an unexpected rule", 20, |_, told| has(told, "unexpected-rule")),
    ("a flag of a pair", 5, |world, _| {
        let comparison = world.compare();
        let mut flags = comparison
            .findings
            .iter()
            .filter(|each| is_flag(each.difference.code()));
        flags.any(|flag| {
            let mut others = comparison.findings.iter().filter(|each| each.target == flag.target);
            others.any(|each| is_pair(each.difference.code()))
        })
    }),
];

fn has(told: &[String], start: &str) -> bool {
    told.iter().any(|line| line.starts_with(start))
}

fn is_high_duplicate(line: &str) -> bool {
    line.starts_with("duplicate-rule") && line.ends_with("high")
}

fn is_flag(code: Code) -> bool {
    [Code::OverrideMismatch, Code::SyncAutoMismatch].contains(&code)
}

pub(super) fn is_pair(code: Code) -> bool {
    [Code::TargetRegionMismatch, Code::TargetNamespaceMismatch].contains(&code)
}

/// A property holds of nothing that its worlds never hold.
#[test]
#[expect(
    clippy::print_stdout,
    reason = "the shares are read by people: cargo test -- --nocapture"
)]
fn the_worlds_hold_what_the_properties_speak_of() {
    const WORLDS: usize = 2_000;
    let mut runner = TestRunner::deterministic();
    let mut counts = [0; SHARES.len()];
    for _ in 0..WORLDS {
        let world = worlds().new_tree(&mut runner).expect("nothing is filtered").current();
        let told = lines(&world.compare());
        for (count, (_, _, holds)) in counts.iter_mut().zip(SHARES) {
            *count += usize::from(holds(&world, &told));
        }
    }
    for (count, (name, _, _)) in counts.iter().zip(SHARES) {
        println!("{:>3} % {name}", count * 100 / WORLDS);
    }
    for (count, (name, least, _)) in counts.iter().zip(SHARES) {
        assert!(count * 100 >= least * WORLDS, "{name}: {count} of {WORLDS}");
    }
}
