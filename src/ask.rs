//! One source is asked: which question is next, when the asking stops, and what becomes of what was not asked.
//!
//! There is one loop, and two kinds of questions: [`Lists`] asks for names, [`Rules`] for the rules of the plan's
//! repositories. Each looks first into what is known already, and may ask more for what an answer says. How fast it goes is
//! the limiter's to say, and what the answers mean for an audit is not decided here. The service is a trait, so that a
//! script can stand in for the wire.

mod crowd;
mod doubt;
mod lists;
mod refusal;
mod rules;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use tokio_util::sync::CancellationToken;

use crate::model::{Failure, UnknownClass};
use crate::swr::{Call, Client, Exchange, Limiter, Turn};
use crowd::crowd;
use refusal::Refusal;

pub use lists::{Lists, SourceListings, SourceOrders};
pub use rules::Rules;

/// What is known of one source without a request: from an earlier part of the run, or from its journal.
pub trait Memory {
    /// The answer to that call.
    fn recall(&self, call: &Call) -> Option<Exchange>;
    /// Why there is none, and after how many requests it was given up; `None`: nobody gave it up.
    fn reason(&self, call: &Call) -> Option<(Failure, u32)>;
}

/// A run that begins knows nothing.
impl Memory for () {
    fn recall(&self, _: &Call) -> Option<Exchange> {
        None
    }

    fn reason(&self, _: &Call) -> Option<(Failure, u32)> {
        None
    }
}

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

/// Sees each answer as it comes: the journal, the progress bar. What is known already is not shown to it.
pub trait Witness {
    /// The service was asked, and this came of it.
    fn exchanged(&mut self, call: &Call, exchange: &Exchange);
    /// The call was given up: the exchange says why, and how many requests had left.
    fn given_up(&mut self, call: &Call, exchange: &Exchange);
    /// The answer to that call is not believed any more: what follows stands in its place.
    fn doubted(&mut self, call: &Call);
}

/// Nobody has to see it.
impl Witness for () {
    fn exchanged(&mut self, _: &Call, _: &Exchange) {}

    fn given_up(&mut self, _: &Call, _: &Exchange) {}

    fn doubted(&mut self, _: &Call) {}
}

/// What is to be asked of a source. No call is in it twice at a time.
pub trait Questions {
    /// Whether an answer was known already, by now: what an answer raises is looked up only then.
    fn is_known_in_part(&self) -> bool;
    /// A question that need not be asked, and the reason why it has no answer.
    fn spared(&mut self) -> Option<(Call, Failure)> {
        None
    }
    /// Whether there is something that can be asked now. An answer that is awaited may raise more.
    fn has_more(&mut self) -> bool;
    /// Takes the next; of a probe's answer it depends whether the whole source is given up.
    fn next(&mut self, is_probe: bool) -> Option<Call>;
    /// Takes an answer.
    fn answer(&mut self, call: &Call, exchange: Exchange);
    /// The call was given up: the exchange says why, and how many requests had left.
    fn give_up(&mut self, call: &Call, exchange: Exchange) {
        self.answer(call, exchange);
    }
    /// The answer to that call is not believed any more: it has to be asked again.
    fn doubt(&mut self, call: Call);
    /// Nothing more is sent. Whether that call, which is awaited, has to end with a reason.
    fn is_wanted(&self, call: &Call) -> bool;
    /// Nothing more is sent, and nothing is awaited: what remains comes from [`Self::next`].
    fn close(&mut self);
}

/// How the asking ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself: everything was asked, or given up with its source.
    Done,
    /// The probe was refused so: nothing more was sent, and the rest failed by this.
    Refused(Failure),
    /// The credential was refused so after something had been answered: likewise nothing more was sent.
    RefusedLater(Failure),
    /// It was stopped: what was not answered is `interrupted`.
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
    fn reason(&self) -> Failure {
        match self {
            Self::Refused(failure) | Self::RefusedLater(failure) => failure.clone(),
            Self::Stopped => Failure::unasked(UnknownClass::Interrupted),
            // Nobody was there to be asked.
            Self::Done => Failure {
                detail: "the journal holds no answer for it".to_owned(),
                ..Failure::unasked(UnknownClass::Interrupted)
            },
        }
    }
}

