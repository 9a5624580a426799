//! `report.html`: one page that explains itself, for people who did not run the tool.
//!
//! It asks nothing of the network, and its policy (CSP) forbids all but its own style and script, by their hashes. It reads
//! without the script, which filters and copies. All text reaches it through [`seen::Seen`].

mod items;
mod map;
mod names;
mod owners;
mod regions;
mod seen;
mod times;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use self::items::{Group, List, Words};
use self::map::Map;
use self::owners::{COLUMNS as OWNER_COLUMNS, OwnerRow};
use self::regions::{Region, Route};
use super::document::{CauseEntry, FindingEntry, Mark, Report, Run, Step};
use super::headline::Headline;
use super::wording::counted;
use crate::model::Severity;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// As many findings of one cause are a section.
const SECTION: usize = 3;
/// With as many rows nothing is left out on paper. `style.css` has the same number.
const FEW: usize = 200;
/// Writes the page, row by row.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    // Askama writes piece by piece, a few bytes each.
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    Page::of(report).write_into(&mut out)?;
    out.flush()
}

/// What the parts of the page are filled from.
#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct Page<'a> {
    report: &'a Report,
    run: &'a Run,
    style: &'static str,
    script: &'static str,
    style_hash: String,
    script_hash: String,
    headline: Headline,
    severities: Vec<Part>,
    coverage: Vec<Part>,
    classes: Vec<(&'a str, usize)>,
    limits: Vec<LimitLine<'a>>,
    causes: Vec<Cause<'a>>,
    owners: Vec<OwnerRow<'a>>,
    regions: Vec<Region<'a>>,
    routes: Vec<Route<'a>>,
    map: Map<'a>,
    list: List<'a>,
    groups: Vec<Group<'a>>,
}

/// A part of a whole.
struct Part {
    word: &'static str,
    count: usize,
    /// Where it begins in the bar, and its share of it, in percent.
    from: f64,
    share: f64,
}

/// A sentence about what could not be seen, and the sources that it holds for.
struct LimitLine<'a> {
    message: &'a str,
    sources: String,
}

/// Several findings that one decision puts right.
struct Cause<'a> {
    entry: &'a CauseEntry,
    /// In the form.
    number: usize,
    /// The first of them in the list.
    first: Option<&'a FindingEntry>,
    /// What that one is about, and what to do about it.
    example: Cow<'a, str>,
    steps: &'a [Step],
    new: usize,
    /// When the first of them was first seen.
    since: Option<&'a str>,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
        let places = report
            .causes
            .iter()
            .zip(0..)
            .map(|(cause, at)| (&*cause.id, at))
            .collect();
        let words = Words::of(report);
        let causes = causes(report);
        let numbers = causes.iter().map(|cause| (&*cause.entry.id, cause.number));
        let regions = regions::regions(report);
        let routes = regions::routes(report);
        Self {
            report,
            run: &report.run,
            style: STYLE,
            script: SCRIPT,
            style_hash: hash(STYLE),
            script_hash: hash(SCRIPT),
            headline: Headline::of(report),
            severities: severities(report),
            coverage: coverage(report),
            classes: classes(report),
            limits: limits(report),
            owners: owners::owners(report, &words.owners),
            map: map::map(&routes, &regions),
            groups: items::groups(report, &places),
            regions,
            routes,
            list: List {
                words,
                causes: numbers.collect(),
                start: &report.run.started_at,
            },
            causes,
        }
    }

    /// Of the list.
    fn rows(&self) -> usize {
        self.report.findings.len() + self.report.unknown.len()
    }

    fn repositories(&self) -> String {
        let repos = self.report.summary.repos;
        counted(repos.expected + repos.discovered, "repository", "repositories")
    }

    /// Findings that no waiver covers.
    fn open(&self) -> usize {
        self.report
            .findings
            .iter()
            .filter(|finding| !finding.is_waived())
            .count()
    }

    /// How many of them are in the sections of causes.
    fn caused(&self) -> usize {
        self.causes.iter().map(|cause| cause.entry.count).sum()
    }

    #[expect(clippy::unused_self, reason = "the page's parts call methods alone")]
    fn subject<'f>(&self, finding: &'f FindingEntry) -> Cow<'f, str> {
        items::subject(finding)
    }

    #[expect(clippy::unused_self, reason = "the page's parts call methods alone")]
    fn owners(&self, finding: &FindingEntry) -> String {
        items::owners_of(finding).collect::<Vec<_>>().join(", ")
    }

    /// `2026-11-24 03:15 UTC`.
    #[expect(clippy::unused_self, reason = "the page's parts call methods alone")]
    fn moment<'t>(&self, at: &'t str) -> Cow<'t, str> {
        times::moment(at)
    }

    #[expect(clippy::unused_self, reason = "the page's parts call methods alone")]
    fn day<'t>(&self, at: &'t str) -> Cow<'t, str> {
        times::day(at)
    }

    /// `2026-11-12, 12 days`.
    fn since(&self, at: &str) -> String {
        times::since(at, &self.run.started_at)
    }
}

