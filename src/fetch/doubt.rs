//! Looks and pages of lists to ask for again, because the connection by which they came has mixed answers up, and what
//! their second answers leave.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::Service;
use super::refusal::Refusal;
use crate::model::{Failure, Look, NamespaceName, UnknownClass};
use crate::swr::{Call, Exchange, PageAnswer};

/// Those that are still to be asked for.
#[derive(Default)]
pub(super) struct Doubts(RefCell<VecDeque<Call>>);

impl Doubts {
    pub(super) fn add(&self, call: Call) {
        self.0.borrow_mut().push_back(call);
    }

    /// Asks for them, one after the other. One whose answer did not come stays.
    pub(super) async fn resolve(
        &self,
        service: &impl Service,
        refusal: &Refusal,
        mut settle: impl FnMut(&Call, Exchange),
    ) {
        loop {
            let Some(call) = self.0.borrow().front().cloned() else {
                return;
            };
            let exchange = match service.limiter().another_turn().await {
                Ok(turn) => service.ask(&call, turn, &Cell::new(0)).await,
                Err(given_up) => Exchange::given_up(given_up.into_failure(), 0),
            };
            self.0.borrow_mut().pop_front();
            refusal.heed(&exchange);
            settle(&call, exchange);
        }
    }

    /// Ends those that are left for that reason.
    pub(super) fn give_up(&self, failure: &Failure, mut settle: impl FnMut(&Call, Exchange)) {
        for call in self.0.take() {
            settle(&call, Exchange::given_up(failure.clone(), 0));
        }
    }
}

/// The namespace whose list is not known after all, and why. `None`: the answer says nothing against the first one, which
/// named nothing.
pub(super) fn unconfirmed(call: &Call, exchange: Exchange) -> Option<(&NamespaceName, Failure)> {
    match call {
        Call::Repositories { namespace, page } => {
            let failure = match exchange.page(namespace, *page) {
                PageAnswer::Names { names, total } if names.is_empty() && total.is_none_or(|it| it <= page.offset) => {
                    None
                }
                PageAnswer::Absent => None,
                PageAnswer::Names { .. } => Some(Failure {
                    evidence: exchange.evidence(),
                    http_status: Some(200),
                    detail:
                        "the list was empty, by a connection that mixed answers up, and is not when asked for again"
                            .to_owned(),
                    ..Failure::unasked(UnknownClass::BadResponse)
                }),
                PageAnswer::Refused(failure) | PageAnswer::Failed(failure) | PageAnswer::GivenUp(failure) => {
                    Some(failure)
                }
            };
            Some((namespace, failure?))
        }
        Call::Namespace { namespace } => match exchange.look(namespace) {
            Look::Present | Look::Absent => None,
            Look::Failed(failure) => Some((namespace, failure)),
        },
        Call::Rules { .. } | Call::Namespaces | Call::Overview => None,
    }
}
