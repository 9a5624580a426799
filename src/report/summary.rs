//! The counts of a report.

use super::document::{FindingCounts, FindingEntry, Mark, RepoCounts, RuleCounts, Summary};
use crate::model::{Code, Judged, Outcome, Plan, RepositoryOrigin, Severity, SkippedWhat};

/// Counts repositories, rules and findings.
pub(super) fn summary(plan: &Plan, judged: &Judged, findings: &[FindingEntry], resolved: usize) -> Summary {
    Summary {
        repos: repositories(plan, judged),
        rules: RuleCounts {
            expected: plan
                .repositories
                .iter()
                .map(|planned| planned.expectation.targets.len())
                .sum(),
            actual: judged.repositories.iter().filter_map(|row| row.actual_rules).sum(),
            matching: judged.repositories.iter().map(|row| row.matching).sum(),
        },
        findings: FindingCounts {
            resolved,
            ..counts(findings)
        },
    }
}

fn repositories(plan: &Plan, judged: &Judged) -> RepoCounts {
    let with = |outcome: Outcome| judged.repositories.iter().filter(|row| row.outcome == outcome).count();
    let planned = |origin| plan.repositories.iter().filter(|each| each.origin == origin).count();
    let skipped = |is: fn(&SkippedWhat) -> bool| plan.skipped.iter().filter(|skipped| is(&skipped.what)).count();
    let named_skips = skipped(|what| matches!(what, SkippedWhat::Named(_)));
    let discovered_skips = skipped(|what| matches!(what, SkippedWhat::Discovered(_)));
    let (ok, drift, waived, unknown) = (
        with(Outcome::Ok),
        with(Outcome::Drift),
        with(Outcome::Waived),
        with(Outcome::Unknown),
    );
    RepoCounts {
        expected: planned(RepositoryOrigin::Named) + named_skips,
        discovered: planned(RepositoryOrigin::Discovered) + discovered_skips,
        audited: ok + drift + waived,
        ok,
        drift,
        waived,
        unknown,
        skipped: named_skips + discovered_skips,
        gone: judged.gone,
    }
}

/// By severity and code what no waiver covers; the waived ones are one number.
pub(super) fn counts(findings: &[FindingEntry]) -> FindingCounts {
    let mut counts = FindingCounts {
        by_severity: Severity::ALL.map(|severity| (severity, 0)).into(),
        by_code: Code::ALL.map(|code| (code.into(), 0)).into(),
        ..FindingCounts::default()
    };
    for finding in findings {
        if finding.is_waived() {
            counts.waived += 1;
            continue;
        }
        *counts.by_severity.entry(finding.severity).or_default() += 1;
        *counts.by_code.entry(finding.code.clone()).or_default() += 1;
        match finding.status {
            Mark::New => counts.new += 1,
            Mark::Known | Mark::Waived => counts.known += 1,
        }
    }
    counts
}
