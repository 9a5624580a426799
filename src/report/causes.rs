//! Findings of one cause: equal in everything but the repository, so that one decision puts all of them right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::{CauseEntry, FindingEntry, NamespaceCount, TargetEntry};
use super::fingerprint::digest;
use crate::model::{Code, Expectation};

/// What goes first into the hash.
const VERSION: &str = "c1";
/// The hex digits of an id.
const DIGITS: usize = 12;

/// What a cause takes from the inventory rather than from the finding.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// The policy by its name, or an inline one by its place; empty without any.
    pub policy: Arc<str>,
    /// The target namespace as the policy has it, empty where it is the repository's own; `None`: as the rule has it.
    pub target_namespace: Option<Arc<str>>,
}

impl Origin {
    /// That of a finding about a repository under this expectation.
    pub(super) fn of(expectation: &Expectation, finding: &FindingEntry) -> Self {
        let policy = expectation.policy.clone();
        Self {
            policy: policy.unwrap_or_else(|| expectation.place.to_string().into()),
            target_namespace: Self::written(expectation, finding),
        }
    }

    /// That of findings without a repository, or about several.
    pub(super) fn of_policy(policy: Option<&Arc<str>>) -> Self {
        Self {
            policy: policy.cloned().unwrap_or_default(),
            target_namespace: None,
        }
    }

    fn written(expectation: &Expectation, finding: &FindingEntry) -> Option<Arc<str>> {
        let target = finding
            .target
            .as_ref()
            .filter(|_| is_about_an_expected_target(finding))?;
        let mut targets = expectation.targets.iter();
        let expected = targets.find(|expected| {
            (&*expected.target.region, &*expected.target.namespace) == (&*target.region, &*target.namespace)
        })?;
        let places = expectation.places.targets.get(&expected.place)?;
        Some(
            places
                .namespace
                .as_ref()
                .map_or_else(Arc::default, |_| Arc::clone(&target.namespace)),
        )
    }
}

/// Whether its target is the policy's. Of the others it is the rule's.
fn is_about_an_expected_target(finding: &FindingEntry) -> bool {
    matches!(
        finding.code.known(),
        Some(
            Code::MissingRule
                | Code::TargetRegionMismatch
                | Code::TargetNamespaceMismatch
                | Code::OverrideMismatch
                | Code::SyncAutoMismatch
        )
    )
}

/// Gives every finding that no waiver covers the id of its cause, and returns the causes: the worst and largest first.
pub(super) fn causes(findings: &mut [(Origin, FindingEntry)]) -> Vec<CauseEntry> {
    let mut causes: BTreeMap<String, (CauseEntry, Counts)> = BTreeMap::new();
    for (origin, finding) in findings.iter_mut().filter(|(_, finding)| !finding.is_waived()) {
        let cause = cause(origin, finding);
        finding.cause = Some(cause.id.clone());
        let (_, counts) = causes
            .entry(cause.id.clone())
            .or_insert_with(|| (cause, Counts::default()));
        counts.add(finding);
    }
    let mut causes: Vec<CauseEntry> = causes
        .into_values()
        .map(|(cause, counts)| counts.complete(cause))
        .collect();
    causes.sort_by(|a, b| order(a).cmp(&order(b)));
    causes
}

fn order(cause: &CauseEntry) -> impl Ord + use<'_> {
    use std::cmp::Reverse;
    let target = cause.target.as_ref();
    (
        Reverse(cause.severity),
        Reverse(cause.count),
        &cause.source,
        cause.code.name(),
        target,
        &cause.id,
    )
}

#[derive(Default)]
struct Counts {
    all: usize,
    namespaces: BTreeMap<Arc<str>, usize>,
    owners: BTreeSet<Arc<str>>,
}

impl Counts {
    fn add(&mut self, finding: &FindingEntry) {
        self.all += 1;
        *self.namespaces.entry(Arc::clone(&finding.namespace)).or_default() += 1;
        self.owners.extend(finding.owners.iter().cloned());
    }

    fn complete(self, cause: CauseEntry) -> CauseEntry {
        let namespaces = self
            .namespaces
            .into_iter()
            .map(|(name, count)| NamespaceCount { name, count });
        CauseEntry {
            count: self.all,
            namespaces: namespaces.collect(),
            owners: self.owners.into_iter().collect(),
            ..cause
        }
    }
}

fn cause(origin: &Origin, finding: &FindingEntry) -> CauseEntry {
    let target = finding.target.as_ref().map(|target| TargetEntry {
        region: Arc::clone(&target.region),
        namespace: origin.target_namespace.as_ref().unwrap_or(&target.namespace).clone(),
    });
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let (region, namespace) = target
        .as_ref()
        .map_or(("", ""), |target| (&*target.region, &*target.namespace));
    let parts = [
        VERSION,
        finding.code.name(),
        finding.severity.name(),
        &finding.source,
        &origin.policy,
        region,
        namespace,
        &text(&finding.field),
        &text(&finding.expected),
        &text(&finding.actual),
    ];
    CauseEntry {
        id: format!("c{}", &digest(&parts)[..DIGITS]),
        code: finding.code.clone(),
        severity: finding.severity,
        source: Arc::clone(&finding.source),
        policy: Some(Arc::clone(&origin.policy)).filter(|policy| !policy.is_empty()),
        target,
        field: finding.field.clone(),
        expected: finding.expected.clone(),
        actual: finding.actual.clone(),
        count: 0,
        namespaces: Vec::new(),
        owners: Vec::new(),
    }
}
