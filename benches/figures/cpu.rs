//! What a repository costs in processor time, against the minimal loop and against itself.

use simulator::Simulator;

use crate::audit::Audit;
use crate::estate::Estate;
use crate::measure::{Spent, count, median};
use crate::minimal;
use crate::table::Measured;

const REPOSITORIES: usize = 10_000;

/// In turn with what it is compared with, so that a slow moment falls on both. Odd, for the median.
const PAIRS: usize = 7;

/// HTTP/1.1.
pub(crate) fn plain() -> Vec<Measured> {
    let audit = Audit::of(Estate(REPOSITORIES));
    let simulator = Simulator::start(audit.estate.world()).expect("loopback has a free port");
    against_minimal(&audit, &simulator)
}

/// TLS and HTTP/2.
pub(crate) fn http2() -> Vec<Measured> {
    let audit = Audit::of(Estate(REPOSITORIES));
    let simulator = Simulator::start_tls(audit.estate.world()).expect("loopback has a free port");
    let measured = against_minimal(&audit, &simulator);
    assert!(
        simulator.requests().iter().all(|request| request.http2),
        "it was HTTP/2"
    );
    measured
}

/// Ten times as many.
pub(crate) fn growth() -> Vec<Measured> {
    const MANY: usize = 10 * REPOSITORIES;
    let few = Audit::of(Estate(REPOSITORIES));
    let many = Audit::of(Estate(MANY));
    let small = Simulator::start(few.estate.world()).expect("loopback has a free port");
    let large = Simulator::start(many.estate.world()).expect("loopback has a free port");
    let pairs: Vec<(f64, f64)> = (0..3)
        .map(|_| {
            let many = micros(many.undisturbed(&large), MANY);
            (many, micros(few.undisturbed(&small), REPOSITORIES))
        })
        .collect();
    vec![compared(&pairs, "of 100,000", "of 10,000")]
}

fn against_minimal(audit: &Audit, simulator: &Simulator) -> Vec<Measured> {
    let pairs: Vec<(f64, f64)> = (0..PAIRS)
        .map(|_| {
            let minimal = micros(minimal::against(audit, simulator), REPOSITORIES);
            (micros(audit.undisturbed(simulator), REPOSITORIES), minimal)
        })
        .collect();
    vec![compared(&pairs, "the audit", "the minimal loop")]
}

/// For each repository.
pub(crate) fn micros(spent: Spent, repositories: usize) -> f64 {
    spent.cpu.as_secs_f64() * 1e6 / count(repositories)
}

/// The median of the ratios, since each pair shared its moment.
pub(crate) fn compared(pairs: &[(f64, f64)], one: &str, other: &str) -> Measured {
    let ratio = median(pairs.iter().map(|(one, other)| one / other).collect());
    let ones = median(pairs.iter().map(|(one, _)| *one).collect());
    let others = median(pairs.iter().map(|(_, other)| *other).collect());
    Measured::new(ratio, format!("{one} {ones:.1} µs, {other} {others:.1} µs"))
}
