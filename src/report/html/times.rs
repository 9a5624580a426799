//! Times and ages, as people read them. No clock is read: a report's own times are all there is.

use std::borrow::Cow;

use jiff::{Timestamp, Unit};

use super::super::wording::counted;

/// `2026-11-24 03:15 UTC`.
pub(super) fn moment(at: &str) -> Cow<'_, str> {
    shown(at, "%Y-%m-%d %H:%M UTC")
}

/// `2026-11-24`.
pub(super) fn day(at: &str) -> Cow<'_, str> {
    shown(at, "%Y-%m-%d")
}

/// `2026-11-12, 12 days`, counted to the start of the run.
pub(super) fn since(at: &str, start: &str) -> String {
    let day = day(at);
    match days(at, start).map(usize::try_from) {
        None | Some(Err(_)) => day.into_owned(),
        Some(Ok(0)) if at == start => format!("{day}, first seen by this run"),
        Some(Ok(days)) => format!("{day}, {}", counted(days, "day", "days")),
    }
}

/// A time that can be read, or what stands there in its place.
fn shown<'t>(at: &'t str, format: &str) -> Cow<'t, str> {
    at.parse::<Timestamp>()
        .map_or(Cow::Borrowed(at), |at| at.strftime(format).to_string().into())
}

fn days(from: &str, to: &str) -> Option<i64> {
    let (from, to): (Timestamp, Timestamp) = (from.parse().ok()?, to.parse().ok()?);
    let days = to.since(from).ok()?.total(Unit::Hour).ok()? / 24.0;
    #[expect(clippy::cast_possible_truncation, reason = "no two instants are 2^53 days apart")]
    Some(days as i64)
}
