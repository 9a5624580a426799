//! How fast one service is asked: not paced at all until its refusals show a limit, then at the rate that it was seen to
//! accept.
//!
//! Nobody documents a rate for this service, so it is measured. Three observations carry all of it:
//!
//! - **A limit refuses less when the requests go slower; a stray refusal does not care.** Strays come from other clients on
//!   the same quota and from gateways in trouble. So a rate that is measured for the first time, or has fallen, is tried
//!   out: for a while the requests go a little slower than it. If that helps, the rate is real. If not, what is refused is
//!   stray, the rate is dropped, and as many refusals are ignored from then on ([`Strays`], [`Trial`]).
//! - **What a service accepts between two moments at which it was used up, over the time between them, is its rate**,
//!   whether it counts with a token bucket or in windows. A refusal that strays do not explain is such a moment. The pace
//!   goes a little above the rate, so that the service is used up again and measured again; where nothing is refused for
//!   longer than last time, it grows.
//! - **A run of refusals that strays do not explain means that the service takes nothing now**: a window is used up, or far
//!   too much was sent. Then one probe at a time finds out when it takes requests again, and what came free meanwhile is
//!   made up for. In a window only such a run is a moment at which it was used up: one refusal among acceptances is stray.
//!
//! Pure: moments come in as arguments. How many requests are in flight, and who waits, is not decided here.

pub(super) mod breaker;
pub(super) mod limit;
pub(super) mod retry;
mod strays;
mod trial;

use std::time::{Duration, Instant};

use strays::Strays;
use trial::{Trial, Verdict};

/// How much faster than the measured rate. A bucket then refuses about one request in a hundred, which is what it costs to
/// know that all of the rate is used.
const MARGIN: f64 = 0.012;
/// The same for a service that was seen to refuse for a while: being early there costs a few probes, being late loses the
/// rest of its window. Halved with each measurement that agrees with the one before, down to the last.
const WINDOW_MARGIN: f64 = 0.2;
const LEAST_WINDOW_MARGIN: f64 = 0.02;
/// Measurements of a window that are so near to each other agree.
const AGREEMENT: f64 = 0.04;

/// A rate is tried out at so much of it.
const TRIED_AT: f64 = 0.95;
/// A rate that has fallen below so much of the best one since the last trial is tried out as well.
const FALLEN: f64 = 0.9;

/// A measurement needs so many acceptances: a bucket's is wrong by up to one of them.
const ENOUGH: u32 = 20;
/// The first one is coarser: the trial of it will tell.
const ENOUGH_AT_FIRST: u32 = 8;
/// Answers of the first one, where the service always took some requests: its refusals may all be stray.
const ENOUGH_ANSWERS: u32 = 50;
/// How much faster than what was accepted meanwhile a pace may become that nothing refuses.
const FASTER: f64 = 3.0;
/// Acceptances after which nothing refused begins to mean something, however few there were last time.
const LEAST_EXPECTED: u32 = 100;
/// A share of strays hides a sign for so many times its own part longer.
const HIDDEN: f64 = 10.0;

/// So many probes refused in one block, and the service counts in windows.
const PROBES_OF_A_WINDOW: u32 = 3;
/// Before the first probe where no rate is known yet.
const FIRST_GAP: Duration = Duration::from_millis(10);
/// Probes are never closer than this.
const LEAST_GAP: Duration = Duration::from_millis(4);
/// Each gap between probes to the one before: the end of a window is noticed at most half of the block later.
const WIDER: f64 = 1.5;
/// Gaps do not grow beyond: windows of five minutes are known from other services of this vendor.
const LONGEST_GAP: Duration = Duration::from_secs(15);

/// What was not sent in time, for want of a processor or by the coarseness of timers, is made up for so far back.
const SLACK: Duration = Duration::from_millis(50);

/// Whether one more request may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// At once.
    Now,
    /// Not before that moment.
    At(Instant),
    /// Not before another answer has come.
    AfterAnswer,
}

