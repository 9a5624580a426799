//! Waivers: what they cover, and what is said of them.

use std::collections::BTreeMap;

use super::super::glob::Scope;
use super::super::plain::{LAST_NEAR_DAY, TODAY, Waiver};
use super::graph::{self, Edge, Node, leads};
use super::names::Names;
use super::plan::{is_in_shard, may_select, may_share};
use super::rules::Place;
use super::{Answer, Finding, Oracle, is_partial};

/// A waiver, with the source of its document.
type Given<'a> = (Option<usize>, &'a Waiver);

fn is_knot(finding: &Finding) -> bool {
    matches!(finding.code, "replication-loop" | "overwrite-race")
}

impl Oracle<'_> {
    pub(super) fn waive(&mut self) {
        let own = self.estate.sources.iter().enumerate();
        let own = own.flat_map(|(at, source)| source.waivers.iter().map(move |waiver| (Some(at), waiver)));
        let mut waivers: Vec<Given<'_>> = own
            .chain(self.estate.waivers.iter().map(|waiver| (None, waiver)))
            .collect();
        waivers.sort_by_key(|(_, waiver)| waiver.id.clone());
        let mut findings = std::mem::take(&mut self.findings);
        let mut told = Vec::new();
        // Of circles and races: the waiver of each member, the first by id.
        let mut sides: BTreeMap<(usize, usize), String> = BTreeMap::new();
        for (of, waiver) in waivers {
            let has_expired = waiver.expires < TODAY;
            let mut covered = 0;
            for finding in findings
                .iter_mut()
                .filter(|finding| !is_knot(finding))
                .filter(|finding| !has_expired && self.covers((of, waiver), finding))
            {
                covered += 1;
                finding.waiver.get_or_insert_with(|| waiver.id.clone());
            }
            for (number, finding) in findings.iter().enumerate().filter(|(_, finding)| is_knot(finding)) {
                let mut is_in_use = false;
                for &row in &finding.rows {
                    let planned = &self.plan.planned[row];
                    let side = Finding {
                        source: Some(planned.source),
                        namespace: planned.namespace,
                        repository: planned.name.clone(),
                        ..finding.clone()
                    };
                    if !has_expired && self.covers((of, waiver), &side) {
                        is_in_use = true;
                        sides.entry((number, row)).or_insert_with(|| waiver.id.clone());
                    }
                }
                covered += usize::from(is_in_use);
            }
            if !self.speaks_of((of, waiver)) {
                continue;
            }
            if has_expired {
                told.push(self.of_waiver((of, waiver), "expired-waiver", "medium"));
            } else if waiver.expires <= LAST_NEAR_DAY {
                told.push(self.of_waiver((of, waiver), "expiring-waiver", "info"));
            }
            if !has_expired && covered == 0 && self.sees_all((of, waiver)) {
                told.push(self.of_waiver((of, waiver), "unused-waiver", "low"));
            }
        }
        for (number, finding) in findings.iter_mut().enumerate().filter(|(_, finding)| is_knot(finding)) {
            // Every member's side has to be accepted.
            let by: Option<Vec<_>> = finding.rows.iter().map(|row| sides.get(&(number, *row))).collect();
            finding.waiver = by.and_then(|by| by.first().map(|id| (*id).clone()));
        }
        findings.extend(told);
        self.findings = findings;
    }

    fn of_waiver(&self, (of, waiver): Given<'_>, code: &'static str, usual: &'static str) -> Finding {
        let only = (self.estate.sources.len() == 1).then_some(0);
        Finding {
            code,
            severity: of.map_or(usual, |at| self.severity(at, code, usual)),
            source: of.or(only),
            field: waiver.id.clone(),
            ..Finding::default()
        }
    }

    fn covers(&self, (of, waiver): Given<'_>, finding: &Finding) -> bool {
        let source = finding.source.expect("what has none is said of waivers");
        let (name, scope) = (self.source(source).name, Scope::of(waiver.repo));
        let is_within = if finding.repository.is_empty() {
            scope.holds_namespace(name, finding.namespace)
        } else {
            scope.holds(name, finding.namespace, &finding.repository)
        };
        let is_meant = waiver.findings.is_empty() || waiver.findings.contains(&finding.code);
        let is_toward = waiver.target.is_none_or(|target| {
            finding
                .target
                .as_ref()
                .is_some_and(|(region, namespace)| target == region || target == format!("{region}/{namespace}"))
        });
        of.is_none_or(|at| at == source) && is_within && is_meant && is_toward
    }

    fn reaches(&self, (of, waiver): Given<'_>, source: usize, namespace: &str) -> bool {
        of.is_none_or(|at| at == source) && Scope::of(waiver.repo).reaches(self.source(source).name, namespace)
    }

    /// What is outside the selection, or another shard's, is not judged.
    fn speaks_of(&self, waiver: Given<'_>) -> bool {
        let scope = Scope::of(waiver.1.repo);
        let name = scope.repository().filter(|name| !name.contains(['*', '?', '[', '{']));
        if name.is_some_and(|name| !is_in_shard(self.estate, name)) {
            return false;
        }
        let names = Names::of(scope.repository().unwrap_or("**"));
        let sources = self.estate.sources.iter().enumerate();
        let mut entries = sources.flat_map(|(at, source)| source.entries.iter().map(move |entry| (at, source, entry)));
        self.estate.only.is_empty()
            || entries.any(|(at, source, entry)| {
                self.reaches(waiver, at, entry.name) && may_select(self.estate, (source.name, entry.name), &names)
            })
    }

    /// Whether everything was seen that it could cover.
    fn sees_all(&self, waiver: Given<'_>) -> bool {
        let scope = Scope::of(waiver.1.repo);
        let is_unknown = self.unknown.iter().any(|one| {
            one.row.is_some_and(|row| {
                let name = &self.plan.planned[row].name;
                self.reaches(waiver, one.source, one.namespace)
                    && scope.holds(self.source(one.source).name, one.namespace, name)
            })
        });
        let rows = self.plan.planned.iter().zip(&self.answers);
        let mut cut = rows.filter(|(_, answer)| matches!(answer, Answer::Rules(100)));
        let is_cut = cut.any(|(planned, _)| {
            let (source, namespace) = (planned.source, planned.namespace);
            self.reaches(waiver, source, namespace) && scope.holds(self.source(source).name, namespace, &planned.name)
        });
        let in_gap = self.gaps.iter().any(|(source, namespace, _)| match namespace {
            Some(namespace) => self.reaches(waiver, *source, namespace),
            None => waiver.0.is_none_or(|at| at == *source) && scope.reaches_source(self.source(*source).name),
        });
        let is_skipped = self.plan.skipped.iter().any(|one| {
            let place = (self.source(one.source).name, one.namespace);
            let is_within = match (&*one.repository, one.pattern) {
                ("", "") => true,
                ("", pattern) => may_share(&scope, place, pattern),
                (name, _) => scope.holds(place.0, place.1, name),
            };
            self.reaches(waiver, one.source, one.namespace) && is_within
        });
        !is_partial(self.estate) && !is_unknown && !is_cut && !in_gap && !is_skipped && !self.may_cover_a_knot(waiver)
    }

    /// Whether a circle or a race may go through something of its scope, and on through what nobody saw.
    fn may_cover_a_knot(&self, (of, waiver): Given<'_>) -> bool {
        let (nodes, edges) = self.rules_between();
        let has_hidden_rules = |row: usize| match self.answers[row] {
            Answer::Rules(count) => count == 100,
            Answer::Absent | Answer::Unknown => self.unknown.iter().any(|one| one.row == Some(row)),
        };
        let lists = self.unknown.iter().filter(|one| one.row.is_none());
        let hidden_lists: Vec<(&str, &str, usize)> = lists
            .filter(|one| !one.namespace.is_empty())
            .map(|one| (self.source(one.source).region, one.namespace, self.cloud(one.source)))
            .collect();
        let hidden: Vec<&Node> = (0..nodes.len())
            .filter(|&row| has_hidden_rules(row))
            .map(|row| &nodes[row])
            .collect();
        let is_hidden = |edge: &Edge| {
            let there = graph::place(&nodes, edge);
            let (region, namespace, _, cloud) = &there;
            hidden.contains(&&there) || !nodes.contains(&there) && hidden_lists.contains(&(region, namespace, *cloud))
        };
        let side = |row: usize, code: &'static str, target: &Place| {
            let planned = &self.plan.planned[row];
            Finding {
                code,
                source: Some(planned.source),
                namespace: planned.namespace,
                repository: planned.name.clone(),
                target: Some(target.clone()),
                ..Finding::default()
            }
        };
        // The target of a circle is that of its first member, whichever that is.
        let anywhere = Waiver {
            target: None,
            ..waiver.clone()
        };
        edges.iter().any(|edge| {
            let circle = side(edge.from, "replication-loop", &edge.target);
            let race = side(edge.from, "overwrite-race", &edge.target);
            let another_writes = !hidden_lists.is_empty() || hidden.iter().any(|node| node.2 == nodes[edge.from].2);
            self.covers((of, &anywhere), &circle) && leads(&nodes, &edges, edge.from, is_hidden)
                || edge.overwrites && another_writes && self.covers((of, waiver), &race)
        })
    }
}
