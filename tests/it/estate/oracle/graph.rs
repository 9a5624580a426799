//! Circles and races among repositories of one name in one cloud, by following every rule from everywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::Place;

/// A repository as rules name it: region, namespace, name; and the cloud in which they do.
pub(super) type Node = (String, String, String, usize);

/// A circle or a race.
pub(super) struct Knot {
    pub(super) code: &'static str,
    pub(super) severity: &'static str,
    pub(super) target: Place,
    /// Indexes of the members, in report order.
    pub(super) members: Vec<usize>,
}

/// A rule that copies by itself: whose it is, where it leads, whether it overwrites.
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) target: Place,
    pub(super) overwrites: bool,
}

/// `nodes` are the repositories, in report order.
pub(super) fn knots(nodes: &[Node], edges: &[Edge]) -> Vec<Knot> {
    let mut knots = circles(nodes, edges);
    knots.extend(races(nodes, edges));
    knots
}

fn end(nodes: &[Node], edge: &Edge) -> Option<usize> {
    let there = place(nodes, edge);
    nodes.iter().position(|node| *node == there)
}

/// The repository that a rule names.
pub(super) fn place(nodes: &[Node], edge: &Edge) -> Node {
    let (_, _, name, cloud) = &nodes[edge.from];
    let (region, namespace) = edge.target.clone();
    (region, namespace, name.clone(), *cloud)
}

/// How far it is from each to each, for those that are reached at all.
fn distances(nodes: &[Node], edges: &[Edge]) -> Vec<BTreeMap<usize, usize>> {
    let from = |start: usize| {
        let mut far = BTreeMap::new();
        let mut here = BTreeSet::from([start]);
        for distance in 1..=nodes.len() {
            let steps = edges.iter().filter(|edge| here.contains(&edge.from));
            let next: BTreeSet<usize> = steps.filter_map(|edge| end(nodes, edge)).collect();
            here = next.into_iter().filter(|node| !far.contains_key(node)).collect();
            far.extend(here.iter().map(|&node| (node, distance)));
        }
        far
    };
    (0..nodes.len()).map(from).collect()
}

/// Whether rules lead from there, over others or not, to where one such edge leads.
pub(super) fn leads(nodes: &[Node], edges: &[Edge], from: usize, is_end: impl Fn(&Edge) -> bool) -> bool {
    let mut here = BTreeSet::from([from]);
    for _ in nodes {
        let steps = edges.iter().filter(|edge| here.contains(&edge.from));
        let next: Vec<usize> = steps.filter_map(|edge| end(nodes, edge)).collect();
        here.extend(next);
    }
    edges.iter().any(|edge| here.contains(&edge.from) && is_end(edge))
}

fn circles(nodes: &[Node], edges: &[Edge]) -> Vec<Knot> {
    let far = distances(nodes, edges);
    let mut circles = Vec::new();
    let mut done = BTreeSet::new();
    for first in 0..nodes.len() {
        if done.contains(&first) || !far[first].contains_key(&first) {
            continue;
        }
        let is_member = |&other: &usize| far[first].contains_key(&other) && far[other].contains_key(&first);
        let members: Vec<usize> = (0..nodes.len()).filter(is_member).collect();
        done.extend(members.iter().copied());
        let inner = edges
            .iter()
            .filter(|edge| members.contains(&edge.from) && end(nodes, edge).is_some_and(|to| members.contains(&to)));
        let inner: Vec<&Edge> = inner.collect();
        let home = |edge: &&&Edge| {
            let to = end(nodes, edge).expect("it is an inner one");
            (if to == first { 0 } else { far[to][&first] }, edge.target.clone())
        };
        let way = inner.iter().filter(|edge| edge.from == first).min_by_key(home);
        circles.push(Knot {
            code: "replication-loop",
            severity: if inner.iter().any(|edge| edge.overwrites) {
                "high"
            } else {
                "medium"
            },
            target: way.expect("it is on a circle").target.clone(),
            members,
        });
    }
    circles
}

fn races(nodes: &[Node], edges: &[Edge]) -> Vec<Knot> {
    let mut writers: BTreeMap<Node, BTreeSet<usize>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| edge.overwrites) {
        writers.entry(place(nodes, edge)).or_default().insert(edge.from);
    }
    let races = writers.into_iter().filter(|(_, writers)| writers.len() > 1);
    races
        .map(|((region, namespace, ..), writers)| Knot {
            code: "overwrite-race",
            severity: "high",
            target: (region, namespace),
            members: writers.into_iter().collect(),
        })
        .collect()
}
