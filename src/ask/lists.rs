//! What one source lists: its namespaces, and the repositories of those that are asked for.
//!
//! Pages are asked for side by side, over all namespaces; which ones, and whether they are the list, is [`Paging`]'s to say.
//! A namespace is begun with only when nothing else is left to ask, so that few are under way at a time.

use std::collections::VecDeque;
use std::iter;
use std::sync::Arc;

use super::doubt::{Doubts, unconfirmed};
use super::{Memory, Questions};
use crate::model::{Listing, ListingOrders, Listings, NamespaceListing, NamespaceName};
use crate::swr::{Call, Exchange, Page, PageAnswer, Paging};

/// What is to be listed of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceOrders {
    /// The namespaces whose repositories are listed, in order, none twice.
    pub namespaces: Vec<NamespaceName>,
    /// Whether the namespaces themselves are.
    pub account: bool,
}

/// What was listed of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceListings {
    /// Of each namespace, in the order of the orders.
    pub repositories: Vec<(NamespaceName, Listing)>,
    /// The namespaces, where they were to be listed.
    pub account: Option<NamespaceListing>,
}

impl SourceOrders {
    /// Those of that source.
    pub fn of(source: &Arc<str>, orders: &ListingOrders) -> Self {
        let of_source = orders.repositories.iter().filter(|(other, _)| other == source);
        Self {
            namespaces: of_source.map(|(_, namespace)| namespace.clone()).collect(),
            account: orders.namespaces.contains(source),
        }
    }

    /// Whether there is nothing to list.
    pub const fn is_empty(&self) -> bool {
        self.namespaces.is_empty() && !self.account
    }
}

impl SourceListings {
    /// Puts them among those of other sources.
    pub fn add_to(self, source: &Arc<str>, listings: &mut Listings) {
        for (namespace, listing) in self.repositories {
            listings.repositories.insert((Arc::clone(source), namespace), listing);
        }
        if let Some(account) = self.account {
            listings.namespaces.insert(Arc::clone(source), account);
        }
    }
}

/// The questions that list one source.
pub struct Lists<'a> {
    orders: &'a SourceOrders,
    memory: &'a dyn Memory,
    is_known_in_part: bool,
    /// Of the namespaces that were begun with, by their place in the orders.
    progress: Vec<Progress>,
    account: NamespaceListing,
    /// What is to be asked; all of it can be.
    ready: VecDeque<Call>,
    /// How many are awaited.
    in_flight: usize,
    doubts: Doubts,
}

enum Progress {
    Under(Paging),
    Over(Listing),
}

impl<'a> Lists<'a> {
    /// Has what is ordered listed, as far as `memory` does not hold it.
    pub fn new(orders: &'a SourceOrders, memory: &'a dyn Memory) -> Self {
        let mut lists = Self {
            orders,
            memory,
            is_known_in_part: false,
            progress: Vec::new(),
            account: NamespaceListing::default(),
            ready: VecDeque::new(),
            in_flight: 0,
            doubts: Doubts::default(),
        };
        if orders.account {
            lists.raise(vec![Call::Namespaces]);
        }
        lists
    }

    /// What was listed.
    pub fn into_listings(self) -> SourceListings {
        let listings = self.progress.into_iter().map(Progress::into_listing);
        SourceListings {
            repositories: self.orders.namespaces.iter().cloned().zip(listings).collect(),
            account: self.orders.account.then_some(self.account),
        }
    }

    /// Begins with the next namespace; whether there was one.
    fn begin_another(&mut self) -> bool {
        let Some(namespace) = self.orders.namespaces.get(self.progress.len()) else {
            return false;
        };
        let mut paging = Paging::default();
        let page = paging.next_page().expect("every pass has a first page");
        self.progress.push(Progress::Under(paging));
        let namespace = namespace.clone();
        self.raise(vec![Call::Repositories { namespace, page }]);
        true
    }

    /// Has those questions asked, and those that follow from what is known already.
    fn raise(&mut self, mut calls: Vec<Call>) {
        while let Some(call) = calls.pop() {
            if let Some(exchange) = self.memory.recall(&call) {
                self.is_known_in_part = true;
                calls.extend(self.read(&call, exchange));
            } else {
                self.ready.push_back(call);
            }
        }
    }

    /// What an exchange says, and what is to be asked for that reason, the first last.
    fn read(&mut self, call: &Call, exchange: Exchange) -> Vec<Call> {
        match call {
            Call::Repositories { namespace, page } => self.read_page(namespace, *page, &exchange),
            Call::Namespace { namespace } => {
                if let Some(Progress::Over(listing)) = self.progress_of(namespace) {
                    listing.take_look(exchange.look(namespace));
                }
                Vec::new()
            }
            Call::Namespaces => {
                self.account = exchange.namespaces();
                let came = self.account.gap.is_none();
                came.then_some(Call::Overview).into_iter().collect()
            }
            Call::Overview => {
                self.account.account = exchange.account().map(Arc::from);
                self.account.account_repositories = exchange.account_repositories();
                Vec::new()
            }
            // No list calls for it.
            Call::Rules { .. } => Vec::new(),
        }
    }

