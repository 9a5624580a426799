//! Repositories that nothing was asked of: one entry for all of a namespace that share the reason.
//!
//! A namespace of ten thousand repositories behind a closed door is one cause, not ten thousand.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Evidence, Failure, JudgedRepository, PlannedRepository, Unasked};

use super::rules::Comparison;
use super::{NamespaceId, namespace_id, settle};

/// Repositories that were not asked, brought together by namespace and class.
#[derive(Default)]
pub(super) struct Groups(BTreeMap<(NamespaceId, &'static str), Unasked>);

impl Groups {
    /// Takes a repository that was not asked; they have to come in the order of the plan. Where the credential was refused
    /// before, that answer's evidence is that of the row; other answers say nothing of a repository that was not asked.
    pub(super) fn settle(
        &mut self,
        index: usize,
        planned: &PlannedRepository,
        failure: &Failure,
        own: Evidence,
    ) -> JudgedRepository {
        let class = failure.class;
        let evidence = if failure.is_refusal() && failure.evidence != Evidence::default() {
            failure.evidence.clone()
        } else {
            own
        };
        let group = self
            .0
            .entry((namespace_id(planned), class.name()))
            .or_insert_with(|| Unasked {
                source: Arc::clone(&planned.source),
                namespace: planned.id.namespace.clone(),
                failure: failure.clone(),
                members: Vec::new(),
            });
        group.members.push(index);
        settle(planned, Comparison::default(), Some(class), evidence)
    }

    /// The entries, in order of source, namespace and class.
    pub(super) fn close(self) -> Vec<Unasked> {
        self.0.into_values().collect()
    }
}
