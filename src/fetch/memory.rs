//! What is known before anything is asked: from an earlier part of the run, or from its own listings.

use std::sync::Arc;

use super::{Witness, unasked};
use crate::model::{Failure, Listings, Look, NamespaceName, Observation, PlannedRepository, RepoId};
use crate::swr::{Call, Exchange};

/// What an earlier part of the run was told already: it is not asked again.
pub trait Memory {
    /// What came of that repository.
    fn observation(&self, id: &RepoId) -> Option<Observation>;
    /// What the look at a namespace of that source brought.
    fn look(&self, source: &Arc<str>, namespace: &NamespaceName) -> Option<Look>;
    /// What came of a question of a listing.
    fn listed(&self, source: &Arc<str>, call: &Call) -> Option<Exchange>;
}

/// A run that begins knows nothing.
impl Memory for () {
    fn observation(&self, _: &RepoId) -> Option<Observation> {
        None
    }

    fn look(&self, _: &Arc<str>, _: &NamespaceName) -> Option<Look> {
        None
    }

    fn listed(&self, _: &Arc<str>, _: &Call) -> Option<Exchange> {
        None
    }
}

/// What is known after the listings: a namespace that was looked at for them is not looked at again, whatever that brought.
#[derive(Clone, Copy, Debug)]
pub struct After<'a, M>(pub &'a M, pub &'a Listings);

impl<M: Memory> Memory for After<'_, M> {
    fn observation(&self, id: &RepoId) -> Option<Observation> {
        self.0.observation(id)
    }

    fn look(&self, source: &Arc<str>, namespace: &NamespaceName) -> Option<Look> {
        let of_listing = self.1.look(source, namespace).cloned();
        of_listing.or_else(|| self.0.look(source, namespace))
    }

    fn listed(&self, source: &Arc<str>, call: &Call) -> Option<Exchange> {
        self.0.listed(source, call)
    }
}

/// Tells of every repository of one source without asking: what is remembered, and of the rest that reason. For a source
/// that nobody should ask any more.
pub fn close(memory: &impl Memory, repositories: &[PlannedRepository], failure: &Failure, witness: &mut impl Witness) {
    let mut last = None;
    for (index, PlannedRepository { id, .. }) in repositories.iter().enumerate() {
        if last.replace(&id.namespace) != Some(&id.namespace)
            && let Some(look) = memory.look(&id.source, &id.namespace)
        {
            witness.looked(&id.namespace, look);
        }
        let observation = memory.observation(id).unwrap_or_else(|| unasked(failure.clone()));
        witness.observed(index, observation);
    }
}
