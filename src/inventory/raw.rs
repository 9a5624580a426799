//! The shapes of a document as it is written: sound in itself, not yet held against the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::problem::Spot;
use super::read::{Found, Given};
use crate::model::{
    CloudDomain, Code, CredentialChoice, Endpoint, ExpectedFlag, NamespaceName, Others, Pattern, RegionLimits,
    RepositoryName, Scope, Severities, Skip, WaivedTarget,
};

/// One YAML document.
#[derive(Debug)]
pub(super) struct RawDocument {
    pub(super) source: Given<RawSource>,
    /// Where each field of the source is written.
    pub(super) source_spots: Vec<(Arc<str>, Spot)>,
    /// Whether the built-in table says where the source is asked. It then says which regions there are, too.
    pub(super) is_built_in: bool,
    /// What `extraRegions` adds to the table.
    pub(super) extra_regions: Vec<Found<Arc<str>>>,
    pub(super) defaults: RawDefaults,
    /// Named ones and inline ones.
    pub(super) policies: Vec<RawPolicy>,
    pub(super) namespaces: Vec<RawNamespace>,
    pub(super) other_namespaces: Given<Others>,
    pub(super) severities: Arc<Severities>,
    /// Where each severity is written.
    pub(super) severity_spots: BTreeMap<Code, Spot>,
    pub(super) waivers: Vec<RawWaiver>,
}

/// All of a source but its place: documents with equal ones speak of the same.
#[derive(Clone, Debug)]
pub(super) struct RawSource {
    pub(super) name: Arc<str>,
    pub(super) region: Arc<str>,
    pub(super) endpoint: Endpoint,
    /// Whether something else stands in for what the document says of the endpoint.
    pub(super) is_redirected: bool,
    pub(super) cloud: Option<CloudDomain>,
    pub(super) iam_endpoint: Option<Endpoint>,
    pub(super) project_id: Option<Arc<str>>,
    pub(super) lists_manual_rules: bool,
    pub(super) credentials: CredentialChoice,
}

/// What a document's `defaults` give to all that is written in it.
#[derive(Debug)]
pub(super) struct RawDefaults {
    pub(super) overrides: Given<ExpectedFlag>,
    pub(super) sync_auto: Given<ExpectedFlag>,
    pub(super) policy: Given<PolicyRef>,
}

/// What stands where a policy's name may stand.
#[derive(Clone, Debug)]
pub(super) enum PolicyRef {
    Named(Arc<str>),
    /// The index among the document's policies.
    Inline(usize),
}

/// One policy.
#[derive(Debug)]
pub(super) struct RawPolicy {
    /// `None`: an inline one.
    pub(super) name: Option<Arc<str>>,
    pub(super) description: Option<Arc<str>>,
    pub(super) spot: Spot,
    pub(super) targets: Vec<RawTarget>,
    pub(super) other_rules: Given<Others>,
    pub(super) regions: RegionLimits,
    /// Where `allowedRegions` and `deniedRegions` are written.
    pub(super) region_spots: RegionSpots,
}

/// Where the two lists of a policy are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct RegionSpots {
    pub(super) allowed: Option<Spot>,
    pub(super) denied: Option<Spot>,
}

/// One expected target.
#[derive(Debug)]
pub(super) struct RawTarget {
    pub(super) spot: Spot,
    pub(super) region: Found<Arc<str>>,
    /// `None`: the repository's own namespace.
    pub(super) namespace: Option<Found<Arc<str>>>,
    pub(super) overrides: Given<ExpectedFlag>,
    pub(super) sync_auto: Given<ExpectedFlag>,
}

/// One namespace.
#[derive(Debug)]
pub(super) struct RawNamespace {
    pub(super) spot: Spot,
    pub(super) name: Found<NamespaceName>,
    pub(super) policy: Given<PolicyRef>,
    pub(super) owner: Option<Found<Arc<str>>>,
    pub(super) contents: RawContents,
}

/// What a namespace's entry asks for.
#[derive(Debug)]
pub(super) enum RawContents {
    Skipped(RawSkip),
    /// It has no `repos`.
    All,
    Listed(RawListed),
}

/// What a namespace's entry lists.
#[derive(Debug)]
pub(super) struct RawListed {
    pub(super) repositories: Vec<RawRepository>,
    /// In the order of the file.
    pub(super) patterns: Vec<RawPattern>,
    pub(super) others: Given<Others>,
}

/// One repository.
pub(super) type RawRepository = RawEntry<RepositoryName>;

/// Repositories that a pattern matches.
pub(super) type RawPattern = RawEntry<Pattern>;

/// One entry of `repos`.
#[derive(Debug)]
pub(super) struct RawEntry<N> {
    pub(super) spot: Spot,
    pub(super) name: Found<N>,
    pub(super) policy: Given<PolicyRef>,
    pub(super) skip: Option<Box<RawSkip>>,
}

/// A skip that holds as long as it says.
#[derive(Debug)]
pub(super) struct RawSkip {
    pub(super) skip: Skip,
    pub(super) spot: Spot,
    pub(super) reason: Spot,
    pub(super) until: Option<Spot>,
}

impl RawSkip {
    /// Whether it holds for ever: then nothing is ever expected, and no policy is needed.
    pub(super) const fn is_endless(&self) -> bool {
        self.skip.until.is_none()
    }
}

impl<N> RawEntry<N> {
    /// Whether anything is ever expected of it.
    pub(super) fn needs_policy(&self) -> bool {
        !self.skip.as_deref().is_some_and(RawSkip::is_endless)
    }
}

/// One waiver.
#[derive(Debug)]
pub(super) struct RawWaiver {
    pub(super) spot: Spot,
    pub(super) id: Found<Arc<str>>,
    pub(super) scope: Found<Scope>,
    pub(super) findings: Option<Vec<Code>>,
    pub(super) target: Option<Found<WaivedTarget>>,
    pub(super) reason: Arc<str>,
    pub(super) owner: Arc<str>,
    pub(super) expires: Found<Date>,
}
