//! The client of one source: asks, asks again where the policy allows, and counts.
//!
//! It never fails: what went wrong is in the exchange. It does not know what else is asked, nor what to do about a refused
//! credential; whoever calls it does.

pub(super) mod bearing;
pub(super) mod cause;
pub(super) mod connect;
pub(super) mod counts;
pub(super) mod http;
pub(super) mod identity;
pub(super) mod issue;
pub(super) mod keyring;
pub(super) mod lossless;
pub(super) mod proxy;
pub(super) mod redact;
pub(super) mod shared;
pub(super) mod shared_issuer;
pub(super) mod sign;
pub(super) mod skew;
pub(super) mod standing;
pub(super) mod tls;
pub(super) mod transport;
pub(super) mod trust;
pub(super) mod tunnel;
pub(super) mod whose;

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::{Method, Request};

use crate::model::{Caller, Credential, Endpoint, Failure, Source, UnknownClass};
use crate::swr::client::bearing::{Bearing, bearing};
use crate::swr::client::connect::{ClientError, ClientSettings, Line};
use crate::swr::client::counts::WireCounts;
use crate::swr::client::identity::{Identity, Recipient};
use crate::swr::client::issue::{IssueError, Issuer};
use crate::swr::client::keyring::Keyring;
use crate::swr::client::shared::SharedConnections;
use crate::swr::client::sign::wire_query;
use crate::swr::client::standing::{Probe, Standing, Verdict};
use crate::swr::client::transport::{Attempt, send};
use crate::swr::pace::limit::{Limiter, Reception, Turn};
use crate::swr::pace::retry::{Delays, Retry, RetryPolicy};
use crate::swr::wire::call::Call;
use crate::swr::wire::exchange::{Exchange, Reply};

#[cfg(test)]
mod tests;

/// Asks the service of one source, with the credential of one account.
pub struct Client {
    line: Line,
    /// A line without a pool, made once it is needed, and what it is made of.
    unshared: OnceLock<Result<Line, ClientError>>,
    endpoint: Endpoint,
    settings: ClientSettings,
    shared: Mutex<SharedConnections>,
    keyring: Keyring,
    limiter: Arc<Limiter>,
    standing: Arc<Standing>,
    /// Whether this service refused the credential.
    is_refused: AtomicBool,
    policy: RetryPolicy,
    random: Mutex<fastrand::Rng>,
    counts: Mutex<WireCounts>,
}

impl Client {
    /// A client for the source's endpoint. Nothing is sent yet.
    pub fn new(
        source: &Source,
        credential: &Credential,
        settings: &ClientSettings,
        random: fastrand::Rng,
    ) -> Result<Self, ClientError> {
        let line = Line::to(&source.endpoint, settings)?;
        let keyring = Keyring::ready(&recipient(&line, source), credential)?;
        Ok(Self::with(source, line, keyring, settings, random))
    }

    /// A client whose credentials are issued, and renewed while it asks. Nothing is sent yet.
    pub fn renewed_by(
        issuer: Box<dyn Issuer>,
        source: &Source,
        settings: &ClientSettings,
        mut random: fastrand::Rng,
    ) -> Result<Self, ClientError> {
        let line = Line::to(&source.endpoint, settings)?;
        let keyring = Keyring::renewed_by(issuer, recipient(&line, source), settings.retry, random.fork());
        Ok(Self::with(source, line, keyring, settings, random))
    }

    fn with(source: &Source, line: Line, keyring: Keyring, settings: &ClientSettings, random: fastrand::Rng) -> Self {
        let alone = || Arc::new(Limiter::new(settings.connections, settings.rate));
        Self {
            line,
            unshared: OnceLock::new(),
            endpoint: source.endpoint.clone(),
            settings: settings.clone(),
            shared: Mutex::default(),
            keyring,
            limiter: settings.limiter.clone().unwrap_or_else(alone),
            standing: Arc::clone(&settings.standing),
            is_refused: AtomicBool::new(false),
            policy: settings.retry,
            random: Mutex::new(random),
            counts: Mutex::default(),
        }
    }

    /// Who may send, and who waits.
    pub fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// Has a credential issued where that is needed; a call does it by itself otherwise. After an error every call has the
    /// same one for an answer, and nothing is sent.
    pub async fn sign_in(&self) -> Result<(), IssueError> {
        self.keyring.current().await.map(drop)
    }

    /// Whom the credential of now was issued to, where somebody issued it.
    pub fn issued_to(&self) -> Caller {
        self.keyring.issued_to()
    }

