//! What `--only` asks for and nothing is.

use std::sync::Arc;

use super::seen::View;
use crate::model::{Extent, NamespaceName, Scope, Selection, Source, Survey, SurveyedNamespace};
use crate::report::snapshot::{NoMatch, Unmatched};

/// Whether a part was wanted and there is nothing of it. Unlike an account that is empty, that is no answer to anything.
pub(super) fn is_all(survey: &Survey, selection: &Selection) -> bool {
    let mut namespaces = survey.sources.iter().flat_map(|source| &source.namespaces);
    selection.leaves_out_by_name() && !namespaces.any(is_written)
}

fn is_written(namespace: &SurveyedNamespace) -> bool {
    !namespace.repositories.is_empty() || namespace.extent == Extent::Whole
}

/// The patterns that nothing written matches, each with what there is in their place, source by source.
pub(super) fn all(view: View<'_>, survey: &Survey) -> Vec<Unmatched> {
    let matches_nothing = |scope: &&Scope| {
        !survey.sources.iter().any(|source| {
            let name = &source.source.name;
            source.gap.is_some() && scope.reaches_source(name)
                || source
                    .namespaces
                    .iter()
                    .any(|namespace| matches(scope, name, namespace))
        })
    };
    let mut unmatched = Vec::new();
    for scope in view.selection.only.iter().filter(matches_nothing) {
        let is_empty = survey.empty_selections.contains(scope);
        let of = |source: &str, instead| Unmatched {
            pattern: scope.to_string(),
            source: source.into(),
            instead,
        };
        let mut sources = view
            .sources
            .iter()
            .filter(|source| scope.reaches_source(&source.name))
            .peekable();
        if sources.peek().is_none() {
            let names = view.sources.iter().map(|source| Arc::clone(&source.name));
            unmatched.push(of("", NoMatch::Sources(names.collect())));
        }
        for source in sources {
            let instead = if is_empty {
                instead(scope, source, view)
            } else {
                NoMatch::LeftOut
            };
            unmatched.push(of(&source.name, instead));
        }
    }
    unmatched
}

/// Whether anything that was seen is of the scope, or may be.
fn matches(scope: &Scope, source: &Arc<str>, namespace: &SurveyedNamespace) -> bool {
    if !scope.reaches(source, &namespace.name) {
        return false;
    }
    let is_of_it = |repository| scope.holds_in(source, &namespace.name, repository);
    namespace.gap.is_some()
        || scope.holds_namespace(source, &namespace.name) && is_written(namespace)
        || namespace.repositories.iter().any(|one| is_of_it(&one.name))
}

fn instead(scope: &Scope, source: &Source, view: View<'_>) -> NoMatch {
    let names: Vec<NamespaceName> = view
        .accounts
        .namespaces
        .get(&source.name)
        .map_or_else(Vec::new, |account| account.names.clone());
    let is_of_it = |name: &&NamespaceName| scope.reaches(&source.name, name);
    let reached: Vec<&NamespaceName> = names.iter().filter(is_of_it).collect();
    if reached.is_empty() {
        return NoMatch::Namespaces(names);
    }
    let of_it = view
        .of_source(source)
        .filter(|planned| reached.contains(&&planned.name));
    let listed = of_it.filter_map(|planned| Some(planned.listing.as_ref()?.listed));
    NoMatch::Repositories {
        namespaces: reached.iter().copied().cloned().collect(),
        listed: listed.sum(),
    }
}
