//! Findings with their words, each with what its repository or namespace has in common.

use std::sync::Arc;

use super::causes::{Origin, causes};
use super::document::{CauseEntry, FindingEntry, Mark, RuleEntry, Step};
use super::parts::{member_names, owners, place_entry, shared_policy, stamp, target_entry};
use super::remedy::{Case, SETTLED_BY_THE_MOVE, remedy};
use super::wording::{self, About};
use crate::model::{
    AcceptedInPart, Code, Entanglement, Finding, Judged, JudgedRepository, MissingNamespace, NamespaceName,
    OtherFinding, Place, Plan, PlannedRepository, RepoId, RepositoryName, Source, Target,
};

/// All findings, in report order, marked as if nobody had seen them before, and their causes.
pub(super) fn findings(plan: &Plan, judged: &Judged) -> (Vec<FindingEntry>, Vec<CauseEntry>) {
    let pairs = plan.repositories.iter().zip(&judged.repositories);
    let own = pairs.flat_map(|(planned, row)| row.findings.iter().map(|finding| of_repository(planned, row, finding)));
    let namespaces = judged
        .missing_namespaces
        .iter()
        .map(|missing| of_namespace(plan, missing));
    let entanglements = judged
        .entanglements
        .iter()
        .map(|entanglement| of_several(plan, judged, entanglement));
    let others = judged.others.iter().map(of_other);
    let mut entries: Vec<(Origin, FindingEntry)> = own.chain(namespaces).chain(entanglements).chain(others).collect();
    entries.sort_by(|(_, a), (_, b)| a.order().cmp(&b.order()));
    let causes = causes(&mut entries);
    (entries.into_iter().map(|(_, entry)| entry).collect(), causes)
}

fn of_repository(planned: &PlannedRepository, row: &JudgedRepository, finding: &Finding) -> (Origin, FindingEntry) {
    let about = About::Repository(&planned.id);
    let entry = worded(about, Whence::of(planned), finding);
    let remediation = if is_settled_by_a_move(row, finding) {
        vec![Step::by_hand(SETTLED_BY_THE_MOVE)]
    } else {
        entry.remediation
    };
    let entry = FindingEntry {
        remediation,
        repository: Some(planned.id.repository.shared()),
        policy: planned.expectation.policy.clone(),
        request_id: row.evidence.request_id.clone(),
        ..entry
    }
    .identified();
    (Origin::of(&planned.expectation, &entry), entry)
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

fn of_namespace(plan: &Plan, missing: &MissingNamespace) -> (Origin, FindingEntry) {
    let about = About::Namespace(&missing.namespace, missing.members.len());
    let whence = Whence {
        source: Some(&missing.source),
        namespace: Some(&missing.namespace),
        owner: missing.owner.as_ref(),
        place: &missing.place,
    };
    let entry = FindingEntry {
        policy: shared_policy(plan, &missing.members),
        repositories: missing
            .members
            .iter()
            .map(|&index| plan.repositories[index].id.to_string().into())
            .collect(),
        ..worded(about, whence, &missing.finding)
    }
    .identified();
    (Origin::of_policy(entry.policy.as_ref()), entry)
}

/// A circle or a race, at its first member.
fn of_several(plan: &Plan, judged: &Judged, entanglement: &Entanglement) -> (Origin, FindingEntry) {
    let first = entanglement.members[0];
    let planned = &plan.repositories[first];
    // By their bytes: the order of the report goes by the parts of a name.
    let mut names = member_names(plan, &entanglement.members);
    names.sort_unstable();
    let mut entry = worded(
        About::Repository(&planned.id),
        Whence::of(planned),
        &entanglement.finding,
    );
    if let Some(AcceptedInPart { waivers, lacking }) = &entanglement.accepted_in_part {
        let lacking = member_names(plan, lacking);
        entry.message += &wording::accepted_in_part(waivers, &lacking);
        entry.remediation.push(Step::by_hand(wording::accept_all(&lacking)));
    }
    let entry = FindingEntry {
        repository: Some(planned.id.repository.shared()),
        policy: shared_policy(plan, &entanglement.members),
        owners: owners(plan, &entanglement.members),
        request_id: judged.repositories[first].evidence.request_id.clone(),
        repositories: names.into_iter().map(Into::into).collect(),
        ..entry
    }
    .identified();
    (Origin::of_policy(entry.policy.as_ref()), entry)
}

/// A finding about what is no repository of the plan.
fn of_other(other: &OtherFinding) -> (Origin, FindingEntry) {
    let whence = Whence {
        source: other.source.as_ref(),
        namespace: other.namespace.as_ref(),
        owner: other.owner.as_ref(),
        place: &other.place,
    };
    let finding = &other.finding;
    let entry = match (&other.source, &other.namespace, &other.repository) {
        (Some(source), Some(namespace), Some(repository)) => {
            let id = RepoId {
                source: Arc::clone(&source.name),
                namespace: namespace.clone(),
                repository: repository.clone(),
            };
            worded(About::Repository(&id), whence, finding)
        }
        (_, Some(namespace), _) => worded(About::Namespace(namespace, 0), whence, finding),
        (_, None, _) => worded(About::Waiver, whence, finding),
    };
    let entry = FindingEntry {
        repository: other.repository.as_ref().map(RepositoryName::shared),
        ..entry
    }
    .identified();
    (Origin::default(), entry)
}

/// Where a finding belongs.
#[derive(Clone, Copy)]
struct Whence<'a> {
    source: Option<&'a Arc<Source>>,
    namespace: Option<&'a NamespaceName>,
    owner: Option<&'a Arc<str>>,
    place: &'a Place,
}

