//! `snapshot`: an inventory from what is live. Lists and asks like an audit, and judges only what no inventory can put
//! right.

mod found;
mod seen;
mod unmatched;

use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use self::found::everything;
use self::seen::{Answers, View};
use super::asking::{Asked, Asking};
use super::clock::Clock;
use super::interrupt::UnderWay;
use super::known::Known;
use super::services::Services;
use super::talk::Talk;
use super::{Failure, Process, ServiceSettings, publish, run};
use crate::input::Reader;
use crate::inventory::{self, Endpoints, Terms};
use crate::model::{Ending, Inventory, ListingOrders, Seen, Selection, Source, Survey, SurveyedSource, visible_path};
use crate::output::{self, Content, Place, Readers};
use crate::plan;
use crate::report::snapshot::{self as words, Beside, NotTold, Unmatched};
use crate::report::verdict::{INCOMPLETE, NO_AUDIT, NOTHING_TO_AUDIT, OK};
use crate::snapshot::{self, EarlierInventories, Snapshot};

/// What is written down, and where.
#[derive(Debug)]
pub struct SnapshotSettings {
    /// Where the sources are written.
    pub sources: Sources,
    /// Files whose policies stay as they are.
    pub policies_from: Vec<PathBuf>,
    /// What part of the sources is written down.
    pub selection: Selection,
    /// The file to write; `None`: stdout.
    pub output: Option<PathBuf>,
    /// The service.
    pub service: ServiceSettings,
}

/// Whose inventory it will be.
#[derive(Debug)]
pub enum Sources {
    /// The sources of these files and folders.
    Written(Vec<PathBuf>),
    /// One that is written nowhere yet.
    Region {
        /// The region's id.
        region: String,
        /// Its name; `None`: the region.
        name: Option<String>,
    },
}

/// Writes the inventory, and returns the exit code: 4 where something could not be seen or a pattern of `--only` selects
/// nothing, 1 where nothing could be seen, 66 where nothing is left of what was selected. Where there is nothing to write
/// down, nothing is written.
pub fn snapshot(settings: &SnapshotSettings, process: Process<'_>) -> Result<u8, Failure> {
    let clock = Clock::start(None);
    let place = place(settings.output.as_ref())?;
    let Process { interrupt, talk, .. } = process;
    let reader = interrupt.reader();
    let given = load(&settings.sources, &settings.service, &reader, clock)?;
    run::refuse_endpoint_of_others(&given, &settings.service)?;
    let kept = kept(&settings.policies_from, &settings.service, &reader, clock)?;
    let sources = selected(&given, &settings.selection)?;
    let read: Vec<_> = given.files.iter().chain(&kept.files).cloned().collect();
    publish::refuse_over_inputs(slice::from_ref(&place), &read, &settings.service, process.surroundings)?;
    interrupt.begin(UnderWay::Lists);
    if let Place::File(path) = &place {
        output::make_folder_of(path)?;
    }
    let output = output::prepare(None, "snapshot", &[place])?;
    interrupt.sweep(output.unfinished(false));
    let services = Services::connect(&sources, &settings.service, process)?;

    let mut asking = Asking::new(&services, &Known::Nothing, None, interrupt, talk)?;
    let accounts = asking.list(&ListingOrders {
        repositories: Vec::new(),
        namespaces: sources.iter().map(|source| Arc::clone(&source.name)).collect(),
    });
    let found = everything(&sources, &given, &accounts, &settings.selection);
    let listings = asking
        .list(&plan::listings(&found, &settings.selection, clock.today()))
        .alone();
    let plan = plan::resolve(&found, &listings, &settings.selection, clock.today());
    let answers = asking.ask(&plan, &listings, Answers::to(&plan));
    let asked = asking.end();

    let view = View {
        sources: &sources,
        selection: &settings.selection,
        accounts: &accounts,
        plan: &plan,
    };
    let judged = answers.judged(view, clock.today());
    let failures = answers.first_failures(view);
    let survey = answers.survey(view, judged);
    let unmatched = unmatched::all(view, &survey);
    if let Some((text, code)) = nothing(view, &survey, &asked, &failures, &unmatched) {
        talk.say(&text);
        talk.complain(&text);
        return Ok(code);
    }
    // The file whose policies are kept says most of who is under them, and the sources' own the rest.
    let written = snapshot::write(
        &survey,
        EarlierInventories {
            policies: &kept.policies,
            inventories: &[&kept, &given],
        },
    );
    output.publish(
        &[],
        &[Content {
            readers: Readers::Group,
            render: &|out: &mut dyn std::io::Write| out.write_all(written.text.as_bytes()),
        }],
        false,
    )?;
    talk.say(&words::matches_nothing(&unmatched));
    talk.say(&words::reasons(&failures));
    Ok(tell(&survey, &written, settings.output.as_deref(), talk))
}

