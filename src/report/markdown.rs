//! `summary.md`: a report for a pull request, or for the summary of a step in CI.
//!
//! The worst comes first, and the whole stays below the length that a comment may have; what does not fit is counted.

mod inert;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use self::inert::{code, prose};
use self::page::{Page, row};
use super::document::{
    CauseEntry, FindingEntry, LimitEntry, Mark, Open, PlaceEntry, Report, ResolvedEntry, SourceEntry, UnknownEntry,
    WarningEntry,
};
use super::order::Rank;
use super::verdict::{NOTHING_TO_AUDIT, SIGINT, SIGTERM, Status};
use super::wording::{counted, plain};
use crate::model::{Code, Severity, UnknownClass};

/// Findings of one cause are one row from so many on.
const TOGETHER: usize = 3;
/// Names in a cell; the others are counted.
const NAMES: usize = 5;
/// Lines of a short list; the others are counted.
const LINES: usize = 10;

/// Up to which length each part may fill the page, in bytes, so that none leaves no room for those behind it.
mod until {
    pub(super) const HEAD: usize = 12_000;
    pub(super) const LIMITS: usize = 18_000;
    pub(super) const FINDINGS: usize = 45_000;
    pub(super) const UNKNOWN: usize = 52_000;
    pub(super) const RESOLVED: usize = 57_000;
    pub(super) const WARNINGS: usize = 59_900;
}

/// Writes the page.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(page(report).as_bytes())
}

fn page(report: &Report) -> String {
    let mut page = Page::default();
    page.line(&format!("# swr-audit: {} (exit {})", verdict(report), report.exit_code));
    page.line("");
    page.line(&format!("{}.", capital(&prose(&report.verdict.reason))));
    page.line("");
    page.line(&counts(report));
    page.line(&coverage(report));
    write_about(&mut page, report);
    write_limits(&mut page, &report.limits);
    write_findings(&mut page, report);
    write_unknown(&mut page, report);
    write_resolved(&mut page, &report.resolved);
    write_warnings(&mut page, &report.warnings);
    page.text
}

fn verdict(report: &Report) -> &'static str {
    match (report.status, report.verdict.code) {
        (Status::Failed, _) => "no audit",
        (_, NOTHING_TO_AUDIT) => "nothing to audit",
        (_, SIGINT | SIGTERM) => "interrupted",
        (Status::Complete | Status::Incomplete, _) => match (report.verdict.drift, report.verdict.incomplete) {
            (true, true) => "drift, and incomplete",
            (true, false) => "drift",
            (false, true) => "incomplete",
            (false, false) => "ok",
        },
    }
}

/// Open findings by severity and history, and the others as numbers.
fn counts(report: &Report) -> String {
    let severities = || Severity::ALL.into_iter().rev();
    let count = |is: &dyn Fn(&FindingEntry) -> bool| {
        let open = report.findings.iter().filter(|finding| !finding.is_waived());
        open.filter(|finding| is(finding)).count()
    };
    let line = |word: &str, is: &dyn Fn(&FindingEntry) -> bool| {
        let cells = severities().map(|severity| count(&|finding| finding.severity == severity && is(finding)));
        let cells: Vec<String> = cells.chain([count(is)]).map(|count| count.to_string()).collect();
        format!("| {word} | {} |\n", cells.join(" | "))
    };
    let words: Vec<&str> = severities().map(Severity::name).collect();
    let is_new = |finding: &FindingEntry| finding.status == Mark::New;
    format!(
        "| findings | {} | all |\n|---|{}\n{}{}",
        words.join(" | "),
        "--:|".repeat(words.len() + 1),
        line("new", &is_new),
        line("known", &|finding| !is_new(finding)),
    )
}

fn coverage(report: &Report) -> String {
    let (repos, findings) = (report.summary.repos, &report.summary.findings);
    let carried = match report.carried.len() {
        0 => String::new(),
        count => format!(
            " {} of an earlier run could not be compared now.",
            counted(count, "finding", "findings")
        ),
    };
    format!(
        "{}: {} audited ({} ok, {} drift, {} waived), **{} unknown**, {} skipped. {} waived, {} resolved.{carried}",
        counted(repos.expected + repos.discovered, "repository", "repositories"),
        repos.audited,
        repos.ok,
        repos.drift,
        repos.waived,
        repos.unknown,
        repos.skipped,
        counted(findings.waived, "finding", "findings"),
        findings.resolved,
    )
}

/// Which run it is, and what it looked at.
fn write_about(page: &mut Page, report: &Report) {
    let run = &report.run;
    page.line("");
    let mut lines = vec![format!(
        "Run {} of {}, level {}.",
        code(&run.id),
        minute(&run.finished_at),
        prose(&run.level)
    )];
    if let Some(replayed) = &run.replay_of {
        lines.push(format!(
            "The answers of run {} judged again: nothing was asked now.",
            code(replayed)
        ));
    }
    if let Some(baseline) = &run.baseline {
        lines.push(format!(
            "Compared with run {} of {}.",
            code(&baseline.id),
            minute(&baseline.started_at)
        ));
    }
    if !run.selection.is_empty() {
        lines.push(format!(
            "**Only a part**: {}.",
            several(run.selection.iter(), run.selection.len())
        ));
    }
    if let Some(shard) = &run.shard {
        lines.push(format!("**Only the share** {}.", code(shard)));
    }
    let lossy = report.regions.iter().filter(|region| region.only_copy.count > 0);
    lines.extend(run.sources.iter().map(source));
    lines.extend(lossy.map(|region| {
        let lost = counted(region.only_copy.count, "repository has", "repositories have");
        format!("If {} is lost, {lost} no copy elsewhere.", code(&region.region))
    }));
    page.list(lines, 3 * LINES, until::HEAD, "lines");
}

