//! What could not be told, with its words: of one repository, or of several that share a cause.

use std::sync::Arc;

use super::causes;
use super::document::{UnknownCells, UnknownEntry};
use super::fingerprint::Identity;
use super::parts::{place_entry, shared_policy, target_entry};
use super::wording;
use crate::model::{Evidence, ExpectedFlag, Field, Flags, Judged, Plan, PlannedRepository, Unasked, Unknown};

/// Everything that could not be told, in report order.
pub(super) fn unknowns(plan: &Plan, judged: &Judged) -> Vec<UnknownEntry> {
    let pairs = plan.repositories.iter().zip(&judged.repositories);
    let own = pairs.flat_map(|(planned, row)| {
        row.unknowns
            .iter()
            .map(|unknown| unknown_of_repository(planned, &row.evidence, unknown))
    });
    let groups = judged.unasked.iter().map(|unasked| unknown_of_group(plan, unasked));
    let mut entries: Vec<UnknownEntry> = own.chain(groups).collect();
    entries.sort_by(|a, b| (a.order(), a.class).cmp(&(b.order(), b.class)));
    entries
}

fn unknown_of_repository(planned: &PlannedRepository, evidence: &Evidence, unknown: &Unknown) -> UnknownEntry {
    let field = unknown.field.map(Field::name);
    let name = planned.id.to_string();
    let subject = causes::Subject {
        name: &name,
        count: 1,
        target: unknown.target.as_ref(),
        field,
        was_asked: evidence.attempts > 0,
    };
    let failure = unknown.failure.as_ref();
    UnknownEntry {
        class: unknown.class.name(),
        source: Arc::clone(&planned.id.source),
        region: Arc::clone(&planned.source.region),
        namespace: planned.id.namespace.shared(),
        repositories: vec![planned.id.repository.shared()],
        count: 1,
        target: unknown.target.as_ref().map(target_entry),
        field,
        http_status: failure.and_then(|failure| failure.http_status),
        error_code: failure.and_then(|failure| failure.error_code.clone()),
        message: causes::message(subject, unknown.class, failure),
        request_id: evidence.request_id.clone(),
        attempts: evidence.attempts,
        csv: UnknownCells {
            expected: unknown.expected.map(|flags| expected_cell(flags, unknown)),
            remediation: causes::remediation(unknown.class, evidence.attempts > 0, failure),
            policy: planned.expectation.policy.clone(),
            owner: planned.owner.clone(),
            inventory: place_entry(&planned.place),
            fingerprint: String::new(),
        },
    }
    .identified()
}

/// Both flags, or the one that could not be told.
fn expected_cell(flags: Flags<ExpectedFlag>, unknown: &Unknown) -> String {
    match unknown.field {
        Some(Field::Override) => flags.overrides.to_string(),
        Some(Field::SyncAuto) => flags.sync_auto.to_string(),
        Some(Field::Region | Field::Namespace) | None => wording::expected_flags(flags),
    }
}

fn unknown_of_group(plan: &Plan, unasked: &Unasked) -> UnknownEntry {
    let members: Vec<&PlannedRepository> = unasked.members.iter().map(|&index| &plan.repositories[index]).collect();
    let first = members[0];
    let name = if members.len() == 1 {
        first.id.to_string()
    } else {
        format!("namespace {}", unasked.namespace)
    };
    let subject = causes::Subject {
        name: &name,
        count: members.len(),
        target: None,
        field: None,
        was_asked: false,
    };
    let class = unasked.failure.class;
    UnknownEntry {
        class: class.name(),
        source: Arc::clone(&unasked.source.name),
        region: Arc::clone(&unasked.source.region),
        namespace: unasked.namespace.shared(),
        repositories: members.iter().map(|planned| planned.id.repository.shared()).collect(),
        count: members.len(),
        target: None,
        field: None,
        http_status: unasked.failure.http_status,
        error_code: unasked.failure.error_code.clone(),
        message: causes::message(subject, class, Some(&unasked.failure)),
        request_id: None,
        attempts: 0,
        csv: UnknownCells {
            expected: None,
            remediation: causes::remediation(class, false, Some(&unasked.failure)),
            policy: shared_policy(plan, &unasked.members),
            owner: first.owner.clone(),
            inventory: place_entry(&first.place),
            fingerprint: String::new(),
        },
    }
    .identified()
}

impl UnknownEntry {
    /// The repository's name, or nothing where it covers several.
    pub fn repository(&self) -> &str {
        match &self.repositories[..] {
            [one] => one,
            _ => "",
        }
    }

    fn identified(mut self) -> Self {
        self.csv.fingerprint = Identity {
            code: "unknown",
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository(),
            target: self.target.as_ref(),
            field: self.field.unwrap_or_default(),
        }
        .fingerprint();
        self
    }
}
