//! Who sees what the service says, as it comes: the journal first, then whoever gathers it, then the progress bar.

use std::sync::Arc;

use super::progress::{Pressure, Progress};
use crate::ask::Witness;
use crate::journal::Journal;
use crate::model::{Answer, Caller, Failure, Gather, Look, NamespaceName, Observation};
use crate::swr::{Call, Client, Exchange};

/// Keeps in the journal what one source answers.
pub(super) struct Recorder<'a> {
    /// The source.
    pub source: Arc<str>,
    /// `None`: there is no folder.
    pub journal: Option<&'a Journal>,
    /// Counts answers while names are listed.
    pub progress: &'a Progress,
}

impl Recorder<'_> {
    /// Who asks from now on.
    pub(super) fn asked_by(&self, caller: &Caller) {
        if let (Some(journal), Some(_)) = (self.journal, &caller.credential) {
            journal.caller(&self.source, caller);
        }
    }
}

impl Witness for Recorder<'_> {
    fn exchanged(&mut self, call: &Call, exchange: &Exchange) {
        if let Some(journal) = self.journal {
            journal.append(&self.source, call, exchange);
        }
        self.progress.answered();
    }

    fn given_up(&mut self, call: &Call, exchange: &Exchange) {
        if let Some(journal) = self.journal {
            journal.give_up(&self.source, call, exchange);
        }
    }

    fn doubted(&mut self, call: &Call) {
        if let Some(journal) = self.journal {
            journal.doubt(&self.source, call);
        }
    }
}

/// Shows how far the asking is, beside gathering what comes.
pub(super) struct Counted<'a, G> {
    /// Who gathers it.
    pub gather: G,
    /// The bar.
    pub progress: &'a Progress,
    /// Repositories that are unknown.
    pub unknown: usize,
    /// Who asks: what slows them down is shown.
    pub clients: Vec<&'a Client>,
}

impl<G: Gather> Gather for Counted<'_, G> {
    fn take(&mut self, index: usize, observation: Observation) {
        self.unknown += usize::from(matches!(observation.answer, Answer::Failed(_)));
        self.gather.take(index, observation);
        self.progress.advance(self.unknown, || Pressure::of(&self.clients));
    }

    fn looked(&mut self, source: &Arc<str>, namespace: &NamespaceName, look: Look) {
        self.gather.looked(source, namespace, look);
    }

    fn forget(&mut self, index: usize) {
        self.gather.forget(index);
        self.progress.retreat();
    }

    fn forget_look(&mut self, source: &Arc<str>, namespace: &NamespaceName) {
        self.gather.forget_look(source, namespace);
    }

    fn doubt_list(&mut self, source: &Arc<str>, namespace: &NamespaceName, failure: Failure) {
        self.gather.doubt_list(source, namespace, failure);
    }
}
