//! Waivers that cover nothing, whatever is found.

use std::collections::HashMap;

use super::COMPARISONS;
use crate::inventory::glob::{Glob, Kind};
use crate::inventory::problem::{Draft, Drafts};
use crate::inventory::raw::{RawContents, RawDocument, RawEntry, RawListed, RawNamespace, RawWaiver};
use crate::inventory::read::Given;
use crate::inventory::suggest::nearest;
use crate::inventory::words::quoted;
use crate::inventory::written::Written;
use crate::model::{Code, Others, Pattern, Scope};

/// Warns of each. `steps` is what is left for comparing patterns.
pub(super) fn waivers(written: &Written<'_>, steps: &mut usize, warnings: &mut Drafts) {
    let entries: Vec<Entry<'_>> = written.documents.iter().flat_map(entries).collect();
    // Waivers may be checked alone, to serve inventories elsewhere.
    if entries.is_empty() {
        return;
    }
    let mut by_name: HashMap<&str, Vec<Entry<'_>>> = HashMap::new();
    for entry in &entries {
        let name = entry.namespace.name.value.as_str();
        by_name.entry(name).or_default().push(*entry);
    }
    let mut reach = Reach {
        documents: written.documents,
        entries,
        by_name,
        comparisons: COMPARISONS,
        steps,
    };
    for document in written.documents {
        for waiver in &document.waivers {
            // What cannot be told within bounds is not told.
            if let Some(Some(why)) = reach.nothing(waiver, document) {
                warnings.add(waiver.scope.spot, || told(waiver, why, &reach));
            }
        }
    }
}

/// A namespace of a known source.
#[derive(Clone, Copy)]
struct Entry<'d> {
    source: &'d str,
    namespace: &'d RawNamespace,
}

fn entries(document: &RawDocument) -> impl Iterator<Item = Entry<'_>> {
    let source = source(document);
    let namespaces = document.namespaces.iter();
    namespaces.filter_map(move |namespace| {
        Some(Entry {
            source: source?,
            namespace,
        })
    })
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

struct Reach<'d, 's> {
    documents: &'d [RawDocument],
    entries: Vec<Entry<'d>>,
    by_name: HashMap<&'d str, Vec<Entry<'d>>>,
    /// What is left of [`COMPARISONS`].
    comparisons: usize,
    steps: &'s mut usize,
}

impl Reach<'_, '_> {
    /// Why it covers nothing, if that is so; `None`: too much to tell.
    #[expect(clippy::option_option, reason = "not told and nothing to tell are two things")]
    fn nothing(&mut self, waiver: &RawWaiver, document: &RawDocument) -> Option<Option<Nothing>> {
        let scope = &waiver.scope.value;
        let name = scope.namespace().as_str();
        let candidates: &[Entry<'_>] = if Pattern::is_one(name) {
            &self.entries
        } else {
            self.by_name.get(name).map_or(&[], Vec::as_slice)
        };
        self.comparisons = self.comparisons.checked_sub(candidates.len())?;
        let own = source(document);
        let is_reached = |entry: &&Entry<'_>| {
            own.is_none_or(|own| own == entry.source) && scope.reaches(entry.source, &entry.namespace.name.value)
        };
        let reached: Vec<Entry<'_>> = candidates.iter().filter(is_reached).copied().collect();
        if reached.is_empty() {
            return Some((!self.speaks_of_unlisted(waiver, own)).then_some(Nothing::NoNamespace));
        }
        if reached.iter().all(|entry| is_skipped_for_ever(entry.namespace)) {
            return Some(Some(Nothing::Skipped));
        }
        let Some(pattern) = scope.repository().filter(|pattern| pattern.as_str() != "**") else {
            return Some(None);
        };
        let glob = Glob::new(pattern.as_str())?;
        for entry in reached {
            if self.may_hold(entry.namespace, pattern, &glob)? {
                return Some(None);
            }
        }
        Some(Some(Nothing::NoRepository))
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
        is_whole && is_named && self.documents.iter().any(finds)
    }

    /// Whether a repository of that namespace can match; `None`: too much to tell.
    fn may_hold(&mut self, namespace: &RawNamespace, pattern: &Pattern, glob: &Glob) -> Option<bool> {
        match &namespace.contents {
            RawContents::Skipped(skip) => Some(skip.skip.until.is_some()),
            RawContents::All => Some(true),
            RawContents::Listed(listed) => self.is_listed(listed, pattern, glob),
        }
    }

    fn is_listed(&mut self, listed: &RawListed, pattern: &Pattern, glob: &Glob) -> Option<bool> {
        // What nothing covers is found, too.
        if !matches!(&listed.others, Given::Is(word) if word.value == Others::Allow) {
            return Some(true);
        }
        self.comparisons = self.comparisons.checked_sub(listed.repositories.len())?;
        let mut named = listed.repositories.iter().filter(|entry| is_ever_asked(entry));
        if named.any(|entry| pattern.matches(entry.name.value.as_str())) {
            return Some(true);
        }
        for entry in listed.patterns.iter().filter(|entry| is_ever_asked(entry)) {
            let found = Glob::new(entry.name.value.as_str())?;
            if found.overlaps(glob, Kind::Repository, self.steps)? {
                return Some(true);
            }
        }
        Some(false)
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
