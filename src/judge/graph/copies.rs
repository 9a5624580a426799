//! What has no copy in another region, as far as the rules tell that were seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Graph;
use crate::model::{
    JudgedRepository, LeftOutCount, ListingGap, Plan, PlannedNamespace, PlannedRepository, SoleCopies, Source,
};

impl Graph<'_> {
    /// What would be lost with each region: what no rule that was seen copies to or from another one.
    ///
    /// What has no copy that was seen may still be one: of a repository of its name in another region whose rules are not
    /// known. Then it is not told that its only copy is there.
    pub(in crate::judge) fn sole_copies(
        &self,
        judged: &[JudgedRepository],
        gaps: &[ListingGap],
        sources: &[Arc<Source>],
    ) -> Vec<SoleCopies> {
        let has_copy = self.copied();
        let unseen = Unseen::of(self.plan, judged, sources);
        let mut regions: BTreeMap<&Arc<str>, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (index, planned) in self.plan.repositories.iter().enumerate() {
            let (sole, unknown) = regions.entry(&planned.source.region).or_default();
            match judged[index].actual_rules {
                _ if has_copy[index] => {}
                // What was cut off may lead elsewhere.
                _ if judged[index].may_have_unseen_rules() => unknown.push(index),
                Some(_) if unseen.may_copy(planned) => unknown.push(index),
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
        let incomplete: BTreeSet<&Arc<str>> = gaps.iter().filter(covers).map(|gap| &gap.source.region).collect();
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
    fn copied(&self) -> Vec<bool> {
        let mut has_copy = vec![false; self.plan.repositories.len()];
        for step in &self.steps {
            if self.planned(step.from).source.region == self.target(*step).region {
                continue;
            }
            for node in [Some(step.from), step.to].into_iter().flatten() {
                self.repositories(node).for_each(|index| has_copy[index] = true);
            }
        }
        has_copy
    }
}

/// Where rules may be that were not seen.
struct Unseen<'a> {
    /// Regions in which any repository may have some.
    regions: BTreeSet<&'a str>,
    /// Regions in which a repository of that name may have some.
    names: HashMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Unseen<'a> {
    fn of(plan: &'a Plan, judged: &[JudgedRepository], sources: &'a [Arc<Source>]) -> Self {
        let mut unseen = Self {
            regions: BTreeSet::new(),
            names: HashMap::new(),
        };
        let region = |name: &str| {
            let mut sources = sources.iter();
            sources
                .find(|source| *source.name == *name)
                .map(|source| &*source.region)
        };
        let is_gap = |namespace: &&PlannedNamespace| namespace.listing.as_ref().is_some_and(|it| it.gap().is_some());
        let in_lists = plan.namespaces.iter().filter(is_gap).map(|one| &*one.source.region);
        let in_accounts = plan.accounts.iter().filter(|account| account.listing.gap.is_some());
        let left_out = plan.left_out.by_selection.iter();
        let left_out = left_out.filter(|(_, count)| **count != LeftOutCount::default());
        unseen.regions.extend(in_lists);
        unseen
            .regions
            .extend(in_accounts.map(|account| &*account.source.region));
        unseen.regions.extend(left_out.filter_map(|(source, _)| region(source)));
        for skipped in &plan.skipped {
            let Some(region) = region(&skipped.source) else {
                continue;
            };
            match skipped.repository() {
                Some(name) => unseen.add(name.as_str(), region),
                None => drop(unseen.regions.insert(region)),
            }
        }
        for (planned, row) in plan.repositories.iter().zip(judged) {
            if row.may_have_unseen_rules() {
                unseen.add(planned.id.repository.as_str(), &planned.source.region);
            }
        }
        unseen
    }

    fn add(&mut self, name: &'a str, region: &'a str) {
        self.names.entry(name).or_default().insert(region);
    }

    /// Whether a rule that was not seen may have brought it from another region.
    fn may_copy(&self, planned: &PlannedRepository) -> bool {
        let of_name = self.names.get(planned.id.repository.as_str());
        let mut regions = self.regions.iter().chain(of_name.into_iter().flatten());
        regions.any(|region| **region != *planned.source.region)
    }
}
