//! Names with numbers, so that ten thousand rows can say whose they are in a few bytes, whatever the names hold.

use std::collections::BTreeSet;

/// Names in their order, each with its number from one on.
#[derive(Default)]
pub(super) struct Names<'a>(Vec<&'a str>);

impl<'a> Names<'a> {
    /// Those that are not empty, each once.
    pub(super) fn of(names: impl Iterator<Item = &'a str>) -> Self {
        let names: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
        Self(names.into_iter().collect())
    }

    pub(super) fn names(&self) -> &[&'a str] {
        &self.0
    }

    /// Its number; 0 where it has none.
    pub(super) fn number(&self, name: &str) -> usize {
        self.0.binary_search(&name).map_or(0, |at| at + 1)
    }
}
