//! `check`: the inventory alone. No credential is looked for, nothing is sent, no folder is made.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::clock::Clock;
use super::talk::Talk;
use super::{Failure, Process, ServiceSettings, live, run};
use crate::inventory::{self, Checked, Endpoints, Named, Problem, Problems, Terms, nearest};
use crate::model::{Contents, Inventory, PatternEntry, Place, RepositoryEntry, RepositoryName, Waiver, visible};
use crate::output;
use crate::report::check::{self, CheckReport, ProblemEntry, RelatedEntry, Summary};
use crate::report::document::PlaceEntry;
use crate::report::explain::{Decided, Explanation, Found};
use crate::report::json;
use crate::report::live::Live;

/// What is checked, and how it is told.
#[derive(Debug)]
pub struct CheckSettings {
    /// The inventory's files and folders.
    pub inputs: Vec<PathBuf>,
    /// The clock of expiry dates; `None`: the machine's.
    pub at: Option<Timestamp>,
    /// The service, as a run would ask it.
    pub service: ServiceSettings,
    /// Whether names are compared with what the service lists.
    pub is_live: bool,
    /// Whether warnings fail.
    pub is_strict: bool,
    /// Whether stdout gets a document.
    pub is_json: bool,
    /// How many days from today on a waiver may hold; `None`: as many as it says.
    pub max_waiver_days: Option<u32>,
    /// The repository to explain.
    pub explain: Option<Explained>,
}

/// A repository, by the names that somebody gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The source; `None`: whichever has it.
    pub source: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// The repository in it.
    pub repository: String,
}

/// Checks, tells, and returns the exit code.
pub fn check(settings: &CheckSettings, process: Process<'_>) -> Result<u8, Failure> {
    let clock = Clock::start(settings.at);
    let terms = Terms {
        today: clock.today(),
        endpoints: Endpoints::given(settings.service.endpoint.as_ref()),
        max_waiver_days: settings.max_waiver_days,
    };
    let named = settings.explain.as_ref().map(|explained| Named {
        source: explained.source.as_deref(),
        namespace: &explained.namespace,
        repository: &explained.repository,
    });
    let checked = match inventory::check(&settings.inputs, &process.interrupt.reader(), terms, named) {
        Ok(checked) => checked,
        Err(problems) => {
            if settings.is_json {
                print_json(&CheckReport::new(entries(&problems), problems.total(), None, None))?;
            }
            return Err(problems.into());
        }
    };
    if let Some(named) = named {
        return explain(&checked, named, clock, settings);
    }
    run::refuse_endpoint_of_others(&checked.inventory, &settings.service)?;
    let compare = || live::compare(&checked.inventory, clock, &settings.service, process);
    let live = settings.is_live.then(compare).transpose()?;
    tell(&checked, live, clock, settings, process.talk)
}

fn tell(
    checked: &Checked,
    live: Option<Live>,
    clock: Clock,
    settings: &CheckSettings,
    talk: &Talk,
) -> Result<u8, Failure> {
    let warnings = &checked.warnings;
    let summary = Summary::of(&checked.inventory, checked.policies, clock.today());
    let mut text = warnings.render(talk.is_coloured());
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    let of_live = live.as_ref().map(Live::exit_code);
    let has_waivers = !checked.inventory.waivers.is_empty();
    text.extend(live.as_ref().map(|live| live.render(has_waivers)));
    let code = check::exit_code(warnings.total(), settings.is_strict, of_live);
    text.push_str(&check::last_words(
        summary,
        warnings.total(),
        settings.is_strict,
        live.as_ref(),
    ));
    if settings.is_json {
        print_json(&CheckReport::new(
            entries(warnings),
            warnings.total(),
            Some(summary),
            live,
        ))?;
    }
    talk.say(&text);
    if code != 0 {
        talk.complain(&text);
    }
    Ok(code)
}

fn explain(checked: &Checked, named: Named<'_>, clock: Clock, settings: &CheckSettings) -> Result<u8, Failure> {
    let inventory = &checked.inventory;
    let mut trails = checked.trails.iter();
    let found = trails
        .next()
        .and_then(|(source, trail)| Some((find(inventory, source, named)?, trail)));
    let Some((found, trail)) = found else {
        return Err(Failure::Usage(unknown(inventory, named)));
    };
    if trails.next().is_some() {
        return Err(Failure::Usage(ambiguous(checked, named)));
    }
    let mut explanation = Explanation::new(found, trail, &waivers(inventory, found), clock.today());
    if settings.service.endpoint.is_some() {
        explanation = explanation.with_endpoint_of_an_option();
    }
    if settings.is_json {
        print_json(&explanation)?;
    } else {
        output::print(explanation.render().as_bytes())?;
    }
    Ok(0)
}

