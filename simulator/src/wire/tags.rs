//! Tags of a repository: `Tag` in a list, `tag` on its own, as documented.

use serde::Serialize;

use super::{internal_path, json, list, path, sha256, time};
use crate::{
    listing::Found,
    state::Located,
    world::{Tag, World},
};

/// A tag in the list of them.
#[derive(Serialize)]
struct TagEntry<'a> {
    id: usize,
    repo_id: usize,
    #[serde(rename = "Tag")]
    tag: &'a str,
    image_id: String,
    manifest: String,
    digest: String,
    schema: u8,
    path: String,
    internal_path: String,
    size: u64,
    is_trusted: bool,
    created: String,
    updated: String,
    deleted: Option<String>,
    domain_id: &'a str,
    scanned: bool,
    /// 0 a manifest, 1 a list of manifests.
    tag_type: u8,
}

/// The same tag by itself: its name is spelled otherwise, and two fields are not there.
#[derive(Serialize)]
struct TagLook<'a> {
    id: usize,
    repo_id: usize,
    tag: &'a str,
    image_id: String,
    manifest: String,
    digest: String,
    schema: u8,
    path: String,
    internal_path: String,
    size: u64,
    is_trusted: bool,
    created: String,
    updated: String,
    domain_id: &'a str,
    tag_type: u8,
}

pub(crate) fn tags(world: &World, located: Located<'_>, found: &Found<(usize, &Tag)>) -> Vec<u8> {
    list(
        world,
        found.page.iter().map(|(at, tag)| tag_entry(world, located, *at, tag)),
    )
}

pub(crate) fn tag(world: &World, located: Located<'_>, at: usize, tag: &Tag) -> Vec<u8> {
    let entry = tag_entry(world, located, at, tag);
    json(&TagLook {
        id: entry.id,
        repo_id: entry.repo_id,
        tag: entry.tag,
        image_id: entry.image_id,
        manifest: entry.manifest,
        digest: entry.digest,
        schema: entry.schema,
        path: entry.path,
        internal_path: entry.internal_path,
        size: entry.size,
        is_trusted: entry.is_trusted,
        created: entry.created,
        updated: entry.updated,
        domain_id: entry.domain_id,
        tag_type: entry.tag_type,
    })
}

fn tag_entry<'a>(world: &'a World, located: Located<'a>, at: usize, tag: &'a Tag) -> TagEntry<'a> {
    let (namespace, repository) = (located.namespace, located.repository);
    let given = || format!("sha256:{}", sha256(&format!("{}:{}", repository.name, tag.tag)));
    let digest = tag.digest.clone().unwrap_or_else(given);
    let image_id = sha256(&digest);
    TagEntry {
        // Never twice while no repository has ten million tags.
        id: located.id * 10_000_000 + at + 1,
        repo_id: located.id,
        tag: &tag.tag,
        manifest: manifest(tag, &image_id),
        image_id,
        digest,
        schema: 2,
        path: format!("{}:{}", path(world, namespace, repository), tag.tag),
        internal_path: format!("{}:{}", internal_path(namespace, repository), tag.tag),
        size: tag.bytes(),
        is_trusted: false,
        created: time(tag.created(), world.behaviour.time_fraction),
        updated: time(tag.updated(), world.behaviour.time_fraction),
        deleted: None,
        domain_id: &world.account.id,
        scanned: false,
        tag_type: u8::from(tag.manifest_list),
    }
}

/// JSON in a JSON text, as far as anybody looks into it.
fn manifest(tag: &Tag, image_id: &str) -> String {
    const DOCKER: &str = "application/vnd.docker";
    if tag.manifest_list {
        format!(
            r#"{{"schemaVersion":2,"mediaType":"{DOCKER}.distribution.manifest.list.v2+json","manifests":[{{"mediaType":"{DOCKER}.distribution.manifest.v2+json","size":{},"digest":"sha256:{image_id}","platform":{{"architecture":"amd64","os":"linux"}}}}]}}"#,
            tag.bytes()
        )
    } else {
        format!(
            r#"{{"schemaVersion":2,"mediaType":"{DOCKER}.distribution.manifest.v2+json","config":{{"mediaType":"{DOCKER}.container.image.v1+json","size":{},"digest":"sha256:{image_id}"}},"layers":[]}}"#,
            tag.bytes()
        )
    }
}
