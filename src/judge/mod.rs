//! Judging: what is expected of each repository against what the service said of it.
//!
//! Pure: no sockets, no clock, no files, and no wording. Answers are judged as they come, in any order, and are not
//! kept: what stays of a repository that is as expected is its outcome and how its answer was come by.
//!
//! The line that everything here stands on: no answer never reads as "in sync", and never as "missing".

mod absence;
#[cfg(test)]
mod example;
mod limits;
mod order;
mod outcome;
mod rules;
mod unasked;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    Answer, Difference, Evidence, Failure, Finding, Judged, JudgedRepository, Look, NamespaceName, Observation, Plan,
    PlannedRepository, Severity, Source, Unknown, UnknownClass,
};

pub use rules::{Comparison, compare};

/// Judges answers as they come, in any order, and keeps only the result.
#[derive(Debug)]
pub struct Judging<'a> {
    plan: &'a Plan,
    slots: Vec<Slot>,
    looks: BTreeMap<NamespaceId, Look>,
}

/// The source's name and the namespace, ordered as reports are.
type NamespaceId = (Arc<str>, NamespaceName);

fn namespace_id(planned: &PlannedRepository) -> NamespaceId {
    (Arc::clone(&planned.id.source), planned.id.namespace.clone())
}

/// A repository under way. What it shares with others of its namespace waits for the end, when all have come: only then
/// the result does not depend on who came first.
#[derive(Debug)]
enum Slot {
    /// Nothing came yet.
    Open,
    /// Judged on its own.
    Settled(JudgedRepository),
    /// Does not exist; what that means depends on its namespace.
    Absent(Evidence),
    /// Nothing was asked; told with the others of its namespace.
    Unasked(Failure, Evidence),
}

impl<'a> Judging<'a> {
    /// Nothing has come yet.
    pub fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            slots: plan.repositories.iter().map(|_| Slot::Open).collect(),
            looks: BTreeMap::new(),
        }
    }

    /// Takes what came of asking for `plan.repositories[index]`: at most once each.
    pub fn take(&mut self, index: usize, observation: Observation) {
        debug_assert!(matches!(self.slots[index], Slot::Open), "{index} was taken before");
        let planned = &self.plan.repositories[index];
        let was_given_up = observation.was_given_up();
        let Observation { answer, evidence } = observation;
        self.slots[index] = match answer {
            Answer::Rules(actual) => {
                let told = compare(&planned.expectation, &actual, planned.source.lists_manual_rules);
                let received = Some(actual.len());
                Slot::Settled(settle(planned, told, Shared::Nothing, received, evidence))
            }
            Answer::Absent => Slot::Absent(evidence),
            Answer::Failed(failure) if was_given_up => Slot::Unasked(failure, evidence),
            Answer::Failed(failure) => {
                let told = failed(failure);
                Slot::Settled(settle(planned, told, Shared::Nothing, None, evidence))
            }
        };
    }

    /// Takes what a look at a namespace brought: at most once each.
    pub fn looked(&mut self, source: &Arc<str>, namespace: &NamespaceName, look: Look) {
        let before = self.looks.insert((Arc::clone(source), namespace.clone()), look);
        debug_assert!(before.is_none(), "{source}/{namespace} was looked at before");
    }

    /// Ends the run. A repository that never came is `unknown`, class `interrupted`.
    pub fn finish(self, sources: &[Arc<Source>]) -> Judged {
        let answered = self
            .plan
            .repositories
            .iter()
            .zip(&self.slots)
            .filter(|(_, slot)| slot.has_rules());
        let seen = answered.map(|(planned, _)| namespace_id(planned)).collect();
        let mut absences = absence::Absences::new(self.looks, seen);
        let mut unasked = unasked::Groups::default();
        let planned = self.plan.repositories.iter().enumerate();
        let repositories: Vec<_> = planned
            .zip(self.slots)
            .map(|((index, planned), slot)| match slot {
                Slot::Settled(judged) => judged,
                Slot::Absent(evidence) => absences.settle(index, planned, evidence),
                Slot::Unasked(failure, evidence) => unasked.settle(index, planned, failure, evidence),
                Slot::Open => {
                    let failure = Failure::unasked(UnknownClass::Interrupted);
                    unasked.settle(index, planned, failure, Evidence::default())
                }
            })
            .collect();
        let (missing_namespaces, unconfirmed) = absences.close();
        Judged {
            limits: limits::all(self.plan, &repositories, sources, unconfirmed),
            missing_namespaces,
            unasked: unasked.close(),
            repositories,
        }
    }
}

/// The repository as a whole could not be told.
fn failed(failure: Failure) -> Comparison {
    Comparison {
        unknowns: vec![Unknown {
            class: failure.class,
            target: None,
            expected: None,
            field: None,
            failure: Some(failure),
        }],
        ..Comparison::default()
    }
}

impl Slot {
    /// Whether the service listed its rules: only what exists has a list.
    const fn has_rules(&self) -> bool {
        match self {
            Self::Settled(judged) => judged.actual_rules.is_some(),
            Self::Open | Self::Absent(_) | Self::Unasked(..) => false,
        }
    }
}

/// What is told of a repository in an entry that it shares with others of its namespace.
#[derive(Clone, Copy)]
enum Shared {
    Nothing,
    /// The severity of the namespace's finding.
    MissingNamespace(Severity),
    Unasked(UnknownClass),
}

/// The only place that brings together what was told of a repository.
fn settle(
    planned: &PlannedRepository,
    told: Comparison,
    shared: Shared,
    actual_rules: Option<usize>,
    evidence: Evidence,
) -> JudgedRepository {
    let Comparison {
        mut findings,
        unknowns,
        matching,
    } = told;
    findings.extend(expired_skip(planned));
    order::findings(&mut findings);
    let (shared_severity, shared_class) = match shared {
        Shared::Nothing => (None, None),
        Shared::MissingNamespace(severity) => (Some(severity), None),
        Shared::Unasked(class) => (None, Some(class)),
    };
    let unknown_class = outcome::class_of(unknowns.iter().map(|unknown| unknown.class).chain(shared_class));
    let severities = findings.iter().map(|finding| finding.severity);
    JudgedRepository {
        outcome: outcome::of(unknown_class, severities.chain(shared_severity)),
        unknown_class,
        actual_rules,
        matching,
        findings,
        unknowns,
        in_missing_namespace: shared_severity.is_some(),
        evidence,
    }
}

/// Told whatever the answer was: the audit speaks again of what a person had silenced. A skip without a last day never
/// runs out.
fn expired_skip(planned: &PlannedRepository) -> Option<Finding> {
    let skip = planned.expired_skip.as_ref()?;
    let difference = Difference::ExpiredSkip {
        entry: Arc::clone(&skip.entry),
        until: skip.until?,
    };
    Some(absence::finding(planned, difference))
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod worlds;
