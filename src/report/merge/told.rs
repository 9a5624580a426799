//! What is joined entry by entry: repositories, skips, waivers, regions.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use super::super::document::{
    FindingEntry, OnlyCopyEntry, RegionEntry, Report, RepositoryRow, SkippedEntry, WaiverEntry,
};
use super::{Shards, findings};
use crate::model::{Code, NamespaceName, Scope, WaiverState};

/// Every row; each repository is in one shard.
pub(super) fn repositories(shards: &mut Shards) -> Vec<RepositoryRow> {
    let all = shards.reports_mut().map(|report| mem::take(&mut report.repositories));
    let mut rows = all.collect::<Vec<_>>().concat();
    rows.sort_by(|a, b| (&a.source, &a.namespace, &a.repository).cmp(&(&b.source, &b.namespace, &b.repository)));
    rows
}

/// Skipped namespaces and patterns are told by every shard, and stand once.
pub(super) fn skipped(shards: &mut Shards) -> Vec<SkippedEntry> {
    type Key = (Arc<str>, Arc<str>, bool, Option<Arc<str>>, Option<Arc<str>>);
    let mut entries: BTreeMap<Key, SkippedEntry> = BTreeMap::new();
    for entry in shards.reports_mut().flat_map(|report| mem::take(&mut report.skipped)) {
        let SkippedEntry {
            source,
            namespace,
            repository,
            pattern,
            ..
        } = entry.clone();
        // As plans order them: the namespace, patterns, repositories.
        let key = (source, namespace, repository.is_some(), pattern, repository);
        entries.entry(key).or_insert(entry);
    }
    entries.into_values().collect()
}

/// Every waiver, with all that it covers: what several shards tell of a namespace counts once.
pub(super) fn waivers(shards: &Shards) -> Vec<WaiverEntry> {
    let shared = findings::told_by_several(shards);
    let mut joined: BTreeMap<&str, WaiverEntry> = BTreeMap::new();
    for waiver in shards.reports().flat_map(|report| &report.waivers) {
        joined
            .entry(&waiver.id)
            .and_modify(|whole| whole.findings = whole.findings.saturating_add(waiver.findings))
            .or_insert_with(|| waiver.clone());
    }
    let reports: Vec<&Report> = shards.reports().collect();
    for (id, whole) in &mut joined {
        for told in shared.values() {
            let covering = told.iter().filter(|(at, finding)| {
                let mut waivers = reports[*at].waivers.iter();
                waivers.any(|waiver| *waiver.id == **id && covers(waiver, finding))
            });
            whole.findings = whole.findings.saturating_sub(covering.count().saturating_sub(1));
        }
    }
    joined.into_values().collect()
}

/// Whether a waiver covered a finding about a namespace when its shard ran.
fn covers(waiver: &WaiverEntry, finding: &FindingEntry) -> bool {
    let is_named = waiver
        .finding
        .as_ref()
        .is_none_or(|codes| codes.contains(&finding.code));
    let is_within = || {
        let namespace = NamespaceName::parse(&finding.namespace).ok()?;
        let scope = Scope::parse(&waiver.repo).ok()?;
        Some(scope.holds_namespace(&finding.source, &namespace))
    };
    waiver.state != WaiverState::Expired.name()
        && is_named
        && waiver.target.is_none()
        && waiver.source.as_ref().is_none_or(|source| *source == finding.source)
        && Code::from_name(&finding.code).is_some_and(Code::can_be_waived)
        && is_within() == Some(true)
}

/// What would be lost with each region, with the repositories in report order.
pub(super) fn regions(shards: &mut Shards) -> Vec<RegionEntry> {
    let first = shards.reports().next();
    let sources = first.into_iter().flat_map(|report| &report.run.sources);
    let mut sources: Vec<Arc<str>> = sources.map(|source| Arc::clone(&source.name)).collect();
    // The longest first: the name of one may be the beginning of another's.
    sources.sort_by_key(|name| Reverse(name.len()));
    let mut joined: BTreeMap<Arc<str>, RegionEntry> = BTreeMap::new();
    for region in shards.reports_mut().flat_map(|report| mem::take(&mut report.regions)) {
        let whole = joined
            .entry(Arc::clone(&region.region))
            .or_insert_with(|| nothing(&region.region));
        whole.only_copy.repositories.extend(region.only_copy.repositories);
        whole.unknown = whole.unknown.saturating_add(region.unknown);
        whole.complete &= region.complete;
    }
    // Nobody knows what a share that is not there would tell of any region.
    if !shards.missing.is_empty() {
        for region in shards
            .reports()
            .flat_map(|report| &report.run.sources)
            .map(|source| &source.region)
        {
            joined
                .entry(Arc::clone(region))
                .or_insert_with(|| nothing(region))
                .complete = false;
        }
    }
    for whole in joined.values_mut() {
        let names = &mut whole.only_copy.repositories;
        names.sort_by_cached_key(|name| by_parts(name, &sources));
        whole.only_copy.count = names.len();
    }
    joined.into_values().collect()
}

fn nothing(region: &Arc<str>) -> RegionEntry {
    RegionEntry {
        region: Arc::clone(region),
        only_copy: OnlyCopyEntry {
            count: 0,
            repositories: Vec::new(),
        },
        unknown: 0,
        complete: true,
    }
}

/// `source:namespace/repository`, parted: lists are ordered by the parts.
fn by_parts(name: &str, sources: &[Arc<str>]) -> (String, String, String) {
    let behind = |source: &Arc<str>| Some((source.to_string(), name.strip_prefix(&**source)?.strip_prefix(':')?));
    let (source, rest) = sources.iter().find_map(behind).unwrap_or((String::new(), name));
    let (namespace, repository) = rest.split_once('/').unwrap_or((rest, ""));
    (source, namespace.to_owned(), repository.to_owned())
}
