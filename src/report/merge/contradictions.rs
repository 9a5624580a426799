//! What one shard says of a namespace and another one has seen to be otherwise. A single run would have believed neither.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::causes;
use super::super::document::{FindingEntry, PlaceEntry, RepositoryRow, UnknownEntry};
use super::super::limits::sentence;
use super::Shards;
use crate::model::{Blindness, Code, Failure, ListingDoubt, NamespaceName, UnknownClass};

/// By source and name.
type NamespaceId = (Arc<str>, Arc<str>);

/// Everything that the reports contradict each other in.
pub(super) struct Contradictions {
    /// Namespaces that are called absent, and of which a repository was read.
    absent: BTreeMap<NamespaceId, NamespaceName>,
    /// Lists that were empty for one shard, or whose namespace was absent, and that held something for another.
    lists: Vec<UnknownEntry>,
}

impl Contradictions {
    pub(super) fn of(shards: &Shards) -> Self {
        let read = read(shards);
        let mut found = Self {
            absent: BTreeMap::new(),
            lists: Vec::new(),
        };
        for finding in shards.reports().flat_map(|report| &report.findings) {
            let id = (Arc::clone(&finding.source), Arc::clone(&finding.namespace));
            if finding.code != Code::MissingNamespace.name() || !read.contains_key(&id) {
                continue;
            }
            let Ok(name) = NamespaceName::parse(&id.1) else {
                continue;
            };
            if finding.repositories.is_empty() && !found.absent.contains_key(&id) {
                let failure = Failure {
                    detail: "the namespace was absent for one shard, and another one read a repository of it"
                        .to_owned(),
                    ..Failure::unasked(UnknownClass::BadResponse)
                };
                let (owner, place) = (finding.owner.as_ref(), &finding.inventory);
                found.lists.push(gap(shards, &id, &failure, owner, place));
            }
            found.absent.insert(id, name);
        }
        let empty = empty_lists(shards);
        for (id, row) in &read {
            let Ok(name) = NamespaceName::parse(&id.1) else {
                continue;
            };
            let said = sentence(&Blindness::ListingUnconfirmed(Some(name), ListingDoubt::Empty));
            if empty.contains(&(&*id.0, &*said)) {
                let failure = Failure {
                    http_status: Some(200),
                    detail: "it was empty for one shard, and another one read a repository of it".to_owned(),
                    ..Failure::unasked(UnknownClass::Truncated)
                };
                found
                    .lists
                    .push(gap(shards, id, &failure, row.owner.as_ref(), &row.inventory));
            }
        }
        found
    }

    /// The namespaces whose absence is denied, with their sources.
    pub(super) fn absent(&self) -> impl Iterator<Item = (&Arc<str>, &NamespaceName)> {
        self.absent.iter().map(|((source, _), name)| (source, name))
    }

    /// Whether a finding says what only an empty list told, and another one denies.
    pub(super) fn deny(&self, finding: &FindingEntry) -> bool {
        let id = (Arc::clone(&finding.source), Arc::clone(&finding.namespace));
        let is_absence = finding.code == Code::MissingNamespace.name() && finding.repositories.is_empty();
        is_absence && self.absent.contains_key(&id)
    }

    /// Lists that are not known whole for that reason.
    pub(super) fn into_lists(self) -> Vec<UnknownEntry> {
        self.lists
    }
}

/// Of each namespace a repository that was read.
fn read(shards: &Shards) -> BTreeMap<NamespaceId, &RepositoryRow> {
    let mut read = BTreeMap::new();
    for row in shards.reports().flat_map(|report| &report.repositories) {
        if row.actual_rules.is_some() {
            let id = (Arc::clone(&row.source), Arc::clone(&row.namespace));
            read.entry(id).or_insert(row);
        }
    }
    read
}

/// What is said of lists that were empty, with the source.
fn empty_lists(shards: &Shards) -> BTreeSet<(&str, &str)> {
    let limits = shards.reports().flat_map(|report| &report.limits);
    let of_lists = limits.filter(|limit| limit.code == Blindness::LISTING_UNCONFIRMED);
    of_lists.map(|limit| (&*limit.source, &*limit.message)).collect()
}

fn gap(
    shards: &Shards,
    (source, namespace): &NamespaceId,
    failure: &Failure,
    owner: Option<&Arc<str>>,
    place: &PlaceEntry,
) -> UnknownEntry {
    let mut sources = shards.reports().flat_map(|report| &report.run.sources);
    let region = sources.find(|entry| entry.name == *source);
    UnknownEntry {
        class: failure.class.name().into(),
        source: Arc::clone(source),
        region: region.map_or_else(|| "".into(), |entry| Arc::clone(&entry.region)),
        namespace: Arc::clone(namespace),
        repositories: Vec::new(),
        count: 0,
        target: None,
        field: None,
        http_status: failure.http_status,
        error_code: None,
        message: causes::gap(NamespaceName::parse(namespace).ok().as_ref(), failure),
        request_id: None,
        attempts: 0,
        expected: None,
        remediation: causes::gap_remediation(failure),
        policy: None,
        owner: owner.cloned(),
        inventory: Some(place.clone()),
        fingerprint: String::new(),
    }
    .identified()
}
