//! What a run begins with: where its answers come from, under which name it goes, and the journal that they stand in.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use super::clock::Clock;
use super::connector::Connector;
use super::resume::{self, Past};
use super::services::{self, Services};
use super::talk::Talk;
use super::{Failure, Process, RunSettings};
use crate::input::{self, Reader};
use crate::journal::{self, Header, Journal, Replay, Resumption};
use crate::model::{Inventory, ListingOrders, Listings, Plan, Source, visible_path};
use crate::output::{self, JournalStart, Output};
use crate::plan;
use crate::report::resumption;

/// Where the answers come from.
pub(super) enum Origin {
    /// The service.
    Asked,
    /// An earlier run's journal.
    Recorded(Replay),
    /// A run that is gone on with, and for the rest the service.
    Resumed(Past),
}

/// What a run is called, and what it stems from.
pub(super) struct Identity {
    /// Its id.
    pub run_id: String,
    /// The run that it goes on with under an id of its own.
    pub resumes: Option<String>,
    /// The run whose answers it tells again.
    pub replay_of: Option<String>,
}

/// An opened destination.
pub(super) struct Begun {
    /// The folder and the further places.
    pub output: Output,
    /// The journal, durable up to its header; `None` without a folder.
    pub journal: Option<Journal>,
    /// What an earlier part of the run was told.
    pub known: Option<Replay>,
}

/// What a run is made from.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    /// What should be.
    pub inventory: &'a Inventory,
    /// The options.
    pub settings: &'a RunSettings,
    /// The process that it runs in.
    pub process: Process<'a>,
}

/// Everything that a run needs before its first request.
pub(super) struct Ready {
    /// What it is called.
    pub identity: Identity,
    /// Its clock: of a run that is gone on with, that of the oldest answer that is used.
    pub clock: Clock,
    /// What has to be listed.
    pub orders: ListingOrders,
    /// Whom it asks.
    pub services: Services,
    /// Where it writes.
    pub begun: Begun,
    /// Whether no run that has an audit is newer.
    pub is_newest: bool,
}

impl Ready {
    /// Finds credentials, makes the clients, and opens the folder and the journal, in that order: what cannot be asked
    /// leaves no folder behind.
    pub(super) fn new(origin: Origin, clock: Clock, job: Job<'_>) -> Result<Self, Failure> {
        let Job {
            inventory,
            settings,
            process,
        } = job;
        let mut connector = Connector::new(&settings.service, process);
        let (origin, clock) = origin.settle(clock, job, &mut connector)?;
        let orders = plan::listings(inventory, &settings.selection, clock.today());
        // The names in the inventory, or all that the run gone on with was told.
        let foreseen = plan::resolve(inventory, &origin.listings(&orders), &settings.selection, clock.today());
        let identity = Identity::new(&origin, settings, clock)?;
        let header = identity.header(clock, inventory, settings);
        let sources = wanted(inventory, &orders, &foreseen);
        let (services, past) = match origin {
            Origin::Asked => (connector.services(&sources)?, None),
            Origin::Recorded(replay) => (Services::recorded(replay, settings.replay.as_deref(), &sources)?, None),
            Origin::Resumed(past) => {
                let services = if past.lacks_nothing(&foreseen)? {
                    Services::idle(&sources)
                } else {
                    connector.services(&sources)?
                };
                // Without reports it stays what it is, and can be gone on with once there is a credential.
                if services.are_all_closed() {
                    return Err(Failure::StillUnfinished(past.run_id().to_owned()));
                }
                (services, Some(past))
            }
        };
        let is_newest = past.as_ref().is_none_or(|past| past.is_newest(clock));
        let begun = match past {
            None => Begun::new(&header, settings, process.talk)?,
            Some(past) => Begun::resumed(past, &header, &foreseen, settings, clock, process.talk)?,
        };
        Ok(Self {
            identity,
            clock,
            orders,
            services,
            begun,
            is_newest,
        })
    }
}

/// The sources of which something has to be listed or asked.
fn wanted(inventory: &Inventory, orders: &ListingOrders, plan: &Plan) -> Vec<Arc<Source>> {
    let listed = orders
        .repositories
        .iter()
        .map(|(source, _)| source)
        .chain(&orders.namespaces);
    let asked = plan.repositories.iter().map(|planned| &planned.id.source);
    let names: BTreeSet<&Arc<str>> = listed.chain(asked).collect();
    let sources = inventory.sources.iter().filter(|source| names.contains(&source.name));
    sources.map(Arc::clone).collect()
}

impl Origin {
    /// What the options ask for. An earlier run's journal is read here.
    pub(super) fn of(settings: &RunSettings, reader: &Reader) -> Result<Self, Failure> {
        match (&settings.replay, &settings.resume) {
            (Some(path), _) => Ok(Self::Recorded(services::open_journal(path, reader)?)),
            (None, Some(which)) => Ok(Self::Resumed(resume::find(
                which,
                &settings.reports,
                settings.all_unknown,
            )?)),
            (None, None) => Ok(Self::Asked),
        }
    }

    /// What was listed before anything is asked now.
    pub(super) fn listings(&self, orders: &ListingOrders) -> Listings {
        match self {
            Self::Asked => Listings::default(),
            Self::Recorded(replay) => replay.listings(orders),
            Self::Resumed(past) => past.replay().listings(orders),
        }
    }

