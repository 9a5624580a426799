//! `report.html`: what it says, and that no text can do anything in it.

use super::super::document::{BaselineEntry, FindingCounts, FindingEntry, How, Report, ResolvedEntry};
use super::super::format::HTML;
use super::everything::{HOSTILE, everything};
use super::{Dialect, text_of};
use crate::model::{Severity, is_unseen};

fn page_of(report: &Report) -> String {
    text_of(report, HTML, Dialect::Excel)
}

/// The page's own style and script, which no text gets into.
const OWN: [&str; 2] = [include_str!("../html/style.css"), include_str!("../html/script.js")];

/// What is filled in: the page without its style and script.
fn filled(page: &str) -> String {
    OWN.iter().fold(page.to_owned(), |page, own| {
        assert_eq!(page.matches(own).count(), 1);
        page.replace(own, "")
    })
}

/// A report with as many findings of one cause, in two namespaces.
pub(super) fn many(count: usize) -> Report {
    let mut report = everything();
    let one = report.findings.iter().find(|finding| finding.cause.is_some());
    let one = one.expect("there are some").clone();
    let cause = one.cause.clone();
    report.causes.retain(|entry| Some(&entry.id) == cause.as_ref());
    report.causes[0].count = count;
    report.findings = (0..count)
        .map(|number| FindingEntry {
            fingerprint: format!("f{number:015x}"),
            namespace: format!("namespace-{}", number % 2).into(),
            repository: Some(format!("repository-{number:05}").into()),
            ..one.clone()
        })
        .collect();
    report
}

#[test]
fn everything_of_the_report_is_on_the_page() {
    let report = everything();
    let page = page_of(&report);
    let has = |text: &str| {
        let escaped = text
            .replace('&', "&#38;")
            .replace('<', "&#60;")
            .replace('>', "&#62;")
            .replace('"', "&#34;")
            .replace('\'', "&#39;");
        let shown = crate::model::visible(&escaped).into_owned();
        assert!(page.contains(&shown), "{shown}");
    };
    for finding in &report.findings {
        assert!(page.contains(&format!("<details class=\"item\" id=\"{}\"", finding.fingerprint)));
        has(&finding.message);
        for step in &finding.remediation {
            has(&step.text);
            step.command.iter().for_each(|command| has(command));
        }
    }
    for unknown in &report.unknown {
        assert!(page.contains(&format!("<details class=\"item\" id=\"{}\"", unknown.fingerprint)));
        has(unknown.class.name());
        has(&unknown.message);
    }
    report.limits.iter().for_each(|limit| has(&limit.message));
    report.warnings.iter().for_each(|warning| has(&warning.message));
    for waiver in &report.waivers {
        has(&waiver.reason);
        has(&waiver.expires);
    }
    report.skipped.iter().for_each(|skip| has(&skip.reason));
    report
        .resolved
        .iter()
        .for_each(|entry| has(entry.finding.repository.as_deref().unwrap_or_default()));
    assert_eq!(report.carried.len(), 1);
    has("not-compared");
    has(&report.verdict.reason);
    has(&report.run.id);
    assert!(page.contains("<code>r0</code> of 1969-12-31 00:00 UTC"));
    assert!(page.contains("Drift, and not everything could be read"));
}

#[test]
fn no_text_is_markup_or_unseen() {
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"' onload='x ]]> {{ x }} \u{202e}";
    let mut report = everything();
    for finding in &mut report.findings {
        hostile.clone_into(&mut finding.message);
        finding.owners = vec![hostile.into(), HOSTILE.into()];
        finding.expected = Some(hostile.to_owned());
        finding.namespace = hostile.into();
        hostile.clone_into(&mut finding.fingerprint);
    }
    for cause in &mut report.causes {
        cause.count = 3;
        cause.owners = vec![hostile.into()];
    }
    hostile.clone_into(&mut report.verdict.reason);
    report.run.selection = vec![hostile.to_owned()];
    let page = filled(&page_of(&report));
    assert_eq!(page.matches("<script>").count(), 1, "the page's own");
    assert!(!page.contains("<img"));
    assert!(page.contains("&#60;/script&#62;&#60;script&#62;"));
    let unseen: Vec<char> = page.chars().filter(|&c| c != '\n' && is_unseen(c)).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
    // No text ends an attribute: behind `onload=`, its own quote is one no more.
    assert!(page.contains("onload=&#39;x") && !page.contains("onload='"));
    assert!(page.contains("\\u202e"));
}

