//! Waivers that reach nothing that their findings could be about, whatever is found.

use super::within::{Deciding, Entry, Reach, Within, source};
use crate::inventory::problem::Draft;
use crate::inventory::raw::{RawContents, RawDocument, RawNamespace, RawWaiver};
use crate::inventory::read::Given;
use crate::inventory::suggest::nearest;
use crate::inventory::words::quoted;
use crate::model::{Code, Others, Scope, Subject};

/// Why a waiver covers nothing.
#[derive(Clone, Copy)]
pub(super) enum Nothing {
    /// No namespace is within its scope.
    NoNamespace,
    /// All that is within it is skipped for ever.
    Skipped,
    /// Namespaces are, and nothing in them can be.
    NoRepository,
    /// Nothing in them can be but what no entry covers, and its findings are not about that.
    NoEntry,
    /// Its findings are about what no entry covers, and nothing of that is.
    NoneUnlisted,
    /// Its findings are about namespaces as a whole, and its scope is of repositories.
    NoWhole,
}

/// What a waiver's findings can be about.
#[derive(Clone, Copy)]
struct Subjects {
    /// Repositories that the inventory covers.
    covered: bool,
    /// Repositories that it does not.
    unlisted: bool,
    /// Namespaces as a whole.
    namespaces: bool,
}

impl Subjects {
    fn of(waiver: &RawWaiver) -> Self {
        let is_any = |is_it: fn(Subject) -> bool| {
            let findings = waiver.findings.as_ref();
            findings.is_none_or(|codes| codes.iter().any(|code| is_it(code.subject())))
        };
        Self {
            covered: is_any(|subject| matches!(subject, Subject::Covered | Subject::Entry)),
            unlisted: is_any(|subject| subject == Subject::Unlisted),
            namespaces: is_any(|subject| matches!(subject, Subject::Namespace | Subject::Entry)),
        }
    }
}

/// Whether its findings are about namespaces as a whole, and only repositories are within its scope.
pub(super) fn has_no_whole(waiver: &RawWaiver) -> bool {
    let subjects = Subjects::of(waiver);
    !subjects.covered && !subjects.unlisted && subjects.namespaces && !is_whole(&waiver.scope.value)
}

/// Whether namespaces are within it, and with them whatever is in them.
fn is_whole(scope: &Scope) -> bool {
    scope.repository().is_none_or(|pattern| pattern.as_str() == "**")
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
        let (within, subjects) = (Within::of(&waiver.scope.value)?, Subjects::of(waiver));
        if within.is_none() && (subjects.covered || subjects.namespaces) {
            return Some(None);
        }
        let mut held = Held::Nothing;
        let any_finds = reached.iter().any(|entry| finds(entry.namespace));
        for entry in reached {
            held = held.max(self.held(entry, within.as_ref(), subjects)?);
            if held == Held::Asked {
                break;
            }
        }
        Some(match held {
            Held::Asked => None,
            Held::Skipped => Some(Nothing::Skipped),
            Held::Nothing if !subjects.covered => Some(Nothing::NoneUnlisted),
            Held::Nothing if any_finds && !subjects.unlisted => Some(Nothing::NoEntry),
            Held::Nothing => Some(Nothing::NoRepository),
        })
    }

    /// Whether it may cover namespaces that are found, and not listed.
    fn speaks_of_unlisted(&self, waiver: &RawWaiver, own: Option<&str>) -> bool {
        let scope = &waiver.scope.value;
        let findings = waiver.findings.as_ref();
        let is_named = findings.is_none_or(|codes| codes.contains(&Code::UnlistedNamespace));
        let finds = |document: &RawDocument| {
            let is_asked = matches!(&document.other_namespaces, Given::Is(word) if word.value != Others::Allow);
            let is_reached = |name: &str| own.is_none_or(|own| own == name) && scope.reaches_source(name);
            is_asked && source(document).is_some_and(is_reached)
        };
        is_whole(scope) && is_named && self.written.documents.iter().any(finds)
    }

    /// What of that namespace can match; `None`: too much to tell.
    fn held(&mut self, entry: Entry<'_>, within: Option<&Within<'_>>, subjects: Subjects) -> Option<Held> {
        let listed = match &entry.namespace.contents {
            RawContents::Skipped(skip) if skip.skip.until.is_none() => return Some(Held::Skipped),
            // All that is found is covered.
            RawContents::Skipped(_) | RawContents::All if subjects.covered => return Some(Held::Asked),
            RawContents::Skipped(_) | RawContents::All => return Some(Held::Nothing),
            RawContents::Listed(listed) => listed,
        };
        // What nothing covers is found, too.
        let finds = subjects.unlisted && finds(entry.namespace);
        if finds && (within.is_none() || subjects.covered && !entry.has_skips) {
            return Some(Held::Asked);
        }
        let deciding = Deciding::of(listed, within, &mut self.comparisons, self.steps)?;
        let is_asked = !deciding.asked.is_empty();
        Some(if is_asked && subjects.covered || finds && !deciding.is_closed {
            Held::Asked
        } else if deciding.is_skipped && !is_asked {
            Held::Skipped
        } else {
            Held::Nothing
        })
    }
}

/// Whether repositories of it that no entry covers are told.
fn finds(namespace: &RawNamespace) -> bool {
    match &namespace.contents {
        RawContents::Skipped(_) | RawContents::All => false,
        RawContents::Listed(listed) => !matches!(&listed.others, Given::Is(word) if word.value == Others::Allow),
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
        (Nothing::NoEntry, _) => Draft::new(
            format!(
                "the waiver {id} covers nothing: no entry of the namespaces that it reaches can match, and what is found \
                 beside them can be `unlisted-repo` only"
            ),
            "write the `repo` that it is meant for, add `unlisted-repo` to its `finding`, or remove it",
        ),
        (Nothing::NoneUnlisted, _) => Draft::new(
            format!(
                "the waiver {id} covers nothing: all that it reaches is covered by the inventory, or allowed by \
                 `otherRepos`, and never an `unlisted-repo`"
            ),
            "name the `finding` that it is meant for, or remove it",
        ),
        (Nothing::NoWhole, _) => Draft::new(
            format!(
                "the waiver {id} covers nothing: {} about namespaces as a whole, and `{scope}` holds repositories only",
                its_findings_are(waiver)
            ),
            format!("write `{}/**`", whole(scope)),
        ),
    }
}

/// Or the only one is.
pub(super) fn its_findings_are(waiver: &RawWaiver) -> String {
    match waiver.findings.as_deref() {
        Some([one]) => format!("`{}` is", one.name()),
        Some(_) | None => "its findings are".to_owned(),
    }
}

/// A scope without its repositories.
fn whole(scope: &Scope) -> String {
    let source = scope.source().map(|source| format!("{}:", source.as_str()));
    format!("{}{}", source.unwrap_or_default(), scope.namespace().as_str())
}
