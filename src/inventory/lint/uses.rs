//! Who uses which policy, as the resolved inventory says.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::inventory::document::{Given, PolicyRef, RawContents, RawDocument};
use crate::model::{Contents, Inventory, NamespaceEntry, Place, Treatment};

/// What is used of an inventory.
pub(super) struct Uses<'i> {
    /// The names of policies that any `policy` mentions, whether a repository takes it or not.
    mentioned: HashSet<&'i str>,
    /// Where the `policy` is written that an entry takes.
    taken: HashSet<&'i Place>,
    /// By where the policy is written.
    unproven: HashMap<&'i Place, Unproven<'i>>,
}

/// The repositories under a policy that are asked of sources that do not list rules with `syncAuto=false`.
#[derive(Debug)]
pub(super) struct Unproven<'i> {
    /// How many are named.
    pub(super) named: usize,
    /// Whether there are others, which only a listing shows.
    pub(super) has_found: bool,
    /// The first of those sources, by name.
    pub(super) source: &'i Arc<str>,
}

impl<'i> Uses<'i> {
    pub(super) fn of(documents: &'i [RawDocument], inventory: &'i Inventory, today: Date) -> Self {
        let mut uses = Self {
            mentioned: documents.iter().flat_map(mentions).collect(),
            taken: HashSet::new(),
            unproven: HashMap::new(),
        };
        for namespace in &inventory.namespaces {
            match &namespace.contents {
                Contents::Whole(whole) => uses.entry(namespace, whole, false, today),
                Contents::Listed(listed) => {
                    for entry in &listed.repositories {
                        uses.entry(namespace, &entry.treatment, true, today);
                    }
                    for entry in &listed.patterns {
                        uses.entry(namespace, &entry.treatment, false, today);
                    }
                }
            }
        }
        uses
    }

    fn entry(&mut self, namespace: &'i NamespaceEntry, treatment: &'i Treatment, is_named: bool, today: Date) {
        self.taken.extend(treatment.policy.as_ref().map(|choice| &choice.place));
        let (Some(expectation), None) = (&treatment.expectation, treatment.skip_on(today)) else {
            return;
        };
        if namespace.source.lists_manual_rules {
            return;
        }
        let unproven = self.unproven.entry(&expectation.place).or_insert(Unproven {
            named: 0,
            has_found: false,
            source: &namespace.source.name,
        });
        if is_named {
            unproven.named += 1;
        } else {
            unproven.has_found = true;
        }
    }

    /// Whether any `policy` names it.
    pub(super) fn mention(&self, policy: &str) -> bool {
        self.mentioned.contains(policy)
    }

    /// Whether any entry takes the `policy` that is written there.
    pub(super) fn takes(&self, place: &Place) -> bool {
        self.taken.contains(place)
    }

    /// Of the policy that is written there; `None`: no such source asks under it.
    pub(super) fn unproven_under(&self, policy: &Place) -> Option<&Unproven<'i>> {
        self.unproven.get(policy)
    }
}

fn mentions(document: &RawDocument) -> impl Iterator<Item = &str> {
    let namespaces = document.namespaces.iter().flat_map(|namespace| {
        let listed = match &namespace.contents {
            RawContents::Skipped(_) | RawContents::All => None,
            RawContents::Listed(listed) => Some(listed),
        };
        let repositories = listed.into_iter().flat_map(|listed| &listed.repositories);
        let patterns = listed.into_iter().flat_map(|listed| &listed.patterns);
        let entries = repositories
            .map(|entry| &entry.policy)
            .chain(patterns.map(|entry| &entry.policy));
        [&namespace.policy].into_iter().chain(entries)
    });
    let all = [&document.defaults.policy].into_iter().chain(namespaces);
    all.filter_map(|reference| match reference {
        Given::Is(found) => match &found.value {
            PolicyRef::Named(name) => Some(&**name),
            PolicyRef::Inline(_) => None,
        },
        Given::Absent | Given::Broken => None,
    })
}
