//! `check`: the inventory alone. No credential is looked for, nothing is sent, no folder is made.

use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use super::Failure;
use super::clock::Clock;
use super::talk::Talk;
use crate::inventory::{self, Checked, Named, Problem, Problems, Terms, nearest};
use crate::model::{Contents, Endpoint, Inventory, NamespaceEntry, Place, RepositoryEntry};
use crate::report::check::{self, CheckReport, ProblemEntry, RelatedEntry, Summary};
use crate::report::document::PlaceEntry;
use crate::report::explain::Explanation;

/// What is checked, and how it is told.
#[derive(Debug)]
pub struct CheckSettings {
    /// The inventory's files and folders.
    pub inputs: Vec<PathBuf>,
    /// The clock of expiry dates; `None`: the machine's.
    pub at: Option<Timestamp>,
    /// The endpoint in place of every source's own, as a run would have it.
    pub endpoint: Option<Endpoint>,
    /// Whether warnings fail.
    pub is_strict: bool,
    /// Whether stdout gets a document.
    pub is_json: bool,
    /// The namespace and repository to explain.
    pub explain: Option<(String, String)>,
}

/// Checks, tells, and returns the exit code.
pub fn check(settings: &CheckSettings, talk: &Talk) -> Result<u8, Failure> {
    let clock = Clock::start(settings.at);
    let terms = Terms {
        today: clock.today(),
        endpoint: settings.endpoint.as_ref(),
    };
    let named = settings
        .explain
        .as_ref()
        .map(|(namespace, repository)| Named { namespace, repository });
    let checked = match inventory::check(&settings.inputs, terms, named) {
        Ok(checked) => checked,
        Err(problems) => {
            if settings.is_json {
                print_json(&CheckReport::new(entries(&problems), problems.total(), None))?;
            }
            return Err(problems.into());
        }
    };
    match named {
        Some(named) => explain(&checked, named, clock, settings),
        None => tell(&checked, clock, settings, talk),
    }
}

fn tell(checked: &Checked, clock: Clock, settings: &CheckSettings, talk: &Talk) -> Result<u8, Failure> {
    let warnings = &checked.warnings;
    let summary = Summary::of(&checked.inventory, checked.policies, clock.today());
    if settings.is_json {
        print_json(&CheckReport::new(entries(warnings), warnings.total(), Some(summary)))?;
    }
    let mut text = warnings.render(talk.is_coloured());
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(&check::last_words(summary, warnings.total(), settings.is_strict));
    let code = check::exit_code(warnings.total(), settings.is_strict);
    talk.say(&text);
    if code != 0 {
        talk.complain(&text);
    }
    Ok(code)
}

fn explain(checked: &Checked, named: Named<'_>, clock: Clock, settings: &CheckSettings) -> Result<u8, Failure> {
    let found = find(&checked.inventory, named).zip(checked.trail.as_ref());
    let Some(((namespace, repository), trail)) = found else {
        return Err(Failure::Usage(unknown(&checked.inventory, named)));
    };
    let mut explanation = Explanation::new(namespace, named.repository, repository, trail, clock.today());
    if settings.endpoint.is_some() {
        explanation = explanation.with_endpoint_of_an_option();
    }
    if settings.is_json {
        print_json(&explanation)?;
    } else {
        print(explanation.render().as_bytes())?;
    }
    Ok(0)
}

/// The entry that decides: the repository's own, or its namespace's where that is skipped.
fn find<'i>(inventory: &'i Inventory, named: Named<'_>) -> Option<(&'i NamespaceEntry, Option<&'i RepositoryEntry>)> {
    let mut namespaces = inventory.namespaces.iter();
    let namespace = namespaces.find(|namespace| namespace.name.as_str() == named.namespace)?;
    match &namespace.contents {
        Contents::Skipped(_) => Some((namespace, None)),
        Contents::Repositories(entries) => {
            let entry = entries.iter().find(|entry| entry.name.as_str() == named.repository)?;
            Some((namespace, Some(entry)))
        }
    }
}

fn unknown(inventory: &Inventory, asked: Named<'_>) -> String {
    let known = inventory.namespaces.iter().flat_map(|namespace| {
        let entries: &[RepositoryEntry] = match &namespace.contents {
            Contents::Skipped(_) => &[],
            Contents::Repositories(entries) => entries,
        };
        let name = |entry: &RepositoryEntry| format!("{}/{}", namespace.name, entry.name);
        entries.iter().map(name).collect::<Vec<_>>()
    });
    let known: Vec<String> = known.collect();
    let name = format!("{}/{}", asked.namespace, asked.repository);
    let hint = match nearest(&name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write NAMESPACE/REPO with the names of an entry of the inventory".to_owned(),
    };
    format!("the inventory does not name `{}`\nhint: {hint}", name.escape_debug())
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
    let mut text = serde_json::to_vec_pretty(document).map_err(|error| unprintable(error.into()))?;
    text.push(b'\n');
    print(&text)
}

fn print(text: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush()).map_err(unprintable)
}

fn unprintable(source: io::Error) -> Failure {
    Failure::System {
        doing: "write to stdout",
        source,
    }
}
