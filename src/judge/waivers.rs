//! Waivers: what people accept, for a time. Which findings they cover today, and what is to be said of them themselves.
//!
//! Knows findings by what they are about, and nothing of how they were come by.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use super::graph::{Graph, Possible};
use super::whole;
use crate::model::{
    AcceptedInPart, Blindness, Code, Difference, Entanglement, EntryNames, Finding, Judged, JudgedWaiver, ListingDoubt,
    NamespaceName, OtherFinding, Pattern, Plan, RepoId, RepositoryName, Skipped, SkippedWhat, Source, Target, Waiver,
    WaiverState,
};

/// What the run was to see, and where the rules lead that it saw.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) plan: &'a Plan,
    pub(super) sources: &'a [Arc<Source>],
    pub(super) graph: &'a Graph<'a>,
}

/// Marks every finding with the waiver that covers it, the first by id, and tells what is to be said of the waivers.
pub(super) fn apply(judged: &mut Judged, view: View<'_>, waivers: &[Arc<Waiver>], today: Date) {
    if waivers.is_empty() {
        return;
    }
    let mut waiving = Waiving {
        waivers,
        covered: vec![0; waivers.len()],
        in_use: BTreeSet::new(),
        today,
    };
    waiving.repositories(judged, view.plan);
    waiving.shared(judged, view.plan);
    waiving.others(&mut judged.others);
    let possible = view.graph.possible(&judged.repositories, &judged.gaps);
    let told = waiving.told(judged, view, &possible);
    judged.others.extend(told);
    judged.waivers = waiving.close();
}

/// What a finding is about.
#[derive(Clone, Copy)]
enum About<'a> {
    Repository(&'a str, &'a NamespaceName, &'a RepositoryName),
    Namespace(&'a str, &'a NamespaceName),
}

impl<'a> About<'a> {
    fn repository(id: &'a RepoId) -> Self {
        Self::Repository(&id.source, &id.namespace, &id.repository)
    }
}

/// Waivers under way, with the number of findings that each covers.
struct Waiving<'a> {
    waivers: &'a [Arc<Waiver>],
    covered: Vec<usize>,
    /// Those that cover a part of something, which covers nothing, and is not for nothing.
    in_use: BTreeSet<usize>,
    today: Date,
}

