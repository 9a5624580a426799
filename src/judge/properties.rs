//! What holds of every comparison, whatever the policy and whatever the answer.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;

use super::example::{TODAY, lines, planned, rule, source};
use super::worlds::{World, clean_worlds, cut_worlds, is_pair, worlds};
use super::*;
use crate::model::{Code, ExpectedFlag, Field, Others, Outcome, Pattern, RegionLimits, Rule, Target};

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        // The smallest case that fails is printed; a test leaves no file behind.
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn rules_as_expected_say_nothing(world in clean_worlds()) {
        let matching = world.expectation.targets.len();
        prop_assert_eq!(world.compare(), Comparison { matching, ..Comparison::default() });
    }

    #[test]
    fn every_expected_target_ends_in_one_place(world in worlds()) {
        let comparison = world.compare();
        let mut endings = Vec::new();
        for expected in &world.expectation.targets {
            endings.push(ending_of(&expected.target, &comparison).map_err(TestCaseError::fail)?);
        }
        let count = |ending| endings.iter().filter(|each| **each == ending).count();
        prop_assert_eq!(count(Ending::Matching), comparison.matching);
        prop_assert_eq!(
            findings(&comparison, |code| code == Code::MissingRule).count(),
            count(Ending::Missing)
        );
        prop_assert_eq!(findings(&comparison, is_pair).count(), count(Ending::Paired));
    }

    #[test]
    fn every_listed_target_ends_in_one_place(world in worlds()) {
        let comparison = world.compare();
        let mut listed: Vec<&Target> = world.actual.iter().map(|rule| &rule.target).collect();
        listed.sort();
        listed.dedup();
        let times = |target: &Target| world.actual.iter().filter(|rule| rule.target == *target).count();
        let twice: Vec<&Target> = listed.iter().copied().filter(|target| times(target) > 1).collect();
        prop_assert_eq!(targets_of(&comparison, Code::DuplicateRule), twice);

        let (admitted, forbidden): (Vec<&Target>, Vec<&Target>) =
            listed.into_iter().partition(|target| world.expectation.regions.admit(&target.region));
        prop_assert_eq!(targets_of(&comparison, Code::ForbiddenTarget), forbidden);

        let is_expected = |target: &Target| world.expectation.targets.iter().any(|each| each.target == *target);
        let beyond: Vec<&Target> = admitted.into_iter().filter(|target| !is_expected(target)).collect();
        let paired = findings(&comparison, is_pair).count();
        let unexpected = targets_of(&comparison, Code::UnexpectedRule);
        prop_assert!(unexpected.iter().all(|target| beyond.contains(target)));
        match world.expectation.other_rules {
            Others::Deny | Others::Warn => prop_assert_eq!(unexpected.len() + paired, beyond.len()),
            Others::Allow => {
                prop_assert_eq!(unexpected.len(), 0);
                prop_assert!(paired <= beyond.len());
            }
        }
    }

    #[test]
    fn the_order_of_the_answer_never_matters(
        (world, shuffled) in worlds().prop_flat_map(|world| {
            let shuffled = Just(world.actual.clone()).prop_shuffle();
            (Just(world), shuffled)
        })
    ) {
        let comparison = world.compare();
        prop_assert_eq!(comparison, World { actual: shuffled, ..world }.compare());
    }

    #[test]
    fn a_second_reading_of_the_design_tells_the_same(world in worlds()) {
        let (mut expected, matching) = oracle::told(&world);
        let comparison = world.compare();
        let mut told = lines(&comparison);
        expected.sort();
        told.sort();
        prop_assert_eq!(&told, &expected);
        prop_assert_eq!(comparison.matching, matching);

        let judged = judged_alone(&world);
        prop_assert_eq!(judged.outcome, oracle::outcome(&expected));
        prop_assert_eq!(judged.unknown_class.is_some(), judged.outcome == Outcome::Unknown);
        prop_assert_eq!(judged.actual_rules, Some(world.actual.len()));
    }

    #[test]
    fn any_for_override_never_adds_anything(
        world in worlds().prop_filter("a target to relax", expects_something),
        which in any::<Index>(),
    ) {
        // All else stays: the rules, the other targets, and `syncAuto`, which decides what may be hidden.
        let before = world.compare();
        let mut relaxed = world;
        let expected = &mut relaxed.expectation.targets;
        let which = which.index(expected.len());
        expected[which].flags.overrides = ExpectedFlag::Any;
        let after = relaxed.compare();
        for finding in &after.findings {
            let same = before.findings.iter().find(|each| identity(each) == identity(finding));
            prop_assert!(same.is_some_and(|same| same.severity >= finding.severity), "{finding:?}");
        }
        prop_assert!(after.findings.len() <= before.findings.len());
        prop_assert!(after.unknowns.len() <= before.unknowns.len());
        prop_assert!(after.matching >= before.matching);
    }

    #[test]
    fn a_list_that_may_be_cut_proves_no_absence(world in cut_worlds()) {
        let comparison = world.compare();
        let is_absence = |code| code == Code::MissingRule || is_pair(code);
        prop_assert_eq!(findings(&comparison, is_absence).count(), 0);
        for expected in &world.expectation.targets {
            let stands = world.actual.iter().any(|rule| rule.target == expected.target);
            let unknowns = comparison.unknowns.iter().filter(|each| each.target.as_ref() == Some(&expected.target));
            let classes: Vec<_> = unknowns.filter(|each| each.field.is_none()).map(|each| each.class).collect();
            let truncated: &[_] = if stands { &[] } else { &[UnknownClass::Truncated] };
            prop_assert_eq!(&classes[..], truncated);
        }
    }

    #[test]
    fn one_change_gives_the_finding_that_names_it(
        world in clean_worlds().prop_filter("a rule to break", expects_something),
        which in any::<Index>(),
        mutation in prop::sample::select(&Mutation::ALL[..]),
    ) {
        prop_assert_eq!(lines(&world.compare()), Vec::<String>::new());
        let (broken, told) = mutation.apply(world, which);
        prop_assert_eq!(lines(&broken.compare()), told, "{:?}", broken);
    }
}

