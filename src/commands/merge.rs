//! `merge`: judges the journals of all shards with the inventory as one run, on the path of `--replay`.

mod shards;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

pub use self::shards::MergeError;
use self::shards::{Refusal, Shards};
use super::begin::{Job, Origin, Recording};
use super::clock::Clock;
use super::{Failure, Process, ReportSettings, RunSettings, history, publish, run, warnings};
use crate::inventory::{self, Checked, Endpoints, Terms};
use crate::model::{Contents, Inventory, NamespaceEntry, Skip, WaiverState, visible_path};
use crate::output::{self, JOURNAL};

/// What is judged, and where the result goes.
#[derive(Debug)]
pub struct MergeSettings {
    /// Folders of runs, and the inventory's files and folders.
    pub paths: Vec<PathBuf>,
    /// How far apart the first and the last answer may be.
    pub max_age: Duration,
    /// Whether the mass-change guard lets everything through.
    pub allow_mass_change: bool,
    /// The reports to write.
    pub reports: ReportSettings,
}

/// Judges what the shards recorded, reports as a run does, and returns the exit code.
pub fn merge(settings: MergeSettings, process: Process<'_>) -> Result<u8, Failure> {
    let MergeSettings {
        paths,
        max_age,
        allow_mass_change,
        reports,
    } = settings;
    let (runs, mut inputs): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.join(JOURNAL).is_file());
    refuse_other_files(&runs, &inputs)?;
    if inputs.is_empty() {
        inputs.push("policies/".into());
    }
    let journals: Vec<PathBuf> = runs.iter().map(|run| run.join(JOURNAL)).collect();
    let places = reports.places();
    for paths in [&runs, &journals] {
        output::refuse_over(
            &places,
            paths.iter().map(|path| &**path),
            "belongs to a run that is merged",
        )?;
    }
    let reader = process.interrupt.reader();
    let shards = Shards::read(&journals, max_age, &reader)?;
    if let Some(run_id) = &reports.run_id {
        output::refuse_taken(reports.folder.as_deref(), run_id)?;
    }
    let header = shards.header();
    let settings = RunSettings {
        inputs,
        selection: shards.selection()?,
        selected: header.selection.clone(),
        allow_mass_change,
        ..RunSettings::of(reports)
    };
    let clock = Clock::start(settings.reports.at.or(Some(shards.started_at())));
    let terms = Terms {
        today: clock.today(),
        endpoints: Endpoints::Recorded(shards.sources()),
        max_waiver_days: None,
    };
    let Checked {
        inventory, warnings, ..
    } = inventory::check_again(&settings.inputs, &reader, terms, &header.inventory)?;
    warnings::tell(&warnings, process.talk);
    shards.check_inventory(&inventory)?;
    refuse_days_that_differ(&inventory, &shards)?;
    publish::refuse_over_inputs(&places, &inventory.files, &settings.service, process.surroundings)?;
    let recording = Recording {
        replay: shards.joined(),
        path: None,
    };
    let origin = Origin::Recorded(Box::new(recording));
    let baseline = history::baseline(&origin, clock, &inventory, &settings, process)?;
    let job = Job {
        inventory: &inventory,
        warnings: &warnings::entries(&warnings),
        settings: &settings,
        baseline: &baseline,
        process,
    };
    run::audit(job, clock, origin).map(|report| report.exit_code)
}

/// A path that is neither a run nor YAML is a slip: taken for an inventory, it would be refused in words about YAML.
fn refuse_other_files(runs: &[PathBuf], inputs: &[PathBuf]) -> Result<(), Failure> {
    let is_of_a_run = |path: &&PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("json" | "ndjson" | "csv"))
    };
    if let Some(path) = inputs.iter().find(is_of_a_run) {
        let folder = visible_path(path.parent().unwrap_or(Path::new("")));
        let path = visible_path(path);
        let text = format!("'{path}' is a file of a run\nhint: give the run's folder: {folder}");
        return Err(Failure::Usage(text));
    }
    if runs.is_empty() {
        let text = "none of these is the folder of a run: none holds a journal.ndjson\nhint: give the folder of each shard's \
                    run, as in `swr-audit merge shards/*/RUN policies/`";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(())
}

/// A shard that started under other waivers and skips asked, or did not ask, for what these decide. A waiver or skip that
/// has run out stays so: the first and the last day are enough.
fn refuse_days_that_differ(inventory: &Inventory, shards: &Shards) -> Result<(), MergeError> {
    let days = || shards.starts().map(|start| TimeZone::UTC.to_datetime(start).date());
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return Ok(());
    };
    let waivers = inventory.waivers.iter().filter_map(|waiver| {
        let (before, after) = (WaiverState::of(waiver, first), WaiverState::of(waiver, last));
        let id = Arc::clone(&waiver.id);
        (before != after).then_some(Refusal::Waiver {
            id,
            before,
            first,
            after,
            last,
        })
    });
    let skips = inventory.namespaces.iter().flat_map(skips);
    let skips = skips.filter_map(|(entry, skip)| {
        (skip.holds_on(first) != skip.holds_on(last)).then_some(Refusal::Skip { entry, first, last })
    });
    let refusals: Vec<Refusal> = waivers.chain(skips).collect();
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(MergeError(refusals))
    }
}

/// What a namespace skips, with the names of it.
fn skips(namespace: &NamespaceEntry) -> Vec<(String, &Skip)> {
    match &namespace.contents {
        Contents::Whole(whole) => whole
            .skip
            .iter()
            .map(|skip| (namespace.name.to_string(), skip))
            .collect(),
        Contents::Listed(listed) => {
            let repositories = listed.repositories.iter().map(|entry| &entry.treatment);
            let patterns = listed.patterns.iter().map(|entry| &entry.treatment);
            let skips = repositories.chain(patterns).filter_map(|entry| entry.skip.as_ref());
            skips
                .map(|skip| (format!("{}/{}", namespace.name, skip.entry), skip))
                .collect()
        }
    }
}
