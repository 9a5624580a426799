//! What the answers show, brought together.

use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

use jiff::civil::Date;

use crate::judge::{Guard, Judging};
use crate::model::{
    Answer, Cause, Entanglement, Evidence, Failure, Gather, Judged, Listings, Look, NamespaceName, Observation, Plan,
    PlannedListing, PlannedNamespace, PlannedRepository, Scope, Selection, Source, Survey, SurveyedNamespace,
    SurveyedRepository, SurveyedSource, Tangle, Target, UnknownClass,
};
use crate::report::snapshot::{NotTold, Unread};

/// What was asked for, and what was listed to that end.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// In order of their names, as in the plan.
    pub(super) sources: &'a [Arc<Source>],
    pub(super) selection: &'a Selection,
    /// The namespaces that the sources list.
    pub(super) accounts: &'a Listings,
    pub(super) plan: &'a Plan,
}

impl<'a> View<'a> {
    /// The namespaces of a source.
    pub(super) fn of_source(self, source: &'a Source) -> impl Iterator<Item = &'a PlannedNamespace> {
        let namespaces = self.plan.namespaces.iter();
        namespaces.filter(|planned| planned.source.name == source.name)
    }
}

/// What each repository of the plan answered.
pub(super) struct Answers {
    answers: Vec<Option<Answer>>,
    /// Why lists are not believed any more, by source and namespace.
    doubted: Doubted,
}

type Doubted = BTreeMap<(Arc<str>, NamespaceName), Failure>;

fn doubt<'a>(doubted: &'a Doubted, planned: &PlannedNamespace) -> Option<&'a Failure> {
    doubted.get(&(Arc::clone(&planned.source.name), planned.name.clone()))
}

impl Gather for Answers {
    fn take(&mut self, index: usize, observation: Observation) {
        self.answers[index] = Some(observation.answer);
    }

    fn looked(&mut self, source: &Arc<str>, namespace: &NamespaceName, look: Look) {
        if look == Look::Absent {
            self.doubted.remove(&(Arc::clone(source), namespace.clone()));
        }
    }

    fn forget(&mut self, index: usize) {
        self.answers[index] = None;
    }

    /// Its list was believed to be empty, or absent, for what the look brought.
    fn forget_look(&mut self, source: &Arc<str>, namespace: &NamespaceName) {
        let failure = Failure {
            detail: "the look at the namespace is not believed".to_owned(),
            ..Failure::unasked(UnknownClass::BadResponse)
        };
        self.doubt_list(source, namespace, failure);
    }

    fn doubt_list(&mut self, source: &Arc<str>, namespace: &NamespaceName, failure: Failure) {
        self.doubted.insert((Arc::clone(source), namespace.clone()), failure);
    }
}

impl Answers {
    /// None came yet.
    pub(super) fn to(plan: &Plan) -> Self {
        Self {
            answers: vec![None; plan.repositories.len()],
            doubted: BTreeMap::new(),
        }
    }

    /// What an audit would make of it: it follows the same rules, and holds the selection against the same lists.
    pub(super) fn judged(&self, view: View<'_>, today: Date) -> Judged {
        let mut judging = Judging::new(view.plan);
        for (index, answer) in self.answers.iter().enumerate() {
            if let Some(answer @ Answer::Rules(_)) = answer {
                let answer = answer.clone();
                let evidence = Evidence::default();
                judging.take(index, Observation { answer, evidence });
            }
        }
        judging.finish(view.sources, &[], today, Guard::off())
    }

    /// Why something of a source was not seen: the first reason that there is, of each source.
    pub(super) fn first_failures(&self, view: View<'_>) -> Vec<NotTold> {
        let first = |source: &Arc<Source>| {
            let account = view.accounts.namespaces.get(&source.name);
            let of_account = account.and_then(|account| Some((Unread::Namespaces, account.gap.clone()?)));
            let of_namespace = || {
                view.of_source(source).find_map(|planned| {
                    let gap = doubt(&self.doubted, planned)
                        .cloned()
                        .or_else(|| planned.listing.as_ref()?.gap())?;
                    Some((Unread::Repositories(planned.name.clone()), gap))
                })
            };
            let of_repository = || {
                let mut all = view.plan.repositories.iter().zip(&self.answers);
                all.find_map(|(planned, answer)| match answer {
                    Some(Answer::Failed(failure)) if planned.id.source == source.name => {
                        Some((Unread::Rules(planned.id.clone()), failure.clone()))
                    }
                    Some(Answer::Failed(_) | Answer::Rules(_) | Answer::Absent) | None => None,
                })
            };
            let (what, failure) = of_account.or_else(of_namespace).or_else(of_repository)?;
            Some(NotTold {
                source: Arc::clone(&source.name),
                what,
                failure,
            })
        };
        view.sources.iter().filter_map(first).collect()
    }

