//! `drift.csv` and `repos.csv`. Once released, columns are only ever appended.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;

use super::document::{FindingEntry, Open, Report, RepositoryRow, SkippedEntry, UnknownEntry, WaiverEntry};
use super::order::{Order, Rank};
use super::parts::in_one_line;
use super::rendering::Rendering;
use crate::model::visible;

pub use super::rendering::Dialect;

/// The columns of `drift.csv`: what people read comes first, what machines need last.
pub const DRIFT_COLUMNS: [&str; 36] = [
    "severity",
    "status",
    "code",
    "unknown_class",
    "owner",
    "source",
    "region",
    "namespace",
    "repository",
    "target_region",
    "target_namespace",
    "field",
    "expected",
    "actual",
    "message",
    "remediation",
    "first_seen",
    "policy",
    "cause",
    "members",
    "waiver_id",
    "waiver_owner",
    "waiver_expires",
    "inventory_file",
    "inventory_line",
    "rule_id",
    "rule_created_at",
    "rule_updated_at",
    "request_id",
    "fingerprint",
    "run_id",
    "audited_at",
    "tags",
    "job_id",
    "job_status",
    "job_created_at",
];

/// The columns of `repos.csv`, likewise.
pub const REPOS_COLUMNS: [&str; 28] = [
    "outcome",
    "source",
    "region",
    "namespace",
    "repository",
    "owner",
    "policy",
    "expected_rules",
    "actual_rules",
    "findings",
    "waived",
    "unknown_class",
    "attempts",
    "observed_at",
    "inventory_file",
    "inventory_line",
    "run_id",
    "audited_at",
    "level_rules",
    "level_efficacy",
    "level_replicas",
    "tags",
    "tags_ok",
    "tags_pending",
    "tags_older",
    "tags_missing",
    "tags_mismatched",
    "tags_unknown",
];

/// Writes one row per finding and per unknown entry, the worst first.
pub fn write_drift(report: &Report, rendering: Rendering<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::begin(&DRIFT_COLUMNS, rendering.dialect(), out)?;
    each_drift_row(report, |cells| table.row(cells))?;
    table.end()
}

