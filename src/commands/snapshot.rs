//! `snapshot`: an inventory from what is live. Lists and asks like an audit, and judges only what no inventory can put
//! right.

mod unmatched;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::clock::Clock;
use super::interrupt::{Deadline, Interrupt};
use super::observe::{Asked, Asking};
use super::recorder::Gather;
use super::resume::Known;
use super::services::Services;
use super::talk::Talk;
use super::{Failure, ServiceSettings, run};
use crate::credentials::Surroundings;
use crate::inventory::{self, Endpoints, Terms};
use crate::judge::Judging;
use crate::model::{
    Answer, Cause, Contents, Entanglement, Evidence, Expectation, Failure as Failed, Inventory, ListingOrders,
    Listings, Look, NamespaceEntry, NamespaceName, Observation, Others, Place as Written, Plan, PlannedListing,
    PlannedNamespace, PlannedRepository, Policy, RegionLimits, Seen, Selection, Severities, Source, Survey,
    SurveyedNamespace, SurveyedRepository, SurveyedSource, Tangle, UnknownClass,
};
use crate::output::{self, Place};
use crate::plan;
use crate::report::snapshot::{self as words, Unread};
use crate::report::verdict::{Ending, INCOMPLETE, NO_AUDIT, NOTHING_TO_AUDIT, OK};
use crate::snapshot;

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
    /// When the asking has to end, from the start of the run.
    pub deadline: Option<std::time::Duration>,
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

/// Writes the inventory, and returns the exit code: 4 where something could not be seen, 1 where nothing could,
/// 66 where nothing was selected: in the last two nothing is written.
pub fn snapshot(settings: &SnapshotSettings, surroundings: &Surroundings<'_>, talk: &Talk) -> Result<u8, Failure> {
    let clock = Clock::start(None);
    let place = place(settings.output.as_ref())?;
    let given = load(&settings.sources, &settings.service, clock)?;
    run::refuse_one_endpoint_for_several(&given, &settings.service)?;
    let kept = kept_policies(&settings.policies_from, clock)?;
    let sources = selected(&given, &settings.selection)?;
    let deadline = settings
        .deadline
        .and_then(|given| clock.after(given).map(|at| Deadline { at, given }));
    let interrupt = Interrupt::listen(deadline)?;
    let output = output::prepare(None, "snapshot", &[place])?;
    interrupt.sweep(output.beside());
    let services = Services::connect(&sources, &settings.service, surroundings, talk)?;

    let mut asking = Asking::new(&services, Known(None), None, &interrupt, talk)?;
    let accounts = asking.list(&ListingOrders {
        repositories: Vec::new(),
        namespaces: sources.iter().map(|source| Arc::clone(&source.name)).collect(),
    });
    let found = everything(&sources, &given, &accounts, &settings.selection);
    let listings = asking.list(&plan::listings(&found, &settings.selection, clock.today()));
    let plan = plan::resolve(&found, &listings, &settings.selection, clock.today());
    let (answers, asked) = asking.ask(&plan, &listings, Answers(vec![None; plan.repositories.len()]));

    let why = first_failures(&sources, &accounts, &plan, &answers);
    let tangles = tangles(&plan, &sources, &answers, clock);
    let survey = Survey {
        tangles,
        ..survey(&sources, &settings.selection, &accounts, &plan, answers)
    };
    let seen = Seen::of(&survey);
    if let Some(code) = no_snapshot(&asked, seen) {
        let text = words::nothing_written(asked.ending, &why);
        talk.say(&text);
        talk.complain(&text);
        return Ok(code);
    }
    let unmatched = unmatched::all(&sources, &settings.selection, &accounts, &plan, &survey);
    if unmatched::is_all(&survey, &settings.selection) {
        // Where a list is not known whole, what was selected may be there.
        let (text, code) = if seen.gaps > 0 {
            (words::nothing_written(asked.ending, &why), NO_AUDIT)
        } else {
            (words::nothing_selected(&unmatched), NOTHING_TO_AUDIT)
        };
        talk.say(&text);
        talk.complain(&text);
        return Ok(code);
    }
    let snapshot::Written { text, reported } = snapshot::write(&survey, &kept);
    output.publish(
        &[],
        &[&|out: &mut dyn std::io::Write| out.write_all(text.as_bytes())],
        false,
    )?;
    let code = if seen.is_whole() { OK } else { INCOMPLETE };
    talk.say(&words::matches_nothing(&unmatched));
    let is_empty = |source: &&SurveyedSource| source.namespaces.is_empty() && source.gap.is_none() && !source.is_part;
    let empty = survey.sources.iter().filter(is_empty);
    talk.say(&words::nothing_there(empty.map(|source| &source.source.name)));
    talk.say(&words::last_words(seen, &reported, settings.output.as_deref(), code));
    Ok(code)
}

