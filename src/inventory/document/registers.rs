//! What the readers of documents keep from one to the next.

use super::patterns::PatternReader;
use super::policy::PolicyReader;
use super::waiver::WaiverReader;

/// Whatever is compiled or counted once for all documents.
#[derive(Debug, Default)]
pub(super) struct Registers {
    pub(crate) policies: PolicyReader,
    pub(crate) patterns: PatternReader,
    pub(crate) waivers: WaiverReader,
}
