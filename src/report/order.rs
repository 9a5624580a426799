//! The one order of every list: source, namespace, repository, target, code, field, fingerprint, by bytes.

use super::document::{FindingEntry, TargetEntry, UnknownEntry};

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
