//! An inventory that is still to be written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::untold::UntoldOf;
use crate::model::{Cause, NamespaceName, Others, PolicyTarget, RegionLimits, RepositoryName, Source};

/// A set of rules, in one order.
pub(super) type Shape = Vec<PolicyTarget>;

/// All of it.
#[derive(Debug)]
pub(super) struct Draft {
    /// Shared policies, in order of their names.
    pub policies: BTreeMap<Arc<str>, SharedPolicy>,
    /// One for each source.
    pub documents: Vec<Document>,
    /// Circles and races, as they are told.
    pub tangles: Vec<String>,
    /// How many flags the service did not tell.
    pub flags_not_told: usize,
}

/// A policy with a name.
#[derive(Clone, Debug)]
pub(super) struct SharedPolicy {
    pub description: Option<Arc<str>>,
    pub targets: Shape,
    pub other_rules: Others,
    pub regions: RegionLimits,
    /// Why it says `any` where nobody wrote that.
    pub untold: UntoldOf,
}

/// What is written of one source.
#[derive(Debug)]
pub(super) struct Document {
    pub source: Arc<Source>,
    /// Whether a rule was listed that does not copy by itself: so such rules are listed.
    pub lists_manual_rules: bool,
    /// What most of its namespaces are under.
    pub default: Option<Arc<str>>,
    pub namespaces: Vec<Namespace>,
    /// Why there may be more of them.
    pub gap: Option<Cause>,
    /// Whether only a part of the source was to be seen.
    pub is_part: bool,
    /// How many repositories more the account counts than were listed.
    pub hidden: u64,
    /// Namespaces of which nothing can be said, because a part was wanted and none of it was listed.
    pub left_out: Vec<(NamespaceName, Cause)>,
}

/// One namespace.
#[derive(Debug)]
pub(super) struct Namespace {
    pub name: NamespaceName,
    /// What most of its repositories are under.
    pub policy: Under,
    pub contents: Contents,
    /// What a reader has to know, line by line.
    pub notes: Vec<Note>,
}

/// What of a namespace the inventory speaks of.
#[derive(Debug)]
pub(super) enum Contents {
    /// All of it; these stand out, names before patterns.
    Whole(Vec<Entry>),
    /// These entries, names before patterns, and nothing else.
    Part(Vec<Entry>),
}

/// An entry of `repos`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// A name or a pattern.
    pub text: String,
    /// `None`: the policy of the namespace.
    pub policy: Option<Under>,
}

/// What stands where a policy may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Under {
    Named(Arc<str>),
    Inline(Inline),
}

/// A policy without a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inline {
    pub targets: Shape,
    /// Why it says `any`.
    pub untold: UntoldOf,
}

/// What could not be written as it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// Nothing is in it.
    Empty,
    /// Only a part of it was wanted.
    Part,
    /// Nothing of it could be listed.
    NotListed(Cause),
    /// There may be more in it than was listed.
    NotAllListed(Cause),
    /// The rules of these are not known.
    Unread(Cause, Vec<RepositoryName>),
    /// One target stands more than once.
    Duplicates(Vec<RepositoryName>),
    /// The list of rules may be cut.
    MayBeCut(Vec<RepositoryName>),
    /// A rule leads where no policy can send it.
    Odd(Vec<RepositoryName>),
    /// The same under policies that let it pass with a word.
    OddWithAWord(Vec<RepositoryName>),
}

impl Document {
    /// The policies that it names.
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        let own = self.namespaces.iter().flat_map(|namespace| {
            let (Contents::Whole(entries) | Contents::Part(entries)) = &namespace.contents;
            let entries = entries.iter().filter_map(|entry| entry.policy.as_ref());
            entries.chain([&namespace.policy])
        });
        let own = own.filter_map(|policy| match policy {
            Under::Named(name) => Some(name),
            Under::Inline(_) => None,
        });
        own.chain(&self.default)
    }
}
