//! What could not be determined, with its words: of one repository, or of several that share a cause.

use std::sync::Arc;

use super::classes;
use super::document::{Step, UnknownEntry};
use super::parts::{in_one_line, place_entry, shared_policy, target_entry};
use super::selection;
use super::wording;
use crate::model::{
    Evidence, ExpectedFlag, Field, Flags, Judged, ListingGap, MassChange, NamespaceName, Pattern, Plan,
    PlannedRepository, RepositoryName, Scope, Source, Unasked, Unknown, UnknownClass, visible,
};

/// Everything that could not be determined, in report order.
pub(super) fn unknowns(plan: &Plan, judged: &Judged, sources: &[Arc<Source>]) -> Vec<UnknownEntry> {
    let pairs = plan.repositories.iter().zip(&judged.repositories);
    let own = pairs.flat_map(|(planned, row)| {
        row.unknowns
            .iter()
            .map(|unknown| unknown_of_repository(planned, &row.evidence, unknown))
    });
    let groups = judged.unasked.iter().map(|unasked| unknown_of_group(plan, unasked));
    // What stands behind such a gap has an entry of its own, with the names.
    let gaps = judged
        .gaps
        .iter()
        .filter(|gap| gap.failure.class != UnknownClass::MassChange);
    let gaps = gaps.map(unknown_of_gap);
    let changes = judged
        .mass_changes
        .iter()
        .map(|change| unknown_of_mass_change(plan, change));
    let empty = judged.empty_selections.iter();
    let empty = empty.map(|scope| unknown_of_empty_selection(scope, sources));
    let mut entries: Vec<UnknownEntry> = own.chain(groups).chain(gaps).chain(changes).chain(empty).collect();
    entries.sort_by(|a, b| a.order().cmp(&b.order()));
    entries
}

fn unknown_of_repository(planned: &PlannedRepository, evidence: &Evidence, unknown: &Unknown) -> UnknownEntry {
    let field = unknown.field.map(Field::name);
    let name = planned.id.to_string();
    let subject = classes::Subject {
        name: &name,
        count: 1,
        target: unknown.target.as_ref(),
        field,
        was_asked: evidence.attempts > 0,
    };
    let failure = unknown.failure.as_ref();
    UnknownEntry {
        class: unknown.class.into(),
        source: Arc::clone(&planned.id.source),
        region: Arc::clone(&planned.source.region),
        namespace: planned.id.namespace.shared(),
        repositories: vec![planned.id.repository.shared()],
        count: 1,
        target: unknown.target.as_ref().map(target_entry),
        field: field.map(Into::into),
        http_status: failure.and_then(|failure| failure.http_status),
        error_code: failure.and_then(|failure| failure.error_code.clone()),
        message: unknown.may_be.map_or_else(
            || classes::message(subject, unknown.class, failure),
            |code| classes::of_several(subject, code),
        ),
        request_id: evidence.request_id.clone(),
        attempts: evidence.attempts,
        expected: unknown.expected.map(|flags| expected_cell(flags, unknown)),
        remediation: by_hand(unknown.may_be.map_or_else(
            || classes::remediation(unknown.class, failure),
            |_| classes::remediation_of_several(field),
        )),
        policy: planned.expectation.policy.clone(),
        owner: planned.owner.clone(),
        inventory: Some(place_entry(&planned.place)),
        fingerprint: String::new(),
        first_seen: None,
    }
    .identified()
}

fn by_hand(steps: Vec<String>) -> Vec<Step> {
    steps.into_iter().map(Step::by_hand).collect()
}

/// Both flags, or the one that could not be determined.
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
    let name = group_name(unasked.namespace.as_str(), first.id.repository.as_str(), members.len());
    let subject = classes::Subject {
        name: &name,
        count: members.len(),
        target: None,
        field: None,
        was_asked: false,
    };
    let class = unasked.failure.class;
    UnknownEntry {
        class: class.into(),
        source: Arc::clone(&unasked.source.name),
        region: Arc::clone(&unasked.source.region),
        namespace: unasked.namespace.shared(),
        repositories: members.iter().map(|planned| planned.id.repository.shared()).collect(),
        count: members.len(),
        target: None,
        field: None,
        http_status: unasked.failure.http_status,
        error_code: unasked.failure.error_code.clone(),
        message: classes::message(subject, class, Some(&unasked.failure)),
        request_id: unasked.failure.evidence.request_id.clone(),
        attempts: unasked.failure.evidence.attempts,
        expected: None,
        remediation: by_hand(classes::remediation(class, Some(&unasked.failure))),
        policy: shared_policy(plan, &unasked.members),
        owner: first.owner.clone(),
        inventory: Some(place_entry(&first.place)),
        fingerprint: String::new(),
        first_seen: None,
    }
    .identified()
}

