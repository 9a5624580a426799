//! The service's JSON, field by field as documented, and in its own order: alphabetical for rules.

use std::fmt::Write as _;

use jiff::Timestamp;
use ring::digest;
use serde::Serialize;

use crate::{
    behaviour::{EmptyList, ManualRules, RuleLimit, TimeFraction},
    listing::Found,
    state::{self, Located},
    world::{JobStatus, Namespace, Repository, Rule, SyncJob, SyncRegion, Tag, World},
};

/// What is said of every organization and repository: from the documented samples.
const CREATED: Timestamp = Timestamp::constant(1_505_098_802, 542_841_141);
const CREATOR_ID: &str = "fedcba9876543210fedcba9876543210";
const CREATOR: &str = "username";
/// How many organizations an account may have. Documented.
const NAMESPACE_QUOTA: usize = 5;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SyncRepo<'a> {
    created_at: String,
    #[serde(rename = "domainID")]
    domain_id: &'a str,
    domain_name: &'a str,
    id: i64,
    namespace: &'a str,
    r#override: bool,
    remote_namespace: &'a str,
    remote_region_id: &'a str,
    repo_name: &'a str,
    sync_auto: bool,
    updated_at: String,
    #[serde(flatten)]
    unknown: Option<Unknown>,
}

/// Fields that no documentation names, of every JSON type.
#[derive(Serialize)]
struct Unknown {
    #[serde(rename = "x-unknown")]
    object: Nested,
    #[serde(rename = "x_unknown_too")]
    nothing: Option<bool>,
}

#[derive(Serialize)]
struct Nested {
    labels: [&'static str; 2],
    weight: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobEntry<'a> {
    created_at: String,
    #[serde(rename = "domainID")]
    domain_id: &'a str,
    domain_name: &'a str,
    id: i64,
    namespace: &'a str,
    r#override: bool,
    remote_namespace: &'a str,
    remote_region_id: &'a str,
    repo_name: &'a str,
    status: JobStatus,
    sync_operator_id: &'static str,
    sync_operator_name: &'static str,
    tag: &'a str,
    updated_at: String,
    #[serde(flatten)]
    unknown: Option<Unknown>,
}

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

#[derive(Serialize)]
struct RegionEntry<'a> {
    #[serde(rename = "regionID", skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(rename = "registryURL", skip_serializing_if = "Option::is_none")]
    registry: Option<&'a str>,
}

#[derive(Serialize)]
struct Overview<'a> {
    domain_id: &'a str,
    domain_name: &'a str,
    /// Spelled so by the service.
    namspace_num: usize,
    repo_num: usize,
    image_num: usize,
    store_space: f64,
    downflow_size: f64,
}

#[derive(Serialize)]
struct QuotaList {
    quotas: [Allowance; 1],
}

#[derive(Serialize)]
struct Allowance {
    quota_key: &'static str,
    quota_limit: usize,
    used: usize,
    unit: &'static str,
}

/// In the order of the vendor's own client.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "that is what the service answers")]
struct FeatureGates {
    enable_experience: bool,
    enable_hss_service: bool,
    enable_image_scan: bool,
    enable_sm3: bool,
    enable_image_sync: bool,
    enable_cci_service: bool,
    enable_image_label: bool,
    enable_pipeline: bool,
    enable_authorization_token: bool,
    enable_resource: bool,
    /// The paths under `/v3` are not simulated.
    enable_list_v3: bool,
    enable_image_quota: bool,
}

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
    total_range: usize,
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

/// The rules of a repository, as far as they are listed.
pub(crate) fn rules(world: &World, located: Located<'_>) -> Vec<u8> {
    let shown = |rule: &&Rule| rule.sync_auto || world.behaviour.manual_rules == ManualRules::Shown;
    let limit = match world.behaviour.rule_limit {
        RuleLimit::First(limit) => limit,
        RuleLimit::None => usize::MAX,
    };
    let (namespace, repository) = (&located.namespace.name, &located.repository.name);
    let rules = state::by_id(located.repository).into_iter().filter(shown).take(limit);
    list(world, rules.map(|rule| rule_entry(world, namespace, repository, rule)))
}