/// The entry that decides: the repository's own, the first pattern that matches, or its namespace's.
fn find<'i>(inventory: &'i Inventory, source: &str, named: Named<'i>) -> Option<Found<'i>> {
    let mut namespaces = inventory.namespaces.iter();
    let namespace =
        namespaces.find(|namespace| *namespace.source.name == *source && namespace.name.as_str() == named.namespace)?;
    // Of a name that the service cannot hold nothing is ever found.
    let is_legal = RepositoryName::parse(named.repository).is_ok();
    let decided = match &namespace.contents {
        Contents::Skipped { .. } => Decided::Namespace,
        Contents::All(_) if is_legal => Decided::Namespace,
        Contents::All(_) => return None,
        Contents::Listed(listed) => {
            let is_it = |entry: &&RepositoryEntry| entry.name.as_str() == named.repository;
            let matches = |entry: &&PatternEntry| is_legal && entry.pattern.matches(named.repository);
            let own = listed.repositories.iter().find(is_it).map(Decided::Repository);
            own.or_else(|| listed.patterns.iter().find(matches).map(Decided::Pattern))?
        }
    };
    Some(Found {
        namespace,
        repository: named.repository,
        decided,
    })
}

/// Those that may cover findings of it.
fn waivers(inventory: &Inventory, found: Found<'_>) -> Vec<Arc<Waiver>> {
    let source = &found.namespace.source.name;
    let Ok(repository) = RepositoryName::parse(found.repository) else {
        return Vec::new();
    };
    let may_cover = |waiver: &&Arc<Waiver>| {
        waiver.source.as_ref().is_none_or(|own| own == source)
            && waiver.scope.holds_in(source, &found.namespace.name, &repository)
    };
    inventory.waivers.iter().filter(may_cover).cloned().collect()
}

fn ambiguous(checked: &Checked, asked: Named<'_>) -> String {
    let sources: Vec<String> = checked.trails.keys().map(|name| format!("`{name}`")).collect();
    let first = checked.trails.keys().next().map_or("SOURCE", |name| &**name);
    let name = format!("{}/{}", asked.namespace, asked.repository);
    format!(
        "several sources have `{}`: {}\nhint: write the source before it, as in `{first}:{}`",
        visible(&name),
        sources.join(", "),
        visible(&name)
    )
}

fn unknown(inventory: &Inventory, asked: Named<'_>) -> String {
    let name = format!("{}/{}", asked.namespace, asked.repository);
    let sources = || inventory.sources.iter().map(|source| &*source.name);
    if let Some(source) = asked.source.filter(|source| sources().all(|known| known != *source)) {
        let hint = match nearest(source, sources()) {
            Some(near) => format!("did you mean `{near}:{}`?", visible(&name)),
            None => "write the name of a source of the inventory before the `:`, or leave it out".to_owned(),
        };
        return format!("the inventory has no source `{}`\nhint: {hint}", visible(source));
    }
    let known = inventory.namespaces.iter().flat_map(|namespace| {
        let entries: &[RepositoryEntry] = match &namespace.contents {
            Contents::Skipped { .. } | Contents::All(_) => &[],
            Contents::Listed(listed) => &listed.repositories,
        };
        let name = |entry: &RepositoryEntry| format!("{}/{}", namespace.name, entry.name);
        entries.iter().map(name).collect::<Vec<_>>()
    });
    let known: Vec<String> = known.collect();
    let hint = match nearest(&name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write NAMESPACE/REPO with a name that an entry of the inventory covers".to_owned(),
    };
    format!("nothing in the inventory covers `{}`\nhint: {hint}", visible(&name))
}

fn entries(problems: &Problems) -> Vec<ProblemEntry> {
    let place = |place: &Place| PlaceEntry {
        file: place.file.clone(),
        line: place.line,
        column: place.column,
    };
    let entry = |problem: &Problem| ProblemEntry {
        severity: problems.weight().name(),
        file: problem.file().to_owned(),
        line: problem.place().map(|place| place.line),
        column: problem.place().map(|place| place.column),
        message: problem.message().to_owned(),
        remedy: problem.remedy().to_owned(),
        related: problem
            .related()
            .iter()
            .map(|related| RelatedEntry {
                place: place(related.place()),
                message: related.text().to_owned(),
            })
            .collect(),
    };
    problems.shown().iter().map(entry).collect()
}

fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let mut text = Vec::new();
    json::write(document, &mut text).expect("memory takes everything, and all its keys are texts");
    Ok(output::print(&text)?)
}
