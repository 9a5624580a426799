//! The service's JSON, field by field as documented, and in its own order.

mod account;
mod repositories;
mod rules;
mod tags;

use std::fmt::Write as _;

use jiff::Timestamp;
use ring::digest;
use serde::Serialize;

use crate::{
    behaviour::{EmptyList, TimeFraction},
    world::{Namespace, Repository, Tag, World},
};

pub(crate) use account::{caller_identity, domains, feature_gates, overview, quotas, regions};
pub(crate) use repositories::{namespace, namespaces, repositories, repository};
pub(crate) use rules::{any_rule, jobs, rules};
pub(crate) use tags::{tag, tags};

/// What is said of every organization and repository: from the documented samples.
const CREATED: Timestamp = Timestamp::constant(1_505_098_802, 542_841_141);
const CREATOR_ID: &str = "fedcba9876543210fedcba9876543210";
const CREATOR: &str = "username";

fn size(repository: &Repository) -> u64 {
    repository.tags.iter().map(Tag::bytes).sum()
}

fn sha256(text: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, text.as_bytes()))
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
