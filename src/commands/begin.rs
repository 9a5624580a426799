//! What a run begins with: where its answers come from, under which name it goes, and the journal that they stand in.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use super::clock::Clock;
use super::connector::Connector;
use super::known::{self, Known};
use super::resume::{self, Past};
use super::services::{self, Services};
use super::talk::Talk;
use super::whose;
use super::{Failure, Process, RunSettings, latest};
use crate::history::Baseline;
use crate::input::Reader;
use crate::journal::{self, Header, Journal, Replay, Resumption};
use crate::judge::Guard;
use crate::model::{Blindness, Inventory, Limit, ListingOrders, Listings, Plan, Source, visible_path};
use crate::output::{self, JournalStart, Output};
use crate::plan;
use crate::report::document::WarningEntry;
use crate::report::resumption;

/// Where the answers come from.
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub(super) enum Origin {
    /// The service.
    Asked,
    /// An earlier run's journal, or those of several shards.
    Recorded(Box<Recording>),
    /// A run that is gone on with, and for the rest the service.
    Resumed(Past),
}

/// Recorded answers, and where they come from.
pub(super) struct Recording {
    pub replay: Replay,
    /// The journal that is replayed; `None`: these are the journals of shards, which are merged.
    pub path: Option<PathBuf>,
}

/// What a run is called, and what it stems from.
#[derive(Default)]
pub(super) struct Identity {
    /// Its id.
    pub run_id: String,
    /// The run that it goes on with under an id of its own.
    pub resumes: Option<String>,
    /// The run whose answers it judges again.
    pub replay_of: Option<String>,
    /// Into how many shards the work was divided whose answers it judges.
    pub merge_of: Option<u32>,
}

/// An opened destination.
pub(super) struct Begun {
    /// The folder and the further places.
    pub output: Output,
    /// Where the answers are recorded.
    pub record: Record,
}

/// Where a run records its answers.
pub(super) enum Record {
    /// In a journal that is open, and durable up to its header.
    Open(Journal),
    /// In a journal that becomes a copy of the one that they are read from, once they are judged.
    Copy(File, Box<Header>),
    /// Nowhere: there is no folder.
    Nowhere,
}

/// What a run is made from.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    /// What should be.
    pub inventory: &'a Inventory,
    /// What it probably does not mean.
    pub warnings: &'a [WarningEntry],
    /// The options.
    pub settings: &'a RunSettings,
    /// What earlier runs found.
    pub baseline: &'a Baseline,
    /// The process that it runs in.
    pub process: Process<'a>,
}

impl<'a> Job<'a> {
    /// What absences are held against. A shard sees too little of a source to say that most of it is gone; `merge` sees all.
    pub(super) fn guard(&self) -> Guard<'a> {
        Guard {
            is_on: !self.settings.allow_mass_change && self.settings.selection.shard.is_none(),
            last_seen: self.baseline.last_seen(),
            namespaces: &self.inventory.namespaces,
        }
    }
}

/// Everything that a run needs before its first request.
pub(super) struct Ready {
    /// What it is called.
    pub identity: Identity,
    /// Its clock: of a run that is gone on with, that of the oldest answer that is used.
    pub clock: Clock,
    /// What has to be listed.
    pub orders: ListingOrders,
    /// What is judged, where nothing has to be listed: recorded answers hold the lists.
    pub plan: Option<Plan>,
    /// Whom it asks.
    pub services: Services,
    /// What is known already.
    pub known: Known,
    /// Where it writes.
    pub begun: Begun,
    /// Whether no run that has an audit is newer.
    pub is_newest: bool,
    /// What the merged shards did not see together.
    pub limits: Vec<Limit>,
    /// Which share of the work it is, `2/3`, or how many shards there were, `2 of 3`; `None`: the whole.
    pub share: Option<String>,
}

