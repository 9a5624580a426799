//! Ids of regions as they are written, and `extraRegions`.

use std::sync::Arc;

use super::names::read_name;
use super::value::{Found, Value};
use crate::inventory::problem::{Draft, Log, nearest};
use crate::model::{check_region_id, known_regions, region_called};

/// Far above what any cloud adds, and what keeps a hostile file from costing minutes.
pub(crate) const EXTRA_LIMIT: usize = 1_000;

/// A region's id, known or not.
pub(super) fn read_region_id(value: Value<'_, '_>, log: &mut Log) -> Option<Found<Arc<str>>> {
    region_id(value.text(log)?, log)
}

/// [`read_region_id`], of a text.
pub(super) fn region_id(text: Found<&str>, log: &mut Log) -> Option<Found<Arc<str>>> {
    let parse = |text: &str| check_region_id(text).map(|()| Arc::from(text));
    let remedy = "write lower-case letters and digits, parted by `-` or `_`, as in `cn-north-4`";
    let near = |text: &str| meant(text).map(str::to_owned);
    read_name(text, parse, "region's id", remedy, near, log)
}

/// The built-in region that somebody means who writes this for an id: its name in the console, or a slip of the pen.
pub(crate) fn meant(text: &str) -> Option<&'static str> {
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
