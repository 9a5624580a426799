//! Loading a large inventory: read, resolved, looked over, and nothing asked.

use crate::audit::Audit;
use crate::estate::Estate;
use crate::measure::{median, spent};
use crate::table::Measured;

/// `check`, which does all of what a run does before it asks, and warns besides.
pub(crate) fn check() -> Vec<Measured> {
    let audit = Audit::of(Estate(100_000));
    let command = audit.command(&["check", "inventory.yaml"]);
    let (times, peaks): (Vec<f64>, Vec<f64>) = (0..5)
        .map(|_| {
            let spent = spent(&command, audit.folder());
            assert_eq!(spent.code, 0, "the inventory is sound");
            (spent.wall.as_secs_f64(), spent.peak / 1024.0)
        })
        .unzip();
    vec![Measured::new(median(times), ""), Measured::new(median(peaks), "")]
}
