//! What a run could not have seen, whatever it found. Printed beside every verdict.

use std::sync::Arc;

use super::{Failure, NamespaceName};

/// One limit of one source. Ordered by source, then by code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The source's name.
    pub source: Arc<str>,
    /// What was out of sight.
    pub blindness: Blindness,
}

/// What was out of sight, with the facts that a sentence about it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blindness {
    /// Lists of rules that may have been cut; the number of repositories.
    ListMayBeCut(usize),
    /// Rules with `syncAuto=false` are reported not to be listed.
    ManualRulesHidden,
    /// The look at a namespace failed after one of its repositories was said to be absent.
    NamespaceUnconfirmed(NamespaceName, Failure),
    /// What the inventory skips was not asked for.
    SkippedNotChecked {
        /// Skipped repositories, those of skipped namespaces not counted.
        repositories: usize,
        /// Skipped namespaces.
        namespaces: usize,
    },
    /// Nobody looked for repositories that the inventory does not name.
    UnlistedNotSearched,
}

impl Blindness {
    /// Every code, in the order of the documentation.
    pub const CODES: [&'static str; 5] = [
        "list-may-be-cut",
        "manual-rules-hidden",
        "namespace-unconfirmed",
        "skipped-not-checked",
        "unlisted-not-searched",
    ];

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ListMayBeCut(_) => "list-may-be-cut",
            Self::ManualRulesHidden => "manual-rules-hidden",
            Self::NamespaceUnconfirmed(..) => "namespace-unconfirmed",
            Self::SkippedNotChecked { .. } => "skipped-not-checked",
            Self::UnlistedNotSearched => "unlisted-not-searched",
        }
    }
}
