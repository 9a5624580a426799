//! What the repositories of one source are asked: for their rules, and where these are refused or absent, a look at their
//! namespace.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::doubt::{Doubts, unconfirmed};
use super::{Memory, Questions};
use crate::model::{
    Answer, Evidence, Failure, Gather, Listings, Look, NamespaceName, Observation, PlannedRepository, UnknownClass,
};
use crate::swr::{Call, Exchange, Reply};

/// Three refusals are a pattern; one may be a grant on a single repository.
const REFUSALS_THAT_CLOSE: u32 = 3;

/// The questions that the repositories of one source call for.
pub struct Rules<'a, G> {
    /// Of one source, in the order of the plan.
    repositories: &'a [PlannedRepository],
    /// The place of the first in the plan.
    first: usize,
    gather: &'a RefCell<G>,
    is_known_in_part: bool,
    /// Repositories to ask for, by their place in that list.
    waiting: VecDeque<usize>,
    /// Namespaces to look at.
    looks: VecDeque<&'a NamespaceName>,
    namespaces: BTreeMap<&'a NamespaceName, Namespace>,
    /// Whether any repository was refused by now: without one nothing is held back, and no namespace left alone.
    has_refusals: bool,
    /// How many answers are awaited.
    in_flight: usize,
    doubts: Doubts,
    is_closed: bool,
}

/// What is known of a namespace while its repositories are asked for.
#[derive(Default)]
struct Namespace {
    refusals: u32,
    has_answered: bool,
    /// Whether the last answer of one of its repositories was none of the service itself.
    is_silent: bool,
    /// How many of its repositories are awaited.
    in_flight: usize,
    look: Sight,
    /// Repositories that wait for the look.
    held: Vec<usize>,
}

#[derive(Default)]
enum Sight {
    #[default]
    Unneeded,
    Awaited,
    Taken(Look),
}

impl<'a, G: Gather> Rules<'a, G> {
    /// Asks for these repositories of one source, the first of which is at the place `first` in the plan, as far as
    /// `memory` does not hold the answers. A namespace that was looked at for its listing is not looked at again, whatever
    /// that brought.
    pub fn new(
        repositories: &'a [PlannedRepository],
        first: usize,
        listings: &Listings,
        memory: &dyn Memory,
        gather: &'a RefCell<G>,
    ) -> Self {
        let mut rules = Self {
            repositories,
            first,
            gather,
            is_known_in_part: false,
            waiting: VecDeque::new(),
            looks: VecDeque::new(),
            namespaces: BTreeMap::new(),
            has_refusals: false,
            in_flight: 0,
            doubts: Doubts::default(),
            is_closed: false,
        };
        rules.recall_looks(listings, memory);
        rules.recall(memory);
        rules
    }

    fn recall_looks(&mut self, listings: &Listings, memory: &dyn Memory) {
        for PlannedRepository { id, .. } in self.repositories {
            if self.namespaces.contains_key(&id.namespace) {
                continue;
            }
            let of_listing = listings.look(&id.source, &id.namespace).cloned();
            let look = of_listing.or_else(|| {
                let exchange = memory.recall(&Call::namespace(&id.namespace))?;
                Some(exchange.look(&id.namespace))
            });
            self.namespaces.insert(&id.namespace, Namespace::default());
            if let Some(look) = look {
                self.take_look(&id.namespace, look);
            }
        }
    }

    /// A remembered answer says nothing of the credential that asks now, but what it says of its namespace still holds.
    fn recall(&mut self, memory: &dyn Memory) {
        for (index, PlannedRepository { id, .. }) in self.repositories.iter().enumerate() {
            let call = Call::rules(id);
            if let Some(exchange) = memory.recall(&call) {
                self.is_known_in_part = true;
                self.take(index, exchange.observation(id));
            } else if let Some((failure, sent)) = memory.reason(&call) {
                self.take_given_up(index, failure, sent);
            } else {
                self.waiting.push_back(index);
            }
        }
    }

