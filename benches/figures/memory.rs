//! The most memory that a run holds, with the place of every entry and findings on two of each hundred.

use simulator::Simulator;

use crate::audit::Audit;
use crate::estate::Estate;
use crate::measure::median;
use crate::table::Measured;

/// A small estate and a large one.
pub(crate) fn peaks() -> Vec<Measured> {
    [10_000, 100_000].map(peak).into()
}

fn peak(repositories: usize) -> Measured {
    let audit = Audit::of(Estate(repositories));
    let simulator = Simulator::start(audit.estate.world()).expect("loopback has a free port");
    let peaks = (0..3).map(|_| audit.undisturbed(&simulator).peak / 1024.0);
    Measured::new(median(peaks.collect()), "")
}
