//! One report that was read: whether it is one, and whether its words and counts can be relied on.
//!
//! A word that is not known would count nowhere, and a finding that counts nowhere makes a green that nobody can trust.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use super::super::assemble::{API_VERSION, KIND, LEVEL};
use super::super::document::Report;
use super::super::verdict::Status;
use super::super::wording::plain;
use crate::model::{Blindness, Code, Outcome, Severity, UnknownClass, WaiverState};

/// Why a file is no report that can be joined.
#[derive(Debug, thiserror::Error)]
pub enum NoReport {
    /// It could not be read at all.
    #[error("it cannot be read: {0}")]
    Unread(String),
    /// It is larger than anything that is read.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// It is no JSON, or not of this shape.
    #[error("it is no report of swr-audit: {}", plain(&.0.to_string()))]
    Shape(#[from] serde_json::Error),
    /// It is a document of another kind.
    #[error("it is a {kind} of {api_version}, and no {KIND} of {API_VERSION}")]
    Kind {
        /// What it says of its version.
        api_version: String,
        /// What it says that it is.
        kind: String,
    },
    /// It was written by another version of the tool.
    #[error(
        "it was written by swr-audit {0}, and this is {version}: reports are joined by the version that wrote them",
        version = env!("CARGO_PKG_VERSION")
    )]
    Version(String),
    /// A word or a time that no report holds.
    #[error("it says '{word}' where {what} should stand")]
    Word {
        /// What stands there.
        word: String,
        /// What should.
        what: &'static str,
    },
    /// Its counts are not those of its rows.
    #[error("its counts do not agree with its rows: it was changed after it was written")]
    Counts,
}

/// What every document says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    api_version: String,
    kind: String,
}

/// Reads a report, and looks at its words and counts.
///
/// # Errors
/// Why it is none that can be joined.
pub fn read(text: &[u8]) -> Result<Report, NoReport> {
    // Of a later version it may have another shape: what it says it is comes first.
    if let Ok(head) = serde_json::from_slice::<Head>(text)
        && (head.api_version != API_VERSION || head.kind != KIND)
    {
        return Err(NoReport::Kind {
            api_version: plain(&head.api_version),
            kind: plain(&head.kind),
        });
    }
    let report: Report = serde_json::from_slice(text)?;
    check_words(&report)?;
    if agrees(&report) {
        Ok(report.in_todays_form())
    } else {
        Err(NoReport::Counts)
    }
}

fn check_words(report: &Report) -> Result<(), NoReport> {
    let run = &report.run;
    if run.tool_version != env!("CARGO_PKG_VERSION") {
        return Err(NoReport::Version(plain(&run.tool_version)));
    }
    let is_status = |word: &str| Status::ALL.iter().any(|status| status.name() == word);
    let is_outcome = |word: &str| Outcome::ALL.iter().any(|outcome| outcome.name() == word);
    let is_state = |word: &str| WaiverState::ALL.iter().any(|state| state.name() == word);
    let is_class = |word: &str| UnknownClass::from_name(word).is_some();
    hold("a status", [&*report.status], is_status)?;
    hold("a level", [&*run.level], |word| word == LEVEL)?;
    hold("a time", [&*run.started_at, &*run.finished_at], |word| {
        word.parse::<Timestamp>().is_ok()
    })?;
    let limits = report.limits.iter();
    hold("a limit", limits.map(|limit| &*limit.code), |word| {
        Blindness::CODES.contains(&word)
    })?;
    let findings = report.findings.iter();
    hold("a finding's code", findings.clone().map(|it| &*it.code), |word| {
        Code::from_name(word).is_some()
    })?;
    hold("a severity", findings.clone().map(|it| &*it.severity), |word| {
        Severity::from_name(word).is_some()
    })?;
    hold("a finding's status", findings.map(|it| &*it.status), |word| {
        matches!(word, "new" | "known" | "waived")
    })?;
    let rows = report.repositories.iter();
    hold("an outcome", rows.clone().map(|row| &*row.outcome), is_outcome)?;
    let classes = rows.filter_map(|row| row.unknown_class.as_deref());
    let unknown = report.unknown.iter().map(|entry| &*entry.class);
    hold("a class of unknown", classes.chain(unknown), is_class)?;
    let states = report.waivers.iter().map(|waiver| &*waiver.state);
    hold("a waiver's state", states, is_state)
}

fn hold<'a>(
    what: &'static str,
    words: impl IntoIterator<Item = &'a str>,
    is_one: impl Fn(&str) -> bool,
) -> Result<(), NoReport> {
    match words.into_iter().find(|word| !is_one(word)) {
        Some(word) => Err(NoReport::Word {
            word: plain(word),
            what,
        }),
        None => Ok(()),
    }
}

/// Whether its rows are as many as it counts, none twice and each of a source that was asked; whether what it calls
/// waived has its waiver, and what is unknown its class.
fn agrees(report: &Report) -> bool {
    let repos = report.summary.repos;
    let with = |outcome: Outcome| {
        let rows = report.repositories.iter();
        rows.filter(|row| row.outcome == outcome.name()).count()
    };
    let skipped = report.skipped.iter().filter(|entry| entry.repository.is_some()).count();
    let all = report.repositories.len().checked_add(skipped);
    let sources: BTreeSet<&str> = report.run.sources.iter().map(|source| &*source.name).collect();
    let mut seen = BTreeSet::new();
    let mut rows = report.repositories.iter();
    let findings = &report.summary.findings;
    let told = [findings.new, findings.known, findings.waived];
    // A finding that counts in a row stands among the findings: its own, or one that it shares.
    let has_findings = report.repositories.iter().any(|row| row.findings + row.waived > 0);
    told.iter().sum::<usize>() == report.findings.len()
        && has_findings <= !report.findings.is_empty()
        && repos.expected.checked_add(repos.discovered) == all
        && repos.skipped == skipped
        && repos.ok == with(Outcome::Ok)
        && repos.drift == with(Outcome::Drift)
        && repos.waived == with(Outcome::Waived)
        && repos.unknown == with(Outcome::Unknown)
        && rows.all(|row| {
            let is_unknown = row.outcome == Outcome::Unknown.name();
            is_unknown == row.unknown_class.is_some()
                && sources.contains(&*row.source)
                && seen.insert((&row.source, &row.namespace, &row.repository))
        })
        && report
            .findings
            .iter()
            .all(|finding| (finding.status == "waived") == finding.is_waived())
}