/// What repositories of one namespace are called together: by name where it is one.
pub(super) fn group_name(namespace: &str, first: &str, count: usize) -> String {
    if count == 1 {
        format!("{namespace}/{first}")
    } else {
        format!("namespace {namespace}")
    }
}

/// What only a listing could tell: of no repository that anybody could name.
fn unknown_of_gap(gap: &ListingGap) -> UnknownEntry {
    let failure = &gap.failure;
    UnknownEntry {
        class: failure.class.into(),
        source: Arc::clone(&gap.source.name),
        region: Arc::clone(&gap.source.region),
        namespace: gap.namespace.as_ref().map_or_else(|| "".into(), NamespaceName::shared),
        repositories: Vec::new(),
        count: 0,
        target: None,
        field: None,
        http_status: failure.http_status,
        error_code: failure.error_code.clone(),
        message: classes::gap(gap.namespace.as_ref(), failure),
        request_id: failure.evidence.request_id.clone(),
        attempts: failure.evidence.attempts,
        expected: None,
        remediation: by_hand(classes::gap_remediation(failure)),
        policy: None,
        owner: gap.owner.clone(),
        inventory: Some(place_entry(&gap.place)),
        fingerprint: String::new(),
        first_seen: None,
    }
    .identified()
}

/// What is not believed of a namespace. Some of its repositories may have no row: they are no longer listed.
fn unknown_of_mass_change(plan: &Plan, change: &MassChange) -> UnknownEntry {
    let in_plan = change
        .members
        .iter()
        .map(|&index| &plan.repositories[index].id.repository);
    let mut repositories: Vec<&RepositoryName> = in_plan.chain(&change.unlisted).collect();
    repositories.sort_unstable();
    let namespace = change.namespace.as_str();
    let first = repositories.first().map_or("", |first| first.as_str());
    UnknownEntry {
        class: UnknownClass::MassChange.into(),
        source: Arc::clone(&change.source.name),
        region: Arc::clone(&change.source.region),
        namespace: change.namespace.shared(),
        repositories: repositories.iter().map(|name| name.shared()).collect(),
        count: change.count(),
        target: None,
        field: None,
        http_status: None,
        error_code: None,
        message: classes::mass_change(&group_name(namespace, first, change.count()), change),
        request_id: None,
        attempts: 0,
        expected: None,
        remediation: by_hand(classes::remediation(UnknownClass::MassChange, None)),
        policy: match &change.members[..] {
            [] => None,
            members => shared_policy(plan, members),
        },
        owner: change.owner.clone(),
        inventory: Some(place_entry(&change.place)),
        fingerprint: String::new(),
        first_seen: None,
    }
    .identified()
}

/// A pattern of the command line within which nothing is: of a source only where it names one.
fn unknown_of_empty_selection(scope: &Scope, sources: &[Arc<Source>]) -> UnknownEntry {
    let source = scope.source().map_or_else(|| "".into(), Pattern::shared);
    let region = sources.iter().find(|known| known.name == source);
    UnknownEntry {
        class: UnknownClass::EmptySelection.into(),
        region: region.map_or_else(|| "".into(), |source| Arc::clone(&source.region)),
        source,
        namespace: "".into(),
        repositories: Vec::new(),
        count: 0,
        target: None,
        field: Some(scope.to_string().into()),
        http_status: None,
        error_code: None,
        message: selection::empty(scope.as_str()),
        request_id: None,
        attempts: 0,
        expected: None,
        remediation: by_hand(classes::remediation(UnknownClass::EmptySelection, None)),
        policy: None,
        owner: None,
        inventory: None,
        fingerprint: String::new(),
        first_seen: None,
    }
    .identified()
}

impl UnknownEntry {
    /// Whether it is about a list of names.
    pub(super) fn is_of_a_list(&self) -> bool {
        self.count == 0 && !self.is_of_the_selection()
    }

    /// Whether it is about a pattern of `--only`.
    pub(super) fn is_of_the_selection(&self) -> bool {
        self.class == UnknownClass::EmptySelection
    }

    /// What to do about it, in one line.
    pub(super) fn steps(&self) -> String {
        visible(&in_one_line(&self.remediation, "; ")).into_owned()
    }

    /// Its request's id, as it stands behind the message.
    pub fn request(&self) -> String {
        classes::request(self.http_status, self.request_id.as_deref())
    }

    /// The repository's name, or nothing where it covers several.
    pub fn repository(&self) -> &str {
        match &self.repositories[..] {
            [one] => one,
            _ => "",
        }
    }
}
