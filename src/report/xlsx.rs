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
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use self::sheet::{Look, Sheet};
use super::csv::{DRIFT_COLUMNS, REPOS_COLUMNS, each_drift_row, each_repos_row};
use super::document::Report;
use super::headline::Headline;

/// Writes the workbook.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let bytes = workbook(report, in_file).and_then(|mut book| book.save_to_buffer());
    out.write_all(&bytes.map_err(io::Error::other)?)
}

/// Makes a sheet of a book.
type Make = fn(&mut Workbook) -> Worksheet;

/// Its rows go into a file without a name as they are written, and take no memory. Where there is no place for one, they
/// stay in memory, and the workbook says the same.
fn in_file(book: &mut Workbook) -> Worksheet {
    book.new_worksheet_with_low_memory().unwrap_or_else(|_| in_memory(book))
}

fn in_memory(_: &mut Workbook) -> Worksheet {
    Worksheet::new()
}

/// Sheet after sheet and row after row, so that texts and formats get the same numbers wherever rows are kept.
fn workbook(report: &Report, make: Make) -> Result<Workbook, XlsxError> {
    let look = Look::new();
    let mut book = Workbook::new();
    book.set_properties(&properties(report)?);
    let ends = Ends::of(report)?;
    let page = make(&mut book);
    book.push_worksheet(summary::sheet(page, report, &ends, &look)?);

    let mut drift = Sheet::new(make(&mut book), DRIFT, &DRIFT_COLUMNS, &look)?;
    each_drift_row(report, |cells| drift.row(cells))?;
    book.push_worksheet(drift.end()?);

    let mut repositories = Sheet::new(make(&mut book), REPOSITORIES, &REPOS_COLUMNS, &look)?;
    each_repos_row(report, |cells| repositories.row(cells))?;
    book.push_worksheet(repositories.end()?);

    let mut unknown = Sheet::new(make(&mut book), UNKNOWN, &unknown::COLUMNS, &look)?;
    for entry in &report.unknown {
        unknown.row(&unknown::cells(entry))?;
    }
    book.push_worksheet(unknown.end()?);
    Ok(book)
}

const DRIFT: &str = "Drift";
const REPOSITORIES: &str = "Repositories";
const UNKNOWN: &str = "Unknown";

/// What the first sheet says of the others, before they are there.
struct Ends {
    /// The first row of each cause in the sheet Drift, counted from 0.
    first_rows: BTreeMap<String, u32>,
    /// The sheets with the number of rows for which they have no room.
    left_out: [(&'static str, usize); 3],
}

impl Ends {
    fn of(report: &Report) -> Result<Self, XlsxError> {
        let cause = DRIFT_COLUMNS.iter().position(|column| *column == "cause");
        let mut first_rows = BTreeMap::new();
        let (mut drift, mut repositories) = (0, 0);
        each_drift_row(report, |cells| {
            drift += 1;
            let id = cause.map(|column| &*cells[column]).unwrap_or_default();
            if let Ok(row) = u32::try_from(drift)
                && row < sheet::ROWS
                && !first_rows.contains_key(id)
            {
                first_rows.insert(id.to_owned(), row);
            }
            Ok::<_, XlsxError>(())
        })?;
        each_repos_row(report, |_| {
            repositories += 1;
            Ok::<_, XlsxError>(())
        })?;
        Ok(Self {
            first_rows,
            left_out: [
                (DRIFT, sheet::left_out(drift)),
                (REPOSITORIES, sheet::left_out(repositories)),
                (UNKNOWN, sheet::left_out(report.unknown.len())),
            ],
        })
    }
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::*;
    use crate::report::tests::everything::everything;

    /// The parts of the file, without the width of each row, which is a hint that only whole sheets can give.
    fn parts(make: Make) -> Vec<String> {
        let mut book = workbook(&everything(), make).expect("it is made");
        let bytes = book.save_to_buffer().expect("memory takes everything");
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("it is an archive");
        let part = |at| {
            let mut text = String::new();
            let mut file = archive.by_index(at).expect("it has as many");
            file.read_to_string(&mut text).expect("it is XML");
            let mut rows = text.split(" spans=\"");
            let head = rows.next().unwrap_or_default().to_owned();
            head + &rows
                .filter_map(|row| row.split_once('"'))
                .map(|(_, row)| row)
                .collect::<String>()
        };
        (0..13).map(part).collect()
    }

    #[test]
    fn it_says_the_same_wherever_its_rows_are_kept() {
        assert!(parts(in_file) == parts(in_memory));
    }
}
