//! The identity that a client asks with now, and its renewal: early where that is possible, once for all who need it.
//!
//! Times are spans of the steady clock, counted from before the issuer was asked: a machine whose wall clock is wrong
//! renews in time all the same. Knows neither who issues, nor what is asked with an identity.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::connect::ClientError;
use super::identity::{Identity, Recipient};
use super::issue::{IssueError, Issuer};
use crate::model::{Caller, CallerId, Credential, Failure, Lease, UnknownClass};
use crate::swr::pace::retry::{Delays, Retry, RetryPolicy};

/// So long before its end a credential is renewed, or a tenth of its life before, whichever is less.
const MARGIN: Duration = Duration::from_mins(10);

/// A shorter life is not believed: it would mean a login for every request.
const SHORTEST_LIFE: Duration = Duration::from_secs(1);

/// How soon after a failed early renewal the next one is tried, at the soonest.
const PAUSE: Duration = Duration::from_secs(1);

/// What one client asks with.
pub(in crate::swr) enum Keyring {
    /// One identity, which stays.
    Ready(Arc<Identity>),
    /// Identities that run out, one after the other.
    Renewed(Box<Renewed>),
}

/// Every identity that an issuer gives, one after the other.
pub(in crate::swr) struct Renewed {
    recipient: Recipient,
    issuer: Box<dyn Issuer>,
    retry: RetryPolicy,
    random: Mutex<fastrand::Rng>,
    held: Mutex<Held>,
    /// Whoever asks the issuer holds it; the others wait for it, or go on with what is still good.
    turn: tokio::sync::Mutex<()>,
}

/// What is known at the moment.
#[derive(Default)]
struct Held {
    current: Option<Current>,
    /// The issuer's last word: it is not asked again.
    last_word: Option<IssueError>,
}

struct Current {
    identity: Arc<Identity>,
    credential: Credential,
    /// The account that the issuer named.
    account: Option<Arc<str>>,
    /// `None`: no end is known.
    life: Option<Life>,
    /// Whether the issuer gave the same credential again when it was refused: there is no better one.
    is_last: bool,
}

#[derive(Clone, Copy)]
struct Life {
    renewal: Instant,
    end: Instant,
}

/// How things stand.
enum Standing {
    /// This one is good.
    Good(Arc<Identity>),
    /// It is good still, and should be renewed.
    Ageing(Arc<Identity>),
    /// There is none, and one can be asked for.
    Needed,
    /// There is none, and none will be had.
    Lost(IssueError),
}

impl Keyring {
    /// For a credential that stays.
    pub(in crate::swr) fn ready(recipient: &Recipient, credential: &Credential) -> Result<Self, ClientError> {
        let identity = Identity::new(recipient, credential)?;
        Ok(Self::Ready(Arc::new(identity)))
    }