impl Waiving<'_> {
    /// Those in force that may reach something of that namespace.
    fn reaching(&self, source: &str, namespace: &NamespaceName) -> Vec<usize> {
        let reaches = |waiver: &Waiver| !waiver.has_expired(self.today) && reaches(waiver, source, namespace);
        (0..self.waivers.len())
            .filter(|&at| reaches(&self.waivers[at]))
            .collect()
    }

    fn cover(&mut self, finding: &mut Finding, about: About<'_>, among: &[usize]) {
        for &at in among {
            let waiver = &self.waivers[at];
            let is_within = match about {
                About::Repository(source, namespace, repository) => {
                    waiver.scope.holds_in(source, namespace, repository)
                }
                About::Namespace(source, namespace) => waiver.scope.holds_namespace(source, namespace),
            };
            if is_within && waiver.covers(finding.difference.code(), finding.target.as_ref()) {
                self.covered[at] += 1;
                finding.waiver.get_or_insert_with(|| Arc::clone(waiver));
            }
        }
    }

    /// The repositories' own findings. The waivers are looked through once for each namespace.
    fn repositories(&mut self, judged: &mut Judged, plan: &Plan) {
        for range in by_namespace(plan) {
            let first = &plan.repositories[range.start].id;
            let among = self.reaching(&first.source, &first.namespace);
            if among.is_empty() {
                continue;
            }
            for index in range {
                let about = About::repository(&plan.repositories[index].id);
                for finding in &mut judged.repositories[index].findings {
                    self.cover(finding, about, &among);
                }
            }
        }
    }

    fn shared(&mut self, judged: &mut Judged, plan: &Plan) {
        for missing in &mut judged.missing_namespaces {
            let among = self.reaching(&missing.source.name, &missing.namespace);
            let about = About::Namespace(&missing.source.name, &missing.namespace);
            self.cover(&mut missing.finding, about, &among);
        }
        for entanglement in &mut judged.entanglements {
            self.entangled(entanglement, plan);
        }
    }

    /// A circle or a race is accepted only where every member's side of it is: one team cannot accept it for another.
    fn entangled(&mut self, entanglement: &mut Entanglement, plan: &Plan) {
        let Entanglement {
            finding,
            members,
            accepted_in_part,
        } = entanglement;
        let covers = |at: &usize, id: &RepoId| {
            let waiver = &self.waivers[*at];
            waiver.scope.holds(id) && waiver.covers(finding.difference.code(), finding.target.as_ref())
        };
        let covering = members.iter().map(|&index| {
            let id = &plan.repositories[index].id;
            let among = self.reaching(&id.source, &id.namespace).into_iter();
            among.filter(|at| covers(at, id)).collect::<Vec<usize>>()
        });
        let covering: Vec<Vec<usize>> = covering.collect();
        let all: BTreeSet<usize> = covering.iter().flatten().copied().collect();
        let sides = members.iter().zip(&covering);
        let lacking: Vec<usize> = sides.filter(|(_, by)| by.is_empty()).map(|(&index, _)| index).collect();
        if lacking.is_empty() {
            let first = covering[0][0];
            finding.waiver = Some(Arc::clone(&self.waivers[first]));
            for at in all {
                self.covered[at] += 1;
            }
        } else if !all.is_empty() {
            *accepted_in_part = Some(AcceptedInPart {
                waivers: all.iter().map(|&at| Arc::clone(&self.waivers[at])).collect(),
                lacking,
            });
            self.in_use.extend(all);
        }
    }

    /// Looked through once for each namespace as well: an account may hold any number of unlisted repositories.
    fn others(&mut self, others: &mut [OtherFinding]) {
        let mut last = None;
        for other in others {
            let (Some(source), Some(namespace)) = (&other.source, &other.namespace) else {
                continue;
            };
            let id = (Arc::clone(&source.name), namespace.clone());
            let (_, among) = match last.take() {
                Some((last_id, among)) if last_id == id => last.insert((id, among)),
                Some(_) | None => last.insert((id, self.reaching(&source.name, namespace))),
            };
            let about = match &other.repository {
                Some(repository) => About::Repository(&source.name, namespace, repository),
                None => About::Namespace(&source.name, namespace),
            };
            self.cover(&mut other.finding, about, among);
        }
    }

    /// Findings about the waivers themselves. One that has run out is reported as that alone.
    fn told(&self, judged: &Judged, view: View<'_>, possible: &Possible) -> Vec<OtherFinding> {
        let mut told = Vec::new();
        for (at, waiver) in self.waivers.iter().enumerate() {
            let mut tell = |difference: fn(Arc<Waiver>) -> Difference| {
                told.push(of_waiver(waiver, view.sources, difference(Arc::clone(waiver))));
            };
            if !is_selected(waiver, view.plan) {
                continue;
            }
            if waiver.has_expired(self.today) {
                tell(Difference::ExpiredWaiver);
                continue;
            }
            if waiver.is_expiring(self.today) {
                tell(Difference::ExpiringWaiver);
            }
            let is_unused = self.covered[at] == 0
                && !self.in_use.contains(&at)
                && sees_whole_scope(waiver, judged, view.plan)
                && !holds_possible(waiver, possible, view.plan);
            if is_unused {
                tell(Difference::UnusedWaiver);
            }
        }
        told
    }

    fn close(self) -> Vec<JudgedWaiver> {
        let judged = |(waiver, findings): (&Arc<Waiver>, usize)| JudgedWaiver {
            waiver: Arc::clone(waiver),
            state: WaiverState::of(waiver, self.today),
            findings,
        };
        self.waivers.iter().zip(self.covered).map(judged).collect()
    }
}

/// Whether anything of that namespace may be within a waiver.
fn reaches(waiver: &Waiver, source: &str, namespace: &NamespaceName) -> bool {
    reaches_source(waiver, source) && waiver.scope.reaches(source, namespace)
}

fn reaches_source(waiver: &Waiver, source: &str) -> bool {
    waiver.source.as_ref().is_none_or(|of| **of == *source) && waiver.scope.reaches_source(source)
}

/// The plan's repositories, namespace by namespace.
fn by_namespace(plan: &Plan) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    plan.repositories
        .chunk_by(|a, b| a.id.namespace == b.id.namespace && a.id.source == b.id.source)
        .map(move |chunk| {
            let start = end;
            end += chunk.len();
            start..end
        })
}

/// Whether anything is selected that a waiver may cover: what is outside the selection is not judged.
fn is_selected(waiver: &Waiver, plan: &Plan) -> bool {
    let selection = &plan.selection;
    let repository = waiver.scope.repository();
    // A waiver for one name is its shard's. Any other may cover something in every shard.
    let name = repository.and_then(|pattern| RepositoryName::parse(pattern.as_str()).ok());
    if let (Some(shard), Some(name)) = (selection.shard, name)
        && !shard.holds(&name)
    {
        return false;
    }
    if !selection.leaves_out_by_name() {
        return true;
    }
    let names = EntryNames::matching(waiver.scope.repositories());
    let audited = plan
        .namespaces
        .iter()
        .map(|planned| (&planned.source.name, &planned.name));
    let skipped = plan.skipped.iter().map(|skipped| (&skipped.source, &skipped.namespace));
    let mut namespaces = audited.chain(skipped);
    namespaces.any(|(source, namespace)| {
        reaches(waiver, source, namespace) && selection.may_hold_any(source, namespace, &names)
    })
}

