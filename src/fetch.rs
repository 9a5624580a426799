//! The plan becomes observations: bounded, in any order, each told to a witness as it comes. Before that, what the plan
//! needs is listed.
//!
//! Knows which question to ask next and when to stop asking. How fast is the limiter's to say, and what the answers mean
//! for an audit is not decided here. The service is a trait, so that a script can stand in for the wire.

mod crowd;
mod doubt;
mod list;
mod memory;
mod refusal;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::rc::Rc;

use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::model::{Answer, Evidence, Failure, Look, NamespaceName, Observation, PlannedRepository, UnknownClass};
use crate::swr::{Call, Client, Exchange, Limiter, Turn};
use crowd::crowd;
use doubt::{Doubts, unconfirmed};
use refusal::Refusal;

pub use list::{SourceListings, SourceOrders, list};
pub use memory::{After, Memory, close};

/// Something that answers calls, in turns.
pub trait Service {
    /// Who may send, and who waits.
    fn limiter(&self) -> &Limiter;
    /// Asks, again where that can help; what went wrong is in the exchange. Dropping the future abandons the call: `sent`
    /// then says how many requests had left.
    fn ask(&self, call: &Call, turn: Turn<'_>, sent: &Cell<u32>) -> impl Future<Output = Exchange>;
    /// Calls whose answers are not believed any more, each once: they are to be asked again.
    fn suspects(&self) -> Vec<Call> {
        Vec::new()
    }
}

impl Service for Client {
    fn limiter(&self) -> &Limiter {
        Client::limiter(self)
    }

    fn ask(&self, call: &Call, turn: Turn<'_>, sent: &Cell<u32>) -> impl Future<Output = Exchange> {
        Client::ask(self, call, turn, sent)
    }

    fn suspects(&self) -> Vec<Call> {
        Client::suspects(self)
    }
}

/// Who is told what comes, as it comes: journal, judge, progress.
pub trait Witness {
    /// An exchange is over; what it means follows.
    fn exchanged(&mut self, call: &Call, exchange: &Exchange);
    /// What came of the repository at that place in the list, once for each.
    fn observed(&mut self, index: usize, observation: Observation);
    /// What a look at a namespace brought, at most once for each.
    fn looked(&mut self, namespace: &NamespaceName, look: Look);
    /// The answer to that call is not believed any more: what follows stands in its place. Of a call for rules, with the
    /// place of its repository in the list.
    fn doubted(&mut self, call: &Call, index: Option<usize>);
    /// What was listed in a namespace may not be all there is, as its list was not the same when it was asked for again.
    fn list_doubted(&mut self, namespace: &NamespaceName, failure: Failure);
}

/// How the asking ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself: everything was asked, or given up with its source.
    Done,
    /// The probe was refused so: nothing more was sent, and the rest was told to have failed by this.
    Refused(Failure),
    /// The credential was refused so after something had been answered: likewise nothing more was sent.
    RefusedLater(Failure),
    /// It was told to stop: what was not answered was told as `interrupted`.
    Stopped,
}

impl End {
    /// How the credential was refused, where it was.
    pub const fn refusal(&self) -> Option<&Failure> {
        match self {
            Self::Refused(failure) | Self::RefusedLater(failure) => Some(failure),
            Self::Done | Self::Stopped => None,
        }
    }

    /// Why what was not asked by then is not known.
    pub fn reason(&self) -> Failure {
        let refusal = self.refusal().cloned();
        refusal.unwrap_or_else(|| Failure::unasked(UnknownClass::Interrupted))
    }
}

/// Three refusals are a pattern; one may be a grant on a single repository.
const REFUSALS_THAT_CLOSE: u32 = 3;

/// Asks for every repository of one source that `memory` does not know, until all are told or `stop` is cancelled. What
/// is remembered is told first.
pub async fn observe<S: Service>(
    service: &S,
    memory: &impl Memory,
    repositories: &[PlannedRepository],
    stop: &CancellationToken,
    witness: &mut impl Witness,
) -> End {
    let mut fetch = Fetch::new(service, repositories, witness);
    fetch.recall(memory);
    // Where nothing is left to ask, nobody can stop it.
    let is_over = fetch.to_look.is_empty() && !fetch.has_more();
    // Dropping the workers abandons what is in flight.
    let end = tokio::select! {
        biased;
        () = stop.cancelled(), if !is_over => End::Stopped,
        () = fetch.refusal.comes() => End::Done,
        () = fetch.run() => End::Done,
    };
    let end = fetch.refusal.end().unwrap_or(end);
    if end != End::Done {
        fetch.give_up(&end.reason());
    }
    end
}

