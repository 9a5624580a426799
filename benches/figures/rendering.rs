//! A saved report of ten thousand findings, as a page and as a workbook.

use simulator::Simulator;

use crate::audit::Audit;
use crate::estate::Estate;
use crate::measure::{median, spent};
use crate::table::Measured;

/// So many repositories lack more than ten thousand rules, if they have none at all.
const REPOSITORIES: usize = 6_500;
const FINDINGS: usize = 10_000;

pub(crate) fn html() -> Vec<Measured> {
    rendered("html")
}

pub(crate) fn xlsx() -> Vec<Measured> {
    rendered("xlsx")
}

/// Time and peak memory of `render`, the reading of the report included.
fn rendered(format: &str) -> Vec<Measured> {
    let audit = Audit::of(Estate(REPOSITORIES));
    let mut world = audit.estate.world();
    let namespaces = world.namespaces.iter_mut();
    namespaces
        .flat_map(|namespace| &mut namespace.repositories)
        .for_each(|repository| repository.rules.clear());
    let simulator = Simulator::start(world).expect("loopback has a free port");
    spent(&audit.run(&simulator), audit.folder());
    let report = audit.folder().join("reports/run/report.json");
    let text = std::fs::read_to_string(&report).expect("the run has written it");
    let findings = text.matches("\"fingerprint\":").count();
    assert!(findings >= FINDINGS, "{findings} findings");
    let output = format!("{format}=rendered");
    let command = audit.command(&["render", "reports/run/report.json", "-o", &output]);
    let (times, peaks): (Vec<f64>, Vec<f64>) = (0..5)
        .map(|_| {
            let spent = spent(&command, audit.folder());
            assert_eq!(spent.code, 0, "the report is sound");
            (spent.wall.as_secs_f64(), spent.peak / 1024.0)
        })
        .unzip();
    let note = format!("{findings} findings");
    vec![Measured::new(median(times), note), Measured::new(median(peaks), "")]
}
