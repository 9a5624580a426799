//! The mass-change guard: a wrong account, region or permission must not read as hundreds of findings.
//!
//! Knows what the baseline saw and what this run judged; turns findings into unknown, and nothing into anything better.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::listed::Told;
use super::rules::Comparison;
use super::{Gathered, NamespaceId, disputed, settle};
use crate::model::{
    Code, Deciding, Difference, Failure, JudgedRepository, LastSeen, ListingGap, MassChange, MissingNamespace,
    NamespaceEntry, NamespaceName, OtherFinding, Place, Plan, PlannedNamespace, PlannedRepository, RepoId,
    RepositoryName, SeenRepository, Source, UnknownClass, Upheaval,
};

/// The fewest repositories that are too many at once.
const FEWEST: usize = 10;

/// What an answer is held against before its absences are believed.
#[derive(Clone, Copy, Debug)]
pub struct Guard<'a> {
    /// Whether it acts; what is gone is counted in either case.
    pub is_on: bool,
    /// What the baseline saw.
    pub last_seen: &'a LastSeen,
    /// The namespaces of the inventory, in its order: they say what is still covered.
    pub namespaces: &'a [NamespaceEntry],
}

impl Guard<'static> {
    /// Every absence is believed, and nothing is known of earlier runs.
    pub const fn off() -> Self {
        static NOTHING: LastSeen = LastSeen::nothing();
        Self {
            is_on: false,
            last_seen: &NOTHING,
            namespaces: &[],
        }
    }
}

/// What came of it.
#[derive(Default)]
pub(super) struct Guarded {
    /// What is not believed, in report order.
    pub(super) mass_changes: Vec<MassChange>,
    /// The repositories that are gone, believed or not.
    pub(super) gone: usize,
}

impl Guarded {
    /// The namespaces of which something is not believed to be gone.
    pub(super) fn namespaces(&self) -> BTreeSet<NamespaceId> {
        let doubted = self.mass_changes.iter().filter(|change| change.is_of_absence());
        doubted
            .map(|change| (Arc::clone(&change.source.name), change.namespace.clone()))
            .collect()
    }
}

/// Holds every source against the baseline, and takes back what is not believed. Called when all answers have been judged,
/// and before anything is derived from several of them.
pub(super) fn apply(plan: &Plan, guard: Guard<'_>, today: Date, gathered: &mut Gathered, listed: &mut Told) -> Guarded {
    let sources = plan.repositories.iter().map(|planned| &planned.source);
    let sources = sources.chain(plan.namespaces.iter().map(|planned| &planned.source));
    let sources: BTreeMap<&Arc<str>, &Arc<Source>> = sources.map(|source| (&source.name, source)).collect();
    let mut guarded = Guarded::default();
    for source in sources.into_values() {
        let tally = Counting {
            plan,
            guard,
            today,
            source,
        }
        .count(gathered, listed);
        guarded.gone += tally.gone();
        if guard.is_on {
            let doubts = Doubts::of(plan, source, tally);
            guarded.mass_changes.extend(doubts.take_back(gathered, listed));
        }
    }
    listed.sort();
    guarded
}

/// What of one source is gone, or lost its rules.
#[derive(Default)]
struct Tally {
    /// Repositories that are absent, or in a missing namespace, as indexes into the plan.
    absent: Vec<usize>,
    /// Repositories that the baseline saw and that are no longer listed, in order.
    unlisted: Vec<(NamespaceName, RepositoryName)>,
    /// Repositories that had rules and answer that there are none, as indexes into the plan.
    without_rules: Vec<usize>,
    /// How many the baseline saw of those that this run audits; `None`: there is no baseline.
    seen: Option<usize>,
    /// How many of these are gone.
    seen_and_gone: usize,
    /// Whether any repository is there.
    has_any: bool,
}

struct Counting<'a> {
    plan: &'a Plan,
    guard: Guard<'a>,
    today: Date,
    source: &'a Arc<Source>,
}

