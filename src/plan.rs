//! What to ask for. Pure, called twice: first for what has to be listed, then, with the listings, for the repositories to
//! ask for. Knows nothing of the service.

mod idle;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{
    Contents, Deciding, EntryNames, Inventory, LeftOutCount, Listed, Listing, ListingOrders, Listings, Look,
    NamespaceEntry, NamespaceListing, NamespaceName, OtherNamespaces, Others, PatternEntry, Place, Plan,
    PlannedAccount, PlannedListing, PlannedNamespace, PlannedRepository, RepoId, RepositoryEntry, RepositoryName,
    RepositoryOrigin, Selection, Skip, Skipped, SkippedWhat, Treatment,
};

/// What has to be listed on `today` (UTC) before it is known what to ask for.
pub fn listings(inventory: &Inventory, selection: &Selection, today: Date) -> ListingOrders {
    let is_wanted = |namespace: &&NamespaceEntry| wants_listing(namespace, selection, today);
    let namespaces = inventory.namespaces.iter().filter(is_wanted);
    // What is beyond the inventory is no question of a selection. A shard does not judge it, and lists it for `merge`.
    let accounts = inventory.other_namespaces.iter();
    let accounts = accounts.filter(|_| !selection.leaves_out_by_name());
    ListingOrders {
        repositories: namespaces
            .map(|namespace| (Arc::clone(&namespace.source.name), namespace.name.clone()))
            .collect(),
        namespaces: accounts.map(|others| Arc::clone(&others.source.name)).collect(),
    }
}

/// What has to be listed to compare all names: every namespace that is not skipped, whatever the audit needs.
pub fn every_listing(inventory: &Inventory, today: Date) -> ListingOrders {
    let is_audited = |namespace: &&NamespaceEntry| match &namespace.contents {
        Contents::Whole(whole) => whole.skip_on(today).is_none(),
        Contents::Listed(_) => true,
    };
    let namespaces = inventory.namespaces.iter().filter(is_audited);
    ListingOrders {
        repositories: namespaces
            .map(|namespace| (Arc::clone(&namespace.source.name), namespace.name.clone()))
            .collect(),
        ..listings(inventory, &Selection::default(), today)
    }
}

/// Resolves the inventory as it holds on `today` (UTC) with what was listed: a skip whose last day is over is asked for
/// again.
pub fn resolve(inventory: &Inventory, listings: &Listings, selection: &Selection, today: Date) -> Plan {
    let mut resolving = Resolving {
        selection,
        today,
        plan: Plan {
            selection: selection.clone(),
            idle_scopes: idle::scopes(inventory, listings, selection, today),
            ..Plan::default()
        },
    };
    // A part of each source was looked at, also where nothing that is named was left out.
    let sources = || inventory.sources.iter().map(|source| Arc::clone(&source.name));
    if selection.leaves_out_by_name() {
        let by_selection = sources().map(|name| (name, LeftOutCount::default()));
        resolving.plan.left_out.by_selection = by_selection.collect();
    }
    if selection.shard.is_some() {
        resolving.plan.left_out.by_shard = sources().map(|name| (name, 0)).collect();
    }
    for others in &inventory.other_namespaces {
        if let Some(listing) = listings.namespaces.get(&others.source.name) {
            let account = account(inventory, others, listing, selection);
            resolving.plan.accounts.push(account);
        }
    }
    for namespace in &inventory.namespaces {
        let key = (Arc::clone(&namespace.source.name), namespace.name.clone());
        resolving.namespace(namespace, listings.repositories.get(&key));
    }
    let mut plan = resolving.plan;
    // Sorted here because reports, journal and judging all walk the plan by index.
    plan.repositories.sort_by(|a, b| a.id.cmp(&b.id));
    plan.skipped.sort_by(|a, b| {
        let name = Skipped::repository;
        (&a.source, &a.namespace, name(a), &a.what).cmp(&(&b.source, &b.namespace, name(b), &b.what))
    });
    plan
}

fn wants_listing(namespace: &NamespaceEntry, selection: &Selection, today: Date) -> bool {
    let selects = |names: &EntryNames<'_>| selection.may_hold_any(&namespace.source.name, &namespace.name, names);
    match &namespace.contents {
        Contents::Whole(whole) => whole.skip_on(today).is_none() && selects(&EntryNames::all()),
        Contents::Listed(listed) => {
            let mut patterns = listed.patterns.iter().enumerate();
            let for_patterns = patterns
                .any(|(index, entry)| entry.treatment.skip_on(today).is_none() && selects(&listed.names_of(index)));
            for_patterns || listed.others != Others::Allow && !selection.leaves_out_by_name()
        }
    }
}

