//! Patterns of one namespace whose order in the file decides: the first that matches does.

use jiff::civil::Date;

use crate::inventory::problem::{Draft, Drafts};
use crate::inventory::raw::{RawDocument, RawListed, RawNamespace, RawPattern};
use crate::inventory::words::quoted;
use crate::inventory::written::{Written, choice};
use crate::model::Chooser;
use crate::model::glob::{Decided, Glob, Kind};

/// What it costs to hold a name against two patterns.
const STEPS_OF_A_NAME: usize = 4;

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
    listed: &RawListed,
    meaning: impl Fn(&RawPattern) -> Meaning,
    steps: &mut usize,
    warnings: &mut Drafts,
) {
    if listed.patterns.len() < 2 {
        return;
    }
    // Those that may decide: one that another hides has no part in anything.
    let mut earlier: Vec<Compared<'_>> = Vec::with_capacity(listed.patterns.len());
    // What stands behind one that is not understood may be decided by it.
    let mut understood = usize::MAX;
    for entry in &listed.patterns {
        let Some(glob) = Glob::new(entry.name.value.as_str()) else {
            understood = understood.min(earlier.len());
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
            continue;
        }
        let is_contest = |index: &usize| {
            let (before, one) = (&earlier[..*index], &earlier[*index]);
            is_contest(one, &later, steps) && is_open(one, &later, before, listed, steps)
        };
        if let Some(index) = (0..earlier.len().min(understood)).find(is_contest) {
            contested(earlier[index].entry, entry, warnings);
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

/// Whether any of the names that are both's is left to them: entries for single names decide before all patterns, and
/// patterns that stand before both do as well.
fn is_open(
    one: &Compared<'_>,
    later: &Compared<'_>,
    before: &[Compared<'_>],
    listed: &RawListed,
    steps: &mut usize,
) -> bool {
    let Some(left) = steps.checked_sub(listed.repositories.len() * STEPS_OF_A_NAME) else {
        return false;
    };
    *steps = left;
    let is_of_both = |name: &&str| one.entry.name.value.matches(name) && later.entry.name.value.matches(name);
    let names = listed.repositories.iter().map(|entry| entry.name.value.as_str());
    let patterns = before.iter().map(|compared| &compared.glob);
    let decided = Decided::new(patterns, names.filter(is_of_both));
    let overlaps = one.glob.overlaps_beyond(&later.glob, &decided, Kind::Repository, steps);
    overlaps == Some(true)
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