/// The pace of one service.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    /// What the user allows, in requests a second.
    ceiling: Option<f64>,
    /// What the service was seen to accept.
    measured: Option<Measured>,
    /// The best rate since the last trial, with which it ended. `None`: no rate has stood a trial.
    proved: Option<Measured>,
    /// The measured rate is being tried out.
    trial: Option<Trial>,
    strays: Strays,
    /// What will be the next measurement.
    stretch: Stretch,
    /// The refusals since the last acceptance.
    refusals: Option<Refusals>,
    /// When those refused requests were sent after which nothing was sent that was accepted. Answers come in any order.
    run: Vec<Instant>,
    /// When the youngest accepted request was sent.
    last_accepted: Option<Instant>,
    /// The service took nothing, and no rate is known yet: the requests in flight grow slowly.
    is_finding: bool,
    /// Probes refused in this block, and in those before it while no rate is known.
    probes: u32,
    /// Accepted since the last block ended, while no rate is known: the requests in flight grow with them.
    tried: u32,
    /// Accepted before the first sign of a limit: no bucket holds more.
    burst: u32,
    /// When the next request is due.
    due: Option<Instant>,
    /// What has come free since then may be made up for.
    behind_since: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Measured {
    /// In requests a second.
    rate: f64,
    /// Requests accepted in the stretch that was measured: about so many are accepted in the next one.
    accepted: u32,
    /// How much faster than the rate.
    margin: f64,
    /// Whether the service counts in windows.
    is_window: bool,
}

/// The answers since some moment.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    /// `None`: since the beginning.
    since: Option<Instant>,
    /// Whether the service was used up at that moment.
    from_used_up: bool,
    accepted: u32,
    refused: u32,
}

/// Refusals without an acceptance between them.
#[derive(Clone, Copy, Debug)]
struct Refusals {
    /// When the last one came.
    last: Instant,
    /// When the youngest of them was sent.
    sent: Instant,
    /// When it was clear that the service takes nothing; what was sent later is a probe.
    blocked_at: Option<Instant>,
    /// Whether they are more than strays explain.
    is_sign: bool,
    /// The service's own word on when to come back, heeded once a probe was refused as well.
    come_back_at: Option<Instant>,
}

impl Stretch {
    const fn since(since: Instant, from_used_up: bool) -> Self {
        Self {
            since: Some(since),
            from_used_up,
            accepted: 0,
            refused: 0,
        }
    }

    /// Of all answers.
    fn share_refused(&self) -> f64 {
        f64::from(self.refused) / f64::from((self.accepted + self.refused).max(1))
    }

    /// Acceptances a second, up to a moment at which the service is used up.
    fn rate(&self, used_up_at: Instant) -> Option<f64> {
        let since = self.since.filter(|_| self.from_used_up)?;
        let seconds = used_up_at.saturating_duration_since(since).as_secs_f64();
        (seconds > 0.0).then(|| f64::from(self.accepted) / seconds)
    }
}

impl Pace {
    /// Not paced until the service refuses, but for what the user allows.
    pub(super) fn new(ceiling: Option<f64>) -> Self {
        Self {
            ceiling,
            ..Self::default()
        }
    }

    /// Requests a second, as of now; `None`: as many as there are answers.
    pub(super) fn per_second(&self) -> Option<f64> {
        match (self.learnt(), self.ceiling) {
            (Some(learnt), Some(ceiling)) => Some(learnt.min(ceiling)),
            (learnt, ceiling) => learnt.or(ceiling),
        }
    }

    /// Whether that is what the service was seen to accept, and not what the user allows.
    pub(super) fn is_learnt(&self) -> bool {
        self.learnt()
            .is_some_and(|learnt| self.ceiling.is_none_or(|ceiling| learnt < ceiling))
    }

    fn learnt(&self) -> Option<f64> {
        self.measured.map(|measured| measured.rate * self.haste(measured))
    }

    /// Whether the service takes nothing: one probe at a time until it accepts again.
    pub(super) fn is_blocked(&self) -> bool {
        self.refusals.is_some_and(|refusals| refusals.blocked_at.is_some())
    }