fn account(
    inventory: &Inventory,
    others: &OtherNamespaces,
    listing: &NamespaceListing,
    selection: &Selection,
) -> PlannedAccount {
    let source = &others.source;
    let is_known = |name: &NamespaceName| {
        let order = |entry: &NamespaceEntry| (&entry.source.name, &entry.name).cmp(&(&source.name, name));
        inventory.namespaces.binary_search_by(order).is_ok()
    };
    let unlisted = if listing.gap.is_none() && !selection.is_partial() {
        listing.names.iter().filter(|name| !is_known(name)).cloned().collect()
    } else {
        Vec::new()
    };
    PlannedAccount {
        source: Arc::clone(source),
        listing: listing.clone(),
        others: others.others,
        unlisted,
        severities: Arc::clone(&others.severities),
        place: others.place.clone(),
    }
}

struct Resolving<'a> {
    selection: &'a Selection,
    today: Date,
    plan: Plan,
}

impl Resolving<'_> {
    fn namespace(&mut self, namespace: &NamespaceEntry, listing: Option<&Listing>) {
        if !self.selection.reaches(&namespace.source.name, &namespace.name) {
            let left_out = &mut self.plan.left_out.by_selection;
            left_out
                .entry(Arc::clone(&namespace.source.name))
                .or_default()
                .namespaces += 1;
            return;
        }
        let listing = listing.map(|listing| self.weighed(namespace, listing));
        let listing = listing.as_deref();
        let before = self.plan.repositories.len();
        match &namespace.contents {
            Contents::Whole(whole) => match whole.skip_on(self.today) {
                Some(skip) => self.skip(namespace, SkippedWhat::Namespace, skip, &whole.place),
                None => self.whole(namespace, whole, listing),
            },
            Contents::Listed(listed) => self.listed(namespace, listed, listing),
        }
        if let Some(listing) = listing {
            for planned in &mut self.plan.repositories[before..] {
                planned.is_disputed = listing.is_disputed(&planned.id.repository);
            }
        }
    }

    /// The listing as it is worth for this plan: a name that it lacks and an earlier pass showed is asked for, or else
    /// leaves open what else is there. What the selection leaves out by name is nobody's question.
    fn weighed<'l>(&self, namespace: &NamespaceEntry, listing: &'l Listing) -> Cow<'l, Listing> {
        let is_covered = |name: &RepositoryName| namespace.deciding(name).is_some();
        let is_mine = |name: &RepositoryName| self.selection.shard.is_none_or(|shard| shard.holds(name));
        let is_left_open =
            |name: &&RepositoryName| self.selection.holds(&id(namespace, name)) && !(is_mine(name) && is_covered(name));
        let mut weighed = Cow::Borrowed(listing);
        if listing.superseded.iter().any(|name| is_left_open(&name)) {
            weighed.to_mut().doubt_superseded();
        }
        weighed
    }

    /// Every repository found live.
    fn whole(&mut self, namespace: &NamespaceEntry, whole: &Treatment, listing: Option<&Listing>) {
        let listing = listing.map(|listing| {
            for name in &listing.names {
                self.discovered(namespace, name, whole);
            }
            PlannedListing {
                listing: listing.clone(),
                covers: true,
                others: Others::Allow,
                unlisted: Vec::new(),
                empty_patterns: Vec::new(),
                listed: listing.names.len(),
            }
        });
        let expired_skips = whole.skip.iter().map(|skip| (skip.clone(), whole.place.clone()));
        self.plan
            .namespaces
            .push(planned_namespace(namespace, listing, expired_skips.collect()));
    }

    fn listed(&mut self, namespace: &NamespaceEntry, listed: &Listed, listing: Option<&Listing>) {
        for entry in &listed.repositories {
            let is_listed = listing.is_some_and(|listing| listing.has(&entry.name));
            self.named(namespace, entry, is_listed);
        }
        let is_known = listing.is_some_and(|listing| listing.gap.is_none());
        let listing = listing.map(|listing| self.patterns(namespace, listed, listing));
        let mut expired = Vec::new();
        for (index, entry) in listed.patterns.iter().enumerate() {
            let Treatment {
                skip: Some(skip),
                place,
                ..
            } = &entry.treatment
            else {
                continue;
            };
            let names = listed.names_of(index);
            if !self
                .selection
                .may_hold_any(&namespace.source.name, &namespace.name, &names)
            {
                continue;
            }
            if !skip.holds_on(self.today) {
                expired.push((skip.clone(), place.clone()));
            } else if !is_known {
                // Nobody found out what it covers, or not all of that.
                let what = SkippedWhat::Pattern(entry.pattern.shared());
                self.skip(namespace, what, skip, place);
            }
        }
        self.plan
            .namespaces
            .push(planned_namespace(namespace, listing, expired));
    }

    /// What was listed and is not named: what a pattern decides, and what no entry covers.
    fn patterns(&mut self, namespace: &NamespaceEntry, listed: &Listed, listing: &Listing) -> PlannedListing {
        let mut is_empty = vec![true; listed.patterns.len()];
        let mut unlisted = Vec::new();
        for name in &listing.names {
            for (entry, is_empty) in listed.patterns.iter().zip(&mut is_empty) {
                *is_empty = *is_empty && !entry.pattern.matches(name.as_str());
            }
            match listed.deciding(name) {
                Some(Deciding::Repository(_)) => {}
                Some(Deciding::Pattern(PatternEntry { treatment, .. }) | Deciding::Namespace(treatment)) => {
                    self.discovered(namespace, name, treatment);
                }
                None => unlisted.push(name.clone()),
            }
        }
        // What concerns the whole is reported only where the whole was seen. An absent namespace is reported as such.
        let is_whole = listing.gap.is_none() && !self.selection.is_partial();
        let is_absent = matches!(listing.look, Some(Look::Absent));
        let empty_patterns = listed.patterns.iter().zip(is_empty).filter(|(_, is_empty)| *is_empty);
        let empty_patterns: Vec<_> = empty_patterns
            .map(|(entry, _)| (entry.pattern.shared(), entry.treatment.place.clone()))
            .collect();
        let is_asked = |entry: &PatternEntry| entry.treatment.skip_on(self.today).is_none();
        PlannedListing {
            covers: listed.patterns.iter().any(is_asked),
            others: listed.others,
            unlisted: if is_whole { unlisted } else { Vec::new() },
            empty_patterns: if is_whole && !is_absent {
                empty_patterns
            } else {
                Vec::new()
            },
            listed: listing.names.len(),
            listing: listing.clone(),
        }
    }

    fn named(&mut self, namespace: &NamespaceEntry, entry: &RepositoryEntry, is_listed: bool) {
        let id = id(namespace, &entry.name);
        if !self.is_selected(&id) {
            return;
        }
        let treatment = &entry.treatment;
        if let Some(skip) = treatment.skip_on(self.today) {
            self.skip(
                namespace,
                SkippedWhat::Named(entry.name.clone()),
                skip,
                &treatment.place,
            );
            return;
        }
        let planned = PlannedRepository {
            is_listed,
            origin: RepositoryOrigin::Named,
            expired_skip: treatment.skip.clone(),
            ..planned(namespace, id, treatment)
        };
        self.plan.repositories.push(planned);
    }

    fn discovered(&mut self, namespace: &NamespaceEntry, name: &RepositoryName, treatment: &Treatment) {
        let id = id(namespace, name);
        if !self.is_selected(&id) {
            return;
        }
        match treatment.skip_on(self.today) {
            Some(skip) => self.skip(namespace, SkippedWhat::Discovered(name.clone()), skip, &treatment.place),
            None => self.plan.repositories.push(planned(namespace, id, treatment)),
        }
    }

    /// Whether it is spoken of; else it is counted among what is left out.
    fn is_selected(&mut self, id: &RepoId) -> bool {
        if !self.selection.holds(id) {
            let count = self
                .plan
                .left_out
                .by_selection
                .entry(Arc::clone(&id.source))
                .or_default();
            count.repositories += 1;
            return false;
        }
        if self.selection.shard.is_some_and(|shard| !shard.holds(&id.repository)) {
            *self.plan.left_out.by_shard.entry(Arc::clone(&id.source)).or_default() += 1;
            return false;
        }
        true
    }

    fn skip(&mut self, namespace: &NamespaceEntry, what: SkippedWhat, skip: &Skip, place: &Place) {
        self.plan.skipped.push(Skipped {
            source: Arc::clone(&namespace.source.name),
            namespace: namespace.name.clone(),
            what,
            owner: namespace.owner.clone(),
            skip: skip.clone(),
            place: place.clone(),
        });
    }
}

