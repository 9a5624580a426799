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
use crate::model::{Listing, ListingOrders, NamespaceListing, NamespaceName, Plan};

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
            Way::Closed(_) | Way::Idle | Way::Stopped => None,
        }
    }

    /// How it ended already, where nothing is asked any more: there is no credential, or it was refused.
    fn refused(&self) -> Option<End> {
        match (&self.service.way, &self.listed) {
            (Way::Closed(failure), _) => Some(End::Refused(failure.clone())),
            (Way::Connected(_), Some(end)) if end.refusal().is_some() => Some(end.clone()),
            (Way::Connected(_) | Way::Idle | Way::Stopped, Some(_) | None) => None,
        }
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
        let listed = match (&self.service.way, self.refused()) {
            // Once refused, nothing more is sent.
            (_, Some(refused)) => closed(&orders, refused),
            (Way::Stopped | Way::Closed(_), None) => closed(&orders, End::Stopped),
            (Way::Idle, None) => recorded(known, name, &orders),
            (Way::Connected(connected), None) => {
                self.sign_in(connected, stop).await;
                fetch::list(&connected.client, &known, name, &orders, stop, &mut self.hearing).await
            }
        };
        self.listed = Some(listed.end.clone());
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
        let mut close = |end: End| {
            fetch::close(memory, repositories, &end.reason(), &mut witness);
            end
        };
        let end = match (&self.service.way, refused) {
            (_, Some(refused)) => close(refused),
            (Way::Stopped | Way::Closed(_), None) => close(End::Stopped),
            (Way::Idle, None) => close(End::Done),
            (Way::Connected(connected), None) => {
                fetch::observe(&connected.client, memory, repositories, stop, &mut witness).await
            }
        };
        // What was listed by then may not be all.
        let was_stopped = self.listed == Some(End::Stopped);
        self.ending = Some(match end {
            _ if was_stopped => SourceEnding::Stopped,
            End::Stopped => SourceEnding::Stopped,
            End::Refused(_) if self.unissued.is_some() || matches!(self.service.way, Way::Closed(_)) => {
                SourceEnding::NoCredential
            }
            End::Refused(_) => SourceEnding::Refused,
            End::Done | End::RefusedLater(_) => SourceEnding::Finished,
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
fn closed(orders: &SourceOrders, end: End) -> SourceListings {
    let failure = end.reason();
    let nothing = |namespace: &NamespaceName| {
        let listing = Listing {
            gap: Some(failure.clone()),
            ..Listing::default()
        };
        (namespace.clone(), listing)
    };
    SourceListings {
        repositories: orders.namespaces.iter().map(nothing).collect(),
        account: orders.account.then(|| NamespaceListing::unread(failure.clone())),
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
