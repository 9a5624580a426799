//! `report.sarif`: SARIF 2.1.0 for code scanning, each result at its line of the inventory.
//!
//! A run for each source, under a category of its own: code scanning closes the alerts that a later upload of a category
//! lacks, and nothing of one source may close those of another. For the same reason, findings that could not be compared now
//! stay in. Waived ones are left out: suppressions are not honoured there. What is unknown is a result too, so that nothing
//! that was not seen reads as clean.

mod log;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use self::log::{
    ArtifactLocation, AutomationDetails, Descriptor, Driver, Invocation, Location, Log, LogicalLocation, Message,
    Notification, PartialFingerprints, PhysicalLocation, Region, Results, Run, Tool, level,
};
use self::rules::Rules;
use super::document::{FindingEntry, PlaceEntry, Report, Step, UnknownEntry};
use super::json;
use super::locate::uri;
use super::order::{Order, Rank};
use super::rendering::Rendering;
use super::verdict::Status;
use super::wording::counted;
use crate::model::{Severity, visible};

/// Code scanning keeps no more.
const RESULTS: usize = 5_000;
/// It refuses a file with more.
const RUNS: usize = 20;
/// What a category begins with.
const CATEGORY: &str = "swr-audit/";

/// Writes the log.
pub(super) fn write(report: &Report, rendering: Rendering<'_>, out: &mut dyn Write) -> io::Result<()> {
    json::write(&log(report, rendering.path_prefix), out)
}

/// Something that becomes a result.
#[derive(Clone, Copy)]
enum Entry<'a> {
    Finding(&'a FindingEntry),
    /// Of the baseline, and not compared now.
    Carried(&'a FindingEntry),
    Unknown(&'a UnknownEntry),
}

impl<'a> Entry<'a> {
    fn order(self) -> (Rank, Order<'a>) {
        match self {
            Self::Finding(finding) | Self::Carried(finding) => (Rank::of(finding.severity), finding.order()),
            Self::Unknown(entry) => (Rank::Unknown, entry.order()),
        }
    }

    fn source(self) -> &'a str {
        match self {
            Self::Finding(finding) | Self::Carried(finding) => &finding.source,
            Self::Unknown(entry) => &entry.source,
        }
    }

    /// The word of its rule.
    fn code(self) -> &'a str {
        match self {
            Self::Finding(finding) | Self::Carried(finding) => finding.code.name(),
            Self::Unknown(_) => rules::UNKNOWN,
        }
    }
}

fn log(report: &Report, prefix: &str) -> Log {
    let open = report.findings.iter().filter(|finding| !finding.is_waived());
    let mut entries: Vec<Entry<'_>> = open.map(Entry::Finding).collect();
    let carried = report.carried.iter().filter(|finding| !finding.is_waived());
    entries.extend(carried.map(Entry::Carried));
    entries.extend(report.unknown.iter().map(Entry::Unknown));
    entries.sort_by(|a, b| a.order().cmp(&b.order()));
    let rest = entries.split_off(entries.len().min(RESULTS)).len();
    let categories = Categories::of(report, &entries);
    let rules = Rules::of(entries.iter().map(|entry| entry.code()));
    let runs = categories.all.iter().map(|category| {
        let is_of_it = |source: &str| categories.of_source(source) == category;
        let results = entries.iter().filter(|entry| is_of_it(entry.source()));
        Run {
            tool: Tool {
                driver: Driver {
                    name: "swr-audit",
                    semantic_version: report.run.tool_version.to_string(),
                    rules: rules.descriptors(),
                },
            },
            automation_details: AutomationDetails { id: category.clone() },
            column_kind: "unicodeCodePoints",
            invocations: vec![invocation(report, &is_of_it, rest)],
            results: results.map(|entry| result(report, &rules, *entry, prefix)).collect(),
        }
    });
    Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: runs.collect(),
    }
}

