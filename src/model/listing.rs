//! What the service lists: names, and how much of them it can be believed to be.

mod shards;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Evidence, Failure, Look, NamespaceName, RepositoryName, UnknownClass};

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
    /// All names that any page showed, in their order, none twice.
    pub names: Vec<RepositoryName>,
    /// Those of them that are not in the list as it is believed: an earlier pass over it showed them. In order.
    pub superseded: Vec<RepositoryName>,
    /// Those of them that only some of the shards' lists hold: nobody knows which of these lists is right. In order.
    pub disputed: Vec<RepositoryName>,
    /// Why these may not be all; `None`: they are.
    pub gap: Option<Failure>,
    /// Whether the service left out how many there are.
    pub is_uncounted: bool,
    /// Whether SWR says that there is no such list, where one without names would have been empty.
    pub is_called_absent: bool,
    /// The look at the namespace that an empty listing calls for.
    pub look: Option<Look>,
    /// How its last page was come by.
    pub evidence: Evidence,
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
    /// The account that the overview names.
    pub account: Option<Arc<str>>,
    /// How it was come by.
    pub evidence: Evidence,
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
    /// The sources of which anything has to be listed.
    pub fn sources(&self) -> BTreeSet<&Arc<str>> {
        let of_repositories = self.repositories.iter().map(|(source, _)| source);
        of_repositories.chain(&self.namespaces).collect()
    }

    /// Whether nothing has to be listed.
    pub const fn is_empty(&self) -> bool {
        self.repositories.is_empty() && self.namespaces.is_empty()
    }
}

impl Listings {
    /// As they are worth where no repository is asked for afterwards: see [`Listing::doubt_superseded`].
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.repositories.values_mut().for_each(Listing::doubt_superseded);
        self
    }

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

    /// Whether only an earlier pass showed that repository.
    pub fn is_superseded(&self, name: &RepositoryName) -> bool {
        self.superseded.binary_search(name).is_ok()
    }

    /// Whether only some of the shards' lists hold that repository.
    pub fn is_disputed(&self, name: &RepositoryName) -> bool {
        self.disputed.binary_search(name).is_ok()
    }

    /// What was seen once is evidence: the list is not all there is, as long as nobody asked for the names that it lacks.
    pub fn doubt_superseded(&mut self) {
        if let Some(name) = self.superseded.first() {
            self.gap.get_or_insert_with(|| Failure {
                evidence: self.evidence.clone(),
                ..lacks(name)
            });
        }
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
            Look::Present if self.is_called_absent => {
                self.gap = Some(Failure {
                    evidence: self.evidence.clone(),
                    ..absent_list()
                });
            }
            Look::Present | Look::Absent => {}
        }
        self.look = Some(look);
    }
}

impl NamespaceListing {
    /// None came, for that reason.
    pub fn unread(failure: Failure) -> Self {
        Self {
            names: Vec::new(),
            evidence: failure.evidence.clone(),
            gap: Some(failure),
            account_repositories: None,
            account: None,
        }
    }
}

fn lacks(name: &RepositoryName) -> Failure {
    Failure {
        http_status: Some(200),
        detail: format!("the list lacks '{name}', which an earlier pass over it showed"),
        ..Failure::unasked(UnknownClass::Truncated)
    }
}

/// No documented answer to a list is that it is absent. It may be what a credential hears that may see the namespace and
/// nothing in it.
fn absent_list() -> Failure {
    Failure {
        http_status: Some(404),
        detail: "SWR says that the list does not exist, but that the namespace does".to_owned(),
        ..Failure::unasked(UnknownClass::BadResponse)
    }
}
