//! Findings with their words, each with what its repository or namespace has in common.

use std::sync::Arc;

use super::document::{FindingEntry, RuleEntry};
use super::fingerprint::Identity;
use super::parts::{place_entry, shared_policy, stamp, target_entry};
use super::wording::{self, About};
use crate::model::{
    Code, ExpectedFlag, Finding, Flags, Judged, JudgedRepository, MissingNamespace, Plan, PlannedRepository, Target,
};

/// All findings, in report order.
pub(super) fn findings(plan: &Plan, judged: &Judged, first_seen: &str) -> Vec<FindingEntry> {
    let pairs = plan.repositories.iter().zip(&judged.repositories);
    let own = pairs.flat_map(|(planned, row)| {
        row.findings
            .iter()
            .map(|finding| of_repository(planned, row, finding, first_seen))
    });
    let namespaces = judged
        .missing_namespaces
        .iter()
        .map(|missing| of_namespace(plan, missing, first_seen));
    let mut entries: Vec<FindingEntry> = own.chain(namespaces).collect();
    entries.sort_by(|a, b| a.order().cmp(&b.order()));
    entries
}

fn of_repository(
    planned: &PlannedRepository,
    row: &JudgedRepository,
    finding: &Finding,
    first_seen: &str,
) -> FindingEntry {
    let about = About::Repository(&planned.id);
    let flags = finding.target.as_ref().and_then(|target| expected_at(planned, target));
    let entry = worded(about, planned, finding, flags);
    let remediation = if is_settled_by_a_move(row, finding) {
        vec![wording::SETTLED_BY_THE_MOVE.to_owned()]
    } else {
        entry.remediation
    };
    FindingEntry {
        remediation,
        repository: Some(planned.id.repository.shared()),
        policy: planned.expectation.policy.clone(),
        request_id: row.evidence.request_id.clone(),
        first_seen: Some(first_seen.to_owned()),
        ..entry
    }
    .identified()
}

/// Whether it is a flag of a rule that stands elsewhere: what moves the rule makes it anew, flags and all.
fn is_settled_by_a_move(row: &JudgedRepository, finding: &Finding) -> bool {
    let is_flag = matches!(
        finding.difference.code(),
        Code::OverrideMismatch | Code::SyncAutoMismatch
    );
    let moves = |other: &Finding| {
        matches!(
            other.difference.code(),
            Code::TargetRegionMismatch | Code::TargetNamespaceMismatch
        )
    };
    is_flag
        && row
            .findings
            .iter()
            .any(|other| other.target == finding.target && moves(other))
}

fn of_namespace(plan: &Plan, missing: &MissingNamespace, first_seen: &str) -> FindingEntry {
    let first = &plan.repositories[missing.members[0]];
    let about = About::Namespace(&missing.namespace, missing.members.len());
    let entry = worded(about, first, &missing.finding, None);
    FindingEntry {
        policy: shared_policy(plan, &missing.members),
        repositories: missing
            .members
            .iter()
            .map(|&index| plan.repositories[index].id.repository.shared())
            .collect(),
        first_seen: Some(first_seen.to_owned()),
        ..entry
    }
    .identified()
}

/// A finding's words, with everything that its repository or namespace has in common.
fn worded(
    about: About<'_>,
    planned: &PlannedRepository,
    finding: &Finding,
    flags: Option<Flags<ExpectedFlag>>,
) -> FindingEntry {
    let (difference, target) = (&finding.difference, finding.target.as_ref());
    let values = wording::values(difference);
    FindingEntry {
        fingerprint: String::new(),
        code: difference.code().name(),
        severity: finding.severity.name(),
        status: "new",
        source: Arc::clone(&planned.id.source),
        region: Arc::clone(&planned.source.region),
        namespace: planned.id.namespace.shared(),
        repository: None,
        target: target.map(target_entry),
        field: wording::field(difference),
        expected: values.expected,
        actual: values.actual,
        message: wording::message(about, difference, target),
        remediation: wording::remediation(about, difference, target, flags),
        policy: None,
        owner: planned.owner.clone(),
        inventory: place_entry(&planned.place),
        rule: finding.rule.map(|rule| RuleEntry {
            id: rule.id,
            created_at: rule.created_at.map(stamp),
            updated_at: rule.updated_at.map(stamp),
        }),
        waiver: None,
        first_seen: None,
        request_id: None,
        repositories: Vec::new(),
    }
}

impl FindingEntry {
    fn identified(self) -> Self {
        let fingerprint = Identity {
            code: self.code,
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository.as_deref().unwrap_or_default(),
            target: self.target.as_ref(),
            field: self.field.as_deref().unwrap_or_default(),
        }
        .fingerprint();
        Self { fingerprint, ..self }
    }
}

fn expected_at(planned: &PlannedRepository, target: &Target) -> Option<Flags<ExpectedFlag>> {
    planned
        .expectation
        .targets
        .iter()
        .find(|expected| expected.target == *target)
        .map(|expected| expected.flags)
}
