//! The findings' codes and severities: stable words, never reused.

use std::collections::BTreeMap;

/// How much a finding matters. Ordered: `Info` is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; never drift.
    Info,
    /// Untidy.
    Low,
    /// Wrong, without harm yet.
    Medium,
    /// Images are missing or may be overwritten.
    High,
    /// Data goes where it must not.
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in inventories, flags and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads [`Severity::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal),+ $(,)?) => {
        /// What kind of difference a finding tells.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant),+ }

        impl Code {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable kebab-case code.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

codes! {
    /// An expected target has no rule.
    MissingRule = "missing-rule",
    /// A rule stands, with the expected namespace, toward another region.
    TargetRegionMismatch = "target-region-mismatch",
    /// A rule stands, in the right region, toward another namespace.
    TargetNamespaceMismatch = "target-namespace-mismatch",
    /// The flag `override` differs.
    OverrideMismatch = "override-mismatch",
    /// The flag `syncAuto` differs.
    SyncAutoMismatch = "sync-auto-mismatch",
    /// A rule that no target expects.
    UnexpectedRule = "unexpected-rule",
    /// The same target more than once.
    DuplicateRule = "duplicate-rule",
    /// A rule points outside the allowed regions.
    ForbiddenTarget = "forbidden-target",
    /// Rules form a circle: what is pushed to one of its repositories comes back to it.
    ReplicationLoop = "replication-loop",
    /// Several repositories write the same target repository, and overwrite what the others wrote.
    OverwriteRace = "overwrite-race",
    /// A repository that the inventory names is not there, or not visible to this credential.
    MissingRepo = "missing-repo",
    /// A namespace that the inventory names is not there, or not visible to this credential.
    MissingNamespace = "missing-namespace",
    /// A repository is in the service, and in the inventory nothing covers it.
    UnlistedRepo = "unlisted-repo",
    /// A namespace is in the service, and not in the inventory.
    UnlistedNamespace = "unlisted-namespace",
    /// A pattern of the inventory matches nothing.
    EmptyPattern = "empty-pattern",
    /// A waiver has run out, and what it covered counts again.
    ExpiredWaiver = "expired-waiver",
    /// A waiver covers nothing that was found.
    UnusedWaiver = "unused-waiver",
    /// A waiver runs out within 14 days.
    ExpiringWaiver = "expiring-waiver",
    /// A skip has run out, and what it covered is audited again.
    ExpiredSkip = "expired-skip",
}

/// Which target the findings of a code carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// One that a policy expects.
    Expected,
    /// One that a live rule has, expected or not.
    Actual,
    /// None.
    Nothing,
}

/// What the findings of a code are about, and held against waivers as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A repository that the inventory covers.
    Covered,
    /// A repository that nothing covers.
    Unlisted,
    /// A namespace as a whole.
    Namespace,
    /// A repository that the inventory names, or else a namespace as a whole.
    Entry,
    /// A waiver itself.
    Waiver,
}

impl Code {
    /// The severity where the inventory sets none; `None` where it depends on what differs.
    pub const fn fixed_severity(self) -> Option<Severity> {
        match self {
            Self::ForbiddenTarget => Some(Severity::Critical),
            Self::MissingRule
            | Self::TargetRegionMismatch
            | Self::TargetNamespaceMismatch
            | Self::SyncAutoMismatch
            | Self::MissingRepo
            | Self::OverwriteRace
            | Self::MissingNamespace => Some(Severity::High),
            Self::UnexpectedRule | Self::EmptyPattern | Self::ExpiredWaiver | Self::ExpiredSkip => {
                Some(Severity::Medium)
            }
            Self::UnlistedRepo | Self::UnlistedNamespace | Self::UnusedWaiver => Some(Severity::Low),
            Self::ExpiringWaiver => Some(Severity::Info),
            Self::OverrideMismatch | Self::DuplicateRule | Self::ReplicationLoop => None,
        }
    }

    /// Whether a waiver may cover it. What is said of waivers themselves, none can silence.
    pub const fn can_be_waived(self) -> bool {
        !matches!(self, Self::ExpiredWaiver | Self::UnusedWaiver | Self::ExpiringWaiver)
    }

    /// Which target its findings carry.
    pub const fn aim(self) -> Aim {
        match self {
            Self::MissingRule
            | Self::TargetRegionMismatch
            | Self::TargetNamespaceMismatch
            | Self::OverrideMismatch
            | Self::SyncAutoMismatch => Aim::Expected,
            Self::UnexpectedRule
            | Self::DuplicateRule
            | Self::ForbiddenTarget
            | Self::ReplicationLoop
            | Self::OverwriteRace => Aim::Actual,
            Self::MissingRepo
            | Self::MissingNamespace
            | Self::UnlistedRepo
            | Self::UnlistedNamespace
            | Self::EmptyPattern
            | Self::ExpiredWaiver
            | Self::UnusedWaiver
            | Self::ExpiringWaiver
            | Self::ExpiredSkip => Aim::Nothing,
        }
    }

    /// What its findings are about.
    pub const fn subject(self) -> Subject {
        match self {
            Self::MissingNamespace | Self::UnlistedNamespace | Self::EmptyPattern => Subject::Namespace,
            Self::UnlistedRepo => Subject::Unlisted,
            Self::MissingRule
            | Self::TargetRegionMismatch
            | Self::TargetNamespaceMismatch
            | Self::OverrideMismatch
            | Self::SyncAutoMismatch
            | Self::UnexpectedRule
            | Self::DuplicateRule
            | Self::ForbiddenTarget
            | Self::ReplicationLoop
            | Self::OverwriteRace
            | Self::MissingRepo => Subject::Covered,
            Self::ExpiredSkip => Subject::Entry,
            Self::ExpiredWaiver | Self::UnusedWaiver | Self::ExpiringWaiver => Subject::Waiver,
        }
    }

    /// Reads [`Code::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

/// The severities that one inventory document sets; what it does not set keeps its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Severities(pub BTreeMap<Code, Severity>);

impl Severities {
    /// The severity of a finding: the document's word, else `default`.
    pub fn of(&self, code: Code, default: Severity) -> Severity {
        self.0.get(&code).copied().unwrap_or(default)
    }
}