    /// Whether what is refused now is stray, as far as anybody can tell.
    pub(super) fn explains_refusals(&self) -> bool {
        let has_limit = self.measured.is_some() && self.strays.share() == 0.0;
        !has_limit && !self.is_finding && !self.is_blocked()
    }

    /// Whether another request may leave, with so many in flight. `Now` counts it as sent.
    pub(super) fn admit(&mut self, now: Instant, in_flight: usize) -> Admission {
        if let Some(refusals) = self.refusals.filter(|_| self.is_blocked()) {
            return self.admit_probe(refusals, now, in_flight);
        }
        if self.is_finding && in_flight > self.tried as usize / 8 {
            return Admission::AfterAnswer;
        }
        let Some(interval) = self.interval() else {
            return Admission::Now;
        };
        let due = self.due.unwrap_or(now);
        if due > now {
            self.behind_since = None;
            return Admission::At(due);
        }
        let slack = now.checked_sub(SLACK).unwrap_or(now);
        let earliest = self.behind_since.map_or(slack, |since| since.min(slack));
        self.due = Some(due.max(earliest) + interval);
        Admission::Now
    }

    fn admit_probe(&self, refusals: Refusals, now: Instant, in_flight: usize) -> Admission {
        if in_flight > 0 {
            return Admission::AfterAnswer;
        }
        let widened = WIDER.powi(i32::try_from(self.probes.min(40)).expect("at most 40"));
        let first = self.interval().unwrap_or(FIRST_GAP).max(LEAST_GAP);
        let gap = first.mul_f64(widened).min(LONGEST_GAP);
        let asked = refusals.come_back_at.filter(|_| self.probes > 0);
        let at = asked.map_or(refusals.last + gap, |asked| asked.max(refusals.last + gap));
        if now < at { Admission::At(at) } else { Admission::Now }
    }

    /// The service took a request, whatever it said of it.
    pub(super) fn accepted(&mut self, sent: Instant, now: Instant) {
        self.strays.count_answer();
        self.last_accepted = self.last_accepted.max(Some(sent));
        self.run.retain(|refused| *refused > sent);
        // What was sent before the last refusal says nothing of what came after it.
        if let Some(refusals) = self.refusals.take_if(|refusals| sent > refusals.sent) {
            let in_window = self.measured.is_some_and(|measured| measured.is_window);
            if refusals.blocked_at.is_some() || (refusals.is_sign && !in_window) {
                self.was_used_up(refusals, sent, now);
            }
        }
        self.stretch.accepted = self.stretch.accepted.saturating_add(1);
        self.tried = self.tried.saturating_add(1);
        if let Some(measured) = &self.measured
            && self.trial.is_none()
            && f64::from(self.stretch.accepted) > 2.0 * self.expected(*measured)
        {
            // Far more than last time, and no sign of a limit: what was measured is no longer so.
            self.rebase(now);
        }
        self.count_in_trial(sent, now, false);
    }

    /// The service refused a request for coming too fast, while as many as are allowed were under way or not.
    /// `retry_after` is its own word on when to come back.
    pub(super) fn refused(&mut self, sent: Instant, now: Instant, is_busy: bool, retry_after: Option<Duration>) {
        self.strays.count_answer();
        self.stretch.refused = self.stretch.refused.saturating_add(1);
        // While few requests are sent anyhow, what is accepted is no measure, and a trial at that pace would take long.
        let is_idle = !is_busy && self.measured.is_none() && !self.is_finding;
        let is_stray = is_idle || self.trial.is_some() || self.strays.explain_one();
        let come_back_at = retry_after.map(|after| now + after);
        let mut refusals = match self.refusals {
            None => Refusals {
                last: now,
                sent,
                blocked_at: None,
                is_sign: !is_stray,
                come_back_at,
            },
            Some(before) => Refusals {
                last: now,
                sent: before.sent.max(sent),
                blocked_at: before.blocked_at,
                is_sign: before.is_sign || !is_stray,
                come_back_at: before.come_back_at.max(come_back_at),
            },
        };
        if self.last_accepted.is_none_or(|accepted| accepted < sent) && !self.is_blocked() {
            self.run.push(sent);
        }
        let blocks = self.run.len() >= self.strays.unexplained_run() || (self.is_finding && refusals.is_sign);
        match refusals.blocked_at {
            Some(since) if sent >= since => self.probes = self.probes.saturating_add(1),
            None if blocks => {
                refusals.blocked_at = Some(now);
                refusals.is_sign = true;
                self.is_finding = self.measured.is_none();
            }
            Some(_) | None => {}
        }
        if refusals.is_sign && self.stretch.since.is_none() {
            self.burst = self.stretch.accepted;
        }
        self.refusals = Some(refusals);
        self.count_in_trial(sent, now, true);
    }

