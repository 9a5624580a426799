//! Findings about something as a whole: a namespace, a list, a pattern, a waiver.

use crate::model::{Difference, Finding, Severities};

/// A finding about something as a whole, at its document's severity.
pub(super) fn finding(severities: &Severities, difference: Difference) -> Finding {
    Finding {
        severity: severities.of(difference.code(), difference.default_severity()),
        difference,
        target: None,
        expected: None,
        rule: None,
        waiver: None,
    }
}
