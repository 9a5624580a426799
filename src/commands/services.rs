//! Whom to ask: a client for each source, made ready before anything is written or sent.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Failure;
use super::whose::{self, Registry, Whose};
use crate::ask::End;
use crate::credentials::{self, CredentialError, Found, Issuance};
use crate::input::Reader;
use crate::journal::{JournalError, Replay};
use crate::model::{Caller, CallerId, Source};
use crate::swr::{Client, ClientSettings, Issuer, Limiter, Logins, Registrar, SharedIssuer, Standing};

/// Whom to ask: a service for each source.
pub(super) struct Services(pub Vec<SourceService>);

/// One source, and the way to it.
pub(super) struct SourceService {
    /// The source.
    pub source: Arc<Source>,
    /// The way; else how it ends without one.
    pub way: Way,
}

/// The way to one source, with a credential, or a way to one. Else how the asking ends before it began:
/// [`End::Refused`], where there is no credential; [`End::Stopped`], where somebody stopped it while one was looked for;
/// [`End::Done`], where nobody has to be asked.
pub(super) type Way = Result<Box<Connected>, End>;

/// What sources have in common: a credential, and a service where they ask one endpoint with it.
#[derive(Default)]
pub(super) struct Shared {
    /// By endpoint and who asks: to that service all these sources are one caller, with one pace.
    limiters: BTreeMap<(String, Option<CallerId>), Arc<Limiter>>,
    /// By who asks; `None`: the server that the tool runs on.
    standings: BTreeMap<Option<CallerId>, Arc<Standing>>,
    issuers: BTreeMap<String, Arc<SharedIssuer>>,
    logins: BTreeMap<String, Arc<Logins>>,
    /// By who asks.
    registries: BTreeMap<Option<CallerId>, Arc<Registry>>,
}

impl Shared {
    fn limiter(&mut self, source: &Source, found: &Found, settings: &ClientSettings) -> Arc<Limiter> {
        let service = (source.endpoint.to_string(), found.caller());
        let new = || Arc::new(Limiter::new(settings.connections, settings.rate));
        Arc::clone(self.limiters.entry(service).or_insert_with(new))
    }

    fn standing(&mut self, found: &Found) -> Arc<Standing> {
        Arc::clone(self.standings.entry(found.caller()).or_default())
    }

    /// A share of whoever issues that credential.
    fn issuer(&mut self, issuance: &Issuance, settings: &ClientSettings) -> Result<Box<dyn Issuer>, Failure> {
        let name = issuance.credential();
        if let Some(issuer) = self.issuers.get(&name) {
            return Ok(issuer.share());
        }
        let logins = Arc::clone(self.logins.entry(issuance.login()).or_default());
        let issuer = SharedIssuer::new(issuance.issuer(settings)?, logins);
        let share = issuer.share();
        self.issuers.insert(name, issuer);
        Ok(share)
    }
}

/// A client, and who issues its credentials, if somebody does.
pub(super) struct Connected {
    pub client: Client,
    issuance: Option<Issuance>,
    /// Who asks, where that is known before a credential is issued.
    caller: Option<CallerId>,
    /// Who else may be asked whose the credential is, and what they said.
    registrars: Vec<Registrar>,
    registry: Arc<Registry>,
}

impl Services {
    /// Nobody has to be asked: all that can be known is known.
    pub(super) fn idle(sources: &[Arc<Source>]) -> Self {
        let idle = |source: &Arc<Source>| SourceService {
            source: Arc::clone(source),
            way: Err(End::Done),
        };
        Self(sources.iter().map(idle).collect())
    }

    /// Whether nobody can be asked although there is something to ask.
    pub(super) fn lack_credentials(&self) -> bool {
        let is_refused = |service: &SourceService| matches!(service.way, Err(End::Refused(_)));
        !self.0.is_empty() && self.0.iter().all(is_refused)
    }
}

/// A journal that is judged again has to know the sources: another service's answers say nothing of this one.
pub(super) fn refuse_unrecorded(replay: &Replay, path: Option<&Path>, sources: &[Arc<Source>]) -> Result<(), Failure> {
    let knows = |name: &str| replay.sources().iter().any(|(source, _)| source == name);
    let Some(unknown) = sources.iter().find(|source| !knows(&source.name)) else {
        return Ok(());
    };
    let names: Vec<&str> = replay.sources().iter().map(|(name, _)| &**name).collect();
    let source = JournalError::Source {
        asked: unknown.name.to_string(),
        recorded: names.join(", "),
    };
    let path = path.unwrap_or(Path::new("")).to_owned();
    Err(Failure::Journal { path, source })
}

impl Connected {
    /// Makes the client of a source, which asks with what was found.
    pub(super) fn new(
        source: &Source,
        found: Found,
        registrars: Vec<Registrar>,
        settings: &ClientSettings,
        shared: &mut Shared,
    ) -> Result<Self, Failure> {
        let random = fastrand::Rng::new();
        let caller = found.caller();
        let registry = Arc::clone(shared.registries.entry(caller.clone()).or_default());
        let settings = &ClientSettings {
            standing: shared.standing(&found),
            limiter: Some(shared.limiter(source, &found, settings)),
            ..settings.clone()
        };
        let (client, issuance) = match found.way {
            credentials::Way::Ready(credential) => (Client::new(source, &credential, settings, random)?, None),
            credentials::Way::Issued(issuance) => {
                let issuer = shared.issuer(&issuance, settings)?;
                (Client::renewed_by(issuer, source, settings, random)?, Some(issuance))
            }
        };
        tracing::info!(
            source = &*source.name,
            endpoint = %source.endpoint,
            credential = found.origin,
            "connecting"
        );
        Ok(Self {
            client,
            issuance,
            caller,
            registrars,
            registry,
        })
    }

    /// Who asks, as far as that is known by now.
    pub(super) fn caller(&self) -> Caller {
        let issued_to = self.client.issued_to();
        Caller {
            credential: self.caller.clone().or(issued_to.credential),
            account: issued_to.account,
        }
    }

    /// Asks whose the credential is.
    pub(super) async fn ask_whose(&self) -> Whose {
        whose::ask(&self.client, &self.registrars, &self.registry).await
    }

    /// Has the first credential issued, where it is; `None`: it was, or there is no time for it.
    pub(super) async fn sign_in(&self, stop: &CancellationToken) -> Option<CredentialError> {
        let issuance = self.issuance.as_ref()?;
        tokio::select! {
            biased;
            () = stop.cancelled() => None,
            issued = self.client.sign_in() => issued.err().map(|error| issuance.failed(error)),
        }
    }
}

/// The limiters of these clients, each once: clients of one service share one.
pub(super) fn limiters<'a>(clients: &[&'a Client]) -> Vec<&'a Limiter> {
    let mut limiters: Vec<&Limiter> = Vec::new();
    for client in clients {
        if !limiters.iter().any(|known| ptr::eq(*known, client.limiter())) {
            limiters.push(client.limiter());
        }
    }
    limiters
}

/// Opens an earlier run's journal.
pub(super) fn open_journal(path: &Path, reader: &Reader) -> Result<Replay, Failure> {
    let failed = |source| Failure::Journal {
        path: path.to_owned(),
        source,
    };
    read_journal(path, reader).map_err(failed)
}

/// Reads a journal from wherever it comes.
pub(super) fn read_journal(path: &Path, reader: &Reader) -> Result<Replay, JournalError> {
    let input = reader.open(path)?;
    match input.again()? {
        Some(again) => Replay::read_file(BufReader::new(input), again),
        None => Replay::read(BufReader::new(input)),
    }
}
