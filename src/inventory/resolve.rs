//! What the documents mean together: one source, each namespace and repository once, each with its expectation.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use jiff::civil::Date;

use super::files::InputFile;
use super::problem::{Draft, Log, Spot};
use super::raw::{RawContents, RawDocument, RawNamespace, RawRepository, RawSkip, RawSource};
use super::read::{Found, Given};
use super::settle::{Policies, User};
use super::words::quoted;
use crate::model::{Contents, Expectation, NamespaceEntry, NamespaceName, RepositoryEntry, Severities, Source};

/// The inventory without its files.
#[derive(Debug)]
pub(super) struct Meant {
    pub(super) sources: Vec<Arc<Source>>,
    pub(super) namespaces: Vec<NamespaceEntry>,
}

/// Resolves all documents. Worth something only where the log stays empty.
pub(super) fn resolve(mut documents: Vec<RawDocument>, files: &[InputFile], today: Date, log: &mut Log) -> Meant {
    let source = the_source(&documents, log).map(|found| Arc::new(meant_source(found, files)));
    let counts: Vec<usize> = documents.iter().map(|document| document.policies.len()).collect();
    let mut resolver = Resolver {
        files,
        today,
        source,
        policies: Policies::settle(&mut documents, files, log),
        seen: HashMap::new(),
        log,
    };
    let mut namespaces = Vec::new();
    let mut first_policy = 0;
    for (document, count) in documents.into_iter().zip(counts) {
        resolver.document(document, first_policy, &mut namespaces);
        first_policy += count;
    }
    namespaces.sort_by(|one, other| (&one.source.name, &one.name).cmp(&(&other.source.name, &other.name)));
    Meant {
        sources: resolver.source.into_iter().collect(),
        namespaces,
    }
}

/// The one source of all documents. Others are told, with both places.
fn the_source<'d>(documents: &'d [RawDocument], log: &mut Log) -> Option<&'d Found<RawSource>> {
    let mut first: Option<&Found<RawSource>> = None;
    for document in documents {
        let Given::Is(source) = &document.source else { continue };
        let Some(before) = first else {
            first = Some(source);
            continue;
        };
        if source.value == before.value {
            continue;
        }
        log.report(source.spot, || {
            let draft = if source.value.name == before.value.name {
                Draft::new(
                    format!(
                        "the source {} stands in two documents and differs",
                        quoted(&source.value.name)
                    ),
                    "write the same in both",
                )
            } else {
                Draft::new(
                    "a second source is not supported yet",
                    "keep one inventory per source, and audit them one by one",
                )
            };
            draft.and(before.spot, "first here")
        });
    }
    first
}

fn meant_source(found: &Found<RawSource>, files: &[InputFile]) -> Source {
    let source = found.value.clone();
    Source {
        name: source.name,
        region: source.region,
        endpoint: source.endpoint,
        iam_endpoint: source.iam_endpoint,
        project_id: source.project_id,
        lists_manual_rules: source.lists_manual_rules,
        credentials: source.credentials,
        place: found.spot.place(files),
    }
}

struct Resolver<'r> {
    files: &'r [InputFile],
    today: Date,
    source: Option<Arc<Source>>,
    policies: Policies<'r>,
    seen: HashMap<NamespaceName, Spot>,
    log: &'r mut Log,
}

/// What a document gives to its namespaces.
struct Surroundings {
    first_policy: usize,
    policy: Given<usize>,
    region: Option<Arc<str>>,
    severities: Arc<Severities>,
}

