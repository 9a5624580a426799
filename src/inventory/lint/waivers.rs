//! Waivers that cannot cover anything, whatever an audit finds: they reach no namespace, or are for a target that none of
//! their findings has.
//!
//! Whether one covers anything in the namespaces that it does reach, the audit says: `unused-waiver`.

use std::collections::{HashMap, HashSet};

use super::comparisons::COMPARISONS;
use super::policies;
use crate::inventory::document::{Found, Given, RawDocument, RawWaiver};
use crate::inventory::problem::{Draft, Drafts, nearest, quoted};
use crate::inventory::resolve::Regions;
use crate::model::{Aim, Code, Others, Pattern, WaivedTarget};

/// Warns of each.
pub(super) fn warn(documents: &[RawDocument], regions: &Regions, warnings: &mut Drafts) {
    let mut namespaces = Namespaces::of(documents);
    let policies = documents.iter().flat_map(|document| &document.policies);
    let targets = policies.flat_map(|policy| &policy.targets);
    let targeted: HashSet<&str> = targets.map(|target| &*target.region.value).collect();
    for document in documents {
        for waiver in &document.waivers {
            if namespaces.has_none_for(waiver, source(document)) {
                warnings.add(waiver.scope.spot, || reaches_nothing(waiver, &namespaces));
            }
            if let Some(target) = &waiver.target {
                self::target(waiver, target, regions, &targeted, warnings);
            }
        }
    }
}

/// The namespaces that waivers may reach.
struct Namespaces<'d> {
    /// Each with its source.
    all: Vec<(&'d str, &'d str)>,
    /// The sources of each.
    sources: HashMap<&'d str, Vec<&'d str>>,
    /// Sources whose other namespaces are looked for: waivers may reach those too.
    searched: Vec<&'d str>,
    /// What is left of [`COMPARISONS`].
    comparisons: usize,
}

impl<'d> Namespaces<'d> {
    fn of(documents: &'d [RawDocument]) -> Self {
        let mut namespaces = Self {
            all: Vec::new(),
            sources: HashMap::new(),
            searched: Vec::new(),
            comparisons: COMPARISONS,
        };
        for document in documents {
            let Some(source) = source(document) else { continue };
            for namespace in &document.namespaces {
                let name = namespace.name.value.as_str();
                namespaces.all.push((source, name));
                namespaces.sources.entry(name).or_default().push(source);
            }
            if matches!(&document.other_namespaces, Given::Is(word) if word.value != Others::Allow) {
                namespaces.searched.push(source);
            }
        }
        namespaces
    }

    /// Whether it reaches none of them, and none that may be found. `own` is the source of its document.
    fn has_none_for(&mut self, waiver: &RawWaiver, own: Option<&str>) -> bool {
        // Waivers may be checked alone, to serve inventories elsewhere.
        if self.all.is_empty() {
            return false;
        }
        let scope = &waiver.scope.value;
        let is_source = |source: &str| own.is_none_or(|own| own == source) && scope.reaches_source(source);
        let findings = waiver.findings.as_ref();
        let is_for_found = scope.is_of_whole_namespaces()
            && findings.is_none_or(|codes| codes.contains(&Code::UnlistedNamespace))
            && self.searched.iter().any(|source| is_source(source));
        if is_for_found {
            return false;
        }
        let name = scope.namespace().as_str();
        if !Pattern::is_one(name) {
            let mut sources = self.sources.get(name).into_iter().flatten();
            return !sources.any(|source| is_source(source));
        }
        let Some(left) = self.comparisons.checked_sub(self.all.len()) else {
            return false;
        };
        self.comparisons = left;
        let mut all = self.all.iter();
        !all.any(|(source, name)| is_source(source) && scope.namespace().matches(name))
    }
}

/// Its name, where it is known.
fn source(document: &RawDocument) -> Option<&str> {
    match &document.source {
        Given::Is(source) => Some(&source.value.name),
        Given::Absent | Given::Broken => None,
    }
}

fn reaches_nothing(waiver: &RawWaiver, namespaces: &Namespaces<'_>) -> Draft {
    let namespace = waiver.scope.value.namespace().as_str();
    let known = namespaces.all.iter().map(|(_, name)| *name);
    let near = nearest(namespace, known.take(1_000)).filter(|near| *near != namespace);
    Draft::new(
        format!(
            "the waiver {} covers nothing: it reaches no namespace of the inventory",
            quoted(&waiver.id.value)
        ),
        match near {
            Some(near) => format!("did you mean `{near}`? or remove it"),
            None => "write the `repo` that it is meant for, or remove it".to_owned(),
        },
    )
}

/// `targeted` are the regions of all targets.
fn target(
    waiver: &RawWaiver,
    target: &Found<WaivedTarget>,
    regions: &Regions,
    targeted: &HashSet<&str>,
    warnings: &mut Drafts,
) {
    // An unknown region of a policy is reported there, or is one that somebody means.
    if !targeted.contains(&*target.value.region) {
        let region = Found {
            value: target.value.region.clone(),
            spot: target.spot,
        };
        policies::unknown_region(&region, regions, warnings);
    }
    if let Some(codes) = &waiver.findings
        && codes.iter().all(|code| code.aim() == Aim::Nothing)
    {
        warnings.add(target.spot, || aimless(waiver, codes, &target.value));
    }
}

fn aimless(waiver: &RawWaiver, codes: &[Code], target: &WaivedTarget) -> Draft {
    let findings = match codes {
        [one] => format!("`{}` has", one.name()),
        _ => "its findings have".to_owned(),
    };
    let target = match &target.namespace {
        Some(namespace) => format!("{}/{namespace}", target.region),
        None => target.region.to_string(),
    };
    Draft::new(
        format!(
            "the waiver {} covers nothing: {findings} no target, and so never `{target}`",
            quoted(&waiver.id.value)
        ),
        "remove `target`, or name the `finding` that it is meant for",
    )
}
