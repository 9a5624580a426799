//! The steps of a comparison, one table each; whole findings where their values matter.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::example::{expected, lines, policy, regions, rule, rules, target};
use super::*;
use crate::model::{Code, Flags, RegionLimits, Severities};

/// One row: what the policy expects, what is listed, what is told of it, and how many targets match.
type Row<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], usize);

/// The source lists manual rules, so that nothing is hidden.
fn check(change: impl Fn(&mut Expectation), table: &[Row<'_>]) {
    check_source(true, change, table);
}

fn check_source(lists_manual_rules: bool, change: impl Fn(&mut Expectation), table: &[Row<'_>]) {
    for (targets, actual, told, matching) in table {
        let mut expectation = policy(targets);
        change(&mut expectation);
        let mut actual = rules(actual);
        for _ in 0..2 {
            let comparison = compare(&expectation, &actual, lists_manual_rules);
            assert_eq!(lines(&comparison), *told, "{targets:?} against {actual:?}");
            assert_eq!(comparison.matching, *matching, "{targets:?} against {actual:?}");
            actual.reverse();
        }
    }
}

/// The answer hints at no rules beside these.
fn compare(expectation: &Expectation, actual: &[Rule], lists_manual_rules: bool) -> Comparison {
    super::compare(expectation, &actual.to_vec().into(), lists_manual_rules)
}

fn deny(_: &mut Expectation) {}

fn allow(expectation: &mut Expectation) {
    expectation.other_rules = Others::Allow;
}

fn warn(expectation: &mut Expectation) {
    expectation.other_rules = Others::Warn;
}

fn severities(of: &[(Code, Severity)]) -> Arc<Severities> {
    Arc::new(Severities(of.iter().copied().collect()))
}

/// A list of `count` rules: those given, then rules toward targets that nothing expects.
fn filled(first: &[&str], count: usize) -> Vec<Rule> {
    let mut all = rules(first);
    for number in all.len()..count {
        all.push(rule(&format!("{number} z9/ns-{number:03} f t")));
    }
    all
}

#[test]
fn what_is_as_expected_says_nothing() {
    check(
        deny,
        &[
            (&[], &[], &[], 0),
            (&["e1/dr f t"], &["4 e1/dr f t"], &[], 1),
            (&["e1/dr f t", "s1/dr t f"], &["4 s1/dr t f", "5 e1/dr f t"], &[], 2),
            // The target is the key: neither id nor order has a say.
            (&["e1/dr f t", "e1/dx f t"], &["- e1/dx f t", "1 e1/dr f t"], &[], 2),
        ],
    );
}

#[test]
fn a_duplicate_is_reported_whatever_other_rules_says() {
    let told = &["duplicate-rule e1/dr medium"][..];
    for change in [deny, warn, allow] {
        check(change, &[(&["e1/dr f t"], &["4 e1/dr f t", "9 e1/dr f t"], told, 1)]);
    }
    check(
        deny,
        &[(
            &[],
            &["4 e1/dr f t", "9 e1/dr f t", "11 e1/dr f t"],
            &["duplicate-rule e1/dr medium", "unexpected-rule e1/dr medium"],
            0,
        )],
    );
}

#[test]
fn a_duplicate_is_high_where_a_twin_overrides_against_the_policy() {
    check(
        deny,
        &[
            (
                &["e1/dr f t"],
                &["4 e1/dr f t", "9 e1/dr t t"],
                &["duplicate-rule e1/dr high"],
                1,
            ),
            (
                &["e1/dr f t"],
                &["4 e1/dr f t", "9 e1/dr - t"],
                &["duplicate-rule e1/dr medium"],
                1,
            ),
            (
                &["e1/dr t t"],
                &["4 e1/dr t t", "9 e1/dr f t"],
                &["duplicate-rule e1/dr medium"],
                1,
            ),
            (
                &["e1/dr * t"],
                &["4 e1/dr f t", "9 e1/dr t t"],
                &["duplicate-rule e1/dr medium"],
                1,
            ),
        ],
    );
}

#[test]
fn the_twin_that_goes_on() {
    // Each list in the order in which its rules count; the first is the one that is compared.
    let orders: [&[&str]; 5] = [
        &["4 e1/dr t f", "9 e1/dr f t"],
        &["9 e1/dr t f", "- e1/dr f f"],
        &["-3 e1/dr t t", "4 e1/dr f f"],
        &["4 e1/dr f -", "4 e1/dr t f", "4 e1/dr - f"],
        &["- e1/dr f f", "- e1/dr f t", "- e1/dr f -"],
    ];
    for order in orders {
        let order = rules(order);
        let mut listed = order.clone();
        listed.reverse();
        let comparison = compare(&policy(&[]), &listed, true);
        let [duplicate, unexpected] = &comparison.findings[..] else {
            panic!("{comparison:?}")
        };
        let twins: Vec<Twin> = order.iter().map(twin).collect();
        assert_eq!(
            duplicate.difference,
            Difference::DuplicateRule {
                twins,
                must_not_override: false
            }
        );
        assert_eq!(
            unexpected.difference,
            Difference::UnexpectedRule { actual: order[0].flags }
        );
        assert_eq!(duplicate.rule, Some(stamp(&order[0])));
    }
}

#[test]
fn twins_that_differ_in_their_times_alone_have_an_order_too() {
    let at = |created: Option<i64>, updated: Option<i64>| Rule {
        created_at: created.map(|second| Timestamp::from_second(second).expect("in range")),
        updated_at: updated.map(|second| Timestamp::from_second(second).expect("in range")),
        ..rule("4 e1/dr f t")
    };
    let order = [
        at(Some(1), Some(5)),
        at(Some(1), None),
        at(Some(2), Some(3)),
        at(None, Some(1)),
    ];
    let mut listed = order.to_vec();
    listed.reverse();
    let comparison = compare(&policy(&["e1/dr f t"]), &listed, true);
    assert_eq!(comparison.findings[0].rule, Some(stamp(&order[0])));
}

#[test]
fn the_first_twin_is_the_one_that_is_compared() {
    check(
        deny,
        &[(
            &["e1/dr f t"],
            &["4 e1/dr t t", "9 e1/dr f t"],
            &["duplicate-rule e1/dr high", "override-mismatch e1/dr override high"],
            0,
        )],
    );
}

#[test]
fn a_forbidden_rule_is_critical_whatever_other_rules_says() {
    for change in [deny, warn, allow] {
        check(
            |expectation| {
                change(expectation);
                expectation.regions = regions(Some(&["cn-*"]), &["cn-east-3"]);
            },
            &[(
                &["cn-north-4/dr f t"],
                &["1 cn-east-3/dr f t", "2 eu-west-0/dr f t", "3 cn-north-4/dr f t"],
                &[
                    "forbidden-target cn-east-3/dr critical",
                    "forbidden-target eu-west-0/dr critical",
                ],
                1,
            )],
        );
    }
    check(
        |expectation| expectation.regions = regions(Some(&[]), &[]),
        &[(&[], &["1 e1/dr f t"], &["forbidden-target e1/dr critical"], 0)],
    );
}

#[test]
fn a_forbidden_rule_is_set_aside_before_anything_is_made_of_it() {
    check(
        |expectation| expectation.regions = regions(None, &["s1"]),
        &[
            // It would be the other half of a pair.
            (
                &["e1/dr f t"],
                &["4 s1/dr f t"],
                &["missing-rule e1/dr high", "forbidden-target s1/dr critical"],
                0,
            ),
            // Its flags are not compared: an absent one means nothing.
            (&[], &["4 s1/dr - -"], &["forbidden-target s1/dr critical"], 0),
            (
                &[],
                &["4 s1/dr f t", "9 s1/dr t t"],
                &["duplicate-rule s1/dr medium", "forbidden-target s1/dr critical"],
                0,
            ),
        ],
    );
}

#[test]
fn a_forbidden_rule_comes_with_the_limits_and_its_flags() {
    let mut expectation = policy(&[]);
    expectation.regions = regions(Some(&["cn-*"]), &["cn-east-3"]);
    let actual = rule("4 cn-east-3/dr t -");
    let comparison = compare(&expectation, std::slice::from_ref(&actual), true);
    assert_eq!(
        comparison.findings,
        [Finding {
            expected: None,
            waiver: None,
            difference: Difference::ForbiddenTarget {
                limits: Box::new(expectation.regions.clone()),
                actual: actual.flags,
            },
            severity: Severity::Critical,
            target: Some(target("cn-east-3/dr")),
            rule: Some(stamp(&actual)),
        }]
    );
}

#[test]
fn flags_on_equal_targets() {
    let overridden = "override-mismatch e1/dr override high";
    let kept = "override-mismatch e1/dr override medium";
    let sync = "sync-auto-mismatch e1/dr syncAuto high";
    check(
        deny,
        &[
            (&["e1/dr f t"], &["4 e1/dr t t"], &[overridden], 0),
            (&["e1/dr t t"], &["4 e1/dr f t"], &[kept], 0),
            (&["e1/dr f t"], &["4 e1/dr f f"], &[sync], 0),
            (&["e1/dr f f"], &["4 e1/dr f t"], &[sync], 0),
            (&["e1/dr t t"], &["4 e1/dr f f"], &[kept, sync], 0),
            (&["e1/dr * t"], &["4 e1/dr t t"], &[], 1),
            (&["e1/dr f *"], &["4 e1/dr f f"], &[], 1),
            (&["e1/dr * f"], &["4 e1/dr t t"], &[sync], 0),
        ],
    );
}

#[test]
fn a_flag_that_was_not_reported_is_unknown_and_never_false() {
    let overrides = "? bad-response e1/dr override";
    let sync = "? bad-response e1/dr syncAuto";
    let sync_differs = "sync-auto-mismatch e1/dr syncAuto high";
    check(
        allow,
        &[
            (&["e1/dr f t"], &["4 e1/dr - t"], &[overrides], 0),
            (&["e1/dr t t"], &["4 e1/dr t -"], &[sync], 0),
            (&["e1/dr f f"], &["4 e1/dr - -"], &[overrides, sync], 0),
            (&["e1/dr f t"], &["4 e1/dr - f"], &[sync_differs, overrides], 0),
            (&["e1/dr * t"], &["4 e1/dr - t"], &[], 1),
            (&["e1/dr * *"], &["4 e1/dr - -"], &[], 1),
            // Not compared with anything.
            (&[], &["4 e1/dr - -"], &[], 0),
        ],
    );
    let comparison = compare(&policy(&["e1/dr * t"]), &[rule("4 e1/dr - -")], true);
    assert_eq!(
        comparison.unknowns,
        [Unknown {
            class: UnknownClass::BadResponse,
            target: Some(target("e1/dr")),
            expected: Some(expected("e1/dr * t").flags),
            field: Some(Field::SyncAuto),
            failure: None,
            may_be: None
        }]
    );
}

#[test]
fn a_rule_that_may_be_manual_is_not_missing_where_manual_rules_are_not_listed() {
    check_source(
        false,
        deny,
        &[
            (&["e1/dr f f"], &[], &["? not-observable e1/dr"], 0),
            (&["e1/dr f *"], &[], &["? not-observable e1/dr"], 0),
            (&["e1/dr f t"], &[], &["missing-rule e1/dr high"], 0),
            // A rule that is seen is compared like any other.
            (
                &["e1/dr f f"],
                &["4 e1/dr f t"],
                &["sync-auto-mismatch e1/dr syncAuto high"],
                0,
            ),
            (&["e1/dr f *"], &["4 e1/dr f t"], &[], 1),
            // Set aside before pairs are made.
            (
                &["e1/dr f *"],
                &["4 s1/dr f t"],
                &["unexpected-rule s1/dr medium", "? not-observable e1/dr"],
                0,
            ),
        ],
    );
    check(
        deny,
        &[
            (&["e1/dr f f"], &[], &["missing-rule e1/dr high"], 0),
            (&["e1/dr f *"], &[], &["missing-rule e1/dr high"], 0),
            (
                &["e1/dr f *"],
                &["4 s1/dr f t"],
                &["target-region-mismatch e1/dr region high"],
                0,
            ),
        ],
    );
}

#[test]
fn a_list_that_may_be_cut_proves_no_absence() {
    let expectation = Expectation {
        other_rules: Others::Allow,
        ..policy(&["e1/aa f t", "e1/bb f *", "e1/dr f t"])
    };
    for lists_manual_rules in [false, true] {
        // Without the cut `e1/dr` would be missing and `e1/bb`, on one of the sources, not observable.
        let comparison = compare(&expectation, &filled(&["0 e1/aa f t"], 100), lists_manual_rules);
        assert_eq!(lines(&comparison), ["? truncated e1/bb", "? truncated e1/dr"]);
        assert_eq!(comparison.matching, 1);
        assert_eq!(comparison.unknowns[1].expected, Some(expectation.targets[2].flags));
    }
    for whole in [99, 101, 200] {
        let comparison = compare(&expectation, &filled(&["0 e1/aa f t"], whole), false);
        assert_eq!(
            lines(&comparison),
            ["missing-rule e1/dr high", "? not-observable e1/bb"]
        );
    }
}

#[test]
fn elements_are_counted_as_received() {
    let expectation = policy(&["e1/dr f t"]);
    let twins = vec![rule("4 s1/aa f t"); 100];
    let told = [
        "duplicate-rule s1/aa medium",
        "unexpected-rule s1/aa medium",
        "? truncated",
        "? truncated e1/dr",
    ];
    assert_eq!(lines(&compare(&expectation, &twins, true)), told);
}

#[test]
fn a_cut_list_makes_no_pairs_and_its_rules_are_judged_all_the_same() {
    let expectation = policy(&["e1/dr f t", "e1/xx f t"]);
    let told = lines(&compare(
        &expectation,
        &filled(&["0 s1/dr f t", "1 e1/xx t t"], 100),
        true,
    ));
    assert_eq!(told.len(), 99 + 3);
    for line in [
        "override-mismatch e1/xx override high",
        "unexpected-rule s1/dr medium",
        "unexpected-rule z9/ns-099 medium",
        "? truncated",
        "? truncated e1/dr",
    ] {
        assert!(told.contains(&line.to_owned()), "{line}: {told:?}");
    }
}

#[test]
fn a_cut_list_cannot_prove_that_nothing_else_is_there() {
    let none = RegionLimits::default;
    for (other_rules, limits, told) in [
        (Others::Deny, none(), true),
        (Others::Warn, none(), true),
        (Others::Allow, none(), false),
        (Others::Allow, regions(Some(&["*"]), &[]), true),
        (Others::Allow, regions(None, &["nowhere"]), true),
    ] {
        let expectation = Expectation {
            other_rules,
            regions: limits,
            ..policy(&["e1/dr f t"])
        };
        let comparison = compare(&expectation, &filled(&["0 e1/dr f t"], 100), false);
        let whole = Unknown {
            class: UnknownClass::Truncated,
            target: None,
            expected: None,
            field: None,
            failure: None,
            may_be: None,
        };
        let unknowns = if told { vec![whole] } else { vec![] };
        assert_eq!(comparison.unknowns, unknowns, "{expectation:?}");
        assert_eq!(comparison.matching, 1);
    }
}

#[test]
fn a_moved_rule_is_one_finding() {
    let region = "target-region-mismatch e1/dr region high";
    let namespace = "target-namespace-mismatch e1/dr namespace high";
    for change in [deny, warn, allow] {
        check(
            change,
            &[
                (&["e1/dr f t"], &["4 s1/dr f t"], &[region], 0),
                (&["e1/dr f t"], &["4 e1/xx f t"], &[namespace], 0),
                (&["e1/dr f t"], &[], &["missing-rule e1/dr high"], 0),
            ],
        );
    }
    // Nothing in common: two findings.
    check(
        deny,
        &[(
            &["e1/dr f t"],
            &["4 s1/xx f t"],
            &["missing-rule e1/dr high", "unexpected-rule s1/xx medium"],
            0,
        )],
    );
}

#[test]
fn pairs_are_made_one_to_one_in_order_and_within_regions_first() {
    let namespace = |target: &str| format!("target-namespace-mismatch {target} namespace high");
    let region = |target: &str| format!("target-region-mismatch {target} region high");
    check(
        deny,
        &[
            // `s1/dr` shares its namespace and comes later, but `e1/zz` shares the region.
            (
                &["e1/dr f t"],
                &["4 a1/dr f t", "5 e1/zz f t"],
                &["unexpected-rule a1/dr medium", &namespace("e1/dr")],
                0,
            ),
            // The first rule of the region goes to the first target of the region.
            (
                &["e1/aa f t", "e1/bb f t"],
                &["4 e1/yy f t"],
                &[&namespace("e1/aa"), "missing-rule e1/bb high"],
                0,
            ),
            (
                &["e1/aa f t"],
                &["4 e1/zz f t", "5 e1/yy f t"],
                &[&namespace("e1/aa"), "unexpected-rule e1/zz medium"],
                0,
            ),
            // What one region leaves over is paired by namespace.
            (
                &["e1/aa f t", "e1/bb f t"],
                &["4 e1/yy f t", "5 s1/bb f t"],
                &[&namespace("e1/aa"), &region("e1/bb")],
                0,
            ),
            // All regions come before any namespace: `e1/aa` would take `s1/aa` from `s1/zz`.
            (
                &["e1/aa f t", "s1/zz f t"],
                &["4 s1/aa f t"],
                &["missing-rule e1/aa high", &namespace("s1/zz")],
                0,
            ),
            // Equal targets never become halves of pairs.
            (
                &["e1/aa f t", "e1/bb f t"],
                &["4 e1/aa f t"],
                &["missing-rule e1/bb high"],
                1,
            ),
        ],
    );
}

#[test]
fn the_flags_of_a_pair_are_compared_too() {
    let region = "target-region-mismatch e1/dr region high";
    check(
        deny,
        &[
            (
                &["e1/dr f t"],
                &["4 s1/dr t f"],
                &[
                    "override-mismatch e1/dr override high",
                    "sync-auto-mismatch e1/dr syncAuto high",
                    region,
                ],
                0,
            ),
            (
                &["e1/dr f t"],
                &["4 s1/dr - t"],
                &[region, "? bad-response e1/dr override"],
                0,
            ),
            (&["e1/dr * *"], &["4 s1/dr - -"], &[region], 0),
        ],
    );
}

#[test]
fn the_findings_of_a_pair_carry_the_expected_target_and_the_actual_rule() {
    let actual = rule("4 e1/xx t t");
    let comparison = compare(&policy(&["e1/dr f t"]), std::slice::from_ref(&actual), true);
    let told = |difference, severity| Finding {
        expected: Some(expected("e1/dr f t").flags),
        waiver: None,
        difference,
        severity,
        target: Some(target("e1/dr")),
        rule: Some(stamp(&actual)),
    };
    assert_eq!(
        comparison.findings,
        [
            told(Difference::Override { expected: false }, Severity::High),
            told(
                Difference::TargetNamespace {
                    expected: "dr".into(),
                    actual: "xx".into(),
                },
                Severity::High
            ),
        ]
    );
    let comparison = compare(&policy(&["s1/xx t t"]), &[actual], true);
    assert_eq!(
        comparison.findings[0].difference,
        Difference::TargetRegion {
            expected: "s1".into(),
            actual: "e1".into(),
        }
    );
}

#[test]
fn a_missing_rule_says_whether_it_may_be_manual() {
    for lists_manual_rules in [false, true] {
        let comparison = compare(&policy(&["e1/dr f t"]), &[], lists_manual_rules);
        assert_eq!(
            comparison.findings,
            [Finding {
                expected: Some(expected("e1/dr f t").flags),
                waiver: None,
                difference: Difference::MissingRule {
                    expected: expected("e1/dr f t").flags,
                    may_be_manual: !lists_manual_rules,
                },
                severity: Severity::High,
                target: Some(target("e1/dr")),
                rule: None,
            }]
        );
    }
}

#[test]
fn rules_beyond_the_expected_ones_by_other_rules() {
    let listed: &[&str] = &["4 e1/dr f t", "5 s1/dr - t"];
    let targets: &[&str] = &["e1/dr f t"];
    check(deny, &[(targets, listed, &["unexpected-rule s1/dr medium"], 1)]);
    check(warn, &[(targets, listed, &["unexpected-rule s1/dr info"], 1)]);
    check(allow, &[(targets, listed, &[], 1)]);
    let comparison = compare(&policy(&[]), &rules(&["5 s1/dr - t"]), true);
    assert_eq!(
        comparison.findings[0].difference,
        Difference::UnexpectedRule {
            actual: Flags {
                overrides: None,
                sync_auto: Some(true),
            }
        }
    );
}

#[test]
fn the_inventory_sets_severities_but_what_warn_made_info_stays_info() {
    let set = severities(&[
        (Code::MissingRule, Severity::Critical),
        (Code::UnexpectedRule, Severity::High),
        (Code::DuplicateRule, Severity::Info),
    ]);
    let listed: &[&str] = &["4 s1/xx f t", "5 s1/xx t t"];
    for (other_rules, unexpected) in [
        (Others::Deny, "unexpected-rule s1/xx high"),
        (Others::Warn, "unexpected-rule s1/xx info"),
    ] {
        check(
            |expectation| {
                expectation.severities = Arc::clone(&set);
                expectation.other_rules = other_rules;
            },
            &[(
                &["e1/dr f t"],
                listed,
                &["missing-rule e1/dr critical", "duplicate-rule s1/xx info", unexpected],
                0,
            )],
        );
    }
}

#[test]
fn findings_and_unknowns_stand_in_one_order() {
    check(
        |expectation| expectation.regions = regions(None, &["a0"]),
        &[(
            // Written in another order than that of the targets.
            &["s1/dr f t", "e1/zz f t", "e1/dr f t"],
            &[
                "9 s1/dr - -",
                "8 s1/dr t t",
                "4 e1/dr t f",
                "5 e1/dr t f",
                "6 a0/zz f t",
                "7 e1-x/aa f t",
            ],
            &[
                "forbidden-target a0/zz critical",
                "duplicate-rule e1/dr high",
                "override-mismatch e1/dr override high",
                "sync-auto-mismatch e1/dr syncAuto high",
                "missing-rule e1/zz high",
                "unexpected-rule e1-x/aa medium",
                "duplicate-rule s1/dr high",
                "override-mismatch s1/dr override high",
            ],
            0,
        )],
    );
}
