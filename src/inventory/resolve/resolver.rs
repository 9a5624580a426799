//! What the documents mean together: each source, namespace and repository once, each with its expectation. The only place
//! that follows inheritance; what it finds keeps the places where it is written.

use std::collections::HashMap;
use std::sync::Arc;

use super::policies::{Policies, User};
use super::regions::Regions;
use super::sources::Sources;
use super::{others, waivers};
use crate::inventory::document::{
    Found, Given, PolicyRef, RawContents, RawDocument, RawEntry, RawListed, RawNamespace, RawSkip,
};
use crate::inventory::files::InputFile;
use crate::inventory::problem::{Draft, Log, Spot, once};
use crate::inventory::terms::Terms;
use crate::model::{
    Chooser, Contents, DocumentPlaces, Expectation, Listed, NamespaceEntry, NamespaceName, NamespacePlaces,
    OtherNamespaces, Others, Pattern, PatternEntry, Policy, PolicyChoice, RepositoryEntry, RepositoryName, SkipPlaces,
    Source, Treatment, Waiver,
};

/// The inventory without its files.
#[derive(Debug)]
pub(crate) struct Meant {
    pub(crate) sources: Vec<Arc<Source>>,
    pub(crate) namespaces: Vec<NamespaceEntry>,
    pub(crate) other_namespaces: Vec<OtherNamespaces>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) waivers: Vec<Arc<Waiver>>,
}

/// Resolves all documents. Worth something only where the log stays empty.
pub(crate) fn resolve(documents: &[RawDocument], files: &[InputFile], terms: Terms<'_>, log: &mut Log) -> Meant {
    let sources = Sources::gather(documents, files, log);
    let other_namespaces = others::resolve(documents, &sources, files, log);
    let waivers = waivers::resolve(documents, files, terms, log);
    let regions = Regions::of(documents);
    let mut resolver = Resolver {
        files,
        sources: &sources,
        regions: &regions,
        policies: Policies::settle(documents, files, log),
        seen: HashMap::new(),
        log,
    };
    let mut namespaces = Vec::new();
    let mut first_policy = 0;
    for document in documents {
        resolver.document(document, first_policy, &mut namespaces);
        first_policy += document.policies.len();
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

/// A `policy` that holds, and whose word it is; its spot is where that is written.
#[derive(Clone, Copy, Debug)]
struct Choice {
    /// Its index.
    policy: usize,
    by: Chooser,
}

/// What a document gives to its namespaces.
struct Surroundings<'r> {
    document: &'r RawDocument,
    first_policy: usize,
    policy: Given<Choice>,
    /// `None`: broken.
    source: Option<&'r Arc<Source>>,
    /// The regions that there are, where the built-in table says so.
    regions: Option<&'r Regions>,
    places: Arc<DocumentPlaces>,
}

/// What a namespace gives to its entries.
#[derive(Clone, Copy)]
struct Inherited<'n> {
    namespace: &'n Found<NamespaceName>,
    policy: Given<Choice>,
    around: &'n Surroundings<'n>,
}

impl<'r> Resolver<'r> {
    fn document(&mut self, document: &'r RawDocument, first_policy: usize, namespaces: &mut Vec<NamespaceEntry>) {
        let around = Surroundings {
            document,
            first_policy,
            policy: self.choice(&document.defaults.policy, Chooser::Defaults, first_policy),
            // Of a name that stands for several, the first is as good as any: it is reported.
            source: match &document.source {
                Given::Is(source) => self.sources.get(&source.value.name),
                Given::Absent | Given::Broken => None,
            },
            regions: document.is_built_in.then_some(self.regions),
            places: Arc::new(self.places(document)),
        };
        for namespace in &document.namespaces {
            self.namespace(namespace, &around, namespaces);
        }
    }

    fn places(&self, document: &RawDocument) -> DocumentPlaces {
        let source = document.source_spots.iter();
        let severities = document.severity_spots.iter();
        DocumentPlaces {
            source: source
                .map(|(field, spot)| (Arc::clone(field), spot.place(self.files)))
                .collect(),
            severities: severities.map(|(code, spot)| (*code, spot.place(self.files))).collect(),
        }
    }

    fn choice(&mut self, reference: &Given<PolicyRef>, by: Chooser, first_policy: usize) -> Given<Choice> {
        let found = self.policies.look_up(reference, first_policy, self.log);
        found.map(|policy| Choice { policy, by })
    }

    fn namespace(&mut self, raw: &RawNamespace, around: &Surroundings<'r>, namespaces: &mut Vec<NamespaceEntry>) {
        let key = (
            around.source.map(|source| Arc::clone(&source.name)),
            raw.name.value.clone(),
        );
        let what = || format!("the namespace `{}`", raw.name.value);
        let is_new = once(&mut self.seen, key, raw.name.spot, what, self.log);
        let own = self.choice(&raw.policy, Chooser::Namespace, around.first_policy);
        let inherited = Inherited {
            namespace: &raw.name,
            policy: own.or(around.policy),
            around,
        };
        let contents = self.contents(raw, inherited);
        if let (true, Some(contents), Some(source)) = (is_new, contents, around.source) {
            namespaces.push(NamespaceEntry {
                source: Arc::clone(source),
                name: raw.name.value.clone(),
                owner: raw.owner.as_ref().map(|owner| Arc::clone(&owner.value)),
                severities: Arc::clone(&around.document.severities),
                contents,
                place: raw.spot.place(self.files),
                places: NamespacePlaces {
                    owner: raw.owner.as_ref().map(|owner| owner.spot.place(self.files)),
                    document: Arc::clone(&around.places),
                },
            });
        }
    }

