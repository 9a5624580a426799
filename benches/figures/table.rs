//! A figure beside its goal.

use std::io::{self, Write as _};

use crate::goals::{Bound, Goal};

/// A figure as it was measured.
pub(crate) struct Measured {
    /// `None`: it could not be.
    value: Option<f64>,
    /// What it was made of, or why there is none.
    note: String,
}

impl Measured {
    pub(crate) fn new(value: f64, note: impl Into<String>) -> Self {
        Self {
            value: Some(value),
            note: note.into(),
        }
    }

    pub(crate) fn not(why: impl Into<String>) -> Self {
        Self {
            value: None,
            note: why.into(),
        }
    }

    /// `None`: there is nothing to reach, or nothing was measured.
    pub(crate) fn is_reached(&self, goal: &Goal) -> Option<bool> {
        match goal.bound {
            Bound::AtMost(most) => self.value.map(|value| value <= most),
            Bound::Under(most) => self.value.map(|value| value < most),
            Bound::Open => None,
        }
    }
}

/// The names of the columns.
pub(crate) fn head() {
    line(["figure", "measured", "to reach", "", "what"]);
}

/// One figure; they are told as they come, because the whole takes minutes.
pub(crate) fn row(goal: &Goal, measured: &Measured) {
    let value = measured
        .value
        .map_or_else(|| "not measured".to_owned(), |value| goal.unit.shown(value));
    let verdict = match measured.is_reached(goal) {
        Some(true) => "reached",
        Some(false) => "missed",
        None => "",
    };
    let what = if measured.note.is_empty() {
        goal.what.to_owned()
    } else {
        format!("{} ({})", goal.what, measured.note)
    };
    line([goal.name, &value, &goal.to_reach(), verdict, &what]);
}

fn line([name, measured, to_reach, verdict, what]: [&str; 5]) {
    say(&format!(
        "{name:<13} {measured:>12}  {to_reach:<16} {verdict:<8} {what}"
    ));
}

/// A line on stdout.
pub(crate) fn say(text: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .expect("stdout is open");
}
