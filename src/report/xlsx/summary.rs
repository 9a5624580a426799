//! The first sheet: the verdict, how much was seen, what changed, who was asked, and the causes with links to their rows.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Format, Url, Worksheet, XlsxError};

use super::super::csv::{Cell, count, maybe, text};
use super::super::document::{CauseEntry, Report};
use super::super::headline::Headline;
use super::sheet::{Look, fitting};
use super::{Ends, columns};
use crate::model::{Severity, visible};

/// As many links a sheet holds.
const LINKS: usize = 65_530;
/// As many causes: with more, they say no more than the rows themselves.
const CAUSES: usize = 100_000;

pub(super) fn sheet(sheet: Worksheet, report: &Report, ends: &Ends, look: &Look) -> Result<Worksheet, XlsxError> {
    let mut page = Page { sheet, next: 0, look };
    page.sheet.set_name("Summary")?;
    for (column, width) in (0..).zip([22, 34, 26, 16, 16, 18, 20, 28, 28, 40, 30, 16]) {
        page.sheet.set_column_width(column, width)?;
    }
    head(&mut page, report, &ends.left_out)?;
    counts(&mut page, report)?;
    unseen(&mut page, report)?;
    sources(&mut page, report)?;
    causes(&mut page, report, &ends.first_rows)?;
    Ok(page.sheet)
}

fn head(page: &mut Page<'_>, report: &Report, left_out: &[(&str, usize)]) -> Result<(), XlsxError> {
    let run = &report.run;
    page.line(Headline::of(report).title, &page.look.title)?;
    page.line(&report.verdict.reason, &Format::new())?;
    page.gap();
    for (sheet, rows) in left_out.iter().filter(|(_, rows)| *rows > 0) {
        page.fact(
            "Not shown",
            &format!("{rows} more rows of {sheet}: a sheet holds no more. drift.csv and repos.csv have all"),
        )?;
    }
    page.fact("Status", report.status.name())?;
    page.fact("Exit code", &report.exit_code.to_string())?;
    page.fact("Run", &run.id)?;
    page.time("Started", &run.started_at)?;
    page.time("Ended", &run.finished_at)?;
    page.fact("Level", &run.level)?;
    page.fact("Only", &run.selection.join(" "))?;
    page.fact("Shard", run.shard.as_deref().unwrap_or_default())?;
    page.fact("Replay of", run.replay_of.as_deref().unwrap_or_default())?;
    match &run.baseline {
        None => page.fact("Compared with", "no earlier run: every open finding counts as new")?,
        Some(baseline) => {
            page.fact("Compared with", &baseline.id)?;
            page.time("which started", &baseline.started_at)?;
            page.time(
                "Last complete run",
                baseline.last_complete_at.as_deref().unwrap_or_default(),
            )?;
        }
    }
    page.fact("Tool", &format!("swr-audit {}", run.tool_version))
}

fn counts(page: &mut Page<'_>, report: &Report) -> Result<(), XlsxError> {
    let (repos, findings) = (report.summary.repos, &report.summary.findings);
    page.heading("Repositories")?;
    for (word, count) in [
        ("ok", repos.ok),
        ("drift", repos.drift),
        ("waived", repos.waived),
        ("unknown", repos.unknown),
        ("skipped", repos.skipped),
    ] {
        page.count(word, count)?;
    }
    page.count("all", repos.expected + repos.discovered)?;
    page.count("of them read", repos.audited)?;
    page.heading("Open findings")?;
    for severity in Severity::ALL.into_iter().rev() {
        let count = findings.by_severity.get(&severity).copied().unwrap_or_default();
        page.count(severity.name(), count)?;
    }
    page.heading("Since the last run")?;
    for (word, count) in [
        ("new", findings.new),
        ("known", findings.known),
        ("resolved", findings.resolved),
        ("waived", findings.waived),
        ("carried, not compared", report.carried.len()),
    ] {
        page.count(word, count)?;
    }
    Ok(())
}

fn unseen(page: &mut Page<'_>, report: &Report) -> Result<(), XlsxError> {
    page.heading("What this run could not see")?;
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &report.unknown {
        *classes.entry(entry.class.name()).or_default() += 1;
    }
    if classes.is_empty() {
        page.fact("Unknown", "nothing")?;
    }
    for (class, count) in classes {
        page.count(class, count)?;
    }
    for limit in &report.limits {
        page.fact(limit.code.name(), &format!("{}: {}", limit.source, limit.message))?;
    }
    Ok(())
}

fn sources(page: &mut Page<'_>, report: &Report) -> Result<(), XlsxError> {
    page.heading("Who was asked")?;
    page.head(&["source", "endpoint", "account", "region"])?;
    for source in &report.run.sources {
        let account = source.account.as_deref().unwrap_or("not known");
        page.row(
            &[
                text(&source.name),
                text(&source.endpoint),
                text(account),
                text(&source.region),
            ],
            None,
        )?;
    }
    Ok(())
}

