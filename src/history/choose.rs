//! Which report a run is compared with: for each source the newest that holds it and shares an inventory file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::head::{self, RunHead};
use crate::input;
use crate::model::Inventory;

/// What a run wants of a baseline.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What is audited.
    pub inventory: &'a Inventory,
    /// When the run started: what is later is no past of it.
    pub started_at: Timestamp,
    /// The run whose answers it judges again, or goes on with: that is no past of it either, and nor is what judged them
    /// before. `None`: it asks on its own.
    pub same: Option<&'a str>,
}

/// Of each report, the sources that are taken from it; the newest report first.
pub(super) fn newest_of_each_source(
    reports: impl Iterator<Item = PathBuf>,
    wanted: Wanted<'_>,
) -> Vec<(PathBuf, Vec<Arc<str>>)> {
    let mut fitting: Vec<(RunHead, PathBuf)> = reports
        .filter_map(|path| Some((fitting(&path, wanted)?, path)))
        .collect();
    fitting.sort_by(|(a, _), (b, _)| (b.started_at, &b.id).cmp(&(a.started_at, &a.id)));
    let mut chosen: BTreeMap<usize, Vec<Arc<str>>> = BTreeMap::new();
    for source in &wanted.inventory.sources {
        let holds = |(run, _): &(RunHead, PathBuf)| run.sources.iter().any(|held| held.name == *source.name);
        if let Some(index) = fitting.iter().position(holds) {
            chosen.entry(index).or_default().push(Arc::clone(&source.name));
        }
    }
    let taken = |(index, sources): (usize, Vec<Arc<str>>)| (fitting[index].1.clone(), sources);
    chosen.into_iter().map(taken).collect()
}

/// A run with an audit that is past, of the whole work, and shares an inventory file. A shard has no history of its own.
fn fitting(path: &Path, wanted: Wanted<'_>) -> Option<RunHead> {
    let (run, status) = head::read(input::open_file(path).ok()?)?;
    let is_shard = run.shard.as_ref().is_some_and(|shard| shard.contains('/'));
    let is_past = match wanted.same {
        None => run.started_at <= wanted.started_at,
        Some(same) => run.started_at < wanted.started_at && *run.id != *same,
    };
    let shares = run.inventory.iter().any(|file| {
        let mut files = wanted.inventory.files.iter();
        files.any(|own| *own.file == *file.file)
    });
    (status != "failed" && !is_shard && is_past && shares).then_some(run)
}
