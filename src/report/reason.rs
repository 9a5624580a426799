//! Why the exit code is what it is, in one sentence.

use super::document::{FindingEntry, RepoCounts};
use super::verdict::{Ending, FailOn, SIGINT, Verdict};
use super::wording::{counted, duration};
use crate::model::Severity;

/// The sentence behind a verdict.
pub(super) fn of(
    verdict: &Verdict,
    ending: Ending,
    fail_on: FailOn,
    findings: &[FindingEntry],
    repos: RepoCounts,
) -> String {
    let unknown = || {
        format!(
            "{} unknown",
            counted(repos.unknown, "repository is", "repositories are")
        )
    };
    match verdict.code {
        super::verdict::NOTHING_TO_AUDIT => "nothing to audit: the inventory names no repository to ask for".to_owned(),
        super::verdict::NO_AUDIT => match ending {
            Ending::NoCredential => "no audit: there was no credential, so nothing was asked".to_owned(),
            Ending::Refused => "no audit: the credential was refused, so nothing more was asked".to_owned(),
            Ending::Finished | Ending::Signal(_) | Ending::Deadline(_) => {
                format!(
                    "no audit: not one of {} could be read",
                    counted(repos.unknown, "repository", "repositories")
                )
            }
        },
        _ => match ending {
            Ending::Signal(code) => {
                let signal = if code == SIGINT { "SIGINT" } else { "SIGTERM" };
                let rest = if repos.unknown == 0 {
                    String::new()
                } else {
                    format!("; {}", unknown())
                };
                format!("interrupted by {signal}{rest}")
            }
            Ending::Deadline(deadline) if verdict.incomplete => {
                let deadline = deadline.map_or_else(String::new, |deadline| format!(" of {}", duration(deadline)));
                let mut parts = vec![format!("the deadline{deadline} was reached"), unknown()];
                if !findings.is_empty() {
                    parts.push(drift(fail_on, findings));
                }
                parts.join("; ")
            }
            Ending::Finished | Ending::NoCredential | Ending::Refused | Ending::Deadline(_) => {
                let mut parts = vec![drift(fail_on, findings)];
                if verdict.incomplete {
                    parts.push(unknown());
                }
                parts.join("; ")
            }
        },
    }
}

fn drift(fail_on: FailOn, findings: &[FindingEntry]) -> String {
    let counting = findings
        .iter()
        .filter(|finding| Severity::from_name(finding.severity).is_some_and(|severity| fail_on.counts(severity)))
        .count();
    let (count, threshold) = match fail_on {
        FailOn::Severity(threshold) => (counting, format!("at or over {}", threshold.name())),
        FailOn::Never => (findings.len(), "and none of them counts (--fail-on never)".to_owned()),
    };
    match (findings.len(), count) {
        (0, _) => "no finding".to_owned(),
        (_, 0) => format!("no finding {threshold}"),
        _ => format!("{} {threshold}", counted(count, "finding", "findings")),
    }
}
