//! What a sound inventory probably does not mean: policies that nobody uses, targets that nobody can prove, entries that
//! others hide, waivers that cover nothing, skips and waivers that run out. Pure, and told beside the problems, never in
//! their place.

mod ends;
mod hidden;
mod policies;
mod waivers;

use std::sync::Arc;

use jiff::civil::Date;

use super::problem::{Draft, Drafts, Spot};
use super::raw::{PolicyRef, RawContents, RawDocument, RawEntry, RawListed, RawNamespace};
use super::read::{Found, Given};
use super::regions::Regions;
use super::written::{Choice, Written, choice, inherited};
use crate::model::Chooser;

/// How often patterns of regions are held against each other, and waivers against entries: a hostile file has a hundred
/// in each of thousands of policies, and no person's comes near.
const COMPARISONS: usize = 1_000_000;

/// Gathers the warnings as of that day.
pub(super) fn lint<'d>(written: &'d Written<'d>, today: Date, warnings: &mut Drafts) {
    let mut lint = Lint {
        written,
        regions: Regions::of(written.documents),
        today,
        tallies: vec![Tally::default(); written.policies.len()],
        warnings,
    };
    for (index, document) in written.documents.iter().enumerate() {
        lint.mentions(index, document);
        lint.document(index, document);
        lint.document_regions(document);
        policies::defaults(document, lint.warnings);
        policies::severities(document, lint.warnings);
        for waiver in &document.waivers {
            ends::waiver(waiver, today, lint.warnings);
        }
    }
    lint.policies();
    waivers::warn(written, &lint.regions, lint.warnings);
}

/// Who uses a policy.
#[derive(Clone, Debug, Default)]
struct Tally {
    /// Whether any `policy` means it, hidden or not.
    is_mentioned: bool,
    /// How many named repositories are asked under it, of sources that do not list rules with `syncAuto=false`.
    unproven: usize,
    /// Whether repositories of such sources are asked under it that are found only then.
    is_for_found: bool,
    /// The name of the first of those sources.
    source: Option<Arc<str>>,
}

/// Who is asked under a policy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Named,
    Found,
}

/// Which policies that are inherited have an heir.
#[derive(Clone, Copy, Default)]
struct Heirs {
    of_namespace: bool,
    of_defaults: bool,
}

struct Lint<'l> {
    written: &'l Written<'l>,
    regions: Regions,
    today: Date,
    /// Of each policy.
    tallies: Vec<Tally>,
    warnings: &'l mut Drafts,
}

