//! The run that the link `latest` leads to, and whether another one is newer.

use std::io::BufReader;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::input;
use crate::journal::Header;
use crate::output::JOURNAL;
use crate::report::format::JSON;

/// Whether no newer run is the one that the link in that folder leads to.
pub(super) fn is_newest(root: &Path, started_at: Timestamp) -> bool {
    latest(&root.join("latest")).is_none_or(|latest| latest <= started_at)
}

/// When it started: by its journal, or by its report where it has none, as one that was merged.
fn latest(run: &Path) -> Option<Timestamp> {
    let header = input::open_file(&run.join(JOURNAL))
        .ok()
        .and_then(|file| Header::read(BufReader::new(file)).ok());
    if let Some(header) = header {
        return Some(header.started_at);
    }
    let report = input::open_file(&run.join(JSON.file)).ok()?;
    let dated: Dated = serde_json::from_reader(BufReader::new(report)).ok()?;
    Some(dated.run.started_at)
}

/// What of a report says when it was made.
#[derive(Deserialize)]
struct Dated {
    run: DatedRun,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DatedRun {
    started_at: Timestamp,
}
