//! Judging: what is expected of each repository against what the service said of it.
//!
//! Pure: no sockets, no clock, no files, and no wording. Answers are judged as they come, in any order, and are not
//! kept: what stays of a repository that is as expected is its outcome and how its answer was come by.
//!
//! The line that everything here stands on: no answer never reads as "in sync", and never as "missing".

mod absence;
mod components;
mod empty;
#[cfg(test)]
mod example;
mod graph;
mod guard;
mod limits;
mod listed;
mod order;
mod outcome;
mod owners;
mod rules;
mod unasked;
mod waivers;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{
    Answer, Difference, Evidence, Failure, Finding, Gather, Judged, JudgedRepository, Limit, Look, MissingNamespace,
    NamespaceName, Observation, Outcome, Plan, PlannedNamespace, PlannedRepository, RepoId, RepositoryName,
    SharedCount, Source, Unasked, Unknown, UnknownClass, Waiver,
};

pub use guard::Guard;
pub use rules::{Comparison, compare};

/// Judges answers as they come, in any order, and keeps only the result.
#[derive(Debug)]
pub struct Judging<'a> {
    plan: &'a Plan,
    slots: Vec<Slot>,
    looks: BTreeMap<NamespaceId, Look>,
    edges: graph::Edges,
    /// The accounts that answers name.
    owners: owners::Owners,
    /// Lists that were not the same when they were asked for again.
    doubted: BTreeMap<NamespaceId, Failure>,
    /// Why the last repository was given up: mostly a whole source is, for one reason.
    last_reason: Option<Arc<Failure>>,
}

/// The source's name and the namespace, ordered as reports are.
type NamespaceId = (Arc<str>, NamespaceName);

fn namespace_id(planned: &PlannedRepository) -> NamespaceId {
    (Arc::clone(&planned.id.source), planned.id.namespace.clone())
}

/// A repository under way. What it shares with others of its namespace waits for the end, when all have come: only then
/// the result does not depend on who came first.
#[derive(Debug)]
enum Slot {
    /// Nothing came yet.
    Open,
    /// Judged on its own.
    Settled(JudgedRepository),
    /// Does not exist; what that means depends on its namespace.
    Absent(Evidence),
    /// Nothing was asked; reported with the others of its namespace.
    Unasked(Arc<Failure>, Evidence),
}

impl<'a> Judging<'a> {
    /// Nothing has come yet but what the listings brought.
    pub fn new(plan: &'a Plan) -> Self {
        let mut judging = Self {
            plan,
            slots: plan.repositories.iter().map(|_| Slot::Open).collect(),
            looks: BTreeMap::new(),
            edges: graph::Edges::default(),
            owners: owners::Owners::of(plan),
            doubted: BTreeMap::new(),
            last_reason: None,
        };
        for namespace in &plan.namespaces {
            if let Some(look) = namespace.listing.as_ref().and_then(|it| it.listing.look.as_ref()) {
                judging.looked(&namespace.source.name, &namespace.name, look.clone());
            }
        }
        judging
    }

    /// A hundred thousand that share it hold it once.
    fn reason(&mut self, failure: Failure) -> Arc<Failure> {
        let last = self.last_reason.take().filter(|last| **last == failure);
        let reason = last.unwrap_or_else(|| Arc::new(failure));
        self.last_reason = Some(Arc::clone(&reason));
        reason
    }

    /// Ends the run, which took place `today` (UTC). A repository that never came is `unknown`, class `interrupted`.
    pub fn finish(self, sources: &[Arc<Source>], waivers: &[Arc<Waiver>], today: Date, guard: Guard<'_>) -> Judged {
        let Self {
            plan,
            slots,
            looks,
            edges,
            owners,
            doubted,
            last_reason: _,
        } = self;
        let answered = plan
            .repositories
            .iter()
            .zip(&slots)
            .filter(|(_, slot)| slot.has_rules());
        let answered: BTreeSet<NamespaceId> = answered.map(|(planned, _)| namespace_id(planned)).collect();
        let heard = Heard {
            doubted,
            ..Heard::of(plan, &slots)
        };
        let mut gathered = gather(plan, slots, &looks, &answered);
        let mut listed = listed::tell(plan, &looks, &answered, &gathered.missing, &heard);
        let empty_selections = empty::selections(plan, &listed.gaps, &gathered.missing);
        let guarded = guard::apply(plan, guard, today, &mut gathered, &mut listed);
        let clouds = graph::Clouds::of(all_sources(plan, sources));
        let graph = edges.close(plan, &clouds);
        together(&mut gathered.repositories, graph.undetermined());
        let sight = graph::Sight {
            rows: &gathered.repositories,
            missing: &gathered.missing,
            doubted: &guarded.namespaces(),
            listed: &listed,
        };
        let sole_copies = graph.sole_copies(&sight, sources);
        let limits = gathered.unconfirmed.into_iter().chain(listed.limits).collect();
        let mut judged = Judged {
            limits: limits::all(plan, &gathered.repositories, sources, limits),
            empty_selections: empty::beside(empty_selections, &guarded.mass_changes),
            missing_namespaces: gathered.missing,
            entanglements: graph.entanglements(),
            others: listed.others,
            unasked: gathered.unasked,
            sole_copies,
            gaps: listed.gaps,
            mass_changes: guarded.mass_changes,
            gone: guarded.gone,
            accounts: owners.close(),
            waivers: Vec::new(),
            repositories: gathered.repositories,
        };
        let view = waivers::View {
            plan,
            sources,
            graph: &graph,
        };
        waivers::apply(&mut judged, view, waivers, today);
        listed::sort(&mut judged.others);
        outcome::close(&mut judged);
        judged
    }
}

