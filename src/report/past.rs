//! A report or a baseline as the next run reads it: what was found, without the rows of what was as expected.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::document::{BaselineEntry, FindingEntry, Open, Report, UnknownEntry};
use super::read::Head;
use super::verdict::Status;
use crate::model::{SeenRepository, SeenSource, UnknownClass};

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
    /// The repositories that were there; no source of which nothing was read.
    pub seen: BTreeMap<Arc<str>, SeenSource>,
}

#[derive(Deserialize)]
struct Written<'a> {
    run: WrittenRun,
    #[serde(default)]
    status: Option<String>,
    findings: Vec<FindingEntry>,
    #[serde(default)]
    carried: Vec<FindingEntry>,
    #[serde(default)]
    unknown: Vec<UnknownEntry>,
    #[serde(default, borrow)]
    repositories: Vec<Row<'a>>,
}

/// As much of a row as tells whether the repository was there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    namespace: Cow<'a, str>,
    #[serde(borrow)]
    repository: Cow<'a, str>,
    actual_rules: Option<usize>,
    unknown_class: Option<Open<UnknownClass>>,
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
        let written: Written<'_> = serde_json::from_slice(bytes).map_err(Unreadable::Shape)?;
        let Written {
            run,
            status,
            mut findings,
            carried,
            mut unknown,
            repositories,
        } = written;
        let seen = seen(&repositories, &unknown);
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
            seen,
        })
    }
}

/// What was not believed to be gone was there, and stays so until somebody says otherwise: else the guard would wear off.
/// Of what could not be read for other reasons nothing is known.
fn seen(rows: &[Row<'_>], unknown: &[UnknownEntry]) -> BTreeMap<Arc<str>, SeenSource> {
    let mut seen: BTreeMap<Arc<str>, Vec<SeenRepository<'_>>> = BTreeMap::new();
    for row in rows {
        let is_guarded = row
            .unknown_class
            .as_ref()
            .is_some_and(|class| *class == UnknownClass::MassChange);
        if row.actual_rules.is_some() || is_guarded {
            let repository = SeenRepository {
                namespace: &row.namespace,
                repository: &row.repository,
                had_rules: is_guarded || row.actual_rules > Some(0),
            };
            match seen.get_mut(&*row.source) {
                Some(of_source) => of_source.push(repository),
                None => {
                    seen.insert((*row.source).into(), vec![repository]);
                }
            }
        }
    }
    for entry in unknown.iter().filter(|entry| entry.class == UnknownClass::MassChange) {
        let repositories = entry.repositories.iter().map(|repository| SeenRepository {
            namespace: &entry.namespace,
            repository,
            had_rules: false,
        });
        seen.entry(Arc::clone(&entry.source)).or_default().extend(repositories);
    }
    seen.into_iter()
        .map(|(source, repositories)| (source, repositories.into_iter().collect()))
        .collect()
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
