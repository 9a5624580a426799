//! The trail of one repository: where each value is written that holds for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Named;
use super::files::InputFile;
use super::problem::Spot;
use super::raw::{RawContents, RawDocument, RawNamespace, RawRepository, RawSkip, RawTarget};
use super::read::Given;
use super::written::{Choice, Written, choice};
use crate::model::{ExpectedFlag, FlagOrigin, Flags, Place, PolicyTrail, SkipTrail, TargetTrail, Trail};

/// `None` where the inventory does not name it.
pub(super) fn trail(written: &Written<'_>, named: Named<'_>, files: &[InputFile]) -> Option<Trail> {
    let find = Find { written, files };
    written.documents.iter().enumerate().find_map(|(index, document)| {
        let mut namespaces = document.namespaces.iter();
        let namespace = namespaces.find(|namespace| namespace.name.value.as_str() == named.namespace)?;
        match &namespace.contents {
            RawContents::Skipped(skip) => Some(find.trail(document, namespace, Some(skip), None)),
            RawContents::Repositories(repositories) => {
                let is_it = |repository: &&RawRepository| repository.name.value.as_str() == named.repository;
                let repository = repositories.iter().find(is_it)?;
                Some(find.repository(index, document, namespace, repository))
            }
        }
    })
}

struct Find<'f> {
    written: &'f Written<'f>,
    files: &'f [InputFile],
}

impl Find<'_> {
    fn place(&self, spot: Spot) -> Place {
        spot.place(self.files)
    }

    fn repository(
        &self,
        index: usize,
        document: &RawDocument,
        namespace: &RawNamespace,
        repository: &RawRepository,
    ) -> Trail {
        let skip = repository.skip.as_deref();
        let is_needed = skip.is_none_or(|raw| raw.skip.until.is_some());
        let choice = choice(repository, namespace, document).filter(|_| is_needed);
        let policy = choice.and_then(|choice| self.policy(index, choice));
        self.trail(document, namespace, skip, policy)
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