    /// The clock up to [`Self::settle`]: recorded answers are held against the day on which they were given.
    pub(super) fn clock(&self, settings: &RunSettings) -> Clock {
        let at = settings.reports.at;
        Clock::start(match self {
            Self::Asked => at,
            Self::Recorded(replay) => at.or(Some(replay.header().started_at)),
            Self::Resumed(past) => at.or(past.replay().header().at),
        })
    }

    /// Decides which answers of an earlier run are used, and with that on which day this one takes place: where none is, it
    /// is a new run.
    fn settle(self, clock: Clock, job: Job<'_>, connector: &mut Connector<'_>) -> Result<(Self, Clock), Failure> {
        let Self::Resumed(mut past) = self else {
            return Ok((self, clock));
        };
        let identity = Identity {
            run_id: past.run_id().to_owned(),
            resumes: None,
            replay_of: None,
        };
        past.check_fits(&identity.header(clock, job.inventory, job.settings))?;
        past.keep_what_counts(clock, job, connector)?;
        let at = job.settings.reports.at;
        let clock = match past.replay().oldest_standing() {
            Some(oldest) => Clock::resume(oldest, at.or(past.replay().header().at)),
            None => Clock::start(at),
        };
        Ok((Self::Resumed(past), clock))
    }
}

impl Identity {
    /// The id that was given, that of the run gone on with, or a new one.
    pub(super) fn new(origin: &Origin, settings: &RunSettings, clock: Clock) -> Result<Self, Failure> {
        let new_id = || settings.reports.run_id.clone().map_or_else(|| clock.new_run_id(), Ok);
        let identity = match origin {
            Origin::Asked => Self {
                run_id: new_id()?,
                resumes: None,
                replay_of: None,
            },
            Origin::Recorded(replay) => Self {
                run_id: new_id()?,
                resumes: None,
                replay_of: Some(replay.header().run_id.clone()),
            },
            Origin::Resumed(past) if past.is_partial() => Self {
                run_id: past.run_id().to_owned(),
                resumes: None,
                replay_of: None,
            },
            Origin::Resumed(past) => Self {
                run_id: new_id()?,
                resumes: Some(past.run_id().to_owned()),
                replay_of: None,
            },
        };
        Ok(identity)
    }

    /// The first line of the run's journal: what binds its answers.
    pub(super) fn header(&self, clock: Clock, inventory: &Inventory, settings: &RunSettings) -> Header {
        Header {
            journal: journal::VERSION,
            run_id: self.run_id.clone(),
            started_at: clock.started_at(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            level: journal::LEVEL.to_owned(),
            at: clock.stands_still().then(|| clock.now()),
            resumes: self.resumes.clone(),
            replay_of: self.replay_of.clone(),
            selection: settings.selected.clone(),
            shard: settings.selection.shard.map(|shard| shard.to_string()),
            inventory: inventory
                .files
                .iter()
                .map(|file| (file.file.to_string(), file.sha256.clone()))
                .collect(),
            sources: inventory
                .sources
                .iter()
                .map(|source| (source.name.to_string(), source.endpoint.to_string()))
                .collect(),
        }
    }
}

impl Begun {
    /// A new run, in a folder of its own.
    pub(super) fn new(header: &Header, settings: &RunSettings, talk: &Talk) -> Result<Self, Failure> {
        let folder = settings.reports.folder.as_deref();
        let output = output::prepare(folder, &header.run_id, &settings.reports.places())?;
        let journal = output.journal(JournalStart::New, |file| Journal::begin(file, header.clone()))?;
        // The folder is held: nobody else is at work on what is unfinished there.
        if let Some(folder) = folder.filter(|_| header.replay_of.is_none())
            && let Some((count, newest)) = resume::unfinished(folder, &header.run_id)
        {
            talk.say(&resumption::unfinished(&visible_path(folder), &newest, count));
        }
        Ok(Self {
            output,
            journal,
            known: None,
        })
    }

    /// A run that was killed goes on as itself, in its own folder; one that has reports as a new one, which begins with
    /// its answers.
    pub(super) fn resumed(
        past: Past,
        header: &Header,
        plan: &Plan,
        settings: &RunSettings,
        clock: Clock,
        talk: &Talk,
    ) -> Result<Self, Failure> {
        let known = past.known(plan);
        let missing = plan.repositories.len() - known;
        talk.say(&resumption::going_on(past.run_id(), clock.started_at(), known, missing));
        let places = settings.reports.places();
        let resumption = Resumption {
            at: clock.now(),
            started_at: clock.started_at(),
        };
        let (is_partial, is_whole) = (past.is_partial(), past.is_whole());
        let (lock, earlier, replay) = past.into_parts();
        let output = if is_partial {
            output::take_over(lock, &header.run_id, &places)?
        } else {
            output::prepare_held(lock, &header.run_id, &places)?
        };
        let journal = if is_partial && is_whole {
            let start = JournalStart::Append(replay.whole());
            output.journal(start, |file| Journal::resume(file, resumption))?
        } else {
            let start = if is_partial {
                JournalStart::Replace
            } else {
                JournalStart::New
            };
            let begin = |file: File| {
                let earlier = BufReader::new(input::open_file(&earlier)?);
                Journal::begin_after(file, header.clone(), earlier, &replay.lines(), resumption)
            };
            output.journal(start, begin)?
        };
        Ok(Self {
            output,
            journal,
            known: Some(replay),
        })
    }
}
