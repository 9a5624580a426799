//! The verdict: one formula, in one place.
//!
//! **(2 if any unwaived finding is at or over the threshold) + (4 if anything is unknown)**, after the endings that
//! leave no room for it. These numbers are an interface; a test holds the README's table against the binary.

use crate::model::words::words;
use crate::model::{Ending, Severity, Signal, UnknownClass};

/// Everything was audited, and nothing is at or over the threshold.
pub const OK: u8 = 0;
/// No audit: nothing could be asked, or the cause is ours.
pub const NO_AUDIT: u8 = 1;
/// Drift at or over the threshold.
pub const DRIFT: u8 = 2;
/// Something is unknown. Added to [`DRIFT`] where both hold.
pub const INCOMPLETE: u8 = 4;
/// Both.
pub const DRIFT_AND_INCOMPLETE: u8 = DRIFT + INCOMPLETE;
/// A bad command line.
pub const USAGE: u8 = 64;
/// An invalid inventory.
pub const INVALID_INPUT: u8 = 65;
/// Nothing was to be audited.
pub const NOTHING_TO_AUDIT: u8 = 66;
/// Interrupted by SIGINT.
pub const SIGINT: u8 = Signal::Interrupt.exit_code();
/// Interrupted by SIGTERM.
pub const SIGTERM: u8 = Signal::Terminate.exit_code();

/// From which severity on a finding counts for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// This severity and everything over it.
    Severity(Severity),
    /// No finding counts.
    Never,
}

impl FailOn {
    /// Whether a finding of that severity counts.
    pub fn counts(self, severity: Severity) -> bool {
        match self {
            Self::Severity(threshold) => severity >= threshold,
            Self::Never => false,
        }
    }
}

/// What the formula looks at.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// How the fetching ended.
    pub ending: Ending,
    /// Whether it is one of several runs that share the work: nothing to do is nothing wrong then.
    pub is_shard: bool,
    /// Repositories and listings that were to be asked for.
    pub to_ask: usize,
    /// The class of every one of them that is not known, those among them that only a warning rests on.
    pub unanswered: &'a [UnknownClass],
    /// Whether anything is unknown.
    pub is_incomplete: bool,
    /// The severities of the findings that may count: those that no waiver covers and, if only new ones count, are new.
    pub findings: &'a [Severity],
    /// The number of the others.
    pub others: usize,
    /// The threshold.
    pub fail_on: FailOn,
}

words! {
    /// How a run ended, in the words of the report.
    pub enum Status {
        /// Everything was seen.
        Complete = "complete",
        /// Something is unknown.
        Incomplete = "incomplete",
        /// Nothing could be audited.
        Failed = "failed",
    }
}

/// Why the exit code is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The exit code, before `--exit-zero`.
    pub code: u8,
    /// Whether a finding is at or over the threshold.
    pub drift: bool,
    /// Whether anything is unknown.
    pub incomplete: bool,
    /// The run's status.
    pub status: Status,
}

impl Verdict {
    /// The formula.
    pub fn of(facts: &Facts<'_>) -> Self {
        let drift = facts.findings.iter().any(|&severity| facts.fail_on.counts(severity));
        let incomplete = facts.is_incomplete;
        let (code, status) = match facts.ending {
            _ if facts.are_nothing() => (NOTHING_TO_AUDIT, Status::Complete),
            Ending::Signal(signal) => (signal.exit_code(), Status::Incomplete),
            Ending::NoCredential | Ending::Refused => (NO_AUDIT, Status::Failed),
            Ending::Finished | Ending::Deadline(_) if facts.nobody_answered() => (NO_AUDIT, Status::Failed),
            Ending::Finished | Ending::Deadline(_) => {
                let code = if drift { DRIFT } else { OK } + if incomplete { INCOMPLETE } else { 0 };
                (
                    code,
                    if incomplete {
                        Status::Incomplete
                    } else {
                        Status::Complete
                    },
                )
            }
        };
        Self {
            code,
            drift,
            incomplete,
            status,
        }
    }

    /// What the process returns: `--exit-zero` forgives drift and gaps, and nothing else.
    pub fn exit_code(&self, exit_zero: bool) -> u8 {
        let is_sum = matches!(self.code, 2 | 4 | 6);
        if exit_zero && is_sum { OK } else { self.code }
    }
}