impl Lint<'_> {
    fn mentions(&mut self, index: usize, document: &RawDocument) {
        self.mention(index, &document.defaults.policy);
        for namespace in &document.namespaces {
            self.mention(index, &namespace.policy);
            if let RawContents::Listed(listed) = &namespace.contents {
                let names = listed.repositories.iter().map(|entry| &entry.policy);
                for policy in names.chain(listed.patterns.iter().map(|entry| &entry.policy)) {
                    self.mention(index, policy);
                }
            }
        }
    }

    fn mention(&mut self, index: usize, reference: &Given<PolicyRef>) {
        if let Given::Is(found) = reference
            && let Some(policy) = self.written.look_up(index, &found.value)
        {
            self.tallies[policy].is_mentioned = true;
        }
    }

    fn document(&mut self, index: usize, document: &RawDocument) {
        let mut heirs = Heirs::default();
        for namespace in &document.namespaces {
            match &namespace.contents {
                RawContents::Skipped(skip) => {
                    ends::skip("namespace", skip, self.today, self.warnings);
                    if skip.skip.until.is_some() {
                        let is_over = !skip.skip.holds_on(self.today);
                        self.inherit(index, inherited(namespace, document), is_over, Asked::Found, &mut heirs);
                    }
                }
                RawContents::All => {
                    self.inherit(index, inherited(namespace, document), true, Asked::Found, &mut heirs);
                }
                RawContents::Listed(listed) => heirs.of_defaults |= self.listed(index, namespace, listed),
            }
        }
        if let (false, Given::Is(found)) = (heirs.of_defaults, &document.defaults.policy) {
            self.warnings.add(found.spot, || {
                Draft::new(
                    "no repository uses the default `policy` of this document",
                    "remove it, or remove the `policy` of a namespace; defaults reach what is written in the same \
                     document",
                )
            });
        }
    }

    /// Returns whether any repository takes the document's policy.
    fn listed(&mut self, index: usize, namespace: &RawNamespace, listed: &RawListed) -> bool {
        let mut heirs = Heirs::default();
        for entry in &listed.repositories {
            let name = entry.name.value.as_str();
            doubled_name(namespace, name, entry.name.spot, self.warnings);
            self.entry(index, namespace, entry, Asked::Named, &mut heirs);
        }
        for entry in &listed.patterns {
            let name = entry.name.value.as_str();
            doubled_name(namespace, name, entry.name.spot, self.warnings);
            self.entry(index, namespace, entry, Asked::Found, &mut heirs);
        }
        hidden::patterns(&listed.patterns, self.warnings);
        if let (false, Given::Is(found)) = (heirs.of_namespace, &namespace.policy) {
            self.warnings.add(found.spot, || {
                Draft::new(
                    format!(
                        "no repository uses the `policy` of the namespace `{}`",
                        namespace.name.value
                    ),
                    "remove it, or remove the `policy` of a repository: each names its own, or is skipped",
                )
            });
        }
        heirs.of_defaults
    }

    fn entry<N>(
        &mut self,
        index: usize,
        namespace: &RawNamespace,
        entry: &RawEntry<N>,
        asked: Asked,
        heirs: &mut Heirs,
    ) {
        if let Some(skip) = &entry.skip {
            let what = match asked {
                Asked::Named => "repository",
                Asked::Found => "pattern",
            };
            ends::skip(what, skip, self.today, self.warnings);
        }
        if entry.needs_policy() {
            let document = &self.written.documents[index];
            let is_asked = entry.skip.as_ref().is_none_or(|raw| !raw.skip.holds_on(self.today));
            let choice = choice(&entry.policy, Chooser::Repository, namespace, document);
            self.inherit(index, choice, is_asked, asked, heirs);
        }
    }

    /// Notes whose policy it is, and who is asked under it.
    fn inherit(&mut self, index: usize, choice: Option<Choice<'_>>, is_asked: bool, asked: Asked, heirs: &mut Heirs) {
        let Some(choice) = choice else { return };
        heirs.of_namespace |= choice.by == Chooser::Namespace;
        heirs.of_defaults |= choice.by == Chooser::Defaults;
        let document = &self.written.documents[index];
        if let (true, Some(policy), Given::Is(source)) = (
            is_asked,
            self.written.look_up(index, &choice.reference.value),
            &document.source,
        ) && !source.value.lists_manual_rules
        {
            let tally = &mut self.tallies[policy];
            match asked {
                Asked::Named => tally.unproven += 1,
                Asked::Found => tally.is_for_found = true,
            }
            tally.source.get_or_insert_with(|| Arc::clone(&source.value.name));
        }
    }

    /// Where the built-in table decides, an unknown one is a problem.
    fn document_regions(&mut self, document: &RawDocument) {
        let written = document.source_spots.iter().find(|(field, _)| &**field == "region");
        if let (Given::Is(source), Some((_, spot))) = (&document.source, written) {
            let region = Found {
                value: Arc::clone(&source.value.region),
                spot: *spot,
            };
            policies::unknown_region(&region, &self.regions, self.warnings);
        }
        for extra in &document.extra_regions {
            policies::needless(extra, self.warnings);
        }
    }

    fn policies(&mut self) {
        let documents = self.written.documents;
        // Policies may be checked alone, to be used by inventories elsewhere.
        let is_whole = documents.iter().any(|document| !document.namespaces.is_empty());
        let mut budget = COMPARISONS;
        for ((policy, document), tally) in self.written.policies.iter().zip(&self.tallies) {
            if let (true, false, Some(name)) = (is_whole, tally.is_mentioned, &policy.name) {
                policies::unused(policy.spot, name, self.warnings);
            }
            policies::regions(policy, &mut budget, self.warnings);
            policies::limits(policy, &self.regions, &mut budget, self.warnings);
            for target in &policy.targets {
                policies::unknown_region(&target.region, &self.regions, self.warnings);
                policies::unprovable(target, document, tally, self.warnings);
            }
        }
    }
}

/// A name as `docker pull` writes it: the service would take it, and find nothing.
fn doubled_name(namespace: &RawNamespace, name: &str, spot: Spot, warnings: &mut Drafts) {
    let own = namespace.name.value.as_str();
    let Some((first, rest)) = name.split_once('/') else {
        return;
    };
    let is_host = first.starts_with("swr.") && first.ends_with(".myhuaweicloud.com");
    if first == own || is_host {
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