impl Gather for Judging<'_> {
    fn take(&mut self, index: usize, observation: Observation) {
        debug_assert!(matches!(self.slots[index], Slot::Open), "{index} was taken before");
        let planned = &self.plan.repositories[index];
        let was_given_up = observation.was_given_up();
        let Observation { answer, evidence } = observation;
        self.slots[index] = match answer {
            Answer::Rules(actual) => {
                self.edges.take(index, &actual.rules);
                for owner in &actual.owners {
                    self.owners.take(&planned.id.source, owner);
                }
                let mut told = compare(&planned.expectation, &actual, planned.source.lists_manual_rules);
                if planned.is_disputed {
                    told.unknowns.extend(disputed().unknowns);
                }
                Slot::Settled(JudgedRepository {
                    actual_rules: Some(actual.rules.len()),
                    may_be_cut: actual.may_be_cut,
                    ..settle(planned, told, None, evidence)
                })
            }
            Answer::Absent | Answer::Failed(_) if planned.is_disputed => {
                Slot::Settled(settle(planned, disputed(), None, evidence))
            }
            Answer::Absent if planned.is_listed => {
                let told = unknown(UnknownClass::Vanished, None);
                Slot::Settled(settle(planned, told, None, evidence))
            }
            Answer::Absent => Slot::Absent(evidence),
            Answer::Failed(failure) if was_given_up => Slot::Unasked(self.reason(failure), evidence),
            Answer::Failed(failure) => {
                let told = unknown(failure.class, Some(failure));
                Slot::Settled(settle(planned, told, None, evidence))
            }
        };
    }

    fn forget(&mut self, index: usize) {
        self.slots[index] = Slot::Open;
        self.edges.forget(index);
    }

    fn forget_look(&mut self, source: &Arc<str>, namespace: &NamespaceName) {
        self.looks.remove(&(Arc::clone(source), namespace.clone()));
    }

    fn doubt_list(&mut self, source: &Arc<str>, namespace: &NamespaceName, failure: Failure) {
        self.doubted.insert((Arc::clone(source), namespace.clone()), failure);
    }

    /// A second look counts where it says more: an absence that one look denies is none.
    fn looked(&mut self, source: &Arc<str>, namespace: &NamespaceName, look: Look) {
        let id = (Arc::clone(source), namespace.clone());
        let before = self.looks.get(&id);
        if before.is_none_or(|before| look.weight() > before.weight()) {
            self.looks.insert(id, look);
        }
    }
}

/// The sources of the run, and those that the plan speaks of.
fn all_sources<'a>(plan: &'a Plan, sources: &'a [Arc<Source>]) -> impl Iterator<Item = &'a Source> {
    let of_repositories = plan.repositories.iter().map(|planned| &planned.source);
    let of_namespaces = plan.namespaces.iter().map(|planned| &planned.source);
    let of_accounts = plan.accounts.iter().map(|planned| &planned.source);
    let planned = of_repositories.chain(of_namespaces).chain(of_accounts);
    sources.iter().chain(planned).map(|source| &**source)
}

/// Adds what cannot be determined of repositories together to what each one's own comparison left open: the same once.
fn together(rows: &mut [JudgedRepository], undetermined: BTreeMap<usize, Vec<Unknown>>) {
    for (index, unknowns) in undetermined {
        let row = &mut rows[index];
        for unknown in unknowns {
            let about = |unknown: &Unknown| (unknown.class, unknown.target.clone(), unknown.field);
            if !row.unknowns.iter().any(|other| about(other) == about(&unknown)) {
                row.unknowns.push(unknown);
            }
        }
        order::unknowns(&mut row.unknowns);
        let classes = row.unknowns.iter().map(|unknown| unknown.class);
        row.unknown_class = outcome::class_of(classes.chain(row.unknown_class));
    }
}

