//! What a run could not have seen, whatever it found.
//!
//! Knows what was planned and how many rules came; says nothing of what that means for a repository.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Blindness, Limit, Plan, SkippedWhat, Source};

use super::JudgedRepository;

/// The limits of a run, those that are `known` already among them, by source and code.
pub(super) fn all(
    plan: &Plan,
    repositories: &[JudgedRepository],
    sources: &[Arc<Source>],
    told: Vec<Limit>,
) -> Vec<Limit> {
    let mut limits = told;
    limits.extend(of_sources(plan, sources));
    limits.extend(cut_lists(plan, repositories));
    limits.extend(left_out(plan));
    limits.extend(skipped(plan));
    limits.sort_by(|a, b| a.order().cmp(&b.order()));
    limits
}

fn of_sources(plan: &Plan, sources: &[Arc<Source>]) -> impl Iterator<Item = Limit> {
    sources.iter().flat_map(|source| {
        let hidden = (!source.lists_manual_rules).then_some(Blindness::ManualRulesHidden);
        let unsearched = (!was_searched(plan, source)).then_some(Blindness::UnlistedNotSearched);
        hidden.into_iter().chain(unsearched).map(|blindness| Limit {
            source: Arc::clone(&source.name),
            blindness,
        })
    })
}

/// Whether everything that is audited of a source was listed, and there is something.
fn was_searched(plan: &Plan, source: &Source) -> bool {
    let mut namespaces = plan
        .namespaces
        .iter()
        .filter(|namespace| namespace.source.name == source.name)
        .peekable();
    namespaces.peek().is_some() && namespaces.all(|namespace| namespace.listing.is_some())
}

fn left_out(plan: &Plan) -> impl Iterator<Item = Limit> {
    let limit = |source: &Arc<str>, blindness| Limit {
        source: Arc::clone(source),
        blindness,
    };
    let by_selection = plan.left_out.by_selection.iter();
    let by_shard = plan.left_out.by_shard.iter();
    by_selection
        .map(move |(source, &count)| limit(source, Blindness::OutsideSelection(count)))
        .chain(by_shard.map(move |(source, &count)| limit(source, Blindness::OutsideShard(count))))
}

fn cut_lists(plan: &Plan, repositories: &[JudgedRepository]) -> impl Iterator<Item = Limit> {
    let mut counts: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for (planned, judged) in plan.repositories.iter().zip(repositories) {
        if judged.may_be_cut {
            *counts.entry(Arc::clone(&planned.source.name)).or_default() += 1;
        }
    }
    counts.into_iter().map(|(source, count)| Limit {
        source,
        blindness: Blindness::ListMayBeCut(count),
    })
}

fn skipped(plan: &Plan) -> impl Iterator<Item = Limit> {
    let mut counts: BTreeMap<Arc<str>, (usize, usize, usize)> = BTreeMap::new();
    for skipped in &plan.skipped {
        let (repositories, namespaces, patterns) = counts.entry(Arc::clone(&skipped.source)).or_default();
        match skipped.what {
            SkippedWhat::Named(_) | SkippedWhat::Discovered(_) => *repositories += 1,
            SkippedWhat::Namespace => *namespaces += 1,
            SkippedWhat::Pattern(_) => *patterns += 1,
        }
    }
    counts
        .into_iter()
        .map(|(source, (repositories, namespaces, patterns))| Limit {
            source,
            blindness: Blindness::SkippedNotChecked {
                repositories,
                namespaces,
                patterns,
            },
        })
}