struct Fetch<'a, S, W> {
    service: &'a S,
    repositories: &'a [PlannedRepository],
    witness: RefCell<&'a mut W>,
    /// The repositories to ask for, by index.
    to_ask: RefCell<Vec<usize>>,
    /// The place in that list of the first that nobody has taken.
    next: Cell<usize>,
    /// Remembered ones that call for a look at their namespace.
    to_look: Vec<usize>,
    /// Whether the witness was told, by index.
    told: RefCell<Vec<bool>>,
    /// Requests that have left for repositories that are being asked for.
    in_flight: RefCell<BTreeMap<usize, Rc<Cell<u32>>>>,
    refusal: Refusal,
    namespaces: BTreeMap<&'a NamespaceName, Namespace>,
    /// Looks and pages of lists to ask for again.
    doubts: Doubts,
}

/// What is known of a namespace while its repositories are asked for.
#[derive(Default)]
struct Namespace {
    refusals: Cell<u32>,
    has_answered: Cell<bool>,
    /// Whether the last call to it ended without an answer of the service itself.
    is_silent: Cell<bool>,
    look: OnceCell<Look>,
}

impl<'a, S: Service, W: Witness> Fetch<'a, S, W> {
    fn new(service: &'a S, repositories: &'a [PlannedRepository], witness: &'a mut W) -> Self {
        Self {
            service,
            repositories,
            witness: RefCell::new(witness),
            to_ask: RefCell::default(),
            next: Cell::new(0),
            to_look: Vec::new(),
            told: RefCell::new(vec![false; repositories.len()]),
            in_flight: RefCell::default(),
            // A listing that was answered has proved it.
            refusal: Refusal::new(service.limiter().is_proven()),
            namespaces: repositories
                .iter()
                .map(|planned| (&planned.id.namespace, Namespace::default()))
                .collect(),
            doubts: Doubts::default(),
        }
    }

    /// Tells what is remembered; the rest is to be asked. A remembered answer says nothing of the credential that asks
    /// now, but what it says of its namespace still holds.
    fn recall(&mut self, memory: &impl Memory) {
        for (index, PlannedRepository { id, .. }) in self.repositories.iter().enumerate() {
            let look = &self.namespace(index).look;
            if look.get().is_none()
                && let Some(remembered) = memory.look(&id.source, &id.namespace)
            {
                self.witness.borrow_mut().looked(&id.namespace, remembered.clone());
                look.set(remembered).expect("it was not there a moment ago");
            }
            match memory.observation(id) {
                Some(observation) => {
                    self.refusal.remember();
                    if self.note(index, &observation.answer) {
                        self.to_look.push(index);
                    }
                    self.tell(index, observation);
                }
                None => self.to_ask.get_mut().push(index),
            }
        }
    }

    async fn run(&self) {
        // One at a time, and only those that the earlier part of the run did not come to: each may be the probe.
        for &index in &self.to_look {
            self.look(index).await;
        }
        crowd(self.service.limiter(), || self.has_more(), || self.work()).await;
        let settle = |call: &Call, exchange| self.settle(call, exchange);
        self.doubts.resolve(self.service, &self.refusal, settle).await;
    }

    async fn work(&self) {
        while let Some(turn) = self.service.limiter().turn(|| self.has_more()).await {
            let Some(index) = self.take() else { return };
            match turn {
                Ok(turn) => self.ask_if_open(index, turn).await,
                Err(given_up) => self.tell(index, unasked(given_up.into_failure())),
            }
        }
    }

    /// Whether there is something to ask for, once those are told that a closed namespace spares.
    fn has_more(&self) -> bool {
        while let Some(index) = self.peek() {
            if !self.namespace(index).is_closed() {
                break;
            }
            self.next.set(self.next.get() + 1);
            self.tell(index, unasked(self.namespace(index).denial()));
        }
        self.peek().is_some() && !self.refusal.is_there()
    }