    /// Asks until there is an answer that another attempt would not better, or no attempt is left. While it waits
    /// for the next attempt, nothing is held that others could use.
    ///
    /// Dropping the future abandons the request; `sent` counts those that have left by then.
    pub async fn ask(&self, call: &Call, turn: Turn<'_>, sent: &Cell<u32>) -> Exchange {
        self.ask_by(call, Asked::new(call), self.policy, turn, sent).await
    }

    /// Asks once, with so much time for the answer: for what a run can do without. Like every call it is the probe where
    /// nothing has proved the credential yet.
    pub async fn ask_once(&self, call: &Call, within: Duration, turn: Turn<'_>) -> Exchange {
        let asked = Asked {
            within: Some(within),
            ..Asked::new(call)
        };
        self.ask_by(call, asked, RetryPolicy::new(0), turn, &Cell::new(0)).await
    }

    async fn ask_by(
        &self,
        call: &Call,
        asked: Asked,
        policy: RetryPolicy,
        mut turn: Turn<'_>,
        sent: &Cell<u32>,
    ) -> Exchange {
        let started = tokio::time::Instant::now();
        let mut delays = Delays::new(policy);
        let mut may_renew = true;
        for attempts in 1.. {
            let identity = match self.keyring.current().await {
                Ok(identity) => identity,
                Err(error) => return unsent(attempts - 1, *error.failure),
            };
            let probe = match self.probe().await {
                Ok(probe) => probe,
                Err(refusal) => return unsent(attempts - 1, refusal),
            };
            sent.set(attempts);
            let mut attempt = self.attempt(&identity, &asked, attempts).await;
            let mut is_renewed = false;
            if attempt.retry == Retry::Renew && std::mem::take(&mut may_renew) {
                // The turn is kept meanwhile: nobody is to be sent before it is known whether there is a better credential.
                match self.keyring.renew(&identity).await {
                    Ok(has_another) => is_renewed = has_another,
                    Err(error) => attempt = attempt.not_renewed(error),
                }
            }
            let reception = attempt.reception(policy.retry_after_cap);
            let is_accepted = matches!(reception, Reception::Answered { proves: true });
            turn.end(reception);
            let delay = if is_renewed || !self.is_believed(call, &attempt) {
                Some(Duration::ZERO)
            } else {
                self.delay(&mut delays, attempt.retry, started.elapsed())
            };
            let exchange = Exchange {
                attempts,
                observed_at: Timestamp::now(),
                request_id: attempt.request_id,
                clock_skew: attempt.clock_skew,
                content_range: attempt.content_range,
                reply: attempt.reply,
            };
            let refusal = exchange.failure().filter(|failure| failure.is_refusal() && !is_renewed);
            self.heed(probe, is_accepted, refusal);
            let Some(delay) = delay else { return exchange };
            tracing::debug!(path = asked.path, attempt = attempts, ?delay, "asking again");
            self.limiter.pause(delay).await;
            turn = match self.limiter.another_turn().await {
                Ok(turn) => turn,
                // What it ended with so far tells more than what all others end with.
                Err(_) => return exchange,
            };
        }
        unreachable!("no policy allows so many attempts")
    }

