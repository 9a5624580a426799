//! A policy as it is written: before any namespace is under it.

use std::sync::Arc;

use super::{ExpectedFlag, Flags, Others, RegionLimits};

/// A named policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: Arc<str>,
    /// What it is for, in the words of who wrote it.
    pub description: Option<Arc<str>>,
    /// Its targets, in order of region and namespace.
    pub targets: Vec<PolicyTarget>,
    /// What rules beyond them mean.
    pub other_rules: Others,
    /// Where no rule may point.
    pub regions: RegionLimits,
}

/// One target of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyTarget {
    /// The region.
    pub region: Arc<str>,
    /// The namespace; `None`: the repository's own.
    pub namespace: Option<Arc<str>>,
    /// How the rule should be set, the defaults of its document included.
    pub flags: Flags<ExpectedFlag>,
}
