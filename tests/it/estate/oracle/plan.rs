//! What is listed, asked for and skipped.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::super::glob::{Scope, matches};
use super::super::plain::{Entry, Estate, Repo, Skip, Source};
use super::lists::{self, Listing};
use super::names::Names;

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

/// The patterns of `--only` that nothing is within, whatever else is excluded or skipped. `missing` are namespaces that are
/// not there, and `gaps` those whose lists are not whole.
pub(super) fn empty_scopes(
    estate: &Estate,
    plan: &Plan<'_>,
    missing: &[(usize, &str)],
    gaps: &[(usize, &str)],
) -> BTreeSet<String> {
    let is_empty = |scope: &Scope<'_>| {
        let sources = estate.sources.iter().enumerate();
        let mut entries = sources.flat_map(|(at, source)| source.entries.iter().map(move |entry| (at, source, entry)));
        !entries.any(|(at, source, entry)| {
            scope.reaches(source.name, entry.name)
                && (missing.contains(&(at, entry.name)) || plan.may_have(scope, (at, source), entry, gaps))
        })
    };
    let (only, _) = selection(estate);
    let empty = only.into_iter().filter(is_empty);
    empty.map(|scope| scope.text().to_owned()).collect()
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
pub(super) fn is_in_shard(estate: &Estate, name: &str) -> bool {
    estate.shard.is_none_or(|(index, count)| {
        let digest = Sha256::digest(name);
        let head: [u8; 8] = digest[..8].try_into().expect("eight bytes");
        u64::from_be_bytes(head) % count == index - 1
    })
}

/// Whether a list is needed: for what has no name here, or for what is to be said of others.
fn is_listed(estate: &Estate, source: &Source, entry: &Entry) -> bool {
    let Some(repos) = &entry.repos else {
        return may_select(estate, (source.name, entry.name), &Names::all());
    };
    let mut asked = (0..repos.len()).filter(|&at| repos[at].is_pattern() && !repos[at].skip.is_some_and(Skip::holds));
    asked.any(|at| may_select(estate, (source.name, entry.name), &Names::decided_by(repos, at)))
        || entry.others != Some("allow") && estate.only.is_empty()
}

/// Whether any of these names is selected.
pub(super) fn may_select(estate: &Estate, (source, namespace): (&str, &str), names: &Names) -> bool {
    if estate.only.is_empty() {
        return true;
    }
    let (only, except) = selection(estate);
    let of = |scopes: &[Scope<'_>]| {
        let reaching = scopes.iter().filter(|scope| scope.reaches(source, namespace));
        reaching.fold(Names::none(), |all, scope| {
            all.or(&Names::of(scope.repository().unwrap_or("**")))
        })
    };
    let selected = if only.is_empty() { Names::all() } else { of(&only) };
    selected.and(names).without(&of(&except)).is_any()
}

/// Whether a scope may hold something that this pattern matches.
pub(super) fn may_share(scope: &Scope<'_>, (source, namespace): (&str, &str), pattern: &str) -> bool {
    let within = Names::of(scope.repository().unwrap_or("**"));
    scope.reaches(source, namespace) && within.and(&Names::of(pattern)).is_any()
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
        for (number, repo) in repos.iter().enumerate() {
            let in_list = InList::of(listing.as_ref(), repo.name);
            if !repo.is_pattern() {
                self.take(estate, (at, source), entry, Some(repo), (repo.name, in_list));
            } else if listing.as_ref().is_none_or(|listing| listing.gap.is_some())
                && repo.skip.is_some_and(Skip::holds)
                && may_select(estate, (source.name, entry.name), &Names::decided_by(repos, number))
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
        if !is_in_shard(estate, name) {
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

    /// Whether an entry that a scope reaches has something within it, or may have.
    fn may_have(
        &self,
        scope: &Scope<'_>,
        (at, source): (usize, &Source),
        entry: &Entry,
        gaps: &[(usize, &str)],
    ) -> bool {
        if scope.holds_namespace(source.name, entry.name) || entry.skip.is_some_and(Skip::holds) {
            return true;
        }
        let within = Names::of(scope.repository().unwrap_or("**"));
        let nothing = Vec::new();
        let repos = entry.repos.as_ref().unwrap_or(&nothing);
        let mut named = repos.iter().filter(|repo| !repo.is_pattern());
        if named.any(|repo| scope.holds(source.name, entry.name, repo.name)) {
            return true;
        }
        let patterns = (0..repos.len()).filter(|&number| repos[number].is_pattern());
        let covered = patterns.fold(Names::none(), |all, number| all.or(&Names::decided_by(repos, number)));
        let covered = if entry.repos.is_some() { covered } else { Names::all() };
        if !within.and(&covered).is_any() {
            return false;
        }
        let mut spaces = self
            .spaces
            .iter()
            .filter(|space| space.source == at && space.entry.name == entry.name);
        let Some(listing) = spaces.next().and_then(|space| space.listing.as_ref()) else {
            // Nobody listed it.
            return true;
        };
        let is_covered = |name: &str| {
            let mut patterns = repos.iter().filter(|repo| repo.is_pattern());
            entry.repos.is_none() || patterns.any(|repo| matches(repo.name, name))
        };
        let mut listed = listing.names.iter();
        gaps.contains(&(at, entry.name))
            || listed.any(|name| scope.holds(source.name, entry.name, name) && is_covered(name))
    }
}
