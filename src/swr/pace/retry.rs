//! Whether to ask again, and when: a policy as data, a classifier and a sequence of delays, all without a clock.

use std::time::{Duration, SystemTime};

use crate::model::UnknownClass;

/// How often and how patiently a call is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts after the first.
    pub retries: u32,
    /// The longest first delay; it doubles with each further one.
    pub base: Duration,
    /// What the delays do not grow beyond.
    pub cap: Duration,
    /// The longest that a service's `Retry-After` is heeded.
    pub retry_after_cap: Duration,
    /// So long after its first attempt a call is not repeated any more.
    pub patience: Duration,
}

impl RetryPolicy {
    /// Half a second, doubling up to half a minute; `Retry-After` up to a minute.
    pub const fn new(retries: u32) -> Self {
        Self {
            retries,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            retry_after_cap: Duration::from_mins(1),
            // Three times the longest window that any service of this vendor is known to count in.
            patience: Duration::from_mins(15),
        }
    }
}

/// What an outcome calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It would be the same again.
    No,
    /// It would be the same again with this credential, and may be another with a new one. No delay helps.
    Renew,
    /// It may pass, but often does not: one more attempt in all.
    Once,
    /// Ask again after a delay of our own.
    Backoff,
    /// Ask again, but not before that long.
    After(Duration),
    /// It came too fast: ask again as soon as the limiter lets it, but not before what the service said, if anything.
    Throttled(Option<Duration>),
    /// It was refused as too fast while others are accepted at the same pace: ask again soon.
    Stray,
}

impl Retry {
    /// For a whole answer. `class` is what it means where it holds no content.
    pub(in crate::swr) fn for_answer(status: u16, class: UnknownClass, retry_after: Option<Duration>) -> Self {
        match (status, class) {
            (_, UnknownClass::Throttled) => Self::Throttled(retry_after),
            (502..=504, _) => retry_after.map_or(Self::Backoff, Self::After),
            // Some are transient, others mean a request that this service will never answer.
            (500, _) => Self::Once,
            (_, UnknownClass::Unauthenticated) => Self::Renew,
            _ => Self::No,
        }
    }
}

/// The delays between the attempts of one call.
#[derive(Clone, Debug)]
pub(in crate::swr) struct Delays {
    policy: RetryPolicy,
    taken: u32,
    once_taken: bool,
    throttled: u32,
}

impl Delays {
    pub(in crate::swr) const fn new(policy: RetryPolicy) -> Self {
        Self {
            policy,
            taken: 0,
            once_taken: false,
            throttled: 0,
        }
    }

    /// How long to wait before the next attempt, so long after the first one began; `None`: there is none.
    ///
    /// Full jitter: many callers that were refused together must not come back together. What the service asked for is a
    /// lower bound, so its jitter comes on top.
    pub(in crate::swr) fn next(
        &mut self,
        retry: Retry,
        elapsed: Duration,
        random: &mut fastrand::Rng,
    ) -> Option<Duration> {
        let is_over = self.taken >= self.policy.retries || elapsed > self.policy.patience;
        if is_over || (retry == Retry::Once && self.once_taken) {
            return None;
        }
        let delay = match retry {
            Retry::No | Retry::Renew => return None,
            Retry::Once | Retry::Backoff => self.longest_backoff(self.taken).mul_f64(random.f64()),
            Retry::After(asked) | Retry::Throttled(Some(asked)) => {
                asked.min(self.policy.retry_after_cap) + self.policy.base.mul_f64(random.f64())
            }
            // The limiter has one pace for all, and heeds the refusal.
            Retry::Throttled(None) | Retry::Stray if self.throttled == 0 => Duration::ZERO,
            Retry::Throttled(None) => self.longest_backoff(self.throttled - 1).mul_f64(random.f64()),
            // Nobody knows how long it lasts: soon at first, and then four times as long each time.
            Retry::Stray => (self.longest_backoff(2 * (self.throttled - 1)) / 8).mul_f64(random.f64()),
        };
        self.taken += 1;
        self.once_taken |= retry == Retry::Once;
        self.throttled += u32::from(matches!(retry, Retry::Throttled(_) | Retry::Stray));
        Some(delay)
    }

