//! From services to a judgement: what has to be listed, then every repository of the plan, all sources side by side.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::interrupt::Interrupt;
use super::known::{self, Known, KnownOf};
use super::recorder::{Counted, Recorder};
use super::services::{Connected, Services, SourceService, limiters};
use super::talk::Talk;
use super::whose::{self, Whose};
use super::{Failure, runtime};
use crate::ask::{self, End, Lists, Questions, Rules, SourceListings, SourceOrders};
use crate::credentials::CredentialError;
use crate::journal::Journal;
use crate::model::{self, Blindness, Caller, Ending, Gather, Limit, ListingOrders, Listings, Plan};
use crate::swr::{Client, Limiter, Tempo, WireCounts};

/// What asking cost, and how it ended.
pub(super) struct Asked {
    /// How the asking ended.
    pub ending: Ending,
    /// What it cost on the wire.
    pub counts: WireCounts,
    /// How fast it went at the end, service by service; nothing where nothing was sent.
    pub tempos: Vec<Tempo>,
    /// Whose credential each source was asked with, as far as somebody said.
    pub accounts: BTreeMap<Arc<str>, Arc<str>>,
    /// Where nobody said whose it is, and the inventory asks for it.
    pub limits: Vec<Limit>,
}

/// The asking of one run, in two steps: names, then rules.
pub(super) struct Asking<'a> {
    known: &'a Known,
    interrupt: &'a Interrupt,
    talk: &'a Talk,
    runtime: Runtime,
    sources: Vec<AskedSource<'a>>,
}

/// One source while it is asked: its names first, then its rules, with one credential and one fate.
struct AskedSource<'a> {
    service: &'a SourceService,
    known: KnownOf<'a>,
    recorder: Recorder<'a>,
    /// Whether a first credential was asked for.
    has_signed_in: bool,
    /// Why there was none.
    unissued: Option<CredentialError>,
    /// Whose it is, where somebody said.
    account: Option<Arc<str>>,
    /// Why nothing is asked with it.
    refusal: Option<Box<model::Failure>>,
    /// How the last step ended. After anything but [`End::Done`] nothing more is sent.
    end: End,
}

impl<'a> Asking<'a> {
    /// Makes ready; nothing is sent yet.
    pub(super) fn new(
        services: &'a Services,
        known: &'a Known,
        journal: Option<&'a Journal>,
        interrupt: &'a Interrupt,
        talk: &'a Talk,
    ) -> Result<Self, Failure> {
        let asked = |service: &'a SourceService| AskedSource {
            service,
            known: known.of(&service.source.name),
            recorder: Recorder {
                source: Arc::clone(&service.source.name),
                journal,
                progress: talk.progress(),
            },
            has_signed_in: false,
            unissued: None,
            account: None,
            refusal: None,
            end: End::Done,
        };
        Ok(Self {
            known,
            interrupt,
            talk,
            runtime: runtime()?,
            sources: services.0.iter().map(asked).collect(),
        })
    }

    /// Has everything listed that the plan needs.
    pub(super) fn list(&mut self, orders: &ListingOrders) -> Listings {
        if let Known::Recorded(replay) = self.known {
            return known::listings(replay, orders);
        }
        if !orders.is_empty() {
            self.talk.progress().begin_listing();
        }
        let stop = self.interrupt.stop();
        let listing = self.sources.iter_mut().map(|source| source.list(orders, stop));
        let listed = self.runtime.block_on(join_all(listing));
        let mut listings = Listings::default();
        for (source, listed) in self.sources.iter().zip(listed) {
            listed.add_to(&source.service.source.name, &mut listings);
        }
        listings
    }

    /// Asks for everything in the plan that is not known, and has it gathered.
    pub(super) fn ask<G: Gather>(&mut self, plan: &Plan, listings: &Listings, gather: G) -> G {
        let progress = self.talk.progress();
        progress.begin(plan.repositories.len());
        let gather = RefCell::new(Counted {
            gather,
            progress,
            unknown: 0,
            clients: self.clients(),
        });
        let stop = self.interrupt.stop();
        let asking = self.sources.iter_mut();
        let asking = asking.map(|source| source.ask_for_rules(plan, listings, &gather, stop));
        self.runtime.block_on(join_all(asking));
        gather.into_inner().gather
    }

    /// Nothing more is asked.
    pub(super) fn end(mut self) -> Asked {
        self.talk.progress().end();
        let asked = self.asked();
        // After the progress bar is gone.
        for source in &mut self.sources {
            if let Some(error) = source.unissued.take() {
                self.talk.failure(&error.into());
            }
        }
        // A look-up of a name that hangs in its thread must not hold the reports back.
        self.runtime.shutdown_background();
        asked
    }

    fn clients(&self) -> Vec<&'a Client> {
        let connected = self.sources.iter().filter_map(AskedSource::connected);
        connected.map(|connected| &connected.client).collect()
    }

    fn asked(&self) -> Asked {
        let mut counts = WireCounts::default();
        let clients = self.clients();
        for client in &clients {
            counts.add(&client.wire());
        }
        let recorded = match self.known {
            // A killed run has no end of its own; what it left open is unknown all the same.
            Known::Recorded(replay) => Some(replay.end().unwrap_or(Ending::Finished)),
            Known::Nothing | Known::Earlier(_) => None,
        };
        let endings = || self.sources.iter().map(AskedSource::ending).collect();
        let (mut accounts, mut limits) = (BTreeMap::new(), Vec::new());
        for asked in &self.sources {
            let source = &asked.service.source;
            let (account, is_unconfirmed) = asked.account(self.known);
            accounts.extend(account.map(|account| (Arc::clone(&source.name), account)));
            let expected = source.account_id.as_ref().filter(|_| is_unconfirmed);
            limits.extend(expected.map(|expected| Limit {
                source: Arc::clone(&source.name),
                blindness: Blindness::AccountUnconfirmed(Arc::clone(expected)),
            }));
        }
        Asked {
            accounts,
            limits,
            ending: recorded
                .or_else(|| ending(endings()))
                .unwrap_or_else(|| self.interrupt.ending()),
            counts,
            tempos: limiters(&clients).into_iter().map(Limiter::tempo).collect(),
        }
    }
}

