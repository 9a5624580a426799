//! Organizations and repositories: in lists, and each on its own.

use serde::Serialize;

use super::{CREATED, CREATOR, CREATOR_ID, internal_path, json, list, path, size, time};
use crate::{
    listing::Found,
    state::Located,
    world::{Namespace, World},
};

#[derive(Serialize)]
struct NamespaceEntry<'a> {
    id: usize,
    name: &'a str,
    creator_name: &'static str,
    /// 7 manage, 3 edit, 1 read.
    auth: u8,
    /// Undocumented, reported by one observer.
    #[serde(skip_serializing_if = "Option::is_none")]
    repo_count: Option<usize>,
}

#[derive(Serialize)]
struct NamespaceList<'a> {
    namespaces: Vec<NamespaceEntry<'a>>,
}

#[derive(Serialize)]
struct RepositoryEntry<'a> {
    /// Undocumented, recorded in some answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    name: &'a str,
    category: &'static str,
    description: &'static str,
    size: u64,
    is_public: bool,
    num_images: usize,
    num_download: u64,
    created_at: String,
    updated_at: String,
    logo: &'static str,
    url: &'static str,
    path: String,
    internal_path: String,
    domain_name: &'a str,
    namespace: &'a str,
    tags: Vec<&'a str>,
    status: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_range: Option<usize>,
}

#[derive(Serialize)]
struct RepositoryLook<'a> {
    id: usize,
    ns_id: usize,
    name: &'a str,
    category: &'static str,
    description: &'static str,
    creator_id: &'static str,
    creator_name: &'static str,
    size: u64,
    is_public: bool,
    num_images: usize,
    num_download: u64,
    url: &'static str,
    path: String,
    internal_path: String,
    created: String,
    updated: String,
    domain_id: &'a str,
    priority: u8,
}

pub(crate) fn namespaces<'a>(world: &World, found: impl Iterator<Item = (usize, &'a Namespace)>) -> Vec<u8> {
    let namespaces = found
        .map(|(at, namespace)| namespace_entry(world, at, namespace))
        .collect();
    json(&NamespaceList { namespaces })
}

pub(crate) fn namespace(world: &World, at: usize, namespace: &Namespace) -> Vec<u8> {
    json(&namespace_entry(world, at, namespace))
}

pub(crate) fn repositories(world: &World, found: &Found<Located<'_>>) -> Vec<u8> {
    let time = time(CREATED, world.behaviour.time_fraction);
    let entries = found.page.iter().map(|located| {
        let (namespace, repository) = (located.namespace, located.repository);
        RepositoryEntry {
            id: (world.behaviour.unknown_fields && located.id.is_multiple_of(2)).then_some(located.id),
            name: &repository.name,
            category: "other",
            description: "",
            size: size(repository),
            is_public: false,
            num_images: repository.tags.len(),
            num_download: 0,
            created_at: time.clone(),
            updated_at: time.clone(),
            logo: "",
            url: "",
            path: path(world, namespace, repository),
            internal_path: internal_path(namespace, repository),
            domain_name: &world.account.name,
            namespace: &namespace.name,
            tags: repository.tags.iter().map(|tag| &*tag.tag).collect(),
            status: false,
            total_range: world.behaviour.listing_total.in_elements.then_some(found.total),
        }
    });
    list(world, entries)
}

pub(crate) fn repository(world: &World, located: Located<'_>) -> Vec<u8> {
    let (namespace, repository) = (located.namespace, located.repository);
    let time = time(CREATED, world.behaviour.time_fraction);
    json(&RepositoryLook {
        id: located.id,
        ns_id: located.namespace_id,
        name: &repository.name,
        category: "other",
        description: "",
        creator_id: CREATOR_ID,
        creator_name: CREATOR,
        size: size(repository),
        is_public: false,
        num_images: repository.tags.len(),
        num_download: 0,
        url: "",
        path: path(world, namespace, repository),
        internal_path: internal_path(namespace, repository),
        created: time.clone(),
        updated: time,
        domain_id: &world.account.id,
        priority: 0,
    })
}

fn namespace_entry<'a>(world: &World, at: usize, namespace: &'a Namespace) -> NamespaceEntry<'a> {
    NamespaceEntry {
        id: at + 1,
        name: &namespace.name,
        creator_name: CREATOR,
        auth: 7,
        repo_count: world.behaviour.unknown_fields.then_some(namespace.repositories.len()),
    }
}