fn expects_something(world: &World) -> bool {
    !world.expectation.targets.is_empty()
}

/// Where an expected target ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Nothing is reported of it.
    Matching,
    /// Its rule stands; of each flag at most one thing is reported, a finding or an unknown, and of one at least.
    Compared,
    /// Its rule stands elsewhere: one finding says where, and the flags are as in `Compared`, or as expected.
    Paired,
    /// One finding, nothing else.
    Missing,
    /// One unknown about the target as a whole, nothing else.
    Unseen,
}

/// The one place of an expected target. What is reported of its duplicates is about the list, not about the target.
fn ending_of(target: &Target, comparison: &Comparison) -> Result<Ending, String> {
    let of = |each: &Option<Target>| each.as_ref() == Some(target);
    let told = comparison.findings.iter().filter(|each| of(&each.target));
    let codes: Vec<Code> = told
        .map(|each| each.difference.code())
        .filter(|code| *code != Code::DuplicateRule)
        .collect();
    let unknowns: Vec<&Unknown> = comparison.unknowns.iter().filter(|each| of(&each.target)).collect();

    let about = |field, code| {
        let findings = codes.iter().filter(|each| **each == code).count();
        findings + unknowns.iter().filter(|each| each.field == Some(field)).count()
    };
    let overrides = about(Field::Override, Code::OverrideMismatch);
    let sync_auto = about(Field::SyncAuto, Code::SyncAutoMismatch);
    let missing = codes.iter().filter(|code| **code == Code::MissingRule).count();
    let paired = codes.iter().filter(|code| is_pair(**code)).count();
    let unseen = unknowns.iter().filter(|each| each.field.is_none()).count();
    let flags = overrides + sync_auto;
    if flags + missing + paired + unseen != codes.len() + unknowns.len() {
        return Err(format!("{target}: something else is told: {codes:?} {unknowns:?}"));
    }
    match (missing, paired, unseen, overrides.max(sync_auto)) {
        (0, 0, 0, 0) => Ok(Ending::Matching),
        (0, 0, 0, 1) => Ok(Ending::Compared),
        (0, 1, 0, 0 | 1) => Ok(Ending::Paired),
        (1, 0, 0, 0) => Ok(Ending::Missing),
        (0, 0, 1, 0) => Ok(Ending::Unseen),
        (..) => Err(format!("{target}: more than one place: {codes:?} {unknowns:?}")),
    }
}

fn findings(comparison: &Comparison, is: impl Fn(Code) -> bool) -> impl Iterator<Item = &Finding> {
    comparison
        .findings
        .iter()
        .filter(move |each| is(each.difference.code()))
}

fn targets_of(comparison: &Comparison, code: Code) -> Vec<&Target> {
    findings(comparison, |each| each == code)
        .filter_map(|each| each.target.as_ref())
        .collect()
}

fn identity(finding: &Finding) -> (Code, Option<&Target>) {
    (finding.difference.code(), finding.target.as_ref())
}

fn judged_alone(world: &World) -> JudgedRepository {
    let source = source("main", world.lists_manual_rules);
    let plan = Plan {
        repositories: vec![planned(&source, "prod/web", world.expectation.clone())],
        ..Plan::default()
    };
    let mut judging = Judging::new(&plan);
    judging.take(
        0,
        Observation {
            answer: Answer::Rules(world.actual.clone().into()),
            evidence: Evidence::default(),
        },
    );
    let mut judged = judging.finish(&[Arc::clone(&source)], &[], TODAY, Guard::off());
    judged.repositories.remove(0)
}

