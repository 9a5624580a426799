//! `merge`: the reports of all shards of one run become one.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::clock::Clock;
use super::interrupt::Interrupt;
use super::publish::{self, Ended, JournalState};
use super::talk::Talk;
use super::{Failure, ReportSettings, latest};
use crate::input::Reader;
use crate::model::visible_path;
use crate::output;
use crate::report::format::JSON;
use crate::report::merge::{MergeFacts, NoReport, Part, merge as join, read};

/// Longest report that is read. A shard of a million repositories writes a third of it.
const LIMIT: u64 = 1024 * 1024 * 1024;

/// What is joined, and where the result goes.
#[derive(Debug)]
pub struct MergeSettings {
    /// Reports, or folders that hold one.
    pub files: Vec<PathBuf>,
    /// How far apart their first and last answers may be.
    pub max_age: Duration,
    /// The reports to write.
    pub reports: ReportSettings,
}

/// Joins reports, writes the result as a run does, tells it, and returns the exit code.
pub fn merge(settings: &MergeSettings, interrupt: &Interrupt, talk: &Talk) -> Result<u8, Failure> {
    let reports = &settings.reports;
    let clock = Clock::start(reports.at);
    let run_id = reports.run_id.clone().map_or_else(|| clock.new_run_id(), Ok)?;
    output::refuse_taken(reports.folder.as_deref(), &run_id)?;
    let files: Vec<PathBuf> = settings.files.iter().map(|file| report_in(file)).collect();
    let places = reports.places();
    output::refuse_over(
        &places,
        files.iter().map(|file| &**file),
        "is one of the reports to join",
    )?;
    output::refuse_over(
        &places,
        settings.files.iter().map(|file| &**file),
        "is in a run to join",
    )?;
    let reader = interrupt.reader();
    let facts = MergeFacts {
        id: &run_id,
        max_age: settings.max_age,
        fail_on: reports.fail_on,
        exit_zero: reports.exit_zero,
    };
    let report = join(files.iter().map(|file| part(file, &reader)).collect(), facts)?;

    let output = output::prepare(reports.folder.as_deref(), &run_id, &places)?;
    interrupt.sweep(output.unfinished(false));
    let is_newest = reports.folder.as_deref().is_none_or(|root| {
        let started_at: Option<Timestamp> = report.run.started_at.parse().ok();
        started_at.is_some_and(|started_at| latest::is_newest(root, started_at))
    });
    let ended = Ended {
        is_newest,
        was_stopped: false,
        is_resumable: false,
        partial: None,
        journal: JournalState::None,
    };
    match publish::publish(output, &report, reports, &ended) {
        Ok(folder) => publish::tell(&report, folder.as_deref(), reports, &ended, talk),
        Err(failure) => {
            publish::tell_unpublished(report, &ended, talk);
            return Err(failure);
        }
    }
    Ok(report.exit_code)
}

/// The report itself, or that of a run's folder.
fn report_in(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join(JSON.file)
    } else {
        path.to_owned()
    }
}

fn part(path: &Path, reader: &Reader) -> Part {
    Part {
        file: visible_path(path),
        report: text(path, reader).and_then(|text| read(&text)),
    }
}

/// No more of it than could be a report.
fn text(path: &Path, reader: &Reader) -> Result<Vec<u8>, NoReport> {
    let unread = |error: std::io::Error| NoReport::Unread(error.to_string());
    let mut text = Vec::new();
    let file = reader.open(path).map_err(unread)?;
    file.take(LIMIT + 1).read_to_end(&mut text).map_err(unread)?;
    if text.len() as u64 > LIMIT {
        return Err(NoReport::TooLarge(LIMIT));
    }
    Ok(text)
}