#[test]
fn the_policy_names_the_page_s_own_style_and_script_and_nothing_else_is_loaded() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let page = page_of(&everything());
    let [style, script] = OWN.map(|own| {
        let hash = sha2::Sha256::digest(own);
        format!("'sha256-{}'", base64::prelude::BASE64_STANDARD.encode(hash))
    });
    let policy = format!(
        "content=\"default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'\""
    );
    assert!(page.contains(&policy), "{policy}");
    assert!(
        page.find(&policy) < page.find("<style>"),
        "it comes before what it rules"
    );
    for [open, close, own] in [["<style>", "</style>", OWN[0]], ["<script>", "</script>", OWN[1]]] {
        assert!(
            page.contains(&format!("{open}{own}{close}")),
            "the hash is of what stands there"
        );
    }
    let filled = filled(&page);
    for loads in [
        "src=",
        "href=\"http",
        "<link",
        "style=",
        "<iframe",
        "<base",
        "srcset",
        "xlink",
    ] {
        assert!(!filled.contains(loads), "{loads}");
    }
    // Every link is one within the page.
    assert_eq!(filled.matches("href=").count(), filled.matches("href=\"#").count());
    assert!(OWN.iter().all(|own| !own.contains("http") && !own.contains("url(")));
}

#[test]
fn three_findings_of_one_cause_are_a_section_and_two_are_not() {
    for (count, sections) in [(2, 0), (3, 1)] {
        let page = page_of(&many(count));
        assert_eq!(page.matches("<article class=\"cause\"").count(), sections, "{count}");
    }
    let page = page_of(&many(40));
    assert!(page.contains("Show the 40 findings"));
    assert_eq!(page.matches(" data-c=\"1\"").count(), 40);
}

#[test]
fn ten_thousand_findings_are_all_there_and_each_has_its_link() {
    let page = page_of(&many(10_000));
    assert_eq!(
        page.matches("<details class=\"item\"").count(),
        10_000 + everything().unknown.len()
    );
    assert!(page.contains("id=\"f00000000000270f\""));
}

#[test]
fn the_worst_comes_first_and_what_is_waived_last() {
    let page = page_of(&everything());
    let words = ["critical", "high", "unknown", "medium", "low", "info", "waived"];
    let places: Vec<usize> = words
        .iter()
        .map(|word| page.find(&format!("<h3 id=\"{word}\">")).expect("it has a group"))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_finding_says_how_long_it_has_been_there_by_the_report_s_own_times() {
    let mut report = many(3);
    "2026-11-24T03:15:00Z".clone_into(&mut report.run.started_at);
    for (finding, seen) in report
        .findings
        .iter_mut()
        .zip(["2026-11-12T04:00:00Z", "2026-11-24T03:15:00Z", "later"])
    {
        finding.first_seen = Some(seen.to_owned());
    }
    let page = page_of(&report);
    for text in [
        "2026-11-12, 11 days",
        "2026-11-24, first seen by this run",
        "<dd>later</dd>",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_green_page_says_what_it_covers_and_that_nothing_is_open() {
    let mut report = everything();
    report.findings.clear();
    report.unknown.clear();
    report.causes.clear();
    report.resolved.clear();
    report.summary.findings = FindingCounts::default();
    report.summary.repos.unknown = 0;
    (report.verdict.code, report.verdict.drift, report.verdict.incomplete) = (0, false, false);
    report.status = super::super::verdict::Status::Complete;
    let page = page_of(&report);
    for text in [
        "<h1>No drift</h1>",
        "nothing is unknown",
        "Every question was answered",
        "There is nothing to report.",
    ] {
        assert!(page.contains(text), "{text}");
    }
    report.summary.findings.new = 2;
    report.summary.findings.by_severity.insert(Severity::Low, 2);
    assert!(
        page_of(&report).contains("<h1>No finding that fails the audit</h1>"),
        "green is no denial"
    );
}

#[test]
fn what_the_wire_did_changes_nothing_on_the_page() {
    let report = everything();
    let mut other = report.clone();
    other.run.wire.requests.sent += 7;
    for finding in &mut other.findings {
        finding.request_id = Some("another".to_owned());
    }
    for unknown in &mut other.unknown {
        (unknown.request_id, unknown.attempts) = (Some("another".to_owned()), 9);
    }
    for row in &mut other.repositories {
        (row.attempts, row.observed_at, row.request_id) = (9, None, None);
    }
    assert!(page_of(&report) == page_of(&other));
}

#[test]
fn without_a_baseline_the_page_does_not_speak_of_changes() {
    let mut report = everything();
    report.run.baseline = None;
    assert!(page_of(&report).contains("No earlier run to compare with"));
    report.run.baseline = Some(BaselineEntry {
        id: "r9".to_owned(),
        started_at: "2026-11-23T03:15:00Z".to_owned(),
        last_complete_at: None,
    });
    let gone = report.findings[0].clone();
    report.resolved = vec![ResolvedEntry {
        finding: gone,
        how: How::NotExpected,
    }];
    let page = page_of(&report);
    for text in [
        "<code>r9</code> of 2026-11-23 03:15 UTC",
        "No complete run is known",
        "<td>not-expected</td>",
    ] {
        assert!(page.contains(text), "{text}");
    }
}
