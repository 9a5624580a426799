//! What is within the scope of a waiver: namespaces, and the entries in them that decide. Within bounds: what is too much
//! to tell is not told.

use std::collections::HashMap;

use super::COMPARISONS;
use crate::inventory::raw::{PolicyRef, RawContents, RawDocument, RawEntry, RawListed, RawNamespace, RawWaiver};
use crate::inventory::read::Given;
use crate::inventory::written::Written;
use crate::model::glob::{Glob, Kind};
use crate::model::{Chooser, Pattern, Scope};

/// The namespaces that waivers may reach.
pub(super) struct Reach<'d, 's> {
    pub(super) written: &'d Written<'d>,
    pub(super) entries: Vec<Entry<'d>>,
    by_name: HashMap<&'d str, Vec<Entry<'d>>>,
    /// What is left of [`COMPARISONS`].
    pub(super) comparisons: usize,
    pub(super) steps: &'s mut usize,
}

impl<'d, 's> Reach<'d, 's> {
    pub(super) fn new(written: &'d Written<'d>, steps: &'s mut usize) -> Self {
        let entries: Vec<Entry<'d>> = written.documents.iter().enumerate().flat_map(entries).collect();
        let mut by_name: HashMap<&str, Vec<Entry<'d>>> = HashMap::new();
        for entry in &entries {
            let name = entry.namespace.name.value.as_str();
            by_name.entry(name).or_default().push(*entry);
        }
        Self {
            written,
            entries,
            by_name,
            comparisons: COMPARISONS,
            steps,
        }
    }

    /// The namespaces that a waiver of that document reaches; `None`: too much to tell. The comparisons are `budget`'s.
    pub(super) fn reached(
        &self,
        waiver: &RawWaiver,
        document: &RawDocument,
        budget: &mut usize,
    ) -> Option<Vec<Entry<'d>>> {
        let scope = &waiver.scope.value;
        let name = scope.namespace().as_str();
        let candidates: &[Entry<'_>] = if Pattern::is_one(name) {
            &self.entries
        } else {
            self.by_name.get(name).map_or(&[], Vec::as_slice)
        };
        *budget = budget.checked_sub(candidates.len())?;
        let own = source(document);
        let is_reached = |entry: &&Entry<'_>| {
            own.is_none_or(|own| own == entry.source) && scope.reaches(entry.source, &entry.namespace.name.value)
        };
        Some(candidates.iter().filter(is_reached).copied().collect())
    }
}

/// A namespace of a known source.
#[derive(Clone, Copy)]
pub(super) struct Entry<'d> {
    pub(super) source: &'d str,
    pub(super) namespace: &'d RawNamespace,
    /// The index of its document.
    pub(super) document: usize,
    /// Whether an entry in it is skipped for ever.
    pub(super) has_skips: bool,
}

fn entries((index, document): (usize, &RawDocument)) -> impl Iterator<Item = Entry<'_>> {
    let source = source(document);
    let namespaces = document.namespaces.iter();
    namespaces.filter_map(move |namespace| {
        Some(Entry {
            source: source?,
            namespace,
            document: index,
            has_skips: has_skips(namespace),
        })
    })
}

fn has_skips(namespace: &RawNamespace) -> bool {
    match &namespace.contents {
        RawContents::Skipped(_) | RawContents::All => false,
        RawContents::Listed(listed) => {
            !listed.repositories.iter().all(is_ever_asked) || !listed.patterns.iter().all(is_ever_asked)
        }
    }
}

/// Its name, where it is known.
pub(super) fn source(document: &RawDocument) -> Option<&str> {
    match &document.source {
        Given::Is(source) => Some(&source.value.name),
        Given::Absent | Given::Broken => None,
    }
}

/// A waiver's repositories in each namespace.
pub(super) struct Within<'w> {
    pattern: &'w Pattern,
    /// `None`: it is one name.
    glob: Option<Glob>,
}

impl<'w> Within<'w> {
    /// `Some(None)`: all repositories; `None`: too much to tell.
    #[expect(clippy::option_option, reason = "too hard to tell and no bounds are two things")]
    pub(super) fn of(scope: &'w Scope) -> Option<Option<Self>> {
        let Some(pattern) = scope.repository().filter(|pattern| pattern.as_str() != "**") else {
            return Some(None);
        };
        let text = pattern.as_str();
        let glob = if Pattern::is_one(text) {
            Some(Glob::new(text)?)
        } else {
            None
        };
        Some(Some(Self { pattern, glob }))
    }

    /// Whether a pattern of the inventory decides of some that are within.
    fn meets(&self, found: &Pattern, steps: &mut usize) -> Option<bool> {
        match &self.glob {
            None => Some(found.matches(self.pattern.as_str())),
            Some(glob) => Glob::new(found.as_str())?.overlaps(glob, Kind::Repository, steps),
        }
    }

    /// Whether one that [`Self::meets`] decides of all that are within, where nothing before it does.
    fn is_within(&self, found: &Pattern, steps: &mut usize) -> Option<bool> {
        match &self.glob {
            None => Some(true),
            Some(glob) => Glob::new(found.as_str())?.covers(glob, Kind::Repository, steps),
        }
    }
}

/// The entries of a namespace that may decide of repositories within a scope.
#[derive(Default)]
pub(super) struct Deciding<'d> {
    /// The `policy` of those that are ever asked, with whose word it is.
    pub(super) asked: Vec<(&'d Given<PolicyRef>, Chooser)>,
    /// Whether any is skipped for ever.
    pub(super) is_skipped: bool,
    /// Whether nothing within the scope is left to no entry.
    pub(super) is_closed: bool,
}

impl<'d> Deciding<'d> {
    fn take<N>(&mut self, entry: &'d RawEntry<N>, by: Chooser) {
        if is_ever_asked(entry) {
            self.asked.push((&entry.policy, by));
        } else {
            self.is_skipped = true;
        }
    }

    /// `None`: too much to tell.
    pub(super) fn of(
        listed: &'d RawListed,
        within: Option<&Within<'_>>,
        comparisons: &mut usize,
        steps: &mut usize,
    ) -> Option<Self> {
        *comparisons = comparisons.checked_sub(listed.repositories.len() + listed.patterns.len())?;
        let mut deciding = Self::default();
        for entry in &listed.repositories {
            if within.is_none_or(|within| within.pattern.matches(entry.name.value.as_str())) {
                deciding.take(entry, Chooser::Repository);
                if within.is_some_and(|within| within.glob.is_none()) {
                    deciding.is_closed = true;
                    return Some(deciding);
                }
            }
        }
        for entry in &listed.patterns {
            let Some(within) = within else {
                deciding.take(entry, Chooser::Pattern);
                continue;
            };
            if within.meets(&entry.name.value, steps)? {
                deciding.take(entry, Chooser::Pattern);
                if within.is_within(&entry.name.value, steps)? {
                    deciding.is_closed = true;
                    return Some(deciding);
                }
            }
        }
        Some(deciding)
    }
}

fn is_ever_asked<N>(entry: &RawEntry<N>) -> bool {
    entry.needs_policy()
}