    fn read_page(&mut self, namespace: &NamespaceName, page: Page, exchange: &Exchange) -> Vec<Call> {
        let Some(progress) = self.progress_of(namespace) else {
            return Vec::new();
        };
        let paging = match progress {
            Progress::Under(paging) => {
                paging.take_exchange(namespace, page, exchange);
                paging
            }
            // It was under way when the others were given up.
            Progress::Over(listing) => {
                if let PageAnswer::Names { names, .. } = exchange.page(namespace, page) {
                    listing.add(names);
                }
                return Vec::new();
            }
        };
        if !paging.is_over() {
            let page = |page| Call::Repositories {
                namespace: namespace.clone(),
                page,
            };
            let mut follow: Vec<_> = iter::from_fn(|| paging.next_page()).map(page).collect();
            follow.reverse();
            return follow;
        }
        let needs_look = progress.end().needs_look();
        self.ready.retain(|call| !is_page_of(call, namespace));
        needs_look.then(|| Call::namespace(namespace)).into_iter().collect()
    }

    fn progress_of(&mut self, namespace: &NamespaceName) -> Option<&mut Progress> {
        let place = self.place(namespace)?;
        self.progress.get_mut(place)
    }

    fn place(&self, namespace: &NamespaceName) -> Option<usize> {
        self.orders.namespaces.binary_search(namespace).ok()
    }

    /// Takes a second answer. Where it does not say the same as the first, the list is not known.
    fn settle(&mut self, call: &Call, exchange: Exchange) {
        let namespace = match call {
            Call::Repositories { namespace, .. } | Call::Namespace { namespace } => namespace,
            Call::Rules { .. } | Call::Namespaces | Call::Overview => return,
        };
        let Some(listing) = self.progress_of(namespace).map(Progress::end) else {
            return;
        };
        if let Call::Namespace { .. } = call {
            listing.take_look(exchange.clone().look(namespace));
        }
        if let Some((_, failure)) = unconfirmed(call, exchange) {
            listing.gap.get_or_insert(failure);
        }
    }
}

impl Questions for Lists<'_> {
    fn is_known_in_part(&self) -> bool {
        self.is_known_in_part
    }

    fn has_more(&mut self) -> bool {
        while self.ready.is_empty() {
            if !self.begin_another() {
                return self.in_flight == 0 && self.doubts.has_more();
            }
        }
        true
    }

    fn next(&mut self, is_probe: bool) -> Option<Call> {
        if !self.has_more() {
            return None;
        }
        // A probe asks where nobody awaits an answer: one namespace that is broken is not to stand for the whole source.
        let next = if is_probe && self.begin_another() {
            self.ready.pop_back()
        } else {
            self.ready.pop_front()
        };
        let next = next.or_else(|| self.doubts.next())?;
        self.in_flight += 1;
        Some(next)
    }

    fn answer(&mut self, call: &Call, exchange: Exchange) {
        self.in_flight -= 1;
        if self.doubts.settles(call) {
            self.settle(call, exchange);
        } else {
            let follow = self.read(call, exchange);
            self.raise(follow);
        }
    }

    fn doubt(&mut self, call: Call) {
        self.doubts.add(call);
    }

    /// A page of a list that is over already would be of no use.
    fn is_wanted(&self, call: &Call) -> bool {
        let Call::Repositories { namespace, .. } = call else {
            return true;
        };
        let progress = self.place(namespace).and_then(|place| self.progress.get(place));
        matches!(progress, Some(Progress::Under(_))) || self.doubts.are_asked(call)
    }

    fn close(&mut self) {
        self.in_flight = 0;
    }
}

impl Progress {
    /// Takes it as it is: nothing more is taken for it.
    fn end(&mut self) -> &mut Listing {
        if let Self::Under(paging) = self {
            *self = Self::Over(std::mem::take(paging).into_listing());
        }
        match self {
            Self::Over(listing) => listing,
            Self::Under(_) => unreachable!("it was ended above"),
        }
    }

    fn into_listing(self) -> Listing {
        match self {
            Self::Under(paging) => paging.into_listing(),
            Self::Over(listing) => listing,
        }
    }
}

fn is_page_of(call: &Call, namespace: &NamespaceName) -> bool {
    matches!(call, Call::Repositories { namespace: other, .. } if other == namespace)
}

#[cfg(test)]
mod tests;