/// One thing that goes wrong in a clean world.
#[derive(Clone, Copy, Debug)]
enum Mutation {
    DropRule,
    FlipOverride,
    FlipSyncAuto,
    LeaveOutOverride,
    MoveRegion,
    MoveNamespace,
    AddRule,
    DuplicateRule,
    ForbidRegion,
}

impl Mutation {
    const ALL: [Self; 9] = [
        Self::DropRule,
        Self::FlipOverride,
        Self::FlipSyncAuto,
        Self::LeaveOutOverride,
        Self::MoveRegion,
        Self::MoveNamespace,
        Self::AddRule,
        Self::DuplicateRule,
        Self::ForbidRegion,
    ];

    /// The broken world, and what has to be reported of it. Fresh regions and namespaces begin with `z` and are admitted:
    /// the worlds' own limits go, since `ForbidRegion` sets its own.
    fn apply(self, world: World, which: Index) -> (World, Vec<String>) {
        let mut world = world;
        world.expectation.regions = RegionLimits::default();
        world.expectation.other_rules = Others::Deny;
        let expected = world.expectation.targets[which.index(world.expectation.targets.len())].clone();
        let to = &expected.target;
        let position = world
            .actual
            .iter()
            .position(|rule| rule.target == *to)
            .expect("a clean world");
        let hidden = !world.lists_manual_rules && expected.flags.sync_auto != ExpectedFlag::Is(true);
        let rule = &mut world.actual[position];
        let told = match self {
            Self::DropRule => {
                world.actual.remove(position);
                vec![if hidden {
                    format!("? not-observable {to}")
                } else {
                    format!("missing-rule {to} high")
                }]
            }
            Self::FlipOverride => {
                let actual = flip(&mut rule.flags.overrides);
                let severity = if actual { "high" } else { "medium" };
                unless_any(
                    expected.flags.overrides,
                    format!("override-mismatch {to} override {severity}"),
                )
            }
            Self::FlipSyncAuto => {
                flip(&mut rule.flags.sync_auto);
                unless_any(
                    expected.flags.sync_auto,
                    format!("sync-auto-mismatch {to} syncAuto high"),
                )
            }
            Self::LeaveOutOverride => {
                rule.flags.overrides = None;
                unless_any(expected.flags.overrides, format!("? bad-response {to} override"))
            }
            Self::MoveRegion => {
                rule.target.region = "z1".into();
                moved(
                    hidden,
                    to,
                    &rule.target,
                    format!("target-region-mismatch {to} region high"),
                )
            }
            Self::MoveNamespace => {
                rule.target.namespace = "zz".into();
                moved(
                    hidden,
                    to,
                    &rule.target,
                    format!("target-namespace-mismatch {to} namespace high"),
                )
            }
            Self::AddRule => {
                world.actual.push(fresh());
                vec!["unexpected-rule z1/zz medium".to_owned()]
            }
            Self::DuplicateRule => {
                let twin = Rule {
                    id: None,
                    ..rule.clone()
                };
                let against = expected.flags.overrides == ExpectedFlag::Is(false) && twin.flags.overrides == Some(true);
                assert!(!against, "a rule as expected");
                world.actual.push(twin);
                vec![format!("duplicate-rule {to} medium")]
            }
            Self::ForbidRegion => {
                world.actual.push(fresh());
                world.expectation.other_rules = Others::Allow;
                assert_eq!(
                    lines(&world.compare()),
                    Vec::<String>::new(),
                    "allowed as long as nothing forbids it"
                );
                world.expectation.regions.denied = vec![Pattern::parse("z?").expect("a valid pattern")];
                vec!["forbidden-target z1/zz critical".to_owned()]
            }
        };
        (world, told)
    }
}

/// The new value.
fn flip(flag: &mut Option<bool>) -> bool {
    let flipped = !flag.unwrap_or_default();
    *flag = Some(flipped);
    flipped
}

fn unless_any(expected: ExpectedFlag, line: String) -> Vec<String> {
    match expected {
        ExpectedFlag::Is(_) => vec![line],
        ExpectedFlag::Any => vec![],
    }
}

/// Where the rule may be hidden nothing says that it is the moved one.
fn moved(hidden: bool, expected: &Target, actual: &Target, line: String) -> Vec<String> {
    if hidden {
        vec![
            format!("unexpected-rule {actual} medium"),
            format!("? not-observable {expected}"),
        ]
    } else {
        vec![line]
    }
}

fn fresh() -> Rule {
    rule("900 z1/zz f t")
}
