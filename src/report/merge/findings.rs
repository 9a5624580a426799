//! Findings of all shards. What is about a namespace or a waiver, every shard tells for itself: it stands once.

use std::collections::BTreeMap;
use std::mem;

use super::super::document::FindingEntry;
use super::super::wording::{self, About};
use super::Shards;
use super::contradictions::Contradictions;
use crate::model::{Code, Difference, NamespaceName};

/// All of them, in report order.
pub(super) fn findings(shards: &mut Shards, contradictions: &Contradictions) -> Vec<FindingEntry> {
    let mut findings = Vec::new();
    let mut told: BTreeMap<String, Vec<FindingEntry>> = BTreeMap::new();
    for report in shards.reports_mut() {
        for finding in mem::take(&mut report.findings) {
            if contradictions.deny(&finding) {
                continue;
            }
            if finding.repository.is_some() {
                findings.push(finding);
            } else {
                told.entry(finding.fingerprint.clone()).or_default().push(finding);
            }
        }
    }
    findings.extend(told.into_values().map(|told| as_one(&told)));
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    findings
}

/// What several shards may tell, by fingerprint: with each finding the place of its shard.
pub(super) fn told_by_several(shards: &Shards) -> BTreeMap<&str, Vec<(usize, &FindingEntry)>> {
    let mut told: BTreeMap<&str, Vec<(usize, &FindingEntry)>> = BTreeMap::new();
    for (at, report) in shards.reports().enumerate() {
        for finding in report.findings.iter().filter(|finding| finding.repository.is_none()) {
            told.entry(&finding.fingerprint).or_default().push((at, finding));
        }
    }
    told.retain(|_, findings| findings.len() > 1);
    told
}

/// The same finding, told by several. Where a waiver ran out between them, it counts.
fn as_one(told: &[FindingEntry]) -> FindingEntry {
    let first_seen = told.iter().filter_map(|finding| finding.first_seen.clone()).min();
    let mut members: Vec<FindingEntry> = told.iter().filter(|it| !it.repositories.is_empty()).cloned().collect();
    members.sort_by(|a, b| a.repositories.cmp(&b.repositories));
    let base = told.iter().find(|finding| !finding.is_waived()).or(told.first());
    let mut one = base.cloned().expect("at least one shard told it");
    one.first_seen = first_seen;
    if let Some((first, rest)) = members.split_first() {
        let is_shared = rest.iter().all(|other| other.policy == first.policy);
        one.policy = first.policy.clone().filter(|_| is_shared);
        one.inventory = first.inventory.clone();
        one.repositories = members.iter().flat_map(|it| it.repositories.iter().cloned()).collect();
        one.repositories.sort();
        one.repositories.dedup();
        one.message = message(&one).unwrap_or(one.message);
    }
    one
}

/// A missing namespace tells how many of its repositories are expected.
fn message(finding: &FindingEntry) -> Option<String> {
    if finding.code != Code::MissingNamespace.name() {
        return None;
    }
    let namespace = NamespaceName::parse(&finding.namespace).ok()?;
    let about = About::Namespace(&namespace, finding.repositories.len());
    Some(wording::message(about, &Difference::MissingNamespace, None))
}
