//! Reports of the form before this one, brought into this one: whoever reads reports knows one form alone.

use super::assemble::ID;
use super::document::{FindingEntry, Report, UnknownEntry};
use crate::model::Code;

/// The identity of the form before this one.
const V1: &str = "urn:swr-audit:report:v1";

impl Report {
    /// The same in the form of today. Its fingerprints are computed anew, since those of two forms cannot be compared.
    pub(super) fn in_todays_form(mut self) -> Self {
        if self.schema != V1 {
            return self;
        }
        self.schema = ID.into();
        self.findings = self.findings.into_iter().map(finding).collect();
        self.unknown = self.unknown.into_iter().map(UnknownEntry::identified).collect();
        self
    }
}

/// Repositories of a missing namespace had no namespace in front, and members of a loop or race stood in the order of rows.
fn finding(mut finding: FindingEntry) -> FindingEntry {
    if finding.code == Code::MissingNamespace.name() {
        for name in &mut finding.repositories {
            *name = format!("{}/{name}", finding.namespace).into();
        }
    }
    finding.repositories.sort_unstable();
    finding.identified()
}
