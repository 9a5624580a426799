//! Waivers that cover nothing, whatever is found.

use std::collections::HashMap;

use super::{COMPARISONS, targets};
use crate::inventory::glob::{Glob, Kind};
use crate::inventory::problem::{Draft, Drafts};
use crate::inventory::raw::{PolicyRef, RawContents, RawDocument, RawEntry, RawListed, RawNamespace, RawWaiver};
use crate::inventory::read::Given;
use crate::inventory::suggest::nearest;
use crate::inventory::words::quoted;
use crate::inventory::written::Written;
use crate::model::{Chooser, Code, Others, Pattern, Scope};

/// Warns of each. `steps` is what is left for comparing patterns.
pub(super) fn waivers<'d>(written: &'d Written<'d>, steps: &mut usize, warnings: &mut Drafts) {
    let mut reach = Reach::new(written, steps);
    let mut aims = targets::Aims::new(written);
    // Waivers may be checked alone, to serve inventories elsewhere.
    let is_whole = !reach.entries.is_empty();
    for document in written.documents {
        for waiver in &document.waivers {
            // What cannot be told within bounds is not told.
            let why = if is_whole {
                reach.nothing(waiver, document).flatten()
            } else {
                None
            };
            if let Some(why) = why {
                warnings.add(waiver.scope.spot, || told(waiver, why, &reach));
            }
            let is_told = aims.alone(waiver, document, warnings);
            if is_whole && why.is_none() && !is_told {
                aims.unexpected(waiver, document, &mut reach, warnings);
            }
        }
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
    has_skips: bool,
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

fn source(document: &RawDocument) -> Option<&str> {
    match &document.source {
        Given::Is(source) => Some(&source.value.name),
        Given::Absent | Given::Broken => None,
    }
}

/// Why a waiver covers nothing.
#[derive(Clone, Copy)]
enum Nothing {
    /// No namespace is within its scope.
    NoNamespace,
    /// All that is within it is skipped for ever.
    Skipped,
    /// Namespaces are, and nothing in them can be.
    NoRepository,
}

/// What of a namespace is within a scope. Ordered: the last is what counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Nothing,
    /// What is skipped for ever.
    Skipped,
    /// What is asked, or found.
    Asked,
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
    is_skipped: bool,
    /// Whether nothing within the scope is left to no entry.
    is_closed: bool,
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

pub(super) struct Reach<'d, 's> {
    pub(super) written: &'d Written<'d>,
    entries: Vec<Entry<'d>>,
    by_name: HashMap<&'d str, Vec<Entry<'d>>>,
    /// What is left of [`COMPARISONS`].
    comparisons: usize,
    pub(super) steps: &'s mut usize,
}

impl<'d, 's> Reach<'d, 's> {
    fn new(written: &'d Written<'d>, steps: &'s mut usize) -> Self {
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

    /// Why it covers nothing, if that is so; `None`: too much to tell.
    #[expect(clippy::option_option, reason = "not told and nothing to tell are two things")]
    fn nothing(&mut self, waiver: &RawWaiver, document: &RawDocument) -> Option<Option<Nothing>> {
        let mut comparisons = self.comparisons;
        let reached = self.reached(waiver, document, &mut comparisons);
        self.comparisons = comparisons;
        let reached = reached?;
        if reached.is_empty() {
            let is_found = self.speaks_of_unlisted(waiver, source(document));
            return Some((!is_found).then_some(Nothing::NoNamespace));
        }
        if reached.iter().all(|entry| is_skipped_for_ever(entry.namespace)) {
            return Some(Some(Nothing::Skipped));
        }
        let Some(within) = Within::of(&waiver.scope.value)? else {
            return Some(None);
        };
        let mut held = Held::Nothing;
        for entry in reached {
            held = held.max(self.held(entry, &within)?);
            if held == Held::Asked {
                break;
            }
        }
        Some(match held {
            Held::Asked => None,
            Held::Skipped => Some(Nothing::Skipped),
            Held::Nothing => Some(Nothing::NoRepository),
        })
    }

    /// Whether it may cover namespaces that are found, and not listed.
    fn speaks_of_unlisted(&self, waiver: &RawWaiver, own: Option<&str>) -> bool {
        let scope = &waiver.scope.value;
        let is_whole = scope.repository().is_none_or(|pattern| pattern.as_str() == "**");
        let findings = waiver.findings.as_ref();
        let is_named = findings.is_none_or(|codes| codes.contains(&Code::UnlistedNamespace));
        let finds = |document: &RawDocument| {
            let is_asked = matches!(&document.other_namespaces, Given::Is(word) if word.value != Others::Allow);
            let is_reached = |name: &str| own.is_none_or(|own| own == name) && scope.reaches_source(name);
            is_asked && source(document).is_some_and(is_reached)
        };
        is_whole && is_named && self.written.documents.iter().any(finds)
    }

    /// What of that namespace can match; `None`: too much to tell.
    fn held(&mut self, entry: Entry<'_>, within: &Within<'_>) -> Option<Held> {
        let listed = match &entry.namespace.contents {
            RawContents::Skipped(skip) if skip.skip.until.is_none() => return Some(Held::Skipped),
            RawContents::Skipped(_) | RawContents::All => return Some(Held::Asked),
            RawContents::Listed(listed) => listed,
        };
        // What nothing covers is found, too.
        let finds = !matches!(&listed.others, Given::Is(word) if word.value == Others::Allow);
        if finds && !entry.has_skips {
            return Some(Held::Asked);
        }
        let deciding = Deciding::of(listed, Some(within), &mut self.comparisons, self.steps)?;
        Some(
            match (
                deciding.asked.is_empty() && (deciding.is_closed || !finds),
                deciding.is_skipped,
            ) {
                (false, _) => Held::Asked,
                (true, true) => Held::Skipped,
                (true, false) => Held::Nothing,
            },
        )
    }
}

fn is_ever_asked<N>(entry: &RawEntry<N>) -> bool {
    entry.needs_policy()
}

fn is_skipped_for_ever(namespace: &RawNamespace) -> bool {
    matches!(&namespace.contents, RawContents::Skipped(skip) if skip.skip.until.is_none())
}

fn told(waiver: &RawWaiver, why: Nothing, reach: &Reach<'_, '_>) -> Draft {
    let scope: &Scope = &waiver.scope.value;
    let (id, namespace) = (quoted(&waiver.id.value), scope.namespace().as_str());
    let known = reach.entries.iter().map(|entry| entry.namespace.name.value.as_str());
    let near = nearest(namespace, known.take(1_000)).filter(|near| *near != namespace);
    let remedy = "write the `repo` that it is meant for, or remove it";
    match (why, near) {
        (Nothing::NoNamespace, Some(near)) => Draft::new(
            format!("the waiver {id} covers nothing: it reaches no namespace of the inventory"),
            format!("did you mean `{near}`? or remove it"),
        ),
        (Nothing::NoNamespace, None) => Draft::new(
            format!("the waiver {id} covers nothing: it reaches no namespace of the inventory"),
            remedy,
        ),
        (Nothing::Skipped, _) => Draft::new(
            format!("the waiver {id} covers nothing: all that it reaches is skipped"),
            "remove it, or the skip",
        ),
        (Nothing::NoRepository, _) => Draft::new(
            format!("the waiver {id} covers nothing: no entry of the namespaces that it reaches can match"),
            remedy,
        ),
    }
}
