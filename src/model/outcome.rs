//! How a repository ended.

use super::words::words;

words! {
    /// The four words for a repository that was to be audited.
    pub enum Outcome {
        /// Everything is as expected.
        Ok = "ok",
        /// Something differs.
        Drift = "drift",
        /// Something differs, and the inventory accepts it.
        Waived = "waived",
        /// Something could not be determined.
        Unknown = "unknown",
    }
}
