//! The reports of a run: their places made ready before the audit, filled after it, and announced at the end.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::connector::certificates_of_the_system;
use super::talk::Talk;
use super::{Failure, ReportSettings, ServiceSettings};
use crate::credentials::{self, Surroundings};
use crate::model::{InventoryFile, visible, visible_path};
use crate::output::{self, Content, JOURNAL, Output, Place, Readers, Render};
use crate::report::console::{self, Telling};
use crate::report::format::{DRIFT, JSON};
use crate::report::verdict::{NO_AUDIT, Status};
use crate::report::{Format, Rendering, Report, resumption};

/// A report over what it is made from would be the last one.
pub(super) fn refuse_over_inputs(
    places: &[Place],
    files: &[InventoryFile],
    service: &ServiceSettings,
    surroundings: &Surroundings<'_>,
) -> Result<(), Failure> {
    let inventory = files.iter().map(|file| &*file.path);
    output::refuse_over(places, inventory, "is a file of the inventory")?;
    let given = service.ca_certificates.as_ref().map(|certificates| &*certificates.file);
    output::refuse_over(places, given, "is the file of --ca-cert")?;
    let system = certificates_of_the_system(surroundings);
    output::refuse_over(places, system.as_deref(), "is the file of SSL_CERT_FILE")?;
    let credentials = credentials::files(surroundings);
    output::refuse_over(
        places,
        credentials.iter().map(|path| &**path),
        "is a file of credentials",
    )?;
    Ok(())
}

/// What becomes of a run beyond its report.
pub(super) struct Ended {
    /// Whether no run that has an audit is newer.
    pub is_newest: bool,
    /// Whether a signal or the deadline stopped it.
    pub was_stopped: bool,
    /// Whether another run can go on with it: not where answers were recorded, or the service is gone.
    pub is_resumable: bool,
    /// Where its journal grew, if anywhere.
    pub partial: Option<PathBuf>,
    /// What is to be said of its journal.
    pub journal: JournalState,
}

/// What became of the journal of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JournalState {
    /// It holds every answer.
    Whole,
    /// It does not: it could not be written to its end.
    Cut,
    /// There is none: nobody was asked.
    None,
}

/// Writes every report and completes the folder.
pub(super) fn publish(
    output: Output,
    report: &Report,
    settings: &ReportSettings,
    ended: &Ended,
) -> Result<Option<PathBuf>, Failure> {
    let render = |format: Format, is_for_a_pipe: bool| {
        let rendering = Rendering {
            is_for_a_pipe,
            dialect: settings.dialect,
            path_prefix: &settings.path_prefix,
        };
        move |out: &mut dyn Write| format.render(report, rendering, out)
    };
    let in_folder = settings.formats.iter().map(|format| (*format, render(*format, false)));
    let in_folder: Vec<_> = in_folder.collect();
    let beside = settings.extras.iter();
    let beside: Vec<_> = beside
        .map(|(format, place)| (*format, render(*format, *place == Place::Stdout)))
        .collect();
    let files: Vec<(&str, Content<'_>)> = in_folder
        .iter()
        .map(|(format, render)| (format.file, content(*format, render)))
        .collect();
    let extras: Vec<Content<'_>> = beside.iter().map(|(format, render)| content(*format, render)).collect();
    // Old answers judged again are not the newest run.
    let is_latest = report.status != Status::Failed && report.run.replay_of.is_none() && ended.is_newest;
    Ok(output.publish(&files, &extras, is_latest)?)
}

fn content<'a>(format: Format, render: &'a Render<'a>) -> Content<'a> {
    Content {
        readers: readers(format),
        render,
    }
}

/// Who may read a report in that format.
pub(super) fn readers(format: Format) -> Readers {
    if format.is_for_everybody() {
        Readers::Everybody
    } else {
        Readers::Group
    }
}

/// Tells the end of the run.
pub(super) fn tell(report: &Report, folder: Option<&Path>, settings: &ReportSettings, ended: &Ended, talk: &Talk) {
    let names = settings.formats.iter().map(|format| format.file);
    let journal = match ended.journal {
        JournalState::Whole | JournalState::Cut => Some(JOURNAL),
        JournalState::None => None,
    };
    let names: Vec<&str> = names.chain(journal).collect();
    let in_folder = folder.map(|folder| format!("{}/ ({})", visible_path(folder), names.join(", ")));
    let beside = settings.extras.iter().map(|(format, place)| match place {
        Place::Stdout => format!("stdout ({})", format.file),
        Place::File(path) => visible_path(path),
    });
    let reports: Vec<String> = in_folder.into_iter().chain(beside).collect();
    let written = settings
        .formats
        .iter()
        .filter(|_| folder.is_some())
        .chain(settings.extras.iter().map(|(format, _)| format));
    let written: Vec<Format> = written.copied().collect();
    let details_in = [DRIFT, JSON].into_iter().find(|format| written.contains(format));
    let telling = Telling {
        colour: talk.is_coloured(),
        reports: &reports,
        details_in: details_in.map(|format| format.file),
        document: written.contains(&JSON).then_some(JSON.file),
        can_be_resumed: ended.was_stopped && ended.is_resumable && folder.is_some(),
    };
    talk.say(&console::render(report, telling));
    if report.status == Status::Failed {
        talk.complain(&why_there_is_no_audit(report));
    }
}

/// Tells what was found although no report of it could be written: the exit code is another one then. The answers are
/// kept where there is a journal.
pub(super) fn tell_unpublished(mut report: Report, ended: &Ended, talk: &Talk) {
    report.exit_code = NO_AUDIT;
    report.verdict.code = NO_AUDIT;
    report.verdict.reason = "the reports could not be written; what was found is shown here only".into();
    let telling = Telling {
        colour: talk.is_coloured(),
        reports: &[],
        details_in: None,
        document: None,
        can_be_resumed: false,
    };
    talk.say(&console::render(&report, telling));
    let kept = ended.partial.as_ref().filter(|partial| partial.join(JOURNAL).exists());
    if let Some(partial) = kept.filter(|_| ended.is_resumable) {
        talk.say(&resumption::unpublished(
            &visible_path(partial),
            &report.run.id,
            ended.journal == JournalState::Whole,
        ));
    }
}

/// For those who want to hear of errors alone, and of this one certainly.
fn why_there_is_no_audit(report: &Report) -> String {
    let Some(entry) = report.unknown.first() else {
        return format!("error: {}\n", report.verdict.reason);
    };
    let steps = entry.remediation.iter();
    let hints: Vec<String> = steps.map(|step| format!("hint: {}\n", visible(&step.line()))).collect();
    format!(
        "error: {}: {}{}\n{}",
        report.verdict.reason,
        visible(&entry.message),
        entry.request(),
        hints.concat()
    )
}
