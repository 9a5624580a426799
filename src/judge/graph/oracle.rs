//! A second reading of what circles, races and only copies are, for small worlds: by pairs, and every way there is.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::example::unknown_line;
use super::tests::{World, judge, plan, told};
use super::*;
use crate::model::Flags;

/// Three regions, and one more that claims the id of the first: it is of another cloud.
const SOURCES: [&str; 4] = ["r0", "r1", "r2", "r0@2"];

/// Two names in two namespaces of each source, with rules that may lead to one more region and namespace.
fn worlds() -> impl Strategy<Value = World> {
    let flag = || prop_oneof![3 => Just(Some(true)), 2 => Just(Some(false)), 1 => Just(None)];
    let rule = (0..4_u8, 0..3_u8, flag(), flag()).prop_map(|(region, namespace, overrides, sync_auto)| Rule {
        target: Target {
            region: format!("r{region}").into(),
            namespace: format!("n{namespace}").into(),
        },
        flags: Flags { overrides, sync_auto },
        id: None,
        created_at: None,
        updated_at: None,
    });
    let rules = prop::option::weighted(0.9, prop::collection::vec(rule, 0..4));
    let name = |number: usize| {
        let (namespace, name) = (number / 4 % 2, ["x", "y"][number / 8]);
        format!("{}:n{namespace}/{name}", SOURCES[number % 4])
    };
    prop::collection::vec(rules, 16).prop_map(move |all| {
        all.into_iter()
            .enumerate()
            .map(|(number, rules)| (name(number), rules))
            .collect()
    })
}

/// The same, read a second time: by pairs, and every way there is.
struct Oracle<'a> {
    plan: &'a Plan,
    /// The automatic rules of each repository, with whether one of them overwrites.
    rules: Vec<BTreeMap<Target, bool>>,
}

impl<'a> Oracle<'a> {
    fn new(plan: &'a Plan, world: &World) -> Self {
        let of = |planned: &PlannedRepository| {
            let name = format!("{}:{}", planned.id.source, planned.id);
            let own = Target {
                region: Arc::clone(&planned.source.region),
                namespace: planned.id.namespace.shared(),
            };
            let mut automatic: BTreeMap<Target, bool> = BTreeMap::new();
            let rules = world
                .iter()
                .find(|(each, _)| *each == name)
                .and_then(|(_, rules)| rules.as_ref());
            for rule in rules.into_iter().flatten() {
                if rule.flags.sync_auto != Some(false) && rule.target != own {
                    *automatic.entry(rule.target.clone()).or_default() |= rule.flags.overrides == Some(true);
                }
            }
            automatic
        };
        Self {
            rules: plan.repositories.iter().map(of).collect(),
            plan,
        }
    }

    /// The one that claims a region which another one claims as well is of another cloud; the rest may be of either.
    fn are_two(one: &str, other: &str) -> bool {
        one != other && [one, other].iter().all(|name| name.starts_with("r0"))
    }

    /// Whether nothing parts them, nor one of them from a third that the other may belong to.
    fn is_one(one: &str, other: &str) -> bool {
        let parted = |from: &str| SOURCES.map(|third| Self::are_two(from, third));
        !Self::are_two(one, other) && parted(one) == parted(other)
    }

