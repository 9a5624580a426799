//! The verdict in words that need no table of exit codes.

use super::document::Report;
use super::verdict::{DRIFT, DRIFT_AND_INCOMPLETE, INCOMPLETE, NO_AUDIT, NOTHING_TO_AUDIT, OK, SIGINT, SIGTERM};

/// The first line of a report for people.
pub(super) struct Headline {
    pub(super) title: &'static str,
    /// What colours it: `bad`, `gap`, `good` or `none`.
    pub(super) tone: &'static str,
}

impl Headline {
    pub(super) fn of(report: &Report) -> Self {
        let findings = &report.summary.findings;
        let (title, tone) = match report.verdict.code {
            OK if findings.new + findings.known > 0 => ("No finding that fails the audit", "good"),
            OK => ("No drift", "good"),
            DRIFT => ("Drift", "bad"),
            INCOMPLETE => ("Not everything could be read", "gap"),
            DRIFT_AND_INCOMPLETE => ("Drift, and not everything could be read", "bad"),
            NO_AUDIT => ("No audit: nothing could be read", "gap"),
            NOTHING_TO_AUDIT => ("Nothing to audit", "none"),
            SIGINT | SIGTERM if report.verdict.drift => ("Interrupted, with drift in what was read", "bad"),
            SIGINT | SIGTERM => ("Interrupted", "gap"),
            // Of another version.
            _ => ("Replication audit", "none"),
        };
        Self { title, tone }
    }
}