impl Facts<'_> {
    /// Whether there was nothing to ask for, and nothing is reported.
    const fn are_nothing(&self) -> bool {
        let is_nothing_told = self.findings.is_empty() && self.others == 0 && !self.is_incomplete;
        self.to_ask == 0 && is_nothing_told && !self.is_shard
    }

    /// Whether there was something to ask for and the service answered none of it.
    fn nobody_answered(&self) -> bool {
        let all_are_silence = self.unanswered.iter().all(|class| class.is_silence());
        self.to_ask > 0 && self.unanswered.len() == self.to_ask && all_are_silence
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use UnknownClass::{AccessDenied, Interrupted, ServerError, Unreachable};

    fn facts<'a>(to_ask: usize, unknown: &'a [UnknownClass], findings: &'a [Severity]) -> Facts<'a> {
        Facts {
            ending: Ending::Finished,
            is_shard: false,
            to_ask,
            unanswered: unknown,
            is_incomplete: !unknown.is_empty(),
            findings,
            others: 0,
            fail_on: LOW,
        }
    }

    fn code(ending: Ending, to_ask: usize, unknown: &[UnknownClass], findings: &[Severity], fail_on: FailOn) -> u8 {
        Verdict::of(&Facts {
            ending,
            fail_on,
            ..facts(to_ask, unknown, findings)
        })
        .code
    }

    const LOW: FailOn = FailOn::Severity(Severity::Low);

    #[test]
    fn the_sum_of_drift_and_gaps() {
        use Ending::Finished;
        for (to_ask, unknown, findings, expected) in [
            (3, &[][..], &[][..], 0),
            (3, &[], &[Severity::Low], 2),
            (3, &[], &[Severity::Info], 0),
            (3, &[AccessDenied], &[], 4),
            (3, &[AccessDenied], &[Severity::High], 6),
            // All denied is 4: the service did answer.
            (2, &[AccessDenied, AccessDenied], &[], 4),
            // Nobody answered at all.
            (2, &[Unreachable, ServerError], &[], 1),
            (2, &[Unreachable, ServerError], &[Severity::Medium], 1),
            (2, &[Unreachable, AccessDenied], &[], 4),
            (0, &[], &[], 66),
        ] {
            assert_eq!(
                code(Finished, to_ask, unknown, findings, LOW),
                expected,
                "{to_ask} {unknown:?} {findings:?}"
            );
        }
    }

    #[test]
    fn the_threshold_moves_the_two_and_nothing_else() {
        let high = FailOn::Severity(Severity::High);
        assert_eq!(code(Ending::Finished, 1, &[], &[Severity::Medium], high), 0);
        assert_eq!(code(Ending::Finished, 1, &[], &[Severity::Critical], high), 2);
        assert_eq!(
            code(
                Ending::Finished,
                2,
                &[AccessDenied],
                &[Severity::Critical],
                FailOn::Never
            ),
            4
        );
    }

    #[test]
    fn the_precedence_of_endings() {
        assert_eq!(
            code(
                Ending::Signal(Signal::Interrupt),
                1,
                &[Interrupted],
                &[Severity::High],
                LOW
            ),
            130
        );
        assert_eq!(
            code(Ending::Signal(Signal::Terminate), 1, &[Unreachable], &[], LOW),
            143
        );
        assert_eq!(
            code(Ending::NoCredential, 1, &[UnknownClass::Unauthenticated], &[], LOW),
            1
        );
        assert_eq!(code(Ending::Signal(Signal::Interrupt), 0, &[], &[], LOW), 66);
    }

    #[test]
    fn an_empty_shard_and_an_empty_listing_are_no_reason_to_fail() {
        let empty = facts(0, &[], &[]);
        let shard = Facts {
            is_shard: true,
            ..empty.clone()
        };
        let waived = Facts {
            others: 1,
            ..empty.clone()
        };
        assert_eq!(Verdict::of(&empty).code, 66);
        assert_eq!(Verdict::of(&shard).code, 0);
        assert_eq!(Verdict::of(&waived).code, 0);
        assert_eq!(Verdict::of(&facts(1, &[], &[])).code, 0, "a listing that answered");
    }

    #[test]
    fn a_listing_that_only_warns_is_no_gap_but_may_be_all_that_was_asked() {
        let failed = Facts {
            is_incomplete: false,
            ..facts(1, &[Unreachable], &[])
        };
        assert_eq!(Verdict::of(&failed).code, 1);
        let beside_an_answer = Facts { to_ask: 2, ..failed };
        assert_eq!(Verdict::of(&beside_an_answer).code, 0);
    }

    #[test]
    fn a_source_without_a_credential_beside_one_that_answered_is_a_gap() {
        let classes = [UnknownClass::Unauthenticated, UnknownClass::Unauthenticated];
        assert_eq!(Verdict::of(&facts(3, &classes, &[])).code, 4);
        assert_eq!(Verdict::of(&facts(3, &classes, &[Severity::High])).code, 6);
        assert_eq!(Verdict::of(&facts(2, &classes, &[])).code, 1);
    }

    #[test]
    fn a_deadline_is_no_interruption() {
        let deadline = Ending::Deadline(Some(Duration::from_mins(10)));
        for (unknown, findings, expected) in [
            (&[Interrupted, Interrupted][..], &[][..], 4),
            (&[Interrupted], &[Severity::High], 6),
            (&[Interrupted, Unreachable], &[], 4),
            (&[], &[Severity::High], 2),
            (&[], &[], 0),
        ] {
            assert_eq!(
                code(deadline, 2, unknown, findings, LOW),
                expected,
                "{unknown:?} {findings:?}"
            );
        }
    }

    #[test]
    fn exit_zero_forgives_only_the_sum() {
        for (code, expected) in [(0, 0), (1, 1), (2, 0), (4, 0), (6, 0), (66, 66), (130, 130), (143, 143)] {
            let verdict = Verdict {
                code,
                drift: false,
                incomplete: false,
                status: Status::Complete,
            };
            assert_eq!(verdict.exit_code(true), expected);
            assert_eq!(verdict.exit_code(false), code);
        }
    }
}
