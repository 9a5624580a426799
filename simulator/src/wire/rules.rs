//! Rules and copies of a repository, spelled as documented: fields in alphabetical order.

use jiff::Timestamp;
use serde::Serialize;

use super::{CREATED, CREATOR, CREATOR_ID, json, list, time};
use crate::{
    behaviour::{ManualRules, RuleLimit},
    listing::Found,
    state::{self, Located},
    world::{JobStatus, Rule, SyncJob, World},
};

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

/// One element that could be in such a list.
pub(crate) fn any_rule(world: &World) -> Vec<u8> {
    let rule = Rule::to("cn-north-1", "any");
    json(&rule_entry(world, "any", "any", &rule))
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