impl Counting<'_> {
    fn count(&self, gathered: &Gathered, listed: &Told) -> Tally {
        let mut tally = Tally::default();
        let planned = self
            .plan
            .by_source()
            .find(|(_, planned)| planned[0].id.source == self.source.name);
        let (first, planned) = planned.unwrap_or_default();
        let rows = &gathered.repositories[first..first + planned.len()];
        for (at, row) in rows.iter().enumerate() {
            if is_gone(row) {
                tally.absent.push(first + at);
            }
            tally.has_any |= row.actual_rules.is_some() || planned[at].is_listed;
        }
        let Some(seen) = self.guard.last_seen.sources.get(&self.source.name) else {
            return tally;
        };
        let missing = gathered
            .missing
            .iter()
            .filter(|one| one.source.name == self.source.name);
        let missing: BTreeSet<&NamespaceName> = missing.map(|one| &one.namespace).collect();
        let mut count = 0;
        // Both are in report order.
        let mut at = 0;
        for repository in seen.iter() {
            let is_before = |planned: &PlannedRepository| {
                repository.cmp_name(planned.id.namespace.as_str(), planned.id.repository.as_str())
            };
            while planned.get(at).is_some_and(|planned| is_before(planned).is_gt()) {
                at += 1;
            }
            if planned.get(at).is_some_and(|planned| is_before(planned).is_eq()) {
                count += 1;
                tally.seen_and_gone += usize::from(is_gone(&rows[at]));
                if repository.had_rules && rows[at].actual_rules == Some(0) {
                    tally.without_rules.push(first + at);
                }
            } else if let Some(id) = self.covered(repository) {
                count += 1;
                // Where there is no such namespace, there is nothing to list.
                if missing.contains(&id.namespace) || listed.is_whole(&id.source, &id.namespace) {
                    tally.seen_and_gone += 1;
                    tally.unlisted.push((id.namespace, id.repository));
                }
            }
        }
        tally.seen = Some(count);
        tally
    }

    /// The repository, if this run would audit it were it listed: an entry covers it and does not skip it, and it is selected.
    fn covered(&self, seen: SeenRepository<'_>) -> Option<RepoId> {
        let id = RepoId {
            source: Arc::clone(&self.source.name),
            namespace: NamespaceName::parse(seen.namespace).ok()?,
            repository: RepositoryName::parse(seen.repository).ok()?,
        };
        let selection = &self.plan.selection;
        if !selection.holds(&id) || selection.shard.is_some_and(|shard| !shard.holds(&id.repository)) {
            return None;
        }
        let entries = self.guard.namespaces;
        let order = |entry: &NamespaceEntry| (&entry.source.name, &entry.name).cmp(&(&id.source, &id.namespace));
        let entry = &entries[entries.binary_search_by(order).ok()?];
        let treatment = match entry.deciding(&id.repository)? {
            // One that is named is in the plan, or left out of it on purpose.
            Deciding::Repository(_) => return None,
            Deciding::Pattern(pattern) => &pattern.treatment,
            Deciding::Namespace(treatment) => treatment,
        };
        treatment.skip_on(self.today).is_none().then_some(id)
    }
}

fn is_gone(row: &JudgedRepository) -> bool {
    let mut own = row.findings.iter();
    row.in_missing_namespace || own.any(|finding| finding.difference.code() == Code::MissingRepo)
}

impl Tally {
    const fn gone(&self) -> usize {
        self.absent.len() + self.unlisted.len()
    }

    /// Too many are gone to be believed.
    fn too_many_gone(&self) -> Option<Upheaval> {
        let gone = self.gone();
        let upheaval = match self.seen {
            Some(seen) => is_most(self.seen_and_gone, seen).then_some(Upheaval::Gone {
                gone: self.seen_and_gone,
                seen,
            }),
            None => (!self.has_any).then_some(Upheaval::AllGone(gone)),
        };
        upheaval.filter(|_| gone >= FEWEST)
    }

    /// Too many lost their rules to be believed.
    fn too_many_without_rules(&self) -> Option<Upheaval> {
        let (without, seen) = (self.without_rules.len(), self.seen?);
        let is_mass = without >= FEWEST && is_most(without, seen);
        is_mass.then_some(Upheaval::WithoutRules { without, seen })
    }
}

/// Whether these are more than 30 % of all.
const fn is_most(part: usize, all: usize) -> bool {
    part * 10 > all * 3
}

/// What is not believed of one source, by namespace.
struct Doubts<'a> {
    plan: &'a Plan,
    source: &'a Arc<Source>,
    tally: Tally,
    gone: Option<Upheaval>,
    without_rules: Option<Upheaval>,
    planned: BTreeMap<&'a NamespaceName, &'a PlannedNamespace>,
    changes: BTreeMap<NamespaceName, MassChange>,
}

impl<'a> Doubts<'a> {
    fn of(plan: &'a Plan, source: &'a Arc<Source>, tally: Tally) -> Self {
        let of_source = plan.namespaces.iter().filter(|one| one.source.name == source.name);
        Self {
            plan,
            source,
            gone: tally.too_many_gone(),
            without_rules: tally.too_many_without_rules(),
            tally,
            planned: of_source.map(|one| (&one.name, one)).collect(),
            changes: BTreeMap::new(),
        }
    }