    fn peek(&self) -> Option<usize> {
        self.to_ask.borrow().get(self.next.get()).copied()
    }

    fn take(&self) -> Option<usize> {
        if self.refusal.is_there() {
            return None;
        }
        if self.service.limiter().is_probing() {
            self.bring_another_forward();
        }
        let index = self.peek()?;
        self.next.set(self.next.get() + 1);
        Some(index)
    }

    /// A probe asks where nobody has lost or still awaits an answer: one namespace that is broken is not to stand for the
    /// whole source.
    fn bring_another_forward(&self) {
        let in_flight = self.in_flight.borrow();
        let waited_for: BTreeSet<&NamespaceName> = in_flight.keys().map(|&index| self.name_of(index)).collect();
        let mut to_ask = self.to_ask.borrow_mut();
        let next = self.next.get();
        let is_another = |&index: &usize| {
            let namespace = self.namespace(index);
            !waited_for.contains(self.name_of(index)) && !namespace.is_silent.get() && !namespace.is_closed()
        };
        let place = to_ask[next..].iter().position(is_another);
        // The farthest, where there is no other: neighbours share what is wrong with them.
        let place = place.map_or(to_ask.len() - 1, |place| next + place);
        to_ask[next..=place].rotate_right(1);
    }

    /// Where somebody was refused in its namespace, that is looked at first; those who come meanwhile wait for the look,
    /// since otherwise they would all be refused as well.
    async fn ask_if_open(&self, index: usize, mut turn: Turn<'_>) {
        let namespace = self.namespace(index);
        if namespace.is_doubtful() && namespace.look.get().is_none() {
            drop(turn);
            self.look(index).await;
            turn = match self.service.limiter().another_turn().await {
                Ok(turn) => turn,
                Err(given_up) => return self.tell(index, unasked(given_up.into_failure())),
            };
        }
        if namespace.is_closed() {
            self.tell(index, unasked(namespace.denial()));
        } else if !self.refusal.is_there() {
            // Else by the look that was just waited for: not one request more.
            self.ask(index, turn).await;
        }
    }

    async fn ask(&self, index: usize, turn: Turn<'_>) {
        let id = &self.repositories[index].id;
        let call = Call::rules(id);
        let sent = Rc::new(Cell::new(0));
        self.in_flight.borrow_mut().insert(index, Rc::clone(&sent));
        let exchange = self.service.ask(&call, turn, &sent).await;
        self.in_flight.borrow_mut().remove(&index);
        self.witness.borrow_mut().exchanged(&call, &exchange);
        self.refusal.heed(&exchange);
        let observation = exchange.observation(id);
        let needs_look = self.note(index, &observation.answer);
        self.tell(index, observation);
        self.doubt();
        if needs_look {
            self.look(index).await;
        }
    }

    /// Takes back what is not believed any more, and has it asked again.
    fn doubt(&self) {
        for call in self.service.suspects() {
            let index = match &call {
                Call::Rules { namespace, repository } => {
                    // They are of one source, in the order of the plan.
                    let order = |planned: &PlannedRepository| {
                        (&planned.id.namespace, &planned.id.repository).cmp(&(namespace, repository))
                    };
                    self.repositories.binary_search_by(order).ok()
                }
                Call::Namespace { .. } | Call::Repositories { .. } | Call::Namespaces | Call::Overview => None,
            };
            self.witness.borrow_mut().doubted(&call, index);
            match index {
                Some(index) => {
                    self.told.borrow_mut()[index] = false;
                    self.to_ask.borrow_mut().push(index);
                }
                None => self.doubts.add(call),
            }
        }
    }

    /// Takes a second answer to what is no question for rules.
    fn settle(&self, call: &Call, exchange: Exchange) {
        let mut witness = self.witness.borrow_mut();
        witness.exchanged(call, &exchange);
        if let Call::Namespace { namespace } = call {
            witness.looked(namespace, exchange.clone().look(namespace));
        }
        if let Some((namespace, failure)) = unconfirmed(call, exchange) {
            witness.list_doubted(namespace, failure);
        }
    }

