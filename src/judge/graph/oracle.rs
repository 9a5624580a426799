//! A second reading of what circles, races and only copies are, for small worlds: by pairs, and every way there is.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::example::unknown_line;
use super::tests::{World, judge, plan, told, unread};
use super::*;
use crate::model::{Answer, Flags, UnknownClass};

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
    let rules = prop::collection::vec(rule, 0..4);
    let answer = prop_oneof![
        8 => rules.prop_map(|rules| Answer::Rules(rules.into())),
        1 => Just(Answer::Absent),
        1 => Just(unread()),
    ];
    let name = |number: usize| {
        let (namespace, name) = (number / 4 % 2, ["x", "y"][number / 8]);
        format!("{}:n{namespace}/{name}", SOURCES[number % 4])
    };
    prop::collection::vec(answer, 16).prop_map(move |all| {
        all.into_iter()
            .enumerate()
            .map(|(number, answer)| (name(number), answer))
            .collect()
    })
}

/// The same, read a second time: by pairs, and every way there is.
struct Oracle<'a> {
    plan: &'a Plan,
    /// The rules of each repository that copy by themselves, or may, by their targets.
    rules: Vec<BTreeMap<Target, Vec<Flags<Option<bool>>>>>,
    is_absent: Vec<bool>,
}

impl<'a> Oracle<'a> {
    fn new(plan: &'a Plan, world: &World) -> Self {
        let answer = |planned: &PlannedRepository| {
            let name = format!("{}:{}", planned.id.source, planned.id);
            let mut world = world.iter();
            world.find(|(each, _)| *each == name).map(|(_, answer)| answer)
        };
        let of = |planned: &PlannedRepository| {
            let own = Target {
                region: Arc::clone(&planned.source.region),
                namespace: planned.id.namespace.shared(),
            };
            let mut automatic: BTreeMap<Target, Vec<_>> = BTreeMap::new();
            let Some(Answer::Rules(list)) = answer(planned) else {
                return automatic;
            };
            for rule in &list.rules {
                if rule.flags.sync_auto != Some(false) && rule.target != own {
                    automatic.entry(rule.target.clone()).or_default().push(rule.flags);
                }
            }
            automatic
        };
        Self {
            rules: plan.repositories.iter().map(of).collect(),
            is_absent: plan
                .repositories
                .iter()
                .map(|planned| answer(planned) == Some(&Answer::Absent))
                .collect(),
            plan,
        }
    }

    /// Whether a repository overwrites at a target: `None` where a flag that decides on that was not sent.
    fn overwrites(&self, index: usize, target: &Target) -> Option<bool> {
        let flags = self.rules[index].get(target).map_or(&[][..], |flags| flags);
        if flags.iter().any(|flags| flags.overrides == Some(true)) {
            return Some(true);
        }
        flags.iter().all(|flags| flags.overrides.is_some()).then_some(false)
    }

    fn overwritten(&self, index: usize) -> impl Iterator<Item = &Target> {
        let targets = self.rules[index].keys();
        targets.filter(move |target| self.overwrites(index, target) == Some(true))
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
        let (own, name) = (self.source(index), &self.plan.repositories[index].id.repository);
        for target in self.rules[index].keys() {
            let others = (0..self.rules.len()).filter(|&other| {
                let is_same = self.plan.repositories[other].id.repository == *name;
                is_same && other != index && !Self::are_two(own, self.source(other))
            });
            let others: Vec<(Option<bool>, bool)> = others
                .map(|other| (self.overwrites(other, target), Self::is_one(own, self.source(other))))
                .collect();
            let may_write = others.iter().any(|(overwrites, _)| *overwrites != Some(false));
            let writes = others.iter().any(|(overwrites, _)| *overwrites == Some(true));
            match self.overwrites(index, target) {
                None if may_write => lines.push(format!("? bad-response {target} override")),
                Some(true) if writes && !others.contains(&(Some(true), true)) => {
                    lines.push(format!("? not-observable {target}"));
                }
                Some(_) | None => {}
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
            for target in self.overwritten(first) {
                let writers = (0..self.rules.len()).filter(|&other| {
                    self.plan.repositories[other].id.repository == *name
                        && self.overwrites(other, target) == Some(true)
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
                self.overwritten(from)
                    .any(|target| self.at(from, target).is_some_and(is_with))
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
        let is_automatic = |from: usize, target: &Target| {
            let mut flags = self.rules[from][target].iter();
            !is_certain || flags.any(|flags| flags.sync_auto == Some(true))
        };
        let own = self.region(index);
        let mut targets = self.rules[index].keys().filter(|target| *target.region != *own);
        let sends = targets.any(|target| {
            let ends = self.ends(index, target);
            let mut absent = ends.iter().filter(|(to, _)| self.is_absent[*to]);
            // Absent where it leads for certain; where it may lead to several, it may be another one.
            let is_gone = absent.any(|(_, known)| *known || is_certain);
            is_automatic(index, target) && !is_gone
        });
        let brings = |from: usize, target: &Target| {
            let mut ends = self.ends(from, target).into_iter();
            is_automatic(from, target) && ends.any(|(to, known)| to == index && (known || !is_certain))
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
            let (is_read, is_absent) = (row.actual_rules.is_some(), oracle.is_absent[index]);
            let may_be_one = plan.repositories.iter().zip(&judged.repositories).any(|(other, row)| {
                let own = &plan.repositories[index];
                let is_elsewhere = other.source.region != own.source.region && other.id.repository == own.id.repository;
                is_elsewhere && row.unknown_class == Some(UnknownClass::Timeout)
                    && !Oracle::are_two(&own.id.source, &other.id.source)
            });
            let (has_copy, may_have_copy) = (oracle.has_copy(index, true), oracle.has_copy(index, false));
            let is_known = is_read && !may_be_one && !may_have_copy;
            prop_assert_eq!(sole.any(|each| *each == index), is_known);
            prop_assert_eq!(unknown.any(|each| *each == index), !has_copy && !is_known && !is_absent);
            let mut doubts: Vec<String> = row.unknowns.iter().map(unknown_line).collect();
            doubts.retain(|line| line != "? timeout");
            prop_assert_eq!(doubts, oracle.in_doubt(index));
            let shares = judged.entanglements.iter().filter(|it| it.members.contains(&index)).count();
            prop_assert_eq!(row.shared.unwaived as usize, shares);
        }
    }
}
