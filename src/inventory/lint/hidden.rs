//! Patterns that never decide, because one before them plainly matches all that they do.
//!
//! What else never decides, only real names can show: `check --live` and the audit report a pattern that matches nothing.

use std::collections::HashMap;

use crate::inventory::document::RawPattern;
use crate::inventory::problem::{Draft, Drafts, quoted};

/// Warns of each, among the patterns of one namespace in the order of the file.
pub(super) fn patterns(patterns: &[RawPattern], warnings: &mut Drafts) {
    // By their stems: a file may have thousands of patterns, and each is looked up.
    let mut by_stem: HashMap<&str, Vec<&RawPattern>> = HashMap::new();
    for entry in patterns {
        let pattern = &entry.name.value;
        let prefix = pattern.literal_prefix();
        let stems = (0..=prefix.len()).filter_map(|end| prefix.get(..end));
        let mut candidates = stems.filter_map(|stem| by_stem.get(stem)).flatten();
        if let Some(before) = candidates.find(|before| before.name.value.plainly_covers(pattern)) {
            hidden(before, entry, warnings);
        } else if let Some(stem) = pattern.stem() {
            by_stem.entry(stem).or_default().push(entry);
        }
    }
}

fn hidden(before: &RawPattern, entry: &RawPattern, warnings: &mut Drafts) {
    warnings.add(entry.name.spot, || {
        Draft::new(
            format!(
                "the pattern {} never decides: {} stands before it and matches all that it does",
                quoted(entry.name.value.as_str()),
                quoted(before.name.value.as_str())
            ),
            "move it to the front, or remove it",
        )
        .and(before.name.spot, "this one decides")
    });
}
