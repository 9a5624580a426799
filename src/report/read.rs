//! Reads a report that was written before, by this version or another.

use std::mem;

use serde::Deserialize;

use super::document::{FindingEntry, Report, UnknownEntry};
use super::shapes::{ID, KIND};

/// The form before this one: its fingerprints were made in another way.
const FIRST_FORM: &str = "urn:swr-audit:report:v1";

/// Why something is no report that can be read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Unreadable {
    #[error("it is no JSON, or not all of it: {0}")]
    Json(#[source] serde_json::Error),
    #[error("it is no report of an audit, but {0}")]
    Kind(String),
    #[error("it has a form that this version does not know, {0}")]
    Form(String),
    #[error("it lacks what a report has: {0}")]
    Shape(#[source] serde_json::Error),
}

/// What says whether the rest can be read.
#[derive(Deserialize)]
pub(super) struct Head {
    #[serde(rename = "$schema", default)]
    schema: String,
    kind: Option<String>,
}

impl Head {
    /// Of a document of one of these kinds, in a form that this version knows.
    pub(super) fn read(bytes: &[u8], kinds: &[&str]) -> Result<Self, Unreadable> {
        let head: Self = serde_json::from_slice(bytes).map_err(Unreadable::Json)?;
        match head.kind.as_deref() {
            Some(kind) if kinds.contains(&kind) => {}
            Some(other) => return Err(Unreadable::Kind(format!("of the kind {other}"))),
            None => return Err(Unreadable::Kind("without a kind".to_owned())),
        }
        if ![ID, FIRST_FORM].contains(&&*head.schema) {
            return Err(Unreadable::Form(head.schema));
        }
        Ok(head)
    }

    /// Whether its fingerprints have to be made anew.
    pub(super) fn is_of_the_first_form(&self) -> bool {
        self.schema == FIRST_FORM
    }
}

/// Reads a report. Fingerprints of the first form are made anew, and words of a later version are kept as they came.
///
/// # Errors
/// What is no report, or one of a form that this version does not know.
pub fn read(bytes: &[u8]) -> Result<Report, Unreadable> {
    let head = Head::read(bytes, &[KIND])?;
    let mut report: Report = serde_json::from_slice(bytes).map_err(Unreadable::Shape)?;
    if head.is_of_the_first_form() {
        report.identify_anew();
    }
    Ok(report)
}

impl Report {
    fn identify_anew(&mut self) {
        let identified = |findings: Vec<_>| findings.into_iter().map(FindingEntry::identified).collect();
        self.findings = identified(mem::take(&mut self.findings));
        self.carried = identified(mem::take(&mut self.carried));
        let unknown = mem::take(&mut self.unknown).into_iter();
        self.unknown = unknown.map(UnknownEntry::identified).collect();
    }
}

#[cfg(test)]
mod tests;