fn id(namespace: &NamespaceEntry, name: &RepositoryName) -> RepoId {
    RepoId {
        source: Arc::clone(&namespace.source.name),
        namespace: namespace.name.clone(),
        repository: name.clone(),
    }
}

/// One that was listed, and that something covers.
fn planned(namespace: &NamespaceEntry, id: RepoId, treatment: &Treatment) -> PlannedRepository {
    let expectation = treatment
        .expectation
        .as_ref()
        .expect("the loader lets only an endless skip go without a policy");
    PlannedRepository {
        id,
        source: Arc::clone(&namespace.source),
        expectation: Arc::clone(expectation),
        owner: namespace.owner.clone(),
        expired_skip: None,
        origin: RepositoryOrigin::Discovered,
        is_listed: true,
        is_disputed: false,
        place: treatment.place.clone(),
    }
}

fn planned_namespace(
    namespace: &NamespaceEntry,
    listing: Option<PlannedListing>,
    expired_skips: Vec<(Skip, Place)>,
) -> PlannedNamespace {
    PlannedNamespace {
        source: Arc::clone(&namespace.source),
        name: namespace.name.clone(),
        owner: namespace.owner.clone(),
        severities: Arc::clone(&namespace.severities),
        listing,
        expired_skips,
        place: namespace.place.clone(),
    }
}

#[cfg(test)]
mod tests;
