//! The limiter of one service: who may send now, and who waits.
//!
//! Starts as TCP does, with one request in flight and one more with each answer. All calls stand in one line, and whoever
//! is at its head waits for a free place, for the pace and for the breaker; of those that have sent nothing yet, only one
//! stands there at a time, so that what is asked again comes first. It neither sends nor decides what is asked again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Line, Notify};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::breaker::Breaker;
use super::{Admission, Pace};
use crate::model::{Failure, UnknownClass};

/// Requests in flight before any answer has proved the credential: more than five refusals in a row lock a key.
const UNPROVEN_AT_A_TIME: usize = 4;

/// Retries that a source may cost before it has answered anything, and those that each answer earns: where most attempts
/// fail, asking on is no help to anybody.
const RETRIES_AT_FIRST: u32 = 64;
const RETRIES_PER_ANSWER: u32 = 2;
const MOST_RETRIES: u32 = 10_000;

/// Lets requests go, for all calls to one service.
#[derive(Debug)]
pub struct Limiter {
    state: Mutex<State>,
    /// Calls that have sent nothing yet; their first stands in line.
    newcomers: Line<()>,
    /// Only its head looks at the state, so one waits and not all.
    line: Line<()>,
    /// The state has changed: the head of the line looks again.
    changed: Notify,
    /// The service takes requests again, or nobody new stands in line.
    eased: Notify,
    /// One more call waits to be asked again.
    lent: Notify,
    /// Cancelled when the source is given up.
    given_up: CancellationToken,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    breaker: Breaker,
    /// At most so many in flight, once the credential is proven.
    concurrency: usize,
    /// So many by now.
    allowed: usize,
    in_flight: usize,
    is_proven: bool,
    /// Calls that wait and have sent nothing yet.
    newcomers: usize,
    /// Calls that wait to be asked again.
    waiting: usize,
    retries_left: u32,
    /// The last request that brought no answer.
    last_silence: Option<Failure>,
}

/// Leave for one request, from its sending to the end of its answer.
#[derive(Debug)]
pub struct Turn<'a> {
    limiter: &'a Limiter,
    sent: Instant,
}

/// What came of a request, as far as it says how to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reception {
    /// The service answered, whatever it said.
    Answered {
        /// Whether that shows that it takes the credential.
        proves: bool,
    },
    /// It came too fast.
    Throttled {
        /// The service's own word on when to come back.
        retry_after: Option<Duration>,
    },
    /// The service did not answer, or another in its place.
    Silent(Failure),
}

/// The source is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp(Box<Failure>);

impl GivenUp {
    /// Why everything ends that is not asked any more: as the last question did that brought no answer.
    pub fn into_failure(self) -> Failure {
        *self.0
    }
}

/// How fast a source is asked at the moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tempo {
    /// Requests a second; `None`: as many as there are answers.
    pub per_second: Option<f64>,
    /// Whether the service has shown that rate; else it is the user's.
    pub is_learnt: bool,
}

impl Limiter {
    /// At most so many requests in flight, and so many a second where the user says so.
    pub fn new(concurrency: usize, per_second: Option<f64>) -> Self {
        Self {
            state: Mutex::new(State {
                pace: Pace::new(per_second),
                breaker: Breaker::default(),
                concurrency,
                allowed: 1,
                in_flight: 0,
                is_proven: false,
                newcomers: 0,
                waiting: 0,
                retries_left: RETRIES_AT_FIRST,
                last_silence: None,
            }),
            newcomers: Line::default(),
            line: Line::default(),
            changed: Notify::new(),
            eased: Notify::new(),
            lent: Notify::new(),
            given_up: CancellationToken::new(),
        }
    }