fn load(sources: &Sources, service: &ServiceSettings, clock: Clock) -> Result<Inventory, Failure> {
    let terms = Terms {
        today: clock.today(),
        endpoints: Endpoints::given(service.endpoint.as_ref()),
        max_waiver_days: None,
    };
    let inventory = match sources {
        Sources::Written(inputs) => inventory::load(inputs, terms)?,
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

fn kept_policies(files: &[PathBuf], clock: Clock) -> Result<Vec<Policy>, Failure> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let terms = Terms {
        today: clock.today(),
        endpoints: Endpoints::Written,
        max_waiver_days: None,
    };
    Ok(inventory::load(files, terms)?.policies)
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
                path.display()
            );
            Err(Failure::Usage(text))
        }
        Some(path) => Ok(Place::File(path.clone())),
    }
}

/// An inventory of all that was found, under a policy that expects nothing and forbids nothing: what to list and ask
/// follows from it as from any other.
fn everything(sources: &[Arc<Source>], given: &Inventory, accounts: &Listings, selection: &Selection) -> Inventory {
    let anything = Arc::new(Expectation {
        policy: None,
        targets: Vec::new(),
        other_rules: Others::Allow,
        regions: RegionLimits::default(),
        severities: Arc::new(Severities::default()),
        place: nowhere(),
    });
    let entry = |source: &Arc<Source>, name: NamespaceName| NamespaceEntry {
        source: Arc::clone(source),
        name,
        owner: None,
        severities: Arc::clone(&anything.severities),
        contents: Contents::All(Arc::clone(&anything)),
        place: nowhere(),
    };
    let mut namespaces = Vec::new();
    for source in sources {
        let names = names(source, given, accounts, selection).into_iter();
        let reached = names.filter(|name| selection.reaches(&source.name, name));
        namespaces.extend(reached.map(|name| entry(source, name)));
    }
    Inventory {
        sources: sources.to_vec(),
        namespaces,
        other_namespaces: Vec::new(),
        policies: Vec::new(),
        waivers: Vec::new(),
        files: Vec::new(),
    }
}

/// The namespaces of a source as it lists them; where it does not, also those that somebody called by name: to list a
/// namespace takes another permission than to list all of them.
fn names(
    source: &Arc<Source>,
    given: &Inventory,
    accounts: &Listings,
    selection: &Selection,
) -> BTreeSet<NamespaceName> {
    let Some(account) = accounts.namespaces.get(&source.name) else {
        return BTreeSet::new();
    };
    let mut names: BTreeSet<NamespaceName> = account.names.iter().cloned().collect();
    if account.gap.is_some() {
        let mine = given.namespaces.iter().filter(|entry| entry.source.name == source.name);
        names.extend(mine.map(|entry| entry.name.clone()));
        let selected = selection.only.iter().filter(|scope| scope.reaches_source(&source.name));
        names.extend(selected.filter_map(|scope| NamespaceName::parse(scope.namespace().as_str()).ok()));
    }
    names
}

fn nowhere() -> Written {
    Written {
        file: "".into(),
        line: 0,
        column: 0,
    }
}

/// What each repository of the plan answered.
struct Answers(Vec<Option<Answer>>);

impl Gather for Answers {
    fn take(&mut self, index: usize, observation: Observation) {
        self.0[index] = Some(observation.answer);
    }

    fn looked(&mut self, _: &Arc<str>, _: &NamespaceName, _: Look) {}
}

/// What an audit would find of rules that are wrong together: it follows the same ones.
fn tangles(plan: &Plan, sources: &[Arc<Source>], answers: &Answers, clock: Clock) -> Vec<Tangle> {
    let mut judging = Judging::new(plan);
    for (index, answer) in answers.0.iter().enumerate() {
        if let Some(answer @ Answer::Rules(_)) = answer {
            let answer = answer.clone();
            let evidence = Evidence::default();
            judging.take(index, Observation { answer, evidence });
        }
    }
    let judged = judging.finish(sources, &[], clock.today());
    let tangle = |found: Entanglement| Tangle {
        code: found.finding.difference.code(),
        members: found
            .members
            .iter()
            .map(|&index| plan.repositories[index].id.clone())
            .collect(),
        target: found.finding.target,
    };
    judged.entanglements.into_iter().map(tangle).collect()
}

