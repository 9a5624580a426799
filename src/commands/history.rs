//! The baseline of a run: which one it is, read before anything is asked.

use super::begin::{Origin, Recording};
use super::clock::Clock;
use super::{BaselineChoice, Failure, Process, RunSettings};
use crate::history::{Baseline, Wanted};
use crate::model::Inventory;
use crate::output;
use crate::report::format::JSON;

/// The baseline that the options ask for. A shard has none: what it leaves out would look like history to it.
pub(super) fn baseline(
    origin: &Origin,
    clock: Clock,
    inventory: &Inventory,
    settings: &RunSettings,
    process: Process<'_>,
) -> Result<Baseline, Failure> {
    let started_at = match origin {
        Origin::Asked | Origin::Recorded(_) => clock.started_at(),
        Origin::Resumed(past) => settings.reports.at.unwrap_or(past.replay().header().started_at),
    };
    let wanted = Wanted {
        inventory,
        started_at,
        same: same_as(origin),
    };
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

/// The run whose answers are judged again or gone on with; of merged shards none that has a report of its own.
fn same_as(origin: &Origin) -> Option<&str> {
    match origin {
        Origin::Asked => None,
        Origin::Recorded(recording) => Some(recording.judged_again().unwrap_or_default()),
        Origin::Resumed(past) => Some(past.run_id()),
    }
}

impl Recording {
    fn judged_again(&self) -> Option<&str> {
        self.path.as_ref().map(|_| &*self.replay.header().run_id)
    }
}
