//! How fast one source is asked: not paced at all until it first refuses, then at the rate that it was seen to accept.
//!
//! Nobody documents a rate for this service, so it is measured. Whatever the service counts with, a token bucket or a
//! fixed window, at a refusal it is *used up*: what it accepted from one such moment to the next, over the time between
//! them, is its rate. The pace goes a little above that, so that it is used up again and measured again; where nothing is
//! refused for longer than last time, it grows. A window that is used up refuses everything until it ends: then one probe
//! at a time finds out when, and what came free meanwhile is made up for.
//!
//! Pure: moments come in as arguments. How many requests are in flight, and who waits, is not decided here.

use std::time::{Duration, Instant};

/// How much faster than the measured rate. A bucket then refuses about one request in a hundred, which is what it costs to
/// know that all of the rate is used.
const MARGIN: f64 = 0.012;
/// The same for a service that was seen to refuse for a while: being early there costs a few probes, being late loses the
/// rest of its window. Halved with each measurement that agrees with the one before, down to the last.
const WINDOW_MARGIN: f64 = 0.2;
const LEAST_WINDOW_MARGIN: f64 = 0.02;
/// Measurements of a window that are so near to each other agree.
const AGREEMENT: f64 = 0.04;

/// A first measurement needs so many acceptances, a later one more: a bucket's is wrong by up to one of them.
const ENOUGH_AT_FIRST: u32 = 8;
const ENOUGH: u32 = 20;
/// How much faster than what was accepted meanwhile a pace may become that nothing refuses.
const FASTER: f64 = 3.0;
/// Acceptances after which nothing refused begins to mean something, however few there were last time.
const LEAST_EXPECTED: u32 = 100;

/// So many refusals in a row, and it is not this request that came a moment early: the service is used up.
const REFUSALS_THAT_BLOCK: u32 = 3;
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

/// The pace of one source.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    /// What the user allows, in requests a second.
    ceiling: Option<f64>,
    /// What the service was seen to accept.
    measured: Option<Measured>,
    /// Since the service was last seen used up; `None` where that is not known.
    used_up_at: Option<Instant>,
    /// Requests accepted since then, or since the beginning.
    accepted: u32,
    /// Since when they are counted; `None`: since the beginning.
    counted_since: Option<Instant>,
    /// The refusals since the last acceptance.
    refusals: Option<Refusals>,
    /// Probes refused in this block, and in those before it while no rate is known.
    probes: u32,
    /// Accepted since the last block ended, while no rate is known: the requests in flight grow with them.
    tried: u32,
    /// Accepted before the first refusal: no bucket holds more.
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
}

