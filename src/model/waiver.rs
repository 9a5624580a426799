//! Waivers: differences that people accept, for a reason and for a time.

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Code, Place, Scope, Severities, Target};

/// How long before its last day a waiver (or a skip) is reported to expire, that day included.
pub const DAYS_AHEAD: i64 = 14;

/// An accepted difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Unique in the inventory.
    pub id: Arc<str>,
    /// What it covers: repositories, or namespaces as a whole.
    pub scope: Scope,
    /// The source of its document, which it does not reach beyond; `None`: it serves all.
    pub source: Option<Arc<str>>,
    /// The findings that it covers, in their order; `None`: any.
    pub findings: Option<Vec<Code>>,
    /// The target that it covers; `None`: any, and none.
    pub target: Option<WaivedTarget>,
    /// The inventory's words.
    pub reason: Arc<str>,
    /// Who answers for it.
    pub owner: Arc<str>,
    /// The last day on which it holds, UTC.
    pub expires: Date,
    /// The severities of its document.
    pub severities: Arc<Severities>,
    /// Where it is written.
    pub place: Place,
}

/// A region, or one namespace in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaivedTarget {
    /// The region's id.
    pub region: Arc<str>,
    /// `None`: any namespace there.
    pub namespace: Option<Arc<str>>,
}

impl Waiver {
    /// Whether its last day is over.
    pub fn has_expired(&self, today: Date) -> bool {
        self.expires < today
    }

    /// Whether its last day is near.
    pub fn is_expiring(&self, today: Date) -> bool {
        !self.has_expired(today) && self.expires <= today.saturating_add(DAYS_AHEAD.days())
    }

    /// Whether it speaks of findings of that code toward that target.
    pub fn covers(&self, code: Code, target: Option<&Target>) -> bool {
        let is_named = self.findings.as_ref().is_none_or(|codes| codes.contains(&code));
        let is_toward = self.target.as_ref().is_none_or(|waived| {
            target.is_some_and(|target| {
                target.region == waived.region && waived.namespace.as_ref().is_none_or(|name| *name == target.namespace)
            })
        });
        is_named && is_toward && code.can_be_waived()
    }
}
