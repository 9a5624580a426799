//! The run that the link `latest` leads to, and whether another one is newer.

use std::io::BufReader;
use std::path::Path;

use jiff::Timestamp;

use crate::input;
use crate::journal::Header;
use crate::output::JOURNAL;

/// Whether no newer run is the one that the link in that folder leads to.
pub(super) fn is_newest(root: &Path, started_at: Timestamp) -> bool {
    latest(&root.join("latest")).is_none_or(|latest| latest <= started_at)
}

/// When it started: by its journal, which every run has.
fn latest(run: &Path) -> Option<Timestamp> {
    let journal = input::open_file(&run.join(JOURNAL)).ok()?;
    let header = Header::read(BufReader::new(journal)).ok()?;
    Some(header.started_at)
}
