//! The sources of all documents, each once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::inventory::document::{Found, Given, RawDocument, RawSource};
use crate::inventory::files::InputFile;
use crate::inventory::problem::{Draft, Log, Spot, quoted};
use crate::model::Source;

/// Every source by its name.
#[derive(Debug, Default)]
pub(crate) struct Sources(BTreeMap<Arc<str>, Arc<Source>>);

impl Sources {
    /// Documents with an equal source speak of the same one; what differs under one name is reported with both places.
    pub(super) fn gather(documents: &[RawDocument], files: &[InputFile], log: &mut Log) -> Self {
        let mut first: BTreeMap<&Arc<str>, &Found<RawSource>> = BTreeMap::new();
        for document in documents {
            let Given::Is(source) = &document.source else { continue };
            let before = first.entry(&source.value.name).or_insert(source);
            let fields = differing(&source.value, &before.value);
            if !fields.is_empty() {
                log.report(source.spot, || contradiction(&source.value.name, &fields, before.spot));
            }
        }
        let meant = |(name, found): (&Arc<str>, &Found<RawSource>)| (Arc::clone(name), Arc::new(meant(found, files)));
        Self(first.into_iter().map(meant).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Source>> {
        self.0.get(name)
    }

    /// In order of their names.
    pub(super) fn into_list(self) -> Vec<Arc<Source>> {
        self.0.into_values().collect()
    }
}

/// The fields in which two documents of one source differ.
fn differing(one: &RawSource, before: &RawSource) -> Vec<&'static str> {
    let fields = [
        ("region", one.region != before.region),
        ("endpoint", one.endpoint != before.endpoint),
        ("cloud", one.cloud != before.cloud),
        ("iamEndpoint", one.iam_endpoint != before.iam_endpoint),
        ("projectId", one.project_id != before.project_id),
        ("accountId", one.account_id != before.account_id),
        ("listsManualRules", one.lists_manual_rules != before.lists_manual_rules),
        ("credentials", one.credentials != before.credentials),
    ];
    let differing = fields.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(field, _)| field).collect()
}

fn contradiction(name: &str, fields: &[&str], first: Spot) -> Draft {
    Draft::new(
        format!(
            "the source {} stands in two documents and differs in `{}`",
            quoted(name),
            fields.join("`, `")
        ),
        "write the same in both, or give one of them a `name` of its own",
    )
    .and(first, "first here")
}

fn meant(found: &Found<RawSource>, files: &[InputFile]) -> Source {
    let source = found.value.clone();
    Source {
        name: source.name,
        region: source.region,
        endpoint: source.endpoint,
        is_redirected: source.is_redirected,
        cloud: source.cloud,
        iam_endpoint: source.iam_endpoint,
        project_id: source.project_id,
        account_id: source.account_id,
        lists_manual_rules: source.lists_manual_rules,
        credentials: source.credentials,
        place: found.spot.place(files),
    }
}
