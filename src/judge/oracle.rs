//! A second reading of the design's section on how a repository is compared: slow and plain, with its own severities,
//! and without a line of the code that it is held against.

use super::example::{policy, rules};
use super::worlds::World;
use crate::model::{Code, ExpectedFlag, ExpectedTarget, Others, Outcome, Pattern, Rule, Target};

/// What has to be reported of a world: the lines of `example::lines` in any order, and the targets that match.
pub(super) fn told(world: &World) -> (Vec<String>, usize) {
    let mut told = Told {
        world,
        lines: Vec::new(),
    };
    let mut live = told.first_twins();
    live.retain(|rule| told.is_admitted(rule));
    let cut = world.actual.len() == 100;
    let mut left = Vec::new();
    let mut matching = 0;
    for expected in &world.expectation.targets {
        if let Some(position) = live.iter().position(|rule| rule.target == expected.target) {
            let before = told.lines.len();
            told.flags(expected, live.remove(position));
            matching += usize::from(told.lines.len() == before);
        } else if cut {
            told.lines.push(format!("? truncated {}", expected.target));
        } else if expected.flags.sync_auto != ExpectedFlag::Is(true) && !world.lists_manual_rules {
            told.lines.push(format!("? not-observable {}", expected.target));
        } else {
            left.push(expected);
        }
    }
    let limits = &world.expectation.regions;
    let limited = limits.allowed.is_some() || !limits.denied.is_empty();
    if cut && (limited || world.expectation.other_rules != Others::Allow) {
        told.lines.push("? truncated".to_owned());
    }
    told.pairs(&mut left, &mut live, Code::TargetNamespaceMismatch, |a, b| {
        a.region == b.region
    });
    told.pairs(&mut left, &mut live, Code::TargetRegionMismatch, |a, b| {
        a.namespace == b.namespace
    });
    for expected in left {
        told.finding(Code::MissingRule, &expected.target, "", "high");
    }
    for rule in live {
        match world.expectation.other_rules {
            Others::Deny => told.finding(Code::UnexpectedRule, &rule.target, "", "medium"),
            Others::Warn => told.lines.push(format!("unexpected-rule {} info", rule.target)),
            Others::Allow => {}
        }
    }
    (told.lines, matching)
}

/// How a repository ends of which these lines are reported.
pub(super) fn outcome(lines: &[String]) -> Outcome {
    if lines.iter().any(|line| line.starts_with('?')) {
        Outcome::Unknown
    } else if lines.iter().any(|line| !line.ends_with(" info")) {
        Outcome::Drift
    } else {
        Outcome::Ok
    }
}

struct Told<'a> {
    world: &'a World,
    lines: Vec<String>,
}

impl<'a> Told<'a> {
    /// Tells the duplicates; the rules that go on, in order of their targets.
    fn first_twins(&mut self) -> Vec<&'a Rule> {
        let mut targets: Vec<&Target> = self.world.actual.iter().map(|rule| &rule.target).collect();
        targets.sort();
        targets.dedup();
        let mut first = Vec::new();
        for target in targets {
            let twins = self.world.actual.iter().filter(|rule| rule.target == *target);
            let mut twins: Vec<&Rule> = twins.collect();
            if twins.len() > 1 {
                let mut expected = self.world.expectation.targets.iter();
                let keeps =
                    expected.any(|each| each.target == *target && each.flags.overrides == ExpectedFlag::Is(false));
                let overrides = twins.iter().any(|rule| rule.flags.overrides == Some(true));
                let severity = if keeps && overrides { "high" } else { "medium" };
                self.finding(Code::DuplicateRule, target, "", severity);
            }
            twins.sort_by_key(|rule| {
                (
                    rule.id.unwrap_or(i64::MAX),
                    rank(rule.flags.overrides),
                    rank(rule.flags.sync_auto),
                )
            });
            first.push(twins[0]);
        }
        first
    }

    fn is_admitted(&mut self, rule: &Rule) -> bool {
        let limits = &self.world.expectation.regions;
        let is_listed = |list: &[Pattern]| list.iter().any(|each| each.matches(&rule.target.region));
        let forbidden = is_listed(&limits.denied) || limits.allowed.as_ref().is_some_and(|allowed| !is_listed(allowed));
        if forbidden {
            self.finding(Code::ForbiddenTarget, &rule.target, "", "critical");
        }
        !forbidden
    }

    fn flags(&mut self, expected: &ExpectedTarget, rule: &Rule) {
        let to = &expected.target;
        match (expected.flags.overrides, rule.flags.overrides) {
            (ExpectedFlag::Is(_), None) => self.lines.push(format!("? bad-response {to} override")),
            (ExpectedFlag::Is(false), Some(true)) => self.finding(Code::OverrideMismatch, to, " override", "high"),
            (ExpectedFlag::Is(true), Some(false)) => self.finding(Code::OverrideMismatch, to, " override", "medium"),
            (ExpectedFlag::Is(_) | ExpectedFlag::Any, _) => {}
        }
        match (expected.flags.sync_auto, rule.flags.sync_auto) {
            (ExpectedFlag::Is(_), None) => self.lines.push(format!("? bad-response {to} syncAuto")),
            (ExpectedFlag::Is(expected), Some(actual)) if expected != actual => {
                self.finding(Code::SyncAutoMismatch, to, " syncAuto", "high");
            }
            (ExpectedFlag::Is(_) | ExpectedFlag::Any, _) => {}
        }
    }

    fn pairs(
        &mut self,
        left: &mut Vec<&ExpectedTarget>,
        live: &mut Vec<&Rule>,
        code: Code,
        share: impl Fn(&Target, &Target) -> bool,
    ) {
        let mut next = 0;
        while next < left.len() {
            let expected = left[next];
            let Some(position) = live.iter().position(|rule| share(&rule.target, &expected.target)) else {
                next += 1;
                continue;
            };
            let rule = live.remove(position);
            left.remove(next);
            let field = if code == Code::TargetRegionMismatch {
                " region"
            } else {
                " namespace"
            };
            self.finding(code, &expected.target, field, "high");
            self.flags(expected, rule);
        }
    }

    fn finding(&mut self, code: Code, to: &Target, field: &str, default: &str) {
        let set = self.world.expectation.severities.0.get(&code);
        let severity = set.map_or(default, |severity| severity.name());
        self.lines.push(format!("{} {to}{field} {severity}", code.name()));
    }
}

fn rank(flag: Option<bool>) -> u8 {
    match flag {
        Some(false) => 0,
        Some(true) => 1,
        None => 2,
    }
}

/// The oracle itself, against a case that a person worked out.
#[test]
fn the_oracle_reads_as_a_person_does() {
    let world = World {
        expectation: policy(&["e1/aa f t", "e1/bb f *", "e1/cc f t", "s1/dd f t"]),
        actual: rules(&[
            "4 e1/aa t t",
            "3 e1/aa f t",
            "5 e1/zz t t",
            "6 q1/dd f -",
            "7 q1/qq f t",
        ]),
        lists_manual_rules: false,
    };
    let (mut lines, matching) = told(&world);
    lines.sort();
    assert_eq!(
        lines,
        [
            "? bad-response s1/dd syncAuto",
            "? not-observable e1/bb",
            "duplicate-rule e1/aa high",
            "override-mismatch e1/cc override high",
            "target-namespace-mismatch e1/cc namespace high",
            "target-region-mismatch s1/dd region high",
            "unexpected-rule q1/qq medium",
        ]
    );
    assert_eq!(matching, 1);
}
