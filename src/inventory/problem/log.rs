//! How problems and warnings are gathered while the reading goes on.

use std::sync::Arc;

use super::excerpt::Excerpt;
use super::problems::{Problem, Problems, Related, Weight};
use super::spot::Spot;
use crate::inventory::files::InputFile;

/// How many problems are shown in full; the rest is counted.
const SHOWN: usize = 100;

/// A problem in the words of the reader that met it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    message: String,
    remedy: String,
    related: Vec<(Spot, String)>,
}

impl Draft {
    pub(crate) fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            remedy: remedy.into(),
            related: Vec::new(),
        }
    }

    pub(crate) fn and(mut self, spot: Spot, text: impl Into<String>) -> Self {
        self.related.push((spot, text.into()));
        self
    }
}

/// Where problems go while the reading goes on.
#[derive(Debug, Default)]
pub(crate) struct Log {
    drafts: Drafts,
    /// Values that no snippet may show.
    hidden: Vec<Spot>,
    /// Something could not be read, so what it would have declared is not missing.
    pub(crate) is_partial: bool,
}

impl Log {
    pub(crate) fn report(&mut self, spot: Spot, draft: impl FnOnce() -> Draft) {
        self.drafts.add(spot, draft);
    }

    /// Whether a problem there would be shown, not only counted.
    pub(crate) fn keeps(&self, spot: Spot) -> bool {
        self.drafts.keeps(spot)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.drafts.total == 0
    }

    /// Ends the reading of an inventory that is wrong.
    pub(crate) fn problems(self, files: &[InputFile]) -> Problems {
        self.drafts.problems(Weight::Error, &merged(self.hidden), files)
    }

    /// Ends the reading of one that is sound.
    pub(crate) fn warnings(self, warnings: Drafts, files: &[InputFile]) -> Problems {
        warnings.problems(Weight::Warning, &merged(self.hidden), files)
    }

    /// Keeps a value out of every snippet.
    pub(crate) fn hide(&mut self, spot: Spot) {
        self.hidden.push(spot);
    }
}

/// Keeps the first hundred by place, whatever the order in which they come; a hostile file can have millions, so the
/// words of the others are never even made.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    kept: Vec<(Spot, Draft)>,
    total: usize,
    /// Beyond this nothing is kept any more.
    last: Option<Spot>,
}

impl Drafts {
    pub(crate) fn add(&mut self, spot: Spot, draft: impl FnOnce() -> Draft) {
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
