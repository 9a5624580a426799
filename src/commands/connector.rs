//! The way to each source. Its credential is looked for once and its client is made once, whoever needs it first: what a
//! credential is read from may be a pipe.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::services::{Connected, Services, Shared, SourceService, Way};
use super::{Failure, Process, ServiceSettings, runtime};
use crate::ask::End;
use crate::credentials::{self, CredentialError, Found, NoIam, Surroundings};
use crate::model::{Caller, Source, visible_path};
use crate::report::route::{damaged_authorities, unclear_exception};
use crate::swr::{Authorities, ClientError, ClientSettings, Proxies, RetryPolicy};

/// Makes the way to each source.
pub(super) struct Connector<'a> {
    settings: &'a ServiceSettings,
    process: Process<'a>,
    /// Of all clients, made with the first.
    clients: Option<ClientSettings>,
    /// By source: what was found, and not used yet.
    found: BTreeMap<Arc<str>, Result<Found, CredentialError>>,
    /// By source: what was needed before the others.
    ways: BTreeMap<Arc<str>, Way>,
    shared: Shared,
}

impl Services {
    /// Finds the way to a credential for each source and makes its client. Errs only where the cause is ours; a
    /// credential that is missing is said now and reported later.
    pub(super) fn connect(
        sources: &[Arc<Source>],
        settings: &ServiceSettings,
        process: Process<'_>,
    ) -> Result<Self, Failure> {
        Connector::new(settings, process).services(sources)
    }
}

impl<'a> Connector<'a> {
    /// Nothing is looked for yet.
    pub(super) fn new(settings: &'a ServiceSettings, process: Process<'a>) -> Self {
        Self {
            settings,
            process,
            clients: None,
            found: BTreeMap::new(),
            ways: BTreeMap::new(),
            shared: Shared::default(),
        }
    }

    /// What a source would be asked with. Why there is nothing is said when it is asked.
    pub(super) fn found(&mut self, source: &Source) -> Option<&Found> {
        let name = Arc::clone(&source.name);
        let surroundings = self.process.surroundings;
        let found = self.found.entry(name);
        let found = found.or_insert_with(|| credentials::find(source, surroundings));
        found.as_ref().ok()
    }

    /// Who asks a source, once its credential was issued.
    pub(super) fn sign_in(&mut self, source: &Source, sources: usize) -> Result<Caller, Failure> {
        let way = self.way(source, sources)?;
        let caller = match &way {
            Ok(connected) => {
                // Why none was issued is said when the source is asked.
                let _ = runtime()?.block_on(connected.sign_in(self.process.interrupt.stop()));
                connected.caller()
            }
            Err(_) => Caller::default(),
        };
        self.ways.insert(Arc::clone(&source.name), way);
        Ok(caller)
    }

    /// The way to each of these sources.
    pub(super) fn services(mut self, sources: &[Arc<Source>]) -> Result<Services, Failure> {
        // What is not understood of the options is said where nothing is asked, too.
        self.clients()?;
        self.refuse_without_iam(sources)?;
        let connect = |source: &Arc<Source>| {
            let way = self.way(source, sources.len())?;
            let source = Arc::clone(source);
            Ok(SourceService { source, way })
        };
        Ok(Services(sources.iter().map(connect).collect::<Result<_, Failure>>()?))
    }

    /// All of those whose login could go nowhere, before anything is sent for any of them.
    fn refuse_without_iam(&mut self, sources: &[Arc<Source>]) -> Result<(), Failure> {
        let mut lacks: Vec<NoIam> = Vec::new();
        for source in sources {
            if !self.ways.contains_key(&source.name)
                && self.found(source).is_none()
                && let Some(Err(CredentialError::NoIam(lack))) = self.found.get(&source.name)
            {
                lacks.push(lack.clone());
            }
        }
        if lacks.is_empty() {
            Ok(())
        } else {
            Err(Failure::NoIam(lacks))
        }
    }

