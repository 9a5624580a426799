//! A baseline: what one earlier run found, or for several sources several.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::choose::{Wanted, newest_of_each_source};
use crate::input::Reader;
use crate::model::{LastSeen, visible_path};
use crate::report::document::{BaselineEntry, FindingEntry};
use crate::report::past::{PastReport, Unreadable};

/// The most that a report or a baseline may hold.
const LIMIT: u64 = 2 << 30;

/// What earlier runs found.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// The newest of these runs; `None`: there is none, and everything is new.
    pub(super) run: Option<BaselineEntry>,
    /// What they found and what they carried, by fingerprint.
    pub(super) findings: BTreeMap<String, FindingEntry>,
    /// When each of their unknown entries was first seen, by fingerprint.
    pub(super) unknown: BTreeMap<String, String>,
    /// The repositories that were there, where a whole report says so.
    last_seen: LastSeen,
}

/// Why a baseline cannot be used that was asked for.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum HistoryError {
    #[error("cannot read the baseline '{}': {why}\nhint: give a report.json, or a file that -o baseline=FILE wrote", visible_path(.path))]
    Unreadable { path: PathBuf, why: String },
    #[error(
        "the baseline '{}' and the inventory have no source in common: the baseline has {held}\nhint: give the baseline of \
         these sources, or --baseline none", visible_path(.path)
    )]
    OtherSources { path: PathBuf, held: String },
}

impl Baseline {
    /// The repositories that were there.
    pub const fn last_seen(&self) -> &LastSeen {
        &self.last_seen
    }

    /// The one in that file, which has to know at least one source.
    ///
    /// # Errors
    /// It cannot be read, or knows none of the inventory's sources.
    pub fn of_file(path: &Path, wanted: Wanted<'_>, reader: &Reader) -> Result<Self, HistoryError> {
        let past = open(path, reader).map_err(|why| HistoryError::Unreadable {
            path: path.to_owned(),
            why,
        })?;
        let mut sources = wanted.inventory.sources.iter();
        if !sources.any(|source| past.sources.contains(&source.name)) {
            return Err(HistoryError::OtherSources {
                path: path.to_owned(),
                held: past.sources.iter().map(|name| &**name).collect::<Vec<_>>().join(", "),
            });
        }
        let mut baseline = Self::default();
        baseline.add(past, |_| true);
        Ok(baseline)
    }

    /// For each source the newest report that fits, and what the newest of these carries of sources that are not asked now.
    /// With it the reports that would have fitted and cannot be read: their sources have no baseline.
    pub fn of_reports(
        reports: impl Iterator<Item = PathBuf>,
        wanted: Wanted<'_>,
        reader: &Reader,
    ) -> (Self, Vec<HistoryError>) {
        let asked: BTreeSet<&Arc<str>> = wanted.inventory.sources.iter().map(|source| &source.name).collect();
        let (mut baseline, mut unreadable) = (Self::default(), Vec::new());
        for (path, sources) in newest_of_each_source(reports, wanted) {
            match open(&path, reader) {
                Ok(past) => {
                    let is_newest = baseline.run.is_none();
                    baseline.add(past, |source| {
                        sources.contains(source) || is_newest && !asked.contains(source)
                    });
                }
                Err(why) => unreadable.push(HistoryError::Unreadable { path, why }),
            }
        }
        (baseline, unreadable)
    }

    fn add(&mut self, past: PastReport, holds: impl Fn(&Arc<str>) -> bool) {
        let last_complete_at = past.run.last_complete_at.clone();
        let run = self.run.get_or_insert(past.run);
        run.last_complete_at = run.last_complete_at.take().max(last_complete_at);
        for finding in past.findings.into_iter().filter(|finding| holds(&finding.source)) {
            self.findings.entry(finding.fingerprint.clone()).or_insert(finding);
        }
        let seen = past.seen.into_iter().filter(|(source, _)| holds(source));
        self.last_seen.sources.extend(seen);
        for entry in past.unknown.into_iter().filter(|entry| holds(&entry.source)) {
            if let Some(first_seen) = entry.first_seen {
                self.unknown.entry(entry.fingerprint).or_insert(first_seen);
            }
        }
    }
}

fn open(path: &Path, reader: &Reader) -> Result<PastReport, String> {
    let bytes = reader.read(path, LIMIT).map_err(|error| error.to_string())?;
    PastReport::read(&bytes).map_err(|why: Unreadable| why.to_string())
}
