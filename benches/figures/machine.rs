//! What all of this was measured on.

use std::fs;
use std::thread;

/// The machine and the version in one line.
pub(crate) fn facts() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "swr-audit {}, {cores} cores of {model}, {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        kernel.trim()
    )
}