    /// The service was away for a while: what came free meanwhile was not used, so that this stretch is no measure.
    pub(super) fn interrupted(&mut self, now: Instant) {
        self.trial = None;
        self.stretch = Stretch::since(now, false);
    }

    /// The first acceptance after refusals that are a sign: the service was used up until about now.
    fn was_used_up(&mut self, refusals: Refusals, sent: Instant, now: Instant) {
        let was_blocked = refusals.blocked_at.is_some();
        let used_up_at = if was_blocked {
            // No trial goes on at a pace at which the service takes nothing.
            self.trial = None;
            // Somewhere between the last refusal and this a window has ended.
            refusals.last + now.saturating_duration_since(refusals.last) / 2
        } else {
            refusals.last
        };
        let Stretch { accepted, refused, .. } = self.stretch;
        let is_enough = match self.measured {
            Some(_) => accepted >= ENOUGH,
            None if self.is_finding => accepted >= ENOUGH_AT_FIRST,
            None => accepted >= ENOUGH_AT_FIRST && accepted + refused >= ENOUGH_ANSWERS,
        };
        if !self.stretch.from_used_up {
            if !was_blocked {
                self.rebase(now);
            }
            self.stretch = Stretch::since(used_up_at, true);
        } else if let Some(rate) = self.stretch.rate(used_up_at).filter(|_| is_enough) {
            self.measure(rate, was_blocked, sent, now);
            self.stretch = Stretch::since(used_up_at, true);
        }
        self.tried = 0;
        if self.measured.is_some() {
            self.probes = 0;
        }
        if was_blocked {
            self.make_up_from(used_up_at, now);
        }
    }

    /// Takes what was accepted in this stretch, in requests a second, for the rate.
    fn measure(&mut self, accepted: f64, was_blocked: bool, sent: Instant, now: Instant) {
        let is_window = self.probes >= PROBES_OF_A_WINDOW;
        let margin = match self.measured {
            _ if !is_window => MARGIN,
            Some(before) if (accepted / before.rate - 1.0).abs() < AGREEMENT => {
                (before.margin / 2.0).max(LEAST_WINDOW_MARGIN)
            }
            Some(_) | None => WINDOW_MARGIN,
        };
        let is_due = self.proved.is_none_or(|proved| accepted < proved.rate * FALLEN);
        let rate = match self.measured {
            // What is tried out has to be slower than what was sent.
            _ if is_due => accepted,
            // It grew, and a bucket was full meanwhile: its rate is between what was accepted and what was sent at last.
            // Where there are strays, the sign came late, and the bucket was empty.
            Some(before) if !was_blocked && self.strays.share() == 0.0 && self.haste(before) > 1.3 => {
                accepted.max(before.rate * self.haste(before) / 1.25)
            }
            // A short stretch is a coarse measure.
            Some(before) if (accepted / before.rate - 1.0).abs() < 0.15 => {
                let weight = (f64::from(self.stretch.accepted) / 100.0).min(1.0);
                before.rate + (accepted - before.rate) * weight
            }
            Some(_) | None => accepted,
        };
        let measured = Measured {
            rate,
            accepted: self.stretch.accepted,
            margin,
            is_window,
        };
        self.measured = Some(measured);
        self.is_finding = false;
        let share_refused = self.stretch.share_refused();
        if is_due {
            self.try_out(share_refused, sent, now);
        } else {
            self.strays.are_at_most(share_refused);
            // No more than was accepted in truth: a guess is no proof.
            let rate = rate.min(accepted);
            if self.proved.is_none_or(|proved| rate > proved.rate) {
                self.proved = Some(Measured { rate, ..measured });
            }
        }
    }

