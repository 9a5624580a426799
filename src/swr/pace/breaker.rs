//! When a source is left alone: nothing has answered for so long that asking on would only be noise, or it has taken no
//! request for longer than any window lasts.
//!
//! After a run of silences it is probed, one request at a time and ever more rarely, until it answers or is given up. A
//! silence is an attempt without any answer of the service itself: no connection, no whole answer in time, or a gateway
//! that says so (502, 503, 504). Pure: moments come in as arguments.

use std::time::{Duration, Instant};

use crate::model::UnknownClass;

/// So many silences in a row, and the next are probes.
const SILENCES_THAT_OPEN: u32 = 8;
/// Before the first probe; doubled with each.
const FIRST_GAP: Duration = Duration::from_millis(250);
const LONGEST_GAP: Duration = Duration::from_secs(8);
/// A source that never answered is probed so often: most likely it is no such place.
const PROBES_OF_THE_UNHEARD: u32 = 4;
/// One that did answer is waited for so long: services are restarted.
const PATIENCE: Duration = Duration::from_mins(1);
/// One that only says "too fast" is waited for longer than the longest window known, of five minutes.
const PATIENCE_WITH_REFUSALS: Duration = Duration::from_mins(6);

/// Whether one source may be asked.
#[derive(Clone, Debug, Default)]
pub(in crate::swr) struct Breaker {
    /// Whether it ever answered.
    is_heard: bool,
    /// Silences since the last answer.
    silences: u32,
    open: Option<Open>,
    /// When it first said "too fast" since it last took a request.
    refuses_since: Option<Instant>,
    given_up: Option<UnknownClass>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    since: Instant,
    probes: u32,
    next_probe: Instant,
}

impl Breaker {
    /// The class in which everything ends that is not asked any more.
    pub(in crate::swr) const fn given_up(&self) -> Option<UnknownClass> {
        self.given_up
    }

    /// Before when no probe may be sent; `None`: it is asked as usual.
    pub(in crate::swr) fn next_probe(&self) -> Option<Instant> {
        self.open.map(|open| open.next_probe)
    }

    /// The service took a request, whatever it said of it.
    pub(in crate::swr) const fn heard(&mut self) {
        self.hear();
        self.refuses_since = None;
    }

    /// The service refused a request for coming too fast: it is there, and takes nothing.
    pub(in crate::swr) fn refused(&mut self, now: Instant) {
        self.hear();
        let since = *self.refuses_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= PATIENCE_WITH_REFUSALS {
            self.given_up = Some(UnknownClass::Throttled);
        }
    }

    const fn hear(&mut self) {
        self.is_heard = true;
        self.silences = 0;
        self.open = None;
    }

    /// Nothing, or nobody who could help, answered a request of that moment.
    pub(in crate::swr) fn silent(&mut self, sent: Instant, now: Instant, class: UnknownClass) {
        self.silences = self.silences.saturating_add(1);
        let Some(open) = &mut self.open else {
            if self.silences >= SILENCES_THAT_OPEN {
                self.open = Some(Open {
                    since: now,
                    probes: 0,
                    next_probe: now + FIRST_GAP,
                });
            }
            return;
        };
        if sent < open.since {
            // It was under way already, and is no probe.
            return;
        }
        open.probes = open.probes.saturating_add(1);
        open.next_probe = now + (FIRST_GAP * 2_u32.pow(open.probes.min(10))).min(LONGEST_GAP);
        let is_over = if self.is_heard {
            now.saturating_duration_since(open.since) >= PATIENCE
        } else {
            open.probes >= PROBES_OF_THE_UNHEARD
        };
        if is_over {
            self.given_up = Some(class);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use UnknownClass::{ServerError, Unreachable};

    fn silences(breaker: &mut Breaker, count: u32, now: Instant) {
        for _ in 0..count {
            breaker.silent(now, now, Unreachable);
        }
    }

    /// Probes until it is given up, and returns when that was.
    fn probed_to_the_end(breaker: &mut Breaker, class: UnknownClass) -> Vec<Instant> {
        let mut probes = Vec::new();
        while breaker.given_up().is_none() {
            let at = breaker.next_probe().expect("it is open");
            probes.push(at);
            breaker.silent(at, at, class);
        }
        probes
    }

    #[test]
    fn a_source_that_never_answered_is_given_up_soon() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        silences(&mut breaker, SILENCES_THAT_OPEN - 1, start);
        assert_eq!(breaker.next_probe(), None);
        silences(&mut breaker, 1, start);
        let probes = probed_to_the_end(&mut breaker, Unreachable);
        let after = probes.iter().map(|at| (*at - start).as_millis()).collect::<Vec<_>>();
        assert_eq!(after, [250, 750, 1750, 3750]);
        assert_eq!(breaker.given_up(), Some(Unreachable));
    }

    #[test]
    fn a_source_that_answered_is_waited_for() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        breaker.heard();
        silences(&mut breaker, SILENCES_THAT_OPEN, start);
        let probes = probed_to_the_end(&mut breaker, ServerError);
        let last = *probes.last().expect("it was probed") - start;
        assert!(last >= PATIENCE && last < PATIENCE + LONGEST_GAP, "{last:?}");
        assert!(probes.len() < 16, "ever more rarely: {}", probes.len());
        assert_eq!(breaker.given_up(), Some(ServerError));
    }

    #[test]
    fn one_answer_closes_it_and_the_count_begins_anew() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        silences(&mut breaker, SILENCES_THAT_OPEN, start);
        breaker.heard();
        assert_eq!(breaker.next_probe(), None);
        silences(&mut breaker, SILENCES_THAT_OPEN - 1, start);
        assert_eq!(breaker.next_probe(), None);
    }

    #[test]
    fn a_source_that_refuses_for_longer_than_any_window_is_given_up() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        let minutes = |minutes: u64| start + Duration::from_mins(minutes);
        breaker.refused(start);
        breaker.refused(minutes(5));
        breaker.heard();
        breaker.refused(minutes(6));
        breaker.refused(minutes(11));
        assert_eq!(breaker.given_up(), None);
        breaker.refused(minutes(12));
        assert_eq!(breaker.given_up(), Some(UnknownClass::Throttled));
    }

    #[test]
    fn what_was_under_way_is_no_probe() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        let later = start + Duration::from_secs(1);
        silences(&mut breaker, SILENCES_THAT_OPEN, later);
        for _ in 0..100 {
            breaker.silent(start, later, Unreachable);
        }
        assert_eq!(
            (breaker.given_up(), breaker.next_probe()),
            (None, Some(later + FIRST_GAP))
        );
    }
}
