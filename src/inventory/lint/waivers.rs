//! Waivers that cover nothing: they reach nothing that their findings can be about, or their target is none that these can
//! have.

use super::within::Reach;
use super::{reach, targets};
use crate::inventory::problem::Drafts;
use crate::inventory::regions::Regions;
use crate::inventory::written::Written;

/// Warns of each. `steps` is what is left for comparing patterns.
pub(super) fn warn<'d>(written: &'d Written<'d>, regions: &'d Regions, steps: &mut usize, warnings: &mut Drafts) {
    let mut within = Reach::new(written, steps);
    let mut aims = targets::Aims::new(written, regions);
    // Waivers may be checked alone, to serve inventories elsewhere.
    let is_whole = !within.entries.is_empty();
    for document in written.documents {
        for waiver in &document.waivers {
            // What cannot be told within bounds is not told.
            let why = if reach::has_no_whole(waiver) {
                Some(reach::Nothing::NoWhole)
            } else if is_whole {
                within.nothing(waiver, document).flatten()
            } else {
                None
            };
            if let Some(why) = why {
                warnings.add(waiver.scope.spot, || reach::told(waiver, why, &within));
            }
            let is_told = aims.alone(waiver, warnings);
            if is_whole && why.is_none() && !is_told {
                aims.unexpected(waiver, document, &mut within, warnings);
            }
        }
    }
}
