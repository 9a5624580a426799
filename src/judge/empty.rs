//! The patterns of `--only` that select nothing: certain only where nothing in their reach was out of sight.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::NamespaceId;
use crate::model::{IdleScope, ListingGap, MassChange, MissingNamespace, Plan, Scope};

/// In the order of the command line, each once. A namespace that is missing is a finding, and so it was selected.
pub(super) fn selections(plan: &Plan, gaps: &[ListingGap], missing: &[MissingNamespace]) -> Vec<Scope> {
    let unread = |gap: &ListingGap| Some((Arc::clone(&gap.source.name), gap.namespace.clone()?));
    let unread: BTreeSet<NamespaceId> = gaps.iter().filter_map(unread).collect();
    let is_empty = |idle: &&IdleScope| {
        let mut missing = missing.iter();
        !idle.may_be_in.iter().any(|id| unread.contains(id))
            && !missing.any(|missing| idle.scope.reaches(&missing.source.name, &missing.namespace))
    };
    let mut seen = BTreeSet::new();
    let idle = plan.idle_scopes.iter().filter(is_empty).map(|idle| idle.scope.clone());
    idle.filter(|scope| seen.insert(scope.to_string())).collect()
}

/// Without the patterns that select what is not believed to be gone.
pub(super) fn beside(mut selections: Vec<Scope>, mass_changes: &[MassChange]) -> Vec<Scope> {
    let selects = |scope: &Scope, change: &MassChange| {
        let mut unlisted = change.unlisted.iter();
        unlisted.any(|repository| scope.holds_in(&change.source.name, &change.namespace, repository))
    };
    selections.retain(|scope| !mass_changes.iter().any(|change| selects(scope, change)));
    selections
}
