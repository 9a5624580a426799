//! What the documents mean together: each source, namespace and repository once, each with its expectation.

use std::collections::HashMap;
use std::sync::Arc;

use super::Terms;
use super::accept;
use super::files::InputFile;
use super::once::once;
use super::others;
use super::problem::{Draft, Log, Spot};
use super::raw::{RawContents, RawDocument, RawEntry, RawListed, RawNamespace, RawSkip};
use super::read::{Found, Given};
use super::regions::Regions;
use super::settle::{Policies, User};
use super::sources::Sources;
use crate::model::{
    Contents, Expectation, Listed, NamespaceEntry, NamespaceName, OtherNamespaces, Others, Pattern, PatternEntry,
    Place, Policy, RepositoryEntry, RepositoryName, Severities, Skip, Source, Waiver,
};

/// The inventory without its files.
#[derive(Debug)]
pub(super) struct Meant {
    pub(super) sources: Vec<Arc<Source>>,
    pub(super) namespaces: Vec<NamespaceEntry>,
    pub(super) other_namespaces: Vec<OtherNamespaces>,
    pub(super) policies: Vec<Policy>,
    pub(super) waivers: Vec<Arc<Waiver>>,
}

/// Resolves all documents. Worth something only where the log stays empty.
pub(super) fn resolve(mut documents: Vec<RawDocument>, files: &[InputFile], terms: Terms<'_>, log: &mut Log) -> Meant {
    let sources = Sources::gather(&documents, files, log);
    let other_namespaces = others::resolve(&documents, &sources, files, log);
    let waivers = accept::resolve(&mut documents, files, terms, log);
    let regions = Regions::of(&documents);
    let counts: Vec<usize> = documents.iter().map(|document| document.policies.len()).collect();
    let mut resolver = Resolver {
        files,
        sources: &sources,
        regions: &regions,
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
    let policies = resolver.policies.named();
    Meant {
        policies,
        sources: sources.into_list(),
        namespaces,
        other_namespaces,
        waivers,
    }
}

struct Resolver<'r> {
    files: &'r [InputFile],
    sources: &'r Sources,
    regions: &'r Regions,
    policies: Policies<'r>,
    /// The namespaces of each source so far.
    seen: HashMap<(Option<Arc<str>>, NamespaceName), Spot>,
    log: &'r mut Log,
}

/// What a document gives to its namespaces.
struct Surroundings<'r> {
    first_policy: usize,
    policy: Given<usize>,
    /// `None`: broken.
    source: Option<&'r Arc<Source>>,
    /// The regions that there are, where the built-in table says so.
    regions: Option<&'r Regions>,
    severities: Arc<Severities>,
}

/// What a namespace gives to its entries.
#[derive(Clone, Copy)]
struct Inherited<'n> {
    namespace: &'n Found<NamespaceName>,
    policy: Given<usize>,
    around: &'n Surroundings<'n>,
}

/// What an entry of `repos` asks for.
struct Meaning {
    skip: Option<Skip>,
    expectation: Option<Arc<Expectation>>,
    place: Place,
}

impl<'r> Resolver<'r> {
    fn document(&mut self, document: RawDocument, first_policy: usize, namespaces: &mut Vec<NamespaceEntry>) {
        let around = Surroundings {
            first_policy,
            policy: self.policies.look_up(&document.defaults.policy, first_policy, self.log),
            // Of a name that stands for several, the first is as good as any: it is told.
            source: document
                .source
                .value()
                .and_then(|source| self.sources.get(&source.name)),
            regions: document.is_built_in.then_some(self.regions),
            severities: document.severities,
        };
        for namespace in document.namespaces {
            self.namespace(namespace, &around, namespaces);
        }
    }

    fn namespace(&mut self, raw: RawNamespace, around: &Surroundings<'r>, namespaces: &mut Vec<NamespaceEntry>) {
        let key = (
            around.source.map(|source| Arc::clone(&source.name)),
            raw.name.value.clone(),
        );
        let what = || format!("the namespace `{}`", raw.name.value);
        let is_new = once(&mut self.seen, key, raw.name.spot, what, self.log);
        let own = self.policies.look_up(&raw.policy, around.first_policy, self.log);
        let inherited = Inherited {
            namespace: &raw.name,
            policy: if own.is_absent() { around.policy } else { own },
            around,
        };
        let contents = self.contents(raw.contents, inherited);
        if let (true, Some(contents), Some(source)) = (is_new, contents, around.source) {
            namespaces.push(NamespaceEntry {
                source: Arc::clone(source),
                name: raw.name.value,
                owner: raw.owner.map(|owner| owner.value),
                severities: Arc::clone(&around.severities),
                contents,
                place: raw.spot.place(self.files),
            });
        }
    }