/// Whether everything was seen that a waiver might cover: only then it can be called unused.
fn sees_whole_scope(waiver: &Waiver, judged: &Judged, plan: &Plan) -> bool {
    !plan.selection.is_partial()
        && !holds_unknown(waiver, judged, plan)
        && !holds_unlisted(waiver, judged)
        && !holds_skipped(waiver, plan)
}

/// Whether anything that was not asked for, because the inventory skips it, may be within it.
fn holds_skipped(waiver: &Waiver, plan: &Plan) -> bool {
    let may_hold = |skipped: &Skipped| {
        let (source, namespace) = (&skipped.source, &skipped.namespace);
        match &skipped.what {
            SkippedWhat::Named(name) | SkippedWhat::Discovered(name) => waiver.scope.holds_in(source, namespace, name),
            SkippedWhat::Namespace => true,
            SkippedWhat::Pattern(pattern) => Pattern::parse(pattern).is_ok_and(|pattern| {
                let names = EntryNames::matching(&pattern);
                waiver.scope.may_hold_any(source, namespace, &names)
            }),
        }
    };
    let mut skipped = plan.skipped.iter();
    skipped.any(|skipped| reaches(waiver, &skipped.source, &skipped.namespace) && may_hold(skipped))
}

/// Whether a circle or a race may be within it whose other members were not seen: one of another source that is down.
fn holds_possible(waiver: &Waiver, possible: &Possible, plan: &Plan) -> bool {
    let is_within = |index: &usize| {
        let id = &plan.repositories[*index].id;
        reaches_source(waiver, &id.source) && waiver.scope.holds(id)
    };
    // Where a circle begins is not known, and so neither is its target.
    let is_for = |code: Code| waiver.findings.as_ref().is_none_or(|codes| codes.contains(&code));
    let is_against = |targets: &[Target]| {
        let mut targets = targets.iter();
        targets.any(|target| waiver.covers(Code::OverwriteRace, Some(target)))
    };
    let mut races = possible.races.iter();
    is_for(Code::ReplicationLoop) && possible.circles.iter().any(is_within)
        || races.any(|(index, targets)| is_within(index) && is_against(targets))
}

fn holds_unknown(waiver: &Waiver, judged: &Judged, plan: &Plan) -> bool {
    by_namespace(plan).any(|mut range| {
        let first = &plan.repositories[range.start].id;
        reaches(waiver, &first.source, &first.namespace)
            && range.any(|index| {
                let row = &judged.repositories[index];
                let is_unknown = row.unknown_class.is_some() || row.may_be_cut;
                is_unknown && waiver.scope.holds(&plan.repositories[index].id)
            })
    })
}

/// Whether a listing that is not whole could have brought something into its scope, be it for a warning alone.
fn holds_unlisted(waiver: &Waiver, judged: &Judged) -> bool {
    let may_hold = |source: &str, namespace: Option<&NamespaceName>| match namespace {
        Some(namespace) => reaches(waiver, source, namespace),
        None => reaches_source(waiver, source),
    };
    let in_gap = judged
        .gaps
        .iter()
        .any(|gap| may_hold(&gap.source.name, gap.namespace.as_ref()));
    in_gap
        || judged.limits.iter().any(|limit| match &limit.blindness {
            Blindness::ListingUnconfirmed(namespace, ListingDoubt::Failed(_)) => {
                may_hold(&limit.source, namespace.as_ref())
            }
            Blindness::ListingUnconfirmed(
                _,
                ListingDoubt::Empty | ListingDoubt::Uncounted | ListingDoubt::Fewer { .. },
            )
            | Blindness::AccountUnconfirmed(_)
            | Blindness::ListMayBeCut(_)
            | Blindness::ManualRulesHidden
            | Blindness::NamespaceUnconfirmed(..)
            | Blindness::OutsideSelection(_)
            | Blindness::OutsideShard(_)
            | Blindness::ShardMissing(_)
            | Blindness::ShardsOfSeveralRuns { .. }
            | Blindness::SkippedNotChecked { .. }
            | Blindness::UnlistedNotSearched => false,
        })
}

/// A finding about a waiver: of its own source, or of the only one there is.
fn of_waiver(waiver: &Waiver, sources: &[Arc<Source>], difference: Difference) -> OtherFinding {
    let source = match (&waiver.source, sources) {
        (Some(name), _) => sources.iter().find(|source| source.name == *name),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    OtherFinding {
        source: source.map(Arc::clone),
        namespace: None,
        repository: None,
        owner: Some(Arc::clone(&waiver.owner)),
        finding: whole::finding(&waiver.severities, difference),
        place: waiver.place.clone(),
    }
}

#[cfg(test)]
mod tests;