const CAUSE_COLUMNS: [&str; 12] = [
    "rows",
    "code",
    "source",
    "severity",
    "policy",
    "target_region",
    "target_namespace",
    "expected",
    "actual",
    "namespaces",
    "owners",
    "cause",
];

fn causes(page: &mut Page<'_>, report: &Report, first_rows: &BTreeMap<String, u32>) -> Result<(), XlsxError> {
    page.heading("Causes")?;
    page.line(
        "A link leads to the first row; filter the column `cause` of Drift by the id for all of them.",
        &page.look.label,
    )?;
    page.head(&CAUSE_COLUMNS)?;
    for (number, cause) in report.causes.iter().take(CAUSES).enumerate() {
        let first = first_rows.get(&cause.id).filter(|_| number < LINKS);
        page.row(&cause_cells(cause), first.copied())?;
    }
    match report.causes.len().saturating_sub(CAUSES) {
        0 => Ok(()),
        rest => page.fact("Not shown", &format!("{rest} more causes")),
    }
}

fn cause_cells(cause: &CauseEntry) -> [Cell<'_>; CAUSE_COLUMNS.len()] {
    let namespaces: Vec<String> = cause
        .namespaces
        .iter()
        .map(|namespace| format!("{} {}", namespace.name, namespace.count))
        .collect();
    [
        count(cause.count),
        text(cause.code.name()),
        text(&cause.source),
        text(cause.severity.name()),
        maybe(cause.policy.as_ref()),
        maybe(cause.target.as_ref().map(|target| &target.region)),
        maybe(cause.target.as_ref().map(|target| &target.namespace)),
        maybe(cause.expected.as_ref()),
        maybe(cause.actual.as_ref()),
        namespaces.join(", ").into(),
        cause.owners.join("; ").into(),
        text(&cause.id),
    ]
}

/// The sheet, line by line.
struct Page<'a> {
    sheet: Worksheet,
    next: u32,
    look: &'a Look,
}

impl Page<'_> {
    fn gap(&mut self) {
        self.next += 1;
    }

    fn line(&mut self, line: &str, format: &Format) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.next, 0, shown(line), format)?;
        self.gap();
        Ok(())
    }

    fn heading(&mut self, heading: &str) -> Result<(), XlsxError> {
        self.gap();
        self.line(heading, &self.look.heading)
    }

    /// Nothing, where there is nothing to say.
    fn fact(&mut self, label: &str, value: &str) -> Result<(), XlsxError> {
        if !value.is_empty() {
            self.sheet
                .write_string_with_format(self.next, 0, shown(label), &self.look.label)?;
            self.sheet.write_string(self.next, 1, shown(value))?;
            self.gap();
        }
        Ok(())
    }

    fn time(&mut self, label: &str, at: &str) -> Result<(), XlsxError> {
        let Some(days) = columns::time(at) else {
            return self.fact(label, at);
        };
        self.sheet
            .write_string_with_format(self.next, 0, label, &self.look.label)?;
        self.sheet
            .write_number_with_format(self.next, 1, days, &self.look.time)?;
        self.gap();
        Ok(())
    }

    fn count(&mut self, word: &str, count: usize) -> Result<(), XlsxError> {
        let format = self.look.word(word).unwrap_or(&self.look.label);
        self.sheet.write_string_with_format(self.next, 0, word, format)?;
        self.number(1, count)?;
        self.gap();
        Ok(())
    }

    fn number(&mut self, column: u16, count: usize) -> Result<(), XlsxError> {
        let number = u32::try_from(count).unwrap_or(u32::MAX);
        self.sheet
            .write_number_with_format(self.next, column, number, &self.look.left)?;
        Ok(())
    }

    fn head(&mut self, columns: &[&str]) -> Result<(), XlsxError> {
        for (column, name) in (0..).zip(columns) {
            self.sheet
                .write_string_with_format(self.next, column, *name, &self.look.head)?;
        }
        self.gap();
        Ok(())
    }

    /// A row of texts, the first of which leads to a row of Drift.
    fn row(&mut self, cells: &[Cell<'_>], link: Option<u32>) -> Result<(), XlsxError> {
        for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            match (link.filter(|_| column == 0), self.look.word(cell)) {
                (Some(row), _) => {
                    let url = Url::new(format!("internal:Drift!A{}", row + 1)).set_text(&**cell);
                    self.sheet
                        .write_url_with_format(self.next, column, url, &self.look.link)?;
                }
                (None, Some(format)) if column == SEVERITY => {
                    self.sheet
                        .write_string_with_format(self.next, column, &**cell, format)?;
                }
                (None, _) => {
                    self.sheet.write_string(self.next, column, shown(cell))?;
                }
            }
        }
        self.gap();
        Ok(())
    }
}

/// The column of [`CAUSE_COLUMNS`] that is coloured.
const SEVERITY: u16 = 3;

fn shown(text: &str) -> String {
    fitting(&visible(text)).into_owned()
}
