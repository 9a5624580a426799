//! Which regions an inventory may name: those of the built-in table, and those that its `extraRegions` add.

use std::collections::HashSet;
use std::sync::Arc;

use super::names::read_region_id;
use super::problem::{Draft, Log};
use super::raw::RawDocument;
use super::read::{Found, Value};
use super::suggest::nearest;
use super::words::quoted;
use crate::model::{known_regions, region, region_called};

/// Far above what any cloud adds, and what keeps a hostile file from costing minutes.
pub(super) const EXTRA_LIMIT: usize = 1_000;

/// The regions that are known here.
#[derive(Debug)]
pub(super) struct Regions(HashSet<Arc<str>>);

impl Regions {
    /// Those of any document serve all.
    pub(super) fn of(documents: &[RawDocument]) -> Self {
        let extra = documents.iter().flat_map(|document| &document.extra_regions);
        Self(extra.map(|found| Arc::clone(&found.value)).collect())
    }

    pub(super) fn know(&self, id: &str) -> bool {
        region(id).is_some() || self.0.contains(id)
    }

    /// How many [`Regions::any`] looks at.
    pub(super) fn count(&self) -> usize {
        known_regions().count() + self.0.len()
    }

    /// Whether any of them is one of these.
    pub(super) fn any(&self, mut is_one: impl FnMut(&str) -> bool) -> bool {
        known_regions().any(|region| is_one(&region.id)) || self.0.iter().any(|id| is_one(id))
    }

    /// The words for one that they do not know.
    pub(super) fn unknown(&self, id: &str) -> Draft {
        let extra = format!("for a new region write `extraRegions: [{id}]` in any document");
        let remedy = match self.meant(id) {
            Some(meant) => format!("did you mean `{meant}`? {extra}"),
            None => format!("write the id of a region of the public cloud; {extra}"),
        };
        Draft::new(format!("there is no known region {}", quoted(id)), remedy)
    }

    fn meant(&self, id: &str) -> Option<&str> {
        let known = known_regions().map(|region| &*region.id);
        let known = known.chain(self.0.iter().map(|id| &**id));
        region_called(id)
            .map(|region| &*region.id)
            .or_else(|| nearest(id, known))
    }
}

/// The built-in region that somebody means who writes this for an id: its name in the console, or a slip of the pen.
pub(super) fn meant(text: &str) -> Option<&'static str> {
    let known = || known_regions().map(|region| &*region.id);
    region_called(text)
        .map(|region| &*region.id)
        .or_else(|| nearest(text, known()))
}

/// Reads the field `extraRegions`.
pub(super) fn read_extra(value: Value<'_, '_>, log: &mut Log) -> Vec<Found<Arc<str>>> {
    let remedy = "write a list of region ids, as in `[cn-new-1]`, or remove it";
    let mut extra = Vec::new();
    for (index, item) in value.list(remedy, log).into_iter().flatten().enumerate() {
        if index == EXTRA_LIMIT {
            log.report(item.key, || {
                Draft::new(
                    format!("`extraRegions` has more than {EXTRA_LIMIT} items"),
                    "write those that the inventory names",
                )
            });
            break;
        }
        extra.extend(read_region_id(item, log));
    }
    extra
}
