//! What a column holds, by its name, and how wide it may become.

use jiff::Timestamp;
use jiff::civil::Date;

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Time,
    Day,
    /// A severity, status or outcome, which is coloured.
    Word,
}

impl Kind {
    pub(super) fn of(column: &str) -> Self {
        match column {
            "severity" | "status" | "outcome" => Self::Word,
            "first_seen" | "rule_created_at" | "rule_updated_at" | "audited_at" | "job_created_at" | "observed_at" => {
                Self::Time
            }
            "waiver_expires" => Self::Day,
            "inventory_line" | "rule_id" | "job_id" | "expected_rules" | "actual_rules" | "findings" | "waived"
            | "attempts" | "tags" | "tags_ok" | "tags_pending" | "tags_older" | "tags_missing" | "tags_mismatched"
            | "tags_unknown" | "count" | "http_status" => Self::Number,
            _ => Self::Text,
        }
    }
}

/// The number that a spreadsheet holds digit by digit, which has no more than fifteen of them.
pub(super) fn number(text: &str) -> Option<f64> {
    let number: i64 = text.parse().ok()?;
    let is_exact = number.unsigned_abs() < 1_000_000_000_000_000;
    #[expect(clippy::cast_precision_loss, reason = "it has fifteen digits at most")]
    is_exact.then_some(number as f64)
}

/// The days since a spreadsheet's day 0. Before March 1900 its calendar is wrong, so such times stay text.
pub(super) fn time(text: &str) -> Option<f64> {
    let at: Timestamp = text.parse().ok()?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of some thousand years are below 2^57"
    )]
    let days = at.as_microsecond() as f64 / 86_400e6 + EPOCH;
    is_in_calendar(days)
}

pub(super) fn day(text: &str) -> Option<f64> {
    let day: Date = text.parse().ok()?;
    let days = day.since(Date::constant(1970, 1, 1)).ok()?.get_days();
    is_in_calendar(f64::from(days) + EPOCH)
}

/// 1970-01-01.
const EPOCH: f64 = 25_569.0;

fn is_in_calendar(days: f64) -> Option<f64> {
    (61.0..2_958_466.0).contains(&days).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_what_a_spreadsheet_counts() {
        assert_eq!(time("1970-01-01T12:00:00Z"), Some(25_569.5));
        assert_eq!(day("2026-12-31"), Some(46_387.0));
        for text in ["", "soon", "1899-12-31T00:00:00Z", "9999-12-31T23:59:59"] {
            assert_eq!((time(text), day("1900-02-28")), (None, None), "{text}");
        }
    }

    #[test]
    fn a_number_that_would_lose_digits_stays_text() {
        assert_eq!(number("-999999999999999"), Some(-999_999_999_999_999.0));
        for text in ["1000000000000000", "1e3", "0x1", "", "1.0", " 1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