    /// Waits until a call may send its first request; `None` where none is wanted any more by the time it would stand in
    /// line.
    pub async fn turn(&self, is_wanted: impl Fn() -> bool) -> Option<Result<Turn<'_>, GivenUp>> {
        let _newcomer = Newcomer::announce(self);
        let _first = self.newcomers.lock().await;
        if !is_wanted() {
            return None;
        }
        let turn = self.stand_in_line(true).await;
        Some(turn.map(|turn| turn.expect("who is new never stands back")))
    }

    /// Calls that wait to be asked again: as many others may take their places.
    pub fn waiting(&self) -> usize {
        self.state().waiting
    }

    /// Waits until there is one more of them.
    pub async fn lent(&self) {
        self.lent.notified().await;
    }

    /// Whether nothing has answered for long, and what is sent is a probe.
    pub fn is_probing(&self) -> bool {
        self.state().breaker.next_probe().is_some()
    }

    /// Whether an answer has shown that the service takes the credential.
    pub fn is_proven(&self) -> bool {
        self.state().is_proven
    }

    /// At most so many requests are in flight.
    pub fn concurrency(&self) -> usize {
        self.state().concurrency
    }

    /// Waits until a call may send one more. While the service takes nothing, those go first that have sent nothing yet:
    /// a probe costs an attempt, and nobody has many.
    pub async fn another_turn(&self) -> Result<Turn<'_>, GivenUp> {
        let _waiting = Waiting::announce(self);
        loop {
            let eased = self.eased.notified();
            let stands_back = self.state().is_left_to_newcomers();
            if stands_back {
                eased.await;
            } else if let Some(turn) = self.stand_in_line(false).await? {
                return Ok(turn);
            }
        }
    }

    /// Waits before a call stands in line again, holding nothing that others could use; no longer than until the source is
    /// given up, since there is nothing to wait for then.
    pub(in crate::swr) async fn pause(&self, delay: Duration) {
        let _waiting = Waiting::announce(self);
        if delay.is_zero() {
            // Lets whoever takes the place stand in line first. The runtime's timers know milliseconds only, and in one of
            // them a whole crowd would pass.
            yield_now().await;
        } else {
            tokio::select! {
                () = sleep(delay) => {}
                () = self.given_up.cancelled() => {}
            }
        }
    }

    /// Whether one more retry may be spent on this source.
    pub(in crate::swr) fn takes_retry(&self) -> bool {
        let mut state = self.state();
        let has_one = state.retries_left > 0;
        state.retries_left = state.retries_left.saturating_sub(1);
        has_one
    }

    /// Whether what is refused now is stray, as far as anybody can tell.
    pub(in crate::swr) fn explains_refusals(&self) -> bool {
        self.state().pace.explains_refusals()
    }

    /// How fast it goes.
    pub fn tempo(&self) -> Tempo {
        let state = self.state();
        Tempo {
            per_second: state.pace.per_second(),
            is_learnt: state.pace.is_learnt(),
        }
    }

    /// Waits at the head of the line; `None`: those go first that have sent nothing yet, and this is none of them.
    async fn stand_in_line(&self, is_new: bool) -> Result<Option<Turn<'_>>, GivenUp> {
        let _line = self.line.lock().await;
        loop {
            let now = Instant::now();
            let admission = {
                let mut state = self.state();
                if !is_new && state.is_left_to_newcomers() {
                    return Ok(None);
                }
                state.admit(now)?
            };
            match admission {
                Admission::Now => {
                    return Ok(Some(Turn {
                        limiter: self,
                        sent: now,
                    }));
                }
                Admission::At(at) => tokio::select! {
                    () = sleep_until(at.into()) => {}
                    () = self.changed.notified() => {}
                },
                Admission::AfterAnswer => self.changed.notified().await,
            }
        }
    }

    /// A panic elsewhere leaves the counts as good as they were.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admit(&mut self, now: Instant) -> Result<Admission, GivenUp> {
        if let Some(class) = self.breaker.given_up() {
            return Err(GivenUp(Box::new(self.why(class))));
        }
        if self.in_flight >= self.allowed {
            return Ok(Admission::AfterAnswer);
        }
        let now = now.into_std();
        let admission = match self.breaker.next_probe() {
            Some(_) if self.in_flight > 0 => Admission::AfterAnswer,
            Some(at) if at > now => Admission::At(at),
            Some(_) | None => self.pace.admit(now, self.in_flight),
        };
        self.in_flight += usize::from(admission == Admission::Now);
        Ok(admission)
    }

    fn end(&mut self, sent: Instant, now: Instant, reception: Reception) {
        let (sent, now) = (sent.into_std(), now.into_std());
        match reception {
            Reception::Answered { proves } => {
                self.is_proven |= proves;
                self.pace.accepted(sent, now);
                self.hear();
                self.retries_left = (self.retries_left + RETRIES_PER_ANSWER).min(MOST_RETRIES);
            }
            Reception::Throttled { retry_after } => {
                let is_busy = self.in_flight >= self.concurrency - self.concurrency / 4;
                self.pace.refused(sent, now, is_busy, retry_after);
                self.breaker.refused(now);
                self.let_in_one_more_that_is_proven();
            }
            Reception::Silent(failure) => {
                let class = failure.class;
                self.last_silence = Some(failure);
                let was_asked_as_usual = self.breaker.next_probe().is_none();
                self.breaker.silent(sent, now, class);
                if self.breaker.next_probe().is_some() {
                    if was_asked_as_usual {
                        self.pace.interrupted(now);
                    }
                    // When it answers again, it is asked as gently as at the beginning.
                    self.allowed = 1;
                } else {
                    self.let_in_one_more(UNPROVEN_AT_A_TIME);
                }
            }
        }
    }

    /// The last silence, where it is of the class in which the source is given up.
    fn why(&self, class: UnknownClass) -> Failure {
        let last = self.last_silence.clone().filter(|last| last.class == class);
        last.unwrap_or_else(|| Failure::unasked(class))
    }

    fn hear(&mut self) {
        self.breaker.heard();
        self.let_in_one_more_that_is_proven();
    }

    fn let_in_one_more_that_is_proven(&mut self) {
        self.let_in_one_more(if self.is_proven {
            self.concurrency
        } else {
            UNPROVEN_AT_A_TIME
        });
    }

    fn let_in_one_more(&mut self, limit: usize) {
        if self.allowed < limit.min(self.concurrency) {
            self.allowed += 1;
        }
    }

    fn is_left_to_newcomers(&self) -> bool {
        let takes_nothing = self.pace.is_blocked() || self.breaker.next_probe().is_some();
        takes_nothing && self.newcomers > 0 && self.breaker.given_up().is_none()
    }
}

