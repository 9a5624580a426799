//! From a plan to a judgement: the service connected, asked, and every answer judged as it came.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::interrupt::Interrupt;
use super::recorder::Recorder;
use super::talk::Talk;
use super::{Failure, ServiceSettings, runtime};
use crate::credentials::{self, CredentialError, Issuance, Surroundings, Way};
use crate::fetch::{self, End, Memory, Witness};
use crate::journal::{JournalError, Replay, RunEnd};
use crate::model::{Answer, Evidence, Failure as Unread, Inventory, Judged, Observation, Plan, UnknownClass};
use crate::report::verdict::{Ending, SIGINT, SIGTERM};
use crate::swr::{Call, Client, ClientSettings, RetryPolicy, Tempo, WireCounts};

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
    /// How fast it went at the end; `None` where nothing was sent.
    pub tempo: Option<Tempo>,
}

impl Observed {
    /// Whether a signal or the deadline came first.
    pub(super) const fn was_stopped(&self) -> bool {
        run_end(self.ending).was_stopped()
    }
}

/// Whom to ask.
pub(super) enum Service {
    /// The service, with a credential or a way to one.
    Connected(Box<Connected>),
    /// An earlier run's journal.
    Recorded(Box<Replay>),
    /// Nobody: there is no credential.
    Closed,
    /// Nobody: there is nothing to ask for, or all of it is known.
    Idle,
}

/// A client, and who issues its credentials, if somebody does.
pub(super) struct Connected {
    client: Client,
    issuance: Option<Issuance>,
}

/// Finds the way to a credential and makes the client, before anything is written or sent. Errs only where the cause is
/// ours; a credential that is missing is said now and reported later.
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
    let found = match credentials::find(source, surroundings) {
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
        rate: settings.rate,
        ..ClientSettings::default()
    };
    let random = fastrand::Rng::new();
    let (client, issuance) = match found.way {
        Way::Ready(credential) => (Client::new(source, &credential, &settings, random)?, None),
        Way::Issued(issuance) => {
            let issuer = issuance.issuer(&settings)?;
            (Client::renewed_by(issuer, source, &settings, random)?, Some(issuance))
        }
    };
    Ok(Service::Connected(Box::new(Connected { client, issuance })))
}

/// Opens an earlier run's journal.
pub(super) fn open_journal(path: &Path) -> Result<Replay, Failure> {
    let failed = |source| Failure::Journal {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    Replay::read(BufReader::new(file)).map_err(failed)
}

/// Puts a journal in the place of the service. It has to know the sources of the plan: another service's answers say
/// nothing of this one.
pub(super) fn recorded(replay: Replay, path: Option<&Path>, plan: &Plan) -> Result<Service, Failure> {
    let knows = |name: &str| replay.sources().iter().any(|(source, _)| source == name);
    if let Some(planned) = plan.repositories.iter().find(|planned| !knows(&planned.id.source)) {
        let names: Vec<&str> = replay.sources().iter().map(|(name, _)| &**name).collect();
        let source = JournalError::Source {
            asked: planned.id.source.to_string(),
            recorded: names.join(", "),
        };
        let path = path.unwrap_or(Path::new("")).to_owned();
        return Err(Failure::Journal { path, source });
    }
    Ok(Service::Recorded(Box::new(replay)))
}

/// Asks for everything in the plan that is not known.
pub(super) fn observe<'a>(
    service: &'a Service,
    known: &impl Memory,
    inventory: &Inventory,
    plan: &Plan,
    interrupt: &Interrupt,
    mut recorder: Recorder<'a>,
    talk: &Talk,
) -> Result<Observed, Failure> {
    let mut unissued = None;
    let mut tempo = None;
    let (ending, counts) = match service {
        Service::Connected(connected) => {
            recorder.watch(&connected.client);
            let (ending, error) = ask(connected, known, plan, interrupt, &mut recorder)?;
            unissued = error;
            tempo = Some(connected.client.tempo());
            (ending, connected.client.wire())
        }
        Service::Recorded(replay) => (play(replay, plan, &mut recorder), WireCounts::default()),
        Service::Closed => {
            refuse_all(plan, &mut recorder);
            (Ending::NoCredential, WireCounts::default())
        }
        Service::Idle => {
            recall(known, plan, &mut recorder);
            (Ending::Finished, WireCounts::default())
        }
    };
    let (judging, journal) = recorder.end();
    if let Some(error) = unissued {
        // After the progress bar is gone.
        talk.failure(&error.into());
    }
    Ok(Observed {
        judged: judging.finish(&inventory.sources),
        journal: journal.map_or(Ok(()), |journal| journal.end(run_end(ending))),
        ending,
        counts,
        tempo,
    })
}

