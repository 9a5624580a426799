//! Waivers that reach nothing, whatever is found.

use super::within::{Deciding, Entry, Reach, Within, source};
use crate::inventory::problem::Draft;
use crate::inventory::raw::{RawContents, RawDocument, RawNamespace, RawWaiver};
use crate::inventory::read::Given;
use crate::inventory::suggest::nearest;
use crate::inventory::words::quoted;
use crate::model::{Code, Others, Scope};

/// Why a waiver covers nothing.
#[derive(Clone, Copy)]
pub(super) enum Nothing {
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

impl Reach<'_, '_> {
    /// Why it covers nothing, if that is so; `None`: too much to tell.
    #[expect(clippy::option_option, reason = "not told and nothing to tell are two things")]
    pub(super) fn nothing(&mut self, waiver: &RawWaiver, document: &RawDocument) -> Option<Option<Nothing>> {
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

fn is_skipped_for_ever(namespace: &RawNamespace) -> bool {
    matches!(&namespace.contents, RawContents::Skipped(skip) if skip.skip.until.is_none())
}

/// In words.
pub(super) fn told(waiver: &RawWaiver, why: Nothing, reach: &Reach<'_, '_>) -> Draft {
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
