//! How many requests are let through: the rates of a world, and the count that is kept of them.
//!
//! What a refused request is answered, it does not know. Time comes in as an argument.

use std::time::{Duration, Instant};

use serde::{Deserialize, Deserializer, de::Error as _};

/// A limit on all requests together; beyond it they are answered as throttled. One of the two:
///
/// ```yaml
/// rate: { perSecond: 200, burst: 20 }
/// rate: { window: { requests: 200, seconds: 1 } }
/// ```
///
/// `retryAfterSeconds` can stand beside either.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(try_from = "Written")]
pub struct Rate {
    /// How it is counted.
    pub limit: RateLimit,
    /// What `Retry-After` says in a throttled answer. `None`: no such header, as in all traffic known.
    pub retry_after_seconds: Option<u64>,
}

/// How requests are counted. Which of the two the gateway does, it does not say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RateLimit {
    /// A token bucket, full at first.
    Bucket {
        /// Requests that come free each second.
        per_second: f64,
        /// Requests that may come at once after a pause; at least one may. Absent in YAML: 1.
        burst: u32,
    },
    /// Windows of one length, one after the other; the first begins with the first request.
    Window {
        /// Requests in each window.
        requests: u32,
        /// How long a window is: `seconds` in YAML, with fractions.
        length: Duration,
        /// How old the first window is when the first request comes: `phaseSeconds` in YAML. Absent: 0.
        phase: Duration,
    },
}

/// Another rate from some moment on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RateChange {
    /// `afterSeconds` in YAML: how long after the first request, with fractions.
    #[serde(rename = "afterSeconds", deserialize_with = "seconds")]
    pub after: Duration,
    /// The rate from then on. A bucket keeps what is in it, as far as the new one holds it. `None`: no limit.
    #[serde(default)]
    pub rate: Option<Rate>,
}

/// A rate as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Written {
    per_second: Option<f64>,
    burst: Option<u32>,
    window: Option<Window>,
    retry_after_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Window {
    requests: u32,
    #[serde(rename = "seconds", deserialize_with = "seconds")]
    length: Duration,
    #[serde(default, rename = "phaseSeconds", deserialize_with = "seconds")]
    phase: Duration,
}

/// The count that is kept of the requests of one world.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    first: Option<Instant>,
    counted: Option<Instant>,
    level: Level,
}

/// What is left of the limit that was last looked at.
#[derive(Clone, Copy, Debug, Default)]
enum Level {
    #[default]
    Open,
    Bucket {
        left: f64,
        filled: Instant,
    },
    /// `began` is counted from the beginning of the first window.
    Window {
        began: Duration,
        used: u32,
    },
}

impl Rate {
    /// A token bucket.
    pub fn bucket(per_second: f64, burst: u32) -> Rate {
        Rate {
            limit: RateLimit::Bucket { per_second, burst },
            retry_after_seconds: None,
        }
    }

    /// So many requests in each window of that length; the first window begins with the first request.
    pub fn window(requests: u32, length: Duration) -> Rate {
        let phase = Duration::ZERO;
        Rate {
            limit: RateLimit::Window {
                requests,
                length,
                phase,
            },
            retry_after_seconds: None,
        }
    }

    /// The rate as the gateway names it: `limit:200,time:1 minute`. It knows windows only, so a bucket is told as what comes
    /// free in a second.
    pub(crate) fn policy(&self) -> String {
        match self.limit {
            RateLimit::Bucket { per_second, .. } => format!("limit:{per_second:.0},time:1 second"),
            RateLimit::Window { requests, length, .. } => {
                let whole = |unit: u64| length.subsec_nanos() == 0 && length.as_secs().is_multiple_of(unit);
                let time = if whole(60) {
                    format!("{} minute", length.as_secs() / 60)
                } else {
                    format!("{} second", length.as_secs_f64())
                };
                format!("limit:{requests},time:{time}")
            }
        }
    }
}

