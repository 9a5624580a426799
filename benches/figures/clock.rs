//! How long a run takes: one that waits for answers, and one that has hardly anything to do.

use simulator::{Simulator, World};

use crate::audit::{Audit, IN_FLIGHT};
use crate::estate::Estate;
use crate::measure::{count, median};
use crate::minimal;
use crate::table::Measured;

/// With answers that take their time.
pub(crate) fn latency() -> Vec<Measured> {
    const REPOSITORIES: usize = 10_000;
    const LATENCY_MS: u64 = 20;
    let audit = Audit::of(Estate(REPOSITORIES));
    let world = World {
        latency_ms: LATENCY_MS,
        ..audit.estate.world()
    };
    let simulator = Simulator::start(world.clone()).expect("loopback has a free port");
    let latency = true_latency(world);
    let ideal = count(REPOSITORIES) * latency / count(IN_FLIGHT);
    let (audits, loops): (Vec<f64>, Vec<f64>) = (0..3)
        .map(|_| {
            let audit_time = audit.undisturbed(&simulator).wall.as_secs_f64();
            (audit_time, minimal::against(&audit, &simulator).wall.as_secs_f64())
        })
        .unzip();
    let (taken, minimal) = (median(audits), median(loops));
    let note = format!(
        "{taken:.2} s, ideal {ideal:.2} s since L is {:.1} ms in truth, the minimal loop {:.2} ×",
        latency * 1e3,
        minimal / ideal
    );
    vec![Measured::new(taken / ideal, note)]
}

/// Seconds for one answer. The simulator's timers are of whole milliseconds and end late, never early, so that an answer
/// takes longer than it was told to.
fn true_latency(world: World) -> f64 {
    const ANSWERS: usize = 50;
    let audit = Audit::of(Estate(ANSWERS));
    let world = World {
        namespaces: audit.estate.world().namespaces,
        ..world
    };
    let simulator = Simulator::start(world).expect("loopback has a free port");
    minimal::one_by_one(&audit, &simulator).wall.as_secs_f64() / count(ANSWERS)
}

/// One repository.
pub(crate) fn start() -> Vec<Measured> {
    let audit = Audit::of(Estate(1));
    let simulator = Simulator::start(audit.estate.world()).expect("loopback has a free port");
    let (audits, loops): (Vec<f64>, Vec<f64>) = (0..21)
        .map(|_| {
            let audit_time = audit.undisturbed(&simulator).wall.as_secs_f64();
            (audit_time, minimal::against(&audit, &simulator).wall.as_secs_f64())
        })
        .unzip();
    let note = format!("the minimal loop {:.1} ms", median(loops) * 1e3);
    vec![Measured::new(median(audits) * 1e3, note)]
}
