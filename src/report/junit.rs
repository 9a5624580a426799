//! `junit.xml`: a report as test results, for CI systems. Valid under Jenkins' `junit-10.xsd`.
//!
//! A suite for each inventory file of a source, with `file` there: that schema has none on a case. An unwaived finding is a
//! failure, what is unknown an error, what is waived or skipped is skipped, and a repository that is ok a case that passes.
//! Readers take cases of equal names for attempts at one test and may drop a failure among them, so names are unique.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::document::{FindingEntry, PlaceEntry, Report, RepositoryRow, SkippedEntry, Step, TargetEntry, UnknownEntry};
use super::rendering::Rendering;
use crate::model::{Outcome, visible};

/// Writes every suite, each with its counts.
pub(super) fn write(report: &Report, rendering: Rendering<'_>, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(report, rendering.path_prefix);
    let all = || suites.values().flatten();
    let seconds = std::time::Duration::from_millis(report.run.wire.duration_ms).as_secs_f64();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="swr-audit" tests="{}" failures="{}" errors="{}" time="{seconds:.3}">"#,
        all().count(),
        all().filter(|case| matches!(case.what, What::Finding(_))).count(),
        all().filter(|case| matches!(case.what, What::Unknown(_))).count(),
    )?;
    for ((source, file), cases) in &suites {
        write_suite(report, source, file, cases, out)?;
    }
    writeln!(out, "</testsuites>")
}

/// One case, still without its unique name.
struct Case<'a> {
    class: String,
    name: String,
    what: What<'a>,
}

/// How a case ends.
enum What<'a> {
    Passed,
    Finding(&'a FindingEntry),
    Unknown(&'a UnknownEntry),
    Waived(&'a FindingEntry, Option<&'a str>),
    Skipped(&'a SkippedEntry),
}

/// By source and file.
type Suites<'a> = BTreeMap<(&'a str, String), Vec<Case<'a>>>;

fn suites<'a>(report: &'a Report, prefix: &str) -> Suites<'a> {
    let mut suites = Suites::new();
    let mut add = |source: &'a str, place: Option<&PlaceEntry>, case: Case<'a>| {
        let file = report.located(place, prefix).path;
        suites.entry((source, file)).or_default().push(case);
    };
    let waivers = report.waivers.iter();
    let reasons: BTreeMap<&str, &str> = waivers.map(|waiver| (&*waiver.id, &*waiver.reason)).collect();
    for finding in &report.findings {
        add(&finding.source, Some(&finding.inventory), of_finding(finding, &reasons));
    }
    for entry in &report.unknown {
        add(&entry.source, entry.inventory.as_ref(), of_unknown(entry));
    }
    for row in report.repositories.iter().filter(|row| row.outcome == Outcome::Ok) {
        add(&row.source, Some(&row.inventory), of_row(row));
    }
    for skipped in &report.skipped {
        add(&skipped.source, Some(&skipped.inventory), of_skipped(skipped));
    }
    for cases in suites.values_mut() {
        make_unique(cases);
    }
    suites
}

fn of_finding<'a>(finding: &'a FindingEntry, reasons: &BTreeMap<&str, &'a str>) -> Case<'a> {
    let repository = finding.repository.as_deref().unwrap_or_default();
    let target = finding.target.as_ref().map(TargetEntry::name);
    let field = finding.field.as_deref();
    let what = match finding.waiver.as_deref() {
        None => What::Finding(finding),
        Some(id) => What::Waived(finding, reasons.get(id).copied()),
    };
    Case {
        class: class(&finding.source, &finding.namespace),
        name: name([Some(repository), target.as_deref(), field, Some(finding.code.name())]),
        what,
    }
}

fn of_unknown(entry: &UnknownEntry) -> Case<'_> {
    let target = entry.target.as_ref().map(TargetEntry::name);
    let code = format!("unknown/{}", entry.class);
    Case {
        class: class(&entry.source, &entry.namespace),
        name: name([
            Some(entry.repository()),
            target.as_deref(),
            entry.field.as_deref(),
            Some(&code),
        ]),
        what: What::Unknown(entry),
    }
}

