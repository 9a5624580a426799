//! What one source lists: its namespaces, and the repositories of those that are asked for.
//!
//! Pages are asked for side by side, over all namespaces; which ones, and whether they are the list, is [`Paging`]'s to say.
//! A namespace is begun with only when nothing else is left to ask, so that few are under way at a time.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::iter;
use std::rc::Rc;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::crowd::crowd;
use super::doubt::{Doubts, unconfirmed};
use super::refusal::Refusal;
use super::{End, Memory, Service, Witness};
use crate::model::{Failure, Listing, ListingOrders, Listings, Look, NamespaceListing, NamespaceName};
use crate::swr::{Call, Exchange, Page, PageAnswer, Paging, Turn};

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
    /// How the listing ended. Once the credential was refused, nobody should ask on.
    pub end: End,
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

/// Lists what is ordered of one source and what `memory` does not know, until all is told or `stop` is cancelled. Every
/// exchange is told to the witness; what was given up as well, as one without a request.
pub async fn list<S: Service>(
    service: &S,
    memory: &impl Memory,
    source: &Arc<str>,
    orders: &SourceOrders,
    stop: &CancellationToken,
    witness: &mut impl Witness,
) -> SourceListings {
    let asking = Asking {
        service,
        source,
        orders,
        memory,
        witness: RefCell::new(witness),
        state: RefCell::default(),
        doubts: Doubts::default(),
        refusal: Refusal::new(service.limiter().is_proven()),
    };
    if orders.account {
        asking.raise(vec![Question::Namespaces]);
    }
    // Dropping the workers abandons what is in flight.
    let end = tokio::select! {
        biased;
        () = stop.cancelled() => End::Stopped,
        () = asking.refusal.comes() => End::Done,
        () = asking.run() => End::Done,
    };
    let end = asking.refusal.end().unwrap_or(end);
    if end != End::Done {
        asking.close(&end.reason());
    }
    asking.state.into_inner().told(orders, end)
}

struct Asking<'a, S, M, W> {
    service: &'a S,
    memory: &'a M,
    source: &'a Arc<str>,
    orders: &'a SourceOrders,
    witness: RefCell<&'a mut W>,
    state: RefCell<State>,
    refusal: Refusal,
    /// Looks and pages to ask for again.
    doubts: Doubts,
}

/// One thing to ask. Namespaces are told by their place in the orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Page(usize, Page),
    Look(usize),
    Namespaces,
    Overview,
}

#[derive(Default)]
struct State {
    /// Of the namespaces that were begun with, by their place.
    progress: Vec<Progress>,
    account: NamespaceListing,
    /// What is to be asked; all of it can be.
    ready: VecDeque<Question>,
    /// With the requests that have left for each.
    in_flight: BTreeMap<Question, Rc<Cell<u32>>>,
}

enum Progress {
    Under(Paging),
    Over(Listing),
}

