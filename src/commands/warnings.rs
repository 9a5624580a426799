//! What `check` warns about, said by a run as well: an audit of what nobody meant is no audit.

use super::talk::Talk;
use crate::inventory::{Problem, Problems};
use crate::model::visible;
use crate::report::document::{PlaceEntry, WarningEntry};

/// As many are said; `check` shows all.
const SHOWN: usize = 10;

/// The warnings as a report has them.
pub(super) fn entries(warnings: &Problems) -> Vec<WarningEntry> {
    let entry = |warning: &Problem| WarningEntry {
        message: format!("{}; {}", warning.message(), warning.remedy()),
        inventory: warning.place().map(|place| PlaceEntry {
            file: place.file.clone(),
            line: place.line,
            column: place.column,
        }),
    };
    warnings.shown().iter().map(entry).collect()
}

/// Says the first of them, a line each.
pub(super) fn tell(warnings: &Problems, talk: &Talk) {
    let line = |warning: &Problem| {
        let file = visible(warning.file());
        let place = match warning.place() {
            Some(place) => format!("{file}:{}:{}", place.line, place.column),
            None => file.into_owned(),
        };
        format!("warning: {place}: {}\n", visible(warning.message()))
    };
    let shown: String = warnings.shown().iter().take(SHOWN).map(line).collect();
    let text = match warnings.total().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}warning: and {more} more: `swr-audit check` shows them\n"),
    };
    if !text.is_empty() {
        talk.say(&text);
    }
}