    /// Remembers what an answer says of its namespace; whether that calls for a look at it.
    fn note(&self, index: usize, answer: &Answer) -> bool {
        let namespace = self.namespace(index);
        let is_listed = self.repositories[index].is_listed;
        namespace
            .is_silent
            .set(matches!(answer, Answer::Failed(failure) if is_silence(failure)));
        match answer {
            Answer::Rules(_) => {
                namespace.has_answered.set(true);
                false
            }
            Answer::Absent => {
                namespace.has_answered.set(true);
                // What was listed a moment ago has vanished: its namespace is there.
                !is_listed
            }
            Answer::Failed(failure) if is_denial(failure) => {
                namespace.refusals.set(namespace.refusals.get() + 1);
                true
            }
            Answer::Failed(_) => false,
        }
    }

    /// The one look at a repository's namespace, whoever needs it first.
    async fn look(&self, index: usize) -> &Look {
        let name = &self.repositories[index].id.namespace;
        let look = || async {
            let look = match self.service.limiter().another_turn().await {
                Ok(turn) => self.ask_for_namespace(name, turn).await,
                Err(given_up) => Look::Failed(given_up.into_failure()),
            };
            self.witness.borrow_mut().looked(name, look.clone());
            look
        };
        self.namespace(index).look.get_or_init(look).await
    }

    async fn ask_for_namespace(&self, name: &NamespaceName, turn: Turn<'_>) -> Look {
        let call = Call::namespace(name);
        let exchange = self.service.ask(&call, turn, &Cell::new(0)).await;
        self.witness.borrow_mut().exchanged(&call, &exchange);
        self.refusal.heed(&exchange);
        self.doubt();
        exchange.look(name)
    }

    fn name_of(&self, index: usize) -> &NamespaceName {
        &self.repositories[index].id.namespace
    }

    fn namespace(&self, index: usize) -> &Namespace {
        &self.namespaces[self.name_of(index)]
    }

    fn tell(&self, index: usize, observation: Observation) {
        self.told.borrow_mut()[index] = true;
        self.witness.borrow_mut().observed(index, observation);
    }

    /// Nothing more is sent: what was not answered ends for that reason, with the requests that had left for it.
    fn give_up(&self, failure: &Failure) {
        self.doubts
            .give_up(failure, |call, exchange| self.settle(call, exchange));
        let in_flight = self.in_flight.take();
        for index in 0..self.repositories.len() {
            if !self.told.borrow()[index] {
                let sent = in_flight.get(&index).map_or(0, |sent| sent.get());
                let observation = unasked(failure.clone());
                let evidence = Evidence {
                    attempts: sent,
                    ..observation.evidence
                };
                self.tell(
                    index,
                    Observation {
                        evidence,
                        ..observation
                    },
                );
            }
        }
    }
}

impl Namespace {
    /// Why the rest of it is not asked: as the look at it was denied, whose request is behind that.
    fn denial(&self) -> Failure {
        match self.look.get() {
            Some(Look::Failed(failure)) => failure.clone(),
            Some(Look::Present | Look::Absent) | None => Failure::unasked(UnknownClass::AccessDenied),
        }
    }

    /// Whether somebody was refused in it, and nobody was answered.
    fn is_doubtful(&self) -> bool {
        self.refusals.get() > 0 && !self.has_answered.get()
    }

    /// Whether the rest of it is left alone: it was looked at and is denied itself, several of its repositories were
    /// refused, and none answered. Grants exist per repository, so one refusal closes nothing.
    fn is_closed(&self) -> bool {
        let is_denied = matches!(self.look.get(), Some(Look::Failed(failure)) if is_denial(failure));
        is_denied && self.is_doubtful() && self.refusals.get() >= REFUSALS_THAT_CLOSE
    }
}

/// No answer, or a gateway's word that it has none.
fn is_silence(failure: &Failure) -> bool {
    matches!(failure.http_status, None | Some(502..=504))
}

/// Only status 403 counts: a 401 that tells of somebody else's image says nothing of the namespace.
fn is_denial(failure: &Failure) -> bool {
    failure.class == UnknownClass::AccessDenied && failure.http_status == Some(403)
}

fn unasked(failure: Failure) -> Observation {
    Observation {
        answer: Answer::Failed(failure),
        evidence: Evidence::default(),
    }
}

#[cfg(test)]
mod tests;