    fn source(&self) -> &'a Arc<str> {
        &self.repositories[0].id.source
    }

    fn name_of(&self, index: usize) -> &'a NamespaceName {
        &self.repositories[index].id.namespace
    }

    fn namespace(&self, index: usize) -> &Namespace {
        &self.namespaces[self.name_of(index)]
    }

    fn namespace_mut(&mut self, name: &NamespaceName) -> &mut Namespace {
        self.namespaces.get_mut(name).expect("every repository's is there")
    }

    /// The place of the repository with those rules.
    fn index(&self, call: &Call) -> Option<usize> {
        let Call::Rules { namespace, repository } = call else {
            return None;
        };
        let order =
            |planned: &PlannedRepository| (&planned.id.namespace, &planned.id.repository).cmp(&(namespace, repository));
        self.repositories.binary_search_by(order).ok()
    }

    /// Takes what came of a repository, and has its namespace looked at where that calls for it.
    fn take(&mut self, index: usize, observation: Observation) {
        let is_listed = self.repositories[index].is_listed;
        let name = self.name_of(index);
        let namespace = self.namespace_mut(name);
        let needs_look = namespace.note(&observation.answer, is_listed);
        let is_refused = namespace.refusals > 0;
        if needs_look && matches!(namespace.look, Sight::Unneeded) {
            namespace.look = Sight::Awaited;
            self.looks.push_back(name);
        }
        self.has_refusals |= is_refused;
        self.gather.borrow_mut().take(self.first + index, observation);
    }

    /// What was never answered was not observed at any time.
    fn take_given_up(&self, index: usize, failure: Failure, sent: u32) {
        let evidence = Evidence {
            attempts: sent,
            ..Evidence::default()
        };
        let answer = Answer::Failed(failure);
        self.gather
            .borrow_mut()
            .take(self.first + index, Observation { answer, evidence });
    }

    fn take_look(&mut self, name: &NamespaceName, look: Look) {
        self.gather.borrow_mut().looked(self.source(), name, look.clone());
        let namespace = self.namespace_mut(name);
        namespace.look = Sight::Taken(look);
        for index in std::mem::take(&mut namespace.held).into_iter().rev() {
            self.waiting.push_front(index);
        }
    }

    /// Takes a second answer to what is no question for rules.
    fn settle(&mut self, call: &Call, exchange: Exchange) {
        let mut gather = self.gather.borrow_mut();
        if let Call::Namespace { namespace } = call {
            gather.looked(self.source(), namespace, exchange.clone().look(namespace));
        }
        if let Some((namespace, failure)) = unconfirmed(call, exchange) {
            gather.doubt_list(self.source(), namespace, failure);
        }
    }

    /// Holds those back at the head that have to wait for a look: they would all be refused as well.
    fn hold_back(&mut self) {
        if !self.has_refusals {
            return;
        }
        while let Some(&index) = self.waiting.front() {
            if self.is_closed || !self.namespace(index).is_held_back() {
                return;
            }
            self.waiting.pop_front();
            let name = self.name_of(index);
            self.namespace_mut(name).held.push(index);
        }
    }

    /// A probe asks where nobody has lost or still awaits an answer: one namespace that is broken is not to stand for the
    /// whole source. The farthest, where there is no other: neighbours share what is wrong with them.
    fn next_probe(&mut self) -> Option<usize> {
        let can_be_asked = |namespace: &Namespace| !namespace.is_closed() && !namespace.is_held_back();
        let is_another =
            |namespace: &Namespace| can_be_asked(namespace) && namespace.in_flight == 0 && !namespace.is_silent;
        let place = self.waiting.iter().position(|&index| is_another(self.namespace(index)));
        let farthest = || {
            self.waiting
                .iter()
                .rposition(|&index| can_be_asked(self.namespace(index)))
        };
        self.waiting.remove(place.or_else(farthest)?)
    }
}

