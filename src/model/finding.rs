//! Findings: a difference with its code and both values. Their words are made in `report` alone.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Code, ExpectedFlag, Flags, RegionLimits, RepoId, Severity, Target, Waiver};

/// One difference between expected and actual. What it is about (the repository or namespace) is known to whoever holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What differs.
    pub difference: Difference,
    /// How much it matters, by default or by the inventory's word.
    pub severity: Severity,
    /// The expected target; for rules that nothing expects, the actual one.
    pub target: Option<Target>,
    /// The live rule it speaks of, where there is one.
    pub rule: Option<RuleStamp>,
    /// Both flags that are expected there, where a target is expected.
    pub expected: Option<Flags<ExpectedFlag>>,
    /// The waiver that covers it today.
    pub waiver: Option<Arc<Waiver>>,
}

/// What differs, with both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An expected target has no rule.
    MissingRule {
        /// The flags it should have.
        expected: Flags<ExpectedFlag>,
        /// Whether a manual rule could stand there unseen.
        may_be_manual: bool,
    },
    /// The rule goes to another region.
    TargetRegion {
        /// The policy's region.
        expected: Arc<str>,
        /// The rule's region.
        actual: Arc<str>,
    },
    /// The rule goes to another namespace.
    TargetNamespace {
        /// The policy's namespace.
        expected: Arc<str>,
        /// The rule's namespace.
        actual: Arc<str>,
    },
    /// `override` differs.
    Override {
        /// The policy's value; the rule has the opposite.
        expected: bool,
    },
    /// `syncAuto` differs.
    SyncAuto {
        /// The policy's value; the rule has the opposite.
        expected: bool,
    },
    /// A rule that no target expects.
    UnexpectedRule {
        /// Its flags.
        actual: Flags<Option<bool>>,
    },
    /// The same target more than once.
    DuplicateRule {
        /// All of them, in the order in which they count: the first is the one that was compared.
        twins: Vec<Twin>,
        /// Whether the policy expects this target with `override: false`.
        must_not_override: bool,
    },
    /// A rule toward a region that the policy forbids.
    ForbiddenTarget {
        /// What the policy allows and denies.
        limits: Box<RegionLimits>,
        /// The rule's flags.
        actual: Flags<Option<bool>>,
    },
    /// The repository does not exist, or is not visible.
    MissingRepo,
    /// The namespace does not exist, or is not visible.
    MissingNamespace,
    /// Rules form a circle.
    ReplicationLoop {
        /// The shortest way round: each repository with the target of its rule that leads to the next, and the last one's to the
        /// first.
        path: Vec<(RepoId, Target)>,
        /// Whether a rule between two of its repositories overwrites.
        overwrites: bool,
    },
    /// Several repositories write one, with override.
    OverwriteRace {
        /// Who writes, in report order.
        writers: Vec<RepoId>,
    },
    /// In the service, not in the inventory.
    UnlistedRepo,
    /// In the service, not in the inventory.
    UnlistedNamespace,
    /// A pattern matches nothing.
    EmptyPattern {
        /// The pattern as written.
        pattern: Arc<str>,
    },
    /// A waiver has run out.
    ExpiredWaiver(Arc<Waiver>),
    /// A waiver covers nothing that was found.
    UnusedWaiver(Arc<Waiver>),
    /// A waiver is about to run out.
    ExpiringWaiver(Arc<Waiver>),
    /// A skip has run out.
    ExpiredSkip {
        /// The entry as written.
        entry: Arc<str>,
        /// Its last day.
        until: Date,
    },
}

impl Difference {
    /// The finding's code.
    pub const fn code(&self) -> Code {
        match self {
            Self::MissingRule { .. } => Code::MissingRule,
            Self::TargetRegion { .. } => Code::TargetRegionMismatch,
            Self::TargetNamespace { .. } => Code::TargetNamespaceMismatch,
            Self::Override { .. } => Code::OverrideMismatch,
            Self::SyncAuto { .. } => Code::SyncAutoMismatch,
            Self::UnexpectedRule { .. } => Code::UnexpectedRule,
            Self::DuplicateRule { .. } => Code::DuplicateRule,
            Self::ForbiddenTarget { .. } => Code::ForbiddenTarget,
            Self::MissingRepo => Code::MissingRepo,
            Self::MissingNamespace => Code::MissingNamespace,
            Self::ReplicationLoop { .. } => Code::ReplicationLoop,
            Self::OverwriteRace { .. } => Code::OverwriteRace,
            Self::UnlistedRepo => Code::UnlistedRepo,
            Self::UnlistedNamespace => Code::UnlistedNamespace,
            Self::EmptyPattern { .. } => Code::EmptyPattern,
            Self::ExpiredWaiver(_) => Code::ExpiredWaiver,
            Self::UnusedWaiver(_) => Code::UnusedWaiver,
            Self::ExpiringWaiver(_) => Code::ExpiringWaiver,
            Self::ExpiredSkip { .. } => Code::ExpiredSkip,
        }
    }

    /// The entry of the inventory that it is about, where it is about one: a pattern, a skip, or a waiver by its id.
    pub fn subject(&self) -> Option<&Arc<str>> {
        if let Self::EmptyPattern { pattern: entry } | Self::ExpiredSkip { entry, .. } = self {
            Some(entry)
        } else if let Self::ExpiredWaiver(waiver) | Self::UnusedWaiver(waiver) | Self::ExpiringWaiver(waiver) = self {
            Some(&waiver.id)
        } else {
            None
        }
    }

    /// The severity where the inventory sets none: the code's, or high where tags at the target can be overwritten against
    /// the policy and medium where they cannot.
    pub fn default_severity(&self) -> Severity {
        let otherwise = if self.overwrites() {
            Severity::High
        } else {
            Severity::Medium
        };
        self.code().fixed_severity().unwrap_or(otherwise)
    }

    /// Whether tags can be overwritten against the policy, of the codes whose severity depends on that.
    fn overwrites(&self) -> bool {
        if let Self::Override { expected } = self {
            !expected
        } else if let Self::DuplicateRule {
            twins,
            must_not_override,
        } = self
        {
            *must_not_override && twins.iter().any(|twin| twin.flags.overrides == Some(true))
        } else {
            matches!(self, Self::ReplicationLoop { overwrites: true, .. })
        }
    }
}

/// One of several rules toward one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twin {
    /// Its number, where it was readable.
    pub id: Option<i64>,
    /// Its flags.
    pub flags: Flags<Option<bool>>,
}

/// What identifies a live rule to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleStamp {
    /// Its number.
    pub id: Option<i64>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last written.
    pub updated_at: Option<Timestamp>,
}