/// Asks until every question is answered or given up, or `stop` is cancelled. Where there is no service, all that is not
/// known ends as that says; [`End::Done`]: the journal is all there is.
pub async fn ask<S: Service>(
    service: Result<&S, End>,
    questions: &mut impl Questions,
    stop: &CancellationToken,
    witness: &mut impl Witness,
) -> End {
    let service = match service {
        Ok(service) => service,
        Err(end) => {
            close(questions, BTreeMap::new(), &end.reason(), witness);
            return end;
        }
    };
    let asking = Asking {
        service,
        // A listing that was answered has proved the credential.
        refusal: Refusal::new(service.limiter().is_proven()),
        questions: RefCell::new(questions),
        witness: RefCell::new(witness),
        in_flight: RefCell::default(),
    };
    let is_over = !asking.has_more();
    // Dropping the workers abandons what is in flight.
    let end = tokio::select! {
        biased;
        // Where nothing is left to ask, nobody can stop it.
        () = stop.cancelled(), if !is_over => End::Stopped,
        () = asking.refusal.comes() => End::Done,
        () = crowd(service.limiter(), || asking.has_more(), || asking.work()) => End::Done,
    };
    let end = asking.refusal.end().unwrap_or(end);
    if end != End::Done {
        let in_flight = asking.in_flight.into_inner();
        let (questions, witness) = (asking.questions.into_inner(), asking.witness.into_inner());
        close(questions, in_flight, &end.reason(), witness);
    }
    end
}

/// Takes what is known already for all there is: nobody is asked for the rest.
pub fn recall(questions: &mut impl Questions) {
    close(questions, InFlight::new(), &End::Done.reason(), &mut ());
}

/// Requests that have left for each question that is awaited.
type InFlight = BTreeMap<Call, Rc<Cell<u32>>>;

struct Asking<'a, S, Q, W> {
    service: &'a S,
    questions: RefCell<&'a mut Q>,
    witness: RefCell<&'a mut W>,
    in_flight: RefCell<InFlight>,
    refusal: Refusal,
}

impl<S: Service, Q: Questions, W: Witness> Asking<'_, S, Q, W> {
    fn has_more(&self) -> bool {
        let mut questions = self.questions.borrow_mut();
        while let Some((call, failure)) = questions.spared() {
            give_up(&mut **questions, &mut **self.witness.borrow_mut(), &call, failure, 0);
        }
        !self.refusal.is_there() && questions.has_more()
    }

    /// Asks one question. What its answer raises is others' to ask.
    async fn work(&self) {
        let limiter = self.service.limiter();
        let Some(turn) = limiter.turn(|| self.has_more()).await else {
            return;
        };
        if self.refusal.is_there() {
            return;
        }
        let next = self.questions.borrow_mut().next(limiter.is_probing());
        let Some(call) = next else { return };
        match turn {
            Ok(turn) => self.ask(call, turn).await,
            Err(given_up) => {
                let (mut questions, mut witness) = (self.questions.borrow_mut(), self.witness.borrow_mut());
                give_up(&mut **questions, &mut **witness, &call, given_up.into_failure(), 0);
            }
        }
    }

    async fn ask(&self, call: Call, turn: Turn<'_>) {
        let sent = Rc::new(Cell::new(0));
        self.in_flight.borrow_mut().insert(call.clone(), Rc::clone(&sent));
        let exchange = self.service.ask(&call, turn, &sent).await;
        self.in_flight.borrow_mut().remove(&call);
        let (mut questions, mut witness) = (self.questions.borrow_mut(), self.witness.borrow_mut());
        witness.exchanged(&call, &exchange);
        self.refusal.heed(&exchange, questions.is_known_in_part());
        questions.answer(&call, exchange);
        for suspect in self.service.suspects() {
            witness.doubted(&suspect);
            questions.doubt(suspect);
        }
    }
}

/// Nothing more is sent: what was not answered ends for that reason, with the requests that had left for it.
fn close(questions: &mut impl Questions, in_flight: InFlight, failure: &Failure, witness: &mut impl Witness) {
    for (call, sent) in in_flight {
        if questions.is_wanted(&call) {
            give_up(questions, witness, &call, failure.clone(), sent.get());
        }
    }
    questions.close();
    while let Some(call) = questions.next(false) {
        give_up(questions, witness, &call, failure.clone(), 0);
    }
}

/// There will be no answer to that call, for that reason; so many requests had left.
fn give_up(questions: &mut impl Questions, witness: &mut impl Witness, call: &Call, failure: Failure, sent: u32) {
    let exchange = Exchange::given_up(failure, sent);
    witness.given_up(call, &exchange);
    questions.give_up(call, exchange);
}

#[cfg(test)]
mod tests;
