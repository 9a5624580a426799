//! The patterns of `--only` within which there is nothing: perhaps misspelt ones.
//!
//! Held against the inventory and the lists alone. What an exclusion, a skip or a shard takes away was selected before.

use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{
    Contents, EntryNames, IdleScope, Inventory, Listing, Listings, NamespaceEntry, RepositoryName, Scope, Selection,
};

/// Where a pattern meets a namespace.
enum Meeting {
    /// Something of it is within, or may be, and nobody looked.
    Something,
    /// Its list shows nothing within. A list that is not whole could have missed it.
    NothingListed,
    /// No entry of it can bring anything within.
    Nothing,
}

/// The patterns that nothing is known to be within, in their order.
pub(super) fn scopes(inventory: &Inventory, listings: &Listings, selection: &Selection, today: Date) -> Vec<IdleScope> {
    let idle = |scope: &Scope| {
        let mut may_be_in = Vec::new();
        for namespace in &inventory.namespaces {
            if !scope.reaches(&namespace.source.name, &namespace.name) {
                continue;
            }
            let id = (Arc::clone(&namespace.source.name), namespace.name.clone());
            match meeting(scope, namespace, listings.repositories.get(&id), today) {
                Meeting::Something => return None,
                Meeting::NothingListed => may_be_in.push(id),
                Meeting::Nothing => {}
            }
        }
        let scope = scope.clone();
        Some(IdleScope { scope, may_be_in })
    };
    selection.only.iter().filter_map(idle).collect()
}

fn meeting(scope: &Scope, namespace: &NamespaceEntry, listing: Option<&Listing>, today: Date) -> Meeting {
    let (source, name) = (&*namespace.source.name, &namespace.name);
    if scope.holds_namespace(source, name) {
        return Meeting::Something;
    }
    let entries = match &namespace.contents {
        Contents::Whole(whole) if whole.skip_on(today).is_some() => return Meeting::Something,
        Contents::Whole(_) => vec![EntryNames::all()],
        Contents::Listed(listed) => {
            let mut named = listed.repositories.iter();
            if named.any(|entry| scope.holds_in(source, name, &entry.name)) {
                return Meeting::Something;
            }
            (0..listed.patterns.len()).map(|index| listed.names_of(index)).collect()
        }
    };
    if !entries.iter().any(|names| scope.may_hold_any(source, name, names)) {
        return Meeting::Nothing;
    }
    // Not listed: all of it is skipped or excluded, or this is only the price of a run.
    let Some(listing) = listing else {
        return Meeting::Something;
    };
    let is_within = |repository: &RepositoryName| {
        scope.holds_in(source, name, repository) && namespace.deciding(repository).is_some()
    };
    if listing.names.iter().any(is_within) {
        Meeting::Something
    } else {
        Meeting::NothingListed
    }
}
