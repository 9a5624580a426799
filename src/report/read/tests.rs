//! Reports that were written before.

use super::*;
use crate::report::json;
use crate::report::tests::everything::everything;

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
