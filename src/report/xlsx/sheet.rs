//! A sheet that is a table: its head stays in view, its columns can be filtered and fit what they hold.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::super::csv::Cell;
use super::columns::{self, Kind};
use crate::model::visible;

/// The rows of a sheet, its head included.
pub(super) const ROWS: u32 = 1_048_576;
/// The characters of a cell, in UTF-16.
const CHARACTERS: usize = 32_767;
/// No column is wider; what is longer is read in the line above the sheet.
const WIDEST: usize = 60;

/// How cells look.
pub(super) struct Look {
    pub(super) title: Format,
    pub(super) heading: Format,
    pub(super) head: Format,
    pub(super) label: Format,
    pub(super) time: Format,
    pub(super) day: Format,
    pub(super) link: Format,
    /// A number beside texts.
    pub(super) left: Format,
    words: BTreeMap<&'static str, Format>,
}

impl Look {
    pub(super) fn new() -> Self {
        let word = |(word, ink, paper): (_, u32, u32)| {
            let format = Format::new()
                .set_font_color(Color::RGB(ink))
                .set_background_color(Color::RGB(paper));
            (word, format)
        };
        Self {
            title: Format::new().set_bold().set_font_size(18),
            heading: Format::new().set_bold().set_font_size(13),
            head: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0x00EC_EEF0))
                .set_border_bottom(FormatBorder::Thin),
            label: Format::new()
                .set_font_color(Color::RGB(0x005A_626C))
                .set_align(FormatAlign::Top),
            time: Format::new()
                .set_num_format("yyyy-mm-dd\\ hh:mm:ss.000")
                .set_align(FormatAlign::Left),
            day: Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
            link: Format::new()
                .set_font_color(Color::RGB(0x001F_5FAE))
                .set_underline(rust_xlsxwriter::FormatUnderline::Single),
            left: Format::new().set_align(FormatAlign::Left),
            words: WORDS.into_iter().map(word).collect(),
        }
    }

    pub(super) fn word(&self, word: &str) -> Option<&Format> {
        self.words.get(word)
    }
}

/// Words that are coloured: ink and paper.
const WORDS: [(&str, u32, u32); 13] = [
    ("critical", 0x008E_0F37, 0x00FB_E4EA),
    ("high", 0x00B3_261E, 0x00FD_EBE8),
    ("medium", 0x008A_4A00, 0x00FC_F0DA),
    ("low", 0x001C_5A94, 0x00E6_F0FA),
    ("info", 0x004D_5661, 0x00EC_EEF0),
    ("unknown", 0x005D_3DB5, 0x00EF_EAFB),
    ("new", 0x00B3_261E, 0x00FF_FFFF),
    ("waived", 0x003C_6470, 0x00E4_EFF1),
    ("resolved", 0x0017_663A, 0x00E2_F3E8),
    ("ok", 0x0017_663A, 0x00E2_F3E8),
    ("drift", 0x00B3_261E, 0x00FD_EBE8),
    ("skipped", 0x004D_5661, 0x00EC_EEF0),
    ("known", 0x0000_0000, 0x00FF_FFFF),
];

/// How many of so many rows a sheet has no room for, beside its head.
pub(super) fn left_out(rows: usize) -> usize {
    let room = usize::try_from(ROWS - 1).unwrap_or(usize::MAX);
    rows.saturating_sub(room)
}

