//! The service's JSON, field by field as documented, and in its own order: alphabetical for rules.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    behaviour::{EmptyList, ManualRules, RuleLimit, TimeFraction},
    listing::Found,
    state,
    world::{Namespace, Repository, Rule, World},
};

/// What is said of every organization and repository: from the documented samples.
const CREATED: Timestamp = Timestamp::constant(1_505_098_802, 542_841_141);
const CREATOR_ID: &str = "fedcba9876543210fedcba9876543210";
const CREATOR: &str = "username";
const SIZE: u64 = 1_304_902;

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
    num_images: u64,
    num_download: u64,
    created_at: String,
    updated_at: String,
    logo: &'static str,
    url: &'static str,
    path: String,
    internal_path: String,
    domain_name: &'a str,
    namespace: &'a str,
    tags: [&'static str; 1],
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
    num_images: u64,
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
pub(crate) fn rules(world: &World, namespace: &Namespace, repository: &Repository) -> Vec<u8> {
    let shown = |rule: &&Rule| rule.sync_auto || world.behaviour.manual_rules == ManualRules::Shown;
    let limit = match world.behaviour.rule_limit {
        RuleLimit::First(limit) => limit,
        RuleLimit::None => usize::MAX,
    };
    let rules = state::by_id(repository).into_iter().filter(shown).take(limit);
    let rules: Vec<_> = rules
        .map(|rule| rule_entry(world, &namespace.name, &repository.name, rule))
        .collect();
    match world.behaviour.empty_list {
        EmptyList::JsonNull if rules.is_empty() => b"null".to_vec(),
        EmptyList::Nothing if rules.is_empty() => Vec::new(),
        EmptyList::Array | EmptyList::JsonNull | EmptyList::Nothing => json(&rules),
    }
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

pub(crate) fn repositories(world: &World, found: &Found<'_>) -> Vec<u8> {
    let time = time(CREATED, world.behaviour.time_fraction);
    let entries = found.page.iter().enumerate().map(|(at, &(namespace, repository))| {
        let number = found.offset + at + 1;
        RepositoryEntry {
            id: (world.behaviour.unknown_fields && number.is_multiple_of(2)).then_some(number),
            name: &repository.name,
            category: "other",
            description: "",
            size: SIZE,
            is_public: false,
            num_images: 1,
            num_download: 0,
            created_at: time.clone(),
            updated_at: time.clone(),
            logo: "",
            url: "",
            path: path(world, namespace, repository),
            internal_path: internal_path(namespace, repository),
            domain_name: &world.account.name,
            namespace: &namespace.name,
            tags: ["latest"],
            status: false,
            total_range: found.total,
        }
    });
    json(&entries.collect::<Vec<_>>())
}

pub(crate) fn repository(world: &World, namespace: &Namespace, repository: &Repository) -> Vec<u8> {
    let time = time(CREATED, world.behaviour.time_fraction);
    json(&RepositoryLook {
        id: 1,
        ns_id: 1,
        name: &repository.name,
        category: "other",
        description: "",
        creator_id: CREATOR_ID,
        creator_name: CREATOR,
        size: SIZE,
        is_public: false,
        num_images: 1,
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
    let unknown = Unknown {
        object: Nested {
            labels: ["a", "b"],
            weight: 0.5,
        },
        nothing: None,
    };
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
        unknown: (world.behaviour.unknown_fields && id % 2 == 0).then_some(unknown),
    }
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

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("these types always serialize")
}
