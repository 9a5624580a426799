//! What is listed, asked for and skipped.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::super::glob::{Scope, matches};
use super::super::plain::{Entry, Estate, Repo, Skip, Source};
use super::lists::{self, Listing};

/// A repository that is asked for. Sources are told by their place.
pub(super) struct Planned {
    pub(super) source: usize,
    pub(super) namespace: &'static str,
    pub(super) name: String,
    pub(super) policy: usize,
    pub(super) is_named: bool,
    pub(super) in_list: InList,
    /// Its own skip, whose last day is over.
    pub(super) has_expired_skip: bool,
}

/// Where the list of its namespace has a repository.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum InList {
    Nowhere,
    /// Only a pass that was not believed showed it.
    Before,
    Believed,
}

impl InList {
    fn of(listing: Option<&Listing>, name: &str) -> Self {
        match listing {
            Some(listing) if listing.superseded.contains(name) => Self::Before,
            Some(listing) if listing.names.contains(name) => Self::Believed,
            Some(_) | None => Self::Nowhere,
        }
    }
}

/// A namespace that is audited.
pub(super) struct Space<'a> {
    pub(super) source: usize,
    pub(super) entry: &'a Entry,
    pub(super) listing: Option<Listing>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) source: usize,
    pub(super) namespace: &'static str,
    pub(super) repository: String,
    pub(super) pattern: &'static str,
    pub(super) is_named: bool,
}

#[derive(Default)]
pub(super) struct Plan<'a> {
    /// In report order.
    pub(super) planned: Vec<Planned>,
    pub(super) spaces: Vec<Space<'a>>,
    pub(super) skipped: Vec<Skipped>,
    /// The sources of which another shard has something.
    pub(super) of_other_shards: BTreeSet<usize>,
    /// What is selected, in whatever shard: source, namespace, name.
    selected: Vec<(&'static str, &'static str, String)>,
}

pub(super) fn is_partial(estate: &Estate) -> bool {
    !estate.only.is_empty() || estate.shard.is_some()
}

/// Everything that is planned.
pub(super) fn plan(estate: &Estate) -> Plan<'_> {
    let mut plan = Plan::default();
    for (at, source) in estate.sources.iter().enumerate() {
        for entry in &source.entries {
            plan.entry(estate, (at, source), entry);
        }
    }
    let order = |one: &Planned| (one.source, one.namespace, one.name.clone());
    plan.planned.sort_by_key(order);
    plan
}

/// What `--only` selects, and what it leaves out.
fn selection(estate: &Estate) -> (Vec<Scope<'_>>, Vec<Scope<'_>>) {
    let (except, only): (Vec<&str>, Vec<&str>) = estate.only.iter().partition(|text| text.starts_with('!'));
    let except = except.iter().map(|text| Scope::of(&text[1..]));
    (only.into_iter().map(Scope::of).collect(), except.collect())
}

/// Whether a scope that may mean that source has nothing within it: no repository, no namespace as a whole, and nothing
/// that was skipped or listed in part and might hold something.
pub(super) fn has_empty_scope(estate: &Estate, plan: &Plan<'_>, source: &Source) -> bool {
    let (only, _) = selection(estate);
    let name_of = |at: usize| estate.sources[at].name;
    let is_empty = |scope: &Scope<'_>| {
        let has_repository = plan
            .selected
            .iter()
            .any(|(source, namespace, name)| scope.holds(source, namespace, name));
        let has_space = plan.spaces.iter().any(|space| {
            let (source, namespace) = (name_of(space.source), space.entry.name);
            let is_in_part = space.listing.as_ref().is_some_and(|listing| listing.gap.is_some());
            scope.holds_namespace(source, namespace) || is_in_part && scope.reaches(source, namespace)
        });
        let has_skipped = plan.skipped.iter().any(|skipped| {
            let place = (name_of(skipped.source), skipped.namespace);
            match skipped.pattern {
                "" => skipped.repository.is_empty() && scope.reaches(place.0, place.1),
                pattern => may_share(scope, place, &[pattern]),
            }
        });
        !has_repository && !has_space && !has_skipped
    };
    let may_mean = |scope: &Scope<'_>| {
        let mut sources = estate.sources.iter();
        scope.reaches_source(source.name) || !sources.any(|source| scope.reaches_source(source.name))
    };
    only.iter().any(|scope| may_mean(scope) && is_empty(scope))
}

fn reaches(estate: &Estate, source: &str, namespace: &str) -> bool {
    let (only, except) = selection(estate);
    let is_named = only.is_empty() || only.iter().any(|scope| scope.reaches(source, namespace));
    is_named && !except.iter().any(|scope| scope.holds_namespace(source, namespace))
}

fn is_selected(estate: &Estate, source: &str, namespace: &str, name: &str) -> bool {
    let (only, except) = selection(estate);
    let is_named = only.is_empty() || only.iter().any(|scope| scope.holds(source, namespace, name));
    is_named && !except.iter().any(|scope| scope.holds(source, namespace, name))
}

/// By the name alone, so that circles and races are within one shard.
fn is_in_shard(estate: &Estate, name: &str) -> bool {
    estate.shard.is_none_or(|(index, count)| {
        let digest = Sha256::digest(name);
        let head: [u8; 8] = digest[..8].try_into().expect("eight bytes");
        u64::from_be_bytes(head) % count == index - 1
    })
}