impl<'a> Whence<'a> {
    /// Whether a target is the very place.
    fn is_at(self, target: Option<&Target>) -> bool {
        let own = self.source.zip(self.namespace);
        own.zip(target).is_some_and(|((source, namespace), target)| {
            *source.region == *target.region && *namespace.as_str() == *target.namespace
        })
    }

    const fn of(planned: &'a PlannedRepository) -> Self {
        Self {
            source: Some(&planned.source),
            namespace: Some(&planned.id.namespace),
            owner: planned.owner.as_ref(),
            place: &planned.place,
        }
    }
}

/// A finding's words, with everything that its repository or namespace has in common.
fn worded(about: About<'_>, whence: Whence<'_>, finding: &Finding) -> FindingEntry {
    let (difference, target) = (&finding.difference, finding.target.as_ref());
    let values = wording::values(difference);
    let status = if finding.waiver.is_some() {
        Mark::Waived
    } else {
        Mark::New
    };
    FindingEntry {
        fingerprint: String::new(),
        cause: None,
        code: difference.code().into(),
        severity: finding.severity,
        status,
        source: whence
            .source
            .map_or_else(|| "".into(), |source| Arc::clone(&source.name)),
        region: whence
            .source
            .map_or_else(|| "".into(), |source| Arc::clone(&source.region)),
        namespace: whence.namespace.map_or_else(|| "".into(), NamespaceName::shared),
        repository: None,
        target: target.map(target_entry),
        field: wording::field(difference),
        expected: values.expected,
        actual: values.actual,
        message: wording::message(about, difference, target),
        remediation: remedy(Case {
            about,
            region: whence.source.map_or("", |source| &source.region),
            difference,
            target,
            flags: finding.expected,
            leads_back: whence.is_at(target),
        }),
        policy: None,
        owner: whence.owner.cloned(),
        owners: whence.owner.cloned().into_iter().collect(),
        inventory: place_entry(whence.place),
        rule: finding.rule.map(|rule| RuleEntry {
            id: rule.id,
            created_at: rule.created_at.map(stamp),
            updated_at: rule.updated_at.map(stamp),
        }),
        waiver: finding.waiver.as_ref().map(|waiver| waiver.id.to_string()),
        first_seen: None,
        request_id: None,
        repositories: Vec::new(),
        tags: None,
        job: None,
    }
}

impl FindingEntry {
    /// Whether a waiver covers it: it is shown, and counts nowhere.
    pub(super) fn is_waived(&self) -> bool {
        self.waiver.is_some()
    }
}