/// What the answers say of the lists.
#[derive(Debug, Default)]
struct Heard {
    /// Of namespaces, the first repository that answered though their list does not hold it.
    beyond_lists: BTreeMap<NamespaceId, RepositoryName>,
    /// Of namespaces, why their lists are not believed.
    doubted: BTreeMap<NamespaceId, Failure>,
}

impl Heard {
    fn of(plan: &Plan, slots: &[Slot]) -> Self {
        let mut heard = Self::default();
        let superseded: BTreeSet<_> = plan.namespaces.iter().flat_map(PlannedNamespace::superseded).collect();
        for (planned, slot) in plan.repositories.iter().zip(slots) {
            let RepoId {
                source,
                namespace,
                repository,
            } = &planned.id;
            let is_listed = planned.is_listed && !superseded.contains(&(source, namespace, repository));
            if slot.has_rules() && !is_listed {
                heard
                    .beyond_lists
                    .entry(namespace_id(planned))
                    .or_insert_with(|| repository.clone());
            }
        }
        heard
    }
}

/// What came of each repository, and what several share.
struct Gathered {
    repositories: Vec<JudgedRepository>,
    missing: Vec<MissingNamespace>,
    unasked: Vec<Unasked>,
    unconfirmed: Vec<Limit>,
}

fn gather(
    plan: &Plan,
    slots: Vec<Slot>,
    looks: &BTreeMap<NamespaceId, Look>,
    answered: &BTreeSet<NamespaceId>,
) -> Gathered {
    let mut absences = absence::Absences::new(looks, answered);
    let mut unasked = unasked::Groups::default();
    let planned = plan.repositories.iter().enumerate();
    let repositories: Vec<_> = planned
        .zip(slots)
        .map(|((index, planned), slot)| match slot {
            Slot::Settled(judged) => judged,
            Slot::Absent(evidence) => absences.settle(index, planned, evidence),
            Slot::Unasked(failure, evidence) => unasked.settle(index, planned, &failure, evidence),
            Slot::Open => {
                let failure = Failure::unasked(UnknownClass::Interrupted);
                unasked.settle(index, planned, &failure, Evidence::default())
            }
        })
        .collect();
    for namespace in &plan.namespaces {
        absences.listed(namespace);
    }
    let (missing, unconfirmed) = absences.close();
    Gathered {
        repositories,
        missing,
        unasked: unasked.close(),
        unconfirmed,
    }
}

/// The repository as a whole could not be determined.
fn unknown(class: UnknownClass, failure: Option<Failure>) -> Comparison {
    Comparison {
        unknowns: vec![Unknown {
            class,
            target: None,
            expected: None,
            field: None,
            failure,
            may_be: None,
        }],
        ..Comparison::default()
    }
}

/// Only some of the shards' lists hold it: whether it exists is not known.
fn disputed() -> Comparison {
    let failure = Failure {
        detail: "only some of the shards' lists hold it".to_owned(),
        ..Failure::unasked(UnknownClass::Truncated)
    };
    unknown(UnknownClass::Truncated, Some(failure))
}

impl Slot {
    /// Whether the service listed its rules: only what exists has a list.
    const fn has_rules(&self) -> bool {
        match self {
            Self::Settled(judged) => judged.actual_rules.is_some(),
            Self::Open | Self::Absent(_) | Self::Unasked(..) => false,
        }
    }
}

/// The only place that brings together what was found of a repository alone. `shared` is the class of an entry that it
/// shares with others. How it ended waits for what else is found of it: see [`outcome::close`].
fn settle(
    planned: &PlannedRepository,
    told: Comparison,
    shared: Option<UnknownClass>,
    evidence: Evidence,
) -> JudgedRepository {
    let Comparison {
        mut findings,
        unknowns,
        matching,
    } = told;
    findings.extend(expired_skip(planned));
    order::findings(&mut findings);
    let classes = unknowns.iter().map(|unknown| unknown.class);
    JudgedRepository {
        outcome: Outcome::Unknown,
        unknown_class: outcome::class_of(classes.chain(shared)),
        actual_rules: None,
        may_be_cut: false,
        matching,
        findings,
        unknowns,
        in_missing_namespace: false,
        shared: SharedCount::default(),
        evidence,
    }
}

/// Told whatever the answer was: the audit speaks again of what a person had silenced. A skip without a last day never
/// runs out.
fn expired_skip(planned: &PlannedRepository) -> Option<Finding> {
    let skip = planned.expired_skip.as_ref()?;
    let difference = Difference::ExpiredSkip {
        entry: Arc::clone(&skip.entry),
        until: skip.until?,
    };
    Some(absence::finding(planned, difference))
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod worlds;
