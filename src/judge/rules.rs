//! The comparison of one repository: the rules that a policy expects against the rules that the service listed.
//!
//! Knows one repository's expectation and answer and nothing else: not its name, not other repositories, not how the
//! answer was come by. The order in which the rules were listed never matters.

use std::collections::BTreeMap;
use std::mem;

use crate::model::{
    Difference, Expectation, ExpectedFlag, ExpectedTarget, Field, Finding, Others, Rule, RuleList, RuleStamp, Severity,
    Target, Twin, Unknown, UnknownClass,
};

use super::order;

/// What came of comparing one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What differs, in report order.
    pub findings: Vec<Finding>,
    /// What could not be determined, in report order.
    pub unknowns: Vec<Unknown>,
    /// Expected targets whose rule stands and is as expected in every field.
    pub matching: usize,
}

/// Compares what is expected of a repository with the rules that the service listed for it.
pub fn compare(expectation: &Expectation, actual: &RuleList, lists_manual_rules: bool) -> Comparison {
    let mut open = Open::new(expectation, by_target(&actual.rules));
    open.tell_duplicates();
    open.set_forbidden_aside();
    open.compare_equal_targets();
    if actual.may_be_cut {
        open.set_all_aside_as_truncated();
    } else {
        if !lists_manual_rules {
            open.set_hidden_aside();
        }
        open.pair_within_regions();
        open.pair_within_namespaces();
        open.tell_missing(lists_manual_rules);
    }
    open.tell_unexpected();
    open.close()
}

/// The rules by target, twins in the order in which they count: the first of each is the one that is compared.
fn by_target(actual: &[Rule]) -> BTreeMap<&Target, Vec<&Rule>> {
    let mut twins: BTreeMap<&Target, Vec<&Rule>> = BTreeMap::new();
    for rule in actual {
        twins.entry(&rule.target).or_default().push(rule);
    }
    for rules in twins.values_mut() {
        // A whole order, down to the times: only then two answers with the same rules give the same report.
        rules.sort_by_key(|rule| {
            (
                none_last(rule.id),
                none_last(rule.flags.overrides),
                none_last(rule.flags.sync_auto),
                none_last(rule.created_at),
                none_last(rule.updated_at),
            )
        });
    }
    twins
}

const fn none_last<T: Copy>(value: Option<T>) -> (bool, Option<T>) {
    (value.is_none(), value)
}

/// A comparison under way: what no step has accounted for yet, on both sides, and what was found so far.
struct Open<'a> {
    expectation: &'a Expectation,
    expected: BTreeMap<&'a Target, &'a ExpectedTarget>,
    actual: BTreeMap<&'a Target, Vec<&'a Rule>>,
    comparison: Comparison,
}

impl<'a> Open<'a> {
    fn new(expectation: &'a Expectation, actual: BTreeMap<&'a Target, Vec<&'a Rule>>) -> Self {
        Self {
            expectation,
            expected: expectation.targets.iter().map(|each| (&each.target, each)).collect(),
            actual,
            comparison: Comparison::default(),
        }
    }

    /// Only tells them: the first twin goes on as the rule of its target.
    fn tell_duplicates(&mut self) {
        for (target, rules) in &self.actual {
            if let [kept, _, ..] = rules[..] {
                let expected = self.expected.get(target);
                let difference = Difference::DuplicateRule {
                    twins: rules.iter().map(|rule| twin(rule)).collect(),
                    must_not_override: expected.is_some_and(|each| each.flags.overrides == ExpectedFlag::Is(false)),
                };
                let finding = finding(self.expectation, difference, target, Some(kept));
                self.comparison.findings.push(finding);
            }
        }
    }

    fn set_forbidden_aside(&mut self) {
        for (target, rules) in mem::take(&mut self.actual) {
            if self.expectation.regions.admit(&target.region) {
                self.actual.insert(target, rules);
                continue;
            }
            let difference = Difference::ForbiddenTarget {
                limits: Box::new(self.expectation.regions.clone()),
                actual: rules[0].flags,
            };
            self.tell(difference, target, Some(rules[0]));
        }
    }

    fn compare_equal_targets(&mut self) {
        for (target, expected) in mem::take(&mut self.expected) {
            match self.actual.remove(target) {
                Some(rules) if self.compare_flags(expected, rules[0]) => self.comparison.matching += 1,
                Some(_) => {}
                None => {
                    self.expected.insert(target, expected);
                }
            }
        }
    }

    /// A cut list proves the absence of nothing: neither of an expected rule, nor of one that must not be.
    fn set_all_aside_as_truncated(&mut self) {
        for expected in mem::take(&mut self.expected).into_values() {
            self.tell_unseen(UnknownClass::Truncated, expected);
        }
        if self.expectation.regions.limit_anything() || self.expectation.other_rules != Others::Allow {
            self.comparison.unknowns.push(Unknown {
                class: UnknownClass::Truncated,
                target: None,
                expected: None,
                field: None,
                failure: None,
                may_be: None,
            });
        }
    }

    /// Where manual rules are not listed, a rule that may be manual is not missing for not being listed.
    fn set_hidden_aside(&mut self) {
        for (target, expected) in mem::take(&mut self.expected) {
            match expected.flags.sync_auto {
                ExpectedFlag::Is(true) => {
                    self.expected.insert(target, expected);
                }
                ExpectedFlag::Is(false) | ExpectedFlag::Any => {
                    self.tell_unseen(UnknownClass::NotObservable, expected);
                }
            }
        }
    }

