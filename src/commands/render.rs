//! `render`: any format from a saved report. Nobody is asked, and no clock is read.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::publish::readers;
use super::{Failure, Process};
use crate::input::Reader;
use crate::output::{self, Place};
use crate::report::console::{self, Telling};
use crate::report::csv::Dialect;
use crate::report::format::JSON;
use crate::report::{Format, Rendering, Report, read, verdict};

/// The most that a report may hold: one of a million repositories has less.
const LIMIT: u64 = 2 << 30;

/// What is rendered, and where to.
#[derive(Debug)]
pub struct RenderSettings {
    /// A report, or the folder of a run.
    pub report: PathBuf,
    /// The formats; none: what a run says at its end, on stdout.
    pub outputs: Vec<(Format, Place)>,
    /// The dialect of every CSV; `None`: excel for files, rfc4180 on stdout.
    pub dialect: Option<Dialect>,
    /// What stands before the paths of the inventory where a reader looks for files.
    pub path_prefix: String,
}

/// Writes every format that was asked for.
pub fn render(settings: &RenderSettings, process: Process<'_>) -> Result<u8, Failure> {
    let path = file_of(&settings.report);
    let places: Vec<Place> = settings.outputs.iter().map(|(_, place)| place.clone()).collect();
    output::refuse_over(&places, Some(&*path), "is the report that is rendered")?;
    let report = open(&path, &process.interrupt.reader())?;
    if settings.outputs.is_empty() {
        output::print(console::render(&report, TELLING).as_bytes())?;
        return Ok(verdict::OK);
    }
    let output = output::prepare(None, &report.run.id, &places)?;
    let renders: Vec<_> = settings
        .outputs
        .iter()
        .map(|(format, place)| {
            let rendering = Rendering {
                is_for_a_pipe: *place == Place::Stdout,
                dialect: settings.dialect,
                path_prefix: &settings.path_prefix,
            };
            let report = &report;
            let render = move |out: &mut dyn Write| format.render(report, rendering, out);
            (readers(*format), render)
        })
        .collect();
    let extras: Vec<output::Content<'_>> = renders
        .iter()
        .map(|(readers, render)| output::Content {
            readers: *readers,
            render,
        })
        .collect();
    output.publish(&[], &extras, false)?;
    Ok(verdict::OK)
}

/// Without files of its own, and never in colour: stdout is for programs too.
const TELLING: Telling<'static> = Telling {
    colour: false,
    reports: &[],
    details_in: None,
    document: None,
    can_be_resumed: false,
};

/// The report in the folder of a run, or the file itself.
fn file_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join(JSON.file)
    } else {
        path.to_owned()
    }
}

/// Reads a saved report.
pub(super) fn open(path: &Path, reader: &Reader) -> Result<Report, Failure> {
    let refused = |why: String| Failure::Report {
        path: path.to_owned(),
        why,
    };
    let bytes = reader.read(path, LIMIT).map_err(|error| refused(error.to_string()))?;
    read::read(&bytes).map_err(|why| refused(why.to_string()))
}
