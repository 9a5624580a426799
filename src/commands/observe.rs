//! From services to a judgement: what has to be listed, then every repository of the plan, all sources side by side.

use std::sync::Arc;

use super::interrupt::Interrupt;
use super::progress::Progress;
use super::recorder::{Gather, Hearing, Recorder, SourceRecorder};
use super::resume::Known;
use super::services::Services;
use super::talk::Talk;
use super::voice::{SourceEnding, Voice};
use super::{Failure, runtime};
use crate::fetch::{After, Witness as _};
use crate::journal::{Journal, Replay};
use crate::model::{Ending, ListingOrders, Listings, Plan, RepoId};
use crate::swr::{Tempo, WireCounts};
use futures::future::join_all;
use tokio::runtime::Runtime;

/// What asking cost, and how it ended.
pub(super) struct Asked {
    /// How the asking ended.
    pub ending: Ending,
    /// What it cost on the wire.
    pub counts: WireCounts,
    /// How fast it went at the end, source by source; nothing where nothing was sent.
    pub tempos: Vec<Tempo>,
}

/// The asking of one run, in two steps: names, then rules.
pub(super) struct Asking<'a> {
    services: &'a Services,
    known: Known<'a>,
    interrupt: &'a Interrupt,
    talk: &'a Talk,
    runtime: Runtime,
    voices: Vec<Voice<'a>>,
}

impl<'a> Asking<'a> {
    /// Makes ready; nothing is sent yet. `known` is what an earlier part of the run was told.
    pub(super) fn new(
        services: &'a Services,
        known: Known<'a>,
        journal: Option<&'a Journal>,
        interrupt: &'a Interrupt,
        talk: &'a Talk,
    ) -> Result<Self, Failure> {
        let live = match services {
            Services::Live(services) => &services[..],
            Services::Recorded(_) => &[],
        };
        Ok(Self {
            services,
            known,
            interrupt,
            talk,
            runtime: runtime()?,
            voices: live
                .iter()
                .map(|service| Voice::new(service, journal, talk.progress()))
                .collect(),
        })
    }

    /// Has everything listed that the plan needs, by services that can be asked.
    pub(super) fn list(&mut self, orders: &ListingOrders) -> Listings {
        let (known, stop) = (self.known, self.interrupt.stop());
        if !orders.is_empty() {
            self.talk.progress().begin_listing();
        }
        let listing = self.voices.iter_mut().map(|voice| voice.list(known, orders, stop));
        let listed = self.runtime.block_on(join_all(listing));
        let mut listings = Listings::default();
        for (voice, listed) in self.voices.iter().zip(listed) {
            listed.add_to(&voice.service.source.name, &mut listings);
        }
        listings
    }

    /// Asks for everything in the plan that is not known, and has it gathered.
    pub(super) fn ask<G: Gather>(mut self, plan: &'a Plan, listings: &Listings, gather: G) -> (G, Asked) {
        let recorder = Recorder::new(plan, gather, self.talk.progress());
        let ending = match self.services {
            Services::Recorded(replay) => play(replay, plan, &recorder, self.talk.progress()),
            Services::Live(_) => self.ask_all(plan, listings, &recorder),
        };
        let gathered = recorder.end();
        // After the progress bar is gone.
        for voice in &mut self.voices {
            if let Some(error) = voice.unissued.take() {
                self.talk.failure(&error.into());
            }
        }
        // A look-up of a name that hangs in its thread must not hold the reports back.
        self.runtime.shutdown_background();
        let mut counts = WireCounts::default();
        let clients = || self.voices.iter().filter_map(Voice::connected);
        clients().for_each(|connected| counts.add(&connected.client.wire()));
        let asked = Asked {
            ending,
            counts,
            tempos: clients().map(|connected| connected.client.tempo()).collect(),
        };
        (gathered, asked)
    }

    fn ask_all<G: Gather>(&mut self, plan: &'a Plan, listings: &Listings, recorder: &Recorder<'a, G>) -> Ending {
        let memory = After(&self.known, listings);
        let stop = self.interrupt.stop();
        let asking = self
            .voices
            .iter_mut()
            .map(|voice| voice.observe(&memory, plan, recorder, stop));
        self.runtime.block_on(join_all(asking));
        let endings: Vec<SourceEnding> = self.voices.iter().filter_map(|voice| voice.ending).collect();
        ending_of(&endings).unwrap_or_else(|| self.interrupt.ending())
    }
}

/// One word for all sources: no audit only where none had one. `None`: somebody stopped it.
fn ending_of(endings: &[SourceEnding]) -> Option<Ending> {
    let all = |ending| !endings.is_empty() && endings.iter().all(|one| *one == ending);
    let is_blind = |ending: &SourceEnding| matches!(ending, SourceEnding::NoCredential | SourceEnding::Refused);
    if endings.contains(&SourceEnding::Stopped) {
        None
    } else if all(SourceEnding::NoCredential) {
        Some(Ending::NoCredential)
    } else if !endings.is_empty() && endings.iter().all(is_blind) {
        Some(Ending::Refused)
    } else {
        Some(Ending::Finished)
    }
}

/// Tells the recorded answers as if they came now, in the order of the plan.
fn play<'a, G: Gather>(replay: &Replay, plan: &'a Plan, recorder: &Recorder<'a, G>, progress: &'a Progress) -> Ending {
    let mut last = None;
    let mut hearing = Hearing::new("".into(), None, progress);
    for (index, planned) in plan.repositories.iter().enumerate() {
        let RepoId { source, namespace, .. } = &planned.id;
        if last != Some((source, namespace)) {
            hearing = Hearing::new(Arc::clone(source), None, progress);
        }
        let mut witness = SourceRecorder {
            recorder,
            hearing: &mut hearing,
            first: 0,
            client: None,
        };
        witness.observed(index, replay.repository(&planned.id));
        if last.replace((source, namespace)) != Some((source, namespace))
            && let Some(look) = replay.look(source, namespace)
        {
            witness.looked(namespace, look);
        }
    }
    // A killed run has no end of its own; what it left open is unknown all the same.
    replay.end().unwrap_or(Ending::Finished)
}
