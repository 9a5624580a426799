//! Problems: how they are gathered while the reading goes on, and what the caller gets.

use std::fmt;
use std::sync::Arc;

use super::files::InputFile;
use super::snippet::{self, Excerpt};
use crate::model::Place;

/// How many problems are told in full; the rest is counted.
const SHOWN: usize = 100;

/// Everything that is wrong with an inventory, in order of file, line and column. Never empty.
///
/// `Display` is the text for people, without colour.
#[derive(Debug)]
pub struct Problems {
    shown: Vec<Problem>,
    total: usize,
}

/// One thing that is wrong, and what to do about it.
#[derive(Debug)]
pub struct Problem {
    place: Option<Place>,
    whole_file: Option<Arc<str>>,
    message: String,
    remedy: String,
    related: Vec<Related>,
    excerpt: Option<Excerpt>,
}

/// Another place that a problem speaks of.
#[derive(Debug)]
pub struct Related {
    place: Place,
    text: String,
    excerpt: Option<Excerpt>,
}

impl Problems {
    /// The first hundred of them.
    pub fn shown(&self) -> &[Problem] {
        &self.shown
    }

    /// How many there are in all.
    pub const fn total(&self) -> usize {
        self.total
    }

    /// The text for people: each problem with its lines, and the count at the end.
    pub fn render(&self, colour: bool) -> String {
        snippet::render(self, colour)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

impl Problem {
    /// Where it is; `None` where it is no place inside a file, for instance a file that cannot be read.
    pub const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The file that it is about as a whole. `None` as well where the file was not read: then the message names it.
    pub(super) fn whole_file(&self) -> Option<&str> {
        self.whole_file.as_deref()
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// The other places that it speaks of.
    pub fn related(&self) -> &[Related] {
        &self.related
    }

    pub(super) const fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_ref()
    }
}

impl Related {
    /// Where it is.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// What is there.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) const fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_ref()
    }
}

/// A place while reading: the file by its index. A spot of line 0 stands for the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Spot {
    pub(super) file: u32,
    pub(super) line: u32,
    pub(super) column: u32,
    /// The bytes it covers, in the file's text.
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Spot {
    pub(super) fn whole_file(file: u32) -> Self {
        Self {
            file,
            ..Self::default()
        }
    }

    pub(super) fn place(self, files: &[InputFile]) -> Place {
        Place {
            file: Arc::clone(&files[self.file as usize].name),
            line: self.line,
            column: self.column,
        }
    }
}

/// A problem in the words of the reader that met it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Draft {
    message: String,
    remedy: String,
    related: Vec<(Spot, String)>,
}

impl Draft {
    pub(super) fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            remedy: remedy.into(),
            related: Vec::new(),
        }
    }

    pub(super) fn and(mut self, spot: Spot, text: impl Into<String>) -> Self {
        self.related.push((spot, text.into()));
        self
    }
}

/// Where problems go while the reading goes on. Keeps the first hundred by place, whatever the order in which they
/// come; a hostile file can have millions, so the words of the others are never even made.
#[derive(Debug, Default)]
pub(super) struct Log {
    kept: Vec<(Spot, Draft)>,
    total: usize,
    /// Beyond this nothing is kept any more.
    last: Option<Spot>,
    /// Values that no snippet may show.
    hidden: Vec<Spot>,
    /// Something could not be read, so what it would have declared is not missing.
    pub(super) is_partial: bool,
}

impl Log {
    pub(super) fn report(&mut self, spot: Spot, draft: impl FnOnce() -> Draft) {
        self.total += 1;
        if !self.keeps(spot) {
            return;
        }
        self.kept.push((spot, draft()));
        if self.kept.len() >= 2 * SHOWN {
            self.cut();
        }
    }

    /// Whether a problem there would be told, not only counted.
    pub(super) fn keeps(&self, spot: Spot) -> bool {
        self.last.is_none_or(|last| spot < last)
    }

    /// Keeps a value out of every snippet.
    pub(super) fn hide(&mut self, spot: Spot) {
        self.hidden.push(spot);
    }

    fn cut(&mut self) {
        self.kept.sort_by_key(|(spot, _)| *spot);
        let before = self.kept.len();
        // What stands behind an anchor is read once for every alias.
        self.kept.dedup();
        self.total -= before - self.kept.len();
        self.kept.truncate(SHOWN);
        if self.kept.len() == SHOWN {
            self.last = self.kept.last().map(|(spot, _)| *spot);
        }
    }
}

/// Ends the reading: nothing where there was no problem.
pub(super) fn finish(mut log: Log, files: &[InputFile]) -> Result<(), Problems> {
    log.cut();
    if log.total == 0 {
        return Ok(());
    }
    log.hidden.sort_unstable();
    let excerpt = |spot: Spot| {
        let text = files[spot.file as usize].text()?;
        let from = log.hidden.partition_point(|hidden| hidden.file < spot.file);
        let to = log.hidden.partition_point(|hidden| hidden.file <= spot.file);
        Excerpt::cut(text, &log.hidden[from..to], spot)
    };
    let related = |(spot, text): (Spot, String)| Related {
        place: spot.place(files),
        text,
        excerpt: excerpt(spot),
    };
    let whole_file = |spot: Spot| {
        let file = &files[spot.file as usize];
        (spot.line == 0 && file.content.is_ok()).then(|| Arc::clone(&file.name))
    };
    let shown = std::mem::take(&mut log.kept)
        .into_iter()
        .map(|(spot, draft)| Problem {
            place: (spot.line > 0).then(|| spot.place(files)),
            whole_file: whole_file(spot),
            message: draft.message,
            remedy: draft.remedy,
            related: draft.related.into_iter().map(related).collect(),
            excerpt: excerpt(spot),
        })
        .collect();
    Err(Problems {
        shown,
        total: log.total,
    })
}