impl<G: Gather> Questions for Rules<'_, G> {
    fn is_known_in_part(&self) -> bool {
        self.is_known_in_part
    }

    /// The rest of a namespace that is left alone.
    fn spared(&mut self) -> Option<(Call, Failure)> {
        if !self.has_refusals {
            return None;
        }
        self.hold_back();
        let &index = self.waiting.front()?;
        let denial = self.namespace(index).denial()?;
        self.waiting.pop_front();
        let name = self.name_of(index);
        self.in_flight += 1;
        self.namespace_mut(name).in_flight += 1;
        Some((Call::rules(&self.repositories[index].id), denial))
    }

    fn has_more(&mut self) -> bool {
        self.hold_back();
        !self.looks.is_empty() || !self.waiting.is_empty() || self.in_flight == 0 && self.doubts.has_more()
    }

    fn next(&mut self, is_probe: bool) -> Option<Call> {
        if !self.has_more() {
            return None;
        }
        let call = if let Some(name) = self.looks.pop_front() {
            Call::namespace(name)
        } else if self.waiting.is_empty() {
            self.doubts.next()?
        } else {
            let index = if is_probe {
                self.next_probe()
            } else {
                self.waiting.pop_front()
            }?;
            let name = self.name_of(index);
            self.namespace_mut(name).in_flight += 1;
            Call::rules(&self.repositories[index].id)
        };
        self.in_flight += 1;
        Some(call)
    }

    fn answer(&mut self, call: &Call, exchange: Exchange) {
        self.in_flight -= 1;
        if self.doubts.settles(call) {
            return self.settle(call, exchange);
        }
        match call {
            Call::Rules { namespace, .. } => {
                self.namespace_mut(namespace).in_flight -= 1;
                if let Some(index) = self.index(call) {
                    self.take(index, exchange.observation(&self.repositories[index].id));
                }
            }
            Call::Namespace { namespace } => self.take_look(namespace, exchange.look(namespace)),
            // Pages are asked for again only.
            Call::Repositories { .. } | Call::Namespaces | Call::Overview => {}
        }
    }

    fn give_up(&mut self, call: &Call, exchange: Exchange) {
        let (Some(index), Reply::Broken(failure)) = (self.index(call), &exchange.reply) else {
            return self.answer(call, exchange);
        };
        self.in_flight -= 1;
        let name = self.name_of(index);
        self.namespace_mut(name).in_flight -= 1;
        self.take_given_up(index, failure.clone(), exchange.attempts);
    }

    fn doubt(&mut self, call: Call) {
        let mut gather = self.gather.borrow_mut();
        if let Some(index) = self.index(&call) {
            gather.forget(self.first + index);
            self.waiting.push_back(index);
            return;
        }
        if let Call::Namespace { namespace } = &call {
            gather.forget_look(self.source(), namespace);
        }
        self.doubts.add(call);
    }

    /// A look that nobody took is none: what it would have said of repositories is unknown by their own reasons.
    fn is_wanted(&self, call: &Call) -> bool {
        !matches!(call, Call::Namespace { .. }) || self.doubts.are_asked(call)
    }

    fn close(&mut self) {
        self.is_closed = true;
        self.in_flight = 0;
        self.looks.clear();
        let held: BTreeSet<usize> = self.namespaces.values_mut().flat_map(|it| it.held.drain(..)).collect();
        self.waiting.extend(held);
    }
}

impl Namespace {
    /// Remembers what an answer says of it; whether that calls for a look.
    fn note(&mut self, answer: &Answer, is_listed: bool) -> bool {
        self.is_silent = matches!(answer, Answer::Failed(failure) if is_silence(failure));
        match answer {
            Answer::Rules(_) => {
                self.has_answered = true;
                false
            }
            Answer::Absent => {
                self.has_answered = true;
                // What was listed a moment ago has vanished: its namespace is there.
                !is_listed
            }
            Answer::Failed(failure) if is_denial(failure) => {
                self.refusals += 1;
                true
            }
            Answer::Failed(_) => false,
        }
    }

    /// Why the rest of it is not asked: the look at it was denied, and its request is behind that. `None`: it is asked.
    fn denial(&self) -> Option<Failure> {
        match &self.look {
            Sight::Taken(Look::Failed(failure)) if self.is_closed() => Some(failure.clone()),
            Sight::Taken(_) | Sight::Awaited | Sight::Unneeded => None,
        }
    }

    /// Whether somebody was refused in it, and nobody was answered.
    const fn is_doubtful(&self) -> bool {
        self.refusals > 0 && !self.has_answered
    }

    const fn is_held_back(&self) -> bool {
        self.is_doubtful() && matches!(self.look, Sight::Awaited)
    }

    /// Whether the rest of it is left alone: it was looked at and is denied itself, several of its repositories were
    /// refused, and none answered. Grants exist per repository, so one refusal closes nothing.
    fn is_closed(&self) -> bool {
        let is_denied = matches!(&self.look, Sight::Taken(Look::Failed(failure)) if is_denial(failure));
        is_denied && self.is_doubtful() && self.refusals >= REFUSALS_THAT_CLOSE
    }
}

/// No answer, or a gateway's word that it has none.
const fn is_silence(failure: &Failure) -> bool {
    matches!(failure.http_status, None | Some(502..=504))
}

/// Only status 403 counts: a 401 about somebody else's image says nothing of the namespace.
fn is_denial(failure: &Failure) -> bool {
    failure.class == UnknownClass::AccessDenied && failure.http_status == Some(403)
}
