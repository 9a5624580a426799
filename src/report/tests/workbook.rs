//! `report.xlsx`: the same cells as `drift.csv`, and nothing in them is guessed.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use super::super::csv::DRIFT_COLUMNS;
use super::super::document::{FindingEntry, Report};
use super::super::format::{DRIFT, REPOS, XLSX};
use super::everything::everything;
use super::page::many;
use super::{Dialect, bytes_of, table_of};

/// What a cell is in the file, and what it says.
#[derive(Debug, PartialEq)]
enum Stored {
    Text(String),
    Number(f64),
}

/// The parts of the file by their names.
fn parts(report: &Report) -> BTreeMap<String, String> {
    let bytes = bytes_of(report, XLSX, Dialect::Excel);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("it is an archive");
    let mut parts = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("it has as many");
        let name = file.name().expect("it is a text").into_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).expect("it is XML");
        parts.insert(name, text);
    }
    parts
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Every text between such a beginning and such an end.
fn between<'t>(text: &'t str, begin: &'t str, end: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(begin)
        .skip(1)
        .map(move |rest| rest.split(end).next().expect("a first part"))
}

/// The cells of a sheet by their places, `B2`.
fn cells(parts: &BTreeMap<String, String>, sheet: usize) -> BTreeMap<String, Stored> {
    let strings: Vec<String> = between(&parts["xl/sharedStrings.xml"], "<si>", "</si>")
        .map(|item| {
            unescaped(
                between(item, "<t", "</t>")
                    .next()
                    .expect("a text")
                    .split_once('>')
                    .expect("a tag")
                    .1,
            )
        })
        .collect();
    let sheet = &parts[&format!("xl/worksheets/sheet{sheet}.xml")];
    let mut cells = BTreeMap::new();
    for cell in between(sheet, "<c r=\"", "</c>") {
        let (place, rest) = cell.split_once('"').expect("a place");
        let Some(value) = between(rest, "<v>", "</v>").next() else {
            continue;
        };
        let stored = if rest.contains("t=\"s\"") {
            Stored::Text(strings[value.parse::<usize>().expect("a number")].clone())
        } else {
            Stored::Number(value.parse().expect("a number"))
        };
        cells.insert(place.to_owned(), stored);
    }
    cells
}

/// `A`, `B`, ... `AA`.
fn letters(column: usize) -> String {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number).expect("below 26"));
    match column {
        0..=25 => letter(column).to_string(),
        _ => format!("{}{}", letter(column / 26 - 1), letter(column % 26)),
    }
}

/// Whether a cell of the sheet says what a cell of the table says, times as instants.
fn is_equal(stored: Option<&Stored>, cell: &str) -> bool {
    match stored {
        None => cell.is_empty(),
        Some(Stored::Text(text)) => text == cell,
        Some(Stored::Number(number)) => match (cell.parse::<f64>(), cell.parse::<jiff::Timestamp>()) {
            (Ok(expected), _) => (number - expected).abs() < 0.5,
            (_, Ok(at)) => {
                let seconds = at.as_duration().as_secs_f64();
                ((number - 25_569.0) * 86_400.0 - seconds).abs() < 0.000_01
            }
            _ => cell.parse::<jiff::civil::Date>().is_ok(),
        },
    }
}

#[test]
fn its_sheets_equal_the_tables_cell_by_cell() {
    let report = everything();
    let parts = parts(&report);
    for (sheet, format) in [(2, DRIFT), (3, REPOS)] {
        let stored = cells(&parts, sheet);
        let rows = table_of(&report, format);
        for (row, cells) in (1..).zip(&rows) {
            for (column, cell) in cells.iter().enumerate() {
                let place = format!("{}{row}", letters(column));
                let stored = stored.get(&place);
                assert!(is_equal(stored, cell), "{format:?} {place}: {stored:?} beside {cell:?}");
            }
        }
        assert!(!stored.contains_key(&format!("A{}", rows.len() + 1)), "no further row");
    }
}

#[test]
fn what_looks_like_a_number_a_date_or_a_formula_stays_text() {
    let texts = [
        "0123", "1e3", "3-4", "=1+1", "+1", "-1", "@x", "TRUE", "1/2", "_x0041_", " x ",
    ];
    let mut report = many(texts.len());
    for (finding, text) in report.findings.iter_mut().zip(texts) {
        finding.expected = Some(text.to_owned());
    }
    let parts = parts(&report);
    let column = letters(
        DRIFT_COLUMNS
            .iter()
            .position(|name| *name == "expected")
            .expect("a column"),
    );
    let expected: Vec<Stored> = cells(&parts, 2)
        .into_iter()
        .filter(|(place, _)| place.trim_end_matches(|c: char| c.is_ascii_digit()) == column)
        .map(|(_, stored)| stored)
        .collect();
    for text in texts {
        // What looks like one of the file's own escapes is escaped itself.
        let text = text.replace("_x0041_", "_x005F_x0041_");
        assert!(expected.contains(&Stored::Text(text.clone())), "{text}");
    }
    assert!(parts.values().all(|part| !part.contains("<f>")), "no formula anywhere");
}

#[test]
fn the_summary_leads_from_a_cause_to_its_rows() {
    let report = many(5);
    let parts = parts(&report);
    let summary = &parts["xl/worksheets/sheet1.xml"];
    let links: Vec<&str> = between(summary, "location=\"", "\"").collect();
    assert_eq!(links.len(), 1, "{links:?}");
    let row = links[0].strip_prefix("Drift!A").expect("a row of Drift");
    let row: usize = row.parse().expect("a number");
    let column = DRIFT_COLUMNS
        .iter()
        .position(|name| *name == "cause")
        .expect("a column");
    let cells = cells(&parts, 2);
    let cause = |row: usize| cells.get(&format!("{}{row}", letters(column)));
    let own = Stored::Text(report.causes[0].id.clone());
    assert_eq!(cause(row), Some(&own));
    assert_ne!(cause(row - 1), Some(&own), "it is the first of them");
}

#[test]
fn its_head_stays_and_filters_and_its_name_is_that_of_what_it_holds() {
    let parts = parts(&everything());
    let names: Vec<&str> = between(&parts["xl/workbook.xml"], "<sheet name=\"", "\"").collect();
    assert_eq!(names, ["Summary", "Drift", "Repositories", "Unknown"]);
    for sheet in 2..=4 {
        let sheet = &parts[&format!("xl/worksheets/sheet{sheet}.xml")];
        assert!(sheet.contains("<autoFilter ref=\"A1:") && sheet.contains("state=\"frozen\""));
    }
}

#[test]
fn it_is_as_old_as_the_report() {
    let mut report = everything();
    "2026-11-24T03:16:10.5Z".clone_into(&mut report.run.finished_at);
    let properties = &parts(&report)["docProps/core.xml"];
    assert_eq!(properties.matches("2026-11-24T03:16:10Z").count(), 2, "{properties}");
}

#[test]
fn a_text_too_long_for_a_cell_is_cut_there_and_nowhere_else() {
    let mut report = many(1);
    report.findings[0] = FindingEntry {
        actual: Some("x".repeat(40_000)),
        ..report.findings[0].clone()
    };
    let strings = &parts(&report)["xl/sharedStrings.xml"];
    assert!(strings.contains("x… (cut: a cell holds no more)</t>"));
}
