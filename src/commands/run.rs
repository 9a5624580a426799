//! `run`: the whole job.

use std::collections::BTreeSet;

use super::annotate;
use super::asking::{Asked, Asking};
use super::begin::{Begun, Identity, Job, Origin, Ready, Record};
use super::clock::Clock;
use super::dry_run;
use super::interrupt::UnderWay;
use super::known::Known;
use super::publish::{self, Ended, JournalState};
use super::talk::Talk;
use super::{Failure, Process, RunSettings, ServiceSettings, history, warnings};
use crate::history::{Now, against};
use crate::inventory::{self, Checked, Endpoints, Terms};
use crate::journal::Journal;
use crate::judge::Judging;
use crate::model::{Endpoint, Inventory, Listings, Source, api_beside_registry, region_at};
use crate::output;
use crate::plan;
use crate::report::document::{LimitedBy, RateEntry, RequestCounts, WireEntry};
use crate::report::verdict::{INCOMPLETE, NOTHING_TO_AUDIT, OK};
use crate::report::{Report, RunFacts, selection};
use crate::swr::Tempo;

/// Audits, writes the reports, tells the end of it, and returns the exit code.
pub fn run(settings: &RunSettings, process: Process<'_>) -> Result<u8, Failure> {
    let reader = process.interrupt.reader();
    let journal = settings.replay.as_deref();
    output::refuse_over(
        &settings.reports.places(),
        journal,
        "is the journal that is judged again",
    )?;
    let origin = Origin::of(settings, &reader)?;
    let clock = origin.clock(settings);
    if let Some(run_id) = &settings.reports.run_id {
        output::refuse_taken(settings.reports.folder.as_deref(), run_id)?;
    }
    // A replay tells of the service that was asked then, whatever would be asked now. Not so a run that is gone on with:
    // a credential is sent only where a person says.
    let endpoints = match &origin {
        Origin::Recorded(recording) => Endpoints::Recorded(recording.replay.sources()),
        Origin::Asked | Origin::Resumed(_) => Endpoints::given(settings.service.endpoint.as_ref()),
    };
    let terms = Terms {
        today: clock.today(),
        endpoints,
        max_waiver_days: settings.max_waiver_days,
    };
    let Checked {
        inventory, warnings, ..
    } = inventory::check(&settings.inputs, &reader, terms)?;
    warnings::tell(&warnings, process.talk);
    refuse_endpoint_of_others(&inventory, &settings.service)?;
    tell_idle_scopes(&inventory, settings, process.talk);
    publish::refuse_over_inputs(
        &settings.reports.places(),
        &inventory.files,
        &settings.service,
        process.surroundings,
    )?;
    if settings.dry_run {
        return price(&inventory, settings, clock);
    }
    let baseline = history::baseline(&origin, clock, &inventory, settings, process)?;
    let job = Job {
        inventory: &inventory,
        warnings: &warnings::entries(&warnings),
        settings,
        baseline: &baseline,
        process,
    };
    audit(job, clock, origin).map(|report| report.exit_code)
}

/// A misspelt name among several would leave out in silence what somebody meant to audit.
fn tell_idle_scopes(inventory: &Inventory, settings: &RunSettings, talk: &Talk) {
    for scope in settings.selection.only.iter().chain(&settings.selection.except) {
        let mut namespaces = inventory.namespaces.iter();
        if !namespaces.any(|namespace| scope.reaches(&namespace.source.name, &namespace.name)) {
            talk.say(&selection::idle(scope));
        }
    }
}

/// One URL cannot be the service of several regions, nor of another one than the table says.
pub(super) fn refuse_endpoint_of_others(inventory: &Inventory, settings: &ServiceSettings) -> Result<(), Failure> {
    let Some(endpoint) = &settings.endpoint else {
        return Ok(());
    };
    for source in &inventory.sources {
        refuse_endpoint_of_other(endpoint, source)?;
    }
    let regions: BTreeSet<&str> = inventory.sources.iter().map(|source| &*source.region).collect();
    if regions.len() < 2 {
        return Ok(());
    }
    let regions: Vec<&str> = regions.into_iter().collect();
    let text = format!(
        "--endpoint stands for one service, and the sources are in several regions: {}\nhint: write `endpoint:` in each \
         source, or audit them one by one",
        regions.join(", ")
    );
    Err(Failure::Usage(text))
}

fn refuse_endpoint_of_other(endpoint: &Endpoint, source: &Source) -> Result<(), Failure> {
    let (host, cloud) = (endpoint.host(), source.cloud.as_ref());
    if let Some(api) = api_beside_registry(host, cloud) {
        let text = format!(
            "--endpoint is the host of the registry, which stores images and knows no rules\nhint: did you mean `{api}`?"
        );
        return Err(Failure::Usage(text));
    }
    let Some(owner) = region_at(host, cloud).filter(|owner| *owner != &*source.region) else {
        return Ok(());
    };
    let text = format!(
        "--endpoint is that of the region {owner}, and the source '{}' is in {}\nhint: leave it out for the region's own",
        source.name, source.region
    );
    Err(Failure::Usage(text))
}

/// Says what would be asked, on stdout. A selection of nothing ends as it would end a run.
fn price(inventory: &Inventory, settings: &RunSettings, clock: Clock) -> Result<u8, Failure> {
    let orders = plan::listings(inventory, &settings.selection, clock.today());
    let plan = plan::resolve(inventory, &Listings::default(), &settings.selection, clock.today());
    let text = dry_run::price(inventory, &orders, &plan, &settings.service);
    output::print(text.as_bytes())?;
    let is_nothing = plan.repositories.is_empty() && orders.is_empty() && settings.selection.shard.is_none();
    Ok(if !plan.idle_scopes.is_empty() {
        INCOMPLETE
    } else if is_nothing {
        NOTHING_TO_AUDIT
    } else {
        OK
    })
}