    fn source(&self, index: usize) -> &'a str {
        &self.plan.repositories[index].id.source
    }

    /// Where a rule leads, and whether that is certain.
    fn ends(&self, from: usize, target: &Target) -> Vec<(usize, bool)> {
        let name = &self.plan.repositories[from].id.repository;
        let own = self.source(from);
        let is_own = |source: &&str| Self::is_one(own, source) && source.trim_end_matches("@2") == &*target.region;
        let has_own = SOURCES.iter().any(is_own);
        let there = (0..self.rules.len()).filter(|&to| {
            let to = &self.plan.repositories[to];
            to.id.repository == *name
                && to.source.region == target.region
                && *to.id.namespace.as_str() == *target.namespace
        });
        let ends = there.map(|to| (to, Self::is_one(own, self.source(to))));
        ends.filter(|(to, is_certain)| *is_certain || !has_own && !Self::are_two(own, self.source(*to)))
            .collect()
    }

    fn at(&self, from: usize, target: &Target) -> Option<usize> {
        let ends = self.ends(from, target);
        ends.into_iter().find(|(_, is_certain)| *is_certain).map(|(to, _)| to)
    }

    fn reach(&self, is_certain: bool) -> Vec<Vec<bool>> {
        let count = self.rules.len();
        let mut reach = vec![vec![false; count]; count];
        for (from, rules) in self.rules.iter().enumerate() {
            for (to, known) in rules.keys().flat_map(|target| self.ends(from, target)) {
                reach[from][to] |= known || !is_certain;
            }
        }
        for over in 0..count {
            for from in 0..count {
                for to in 0..count {
                    reach[from][to] |= reach[from][over] && reach[over][to];
                }
            }
        }
        reach
    }

    /// Those that are on a circle.
    fn on_circles(&self, is_certain: bool) -> Vec<bool> {
        let reach = self.reach(is_certain);
        (0..reach.len()).map(|index| reach[index][index]).collect()
    }

    /// Those that are in a circle or a race, for all that is known, and in none for certain.
    fn in_doubt(&self, index: usize) -> Vec<String> {
        let mut lines = Vec::new();
        if self.on_circles(false)[index] && !self.on_circles(true)[index] {
            lines.push("? not-observable".to_owned());
        }
        for (target, _) in self.rules[index].iter().filter(|(_, overwrites)| **overwrites) {
            let writes = |other: &usize| {
                let same = self.plan.repositories[*other].id.repository == self.plan.repositories[index].id.repository;
                same && *other != index && self.rules[*other].get(target) == Some(&true)
            };
            let others = (0..self.rules.len()).filter(writes).map(|other| self.source(other));
            let others: Vec<&str> = others.collect();
            let own = self.source(index);
            let is_certain = others.iter().any(|other| Self::is_one(own, other));
            if !is_certain && others.iter().any(|other| !Self::are_two(own, other)) {
                lines.push(format!("? not-observable {target}"));
            }
        }
        lines
    }

    /// All ways from one to itself that pass nothing twice, as targets.
    fn ways(&self, start: usize, at: usize, way: &mut Vec<(usize, Target)>, found: &mut Vec<Vec<(usize, Target)>>) {
        for target in self.rules[at].keys() {
            let Some(to) = self.at(at, target) else { continue };
            if way.iter().any(|(passed, _)| *passed == to) && to != start || (to == at) {
                continue;
            }
            way.push((at, target.clone()));
            if to == start {
                found.push(way.clone());
            } else if !way.iter().any(|(passed, _)| *passed == to) {
                self.ways(start, to, way, found);
            }
            way.pop();
        }
    }

    fn name(&self, index: usize) -> String {
        let id = &self.plan.repositories[index].id;
        format!("{}:{id}", id.source)
    }

    fn names(&self, indexes: &[usize]) -> String {
        let names: Vec<String> = indexes.iter().map(|&index| self.name(index)).collect();
        names.join(" ")
    }

    fn told(&self) -> Vec<String> {
        let mut told = self.circles();
        for first in 0..self.rules.len() {
            let name = &self.plan.repositories[first].id.repository;
            for (target, _) in self.rules[first].iter().filter(|(_, overwrites)| **overwrites) {
                let writers = (0..self.rules.len()).filter(|&other| {
                    self.plan.repositories[other].id.repository == *name
                        && self.rules[other].get(target) == Some(&true)
                        && Self::is_one(self.source(first), self.source(other))
                });
                let writers: Vec<usize> = writers.collect();
                if writers.len() > 1 && writers[0] == first {
                    told.push(format!("overwrite-race {target} high: {}", self.names(&writers)));
                }
            }
        }
        told.sort();
        told
    }

    fn circles(&self) -> Vec<String> {
        let reach = self.reach(true);
        let mut told = Vec::new();
        for (first, from_first) in reach.iter().enumerate() {
            let is_with = |other: usize| other == first || from_first[other] && reach[other][first];
            let members: Vec<usize> = (0..self.rules.len()).filter(|&other| is_with(other)).collect();
            if members.len() < 2 || members[0] != first {
                continue;
            }
            let mut ways = Vec::new();
            self.ways(first, first, &mut Vec::new(), &mut ways);
            let targets = |way: &[(usize, Target)]| way.iter().map(|(_, to)| to.clone()).collect::<Vec<_>>();
            let way = ways
                .iter()
                .min_by_key(|way| (way.len(), targets(way)))
                .expect("it reaches itself");
            let overwrites = members.iter().any(|&from| {
                let mut rules = self.rules[from].iter();
                rules.any(|(target, overwrites)| *overwrites && self.at(from, target).is_some_and(is_with))
            });
            let steps: Vec<String> = way
                .iter()
                .map(|(at, to)| format!("{} > {to}", self.name(*at)))
                .collect();
            told.push(format!(
                "replication-loop {} {}: {} by {}",
                way[0].1,
                if overwrites { "high" } else { "medium" },
                self.names(&members),
                steps.join(", ")
            ));
        }
        told
    }

    fn region(&self, index: usize) -> &str {
        &self.plan.repositories[index].source.region
    }

    /// Whether a rule makes a copy elsewhere, or brought it from there: certainly, or for all that is known.
    fn has_copy(&self, index: usize, is_certain: bool) -> bool {
        let own = self.region(index);
        let sends = self.rules[index].keys().any(|target| *target.region != *own);
        let brings = |from: usize, target: &Target| {
            let mut ends = self.ends(from, target).into_iter();
            ends.any(|(to, known)| to == index && (known || !is_certain))
        };
        let gets = (0..self.rules.len())
            .any(|from| self.region(from) != own && self.rules[from].keys().any(|target| brings(from, target)));
        sends || gets
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_second_reading_finds_the_same(world in worlds()) {
        let plan = plan(&world);
        let judged = judge(&plan, &world);
        let oracle = Oracle::new(&plan, &world);
        let mut actual = told(&plan, &judged);
        actual.sort();
        prop_assert_eq!(actual, oracle.told());
        for (index, row) in judged.repositories.iter().enumerate() {
            let mut sole = judged.sole_copies.iter().flat_map(|it| &it.repositories);
            let mut unknown = judged.sole_copies.iter().flat_map(|it| &it.unknown);
            let is_read = row.actual_rules.is_some();
            let may_be_one = plan.repositories.iter().zip(&judged.repositories).any(|(other, row)| {
                let own = &plan.repositories[index];
                let is_elsewhere = other.source.region != own.source.region && other.id.repository == own.id.repository;
                is_elsewhere && row.actual_rules.is_none() && !Oracle::are_two(&own.id.source, &other.id.source)
            });
            let (has_copy, may_have_copy) = (oracle.has_copy(index, true), oracle.has_copy(index, false));
            let is_known = is_read && !may_be_one && !may_have_copy;
            prop_assert_eq!(sole.any(|each| *each == index), is_known);
            prop_assert_eq!(unknown.any(|each| *each == index), !has_copy && !is_known);
            let mut doubts: Vec<String> = row.unknowns.iter().map(unknown_line).collect();
            doubts.retain(|line| line.contains("not-observable"));
            prop_assert_eq!(doubts, oracle.in_doubt(index));
            let shares = judged.entanglements.iter().filter(|it| it.members.contains(&index)).count();
            prop_assert_eq!(row.shared.unwaived as usize, shares);
        }
    }
}
