//! A short inventory that discovers a large estate, against the same estate written out.

use simulator::Simulator;

use crate::audit::Audit;
use crate::cpu::{compared, micros};
use crate::estate::Estate;
use crate::measure::{count, median};
use crate::table::Measured;

const REPOSITORIES: usize = 100_000;

/// In turn with what it is compared with. Odd, for the median.
const PAIRS: usize = 3;

/// Lists and asks, against asking alone.
pub(crate) fn discovered() -> Vec<Measured> {
    let named = Audit::of(Estate(REPOSITORIES));
    let discovering = Audit::discovering(Estate(REPOSITORIES));
    let live = discovering.estate.live();
    let simulator = Simulator::start(named.estate.world()).expect("loopback has a free port");
    let (mut pairs, mut peaks, mut beyond) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let named = micros(named.undisturbed(&simulator), REPOSITORIES);
        let ended = discovering.against(&simulator);
        assert_eq!(ended.unread, 0, "every repository was read");
        pairs.push((micros(ended.spent, live), named));
        peaks.push(ended.spent.peak / 1024.0);
        beyond.push(count(u64::try_from(ended.sent - live).expect("a count fits")));
    }
    vec![
        compared(&pairs, "discovered", "named"),
        Measured::new(median(peaks), ""),
        Measured::new(median(beyond), ""),
    ]
}