pub(crate) fn jobs(world: &World, located: Located<'_>, found: &Found<&SyncJob>) -> Vec<u8> {
    list(world, found.page.iter().map(|job| job_entry(world, located, job)))
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

pub(crate) fn regions(world: &World) -> Vec<u8> {
    let regions = world.sync_regions.iter().flatten();
    list(
        world,
        regions.map(|region| match region {
            SyncRegion::Region(id) => RegionEntry {
                region: Some(id),
                registry: None,
            },
            SyncRegion::Registry { registry_url } => RegionEntry {
                region: None,
                registry: Some(registry_url),
            },
        }),
    )
}

/// Inferred: it counts what the account has, not what the caller may see.
pub(crate) fn overview(world: &World) -> Vec<u8> {
    let repositories = || world.namespaces.iter().flat_map(|namespace| &namespace.repositories);
    #[expect(clippy::cast_precision_loss, reason = "the service has such a number here")]
    let store_space = repositories().map(size).sum::<u64>() as f64;
    json(&Overview {
        domain_id: &world.account.id,
        domain_name: &world.account.name,
        namspace_num: world.namespaces.len(),
        repo_num: repositories().count(),
        image_num: repositories().map(|repository| repository.tags.len()).sum(),
        store_space,
        downflow_size: 0.0,
    })
}

/// The one quota documented. A world with more organizations was granted as many.
pub(crate) fn quotas(world: &World) -> Vec<u8> {
    let used = world.namespaces.len();
    let namespaces = Allowance {
        quota_key: "namespace",
        quota_limit: used.max(NAMESPACE_QUOTA),
        used,
        unit: "",
    };
    json(&QuotaList { quotas: [namespaces] })
}

pub(crate) fn feature_gates(world: &World) -> Vec<u8> {
    json(&FeatureGates {
        enable_experience: false,
        enable_hss_service: false,
        enable_image_scan: false,
        enable_sm3: false,
        enable_image_sync: world.image_sync,
        enable_cci_service: false,
        enable_image_label: false,
        enable_pipeline: false,
        enable_authorization_token: false,
        enable_resource: false,
        enable_list_v3: false,
        enable_image_quota: false,
    })
}

/// One element that could be in such a list.
pub(crate) fn any_rule(world: &World) -> Vec<u8> {
    let rule = Rule::to("cn-north-1", "any");
    json(&rule_entry(world, "any", "any", &rule))
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
            total_range: found.total,
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

fn rule_entry<'a>(world: &'a World, namespace: &'a str, repository: &'a str, rule: &'a Rule) -> SyncRepo<'a> {
    let id = rule.id.unwrap_or_default();
    let time = |given: Option<Timestamp>| time(given.unwrap_or(CREATED), world.behaviour.time_fraction);
    SyncRepo {
        created_at: time(rule.created_at),
        domain_id: &world.account.id,
        domain_name: &world.account.name,
        id,
        namespace,
        r#override: rule.overwrite,
        remote_namespace: &rule.namespace,
        remote_region_id: &rule.region,
        repo_name: repository,
        sync_auto: rule.sync_auto,
        updated_at: time(rule.updated_at),
        unknown: unknown(world, id),
    }
}

fn job_entry<'a>(world: &'a World, located: Located<'a>, job: &'a SyncJob) -> JobEntry<'a> {
    let id = job.id.unwrap_or_default();
    let time = |given: Option<Timestamp>| time(given.unwrap_or(CREATED), world.behaviour.time_fraction);
    JobEntry {
        created_at: time(job.created_at),
        domain_id: &world.account.id,
        domain_name: &world.account.name,
        id,
        namespace: &located.namespace.name,
        r#override: job.overwrite,
        remote_namespace: &job.namespace,
        remote_region_id: &job.region,
        repo_name: &located.repository.name,
        status: job.status,
        sync_operator_id: CREATOR_ID,
        sync_operator_name: CREATOR,
        tag: &job.tag,
        updated_at: time(job.updated_at),
        unknown: unknown(world, id),
    }
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

/// On every other element.
fn unknown(world: &World, id: i64) -> Option<Unknown> {
    let unknown = Unknown {
        object: Nested {
            labels: ["a", "b"],
            weight: 0.5,
        },
        nothing: None,
    };
    (world.behaviour.unknown_fields && id % 2 == 0).then_some(unknown)
}

fn size(repository: &Repository) -> u64 {
    repository.tags.iter().map(Tag::bytes).sum()
}

fn sha256(text: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, text.as_bytes()))
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

fn path(world: &World, namespace: &Namespace, repository: &Repository) -> String {
    format!(
        "swr.{}.myhuaweicloud.com/{}/{}",
        world.region, namespace.name, repository.name
    )
}

fn internal_path(namespace: &Namespace, repository: &Repository) -> String {
    format!("10.125.0.198:20202/{}/{}", namespace.name, repository.name)
}

/// RFC 3339 in UTC. Documented samples have the zeros at the end cut.
fn time(moment: Timestamp, fraction: TimeFraction) -> String {
    let mut text = String::new();
    match fraction {
        TimeFraction::Trimmed => write!(text, "{moment}"),
        TimeFraction::Fixed => write!(text, "{moment:.6}"),
    }
    .expect("a String takes everything");
    text
}

fn list(world: &World, elements: impl Iterator<Item = impl Serialize>) -> Vec<u8> {
    let elements: Vec<_> = elements.collect();
    match world.behaviour.empty_list {
        EmptyList::JsonNull if elements.is_empty() => b"null".to_vec(),
        EmptyList::Nothing if elements.is_empty() => Vec::new(),
        EmptyList::Array | EmptyList::JsonNull | EmptyList::Nothing => json(&elements),
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("these types always serialize")
}
