//! Problems and warnings: how they are gathered while the reading goes on, and what the caller gets.

use std::fmt;
use std::sync::Arc;

use super::files::InputFile;
use super::snippet::{self, Excerpt};
use crate::model::Place;

/// How many problems are told in full; the rest is counted.
const SHOWN: usize = 100;

/// Everything that is wrong with an inventory, in order of file, line and column. Never empty where it is an error;
/// where it is what to look at in a sound inventory, there may be none.
///
/// `Display` is the text for people, without colour.
#[derive(Debug)]
pub struct Problems {
    weight: Weight,
    shown: Vec<Problem>,
    total: usize,
}

/// Whether the inventory can be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It cannot.
    Error,
    /// It can, and probably means something else.
    Warning,
}

impl Weight {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong, and what to do about it.
#[derive(Debug)]
pub struct Problem {
    file: Arc<str>,
    place: Option<Place>,
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

    /// What all of them are.
    pub const fn weight(&self) -> Weight {
        self.weight
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
    /// The file it is in.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Where it is; `None` where it is no place inside a file, for instance a file that cannot be read.
    pub const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
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

    /// The spot right behind some text that begins here. Any of the line breaks that YAML knows counts.
    pub(super) fn behind(self, text: &str) -> Self {
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

/// Where problems go while the reading goes on.
#[derive(Debug, Default)]
pub(super) struct Log {
    drafts: Drafts,
    /// Values that no snippet may show.
    hidden: Vec<Spot>,
    /// Something could not be read, so what it would have declared is not missing.
    pub(super) is_partial: bool,
}

impl Log {
    pub(super) fn report(&mut self, spot: Spot, draft: impl FnOnce() -> Draft) {
        self.drafts.add(spot, draft);
    }

    /// Whether a problem there would be told, not only counted.
    pub(super) fn keeps(&self, spot: Spot) -> bool {
        self.drafts.keeps(spot)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.drafts.total == 0
    }

    /// Ends the reading of an inventory that is wrong.
    pub(super) fn problems(self, files: &[InputFile]) -> Problems {
        self.drafts.problems(Weight::Error, &merged(self.hidden), files)
    }

    /// Ends the reading of one that is sound.
    pub(super) fn warnings(self, warnings: Drafts, files: &[InputFile]) -> Problems {
        warnings.problems(Weight::Warning, &merged(self.hidden), files)
    }

    /// Keeps a value out of every snippet.
    pub(super) fn hide(&mut self, spot: Spot) {
        self.hidden.push(spot);
    }
}

/// Keeps the first hundred by place, whatever the order in which they come; a hostile file can have millions, so the
/// words of the others are never even made.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    kept: Vec<(Spot, Draft)>,
    total: usize,
    /// Beyond this nothing is kept any more.
    last: Option<Spot>,
}

impl Drafts {
    pub(super) fn add(&mut self, spot: Spot, draft: impl FnOnce() -> Draft) {
        self.total += 1;
        if !self.keeps(spot) {
            return;
        }
        self.kept.push((spot, draft()));
        if self.kept.len() >= 2 * SHOWN {
            self.cut();
        }
    }

    fn keeps(&self, spot: Spot) -> bool {
        self.last.is_none_or(|last| spot < last)
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

    /// With the lines of the files; `hidden` is in order and has no overlaps.
    fn problems(mut self, weight: Weight, hidden: &[Spot], files: &[InputFile]) -> Problems {
        self.cut();
        let excerpt = |spot: Spot| {
            let text = files[spot.file as usize].text()?;
            let from = hidden.partition_point(|hidden| hidden.file < spot.file);
            let to = hidden.partition_point(|hidden| hidden.file <= spot.file);
            Excerpt::cut(text, &hidden[from..to], spot)
        };
        let related = |(spot, text): (Spot, String)| Related {
            place: spot.place(files),
            text,
            excerpt: excerpt(spot),
        };
        let problem = |(spot, draft): (Spot, Draft)| Problem {
            file: Arc::clone(&files[spot.file as usize].name),
            place: (spot.line > 0).then(|| spot.place(files)),
            message: draft.message,
            remedy: draft.remedy,
            related: draft.related.into_iter().map(related).collect(),
            excerpt: excerpt(spot),
        };
        Problems {
            weight,
            shown: self.kept.into_iter().map(problem).collect(),
            total: self.total,
        }
    }
}

/// In order, and none within another, so that those on a line are found without looking at all.
fn merged(mut spots: Vec<Spot>) -> Vec<Spot> {
    spots.sort_unstable_by_key(|spot| (spot.file, spot.start));
    spots.dedup_by(|next, kept| {
        let overlaps = next.file == kept.file && next.start < kept.end;
        if overlaps {
            kept.end = kept.end.max(next.end);
        }
        overlaps
    });
    spots
}
