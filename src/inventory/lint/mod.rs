//! What a sound inventory probably does not mean: policies that nobody uses, targets that nobody can prove, values without
//! effect, waivers that cover nothing, skips and waivers that end. Pure; reported only where there is no problem.

mod comparisons;
mod ends;
mod hidden;
mod policies;
mod uses;
mod waivers;

use jiff::civil::Date;

use self::comparisons::COMPARISONS;
use self::uses::Uses;
use crate::inventory::document::{Found, Given, PolicyRef, RawContents, RawDocument, RawNamespace, RawSkip};
use crate::inventory::files::InputFile;
use crate::inventory::problem::{Draft, Drafts, Spot};
use crate::inventory::resolve::Regions;
use crate::model::{Inventory, api_beside_registry};

/// Gathers the warnings as of that day. `inventory` is what the documents mean.
pub(super) fn lint(
    documents: &[RawDocument],
    inventory: &Inventory,
    files: &[InputFile],
    today: Date,
    warnings: &mut Drafts,
) {
    let uses = Uses::of(documents, inventory, today);
    let regions = Regions::of(documents);
    let mut lint = Lint {
        uses: &uses,
        files,
        today,
        warnings,
    };
    for document in documents {
        lint.document(document);
        document_regions(document, &regions, lint.warnings);
        policies::defaults(document, lint.warnings);
        policies::severities(document, lint.warnings);
        for waiver in &document.waivers {
            ends::waiver(waiver, today, lint.warnings);
        }
    }
    lint.policies(documents, &regions);
    waivers::warn(documents, &regions, lint.warnings);
}

struct Lint<'l> {
    uses: &'l Uses<'l>,
    files: &'l [InputFile],
    today: Date,
    warnings: &'l mut Drafts,
}

impl Lint<'_> {
    fn document(&mut self, document: &RawDocument) {
        for namespace in &document.namespaces {
            self.namespace(namespace);
        }
        if let Some(spot) = self.unused_choice(&document.defaults.policy) {
            self.warnings.add(spot, || {
                Draft::new(
                    "no repository uses the default `policy` of this document",
                    "remove it, or remove the `policy` of a namespace; defaults reach what is written in the same \
                     document",
                )
            });
        }
    }

    fn namespace(&mut self, namespace: &RawNamespace) {
        let listed = match &namespace.contents {
            RawContents::Skipped(skip) => return ends::skip("namespace", skip, self.today, self.warnings),
            RawContents::All => return,
            RawContents::Listed(listed) => listed,
        };
        for entry in &listed.repositories {
            self.entry(
                "repository",
                namespace,
                entry.name.value.as_str(),
                entry.name.spot,
                entry.skip.as_deref(),
            );
        }
        for entry in &listed.patterns {
            self.entry(
                "pattern",
                namespace,
                entry.name.value.as_str(),
                entry.name.spot,
                entry.skip.as_deref(),
            );
        }
        hidden::patterns(&listed.patterns, self.warnings);
        if let Some(spot) = self.unused_choice(&namespace.policy) {
            self.warnings.add(spot, || {
                Draft::new(
                    format!(
                        "no repository uses the `policy` of the namespace `{}`",
                        namespace.name.value
                    ),
                    "remove it, or remove the `policy` of a repository: each names its own, or is skipped",
                )
            });
        }
    }

    fn entry(&mut self, what: &str, namespace: &RawNamespace, name: &str, spot: Spot, skip: Option<&RawSkip>) {
        doubled_name(namespace, name, spot, self.warnings);
        if let Some(skip) = skip {
            ends::skip(what, skip, self.today, self.warnings);
        }
    }

    /// Where a `policy` is written that no entry inherits.
    fn unused_choice(&self, reference: &Given<PolicyRef>) -> Option<Spot> {
        let spot = reference.spot()?;
        (!self.uses.takes(&spot.place(self.files))).then_some(spot)
    }

    fn policies(&mut self, documents: &[RawDocument], regions: &Regions) {
        // Policies may be checked alone, to be used by inventories elsewhere.
        let is_whole = documents.iter().any(|document| !document.namespaces.is_empty());
        let mut budget = COMPARISONS;
        for (document, policy) in documents
            .iter()
            .flat_map(|it| it.policies.iter().map(move |policy| (it, policy)))
        {
            if let Some(name) = &policy.name
                && is_whole
                && !self.uses.mention(name)
            {
                policies::unused(policy.spot, name, self.warnings);
            }
            policies::regions(policy, &mut budget, self.warnings);
            policies::limits(policy, regions, &mut budget, self.warnings);
            let users = self.uses.unproven_under(&policy.spot.place(self.files));
            for target in &policy.targets {
                policies::unknown_region(&target.region, regions, self.warnings);
                if let Some(users) = users {
                    policies::unprovable(target, document, users, self.warnings);
                }
            }
        }
    }
}

/// Where the built-in table decides, an unknown one is a problem.
fn document_regions(document: &RawDocument, regions: &Regions, warnings: &mut Drafts) {
    let written = document.source_spots.iter().find(|(field, _)| &**field == "region");
    if let (Given::Is(source), Some((_, spot))) = (&document.source, written) {
        let region = Found {
            value: source.value.region.clone(),
            spot: *spot,
        };
        policies::unknown_region(&region, regions, warnings);
    }
    for extra in &document.extra_regions {
        policies::needless(extra, warnings);
    }
}

/// A name as `docker pull` writes it: the service would take it, and find nothing.
fn doubled_name(namespace: &RawNamespace, name: &str, spot: Spot, warnings: &mut Drafts) {
    let own = namespace.name.value.as_str();
    let Some((first, rest)) = name.split_once('/') else {
        return;
    };
    if first == own || api_beside_registry(first, None).is_some() {
        let rest = rest
            .strip_prefix(own)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(rest);
        warnings.add(spot, || {
            Draft::new(
                format!("this is the repository `{own}/{name}`, namespace and all"),
                format!("write `{rest}`; leave it only where the name does repeat the namespace"),
            )
        });
    }
}
