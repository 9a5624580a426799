//! Where the rules of all repositories lead: circles, races, and what has no copy in another region.
//!
//! Knows rules as edges between repositories of one name, within one cloud; does not know what is expected of them. Edges
//! are kept for the whole run, however many repositories there are: a few bytes for each.

mod clouds;
mod copies;
mod possible;
mod targets;
mod undetermined;

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::components::{Successors, components, number};
use crate::model::{Difference, Entanglement, Finding, Plan, PlannedRepository, RepoId, Rule, Target};

use self::clouds::Cloud;

pub(super) use self::clouds::Clouds;
pub(super) use self::possible::Possible;
pub(super) use self::targets::Sight;

/// Every rule that copies by itself, or may, as it came.
#[derive(Debug, Default)]
pub(super) struct Edges {
    targets: Vec<Target>,
    numbers: HashMap<Target, u32>,
    kept: Vec<Edge>,
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    /// The repository that has the rule, as an index into the plan.
    from: u32,
    /// Where it copies to, as an index into the targets.
    target: u32,
    /// Whether it copies by itself: never a no.
    copies: Certainty,
    overwrites: Certainty,
}

/// Whether something is so, as far as the answers show. The greater wins where several say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    No,
    Unknown,
    Yes,
}

impl From<Option<bool>> for Certainty {
    fn from(flag: Option<bool>) -> Self {
        match flag {
            Some(false) => Self::No,
            None => Self::Unknown,
            Some(true) => Self::Yes,
        }
    }
}

impl Edges {
    /// Takes the rules of a repository. A rule with `syncAuto=false` copies nothing by itself.
    pub(super) fn take(&mut self, index: usize, rules: &[Rule]) {
        for rule in rules.iter().filter(|rule| rule.flags.sync_auto != Some(false)) {
            let edge = Edge {
                from: number(index),
                target: self.number(&rule.target),
                copies: rule.flags.sync_auto.into(),
                overwrites: rule.flags.overrides.into(),
            };
            self.kept.push(edge);
        }
    }

    /// The rules of that repository are not believed any more.
    pub(super) fn forget(&mut self, index: usize) {
        self.kept.retain(|edge| edge.from != number(index));
    }

    fn number(&mut self, target: &Target) -> u32 {
        if let Some(&known) = self.numbers.get(target) {
            return known;
        }
        let new = number(self.targets.len());
        self.targets.push(target.clone());
        self.numbers.insert(target.clone(), new);
        new
    }

    /// All edges are there.
    pub(super) fn close<'a>(self, plan: &'a Plan, clouds: &'a Clouds<'a>) -> Graph<'a> {
        let of_source = |planned: &PlannedRepository| clouds.of_source(&planned.source);
        let mut graph = Graph {
            plan,
            clouds,
            cloud_of: plan.repositories.iter().map(of_source).collect(),
            targets: self.targets,
            nodes: Vec::new(),
            positions: Vec::new(),
            steps: Vec::new(),
        };
        let mut nodes: Vec<u32> = (0..plan.repositories.len()).map(number).collect();
        nodes.sort_by(|&a, &b| graph.key(a).cmp(&graph.key(b)));
        graph.positions = graph.first_positions(&nodes);
        graph.nodes = nodes;
        graph.steps = self.kept.iter().filter_map(|edge| graph.step(*edge)).collect();
        let targets = &graph.targets;
        graph
            .steps
            .sort_by(|a, b| (a.from, &targets[a.target as usize]).cmp(&(b.from, &targets[b.target as usize])));
        graph.steps.dedup_by(|later, kept| {
            let is_twin = (later.from, later.target) == (kept.from, kept.target);
            if is_twin {
                kept.copies = kept.copies.max(later.copies);
                kept.overwrites = kept.overwrites.max(later.overwrites);
            }
            is_twin
        });
        graph
    }
}

/// A repository by what rules name, and the cloud in which they name it: a rule keeps the repository's name, so those of
/// one name stand together.
type Key<'a> = (&'a str, Cloud, &'a str, &'a str);

/// The repositories of the plan and the rules between them.
pub(super) struct Graph<'a> {
    plan: &'a Plan,
    clouds: &'a Clouds<'a>,
    /// The cloud of each of the plan's repositories.
    cloud_of: Vec<Cloud>,
    targets: Vec<Target>,
    /// The repositories, as indexes into the plan, in order of their keys. Two sources may show one repository: then it
    /// stands here twice, and its first position stands for both.
    nodes: Vec<u32>,
    /// The first position in the nodes of each of the plan's repositories.
    positions: Vec<u32>,
    /// The edges in order of where they come from, then of their targets, none twice.
    steps: Vec<Step>,
}