fn source(source: &SourceEntry) -> String {
    let account = source
        .account
        .as_ref()
        .map(|account| format!(", account {}", code(account)));
    format!(
        "Source {}: region {}, {}{}.",
        code(&source.name),
        code(&source.region),
        code(&source.endpoint),
        account.unwrap_or_default()
    )
}

/// Each sentence once, with the sources that it is about.
fn write_limits(page: &mut Page, limits: &[LimitEntry]) {
    if limits.is_empty() {
        return;
    }
    let mut sentences: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for limit in limits {
        let sources = sentences.entry((limit.code.name(), &limit.message)).or_default();
        sources.insert(&limit.source);
    }
    page.heading("What this run could not see");
    let lines = sentences.into_iter().map(|((word, message), sources)| {
        let count = sources.len();
        format!(
            "{} ({}): {}.",
            code(word),
            several(sources.iter(), count),
            prose(message)
        )
    });
    page.list(lines.collect(), LINES, until::LIMITS, "limits");
}

fn write_findings(page: &mut Page, report: &Report) {
    let together = |cause: &&CauseEntry| cause.count >= TOGETHER;
    let mut causes: Vec<&CauseEntry> = report.causes.iter().filter(together).collect();
    causes.sort_by_key(|cause| (Rank::of(cause.severity), std::cmp::Reverse(cause.count)));
    let mut of_causes: BTreeMap<&str, Vec<&FindingEntry>> =
        causes.iter().map(|cause| (&*cause.id, Vec::new())).collect();
    let mut singles: Vec<&FindingEntry> = Vec::new();
    for finding in report.findings.iter().filter(|finding| !finding.is_waived()) {
        let cause = finding.cause.as_deref();
        match cause.and_then(|cause| of_causes.get_mut(cause)) {
            Some(findings) => findings.push(finding),
            None => singles.push(finding),
        }
    }
    singles.sort_by(|a, b| (Rank::of(a.severity), a.order()).cmp(&(Rank::of(b.severity), b.order())));
    if !causes.is_empty() {
        page.heading("Causes");
        page.line(CAUSES);
        let rows = causes.iter().map(|cause| cause_row(cause, &of_causes[&*cause.id]));
        page.rows(rows.collect(), until::FINDINGS, "causes");
    }
    if !singles.is_empty() {
        page.heading(if causes.is_empty() {
            "Findings"
        } else {
            "Other findings"
        });
        page.line(FINDINGS);
        let rows = singles.into_iter().map(finding_row);
        page.rows(rows.collect(), until::FINDINGS, "findings");
    }
}

const CAUSES: &str = "\
| severity | findings | cause | expected | actual | where | owner | since | inventory |
|---|--:|---|---|---|---|---|---|---|";

fn cause_row(cause: &CauseEntry, findings: &[&FindingEntry]) -> String {
    let policy = cause.policy.as_ref().map(|policy| format!("policy {}", code(policy)));
    let target = cause.target.as_ref().map(|target| code(&target.name()));
    let parts = [Some(code(cause.code.name())), target, policy];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let new = findings.iter().filter(|finding| finding.status == Mark::New).count();
    let namespaces = cause.namespaces.iter().map(|namespace| match &*namespace.name {
        "" => format!("inventory {}", namespace.count),
        name => format!("{name} {}", namespace.count),
    });
    let oldest = findings.iter().min_by_key(|finding| &finding.first_seen);
    row(&[
        cause.severity.name().to_owned(),
        format!("{} ({new} new)", cause.count),
        parts.join("<br>"),
        side(cause.expected.as_deref(), cause.actual.as_deref()),
        side(cause.actual.as_deref(), cause.expected.as_deref()),
        several(namespaces, cause.namespaces.len()),
        several(cause.owners.iter(), cause.owners.len()),
        oldest.map_or_else(String::new, |oldest| since(oldest)),
        findings
            .first()
            .map_or_else(String::new, |first| place(&first.inventory)),
    ])
}

const FINDINGS: &str = "\
| severity | finding | where | target | expected | actual | owner | since | inventory |
|---|---|---|---|---|---|---|---|---|";