    /// `None`: a problem is reported.
    fn contents(&mut self, raw: &RawNamespace, inherited: Inherited<'_>) -> Option<Contents> {
        match &raw.contents {
            RawContents::Skipped(skip) => self.skipped(raw, skip, inherited),
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
                let whole = self.treatment(raw.spot, None, inherited.policy, inherited);
                whole.expectation.is_some().then_some(Contents::Whole(whole))
            }
            RawContents::Listed(listed) => Some(Contents::Listed(self.listed(listed, inherited))),
        }
    }

    /// A whole namespace, which is audited again once its skip is over.
    fn skipped(&mut self, raw: &RawNamespace, skip: &RawSkip, inherited: Inherited<'_>) -> Option<Contents> {
        // A policy of its own beside the skip is reported already.
        let policy = inherited.around.policy;
        if let (Some(until), true) = (skip.skip.until, policy.is_absent()) {
            self.log.report(skip.until.unwrap_or(skip.spot), || {
                Draft::new(
                    format!(
                        "the namespace `{}` is audited after {until}, and there is no default policy for it",
                        inherited.namespace.value
                    ),
                    "write `policy:` in `defaults` of this document, or remove `until` to skip it for ever",
                )
            });
        }
        let whole = self.treatment(raw.spot, Some(skip), policy, inherited);
        (whole.expectation.is_some() || skip.is_endless()).then_some(Contents::Whole(whole))
    }

    fn listed(&mut self, raw: &RawListed, inherited: Inherited<'_>) -> Listed {
        let mut lacking = None;
        let named: Called<RepositoryName> = ("repository", RepositoryName::shared, Chooser::Repository);
        let mut repositories = self.entries(&raw.repositories, named, inherited, &mut lacking, |name, treatment| {
            RepositoryEntry { name, treatment }
        });
        let named: Called<Pattern> = ("pattern", Pattern::shared, Chooser::Pattern);
        let patterns = self.entries(&raw.patterns, named, inherited, &mut lacking, |pattern, treatment| {
            PatternEntry { pattern, treatment }
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
    fn entries<N: Clone, E>(
        &mut self,
        raw: &[RawEntry<N>],
        (what, text, by): Called<N>,
        inherited: Inherited<'_>,
        lacking: &mut Option<(Arc<str>, Spot)>,
        meant: impl Fn(N, Treatment) -> E,
    ) -> Vec<E> {
        let mut seen = HashMap::with_capacity(raw.len());
        let mut entries = Vec::with_capacity(raw.len());
        for entry in raw {
            let (name, spot) = (text(&entry.name.value), entry.name.spot);
            let what = || format!("the {what} `{}`", text(&entry.name.value));
            let is_new = once(&mut seen, Arc::clone(&name), spot, what, self.log);
            let own = self.choice(&entry.policy, by, inherited.around.first_policy);
            let policy = own.or(inherited.policy);
            let skip = entry.skip.as_deref();
            let treatment = self.treatment(entry.spot, skip, policy, inherited);
            if !is_new {
                continue;
            }
            if policy.is_absent() && entry.needs_policy() {
                lacking.get_or_insert((name, spot));
            }
            entries.push(meant(entry.name.value.clone(), treatment));
        }
        entries
    }

    /// What an entry at that spot asks for. A skip without an end needs no policy.
    fn treatment(
        &mut self,
        spot: Spot,
        skip: Option<&RawSkip>,
        policy: Given<Choice>,
        inherited: Inherited<'_>,
    ) -> Treatment {
        let found = policy.found().filter(|_| !skip.is_some_and(RawSkip::is_endless));
        Treatment {
            skip: skip.map(|raw| raw.skip.clone()),
            expectation: found.map(|found| self.expectation(found.value.policy, inherited)),
            place: spot.place(self.files),
            policy: found.map(|found| PolicyChoice {
                by: found.value.by,
                place: found.spot.place(self.files),
            }),
            skip_places: skip.map(|raw| {
                Box::new(SkipPlaces {
                    skip: raw.spot.place(self.files),
                    reason: raw.reason.place(self.files),
                    until: raw.until.map(|until| until.place(self.files)),
                })
            }),
        }
    }

    fn expectation(&mut self, policy: usize, inherited: Inherited<'_>) -> Arc<Expectation> {
        let user = User {
            namespace: inherited.namespace,
            source: inherited.around.source.map(|source| &**source),
            regions: inherited.around.regions,
            severities: &inherited.around.document.severities,
        };
        self.policies.expectation(policy, user, self.log)
    }
}

/// What an entry is called in messages, its name as text, and whose word its `policy` is.
type Called<N> = (&'static str, fn(&N) -> Arc<str>, Chooser);

fn lacks_policy(namespace: &Found<NamespaceName>) -> String {
    format!(
        "the namespace `{}` has no `policy`, and there is no default",
        namespace.value
    )
}