/// An edge between positions in the nodes.
#[derive(Clone, Copy)]
struct Step {
    from: u32,
    target: u32,
    /// The repository there, where it is one of the plan, and certainly that one.
    to: Option<u32>,
    copies: Certainty,
    overwrites: Certainty,
}

/// A target repository, and all that write it by themselves and overwrite, or may, whichever their clouds are.
struct Contest<'a> {
    name: &'a str,
    target: &'a Target,
    writers: Vec<Writer>,
}

#[derive(Clone, Copy)]
struct Writer {
    node: u32,
    cloud: Cloud,
    overwrites: Certainty,
}

impl<'a> Graph<'a> {
    fn key(&self, index: u32) -> Key<'a> {
        let PlannedRepository { id, source, .. } = &self.plan.repositories[index as usize];
        let cloud = self.cloud_of[index as usize];
        (id.repository.as_str(), cloud, &source.region, id.namespace.as_str())
    }

    /// Where the key of each of the plan's repositories first stands among these.
    fn first_positions(&self, nodes: &[u32]) -> Vec<u32> {
        let mut positions = vec![0; nodes.len()];
        let mut first = 0;
        for (position, &index) in nodes.iter().enumerate() {
            if self.key(nodes[first]) != self.key(index) {
                first = position;
            }
            positions[index as usize] = number(first);
        }
        positions
    }

    /// The edge by positions; a rule that leads back to its own repository leads nowhere.
    fn step(&self, edge: Edge) -> Option<Step> {
        let (name, cloud, ..) = self.key(edge.from);
        let from = self.positions[edge.from as usize];
        let target = &self.targets[edge.target as usize];
        let to = self.position((name, cloud, &target.region, &target.namespace));
        (to != Some(from)).then_some(Step {
            from,
            target: edge.target,
            to,
            copies: edge.copies,
            overwrites: edge.overwrites,
        })
    }

    fn position(&self, wanted: Key<'_>) -> Option<u32> {
        let first = self.nodes.partition_point(|&index| self.key(index) < wanted);
        let found = self.nodes.get(first)?;
        (self.key(*found) == wanted).then(|| number(first))
    }

    fn cloud(&self, node: u32) -> Cloud {
        self.cloud_of[self.nodes[node as usize] as usize]
    }

    /// The repositories of the plan to which that step may lead, for all that is known: one in each cloud that may be its
    /// own.
    fn possible_ends(&self, step: Step) -> impl Iterator<Item = u32> {
        let (name, cloud, ..) = self.key(self.nodes[step.from as usize]);
        let target = self.target(step);
        let clouds = self.clouds.possible(cloud, &target.region);
        clouds.filter_map(move |cloud| self.position((name, cloud, &target.region, &target.namespace)))
    }

    fn target(&self, step: Step) -> &Target {
        &self.targets[step.target as usize]
    }

    fn steps_from(&self, node: u32) -> &[Step] {
        let start = self.steps.partition_point(|step| step.from < node);
        let end = self.steps.partition_point(|step| step.from <= node);
        &self.steps[start..end]
    }

    /// The indexes into the plan of what stands at that position, the first in report order before the others.
    fn repositories(&self, node: u32) -> impl Iterator<Item = usize> {
        let wanted = self.key(self.nodes[node as usize]);
        self.nodes[node as usize..]
            .iter()
            .take_while(move |&&index| self.key(index) == wanted)
            .map(|&index| index as usize)
    }

    fn id(&self, node: u32) -> RepoId {
        self.planned(node).id.clone()
    }

    fn planned(&self, node: u32) -> &PlannedRepository {
        &self.plan.repositories[self.nodes[node as usize] as usize]
    }

    /// Circles and races, in report order.
    pub(super) fn entanglements(&self) -> Vec<Entanglement> {
        let circles = self.components(|step| step.to.into_iter());
        let mut all: Vec<Entanglement> = circles.iter().map(|component| self.circle(component)).collect();
        all.extend(self.races());
        all.sort_by(|a, b| order(a).cmp(&order(b)));
        all
    }

    /// The nodes that lead to each other, in groups, where each step leads to those ends.
    fn components<I: Iterator<Item = u32>>(&self, ends: impl Fn(&Step) -> I) -> Vec<Vec<u32>> {
        let inner = self.steps.iter().flat_map(|step| ends(step).map(|to| (step.from, to)));
        let inner: Vec<(u32, u32)> = inner.collect();
        let starts: Vec<u32> = (0..=self.nodes.len())
            .map(|node| number(inner.partition_point(|(from, _)| (*from as usize) < node)))
            .collect();
        let ends: Vec<u32> = inner.into_iter().map(|(_, to)| to).collect();
        components(Successors {
            starts: &starts,
            ends: &ends,
        })
    }

    fn circle(&self, component: &[u32]) -> Entanglement {
        let first = component
            .iter()
            .copied()
            .min_by_key(|&node| self.nodes[node as usize])
            .expect("a component has members");
        let is_inner = |step: &Step| step.to.is_some_and(|to| component.binary_search(&to).is_ok());
        let path = self.way_round(first, is_inner);
        let steps = component.iter().flat_map(|&node| self.steps_from(node));
        let difference = Difference::ReplicationLoop {
            overwrites: steps
                .filter(|step| is_inner(step))
                .any(|step| step.overwrites == Certainty::Yes),
            path: path
                .iter()
                .map(|step| (self.id(step.from), self.target(*step).clone()))
                .collect(),
        };
        self.entanglement(component, self.target(path[0]), difference)
    }

    /// The shortest way round through a member of a circle; among several the first by its targets. Breadth first, and
    /// each repository's rules in order, so the first way to a repository is the first by order as well.
    fn way_round(&self, start: u32, is_inner: impl Fn(&Step) -> bool) -> Vec<Step> {
        let mut came_by: BTreeMap<u32, Step> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for step in self.steps_from(node).iter().filter(|step| is_inner(step)) {
                let Some(to) = step.to else { continue };
                if came_by.contains_key(&to) {
                    continue;
                }
                came_by.insert(to, *step);
                if to == start {
                    return back(start, &came_by);
                }
                queue.push_back(to);
            }
        }
        unreachable!("each member of a component is on a way round")
    }

    fn races(&self) -> Vec<Entanglement> {
        let mut races = Vec::new();
        for Contest { target, writers, .. } in self.contests() {
            let mut by_cloud: BTreeMap<Cloud, Vec<u32>> = BTreeMap::new();
            for writer in writers.iter().filter(|writer| writer.overwrites == Certainty::Yes) {
                by_cloud.entry(writer.cloud).or_default().push(writer.node);
            }
            for mut nodes in by_cloud.into_values().filter(|nodes| nodes.len() > 1) {
                nodes.sort_by_key(|&node| self.nodes[node as usize]);
                let writers = nodes.iter().map(|&node| self.id(node)).collect();
                races.push(self.entanglement(&nodes, target, Difference::OverwriteRace { writers }));
            }
        }
        races
    }

    fn contests(&self) -> Vec<Contest<'_>> {
        let mut contests: BTreeMap<(&str, &Target), Vec<Writer>> = BTreeMap::new();
        for step in self.steps.iter().filter(|step| step.overwrites != Certainty::No) {
            let (name, cloud, ..) = self.key(self.nodes[step.from as usize]);
            contests.entry((name, self.target(*step))).or_default().push(Writer {
                node: step.from,
                cloud,
                overwrites: step.overwrites,
            });
        }
        let contest = |((name, target), writers)| Contest { name, target, writers };
        contests.into_iter().map(contest).collect()
    }

    /// A finding at the first of these, in report order. Each member's document has its word on the severity, and the
    /// gravest holds: what one team thinks little of may be another's images.
    fn entanglement(&self, nodes: &[u32], target: &Target, difference: Difference) -> Entanglement {
        let mut members: Vec<usize> = nodes.iter().flat_map(|&node| self.repositories(node)).collect();
        members.sort_unstable();
        let severities = members.iter().map(|&index| {
            let severities = &self.plan.repositories[index].expectation.severities;
            severities.of(difference.code(), difference.default_severity())
        });
        Entanglement {
            finding: Finding {
                severity: severities.max().expect("it has members"),
                difference,
                target: Some(target.clone()),
                expected: None,
                rule: None,
                waiver: None,
            },
            members,
            accepted_in_part: None,
        }
    }
}

/// The way from `start` to itself, read backwards from its end.
fn back(start: u32, came_by: &BTreeMap<u32, Step>) -> Vec<Step> {
    let mut way = vec![came_by[&start]];
    while let Some(last) = way.last().filter(|last| last.from != start) {
        way.push(came_by[&last.from]);
    }
    way.reverse();
    way
}

fn order(entanglement: &Entanglement) -> (usize, Option<&Target>, &'static str, &[usize]) {
    let finding = &entanglement.finding;
    (
        entanglement.members[0],
        finding.target.as_ref(),
        finding.difference.code().name(),
        &entanglement.members,
    )
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