impl Throttle {
    /// Counts a request, or refuses it by the rate that is in force.
    pub(crate) fn admit(&mut self, rate: Option<Rate>, changes: &[RateChange], now: Instant) -> Result<(), Rate> {
        let first = *self.first.get_or_insert(now);
        let counted = self.counted.replace(now).unwrap_or(now);
        let mut rate = rate;
        for change in changes {
            let at = first.checked_add(change.after).filter(|at| *at <= now);
            let Some(at) = at else { break };
            // What came free before the change came free at the old rate.
            if at > counted {
                self.level.advance(rate, first, at);
            }
            rate = change.rate;
        }
        self.level.advance(rate, first, now);
        match rate {
            Some(rate) if !self.level.take(&rate) => Err(rate),
            _ => Ok(()),
        }
    }
}

impl Level {
    /// Lets the time pass until then.
    fn advance(&mut self, rate: Option<Rate>, first: Instant, now: Instant) {
        *self = match rate.map(|rate| rate.limit) {
            None => Level::Open,
            Some(RateLimit::Bucket { per_second, burst }) => {
                let full = f64::from(burst.max(1));
                let left = match *self {
                    Level::Bucket { left, filled } => {
                        left + now.saturating_duration_since(filled).as_secs_f64() * per_second
                    }
                    Level::Open | Level::Window { .. } => full,
                };
                Level::Bucket {
                    left: left.min(full),
                    filled: now,
                }
            }
            Some(RateLimit::Window { length, phase, .. }) => {
                let age = now.saturating_duration_since(first) + phase;
                let began = age.saturating_sub(remainder(age, length));
                match *self {
                    Level::Window { began: same, used } if same == began => Level::Window { began, used },
                    _ => Level::Window { began, used: 0 },
                }
            }
        };
    }

    /// Takes one, if there is one. The level is of that rate.
    fn take(&mut self, rate: &Rate) -> bool {
        match (self, rate.limit) {
            (Level::Bucket { left, .. }, _) => {
                let admitted = *left >= 1.0;
                *left -= if admitted { 1.0 } else { 0.0 };
                admitted
            }
            (Level::Window { used, .. }, RateLimit::Window { requests, .. }) => {
                let admitted = *used < requests;
                *used += u32::from(admitted);
                admitted
            }
            (Level::Open | Level::Window { .. }, _) => true,
        }
    }
}

/// What is left of a time after whole lengths of it. A length of nothing is over at once.
fn remainder(time: Duration, length: Duration) -> Duration {
    let left = time.as_nanos().checked_rem(length.as_nanos()).unwrap_or(0);
    Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX))
}

impl TryFrom<Written> for Rate {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let limit = match (written.per_second, written.window) {
            (Some(per_second), None) if per_second >= 0.0 => RateLimit::Bucket {
                per_second,
                burst: written.burst.unwrap_or(1),
            },
            (Some(_), None) => return Err("`perSecond` is less than nothing"),
            (None, Some(_)) if written.burst.is_some() => {
                return Err("`burst` belongs to `perSecond`, not to a `window`");
            }
            (None, Some(window)) if window.length.is_zero() => return Err("a window has a length"),
            (None, Some(window)) => RateLimit::Window {
                requests: window.requests,
                length: window.length,
                phase: window.phase,
            },
            (None, None) | (Some(_), Some(_)) => return Err("a rate has either `perSecond` or a `window`"),
        };
        Ok(Rate {
            limit,
            retry_after_seconds: written.retry_after_seconds,
        })
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the requests at these milliseconds after the first are let through.
    fn admitted<const N: usize>(rate: Option<Rate>, changes: &[RateChange], millis: [u64; N]) -> [bool; N] {
        let mut throttle = Throttle::default();
        let start = Instant::now();
        millis.map(|millis| {
            let now = start + Duration::from_millis(millis);
            throttle.admit(rate, changes, now).is_ok()
        })
    }

    fn change(after_millis: u64, rate: Option<Rate>) -> RateChange {
        RateChange {
            after: Duration::from_millis(after_millis),
            rate,
        }
    }

    fn second(requests: u32) -> Rate {
        Rate::window(requests, Duration::from_secs(1))
    }

    #[test]
    fn without_a_rate_everything_is_let_through() {
        assert_eq!(admitted(None, &[], [0; 5]), [true; 5]);
    }

