//! What the caller gets: everything that is wrong with an inventory, or what to look at in a sound one.

use std::sync::Arc;

use super::excerpt::Excerpt;
use crate::model::Place;

/// Everything that is wrong with an inventory, in order of file, line and column. Never empty where it is an error;
/// where it is what to look at in a sound inventory, there may be none.
///
/// `Display` is the text for people, without colour.
#[derive(Debug)]
pub struct Problems {
    pub(super) weight: Weight,
    pub(crate) shown: Vec<Problem>,
    pub(crate) total: usize,
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
    pub(crate) file: Arc<str>,
    pub(crate) place: Option<Place>,
    pub(crate) message: String,
    pub(crate) remedy: String,
    pub(crate) related: Vec<Related>,
    pub(super) excerpt: Option<Excerpt>,
}

/// Another place that a problem speaks of.
#[derive(Debug)]
pub struct Related {
    pub(crate) place: Place,
    pub(crate) text: String,
    pub(super) excerpt: Option<Excerpt>,
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
}

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
