//! `check`: the inventory alone. No credential is looked for, nothing is sent, no folder is made.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::clock::Clock;
use super::talk::Talk;
use super::{Failure, Process, ServiceSettings, live, run};
use crate::inventory::{self, Checked, Endpoints, Problem, Problems, Terms, nearest};
use crate::model::{Contents, Inventory, NamespaceEntry, Place, RepositoryEntry, RepositoryName, Waiver, visible};
use crate::output;
use crate::report::check::{self, CheckReport, ProblemEntry, RelatedEntry, Summary};
use crate::report::document::PlaceEntry;
use crate::report::explain::{Explanation, Subject};
use crate::report::json;
use crate::report::live::Live;

/// What is checked, and how it is shown.
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
    let checked = match inventory::check(&settings.inputs, &process.interrupt.reader(), terms) {
        Ok(checked) => checked,
        Err(problems) => {
            if settings.is_json {
                print_json(&CheckReport::new(entries(&problems), problems.total(), None, None))?;
            }
            return Err(problems.into());
        }
    };
    if let Some(explained) = &settings.explain {
        return explain(&checked.inventory, explained, clock, settings);
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

fn explain(inventory: &Inventory, asked: &Explained, clock: Clock, settings: &CheckSettings) -> Result<u8, Failure> {
    // Nothing is ever found under a name that the service cannot hold.
    let name = RepositoryName::parse(&asked.repository).ok();
    let subjects = name
        .as_ref()
        .map_or_else(Vec::new, |name| subjects(inventory, asked, name));
    let subject = match subjects[..] {
        [subject] => subject,
        [] => return Err(Failure::Usage(unknown(inventory, asked))),
        _ => return Err(Failure::Usage(ambiguous(&subjects))),
    };
    let explanation = Explanation::new(subject, &waivers(inventory, subject), clock.today());
    if settings.is_json {
        print_json(&explanation)?;
    } else {
        output::print(explanation.render().as_bytes())?;
    }
    Ok(0)
}

/// The repository in each source that has it.
fn subjects<'i>(inventory: &'i Inventory, asked: &Explained, repository: &'i RepositoryName) -> Vec<Subject<'i>> {
    let is_asked = |namespace: &&NamespaceEntry| {
        let source = asked.source.as_deref();
        source.is_none_or(|name| *name == *namespace.source.name) && namespace.name.as_str() == asked.namespace
    };
    let subject = |namespace: &'i NamespaceEntry| {
        Some(Subject {
            namespace,
            repository,
            deciding: namespace.deciding(repository)?,
        })
    };
    inventory
        .namespaces
        .iter()
        .filter(is_asked)
        .filter_map(subject)
        .collect()
}

/// Those that may cover findings of it.
fn waivers(inventory: &Inventory, subject: Subject<'_>) -> Vec<Arc<Waiver>> {
    let source = &subject.namespace.source.name;
    let may_cover = |waiver: &&Arc<Waiver>| {
        waiver.source.as_ref().is_none_or(|own| own == source)
            && waiver
                .scope
                .holds_in(source, &subject.namespace.name, subject.repository)
    };
    inventory.waivers.iter().filter(may_cover).cloned().collect()
}

fn ambiguous(subjects: &[Subject<'_>]) -> String {
    let sources = || subjects.iter().map(|subject| &*subject.namespace.source.name);
    let first = &subjects[0];
    let name = format!("{}/{}", first.namespace.name, first.repository);
    format!(
        "several sources have `{name}`: {}\nhint: write the source before it, as in `{}:{name}`",
        sources().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        first.namespace.source.name,
    )
}

fn unknown(inventory: &Inventory, asked: &Explained) -> String {
    let name = format!("{}/{}", asked.namespace, asked.repository);
    let sources = || inventory.sources.iter().map(|source| &*source.name);
    let own = asked.source.as_deref();
    if let Some(source) = own.filter(|source| sources().all(|known| known != *source)) {
        let hint = match nearest(source, sources()) {
            Some(near) => format!("did you mean `{near}:{}`?", visible(&name)),
            None => "write the name of a source of the inventory before the `:`, or leave it out".to_owned(),
        };
        return format!("the inventory has no source `{}`\nhint: {hint}", visible(source));
    }
    let known = inventory.namespaces.iter().flat_map(|namespace| {
        let entries: &[RepositoryEntry] = match &namespace.contents {
            Contents::Whole(_) => &[],
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
