//! What to ask for: all that the sources list.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{
    Contents, Expectation, Inventory, Listings, NamespaceEntry, NamespaceName, NamespacePlaces, Place, Selection,
    Source, Treatment,
};

/// An inventory of all that was found, under a policy that expects nothing and forbids nothing: what to list and ask
/// follows from it as from any other.
pub(super) fn everything(
    sources: &[Arc<Source>],
    given: &Inventory,
    accounts: &Listings,
    selection: &Selection,
) -> Inventory {
    let anything = Arc::new(Expectation::of_nothing(&Arc::default(), nowhere()));
    let whole = Treatment {
        skip: None,
        expectation: Some(Arc::clone(&anything)),
        place: nowhere(),
        policy: None,
        skip_places: None,
    };
    let entry = |source: &Arc<Source>, name: NamespaceName| NamespaceEntry {
        source: Arc::clone(source),
        name,
        owner: None,
        severities: Arc::clone(&anything.severities),
        contents: Contents::Whole(whole.clone()),
        place: nowhere(),
        places: NamespacePlaces::default(),
    };
    let mut namespaces = Vec::new();
    for source in sources {
        let names = names(source, given, accounts, selection).into_iter();
        namespaces.extend(names.map(|name| entry(source, name)));
    }
    Inventory {
        sources: sources.to_vec(),
        namespaces,
        other_namespaces: Vec::new(),
        policies: Vec::new(),
        waivers: Vec::new(),
        files: Vec::new(),
    }
}

/// The namespaces of a source as it lists them; where it does not, also those that somebody called by name: to list a
/// namespace takes another permission than to list all of them.
fn names(
    source: &Arc<Source>,
    given: &Inventory,
    accounts: &Listings,
    selection: &Selection,
) -> BTreeSet<NamespaceName> {
    let Some(account) = accounts.namespaces.get(&source.name) else {
        return BTreeSet::new();
    };
    let mut names: BTreeSet<NamespaceName> = account.names.iter().cloned().collect();
    if account.gap.is_some() {
        let mine = given.namespaces.iter().filter(|entry| entry.source.name == source.name);
        names.extend(mine.map(|entry| entry.name.clone()));
        let selected = selection.only.iter().filter(|scope| scope.reaches_source(&source.name));
        names.extend(selected.filter_map(|scope| NamespaceName::parse(scope.namespace().as_str()).ok()));
    }
    names
}

fn nowhere() -> Place {
    Place {
        file: "".into(),
        line: 0,
        column: 0,
    }
}
