//! What the service lists: names, and how much of them it can be believed to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Failure, Look, NamespaceName, RepositoryName, UnknownClass};

/// Everything that was listed in one run. What is not in it was not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listings {
    /// The repositories of a namespace, by source and namespace.
    pub repositories: BTreeMap<(Arc<str>, NamespaceName), Listing>,
    /// The namespaces of a source.
    pub namespaces: BTreeMap<Arc<str>, NamespaceListing>,
}

/// The repositories that the service lists in one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// All names that came, in their order, none twice.
    pub names: Vec<RepositoryName>,
    /// Why these may not be all; `None`: they are.
    pub gap: Option<Failure>,
    /// Whether SWR says that there is no such list, where one without names would have been empty.
    pub is_called_absent: bool,
    /// The look at the namespace that an empty listing calls for.
    pub look: Option<Look>,
}

/// The namespaces that the service lists in one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceListing {
    /// All names that came, in their order, none twice.
    pub names: Vec<NamespaceName>,
    /// Why these may not be all; `None`: they are.
    pub gap: Option<Failure>,
    /// The number of repositories that the account's overview tells, where it could be had.
    pub account_repositories: Option<u64>,
}

/// What a run has to have listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListingOrders {
    /// The namespaces whose repositories are listed, by source, in order.
    pub repositories: Vec<(Arc<str>, NamespaceName)>,
    /// The sources whose namespaces are listed, in order.
    pub namespaces: Vec<Arc<str>>,
}

impl ListingOrders {
    /// Whether nothing has to be listed.
    pub const fn is_empty(&self) -> bool {
        self.repositories.is_empty() && self.namespaces.is_empty()
    }
}

impl Listings {
    /// The look at a namespace that an empty listing called for.
    pub fn look(&self, source: &Arc<str>, namespace: &NamespaceName) -> Option<&Look> {
        let listing = self.repositories.get(&(Arc::clone(source), namespace.clone()))?;
        listing.look.as_ref()
    }
}

impl Listing {
    /// Whether that repository was listed.
    pub fn has(&self, name: &RepositoryName) -> bool {
        self.names.binary_search(name).is_ok()
    }

    /// Takes more names, in any order.
    pub fn add(&mut self, names: Vec<RepositoryName>) {
        self.names.extend(names);
        self.names.sort_unstable();
        self.names.dedup();
    }

    /// Whether it is empty, which is believed only after a look at the namespace.
    pub const fn needs_look(&self) -> bool {
        self.names.is_empty() && self.gap.is_none() && self.look.is_none()
    }

    /// Takes the look that an empty listing called for: one that failed leaves it open whether there is anything, and so
    /// does a namespace that is there without a list.
    pub fn take_look(&mut self, look: Look) {
        match &look {
            Look::Failed(failure) => self.gap = Some(failure.clone()),
            Look::Present if self.is_called_absent => self.gap = Some(absent_list()),
            Look::Present | Look::Absent => {}
        }
        self.look = Some(look);
    }
}

impl NamespaceListing {
    /// The namespaces that came, in their order and none twice, or why they did not.
    pub fn of(names: Result<Vec<NamespaceName>, Failure>) -> Self {
        let (names, gap) = match names {
            Ok(names) => (names, None),
            Err(failure) => (Vec::new(), Some(failure)),
        };
        Self {
            names,
            gap,
            account_repositories: None,
        }
    }
}

/// No documented answer to a list is that it is absent. It may be what a credential hears that may see the namespace and
/// nothing in it.
fn absent_list() -> Failure {
    Failure {
        http_status: Some(404),
        detail: "the list is told to be absent, and the namespace to be there".to_owned(),
        ..Failure::unasked(UnknownClass::BadResponse)
    }
}
