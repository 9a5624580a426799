//! Where the values that hold for a repository are written: kept beside them while inheritance is resolved, so that nothing
//! has to resolve it again to explain it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Code, Flags, Place};

/// Which `policy` holds for what an entry covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChoice {
    /// Where in the inventory the choice is made.
    pub by: Chooser,
    /// Where the `policy` is written.
    pub place: Place,
}

/// Whose `policy` holds for a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chooser {
    /// The repository's own.
    Repository,
    /// That of the pattern that decides.
    Pattern,
    /// Its namespace's.
    Namespace,
    /// The one in `defaults` of its document.
    Defaults,
}

/// Where a skip is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkipPlaces {
    /// `skip: true`.
    pub skip: Place,
    /// `reason`.
    pub reason: Place,
    /// `until`.
    pub until: Option<Place>,
}

/// Where the values of a policy are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyPlaces {
    /// The targets, each found by its own place.
    pub targets: BTreeMap<Place, TargetPlaces>,
    /// `otherRules`.
    pub other_rules: Option<Place>,
    /// `allowedRegions`.
    pub allowed_regions: Option<Place>,
    /// `deniedRegions`.
    pub denied_regions: Option<Place>,
}

/// Where the values of a target are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPlaces {
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
    /// It is written in the target.
    Target(Place),
    /// It is written in `defaults` of the policy's document.
    Defaults(Place),
}

/// Where the values of a namespace are written, beside those of its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespacePlaces {
    /// `owner`.
    pub owner: Option<Place>,
    /// What its document holds.
    pub document: Arc<DocumentPlaces>,
}

/// Where the values of a document are written that hold for all its namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentPlaces {
    /// The fields of the source, by name.
    pub source: BTreeMap<Arc<str>, Place>,
    /// The severities.
    pub severities: BTreeMap<Code, Place>,
}