impl Ready {
    /// Finds credentials, makes the clients, and opens the folder and the journal, in that order: what cannot be asked
    /// leaves no folder behind.
    pub(super) fn new(origin: Origin, clock: Clock, job: Job<'_>) -> Result<Self, Failure> {
        let Job {
            inventory,
            settings,
            process,
            ..
        } = job;
        let mut origin = origin;
        origin.refuse_other_accounts(&inventory.sources);
        let mut connector = Connector::new(&settings.service, process);
        let (origin, clock) = origin.settle(clock, job, &mut connector)?;
        let orders = plan::listings(inventory, &settings.selection, clock.today());
        // The names in the inventory, or all that the resumed run had learnt.
        let foreseen = plan::resolve(inventory, &origin.listings(&orders), &settings.selection, clock.today());
        let identity = Identity::new(&origin, settings, clock)?;
        let header = identity.header(clock, inventory, settings);
        let sources = wanted(inventory, &orders, &foreseen);
        let (mut limits, mut share) = (Vec::new(), settings.selection.shard.map(|shard| shard.to_string()));
        let (is_new, is_recorded) = (matches!(origin, Origin::Asked), matches!(origin, Origin::Recorded(_)));
        let (services, known, begun) = match origin {
            Origin::Asked => {
                let services = connector.services(&sources)?;
                (services, Known::Nothing, Begun::new(&header, settings, process.talk)?)
            }
            Origin::Recorded(recording) => {
                limits = recording.limits(&inventory.sources);
                share = recording.share().or(share);
                let Recording { replay, path } = *recording;
                services::refuse_unrecorded(&replay, path.as_deref(), &sources)?;
                let known = Known::Recorded(Box::new(replay));
                (Services::idle(&sources), known, Begun::replayed(&header, settings)?)
            }
            Origin::Resumed(past) => {
                let lacks_nothing = past.lacks_nothing(&foreseen)?;
                let services = if lacks_nothing {
                    Services::idle(&sources)
                } else {
                    connector.services(&sources)?
                };
                // Without reports it stays what it is, and can be gone on with once there is a credential.
                if services.lack_credentials() {
                    return Err(Failure::StillUnfinished(past.run_id().to_owned()));
                }
                let (begun, replay) = Begun::resumed(past, &header, &foreseen, settings, clock, process.talk)?;
                let known = if lacks_nothing {
                    Known::Recorded(Box::new(replay))
                } else {
                    Known::Earlier(Box::new(replay))
                };
                (services, known, begun)
            }
        };
        let root = settings.reports.folder.as_deref();
        let is_newest = is_new || root.is_none_or(|root| latest::is_newest(root, clock.started_at()));
        Ok(Self {
            identity,
            clock,
            orders,
            plan: is_recorded.then_some(foreseen),
            services,
            known,
            begun,
            is_newest,
            limits,
            share,
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
            (Some(path), _) => Ok(Self::Recorded(Box::new(Recording {
                replay: services::open_journal(path, reader)?,
                path: Some(path.clone()),
            }))),
            (None, Some(which)) => Ok(Self::Resumed(resume::find(
                which,
                &settings.reports,
                settings.all_unknown,
            )?)),
            (None, None) => Ok(Self::Asked),
        }
    }

    /// Recorded answers to another account's credential are no answers, as they would be none now.
    fn refuse_other_accounts(&mut self, sources: &[Arc<Source>]) {
        let Self::Recorded(recording) = self else { return };
        for source in sources {
            let Some(expected) = &source.account_id else { continue };
            let mut accounts = recording.replay.accounts(&source.name).into_iter();
            if let Some(other) = accounts.find(|account| account != expected) {
                recording
                    .replay
                    .refuse(&source.name, whose::other_account(&other, expected));
            }
        }
    }

    /// What was listed before anything is asked now.
    pub(super) fn listings(&self, orders: &ListingOrders) -> Listings {
        match self {
            Self::Asked => Listings::default(),
            Self::Recorded(recording) => known::listings(&recording.replay, orders),
            Self::Resumed(past) => known::listings(past.replay(), orders),
        }
    }

    /// The clock up to [`Self::settle`]: recorded answers are held against the day on which they were given.
    pub(super) fn clock(&self, settings: &RunSettings) -> Clock {
        let at = settings.reports.at;
        Clock::start(match self {
            Self::Asked => at,
            Self::Recorded(recording) => at.or(Some(recording.replay.header().started_at)),
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
            ..Identity::default()
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

impl Recording {
    /// The run whose answers are judged again. A merged run has an id of its own, and is one of replays if its shards are.
    fn replay_of(&self) -> Option<String> {
        let header = self.replay.header();
        match self.path {
            Some(_) => Some(header.run_id.clone()),
            None => header.replay_of.clone(),
        }
    }

    /// `2 of 3`, where shards are missing.
    fn share(&self) -> Option<String> {
        let missing = self.replay.missing_shards()?;
        Some(format!("{} of {}", missing.count - missing.len(), missing.count))
    }

    /// What the shards did not see together, of every source.
    fn limits(&self, sources: &[Arc<Source>]) -> Vec<Limit> {
        let missing = self.replay.missing_shards().map(Blindness::ShardMissing);
        let all: Vec<Blindness> = missing.into_iter().chain(self.several_runs()).collect();
        let limit = |source: &Arc<Source>, blindness: &Blindness| Limit {
            source: Arc::clone(&source.name),
            blindness: blindness.clone(),
        };
        let of_source = |source| all.iter().map(move |blindness| limit(source, blindness));
        sources.iter().flat_map(of_source).collect()
    }

    /// Under one id the shards are of one audit; else a share of an earlier one may be among them.
    fn several_runs(&self) -> Option<Blindness> {
        let ids: BTreeSet<&str> = self.replay.shards().map(|header| &*header.run_id).collect();
        let began = || self.replay.shards().map(|header| header.started_at);
        (ids.len() > 1).then_some(Blindness::ShardsOfSeveralRuns {
            first: began().min()?,
            last: began().max()?,
        })
    }
}

impl Identity {
    /// The id that was given, that of the run gone on with, or a new one.
    pub(super) fn new(origin: &Origin, settings: &RunSettings, clock: Clock) -> Result<Self, Failure> {
        let new_id = || settings.reports.run_id.clone().map_or_else(|| clock.new_run_id(), Ok);
        let identity = match origin {
            Origin::Asked => Self {
                run_id: new_id()?,
                ..Self::default()
            },
            Origin::Recorded(recording) => Self {
                run_id: new_id()?,
                replay_of: recording.replay_of(),
                merge_of: recording.replay.header().merge_of,
                ..Self::default()
            },
            Origin::Resumed(past) if past.is_partial() => Self {
                run_id: past.run_id().to_owned(),
                ..Self::default()
            },
            Origin::Resumed(past) => Self {
                run_id: new_id()?,
                resumes: Some(past.run_id().to_owned()),
                ..Self::default()
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
            merge_of: self.merge_of,
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

impl Record {
    /// The journal that answers are written to.
    pub(super) const fn open(&self) -> Option<&Journal> {
        match self {
            Self::Open(journal) => Some(journal),
            Self::Copy(..) | Self::Nowhere => None,
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
        if let Some(folder) = folder
            && let Some((count, newest)) = resume::unfinished(folder, &header.run_id)
        {
            talk.say(&resumption::unfinished(&visible_path(folder), &newest, count));
        }
        Ok(Self {
            output,
            record: journal.map_or(Record::Nowhere, Record::Open),
        })
    }

    /// A run that judges recorded answers again, in a folder of its own.
    fn replayed(header: &Header, settings: &RunSettings) -> Result<Self, Failure> {
        let folder = settings.reports.folder.as_deref();
        let output = output::prepare(folder, &header.run_id, &settings.reports.places())?;
        let file = output.journal(JournalStart::New, Ok)?;
        Ok(Self {
            output,
            record: file.map_or(Record::Nowhere, |file| Record::Copy(file, Box::new(header.clone()))),
        })
    }

    /// A run that was killed goes on as itself, in its own folder; one that has reports as a new one, which begins with
    /// its answers. Gives these, too.
    pub(super) fn resumed(
        past: Past,
        header: &Header,
        plan: &Plan,
        settings: &RunSettings,
        clock: Clock,
        talk: &Talk,
    ) -> Result<(Self, Replay), Failure> {
        let known = past.known(plan);
        let missing = plan.repositories.len() - known;
        talk.say(&resumption::going_on(past.run_id(), clock.started_at(), known, missing));
        let places = settings.reports.places();
        let resumption = Resumption {
            at: clock.now(),
            started_at: clock.started_at(),
        };
        let (is_partial, is_whole) = (past.is_partial(), past.is_whole());
        let (lock, replay) = past.into_parts();
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
            output.journal(start, |file| {
                Journal::begin_after(file, header.clone(), &replay, resumption)
            })?
        };
        let record = journal.map_or(Record::Nowhere, Record::Open);
        Ok((Self { output, record }, replay))
    }
}