    /// Takes back what is not believed, and says what that is.
    fn take_back(mut self, gathered: &mut Gathered, listed: &mut Told) -> impl Iterator<Item = MassChange> {
        if let Some(upheaval) = self.gone {
            self.missing_namespaces(upheaval, &mut gathered.missing);
            for index in std::mem::take(&mut self.tally.absent) {
                self.row(index, upheaval, &mut gathered.repositories);
            }
            for (namespace, repository) in std::mem::take(&mut self.tally.unlisted) {
                self.unlisted(&namespace, repository, upheaval);
            }
            self.lists(listed);
        }
        if let Some(upheaval) = self.without_rules {
            for index in std::mem::take(&mut self.tally.without_rules) {
                self.row(index, upheaval, &mut gathered.repositories);
            }
        }
        self.changes.into_values().map(|mut change| {
            change.members.sort_unstable();
            change
        })
    }

    /// None of a source that is not believed is missing, not even one of which nothing else is known.
    fn missing_namespaces(&mut self, upheaval: Upheaval, missing: &mut Vec<MissingNamespace>) {
        let is_here = |missing: &MissingNamespace| missing.source.name == self.source.name;
        let (here, others): (Vec<_>, Vec<_>) = missing.drain(..).partition(is_here);
        *missing = others;
        for missing in here {
            self.change(&missing.namespace, upheaval, missing.owner.as_ref(), &missing.place);
        }
    }

    fn row(&mut self, index: usize, upheaval: Upheaval, rows: &mut [JudgedRepository]) {
        let planned = &self.plan.repositories[index];
        doubt(planned, &mut rows[index]);
        let change = self.change(&planned.id.namespace, upheaval, planned.owner.as_ref(), &planned.place);
        change.members.push(index);
    }

    fn unlisted(&mut self, namespace: &NamespaceName, repository: RepositoryName, upheaval: Upheaval) {
        // What was to be listed is of a namespace of the plan.
        if let Some(planned) = self.planned.get(namespace).copied() {
            let change = self.change(namespace, upheaval, planned.owner.as_ref(), &planned.place);
            change.unlisted.push(repository);
        }
    }

    fn change(
        &mut self,
        namespace: &NamespaceName,
        upheaval: Upheaval,
        owner: Option<&Arc<str>>,
        place: &Place,
    ) -> &mut MassChange {
        let change = self.changes.entry(namespace.clone()).or_insert_with(|| MassChange {
            source: Arc::clone(self.source),
            namespace: namespace.clone(),
            owner: owner.map(Arc::clone),
            members: Vec::new(),
            unlisted: Vec::new(),
            upheavals: Vec::new(),
            place: place.clone(),
        });
        if !change.upheavals.contains(&upheaval) {
            change.upheavals.push(upheaval);
        }
        change
    }

    /// The lists of these namespaces are not believed to be all there is: what only they could show is not known.
    fn lists(&self, listed: &mut Told) {
        let is_of_doubted = |other: &OtherFinding| {
            let source = other
                .source
                .as_ref()
                .is_some_and(|source| source.name == self.source.name);
            let namespace = other.namespace.as_ref();
            source && namespace.is_some_and(|namespace| self.changes.contains_key(namespace))
        };
        let is_empty_pattern =
            |other: &OtherFinding| matches!(other.finding.difference, Difference::EmptyPattern { .. });
        listed
            .others
            .retain(|other| !(is_empty_pattern(other) && is_of_doubted(other)));
        for name in self.changes.keys() {
            listed.whole.remove(&(Arc::clone(&self.source.name), name.clone()));
            let was_listed = self.planned.get(name).filter(|planned| planned.listing.is_some());
            let is_known_gap =
                |gap: &ListingGap| (&gap.source.name, gap.namespace.as_ref()) == (&self.source.name, Some(name));
            if let Some(planned) = was_listed
                && !listed.gaps.iter().any(is_known_gap)
            {
                listed.gaps.push(gap(planned));
            }
        }
    }
}

fn gap(planned: &PlannedNamespace) -> ListingGap {
    ListingGap {
        source: Arc::clone(&planned.source),
        namespace: Some(planned.name.clone()),
        owner: planned.owner.clone(),
        failure: Failure::unasked(UnknownClass::MassChange),
        place: planned.place.clone(),
    }
}

/// Nothing that follows from its answer stands: neither what differs, nor what might.
fn doubt(planned: &PlannedRepository, row: &mut JudgedRepository) {
    let told = if planned.is_disputed {
        disputed()
    } else {
        Comparison::default()
    };
    let evidence = std::mem::take(&mut row.evidence);
    *row = JudgedRepository {
        actual_rules: row.actual_rules,
        ..settle(planned, told, Some(UnknownClass::MassChange), evidence)
    };
}
