//! From a plan to a judgement: the service connected, asked, and every answer judged as it came.

use std::fs::File;
use std::io;

use tokio_util::sync::CancellationToken;

use super::interrupt::Interrupt;
use super::recorder::Recorder;
use super::talk::Talk;
use super::{Failure, ServiceSettings, runtime};
use crate::credentials::{self, Surroundings};
use crate::fetch::{self, End, Witness};
use crate::journal::Journal;
use crate::model::{Answer, Evidence, Failure as Unread, Inventory, Judged, Observation, Plan, Source, UnknownClass};
use crate::report::verdict::Ending;
use crate::swr::{Client, ClientSettings, RetryPolicy, WireCounts};

/// What came of asking.
pub(super) struct Observed {
    /// Every repository with its outcome.
    pub judged: Judged,
    /// Whether the journal could be written.
    pub journal: io::Result<()>,
    /// How the asking ended.
    pub ending: Ending,
    /// What it cost on the wire.
    pub counts: WireCounts,
}

/// Asks for everything in the plan. Errs only where the cause is ours and nothing was asked.
pub(super) fn observe(
    inventory: &Inventory,
    plan: &Plan,
    settings: &ServiceSettings,
    journal: Option<Journal<File>>,
    surroundings: &Surroundings<'_>,
    talk: &Talk,
) -> Result<Observed, Failure> {
    let mut recorder = Recorder::new(plan, journal, talk.progress());
    let (ending, counts) = match plan.repositories.first() {
        None => (Ending::Finished, WireCounts::default()),
        Some(first) => match connect(&first.source, settings, surroundings) {
            Ok(client) => (ask(&client, plan, settings, &mut recorder)?, client.wire()),
            Err(failure @ Failure::Credential(_)) => {
                talk.failure(&failure);
                refuse_all(plan, &mut recorder);
                (Ending::NoCredential, WireCounts::default())
            }
            Err(failure) => return Err(failure),
        },
    };
    let (judging, journal) = recorder.end();
    Ok(Observed {
        judged: judging.finish(&inventory.sources),
        journal: journal.map_or(Ok(()), Journal::end),
        ending,
        counts,
    })
}

fn connect(source: &Source, settings: &ServiceSettings, surroundings: &Surroundings<'_>) -> Result<Client, Failure> {
    let found = credentials::find(&source.credentials, surroundings)?;
    tracing::info!(source = &*source.name, endpoint = %source.endpoint, credential = found.origin, "connecting");
    let client = ClientSettings {
        timeout: settings.timeout,
        retry: RetryPolicy::new(settings.retries),
        proxy: settings.proxy.clone().map(Into::into),
        ca_certificates: settings.ca_certificates.clone(),
        connections: settings.concurrency,
        ..ClientSettings::default()
    };
    Ok(Client::new(source, &found.credential, &client, fastrand::Rng::new())?)
}

fn ask(
    client: &Client,
    plan: &Plan,
    settings: &ServiceSettings,
    recorder: &mut Recorder<'_>,
) -> Result<Ending, Failure> {
    let signals = |source| Failure::System {
        doing: "listen for signals",
        source,
    };
    runtime()?.block_on(async {
        let interrupt = Interrupt::listen().map_err(signals)?;
        let stop = CancellationToken::new();
        let asking = fetch::observe(client, &plan.repositories, settings.concurrency, &stop, recorder);
        let (end, signal) = interrupt.heed(&stop, asking).await;
        Ok(match (signal, end) {
            (Some(code), _) => Ending::Signal(code),
            (None, End::Refused) => Ending::Refused,
            (None, End::Done | End::Stopped) => Ending::Finished,
        })
    })
}

/// Without a credential nothing is known of anything.
fn refuse_all(plan: &Plan, recorder: &mut Recorder<'_>) {
    for index in 0..plan.repositories.len() {
        let answer = Answer::Failed(Unread::unasked(UnknownClass::Unauthenticated));
        recorder.observed(
            index,
            Observation {
                answer,
                evidence: Evidence::default(),
            },
        );
    }
}
