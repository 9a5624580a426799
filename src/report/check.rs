//! The report of `check`: what an inventory holds and what is wrong with it, as a document and as the last words to a
//! person. The problems' own text is the reader's.

use jiff::civil::Date;
use serde::Serialize;

use super::document::PlaceEntry;
use super::verdict::{INVALID_INPUT, OK};
use super::wording::counted;
use crate::model::{Contents, Inventory};

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
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct Summary {
    pub files: usize,
    pub sources: usize,
    pub namespaces: usize,
    pub repositories: usize,
    pub policies: usize,
    pub skipped: Skipped,
}

/// What a sound inventory leaves out on that day; both are counted among the others too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct Skipped {
    pub namespaces: usize,
    pub repositories: usize,
}

impl CheckReport {
    /// Of an inventory with these problems; sound ones have a summary.
    pub const fn new(problems: Vec<ProblemEntry>, total: usize, summary: Option<Summary>) -> Self {
        Self {
            api_version: "swr-audit/v1",
            kind: "CheckReport",
            valid: summary.is_some(),
            problems,
            total,
            summary,
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
            repositories: 0,
            policies,
            skipped: Skipped::default(),
        };
        for namespace in &inventory.namespaces {
            match &namespace.contents {
                Contents::Skipped(_) => summary.skipped.namespaces += 1,
                Contents::Repositories(repositories) => {
                    summary.repositories += repositories.len();
                    let skips = repositories.iter().filter_map(|repository| repository.skip.as_ref());
                    summary.skipped.repositories += skips.filter(|skip| skip.holds_on(today)).count();
                }
            }
        }
        summary
    }
}

/// What the command returns for a sound inventory.
pub const fn exit_code(warnings: usize, is_strict: bool) -> u8 {
    if is_strict && warnings > 0 { INVALID_INPUT } else { OK }
}

/// The last words: what is in the inventory, and what the command returns.
pub fn last_words(summary: Summary, warnings: usize, is_strict: bool) -> String {
    let skipped = [
        (summary.skipped.namespaces, "namespace", "namespaces"),
        (summary.skipped.repositories, "repository", "repositories"),
    ];
    let skipped: Vec<String> = skipped
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    let skipped = if skipped.is_empty() {
        String::new()
    } else {
        format!("; skipped: {}", skipped.join(", "))
    };
    let told = counted(warnings, "warning", "warnings");
    let why = match (warnings, is_strict) {
        (0, _) => "the inventory is sound".to_owned(),
        (_, false) => format!("the inventory is sound, with {told}"),
        (_, true) => format!("{told}, and --strict lets none pass"),
    };
    let code = exit_code(warnings, is_strict);
    format!(
        "{}, {}, {}, {}{skipped}\nexit {code}  {why}\n",
        counted(summary.sources, "source", "sources"),
        counted(summary.namespaces, "namespace", "namespaces"),
        counted(summary.repositories, "repository", "repositories"),
        counted(summary.policies, "policy", "policies"),
    )
}
