//! What a step of GitHub Actions gets beside the reports: annotations and outputs. Files and environment are the caller's.
//!
//! The runner takes every line that begins with `::` for a command, and `##[` anywhere in a line: text from outside is on one
//! line, escaped, and behind our own words.

use std::collections::BTreeSet;

use super::document::{FindingEntry, PlaceEntry, Report, UnknownEntry};
use super::locate::joined;
use super::order::{Order, Rank};
use crate::model::{Outcome, Severity, visible};

/// The runner shows no more of a kind, and a job few more.
const MOST: usize = 10;
/// The runner cuts a message at 4,096 characters.
const LONGEST: usize = 1_000;

/// An open finding, or something unknown.
#[derive(Clone, Copy)]
enum Entry<'a> {
    Finding(&'a FindingEntry),
    Unknown(&'a UnknownEntry),
}

impl<'a> Entry<'a> {
    fn order(self) -> (Rank, Order<'a>) {
        match self {
            Self::Finding(finding) => (Rank::of(finding.severity), finding.order()),
            Self::Unknown(entry) => (Rank::Unknown, entry.order()),
        }
    }

    const fn command(self) -> &'static str {
        match self {
            Self::Finding(finding) => match finding.severity {
                Severity::Critical | Severity::High => "error",
                Severity::Medium => "warning",
                Severity::Low | Severity::Info => "notice",
            },
            Self::Unknown(_) => "warning",
        }
    }

    fn place(self) -> Option<&'a PlaceEntry> {
        match self {
            Self::Finding(finding) => Some(&finding.inventory),
            Self::Unknown(entry) => entry.inventory.as_ref(),
        }
    }

    fn title(self) -> String {
        match self {
            Self::Finding(finding) => format!("{} {}: {}", finding.severity, finding.code, finding.about()),
            Self::Unknown(entry) => format!("unknown, {}: {}", entry.class, entry.about()),
        }
    }

    fn message(self) -> String {
        match self {
            Self::Finding(finding) => {
                let owners = (!finding.owners.is_empty()).then(|| format!("; owner: {}", finding.owners.join(", ")));
                let sides = (finding.expected.is_some() || finding.actual.is_some()).then(|| {
                    let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
                    format!(
                        "; expected {}, actual {}",
                        side(&finding.expected),
                        side(&finding.actual)
                    )
                });
                [Some(finding.message.clone()), sides, owners]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            Self::Unknown(entry) => entry.message.clone(),
        }
    }
}

/// Commands for the runner, a line each, the worst first. Files are seen from `workspace`.
pub fn annotations(report: &Report, path_prefix: &str, workspace: &str) -> String {
    let open = report.findings.iter().filter(|finding| !finding.is_waived());
    let mut entries: Vec<Entry<'_>> = open.map(Entry::Finding).collect();
    entries.extend(report.unknown.iter().map(Entry::Unknown));
    entries.sort_by(|a, b| a.order().cmp(&b.order()));
    // Where one more is all there is, it takes the place of what would count it.
    let shown = if entries.len() > MOST { MOST - 1 } else { entries.len() };
    let (shown, rest) = entries.split_at(shown);
    let mut lines: Vec<String> = shown
        .iter()
        .map(|entry| annotation(report, *entry, path_prefix, workspace))
        .collect();
    if let Some(next) = rest.first() {
        let count = rest.len();
        lines.push(format!(
            "::{} title=swr-audit::and {count} more: see the summary of this step\n",
            next.command()
        ));
    }
    lines.concat()
}

fn annotation(report: &Report, entry: Entry<'_>, path_prefix: &str, workspace: &str) -> String {
    let located = report.located(entry.place(), path_prefix);
    let properties = [
        ("file", relative(&located.path, workspace)),
        ("line", located.line.to_string()),
        ("col", located.column.to_string()),
        ("title", entry.title()),
    ];
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", property(value)))
        .collect();
    let message: String = entry.message().chars().take(LONGEST).collect();
    format!("::{} {}::{}\n", entry.command(), properties.join(","), data(&message))
}

/// As the runner names the files of the checkout.
fn relative(path: &str, workspace: &str) -> String {
    let workspace = joined("", workspace);
    let below = path.strip_prefix(&*workspace).and_then(|rest| rest.strip_prefix('/'));
    below.unwrap_or(path).to_owned()
}

/// On one line, and without the other form of a command.
fn tame(text: &str) -> String {
    visible(text).replace("##[", r"#\u0023[")
}

fn data(text: &str) -> String {
    tame(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The outputs of the step: names and values. `folder` is where the reports are, if anywhere.
pub fn outputs(report: &Report, folder: &str) -> [(&'static str, String); 4] {
    [
        ("exit-code", report.exit_code.to_string()),
        ("drift", drift(report).to_string()),
        ("unknown", unknown(report).to_string()),
        ("report", folder.to_owned()),
    ]
}

/// Repositories that differ, and findings that no repository of the audit has: where the verdict is drift, it is not 0.
fn drift(report: &Report) -> usize {
    let audited = names(report);
    let beside = report.findings.iter().filter(|finding| {
        let is_open = !finding.is_waived() && finding.severity >= Severity::Low;
        let name = (
            &*finding.source,
            &*finding.namespace,
            finding.repository.as_deref().unwrap_or_default(),
        );
        is_open && finding.repositories.is_empty() && !audited.contains(&name)
    });
    with(report, Outcome::Drift) + beside.count()
}

/// Repositories that are unknown, and what is unknown beside them: where anything is, it is not 0.
fn unknown(report: &Report) -> usize {
    let audited = names(report);
    let is_of_a_row = |entry: &UnknownEntry| {
        let mut names = entry.repositories.iter();
        names.any(|name| audited.contains(&(&*entry.source, &*entry.namespace, &**name)))
    };
    let beside = report.unknown.iter().filter(|entry| !is_of_a_row(entry));
    with(report, Outcome::Unknown) + beside.count()
}

fn names(report: &Report) -> BTreeSet<(&str, &str, &str)> {
    let rows = report.repositories.iter();
    rows.map(|row| (&*row.source, &*row.namespace, &*row.repository))
        .collect()
}

fn with(report: &Report, outcome: Outcome) -> usize {
    report.repositories.iter().filter(|row| row.outcome == outcome).count()
}
