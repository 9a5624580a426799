//! What earlier runs saw.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// What earlier runs saw. It marks findings, and hides none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// When each finding was first seen, by its fingerprint.
    pub first_seen: BTreeMap<String, Timestamp>,
}
