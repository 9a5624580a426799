//! What a step of GitHub Actions gets beside the reports: annotations on stderr, where the runner looks for commands as on
//! stdout and no report is in the way, and its summary and outputs in the files that the runner names.
//!
//! A convenience: what cannot be written is a warning, and the run is not worse for it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::{Process, ReportSettings, terminal};
use crate::model::visible_path;
use crate::output;
use crate::report::format::MARKDOWN;
use crate::report::{Format, Rendering, Report, github};

/// The runner drops a summary that is longer, and with it what stood there before.
const SUMMARY_LIMIT: u64 = 1 << 20;

/// Writes all of it, where the run is a step and its reports are wanted in Markdown. A share of a run is no verdict.
pub(super) fn annotate(report: &Report, folder: Option<&Path>, settings: &ReportSettings, process: Process<'_>) {
    let variable = |name: &str| (process.surroundings.variable)(name).filter(|value| !value.is_empty());
    let is_step = variable("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let mut formats = settings
        .formats
        .iter()
        .chain(settings.extras.iter().map(|(format, _)| format));
    let is_wanted = settings.annotates && formats.any(|format: &Format| *format == MARKDOWN);
    if !is_step || !is_wanted || report.run.shard.is_some() {
        return;
    }
    let workspace = variable("GITHUB_WORKSPACE").unwrap_or_default();
    terminal::command(&github::annotations(
        report,
        &settings.path_prefix,
        &workspace.to_string_lossy(),
    ));
    append("summary", variable("GITHUB_STEP_SUMMARY"), |before| {
        summary(report, before)
    });
    append("outputs", variable("GITHUB_OUTPUT"), |_| outputs(report, folder));
}

/// Appends to a file of the runner's; `text` is given how long it is.
fn append(what: &str, path: Option<OsString>, text: impl FnOnce(u64) -> io::Result<Vec<u8>>) {
    let Some(path) = path.map(PathBuf::from) else {
        return;
    };
    if let Err(error) = output::append(&path, text) {
        tracing::warn!(
            "cannot write the {what} of the step to '{}': {error}",
            visible_path(&path)
        );
    }
}

fn summary(report: &Report, before: u64) -> io::Result<Vec<u8>> {
    // What an earlier step of the job left may lack its line feed.
    let mut text = if before > 0 { b"\n".to_vec() } else { Vec::new() };
    MARKDOWN.render(report, Rendering::default(), &mut text)?;
    if before + text.len() as u64 > SUMMARY_LIMIT {
        return Err(io::Error::other("it would be longer than the 1 MiB that are shown"));
    }
    Ok(text)
}

fn outputs(report: &Report, folder: Option<&Path>) -> io::Result<Vec<u8>> {
    let folder = folder
        .map(|folder| folder.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut text = String::new();
    for (name, value) in github::outputs(report, &folder) {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        // Nobody can end it early who does not know it.
        let end = format!("end-{}", hex::encode(random));
        text.extend([name, "<<", &end, "\n", &value, "\n", &end, "\n"]);
    }
    Ok(text.into_bytes())
}
