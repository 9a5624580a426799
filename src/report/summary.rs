//! The counts of a report.

use super::document::{FindingCounts, RepoCounts, RuleCounts, Summary};
use crate::model::{Code, Finding, Judged, Outcome, Plan, Severity};

/// Counts repositories, rules and findings.
pub(super) fn summary(plan: &Plan, judged: &Judged) -> Summary {
    let with = |outcome: Outcome| judged.repositories.iter().filter(|row| row.outcome == outcome).count();
    let skipped = plan
        .skipped
        .iter()
        .filter(|skipped| skipped.repository.is_some())
        .count();
    let (ok, drift, waived, unknown) = (
        with(Outcome::Ok),
        with(Outcome::Drift),
        with(Outcome::Waived),
        with(Outcome::Unknown),
    );
    let own: Vec<&Finding> = judged.repositories.iter().flat_map(|row| &row.findings).collect();
    let missing = own
        .iter()
        .filter(|finding| finding.difference.code() == Code::MissingRepo)
        .count();
    let in_missing = judged
        .repositories
        .iter()
        .filter(|row| row.in_missing_namespace)
        .count();
    let repos = RepoCounts {
        expected: plan.repositories.len() + skipped,
        discovered: 0,
        audited: ok + drift + waived,
        ok,
        drift,
        waived,
        unknown,
        skipped,
        gone: missing + in_missing,
    };
    let rules = RuleCounts {
        expected: plan
            .repositories
            .iter()
            .map(|planned| planned.expectation.targets.len())
            .sum(),
        actual: judged.repositories.iter().filter_map(|row| row.actual_rules).sum(),
        matching: judged.repositories.iter().map(|row| row.matching).sum(),
    };
    let namespaces = judged.missing_namespaces.iter().map(|missing| &missing.finding);
    Summary {
        repos,
        rules,
        findings: counts(own.into_iter().chain(namespaces)),
    }
}

fn counts<'a>(findings: impl Iterator<Item = &'a Finding>) -> FindingCounts {
    let mut counts = FindingCounts {
        by_severity: Severity::ALL.iter().map(|severity| (severity.name(), 0)).collect(),
        by_code: Code::ALL.iter().map(|code| (code.name(), 0)).collect(),
        ..FindingCounts::default()
    };
    for finding in findings {
        *counts.by_severity.entry(finding.severity.name()).or_default() += 1;
        *counts.by_code.entry(finding.difference.code().name()).or_default() += 1;
        // Without a baseline every finding is new.
        counts.new += 1;
    }
    counts
}