/// The job after loading: list, plan, ask, judge, report. Where nobody is asked there is nothing to stop: a signal ends
/// the process.
pub(super) fn audit(job: Job<'_>, clock: Clock, origin: Origin) -> Result<Report, Failure> {
    let Job {
        inventory,
        settings,
        process: Process { interrupt, talk, .. },
        ..
    } = job;
    if !matches!(origin, Origin::Recorded(_)) {
        interrupt.begin(UnderWay::Audit);
    }
    let ready = Ready::new(origin, clock, job)?;
    let Begun { output, record } = ready.begun;
    let is_resumable = ready.plan.is_none() && !settings.is_demo;
    interrupt.sweep(output.unfinished(is_resumable));
    let today = ready.clock.today();

    let mut asking = Asking::new(&ready.services, &ready.known, record.open(), interrupt, talk)?;
    let (plan, listings) = if let Some(plan) = ready.plan {
        (plan, Listings::default())
    } else {
        let listings = asking.list(&ready.orders);
        let plan = plan::resolve(inventory, &listings, &settings.selection, today);
        (plan, listings)
    };
    let judging = asking.ask(&plan, &listings, Judging::new(&plan));
    let asked = asking.end();
    // Recorded answers go with the journal: the report of a million repositories needs their room.
    let journal = end_journal(record, ready.known, &asked);
    let mut judged = judging.finish(&inventory.sources, &inventory.waivers, today, job.guard());
    judged.add_limits(&ready.limits);
    judged.add_limits(&asked.limits);
    let facts = facts(&ready.identity, ready.share, ready.clock, job, &asked);
    let now = Now {
        inventory,
        plan: &plan,
        judged: &judged,
        today,
    };
    let past = against(job.baseline, now);
    let report = Report::new(facts, &past, &plan, &judged);

    let ended = Ended {
        is_newest: ready.is_newest,
        was_stopped: asked.ending.was_stopped(),
        is_resumable,
        journal,
        partial: output.partial().map(ToOwned::to_owned),
    };
    match publish::publish(output, &report, &settings.reports, &ended) {
        Ok(folder) => {
            publish::tell(&report, folder.as_deref(), &settings.reports, &ended, talk);
            annotate::annotate(&report, folder.as_deref(), &settings.reports, job.process);
        }
        Err(failure) => {
            interrupt.wait_if_ending();
            publish::tell_unpublished(report, &ended, talk);
            return Err(failure);
        }
    }
    Ok(report)
}

fn facts<'a>(
    identity: &'a Identity,
    shard: Option<String>,
    clock: Clock,
    job: Job<'a>,
    asked: &'a Asked,
) -> RunFacts<'a> {
    let Job {
        inventory,
        settings,
        warnings,
        ..
    } = job;
    RunFacts {
        id: &identity.run_id,
        started_at: clock.started_at(),
        finished_at: clock.now(),
        replay_of: identity.replay_of.as_deref(),
        selection: &settings.selected,
        shard,
        sources: &inventory.sources,
        accounts: &asked.accounts,
        files: &inventory.files,
        wire: wire(asked, clock, settings.service.concurrency),
        ending: asked.ending,
        fail_on: settings.reports.fail_on,
        fail_on_new: settings.reports.fail_on_new,
        warnings: warnings.to_vec(),
        exit_zero: settings.reports.exit_zero,
    }
}

/// Ends the journal. The verdict does not rest on it: the reports are whole, and say the same as the exit code.
fn end_journal(record: Record, known: Known, asked: &Asked) -> JournalState {
    let ended = match (record, known) {
        (Record::Open(journal), _) => journal.end(asked.ending),
        (Record::Copy(file, header), Known::Recorded(replay)) => Journal::copy(file, *header, &replay),
        (Record::Copy(..) | Record::Nowhere, _) => return JournalState::None,
    };
    match ended {
        Ok(()) => JournalState::Whole,
        Err(error) => {
            tracing::error!("the journal is incomplete: {error}");
            JournalState::Cut
        }
    }
}

/// To a tenth: nobody needs more of a rate.
fn rounded(per_second: f64) -> f64 {
    (per_second * 10.0).round() / 10.0
}

/// Under a clock that stands still, durations are nothing.
fn wire(asked: &Asked, clock: Clock, concurrency: usize) -> WireEntry {
    let counts = &asked.counts;
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
            limit: limit(&asked.tempos).map(rounded),
            limit_by: limited_by(&asked.tempos),
        },
    }
}

/// The requests a second that all sources together were kept to; `None` where one of them was not kept to any.
fn limit(tempos: &[Tempo]) -> Option<f64> {
    let limits: Option<Vec<f64>> = tempos.iter().map(|tempo| tempo.per_second).collect();
    limits
        .filter(|limits| !limits.is_empty())
        .map(|limits| limits.iter().sum())
}

fn limited_by(tempos: &[Tempo]) -> LimitedBy {
    if tempos.iter().any(|tempo| tempo.is_learnt) {
        LimitedBy::Service
    } else if tempos.iter().any(|tempo| tempo.per_second.is_some()) {
        LimitedBy::Option
    } else {
        LimitedBy::None
    }
}
