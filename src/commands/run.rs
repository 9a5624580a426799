//! `run`: the whole job.

use std::io::{self, Write};

use super::clock::Clock;
use super::dry_run;
use super::observe::{self, Observed};
use super::publish;
use super::recorder::Recorder;
use super::talk::Talk;
use super::{Failure, RunSettings};
use crate::credentials::Surroundings;
use crate::inventory::{self, Terms};
use crate::journal::{self, Header, Journal, Replay};
use crate::model::Inventory;
use crate::output::{self, OutputError};
use crate::plan;
use crate::report::document::{LimitedBy, RateEntry, RequestCounts, WireEntry};
use crate::report::verdict::{NOTHING_TO_AUDIT, OK};
use crate::report::{Report, RunFacts};
use crate::swr::Tempo;

/// Audits, writes the reports, tells the end of it, and returns the exit code.
pub fn run(settings: &RunSettings, surroundings: &Surroundings<'_>, talk: &Talk) -> Result<u8, Failure> {
    let replay = settings.replay.as_deref().map(observe::open_journal).transpose()?;
    let clock = Clock::start(settings.reports.at.or(replay.as_ref().map(Replay::started_at)));
    if let Some(run_id) = &settings.reports.run_id {
        output::refuse_taken(settings.reports.folder.as_deref(), run_id)?;
    }
    // A replay tells of the service that was asked then, whatever would be asked now.
    let recorded = replay
        .as_ref()
        .and_then(|replay| replay.sources().first())
        .map(|(_, endpoint)| endpoint);
    let terms = Terms {
        today: clock.today(),
        endpoint: recorded.or(settings.service.endpoint.as_ref()),
    };
    let inventory = inventory::load(&settings.inputs, terms)?;
    publish::refuse_to_overwrite(&inventory.files, &settings.reports)?;
    if settings.dry_run {
        return price(&inventory, settings, clock);
    }
    audit(&inventory, settings, clock, replay, surroundings, talk).map(|report| report.exit_code)
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
    replay: Option<Replay>,
    surroundings: &Surroundings<'_>,
    talk: &Talk,
) -> Result<Report, Failure> {
    let plan = plan::resolve(inventory, clock.today());
    let replay_of = replay.as_ref().map(|replay| replay.run_id().to_owned());
    let service = match (replay, &settings.replay) {
        (Some(replay), Some(path)) => observe::recorded(replay, path, &plan)?,
        (_, _) => observe::connect(&plan, &settings.service, surroundings, talk)?,
    };
    let run_id = settings.reports.run_id.clone().map_or_else(|| clock.new_run_id(), Ok)?;
    let output = publish::prepare(&settings.reports, &run_id)?;
    let journal = output
        .journal()?
        .map(|file| Journal::begin(file, &header(&run_id, clock, inventory)));

    let recorder = Recorder::new(&plan, journal, talk.progress());
    let observed = observe::observe(&service, inventory, &plan, recorder, talk)?;

    let facts = RunFacts {
        id: &run_id,
        started_at: clock.started_at(),
        finished_at: clock.now(),
        replay_of: replay_of.as_deref(),
        sources: &inventory.sources,
        files: &inventory.files,
        wire: wire(&observed, clock, settings.service.concurrency),
        ending: observed.ending,
        fail_on: settings.reports.fail_on,
        exit_zero: settings.reports.exit_zero,
    };
    let report = Report::new(facts, &plan, &observed.judged);
    if let Err(error) = observed.journal {
        // The verdict does not rest on it: the reports are whole, and say the same as the exit code.
        tracing::error!("the journal is incomplete: {error}");
    }
    match publish::publish(output, &report, &settings.reports) {
        Ok(folder) => publish::tell(&report, folder.as_deref(), &settings.reports, talk),
        Err(failure) => {
            publish::tell_unpublished(report, talk);
            return Err(failure);
        }
    }
    Ok(report)
}

fn header<'a>(run_id: &'a str, clock: Clock, inventory: &'a Inventory) -> Header<'a> {
    Header {
        journal: journal::VERSION,
        run_id,
        started_at: clock.started_at(),
        tool_version: env!("CARGO_PKG_VERSION"),
        inventory: inventory
            .files
            .iter()
            .map(|file| (&*file.file, &*file.sha256))
            .collect(),
        sources: inventory
            .sources
            .iter()
            .map(|source| (&*source.name, source.endpoint.as_str()))
            .collect(),
    }
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