/// A table under way.
pub(super) struct Sheet<'a> {
    worksheet: Worksheet,
    kinds: Vec<Kind>,
    widths: Vec<usize>,
    next: u32,
    look: &'a Look,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(mut worksheet: Worksheet, name: &str, head: &[&str], look: &'a Look) -> Result<Self, XlsxError> {
        worksheet.set_name(name)?;
        for (column, title) in (0..).zip(head) {
            worksheet.write_string_with_format(0, column, *title, &look.head)?;
        }
        Ok(Self {
            worksheet,
            kinds: head.iter().map(|column| Kind::of(column)).collect(),
            // With room for the arrow of the filter.
            widths: head.iter().map(|column| column.len() + 3).collect(),
            next: 1,
            look,
        })
    }

    /// Writes a row, where the sheet is not full.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        if self.next == ROWS {
            return Ok(());
        }
        let row = self.next;
        self.next += 1;
        for (column, cell) in (0..).zip(cells) {
            if !cell.is_empty() {
                let length = self.cell(row, column, cell)?;
                let width = &mut self.widths[usize::from(column)];
                *width = (*width).max(length + 1);
            }
        }
        Ok(())
    }

    /// Writes a cell and returns how many characters it shows.
    fn cell(&mut self, row: u32, column: u16, cell: &str) -> Result<usize, XlsxError> {
        let (sheet, look) = (&mut self.worksheet, self.look);
        match self.kinds[usize::from(column)] {
            Kind::Number => {
                if let Some(number) = columns::number(cell) {
                    sheet.write_number(row, column, number)?;
                    return Ok(cell.len());
                }
            }
            Kind::Time => {
                if let Some(days) = columns::time(cell) {
                    sheet.write_number_with_format(row, column, days, &look.time)?;
                    return Ok("2026-11-24 03:15:00.000".len());
                }
            }
            Kind::Day => {
                if let Some(days) = columns::day(cell) {
                    sheet.write_number_with_format(row, column, days, &look.day)?;
                    return Ok(cell.len());
                }
            }
            Kind::Word => {
                if let Some(format) = look.word(cell) {
                    sheet.write_string_with_format(row, column, cell, format)?;
                    return Ok(cell.len());
                }
            }
            Kind::Text => {}
        }
        let shown = fitting(&visible(cell)).into_owned();
        let length = shown.chars().count();
        sheet.write_string(row, column, shown)?;
        Ok(length)
    }

    pub(super) fn end(mut self) -> Result<Worksheet, XlsxError> {
        let last = u16::try_from(self.widths.len()).unwrap_or(u16::MAX).saturating_sub(1);
        for (column, width) in (0..).zip(&self.widths) {
            let width = u16::try_from((*width).min(WIDEST)).unwrap_or(u16::MAX);
            self.worksheet.set_column_width(column, width)?;
        }
        self.worksheet.set_freeze_panes(1, 0)?;
        self.worksheet.autofilter(0, 0, self.next - 1, last)?;
        self.worksheet.set_landscape().set_repeat_rows(0, 0)?;
        Ok(self.worksheet)
    }
}

/// As much of a text as a cell holds, with a mark where it was cut.
pub(super) fn fitting(text: &str) -> Cow<'_, str> {
    const MARK: &str = "… (cut: a cell holds no more)";
    if text.len() <= CHARACTERS || text.encode_utf16().count() <= CHARACTERS {
        return text.into();
    }
    let mut room = CHARACTERS - MARK.chars().count();
    let mut cut = String::with_capacity(CHARACTERS);
    for c in text.chars() {
        let Some(rest) = room.checked_sub(c.len_utf16()) else {
            break;
        };
        room = rest;
        cut.push(c);
    }
    cut.push_str(MARK);
    cut.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_for_a_cell_is_cut_with_a_mark() {
        let longest = "x".repeat(CHARACTERS);
        assert_eq!(fitting(&longest), longest);
        for text in [longest + "x", "😀".repeat(20_000)] {
            let cut = fitting(&text).into_owned();
            assert!(cut.ends_with("… (cut: a cell holds no more)"));
            assert!((CHARACTERS - 1..=CHARACTERS).contains(&cut.encode_utf16().count()));
        }
    }

    #[test]
    fn rows_beyond_the_sheet_are_left_out_and_counted() {
        let look = Look::new();
        let mut sheet = Sheet::new(Worksheet::new(), "Drift", &["owner"], &look).expect("a name of a sheet");
        sheet.next = ROWS - 1;
        for _ in 0..3 {
            sheet.row(&["team".into()]).expect("a full sheet is no mistake");
        }
        assert_eq!(sheet.next, ROWS);
        assert_eq!([1_048_575, 1_048_576, 1_048_578].map(left_out), [0, 1, 3]);
    }
}
