//! `run`: the whole job.

use std::io::{self, Write};

use super::begin::{Begun, Identity, Origin};
use super::clock::Clock;
use super::dry_run;
use super::interrupt::{Deadline, Interrupt};
use super::observe::{self, Observed, Service};
use super::publish::{self, Ended};
use super::recorder::Recorder;
use super::resume::{self, Known};
use super::talk::Talk;
use super::{Failure, RunSettings};
use crate::credentials::Surroundings;
use crate::inventory::{self, Terms};
use crate::model::Inventory;
use crate::output::{self, OutputError};
use crate::plan;
use crate::report::document::{LimitedBy, RateEntry, RequestCounts, WireEntry};
use crate::report::verdict::{NOTHING_TO_AUDIT, OK};
use crate::report::{Report, RunFacts};
use crate::swr::Tempo;

/// Audits, writes the reports, tells the end of it, and returns the exit code.
pub fn run(settings: &RunSettings, surroundings: &Surroundings<'_>, talk: &Talk) -> Result<u8, Failure> {
    let origin = Origin::of(settings)?;
    let clock = origin.clock(settings);
    if let Some(run_id) = &settings.reports.run_id {
        output::refuse_taken(settings.reports.folder.as_deref(), run_id)?;
    }
    // A replay tells of the service that was asked then, whatever would be asked now. Not so a run that is gone on with:
    // a credential is sent only where a person says.
    let recorded = match &origin {
        Origin::Recorded(replay) => replay.sources().first().map(|(_, endpoint)| endpoint),
        Origin::Asked | Origin::Resumed(_) => None,
    };
    let terms = Terms {
        today: clock.today(),
        endpoint: recorded.or(settings.service.endpoint.as_ref()),
    };
    let inventory = inventory::load(&settings.inputs, terms)?;
    publish::refuse_to_overwrite(&inventory.files, &settings.reports)?;
    if settings.dry_run {
        return price(&inventory, settings, clock);
    }
    audit(&inventory, settings, clock, origin, surroundings, talk).map(|report| report.exit_code)
}

/// Says what would be asked, on stdout; nothing to ask is told as a run tells it.
fn price(inventory: &Inventory, settings: &RunSettings, clock: Clock) -> Result<u8, Failure> {
    let plan = plan::resolve(inventory, clock.today());
    let text = dry_run::price(inventory, &plan, &settings.service);
    io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .map_err(OutputError::Stdout)?;
    Ok(if plan.repositories.is_empty() {
        NOTHING_TO_AUDIT
    } else {
        OK
    })
}

/// The job after loading: plan, fetch, judge, report.
pub(super) fn audit(
    inventory: &Inventory,
    settings: &RunSettings,
    clock: Clock,
    origin: Origin,
    surroundings: &Surroundings<'_>,
    talk: &Talk,
) -> Result<Report, Failure> {
    let interrupt = Interrupt::listen(deadline(settings, clock))?;
    let plan = plan::resolve(inventory, clock.today());
    let identity = Identity::new(&origin, settings, clock)?;
    let header = identity.header(clock, inventory);
    let connect = || observe::connect(&plan, &settings.service, surroundings, talk);
    let (service, past) = match origin {
        Origin::Asked => (connect()?, None),
        Origin::Recorded(replay) => (observe::recorded(replay, settings.replay.as_deref(), &plan)?, None),
        Origin::Resumed(past) => {
            past.check_fits(&header)?;
            let lacks_nothing = past.lacks_nothing(&plan);
            let service = if lacks_nothing { Service::Idle } else { connect()? };
            // Without reports it stays what it is, and can be gone on with once there is a credential.
            if matches!(service, Service::Closed) {
                return Err(Failure::StillUnfinished(past.run_id().to_owned()));
            }
            (service, Some(past))
        }
    };
    let is_newest = past.as_ref().is_none_or(resume::is_newest);
    let begun = match past {
        None => Begun::new(&header, settings, talk)?,
        Some(past) => Begun::resumed(past, &header, &plan, settings, clock, talk)?,
    };
    interrupt.sweep(begun.output.beside());

    let recorder = Recorder::new(&plan, begun.journal, talk.progress());
    let known = Known(begun.known.as_ref());
    let observed = observe::observe(&service, &known, inventory, &plan, &interrupt, recorder, talk)?;

    let facts = RunFacts {
        id: &identity.run_id,
        started_at: clock.started_at(),
        finished_at: clock.now(),
        replay_of: identity.replay_of.as_deref(),
        sources: &inventory.sources,
        files: &inventory.files,
        wire: wire(&observed, clock, settings.service.concurrency),
        ending: observed.ending,
        fail_on: settings.reports.fail_on,
        exit_zero: settings.reports.exit_zero,
    };
    let report = Report::new(facts, &plan, &observed.judged);
    if let Err(error) = &observed.journal {
        // The verdict does not rest on it: the reports are whole, and say the same as the exit code.
        tracing::error!("the journal is incomplete: {error}");
    }
    let ended = Ended {
        is_newest,
        was_stopped: observed.was_stopped(),
        is_journal_whole: observed.journal.is_ok(),
        partial: begun.output.partial().map(ToOwned::to_owned),
    };
    match publish::publish(begun.output, &report, &settings.reports, &ended) {
        Ok(folder) => publish::tell(&report, folder.as_deref(), &settings.reports, &ended, talk),
        Err(failure) => {
            publish::tell_unpublished(report, &ended, talk);
            return Err(failure);
        }
    }
    Ok(report)
}

/// A deadline beyond all time is none.
fn deadline(settings: &RunSettings, clock: Clock) -> Option<Deadline> {
    let given = settings.deadline?;
    clock.after(given).map(|at| Deadline { at, given })
}

/// To a tenth: nobody needs more of a rate.
fn rounded(per_second: f64) -> f64 {
    (per_second * 10.0).round() / 10.0
}

/// Under a clock that stands still, durations are nothing.
fn wire(observed: &Observed, clock: Clock, concurrency: usize) -> WireEntry {
    let counts = &observed.counts;
    let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let measured = |duration: Option<std::time::Duration>| duration.map(millis).filter(|_| !clock.stands_still());
    let seconds = clock.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = (seconds > 0.0).then(|| rounded(counts.sent as f64 / seconds));
    WireEntry {
        duration_ms: millis(clock.elapsed()),
        requests: RequestCounts {
            sent: counts.sent,
            retried: counts.retried,
            throttled: counts.throttled,
            failed: counts.failed,
        },
        p50_ms: measured(counts.p50()),
        p95_ms: measured(counts.p95()),
        rate: RateEntry {
            concurrency,
            per_second,
            limit: observed.tempo.and_then(|tempo| tempo.per_second).map(rounded),
            limit_by: match observed.tempo {
                Some(Tempo { is_learnt: true, .. }) => LimitedBy::Service,
                Some(Tempo {
                    per_second: Some(_), ..
                }) => LimitedBy::Option,
                Some(_) | None => LimitedBy::None,
            },
        },
    }
}
