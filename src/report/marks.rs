//! Which findings are new: set between the findings and the verdict.

use jiff::Timestamp;

use super::document::{FindingEntry, Mark};
use super::parts::stamp;
use crate::model::Baseline;

/// Says of each finding since when it is known: what the baseline does not have, this run saw first.
pub(super) fn mark(findings: &mut [FindingEntry], baseline: &Baseline, started_at: Timestamp) {
    for finding in findings {
        let known = baseline.first_seen.get(&finding.fingerprint);
        finding.first_seen = Some(stamp(known.copied().unwrap_or(started_at)));
        if known.is_some() && !finding.is_waived() {
            finding.status = Mark::Known;
        }
    }
}
