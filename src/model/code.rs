//! The findings' codes and severities: stable words, never reused.

use std::collections::BTreeMap;

use super::Field;
use super::words::words;

words! {
    /// How much a finding matters. Ordered: `Info` is the least.
    pub enum Severity {
        /// Worth knowing; never drift.
        Info = "info",
        /// Untidy.
        Low = "low",
        /// Wrong, without harm yet.
        Medium = "medium",
        /// Images are missing or may be overwritten.
        High = "high",
        /// Data goes where it must not.
        Critical = "critical",
    }
}

/// The table of codes. A row: the word, the default severity (`None`: it depends on what differs), the target that a
/// finding carries, whether a waiver may cover it, and the field that differs.
macro_rules! codes {
    ($($(#[$doc:meta])+
        $variant:ident = $word:literal, $severity:expr, $aim:ident, $can_be_waived:literal, $field:expr;)+) => {
        words! {
            /// What kind of difference a finding reports. In the order of the documentation, which has a heading for each.
            pub enum Code { $($(#[$doc])+ $variant = $word),+ }
        }

        impl Code {
            /// The severity where the inventory sets none; `None` where it depends on what differs.
            pub const fn fixed_severity(self) -> Option<Severity> {
                match self { $(Self::$variant => $severity),+ }
            }

            /// Which target its findings carry.
            pub const fn aim(self) -> Aim {
                match self { $(Self::$variant => Aim::$aim),+ }
            }

            /// Whether a waiver may cover it. No waiver covers findings about waivers.
            pub const fn can_be_waived(self) -> bool {
                match self { $(Self::$variant => $can_be_waived),+ }
            }

            /// The field that differs, where it is one.
            pub const fn field(self) -> Option<Field> {
                match self { $(Self::$variant => $field),+ }
            }
        }
    };
}

const CRITICAL: Option<Severity> = Some(Severity::Critical);
const HIGH: Option<Severity> = Some(Severity::High);
const MEDIUM: Option<Severity> = Some(Severity::Medium);
const LOW: Option<Severity> = Some(Severity::Low);
const INFO: Option<Severity> = Some(Severity::Info);

codes! {
    /// An expected target has no rule.
    MissingRule = "missing-rule", HIGH, Expected, true, None;
    /// A rule stands, with the expected namespace, toward another region.
    TargetRegionMismatch = "target-region-mismatch", HIGH, Expected, true, Some(Field::Region);
    /// A rule stands, in the right region, toward another namespace.
    TargetNamespaceMismatch = "target-namespace-mismatch", HIGH, Expected, true, Some(Field::Namespace);
    /// The flag `override` differs.
    OverrideMismatch = "override-mismatch", None, Expected, true, Some(Field::Override);
    /// The flag `syncAuto` differs.
    SyncAutoMismatch = "sync-auto-mismatch", HIGH, Expected, true, Some(Field::SyncAuto);
    /// A rule that no target expects.
    UnexpectedRule = "unexpected-rule", MEDIUM, Actual, true, None;
    /// The same target more than once.
    DuplicateRule = "duplicate-rule", None, Actual, true, None;
    /// A rule points outside the allowed regions.
    ForbiddenTarget = "forbidden-target", CRITICAL, Actual, true, None;
    /// Rules form a loop: what is pushed to one of its repositories comes back to it.
    ReplicationLoop = "replication-loop", None, Actual, true, None;
    /// Several repositories write the same target repository, and overwrite what the others wrote.
    OverwriteRace = "overwrite-race", HIGH, Actual, true, None;
    /// A repository that the inventory names is not there, or not visible to this credential.
    MissingRepo = "missing-repo", HIGH, Nothing, true, None;
    /// A namespace that the inventory names is not there, or not visible to this credential.
    MissingNamespace = "missing-namespace", HIGH, Nothing, true, None;
    /// A repository is in the service, and no inventory entry covers it.
    UnlistedRepo = "unlisted-repo", LOW, Nothing, true, None;
    /// A namespace is in the service, and not in the inventory.
    UnlistedNamespace = "unlisted-namespace", LOW, Nothing, true, None;
    /// A pattern of the inventory matches nothing.
    EmptyPattern = "empty-pattern", MEDIUM, Nothing, true, None;
    /// A waiver has run out, and what it covered counts again.
    ExpiredWaiver = "expired-waiver", MEDIUM, Nothing, false, None;
    /// A waiver covers nothing that was found.
    UnusedWaiver = "unused-waiver", LOW, Nothing, false, None;
    /// A waiver runs out within 14 days.
    ExpiringWaiver = "expiring-waiver", INFO, Nothing, false, None;
    /// A skip has run out, and what it covered is audited again.
    ExpiredSkip = "expired-skip", MEDIUM, Nothing, true, None;
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

/// The severities that one inventory document sets; what it does not set keeps its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Severities(pub BTreeMap<Code, Severity>);

impl Severities {
    /// The severity of a finding: the document's word, else `default`.
    pub fn of(&self, code: Code, default: Severity) -> Severity {
        self.0.get(&code).copied().unwrap_or(default)
    }
}