    /// Waits for the turn to probe this service, where it has not accepted the credential yet; the error says why none of
    /// the services that share it is asked.
    async fn probe(&self) -> Result<Option<Probe<'_>>, Failure> {
        if self.limiter.is_proven() {
            return Ok(None);
        }
        let probe = self.standing.probe().await?;
        Ok((!self.limiter.is_proven()).then_some(probe))
    }

    /// Passes on what an answer says of the credential: every one of a probe, and of all others the first refusal.
    fn heed(&self, probe: Option<Probe<'_>>, is_accepted: bool, refusal: Option<Failure>) {
        let verdict = match refusal {
            Some(failure) => Verdict::Refused(failure),
            None if is_accepted => Verdict::Accepted,
            None => Verdict::None,
        };
        match (probe, verdict) {
            (Some(probe), verdict) => {
                if matches!(verdict, Verdict::Refused(_)) {
                    self.is_refused.store(true, Ordering::Relaxed);
                }
                probe.end(verdict);
            }
            (None, Verdict::Refused(failure)) if !self.is_refused.swap(true, Ordering::Relaxed) => {
                self.standing.refused(failure);
            }
            (None, Verdict::Refused(_) | Verdict::Accepted | Verdict::None) => {}
        }
    }

    /// Whether that answer can be this call's. Where the connection has mixed answers up, one that names nothing may be
    /// another's.
    fn is_believed(&self, call: &Call, attempt: &Attempt) -> bool {
        attempt.connection.is_none_or(|connection| {
            let bearing = bearing(call, &attempt.reply);
            if bearing == Bearing::Another {
                tracing::warn!(
                    path = call.path(),
                    "the answer is about something else: what came empty by the same connection is asked again, and from \
                     here on each request has a connection of its own"
                );
            }
            lock(&self.shared).take(call, connection, bearing)
        })
    }

    /// Calls whose answers are not believed any more, each once: the connection by which they came has mixed answers up
    /// since. From then on no connection is shared.
    pub fn suspects(&self) -> Vec<Call> {
        lock(&self.shared).suspects()
    }

    /// How long to wait before asking again, where that is allowed to this call and to the whole run. What came too fast
    /// does not count for the run: its refusal is what tells the pace.
    fn delay(&self, delays: &mut Delays, retry: Retry, elapsed: Duration) -> Option<Duration> {
        let retry = match retry {
            Retry::Throttled(None) if self.limiter.explains_refusals() => Retry::Stray,
            retry => retry,
        };
        let delay = delays.next(retry, elapsed, &mut lock(&self.random))?;
        (matches!(retry, Retry::Throttled(_) | Retry::Stray) || self.limiter.takes_retry()).then_some(delay)
    }

    /// Requests that came too fast up to now.
    pub fn throttled(&self) -> u64 {
        lock(&self.counts).throttled
    }

    /// What was done on the wire up to now.
    pub fn wire(&self) -> WireCounts {
        lock(&self.counts).clone()
    }

    async fn attempt(&self, identity: &Identity, asked: &Asked, number: u32) -> Attempt {
        let request = self.request(identity, asked, Timestamp::now());
        lock(&self.counts).count_sent(number > 1);
        let started = Instant::now();
        let attempt = self.send(request, identity, asked).await;
        self.count(&attempt, started);
        let status = match &attempt.reply {
            Reply::Answered { status, .. } => Some(*status),
            Reply::Broken(failure) => failure.http_status,
        };
        tracing::debug!(
            method = "GET",
            path = asked.path,
            query = asked.wire_query,
            status,
            request_id = attempt.request_id.as_deref(),
            class = attempt.class.map(UnknownClass::name),
            attempt = number,
            "asked"
        );
        attempt
    }

    /// By a connection of its own where none is to be shared any more.
    async fn send(&self, request: Request, identity: &Identity, asked: &Asked) -> Attempt {
        if lock(&self.shared).are_trusted() {
            return send(&self.line, request, identity.redaction(), asked.body_limit).await;
        }
        let settings = || ClientSettings {
            connections: 0,
            ..self.settings.clone()
        };
        match self.unshared.get_or_init(|| Line::to(&self.endpoint, &settings())) {
            Ok(line) => {
                let attempt = send(line, request, identity.redaction(), asked.body_limit).await;
                Attempt {
                    connection: None,
                    ..attempt
                }
            }
            Err(error) => Attempt::unsent(error),
        }
    }

    /// The base URL is parsed once: setting its path is cheaper than parsing a whole one for every request.
    fn request(&self, identity: &Identity, asked: &Asked, now: Timestamp) -> Request {
        let mut url = self.line.base.clone();
        url.set_path(&asked.path);
        url.set_query(asked.wire_query.as_deref());
        let mut request = Request::new(Method::GET, url);
        *request.timeout_mut() = asked.within;
        *request.headers_mut() = identity.headers(&asked.path, &asked.query(), now);
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

fn recipient(line: &Line, source: &Source) -> Recipient {
    Recipient {
        base: line.base.clone(),
        project: source.project_id.clone(),
        secrets: line.route.secrets(),
    }
}

/// A call in the spelling of HTTP, made once for all its attempts.
struct Asked {
    path: String,
    query: Vec<(&'static str, String)>,
    /// Encoded; `None` where there is none.
    wire_query: Option<String>,
    body_limit: usize,
    /// How much time one attempt has; `None`: as much as any.
    within: Option<Duration>,
}

impl Asked {
    fn new(call: &Call) -> Self {
        let mut asked = Self {
            path: call.path(),
            query: call.query(),
            wire_query: None,
            body_limit: call.body_limit(),
            within: None,
        };
        asked.wire_query = (!asked.query.is_empty()).then(|| wire_query(&asked.query()));
        asked
    }

    fn query(&self) -> Vec<(&str, &str)> {
        self.query.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

/// There is nothing to ask with, for that reason.
fn unsent(attempts: u32, failure: Failure) -> Exchange {
    Exchange {
        attempts,
        observed_at: Timestamp::now(),
        request_id: None,
        clock_skew: None,
        content_range: None,
        reply: Reply::Broken(failure),
    }
}

/// A panic elsewhere leaves counters and random numbers as good as they were.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.line.base.as_str())
            .finish_non_exhaustive()
    }
}
