//! Whether what a rule leads to exists, as far as this run saw: a rule makes no copy where its target is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::NamespaceId;
use super::super::listed::Told;
use super::clouds::Place;
use super::{Certainty, Cloud, Graph, Step};
use crate::model::{
    JudgedRepository, MissingNamespace, NamespaceName, PlannedAccount, PlannedNamespace, RepoId, Source, Target,
    UnknownClass,
};

/// What the run saw of repositories and lists, whatever it was asked for.
#[derive(Clone, Copy)]
pub(in crate::judge) struct Sight<'a> {
    /// One for each of the plan's repositories, in its order.
    pub(in crate::judge) rows: &'a [JudgedRepository],
    pub(in crate::judge) missing: &'a [MissingNamespace],
    /// The namespaces of which something is not believed to be gone.
    pub(in crate::judge) doubted: &'a BTreeSet<NamespaceId>,
    pub(in crate::judge) listed: &'a Told,
}

/// What the run saw of where rules lead.
pub(super) struct Targets<'a> {
    sight: &'a Sight<'a>,
    sources: BTreeMap<Place<'a>, BTreeSet<&'a Arc<str>>>,
    namespaces: BTreeMap<(&'a str, &'a str), &'a PlannedNamespace>,
    accounts: BTreeMap<&'a str, &'a [NamespaceName]>,
    missing: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Targets<'a> {
    pub(super) fn of(graph: &Graph<'a>, sight: &'a Sight<'a>, sources: &'a [Arc<Source>]) -> Self {
        let plan = graph.plan;
        let mut by_place: BTreeMap<Place<'a>, BTreeSet<&'a Arc<str>>> = BTreeMap::new();
        let planned = plan.repositories.iter().map(|planned| &planned.source);
        for source in sources.iter().chain(planned) {
            let place = (graph.clouds.of_source(source), &*source.region);
            by_place.entry(place).or_default().insert(&source.name);
        }
        let whole = |account: &&PlannedAccount| sight.listed.whole_accounts.contains(&account.source.name);
        let accounts = plan.accounts.iter().filter(whole);
        Self {
            sight,
            sources: by_place,
            namespaces: plan
                .namespaces
                .iter()
                .map(|one| ((&*one.source.name, one.name.as_str()), one))
                .collect(),
            accounts: accounts
                .map(|account| (&*account.source.name, &*account.listing.names))
                .collect(),
            missing: sight
                .missing
                .iter()
                .map(|one| (&*one.source.name, one.namespace.as_str()))
                .collect(),
        }
    }

    /// Whether what a rule leads to exists. Beyond what this run saw, the rule itself is believed.
    pub(super) fn exists(&self, graph: &Graph<'_>, step: Step) -> Certainty {
        let Target { region, namespace } = graph.target(step);
        let name = graph.planned(step.from).id.repository.as_str();
        let sources_in = |cloud: Cloud| self.sources.get(&(cloud, &**region)).into_iter().flatten();
        let seen_in = |cloud: Cloud| sources_in(cloud).map(|source| self.seen(graph, (source, namespace, name)));
        let own = graph.cloud(step.from);
        let seen: Vec<Option<Certainty>> = seen_in(own).collect();
        if seen.contains(&Some(Certainty::Yes)) {
            Certainty::Yes
        } else if !seen.is_empty() && seen.iter().all(|one| *one == Some(Certainty::No)) {
            Certainty::No
        } else {
            let possible = graph.clouds.possible(own, region).flat_map(seen_in);
            let is_doubtful = seen
                .iter()
                .copied()
                .chain(possible)
                .any(|one| one.is_some_and(|one| one != Certainty::Yes));
            if is_doubtful {
                Certainty::Unknown
            } else {
                Certainty::Yes
            }
        }
    }

    /// What the run saw of a repository of that source, if it looked at all.
    fn seen(&self, graph: &Graph<'_>, (source, namespace, name): (&str, &str, &str)) -> Option<Certainty> {
        let planned = graph.plan.repositories.binary_search_by(|planned| {
            let RepoId {
                source: of,
                namespace: within,
                repository,
            } = &planned.id;
            (&**of, within.as_str(), repository.as_str()).cmp(&(source, namespace, name))
        });
        if let Ok(index) = planned {
            let row = &self.sight.rows[index];
            return match (row.actual_rules, row.unknown_class) {
                (Some(_), _) => Some(Certainty::Yes),
                (None, None) => Some(Certainty::No),
                // It was listed, and absent when asked; or it is not believed to be absent.
                (None, Some(UnknownClass::Vanished | UnknownClass::MassChange)) => Some(Certainty::Unknown),
                (None, Some(_)) => None,
            };
        }
        if self.missing.contains(&(source, namespace)) {
            return Some(Certainty::No);
        }
        let listed = self.namespaces.get(&(source, namespace));
        let id = |planned: &PlannedNamespace| (Arc::clone(&planned.source.name), planned.name.clone());
        let is_doubted = listed.is_some_and(|planned| self.sight.doubted.contains(&id(planned)));
        let listing = listed.and_then(|planned| Some((id(planned), planned.listing.as_ref()?)));
        if let Some((id, listing)) = listing {
            let is_listed = listing
                .listing
                .names
                .binary_search_by(|listed| listed.as_str().cmp(name))
                .is_ok();
            return if is_listed {
                Some(Certainty::Yes)
            } else if is_doubted {
                Some(Certainty::Unknown)
            } else {
                let is_whole = self.sight.listed.whole.contains_key(&id);
                is_whole.then_some(Certainty::No)
            };
        }
        if is_doubted {
            return Some(Certainty::Unknown);
        }
        let namespaces = self.accounts.get(source)?;
        let is_listed = namespaces
            .binary_search_by(|listed| listed.as_str().cmp(namespace))
            .is_ok();
        (!is_listed).then_some(Certainty::No)
    }
}
