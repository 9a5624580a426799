//! How the asking of a run ended.

use std::fmt;
use std::time::Duration;

/// How the asking of a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Finished,
    /// No credential was found, or none was issued: nothing was asked.
    NoCredential,
    /// The credential was refused at the probe: nothing more was asked.
    Refused,
    /// By a signal.
    Signal(Signal),
    /// By the deadline, which was so long (`None`: the journal does not say). Such a run did what it was ordered to, so it
    /// does not count as interrupted: its exit code is the sum.
    Deadline(Option<Duration>),
}

/// The signals that stop a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: somebody pressed Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Ending {
    /// Whether the run was stopped, and so may have left repositories unasked that another run can go on with.
    pub const fn was_stopped(self) -> bool {
        match self {
            Self::Signal(_) | Self::Deadline(_) => true,
            Self::Finished | Self::NoCredential | Self::Refused => false,
        }
    }
}

impl Signal {
    /// The exit code of a process that it ends: 128 and its number.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 128 + 2,
            Self::Terminate => 128 + 15,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}
