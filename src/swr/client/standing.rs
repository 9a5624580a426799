//! What is known of one credential, for all services that are asked with it: whether any of them has accepted it.
//!
//! More than five refusals in a row lock a key for everybody who uses it. So the first request to each service goes alone,
//! one service at a time, and a key that was refused before any service accepted it goes to no other.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turn, MutexGuard as HeldTurn};

use crate::model::Failure;

/// A key that some services accept and others refuse goes to no further one after so many refusals.
const REFUSALS: u32 = 3;

/// What the services have said of one credential.
#[derive(Debug, Default)]
pub struct Standing {
    /// Whoever probes a service holds it.
    turn: Turn<()>,
    verdicts: Mutex<Verdicts>,
}

#[derive(Debug, Default)]
struct Verdicts {
    is_accepted: bool,
    /// Services that refused it.
    refusals: u32,
    last_refusal: Option<Failure>,
}

/// The turn to probe a service.
#[derive(Debug)]
pub(in crate::swr) struct Probe<'a> {
    standing: &'a Standing,
    _turn: HeldTurn<'a, ()>,
}

/// What a service says of the credential.
#[derive(Debug)]
pub(in crate::swr) enum Verdict {
    /// It recognised the caller.
    Accepted,
    /// It refused the credential itself.
    Refused(Failure),
    /// Nothing: there was no answer, or one that does not depend on who asks.
    None,
}

impl Standing {
    /// Waits for the turn to probe a service.
    ///
    /// # Errors
    /// The refusal for which the credential goes to no service that has not accepted it.
    pub(in crate::swr) async fn probe(&self) -> Result<Probe<'_>, Failure> {
        let turn = self.turn.lock().await;
        match self.verdicts().refusal() {
            Some(refusal) => Err(refusal),
            None => Ok(Probe {
                standing: self,
                _turn: turn,
            }),
        }
    }

    /// A service that had accepted the credential refuses it now.
    pub(in crate::swr) fn refused(&self, failure: Failure) {
        self.verdicts().take(Verdict::Refused(failure));
    }

    /// A panic elsewhere leaves whole verdicts behind.
    fn verdicts(&self) -> MutexGuard<'_, Verdicts> {
        self.verdicts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Probe<'_> {
    /// Ends the turn with what the service said.
    pub(in crate::swr) fn end(self, verdict: Verdict) {
        self.standing.verdicts().take(verdict);
    }
}

impl Verdicts {
    fn take(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Accepted => self.is_accepted = true,
            Verdict::Refused(failure) => {
                self.refusals += 1;
                self.last_refusal = Some(failure);
            }
            Verdict::None => {}
        }
    }

    /// Why the credential goes to no other service, where it does not.
    fn refusal(&self) -> Option<Failure> {
        let enough = if self.is_accepted { REFUSALS } else { 1 };
        self.last_refusal.clone().filter(|_| self.refusals >= enough)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnknownClass;

    fn refused() -> Verdict {
        Verdict::Refused(Failure::unasked(UnknownClass::Unauthenticated))
    }

    /// Whether it goes to one more service after these verdicts.
    async fn goes_on_after(verdicts: Vec<Verdict>) -> bool {
        let standing = Standing::default();
        for verdict in verdicts {
            match standing.probe().await {
                Ok(probe) => probe.end(verdict),
                Err(_) => return false,
            }
        }
        standing.probe().await.is_ok()
    }

    #[tokio::test]
    async fn a_key_refused_before_any_service_accepted_it_goes_to_no_other() {
        assert!(goes_on_after(vec![]).await);
        assert!(goes_on_after(vec![Verdict::None, Verdict::None]).await);
        assert!(!goes_on_after(vec![refused()]).await);
        assert!(!goes_on_after(vec![Verdict::None, refused()]).await);
    }

    #[tokio::test]
    async fn a_key_that_one_service_accepts_goes_on_until_three_others_refuse_it() {
        let first = |count: usize| {
            let refusals = (0..count).map(|_| refused());
            [Verdict::Accepted].into_iter().chain(refusals).collect()
        };
        for (count, goes_on) in [(0, true), (1, true), (2, true), (3, false)] {
            assert_eq!(goes_on_after(first(count)).await, goes_on, "{count}");
        }
    }

    #[tokio::test]
    async fn one_service_is_probed_at_a_time() {
        let standing = Standing::default();
        let probe = standing.probe().await.expect("nobody has refused it");
        let mut other = Box::pin(standing.probe());
        assert!(futures::poll!(&mut other).is_pending());
        probe.end(Verdict::Accepted);
        assert!(futures::poll!(&mut other).is_ready());
    }
}
