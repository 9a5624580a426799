//! The world with an index over it, so that a hundred thousand repositories are found at once.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    faults::{Misbehaviour, Tally},
    route::Route,
    world::{Access, Namespace, Repository, Rule, World},
};

#[derive(Debug)]
pub(crate) struct State {
    world: World,
    places: HashMap<String, Place>,
    tally: Tally,
}

/// Where an organization is in the world, and its repositories in it.
#[derive(Debug)]
struct Place {
    namespace: usize,
    repositories: HashMap<String, usize>,
}

/// Why there is nothing to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    NoNamespace,
    NoRepository,
    Denied,
}

impl State {
    pub(crate) fn new(mut world: World) -> State {
        complete(&mut world);
        let places = places(&world);
        let tally = Tally::default().carried(&[], &world.faults);
        State { world, places, tally }
    }

    pub(crate) fn change(&mut self, change: impl FnOnce(&mut World)) {
        let faults = self.world.faults.clone();
        change(&mut self.world);
        complete(&mut self.world);
        self.places = places(&self.world);
        self.tally = self.tally.carried(&faults, &self.world.faults);
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// What is to go wrong with this request. Counts it.
    pub(crate) fn misbehaviour(&self, route: Option<&Route>) -> Option<&Misbehaviour> {
        self.tally.next(&self.world.faults, route)
    }

    /// The number of an organization and itself.
    pub(crate) fn namespace(&self, name: &str) -> Result<(usize, &Namespace), Hidden> {
        let place = self.places.get(name).ok_or(Hidden::NoNamespace)?;
        let namespace = &self.world.namespaces[place.namespace];
        match namespace.access {
            Access::Granted => Ok((place.namespace, namespace)),
            Access::Denied => Err(Hidden::Denied),
        }
    }

    pub(crate) fn repository(&self, namespace: &str, repository: &str) -> Result<(&Namespace, &Repository), Hidden> {
        let place = self.places.get(namespace).ok_or(Hidden::NoNamespace)?;
        let namespace = &self.world.namespaces[place.namespace];
        let found = place
            .repositories
            .get(repository)
            .map(|at| &namespace.repositories[*at]);
        // A refused organization does not say what it lacks.
        let access = found.map_or(namespace.access, |found| access(namespace, found));
        match access {
            Access::Granted => found.map(|found| (namespace, found)).ok_or(Hidden::NoRepository),
            Access::Denied => Err(Hidden::Denied),
        }
    }

    /// Every repository that the caller may see, in the order of the world; of one organization, if
    /// it is named.
    pub(crate) fn repositories<'a>(
        &'a self,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = (&'a Namespace, &'a Repository)> {
        let all = &self.world.namespaces[..];
        let asked = match namespace {
            None => all,
            Some(name) => self
                .places
                .get(name)
                .map_or(&[][..], |place| &all[place.namespace..=place.namespace]),
        };
        asked
            .iter()
            .flat_map(|namespace| {
                namespace
                    .repositories
                    .iter()
                    .map(move |repository| (namespace, repository))
            })
            .filter(|(namespace, repository)| access(namespace, repository) == Access::Granted)
    }
}

/// A repository's own word, or else its organization's.
pub(crate) fn access(namespace: &Namespace, repository: &Repository) -> Access {
    repository.access.unwrap_or(namespace.access)
}

/// Gives every rule its id and times. What has been given stays through later changes.
fn complete(world: &mut World) {
    let rules = |world: &World| {
        let all = world.namespaces.iter().flat_map(|namespace| &namespace.repositories);
        all.flat_map(|repository| &repository.rules)
            .filter_map(|rule| rule.id)
            .collect::<HashSet<i64>>()
    };
    let taken = rules(world);
    let mut free = (1..).filter(|id| !taken.contains(id));
    let repositories = world
        .namespaces
        .iter_mut()
        .flat_map(|namespace| &mut namespace.repositories);
    for rule in repositories.flat_map(|repository| &mut repository.rules) {
        let id = rule.id.or_else(|| free.next());
        rule.id = id;
        let created = rule.created_at.unwrap_or_else(|| created(id.unwrap_or_default()));
        rule.created_at = Some(created);
        rule.updated_at = rule
            .updated_at
            .or(created.checked_add(SignedDuration::from_micros(1)).ok());
    }
}

/// Some moment of its own for each rule, with fractions of different lengths.
fn created(id: i64) -> Timestamp {
    let start = 1_767_225_600_000_000; // 2026-01-01T00:00:00Z
    let micros = id.rem_euclid(30_000_000) * 1_010_010;
    Timestamp::from_microsecond(start + micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn places(world: &World) -> HashMap<String, Place> {
    let mut places = HashMap::with_capacity(world.namespaces.len());
    for (at, namespace) in world.namespaces.iter().enumerate() {
        let place = || {
            let mut repositories = HashMap::with_capacity(namespace.repositories.len());
            for (at, repository) in namespace.repositories.iter().enumerate() {
                repositories.entry(repository.name.clone()).or_insert(at);
            }
            Place {
                namespace: at,
                repositories,
            }
        };
        places.entry(namespace.name.clone()).or_insert_with(place);
    }
    places
}

/// The rules of a repository as the list has them: by id.
pub(crate) fn by_id(repository: &Repository) -> Vec<&Rule> {
    let mut rules: Vec<&Rule> = repository.rules.iter().collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(state: &State) -> Vec<Option<i64>> {
        let (_, repository) = state.repository("prod", "web").expect("it is there");
        repository.rules.iter().map(|rule| rule.id).collect()
    }

    #[test]
    fn ids_are_given_once_and_stay() {
        let mut world = World::default();
        let rules = &mut world.repository("prod", "web").rules;
        rules.extend(["a", "b", "c"].map(|target| Rule::to("cn-east-3", target)));
        rules[1].id = Some(1);
        let mut state = State::new(world);
        assert_eq!(ids(&state), [Some(2), Some(1), Some(3)]);
        state.change(|world| {
            let rules = &mut world.repository("prod", "web").rules;
            rules.remove(0);
            rules.insert(0, Rule::to("cn-east-3", "d"));
        });
        assert_eq!(ids(&state), [Some(2), Some(1), Some(3)]);
        state.change(|world| world.repository("prod", "web").rules.push(Rule::to("cn-east-3", "e")));
        assert_eq!(ids(&state), [Some(2), Some(1), Some(3), Some(4)]);
    }

    #[test]
    fn a_denied_organization_may_hold_a_granted_repository() {
        let mut world = World::default();
        world.repository("prod", "open").access = Some(Access::Granted);
        world.repository("prod", "shut");
        world.namespaces[0].access = Access::Denied;
        let state = State::new(world);
        assert_eq!(state.namespace("prod").err(), Some(Hidden::Denied));
        assert!(state.repository("prod", "open").is_ok());
        assert_eq!(state.repository("prod", "shut").err(), Some(Hidden::Denied));
        assert_eq!(state.repository("prod", "none").err(), Some(Hidden::Denied));
        assert_eq!(state.repository("none", "none").err(), Some(Hidden::NoNamespace));
        assert_eq!(state.repositories(None).count(), 1);
    }
}
