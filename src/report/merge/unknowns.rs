//! What could not be told, of all shards. A namespace behind a closed door is one cause, whoever knocked.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use super::super::causes;
use super::super::document::UnknownEntry;
use super::super::unknowns::group_name;
use super::Shards;
use super::contradictions::Contradictions;

/// All of it, in report order.
pub(super) fn unknowns(shards: &mut Shards, contradictions: Contradictions) -> Vec<UnknownEntry> {
    let mut entries = Vec::new();
    let mut gaps: BTreeMap<String, UnknownEntry> = BTreeMap::new();
    let mut groups: BTreeMap<Cause, Vec<UnknownEntry>> = BTreeMap::new();
    let mut empty_selections = empty_selections(shards);
    for report in shards.reports_mut() {
        for entry in mem::take(&mut report.unknown) {
            if entry.is_of_the_selection() {
                if empty_selections.remove(&entry.fingerprint) {
                    entries.push(entry);
                }
            } else if entry.count == 0 {
                // A listing failed for each shard that asked for it: that is one list.
                gaps.entry(entry.fingerprint.clone()).or_insert(entry);
            } else if is_unasked(&entry) && tail(&entry).is_some() {
                groups.entry(cause(&entry)).or_default().push(entry);
            } else {
                entries.push(entry);
            }
        }
    }
    for entry in contradictions.into_lists() {
        gaps.entry(entry.fingerprint.clone()).or_insert(entry);
    }
    entries.extend(gaps.into_values());
    entries.extend(groups.into_values().map(as_one));
    entries.sort_by(|a, b| a.order().cmp(&b.order()));
    entries
}

/// The patterns of `--only` that select nothing of the whole: those of which every shard says so. Where one does not, it has
/// something within, or could not see all of it.
fn empty_selections(shards: &Shards) -> BTreeSet<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in shards.reports().flat_map(|report| &report.unknown) {
        if entry.is_of_the_selection() {
            *counts.entry(&entry.fingerprint).or_default() += 1;
        }
    }
    let all = shards.reports().count();
    let of_all = counts.into_iter().filter(|(_, count)| *count == all);
    of_all.map(|(fingerprint, _)| fingerprint.to_owned()).collect()
}

/// Source, namespace and class.
type Cause = (Arc<str>, Arc<str>, String);

fn cause(entry: &UnknownEntry) -> Cause {
    let (source, namespace) = (Arc::clone(&entry.source), Arc::clone(&entry.namespace));
    (source, namespace, entry.class.to_string())
}

/// Whether it holds repositories that were not asked: those of a namespace share an entry, and the answer to an earlier
/// question may be its evidence.
fn is_unasked(entry: &UnknownEntry) -> bool {
    let is_shared = entry.count > 1 || entry.attempts == 0;
    is_shared && entry.target.is_none() && entry.field.is_none()
}

/// How its message begins.
fn head(entry: &UnknownEntry) -> String {
    let first = entry.repositories.first().map(|name| &**name).unwrap_or_default();
    let name = group_name(&entry.namespace, first, entry.count);
    causes::who(&name, entry.count) + ": "
}

/// What its message says of the cause.
fn tail(entry: &UnknownEntry) -> Option<&str> {
    entry.message.strip_prefix(&*head(entry))
}

/// As if one run had not asked them: with the words for the first of them.
fn as_one(mut entries: Vec<UnknownEntry>) -> UnknownEntry {
    entries.sort_by(|a, b| a.repositories.cmp(&b.repositories));
    let (first, rest) = entries.split_first().expect("a group has an entry");
    let mut one = first.clone();
    if rest.is_empty() {
        return one;
    }
    let is_shared = rest.iter().all(|other| other.policy == first.policy);
    one.policy = one.policy.filter(|_| is_shared);
    one.repositories = entries
        .iter()
        .flat_map(|entry| entry.repositories.iter().cloned())
        .collect();
    one.repositories.sort();
    one.count = one.repositories.len();
    let tail = tail(first).unwrap_or(&first.message);
    one.message = head(&one) + tail;
    one.identified()
}
