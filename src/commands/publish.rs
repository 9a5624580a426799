//! The reports of a run: their places made ready before the audit, filled after it, and told at the end.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::talk::Talk;
use super::{Failure, ReportSettings};
use crate::output::{self, Output, Place, Render};
use crate::report::console::{self, Telling};
use crate::report::csv::Dialect;
use crate::report::verdict::Status;
use crate::report::{Format, Report};

/// Makes the folder and the further places ready.
pub(super) fn prepare(settings: &ReportSettings, run_id: &str) -> Result<Output, Failure> {
    let places: Vec<Place> = settings.extras.iter().map(|(_, place)| place.clone()).collect();
    Ok(output::prepare(settings.folder.as_deref(), run_id, &places)?)
}

/// Writes every report and completes the folder.
pub(super) fn publish(output: Output, report: &Report, settings: &ReportSettings) -> Result<Option<PathBuf>, Failure> {
    let in_folder: Vec<_> = settings
        .formats
        .iter()
        .map(|&format| {
            (
                format.file(),
                render(report, format, settings.dialect.unwrap_or(Dialect::Excel)),
            )
        })
        .collect();
    let beside: Vec<_> = settings
        .extras
        .iter()
        .map(|(format, place)| render(report, *format, settings.dialect.unwrap_or(usual_dialect(place))))
        .collect();
    let files: Vec<(&str, &Render<'_>)> = in_folder
        .iter()
        .map(|(name, render)| (*name, render as &Render<'_>))
        .collect();
    let extras: Vec<&Render<'_>> = beside.iter().map(|render| render as &Render<'_>).collect();
    let is_latest = report.status != Status::Failed.name();
    Ok(output.publish(&files, &extras, is_latest)?)
}

fn render(report: &Report, format: Format, dialect: Dialect) -> impl Fn(&mut dyn Write) -> io::Result<()> + '_ {
    move |out| format.write(report, dialect, out)
}

/// What goes down a pipe is for a program.
const fn usual_dialect(place: &Place) -> Dialect {
    match place {
        Place::Stdout => Dialect::Rfc4180,
        Place::File(_) => Dialect::Excel,
    }
}

/// Tells the end of the run.
pub(super) fn tell(report: &Report, folder: Option<&Path>, settings: &ReportSettings, talk: &Talk) {
    let names: Vec<&str> = settings.formats.iter().map(|format| format.file()).collect();
    let mut reports: Vec<String> = folder
        .map(|folder| format!("{}/ ({}, journal.ndjson)", folder.display(), names.join(", ")))
        .into_iter()
        .collect();
    reports.extend(settings.extras.iter().map(|(format, place)| match place {
        Place::Stdout => format!("stdout ({})", format.file()),
        Place::File(path) => path.display().to_string(),
    }));
    talk.say(&console::render(
        report,
        Telling {
            colour: talk.is_coloured(),
            reports: &reports,
        },
    ));
}
