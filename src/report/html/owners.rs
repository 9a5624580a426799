//! Whose it is: what is open, by owner.

use std::collections::BTreeMap;

use super::super::document::Report;
use super::super::order::Rank;
use super::items::owners_of;
use super::names::Names;

/// The columns, in the order of [`Rank`].
pub(super) const COLUMNS: [&str; 6] = ["critical", "high", "unknown", "medium", "low", "info"];

/// What is open of one owner.
pub(super) struct OwnerRow<'a> {
    pub(super) name: &'a str,
    /// In the form; 0: it is nobody's.
    pub(super) number: usize,
    pub(super) counts: [usize; COLUMNS.len()],
}

impl OwnerRow<'_> {
    pub(super) fn all(&self) -> usize {
        self.counts.iter().sum()
    }
}

/// The owners, the one with the worst first.
pub(super) fn owners<'a>(report: &'a Report, names: &Names<'a>) -> Vec<OwnerRow<'a>> {
    let mut rows: BTreeMap<&str, [usize; COLUMNS.len()]> = BTreeMap::new();
    let mut add = |owner: &'a str, rank: Rank| rows.entry(owner).or_default()[rank as usize] += 1;
    for finding in report.findings.iter().filter(|finding| !finding.is_waived()) {
        let rank = Rank::of(finding.severity);
        let mut owners = owners_of(finding).peekable();
        if owners.peek().is_none() {
            add("", rank);
        }
        owners.for_each(|owner| add(owner, rank));
    }
    for unknown in &report.unknown {
        add(unknown.owner.as_deref().unwrap_or_default(), Rank::Unknown);
    }
    let row = |(name, counts)| OwnerRow {
        name,
        number: names.number(name),
        counts,
    };
    let mut rows: Vec<OwnerRow<'_>> = rows.into_iter().map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.counts));
    rows
}
