//! Where each value is written that holds for one repository.
//!
//! Kept beside the inventory and made for the one repository that somebody asks about: an audit of 100,000 carries none
//! of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Code, Flags, Place};

/// The way from the inventory's text to what is expected of one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// The fields of the source that are written, by name.
    pub source: BTreeMap<Arc<str>, Place>,
    /// The namespace's `owner`.
    pub owner: Option<Place>,
    /// The skip that covers it, or did.
    pub skip: Option<SkipTrail>,
    /// The policy; `None` where nothing is ever expected.
    pub policy: Option<PolicyTrail>,
    /// The severities that its document sets.
    pub severities: BTreeMap<Code, Place>,
}

/// Where a skip is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkipTrail {
    /// `skip: true`.
    pub skip: Place,
    /// `reason`.
    pub reason: Place,
    /// `until`.
    pub until: Option<Place>,
}

/// Which policy it is, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTrail {
    /// Whose word it is.
    pub chosen_by: Chooser,
    /// Where that word is written.
    pub chosen_at: Place,
    /// The targets, each found by its own place.
    pub targets: BTreeMap<Place, TargetTrail>,
    /// `otherRules`.
    pub other_rules: Option<Place>,
    /// `allowedRegions`.
    pub allowed_regions: Option<Place>,
    /// `deniedRegions`.
    pub denied_regions: Option<Place>,
}

/// Whose `policy` holds for a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chooser {
    /// The repository's own.
    Repository,
    /// That of the pattern that decides on it.
    Pattern,
    /// Its namespace's.
    Namespace,
    /// The one in `defaults` of its document.
    Defaults,
}

/// Where the values of a target are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetTrail {
    /// `region`.
    pub region: Place,
    /// `namespace`; `None`: the repository's own.
    pub namespace: Option<Place>,
    /// `override` and `syncAuto`.
    pub flags: Flags<FlagOrigin>,
}

/// Where a flag comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagOrigin {
    /// It stands in the target.
    Target(Place),
    /// It stands in `defaults` of the policy's document.
    Defaults(Place),
}
