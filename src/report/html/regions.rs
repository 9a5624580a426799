//! Regions, and the ways between them on which something is wrong.

use std::collections::BTreeMap;

use super::super::document::{RegionEntry, Report, TargetEntry};
use super::super::order::Rank;

/// A region that was audited.
pub(super) struct Region<'a> {
    pub(super) name: &'a str,
    pub(super) repositories: usize,
    pub(super) sole: Option<&'a RegionEntry>,
}

/// The regions of the sources, by name.
pub(super) fn regions(report: &Report) -> Vec<Region<'_>> {
    let sources: BTreeMap<&str, &str> = report
        .run
        .sources
        .iter()
        .map(|source| (&*source.name, &*source.region))
        .collect();
    let mut counts: BTreeMap<&str, usize> = sources.values().map(|region| (*region, 0)).collect();
    counts.extend(report.regions.iter().map(|entry| (&*entry.region, 0)));
    for row in &report.repositories {
        if let Some(region) = sources.get(&*row.source) {
            *counts.entry(region).or_default() += 1;
        }
    }
    let region = |(name, repositories)| Region {
        name,
        repositories,
        sole: report.regions.iter().find(|entry| &*entry.region == name),
    };
    counts.into_iter().map(region).collect()
}

/// What is open from one region to another.
#[derive(Clone, Copy)]
pub(super) struct Route<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    /// The worst of it: a severity, or `unknown`.
    pub(super) word: &'static str,
    rank: Rank,
    pub(super) findings: usize,
    pub(super) unknowns: usize,
}

/// The routes, the worst first.
pub(super) fn routes(report: &Report) -> Vec<Route<'_>> {
    let findings = report.findings.iter().filter(|finding| !finding.is_waived());
    let findings = findings.map(|finding| {
        let rank = (Rank::of(finding.severity), finding.severity.name());
        (&*finding.region, finding.target.as_ref(), rank, true)
    });
    let unknowns = report.unknown.iter().map(|unknown| {
        let rank = (Rank::Unknown, "unknown");
        (&*unknown.region, unknown.target.as_ref(), rank, false)
    });
    let mut routes: BTreeMap<(&str, &str), Route<'_>> = BTreeMap::new();
    for (from, target, (rank, word), is_finding) in findings.chain(unknowns) {
        let Some(TargetEntry { region: to, .. }) = target else {
            continue;
        };
        let route = routes.entry((from, to)).or_insert(Route {
            from,
            to,
            word,
            rank,
            findings: 0,
            unknowns: 0,
        });
        if rank < route.rank {
            (route.rank, route.word) = (rank, word);
        }
        *(if is_finding {
            &mut route.findings
        } else {
            &mut route.unknowns
        }) += 1;
    }
    let mut routes: Vec<Route<'_>> = routes.into_values().collect();
    routes.sort_by_key(|route| (route.rank, std::cmp::Reverse(route.findings + route.unknowns)));
    routes
}