impl Turn<'_> {
    /// Gives it back, with what came of the request.
    pub fn end(self, reception: Reception) {
        let mut state = self.limiter.state();
        state.end(self.sent, Instant::now(), reception);
        if state.breaker.given_up().is_some() {
            self.limiter.given_up.cancel();
        }
    }
}

impl Drop for Turn<'_> {
    /// Also of a request that was abandoned, of which nothing can be said.
    fn drop(&mut self) {
        self.limiter.state().in_flight -= 1;
        self.limiter.changed.notify_one();
        if !self.limiter.state().is_left_to_newcomers() {
            self.limiter.eased.notify_waiters();
        }
    }
}

/// Somebody who waits and has sent nothing yet.
struct Newcomer<'a>(&'a Limiter);

impl<'a> Newcomer<'a> {
    fn announce(limiter: &'a Limiter) -> Self {
        limiter.state().newcomers += 1;
        Self(limiter)
    }
}

impl Drop for Newcomer<'_> {
    fn drop(&mut self) {
        self.0.state().newcomers -= 1;
        // There may be no other: those that stood back are the ones to probe then.
        self.0.eased.notify_waiters();
    }
}

/// Somebody who waits to be asked again.
struct Waiting<'a>(&'a Limiter);

impl<'a> Waiting<'a> {
    fn announce(limiter: &'a Limiter) -> Self {
        limiter.state().waiting += 1;
        // All that ask the service may send one more at a time, also who looks a moment later.
        limiter.lent.notify_waiters();
        limiter.lent.notify_one();
        Self(limiter)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

#[cfg(test)]
mod tests;
