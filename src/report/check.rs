//! The report of `check`: what an inventory holds and what is wrong with it, as a document and as the last words to a
//! person. The problems' own text is the reader's.

use jiff::civil::Date;
use serde::Serialize;

use super::document::PlaceEntry;
use super::live::Live;
use super::verdict::{DRIFT, INCOMPLETE, INVALID_INPUT, NO_AUDIT, OK, SIGINT, SIGTERM};
use super::wording::counted;
use crate::model::{Contents, Inventory, Treatment};

/// The document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct CheckReport {
    api_version: &'static str,
    kind: &'static str,
    pub valid: bool,
    pub problems: Vec<ProblemEntry>,
    pub total: usize,
    pub summary: Option<Summary>,
    pub live: Option<Live>,
}

/// One problem or warning.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct ProblemEntry {
    pub severity: &'static str,
    pub file: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
    pub message: String,
    pub remedy: String,
    pub related: Vec<RelatedEntry>,
}

/// Another place that a problem speaks of.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct RelatedEntry {
    #[serde(flatten)]
    pub place: PlaceEntry,
    pub message: String,
}

/// What a sound inventory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct Summary {
    pub files: usize,
    pub sources: usize,
    pub namespaces: usize,
    pub whole_namespaces: usize,
    pub repositories: usize,
    pub patterns: usize,
    pub policies: usize,
    pub waivers: usize,
    pub skipped: Skipped,
}

/// What a sound inventory leaves out on that day; all are counted among the others too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct Skipped {
    pub namespaces: usize,
    pub repositories: usize,
    pub patterns: usize,
}

impl CheckReport {
    /// Of an inventory with these problems; sound ones have a summary.
    pub const fn new(problems: Vec<ProblemEntry>, total: usize, summary: Option<Summary>, live: Option<Live>) -> Self {
        Self {
            api_version: "swr-audit/v1",
            kind: "CheckReport",
            valid: summary.is_some(),
            problems,
            total,
            summary,
            live,
        }
    }
}

impl Summary {
    /// Counts as of that day; how many policies there are only the reader knows.
    pub fn of(inventory: &Inventory, policies: usize, today: Date) -> Self {
        let mut summary = Self {
            files: inventory.files.len(),
            sources: inventory.sources.len(),
            namespaces: inventory.namespaces.len(),
            whole_namespaces: 0,
            repositories: 0,
            patterns: 0,
            policies,
            waivers: inventory.waivers.len(),
            skipped: Skipped::default(),
        };
        let is_skipped = |treatment: &Treatment| treatment.skip_on(today).is_some();
        for namespace in &inventory.namespaces {
            match &namespace.contents {
                Contents::Whole(whole) if is_skipped(whole) => summary.skipped.namespaces += 1,
                Contents::Whole(_) => summary.whole_namespaces += 1,
                Contents::Listed(listed) => {
                    summary.repositories += listed.repositories.len();
                    summary.patterns += listed.patterns.len();
                    let named = listed.repositories.iter();
                    summary.skipped.repositories += named.filter(|entry| is_skipped(&entry.treatment)).count();
                    let patterns = listed.patterns.iter();
                    summary.skipped.patterns += patterns.filter(|entry| is_skipped(&entry.treatment)).count();
                }
            }
        }
        summary
    }
}

/// What the command returns for a sound inventory.
pub fn exit_code(warnings: usize, is_strict: bool, live: Option<u8>) -> u8 {
    if is_strict && warnings > 0 {
        INVALID_INPUT
    } else {
        live.unwrap_or(OK)
    }
}

/// The last words: what is in the inventory, and what the command returns.
pub fn last_words(summary: Summary, warnings: usize, is_strict: bool, live: Option<&Live>) -> String {
    let present = |counts: &[(usize, &str, &str)]| {
        let present = counts.iter().filter(|(count, ..)| *count > 0);
        let words: Vec<String> = present.map(|(count, one, many)| counted(*count, one, many)).collect();
        words.join(", ")
    };
    let after = |before: &str, words: String| {
        if words.is_empty() {
            String::new()
        } else {
            format!("{before}{words}")
        }
    };
    let skipped = present(&[
        (summary.skipped.namespaces, "namespace", "namespaces"),
        (summary.skipped.repositories, "repository", "repositories"),
        (summary.skipped.patterns, "pattern", "patterns"),
    ]);
    let skipped = after("; skipped: ", skipped);
    let patterns = after(", ", present(&[(summary.patterns, "pattern", "patterns")]));
    let waivers = after(", ", present(&[(summary.waivers, "waiver", "waivers")]));
    let whole = match summary.whole_namespaces {
        0 => String::new(),
        count => format!(" ({count} without `repos`)"),
    };
    let told = counted(warnings, "warning", "warnings");
    let mut why = match (warnings, is_strict) {
        (0, _) => "the inventory is sound".to_owned(),
        (_, false) => format!("the inventory is sound, with {told}"),
        (_, true) => format!("{told}, and --strict lets none pass"),
    };
    let is_confirmed = live.is_none_or(|live| live.limits.is_empty());
    let live = live.map(Live::exit_code);
    why.push_str(match live {
        Some(SIGINT | SIGTERM) => "; interrupted before everything was listed",
        Some(NO_AUDIT) => "; nothing could be listed",
        Some(OK) if is_confirmed => ", and every name is there",
        Some(OK) => ", and every name is there; what was listed may be incomplete",
        Some(DRIFT) => "; names are on one side only",
        Some(INCOMPLETE) => "; not every list is known whole",
        Some(_) => "; names are on one side only, and not every list is known whole",
        None => "",
    });
    let code = exit_code(warnings, is_strict, live);
    format!(
        "{}, {}{whole}, {}{patterns}, {}{waivers}{skipped}\nexit {code}  {why}\n",
        counted(summary.sources, "source", "sources"),
        counted(summary.namespaces, "namespace", "namespaces"),
        counted(summary.repositories, "repository", "repositories"),
        counted(summary.policies, "policy", "policies"),
    )
}