/// One ending for all sources: no audit only where none had one. `None`: somebody stopped it.
fn ending(sources: Vec<Option<Ending>>) -> Option<Ending> {
    let sources: Vec<Ending> = sources.into_iter().collect::<Option<_>>()?;
    let are_all = |endings: &[Ending]| !sources.is_empty() && sources.iter().all(|it| endings.contains(it));
    Some(if are_all(&[Ending::NoCredential]) {
        Ending::NoCredential
    } else if are_all(&[Ending::NoCredential, Ending::Refused]) {
        Ending::Refused
    } else {
        Ending::Finished
    })
}

impl<'a> AskedSource<'a> {
    /// The client, where there is one.
    fn connected(&self) -> Option<&'a Connected> {
        self.service.way.as_deref().ok()
    }

    /// Lists what is ordered of this source.
    async fn list(&mut self, orders: &ListingOrders, stop: &CancellationToken) -> SourceListings {
        let orders = SourceOrders::of(&self.service.source.name, orders);
        let known = self.known;
        let mut lists = Lists::new(&orders, &known);
        if !orders.is_empty() {
            self.ask(&mut lists, stop).await;
        }
        lists.into_listings()
    }

    /// Asks for the rules of its repositories.
    async fn ask_for_rules<G: Gather>(
        &mut self,
        plan: &Plan,
        listings: &Listings,
        gather: &RefCell<G>,
        stop: &CancellationToken,
    ) {
        let name = &self.service.source.name;
        let (first, repositories) = plan
            .by_source()
            .find(|(_, repositories)| repositories[0].id.source == *name)
            .unwrap_or_default();
        let mut rules = Rules::new(repositories, first, listings, &self.known, gather);
        self.ask(&mut rules, stop).await;
    }

    async fn ask(&mut self, questions: &mut impl Questions, stop: &CancellationToken) {
        let service = match (&self.end, &self.service.way) {
            (End::Done, Ok(connected)) => {
                self.sign_in(connected, stop).await;
                match &self.refusal {
                    Some(refusal) => Err(End::Refused((**refusal).clone())),
                    None => Ok(&connected.client),
                }
            }
            (End::Done, Err(end)) | (end, _) => Err(end.clone()),
        };
        self.end = ask::ask(service, questions, stop, &mut self.recorder).await;
    }

    /// Without a credential it ends with its first question, which is then answered by the reason.
    async fn sign_in(&mut self, connected: &Connected, stop: &CancellationToken) {
        if !std::mem::replace(&mut self.has_signed_in, true) {
            self.unissued = connected.sign_in(stop).await;
            if self.unissued.is_none() {
                self.find_whose(connected, stop).await;
                self.recorder.asked_by(&Caller {
                    account: self.account.clone(),
                    ..connected.caller()
                });
            }
        }
    }

    /// Finds out whose credential it is: where nobody says so by the way, only if the inventory wants a certain one.
    async fn find_whose(&mut self, connected: &Connected, stop: &CancellationToken) {
        self.account = connected.caller().account;
        let Some(expected) = &self.service.source.account_id else {
            return;
        };
        if self.account.is_none() {
            let whose = tokio::select! {
                biased;
                () = stop.cancelled() => Whose::Unknown,
                whose = connected.ask_whose() => whose,
            };
            match whose {
                Whose::Account(account) => self.account = Some(account),
                Whose::Refused(failure) => self.refusal = Some(Box::new(failure)),
                Whose::Unknown => {}
            }
        }
        if let Some(actual) = self.account.as_ref().filter(|actual| *actual != expected) {
            self.refusal = Some(Box::new(whose::other_account(actual, expected)));
        }
    }

    /// Whose credential it was asked with, and whether that should be known and is not.
    fn account(&self, known: &Known) -> (Option<Arc<str>>, bool) {
        let account = match known {
            Known::Recorded(replay) => replay.accounts(&self.service.source.name).pop_first(),
            Known::Nothing | Known::Earlier(_) => self.account.clone(),
        };
        let is_recorded = matches!(known, Known::Recorded(_));
        let was_asked = is_recorded || self.has_signed_in && self.unissued.is_none() && self.refusal.is_none();
        let is_unconfirmed = self.service.source.account_id.is_some() && account.is_none() && was_asked;
        (account, is_unconfirmed)
    }

    /// How the asking of it ended; `None`: somebody stopped it.
    fn ending(&self) -> Option<Ending> {
        match self.end {
            End::Stopped => None,
            End::Refused(_) if self.unissued.is_some() || self.service.way.is_err() => Some(Ending::NoCredential),
            End::Refused(_) => Some(Ending::Refused),
            End::Done | End::RefusedLater(_) => Some(Ending::Finished),
        }
    }
}
