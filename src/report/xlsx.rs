//! `report.xlsx`: the tables as a workbook, for people who filter and sort.
//!
//! Its sheet Drift equals `drift.csv` cell by cell. Nothing is guessed: a column is text, a number, a time or a day by its
//! name, so that `0123`, `1e3`, `3-4` and `=1+1` stay what they are.

mod columns;
mod sheet;
mod summary;
mod unknown;

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::sheet::{Look, Sheet};
use self::summary::LeftOut;
use super::csv::{DRIFT_COLUMNS, REPOS_COLUMNS, each_drift_row, each_repos_row};
use super::document::Report;
use super::headline::Headline;

/// Writes the workbook.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let bytes = workbook(report).and_then(|mut book| book.save_to_buffer());
    out.write_all(&bytes.map_err(io::Error::other)?)
}

fn workbook(report: &Report) -> Result<Workbook, XlsxError> {
    let look = Look::new();
    let cause_column = DRIFT_COLUMNS.iter().position(|column| *column == "cause");
    let mut first_rows: BTreeMap<String, u32> = BTreeMap::new();
    let mut drift = Sheet::new("Drift", &DRIFT_COLUMNS, &look)?;
    each_drift_row(report, |cells| {
        let row = drift.row(cells)?;
        if let (Some(row), Some(cause)) = (row, cause_column.map(|column| &cells[column])) {
            first_rows.entry(cause.clone().into_owned()).or_insert(row);
        }
        Ok::<_, XlsxError>(())
    })?;
    let mut repositories = Sheet::new("Repositories", &REPOS_COLUMNS, &look)?;
    each_repos_row(report, |cells| repositories.row(cells).map(|_| ()))?;
    let mut unknown = Sheet::new("Unknown", &unknown::COLUMNS, &look)?;
    for entry in &report.unknown {
        unknown.row(&unknown::cells(entry))?;
    }
    let sheets = [drift, repositories, unknown];
    let left_out = sheets.iter().map(|sheet| LeftOut {
        sheet: sheet.name,
        rows: sheet.left_out,
    });
    let summary = summary::sheet(report, &first_rows, &left_out.collect::<Vec<_>>(), &look)?;
    let mut book = Workbook::new();
    book.set_properties(&properties(report)?);
    book.push_worksheet(summary);
    for sheet in sheets {
        book.push_worksheet(sheet.end()?);
    }
    Ok(book)
}

/// Without a clock: the file is as old as the report.
fn properties(report: &Report) -> Result<DocProperties, XlsxError> {
    let properties = DocProperties::new()
        .set_title(Headline::of(report).title)
        .set_subject("Replication audit")
        .set_author(format!("swr-audit {}", report.run.tool_version));
    let finished = report.run.finished_at.parse::<Timestamp>().unwrap_or_default();
    let finished = ExcelDateTime::from_timestamp(finished.as_second())?;
    Ok(properties.set_creation_datetime(&finished))
}
