//! Waivers for a target that none of the findings that they name can have.

use std::collections::{BTreeSet, HashSet};

use super::within::{Deciding, Entry, Reach, Within};
use super::{COMPARISONS, policies, reach};
use crate::inventory::problem::{Draft, Drafts};
use crate::inventory::raw::{RawContents, RawDocument, RawTarget, RawWaiver};
use crate::inventory::read::Found;
use crate::inventory::regions::Regions;
use crate::inventory::suggest::nearest;
use crate::inventory::words::quoted;
use crate::inventory::written::{Written, choice, inherited};
use crate::model::{Aim, Code, WaivedTarget};

/// More are not told apart: one of them is told as an example.
const EXAMPLES: usize = 100;

/// What the policies of an inventory aim at.
pub(super) struct Aims<'d> {
    known: &'d Regions,
    /// The regions of all targets.
    regions: HashSet<&'d str>,
    /// What is left of [`COMPARISONS`].
    comparisons: usize,
}

impl<'d> Aims<'d> {
    pub(super) fn new(written: &Written<'d>, known: &'d Regions) -> Self {
        let targets = written.policies.iter().flat_map(|(policy, _)| &policy.targets);
        Self {
            known,
            regions: targets.map(|target| &*target.region.value).collect(),
            comparisons: COMPARISONS,
        }
    }

    /// Warns of what is wrong with the target whatever the waiver reaches; whether it did.
    pub(super) fn alone(&self, waiver: &RawWaiver, warnings: &mut Drafts) -> bool {
        let Some(target) = &waiver.target else { return false };
        let region = Found {
            value: target.value.region.clone(),
            spot: target.spot,
        };
        // A region of a policy is told there, or is one that somebody means.
        let is_strange =
            !self.regions.contains(&*region.value) && policies::unknown_region(&region, self.known, warnings);
        let has_no_target = |code: &Code| code.aim() == Aim::Nothing;
        let findings = waiver.findings.as_ref();
        let is_aimless = findings.is_some_and(|codes| codes.iter().all(has_no_target));
        if is_aimless {
            warnings.add(target.spot, || aimless(waiver, target));
        }
        is_strange || is_aimless
    }

    /// Warns where every finding that the waiver names is about an expected target, and nothing that it reaches is
    /// expected to have that one. What lies beyond the budget is not told.
    pub(super) fn unexpected(
        &mut self,
        waiver: &RawWaiver,
        document: &RawDocument,
        reach: &mut Reach<'d, '_>,
        warnings: &mut Drafts,
    ) {
        let (Some(target), Some(codes)) = (&waiver.target, &waiver.findings) else {
            return;
        };
        // Rules may lead anywhere, whatever is expected.
        if codes.iter().any(|code| code.aim() == Aim::Actual) {
            return;
        }
        if let Some(Expected::Others(others)) = self.expected(waiver, document, &target.value, reach) {
            warnings.add(target.spot, || unexpected(waiver, target, &others));
        }
    }

    /// `None`: too much to tell.
    fn expected(
        &mut self,
        waiver: &RawWaiver,
        document: &RawDocument,
        target: &WaivedTarget,
        reach: &mut Reach<'d, '_>,
    ) -> Option<Expected> {
        let within = Within::of(&waiver.scope.value)?;
        let mut others = BTreeSet::new();
        for entry in reach.reached(waiver, document, &mut self.comparisons)? {
            let own = entry.namespace.name.value.as_str();
            for policy in self.policies(entry, within.as_ref(), reach)? {
                let (policy, _) = reach.written.policies[policy];
                self.comparisons = self.comparisons.checked_sub(policy.targets.len())?;
                for expected in &policy.targets {
                    if is_it(expected, own, target) {
                        return Some(Expected::This);
                    }
                    if others.len() < EXAMPLES {
                        others.insert(as_waived(expected, own, target));
                    }
                }
            }
        }
        Some(Expected::Others(others))
    }

    /// The policies that may hold for repositories of a namespace that are within a scope; `None`: too much to tell.
    fn policies(
        &mut self,
        entry: Entry<'d>,
        within: Option<&Within<'_>>,
        reach: &mut Reach<'d, '_>,
    ) -> Option<BTreeSet<usize>> {
        let document = &reach.written.documents[entry.document];
        let look_up = |reference| reach.written.look_up(entry.document, reference);
        let listed = match &entry.namespace.contents {
            RawContents::Skipped(skip) if skip.skip.until.is_none() => return Some(BTreeSet::new()),
            RawContents::Skipped(_) | RawContents::All => {
                let choice = inherited(entry.namespace, document);
                return Some(
                    choice
                        .and_then(|choice| look_up(&choice.reference.value))
                        .into_iter()
                        .collect(),
                );
            }
            RawContents::Listed(listed) => listed,
        };
        let deciding = Deciding::of(listed, within, &mut self.comparisons, reach.steps)?;
        let choices = deciding.asked.into_iter();
        let choices = choices.filter_map(|(own, by)| choice(own, by, entry.namespace, document));
        Some(choices.filter_map(|choice| look_up(&choice.reference.value)).collect())
    }
}

/// What is expected of that which a waiver reaches.
enum Expected {
    /// Its target, somewhere.
    This,
    /// Other targets alone, or none.
    Others(BTreeSet<String>),
}

fn is_it(expected: &RawTarget, own: &str, waived: &WaivedTarget) -> bool {
    let namespace = namespace(expected, own);
    expected.region.value == waived.region && waived.namespace.as_ref().is_none_or(|name| **name == *namespace)
}

/// A target that names no namespace means the repository's own.
fn namespace<'t>(expected: &'t RawTarget, own: &'t str) -> &'t str {
    expected.namespace.as_ref().map_or(own, |name| &name.value)
}

/// As exact as the waiver's own.
fn as_waived(expected: &RawTarget, own: &str, waived: &WaivedTarget) -> String {
    let region = &expected.region.value;
    match waived.namespace {
        Some(_) => format!("{region}/{}", namespace(expected, own)),
        None => region.to_string(),
    }
}

fn text(target: &WaivedTarget) -> String {
    match &target.namespace {
        Some(namespace) => format!("{}/{namespace}", target.region),
        None => target.region.to_string(),
    }
}

fn aimless(waiver: &RawWaiver, target: &Found<WaivedTarget>) -> Draft {
    let which = reach::its_findings_are(waiver);
    Draft::new(
        format!(
            "the waiver {} covers nothing: {which} about no target, and so never about `{}`",
            quoted(&waiver.id.value),
            text(&target.value)
        ),
        "remove `target`, or name the `finding` that it is meant for",
    )
}

fn unexpected(waiver: &RawWaiver, target: &Found<WaivedTarget>, others: &BTreeSet<String>) -> Draft {
    let written = text(&target.value);
    let near = nearest(&written, others.iter().map(String::as_str));
    let remedy = match (near, others.first()) {
        (Some(near), _) => format!("did you mean `{near}`? or remove `target` for any"),
        (None, Some(other)) => {
            format!("write a target that is expected there, as in `{other}`, or remove `target` for any")
        }
        (None, None) => "remove the waiver: no target is expected there at all".to_owned(),
    };
    Draft::new(
        format!(
            "the waiver {} covers nothing: no policy of what it reaches expects the target `{written}`, and its findings \
             are about expected targets only",
            quoted(&waiver.id.value)
        ),
        remedy,
    )
}
