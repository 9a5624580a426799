//! What a run asks for: the inventory, resolved to a list of repositories.

use std::sync::Arc;

use super::{Expectation, NamespaceName, Place, RepoId, RepositoryName, Skip, Source};

/// What is asked, and what is left out on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The repositories to ask for, in report order, none twice.
    pub repositories: Vec<PlannedRepository>,
    /// What the inventory skips, in report order.
    pub skipped: Vec<Skipped>,
}

/// One repository to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRepository {
    /// Which one.
    pub id: RepoId,
    /// The source it lives in.
    pub source: Arc<Source>,
    /// What is expected of it.
    pub expectation: Arc<Expectation>,
    /// Its namespace's owner.
    pub owner: Option<Arc<str>>,
    /// The skip that covered it until it ran out.
    pub expired_skip: Option<Skip>,
    /// Where its entry is written.
    pub place: Place,
}

/// One thing that the inventory skips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The source's name.
    pub source: Arc<str>,
    /// The namespace.
    pub namespace: NamespaceName,
    /// The repository; `None`: the whole namespace.
    pub repository: Option<RepositoryName>,
    /// The namespace's owner.
    pub owner: Option<Arc<str>>,
    /// Why, and how long.
    pub skip: Skip,
    /// Where the entry is written.
    pub place: Place,
}
