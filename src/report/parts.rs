//! Pieces that entries of several kinds have in common.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::document::{PlaceEntry, Step, TargetEntry};
use crate::model::{Place, Plan, Target};

/// The policy's name, where all of them are under one.
pub(super) fn shared_policy(plan: &Plan, members: &[usize]) -> Option<Arc<str>> {
    let mut policies = members
        .iter()
        .map(|&index| &plan.repositories[index].expectation.policy);
    let first = policies.next()?;
    policies.all(|policy| policy == first).then(|| first.clone())?
}

/// Everybody who owns one of them, each once.
pub(super) fn owners(plan: &Plan, members: &[usize]) -> Vec<Arc<str>> {
    let owners = members
        .iter()
        .filter_map(|&index| plan.repositories[index].owner.clone());
    let owners: BTreeSet<Arc<str>> = owners.collect();
    owners.into_iter().collect()
}

/// `source:namespace/repository` of each.
pub(super) fn member_names(plan: &Plan, members: &[usize]) -> Vec<String> {
    let name = |&index: &usize| {
        let id = &plan.repositories[index].id;
        format!("{}:{id}", id.source)
    };
    members.iter().map(name).collect()
}

pub(super) fn target_entry(target: &Target) -> TargetEntry {
    TargetEntry {
        region: Arc::clone(&target.region),
        namespace: Arc::clone(&target.namespace),
    }
}

pub(super) fn place_entry(place: &Place) -> PlaceEntry {
    PlaceEntry {
        file: Arc::clone(&place.file),
        line: place.line,
        column: place.column,
    }
}

/// As much of an instant as anybody can use: the rest is this machine's noise.
pub(super) fn to_millis(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant)
}

/// RFC 3339 in UTC, with as many fraction digits as the instant has.
pub(super) fn stamp(instant: Timestamp) -> String {
    instant.to_string()
}

/// The steps of a remedy in one line, each with its command.
pub(super) fn in_one_line(steps: &[Step], between: &str) -> String {
    let lines: Vec<Cow<'_, str>> = steps.iter().map(Step::line).collect();
    lines.join(between)
}
