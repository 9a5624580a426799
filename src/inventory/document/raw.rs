//! The shapes of a document as it is written: sound in itself, not yet held against the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::value::{Found, Given};
use crate::inventory::problem::Spot;
use crate::model::{
    CloudDomain, Code, CredentialChoice, Endpoint, ExpectedFlag, NamespaceName, Others, Pattern, RegionLimits,
    RepositoryName, Scope, Severities, Skip, WaivedTarget,
};

/// One YAML document.
#[derive(Debug)]
pub(crate) struct RawDocument {
    pub(crate) source: Given<RawSource>,
    /// Where each field of the source is written.
    pub(crate) source_spots: Vec<(Arc<str>, Spot)>,
    /// Whether the built-in table says where the source is asked. It then says which regions there are, too.
    pub(crate) is_built_in: bool,
    /// What `extraRegions` adds to the table.
    pub(crate) extra_regions: Vec<Found<Arc<str>>>,
    pub(crate) defaults: RawDefaults,
    /// Named ones and inline ones.
    pub(crate) policies: Vec<RawPolicy>,
    pub(crate) namespaces: Vec<RawNamespace>,
    pub(crate) other_namespaces: Given<Others>,
    pub(crate) severities: Arc<Severities>,
    /// Where each severity is written.
    pub(crate) severity_spots: BTreeMap<Code, Spot>,
    pub(crate) waivers: Vec<RawWaiver>,
}

/// All of a source but its place: documents with equal ones speak of the same.
#[derive(Clone, Debug)]
pub(crate) struct RawSource {
    pub(crate) name: Arc<str>,
    pub(crate) region: Arc<str>,
    pub(crate) endpoint: Endpoint,
    /// Whether something else stands in for what the document says of the endpoint.
    pub(crate) is_redirected: bool,
    pub(crate) cloud: Option<CloudDomain>,
    pub(crate) iam_endpoint: Option<Endpoint>,
    pub(crate) project_id: Option<Arc<str>>,
    pub(crate) account_id: Option<Arc<str>>,
    pub(crate) lists_manual_rules: bool,
    pub(crate) credentials: CredentialChoice,
}

/// What a document's `defaults` give to all that is written in it.
#[derive(Debug)]
pub(crate) struct RawDefaults {
    pub(crate) overrides: Given<ExpectedFlag>,
    pub(crate) sync_auto: Given<ExpectedFlag>,
    pub(crate) policy: Given<PolicyRef>,
}

/// What stands where a policy's name may stand.
#[derive(Clone, Debug)]
pub(crate) enum PolicyRef {
    Named(Arc<str>),
    /// The index among the document's policies.
    Inline(usize),
}

/// One policy.
#[derive(Debug)]
pub(crate) struct RawPolicy {
    /// `None`: an inline one.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) description: Option<Arc<str>>,
    pub(crate) spot: Spot,
    pub(crate) targets: Vec<RawTarget>,
    pub(crate) other_rules: Given<Others>,
    pub(crate) regions: RegionLimits,
    /// Where `allowedRegions` and `deniedRegions` are written.
    pub(crate) region_spots: RegionSpots,
}

/// Where the two lists of a policy are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RegionSpots {
    pub(crate) allowed: Option<Spot>,
    pub(crate) denied: Option<Spot>,
}

/// One expected target.
#[derive(Debug)]
pub(crate) struct RawTarget {
    pub(crate) spot: Spot,
    pub(crate) region: Found<Arc<str>>,
    /// `None`: the repository's own namespace.
    pub(crate) namespace: Option<Found<Arc<str>>>,
    pub(crate) overrides: Given<ExpectedFlag>,
    pub(crate) sync_auto: Given<ExpectedFlag>,
}

/// One namespace.
#[derive(Debug)]
pub(crate) struct RawNamespace {
    pub(crate) spot: Spot,
    pub(crate) name: Found<NamespaceName>,
    pub(crate) policy: Given<PolicyRef>,
    pub(crate) owner: Option<Found<Arc<str>>>,
    pub(crate) contents: RawContents,
}

/// What a namespace's entry asks for.
#[derive(Debug)]
pub(crate) enum RawContents {
    Skipped(RawSkip),
    /// It has no `repos`.
    All,
    Listed(RawListed),
}

/// What a namespace's entry lists.
#[derive(Debug)]
pub(crate) struct RawListed {
    pub(crate) repositories: Vec<RawRepository>,
    /// In the order of the file.
    pub(crate) patterns: Vec<RawPattern>,
    pub(crate) others: Given<Others>,
}

/// One repository.
pub(super) type RawRepository = RawEntry<RepositoryName>;

/// Repositories that a pattern matches.
pub(crate) type RawPattern = RawEntry<Pattern>;

/// One entry of `repos`.
#[derive(Debug)]
pub(crate) struct RawEntry<N> {
    pub(crate) spot: Spot,
    pub(crate) name: Found<N>,
    pub(crate) policy: Given<PolicyRef>,
    pub(crate) skip: Option<Box<RawSkip>>,
}

/// A skip that holds as long as it says.
#[derive(Debug)]
pub(crate) struct RawSkip {
    pub(crate) skip: Skip,
    pub(crate) spot: Spot,
    pub(crate) reason: Spot,
    pub(crate) until: Option<Spot>,
}

impl RawSkip {
    /// Whether it holds for ever: then nothing is ever expected, and no policy is needed.
    pub(crate) const fn is_endless(&self) -> bool {
        self.skip.until.is_none()
    }
}

impl<N> RawEntry<N> {
    /// Whether anything is ever expected of it.
    pub(crate) fn needs_policy(&self) -> bool {
        !self.skip.as_deref().is_some_and(RawSkip::is_endless)
    }
}

/// One waiver.
#[derive(Debug)]
pub(crate) struct RawWaiver {
    pub(crate) spot: Spot,
    pub(crate) id: Found<Arc<str>>,
    pub(crate) scope: Found<Scope>,
    pub(crate) findings: Option<Vec<Code>>,
    pub(crate) target: Option<Found<WaivedTarget>>,
    pub(crate) reason: Arc<str>,
    pub(crate) owner: Arc<str>,
    pub(crate) expires: Found<Date>,
}
