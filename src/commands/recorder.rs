//! Who is told what the service says, as it comes: the journal first, then the judge, then the progress bar.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::progress::{Pressure, Progress};
use crate::fetch::Witness;
use crate::journal::Journal;
use crate::judge::Judging;
use crate::model::{Answer, Caller, Failure, Look, NamespaceName, Observation, Plan};
use crate::swr::{Call, Client, Exchange};

/// Who takes what comes of each repository: the judge, or who only keeps it.
pub(super) trait Gather {
    /// What came of that repository of the plan, once for each.
    fn take(&mut self, index: usize, observation: Observation);
    /// What a look at a namespace brought.
    fn looked(&mut self, source: &Arc<str>, namespace: &NamespaceName, look: Look);
    /// What came of that repository is not believed any more.
    fn forget(&mut self, index: usize);
    /// What a look at that namespace brought is not believed any more.
    fn forget_look(&mut self, source: &Arc<str>, namespace: &NamespaceName);
    /// What was listed of that namespace may not be all there is.
    fn doubt_list(&mut self, source: &Arc<str>, namespace: &NamespaceName, failure: Failure);
}

impl Gather for Judging<'_> {
    fn take(&mut self, index: usize, observation: Observation) {
        Judging::take(self, index, observation);
    }

    fn looked(&mut self, source: &Arc<str>, namespace: &NamespaceName, look: Look) {
        Judging::looked(self, source, namespace, look);
    }

    fn forget(&mut self, index: usize) {
        Judging::forget(self, index);
    }

    fn forget_look(&mut self, source: &Arc<str>, namespace: &NamespaceName) {
        Judging::forget_look(self, source, namespace);
    }

    fn doubt_list(&mut self, source: &Arc<str>, namespace: &NamespaceName, failure: Failure) {
        Judging::doubt_list(self, source, namespace, failure);
    }
}

/// What is gathered of all sources.
pub(super) struct Recorder<'a, G> {
    plan: &'a Plan,
    gather: RefCell<G>,
    progress: &'a Progress,
    unknown: Cell<usize>,
}

impl<'a, G: Gather> Recorder<'a, G> {
    /// Begins, with nothing told.
    pub(super) fn new(plan: &'a Plan, gather: G, progress: &'a Progress) -> Self {
        progress.begin(plan.repositories.len());
        Self {
            plan,
            gather: RefCell::new(gather),
            progress,
            unknown: Cell::new(0),
        }
    }

    /// What was gathered.
    pub(super) fn end(self) -> G {
        self.progress.end();
        self.gather.into_inner()
    }
}

/// What was heard of one source, from the first request to the last.
pub(super) struct Hearing<'a> {
    source: Arc<str>,
    journal: Option<&'a Journal>,
    progress: &'a Progress,
}

impl<'a> Hearing<'a> {
    /// Nothing was heard yet.
    pub(super) const fn new(source: Arc<str>, journal: Option<&'a Journal>, progress: &'a Progress) -> Self {
        Self {
            source,
            journal,
            progress,
        }
    }

    /// Who asks from now on.
    pub(super) fn asked_by(&self, caller: &Caller) {
        if let (Some(journal), Some(_)) = (self.journal, &caller.credential) {
            journal.caller(&self.source, caller);
        }
    }

    fn exchanged(&self, call: &Call, exchange: &Exchange) {
        if let Some(journal) = self.journal {
            journal.append(&self.source, call, exchange);
        }
    }

    fn doubt(&self, call: &Call) {
        if let Some(journal) = self.journal {
            journal.doubt(&self.source, call);
        }
    }
}

/// While names are listed, only the journal listens: what they mean is known once all are there.
impl Witness for Hearing<'_> {
    fn exchanged(&mut self, call: &Call, exchange: &Exchange) {
        Hearing::exchanged(self, call, exchange);
        self.progress.listed();
    }

    fn observed(&mut self, _: usize, _: Observation) {}

    fn looked(&mut self, _: &NamespaceName, _: Look) {}

    fn doubted(&mut self, call: &Call, _: Option<usize>) {
        self.doubt(call);
    }

    fn list_doubted(&mut self, _: &NamespaceName, _: Failure) {}
}

/// The witness of what one source answers: its part of the plan begins at `first`.
pub(super) struct SourceRecorder<'r, 'a, G> {
    pub recorder: &'r Recorder<'a, G>,
    pub hearing: &'r mut Hearing<'a>,
    pub first: usize,
    /// Who asks, for what the progress tells of it.
    pub client: Option<&'r Client>,
}

impl<G: Gather> Witness for SourceRecorder<'_, '_, G> {
    fn exchanged(&mut self, call: &Call, exchange: &Exchange) {
        self.hearing.exchanged(call, exchange);
    }

    fn observed(&mut self, index: usize, observation: Observation) {
        let recorder = self.recorder;
        let index = self.first + index;
        if let (Some(journal), Answer::Failed(failure)) = (self.hearing.journal, &observation.answer)
            && observation.was_given_up()
        {
            let id = &recorder.plan.repositories[index].id;
            journal.give_up(id, failure, observation.evidence.attempts);
        }
        if let Answer::Failed(_) = observation.answer {
            recorder.unknown.set(recorder.unknown.get() + 1);
        }
        recorder.gather.borrow_mut().take(index, observation);
        let client = self.client;
        recorder.progress.advance(recorder.unknown.get(), || {
            client.map_or_else(Pressure::default, |client| Pressure {
                limit: client.tempo().per_second,
                throttled: client.throttled(),
            })
        });
    }

    fn looked(&mut self, namespace: &NamespaceName, look: Look) {
        let mut gather = self.recorder.gather.borrow_mut();
        gather.looked(&self.hearing.source, namespace, look);
    }

    fn doubted(&mut self, call: &Call, index: Option<usize>) {
        self.hearing.doubt(call);
        let mut gather = self.recorder.gather.borrow_mut();
        if let Some(index) = index {
            gather.forget(self.first + index);
            self.recorder.progress.retreat();
        }
        if let Call::Namespace { namespace } = call {
            gather.forget_look(&self.hearing.source, namespace);
        }
    }

    fn list_doubted(&mut self, namespace: &NamespaceName, failure: Failure) {
        let mut gather = self.recorder.gather.borrow_mut();
        gather.doubt_list(&self.hearing.source, namespace, failure);
    }
}
