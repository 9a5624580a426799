//! Why the exit code is what it is, in one sentence.

use std::collections::BTreeSet;
use std::time::Duration;

use super::document::{FindingEntry, Mark, RepoCounts, UnknownEntry};
use super::unread::Asked;
use super::verdict::{FailOn, NO_AUDIT, NOTHING_TO_AUDIT, Verdict};
use super::wording::{counted, duration, plain};
use crate::model::{Ending, Signal, UnknownClass};

/// What the sentence is made of.
pub(super) struct Facts<'a> {
    pub verdict: &'a Verdict,
    pub ending: Ending,
    pub fail_on: FailOn,
    /// Whether only findings count that the baseline does not have.
    pub fail_on_new: bool,
    /// Whether `--only` said what is spoken of.
    pub is_selection: bool,
    pub findings: &'a [FindingEntry],
    pub unknown: &'a [UnknownEntry],
    pub repos: RepoCounts,
    /// Repositories that are no longer listed, where that is not believed.
    pub unlisted: usize,
    /// Lists that are not known whole, and that more than a warning rests on.
    pub lists: usize,
    /// Patterns of `--only` that select nothing.
    pub empty_selections: usize,
    /// Whether the credential is another account's.
    pub is_other_account: bool,
    pub asked: &'a Asked,
}

/// The sentence behind a verdict.
pub(super) fn of(facts: &Facts<'_>) -> String {
    match (facts.verdict.code, facts.ending) {
        (NOTHING_TO_AUDIT, _) if facts.is_selection => "nothing to audit: --only selects nothing to ask for".to_owned(),
        (NOTHING_TO_AUDIT, _) => "nothing to audit: the inventory names no repository to ask for".to_owned(),
        (NO_AUDIT, Ending::NoCredential) => "no audit: there was no credential, so nothing was asked".to_owned(),
        (NO_AUDIT, Ending::Refused) if facts.is_other_account => {
            "no audit: the credential is one of another account than `accountId` says, so nothing more was asked"
                .to_owned()
        }
        (NO_AUDIT, Ending::Refused) => facts.refused(),
        (NO_AUDIT, Ending::Finished | Ending::Signal(_) | Ending::Deadline(_)) => {
            format!("no audit: not one of {} could be read", facts.all_unread())
        }
        (_, Ending::Signal(signal)) => facts.interrupted(signal),
        (_, Ending::Deadline(deadline)) if facts.verdict.incomplete => facts.stopped(deadline),
        (_, Ending::Finished | Ending::NoCredential | Ending::Refused | Ending::Deadline(_)) => {
            let mut parts = vec![facts.drift()];
            parts.extend(facts.unknown());
            parts.join("; ")
        }
    }
}

impl Facts<'_> {
    /// With what the service said, once each where sources were refused for different reasons.
    fn refused(&self) -> String {
        let is_refusal = |entry: &&UnknownEntry| entry.class == UnknownClass::Unauthenticated;
        let answer = |entry: &UnknownEntry| {
            let status = entry.http_status?;
            let code = entry.error_code.iter().map(|code| format!(", {}", plain(code)));
            Some(format!("HTTP {status}{}", code.collect::<String>()))
        };
        let answers: BTreeSet<String> = self.unknown.iter().filter(is_refusal).filter_map(answer).collect();
        let answers: Vec<String> = answers.into_iter().collect();
        let answers = match &answers[..] {
            [] => String::new(),
            answers => format!(" ({})", answers.join("; ")),
        };
        format!("no audit: the credential was refused{answers}, so nothing more was asked")
    }

    fn interrupted(&self, signal: Signal) -> String {
        let mut parts = vec![format!("interrupted by {signal}")];
        parts.extend(self.unknown());
        parts.join("; ")
    }

    fn stopped(&self, deadline: Option<Duration>) -> String {
        let deadline = deadline.map_or_else(String::new, |deadline| format!(" of {}", duration(deadline)));
        let mut parts = vec![format!("the deadline{deadline} was reached")];
        parts.extend(self.unknown());
        if !self.findings.is_empty() {
            parts.push(self.drift());
        }
        parts.join("; ")
    }

    /// What is unknown, and where that is all there is of a source.
    fn unknown(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if self.repos.unknown > 0 {
            let repositories = counted(self.repos.unknown, "repository is", "repositories are");
            parts.push(format!("{repositories} unknown"));
        }
        if self.unlisted > 0 {
            let repositories = counted(self.unlisted, "repository is", "repositories are");
            parts.push(format!("{repositories} no longer listed, which is not believed"));
        }
        if self.lists > 0 {
            parts.push(format!(
                "{} not known whole",
                counted(self.lists, "list is", "lists are")
            ));
        }
        if self.empty_selections > 0 {
            let patterns = counted(
                self.empty_selections,
                "pattern of --only selects",
                "patterns of --only select",
            );
            parts.push(format!("{patterns} nothing"));
        }
        let unread = self.asked.unread.iter();
        parts.extend(unread.map(|source| format!("nothing of source `{}` was read", plain(source))));
        parts
    }

    fn all_unread(&self) -> String {
        let lists = self.asked.count.saturating_sub(self.repos.unknown);
        let parts = [
            (self.repos.unknown, "repository", "repositories"),
            (lists, "list", "lists"),
        ];
        let told = parts.into_iter().filter(|(count, ..)| *count > 0);
        let told: Vec<String> = told.map(|(count, one, many)| counted(count, one, many)).collect();
        told.join(" and ")
    }

    /// The findings that count, and beside them those that do not.
    fn drift(&self) -> String {
        let unwaived = || self.findings.iter().filter(|finding| !finding.is_waived());
        let (all, waived) = (unwaived().count(), self.findings.len() - unwaived().count());
        let (new, known) = if self.fail_on_new {
            let new = unwaived().filter(|finding| finding.status == Mark::New);
            ("new ", all - new.count())
        } else {
            ("", 0)
        };
        let is_counted = |finding: &&FindingEntry| {
            self.fail_on.counts(finding.severity) && (!self.fail_on_new || finding.status == Mark::New)
        };
        let (count, threshold) = match self.fail_on {
            FailOn::Severity(threshold) => {
                let counting = unwaived().filter(is_counted).count();
                (counting, format!("at or over {}", threshold.name()))
            }
            FailOn::Never => (all - known, "and none of them counts (--fail-on never)".to_owned()),
        };
        let told = match (all, count) {
            (0, _) => "no finding".to_owned(),
            (_, 0) => format!("no {new}finding {threshold}"),
            _ => format!(
                "{} {threshold}",
                counted(count, &format!("{new}finding"), &format!("{new}findings"))
            ),
        };
        let others = [(known, "known"), (waived, "waived")];
        let others = others.iter().filter(|(count, _)| *count > 0);
        let others: Vec<String> = others.map(|(count, word)| format!(", and {count} {word}")).collect();
        told + &others.concat()
    }
}
