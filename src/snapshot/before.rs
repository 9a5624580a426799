//! Which policy a repository had in an earlier inventory: where several fit equally well, that one stays.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Inventory, NamespaceEntry, NamespaceName, Policy, RepositoryName, Source};

/// What an earlier inventory says, and stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct EarlierInventories<'k> {
    /// Policies, with their names.
    pub policies: &'k [Policy],
    /// The inventories that use them, the one that counts most first.
    pub inventories: &'k [&'k Inventory],
}

/// A source, by its name or its region, and a namespace in it.
type Key<'k> = (&'k str, &'k str);

/// The entries of namespaces, in the order of the inventories.
#[derive(Debug, Default)]
pub(super) struct EarlierEntries<'k> {
    by_name: HashMap<Key<'k>, Vec<&'k NamespaceEntry>>,
    /// The source may have had another name, or none.
    by_region: HashMap<Key<'k>, Vec<&'k NamespaceEntry>>,
}

impl<'k> EarlierEntries<'k> {
    pub(super) fn of(earlier: EarlierInventories<'k>) -> Self {
        let mut entries = Self::default();
        for entry in earlier.inventories.iter().flat_map(|inventory| &inventory.namespaces) {
            let Source { name, region, .. } = &*entry.source;
            let namespace = entry.name.as_str();
            entries.by_name.entry((name, namespace)).or_default().push(entry);
            entries.by_region.entry((region, namespace)).or_default().push(entry);
        }
        entries
    }

    /// The names of the policies that the repository had, the one that counts most first.
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
