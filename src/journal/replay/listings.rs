//! What a journal holds of listings: put together again as they were on the wire, by the same rules.

use std::iter;
use std::sync::Arc;

use super::{Part, Replay};
use crate::model::{Failure, Listing, ListingOrders, Listings, Look, NamespaceListing, NamespaceName, UnknownClass};
use crate::swr::{Call, Exchange, Page, PageAnswer, Paging};

impl Replay {
    /// What was listed; a listing of which the journal does not hold everything has a gap.
    pub fn listings(&self, orders: &ListingOrders) -> Listings {
        let repositories = orders.repositories.iter().map(|(source, namespace)| {
            let listings = self.parts.iter().map(|part| part.repositories(source, namespace));
            let listing = one(listings.collect(), Listing::of_shards);
            ((Arc::clone(source), namespace.clone()), listing)
        });
        let namespaces = orders.namespaces.iter().map(|source| {
            let listings = self.parts.iter().map(|part| part.namespaces(source));
            (Arc::clone(source), one(listings.collect(), NamespaceListing::of_shards))
        });
        Listings {
            repositories: repositories.collect(),
            namespaces: namespaces.collect(),
        }
    }
}

/// The only one, or those of all shards as one.
fn one<T>(mut listings: Vec<T>, join: impl FnOnce(&[T]) -> T) -> T {
    if listings.len() == 1 {
        listings.remove(0)
    } else {
        join(&listings)
    }
}

impl Part {
    fn repositories(&self, source: &Arc<str>, namespace: &NamespaceName) -> Listing {
        let mut paging = Paging::default();
        loop {
            let pages: Vec<Page> = iter::from_fn(|| paging.next_page()).collect();
            if pages.is_empty() {
                break;
            }
            let mut missing = Vec::new();
            for page in pages {
                let call = Call::Repositories {
                    namespace: namespace.clone(),
                    page,
                };
                match self.exchange(source, &call) {
                    Some(exchange) => paging.take_exchange(namespace, page, &exchange),
                    None => missing.push(page),
                }
            }
            // Last, because what was told of another page is the reason why these were not asked.
            for page in missing {
                paging.take(page, PageAnswer::GivenUp(not_recorded()));
            }
        }
        let mut listing = paging.into_listing();
        if listing.needs_look() {
            let look = self.exchange(source, &Call::namespace(namespace));
            let look = look.map(|exchange| exchange.look(namespace));
            listing.take_look(look.unwrap_or_else(|| Look::Failed(not_recorded())));
        }
        listing
    }

    fn namespaces(&self, source: &Arc<str>) -> NamespaceListing {
        let listing = match self.exchange(source, &Call::Namespaces) {
            Some(exchange) => exchange.namespaces(),
            None => NamespaceListing::unread(not_recorded()),
        };
        let overview = self.exchange(source, &Call::Overview);
        NamespaceListing {
            account_repositories: overview.and_then(Exchange::account_repositories),
            ..listing
        }
    }
}

fn not_recorded() -> Failure {
    Failure {
        detail: "the journal holds no listing of it".to_owned(),
        ..Failure::unasked(UnknownClass::Interrupted)
    }
}
