//! An inventory written from what is live: one that audits clean at once, and that a person would have written.
//!
//! Pure: what was seen goes in, YAML comes out, the same for the same. Repositories under one set of rules share a policy,
//! namespaces say it once, and what differs stands out by a pattern or its name. What could not be seen is said in comments.

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
mod shape;
mod untold;
mod write;

use std::sync::Arc;

use crate::model::Survey;

pub use before::Kept;

/// An inventory, and what is wrong with what it was written from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The inventory.
    pub text: String,
    /// What an audit of it reports all the same, line by line; empty where it is clean.
    pub reported: Vec<String>,
    /// The sources that are reported not to list rules with syncAuto=false, so that nothing is known of these.
    pub without_manual_rules: Vec<Arc<str>>,
    /// How many flags of rules the service did not tell, so that `any` is written for them.
    pub flags_not_told: usize,
}

/// Writes the inventory. Policies that were `kept` from before stay as they were, with their names.
pub fn write(survey: &Survey, kept: Kept<'_>) -> Written {
    let draft = infer::infer(survey, kept);
    let unlisted = draft.documents.iter().filter(|document| !document.lists_manual_rules);
    Written {
        without_manual_rules: unlisted.map(|document| Arc::clone(&document.source.name)).collect(),
        flags_not_told: draft.flags_not_told,
        text: write::text(&draft),
        reported: reported::all(&draft),
    }
}
