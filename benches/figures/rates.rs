//! How near a run comes to a rate that nobody told it.

use std::time::Duration;

use simulator::{Fault, Misbehaviour, Rate, RateChange, Simulator, World};

use crate::audit::Audit;
use crate::estate::Estate;
use crate::measure::{count, median};
use crate::table::Measured;

const REPOSITORIES: usize = 4000;
const PER_SECOND: u32 = 200;
const BURST: u32 = 20;
const RUNS: usize = 3;

/// What came of several runs.
struct Throttled {
    /// Seconds, the median.
    taken: f64,
    /// Of each hundred repositories, requests refused; the median.
    refused: f64,
    /// Repositories, the most in any run.
    unread: f64,
}

/// Refusals that no rate is behind, with answers that take their time: against the same without them.
pub(crate) fn strays() -> Vec<Measured> {
    const REPOSITORIES: usize = 2000;
    let audit = Audit::of(Estate(REPOSITORIES));
    let seconds = |percent: u8| {
        let stray = Fault {
            percent: Some(percent),
            ..Fault::always(Misbehaviour::Throttled)
        };
        let world = World {
            latency_ms: 20,
            faults: (percent > 0).then_some(stray).into_iter().collect(),
            ..audit.estate.world()
        };
        let simulator = Simulator::start(world).expect("loopback has a free port");
        let ended = audit.against(&simulator);
        (ended.spent.wall.as_secs_f64(), ended.unread)
    };
    let mut measured = Vec::new();
    for percent in [2, 10] {
        // In turn, so that a slow moment falls on both.
        let pairs: Vec<_> = (0..5).map(|_| (seconds(percent), seconds(0).0)).collect();
        let ratio = median(pairs.iter().map(|((with, _), without)| with / without).collect());
        let with = median(pairs.iter().map(|((with, _), _)| *with).collect());
        let unread = pairs.iter().map(|((_, unread), _)| *unread).max();
        measured.push(Measured::new(ratio, format!("{with:.2} s")));
        measured.push(Measured::new(count(unread.unwrap_or(0)), "the most in any run"));
    }
    measured
}

/// A token bucket.
pub(crate) fn bucket() -> Vec<Measured> {
    let throttled = throttled(Rate::bucket(f64::from(PER_SECOND), BURST), &[]);
    told(&throttled, count(REPOSITORIES) / f64::from(PER_SECOND)).into()
}

/// A fixed window.
pub(crate) fn window() -> Vec<Measured> {
    let throttled = throttled(Rate::window(PER_SECOND, Duration::from_secs(1)), &[]);
    told(&throttled, count(REPOSITORIES) / f64::from(PER_SECOND)).into()
}

/// A bucket that is filled half as fast for a while.
pub(crate) fn changing() -> Vec<Measured> {
    let (fast, slow) = (f64::from(PER_SECOND), f64::from(PER_SECOND) / 2.0);
    let schedule = [(0.0, fast), (7.0, slow), (14.0, fast)];
    let changes: Vec<RateChange> = schedule[1..]
        .iter()
        .map(|&(after, per_second)| RateChange {
            after: Duration::from_secs_f64(after),
            rate: Some(Rate::bucket(per_second, BURST)),
        })
        .collect();
    let throttled = throttled(Rate::bucket(fast, BURST), &changes);
    let [time, _, unread] = told(&throttled, ideal(count(REPOSITORIES), &schedule));
    vec![time, unread]
}

fn throttled(rate: Rate, rate_changes: &[RateChange]) -> Throttled {
    let audit = Audit::of(Estate(REPOSITORIES));
    let mut throttled = Throttled {
        taken: 0.0,
        refused: 0.0,
        unread: 0.0,
    };
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        // A new one each time: the schedule begins with the first request.
        let world = World {
            rate: Some(rate),
            rate_changes: rate_changes.to_vec(),
            ..audit.estate.world()
        };
        let simulator = Simulator::start(world).expect("loopback has a free port");
        let ended = audit.against(&simulator);
        let requests = simulator.requests();
        let refusals = requests.iter().filter(|request| request.status == Some(429)).count();
        taken.push(ended.spent.wall.as_secs_f64());
        refused.push(count(refusals) * 100.0 / count(REPOSITORIES));
        throttled.unread = throttled.unread.max(count(ended.unread));
    }
    throttled.taken = median(taken);
    throttled.refused = median(refused);
    throttled
}

/// Time, refusals and what was not read.
fn told(throttled: &Throttled, ideal: f64) -> [Measured; 3] {
    let time = format!("{:.1} s, ideal {ideal:.1} s", throttled.taken);
    [
        Measured::new(throttled.taken / ideal, time),
        Measured::new(throttled.refused, "for each hundred repositories"),
        Measured::new(throttled.unread, "the most in any run"),
    ]
}

/// How long so many requests take under a schedule of seconds and rates that is used to the full.
fn ideal(mut left: f64, schedule: &[(f64, f64)]) -> f64 {
    let ends = schedule[1..].iter().map(|(after, _)| *after).chain([f64::INFINITY]);
    for (&(begin, per_second), end) in schedule.iter().zip(ends) {
        if left <= (end - begin) * per_second {
            return begin + left / per_second;
        }
        left -= (end - begin) * per_second;
    }
    unreachable!("the last rate holds for ever")
}
