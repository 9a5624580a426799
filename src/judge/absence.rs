//! What it means that SWR says a repository does not exist: its own absence, or its namespace's.
//!
//! Knows the looks at namespaces that were taken; does not know how, nor why one was not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rules::Comparison;
use super::{NamespaceId, namespace_id, settle, whole};
use crate::model::{
    Blindness, Difference, Evidence, Failure, Finding, JudgedRepository, Limit, Look, MissingNamespace,
    PlannedNamespace, PlannedRepository, UnknownClass,
};

/// Absent repositories, brought together by namespace.
pub(super) struct Absences<'a> {
    looks: &'a BTreeMap<NamespaceId, Look>,
    /// Namespaces of which a repository answered: they exist, whatever a look says.
    seen: &'a BTreeSet<NamespaceId>,
    missing: BTreeMap<NamespaceId, MissingNamespace>,
    unconfirmed: BTreeMap<NamespaceId, Failure>,
}

impl<'a> Absences<'a> {
    pub(super) const fn new(looks: &'a BTreeMap<NamespaceId, Look>, seen: &'a BTreeSet<NamespaceId>) -> Self {
        Self {
            looks,
            seen,
            missing: BTreeMap::new(),
            unconfirmed: BTreeMap::new(),
        }
    }

    /// Takes an absent repository; they have to come in the order of the plan.
    pub(super) fn settle(&mut self, index: usize, planned: &PlannedRepository, evidence: Evidence) -> JudgedRepository {
        let id = namespace_id(planned);
        match self.looks.get(&id) {
            Some(Look::Absent) if self.seen.contains(&id) => {
                self.unconfirmed.entry(id).or_insert_with(contradiction);
            }
            Some(Look::Absent) => {
                let missing = self.missing.entry(id).or_insert_with(|| of_repository(planned));
                missing.members.push(index);
                let judged = settle(planned, Comparison::default(), None, evidence);
                return JudgedRepository {
                    in_missing_namespace: true,
                    ..judged
                };
            }
            Some(Look::Present) => {}
            Some(Look::Failed(failure)) => {
                self.unconfirmed.entry(id).or_insert_with(|| failure.clone());
            }
            None => {
                self.unconfirmed
                    .entry(id)
                    .or_insert(Failure::unasked(UnknownClass::Interrupted));
            }
        }
        let told = Comparison {
            findings: vec![finding(planned, Difference::MissingRepo)],
            ..Comparison::default()
        };
        settle(planned, told, None, evidence)
    }

    /// Takes a namespace that was listed: where that led to a look, the look may tell of it without any repository.
    pub(super) fn listed(&mut self, namespace: &PlannedNamespace) {
        let was_looked_at = namespace.listing.as_ref().is_some_and(|it| it.listing.look.is_some());
        let id = (Arc::clone(&namespace.source.name), namespace.name.clone());
        if !was_looked_at || self.looks.get(&id) != Some(&Look::Absent) {
            return;
        }
        if self.seen.contains(&id) {
            self.unconfirmed.entry(id).or_insert_with(contradiction);
        } else {
            self.missing.entry(id).or_insert_with(|| of_namespace(namespace));
        }
    }

    /// The missing namespaces, in report order, and the limits of what was not confirmed.
    pub(super) fn close(self) -> (Vec<MissingNamespace>, Vec<Limit>) {
        let limits = self
            .unconfirmed
            .into_iter()
            .map(|((source, namespace), failure)| Limit {
                source,
                blindness: Blindness::NamespaceUnconfirmed(namespace, failure),
            });
        (self.missing.into_values().collect(), limits.collect())
    }
}

/// The service calls a namespace absent and lists the rules of a repository in it: the look is not believed.
pub(super) fn contradiction() -> Failure {
    Failure {
        detail: "called absent, but a repository of it answered".to_owned(),
        ..Failure::unasked(UnknownClass::BadResponse)
    }
}

fn of_repository(first: &PlannedRepository) -> MissingNamespace {
    MissingNamespace {
        source: Arc::clone(&first.source),
        namespace: first.id.namespace.clone(),
        finding: finding(first, Difference::MissingNamespace),
        owner: first.owner.clone(),
        members: Vec::new(),
        place: first.place.clone(),
    }
}

fn of_namespace(namespace: &PlannedNamespace) -> MissingNamespace {
    MissingNamespace {
        source: Arc::clone(&namespace.source),
        namespace: namespace.name.clone(),
        finding: whole::finding(&namespace.severities, Difference::MissingNamespace),
        owner: namespace.owner.clone(),
        members: Vec::new(),
        place: namespace.place.clone(),
    }
}

/// A finding about a repository or namespace as a whole.
pub(super) fn finding(planned: &PlannedRepository, difference: Difference) -> Finding {
    whole::finding(&planned.expectation.severities, difference)
}
