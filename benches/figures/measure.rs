//! What a command costs: a process of its own starts it, waits for it, and says what its only child has used.
//!
//! A process between, because the most memory of all children is all that the system tells, and because a child begins
//! with its parent's: the benchmark itself holds whole worlds.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::table::say;

/// The first argument of the process between.
pub(crate) const MEASURE: &str = "--measure";

/// What a command has used.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    /// User and system time.
    pub(crate) cpu: Duration,
    /// From before its start to its end.
    pub(crate) wall: Duration,
    /// The most memory, in KiB.
    pub(crate) peak: f64,
    /// Its exit code.
    pub(crate) code: i32,
}

/// This program again, as something else.
pub(crate) fn again(role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the system knows what it runs"));
    command.arg(role);
    command
}

/// Runs a command to its end, its stderr in a file of that folder.
pub(crate) fn spent(command: &Command, folder: &Path) -> Spent {
    let mut measuring = again(MEASURE);
    measuring
        .arg(folder.join("stderr"))
        .arg(command.get_program())
        .args(command.get_args());
    let set = |(name, value): (_, Option<_>)| value.map(|value| (name, value));
    measuring
        .env_clear()
        .envs(command.get_envs().filter_map(set))
        .current_dir(folder);
    let output = measuring.output().expect("this program starts");
    let text = String::from_utf8(output.stdout).expect("it is text");
    let numbers: Vec<u64> = text
        .split_whitespace()
        .map(|number| number.parse().expect("it says numbers"))
        .collect();
    let [cpu, wall, peak, code] = numbers[..] else {
        panic!(
            "four numbers, not '{text}': {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    Spent {
        cpu: Duration::from_micros(cpu),
        wall: Duration::from_micros(wall),
        peak: count(peak),
        code: i32::try_from(code).expect("an exit code is small"),
    }
}

/// The process between.
pub(crate) fn measure(arguments: &[String]) {
    let [stderr, program, arguments @ ..] = arguments else {
        panic!("a file and a command");
    };
    let stderr = File::create(stderr).expect("the folder is writable");
    let mut command = Command::new(OsStr::new(program));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr);
    let start = Instant::now();
    let status = command.status().expect("the command starts");
    let wall = start.elapsed();
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system says what a child used");
    let cpu = used.user_time().num_microseconds() + used.system_time().num_microseconds();
    let code = status.code().expect("nobody killed it");
    say(&format!("{cpu} {} {} {code}", wall.as_micros(), used.max_rss()));
}

/// The one in the middle; of an even number, the upper.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A number to divide by, or to be divided.
#[expect(clippy::cast_precision_loss, reason = "no count here is near 2^52")]
pub(crate) fn count(number: impl TryInto<u64, Error: std::fmt::Debug>) -> f64 {
    number.try_into().expect("it counts something") as f64
}