fn survey(
    sources: &[Arc<Source>],
    selection: &Selection,
    accounts: &Listings,
    plan: &Plan,
    answers: Answers,
) -> Survey {
    let mut repositories = plan.repositories.iter().zip(answers.0).peekable();
    let mut namespaces = plan.namespaces.iter().peekable();
    let mut surveyed = Vec::with_capacity(sources.len());
    // Sources and plan are in the same order: by name.
    for source in sources {
        let account = accounts.namespaces.get(&source.name);
        let mut seen = Vec::new();
        while let Some(planned) = namespaces.next_if(|planned| planned.source.name == source.name) {
            let is_of_it = |(one, _): &(&PlannedRepository, Option<Answer>)| {
                one.id.source == source.name && one.id.namespace == planned.name
            };
            let mine = std::iter::from_fn(|| repositories.next_if(is_of_it));
            let mine: Vec<SurveyedRepository> = mine.filter_map(surveyed_repository).collect();
            seen.extend(surveyed_namespace(planned, mine, selection));
        }
        let is_part = selection.leaves_out_by_name();
        let listed: usize = plan
            .namespaces
            .iter()
            .filter(|planned| planned.source.name == source.name)
            .filter_map(|planned| Some(planned.listing.as_ref()?.listed))
            .sum();
        let counted = account
            .and_then(|account| account.account_repositories)
            .filter(|_| !is_part);
        surveyed.push(SurveyedSource {
            hidden: counted.map_or(0, |counted| counted.saturating_sub(listed as u64)),
            source: Arc::clone(source),
            namespaces: seen,
            gap: account.and_then(|account| account.gap.as_ref().map(Cause::from)),
            is_part,
        });
    }
    Survey {
        sources: surveyed,
        tangles: Vec::new(),
    }
}

/// `None`: it is not there.
fn surveyed_namespace(
    planned: &PlannedNamespace,
    repositories: Vec<SurveyedRepository>,
    selection: &Selection,
) -> Option<SurveyedNamespace> {
    let listing = planned.listing.as_ref();
    if listing.is_some_and(|planned| matches!(planned.listing.look, Some(Look::Absent))) {
        return None;
    }
    Some(SurveyedNamespace {
        name: planned.name.clone(),
        repositories,
        gap: listing.and_then(PlannedListing::gap).as_ref().map(Cause::from),
        extent: selection.extent(&planned.source.name, &planned.name),
    })
}

/// `None`: deleted since it was listed.
fn surveyed_repository((planned, answer): (&PlannedRepository, Option<Answer>)) -> Option<SurveyedRepository> {
    let rules = match answer {
        Some(Answer::Rules(rules)) => Ok(rules),
        Some(Answer::Absent) => return None,
        Some(Answer::Failed(failure)) => Err(Cause::from(&failure)),
        None => Err(Cause::from(&Failed::unasked(UnknownClass::Interrupted))),
    };
    let name = planned.id.repository.clone();
    Some(SurveyedRepository { name, rules })
}

/// Why something of a source was not told: the first reason that there is, of each source.
fn first_failures(sources: &[Arc<Source>], accounts: &Listings, plan: &Plan, answers: &Answers) -> Vec<words::NotTold> {
    let first = |source: &Arc<Source>| {
        let account = accounts.namespaces.get(&source.name);
        let of_account = account
            .and_then(|account| account.gap.clone())
            .map(|gap| (Unread::Namespaces, gap));
        let of_namespace = || {
            let mut mine = plan
                .namespaces
                .iter()
                .filter(|planned| planned.source.name == source.name);
            mine.find_map(|planned| {
                let gap = planned.listing.as_ref()?.gap()?;
                Some((Unread::Repositories(planned.name.clone()), gap))
            })
        };
        let of_repository = || {
            let mut mine = plan.repositories.iter().zip(&answers.0);
            mine.find_map(|(planned, answer)| match answer {
                Some(Answer::Failed(failure)) if planned.id.source == source.name => {
                    Some((Unread::Rules(planned.id.clone()), failure.clone()))
                }
                Some(Answer::Failed(_) | Answer::Rules(_) | Answer::Absent) | None => None,
            })
        };
        let (what, failure) = of_account.or_else(of_namespace).or_else(of_repository)?;
        Some(words::NotTold {
            source: Arc::clone(&source.name),
            what,
            failure,
        })
    };
    sources.iter().filter_map(first).collect()
}

/// Where there is nothing worth writing down: nothing was seen, or somebody stopped it.
fn no_snapshot(asked: &Asked, seen: Seen) -> Option<u8> {
    match asked.ending {
        Ending::Signal(code) => Some(code),
        Ending::NoCredential | Ending::Refused => Some(NO_AUDIT),
        Ending::Finished | Ending::Deadline(_) => (!seen.is_anything()).then_some(NO_AUDIT),
    }
}