    /// `None`: told.
    fn contents(&mut self, raw: RawContents, inherited: Inherited<'_>) -> Option<Contents> {
        match raw {
            RawContents::Skipped(skip) => self.skipped(skip, inherited),
            RawContents::All => {
                if inherited.policy.is_absent() {
                    self.log.report(inherited.namespace.spot, || {
                        Draft::new(
                            lacks_policy(inherited.namespace),
                            "write `policy:` in the namespace, or in `defaults` of this document: it covers every \
                             repository that is found there",
                        )
                    });
                }
                self.expectation(inherited.policy, inherited).map(Contents::All)
            }
            RawContents::Listed(listed) => Some(Contents::Listed(self.listed(listed, inherited))),
        }
    }

    /// A whole namespace, which is audited again once its skip is over.
    fn skipped(&mut self, raw: RawSkip, inherited: Inherited<'_>) -> Option<Contents> {
        let Some(until) = raw.skip.until else {
            return Some(Contents::Skipped {
                skip: raw.skip,
                afterwards: None,
            });
        };
        // Its own policy beside the skip is told already.
        let policy = inherited.around.policy;
        if policy.is_absent() {
            self.log.report(raw.until.unwrap_or(raw.spot), || {
                Draft::new(
                    format!(
                        "the namespace `{}` is audited after {until}, and there is no default policy for it",
                        inherited.namespace.value
                    ),
                    "write `policy:` in `defaults` of this document, or remove `until` to skip it for ever",
                )
            });
        }
        let afterwards = Some(self.expectation(policy, inherited)?);
        Some(Contents::Skipped {
            skip: raw.skip,
            afterwards,
        })
    }

    fn listed(&mut self, raw: RawListed, inherited: Inherited<'_>) -> Listed {
        let mut lacking = None;
        let named = ("repository", RepositoryName::shared as fn(&RepositoryName) -> Arc<str>);
        let mut repositories = self.entries(raw.repositories, named, inherited, &mut lacking, |name, of| {
            RepositoryEntry {
                name,
                skip: of.skip,
                expectation: of.expectation,
                place: of.place,
            }
        });
        let named = ("pattern", Pattern::shared as fn(&Pattern) -> Arc<str>);
        let patterns = self.entries(raw.patterns, named, inherited, &mut lacking, |pattern, of| {
            PatternEntry {
                pattern,
                skip: of.skip,
                expectation: of.expectation,
                place: of.place,
            }
        });
        if let Some((name, spot)) = lacking {
            self.log.report(inherited.namespace.spot, || {
                Draft::new(
                    lacks_policy(inherited.namespace),
                    "write `policy:` in the namespace, in the repository, or in `defaults` of this document",
                )
                .and(spot, format!("`{name}` needs one"))
            });
        }
        repositories.sort_by(|one, other| one.name.cmp(&other.name));
        Listed {
            repositories,
            patterns,
            others: raw.others.value().unwrap_or(Others::Warn),
        }
    }

    /// Each entry once, in the order of the file; the first that lacks a policy goes to `lacking`.
    fn entries<N, E>(
        &mut self,
        raw: Vec<RawEntry<N>>,
        (what, text): (&str, fn(&N) -> Arc<str>),
        inherited: Inherited<'_>,
        lacking: &mut Option<(Arc<str>, Spot)>,
        meant: impl Fn(N, Meaning) -> E,
    ) -> Vec<E> {
        let mut seen = HashMap::with_capacity(raw.len());
        let mut entries = Vec::with_capacity(raw.len());
        for entry in raw {
            let (name, spot) = (text(&entry.name.value), entry.name.spot);
            let what = || format!("the {what} `{}`", text(&entry.name.value));
            let is_new = once(&mut seen, Arc::clone(&name), spot, what, self.log);
            let (is_lacking, expectation) = self.entry(&entry, inherited);
            if !is_new {
                continue;
            }
            if is_lacking {
                lacking.get_or_insert((name, spot));
            }
            let meaning = Meaning {
                skip: entry.skip.map(|raw| raw.skip),
                expectation,
                place: entry.spot.place(self.files),
            };
            entries.push(meant(entry.name.value, meaning));
        }
        entries
    }

    /// What is expected of an entry, and whether it lacks a policy.
    fn entry<N>(&mut self, entry: &RawEntry<N>, inherited: Inherited<'_>) -> (bool, Option<Arc<Expectation>>) {
        let first_policy = inherited.around.first_policy;
        let own = self.policies.look_up(&entry.policy, first_policy, self.log);
        let policy = if own.is_absent() { inherited.policy } else { own };
        if !entry.needs_policy() {
            return (false, None);
        }
        (policy.is_absent(), self.expectation(policy, inherited))
    }

    fn expectation(&mut self, policy: Given<usize>, inherited: Inherited<'_>) -> Option<Arc<Expectation>> {
        let user = User {
            namespace: inherited.namespace,
            source: inherited.around.source.map(|source| &**source),
            regions: inherited.around.regions,
            severities: &inherited.around.severities,
        };
        Some(self.policies.expectation(policy.value()?, user, self.log))
    }
}

fn lacks_policy(namespace: &Found<NamespaceName>) -> String {
    format!(
        "the namespace `{}` has no `policy`, and there is no default",
        namespace.value
    )
}
