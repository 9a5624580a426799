//! What `check --live` says: the names of the inventory against those that the service lists. No rule was asked for.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::classes;
use super::document::{FindingEntry, LimitEntry, Open, PlaceEntry};
use super::findings::findings;
use super::limits;
use super::parts::place_entry;
use super::verdict::{DRIFT, INCOMPLETE, NO_AUDIT, OK};
use super::wording::{counted, plain};
use crate::model::{Blindness, Code, Ending, Judged, Limit, ListingGap, NamespaceName, Plan, Severity, UnknownClass};

/// How many rows of a kind a person is shown; what does not fit is counted.
const ROWS: usize = 50;

/// What was listed, and where it differs.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct Live {
    pub namespaces: usize,
    pub repositories: usize,
    pub differences: Vec<LiveDifference>,
    pub unknown: Vec<LiveUnknown>,
    pub limits: Vec<LimitEntry>,
    #[serde(skip)]
    is_silent: bool,
    /// By which signal the asking ended, if by one.
    #[serde(skip)]
    signal: Option<u8>,
}

/// A name that is on one side only.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct LiveDifference {
    pub code: Open<Code>,
    pub severity: Severity,
    pub source: Arc<str>,
    pub namespace: Arc<str>,
    pub repository: Option<Arc<str>>,
    pub message: String,
    pub inventory: PlaceEntry,
}

/// A list that is not known whole.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct LiveUnknown {
    pub class: UnknownClass,
    pub source: Arc<str>,
    pub namespace: Option<Arc<str>>,
    pub http_status: Option<u16>,
    pub error_code: Option<String>,
    pub message: String,
    pub request_id: Option<String>,
    pub attempts: u32,
    pub remediation: Vec<String>,
    pub inventory: PlaceEntry,
}

impl Live {
    /// What was judged of a plan of names.
    pub fn of(plan: &Plan, judged: &Judged, ending: Ending) -> Self {
        let listings = plan
            .namespaces
            .iter()
            .filter_map(|namespace| namespace.listing.as_ref());
        let whole: Vec<_> = listings.filter(|listing| listing.gap().is_none()).collect();
        let is_of_lists = |limit: &&Limit| matches!(limit.blindness, Blindness::ListingUnconfirmed(..));
        let is_silent = judged.gaps.len() == plan.accounts.len() + plan.namespaces.len()
            && !judged.gaps.is_empty()
            && judged.gaps.iter().all(|gap| gap.failure.class.is_silence());
        Self {
            namespaces: whole.len(),
            repositories: whole.iter().map(|listing| listing.listed).sum(),
            differences: findings(plan, judged).0.into_iter().map(LiveDifference::from).collect(),
            unknown: judged.gaps.iter().map(LiveUnknown::from).collect(),
            limits: judged.limits.iter().filter(is_of_lists).map(limits::entry).collect(),
            is_silent,
            signal: match ending {
                Ending::Signal(signal) => Some(signal.exit_code()),
                Ending::Finished | Ending::NoCredential | Ending::Refused | Ending::Deadline(_) => None,
            },
        }
    }

    /// 2 where a name is on one side only, 4 where a list is not known whole, or both; 1 where nothing was listed; that of
    /// the signal where one ended it.
    pub fn exit_code(&self) -> u8 {
        if let Some(code) = self.signal {
            return code;
        }
        if self.is_silent {
            return NO_AUDIT;
        }
        let is_counted = |difference: &LiveDifference| difference.severity != Severity::Info;
        let drift = if self.differences.iter().any(is_counted) {
            DRIFT
        } else {
            OK
        };
        drift + if self.unknown.is_empty() { OK } else { INCOMPLETE }
    }

    /// For a person: a row for each with its place, the gravest first, and the last words. Waivers are the audit's.
    pub fn render(&self, has_waivers: bool) -> String {
        let mut text = String::new();
        let mut differences: Vec<&LiveDifference> = self.differences.iter().collect();
        differences.sort_by_key(|difference| Reverse(difference.severity));
        rows(&mut text, &differences, |difference| {
            let what = format!("{:<8} {}: {}", difference.severity, difference.code, difference.message);
            at(&difference.inventory, &what)
        });
        rows(&mut text, &self.unknown, |unknown| {
            at(
                &unknown.inventory,
                &format!(
                    "unknown  {}: {}{}",
                    unknown.class,
                    unknown.message,
                    classes::request(unknown.http_status, unknown.request_id.as_deref())
                ),
            )
        });
        line(&mut text, &self.told());
        rows(&mut text, &self.limits, |limit| {
            let (source, message) = (plain(&limit.source), plain(&limit.message));
            format!("limit   {}: {message} ({source})", limit.code)
        });
        if has_waivers && !self.differences.is_empty() {
            line(
                &mut text,
                "note    waivers are not considered here: differences that they accept are shown too",
            );
        }
        if let Some(step) = self.next_step() {
            line(&mut text, &format!("next    {step}"));
        }
        text
    }

    /// What was cut short says nothing of why the rest is unknown.
    fn next_step(&self) -> Option<String> {
        if self.signal.is_some() {
            return Some(classes::SAME_AGAIN.to_owned());
        }
        let first = self.unknown.first()?;
        Some(first.remediation.join("; "))
    }

    fn told(&self) -> String {
        let unconfirmed = match self.limits.len() {
            0 => String::new(),
            count => format!(", {} not confirmed", counted(count, "list is", "lists are")),
        };
        format!(
            "live: {} and {} listed; {} on one side only, {} not known whole{unconfirmed}",
            counted(self.namespaces, "namespace", "namespaces"),
            counted(self.repositories, "repository", "repositories"),
            counted(self.differences.len(), "name is", "names are"),
            counted(self.unknown.len(), "list is", "lists are"),
        )
    }
}

impl From<FindingEntry> for LiveDifference {
    fn from(finding: FindingEntry) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity,
            source: finding.source,
            namespace: finding.namespace,
            repository: finding.repository,
            message: finding.message,
            inventory: finding.inventory,
        }
    }
}

impl From<&ListingGap> for LiveUnknown {
    fn from(gap: &ListingGap) -> Self {
        let failure = &gap.failure;
        Self {
            class: failure.class,
            source: Arc::clone(&gap.source.name),
            namespace: gap.namespace.as_ref().map(NamespaceName::shared),
            http_status: failure.http_status,
            error_code: failure.error_code.clone(),
            message: classes::gap(gap.namespace.as_ref(), failure),
            request_id: failure.evidence.request_id.clone(),
            attempts: failure.evidence.attempts,
            remediation: classes::list_remediation(failure),
            inventory: place_entry(&gap.place),
        }
    }
}

fn rows<T>(text: &mut String, told: &[T], row: impl Fn(&T) -> String) {
    for one in told.iter().take(ROWS) {
        line(text, &row(one));
    }
    match told.len().saturating_sub(ROWS) {
        0 => {}
        rest => line(text, &format!("... and {rest} more: --format json has all")),
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes everything");
}

fn at(place: &PlaceEntry, what: &str) -> String {
    format!("{}:{}  {what}", plain(&place.file), place.line)
}