fn of_row(row: &RepositoryRow) -> Case<'_> {
    Case {
        class: class(&row.source, &row.namespace),
        name: name([Some(&row.repository), None, None, None]),
        what: What::Passed,
    }
}

fn of_skipped(skipped: &SkippedEntry) -> Case<'_> {
    let what = skipped.repository.as_deref().or(skipped.pattern.as_deref());
    Case {
        class: class(&skipped.source, &skipped.namespace),
        name: name([Some(what.unwrap_or("(whole namespace)")), None, None, Some("skipped")]),
        what: What::Skipped(skipped),
    }
}

/// `source.namespace`. Readers take every other dot for a package.
fn class(source: &str, namespace: &str) -> String {
    let parts = [source, namespace].map(|part| visible(part).replace('.', "·"));
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        "inventory".to_owned()
    } else {
        parts.join(".")
    }
}

fn name(parts: [Option<&str>; 4]) -> String {
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    let parts: Vec<Cow<'_, str>> = parts.map(visible).collect();
    parts.join(" ")
}

/// The second of a name gets its fingerprint behind it, or a number where it has none.
fn make_unique(cases: &mut [Case<'_>]) {
    let mut taken: BTreeSet<(String, String)> = BTreeSet::new();
    for case in cases {
        let wanted = case.name.clone();
        let mut number = 1;
        while !taken.insert((case.class.clone(), case.name.clone())) {
            case.name = match (&case.what, number) {
                (What::Finding(finding) | What::Waived(finding, _), 1) => format!("{wanted} {}", finding.fingerprint),
                (What::Unknown(entry), 1) => format!("{wanted} {}", entry.fingerprint),
                (_, number) => format!("{wanted} ({number})"),
            };
            number += 1;
        }
    }
}

fn write_suite(report: &Report, source: &str, file: &str, cases: &[Case<'_>], out: &mut dyn Write) -> io::Result<()> {
    let count = |is: fn(&What<'_>) -> bool| cases.iter().filter(|case| is(&case.what)).count();
    let name = if source.is_empty() {
        file.to_owned()
    } else {
        format!("{source}: {file}")
    };
    writeln!(
        out,
        r#"  <testsuite name="{}" file="{}" tests="{}" failures="{}" errors="{}" skipped="{}" timestamp="{}">"#,
        xml(&name),
        xml(file),
        cases.len(),
        count(|what| matches!(what, What::Finding(_))),
        count(|what| matches!(what, What::Unknown(_))),
        count(|what| matches!(what, What::Waived(..) | What::Skipped(_))),
        xml(&report.run.started_at),
    )?;
    write_properties(report, source, out)?;
    for case in cases {
        write_case(report, case, out)?;
    }
    writeln!(out, "  </testsuite>")
}

/// The verdict of the whole run, and what this source's part of it could not have seen.
fn write_properties(report: &Report, source: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut properties = vec![
        ("run".to_owned(), report.run.id.clone()),
        ("status".to_owned(), report.status.name().to_owned()),
        ("exit-code".to_owned(), report.exit_code.to_string()),
        ("verdict".to_owned(), report.verdict.reason.clone()),
    ];
    let limits = report.limits.iter().filter(|limit| *limit.source == *source);
    properties.extend(limits.map(|limit| (format!("limit.{}", limit.code), limit.message.clone())));
    writeln!(out, "    <properties>")?;
    for (name, value) in properties {
        writeln!(
            out,
            r#"      <property name="{}" value="{}"/>"#,
            xml(&name),
            xml(&value)
        )?;
    }
    writeln!(out, "    </properties>")
}

fn write_case(report: &Report, case: &Case<'_>, out: &mut dyn Write) -> io::Result<()> {
    let head = format!(
        r#"    <testcase classname="{}" name="{}""#,
        xml(&case.class),
        xml(&case.name)
    );
    let (element, kind, message, body) = match case.what {
        What::Passed => return writeln!(out, "{head}/>"),
        What::Finding(finding) => (
            "failure",
            finding.code.name(),
            finding.message.clone(),
            text_of_finding(finding),
        ),
        What::Unknown(entry) => (
            "error",
            entry.class.name(),
            entry.message.clone(),
            text_of_unknown(entry),
        ),
        What::Waived(finding, reason) => {
            let waiver = finding.waiver.as_deref().unwrap_or_default();
            let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
            let message = format!("accepted by the waiver {waiver}{reason}: {}", finding.message);
            ("skipped", finding.code.name(), message, Vec::new())
        }
        What::Skipped(skipped) => {
            let until = skipped.until.as_ref().map(|until| format!(", until {until}"));
            let message = format!("{}{}", skipped.reason, until.unwrap_or_default());
            ("skipped", "skipped", message, Vec::new())
        }
    };
    writeln!(out, "{head}>")?;
    write!(
        out,
        r#"      <{element} type="{}" message="{}""#,
        xml(kind),
        xml(&message)
    )?;
    if body.is_empty() {
        writeln!(out, "/>")?;
    } else {
        let place = match case.what {
            What::Finding(finding) => Some(&finding.inventory),
            What::Unknown(entry) => entry.inventory.as_ref(),
            What::Passed | What::Waived(..) | What::Skipped(_) => None,
        };
        let place = place.map(|place| format!("inventory: {}:{}", place.file, place.line));
        let run = format!("run: {}", report.run.id);
        let lines: Vec<String> = body.iter().chain(&place).chain([&run]).map(|line| xml(line)).collect();
        writeln!(out, ">{}</{element}>", lines.join("\n"))?;
    }
    writeln!(out, "    </testcase>")
}

/// What it is first: some readers show two lines.
fn text_of_finding(finding: &FindingEntry) -> Vec<String> {
    let sides = match (&finding.expected, &finding.actual) {
        (None, None) => None,
        (expected, actual) => {
            let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
            Some(format!("expected: {}; actual: {}", side(expected), side(actual)))
        }
    };
    let owners = (!finding.owners.is_empty()).then(|| format!("owner: {}", finding.owners.join(", ")));
    let members =
        (!finding.repositories.is_empty()).then(|| format!("repositories: {}", finding.repositories.join(" ")));
    let since = finding.first_seen.as_ref().map(|since| format!("first seen: {since}"));
    let first = [format!("{}: {}", finding.severity, finding.message)];
    first
        .into_iter()
        .chain(sides)
        .chain(owners)
        .chain(members)
        .chain(since)
        .chain(steps(&finding.remediation))
        .collect()
}

fn text_of_unknown(entry: &UnknownEntry) -> Vec<String> {
    let owner = entry.owner.as_ref().map(|owner| format!("owner: {owner}"));
    let several = entry.repositories.len() > 1;
    let members = several.then(|| format!("repositories: {}", entry.repositories.join(" ")));
    let request = entry.request_id.as_ref().map(|id| format!("request: {id}"));
    let first = [format!("unknown: {}", entry.message)];
    first
        .into_iter()
        .chain(owner)
        .chain(members)
        .chain(request)
        .chain(steps(&entry.remediation))
        .collect()
}

fn steps(steps: &[Step]) -> impl Iterator<Item = String> {
    steps.iter().map(|step| format!("to do: {}", step.line()))
}

/// Text for XML, in an attribute as between tags: on one line, without what XML 1.0 forbids, and without what a CI system takes
/// for a command in the log of a job that prints the file.
fn xml(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        match (before, c) {
            (_, '&') => out.push_str("&amp;"),
            (_, '<') => out.push_str("&lt;"),
            (_, '>') => out.push_str("&gt;"),
            (_, '"') => out.push_str("&quot;"),
            (Some('#'), '#') => out.push_str("&#35;"),
            (Some(':'), ':') => out.push_str("&#58;"),
            (_, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            (_, c) => out.push(c),
        }
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup_or_forbidden() {
        for (text, expected) in [
            ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;'"),
            ("]]>", "]]&gt;"),
            ("##[error]x", "#&#35;[error]x"),
            ("::error::x", ":&#58;error:&#58;x"),
            ("a\nb\u{1b}[31m\u{202e}", r"a\nb\u001b[31m\u202e"),
            ("\u{fffe}\u{ffff}", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(xml(text), expected);
        }
    }
}
