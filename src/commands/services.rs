//! Whom to ask: a client for each source, or one journal for all, made ready before anything is written or sent.

use std::fs;
use std::io::{self, BufReader};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Failure, Process, ServiceSettings};
use crate::credentials::{self, CredentialError, Issuance, Surroundings};
use crate::input::Reader;
use crate::journal::{JournalError, Replay};
use crate::model::Source;
use crate::report::route::{damaged_authorities, unclear_exception};
use crate::swr::{Client, ClientSettings, Proxies, RetryPolicy};

/// Whom to ask.
pub(super) enum Services {
    /// The service, source by source.
    Live(Vec<SourceService>),
    /// An earlier run's journal.
    Recorded(Box<Replay>),
}

/// One source, and the way to it.
pub(super) struct SourceService {
    /// The source.
    pub source: Arc<Source>,
    /// The way.
    pub way: Way,
}

/// The way to one source.
pub(super) enum Way {
    /// With a credential, or a way to one.
    Connected(Box<Connected>),
    /// There is none.
    Closed,
    /// There is nothing to ask for: all of it is known.
    Idle,
    /// It was told to stop while a credential was looked for.
    Stopped,
}

/// A client, and who issues its credentials, if somebody does.
pub(super) struct Connected {
    pub client: Client,
    issuance: Option<Issuance>,
}

impl Services {
    /// Finds the way to a credential for each source and makes its client. Errs only where the cause is ours; a
    /// credential that is missing is said now and reported later.
    pub(super) fn connect(
        sources: &[Arc<Source>],
        settings: &ServiceSettings,
        process: Process<'_>,
    ) -> Result<Self, Failure> {
        let Process { surroundings, talk, .. } = process;
        refuse_pipe_of_certificates(surroundings)?;
        let proxies = Proxies::of(settings.proxy.as_deref(), surroundings.variable);
        for entry in proxies.not_understood() {
            talk.say(&unclear_exception(entry));
        }
        let damaged = settings
            .ca_certificates
            .as_ref()
            .map_or(&[][..], |file| file.authorities.damaged());
        if !damaged.is_empty() {
            talk.say(&damaged_authorities(damaged));
        }
        let connect = |source: &Arc<Source>| {
            let settings = client_settings(settings, &proxies);
            let way = Way::connect(source, sources.len(), &settings, process)?;
            let source = Arc::clone(source);
            Ok(SourceService { source, way })
        };
        Ok(Self::Live(sources.iter().map(connect).collect::<Result<_, Failure>>()?))
    }

    /// Nobody has to be asked: everything is known.
    pub(super) fn idle(sources: &[Arc<Source>]) -> Self {
        let idle = |source: &Arc<Source>| SourceService {
            source: Arc::clone(source),
            way: Way::Idle,
        };
        Self::Live(sources.iter().map(idle).collect())
    }

    /// Puts a journal in the place of the service. It has to know the sources: another service's answers say nothing of
    /// this one.
    pub(super) fn recorded(replay: Replay, path: Option<&Path>, sources: &[Arc<Source>]) -> Result<Self, Failure> {
        let knows = |name: &str| replay.sources().iter().any(|(source, _)| source == name);
        if let Some(unknown) = sources.iter().find(|source| !knows(&source.name)) {
            let names: Vec<&str> = replay.sources().iter().map(|(name, _)| &**name).collect();
            let source = JournalError::Source {
                asked: unknown.name.to_string(),
                recorded: names.join(", "),
            };
            let path = path.unwrap_or(Path::new("")).to_owned();
            return Err(Failure::Journal { path, source });
        }
        Ok(Self::Recorded(Box::new(replay)))
    }

    /// Whether nobody can be asked although there is something to ask.
    pub(super) fn are_all_closed(&self) -> bool {
        match self {
            Self::Live(services) => {
                !services.is_empty() && services.iter().all(|service| matches!(service.way, Way::Closed))
            }
            Self::Recorded(_) => false,
        }
    }
}

impl Way {
    fn connect(
        source: &Source,
        sources: usize,
        settings: &ClientSettings,
        process: Process<'_>,
    ) -> Result<Self, Failure> {
        let Process {
            surroundings,
            interrupt,
            talk,
        } = process;
        let found = match credentials::find(source, surroundings) {
            Ok(found) => found,
            // Whoever writes the file of a credential may be slow.
            Err(_) if interrupt.stop().is_cancelled() => return Ok(Self::Stopped),
            Err(error) => {
                if sources > 1 {
                    talk.say(&format!("source {}:\n", source.name));
                }
                talk.failure(&error.into());
                return Ok(Self::Closed);
            }
        };
        let random = fastrand::Rng::new();
        let (client, issuance) = match found.way {
            credentials::Way::Ready(credential) => (Client::new(source, &credential, settings, random)?, None),
            credentials::Way::Issued(issuance) => {
                let issuer = issuance.issuer(settings)?;
                (Client::renewed_by(issuer, source, settings, random)?, Some(issuance))
            }
        };
        tracing::info!(
            source = &*source.name,
            endpoint = %source.endpoint,
            route = %client.route(),
            credential = found.origin,
            "connecting"
        );
        Ok(Self::Connected(Box::new(Connected { client, issuance })))
    }
}

impl Connected {
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

fn client_settings(settings: &ServiceSettings, proxies: &Proxies) -> ClientSettings {
    ClientSettings {
        timeout: settings.timeout,
        retry: RetryPolicy::new(settings.retries),
        proxies: proxies.clone(),
        authorities: settings.ca_certificates.as_ref().map(|file| file.authorities.clone()),
        connections: settings.concurrency,
        rate: settings.rate,
        ..ClientSettings::default()
    }
}

/// Where the TLS library is told to look.
pub(super) fn certificates_of_the_system(surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    (surroundings.variable)("SSL_CERT_FILE").map(PathBuf::from)
}

/// The TLS library opens this file by itself, and would wait for its writer for ever.
fn refuse_pipe_of_certificates(surroundings: &Surroundings<'_>) -> Result<(), Failure> {
    let is_pipe = |path: &PathBuf| fs::metadata(path).is_ok_and(|meta| meta.file_type().is_fifo());
    match certificates_of_the_system(surroundings).filter(is_pipe) {
        Some(path) => {
            let source = io::Error::other("SSL_CERT_FILE names a pipe");
            Err(Failure::CaCertificate { path, source })
        }
        None => Ok(()),
    }
}

/// Opens an earlier run's journal.
pub(super) fn open_journal(path: &Path, reader: &Reader) -> Result<Replay, Failure> {
    let failed = |source| Failure::Journal {
        path: path.to_owned(),
        source,
    };
    let file = reader.open(path).map_err(|error| failed(error.into()))?;
    Replay::read(BufReader::new(file)).map_err(failed)
}
