//! Which repositories may be in a circle or a race that was not seen whole: a waiver for it is not known to be unused.
//!
//! What was not seen may have any rule. What was left out by people, by a skip or a selection, is not looked at here.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use super::{Cloud, Graph, Step};
use crate::model::{JudgedRepository, ListingGap, Target};

/// Repositories as indexes into the plan.
#[derive(Debug, Default)]
pub(in crate::judge) struct Possible {
    /// Those whose rules lead to where rules were not seen.
    pub(in crate::judge) circles: BTreeSet<usize>,
    /// Those that overwrite, or may, at a target at which another one may: one whose rules were not seen, whose `override`
    /// was not sent, or of which it is not known whether it is of the same cloud.
    pub(in crate::judge) races: BTreeMap<usize, Vec<Target>>,
}

impl Graph<'_> {
    /// Circles and races that may be there, but for those that are reported.
    pub(in crate::judge) fn possible(&self, judged: &[JudgedRepository], gaps: &[ListingGap]) -> Possible {
        let unseen = Unseen::of(self, judged, gaps);
        let mut possible = Possible::default();
        if !unseen.is_nothing() {
            for node in self.leading_to(|step| unseen.holds(self, step)) {
                possible.circles.extend(self.repositories(node));
            }
        }
        for contest in self.contests() {
            let may_be_more = unseen.may_hold_name(contest.name);
            for writer in &contest.writers {
                if may_be_more || self.is_undetermined(&contest, writer) {
                    for index in self.repositories(writer.node) {
                        let targets = possible.races.entry(index).or_default();
                        targets.push(contest.target.clone());
                    }
                }
            }
        }
        possible
    }

    /// The nodes from which rules lead, over others or not, to such a step.
    fn leading_to(&self, is_end: impl Fn(&Step) -> bool) -> BTreeSet<u32> {
        let mut back: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for step in &self.steps {
            if let Some(to) = step.to {
                back.entry(to).or_default().push(step.from);
            }
        }
        let ends = self.steps.iter().filter(|step| is_end(step));
        let mut found: BTreeSet<u32> = ends.map(|step| step.from).collect();
        let mut queue: VecDeque<u32> = found.iter().copied().collect();
        while let Some(node) = queue.pop_front() {
            let before = back.get(&node).into_iter().flatten();
            queue.extend(before.filter(|&&from| found.insert(from)));
        }
        found
    }
}

/// Where rules may be that were not seen.
struct Unseen<'a> {
    /// By index into the plan.
    repositories: BTreeSet<usize>,
    /// The names of these.
    names: HashSet<&'a str>,
    /// Namespaces, with their clouds and regions, of which nobody knows what is in them.
    namespaces: BTreeSet<(Cloud, &'a str, &'a str)>,
}

impl<'a> Unseen<'a> {
    fn of(graph: &Graph<'a>, judged: &[JudgedRepository], gaps: &'a [ListingGap]) -> Self {
        let rows = judged.iter().enumerate().filter(|(_, row)| row.may_have_unseen_rules());
        let repositories: BTreeSet<usize> = rows.map(|(index, _)| index).collect();
        let name = |&index: &usize| graph.plan.repositories[index].id.repository.as_str();
        let namespace = |gap: &'a ListingGap| {
            let cloud = graph.clouds.of_source(&gap.source);
            Some((cloud, &*gap.source.region, gap.namespace.as_ref()?.as_str()))
        };
        Self {
            names: repositories.iter().map(name).collect(),
            namespaces: gaps.iter().filter_map(namespace).collect(),
            repositories,
        }
    }

    fn is_nothing(&self) -> bool {
        self.repositories.is_empty() && self.namespaces.is_empty()
    }

    fn may_hold_name(&self, name: &str) -> bool {
        !self.namespaces.is_empty() || self.names.contains(name)
    }

    /// Whether that step leads there, or may.
    fn holds(&self, graph: &Graph<'_>, step: &Step) -> bool {
        let Target { region, namespace } = graph.target(*step);
        let own = graph.cloud(step.from);
        let mut ends = step.to.into_iter().chain(graph.possible_ends(*step)).peekable();
        let is_unplanned = ends.peek().is_none();
        let mut there = ends.flat_map(|to| graph.repositories(to));
        let mut clouds = std::iter::once(own).chain(graph.clouds.possible(own, region));
        there.any(|index| self.repositories.contains(&index))
            || is_unplanned && clouds.any(|cloud| self.namespaces.contains(&(cloud, &**region, &**namespace)))
    }
}
