//! What no shard could have seen. What each of them says of the whole stands once, and what they count is counted again.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use super::super::document::{LimitEntry, RepositoryRow, SkippedEntry};
use super::super::limits::sentence;
use super::Shards;
use super::contradictions::Contradictions;
use crate::model::{Blindness, Failure, RuleList, UnknownClass};

/// All limits, by source and code. The rows and skips are those of all shards.
pub(super) fn limits(
    shards: &mut Shards,
    rows: &[RepositoryRow],
    skipped: &[SkippedEntry],
    contradictions: &Contradictions,
) -> Vec<LimitEntry> {
    let mut limits = of_the_whole(shards);
    limits.extend(contradicted(contradictions));
    limits.extend(cut_lists(rows));
    limits.extend(skips(skipped));
    limits.extend(told(shards));
    limits.sort_by(|a, b| (&a.source, &a.code, &a.message).cmp(&(&b.source, &b.code, &b.message)));
    limits.dedup();
    limits
}

fn limit(source: &Arc<str>, blindness: &Blindness) -> LimitEntry {
    LimitEntry {
        code: blindness.code().into(),
        source: Arc::clone(source),
        message: sentence(blindness),
    }
}

fn of_the_whole(shards: &Shards) -> Vec<LimitEntry> {
    let missing = (!shards.missing.is_empty()).then(|| Blindness::ShardMissing(shards.missing.clone()));
    let blindnesses = missing.into_iter().chain([Blindness::JudgedInParts]);
    let blindnesses: Vec<Blindness> = blindnesses.chain(several_runs(shards)).collect();
    let sources: BTreeSet<&Arc<str>> = shards
        .reports()
        .flat_map(|report| report.run.sources.iter().map(|source| &source.name))
        .collect();
    let all = sources.into_iter();
    all.flat_map(|source| blindnesses.iter().map(|blindness| limit(source, blindness)))
        .collect()
}

/// Under one id they are of one audit; else a share of an earlier one may be among them.
fn several_runs(shards: &Shards) -> Option<Blindness> {
    let ids: BTreeSet<&str> = shards.reports().map(|report| &*report.run.id).collect();
    if ids.len() < 2 {
        return None;
    }
    let began = || shards.reports().filter_map(|report| report.run.started_at.parse().ok());
    Some(Blindness::ShardsOfSeveralRuns {
        first: began().min()?,
        last: began().max()?,
    })
}

/// An absence that another shard denies is told, and not believed without a word.
fn contradicted(contradictions: &Contradictions) -> impl Iterator<Item = LimitEntry> {
    contradictions.absent().map(|(source, namespace)| {
        let failure = Failure {
            detail: "called absent, but another shard read a repository of it".to_owned(),
            ..Failure::unasked(UnknownClass::BadResponse)
        };
        limit(source, &Blindness::NamespaceUnconfirmed(namespace.clone(), failure))
    })
}

fn cut_lists(rows: &[RepositoryRow]) -> Vec<LimitEntry> {
    let mut counts: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
    let may_be_cut = |row: &&RepositoryRow| {
        row.actual_rules == Some(RuleList::CAP) || row.unknown_class.as_deref() == Some(UnknownClass::Truncated.name())
    };
    for row in rows.iter().filter(may_be_cut) {
        *counts.entry(&row.source).or_default() += 1;
    }
    let told = counts.into_iter();
    told.map(|(source, count)| limit(source, &Blindness::ListMayBeCut(count)))
        .collect()
}

fn skips(skipped: &[SkippedEntry]) -> Vec<LimitEntry> {
    let mut counts: BTreeMap<&Arc<str>, (usize, usize, usize)> = BTreeMap::new();
    for entry in skipped {
        let (repositories, namespaces, patterns) = counts.entry(&entry.source).or_default();
        match (&entry.repository, &entry.pattern) {
            (Some(_), _) => *repositories += 1,
            (None, Some(_)) => *patterns += 1,
            (None, None) => *namespaces += 1,
        }
    }
    let told = counts
        .into_iter()
        .map(|(source, (repositories, namespaces, patterns))| {
            let skipped = Blindness::SkippedNotChecked {
                repositories,
                namespaces,
                patterns,
            };
            limit(source, &skipped)
        });
    told.collect()
}

/// What shards said, but for what is counted again, and for what they left to each other.
fn told(shards: &mut Shards) -> Vec<LimitEntry> {
    let is_replaced = |code: &str| Blindness::COUNTED_BY_SHARD.contains(&code);
    let all = shards.reports_mut().flat_map(|report| mem::take(&mut report.limits));
    all.filter(|limit| !is_replaced(&limit.code)).collect()
}
