//! What to ask for: the inventory and a day become a list of repositories. Pure, and knows nothing of the service.

use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{
    Contents, Inventory, NamespaceEntry, Plan, PlannedRepository, RepoId, RepositoryEntry, Skip, Skipped,
};

/// Resolves the inventory as it holds on `today` (UTC): a skip whose last day is over is asked for again.
pub fn resolve(inventory: &Inventory, today: Date) -> Plan {
    let mut plan = Plan {
        repositories: Vec::new(),
        skipped: Vec::new(),
    };
    for namespace in &inventory.namespaces {
        match &namespace.contents {
            Contents::Skipped(skip) => plan.skipped.push(skipped(namespace, None, skip)),
            Contents::Repositories(entries) => {
                for entry in entries {
                    resolve_repository(namespace, entry, today, &mut plan);
                }
            }
        }
    }
    // Sorted here because reports, journal and judging all walk the plan by index.
    plan.repositories.sort_by(|a, b| a.id.cmp(&b.id));
    plan.skipped
        .sort_by(|a, b| (&a.source, &a.namespace, &a.repository).cmp(&(&b.source, &b.namespace, &b.repository)));
    plan
}

fn resolve_repository(namespace: &NamespaceEntry, entry: &RepositoryEntry, today: Date, plan: &mut Plan) {
    let holding = entry.skip.as_ref().filter(|skip| skip.holds_on(today));
    if let Some(skip) = holding {
        plan.skipped.push(skipped(namespace, Some(entry), skip));
        return;
    }
    let expectation = entry
        .expectation
        .as_ref()
        .expect("the loader lets only an endless skip go without a policy");
    plan.repositories.push(PlannedRepository {
        id: RepoId {
            source: Arc::clone(&namespace.source.name),
            namespace: namespace.name.clone(),
            repository: entry.name.clone(),
        },
        source: Arc::clone(&namespace.source),
        expectation: Arc::clone(expectation),
        owner: namespace.owner.clone(),
        expired_skip: entry.skip.clone(),
        place: entry.place.clone(),
    });
}

fn skipped(namespace: &NamespaceEntry, entry: Option<&RepositoryEntry>, skip: &Skip) -> Skipped {
    Skipped {
        source: Arc::clone(&namespace.source.name),
        namespace: namespace.name.clone(),
        repository: entry.map(|entry| entry.name.clone()),
        owner: namespace.owner.clone(),
        skip: skip.clone(),
        place: entry.map_or_else(|| namespace.place.clone(), |entry| entry.place.clone()),
    }
}