/// How the asking ended; and why there was no credential to ask with, where one had to be issued first.
fn ask(
    connected: &Connected,
    known: &impl Memory,
    plan: &Plan,
    interrupt: &Interrupt,
    recorder: &mut Recorder<'_>,
) -> Result<(Ending, Option<CredentialError>), Failure> {
    let Connected { client, issuance } = connected;
    let runtime = runtime()?;
    let stop = interrupt.stop();
    let (end, unissued) = runtime.block_on(async {
        let unissued = match issuance {
            Some(issuance) => sign_in(client, issuance, stop).await,
            None => None,
        };
        // Without a credential it ends with its first question, which is then answered by the reason.
        let end = fetch::observe(client, known, &plan.repositories, stop, recorder).await;
        (end, unissued)
    });
    // A look-up of a name that hangs in its thread must not hold the reports back.
    runtime.shutdown_background();
    let ending = match end {
        End::Stopped => interrupt.ending(),
        End::Refused if unissued.is_some() => Ending::NoCredential,
        End::Refused => Ending::Refused,
        End::Done => Ending::Finished,
    };
    Ok((ending, unissued))
}

/// Has the first credential issued; `None`: it was, or there is no time for it.
async fn sign_in(client: &Client, issuance: &Issuance, stop: &CancellationToken) -> Option<CredentialError> {
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        issued = client.sign_in() => issued.err().map(|error| issuance.failed(error)),
    }
}

/// Tells what is known already, where nothing else is left to ask.
fn recall(known: &impl Memory, plan: &Plan, recorder: &mut Recorder<'_>) {
    let mut last = None;
    for (index, planned) in plan.repositories.iter().enumerate() {
        if let Some(observation) = known.observation(&planned.id) {
            recorder.observed(index, observation);
        }
        let namespace = &planned.id.namespace;
        if last.replace(namespace) != Some(namespace)
            && let Some(look) = known.look(&planned.id.source, namespace)
        {
            recorder.looked(namespace, look);
        }
    }
}

/// Tells the recorded answers as if they came now, in the order of the plan.
fn play(replay: &Replay, plan: &Plan, recorder: &mut Recorder<'_>) -> Ending {
    let mut last = None;
    for (index, planned) in plan.repositories.iter().enumerate() {
        let (exchange, observation) = replay.repository(&planned.id);
        if let Some(exchange) = exchange {
            recorder.exchanged(&Call::rules(&planned.id), exchange);
        }
        recorder.observed(index, observation);
        let namespace = &planned.id.namespace;
        if last != Some(namespace) {
            if let Some((exchange, look)) = replay.look(&planned.id.source, namespace) {
                recorder.exchanged(&Call::namespace(namespace), exchange);
                recorder.looked(namespace, look);
            }
            last = Some(namespace);
        }
    }
    match replay.end() {
        // A killed run has no end of its own; what it left open is unknown all the same.
        Some(RunEnd::Finished) | None => Ending::Finished,
        Some(RunEnd::NoCredential) => Ending::NoCredential,
        Some(RunEnd::Refused) => Ending::Refused,
        Some(RunEnd::Sigint) => Ending::Signal(SIGINT),
        Some(RunEnd::Sigterm) => Ending::Signal(SIGTERM),
        Some(RunEnd::Deadline(deadline)) => Ending::Deadline(deadline),
    }
}

const fn run_end(ending: Ending) -> RunEnd {
    match ending {
        Ending::Finished => RunEnd::Finished,
        Ending::NoCredential => RunEnd::NoCredential,
        Ending::Refused => RunEnd::Refused,
        Ending::Signal(SIGINT) => RunEnd::Sigint,
        Ending::Signal(_) => RunEnd::Sigterm,
        Ending::Deadline(deadline) => RunEnd::Deadline(deadline),
    }
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
