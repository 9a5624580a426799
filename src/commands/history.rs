//! The baseline of a run: which one it is, read before anything is asked.

use super::{BaselineChoice, Failure, Process, RunSettings};
use crate::history::{Baseline, Wanted};
use crate::output;
use crate::report::format::JSON;

/// The baseline that the options ask for. A shard has none: what it leaves out would look like history to it.
pub(super) fn baseline(wanted: Wanted<'_>, settings: &RunSettings, process: Process<'_>) -> Result<Baseline, Failure> {
    let reader = process.interrupt.reader();
    match (&settings.reports.baseline, &settings.reports.folder) {
        (BaselineChoice::File(path), _) => Ok(Baseline::of_file(path, wanted, &reader)?),
        (BaselineChoice::Newest, Some(folder)) if settings.selection.shard.is_none() => {
            let kept = output::kept(folder).unwrap_or_default().into_iter();
            let whole = kept.filter(|run| !run.is_partial);
            let reports = whole.map(|run| run.journal.with_file_name(JSON.file));
            let (baseline, unreadable) = Baseline::of_reports(reports, wanted, &reader);
            for error in unreadable {
                process.talk.say(&format!("{error}\n"));
            }
            Ok(baseline)
        }
        (BaselineChoice::Newest | BaselineChoice::Nothing, _) => Ok(Baseline::default()),
    }
}
