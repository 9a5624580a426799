//! Whether going slower helps: what tells a limit from stray refusals.

use std::time::{Duration, Instant};

/// A trial goes on until so many refusals would have come by, were they stray.
const EXPECTED: f64 = 10.0;
const LEAST_ANSWERS: f64 = 48.0;
const MOST_ANSWERS: f64 = 600.0;
/// It has helped if no more than that part of the refusals is left ...
const LEFT: f64 = 0.5;
/// ... and wholly if they are no more than this either.
const HARDLY_ANY: f64 = 0.05;
/// So many times as many show that the limit has become lower meanwhile.
const MORE: f64 = 1.5;

/// Requests that go slower than those before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    /// What was sent earlier does not belong to it.
    since: Instant,
    /// When its first answer came.
    first_answer: Option<Instant>,
    /// The share of requests that was refused before.
    before: f64,
    answers: f64,
    refused: f64,
}

/// What came of a trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Hardly any are refused any more, and those are stray. The rate is real.
    Helped { strays: f64 },
    /// There is a limit, but that share is still refused: so many a second were accepted.
    HelpedInPart { left: f64, rate: f64 },
    /// More are refused than before: that share, and so many a second were accepted.
    TooFast { left: f64, rate: f64 },
    /// As many are refused as before: they are stray. The rate means nothing.
    DidNotHelp { strays: f64 },
}

impl Trial {
    /// Of a slower pace from that moment on; before, that share of the requests was refused.
    pub(super) const fn new(since: Instant, before: f64) -> Self {
        Self {
            since,
            first_answer: None,
            before,
            answers: 0.0,
            refused: 0.0,
        }
    }

    /// Counts an answer to a request of that moment; what came of the trial once there are enough.
    pub(super) fn count(&mut self, sent: Instant, now: Instant, is_refused: bool) -> Option<Verdict> {
        if sent < self.since {
            return None;
        }
        let first_answer = *self.first_answer.get_or_insert(now);
        self.answers += 1.0;
        self.refused += f64::from(u8::from(is_refused));
        if self.answers < (EXPECTED / self.before).clamp(LEAST_ANSWERS, MOST_ANSWERS) {
            return None;
        }
        let left = self.refused / self.answers;
        let strays = (self.refused - 1.0).max(0.0) / self.answers;
        let took = now
            .saturating_duration_since(first_answer)
            .max(Duration::from_millis(1));
        let rate = (self.answers - self.refused).max(1.0) / took.as_secs_f64();
        let has_helped = left < LEFT * self.before;
        Some(if has_helped && left < HARDLY_ANY {
            Verdict::Helped { strays }
        } else if has_helped {
            Verdict::HelpedInPart { left, rate }
        } else if left > MORE * self.before {
            Verdict::TooFast { left, rate }
        } else {
            Verdict::DidNotHelp { strays }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trial of so many answers, one each 10 ms, of which each so manieth is refused.
    fn tried(before: f64, refused_each: usize) -> (usize, Verdict) {
        let start = Instant::now();
        let mut trial = Trial::new(start, before);
        let (mut now, mut answers) = (start, 0);
        loop {
            now += Duration::from_millis(10);
            answers += 1;
            if let Some(verdict) = trial.count(start, now, answers % refused_each == 0) {
                return (answers, verdict);
            }
        }
    }

    #[test]
    fn refusals_that_go_away_had_a_limit_behind_them() {
        assert_eq!(tried(0.8, usize::MAX), (48, Verdict::Helped { strays: 0.0 }));
        // The one that is left may have come of what was sent before.
        assert_eq!(tried(0.8, 25), (48, Verdict::Helped { strays: 0.0 }));
    }

    #[test]
    fn refusals_that_stay_are_stray() {
        for each in [5, 10, 20, 50] {
            let (answers, verdict) = tried(1.0 / f64::from(each), usize::try_from(each).expect("small"));
            assert!(matches!(verdict, Verdict::DidNotHelp { .. }), "{verdict:?}");
            assert!((48..=600).contains(&answers), "{answers}");
        }
    }

    #[test]
    fn refusals_that_become_fewer_or_more_call_for_another_trial() {
        // A hundred a second were sent.
        let is_about = |rate: f64, expected: f64| (rate / expected - 1.0).abs() < 0.05;
        let (_, fewer) = tried(0.5, 5);
        assert!(
            matches!(fewer, Verdict::HelpedInPart { rate, .. } if is_about(rate, 80.0)),
            "{fewer:?}"
        );
        let (_, more) = tried(0.05, 3);
        assert!(
            matches!(more, Verdict::TooFast { rate, .. } if is_about(rate, 67.0)),
            "{more:?}"
        );
    }

    #[test]
    fn what_was_sent_before_is_no_part_of_it() {
        let start = Instant::now();
        let since = start + Duration::from_secs(1);
        let mut trial = Trial::new(since, 0.5);
        let verdicts = (0..1000).filter_map(|_| trial.count(start, since, true));
        assert_eq!(verdicts.count(), 0);
    }
}
