//! A second reading of what circles, races and only copies are, for small worlds: by pairs, and every way there is.

use std::sync::Arc;

use proptest::prelude::*;

use super::tests::{World, judge, plan, told};
use super::*;
use crate::model::Flags;

/// Two names in three namespaces of three regions, with rules that may lead to a fourth of each.
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
    let name = |number: usize| format!("r{}:n{}/{}", number % 3, number / 3 % 2, ["x", "y"][number / 6]);
    prop::collection::vec(rules, 12).prop_map(move |all| {
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

    fn at(&self, from: usize, target: &Target) -> Option<usize> {
        let name = &self.plan.repositories[from].id.repository;
        self.plan.repositories.iter().position(|each| {
            each.id.repository == *name
                && each.source.region == target.region
                && *each.id.namespace.as_str() == *target.namespace
        })
    }

    fn reach(&self) -> Vec<Vec<bool>> {
        let count = self.rules.len();
        let mut reach = vec![vec![false; count]; count];
        for (from, rules) in self.rules.iter().enumerate() {
            for to in rules.keys().filter_map(|target| self.at(from, target)) {
                reach[from][to] = true;
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
        let mut contested: BTreeMap<(&str, &Target), Vec<usize>> = BTreeMap::new();
        for (from, rules) in self.rules.iter().enumerate() {
            let name = self.plan.repositories[from].id.repository.as_str();
            for (target, _) in rules.iter().filter(|(_, overwrites)| **overwrites) {
                contested.entry((name, target)).or_default().push(from);
            }
        }
        let races = contested.iter().filter(|(_, writers)| writers.len() > 1);
        told.extend(
            races.map(|((_, target), writers)| format!("overwrite-race {target} high: {}", self.names(writers))),
        );
        told.sort();
        told
    }

    fn circles(&self) -> Vec<String> {
        let reach = self.reach();
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

    fn has_copy(&self, index: usize) -> bool {
        let region = |index: usize| &self.plan.repositories[index].source.region;
        let sends = self.rules[index].keys().any(|target| target.region != *region(index));
        let gets = (0..self.rules.len()).any(|from| {
            region(from) != region(index)
                && self.rules[from]
                    .keys()
                    .any(|target| self.at(from, target) == Some(index))
        });
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
                is_elsewhere && row.actual_rules.is_none()
            });
            let has_copy = oracle.has_copy(index);
            prop_assert_eq!(sole.any(|each| *each == index), is_read && !has_copy && !may_be_one);
            prop_assert_eq!(unknown.any(|each| *each == index), !has_copy && (!is_read || may_be_one));
            let shares = judged.entanglements.iter().filter(|it| it.members.contains(&index)).count();
            prop_assert_eq!(row.shared.unwaived as usize, shares);
        }
    }
}