/// Which source's results are uploaded together.
struct Categories {
    /// In order of the sources; what is of no source comes last.
    all: Vec<String>,
    /// What is of no source, and of every source that has no category of its own.
    shared: String,
    own: BTreeMap<String, String>,
}

impl Categories {
    fn of(report: &Report, entries: &[Entry<'_>]) -> Self {
        let of_run = report.run.sources.iter().map(|source| &*source.name);
        let of_entries = entries.iter().map(|entry| entry.source());
        let mut sources: BTreeSet<&str> = of_run.chain(of_entries).collect();
        let has_strays = sources.remove("");
        let category = |source: &str| format!("{CATEGORY}{}/", uri(&source.replace('/', "-")));
        if sources.len() >= RUNS {
            return Self {
                all: vec![CATEGORY.to_owned()],
                shared: CATEGORY.to_owned(),
                own: BTreeMap::new(),
            };
        }
        let own: BTreeMap<String, String> = sources
            .iter()
            .map(|source| ((*source).to_owned(), category(source)))
            .collect();
        let mut all: Vec<String> = own.values().cloned().collect();
        // With one source, what is of none is its own.
        let shared = match (&all[..], has_strays) {
            ([only], _) => only.clone(),
            _ => CATEGORY.to_owned(),
        };
        // Also where it is empty now: what was there is fixed then.
        if !all.contains(&shared) {
            all.push(shared.clone());
        }
        Self { all, shared, own }
    }

    fn of_source(&self, source: &str) -> &String {
        self.own.get(source).unwrap_or(&self.shared)
    }
}

/// The verdict, what the run could not have seen, and how many results did not fit.
fn invocation(report: &Report, is_of_it: &dyn Fn(&str) -> bool, rest: usize) -> Invocation {
    let limits = report.limits.iter().filter(|limit| is_of_it(&limit.source));
    let mut notifications: Vec<Notification> = limits
        .map(|limit| Notification {
            level: "note",
            descriptor: Descriptor {
                id: limit.code.name().to_owned(),
            },
            message: message(&limit.message),
        })
        .collect();
    if rest > 0 {
        let text = format!(
            "{} not in this file, which holds the {RESULTS} worst: code scanning takes no more.",
            counted(rest, "result is", "results are"),
        );
        notifications.push(Notification {
            level: "warning",
            descriptor: Descriptor { id: "cut".to_owned() },
            message: message(&text),
        });
    }
    Invocation {
        execution_successful: report.status != Status::Failed,
        exit_code: report.exit_code,
        exit_code_description: text(&report.verdict.reason),
        start_time_utc: report.run.started_at.clone(),
        end_time_utc: report.run.finished_at.clone(),
        tool_execution_notifications: notifications,
    }
}

fn result(report: &Report, rules: &Rules, entry: Entry<'_>, prefix: &str) -> Results {
    let (level, message, fingerprint, place, name) = match entry {
        Entry::Finding(finding) | Entry::Carried(finding) => {
            let is_carried = matches!(entry, Entry::Carried(_));
            let severity = finding.severity;
            (
                level(severity),
                words_of_finding(finding, is_carried),
                &finding.fingerprint,
                Some(&finding.inventory),
                full_name(&finding.source, &finding.namespace, finding.repository.as_deref()),
            )
        }
        Entry::Unknown(entry) => (
            level(Severity::Medium),
            words_of_unknown(entry),
            &entry.fingerprint,
            entry.inventory.as_ref(),
            full_name(&entry.source, &entry.namespace, Some(entry.repository())),
        ),
    };
    Results {
        rule_id: text(entry.code()),
        rule_index: rules.index(entry.code()),
        level,
        message: self::message(&message),
        locations: vec![location(report, place, prefix, name)],
        partial_fingerprints: PartialFingerprints {
            primary_location_line_hash: format!("{fingerprint}:1"),
        },
        properties: properties(entry),
    }
}

/// What other readers than code scanning may want of an entry, by its columns in `drift.csv`.
fn properties(entry: Entry<'_>) -> BTreeMap<&'static str, String> {
    let mut all: Vec<(&'static str, Option<&str>)> = Vec::new();
    match entry {
        Entry::Finding(finding) | Entry::Carried(finding) => {
            let status = match entry {
                Entry::Carried(_) => "carried",
                Entry::Finding(_) | Entry::Unknown(_) => finding.status.name(),
            };
            all.extend([
                ("severity", Some(finding.severity.name())),
                ("status", Some(status)),
                ("owner", finding.owner.as_deref()),
                ("expected", finding.expected.as_deref()),
                ("actual", finding.actual.as_deref()),
                ("cause", finding.cause.as_deref()),
                ("firstSeen", finding.first_seen.as_deref()),
            ]);
        }
        Entry::Unknown(entry) => all.extend([
            ("status", Some("unknown")),
            ("unknownClass", Some(entry.class.name())),
            ("owner", entry.owner.as_deref()),
            ("requestId", entry.request_id.as_deref()),
            ("firstSeen", entry.first_seen.as_deref()),
        ]),
    }
    all.into_iter()
        .filter_map(|(key, value)| Some((key, text(value?))))
        .collect()
}

fn words_of_finding(finding: &FindingEntry, is_carried: bool) -> String {
    let mut lines = vec![sentence(&finding.message)];
    if is_carried {
        lines.push("This run could not compare it: it stands as an earlier run found it.".to_owned());
    }
    if finding.expected.is_some() || finding.actual.is_some() {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let (expected, actual) = (side(&finding.expected), side(&finding.actual));
        lines.push(sentence(&format!("Expected: {expected}; actual: {actual}")));
    }
    if !finding.owners.is_empty() {
        lines.push(sentence(&format!("Owner: {}", finding.owners.join(", "))));
    }
    lines.extend(steps(&finding.remediation));
    lines.join("\n")
}

fn words_of_unknown(entry: &UnknownEntry) -> String {
    let mut lines = vec![sentence(&format!("Unknown, {}: {}", entry.class, entry.message))];
    lines.extend(entry.owner.iter().map(|owner| sentence(&format!("Owner: {owner}"))));
    lines.extend(steps(&entry.remediation));
    lines.join("\n")
}

fn steps(steps: &[Step]) -> impl Iterator<Item = String> {
    steps.iter().map(|step| sentence(&format!("To do: {}", step.line())))
}

/// With what ends a sentence.
fn sentence(text: &str) -> String {
    let text = visible(text);
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{text}{end}")
}

/// Readers make links of `[words](target)`, also where that came from outside.
fn message(words: &str) -> Message {
    let lines: Vec<String> = words.lines().map(text).collect();
    Message {
        text: lines.join("\n").replace("](", "] ("),
    }
}

/// On one line, with nothing in it that is not seen: readers show it as it is.
fn text(text: &str) -> String {
    visible(text).into_owned()
}

fn location(report: &Report, place: Option<&PlaceEntry>, prefix: &str, name: String) -> Location {
    let located = report.located(place, prefix);
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: uri(&located.path),
            },
            // How far it goes is not known: the character that it begins with.
            region: Region {
                start_line: located.line,
                start_column: located.column,
                end_line: located.line,
                end_column: located.column.saturating_add(1),
            },
        },
        logical_locations: vec![LogicalLocation {
            fully_qualified_name: name,
            kind: "resource",
        }],
    }
}

/// `source:namespace/repository`, or as much of it as there is.
fn full_name(source: &str, namespace: &str, repository: Option<&str>) -> String {
    let repository = repository.filter(|repository| !repository.is_empty());
    let name = match (namespace, repository) {
        ("", _) => "inventory".to_owned(),
        (namespace, None) => namespace.to_owned(),
        (namespace, Some(repository)) => format!("{namespace}/{repository}"),
    };
    text(&match source {
        "" => name,
        source => format!("{source}:{name}"),
    })
}
