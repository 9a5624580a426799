//! The client of one source: asks, asks again where the policy allows, and counts.
//!
//! The one part of this module that waits. It never fails: what went wrong is in the exchange. It does not know how many
//! calls run at a time, nor what to do about a refused credential; whoever calls it does.

use std::cell::Cell;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request, Url};
use secrecy::ExposeSecret as _;

use super::call::Call;
use super::connect::{ClientError, ClientSettings, connect};
use super::counts::WireCounts;
use super::exchange::{Exchange, Reply};
use super::redact::Redaction;
use super::retry::{Delays, RetryPolicy};
use super::sign::{Signer, Unsigned};
use super::transport::{Attempt, send};
use crate::model::{Credential, Source, UnknownClass};

#[cfg(test)]
mod tests;

const JSON: &str = "application/json";
const PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");
const SDK_DATE: HeaderName = HeaderName::from_static("x-sdk-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-security-token");
const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// Asks the service of one source, with one credential.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    /// What every request carries, made once.
    headers: HeaderMap,
    /// `None` where a token stands among the headers.
    signing: Option<Signing>,
    redaction: Redaction,
    policy: RetryPolicy,
    random: Mutex<fastrand::Rng>,
    counts: Mutex<WireCounts>,
}

/// A key, and the values of the headers that it signs beside the date.
struct Signing {
    signer: Signer,
    headers: Vec<(&'static str, String)>,
}

impl Client {
    /// A client for the source's endpoint. Nothing is sent yet.
    pub fn new(
        source: &Source,
        credential: &Credential,
        settings: &ClientSettings,
        random: fastrand::Rng,
    ) -> Result<Self, ClientError> {
        let base = Url::parse(source.endpoint.as_str()).map_err(|_| ClientError::Endpoint(source.endpoint.clone()))?;
        let project = source.project_id.as_deref();
        Ok(Self {
            http: connect(&source.endpoint, settings)?,
            headers: common_headers(project, credential)?,
            signing: signing(&base, project, credential)?,
            base,
            redaction: Redaction::new(credential),
            policy: settings.retry,
            random: Mutex::new(random),
            counts: Mutex::default(),
        })
    }

    /// Asks until there is an answer that another attempt would not better, or no attempt is left.
    ///
    /// Dropping the future abandons the request; `sent` counts those that have left by then.
    pub async fn ask(&self, call: &Call, sent: &Cell<u32>) -> Exchange {
        let path = call.path();
        let mut delays = Delays::new(self.policy);
        let mut attempts = 0;
        loop {
            attempts += 1;
            sent.set(attempts);
            let attempt = self.attempt(&path, attempts).await;
            let delay = delays.next(attempt.retry, &mut lock(&self.random));
            let Some(delay) = delay else {
                return Exchange {
                    attempts,
                    observed_at: Timestamp::now(),
                    request_id: attempt.request_id,
                    reply: attempt.reply,
                };
            };
            tracing::debug!(path, attempt = attempts, ?delay, "asking again");
            tokio::time::sleep(delay).await;
        }
    }

    /// What was done on the wire up to now.
    pub fn wire(&self) -> WireCounts {
        lock(&self.counts).clone()
    }

    async fn attempt(&self, path: &str, number: u32) -> Attempt {
        let request = self.request(path, Timestamp::now());
        lock(&self.counts).count_sent(number > 1);
        let started = Instant::now();
        let attempt = send(&self.http, request, &self.redaction).await;
        self.count(&attempt, started);
        let status = match &attempt.reply {
            Reply::Answered { status, .. } => Some(*status),
            Reply::Broken(failure) => failure.http_status,
        };
        tracing::debug!(
            method = "GET",
            path,
            status,
            request_id = attempt.request_id.as_deref(),
            class = attempt.class.map(UnknownClass::name),
            attempt = number,
            "asked"
        );
        attempt
    }

    /// The base URL is parsed once: setting its path is cheaper than parsing a whole one for every request.
    fn request(&self, path: &str, now: Timestamp) -> Request {
        let mut url = self.base.clone();
        url.set_path(path);
        let mut request = Request::new(Method::GET, url);
        *request.headers_mut() = self.headers.clone();
        if let Some(signing) = &self.signing {
            signing.add_to(request.headers_mut(), path, now);
        }
        request
    }

    fn count(&self, attempt: &Attempt, started: Instant) {
        let mut counts = lock(&self.counts);
        counts.throttled += u64::from(attempt.class == Some(UnknownClass::Throttled));
        match &attempt.reply {
            Reply::Answered { status, .. } => {
                counts.record(started.elapsed());
                counts.failed += u64::from(*status >= 500);
            }
            Reply::Broken(_) => counts.failed += 1,
        }
    }
}

impl Signing {
    fn add_to(&self, headers: &mut HeaderMap, path: &str, now: Timestamp) {
        let signed_headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let signed = self.signer.sign(
            &Unsigned {
                method: "GET",
                path,
                query: &[],
                headers: &signed_headers,
                body: b"",
            },
            now,
        );
        let date = HeaderValue::try_from(signed.date).expect("a date is digits and letters");
        let authorization = HeaderValue::try_from(signed.authorization).expect("the access key was checked");
        headers.insert(SDK_DATE, date);
        headers.insert(AUTHORIZATION, sensitive(authorization));
    }
}

fn common_headers(project: Option<&str>, credential: &Credential) -> Result<HeaderMap, ClientError> {
    let mut headers = HeaderMap::new();
    // The API reference calls it mandatory, on a GET as well.
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    if let Some(project) = project {
        headers.insert(PROJECT_ID, header_value(project, "project id")?);
    }
    match credential {
        Credential::Keys(keys) => {
            if let Some(token) = &keys.security_token {
                let token = header_value(token.expose_secret(), "security token")?;
                headers.insert(SECURITY_TOKEN, sensitive(token));
            }
        }
        Credential::Token(token) => {
            let token = header_value(token.expose_secret(), "token")?;
            headers.insert(AUTH_TOKEN, sensitive(token));
        }
    }
    Ok(headers)
}

fn signing(base: &Url, project: Option<&str>, credential: &Credential) -> Result<Option<Signing>, ClientError> {
    let keys = match credential {
        Credential::Keys(keys) => keys,
        Credential::Token(_) => return Ok(None),
    };
    header_value(&keys.access_key, "access key")?;
    let mut headers = vec![("content-type", JSON.to_owned()), ("host", host(base))];
    headers.extend(project.map(|project| ("x-project-id", project.to_owned())));
    let token = keys.security_token.as_ref();
    headers.extend(token.map(|token| ("x-security-token", token.expose_secret().to_owned())));
    Ok(Some(Signing {
        signer: Signer::new(keys),
        headers,
    }))
}

/// As the HTTP library sends it: with the port where it is not the scheme's own.
fn host(base: &Url) -> String {
    let host = base.host_str().unwrap_or_default();
    base.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn header_value(text: &str, what: &'static str) -> Result<HeaderValue, ClientError> {
    HeaderValue::from_str(text).map_err(|_| ClientError::Header(what))
}

/// Keeps the value out of the HTTP library's own traces, and out of HTTP/2's compression tables.
fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

/// A panic elsewhere leaves counters and random numbers as good as they were.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}
