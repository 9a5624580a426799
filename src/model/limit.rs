//! What a run could not have seen, whatever it found. Printed beside every verdict.

use std::sync::Arc;

use jiff::Timestamp;

use super::words::words;
use super::{Failure, LeftOutCount, MissingShards, NamespaceName};

/// One limit of one source. Ordered by source, then by code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The source's name.
    pub source: Arc<str>,
    /// What was out of sight.
    pub blindness: Blindness,
}

impl Limit {
    /// Report order: by source, code and namespace.
    pub fn order(&self) -> (&str, LimitCode, &str) {
        let subject = match &self.blindness {
            Blindness::NamespaceUnconfirmed(namespace, _) => namespace.as_str(),
            Blindness::ListingUnconfirmed(namespace, _) => namespace.as_ref().map_or("", NamespaceName::as_str),
            Blindness::ListMayBeCut(_)
            | Blindness::OutsideSelection(_)
            | Blindness::OutsideShard(_)
            | Blindness::ShardMissing(_)
            | Blindness::ShardsOfSeveralRuns { .. }
            | Blindness::ManualRulesHidden
            | Blindness::SkippedNotChecked { .. }
            | Blindness::UnlistedNotSearched
            | Blindness::AccountUnconfirmed(_) => "",
        };
        (&self.source, self.blindness.code(), subject)
    }
}

/// What was out of sight, with the facts that a sentence about it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blindness {
    /// Nobody said whose the credential is, and so it was not held against that account.
    AccountUnconfirmed(Arc<str>),
    /// Lists of rules that may have been cut: how many.
    ListMayBeCut(usize),
    /// What the service lists in a namespace may not be all.
    ListingUnconfirmed(Option<NamespaceName>, ListingDoubt),
    /// Rules with `syncAuto=false` are reported not to be listed.
    ManualRulesHidden,
    /// The look at a namespace failed after one of its repositories was said to be absent.
    NamespaceUnconfirmed(NamespaceName, Failure),
    /// `--only` leaves something out.
    OutsideSelection(LeftOutCount),
    /// Repositories that are other shards'.
    OutsideShard(usize),
    /// Shards whose journals were not there when the others were merged.
    ShardMissing(MissingShards),
    /// The merged shards have run ids of their own: only their times show that they are of one audit.
    ShardsOfSeveralRuns {
        /// When the first of them began.
        first: Timestamp,
        /// When the last of them began.
        last: Timestamp,
    },
    /// What the inventory skips was not asked for.
    SkippedNotChecked {
        /// Skipped repositories, those of skipped namespaces not counted.
        repositories: usize,
        /// Skipped namespaces.
        namespaces: usize,
        /// Skipped patterns of which nobody listed what they match.
        patterns: usize,
    },
    /// Nobody looked for repositories that the inventory does not name.
    UnlistedNotSearched,
}

words! {
    /// The stable code of a limit. In the order of the documentation.
    pub enum LimitCode {
        /// See [`Blindness::AccountUnconfirmed`].
        AccountUnconfirmed = "account-unconfirmed",
        /// See [`Blindness::ListMayBeCut`].
        ListMayBeCut = "list-may-be-cut",
        /// See [`Blindness::ListingUnconfirmed`].
        ListingUnconfirmed = "listing-unconfirmed",
        /// See [`Blindness::ManualRulesHidden`].
        ManualRulesHidden = "manual-rules-hidden",
        /// See [`Blindness::NamespaceUnconfirmed`].
        NamespaceUnconfirmed = "namespace-unconfirmed",
        /// See [`Blindness::OutsideSelection`].
        OutsideSelection = "outside-selection",
        /// See [`Blindness::OutsideShard`].
        OutsideShard = "outside-shard",
        /// See [`Blindness::ShardMissing`].
        ShardMissing = "shard-missing",
        /// See [`Blindness::ShardsOfSeveralRuns`].
        ShardsOfSeveralRuns = "shards-of-several-runs",
        /// See [`Blindness::SkippedNotChecked`].
        SkippedNotChecked = "skipped-not-checked",
        /// See [`Blindness::UnlistedNotSearched`].
        UnlistedNotSearched = "unlisted-not-searched",
    }
}

impl Blindness {
    /// The stable code.
    pub const fn code(&self) -> LimitCode {
        match self {
            Self::AccountUnconfirmed(_) => LimitCode::AccountUnconfirmed,
            Self::ListMayBeCut(_) => LimitCode::ListMayBeCut,
            Self::ListingUnconfirmed(..) => LimitCode::ListingUnconfirmed,
            Self::ManualRulesHidden => LimitCode::ManualRulesHidden,
            Self::NamespaceUnconfirmed(..) => LimitCode::NamespaceUnconfirmed,
            Self::OutsideSelection(_) => LimitCode::OutsideSelection,
            Self::OutsideShard(_) => LimitCode::OutsideShard,
            Self::ShardMissing(_) => LimitCode::ShardMissing,
            Self::ShardsOfSeveralRuns { .. } => LimitCode::ShardsOfSeveralRuns,
            Self::SkippedNotChecked { .. } => LimitCode::SkippedNotChecked,
            Self::UnlistedNotSearched => LimitCode::UnlistedNotSearched,
        }
    }
}

/// Why a listing may not be all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListingDoubt {
    /// The namespace is there, and nothing in it is listed: it is empty, or the credential sees nothing in it.
    Empty,
    /// It could not be read in full.
    Failed(Failure),
    /// The service did not say how many there are: only its last page says that these are all.
    Uncounted,
    /// The account's overview counts more repositories than were listed.
    Fewer {
        /// Repositories that were listed in all namespaces.
        listed: u64,
        /// Repositories that the overview counts.
        counted: u64,
    },
}
