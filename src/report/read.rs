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
mod tests {
    use super::super::json;
    use super::super::tests::everything::everything;
    use super::*;

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        json::write(report, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("it is text")
    }

    #[test]
    fn a_report_that_is_read_is_written_byte_for_byte_as_it_was() {
        let text = written(&everything());
        let read = read(text.as_bytes()).expect("it is a report");
        assert!(written(&read) == text);
    }

    #[test]
    fn words_of_a_later_version_are_kept_as_text() {
        let text = written(&everything())
            .replace("\"missing-rule\"", "\"missing-signature\"")
            .replace("\"vanished\"", "\"eclipsed\"");
        let read = read(text.as_bytes()).expect("it is a report");
        assert!(
            read.findings
                .iter()
                .any(|finding| finding.code.name() == "missing-signature")
        );
        assert!(read.unknown.iter().any(|entry| entry.class.name() == "eclipsed"));
        assert!(written(&read).contains("\"missing-signature\": 1"), "it is counted");
    }

    #[test]
    fn the_first_form_is_read_and_its_fingerprints_are_made_anew() {
        let report = everything();
        let mut first: serde_json::Value = serde_json::from_str(&written(&report)).expect("it is JSON");
        first["$schema"] = FIRST_FORM.into();
        for key in ["causes", "warnings", "regions"] {
            first.as_object_mut().expect("an object").remove(key);
        }
        first["run"]["baseline"] = serde_json::Value::Null;
        for finding in first["findings"].as_array_mut().expect("a list") {
            let finding = finding.as_object_mut().expect("an object");
            for key in ["cause", "owners", "tags", "job"] {
                finding.remove(key);
            }
            finding["fingerprint"] = "0123456789abcdef".into();
            let steps = finding["remediation"].as_array_mut().expect("a list");
            for step in steps {
                *step = step["text"].clone();
            }
        }
        let read = read(first.to_string().as_bytes()).expect("it is a report");
        let fingerprints = |report: &Report| {
            let findings = report.findings.iter();
            findings.map(|finding| finding.fingerprint.clone()).collect::<Vec<_>>()
        };
        assert_eq!(fingerprints(&read), fingerprints(&report));
        assert!(!read.findings[0].remediation[0].text.is_empty());
    }

    #[test]
    fn what_is_no_report_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", "it is no JSON"),
            ("{\"kind\": \"AuditReport\"", "it is no JSON"),
            ("{}", "without a kind"),
            ("{\"kind\": \"CheckReport\"}", "of the kind CheckReport"),
            (
                "{\"kind\": \"AuditReport\", \"$schema\": \"urn:swr-audit:report:v9\"}",
                "urn:swr-audit:report:v9",
            ),
            (
                "{\"kind\": \"AuditReport\", \"$schema\": \"urn:swr-audit:report:v2\"}",
                "it lacks",
            ),
        ] {
            let error = read(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