    fn longest_backoff(&self, doublings: u32) -> Duration {
        let doubled = 1u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.policy.base.saturating_mul(doubled).min(self.policy.cap)
    }
}

/// Reads `Retry-After`: seconds, or an HTTP date. What is unreadable, zero or past says nothing.
pub(in crate::swr) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let asked = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than fit are still "much later"; the policy's cap makes them bearable.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        httpdate::parse_http_date(value).ok()?.duration_since(now).ok()?
    };
    Some(asked).filter(|asked| !asked.is_zero())
}

/// Whether a wait that a header asks for stays within the cap (and its jitter), whatever stands there.
#[cfg(any(test, fuzzing))]
pub(crate) fn retry_after_is_bounded(value: &str) -> bool {
    let policy = RetryPolicy::new(1);
    let Some(asked) = retry_after(value, SystemTime::UNIX_EPOCH) else {
        return true;
    };
    let delay = Delays::new(policy).next(Retry::After(asked), Duration::ZERO, &mut fastrand::Rng::with_seed(1));
    delay.is_some_and(|delay| delay <= policy.retry_after_cap + policy.base)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use UnknownClass as Class;

    #[test]
    fn only_what_may_pass_is_asked_again() {
        let after = Some(Duration::from_secs(7));
        let cases = [
            (429, Class::Throttled, None, Retry::Throttled(None)),
            (429, Class::Throttled, after, Retry::Throttled(after)),
            (403, Class::Throttled, None, Retry::Throttled(None)),
            (409, Class::Throttled, None, Retry::Throttled(None)),
            (503, Class::Throttled, None, Retry::Throttled(None)),
            (502, Class::ServerError, None, Retry::Backoff),
            (503, Class::ServerError, after, Retry::After(Duration::from_secs(7))),
            (504, Class::ServerError, None, Retry::Backoff),
            (500, Class::ServerError, None, Retry::Once),
            (501, Class::ServerError, None, Retry::No),
            (507, Class::ServerError, None, Retry::No),
            (400, Class::BadResponse, after, Retry::No),
            (400, Class::Unauthenticated, None, Retry::Renew),
            (401, Class::Unauthenticated, after, Retry::Renew),
            (401, Class::AccessDenied, None, Retry::No),
            (403, Class::AccessDenied, after, Retry::No),
            (404, Class::Unsupported, None, Retry::No),
            (404, Class::BadResponse, None, Retry::No),
            (302, Class::BadResponse, None, Retry::No),
        ];
        for (status, class, after, retry) in cases {
            assert_eq!(Retry::for_answer(status, class, after), retry, "{status} {class:?}");
        }
    }

    #[test]
    fn delays_double_up_to_the_cap_and_end() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut delays = Delays::new(RetryPolicy::new(8));
        for longest in [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] {
            let delay = delays
                .next(Retry::Backoff, Duration::ZERO, &mut random)
                .expect("a retry is left");
            assert!(delay <= Duration::from_secs_f64(longest), "{delay:?} after {longest}");
        }
        assert_eq!(delays.next(Retry::Backoff, Duration::ZERO, &mut random), None);
        assert_eq!(
            Delays::new(RetryPolicy::new(0)).next(Retry::Backoff, Duration::ZERO, &mut random),
            None
        );
    }

    #[test]
    fn what_the_service_asks_for_is_a_lower_bound_up_to_the_cap() {
        let mut random = fastrand::Rng::with_seed(2);
        for (asked, least) in [(7, 7), (60, 60), (3600, 60), (u64::MAX, 60)] {
            let retry = Retry::After(Duration::from_secs(asked));
            let delay = Delays::new(RetryPolicy::new(1))
                .next(retry, Duration::ZERO, &mut random)
                .expect("a retry is left");
            assert!(delay >= Duration::from_secs(least), "{delay:?}");
            assert!(delay <= Duration::from_millis(least * 1000 + 500), "{delay:?}");
        }
    }

    #[test]
    fn what_came_too_fast_is_the_limiters_to_delay_at_first() {
        let mut random = fastrand::Rng::with_seed(4);
        let mut delays = Delays::new(RetryPolicy::new(4));
        let mut next = |retry| delays.next(retry, Duration::ZERO, &mut random);
        assert_eq!(next(Retry::Throttled(None)), Some(Duration::ZERO));
        for longest in [500, 1000] {
            let delay = next(Retry::Throttled(None)).expect("a retry is left");
            assert!(delay <= Duration::from_millis(longest), "{delay:?}");
        }
        let asked = Duration::from_secs(7);
        assert!(next(Retry::Throttled(Some(asked))) >= Some(asked));
        assert_eq!(next(Retry::Throttled(None)), None);
    }

    #[test]
    fn what_is_refused_while_others_are_accepted_is_asked_again_soon() {
        let mut random = fastrand::Rng::with_seed(6);
        let mut delays = Delays::new(RetryPolicy::new(4));
        let mut next = || delays.next(Retry::Stray, Duration::ZERO, &mut random);
        assert_eq!(next(), Some(Duration::ZERO));
        for longest in [62.5, 250.0, 1000.0] {
            let delay = next().expect("a retry is left");
            assert!(delay <= Duration::from_secs_f64(longest / 1e3), "{delay:?}");
        }
        assert_eq!(next(), None);
    }

    #[test]
    fn a_call_is_not_repeated_for_ever() {
        let mut random = fastrand::Rng::with_seed(5);
        let policy = RetryPolicy::new(4);
        let late = policy.patience + Duration::from_secs(1);
        let mut delays = Delays::new(policy);
        assert!(delays.next(Retry::Backoff, policy.patience, &mut random).is_some());
        assert_eq!(delays.next(Retry::Backoff, late, &mut random), None);
        assert_eq!(delays.next(Retry::Throttled(None), late, &mut random), None);
    }

    #[test]
    fn a_plain_500_is_asked_again_once() {
        let mut random = fastrand::Rng::with_seed(3);
        let mut delays = Delays::new(RetryPolicy::new(3));
        assert!(delays.next(Retry::Once, Duration::ZERO, &mut random).is_some());
        assert_eq!(delays.next(Retry::Once, Duration::ZERO, &mut random), None);
        assert!(delays.next(Retry::Backoff, Duration::ZERO, &mut random).is_some());
        assert_eq!(delays.next(Retry::No, Duration::ZERO, &mut random), None);
        assert_eq!(delays.next(Retry::Renew, Duration::ZERO, &mut random), None);
    }

    #[test]
    fn retry_after_in_both_forms() {
        let now = httpdate::parse_http_date("Tue, 24 Nov 2026 12:00:00 GMT").expect("a date");
        for (value, seconds) in [
            ("5", Some(5)),
            (" 120 ", Some(120)),
            ("Tue, 24 Nov 2026 12:00:30 GMT", Some(30)),
            ("Tue, 24 Nov 2026 11:00:00 GMT", None),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("0", None),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("1e3", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_retry_after_is_too_strange(value in any::<String>(), digits in "[0-9]{0,40}") {
            for value in [value, digits] {
                let _ = retry_after(&value, SystemTime::UNIX_EPOCH);
            }
        }

        #[test]
        fn no_delay_is_longer_than_its_caps(seed in any::<u64>(), asked in any::<u64>(), retries in 0u32..200) {
            let mut random = fastrand::Rng::with_seed(seed);
            let policy = RetryPolicy::new(retries);
            let mut delays = Delays::new(policy);
            let mut count = 0;
            while let Some(delay) = delays.next(Retry::After(Duration::from_secs(asked)), Duration::ZERO, &mut random) {
                prop_assert!(delay <= policy.retry_after_cap + policy.base);
                count += 1;
            }
            prop_assert_eq!(count, retries);
        }
    }
}
