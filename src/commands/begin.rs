//! What a run begins with: where its answers come from, under which name it goes, and the journal that they stand in.

use std::fs::File;
use std::io::BufReader;

use super::clock::Clock;
use super::resume::{self, Past};
use super::talk::Talk;
use super::{Failure, RunSettings, observe};
use crate::journal::{self, Header, Journal, Replay};
use crate::model::{Inventory, Plan};
use crate::output::{self, Output, Place};
use crate::report::resumption;

/// Where the answers come from.
pub(super) enum Origin {
    /// The service.
    Asked,
    /// An earlier run's journal.
    Recorded(Replay),
    /// A run that did not come to its end, and for the rest the service.
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

impl Origin {
    /// What the options ask for. An earlier run's journal is read here.
    pub(super) fn of(settings: &RunSettings) -> Result<Self, Failure> {
        match (&settings.replay, &settings.resume) {
            (Some(path), _) => Ok(Self::Recorded(observe::open_journal(path)?)),
            (None, Some(which)) => Ok(Self::Resumed(resume::find(which, &settings.reports)?)),
            (None, None) => Ok(Self::Asked),
        }
    }

    /// The clock of the run: recorded answers are held against the day on which they were given.
    pub(super) fn clock(&self, settings: &RunSettings) -> Clock {
        let at = settings.reports.at;
        match self {
            Self::Asked => Clock::start(at),
            Self::Recorded(replay) => Clock::start(at.or(Some(replay.head().started_at))),
            Self::Resumed(past) => {
                let head = past.replay().head();
                Clock::resume(head.started_at, at.or(head.at))
            }
        }
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
                replay_of: Some(replay.head().run_id.clone()),
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
    pub(super) fn header<'a>(&'a self, clock: Clock, inventory: &'a Inventory) -> Header<'a> {
        Header {
            journal: journal::VERSION,
            run_id: &self.run_id,
            started_at: clock.started_at(),
            tool_version: env!("CARGO_PKG_VERSION"),
            level: journal::LEVEL,
            at: clock.stands_still().then(|| clock.now()),
            resumes: self.resumes.as_deref(),
            replay_of: self.replay_of.as_deref(),
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
}

impl Begun {
    /// A new run, in a folder of its own.
    pub(super) fn new(header: &Header<'_>, settings: &RunSettings, talk: &Talk) -> Result<Self, Failure> {
        let folder = settings.reports.folder.as_deref();
        let output = output::prepare(folder, header.run_id, &places(settings))?;
        let journal = output.journal(None, |file| Journal::begin(file, header))?;
        // The folder is held: nobody else is at work on what is unfinished there.
        if let Some(folder) = folder.filter(|_| header.replay_of.is_none())
            && let Some((count, newest)) = resume::unfinished(folder, header.run_id)
        {
            talk.say(&resumption::unfinished(&folder.display().to_string(), &newest, count));
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
        header: &Header<'_>,
        plan: &Plan,
        settings: &RunSettings,
        clock: Clock,
        talk: &Talk,
    ) -> Result<Self, Failure> {
        let known = past.known(plan);
        let missing = plan.repositories.len() - known;
        talk.say(&resumption::going_on(past.run_id(), clock.started_at(), known, missing));
        let (places, at) = (places(settings), clock.now());
        let is_partial = past.is_partial();
        let (lock, earlier, replay) = past.into_parts();
        let (output, journal) = if is_partial {
            let output = output::take_over(lock, header.run_id, &places)?;
            let journal = output.journal(Some(replay.whole()), |file| Journal::resume(file, at))?;
            (output, journal)
        } else {
            let output = output::prepare_held(lock, header.run_id, &places)?;
            let begin = |file: File| {
                let earlier = BufReader::new(File::open(&earlier)?);
                Journal::begin_after(file, header, earlier, at)
            };
            let journal = output.journal(None, begin)?;
            (output, journal)
        };
        Ok(Self {
            output,
            journal,
            known: Some(replay),
        })
    }
}

fn places(settings: &RunSettings) -> Vec<Place> {
    settings.reports.extras.iter().map(|(_, place)| place.clone()).collect()
}