/// An unbroken run of refusals.
#[derive(Clone, Copy, Debug)]
struct Refusals {
    count: u32,
    /// When the last one came.
    last: Instant,
    /// When the youngest of them was sent.
    sent: Instant,
    /// When it was clear that the service is used up; what was sent later is a probe.
    blocked_at: Option<Instant>,
    /// The service's own word on when to come back, heeded once a probe was refused as well.
    come_back_at: Option<Instant>,
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
        let learnt = self.measured.map(|measured| measured.rate * self.haste(measured));
        match (learnt, self.ceiling) {
            (Some(learnt), Some(ceiling)) => Some(learnt.min(ceiling)),
            (learnt, ceiling) => learnt.or(ceiling),
        }
    }

    /// Whether that is what the service was seen to accept, and not what the user allows.
    pub(super) fn is_learnt(&self) -> bool {
        self.measured.is_some_and(|measured| {
            let learnt = measured.rate * self.haste(measured);
            self.ceiling.is_none_or(|ceiling| learnt < ceiling)
        })
    }

    /// Whether the service is used up: one probe at a time until it accepts again.
    pub(super) fn is_blocked(&self) -> bool {
        self.refusals.is_some_and(|refusals| refusals.blocked_at.is_some())
    }

    /// Whether another request may leave, with so many in flight. `Now` counts it as sent.
    pub(super) fn admit(&mut self, now: Instant, in_flight: usize) -> Admission {
        if let Some(refusals) = self.refusals.filter(|_| self.is_blocked()) {
            return self.admit_probe(refusals, now, in_flight);
        }
        let is_finding = self.measured.is_none() && self.used_up_at.is_some();
        if is_finding && in_flight > self.tried as usize / 8 {
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
        // What was sent before the last refusal says nothing of what came after it.
        if let Some(refusals) = self.refusals.filter(|refusals| sent > refusals.sent) {
            self.reopen(refusals, now);
        }
        self.accepted = self.accepted.saturating_add(1);
        self.tried = self.tried.saturating_add(1);
        if let Some(measured) = &self.measured
            && self.accepted > 2 * measured.accepted.max(LEAST_EXPECTED)
        {
            // Far more than last time, and nothing refused: what was measured is no longer so.
            self.rebase(now);
        }
    }

    /// The service was away for a while: what came free meanwhile was not used, so that this stretch is no measure.
    pub(super) const fn interrupted(&mut self, now: Instant) {
        self.used_up_at = None;
        self.accepted = 0;
        self.counted_since = Some(now);
    }

    /// The service refused a request for coming too fast. `retry_after` is its own word on when to come back.
    pub(super) fn refused(&mut self, sent: Instant, now: Instant, retry_after: Option<Duration>) {
        if self.measured.is_none() && self.used_up_at.is_none() && self.refusals.is_none() {
            self.burst = self.accepted;
        }
        let before = self.refusals;
        let come_back_at = retry_after.map(|after| now + after);
        let mut refusals = Refusals {
            count: before.map_or(1, |before| before.count.saturating_add(1)),
            last: now,
            sent: before.map_or(sent, |before| before.sent.max(sent)),
            blocked_at: before.and_then(|before| before.blocked_at),
            come_back_at: before.and_then(|before| before.come_back_at).max(come_back_at),
        };
        let blocks = refusals.count >= REFUSALS_THAT_BLOCK || self.measured.is_none();
        match refusals.blocked_at {
            Some(since) if sent >= since => self.probes = self.probes.saturating_add(1),
            None if blocks => refusals.blocked_at = Some(now),
            Some(_) | None => {}
        }
        self.refusals = Some(refusals);
    }

    /// The first acceptance after refusals: the service was used up until about now.
    fn reopen(&mut self, refusals: Refusals, now: Instant) {
        let was_blocked = refusals.blocked_at.is_some();
        // Somewhere between the last refusal and this a window has ended.
        let used_up_at = if was_blocked {
            refusals.last + now.saturating_duration_since(refusals.last) / 2
        } else {
            refusals.last
        };
        let stretch = self.used_up_at.map(|since| used_up_at.saturating_duration_since(since));
        let enough = if self.measured.is_some() {
            ENOUGH
        } else {
            ENOUGH_AT_FIRST
        };
        match stretch {
            Some(stretch) if self.accepted >= enough && !stretch.is_zero() => {
                self.measure(stretch, was_blocked);
                self.begin_stretch(used_up_at);
            }
            // Too little to measure by: the stretch goes on.
            Some(_) => {}
            None => {
                if !was_blocked {
                    self.rebase(now);
                }
                self.begin_stretch(used_up_at);
            }
        }
        self.refusals = None;
        self.tried = 0;
        if self.measured.is_some() {
            self.probes = 0;
        }
        if was_blocked {
            self.make_up_from(used_up_at, now);
        }
    }

    fn begin_stretch(&mut self, used_up_at: Instant) {
        self.used_up_at = Some(used_up_at);
        self.accepted = 0;
        self.counted_since = Some(used_up_at);
    }

    fn measure(&mut self, stretch: Duration, was_blocked: bool) {
        let rate = f64::from(self.accepted) / stretch.as_secs_f64();
        let is_window = self.probes >= PROBES_OF_A_WINDOW;
        let margin = match self.measured {
            _ if !is_window => MARGIN,
            Some(before) if (rate / before.rate - 1.0).abs() < AGREEMENT => {
                (before.margin / 2.0).max(LEAST_WINDOW_MARGIN)
            }
            Some(_) | None => WINDOW_MARGIN,
        };
        let rate = match self.measured {
            // It grew, and a bucket was full meanwhile: its rate is between what was accepted and what was sent at last.
            Some(before) if !was_blocked && self.haste(before) > 1.3 => {
                rate.max(before.rate * self.haste(before) / 1.25)
            }
            // A short stretch is a coarse measure.
            Some(before) if (rate / before.rate - 1.0).abs() < 0.15 => {
                before.rate + (rate - before.rate) * (f64::from(self.accepted) / 100.0).min(1.0)
            }
            Some(_) | None => rate,
        };
        self.measured = Some(Measured {
            rate,
            accepted: self.accepted,
            margin,
        });
    }

    /// Takes the present pace for the rate, and since when it holds as unknown. Where something else is what slows the
    /// requests down, the pace was not tried: it would grow for ever, and mean nothing.
    fn rebase(&mut self, now: Instant) {
        if let Some(measured) = self.measured {
            let paced = measured.rate * self.haste(measured);
            let tried = self.counted_since.map_or(paced, |since| {
                FASTER * f64::from(self.accepted) / now.saturating_duration_since(since).as_secs_f64()
            });
            let rate = paced.min(tried).max(measured.rate);
            self.measured = Some(Measured { rate, ..measured });
            self.used_up_at = None;
            self.accepted = 0;
            self.counted_since = Some(now);
        }
    }

    /// How much faster than the rate: hardly, until more was accepted than last time.
    fn haste(&self, measured: Measured) -> f64 {
        let share = f64::from(self.accepted) / f64::from(measured.accepted.max(LEAST_EXPECTED));
        1.0 + measured.margin + (0.2 * share.powi(8)).min(2.0)
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
