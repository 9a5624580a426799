//! Skips and waivers that are over, or soon will be.

use jiff::civil::Date;
use jiff::{ToSpan, Unit};

use crate::inventory::document::{RawSkip, RawWaiver};
use crate::inventory::problem::{Draft, Drafts, counted, quoted};
use crate::model::DAYS_AHEAD;

/// Where a last day lies.
enum Last {
    Behind,
    /// As words: `today`, or `on 2027-03-31, in 7 days`.
    Near(String),
    Far,
}

fn last(day: Date, today: Date) -> Last {
    if day < today {
        return Last::Behind;
    }
    if day > today.saturating_add(DAYS_AHEAD.days()) {
        return Last::Far;
    }
    let left = today.until((Unit::Day, day)).map_or(0, |span| span.get_days());
    Last::Near(match usize::try_from(left).unwrap_or_default() {
        0 => "today".to_owned(),
        days => format!("on {day}, in {}", counted(days, "day", "days")),
    })
}

pub(super) fn skip(what: &str, raw: &RawSkip, today: Date, warnings: &mut Drafts) {
    let (Some(until), Some(spot)) = (raw.skip.until, raw.until) else {
        return;
    };
    let entry = &raw.skip.entry;
    match last(until, today) {
        Last::Behind => warnings.add(spot, || {
            Draft::new(
                format!(
                    "the skip of the {what} `{entry}` ended on {until}: it is audited, and an `expired-skip` is found"
                ),
                "remove `skip`, `reason` and `until`, or move the date",
            )
        }),
        Last::Near(when) => warnings.add(spot, || {
            Draft::new(
                format!("the skip of the {what} `{entry}` ends {when}"),
                "decide before it does, remove `skip`, `reason` and `until`, or move the date",
            )
        }),
        Last::Far => {}
    }
}

pub(super) fn waiver(raw: &RawWaiver, today: Date, warnings: &mut Drafts) {
    let expires = raw.expires.value;
    match last(expires, today) {
        Last::Behind => warnings.add(raw.expires.spot, || {
            Draft::new(
                format!(
                    "the waiver {} ended on {expires}: what it covers counts again, and an `expired-waiver` is found",
                    quoted(&raw.id.value)
                ),
                "remove it, or move the date",
            )
        }),
        Last::Near(when) => warnings.add(raw.expires.spot, || {
            Draft::new(
                format!("the waiver {} ends {when}", quoted(&raw.id.value)),
                "decide before it does, remove it, or move the date",
            )
        }),
        Last::Far => {}
    }
}