/// Whether a list is needed: for what has no name here, or for what is to be said of others.
fn is_listed(estate: &Estate, source: &Source, entry: &Entry) -> bool {
    let Some(repos) = &entry.repos else {
        return may_select_others(estate, source, entry, &["**"]);
    };
    let patterns = || repos.iter().filter(|repo| repo.is_pattern());
    let is_asked = patterns().any(|repo| !repo.skip.is_some_and(Skip::holds));
    let patterns: Vec<&str> = patterns().map(|repo| repo.name).collect();
    is_asked && may_select_others(estate, source, entry, &patterns)
        || entry.others != Some("allow") && !is_partial(estate)
}

/// A selection of names that no pattern covers needs no list.
fn may_select_others(estate: &Estate, source: &Source, entry: &Entry, patterns: &[&str]) -> bool {
    let (only, _) = selection(estate);
    let may = |scope: &Scope<'_>| may_share(scope, (source.name, entry.name), patterns);
    only.is_empty() || only.iter().any(may)
}

/// Whether a scope may hold something that these patterns match: two patterns may have a name in common.
pub(super) fn may_share(scope: &Scope<'_>, (source, namespace): (&str, &str), patterns: &[&str]) -> bool {
    let is_one = |name: &str| name.contains(['*', '?', '[', '{']);
    let may = |name| is_one(name) || patterns.iter().any(|pattern| matches(pattern, name));
    scope.reaches(source, namespace) && scope.repository().is_none_or(may)
}

/// What was seen once and is not asked for leaves the list open.
fn weighed(estate: &Estate, source: &Source, entry: &Entry, listing: Listing) -> Listing {
    let is_covered = |name: &String| {
        entry.repos.as_ref().is_none_or(|repos| {
            let mut repos = repos.iter();
            repos.any(|repo| repo.name == name || repo.is_pattern() && matches(repo.name, name))
        })
    };
    let is_open = |name: &String| {
        is_selected(estate, source.name, entry.name, name) && !(is_in_shard(estate, name) && is_covered(name))
    };
    let gap = listing.superseded.iter().any(is_open).then_some("truncated");
    Listing {
        gap: listing.gap.or(gap),
        ..listing
    }
}

impl<'a> Plan<'a> {
    fn entry(&mut self, estate: &Estate, (at, source): (usize, &'a Source), entry: &'a Entry) {
        if !reaches(estate, source.name, entry.name) {
            return;
        }
        if entry.skip.is_some_and(Skip::holds) {
            self.skipped.push(Skipped {
                source: at,
                namespace: entry.name,
                repository: String::new(),
                pattern: "",
                is_named: false,
            });
            return;
        }
        let listing = is_listed(estate, source, entry).then(|| {
            let listing = lists::repositories(source, entry.name);
            weighed(estate, source, entry, listing)
        });
        let nothing = Vec::new();
        let repos = entry.repos.as_ref().unwrap_or(&nothing);
        for repo in repos {
            let in_list = InList::of(listing.as_ref(), repo.name);
            if !repo.is_pattern() {
                self.take(estate, (at, source), entry, Some(repo), (repo.name, in_list));
            } else if listing.as_ref().is_none_or(|listing| listing.gap.is_some())
                && repo.skip.is_some_and(Skip::holds)
                && may_select_others(estate, source, entry, &[repo.name])
            {
                self.skipped.push(Skipped {
                    source: at,
                    namespace: entry.name,
                    repository: String::new(),
                    pattern: repo.name,
                    is_named: false,
                });
            }
        }
        for name in listing.iter().flat_map(|listing| &listing.names) {
            let is_named = repos.iter().any(|repo| repo.name == name);
            let first = repos.iter().find(|repo| repo.is_pattern() && matches(repo.name, name));
            if !is_named && (first.is_some() || entry.repos.is_none()) {
                self.take(
                    estate,
                    (at, source),
                    entry,
                    first,
                    (name, InList::of(listing.as_ref(), name)),
                );
            }
        }
        self.spaces.push(Space {
            source: at,
            entry,
            listing,
        });
    }

    /// Takes a repository that `repo`, or else the whole entry, decides on.
    fn take(
        &mut self,
        estate: &Estate,
        (at, source): (usize, &Source),
        entry: &Entry,
        repo: Option<&Repo>,
        (name, in_list): (&str, InList),
    ) {
        if !is_selected(estate, source.name, entry.name, name) {
            return;
        }
        self.selected.push((source.name, entry.name, name.to_owned()));
        if !is_in_shard(estate, name) {
            self.of_other_shards.insert(at);
            return;
        }
        let is_named = repo.is_some_and(|repo| !repo.is_pattern());
        let skip = repo.and_then(|repo| repo.skip);
        if skip.is_some_and(Skip::holds) {
            self.skipped.push(Skipped {
                source: at,
                namespace: entry.name,
                repository: name.to_owned(),
                pattern: "",
                is_named,
            });
            return;
        }
        let policy = repo.and_then(|repo| repo.policy).or(entry.policy);
        self.planned.push(Planned {
            source: at,
            namespace: entry.name,
            name: name.to_owned(),
            policy: policy.unwrap_or(source.default_policy),
            is_named,
            in_list,
            has_expired_skip: is_named && skip.is_some(),
        });
    }
}
