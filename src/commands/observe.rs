//! From a plan to a judgement: the service connected, asked, and every answer judged as it came.

use std::io;

use tokio_util::sync::CancellationToken;

use super::interrupt::Interrupt;
use super::recorder::Recorder;
use super::talk::Talk;
use super::{Failure, ServiceSettings, runtime};
use crate::credentials::{self, Surroundings};
use crate::fetch::{self, End, Witness};
use crate::journal::Journal;
use crate::model::{Answer, Evidence, Failure as Unread, Inventory, Judged, Observation, Plan, UnknownClass};
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

/// Whom to ask.
pub(super) enum Service {
    /// The service, with a credential.
    Connected(Box<Client>),
    /// Nobody: there is no credential.
    Closed,
    /// Nobody: there is nothing to ask for.
    Idle,
}

/// Finds the credential and makes the client, before anything is written or sent. Errs only where the cause is ours;
/// a credential that is missing is said now and reported later.
pub(super) fn connect(
    plan: &Plan,
    settings: &ServiceSettings,
    surroundings: &Surroundings<'_>,
    talk: &Talk,
) -> Result<Service, Failure> {
    let Some(first) = plan.repositories.first() else {
        return Ok(Service::Idle);
    };
    let source = &first.source;
    let found = match credentials::find(&source.credentials, surroundings) {
        Ok(found) => found,
        Err(error) => {
            talk.failure(&error.into());
            return Ok(Service::Closed);
        }
    };
    tracing::info!(source = &*source.name, endpoint = %source.endpoint, credential = found.origin, "connecting");
    let settings = ClientSettings {
        timeout: settings.timeout,
        retry: RetryPolicy::new(settings.retries),
        proxy: settings.proxy.clone().map(Into::into),
        ca_certificates: settings.ca_certificates.clone(),
        connections: settings.concurrency,
        ..ClientSettings::default()
    };
    let client = Client::new(source, &found.credential, &settings, fastrand::Rng::new())?;
    Ok(Service::Connected(Box::new(client)))
}

/// Asks for everything in the plan.
pub(super) fn observe(
    service: &Service,
    inventory: &Inventory,
    plan: &Plan,
    concurrency: usize,
    mut recorder: Recorder<'_>,
) -> Result<Observed, Failure> {
    let (ending, counts) = match service {
        Service::Connected(client) => (ask(client, plan, concurrency, &mut recorder)?, client.wire()),
        Service::Closed => {
            refuse_all(plan, &mut recorder);
            (Ending::NoCredential, WireCounts::default())
        }
        Service::Idle => (Ending::Finished, WireCounts::default()),
    };
    let (judging, journal) = recorder.end();
    Ok(Observed {
        judged: judging.finish(&inventory.sources),
        journal: journal.map_or(Ok(()), Journal::end),
        ending,
        counts,
    })
}

fn ask(client: &Client, plan: &Plan, concurrency: usize, recorder: &mut Recorder<'_>) -> Result<Ending, Failure> {
    let signals = |source| Failure::System {
        doing: "listen for signals",
        source,
    };
    runtime()?.block_on(async {
        let interrupt = Interrupt::listen().map_err(signals)?;
        let stop = CancellationToken::new();
        let asking = fetch::observe(client, &plan.repositories, concurrency, &stop, recorder);
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