    /// Counts an answer while a rate is tried out.
    fn count_in_trial(&mut self, sent: Instant, now: Instant, is_refused: bool) {
        let Some(trial) = &mut self.trial else { return };
        let Some(verdict) = trial.count(sent, now, is_refused) else {
            return;
        };
        self.trial = None;
        match verdict {
            Verdict::Helped { strays } => {
                self.strays.are(strays);
                self.proved = self.measured;
                return;
            }
            Verdict::HelpedInPart { left, rate } => {
                self.proved = self.measured;
                self.measured = self.measured.map(|measured| Measured { rate, ..measured });
                self.try_out(left, sent, now);
            }
            Verdict::TooFast { left, rate } => {
                self.measured = self.measured.map(|measured| Measured { rate, ..measured });
                self.try_out(left, sent, now);
            }
            Verdict::DidNotHelp { strays } => {
                self.strays.are(strays);
                self.measured = self.proved;
                self.due = None;
            }
        }
        self.refusals = None;
        self.run.clear();
        self.stretch = Stretch::since(now, false);
    }

    /// Goes slower from now on, to see whether that helps. What is under way still takes the place of what is sent in the
    /// next round trip.
    fn try_out(&mut self, share_refused: f64, sent: Instant, now: Instant) {
        let round_trip = now.saturating_duration_since(sent);
        self.trial = Some(Trial::new(now + round_trip, share_refused));
        self.due = None;
    }

    /// Takes the present pace for the rate, and since when it holds as unknown. Where something else is what slows the
    /// requests down, the pace was not tried: it would grow for ever, and mean nothing.
    fn rebase(&mut self, now: Instant) {
        let Some(measured) = self.measured else { return };
        let paced = measured.rate * self.haste(measured);
        let tried = self.stretch.since.map_or(paced, |since| {
            FASTER * f64::from(self.stretch.accepted) / now.saturating_duration_since(since).as_secs_f64()
        });
        let rate = paced.min(tried).max(measured.rate);
        self.measured = Some(Measured { rate, ..measured });
        self.strays.are_at_most(self.stretch.share_refused());
        self.stretch = Stretch::since(now, false);
    }

    /// How much faster than the rate: hardly, until more was accepted than last time. What is stray is sent on top.
    fn haste(&self, measured: Measured) -> f64 {
        if self.trial.is_some() {
            return TRIED_AT;
        }
        let share = f64::from(self.stretch.accepted) / self.expected(measured);
        (1.0 + measured.margin + (0.2 * share.powi(8)).min(2.0)) / (1.0 - self.strays.share())
    }

    /// Acceptances until the next sign of a limit, if the rate is still the same. Strays hide it for longer.
    fn expected(&self, measured: Measured) -> f64 {
        f64::from(measured.accepted.max(LEAST_EXPECTED)) * (1.0 + HIDDEN * self.strays.share())
    }

    /// What came free while probing is made up for, as far as any bucket can hold it; not where the user allows so many
    /// a second and no more.
    fn make_up_from(&mut self, used_up_at: Instant, now: Instant) {
        if self.ceiling.is_some() {
            return;
        }
        let Some(interval) = self.interval() else { return };
        let held = interval.saturating_mul(self.burst.max(1));
        let since = now
            .checked_sub(held)
            .map_or(used_up_at, |earliest| used_up_at.max(earliest));
        self.behind_since = Some(since);
        // One for the probe itself.
        self.due = Some(since + 2 * interval);
    }

    fn interval(&self) -> Option<Duration> {
        self.per_second().map(|rate| Duration::from_secs_f64(1.0 / rate))
    }
}

#[cfg(test)]
mod tests;
