//! Patterns of one namespace whose order in the file decides: the first that matches does.

use jiff::civil::Date;

use crate::inventory::glob::{Glob, Kind};
use crate::inventory::problem::{Draft, Drafts};
use crate::inventory::raw::{RawDocument, RawNamespace, RawPattern};
use crate::inventory::words::quoted;
use crate::inventory::written::{Written, choice};
use crate::model::Chooser;

/// What an entry asks for, as far as it matters which of two decides.
#[derive(PartialEq, Eq)]
pub(super) struct Meaning {
    is_skipped: bool,
    /// The last day of the skip.
    until: Option<Date>,
    /// The policy, by its index.
    policy: Option<usize>,
}

pub(super) fn meaning(
    written: &Written<'_>,
    index: usize,
    namespace: &RawNamespace,
    document: &RawDocument,
    entry: &RawPattern,
) -> Meaning {
    let choice = choice(&entry.policy, Chooser::Pattern, namespace, document).filter(|_| entry.needs_policy());
    Meaning {
        is_skipped: entry.skip.is_some(),
        until: entry.skip.as_ref().and_then(|raw| raw.skip.until),
        policy: choice.and_then(|choice| written.look_up(index, &choice.reference.value)),
    }
}

/// A pattern with what is asked of it more than once.
struct Compared<'p> {
    entry: &'p RawPattern,
    glob: Glob,
    meaning: Meaning,
}

/// Warns of patterns that never decide, and of those that decide by nothing but their place.
pub(super) fn patterns(
    entries: &[RawPattern],
    meaning: impl Fn(&RawPattern) -> Meaning,
    steps: &mut usize,
    warnings: &mut Drafts,
) {
    if entries.len() < 2 {
        return;
    }
    let mut earlier: Vec<Compared<'_>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let Some(glob) = Glob::new(entry.name.value.as_str()) else {
            continue;
        };
        let later = Compared {
            entry,
            glob,
            meaning: meaning(entry),
        };
        let is_hidden_by = |one: &&Compared<'_>| one.glob.covers(&later.glob, Kind::Repository, steps) == Some(true);
        if let Some(one) = earlier.iter().find(is_hidden_by) {
            hidden(one.entry, entry, warnings);
        } else if let Some(one) = earlier.iter().find(|one| is_contest(one, &later, steps)) {
            contested(one.entry, entry, warnings);
        }
        earlier.push(later);
    }
}

/// Whether some names are both's, with another meaning each. Where the later covers all of the earlier, the order is the
/// one that everybody expects: the narrower first.
fn is_contest(one: &Compared<'_>, later: &Compared<'_>, steps: &mut usize) -> bool {
    one.meaning != later.meaning
        && one.glob.overlaps(&later.glob, Kind::Repository, steps) == Some(true)
        && later.glob.covers(&one.glob, Kind::Repository, steps) == Some(false)
}

fn hidden(one: &RawPattern, later: &RawPattern, warnings: &mut Drafts) {
    let (one_text, text) = (one.name.value.as_str(), later.name.value.as_str());
    warnings.add(later.name.spot, || {
        Draft::new(
            format!(
                "the pattern {} never decides: {} stands before it and matches all that it does",
                quoted(text),
                quoted(one_text)
            ),
            "move it to the front, or remove it",
        )
        .and(one.name.spot, "this one decides")
    });
}

fn contested(one: &RawPattern, later: &RawPattern, warnings: &mut Drafts) {
    let (one_text, text) = (one.name.value.as_str(), later.name.value.as_str());
    warnings.add(later.name.spot, || {
        Draft::new(
            format!(
                "some names match both {} and {}, and mean something else under each: {} decides, because it stands first",
                quoted(one_text),
                quoted(text),
                quoted(one_text)
            ),
            "write patterns that share no name, or a narrower one for what they share before both",
        )
        .and(one.name.spot, "this one decides")
    });
}