/// Tells what was written and what could not be seen, and returns the exit code.
fn tell(survey: &Survey, written: &Snapshot, output: Option<&Path>, talk: &Talk) -> u8 {
    let seen = Seen::of(survey);
    let code = if seen.is_whole() && seen.empty_selections == 0 {
        OK
    } else {
        INCOMPLETE
    };
    let is_empty = |source: &&SurveyedSource| source.namespaces.is_empty() && source.gap.is_none() && !source.is_part;
    let empty = survey.sources.iter().filter(is_empty);
    talk.say(&words::nothing_there(empty.map(|source| &source.source.name)));
    let beside = Beside {
        reported: &written.reported,
        without_manual_rules: &written.without_manual_rules,
        flags_not_told: written.unreported_flags,
    };
    talk.say(&words::last_words(seen, beside, output, code));
    code
}

/// Why there is nothing worth writing down, where that is so: nothing was seen or selected, or somebody stopped it.
fn nothing(
    view: View<'_>,
    survey: &Survey,
    asked: &Asked,
    failures: &[NotTold],
    unmatched: &[Unmatched],
) -> Option<(String, u8)> {
    let seen = Seen::of(survey);
    let code = match asked.ending {
        Ending::Signal(signal) => Some(signal.exit_code()),
        Ending::NoCredential | Ending::Refused => Some(NO_AUDIT),
        Ending::Finished | Ending::Deadline(_) if !seen.is_anything() => Some(NO_AUDIT),
        Ending::Finished | Ending::Deadline(_) => None,
    };
    if let Some(code) = code {
        return Some((words::nothing_written(asked.ending, failures), code));
    }
    if !unmatched::is_all(survey, view.selection) {
        return None;
    }
    // Where a list is not known whole, what was selected may be there.
    let (text, code) = if seen.gaps > 0 {
        (words::nothing_written(asked.ending, failures), NO_AUDIT)
    } else if seen.empty_selections > 0 {
        (words::nothing_selected(unmatched), INCOMPLETE)
    } else {
        (words::nothing_selected(unmatched), NOTHING_TO_AUDIT)
    };
    Some((text, code))
}

fn load(sources: &Sources, service: &ServiceSettings, reader: &Reader, clock: Clock) -> Result<Inventory, Failure> {
    let terms = Terms {
        today: clock.today(),
        endpoints: Endpoints::given(service.endpoint.as_ref()),
        max_waiver_days: None,
    };
    let inventory = match sources {
        Sources::Written(inputs) => inventory::load(inputs, reader, terms)?,
        Sources::Region { region, name } => {
            let source = serde_json::json!({ "region": region, "name": name.as_ref().unwrap_or(region) });
            let document = serde_json::json!({ "apiVersion": "swr-audit/v1", "source": source });
            inventory::load_text("--region", &document.to_string(), terms)?
        }
    };
    if inventory.sources.is_empty() {
        let text = "no file that was given holds a `source`\nhint: write one, or give --region";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(inventory)
}

fn kept(files: &[PathBuf], service: &ServiceSettings, reader: &Reader, clock: Clock) -> Result<Inventory, Failure> {
    if files.is_empty() {
        return Ok(Inventory::default());
    }
    let terms = Terms {
        today: clock.today(),
        endpoints: Endpoints::given(service.endpoint.as_ref()),
        max_waiver_days: None,
    };
    Ok(inventory::load(files, reader, terms)?)
}

/// Those of which anything may be written down.
fn selected(given: &Inventory, selection: &Selection) -> Result<Vec<Arc<Source>>, Failure> {
    let is_reached = |source: &&Arc<Source>| selection.reaches_source(&source.name);
    let sources: Vec<Arc<Source>> = given.sources.iter().filter(is_reached).cloned().collect();
    if sources.is_empty() {
        let text = "--only names none of the sources\nhint: give it without a source, or with another one's name";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(sources)
}

/// A file that is there may be somebody's inventory.
fn place(output: Option<&PathBuf>) -> Result<Place, Failure> {
    match output {
        None => Ok(Place::Stdout),
        Some(path) if path.as_os_str() == "-" => Ok(Place::Stdout),
        Some(path) if path.is_file() => {
            let text = format!(
                "'{}' is there already\nhint: give another place, and compare the two",
                visible_path(path)
            );
            Err(Failure::Usage(text))
        }
        Some(path) => Ok(Place::File(path.clone())),
    }
}
