//! This run, as far as it tells what was judged of the repositories and lists of an earlier one.

use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{
    Blindness, Expectation, Inventory, Judged, JudgedRepository, ListingDoubt, NamespaceEntry, NamespaceName, Plan,
    PlannedNamespace, RepoId, RepositoryName,
};
use crate::report::Fate;
use crate::report::document::How;

/// This run.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    /// What should be.
    pub inventory: &'a Inventory,
    /// What was asked.
    pub plan: &'a Plan,
    /// What came of it.
    pub judged: &'a Judged,
    /// The day of the run, UTC.
    pub today: Date,
}

/// What this run says of a repository.
#[derive(Clone, Copy)]
pub(super) enum Standing<'a> {
    /// Nothing that counts: unknown, not selected, or of a source that was not asked.
    Open,
    /// It was compared with that.
    Compared(&'a Expectation),
    /// A whole list lacks it.
    Gone,
    /// The inventory does not cover it any more.
    NotExpected,
    /// The inventory skips it.
    Skipped,
}

impl Standing<'_> {
    /// What that makes of a finding about the repository.
    pub(super) const fn fate(self) -> Fate {
        match self {
            Self::Open => Fate::Carried,
            Self::Compared(_) | Self::Gone => Fate::Resolved(How::Fixed),
            Self::NotExpected => Fate::Resolved(How::NotExpected),
            Self::Skipped => Fate::Resolved(How::Skipped),
        }
    }
}

impl<'a> Now<'a> {
    pub(super) fn has_source(self, name: &str) -> bool {
        self.inventory.sources.iter().any(|source| *source.name == *name)
    }

    /// What this run says of that repository.
    pub(super) fn standing(self, source: &str, namespace: &str, repository: &str) -> Standing<'a> {
        let Some(id) = id(source, namespace, repository).filter(|_| self.has_source(source)) else {
            return Standing::Open;
        };
        let selection = &self.plan.selection;
        let is_of_other_shard = selection.shard.is_some_and(|shard| !shard.holds(&id.repository));
        if !selection.holds(&id) || is_of_other_shard {
            return Standing::Open;
        }
        let entry = self.entry(source, namespace);
        let Some(deciding) = entry.and_then(|entry| entry.deciding(&id.repository)) else {
            return Standing::NotExpected;
        };
        if deciding.treatment().skip_on(self.today).is_some() {
            return Standing::Skipped;
        }
        if let Ok(index) = self.plan.repositories.binary_search_by(|planned| planned.id.cmp(&id)) {
            let is_known = self.judged.repositories[index].unknown_class.is_none();
            let expectation = &self.plan.repositories[index].expectation;
            return if is_known {
                Standing::Compared(expectation)
            } else {
                Standing::Open
            };
        }
        if self.is_listed_whole(source, namespace) {
            Standing::Gone
        } else {
            Standing::Open
        }
    }

    /// The inventory's entry for that namespace.
    pub(super) fn entry(self, source: &str, namespace: &str) -> Option<&'a NamespaceEntry> {
        let namespaces = &self.inventory.namespaces;
        let order = |entry: &NamespaceEntry| (&*entry.source.name, entry.name.as_str()).cmp(&(source, namespace));
        namespaces.binary_search_by(order).ok().map(|index| &namespaces[index])
    }

    pub(super) fn planned(self, source: &str, namespace: &str) -> Option<&'a PlannedNamespace> {
        let mut namespaces = self.plan.namespaces.iter();
        namespaces.find(|planned| (&*planned.source.name, planned.name.as_str()) == (source, namespace))
    }

    /// The rows of that namespace.
    pub(super) fn rows(self, source: &str, namespace: &str) -> impl Iterator<Item = &'a JudgedRepository> {
        let repositories = &self.plan.repositories;
        let before = |planned: &RepoId| (&*planned.source, planned.namespace.as_str()) < (source, namespace);
        let first = repositories.partition_point(|planned| before(&planned.id));
        let rows = repositories[first..].iter().zip(&self.judged.repositories[first..]);
        let count = repositories[first..]
            .iter()
            .take_while(|planned| (&*planned.id.source, planned.id.namespace.as_str()) == (source, namespace))
            .count();
        rows.take(count).map(|(_, row)| row)
    }

    pub(super) fn is_missing(self, source: &str, namespace: &str) -> bool {
        let mut missing = self.judged.missing_namespaces.iter();
        missing.any(|missing| (&*missing.source.name, missing.namespace.as_str()) == (source, namespace))
    }

    /// Whether everything in that namespace was listed, or nothing is there.
    pub(super) fn is_listed_whole(self, source: &str, namespace: &str) -> bool {
        let planned = self.planned(source, namespace);
        let listing = planned.and_then(|planned| planned.listing.as_ref());
        let is_whole = listing.is_some_and(|listing| listing.gap().is_none()) && !self.doubts(source, Some(namespace));
        (self.is_missing(source, namespace) || is_whole) && !self.is_guarded(source, namespace)
    }

    /// Whether what is gone there is not believed to be.
    fn is_guarded(self, source: &str, namespace: &str) -> bool {
        let mut changes = self.judged.mass_changes.iter();
        changes.any(|change| (&*change.source.name, change.namespace.as_str()) == (source, namespace))
    }

    /// Whether the namespaces of that source were listed whole.
    pub(super) fn knows_all_namespaces(self, source: &str) -> bool {
        let mut accounts = self.plan.accounts.iter();
        let is_listed = accounts.any(|account| *account.source.name == *source && account.listing.gap.is_none());
        is_listed && !self.doubts(source, None)
    }

    /// Whether a list is not believed, be it that only a warning rests on it.
    fn doubts(self, source: &str, namespace: Option<&str>) -> bool {
        let is_it = |of: &Arc<str>, name: Option<&NamespaceName>| {
            **of == *source && name.map(NamespaceName::as_str) == namespace
        };
        let mut gaps = self.judged.gaps.iter();
        let mut limits = self.judged.limits.iter();
        gaps.any(|gap| is_it(&gap.source.name, gap.namespace.as_ref()))
            || limits.any(|limit| match &limit.blindness {
                Blindness::ListingUnconfirmed(name, ListingDoubt::Failed(_)) => is_it(&limit.source, name.as_ref()),
                _ => false,
            })
    }

    /// Whether the look at a namespace failed after one of its repositories was absent.
    pub(super) fn is_unconfirmed(self, source: &str, namespace: &str) -> bool {
        self.judged.limits.iter().any(|limit| match &limit.blindness {
            Blindness::NamespaceUnconfirmed(name, _) => *limit.source == *source && name.as_str() == namespace,
            _ => false,
        })
    }
}

/// `None`: no repository of this run can have that name.
fn id(source: &str, namespace: &str, repository: &str) -> Option<RepoId> {
    Some(RepoId {
        source: source.into(),
        namespace: NamespaceName::parse(namespace).ok()?,
        repository: RepositoryName::parse(repository).ok()?,
    })
}
