//! One auto-sync rule, and the parts of it that are compared.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::words::words;

/// Where a rule copies to. Two rules of one repository with equal targets are duplicates.
///
/// Both are plain text: the service's own words are compared as they come, whatever they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// `remoteRegionId`, for instance `cn-east-3`.
    pub region: Arc<str>,
    /// `remoteNamespace`.
    pub namespace: Arc<str>,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.region, self.namespace)
    }
}

/// The two flags of a rule: as expected, or as the service reported them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flags<T> {
    /// `override`: whether a tag that exists at the target is overwritten.
    pub overrides: T,
    /// `syncAuto`: whether a push triggers the copy.
    pub sync_auto: T,
}

/// A live rule, as the service listed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it copies to.
    pub target: Target,
    /// `None` where the service left the flag out or sent no boolean: unknown, never false.
    pub flags: Flags<Option<bool>>,
    /// The rule's number; `None` where it was unreadable.
    pub id: Option<i64>,
    /// When it was made; `None` where it was unreadable.
    pub created_at: Option<Timestamp>,
    /// When it was last written; `None` where it was unreadable.
    pub updated_at: Option<Timestamp>,
}

words! {
    /// A compared field of a rule, by the name that inventory, service and reports share.
    pub enum Field {
        /// The target region.
        Region = "region",
        /// The target namespace.
        Namespace = "namespace",
        /// The flag `override`.
        Override = "override",
        /// The flag `syncAuto`.
        SyncAuto = "syncAuto",
    }
}

/// The rules that the service listed of one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleList {
    /// In the order and number in which they came. Empty: SWR says that there are none.
    pub rules: Vec<Rule>,
    /// Whether there may be more than these.
    pub may_be_cut: bool,
    /// The accounts that they name as the owner of the repository, in order, none twice.
    pub owners: Vec<Arc<str>>,
}

impl RuleList {
    /// The most rules that the service lists of one repository. The call has no second page: a list of exactly this many
    /// may be a whole one or a cut one, whatever its answer says beside it.
    pub const CAP: usize = 100;

    /// The rules of one answer, and whether that answer hints at more of them.
    pub const fn new(rules: Vec<Rule>, hints_at_more: bool) -> Self {
        let may_be_cut = hints_at_more || rules.len() == Self::CAP;
        Self {
            rules,
            may_be_cut,
            owners: Vec::new(),
        }
    }
}

impl From<Vec<Rule>> for RuleList {
    /// The rules of an answer that hints at no others.
    fn from(rules: Vec<Rule>) -> Self {
        Self::new(rules, false)
    }
}
