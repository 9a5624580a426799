//! The one order of every list: source, namespace, repository, target, code, field, fingerprint, by bytes. And the order in
//! which people read: the worst first.

use super::document::{FindingEntry, TargetEntry, UnknownEntry};
use crate::model::Severity;

/// A key of report order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order<'a> {
    source: &'a str,
    namespace: &'a str,
    repository: &'a str,
    target: Option<&'a TargetEntry>,
    code: &'a str,
    field: &'a str,
    fingerprint: &'a str,
}

/// How soon something should be read: what could not be seen may be as bad as a high finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Critical,
    High,
    Unknown,
    Medium,
    Low,
    Info,
}

impl Rank {
    pub(super) const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::High => Self::High,
            Severity::Medium => Self::Medium,
            Severity::Low => Self::Low,
            Severity::Info => Self::Info,
        }
    }
}

impl FindingEntry {
    /// Its place in report order.
    pub(super) fn order(&self) -> Order<'_> {
        Order {
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository.as_deref().unwrap_or_default(),
            target: self.target.as_ref(),
            code: self.code.name(),
            field: self.field.as_deref().unwrap_or_default(),
            fingerprint: &self.fingerprint,
        }
    }
}

impl UnknownEntry {
    /// Its place in report order; its code is `unknown`.
    pub(super) fn order(&self) -> Order<'_> {
        Order {
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository(),
            target: self.target.as_ref(),
            code: "unknown",
            field: self.field.as_deref().unwrap_or_default(),
            fingerprint: &self.fingerprint,
        }
    }
}
