//! A report or a baseline as the next run reads it: what was found, without the rows of what was as expected.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::document::{BaselineEntry, FindingEntry, Report, UnknownEntry};
use super::read::Head;
use super::verdict::Status;

pub use super::read::Unreadable;

/// What `-o baseline=FILE` writes.
pub(super) const BASELINE: &str = "AuditBaseline";

/// What an earlier run found.
#[derive(Debug)]
pub struct PastReport {
    /// The run; `last_complete_at` is its own end where it was complete.
    pub run: BaselineEntry,
    /// The sources that it asked.
    pub sources: Vec<Arc<str>>,
    /// Its findings, and those that it carried.
    pub findings: Vec<FindingEntry>,
    /// What it could not determine.
    pub unknown: Vec<UnknownEntry>,
}

#[derive(Deserialize)]
struct Written {
    run: WrittenRun,
    #[serde(default)]
    status: Option<String>,
    findings: Vec<FindingEntry>,
    #[serde(default)]
    carried: Vec<FindingEntry>,
    #[serde(default)]
    unknown: Vec<UnknownEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenRun {
    id: String,
    started_at: String,
    #[serde(default)]
    finished_at: Option<String>,
    #[serde(default)]
    selection: Vec<String>,
    #[serde(default)]
    shard: Option<String>,
    #[serde(default)]
    baseline: Option<BaselineEntry>,
    /// Of a baseline.
    #[serde(default)]
    last_complete_at: Option<String>,
    sources: Vec<Named>,
}

/// A source by its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Named {
    pub name: Arc<str>,
}

impl PastReport {
    /// Reads a `report.json` of any form, or what `-o baseline=FILE` wrote.
    ///
    /// # Errors
    /// It is neither.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let head = Head::read(bytes, &[super::shapes::KIND, BASELINE])?;
        let written: Written = serde_json::from_slice(bytes).map_err(Unreadable::Shape)?;
        let Written {
            run,
            status,
            mut findings,
            carried,
            mut unknown,
        } = written;
        let is_complete = status.as_deref() == Some("complete") && run.selection.is_empty() && run.shard.is_none();
        let earlier = run.baseline.and_then(|baseline| baseline.last_complete_at);
        let last_complete_at = run
            .finished_at
            .filter(|_| is_complete)
            .or(run.last_complete_at)
            .or(earlier);
        findings.extend(carried);
        if head.is_of_the_first_form() {
            findings = findings.into_iter().map(FindingEntry::identified).collect();
            unknown = unknown.into_iter().map(UnknownEntry::identified).collect();
        }
        Ok(Self {
            run: BaselineEntry {
                id: run.id,
                started_at: run.started_at,
                last_complete_at,
            },
            sources: run.sources.into_iter().map(|source| source.name).collect(),
            findings,
            unknown,
        })
    }
}

impl Report {
    /// When the last run ended that saw everything: this one, or the last one before it that the baseline knows of.
    pub fn last_complete_at(&self) -> Option<&str> {
        let run = &self.run;
        if self.status == Status::Complete && run.selection.is_empty() && run.shard.is_none() {
            return Some(&run.finished_at);
        }
        run.baseline
            .as_ref()
            .and_then(|baseline| baseline.last_complete_at.as_deref())
    }
}
