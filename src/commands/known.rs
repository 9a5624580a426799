//! What is known without a request: from an earlier part of the run, or because recorded answers are judged again.

use std::cell::RefCell;

use crate::ask::{self, Lists, Memory, Rules, SourceListings, SourceOrders};
use crate::journal::{Replay, Share};
use crate::model::{Failure, Gather, Listing, ListingOrders, Listings, NamespaceListing, Plan};
use crate::swr::{Call, Exchange};

/// What is known without a request.
#[derive(Debug)]
pub(super) enum Known {
    /// Nothing: the run begins.
    Nothing,
    /// What an earlier part of the run found out for good. The rest is asked.
    Earlier(Box<Replay>),
    /// Recorded answers, whatever they say. Nobody is asked.
    Recorded(Box<Replay>),
}

/// What is known of one source.
#[derive(Clone, Copy)]
pub(super) struct KnownOf<'a> {
    known: &'a Known,
    source: &'a str,
}

impl Known {
    /// Of that source.
    pub(super) const fn of<'a>(&'a self, source: &'a str) -> KnownOf<'a> {
        KnownOf { known: self, source }
    }
}

impl Memory for KnownOf<'_> {
    fn recall(&self, call: &Call) -> Option<Exchange> {
        match self.known {
            Known::Nothing => None,
            Known::Earlier(replay) => replay.standing(self.source, call),
            Known::Recorded(replay) => RecordedOf(replay, self.source).recall(call),
        }
    }

    fn reason(&self, call: &Call) -> Option<(Failure, u32)> {
        match self.known {
            Known::Nothing | Known::Earlier(_) => None,
            Known::Recorded(replay) => RecordedOf(replay, self.source).reason(call),
        }
    }
}

/// What a journal holds of one source.
struct RecordedOf<'a>(&'a Replay, &'a str);

impl Memory for RecordedOf<'_> {
    fn recall(&self, call: &Call) -> Option<Exchange> {
        self.0.answer(self.1, call)
    }

    fn reason(&self, call: &Call) -> Option<(Failure, u32)> {
        self.0.reason(self.1, call)
    }
}

/// What one shard recorded of one source.
struct ShareOf<'a>(Share<'a>, &'a str);

impl Memory for ShareOf<'_> {
    fn recall(&self, call: &Call) -> Option<Exchange> {
        self.0.answer(self.1, call)
    }

    fn reason(&self, _: &Call) -> Option<(Failure, u32)> {
        Some((self.0.reason(self.1)?, 0))
    }
}

/// What a journal holds of those lists. What shards listed each for itself is one list in the end.
pub(crate) fn listings(replay: &Replay, orders: &ListingOrders) -> Listings {
    let mut listings = Listings::default();
    for source in orders.sources() {
        let orders = SourceOrders::of(source, orders);
        let of_share = |share| {
            let memory = ShareOf(share, source);
            let mut lists = Lists::new(&orders, &memory);
            ask::recall(&mut lists);
            lists.into_listings()
        };
        joined(replay.shares().map(of_share).collect()).add_to(source, &mut listings);
    }
    listings
}

/// Has all gathered that a journal holds of the plan's repositories.
pub(super) fn gather<G: Gather>(replay: &Replay, plan: &Plan, listings: &Listings, gather: G) -> G {
    let gather = RefCell::new(gather);
    for (first, repositories) in plan.by_source() {
        let memory = RecordedOf(replay, &repositories[0].id.source);
        ask::recall(&mut Rules::new(repositories, first, listings, &memory, &gather));
    }
    gather.into_inner()
}

fn joined(mut shares: Vec<SourceListings>) -> SourceListings {
    if shares.len() == 1 {
        return shares.remove(0);
    }
    let mut repositories = Vec::new();
    let first = shares.first().map(|share| &share.repositories[..]).unwrap_or_default();
    for (place, (namespace, _)) in first.iter().enumerate() {
        let lists: Vec<Listing> = shares.iter().map(|share| share.repositories[place].1.clone()).collect();
        repositories.push((namespace.clone(), Listing::of_shards(&lists)));
    }
    let accounts: Vec<NamespaceListing> = shares.iter().filter_map(|share| share.account.clone()).collect();
    SourceListings {
        repositories,
        account: (!accounts.is_empty()).then(|| NamespaceListing::of_shards(&accounts)),
    }
}

#[cfg(test)]
mod tests;