    fn way(&mut self, source: &Source, sources: usize) -> Result<Way, Failure> {
        if let Some(way) = self.ways.remove(&source.name) {
            return Ok(way);
        }
        let settings = self.clients()?;
        let Process {
            surroundings,
            interrupt,
            talk,
        } = self.process;
        let found = self.found.remove(&source.name);
        match found.unwrap_or_else(|| credentials::find(source, surroundings)) {
            Ok(found) => {
                let registrars = match source.account_id {
                    Some(_) => credentials::registrars(source, surroundings),
                    None => Vec::new(),
                };
                let connected = Connected::new(source, found, registrars, &settings, &mut self.shared);
                let connected = connected.map_err(|failure| without_trust(failure, surroundings))?;
                Ok(Ok(Box::new(connected)))
            }
            Err(CredentialError::NoIam(lack)) => Err(Failure::NoIam(vec![lack])),
            // Whoever writes the file of a credential may be slow.
            Err(_) if interrupt.stop().is_cancelled() => Ok(Err(End::Stopped)),
            Err(error) => {
                if sources > 1 {
                    talk.say(&format!("source {}:\n", source.name));
                }
                let refused = End::Refused(error.failure());
                talk.failure(&error.into());
                Ok(Err(refused))
            }
        }
    }

    /// How clients are made. What is not understood of it is said once.
    fn clients(&mut self) -> Result<ClientSettings, Failure> {
        if let Some(settings) = &self.clients {
            return Ok(settings.clone());
        }
        let Process { surroundings, talk, .. } = self.process;
        refuse_pipe_of_certificates(surroundings)?;
        let proxies = Proxies::of(self.settings.proxy.as_deref(), surroundings.variable);
        for entry in proxies.not_understood() {
            talk.say(&unclear_exception(entry));
        }
        let certificates = self.settings.ca_certificates.as_ref();
        let damaged = certificates.map_or(&[][..], |file| file.authorities.damaged());
        if !damaged.is_empty() {
            talk.say(&damaged_authorities(damaged));
        }
        let settings = client_settings(self.settings, proxies);
        Ok(self.clients.insert(settings).clone())
    }
}

fn client_settings(settings: &ServiceSettings, proxies: Proxies) -> ClientSettings {
    ClientSettings {
        timeout: settings.timeout,
        retry: RetryPolicy::new(settings.retries),
        proxies,
        authorities: settings.ca_certificates.as_ref().map(|file| file.authorities.clone()),
        connections: settings.concurrency,
        rate: settings.rate,
        ..ClientSettings::default()
    }
}

/// Where the TLS library looks.
pub(super) fn certificates_of_the_system(surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    (surroundings.variable)("SSL_CERT_FILE").map(PathBuf::from)
}

/// The library says only that there are no authorities: what is wrong with the file that a variable names for them.
fn without_trust(failure: Failure, surroundings: &Surroundings<'_>) -> Failure {
    let named = certificates_of_the_system(surroundings);
    let (Failure::Client(ClientError::NoTrust), Some(path)) = (&failure, named) else {
        return failure;
    };
    let unset = || "correct SSL_CERT_FILE, or unset it for the system's own authorities".to_owned();
    let (why, hint) = match (surroundings.read)(&path) {
        Err(_) if is_quoted(&path) => (
            "there are quotes around it".to_owned(),
            "take the quotes away: an --env-file keeps them as part of the value".to_owned(),
        ),
        Err(error) => (error.to_string(), unset()),
        Ok(bytes) => match Authorities::read(&bytes) {
            Err(problem) => (problem.to_string(), problem.hint(&visible_path(&path))),
            Ok(_) => (
                "something stands in front of 'BEGIN CERTIFICATE', such as a byte order mark".to_owned(),
                format!("give it with --ca-cert '{}', which takes it", visible_path(&path)),
            ),
        },
    };
    Failure::SystemCertificates { path, why, hint }
}

fn is_quoted(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.starts_with(['"', '\'']) && text.ends_with(['"', '\''])
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
