//! The inventory before it is written as YAML.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::unreported::UnreportedFlags;
use crate::model::{Cause, NamespaceName, Others, PolicyTarget, RegionLimits, RepositoryName, Source};

/// The targets of one policy, in order.
pub(super) type Targets = Vec<PolicyTarget>;

/// All of it.
#[derive(Debug)]
pub(super) struct DraftInventory {
    /// Shared policies, in order of their names.
    pub policies: BTreeMap<Arc<str>, SharedPolicy>,
    /// One for each source.
    pub documents: Vec<DraftDocument>,
    /// Loops and races, one line each.
    pub tangles: Vec<String>,
    /// How many flags the service did not report.
    pub unreported_flags: usize,
}

/// A policy with a name.
#[derive(Clone, Debug)]
pub(super) struct SharedPolicy {
    pub description: Option<Arc<str>>,
    pub targets: Targets,
    pub other_rules: Others,
    pub regions: RegionLimits,
    /// Why it has `any` where nobody wrote that.
    pub unreported: UnreportedFlags,
}

/// What is written about one source.
#[derive(Debug)]
pub(super) struct DraftDocument {
    pub source: Arc<Source>,
    /// Whether it listed a rule with `syncAuto=false`, and so lists such rules.
    pub lists_manual_rules: bool,
    /// The policy of most of its namespaces.
    pub default: Option<Arc<str>>,
    pub namespaces: Vec<DraftNamespace>,
    /// Why there may be more of them.
    pub gap: Option<Cause>,
    /// Whether only a part of the source was selected.
    pub is_part: bool,
    /// How many repositories more the account counts than were listed.
    pub hidden: u64,
    /// Namespaces that are left out, because a part of each was selected and none of it was listed.
    pub left_out: Vec<(NamespaceName, Cause)>,
}

/// One namespace.
#[derive(Debug)]
pub(super) struct DraftNamespace {
    pub name: NamespaceName,
    /// The policy of most of its repositories.
    pub policy: PolicyUse,
    pub contents: DraftContents,
    /// What a reader has to know, one comment each.
    pub notes: Vec<Note>,
}

/// What the inventory covers in a namespace.
#[derive(Debug)]
pub(super) enum DraftContents {
    /// All of it; these entries are the exceptions, names before patterns.
    Whole(Vec<DraftEntry>),
    /// These entries, names before patterns, and nothing else.
    Part(Vec<DraftEntry>),
}

/// An entry of `repos`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DraftEntry {
    /// A name or a pattern.
    pub text: String,
    /// `None`: the policy of the namespace.
    pub policy: Option<PolicyUse>,
}

/// The value of a field `policy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PolicyUse {
    Named(Arc<str>),
    Inline(InlinePolicy),
}

/// A policy without a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct InlinePolicy {
    pub targets: Targets,
    /// Why it has `any`.
    pub unreported: UnreportedFlags,
}

/// What the entries of a namespace cannot say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// Nothing was listed in it.
    Empty,
    /// Only a part of it was selected.
    Part,
    /// It could not be listed.
    NotListed(Cause),
    /// There may be more in it than was listed.
    NotAllListed(Cause),
    /// The rules of these could not be read.
    Unread(Cause, Vec<RepositoryName>),
    /// Several rules have one target.
    Duplicates(Vec<RepositoryName>),
    /// The list of rules may be cut.
    MayBeCut(Vec<RepositoryName>),
    /// A rule has a target that no policy can name.
    Odd(Vec<RepositoryName>),
    /// The same under policies with `otherRules: warn`.
    OddAsInfo(Vec<RepositoryName>),
}

impl DraftDocument {
    /// The names of the policies that it uses.
    pub(super) fn policy_names(&self) -> impl Iterator<Item = &Arc<str>> {
        let used = self.namespaces.iter().flat_map(|namespace| {
            let (DraftContents::Whole(entries) | DraftContents::Part(entries)) = &namespace.contents;
            let entries = entries.iter().filter_map(|entry| entry.policy.as_ref());
            entries.chain([&namespace.policy])
        });
        let named = used.filter_map(|policy| match policy {
            PolicyUse::Named(name) => Some(name),
            PolicyUse::Inline(_) => None,
        });
        named.chain(&self.default)
    }
}