    #[test]
    fn the_bucket_empties_and_fills() {
        let millis = [0, 0, 0, 0, 499, 500, 500, 60_000, 60_000, 60_000, 60_000];
        let expected = [true, true, true, false, false, true, false, true, true, true, false];
        assert_eq!(admitted(Some(Rate::bucket(2.0, 3)), &[], millis), expected);
    }

    #[test]
    fn a_window_begins_with_the_first_request_and_forgets_at_its_edge() {
        let millis = [0, 1, 999, 1000, 1001, 1999, 2000, 5500, 5500, 5500];
        let expected = [true, true, false, true, true, false, true, true, true, false];
        assert_eq!(admitted(Some(second(2)), &[], millis), expected);
    }

    #[test]
    fn a_window_can_be_old_when_the_first_request_comes() {
        let mut rate = second(1);
        let RateLimit::Window { phase, .. } = &mut rate.limit else {
            panic!("it is a window");
        };
        *phase = Duration::from_millis(700);
        let millis = [0, 299, 300, 1299, 1300];
        assert_eq!(admitted(Some(rate), &[], millis), [true, false, true, false, true]);
    }

    #[test]
    fn a_bucket_keeps_what_is_in_it_as_far_as_the_new_one_holds_it() {
        let wide = Some(Rate::bucket(1.0, 4));
        // Full at the change: what is over the new burst is lost.
        let narrow = [change(1000, Some(Rate::bucket(1.0, 2)))];
        assert_eq!(
            admitted(wide, &narrow, [0, 1000, 1000, 1000]),
            [true, true, true, false]
        );
        // Empty at the change: a wider one does not fill by itself.
        let wider = [change(1000, Some(Rate::bucket(1.0, 8)))];
        assert_eq!(
            admitted(Some(Rate::bucket(1.0, 1)), &wider, [0, 999, 1000, 1000]),
            [true, false, true, false]
        );
    }

    #[test]
    fn what_came_free_before_a_change_came_free_at_the_old_rate() {
        let slow = Some(Rate::bucket(1.0, 10));
        let fast = [change(2000, Some(Rate::bucket(100.0, 10)))];
        let mut throttle = Throttle::default();
        let start = Instant::now();
        for _ in 0..10 {
            assert_eq!(throttle.admit(slow, &fast, start), Ok(()));
        }
        // Two from the slow rate, one from the fast; at the fast rate throughout it would be full.
        let late = start + Duration::from_millis(2010);
        let through = (0..10).filter(|_| throttle.admit(slow, &fast, late).is_ok()).count();
        assert_eq!(through, 3);
    }

    #[test]
    fn several_changes_can_pass_unseen() {
        let changes = [
            change(1000, Some(second(1))),
            change(2000, None),
            change(3000, Some(Rate::bucket(1.0, 1))),
        ];
        assert_eq!(
            admitted(Some(second(2)), &changes, [0, 0, 0, 3000, 3000]),
            [true, true, false, true, false]
        );
    }

    #[test]
    fn a_change_of_the_window_within_it_keeps_its_count() {
        let changes = [change(500, Some(second(3)))];
        assert_eq!(
            admitted(Some(second(2)), &changes, [0, 0, 0, 500, 500, 1000]),
            [true, true, false, true, false, true]
        );
    }

    #[test]
    fn the_rate_that_refuses_is_the_one_in_force() {
        let mut throttle = Throttle::default();
        let start = Instant::now();
        let changes = [change(1000, Some(second(0)))];
        assert_eq!(throttle.admit(None, &changes, start), Ok(()));
        assert_eq!(
            throttle.admit(None, &changes, start + Duration::from_secs(1)),
            Err(second(0))
        );
    }

    #[test]
    fn a_rate_as_the_gateway_names_it() {
        for (rate, expected) in [
            (Rate::bucket(200.0, 20), "limit:200,time:1 second"),
            (second(5), "limit:5,time:1 second"),
            (
                Rate::window(200, Duration::from_millis(250)),
                "limit:200,time:0.25 second",
            ),
            (Rate::window(200, Duration::from_mins(1)), "limit:200,time:1 minute"),
            (Rate::window(10, Duration::from_secs(90)), "limit:10,time:90 second"),
            (Rate::window(10, Duration::from_mins(5)), "limit:10,time:5 minute"),
        ] {
            assert_eq!(rate.policy(), expected);
        }
    }
}