fn finding_row(finding: &FindingEntry) -> String {
    let detail = finding
        .detail()
        .filter(|_| finding.code.known().and_then(Code::field).is_none());
    let detail = detail.map(|detail| format!(" {}", code(detail))).unwrap_or_default();
    // What has no two sides needs its sentence.
    let has_sides = finding.expected.is_some() || finding.actual.is_some();
    let sentence = if has_sides {
        String::new()
    } else {
        format!("<br>{}", prose(&finding.message))
    };
    row(&[
        finding.severity.name().to_owned(),
        format!("{}{detail}{sentence}", code(finding.code.name())),
        code(&finding.about()),
        finding
            .target
            .as_ref()
            .map(|target| code(&target.name()))
            .unwrap_or_default(),
        side(finding.expected.as_deref(), finding.actual.as_deref()),
        side(finding.actual.as_deref(), finding.expected.as_deref()),
        several(finding.owners.iter(), finding.owners.len()),
        since(finding),
        place(&finding.inventory),
    ])
}

/// One side of a comparison; nothing where the other one is missing too.
fn side(value: Option<&str>, other: Option<&str>) -> String {
    match (value, other) {
        (Some(value), _) => code(value),
        (None, Some(_)) => "none".to_owned(),
        (None, None) => String::new(),
    }
}

fn since(finding: &FindingEntry) -> String {
    let day = finding
        .first_seen
        .as_deref()
        .map(|instant| plain(instant).chars().take(10).collect::<String>());
    match (finding.status, day) {
        (Mark::New, _) => "new".to_owned(),
        (Mark::Known | Mark::Waived, Some(day)) => prose(&day),
        (Mark::Known | Mark::Waived, None) => "known".to_owned(),
    }
}

/// `2026-11-24 03:15 UTC`.
fn minute(instant: &str) -> String {
    let day = instant
        .get(..10)
        .zip(instant.get(11..16))
        .filter(|_| instant.ends_with('Z'));
    day.map_or_else(|| code(instant), |(day, time)| prose(&format!("{day} {time} UTC")))
}

fn place(place: &PlaceEntry) -> String {
    code(&format!("{}:{}", place.file, place.line))
}

/// What of a class is unknown.
#[derive(Default)]
struct OfClass<'a> {
    entries: usize,
    repositories: BTreeSet<(&'a str, &'a str, &'a str)>,
    owners: BTreeSet<&'a str>,
    first: Option<&'a UnknownEntry>,
}

fn write_unknown(page: &mut Page, report: &Report) {
    if report.unknown.is_empty() {
        return;
    }
    let mut classes: BTreeMap<&Open<UnknownClass>, OfClass<'_>> = BTreeMap::new();
    for entry in &report.unknown {
        let class = classes.entry(&entry.class).or_default();
        class.entries += 1;
        let names = entry.repositories.iter();
        class
            .repositories
            .extend(names.map(|name| (&*entry.source, &*entry.namespace, &**name)));
        class.owners.extend(entry.owner.as_deref());
        class.first.get_or_insert(entry);
    }
    page.heading("Unknown");
    page.line("Nothing is known of these: neither that they are as expected, nor that they differ.\n");
    page.line("| class | entries | repositories | owner | the first of them | to do |\n|---|--:|--:|---|---|---|");
    let rows = classes.into_iter().map(|(class, of_class)| {
        let count = of_class.owners.len();
        let first = of_class.first;
        let step = first.and_then(|entry| entry.remediation.first());
        row(&[
            code(class.name()),
            of_class.entries.to_string(),
            of_class.repositories.len().to_string(),
            several(of_class.owners.iter(), count),
            first.map_or_else(String::new, |entry| prose(&entry.message)),
            step.map_or_else(String::new, |step| prose(&step.text)),
        ])
    });
    page.rows(rows.collect(), until::UNKNOWN, "classes");
}

fn write_resolved(page: &mut Page, resolved: &[ResolvedEntry]) {
    if resolved.is_empty() {
        return;
    }
    page.heading("Resolved");
    page.line("| finding | where | target | how | owner | first seen |\n|---|---|---|---|---|---|");
    let rows = resolved.iter().map(|ResolvedEntry { finding, how }| {
        let day = finding.first_seen.as_deref().unwrap_or_default();
        row(&[
            code(finding.code.name()),
            code(&finding.about()),
            finding
                .target
                .as_ref()
                .map(|target| code(&target.name()))
                .unwrap_or_default(),
            how.name().to_owned(),
            several(finding.owners.iter(), finding.owners.len()),
            prose(&plain(day).chars().take(10).collect::<String>()),
        ])
    });
    page.rows(rows.collect(), until::RESOLVED, "resolved findings");
}

fn write_warnings(page: &mut Page, warnings: &[WarningEntry]) {
    if warnings.is_empty() {
        return;
    }
    page.heading("Warnings about the inventory");
    let lines = warnings.iter().map(|warning| {
        let place = warning.inventory.as_ref().map(|at| format!("{}: ", place(at)));
        format!("{}{}", place.unwrap_or_default(), prose(&warning.message))
    });
    page.list(lines.collect(), LINES, until::WARNINGS, "warnings");
}

/// A few names and a count of the others.
fn several<T: AsRef<str>>(names: impl Iterator<Item = T>, count: usize) -> String {
    let shown: Vec<String> = names.take(NAMES).map(|name| code(name.as_ref())).collect();
    let more = match count.saturating_sub(NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
