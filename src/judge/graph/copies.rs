//! What has no copy in another region, as far as the rules tell that were seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::clouds::Place;
use super::targets::Targets;
use super::{Certainty, Cloud, Clouds, Graph, Sight};
use crate::model::{LeftOutCount, ListingGap, PlannedNamespace, PlannedRepository, SoleCopies, Source};

impl Graph<'_> {
    /// What would be lost with each region: what no rule that was seen copies to or from another one.
    ///
    /// What has no copy that was seen may still be one: of a repository of its name in another region whose rules are not
    /// known. Then it is unknown whether its only copy is there.
    pub(in crate::judge) fn sole_copies(&self, sight: &Sight<'_>, sources: &[Arc<Source>]) -> Vec<SoleCopies> {
        let has_copy = self.copied(sight, sources);
        let unseen = Unseen::of(self, sight, sources);
        let mut regions: BTreeMap<&Arc<str>, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (index, planned) in self.plan.repositories.iter().enumerate() {
            let (sole, unknown) = regions.entry(&planned.source.region).or_default();
            let row = &sight.rows[index];
            match row.actual_rules {
                _ if has_copy[index] == Certainty::Yes => {}
                // What was cut off may lead elsewhere.
                _ if row.may_have_unseen_rules() => unknown.push(index),
                Some(_) if has_copy[index] == Certainty::Unknown => unknown.push(index),
                Some(_) if unseen.may_copy(planned, self.cloud_of[index]) => unknown.push(index),
                Some(_) => sole.push(index),
                None => {}
            }
        }
        let covers = |gap: &&ListingGap| {
            let mut namespaces = self.plan.namespaces.iter();
            namespaces.any(|namespace| {
                (&namespace.source.name, Some(&namespace.name)) == (&gap.source.name, gap.namespace.as_ref())
                    && namespace.listing.as_ref().is_some_and(|listing| listing.covers)
            })
        };
        let gaps = sight.listed.gaps.iter().filter(covers);
        let incomplete: BTreeSet<&Arc<str>> = gaps.map(|gap| &gap.source.region).collect();
        for region in &incomplete {
            regions.entry(*region).or_default();
        }
        let told = regions.into_iter().map(|(region, (repositories, unknown))| SoleCopies {
            region: Arc::clone(region),
            repositories,
            unknown,
            is_complete: !incomplete.contains(region),
        });
        told.filter(|told| !told.repositories.is_empty() || !told.unknown.is_empty() || !told.is_complete)
            .collect()
    }

    /// Whether a rule copies a repository to another region, or from one, for each of the plan's.
    fn copied(&self, sight: &Sight<'_>, sources: &[Arc<Source>]) -> Vec<Certainty> {
        let targets = Targets::of(self, sight, sources);
        let mut has_copy = vec![Certainty::No; self.plan.repositories.len()];
        let mut raise = |node: u32, to: Certainty| {
            for index in self.repositories(node) {
                has_copy[index] = has_copy[index].max(to);
            }
        };
        for step in &self.steps {
            if self.planned(step.from).source.region == self.target(*step).region {
                continue;
            }
            raise(step.from, step.copies.min(targets.exists(self, *step)));
            if let Some(to) = step.to {
                raise(to, step.copies);
            }
            self.possible_ends(*step).for_each(|to| raise(to, Certainty::Unknown));
        }
        has_copy
    }
}

/// Where rules may be that were not seen.
struct Unseen<'a> {
    clouds: &'a Clouds<'a>,
    /// Regions in which any repository may have some.
    regions: BTreeSet<Place<'a>>,
    /// Regions in which a repository of that name may have some.
    names: HashMap<&'a str, BTreeSet<Place<'a>>>,
}

impl<'a> Unseen<'a> {
    fn of(graph: &Graph<'a>, sight: &'a Sight<'_>, sources: &'a [Arc<Source>]) -> Self {
        let (plan, clouds) = (graph.plan, graph.clouds);
        let mut unseen = Self {
            clouds,
            regions: BTreeSet::new(),
            names: HashMap::new(),
        };
        let place = |source: &'a Source| (clouds.of_source(source), &*source.region);
        let named = |name: &str| {
            let mut sources = sources.iter();
            sources.find(|source| *source.name == *name).map(|source| place(source))
        };
        let is_gap = |namespace: &&PlannedNamespace| namespace.listing.as_ref().is_some_and(|it| it.gap().is_some());
        let in_lists = plan.namespaces.iter().filter(is_gap).map(|one| place(&one.source));
        let in_accounts = plan.accounts.iter().filter(|account| account.listing.gap.is_some());
        let left_out = plan.left_out.by_selection.iter();
        let left_out = left_out.filter(|(_, count)| **count != LeftOutCount::default());
        unseen.regions.extend(in_lists);
        unseen
            .regions
            .extend(sight.listed.gaps.iter().map(|gap| place(&gap.source)));
        unseen.regions.extend(in_accounts.map(|account| place(&account.source)));
        unseen.regions.extend(left_out.filter_map(|(source, _)| named(source)));
        for skipped in &plan.skipped {
            let Some(place) = named(&skipped.source) else {
                continue;
            };
            match skipped.repository() {
                Some(name) => unseen.add(name.as_str(), place),
                None => drop(unseen.regions.insert(place)),
            }
        }
        for ((index, planned), row) in plan.repositories.iter().enumerate().zip(sight.rows) {
            if row.may_have_unseen_rules() {
                let place = (graph.cloud_of[index], &*planned.source.region);
                unseen.add(planned.id.repository.as_str(), place);
            }
        }
        unseen
    }

    fn add(&mut self, name: &'a str, place: Place<'a>) {
        self.names.entry(name).or_default().insert(place);
    }

    /// Whether a rule that was not seen may have brought it from another region.
    fn may_copy(&self, planned: &PlannedRepository, own: Cloud) -> bool {
        let of_name = self.names.get(planned.id.repository.as_str());
        let mut places = self.regions.iter().chain(of_name.into_iter().flatten());
        places.any(|(cloud, region)| **region != *planned.source.region && self.clouds.may_be_one(*cloud, own))
    }
}
