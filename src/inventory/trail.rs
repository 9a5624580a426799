//! The trail of one repository: where each value is written that holds for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Named;
use super::files::InputFile;
use super::problem::Spot;
use super::raw::{RawContents, RawDocument, RawEntry, RawNamespace, RawPattern, RawRepository, RawSkip, RawTarget};
use super::read::Given;
use super::written::{Choice, Written, choice, inherited};
use crate::model::{Chooser, ExpectedFlag, FlagOrigin, Flags, Place, PolicyTrail, SkipTrail, TargetTrail, Trail};

/// Of each source that has it, by name: the entry that decides is its own, else the first pattern that matches, else its
/// namespace as a whole.
pub(super) fn trails(written: &Written<'_>, named: Named<'_>, files: &[InputFile]) -> BTreeMap<Arc<str>, Trail> {
    let find = Find { written, files };
    let mut trails = BTreeMap::new();
    for (index, document) in written.documents.iter().enumerate() {
        let Given::Is(source) = &document.source else { continue };
        let is_asked = named.source.is_none_or(|name| *name == *source.value.name);
        let mut namespaces = document.namespaces.iter().filter(|_| is_asked);
        let is_it = |namespace: &&RawNamespace| namespace.name.value.as_str() == named.namespace;
        let trail = namespaces
            .find(is_it)
            .and_then(|namespace| find.namespace(index, document, namespace, named.repository));
        if let Some(trail) = trail {
            trails.insert(Arc::clone(&source.value.name), trail);
        }
    }
    trails
}

struct Find<'f> {
    written: &'f Written<'f>,
    files: &'f [InputFile],
}

impl Find<'_> {
    fn place(&self, spot: Spot) -> Place {
        spot.place(self.files)
    }

    fn namespace(
        &self,
        index: usize,
        document: &RawDocument,
        namespace: &RawNamespace,
        repository: &str,
    ) -> Option<Trail> {
        let whole = |skip: Option<&RawSkip>| {
            let is_needed = skip.is_none_or(|raw| raw.skip.until.is_some());
            let choice = inherited(namespace, document).filter(|_| is_needed);
            let policy = choice.and_then(|choice| self.policy(index, choice));
            self.trail(document, namespace, skip, policy)
        };
        match &namespace.contents {
            RawContents::Skipped(skip) => Some(whole(Some(skip))),
            RawContents::All => Some(whole(None)),
            RawContents::Listed(listed) => {
                let is_it = |entry: &&RawRepository| entry.name.value.as_str() == repository;
                if let Some(entry) = listed.repositories.iter().find(is_it) {
                    return Some(self.entry(index, document, namespace, entry, Chooser::Repository));
                }
                let matches = |entry: &&RawPattern| entry.name.value.matches(repository);
                let entry = listed.patterns.iter().find(matches)?;
                Some(self.entry(index, document, namespace, entry, Chooser::Pattern))
            }
        }
    }

    fn entry<N>(
        &self,
        index: usize,
        document: &RawDocument,
        namespace: &RawNamespace,
        entry: &RawEntry<N>,
        by: Chooser,
    ) -> Trail {
        let choice = choice(&entry.policy, by, namespace, document).filter(|_| entry.needs_policy());
        let policy = choice.and_then(|choice| self.policy(index, choice));
        self.trail(document, namespace, entry.skip.as_deref(), policy)
    }

    fn trail(
        &self,
        document: &RawDocument,
        namespace: &RawNamespace,
        skip: Option<&RawSkip>,
        policy: Option<PolicyTrail>,
    ) -> Trail {
        let severities = document.severity_spots.iter();
        let source = document.source_spots.iter();
        Trail {
            source: source
                .map(|(name, spot)| (Arc::clone(name), self.place(*spot)))
                .collect(),
            owner: namespace.owner.as_ref().map(|owner| self.place(owner.spot)),
            skip: skip.map(|raw| SkipTrail {
                skip: self.place(raw.spot),
                reason: self.place(raw.reason),
                until: raw.until.map(|until| self.place(until)),
            }),
            policy,
            severities: severities.map(|(code, spot)| (*code, self.place(*spot))).collect(),
        }
    }

    fn policy(&self, index: usize, choice: Choice<'_>) -> Option<PolicyTrail> {
        let (policy, document) = self.written.policies[self.written.look_up(index, &choice.reference.value)?];
        let mut targets = BTreeMap::new();
        for target in &policy.targets {
            targets.insert(self.place(target.spot), self.target(target, document)?);
        }
        let place = |spot: Option<Spot>| spot.map(|spot| self.place(spot));
        Some(PolicyTrail {
            chosen_by: choice.by,
            chosen_at: self.place(choice.reference.spot),
            targets,
            other_rules: place(policy.other_rules.spot()),
            allowed_regions: place(policy.region_spots.allowed),
            denied_regions: place(policy.region_spots.denied),
        })
    }

    fn target(&self, target: &RawTarget, document: &RawDocument) -> Option<TargetTrail> {
        Some(TargetTrail {
            region: self.place(target.region.spot),
            namespace: target.namespace.as_ref().map(|name| self.place(name.spot)),
            flags: Flags {
                overrides: self.flag(&target.overrides, &document.defaults.overrides)?,
                sync_auto: self.flag(&target.sync_auto, &document.defaults.sync_auto)?,
            },
        })
    }

    fn flag(&self, own: &Given<ExpectedFlag>, default: &Given<ExpectedFlag>) -> Option<FlagOrigin> {
        let own = own.spot().map(|spot| FlagOrigin::Target(self.place(spot)));
        own.or_else(|| default.spot().map(|spot| FlagOrigin::Defaults(self.place(spot))))
    }
}
