//! One source while it is asked: its names first, then its rules, with one credential and one fate.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::progress::Progress;
use super::recorder::{Gather, Hearing, Recorder, SourceRecorder};
use super::resume::Known;
use super::services::{Connected, SourceService, Way};
use crate::credentials::CredentialError;
use crate::fetch::{self, End, Memory, SourceListings, SourceOrders};
use crate::journal::Journal;
use crate::model::{Failure as Unread, Listing, ListingOrders, NamespaceListing, NamespaceName, Plan, UnknownClass};

/// One source while it is asked.
pub(super) struct Voice<'a> {
    pub service: &'a SourceService,
    hearing: Hearing<'a>,
    /// Whether a first credential was asked for.
    has_signed_in: bool,
    /// Why there was none.
    pub unissued: Option<CredentialError>,
    /// How the listing ended, where there was one.
    listed: Option<End>,
    /// How all of it ended.
    pub ending: Option<SourceEnding>,
}

/// How the asking of one source ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceEnding {
    Finished,
    NoCredential,
    Refused,
    Stopped,
}

impl<'a> Voice<'a> {
    /// Nothing was asked yet.
    pub(super) fn new(service: &'a SourceService, journal: Option<&'a Journal>, progress: &'a Progress) -> Self {
        Self {
            service,
            hearing: Hearing::new(Arc::clone(&service.source.name), journal, progress),
            has_signed_in: false,
            unissued: None,
            listed: None,
            ending: None,
        }
    }

    /// The client, where there is one.
    pub(super) fn connected(&self) -> Option<&'a Connected> {
        match &self.service.way {
            Way::Connected(connected) => Some(connected),
            Way::Closed | Way::Idle | Way::Stopped => None,
        }
    }

    /// How a listing ended that was refused.
    fn refused(&self) -> Option<End> {
        self.listed
            .filter(|end| matches!(end, End::Refused | End::RefusedLater))
    }

    /// Lists what is ordered of this source.
    pub(super) async fn list(
        &mut self,
        known: Known<'_>,
        orders: &ListingOrders,
        stop: &CancellationToken,
    ) -> SourceListings {
        let name = &self.service.source.name;
        let orders = SourceOrders::of(name, orders);
        if orders.is_empty() {
            return SourceListings {
                repositories: Vec::new(),
                account: None,
                end: End::Done,
            };
        }
        let mut listed = match &self.service.way {
            Way::Closed => closed(&orders, UnknownClass::Unauthenticated, End::Refused),
            Way::Stopped => closed(&orders, UnknownClass::Interrupted, End::Stopped),
            Way::Idle => recorded(known, name, &orders),
            Way::Connected(connected) => {
                // Once refused, nothing more is sent.
                if let Some(refused) = self.refused() {
                    return closed(&orders, UnknownClass::Unauthenticated, refused);
                }
                self.sign_in(connected, stop).await;
                fetch::list(&connected.client, &known, name, &orders, stop, &mut self.hearing).await
            }
        };
        self.listed = Some(listed.end);
        for gap in gaps(&mut listed) {
            self.hearing.explain(gap);
        }
        listed
    }

    /// Asks for the rules of its repositories, and tells the recorder.
    pub(super) async fn observe<G: Gather>(
        &mut self,
        memory: &impl Memory,
        plan: &Plan,
        recorder: &Recorder<'a, G>,
        stop: &CancellationToken,
    ) {
        let name = &self.service.source.name;
        let first = plan.repositories.partition_point(|planned| planned.id.source < *name);
        let mine = plan.repositories[first..].partition_point(|planned| planned.id.source == *name);
        let repositories = &plan.repositories[first..first + mine];
        let connected = self.connected();
        let refused = self.refused();
        if let Some(connected) = connected.filter(|_| refused.is_none()) {
            self.sign_in(connected, stop).await;
        }
        let mut witness = SourceRecorder {
            recorder,
            hearing: &mut self.hearing,
            first,
            client: connected.map(|connected| &connected.client),
        };
        let end = match (&self.service.way, refused) {
            (Way::Closed, _) => {
                fetch::close(memory, repositories, UnknownClass::Unauthenticated, &mut witness);
                End::Refused
            }
            (Way::Connected(_), Some(refused)) => {
                fetch::close(memory, repositories, UnknownClass::Unauthenticated, &mut witness);
                refused
            }
            (Way::Idle, _) => {
                fetch::close(memory, repositories, UnknownClass::Interrupted, &mut witness);
                End::Done
            }
            (Way::Stopped, _) => {
                fetch::close(memory, repositories, UnknownClass::Interrupted, &mut witness);
                End::Stopped
            }
            (Way::Connected(connected), None) => {
                fetch::observe(&connected.client, memory, repositories, stop, &mut witness).await
            }
        };
        // What was listed by then may not be all.
        let was_stopped = self.listed == Some(End::Stopped);
        self.ending = Some(match end {
            _ if was_stopped => SourceEnding::Stopped,
            End::Stopped => SourceEnding::Stopped,
            End::Refused if self.unissued.is_some() || matches!(self.service.way, Way::Closed) => {
                SourceEnding::NoCredential
            }
            End::Refused => SourceEnding::Refused,
            End::Done | End::RefusedLater => SourceEnding::Finished,
        });
    }

    /// Without a credential it ends with its first question, which is then answered by the reason.
    async fn sign_in(&mut self, connected: &Connected, stop: &CancellationToken) {
        if !std::mem::replace(&mut self.has_signed_in, true) {
            self.unissued = connected.sign_in(stop).await;
            if self.unissued.is_none() {
                self.hearing.asked_by(&connected.caller());
            }
        }
    }
}

/// Without a credential, or without the time to find one, nothing is listed.
fn closed(orders: &SourceOrders, class: UnknownClass, end: End) -> SourceListings {
    let gap = || Some(Unread::unasked(class));
    let nothing = |namespace: &NamespaceName| {
        let listing = Listing {
            gap: gap(),
            ..Listing::default()
        };
        (namespace.clone(), listing)
    };
    SourceListings {
        repositories: orders.namespaces.iter().map(nothing).collect(),
        account: orders.account.then(|| NamespaceListing {
            gap: gap(),
            ..NamespaceListing::default()
        }),
        end,
    }
}

/// What an earlier part of the run listed, where nothing else is left to ask.
fn recorded(known: Known<'_>, source: &Arc<str>, orders: &SourceOrders) -> SourceListings {
    let of_source = ListingOrders {
        repositories: orders
            .namespaces
            .iter()
            .map(|name| (Arc::clone(source), name.clone()))
            .collect(),
        namespaces: orders.account.then(|| Arc::clone(source)).into_iter().collect(),
    };
    let mut listings = known.0.map(|replay| replay.listings(&of_source)).unwrap_or_default();
    SourceListings {
        repositories: listings
            .repositories
            .into_iter()
            .map(|((_, name), listing)| (name, listing))
            .collect(),
        account: listings.namespaces.remove(source),
        end: End::Done,
    }
}

/// Why lists are not known whole.
fn gaps(listed: &mut SourceListings) -> impl Iterator<Item = &mut Unread> {
    let account = listed.account.as_mut().and_then(|account| account.gap.as_mut());
    let repositories = listed
        .repositories
        .iter_mut()
        .filter_map(|(_, listing)| listing.gap.as_mut());
    repositories.chain(account)
}
