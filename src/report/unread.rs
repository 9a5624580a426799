//! What was to be asked for, and what of it came to nothing: the facts behind the verdict.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Judged, Plan, PlannedListing, UnknownClass};

/// The questions of a run: repositories and listings.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// How many there were.
    pub count: usize,
    /// Why each of those is not known that are not, whatever rests on it.
    pub unanswered: Vec<UnknownClass>,
    /// The sources of which nothing was read, where of others something was, in order.
    pub unread: Vec<Arc<str>>,
}

/// How many questions a source had, and how many of them brought nothing at all.
#[derive(Default)]
struct Tally {
    asked: usize,
    unread: usize,
}

/// Looks through everything that was to be asked for.
pub(super) fn asked(plan: &Plan, judged: &Judged) -> Asked {
    let mut asked = Asked::default();
    let mut sources: BTreeMap<&Arc<str>, Tally> = BTreeMap::new();
    let mut take = |source, class: Option<UnknownClass>, has_something: bool| {
        asked.count += 1;
        asked.unanswered.extend(class);
        let tally: &mut Tally = sources.entry(source).or_default();
        tally.asked += 1;
        tally.unread += usize::from(class.is_some() && !has_something);
    };
    for (planned, row) in plan.repositories.iter().zip(&judged.repositories) {
        // What is not believed was read.
        let has_something = row.actual_rules.is_some() || row.unknown_class == Some(UnknownClass::MassChange);
        take(&planned.source.name, row.unknown_class, has_something);
    }
    for namespace in &plan.namespaces {
        if let Some(listing) = &namespace.listing {
            take(&namespace.source.name, class(listing), listing.listed > 0);
        }
    }
    for account in &plan.accounts {
        let class = account.listing.gap.as_ref().map(|gap| gap.class);
        take(&account.source.name, class, !account.listing.names.is_empty());
    }
    let is_unread = |tally: &Tally| tally.asked == tally.unread;
    if !sources.values().all(is_unread) {
        let unread = sources.iter().filter(|(_, tally)| is_unread(tally));
        asked.unread = unread.map(|(source, _)| Arc::clone(source)).collect();
    }
    asked
}

fn class(listing: &PlannedListing) -> Option<UnknownClass> {
    listing.gap().map(|gap| gap.class)
}