    /// For credentials that somebody issues. The first is asked for when it is needed.
    pub(in crate::swr) fn renewed_by(
        issuer: Box<dyn Issuer>,
        mut recipient: Recipient,
        retry: RetryPolicy,
        random: fastrand::Rng,
    ) -> Self {
        recipient.secrets.extend(issuer.secrets());
        Self::Renewed(Box::new(Renewed {
            recipient,
            issuer,
            retry,
            random: Mutex::new(random),
            held: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// The identity to ask with now. Waits for a new one where there is none that is good.
    pub(in crate::swr) async fn current(&self) -> Result<Arc<Identity>, IssueError> {
        match self {
            Self::Ready(identity) => Ok(Arc::clone(identity)),
            Self::Renewed(renewed) => renewed.current().await,
        }
    }

    /// Whom the credential of now was issued to; a credential that stays was issued by nobody that is known.
    pub(in crate::swr) fn issued_to(&self) -> Caller {
        match self {
            Self::Ready(_) => Caller::default(),
            Self::Renewed(renewed) => lock(&renewed.held)
                .current
                .as_ref()
                .map_or_else(Caller::default, |current| Caller {
                    credential: Some(CallerId::of(&current.credential)),
                    account: current.account.clone(),
                }),
        }
    }

    /// After a refusal of `used`: whether there is another identity now. An error says why there is none, and that there
    /// will be none.
    pub(in crate::swr) async fn renew(&self, used: &Arc<Identity>) -> Result<bool, IssueError> {
        match self {
            Self::Ready(_) => Ok(false),
            Self::Renewed(renewed) => renewed.renew(used).await,
        }
    }
}

impl Renewed {
    async fn current(&self) -> Result<Arc<Identity>, IssueError> {
        match self.standing() {
            Standing::Good(identity) => return Ok(identity),
            Standing::Lost(error) => return Err(error),
            Standing::Ageing(identity) => {
                return match self.turn.try_lock() {
                    Ok(_turn) => Ok(self.renew_early().await.unwrap_or(identity)),
                    Err(_) => Ok(identity),
                };
            }
            Standing::Needed => {}
        }
        let _turn = self.turn.lock().await;
        match self.standing() {
            Standing::Good(identity) | Standing::Ageing(identity) => Ok(identity),
            Standing::Lost(error) => Err(error),
            Standing::Needed => self.issue().await,
        }
    }

    async fn renew(&self, used: &Arc<Identity>) -> Result<bool, IssueError> {
        // Of all who were refused the first asks the issuer, and the others find what it was given.
        let _turn = self.turn.lock().await;
        let refused = {
            let Held { current, last_word } = &mut *lock(&self.held);
            match (current, last_word) {
                (Some(current), _) if !Arc::ptr_eq(&current.identity, used) => return Ok(true),
                (_, Some(error)) => return Err(error.clone()),
                (Some(current), None) if current.is_last => return Ok(false),
                (Some(current), None) => {
                    // Nobody new is to be refused with it while another is fetched.
                    current.life = Some(Life::over());
                    current.credential.clone()
                }
                (None, None) => return Ok(false),
            }
        };
        tracing::info!("the credential was refused: asking for a new one");
        let issued = self.issue().await;
        let mut held = lock(&self.held);
        if let Err(error) = issued {
            // What was refused must not go out again.
            held.current = None;
            return Err(error);
        }
        let current = held.current.as_mut().expect("it was issued a moment ago");
        current.is_last = current.credential.is_same(&refused);
        Ok(!current.is_last)
    }

    fn standing(&self) -> Standing {
        let held = lock(&self.held);
        let now = Instant::now();
        if let Some(Current { identity, life, .. }) = &held.current {
            let identity = Arc::clone(identity);
            match life {
                None => return Standing::Good(identity),
                Some(life) if now < life.renewal => return Standing::Good(identity),
                Some(life) if now < life.end && held.last_word.is_some() => return Standing::Good(identity),
                Some(life) if now < life.end => return Standing::Ageing(identity),
                Some(_) => {}
            }
        }
        held.last_word.clone().map_or(Standing::Needed, Standing::Lost)
    }

    /// Asks once; `None`: the old one has to do for a while.
    async fn renew_early(&self) -> Option<Arc<Identity>> {
        let error = match self.ask().await {
            Ok(identity) => return Some(identity),
            Err(error) => error,
        };
        tracing::warn!("the credential could not be renewed, and is good still: {error}");
        let mut held = lock(&self.held);
        if let Some(life) = held.current.as_mut().and_then(|current| current.life.as_mut()) {
            let now = Instant::now();
            let left = life.end.saturating_duration_since(now);
            life.renewal = now + (left / 2).max(PAUSE);
        }
        if error.is_refusal {
            held.last_word = Some(error);
        }
        None
    }

    /// Asks until there is a new identity, or it is certain that there will be none.
    async fn issue(&self) -> Result<Arc<Identity>, IssueError> {
        let started = Instant::now();
        let mut delays = Delays::new(self.retry);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match self.ask().await {
                Ok(identity) => return Ok(identity),
                Err(error) => error.after(attempts),
            };
            let retry = match error.retry {
                // No limiter stands before an issuer.
                Retry::Throttled(None) => Retry::Backoff,
                retry => retry,
            };
            let delay = delays.next(retry, started.elapsed(), &mut lock(&self.random));
            let Some(delay) = delay else {
                lock(&self.held).last_word = Some(error.clone());
                return Err(error);
            };
            tracing::debug!(?delay, "asking for a credential again: {error}");
            tokio::time::sleep(delay).await;
        }
    }

    /// Asks once, and takes what comes for the current identity.
    async fn ask(&self) -> Result<Arc<Identity>, IssueError> {
        // What a lease tells of its life began after this.
        let asked = Instant::now();
        let Lease {
            credential,
            lifetime,
            account,
        } = self.issuer.issue().await?;
        let identity = Identity::new(&self.recipient, &credential);
        let identity = identity.map_err(|error| self.unusable(&error))?;
        let seconds = lifetime.map(|lifetime| lifetime.as_secs());
        tracing::debug!(lifetime_seconds = seconds, "a credential was issued");
        let mut held = lock(&self.held);
        let identity = Arc::new(match &held.current {
            Some(before) => identity.after(&before.identity),
            None => identity,
        });
        held.current = Some(Current {
            identity: Arc::clone(&identity),
            credential,
            account,
            life: lifetime.and_then(|lifetime| Life::from(asked, lifetime)),
            is_last: false,
        });
        Ok(identity)
    }

    fn unusable(&self, error: &ClientError) -> IssueError {
        let failure = Failure {
            detail: format!("what was issued cannot be used: {error}"),
            ..Failure::unasked(UnknownClass::Unauthenticated)
        };
        IssueError::new(self.issuer.kind(), failure, Retry::No)
    }
}

impl Life {
    /// Nothing is left of it.
    fn over() -> Self {
        let now = Instant::now();
        Self { renewal: now, end: now }
    }

    /// `None`: longer than a clock can tell.
    fn from(asked: Instant, lifetime: Duration) -> Option<Self> {
        let lifetime = lifetime.max(SHORTEST_LIFE);
        let end = asked.checked_add(lifetime)?;
        let renewal = end - MARGIN.min(lifetime / 10);
        Some(Self { renewal, end })
    }
}

/// A panic elsewhere leaves what is held as good as it was.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