/// What the policy of the page names a style or script by.
fn hash(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text))
}

fn severities(report: &Report) -> Vec<Part> {
    let counts = &report.summary.findings.by_severity;
    let counts = Severity::ALL.map(|severity| (severity.name(), counts.get(&severity).copied().unwrap_or_default()));
    let counts: Vec<_> = counts.into_iter().rev().collect();
    parts(&counts)
}

fn coverage(report: &Report) -> Vec<Part> {
    let repos = report.summary.repos;
    parts(&[
        ("ok", repos.ok),
        ("drift", repos.drift),
        ("unknown", repos.unknown),
        ("waived", repos.waived),
        ("skipped", repos.skipped),
    ])
}

/// Those that there are, with their shares.
#[expect(clippy::cast_precision_loss, reason = "no count here is near 2^52")]
fn parts(counts: &[(&'static str, usize)]) -> Vec<Part> {
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    let percent = |count: usize| (count as f64 / all as f64 * 10_000.0).round() / 100.0;
    let mut before = 0;
    let mut parts = Vec::new();
    for &(word, count) in counts.iter().filter(|(_, count)| *count > 0) {
        parts.push(Part {
            word,
            count,
            from: percent(before),
            share: percent(count),
        });
        before += count;
    }
    parts
}

/// What could not be determined, by class, most first.
fn classes(report: &Report) -> Vec<(&str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &report.unknown {
        *counts.entry(entry.class.name()).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Each sentence once.
fn limits(report: &Report) -> Vec<LimitLine<'_>> {
    let mut limits: Vec<(&str, Vec<&str>)> = Vec::new();
    for limit in &report.limits {
        match limits.iter_mut().find(|(message, _)| *message == limit.message) {
            Some((_, sources)) => sources.push(&limit.source),
            None => limits.push((&limit.message, vec![&limit.source])),
        }
    }
    let line = |(message, sources): (_, Vec<&str>)| LimitLine {
        message,
        sources: sources.join(", "),
    };
    limits.into_iter().map(line).collect()
}

/// The causes that are sections: the worst and largest first, as the document has them.
fn causes(report: &Report) -> Vec<Cause<'_>> {
    let mut firsts: BTreeMap<&str, (&FindingEntry, usize, Option<&str>)> = BTreeMap::new();
    for finding in &report.findings {
        let Some(cause) = finding.cause.as_deref() else {
            continue;
        };
        let since = finding.first_seen.as_deref();
        let (first, new, earliest) = firsts.entry(cause).or_insert((finding, 0, since));
        *new += usize::from(finding.status == Mark::New);
        if finding.order() < first.order() {
            *first = finding;
        }
        // All are in UTC: the order of the texts is the order of the times, down to the second.
        *earliest = (*earliest).into_iter().chain(since).min();
    }
    let large = report.causes.iter().filter(|cause| cause.count >= SECTION);
    large
        .zip(1..)
        .map(|(entry, number)| {
            let first = firsts.get(&*entry.id);
            Cause {
                entry,
                number,
                first: first.map(|(finding, ..)| *finding),
                example: first.map_or(Cow::Borrowed(""), |(finding, ..)| items::subject(finding)),
                steps: first.map_or(&[], |(finding, ..)| &finding.remediation),
                new: first.map_or(0, |(_, new, _)| *new),
                since: first.and_then(|(.., since)| *since),
            }
        })
        .collect()
}