    /// All that was seen, with what is wrong together and with the patterns of `--only` that nothing is within.
    pub(super) fn survey(self, view: View<'_>, judged: Judged) -> Survey {
        let Self { answers, doubted } = self;
        let mut repositories = view.plan.repositories.iter().zip(answers).peekable();
        let mut sources = Vec::with_capacity(view.sources.len());
        for source in view.sources {
            let mut namespaces = Vec::new();
            for planned in view.of_source(source) {
                let is_of_it = |(one, _): &(&PlannedRepository, Option<Answer>)| {
                    one.id.source == source.name && one.id.namespace == planned.name
                };
                let mine = iter::from_fn(|| repositories.next_if(is_of_it));
                let mine: Vec<SurveyedRepository> = mine.map(surveyed_repository).collect();
                namespaces.extend(surveyed_namespace(
                    planned,
                    doubt(&doubted, planned),
                    mine,
                    view.selection,
                ));
            }
            let account = view.accounts.namespaces.get(&source.name);
            let is_part = view.selection.leaves_out_by_name();
            sources.push(SurveyedSource {
                source: Arc::clone(source),
                namespaces,
                gap: account.and_then(|account| account.gap.as_ref().map(Cause::from)),
                is_part,
                hidden: if is_part { 0 } else { hidden(view, source) },
            });
        }
        let possible = possible(view.plan, &judged);
        let certain = judged.entanglements.into_iter().map(|found| tangle(view.plan, found));
        let tangles = certain.chain(possible).collect();
        let mut empty_selections = judged.empty_selections;
        // A namespace that no list showed may hold what was meant.
        empty_selections.retain(|scope| !sources.iter().any(|source| is_unlisted_within(scope, source)));
        Survey {
            sources,
            tangles,
            empty_selections,
        }
    }
}

fn is_unlisted_within(scope: &Scope, source: &SurveyedSource) -> bool {
    source.gap.is_some() && scope.reaches_source(&source.source.name)
}

fn tangle(plan: &Plan, found: Entanglement) -> Tangle {
    let id = |&index: &usize| plan.repositories[index].id.clone();
    Tangle {
        code: found.finding.difference.code(),
        members: found.members.iter().map(id).collect(),
        target: found.finding.target,
        is_certain: true,
    }
}

/// Circles and races that cannot be ruled out, each with those that may be in it, by their name and target.
fn possible(plan: &Plan, judged: &Judged) -> Vec<Tangle> {
    let mut found: BTreeMap<(&str, Option<Target>, &str), Tangle> = BTreeMap::new();
    for (planned, row) in plan.repositories.iter().zip(&judged.repositories) {
        for unknown in &row.unknowns {
            let Some(code) = unknown.may_be else { continue };
            let key = (code.name(), unknown.target.clone(), planned.id.repository.as_str());
            let tangle = found.entry(key).or_insert_with(|| Tangle {
                code,
                members: Vec::new(),
                target: unknown.target.clone(),
                is_certain: false,
            });
            tangle.members.push(planned.id.clone());
        }
    }
    found.into_values().collect()
}

/// How many repositories more the account counts than were listed.
fn hidden(view: View<'_>, source: &Arc<Source>) -> u64 {
    let account = view.accounts.namespaces.get(&source.name);
    let counted = account.and_then(|account| account.account_repositories);
    let listed = view.of_source(source).filter_map(|planned| planned.listing.as_ref());
    let listed: usize = listed.map(|listing| listing.listed).sum();
    counted.unwrap_or_default().saturating_sub(listed as u64)
}

/// `None`: it is not there.
fn surveyed_namespace(
    planned: &PlannedNamespace,
    doubt: Option<&Failure>,
    repositories: Vec<SurveyedRepository>,
    selection: &Selection,
) -> Option<SurveyedNamespace> {
    let listing = planned.listing.as_ref();
    if doubt.is_none() && listing.is_some_and(|planned| matches!(planned.listing.look, Some(Look::Absent))) {
        return None;
    }
    let gap = listing.and_then(PlannedListing::gap);
    Some(SurveyedNamespace {
        name: planned.name.clone(),
        repositories,
        gap: doubt.or(gap.as_ref()).map(Cause::from),
        is_uncounted: listing.is_some_and(|planned| planned.listing.is_uncounted),
        extent: selection.extent(&planned.source.name, &planned.name),
    })
}

/// One that was listed and is absent when asked may have been deleted in between, or not be visible: an audit does not
/// know, and so does not this.
fn surveyed_repository((planned, answer): (&PlannedRepository, Option<Answer>)) -> SurveyedRepository {
    let unread = |class| Err(Cause::from(&Failure::unasked(class)));
    let rules = match answer {
        Some(Answer::Rules(rules)) => Ok(rules),
        Some(Answer::Absent) => unread(UnknownClass::Vanished),
        Some(Answer::Failed(failure)) => Err(Cause::from(&failure)),
        None => unread(UnknownClass::Interrupted),
    };
    SurveyedRepository {
        name: planned.id.repository.clone(),
        rules,
    }
}