impl Resolver<'_> {
    fn document(&mut self, document: RawDocument, first_policy: usize, namespaces: &mut Vec<NamespaceEntry>) {
        let around = Surroundings {
            first_policy,
            policy: self.policies.look_up(&document.defaults.policy, first_policy, self.log),
            region: document.source.value().map(|source| source.region),
            severities: document.severities,
        };
        for namespace in document.namespaces {
            self.namespace(namespace, &around, namespaces);
        }
    }

    fn namespace(&mut self, raw: RawNamespace, around: &Surroundings, namespaces: &mut Vec<NamespaceEntry>) {
        let is_new = once(&mut self.seen, &raw.name, "namespace", self.log);
        let own = self.policies.look_up(&raw.policy, around.first_policy, self.log);
        let policy = if own.is_absent() { around.policy } else { own };
        let contents = match raw.contents {
            RawContents::Skipped(skip) => {
                self.skipped_namespace(&skip);
                Contents::Skipped(skip.skip)
            }
            RawContents::Repositories(repositories) => {
                Contents::Repositories(self.repositories(repositories, &raw.name, policy, around))
            }
        };
        if let (true, Some(source)) = (is_new, &self.source) {
            namespaces.push(NamespaceEntry {
                source: Arc::clone(source),
                name: raw.name.value,
                owner: raw.owner.map(|owner| owner.value),
                contents,
                place: raw.spot.place(self.files),
            });
        }
    }

    /// A skip that is over would have to be audited, and what is in the namespace is not known.
    fn skipped_namespace(&mut self, raw: &RawSkip) {
        if let (false, Some(until)) = (raw.skip.holds_on(self.today), raw.skip.until) {
            self.log.report(raw.spot, || {
                Draft::new(
                    format!("the skip ended on {until}, and a namespace without `repos` is not supported yet"),
                    "name its repositories under `repos`, or move the date of `until`",
                )
            });
        }
    }

    fn repositories(
        &mut self,
        raw: Vec<RawRepository>,
        namespace: &Found<NamespaceName>,
        inherited: Given<usize>,
        around: &Surroundings,
    ) -> Vec<RepositoryEntry> {
        let user = User {
            namespace,
            region: around.region.as_deref(),
            severities: &around.severities,
        };
        let mut seen = HashMap::with_capacity(raw.len());
        let mut without_policy = None;
        let mut entries = Vec::with_capacity(raw.len());
        for repository in raw {
            let is_new = once(&mut seen, &repository.name, "repository", self.log);
            let own = self.policies.look_up(&repository.policy, around.first_policy, self.log);
            let policy = if own.is_absent() { inherited } else { own };
            let is_needed = repository.skip.as_ref().is_none_or(|raw| raw.skip.until.is_some());
            if is_needed && policy.is_absent() && is_new {
                without_policy.get_or_insert_with(|| repository.name.clone());
            }
            let expectation = policy.value().filter(|_| is_needed);
            let expectation: Option<Arc<Expectation>> =
                expectation.map(|policy| self.policies.expectation(policy, user, self.log));
            if is_new {
                entries.push(RepositoryEntry {
                    name: repository.name.value,
                    skip: repository.skip.map(|raw| raw.skip),
                    expectation,
                    place: repository.spot.place(self.files),
                });
            }
        }
        if let Some(repository) = without_policy {
            self.log.report(namespace.spot, || {
                Draft::new(
                    format!(
                        "the namespace `{}` has no `policy`, and there is no default",
                        namespace.value
                    ),
                    "write `policy:` in the namespace, in the repository, or in `defaults` of this document",
                )
                .and(repository.spot, format!("`{}` needs one", repository.value))
            });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        entries
    }
}

/// Whether a name is met for the first time; the second time is told with both places.
fn once<N: Clone + Eq + Hash + std::fmt::Display>(
    seen: &mut HashMap<N, Spot>,
    name: &Found<N>,
    what: &str,
    log: &mut Log,
) -> bool {
    match seen.entry(name.value.clone()) {
        Entry::Vacant(entry) => {
            entry.insert(name.spot);
            true
        }
        Entry::Occupied(entry) => {
            log.report(name.spot, || {
                Draft::new(
                    format!("the {what} `{}` is named twice", name.value),
                    "remove one of them",
                )
                .and(*entry.get(), "first here")
            });
            false
        }
    }
}