/// The rows of `drift.csv` under its columns, one by one, for every format that is this table.
pub(super) fn each_drift_row<E>(report: &Report, mut take: impl FnMut(&[Cell<'_>]) -> Result<(), E>) -> Result<(), E> {
    let waivers: BTreeMap<&str, &WaiverEntry> = report.waivers.iter().map(|waiver| (&*waiver.id, waiver)).collect();
    let findings = report.findings.iter().map(Row::Finding);
    let resolved = report.resolved.iter().map(|entry| Row::Resolved(&entry.finding));
    let mut rows: Vec<Row<'_>> = findings
        .chain(report.unknown.iter().map(Row::Unknown))
        .chain(resolved)
        .collect();
    rows.sort_by(|a, b| a.order().cmp(&b.order()));
    for row in rows {
        match row {
            Row::Finding(finding) => {
                let waiver = finding.waiver.as_deref().and_then(|id| waivers.get(id).copied());
                take(&finding_cells(report, finding, finding.status.name(), waiver))?;
            }
            Row::Resolved(finding) => take(&finding_cells(report, finding, RESOLVED, None))?,
            Row::Unknown(entry) => take(&unknown_cells(report, entry))?,
        }
    }
    Ok(())
}

/// The status of what the baseline has and this run does not.
const RESOLVED: &str = "resolved";

/// A row of `drift.csv`.
enum Row<'a> {
    Finding(&'a FindingEntry),
    Unknown(&'a UnknownEntry),
    /// Of the baseline.
    Resolved(&'a FindingEntry),
}

/// What a row is to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Open,
    Waived,
    Resolved,
}

impl Row<'_> {
    /// What is open comes before what is waived, then what is resolved, and within these the worst: what could not be seen may
    /// be as bad as a high finding. Then the order of the document.
    fn order(&self) -> (Part, Rank, Order<'_>) {
        match self {
            Self::Finding(finding) if finding.is_waived() => {
                (Part::Waived, Rank::of(finding.severity), finding.order())
            }
            Self::Finding(finding) => (Part::Open, Rank::of(finding.severity), finding.order()),
            Self::Unknown(entry) => (Part::Open, Rank::Unknown, entry.order()),
            Self::Resolved(finding) => (Part::Resolved, Rank::of(finding.severity), finding.order()),
        }
    }
}

/// Writes one row per repository, skipped ones included.
pub fn write_repos(report: &Report, rendering: Rendering<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::begin(&REPOS_COLUMNS, rendering.dialect(), out)?;
    each_repos_row(report, |cells| table.row(cells))?;
    table.end()
}

/// The rows of `repos.csv`, likewise.
pub(super) fn each_repos_row<E>(report: &Report, mut take: impl FnMut(&[Cell<'_>]) -> Result<(), E>) -> Result<(), E> {
    let regions: BTreeMap<&str, &str> = report
        .run
        .sources
        .iter()
        .map(|source| (&*source.name, &*source.region))
        .collect();
    let region = |source: &str| regions.get(source).copied().unwrap_or_default();
    let mut skipped = report
        .skipped
        .iter()
        .filter(|entry| entry.repository.is_some())
        .peekable();
    for row in &report.repositories {
        while let Some(entry) = skipped.next_if(|entry| skipped_key(entry) < row_key(row)) {
            take(&skipped_cells(report, entry, region(&entry.source)))?;
        }
        take(&repository_cells(report, row, region(&row.source)))?;
    }
    for entry in skipped {
        take(&skipped_cells(report, entry, region(&entry.source)))?;
    }
    Ok(())
}

fn row_key(row: &RepositoryRow) -> (&str, &str, &str) {
    (&row.source, &row.namespace, &row.repository)
}

fn skipped_key(entry: &SkippedEntry) -> (&str, &str, &str) {
    (
        &entry.source,
        &entry.namespace,
        entry.repository.as_deref().unwrap_or_default(),
    )
}

/// A cell as it stands in a table, its unseen characters not spelled out yet.
pub(super) type Cell<'a> = Cow<'a, str>;

pub(super) fn text(value: &str) -> Cell<'_> {
    Cow::Borrowed(value)
}

pub(super) fn maybe<T: AsRef<str>>(value: Option<&T>) -> Cell<'_> {
    value.map_or(Cow::Borrowed(""), |value| Cow::Borrowed(value.as_ref()))
}

pub(super) fn number(value: u64) -> Cell<'static> {
    Cow::Owned(value.to_string())
}

pub(super) fn count(value: usize) -> Cell<'static> {
    Cow::Owned(value.to_string())
}

fn finding_cells<'a>(
    report: &'a Report,
    finding: &'a FindingEntry,
    status: &'static str,
    waiver: Option<&'a WaiverEntry>,
) -> [Cell<'a>; DRIFT_COLUMNS.len()] {
    let target = finding.target.as_ref();
    let rule = finding.rule.as_ref();
    [
        text(finding.severity.name()),
        text(status),
        text(finding.code.name()),
        text(""),
        owners(finding),
        text(&finding.source),
        text(&finding.region),
        text(&finding.namespace),
        maybe(finding.repository.as_ref()),
        maybe(target.map(|target| &target.region)),
        maybe(target.map(|target| &target.namespace)),
        maybe(finding.field.as_ref()),
        maybe(finding.expected.as_ref()),
        maybe(finding.actual.as_ref()),
        text(&finding.message),
        Cow::Owned(in_one_line(&finding.remediation, STEP)),
        maybe(finding.first_seen.as_ref()),
        maybe(finding.policy.as_ref()),
        maybe(finding.cause.as_ref()),
        Cow::Owned(members(finding.repositories.iter().map(|name| Cow::Borrowed(&**name)))),
        maybe(finding.waiver.as_ref()),
        maybe(waiver.map(|waiver| &waiver.owner)),
        maybe(waiver.map(|waiver| &waiver.expires)),
        text(&finding.inventory.file),
        number(finding.inventory.line.into()),
        rule.and_then(|rule| rule.id)
            .map_or(text(""), |id| Cow::Owned(id.to_string())),
        maybe(rule.and_then(|rule| rule.created_at.as_ref())),
        maybe(rule.and_then(|rule| rule.updated_at.as_ref())),
        maybe(finding.request_id.as_ref()),
        text(&finding.fingerprint),
        text(&report.run.id),
        text(&report.run.started_at),
        text(""),
        text(""),
        text(""),
        text(""),
    ]
}

