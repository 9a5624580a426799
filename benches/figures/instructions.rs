//! Instructions for one more repository: the one figure that a busy machine does not move.
//!
//! The difference between two sizes, so that starting and ending do not count. Valgrind knows no instructions made for
//! SHA-256, so signatures cost more here than they do in truth, on both sides alike.

use std::fs;
use std::process::Command;

use simulator::Simulator;

use crate::audit::Audit;
use crate::estate::Estate;
use crate::measure::{count, spent};
use crate::minimal;
use crate::table::Measured;

const REPOSITORIES: usize = 1000;

/// Of the audit, of the minimal loop, and the one against the other.
pub(crate) fn counted() -> Vec<Measured> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return (0..3).map(|_| Measured::not("valgrind is not installed")).collect();
    }
    let audit = slope(Audit::run);
    let minimal = slope(minimal::command);
    vec![
        Measured::new(audit, ""),
        Measured::new(minimal, ""),
        Measured::new(audit / minimal, ""),
    ]
}

fn slope(command: impl Fn(&Audit, &Simulator) -> Command) -> f64 {
    let [few, many] = [REPOSITORIES, 2 * REPOSITORIES].map(|repositories| {
        let audit = Audit::of(Estate(repositories));
        let simulator = Simulator::start(audit.estate.world()).expect("loopback has a free port");
        under_callgrind(&command(&audit, &simulator), &audit)
    });
    (many - few) / count(REPOSITORIES)
}

fn under_callgrind(command: &Command, audit: &Audit) -> f64 {
    let mut counted = Command::new("valgrind");
    counted
        .args(["--tool=callgrind", "--callgrind-out-file=callgrind.out"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        counted.env(name, value.unwrap_or_default());
    }
    // Valgrind is looked for where the shell would.
    counted.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    let spent = spent(&counted, audit.folder());
    assert!(matches!(spent.code, 0 | 2), "exit code {}", spent.code);
    let told = fs::read_to_string(audit.folder().join("callgrind.out")).expect("valgrind writes what it counted");
    let total = told.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.expect("it has a total").trim();
    count(total.parse::<u64>().expect("it is a number"))
}
