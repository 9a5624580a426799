//! Places while reading: cheap to copy, in an order, and with the bytes that they cover.

use std::sync::Arc;

use crate::inventory::files::InputFile;
use crate::model::Place;

/// A place while reading: the file by its index. A spot of line 0 stands for the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Spot {
    pub(crate) file: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
    /// The bytes it covers, in the file's text.
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Spot {
    pub(crate) fn whole_file(file: u32) -> Self {
        Self {
            file,
            ..Self::default()
        }
    }

    /// The spot right behind some text that begins here. Any of the line breaks that YAML knows counts.
    pub(crate) fn behind(self, text: &str) -> Self {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let breaks = ['\n', '\r'];
        let plain = text.replace("\r\n", "\n");
        let lines = number(plain.matches(breaks).count());
        let last_line = number(plain.rsplit(breaks).next().unwrap_or_default().chars().count());
        let start = self.start + number(text.len());
        Self {
            line: self.line + lines,
            column: if lines > 0 { 1 } else { self.column } + last_line,
            start,
            end: start,
            ..self
        }
    }

    pub(crate) fn place(self, files: &[InputFile]) -> Place {
        Place {
            file: Arc::clone(&files[self.file as usize].name),
            line: self.line,
            column: self.column,
        }
    }
}