fn unknown_cells<'a>(report: &'a Report, entry: &'a UnknownEntry) -> [Cell<'a>; DRIFT_COLUMNS.len()] {
    let (target, place) = (entry.target.as_ref(), entry.inventory.as_ref());
    [
        text(""),
        text("unknown"),
        text("unknown"),
        text(entry.class.name()),
        maybe(entry.owner.as_ref()),
        text(&entry.source),
        text(&entry.region),
        text(&entry.namespace),
        text(entry.repository()),
        maybe(target.map(|target| &target.region)),
        maybe(target.map(|target| &target.namespace)),
        maybe(entry.field.as_ref()),
        maybe(entry.expected.as_ref()),
        text(""),
        text(&entry.message),
        Cow::Owned(in_one_line(&entry.remediation, STEP)),
        maybe(entry.first_seen.as_ref()),
        maybe(entry.policy.as_ref()),
        text(""),
        Cow::Owned(unknown_members(entry)),
        text(""),
        text(""),
        text(""),
        maybe(place.map(|place| &place.file)),
        place.map_or(text(""), |place| number(place.line.into())),
        text(""),
        text(""),
        text(""),
        maybe(entry.request_id.as_ref()),
        text(&entry.fingerprint),
        text(&report.run.id),
        text(&report.run.started_at),
        text(""),
        text(""),
        text(""),
        text(""),
    ]
}

/// Everybody whom it concerns, so that a filter by one of them finds it.
fn owners(finding: &FindingEntry) -> Cell<'_> {
    match &finding.owners[..] {
        [] => maybe(finding.owner.as_ref()),
        [one] => text(one),
        several => Cow::Owned(several.join("; ")),
    }
}

/// The repositories of an entry about several, each with its namespace.
pub(super) fn unknown_members(entry: &UnknownEntry) -> String {
    if entry.repositories.len() < 2 {
        return String::new();
    }
    let name = |repository: &Arc<str>| Cow::Owned(format!("{}/{repository}", entry.namespace));
    members(entry.repositories.iter().map(name))
}

/// Names, parted by blanks; a cell has an end, and what does not fit is counted.
fn members<'a>(names: impl ExactSizeIterator<Item = Cow<'a, str>>) -> String {
    const LIMIT: usize = 30_000;
    let (mut cell, all) = (String::new(), names.len());
    for (written, name) in names.enumerate() {
        if cell.len() + name.len() + 1 > LIMIT {
            write!(cell, " … and {} more", all - written).expect("a string takes everything");
            break;
        }
        if written > 0 {
            cell.push(' ');
        }
        cell.push_str(&name);
    }
    cell
}

/// Between the steps of a remedy.
const STEP: &str = " | ";

fn repository_cells<'a>(
    report: &'a Report,
    row: &'a RepositoryRow,
    region: &'a str,
) -> [Cell<'a>; REPOS_COLUMNS.len()] {
    [
        text(row.outcome.name()),
        text(&row.source),
        text(region),
        text(&row.namespace),
        text(&row.repository),
        maybe(row.owner.as_ref()),
        maybe(row.policy.as_ref()),
        count(row.expected_rules),
        row.actual_rules.map_or(text(""), count),
        count(row.findings),
        count(row.waived),
        text(row.unknown_class.as_ref().map_or("", Open::name)),
        number(row.attempts.into()),
        maybe(row.observed_at.as_ref()),
        text(&row.inventory.file),
        number(row.inventory.line.into()),
        text(&report.run.id),
        text(&report.run.started_at),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
    ]
}

