//! What a policy, its targets, its document's defaults and its severities probably do not mean.

use std::sync::Arc;

use super::uses::Unproven;
use crate::inventory::document::{Found, Given, RawDocument, RawPolicy, RawTarget};
use crate::inventory::problem::{Draft, Drafts, Spot, counted, quoted};
use crate::inventory::resolve::Regions;
use crate::model::{ExpectedFlag, check_region_id, region};

/// Defaults that every target of the document has an own word for.
pub(super) fn defaults(document: &RawDocument, warnings: &mut Drafts) {
    let targets = || document.policies.iter().flat_map(|policy| &policy.targets);
    let given = [
        (
            "override",
            &document.defaults.overrides,
            targets().any(|target| target.overrides.is_absent()),
        ),
        (
            "syncAuto",
            &document.defaults.sync_auto,
            targets().any(|target| target.sync_auto.is_absent()),
        ),
    ];
    for (name, default, is_needed) in given {
        if let (false, Given::Is(found)) = (is_needed, default) {
            warnings.add(found.spot, || {
                Draft::new(
                    format!("no target of this document uses the default `{name}`"),
                    format!(
                        "remove it, or remove `{name}` from a target; defaults reach what is written in the same \
                         document"
                    ),
                )
            });
        }
    }
}

pub(super) fn severities(document: &RawDocument, warnings: &mut Drafts) {
    for (code, spot) in &document.severity_spots {
        let Some(fixed) = code.fixed_severity() else { continue };
        if document.severities.of(*code, fixed) == fixed {
            warnings.add(*spot, || {
                Draft::new(
                    format!("`{}` is `{}` without this too", code.name(), fixed.name()),
                    "remove it, or write another severity",
                )
            });
        }
    }
}

pub(super) fn unused(spot: Spot, name: &str, warnings: &mut Drafts) {
    warnings.add(spot, || {
        Draft::new(
            format!("nobody uses the policy {}", quoted(name)),
            "name it in `policy` of a namespace, a repository or `defaults`, or remove it",
        )
    });
}

/// An allowed region that the same policy denies. `budget` is what is left of [`COMPARISONS`].
pub(super) fn regions(policy: &RawPolicy, budget: &mut usize, warnings: &mut Drafts) {
    let (Some(spot), Some(denied_spot)) = (policy.region_spots.allowed, policy.region_spots.denied) else {
        return;
    };
    let allowed = policy.regions.allowed.iter().flatten();
    for pattern in allowed {
        let text = pattern.as_str();
        let Some(left) = budget.checked_sub(policy.regions.denied.len()) else {
            return;
        };
        *budget = left;
        let is_id = check_region_id(text).is_ok();
        let mut denied = policy.regions.denied.iter();
        if denied.any(|denied| denied.as_str() == text || is_id && denied.matches(text)) {
            warnings.add(spot, || {
                Draft::new(
                    format!("{} is allowed and denied, and denied wins", quoted(text)),
                    "remove it from one of the lists",
                )
                .and(denied_spot, "denied here")
            });
        }
    }
}

/// Returns whether it is one.
pub(super) fn unknown_region(id: &Found<Arc<str>>, regions: &Regions, warnings: &mut Drafts) -> bool {
    let is_unknown = !regions.know(&id.value);
    if is_unknown {
        warnings.add(id.spot, || regions.unknown(&id.value));
    }
    is_unknown
}

/// A region of `extraRegions` that needs none.
pub(super) fn needless(extra: &Found<Arc<str>>, warnings: &mut Drafts) {
    if region(&extra.value).is_some() {
        warnings.add(extra.spot, || {
            Draft::new(
                format!("the region `{}` is known without this too", extra.value),
                "remove it from `extraRegions`",
            )
        });
    }
}

/// What a policy allows or denies, and what is no region at all: a slip there denies nothing. `budget` is what is left of
/// [`COMPARISONS`].
pub(super) fn limits(policy: &RawPolicy, regions: &Regions, budget: &mut usize, warnings: &mut Drafts) {
    let allowed = policy.regions.allowed.iter().flatten();
    let allowed = allowed.map(|pattern| ("allowedRegions", policy.region_spots.allowed, pattern));
    let denied = policy.regions.denied.iter();
    let denied = denied.map(|pattern| ("deniedRegions", policy.region_spots.denied, pattern));
    for (field, spot, pattern) in allowed.chain(denied) {
        let (Some(spot), Some(left)) = (spot, budget.checked_sub(regions.count())) else {
            return;
        };
        *budget = left;
        if regions.any(|id| pattern.matches(id)) {
            continue;
        }
        warnings.add(spot, || {
            let text = pattern.as_str();
            if check_region_id(text).is_ok() {
                return regions.unknown(text);
            }
            Draft::new(
                format!("`{field}` has {}, which matches no known region", quoted(text)),
                "write a pattern that the id of a region matches; for a new region write `extraRegions: [ID]` in any document",
            )
        });
    }
}

/// A target whose absence this service never shows.
pub(super) fn unprovable(target: &RawTarget, document: &RawDocument, users: &Unproven<'_>, warnings: &mut Drafts) {
    let own = target.sync_auto.spot();
    let Given::Is(flag) = target.sync_auto.or(document.defaults.sync_auto) else {
        return;
    };
    if flag.value == ExpectedFlag::Is(true) {
        return;
    }
    let source = users.source;
    warnings.add(own.unwrap_or(target.spot), || {
        let name = target.namespace.as_ref();
        let namespace = name.map_or(String::new(), |name| format!("/{}", name.value));
        let target = format!("the target `{}{namespace}`", target.region.value);
        // A rule that copies by itself is listed, and `any` accepts it.
        let what = if flag.value == ExpectedFlag::Any {
            format!("that {target} has no rule")
        } else {
            target
        };
        let ends = ends(users);
        let draft = Draft::new(
            format!(
                "{what} can never be proven: `{source}` is reported not to list rules with `syncAuto: false`; {ends} \
                 `unknown` where nothing is listed for it"
            ),
            "write `syncAuto: true`; or, where this service does list such rules, `listsManualRules: true` in the \
             source",
        );
        match own {
            Some(_) => draft,
            None => draft.and(flag.spot, "from the defaults of its document"),
        }
    });
}

/// Which repositories end as `unknown`; those that are found only later cannot be counted.
fn ends(users: &Unproven<'_>) -> String {
    match (users.named, users.has_found) {
        (count, false) => counted(count, "repository under it ends as", "repositories under it end as"),
        (0, true) => "repositories that are found under it end as".to_owned(),
        (count, true) => {
            let named = counted(count, "repository", "repositories");
            format!("{named} under it, and those that are found, end as")
        }
    }
}
