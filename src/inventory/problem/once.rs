//! What may stand only once, reported with both places where it stands twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use super::log::{Draft, Log};
use super::spot::Spot;

/// Whether it is met for the first time; `what` is how it is called where it is not.
pub(crate) fn once<K: Eq + Hash>(
    seen: &mut HashMap<K, Spot>,
    key: K,
    spot: Spot,
    what: impl FnOnce() -> String,
    log: &mut Log,
) -> bool {
    match seen.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(spot);
            true
        }
        Entry::Occupied(entry) => {
            log.report(spot, || {
                Draft::new(format!("{} is named twice", what()), "remove one of them").and(*entry.get(), "first here")
            });
            false
        }
    }
}
