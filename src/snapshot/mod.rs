//! An inventory written from what is live: an audit of it is clean, and a person could have written it.
//!
//! Pure: a survey goes in, YAML comes out, and the same survey gives the same YAML. Repositories with the same rules share a
//! policy, a namespace names the policy of most of its repositories, and patterns or names make the exceptions. Comments
//! name what could not be seen.

mod before;
mod comments;
mod draft;
mod entries;
mod groups;
mod infer;
mod names;
mod policies;
mod reported;
mod scalar;
mod targets;
mod unreported;
mod write;

use std::sync::Arc;

use crate::model::Survey;

pub use before::EarlierInventories;

/// An inventory, and what is wrong with what it was written from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The inventory.
    pub text: String,
    /// What an audit of it reports all the same, line by line; empty where it is clean.
    pub reported: Vec<String>,
    /// The sources that may not list rules with syncAuto=false, so that the inventory has none of them.
    pub without_manual_rules: Vec<Arc<str>>,
    /// How many flags of rules the service did not report, so that `any` is written for them.
    pub unreported_flags: usize,
}

/// Writes the inventory. Policies of `earlier` inventories stay as they are, with their names.
pub fn write(survey: &Survey, earlier: EarlierInventories<'_>) -> Snapshot {
    let draft = infer::infer(survey, earlier);
    let without = draft.documents.iter().filter(|document| !document.lists_manual_rules);
    Snapshot {
        without_manual_rules: without.map(|document| Arc::clone(&document.source.name)).collect(),
        unreported_flags: draft.unreported_flags,
        text: write::text(&draft),
        reported: reported::all(&draft),
    }
}