    fn pair_within_regions(&mut self) {
        self.pair(
            |expected, actual| expected.region == actual.region,
            |expected, actual| Difference::TargetNamespace {
                expected: expected.namespace.clone(),
                actual: actual.namespace.clone(),
            },
        );
    }

    fn pair_within_namespaces(&mut self) {
        self.pair(
            |expected, actual| expected.namespace == actual.namespace,
            |expected, actual| Difference::TargetRegion {
                expected: expected.region.clone(),
                actual: actual.region.clone(),
            },
        );
    }

    /// Takes what is left as rules that were moved: each expected target, in order, with the first rule that shares
    /// half of it.
    fn pair(
        &mut self,
        share_half: impl Fn(&Target, &Target) -> bool,
        difference: impl Fn(&Target, &Target) -> Difference,
    ) {
        for (target, expected) in mem::take(&mut self.expected) {
            let moved = self.actual.keys().copied().find(|actual| share_half(target, actual));
            match moved.and_then(|actual| self.actual.remove(actual)) {
                Some(rules) => {
                    self.tell(difference(target, &rules[0].target), target, Some(rules[0]));
                    self.compare_flags(expected, rules[0]);
                }
                None => {
                    self.expected.insert(target, expected);
                }
            }
        }
    }

    fn tell_missing(&mut self, lists_manual_rules: bool) {
        for (target, expected) in mem::take(&mut self.expected) {
            let difference = Difference::MissingRule {
                expected: expected.flags,
                may_be_manual: !lists_manual_rules,
            };
            self.tell(difference, target, None);
        }
    }

    fn tell_unexpected(&mut self) {
        for (target, rules) in mem::take(&mut self.actual) {
            let difference = Difference::UnexpectedRule { actual: rules[0].flags };
            let finding = finding(self.expectation, difference, target, Some(rules[0]));
            match self.expectation.other_rules {
                Others::Deny => self.comparison.findings.push(finding),
                // The policy's own word on this rule wins over the document's severities.
                Others::Warn => self.comparison.findings.push(Finding {
                    severity: Severity::Info,
                    ..finding
                }),
                Others::Allow => {}
            }
        }
    }

    fn close(self) -> Comparison {
        let mut comparison = self.comparison;
        order::findings(&mut comparison.findings);
        order::unknowns(&mut comparison.unknowns);
        comparison
    }

    /// Compares both flags and tells what it finds; whether they are as expected.
    fn compare_flags(&mut self, expected: &ExpectedTarget, rule: &Rule) -> bool {
        let overrides = compare_flag(expected.flags.overrides, rule.flags.overrides);
        let sync_auto = compare_flag(expected.flags.sync_auto, rule.flags.sync_auto);
        for (field, compared) in [(Field::Override, overrides), (Field::SyncAuto, sync_auto)] {
            match compared {
                Compared::Agrees => {}
                Compared::Untold => self.comparison.unknowns.push(Unknown {
                    class: UnknownClass::BadResponse,
                    target: Some(expected.target.clone()),
                    expected: Some(expected.flags),
                    field: Some(field),
                    failure: None,
                    may_be: None,
                }),
                Compared::Differs(value) => {
                    let difference = if field == Field::Override {
                        Difference::Override { expected: value }
                    } else {
                        Difference::SyncAuto { expected: value }
                    };
                    self.tell(difference, &expected.target, Some(rule));
                }
            }
        }
        overrides == Compared::Agrees && sync_auto == Compared::Agrees
    }

    fn tell(&mut self, difference: Difference, target: &Target, rule: Option<&Rule>) {
        let finding = finding(self.expectation, difference, target, rule);
        self.comparison.findings.push(finding);
    }

    fn tell_unseen(&mut self, class: UnknownClass, expected: &ExpectedTarget) {
        self.comparison.unknowns.push(Unknown {
            class,
            target: Some(expected.target.clone()),
            expected: Some(expected.flags),
            field: None,
            failure: None,
            may_be: None,
        });
    }
}

/// What comparing one flag brings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    Agrees,
    /// The rule has the opposite of this expected value.
    Differs(bool),
    /// The service did not tell the flag: unknown, never false.
    Untold,
}

fn compare_flag(expected: ExpectedFlag, actual: Option<bool>) -> Compared {
    match (expected, actual) {
        (ExpectedFlag::Any, _) => Compared::Agrees,
        (ExpectedFlag::Is(_), None) => Compared::Untold,
        (ExpectedFlag::Is(expected), Some(actual)) if expected == actual => Compared::Agrees,
        (ExpectedFlag::Is(expected), Some(_)) => Compared::Differs(expected),
    }
}

fn finding(expectation: &Expectation, difference: Difference, target: &Target, rule: Option<&Rule>) -> Finding {
    Finding {
        severity: expectation
            .severities
            .of(difference.code(), difference.default_severity()),
        difference,
        target: Some(target.clone()),
        expected: expectation.at(target),
        rule: rule.map(stamp),
        waiver: None,
    }
}

const fn stamp(rule: &Rule) -> RuleStamp {
    RuleStamp {
        id: rule.id,
        created_at: rule.created_at,
        updated_at: rule.updated_at,
    }
}

const fn twin(rule: &Rule) -> Twin {
    Twin {
        id: rule.id,
        flags: rule.flags,
    }
}

#[cfg(test)]
mod tests;
