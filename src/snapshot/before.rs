//! Which policy somebody put a repository under before: of several that fit as well, that one stays.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Inventory, NamespaceEntry, NamespaceName, Policy, RepositoryName, Source};

/// What stays as it was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kept<'k> {
    /// Policies, with their names.
    pub policies: &'k [Policy],
    /// What says which repositories are under them, the most telling first.
    pub inventories: &'k [&'k Inventory],
}

/// A source, by what it is looked up by, and a namespace of it.
type Key<'k> = (&'k str, &'k str);

/// The entries of namespaces, in the order of the inventories.
#[derive(Debug, Default)]
pub(super) struct Before<'k> {
    by_name: HashMap<Key<'k>, Vec<&'k NamespaceEntry>>,
    /// A snapshot of a region may give the source no name, or another.
    by_region: HashMap<Key<'k>, Vec<&'k NamespaceEntry>>,
}

impl<'k> Before<'k> {
    pub(super) fn of(kept: Kept<'k>) -> Self {
        let mut before = Self::default();
        for entry in kept.inventories.iter().flat_map(|inventory| &inventory.namespaces) {
            let Source { name, region, .. } = &*entry.source;
            let namespace = entry.name.as_str();
            before.by_name.entry((name, namespace)).or_default().push(entry);
            before.by_region.entry((region, namespace)).or_default().push(entry);
        }
        before
    }

    /// The names of the policies that the repository was under, the most telling first.
    pub(super) fn policies(
        &self,
        source: &Source,
        namespace: &NamespaceName,
        repository: &RepositoryName,
    ) -> Vec<&'k Arc<str>> {
        let namespace = namespace.as_str();
        let by_name = self.by_name.get(&(&*source.name, namespace));
        let by_region = self.by_region.get(&(&*source.region, namespace));
        let entries = by_name.into_iter().chain(by_region).flatten();
        // Skipped or not: a snapshot skips nothing.
        let expected = entries.filter_map(|entry| entry.deciding(repository)?.treatment().expectation.as_ref());
        expected.filter_map(|expectation| expectation.policy.as_ref()).collect()
    }
}
