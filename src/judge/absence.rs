//! What it means that SWR says a repository does not exist: its own absence, or its namespace's.
//!
//! Knows the looks at namespaces that were taken; does not know how, nor why one was not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Blindness, Difference, Evidence, Failure, Finding, JudgedRepository, Limit, Look, MissingNamespace,
    PlannedRepository, UnknownClass,
};

use super::rules::Comparison;
use super::{NamespaceId, Shared, namespace_id, settle};

/// Absent repositories, brought together by namespace.
pub(super) struct Absences {
    looks: BTreeMap<NamespaceId, Look>,
    /// Namespaces of which a repository answered: they exist, whatever a look says.
    seen: BTreeSet<NamespaceId>,
    missing: BTreeMap<NamespaceId, MissingNamespace>,
    unconfirmed: BTreeMap<NamespaceId, Failure>,
}

impl Absences {
    pub(super) const fn new(looks: BTreeMap<NamespaceId, Look>, seen: BTreeSet<NamespaceId>) -> Self {
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
                let missing = self.missing.entry(id).or_insert_with(|| missing_namespace(planned));
                missing.members.push(index);
                let shared = Shared::MissingNamespace(missing.finding.severity);
                return settle(planned, Comparison::default(), shared, None, evidence);
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
        settle(planned, told, Shared::Nothing, None, evidence)
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
fn contradiction() -> Failure {
    Failure {
        detail: "called absent, but a repository of it answered".to_owned(),
        ..Failure::unasked(UnknownClass::BadResponse)
    }
}

fn missing_namespace(first: &PlannedRepository) -> MissingNamespace {
    MissingNamespace {
        source: Arc::clone(&first.source),
        namespace: first.id.namespace.clone(),
        finding: finding(first, Difference::MissingNamespace),
        members: Vec::new(),
    }
}

/// A finding about a repository or namespace as a whole.
pub(super) fn finding(planned: &PlannedRepository, difference: Difference) -> Finding {
    let severities = &planned.expectation.severities;
    Finding {
        severity: severities.of(difference.code(), difference.default_severity()),
        difference,
        target: None,
        rule: None,
    }
}
