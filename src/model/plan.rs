//! What a run asks for: the inventory, resolved to a list of repositories.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    Expectation, Failure, Listing, Look, NamespaceListing, NamespaceName, Others, Place, RepoId, RepositoryName, Scope,
    Selection, Severities, Skip, Source, UnknownClass,
};

/// What is asked, and what is left out on purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The repositories to ask for, in report order, none twice.
    pub repositories: Vec<PlannedRepository>,
    /// What the inventory skips, in report order.
    pub skipped: Vec<Skipped>,
    /// The namespaces that are audited, with what was listed of them, in report order.
    pub namespaces: Vec<PlannedNamespace>,
    /// The sources whose namespaces were to be listed, in report order.
    pub accounts: Vec<PlannedAccount>,
    /// What part of the inventory was selected.
    pub selection: Selection,
    /// What the selection leaves out.
    pub left_out: LeftOut,
    /// The patterns of `--only` within which the inventory and the lists have nothing, in their order.
    pub idle_scopes: Vec<IdleScope>,
    /// Whether only names are compared: then everything rests on the lists.
    pub is_of_names: bool,
}

impl Plan {
    /// What is left of it where no repository is asked for: those that are called by name and that a whole list holds or
    /// lacks, with nothing expected of their rules.
    #[must_use]
    pub fn of_names(mut self) -> Self {
        self.is_of_names = true;
        self.skipped.clear();
        let mut whole = BTreeSet::new();
        for namespace in &mut self.namespaces {
            namespace.expired_skips.clear();
            if namespace
                .listing
                .as_ref()
                .is_some_and(|listing| listing.gap().is_none())
            {
                whole.insert((Arc::clone(&namespace.source.name), namespace.name.clone()));
            }
        }
        self.repositories.retain(|planned| {
            let namespace = (Arc::clone(&planned.id.source), planned.id.namespace.clone());
            planned.origin == RepositoryOrigin::Named && whole.contains(&namespace)
        });
        for planned in &mut self.repositories {
            planned.expired_skip = None;
            planned.expectation = Arc::new(Expectation::of_nothing(
                &planned.expectation.severities,
                planned.expectation.place.clone(),
            ));
        }
        self
    }

    /// The repositories of each source, with the place of the first among all.
    pub fn by_source(&self) -> impl Iterator<Item = (usize, &[PlannedRepository])> {
        let sources = self.repositories.chunk_by(|a, b| a.id.source == b.id.source);
        sources.scan(0, |next, repositories| {
            let first = *next;
            *next += repositories.len();
            Some((first, repositories))
        })
    }
}

/// A namespace that is audited: what its listing says against what the inventory says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedNamespace {
    /// The source it lives in.
    pub source: Arc<Source>,
    /// Its name.
    pub name: NamespaceName,
    /// Its owner.
    pub owner: Option<Arc<str>>,
    /// The severities of its document.
    pub severities: Arc<Severities>,
    /// What was listed; `None`: nothing called for it.
    pub listing: Option<PlannedListing>,
    /// The expired skips of patterns, or of the namespace itself, each with its place.
    pub expired_skips: Vec<(Skip, Place)>,
    /// Where its entry is written.
    pub place: Place,
}

/// A listing, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedListing {
    /// The listed names, why they may not be all, and the look at the namespace.
    pub listing: Listing,
    /// Whether repositories that are asked for follow from it: those that a pattern or the whole namespace covers.
    pub covers: bool,
    /// What a repository means that nothing covers.
    pub others: Others,
    /// Those that nothing covers, in order.
    pub unlisted: Vec<RepositoryName>,
    /// The patterns that match nothing, each with its place, in the order of the file.
    pub empty_patterns: Vec<(Arc<str>, Place)>,
    /// How many repositories were listed.
    pub listed: usize,
}

impl PlannedListing {
    /// Whether it only tells what a `warn` is for: its failure costs no repository.
    pub fn is_for_warnings_alone(&self) -> bool {
        !self.covers && self.others != Others::Deny
    }

    /// Why these may not be all; `None`: they are. An empty list is believed only after a look at the namespace.
    pub fn gap(&self) -> Option<Failure> {
        let is_empty = self.listed == 0;
        match (&self.listing.gap, &self.listing.look) {
            (_, Some(Look::Absent)) if is_empty => None,
            (Some(gap), _) => Some(gap.clone()),
            (None, Some(Look::Failed(failure))) if is_empty => Some(failure.clone()),
            (None, None) if is_empty => Some(Failure::unasked(UnknownClass::Interrupted)),
            (None, Some(Look::Present | Look::Absent | Look::Failed(_)) | None) => None,
        }
    }
}