fn skipped_cells<'a>(report: &'a Report, entry: &'a SkippedEntry, region: &'a str) -> [Cell<'a>; REPOS_COLUMNS.len()] {
    [
        text("skipped"),
        text(&entry.source),
        text(region),
        text(&entry.namespace),
        maybe(entry.repository.as_ref()),
        maybe(entry.owner.as_ref()),
        text(""),
        text(""),
        text(""),
        text("0"),
        text("0"),
        text(""),
        text("0"),
        text(""),
        text(&entry.inventory.file),
        number(entry.inventory.line.into()),
        text(&report.run.id),
        text(&report.run.started_at),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
    ]
}

/// One row of these cells, and nothing else.
#[cfg(any(test, fuzzing))]
pub(crate) fn one_row(cells: &[&str], dialect: Dialect) -> io::Result<String> {
    let mut out = Vec::new();
    let cells: Vec<Cell<'_>> = cells.iter().map(|cell| text(cell)).collect();
    let mut table = Table::begin(&vec!["column"; cells.len()], dialect, &mut out)?;
    table.row(&cells)?;
    table.end()?;
    String::from_utf8(out).map_err(io::Error::other)
}

/// A CSV under way.
struct Table<'a> {
    writer: csv::Writer<&'a mut dyn Write>,
    dialect: Dialect,
}

impl<'a> Table<'a> {
    fn begin(columns: &[&str], dialect: Dialect, out: &'a mut dyn Write) -> io::Result<Self> {
        if dialect == Dialect::Excel {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(out);
        writer.write_record(columns)?;
        Ok(Self { writer, dialect })
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for cell in cells {
            let shown = visible(cell);
            match self.dialect {
                // Also where a tab or a line break comes first, although it is spelled out: somebody may turn it back.
                Dialect::Excel if runs_as_formula(cell) => self.writer.write_field(format!("'{shown}"))?,
                Dialect::Excel | Dialect::Rfc4180 => self.writer.write_field(&*shown)?,
            }
        }
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Whether a spreadsheet would run the cell: half- or full-width `= + - @`, or white space that it strips before it looks.
fn runs_as_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_runs_nothing() {
        for cell in [
            "=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "\t=1", "\r=1", "\n=1",
        ] {
            assert!(runs_as_formula(cell), "{cell:?}");
        }
        for cell in ["", "web", "ids=4,9", " =1", "cn-east-3", "'=1"] {
            assert!(!runs_as_formula(cell), "{cell:?}");
        }
    }

    #[test]
    fn members_that_do_not_fit_a_cell_are_counted() {
        let cell = |count: usize| {
            let names: Vec<String> = (0..count)
                .map(|number| format!("shop/repository-{number:04}"))
                .collect();
            members(names.iter().map(|name| text(name)))
        };
        assert_eq!(cell(0), "");
        assert_eq!(cell(2), "shop/repository-0000 shop/repository-0001");
        let many = cell(2000);
        let (shown, rest) = many.split_once(" … and ").expect("they do not fit");
        let rest: usize = rest.strip_suffix(" more").expect("a count").parse().expect("a number");
        assert_eq!(shown.split(' ').count() + rest, 2000);
        assert!((29_900..=30_000).contains(&shown.len()), "{}", shown.len());
    }

    #[test]
    fn the_guard_and_the_mark_are_a_spreadsheets_alone() {
        for (dialect, expected) in [
            (Dialect::Excel, "\u{feff}a,b\r\n'=1,\"x,\"\"y\"\"\"\r\n"),
            (Dialect::Rfc4180, "a,b\r\n=1,\"x,\"\"y\"\"\"\r\n"),
        ] {
            let mut out = Vec::new();
            let mut table = Table::begin(&["a", "b"], dialect, &mut out).expect("memory takes everything");
            table
                .row(&[text("=1"), text("x,\"y\"")])
                .expect("memory takes everything");
            table.end().expect("memory takes everything");
            assert_eq!(String::from_utf8(out).expect("it is text"), expected);
        }
    }
}
