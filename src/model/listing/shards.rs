//! What several shards of a run listed, as one list.

use std::fmt;

use super::{Listing, NamespaceListing};
use crate::model::{Evidence, Failure, Look, UnknownClass};

impl Listing {
    /// What several shards listed of one namespace, as one list: see `joined`.
    pub fn of_shards(listings: &[Self]) -> Self {
        let lists: Vec<_> = listings
            .iter()
            .map(|it| ShardList::new(&it.names, it.gap.as_ref(), &it.evidence))
            .collect();
        let Joined {
            names,
            disputed,
            gap,
            evidence,
        } = joined(&lists);
        let looks = listings.iter().filter_map(|listing| listing.look.as_ref());
        let look = looks.max_by_key(|look| look.weight()).cloned();
        Self {
            superseded: union(listings.iter().map(|listing| &*listing.superseded)),
            gap,
            is_uncounted: listings.iter().any(|listing| listing.is_uncounted),
            is_called_absent: listings.iter().any(|listing| listing.is_called_absent),
            // A namespace of which some shard listed a repository is there.
            look: look.map(|look| if names.is_empty() { look } else { Look::Present }),
            names,
            disputed,
            evidence,
        }
    }
}

impl NamespaceListing {
    /// What several shards listed of one account, as one list: see `joined`.
    pub fn of_shards(listings: &[Self]) -> Self {
        let lists: Vec<_> = listings
            .iter()
            .map(|it| ShardList::new(&it.names, it.gap.as_ref(), &it.evidence))
            .collect();
        let joined = joined(&lists);
        let counts = listings.iter().filter_map(|listing| listing.account_repositories);
        let mut accounts = listings.iter().filter_map(|listing| listing.account.as_ref());
        Self {
            names: joined.names,
            gap: joined.gap,
            account_repositories: counts.max(),
            account: accounts
                .next()
                .filter(|account| accounts.all(|other| other == *account))
                .cloned(),
            evidence: joined.evidence,
        }
    }
}

/// What one shard listed.
#[derive(Clone, Copy)]
struct ShardList<'a, T> {
    names: &'a [T],
    gap: Option<&'a Failure>,
    evidence: &'a Evidence,
}

impl<'a, T> ShardList<'a, T> {
    const fn new(names: &'a [T], gap: Option<&'a Failure>, evidence: &'a Evidence) -> Self {
        Self { names, gap, evidence }
    }
}

/// The lists of several shards as one.
struct Joined<T> {
    /// All names, in order.
    names: Vec<T>,
    /// Those that a whole list lacks, in order.
    disputed: Vec<T>,
    gap: Option<Failure>,
    evidence: Evidence,
}

/// Joins lists. A whole one is enough, but not where it lacks what another one holds: nobody knows which of them is right.
fn joined<T: Ord + Clone + fmt::Display>(lists: &[ShardList<'_, T>]) -> Joined<T> {
    let whole = || lists.iter().filter(|list| list.gap.is_none());
    let names = union(lists.iter().map(|list| list.names));
    let lacking = |name: &T| whole().find(|list| list.names.binary_search(name).is_err());
    let disputed: Vec<T> = names.iter().filter(|name| lacking(name).is_some()).cloned().collect();
    let dispute = disputed.first().and_then(|name| Some((name, lacking(name)?.evidence)));
    let gap = match (dispute, whole().next()) {
        (Some((name, evidence)), _) => Some(Failure {
            http_status: Some(200),
            detail: format!("a shard's list lacks '{name}', which that of another shard holds"),
            evidence: evidence.clone(),
            ..Failure::unasked(UnknownClass::Truncated)
        }),
        (None, Some(_)) => None,
        (None, None) => {
            let gaps = lists.iter().filter_map(|list| list.gap);
            gaps.min_by_key(|gap| gap.class).cloned()
        }
    };
    let evidence = match &gap {
        Some(gap) => gap.evidence.clone(),
        None => whole().next().map(|list| list.evidence.clone()).unwrap_or_default(),
    };
    Joined {
        names,
        disputed,
        gap,
        evidence,
    }
}

fn union<'a, T: Ord + Clone + 'a>(lists: impl Iterator<Item = &'a [T]>) -> Vec<T> {
    let mut all: Vec<T> = lists.flatten().cloned().collect();
    // Stable, because that is quick where sorted parts follow each other.
    all.sort();
    all.dedup();
    all
}
