//! An inventory written from what is live: one that audits clean at once, and that a person would have written.
//!
//! Pure: what was seen goes in, YAML comes out, the same for the same. Repositories under one set of rules share a policy,
//! namespaces say it once, and what differs stands out by its name. What could not be seen is said in comments.

mod comments;
mod draft;
mod entries;
mod infer;
mod names;
mod policies;
mod scalar;
mod shape;
mod untold;
mod write;

use crate::model::{Policy, Survey};

/// Writes the inventory. Policies that were `kept` from before stay as they were, with their names.
pub fn write(survey: &Survey, kept: &[Policy]) -> String {
    write::text(&infer::infer(survey, kept))
}