/// A source whose namespaces were listed, against the namespaces of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedAccount {
    /// The source.
    pub source: Arc<Source>,
    /// What was listed.
    pub listing: NamespaceListing,
    /// What a namespace means that is not in the inventory.
    pub others: Others,
    /// Those that are not in the inventory, in order.
    pub unlisted: Vec<NamespaceName>,
    /// The severities of the document that asks for it.
    pub severities: Arc<Severities>,
    /// Where that is written.
    pub place: Place,
}

impl PlannedNamespace {
    /// The repositories that only an earlier pass over its list showed, with source and namespace.
    pub fn superseded(&self) -> impl Iterator<Item = (&Arc<str>, &NamespaceName, &RepositoryName)> {
        let names = self.listing.iter().flat_map(|planned| &planned.listing.superseded);
        names.map(|name| (&self.source.name, &self.name, name))
    }

    /// Whether its list shows that it exists.
    pub fn is_seen(&self) -> bool {
        let listing = self.listing.as_ref();
        listing.is_some_and(|it| it.listed > 0 || it.listing.look == Some(Look::Present))
    }
}

impl PlannedAccount {
    /// Why these may not be all; `None`: they are. A list that lacks one of those that are `present` is not believed.
    pub fn gap<'a>(&self, mut present: impl Iterator<Item = &'a NamespaceName>) -> Option<Failure> {
        let listing = &self.listing;
        if listing.gap.is_some() {
            return listing.gap.clone();
        }
        let lacked = present.find(|namespace| listing.names.binary_search(namespace).is_err())?;
        Some(Failure {
            http_status: Some(200),
            detail: format!("the list lacks '{lacked}', which exists"),
            evidence: listing.evidence.clone(),
            ..Failure::unasked(UnknownClass::Truncated)
        })
    }
}

/// What a run does not speak of because somebody said so on its command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// By `--only`: named repositories and whole namespaces of each source.
    pub by_selection: BTreeMap<Arc<str>, LeftOutCount>,
    /// By `--shard`: repositories of each source that are another shard's.
    pub by_shard: BTreeMap<Arc<str>, usize>,
}

/// A pattern of `--only` within which nothing is known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdleScope {
    /// The pattern.
    pub scope: Scope,
    /// The namespaces, with their sources, whose lists could have shown something within it. It selects nothing only if all
    /// of these lists are whole.
    pub may_be_in: Vec<(Arc<str>, NamespaceName)>,
}

/// What a selection leaves out of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOutCount {
    /// Repositories that are named, or were listed all the same.
    pub repositories: usize,
    /// Namespaces of which nothing was selected.
    pub namespaces: usize,
}

/// One repository to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRepository {
    /// Which one.
    pub id: RepoId,
    /// The source it lives in.
    pub source: Arc<Source>,
    /// What is expected of it.
    pub expectation: Arc<Expectation>,
    /// Its namespace's owner.
    pub owner: Option<Arc<str>>,
    /// The skip of its own entry that covered it until it ran out.
    pub expired_skip: Option<Skip>,
    /// Whether the inventory names it, or the service listed it and a pattern or a whole namespace covers it.
    pub origin: RepositoryOrigin,
    /// Whether the service listed it in this run: absent when asked, it has vanished.
    pub is_listed: bool,
    /// Whether only some of the shards' lists hold it: see [`Listing::disputed`].
    pub is_disputed: bool,
    /// Where its entry is written.
    pub place: Place,
}

/// How a repository came into the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryOrigin {
    /// By its name in the inventory.
    Named,
    /// By being listed.
    Discovered,
}

/// One thing that the inventory skips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The source's name.
    pub source: Arc<str>,
    /// The namespace.
    pub namespace: NamespaceName,
    /// What of it.
    pub what: SkippedWhat,
    /// The namespace's owner.
    pub owner: Option<Arc<str>>,
    /// Why, and how long.
    pub skip: Skip,
    /// Where the entry is written.
    pub place: Place,
}

/// What a skip covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkippedWhat {
    /// The whole namespace.
    Namespace,
    /// All that a pattern matches, where no whole list tells what that is.
    Pattern(Arc<str>),
    /// One repository that the inventory names.
    Named(RepositoryName),
    /// One repository that was listed, and that a pattern covers.
    Discovered(RepositoryName),
}

impl Skipped {
    /// The repository, where it is one.
    pub const fn repository(&self) -> Option<&RepositoryName> {
        match &self.what {
            SkippedWhat::Named(name) | SkippedWhat::Discovered(name) => Some(name),
            SkippedWhat::Namespace | SkippedWhat::Pattern(_) => None,
        }
    }
}
