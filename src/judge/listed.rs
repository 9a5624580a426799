//! What the listings tell: of repositories and namespaces that nothing covers, of patterns that match nothing, and of
//! what could not be listed whole.
//!
//! Knows what the plan made of the listings; does not know how it was listed, nor why a listing is not whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::absence::contradiction;
use super::whole::finding;
use super::{Heard, NamespaceId};
use crate::model::{
    Blindness, Difference, Failure, Limit, ListingDoubt, ListingGap, Look, MissingNamespace, NamespaceName,
    OtherFinding, Others, Plan, PlannedAccount, PlannedListing, PlannedNamespace, RepositoryName, Severity,
    UnknownClass,
};

/// What came of all listings.
#[derive(Default)]
pub(super) struct Told {
    /// Whether only names are compared.
    is_of_names: bool,
    /// The sources of which nothing at all was read.
    silent: BTreeSet<Arc<str>>,
    pub(super) others: Vec<OtherFinding>,
    pub(super) gaps: Vec<ListingGap>,
    pub(super) limits: Vec<Limit>,
    /// The namespaces whose lists are known whole, with the number of repositories.
    pub(super) whole: BTreeMap<NamespaceId, usize>,
    /// The sources whose lists of namespaces are known whole.
    pub(super) whole_accounts: BTreeSet<Arc<str>>,
}

/// How far a listing is believed.
enum Standing {
    /// It is all there is.
    Whole,
    /// It is all there is, and that is nothing.
    Empty,
    /// There is no such namespace.
    Missing,
    /// It may not be all.
    Gap(Failure),
}

/// Brings together what the listings tell, given the looks at namespaces and those of which a repository answered.
pub(super) fn tell(
    plan: &Plan,
    looks: &BTreeMap<NamespaceId, Look>,
    answered: &BTreeSet<NamespaceId>,
    missing: &[MissingNamespace],
    heard: &Heard,
) -> Told {
    let mut told = Told {
        is_of_names: plan.is_of_names,
        silent: silent(plan),
        ..Told::default()
    };
    // What exists, whoever says so.
    let mut present = answered.clone();
    for namespace in &plan.namespaces {
        told.expired_skips(namespace);
        let id = (Arc::clone(&namespace.source.name), namespace.name.clone());
        if namespace.is_seen() || looks.get(&id) == Some(&Look::Present) {
            present.insert(id.clone());
        }
        let Some(listing) = &namespace.listing else { continue };
        let is_missing = missing
            .iter()
            .any(|it| (&it.source.name, &it.namespace) == (&id.0, &id.1));
        let doubt = heard.doubted.get(&id).cloned();
        let doubt = doubt.or_else(|| heard.beyond_lists.get(&id).map(|name| incomplete(listing, name)));
        let standing = match (standing(listing, looks.get(&id), is_missing), doubt) {
            (Standing::Whole | Standing::Empty, Some(failure)) => Standing::Gap(failure),
            (standing, _) => standing,
        };
        match standing {
            Standing::Whole => {
                told.contents(namespace, listing);
                if listing.listing.is_uncounted {
                    told.doubt(&namespace.source.name, Some(&namespace.name), ListingDoubt::Uncounted);
                }
            }
            Standing::Empty => {
                told.contents(namespace, listing);
                told.doubt(&namespace.source.name, Some(&namespace.name), ListingDoubt::Empty);
            }
            Standing::Missing => {}
            Standing::Gap(failure) => {
                told.namespace_gap(namespace, listing, failure);
                continue;
            }
        }
        told.whole.insert(id, listing.listed);
    }
    for account in &plan.accounts {
        let of_source = present.iter().filter(|(source, _)| *source == account.source.name);
        match account.gap(of_source.map(|(_, namespace)| namespace)) {
            Some(failure) => told.account_gap(account, failure),
            None => told.account(account),
        }
    }
    told.sort();
    told
}

fn standing(listing: &PlannedListing, look: Option<&Look>, is_missing: bool) -> Standing {
    if let Some(failure) = listing.gap() {
        return Standing::Gap(failure);
    }
    match look {
        // Told as that, whatever was listed before it went away.
        Some(Look::Absent) if is_missing => Standing::Missing,
        Some(Look::Absent) if listing.listed == 0 => Standing::Gap(Failure {
            evidence: listing.listing.evidence.clone(),
            ..contradiction()
        }),
        Some(Look::Present | Look::Failed(_)) | None if listing.listed == 0 => Standing::Empty,
        Some(Look::Absent | Look::Present | Look::Failed(_)) | None => Standing::Whole,
    }
}

/// A repository answered that the list does not hold: it is not all there is.
fn incomplete(listing: &PlannedListing, repository: &RepositoryName) -> Failure {
    Failure {
        http_status: Some(200),
        evidence: listing.listing.evidence.clone(),
        detail: format!("the list lacks '{repository}', which answered"),
        ..Failure::unasked(UnknownClass::Truncated)
    }
}

/// A failed list costs nothing where only a warning rests on it; but a source of which nothing was read is not clean.
/// Where repositories were to be asked, their own entries say so already.
fn silent(plan: &Plan) -> BTreeSet<Arc<str>> {
    let lists = plan.namespaces.iter().filter_map(|namespace| {
        let listing = namespace.listing.as_ref()?;
        Some((&namespace.source.name, listing.gap().is_none() || listing.listed > 0))
    });
    let accounts = plan.accounts.iter().map(|account| {
        let listing = &account.listing;
        (&account.source.name, listing.gap.is_none() || !listing.names.is_empty())
    });
    let mut read: BTreeMap<&Arc<str>, bool> = BTreeMap::new();
    for (source, is_read) in lists.chain(accounts) {
        *read.entry(source).or_default() |= is_read;
    }
    for planned in &plan.repositories {
        read.insert(&planned.id.source, true);
    }
    let silent = read.into_iter().filter(|(_, is_read)| !is_read);
    silent.map(|(source, _)| Arc::clone(source)).collect()
}

