//! What changed so much at once that it is not believed.

use std::sync::Arc;

use super::{NamespaceName, Place, RepositoryName, Source};

/// What the mass-change guard does not believe of one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MassChange {
    /// The source.
    pub source: Arc<Source>,
    /// The namespace.
    pub namespace: NamespaceName,
    /// Its owner.
    pub owner: Option<Arc<str>>,
    /// Its repositories that are not believed to be gone, or to have no rules, as indexes into the plan. Where there are
    /// none, and none that are no longer listed either, it is the namespace itself that is not believed to be missing.
    pub members: Vec<usize>,
    /// Its repositories that the baseline saw and that are no longer listed, in order. The plan does not have them.
    pub unlisted: Vec<RepositoryName>,
    /// How much of the source changed at once.
    pub upheavals: Vec<Upheaval>,
    /// Where it stands in the inventory.
    pub place: Place,
}

/// How much of a source changed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upheaval {
    /// So many repositories are gone, of those that the baseline saw.
    Gone {
        /// Those that are gone.
        gone: usize,
        /// Those that the baseline saw, and that this run audits.
        seen: usize,
    },
    /// There is no baseline, and nothing is there: so many repositories are gone.
    AllGone(usize),
    /// So many repositories had rules and have none now, of those that the baseline saw.
    WithoutRules {
        /// Those that have none now.
        without: usize,
        /// Those that the baseline saw, and that this run audits.
        seen: usize,
    },
}

impl MassChange {
    /// How many repositories it is about, with and without a row.
    pub const fn count(&self) -> usize {
        self.members.len() + self.unlisted.len()
    }

    /// Whether anything of it is not believed to be gone: then its list is not believed to be whole either.
    pub fn is_of_absence(&self) -> bool {
        let is_absence = |upheaval: &Upheaval| match upheaval {
            Upheaval::Gone { .. } | Upheaval::AllGone(_) => true,
            Upheaval::WithoutRules { .. } => false,
        };
        self.upheavals.iter().any(is_absence)
    }
}
