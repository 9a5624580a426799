//! What the baseline says of this run's findings, and what became of those that only the baseline has.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{BaselineEntry, FindingEntry, How, Mark, ResolvedEntry, UnknownEntry};

/// What earlier runs found. It marks findings, and hides none.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The run that this one is compared with, the newest of several; `None`: there is none, and everything is new.
    pub baseline: Option<BaselineEntry>,
    /// Its findings, each with what became of it where this run does not have it; by fingerprint, each once.
    pub findings: Vec<(FindingEntry, Fate)>,
    /// When each of its unknown entries was first seen, by fingerprint.
    pub unknown: BTreeMap<String, String>,
}

/// What became of a finding of the baseline that this run does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Not everything that it concerns was judged: it may still be there.
    Carried,
    /// It was judged, and is gone.
    Resolved(How),
}

/// What only the baseline has.
#[derive(Debug, Default)]
pub(super) struct Gone {
    pub resolved: Vec<ResolvedEntry>,
    pub carried: Vec<FindingEntry>,
}

/// Says of each finding since when it is known (what the baseline does not have, this run saw first), and returns what only
/// the baseline has.
pub(super) fn mark(findings: &mut [FindingEntry], unknown: &mut [UnknownEntry], past: &Past, started_at: &str) -> Gone {
    let known: BTreeMap<&str, Option<&str>> = past
        .findings
        .iter()
        .map(|(finding, _)| (&*finding.fingerprint, finding.first_seen.as_deref()))
        .collect();
    for finding in findings.iter_mut() {
        let earlier = known.get(&*finding.fingerprint);
        finding.first_seen = Some(earlier.copied().flatten().unwrap_or(started_at).to_owned());
        if earlier.is_some() && !finding.is_waived() {
            finding.status = Mark::Known;
        }
    }
    for entry in unknown.iter_mut() {
        let earlier = past.unknown.get(&entry.fingerprint).map(String::as_str);
        entry.first_seen = Some(earlier.unwrap_or(started_at).to_owned());
    }
    let now: BTreeSet<&str> = findings.iter().map(|finding| &*finding.fingerprint).collect();
    let mut gone = Gone::default();
    let only_past = past
        .findings
        .iter()
        .filter(|(finding, _)| !now.contains(&*finding.fingerprint));
    for (finding, fate) in only_past.cloned() {
        match fate {
            Fate::Carried => gone.carried.push(finding),
            Fate::Resolved(how) => gone.resolved.push(ResolvedEntry { finding, how }),
        }
    }
    gone.carried.sort_by(|a, b| a.order().cmp(&b.order()));
    gone.resolved.sort_by(|a, b| a.finding.order().cmp(&b.finding.order()));
    gone
}
