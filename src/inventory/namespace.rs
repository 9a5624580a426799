//! The namespaces of a document with their repositories and skips.

use std::sync::Arc;

use jiff::civil::Date;

use super::fields::{Fields, Schema};
use super::names::{read_namespace_name, read_repository_name};
use super::policy::PolicyReader;
use super::problem::{Draft, Log, Spot};
use super::raw::{RawContents, RawNamespace, RawRepository, RawSkip};
use super::read::{Found, Given, Value};
use crate::model::Skip;

pub(super) const NAMESPACE: Schema = Schema {
    what: "a namespace",
    known: &["name", "policy", "owner", "repos", "skip", "reason", "until"],
    later: &[(
        "otherRepos",
        "remove it; repositories that `repos` does not name are not looked at",
    )],
};

pub(super) const REPOSITORY: Schema = Schema {
    what: "a repository",
    known: &["name", "policy", "skip", "reason", "until"],
    later: &[],
};

/// Reads the field `namespaces`.
pub(super) fn read_list(value: Value<'_, '_>, policies: &mut PolicyReader, log: &mut Log) -> Vec<RawNamespace> {
    match value.list(
        "write a list of namespaces, each beginning with `- name: NAME`, or `[]`",
        log,
    ) {
        Some(items) => items
            .filter_map(|item| {
                read_namespace(
                    Value {
                        name: "namespace",
                        ..item
                    },
                    policies,
                    log,
                )
            })
            .collect(),
        None => Vec::new(),
    }
}

fn read_namespace(value: Value<'_, '_>, policies: &mut PolicyReader, log: &mut Log) -> Option<RawNamespace> {
    if value.node.as_text().is_some() {
        value.wrong("a mapping", "write `name:` before it, and its `repos` below", log);
        return None;
    }
    let fields = value.fields(NAMESPACE, log)?;
    let name = fields
        .required("name", "the namespace", "write `name:` with the namespace's name", log)
        .and_then(|value| read_namespace_name(value, log));
    let policy = fields.given("policy", |value| policies.read_reference(value, log));
    let owner = fields.given("owner", |value| value.prose(log));
    let entry = name.as_ref().map_or("", |name| name.value.as_str());
    let skip = read_skip(&fields, entry, log);
    let contents = match skip {
        Given::Is(skip) => {
            if let Some(repos) = fields.get("repos") {
                log.report(repos.key, || {
                    Draft::new(
                        "`repos` stands beside `skip`, which skips the whole namespace",
                        "remove one of them, or `skip` the repositories one by one",
                    )
                });
            }
            Some(RawContents::Skipped(skip.value))
        }
        Given::Absent => read_repositories(&fields, policies, log),
        Given::Broken => None,
    };
    Some(RawNamespace {
        spot: fields.spot,
        name: name?,
        policy,
        owner: owner.found(),
        contents: contents.unwrap_or(RawContents::Repositories(Vec::new())),
    })
}

fn read_repositories(fields: &Fields<'_, '_>, policies: &mut PolicyReader, log: &mut Log) -> Option<RawContents> {
    let Some(value) = fields.get("repos") else {
        if fields.lacks("repos") {
            log.report(fields.spot, || {
                Draft::new(
                    "a namespace without `repos` is not supported yet",
                    "name its repositories under `repos`, or write `skip: true` with a `reason`",
                )
            });
        }
        return None;
    };
    let items = value.list("write a list of names, as in `[web, payments/api]`", log)?;
    let mut count = 0;
    let mut repositories: Vec<RawRepository> = items
        .inspect(|_| count += 1)
        .filter_map(|item| read_repository(item, policies, log))
        .collect();
    if count == 0 {
        log.report(value.spot(), || {
            Draft::new(
                "`repos` is empty",
                "name its repositories, or write `skip: true` with a `reason` in place of `repos`",
            )
        });
    }
    repositories.shrink_to_fit();
    Some(RawContents::Repositories(repositories))
}

fn read_repository(value: Value<'_, '_>, policies: &mut PolicyReader, log: &mut Log) -> Option<RawRepository> {
    let value = Value {
        name: "repository",
        ..value
    };
    if !value.is_map() {
        let name = read_repository_name(value, log)?;
        return Some(RawRepository {
            spot: name.spot,
            name,
            policy: Given::Absent,
            skip: None,
        });
    }
    let fields = value.fields(REPOSITORY, log)?;
    let name = fields
        .required(
            "name",
            "the repository",
            "write `name:` with the repository's name",
            log,
        )
        .and_then(|value| read_repository_name(value, log));
    let policy = fields.given("policy", |value| policies.read_reference(value, log));
    let entry = name.as_ref().map_or("", |name| name.value.as_str());
    let skip = read_skip(&fields, entry, log);
    let is_broken = matches!(skip, Given::Broken);
    Some(RawRepository {
        spot: fields.spot,
        name: name?,
        // Of a skip that is broken nobody knows whether it needs a policy.
        policy: if is_broken { Given::Broken } else { policy },
        skip: skip.value().map(Box::new),
    })
}

/// `Absent`: not skipped.
fn read_skip(fields: &Fields<'_, '_>, entry: &str, log: &mut Log) -> Given<RawSkip> {
    let skip = fields.given("skip", |value| value.boolean(log));
    let reason = fields.given("reason", |value| value.prose(log));
    let until = fields.given("until", |value| value.date(log));
    let skip = match skip {
        Given::Is(skip) if skip.value => skip,
        Given::Broken => return Given::Broken,
        Given::Is(_) | Given::Absent => {
            for field in ["reason", "until"].into_iter().filter_map(|field| fields.get(field)) {
                log.report(field.key, || {
                    Draft::new(
                        format!("`{}` stands without `skip: true`", field.name),
                        "write `skip: true` beside it, or remove it",
                    )
                });
            }
            return Given::Absent;
        }
    };
    if let Some(policy) = fields.get("policy") {
        log.report(policy.key, || {
            Draft::new("`policy` stands beside `skip`", "remove one of them").and(skip.spot, "skipped here")
        });
    }
    if reason.is_absent() {
        log.report(skip.spot, || {
            Draft::new(
                "`skip` has no `reason`",
                "write `reason:` beside it, for those who read the report",
            )
        });
    }
    match (reason, until) {
        (Given::Is(reason), Given::Absent) => skipped(skip.spot, entry, reason, None),
        (Given::Is(reason), Given::Is(until)) => skipped(skip.spot, entry, reason, Some(until)),
        (Given::Absent | Given::Broken, _) | (Given::Is(_), Given::Broken) => Given::Broken,
    }
}

fn skipped(spot: Spot, entry: &str, reason: Found<Arc<str>>, until: Option<Found<Date>>) -> Given<RawSkip> {
    let value = RawSkip {
        skip: Skip {
            entry: entry.into(),
            reason: reason.value,
            until: until.map(|until| until.value),
        },
        spot,
        reason: reason.spot,
        until: until.map(|until| until.spot),
    };
    Given::Is(Found { value, spot })
}
