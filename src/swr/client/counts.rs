//! What a client did on the wire, counted in bounded memory.

use std::time::Duration;

/// Requests and their times. Counts of several clients can be added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireCounts {
    /// Requests that were sent, repeated ones included.
    pub sent: u64,
    /// Those among them that repeated an earlier one.
    pub retried: u64,
    /// Requests that the service refused for coming too fast.
    pub throttled: u64,
    /// Requests that brought no whole answer, or one of status 5xx.
    pub failed: u64,
    times: Histogram,
}

impl WireCounts {
    /// The time within which half of the answers came whole; `None` where none did.
    pub fn p50(&self) -> Option<Duration> {
        self.times.quantile(50)
    }

    /// The time within which 95 of 100 answers came whole; `None` where none did.
    pub fn p95(&self) -> Option<Duration> {
        self.times.quantile(95)
    }

    /// Adds what another client counted.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.retried += other.retried;
        self.throttled += other.throttled;
        self.failed += other.failed;
        self.times.add(&other.times);
    }

    /// Counts a request as it is sent.
    pub(in crate::swr) fn count_sent(&mut self, is_retry: bool) {
        self.sent += 1;
        self.retried += u64::from(is_retry);
    }

    /// Takes the time of a whole answer.
    pub(in crate::swr) fn record(&mut self, time: Duration) {
        self.times.record(time);
    }
}

/// Eight buckets for each doubling of the time, from a microsecond to three days: a quantile is at most an eighth off.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Histogram {
    buckets: Box<[u64; BUCKETS]>,
}

const DOUBLINGS: usize = 36;
const BUCKETS: usize = DOUBLINGS * 8;

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: Box::new([0; BUCKETS]),
        }
    }
}

impl Histogram {
    fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.buckets[bucket(micros)] += 1;
    }

    fn add(&mut self, other: &Self) {
        for (sum, count) in self.buckets.iter_mut().zip(other.buckets.iter()) {
            *sum += count;
        }
    }

    /// The upper edge of the bucket that holds the quantile.
    fn quantile(&self, percent: u64) -> Option<Duration> {
        let total: u64 = self.buckets.iter().sum();
        let rank = (total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let bucket = self.buckets.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        Some(Duration::from_micros(upper_edge(bucket)))
    }
}

/// Times below eight microseconds have a bucket each; above, the three bits after the highest choose among eight.
fn bucket(micros: u64) -> usize {
    if micros < 8 {
        return usize::try_from(micros).expect("below eight");
    }
    let doubling = micros.ilog2();
    let eighth = (micros >> (doubling - 3)) & 7;
    let bucket = u64::from(doubling - 2) * 8 + eighth;
    usize::try_from(bucket).map_or(BUCKETS - 1, |bucket| bucket.min(BUCKETS - 1))
}

fn upper_edge(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 8 {
        return bucket;
    }
    let shift = bucket / 8 - 1;
    ((8 + bucket % 8 + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_are_near_and_absent_without_answers() {
        let mut counts = WireCounts::default();
        assert_eq!((counts.p50(), counts.p95()), (None, None));
        for millis in 1..=100 {
            counts.record(Duration::from_millis(millis));
        }
        let near = |actual: Option<Duration>, millis: u64| {
            let actual = actual.expect("there are answers");
            actual >= Duration::from_millis(millis) && actual <= Duration::from_millis(millis * 9 / 8 + 1)
        };
        assert!(near(counts.p50(), 50), "{:?}", counts.p50());
        assert!(near(counts.p95(), 95), "{:?}", counts.p95());
    }

    #[test]
    fn counts_of_two_clients_add_up() {
        let mut one = WireCounts::default();
        one.count_sent(false);
        one.record(Duration::from_micros(3));
        let mut two = one.clone();
        two.count_sent(true);
        two.add(&one);
        assert_eq!((two.sent, two.retried), (3, 1));
        assert_eq!(two.p50(), Some(Duration::from_micros(3)));
    }

    proptest! {
        #[test]
        fn every_time_has_a_bucket_that_reaches_it(micros in any::<u64>()) {
            let bucket = bucket(micros);
            prop_assert!(bucket < BUCKETS);
            if bucket < BUCKETS - 1 {
                prop_assert!(upper_edge(bucket) >= micros);
                prop_assert!(bucket == 0 || upper_edge(bucket - 1) < micros);
            }
        }
    }
}
