//! Which regions an inventory may name: those of the built-in table, and those that its `extraRegions` add.

use std::collections::HashSet;
use std::sync::Arc;

use crate::inventory::document::RawDocument;
use crate::inventory::problem::{Draft, nearest, quoted};
use crate::model::{known_regions, region, region_called};

/// The regions that are known here.
#[derive(Debug)]
pub(crate) struct Regions(HashSet<Arc<str>>);

impl Regions {
    /// Those of any document serve all.
    pub(crate) fn of(documents: &[RawDocument]) -> Self {
        let extra = documents.iter().flat_map(|document| &document.extra_regions);
        Self(extra.map(|found| Arc::clone(&found.value)).collect())
    }

    pub(crate) fn know(&self, id: &str) -> bool {
        region(id).is_some() || self.0.contains(id)
    }

    /// How many [`Regions::any`] looks at.
    pub(crate) fn count(&self) -> usize {
        known_regions().count() + self.0.len()
    }

    /// Whether any of them is one of these.
    pub(crate) fn any(&self, mut is_one: impl FnMut(&str) -> bool) -> bool {
        known_regions().any(|region| is_one(&region.id)) || self.0.iter().any(|id| is_one(id))
    }

    /// The words for one that they do not know.
    pub(crate) fn unknown(&self, id: &str) -> Draft {
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
