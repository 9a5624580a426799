//! How a recorded run ended.

use std::time::Duration;

/// How the asking of a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// By itself.
    Finished,
    /// There was no credential.
    NoCredential,
    /// The credential was refused at the probe.
    Refused,
    /// SIGINT.
    Sigint,
    /// SIGTERM.
    Sigterm,
    /// The deadline, which was so long.
    Deadline(Option<Duration>),
}

impl RunEnd {
    /// The words of all of them.
    pub const NAMES: [&str; 6] = ["finished", "no-credential", "refused", "sigint", "sigterm", "deadline"];

    /// The word in the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::NoCredential => "no-credential",
            Self::Refused => "refused",
            Self::Sigint => "sigint",
            Self::Sigterm => "sigterm",
            Self::Deadline(_) => "deadline",
        }
    }

    /// Reads [`RunEnd::name`], with the deadline that stands beside it.
    pub fn from_name(name: &str, deadline: Option<Duration>) -> Option<Self> {
        let all = [
            Self::Finished,
            Self::NoCredential,
            Self::Refused,
            Self::Sigint,
            Self::Sigterm,
            Self::Deadline(deadline),
        ];
        all.into_iter().find(|end| end.name() == name)
    }

    /// Whether it was told to stop, and so may have left repositories unasked that another run can go on with.
    pub const fn was_stopped(self) -> bool {
        match self {
            Self::Sigint | Self::Sigterm | Self::Deadline(_) => true,
            Self::Finished | Self::NoCredential | Self::Refused => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_it_is_written() {
        for name in RunEnd::NAMES {
            let end = RunEnd::from_name(name, Some(Duration::from_secs(1))).expect("one of the words");
            assert_eq!(end.name(), name);
        }
        assert_eq!(RunEnd::from_name("killed", None), None);
    }
}