impl Told {
    /// Told whatever came of the listing: the audit speaks again of what a person had silenced.
    fn expired_skips(&mut self, namespace: &PlannedNamespace) {
        for (skip, place) in &namespace.expired_skips {
            let Some(until) = skip.until else { continue };
            let difference = Difference::ExpiredSkip {
                entry: Arc::clone(&skip.entry),
                until,
            };
            self.others.push(OtherFinding {
                place: place.clone(),
                ..of_namespace(namespace, difference)
            });
        }
    }

    fn contents(&mut self, namespace: &PlannedNamespace, listing: &PlannedListing) {
        for (pattern, place) in &listing.empty_patterns {
            let difference = Difference::EmptyPattern {
                pattern: Arc::clone(pattern),
            };
            self.others.push(OtherFinding {
                place: place.clone(),
                ..of_namespace(namespace, difference)
            });
        }
        for name in &listing.unlisted {
            let other = OtherFinding {
                repository: Some(name.clone()),
                ..of_namespace(namespace, Difference::UnlistedRepo)
            };
            self.others.extend(judged_by(listing.others, other));
        }
    }

    fn namespace_gap(&mut self, namespace: &PlannedNamespace, listing: &PlannedListing, failure: Failure) {
        let gap = ListingGap {
            source: Arc::clone(&namespace.source),
            namespace: Some(namespace.name.clone()),
            owner: namespace.owner.clone(),
            failure,
            place: namespace.place.clone(),
        };
        let counts = self.is_of_names || !listing.is_for_warnings_alone() || self.silent.contains(&gap.source.name);
        self.gap(gap, counts);
    }

    /// A warning that could not be given is a limit. What was cut is that as well: it stands for everything beyond.
    fn gap(&mut self, gap: ListingGap, counts: bool) {
        if !counts || gap.failure.class == UnknownClass::Truncated {
            let doubt = ListingDoubt::Failed(gap.failure.clone());
            self.doubt(&gap.source.name, gap.namespace.as_ref(), doubt);
        }
        if counts {
            self.gaps.push(gap);
        }
    }

    fn account_gap(&mut self, account: &PlannedAccount, failure: Failure) {
        let gap = ListingGap {
            source: Arc::clone(&account.source),
            namespace: None,
            owner: None,
            failure,
            place: account.place.clone(),
        };
        let counts = self.is_of_names || account.others == Others::Deny || self.silent.contains(&gap.source.name);
        self.gap(gap, counts);
    }

    fn account(&mut self, account: &PlannedAccount) {
        let source = &account.source;
        self.whole_accounts.insert(Arc::clone(&source.name));
        for name in &account.unlisted {
            let other = OtherFinding {
                source: Some(Arc::clone(source)),
                namespace: Some(name.clone()),
                repository: None,
                owner: None,
                finding: finding(&account.severities, Difference::UnlistedNamespace),
                place: account.place.clone(),
            };
            self.others.extend(judged_by(account.others, other));
        }
        let listed = |name: &NamespaceName| self.whole.get(&(Arc::clone(&source.name), name.clone())).copied();
        let listed: Option<usize> = account.listing.names.iter().map(listed).sum();
        if let (Some(listed), Some(counted)) = (listed, account.listing.account_repositories)
            && let listed = listed as u64
            && listed < counted
        {
            self.doubt(&source.name, None, ListingDoubt::Fewer { listed, counted });
        }
    }

    fn doubt(&mut self, source: &Arc<str>, namespace: Option<&NamespaceName>, doubt: ListingDoubt) {
        self.limits.push(Limit {
            source: Arc::clone(source),
            blindness: Blindness::ListingUnconfirmed(namespace.cloned(), doubt),
        });
    }

    /// Whether the list of that namespace is all there is.
    pub(super) fn is_whole(&self, source: &Arc<str>, namespace: &NamespaceName) -> bool {
        self.whole.contains_key(&(Arc::clone(source), namespace.clone()))
    }

    /// Report order.
    pub(super) fn sort(&mut self) {
        let namespace = |name: Option<&NamespaceName>| name.map_or("", NamespaceName::as_str).to_owned();
        self.gaps.sort_by_cached_key(|gap| {
            let source = Arc::clone(&gap.source.name);
            (source, namespace(gap.namespace.as_ref()))
        });
    }
}

/// A finding of a namespace, at its entry.
fn of_namespace(namespace: &PlannedNamespace, difference: Difference) -> OtherFinding {
    OtherFinding {
        source: Some(Arc::clone(&namespace.source)),
        namespace: Some(namespace.name.clone()),
        repository: None,
        owner: namespace.owner.clone(),
        finding: finding(&namespace.severities, difference),
        place: namespace.place.clone(),
    }
}

/// What a word on others makes of a finding: `warn` wins over the document's severities.
fn judged_by(others: Others, mut finding: OtherFinding) -> Option<OtherFinding> {
    match others {
        Others::Deny => Some(finding),
        Others::Warn => {
            finding.finding.severity = Severity::Info;
            Some(finding)
        }
        Others::Allow => None,
    }
}

/// Report order: source, namespace, repository, code, and what it is about.
pub(super) fn sort(others: &mut [OtherFinding]) {
    others.sort_by_cached_key(|other| {
        (
            other.source.as_ref().map(|source| Arc::clone(&source.name)),
            other.namespace.clone(),
            other.repository.as_ref().map(RepositoryName::shared),
            other.finding.difference.code().name(),
            other.finding.difference.subject().cloned(),
        )
    });
}

#[cfg(test)]
mod tests;
