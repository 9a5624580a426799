//! Answers of a connection that mixed answers up. A repository's is asked for again like any other; what led to a list is
//! asked for once all else was, and has to say the same again.

use std::collections::{BTreeSet, VecDeque};

use crate::model::{Failure, Look, NamespaceName, UnknownClass};
use crate::swr::{Call, Exchange, PageAnswer};

/// Looks and pages to ask for again.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    waiting: VecDeque<Call>,
    asked: BTreeSet<Call>,
}

impl Doubts {
    pub(super) fn add(&mut self, call: Call) {
        self.waiting.push_back(call);
    }

    pub(super) fn has_more(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn next(&mut self) -> Option<Call> {
        let call = self.waiting.pop_front()?;
        self.asked.insert(call.clone());
        Some(call)
    }

    /// Whether a second answer to that call is awaited.
    pub(super) fn are_asked(&self, call: &Call) -> bool {
        self.asked.contains(call)
    }

    /// Whether the answer to that call, which just came, is the second one.
    pub(super) fn settles(&mut self, call: &Call) -> bool {
        self.asked.remove(call)
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
