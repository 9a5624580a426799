//! The world with an index over it, so that a hundred thousand repositories are found at once.

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicU64, Ordering},
};

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
    /// The repositories of the organizations before it.
    before: usize,
    repositories: HashMap<String, usize>,
    /// How many pages of the list of its repositories were given.
    pages: AtomicU64,
}

/// A repository, with the numbers by which the service tells repositories and organizations apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located<'a> {
    pub id: usize,
    pub namespace_id: usize,
    pub namespace: &'a Namespace,
    pub repository: &'a Repository,
}

/// Why there is nothing to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    NoNamespace,
    NoRepository,
    NoTag,
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
        let before = std::mem::replace(&mut self.places, places(&self.world));
        for (name, place) in before {
            if let Some(now) = self.places.get_mut(&name) {
                now.pages = place.pages;
            }
        }
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

    pub(crate) fn repository(&self, namespace: &str, repository: &str) -> Result<Located<'_>, Hidden> {
        let place = self.places.get(namespace).ok_or(Hidden::NoNamespace)?;
        let namespace = &self.world.namespaces[place.namespace];
        let found = place.repositories.get(repository).map(|at| Located {
            id: place.before + at + 1,
            namespace_id: place.namespace + 1,
            namespace,
            repository: &namespace.repositories[*at],
        });
        // A refused organization does not say what it lacks.
        let access = found.map_or(namespace.access, |found| access(namespace, found.repository));
        match access {
            Access::Granted => found.ok_or(Hidden::NoRepository),
            Access::Denied => Err(Hidden::Denied),
        }
    }

    /// How many pages of that organization's list were given before. Counts one.
    pub(crate) fn page(&self, namespace: &str) -> u64 {
        let place = self.places.get(namespace);
        place.map_or(0, |place| place.pages.fetch_add(1, Ordering::Relaxed))
    }

    /// Every repository that the caller may see, in the order of the world; of one organization, if
    /// it is named.
    pub(crate) fn repositories<'a>(&'a self, namespace: Option<&str>) -> impl Iterator<Item = Located<'a>> {
        let all = &self.world.namespaces[..];
        let (first, before, asked) = match namespace {
            None => (0, 0, all),
            Some(name) => self.places.get(name).map_or((0, 0, &[][..]), |place| {
                let only = &all[place.namespace..=place.namespace];
                (place.namespace, place.before, only)
            }),
        };
        let located = asked.iter().enumerate().flat_map(move |(at, namespace)| {
            let repositories = namespace.repositories.iter();
            repositories.map(move |repository| (first + at + 1, namespace, repository))
        });
        located
            .enumerate()
            .map(move |(at, (namespace_id, namespace, repository))| Located {
                id: before + at + 1,
                namespace_id,
                namespace,
                repository,
            })
            .filter(|located| access(located.namespace, located.repository) == Access::Granted)
    }
}

/// A repository's own word, or else its organization's.
pub(crate) fn access(namespace: &Namespace, repository: &Repository) -> Access {
    repository.access.unwrap_or(namespace.access)
}

/// Gives every rule and every copy its id and times. What has been given stays through later changes.
fn complete(world: &mut World) {
    let repositories = || world.namespaces.iter().flat_map(|namespace| &namespace.repositories);
    let rules = repositories().flat_map(|repository| &repository.rules);
    let jobs = repositories().flat_map(|repository| &repository.sync_jobs);
    let mut rule_ids = free(rules.filter_map(|rule| rule.id).collect());
    let mut job_ids = free(jobs.filter_map(|job| job.id).collect());
    let all = world.namespaces.iter_mut();
    for repository in all.flat_map(|namespace| &mut namespace.repositories) {
        for rule in &mut repository.rules {
            let id = *rule.id.get_or_insert_with(&mut rule_ids);
            let created = *rule.created_at.get_or_insert_with(|| created(id));
            let later = created.checked_add(SignedDuration::from_micros(1)).ok();
            rule.updated_at = rule.updated_at.or(later);
        }
        for job in &mut repository.sync_jobs {
            let id = *job.id.get_or_insert_with(&mut job_ids);
            let created = *job.created_at.get_or_insert_with(|| created(id));
            let later = created.checked_add(SignedDuration::from_secs(5)).ok();
            job.updated_at = job.updated_at.or(later);
        }
    }
}

/// The numbers from 1 on that are not taken, one with each call.
fn free(taken: HashSet<i64>) -> impl FnMut() -> i64 {
    let mut last = 0;
    move || {
        last += 1;
        while taken.contains(&last) {
            last += 1;
        }
        last
    }
}

/// Some moment of its own for each id, with fractions of different lengths.
fn created(id: i64) -> Timestamp {
    let start = 1_767_225_600_000_000; // 2026-01-01T00:00:00Z
    let micros = id.rem_euclid(30_000_000) * 1_010_010;
    Timestamp::from_microsecond(start + micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn places(world: &World) -> HashMap<String, Place> {
    let mut places = HashMap::with_capacity(world.namespaces.len());
    let mut before = 0;
    for (at, namespace) in world.namespaces.iter().enumerate() {
        let place = || {
            let mut repositories = HashMap::with_capacity(namespace.repositories.len());
            for (at, repository) in namespace.repositories.iter().enumerate() {
                repositories.entry(repository.name.clone()).or_insert(at);
            }
            Place {
                namespace: at,
                before,
                repositories,
                pages: AtomicU64::new(0),
            }
        };
        places.entry(namespace.name.clone()).or_insert_with(place);
        before += namespace.repositories.len();
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
        let located = state.repository("prod", "web").expect("it is there");
        located.repository.rules.iter().map(|rule| rule.id).collect()
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
    fn a_repository_has_one_number_wherever_it_shows() {
        let mut world = World::default();
        for (namespace, repository) in [("prod", "a"), ("prod", "b"), ("test", "c"), ("dev", "d")] {
            world.repository(namespace, repository);
        }
        world.repository("prod", "a").access = Some(Access::Denied);
        let state = State::new(world);
        let ids = |namespace| -> Vec<_> {
            let all = state.repositories(namespace);
            all.map(|located| (located.id, located.namespace_id)).collect()
        };
        assert_eq!(ids(None), [(2, 1), (3, 2), (4, 3)]);
        assert_eq!(ids(Some("test")), [(3, 2)]);
        let one = state.repository("test", "c").expect("it is there");
        assert_eq!((one.id, one.namespace_id), (3, 2));
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