impl<S: Service, M: Memory, W: Witness> Asking<'_, S, M, W> {
    async fn run(&self) {
        crowd(self.service.limiter(), || self.has_more(), || self.work()).await;
        let settle = |call: &Call, exchange| self.settle_doubt(call, exchange);
        self.doubts.resolve(self.service, &self.refusal, settle).await;
    }

    /// Takes back what is not believed any more. It is asked again once all else was.
    fn doubt(&self) {
        for call in self.service.suspects() {
            self.witness.borrow_mut().doubted(&call, None);
            self.doubts.add(call);
        }
    }

    /// Takes a second answer. Where it does not say the same as the first, the list is not known.
    fn settle_doubt(&self, call: &Call, exchange: Exchange) {
        self.witness.borrow_mut().exchanged(call, &exchange);
        let mut state = self.state.borrow_mut();
        if let Call::Namespace { namespace } = call
            && let Some(listing) = state.listing(self.orders, namespace)
        {
            listing.take_look(exchange.clone().look(namespace));
        }
        if let Some((namespace, failure)) = unconfirmed(call, exchange)
            && let Some(listing) = state.listing(self.orders, namespace)
        {
            listing.gap.get_or_insert(failure);
        }
    }

    /// Asks one question. What its answer calls for is others' to ask.
    async fn work(&self) {
        let Some(turn) = self.service.limiter().turn(|| self.has_more()).await else {
            return;
        };
        let Some(question) = self.take() else { return };
        match turn {
            Ok(turn) => self.ask(question, turn).await,
            Err(given_up) => self.give_up(question, given_up.into_failure(), 0),
        }
    }

    async fn ask(&self, question: Question, turn: Turn<'_>) {
        let call = self.call(question);
        let sent = Rc::new(Cell::new(0));
        self.state.borrow_mut().in_flight.insert(question, Rc::clone(&sent));
        let exchange = self.service.ask(&call, turn, &sent).await;
        self.state.borrow_mut().in_flight.remove(&question);
        self.witness.borrow_mut().exchanged(&call, &exchange);
        self.refusal.heed(&exchange);
        self.doubt();
        self.settle(question, exchange);
    }

    fn has_more(&self) -> bool {
        if self.refusal.is_there() {
            return false;
        }
        while self.state.borrow().ready.is_empty() {
            if !self.begin_another() {
                return false;
            }
        }
        true
    }

    fn take(&self) -> Option<Question> {
        if self.refusal.is_there() {
            return None;
        }
        // A probe asks where nobody awaits an answer: one namespace that is broken is not to stand for the whole source.
        let is_another = self.service.limiter().is_probing() && self.begin_another();
        let mut state = self.state.borrow_mut();
        if is_another {
            state.ready.pop_back()
        } else {
            state.ready.pop_front()
        }
    }

    /// Begins with the next namespace; whether there was one.
    fn begin_another(&self) -> bool {
        let mut state = self.state.borrow_mut();
        let index = state.progress.len();
        if index == self.orders.namespaces.len() {
            return false;
        }
        let mut paging = Paging::default();
        let first = paging.next_page().expect("every pass has a first page");
        state.progress.push(Progress::Under(paging));
        drop(state);
        self.raise(vec![Question::Page(index, first)]);
        true
    }

    /// Has those questions asked, and those that follow from what is remembered.
    fn raise(&self, mut questions: Vec<Question>) {
        while let Some(question) = questions.pop() {
            match self.remembered(question) {
                Some(follow) => questions.extend(follow),
                None => self.state.borrow_mut().ready.push_back(question),
            }
        }
    }

    /// What follows from a question that is answered already.
    fn remembered(&self, question: Question) -> Option<Vec<Question>> {
        let look = match question {
            Question::Look(index) => self.memory.look(self.source, &self.orders.namespaces[index]),
            Question::Page(..) | Question::Namespaces | Question::Overview => None,
        };
        let follow = match (question, look) {
            (Question::Look(index), Some(look)) => self.state.borrow_mut().take_look(index, look),
            (Question::Look(_), None) => return None,
            (Question::Page(..) | Question::Namespaces | Question::Overview, _) => {
                let exchange = self.memory.listed(self.source, &self.call(question))?;
                self.read(question, exchange)
            }
        };
        self.refusal.remember();
        Some(follow)
    }

    fn settle(&self, question: Question, exchange: Exchange) {
        let follow = self.read(question, exchange);
        self.raise(follow);
    }

    /// What an exchange says, and what is to be asked for that reason.
    fn read(&self, question: Question, exchange: Exchange) -> Vec<Question> {
        let mut state = self.state.borrow_mut();
        match question {
            Question::Page(index, page) => state.take_page(index, &self.orders.namespaces[index], page, &exchange),
            Question::Look(index) => state.take_look(index, exchange.look(&self.orders.namespaces[index])),
            Question::Namespaces => {
                state.account = exchange.namespaces();
                let came = state.account.gap.is_none();
                came.then_some(Question::Overview).into_iter().collect()
            }
            Question::Overview => {
                state.account.account_repositories = exchange.account_repositories();
                Vec::new()
            }
        }
    }

    fn call(&self, question: Question) -> Call {
        let namespace = |index: usize| self.orders.namespaces[index].clone();
        match question {
            Question::Page(index, page) => Call::Repositories {
                namespace: namespace(index),
                page,
            },
            Question::Look(index) => Call::Namespace {
                namespace: namespace(index),
            },
            Question::Namespaces => Call::Namespaces,
            Question::Overview => Call::Overview,
        }
    }

    /// Ends a question without an answer, for that reason and after so many requests. Told as an exchange, so that a journal can say why.
    fn give_up(&self, question: Question, failure: Failure, sent: u32) {
        let exchange = Exchange::given_up(failure, sent);
        self.witness.borrow_mut().exchanged(&self.call(question), &exchange);
        self.settle(question, exchange);
    }

    /// Nothing more is sent: what is not answered ends for that reason.
    fn close(&self, failure: &Failure) {
        self.doubts
            .give_up(failure, |call, exchange| self.settle_doubt(call, exchange));
        let in_flight = std::mem::take(&mut self.state.borrow_mut().in_flight);
        for (question, sent) in in_flight {
            let is_open = self.state.borrow().is_open(question);
            if is_open {
                self.give_up(question, failure.clone(), sent.get());
            }
        }
        loop {
            let question = self.state.borrow_mut().ready.pop_front();
            match question {
                Some(question) => self.give_up(question, failure.clone(), 0),
                None if self.begin_another() => {}
                None => return,
            }
        }
    }
}

