//! One issuer for all clients that ask with what it issues: one credential for all of them, one login at a time, and no
//! login after a refused one.
//!
//! A wrong password that eight sources share is sent once: enough of them lock an account.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::issue::{IssueError, Issuer};
use crate::model::{IssuerKind, Lease};

/// The refused login of one user, whatever it was for.
#[derive(Debug, Default)]
pub struct Logins(Mutex<Option<IssueError>>);

/// An issuer that several clients share.
pub struct SharedIssuer {
    issuer: Box<dyn Issuer>,
    logins: Arc<Logins>,
    current: Mutex<Option<Issued>>,
}

/// What was issued last.
struct Issued {
    lease: Lease,
    at: Instant,
    /// From 1.
    number: u64,
}

/// One client's share of an issuer.
pub struct Share {
    issuer: Arc<SharedIssuer>,
    /// The number of what this client was given last; 0: nothing.
    given: AtomicU64,
}

impl SharedIssuer {
    /// Shares an issuer. Those of one user share their logins as well.
    pub fn new(issuer: Box<dyn Issuer>, logins: Arc<Logins>) -> Arc<Self> {
        Arc::new(Self {
            issuer,
            logins,
            current: Mutex::new(None),
        })
    }

    /// One more client's share.
    pub fn share(self: &Arc<Self>) -> Box<Share> {
        Box::new(Share {
            issuer: Arc::clone(self),
            given: AtomicU64::new(0),
        })
    }

    /// What another client was given since, or else something new.
    async fn issue_after(&self, given: &AtomicU64) -> Result<Lease, IssueError> {
        let mut current = self.current.lock().await;
        let last = given.load(Ordering::Relaxed);
        let newer = current.as_ref().filter(|issued| issued.number > last);
        if let Some((lease, number)) = newer.and_then(|issued| Some((issued.left()?, issued.number))) {
            given.store(number, Ordering::Relaxed);
            return Ok(lease);
        }
        let mut refused = self.logins.0.lock().await;
        if let Some(error) = &*refused {
            return Err(error.clone());
        }
        let at = Instant::now();
        match self.issuer.issue().await {
            Ok(lease) => {
                let number = current.as_ref().map_or(1, |issued| issued.number + 1);
                given.store(number, Ordering::Relaxed);
                *current = Some(Issued {
                    lease: lease.clone(),
                    at,
                    number,
                });
                Ok(lease)
            }
            Err(error) => {
                if error.failure.issuer == Some(IssuerKind::IamLogin) {
                    *refused = Some(error.clone());
                }
                Err(error)
            }
        }
    }
}

impl Issued {
    /// With what is left of its life; `None`: nothing.
    fn left(&self) -> Option<Lease> {
        let left = match self.lease.lifetime {
            Some(lifetime) => Some(lifetime.checked_sub(self.at.elapsed())?),
            None => None,
        };
        Some(Lease {
            lifetime: left,
            ..self.lease.clone()
        })
    }
}

impl Issuer for Share {
    fn kind(&self) -> IssuerKind {
        self.issuer.issuer.kind()
    }

    fn secrets(&self) -> Vec<SecretString> {
        self.issuer.issuer.secrets()
    }

    fn issue(&self) -> BoxFuture<'_, Result<Lease, IssueError>> {
        Box::pin(self.issuer.issue_after(&self.given))
    }
}
