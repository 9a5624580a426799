//! One repository's rules against its policy, step by step as the design has them.

use std::collections::BTreeMap;

use simulator::Rule;

use super::super::glob::matches;
use super::super::plain::{Policy, Target};

/// Region and namespace.
pub(super) type Place = (String, String);

/// What one comparison tells.
#[derive(Default)]
pub(super) struct Compared {
    /// Code, severity, target, field.
    pub(super) findings: Vec<(&'static str, &'static str, Place, &'static str)>,
    /// Class and target.
    pub(super) unknown: Vec<(&'static str, Option<Place>)>,
    pub(super) matching: usize,
}

pub(super) fn admits(policy: &Policy, region: &str) -> bool {
    let allowed = policy.allowed_regions.is_none_or(|pattern| matches(pattern, region));
    allowed && !policy.denied_regions.is_some_and(|pattern| matches(pattern, region))
}

/// `own` is the repository's namespace; `rules` what the service lists, in the order of their ids.
pub(super) fn compare(policy: &Policy, own: &str, rules: &[&Rule], lists_manual_rules: bool) -> Compared {
    let mut told = Compared::default();
    let place = |target: &Target| (target.region.to_owned(), target.namespace.unwrap_or(own).to_owned());
    let mut expected: BTreeMap<Place, &Target> = policy.targets.iter().map(|one| (place(one), one)).collect();
    let mut twins: BTreeMap<Place, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        twins
            .entry((rule.region.clone(), rule.namespace.clone()))
            .or_default()
            .push(rule);
    }
    for (at, rules) in twins.iter().filter(|(_, rules)| rules.len() > 1) {
        let must_not = expected.get(at).is_some_and(|target| target.overrides == Some(false));
        let severity = if must_not && rules.iter().any(|rule| rule.overwrite) {
            "high"
        } else {
            "medium"
        };
        told.findings.push(("duplicate-rule", severity, at.clone(), ""));
    }
    let mut actual: BTreeMap<Place, &Rule> = twins.into_iter().map(|(at, rules)| (at, rules[0])).collect();
    let forbidden: Vec<Place> = actual.keys().filter(|at| !admits(policy, &at.0)).cloned().collect();
    for at in forbidden {
        actual.remove(&at);
        told.findings.push(("forbidden-target", "critical", at, ""));
    }
    for (at, target) in expected.clone() {
        if let Some(rule) = actual.remove(&at) {
            expected.remove(&at);
            told.matching += usize::from(told.flags(&at, target, rule));
        }
    }
    if rules.len() == 100 {
        told.unknown
            .extend(expected.into_keys().map(|at| ("truncated", Some(at))));
        let is_limited = policy.allowed_regions.is_some() || policy.denied_regions.is_some();
        if is_limited || policy.other_rules != "allow" {
            told.unknown.push(("truncated", None));
        }
    } else {
        told.rest(expected, &mut actual, lists_manual_rules);
    }
    for at in actual.into_keys() {
        match policy.other_rules {
            "deny" => told.findings.push(("unexpected-rule", "medium", at, "")),
            "warn" => told.findings.push(("unexpected-rule", "info", at, "")),
            _ => {}
        }
    }
    told
}

impl Compared {
    /// What has no rule of its own target: unseen, moved, or missing.
    fn rest(&mut self, mut expected: BTreeMap<Place, &Target>, actual: &mut BTreeMap<Place, &Rule>, shown: bool) {
        if !shown {
            let hidden = expected.iter().filter(|(_, target)| target.sync_auto != Some(true));
            let hidden: Vec<Place> = hidden.map(|(at, _)| at.clone()).collect();
            for at in hidden {
                expected.remove(&at);
                self.unknown.push(("not-observable", Some(at)));
            }
        }
        for code in ["target-namespace-mismatch", "target-region-mismatch"] {
            for (at, target) in expected.clone() {
                let is_near = |other: &&Place| {
                    if code == "target-region-mismatch" {
                        other.1 == at.1
                    } else {
                        other.0 == at.0
                    }
                };
                let Some(near) = actual.keys().find(is_near).cloned() else {
                    continue;
                };
                let rule = actual.remove(&near).expect("it was just seen");
                expected.remove(&at);
                let field = if code == "target-region-mismatch" {
                    "region"
                } else {
                    "namespace"
                };
                self.findings.push((code, "high", at.clone(), field));
                self.flags(&at, target, rule);
            }
        }
        let missing = expected.into_keys().map(|at| ("missing-rule", "high", at, ""));
        self.findings.extend(missing);
    }

    /// Whether both are as expected.
    fn flags(&mut self, at: &Place, target: &Target, rule: &Rule) -> bool {
        let differs = |expected: Option<bool>, actual: bool| expected.is_some_and(|expected| expected != actual);
        let (overrides, sync_auto) = (
            differs(target.overrides, rule.overwrite),
            differs(target.sync_auto, rule.sync_auto),
        );
        if overrides {
            let severity = if rule.overwrite { "high" } else { "medium" };
            self.findings
                .push(("override-mismatch", severity, at.clone(), "override"));
        }
        if sync_auto {
            self.findings
                .push(("sync-auto-mismatch", "high", at.clone(), "syncAuto"));
        }
        !overrides && !sync_auto
    }
}
