//! The namespaces of a document.

use super::fields::{Fields, Schema};
use super::names::read_namespace_name;
use super::policy::OTHERS;
use super::raw::{RawContents, RawListed, RawNamespace};
use super::registers::Registers;
use super::repository;
use super::skip::read_skip;
use super::value::{Given, Value};
use crate::inventory::problem::{Draft, Log};

pub(crate) const NAMESPACE: Schema = Schema {
    what: "a namespace",
    known: &[
        "name",
        "policy",
        "owner",
        "repos",
        "otherRepos",
        "skip",
        "reason",
        "until",
    ],
};

/// Reads the field `namespaces`.
pub(super) fn read_list(value: Value<'_, '_>, registers: &mut Registers, log: &mut Log) -> Vec<RawNamespace> {
    let remedy = "write a list of namespaces, each beginning with `- name: NAME`, or `[]`";
    let items = value.list(remedy, log).into_iter().flatten();
    let read = |item| {
        let value = Value {
            name: "namespace",
            ..item
        };
        read_namespace(value, registers, log)
    };
    items.filter_map(read).collect()
}

fn read_namespace(value: Value<'_, '_>, registers: &mut Registers, log: &mut Log) -> Option<RawNamespace> {
    if value.node.as_text().is_some() {
        value.wrong("a mapping", "write `name:` before it, and its `repos` below", log);
        return None;
    }
    let fields = value.fields(NAMESPACE, log)?;
    let name = fields
        .required("name", "the namespace", "write `name:` with the namespace's name", log)
        .and_then(|value| read_namespace_name(value, log));
    let policy = fields.given("policy", |value| registers.policies.read_reference(value, log));
    let owner = fields.given("owner", |value| value.prose(log));
    let others = fields.given("otherRepos", |value| value.word(&OTHERS, log));
    let entry = name.as_ref().map_or("", |name| name.value.as_str());
    let contents = match read_skip(&fields, entry, log) {
        Given::Is(skip) => {
            beside_skip(&fields, log);
            RawContents::Skipped(skip.value)
        }
        Given::Absent if fields.lacks("repos") => {
            without_repos(&fields, log);
            RawContents::All
        }
        Given::Absent => RawContents::Listed(repository::read_list(&fields, others, registers, log)),
        // Nothing further is said of it.
        Given::Broken => RawContents::Listed(RawListed {
            repositories: Vec::new(),
            patterns: Vec::new(),
            others,
        }),
    };
    Some(RawNamespace {
        spot: fields.spot,
        name: name?,
        policy,
        owner: owner.found(),
        contents,
    })
}

fn beside_skip(fields: &Fields<'_, '_>, log: &mut Log) {
    if let Some(repos) = fields.get("repos") {
        log.report(repos.key, || {
            Draft::new(
                "`repos` stands beside `skip`, which skips the whole namespace",
                "remove one of them, or `skip` the repositories one by one",
            )
        });
    }
    if let Some(others) = fields.get("otherRepos") {
        log.report(others.key, || {
            Draft::new(
                "`otherRepos` stands beside `skip`, and a skipped namespace is not listed",
                "remove one of them",
            )
        });
    }
}

fn without_repos(fields: &Fields<'_, '_>, log: &mut Log) {
    if let Some(others) = fields.get("otherRepos") {
        log.report(others.key, || {
            Draft::new(
                "`otherRepos` stands in a namespace without `repos`, which covers every repository: there are no others",
                "remove it, or name repositories under `repos`",
            )
        });
    }
}
