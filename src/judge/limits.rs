//! What a run could not have seen, whatever it found.
//!
//! Knows what was planned and how many rules came; says nothing of what that means for a repository.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Blindness, Limit, Plan, Source};

use super::{JudgedRepository, rules};

/// The limits of a run, `unconfirmed` among them, by source and code.
pub(super) fn all(
    plan: &Plan,
    repositories: &[JudgedRepository],
    sources: &[Arc<Source>],
    unconfirmed: Vec<Limit>,
) -> Vec<Limit> {
    let mut limits = unconfirmed;
    limits.extend(of_sources(sources));
    limits.extend(cut_lists(plan, repositories));
    limits.extend(skipped(plan));
    limits.sort_by(|a, b| key(a).cmp(&key(b)));
    limits
}

fn of_sources(sources: &[Arc<Source>]) -> impl Iterator<Item = Limit> {
    sources.iter().flat_map(|source| {
        let hidden = (!source.lists_manual_rules).then_some(Blindness::ManualRulesHidden);
        // Nothing lists yet what the inventory does not name.
        hidden
            .into_iter()
            .chain([Blindness::UnlistedNotSearched])
            .map(|blindness| Limit {
                source: Arc::clone(&source.name),
                blindness,
            })
    })
}

fn cut_lists(plan: &Plan, repositories: &[JudgedRepository]) -> impl Iterator<Item = Limit> {
    let mut counts: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for (planned, judged) in plan.repositories.iter().zip(repositories) {
        if judged.actual_rules.is_some_and(rules::may_be_cut) {
            *counts.entry(Arc::clone(&planned.source.name)).or_default() += 1;
        }
    }
    counts.into_iter().map(|(source, count)| Limit {
        source,
        blindness: Blindness::ListMayBeCut(count),
    })
}

fn skipped(plan: &Plan) -> impl Iterator<Item = Limit> {
    let mut counts: BTreeMap<Arc<str>, (usize, usize)> = BTreeMap::new();
    for skipped in &plan.skipped {
        let (repositories, namespaces) = counts.entry(Arc::clone(&skipped.source)).or_default();
        match skipped.repository {
            Some(_) => *repositories += 1,
            None => *namespaces += 1,
        }
    }
    counts.into_iter().map(|(source, (repositories, namespaces))| Limit {
        source,
        blindness: Blindness::SkippedNotChecked {
            repositories,
            namespaces,
        },
    })
}

fn key(limit: &Limit) -> (&str, &'static str, &str) {
    let namespace = match &limit.blindness {
        Blindness::NamespaceUnconfirmed(namespace, _) => namespace.as_str(),
        Blindness::ListMayBeCut(_)
        | Blindness::ManualRulesHidden
        | Blindness::SkippedNotChecked { .. }
        | Blindness::UnlistedNotSearched => "",
    };
    (&limit.source, limit.blindness.code(), namespace)
}