impl State {
    /// Whether an answer to that question would still be of use.
    fn is_open(&self, question: Question) -> bool {
        match question {
            Question::Page(index, _) => matches!(self.progress.get(index), Some(Progress::Under(_))),
            Question::Look(_) | Question::Namespaces | Question::Overview => true,
        }
    }

    fn take_page(&mut self, index: usize, namespace: &NamespaceName, page: Page, exchange: &Exchange) -> Vec<Question> {
        let paging = match &mut self.progress[index] {
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
            let pages = iter::from_fn(|| paging.next_page());
            // Taken from the end.
            let mut follow: Vec<_> = pages.map(|page| Question::Page(index, page)).collect();
            follow.reverse();
            return follow;
        }
        let listing = std::mem::take(paging).into_listing();
        let needs_look = listing.needs_look();
        self.progress[index] = Progress::Over(listing);
        self.ready
            .retain(|question| !matches!(question, Question::Page(other, _) if *other == index));
        needs_look.then_some(Question::Look(index)).into_iter().collect()
    }

    /// What was listed of that namespace; nothing more is taken for it.
    fn listing(&mut self, orders: &SourceOrders, namespace: &NamespaceName) -> Option<&mut Listing> {
        let index = orders.namespaces.binary_search(namespace).ok()?;
        let progress = self.progress.get_mut(index)?;
        if let Progress::Under(paging) = progress {
            *progress = Progress::Over(std::mem::take(paging).into_listing());
        }
        match progress {
            Progress::Over(listing) => Some(listing),
            Progress::Under(_) => None,
        }
    }

    fn take_look(&mut self, index: usize, look: Look) -> Vec<Question> {
        if let Progress::Over(listing) = &mut self.progress[index] {
            listing.take_look(look);
        }
        Vec::new()
    }

    fn told(self, orders: &SourceOrders, end: End) -> SourceListings {
        let listings = self.progress.into_iter().map(|progress| match progress {
            Progress::Under(paging) => paging.into_listing(),
            Progress::Over(listing) => listing,
        });
        SourceListings {
            repositories: orders.namespaces.iter().cloned().zip(listings).collect(),
            account: orders.account.then_some(self.account),
            end,
        }
    }
}

#[cfg(test)]
mod tests;
