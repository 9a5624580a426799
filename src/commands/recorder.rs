//! Who is told what the service says, as it comes: the journal first, then the judge, then the progress bar.

use std::sync::Arc;

use super::progress::{Pressure, Progress};
use crate::fetch::Witness;
use crate::journal::Journal;
use crate::judge::Judging;
use crate::model::{Answer, Failure, Look, NamespaceName, Observation, Plan};
use crate::swr::{Call, Client, Exchange, Reply};

/// The witness of a run.
pub(super) struct Recorder<'a> {
    plan: &'a Plan,
    journal: Option<Journal>,
    judging: Judging<'a>,
    progress: &'a Progress,
    /// The name of the source that is being asked.
    source: Arc<str>,
    /// Who asks, for what the progress tells of it.
    client: Option<&'a Client>,
    unknown: usize,
    /// Whether anything came of any call.
    has_heard: bool,
    /// Why there was no credential from the beginning: what is given up for it says so, wherever it stands.
    unissued: Option<Failure>,
}

impl<'a> Recorder<'a> {
    /// Begins, with nothing told. The plan is of one source.
    pub(super) fn new(plan: &'a Plan, journal: Option<Journal>, progress: &'a Progress) -> Self {
        let source = plan
            .repositories
            .first()
            .map_or_else(|| "".into(), |first| Arc::clone(&first.id.source));
        progress.begin(plan.repositories.len());
        Self {
            plan,
            journal,
            judging: Judging::new(plan),
            progress,
            source,
            client: None,
            unknown: 0,
            has_heard: false,
            unissued: None,
        }
    }

    /// Tells of that client's pace from now on.
    pub(super) const fn watch(&mut self, client: &'a Client) {
        self.client = Some(client);
    }

    /// What was gathered.
    pub(super) fn end(self) -> (Judging<'a>, Option<Journal>) {
        self.progress.end();
        (self.judging, self.journal)
    }
}

impl Witness for Recorder<'_> {
    fn exchanged(&mut self, call: &Call, exchange: &Exchange) {
        if let Some(journal) = &mut self.journal {
            journal.append(&self.source, call, exchange);
        }
        if let (Reply::Broken(failure), 0, false) = (&exchange.reply, exchange.attempts, self.has_heard) {
            self.unissued = failure.issuer.and(Some(failure.clone()));
        }
        self.has_heard = true;
    }

    fn observed(&mut self, index: usize, mut observation: Observation) {
        if let Some(journal) = &mut self.journal
            && let Answer::Failed(failure) = &observation.answer
            && observation.was_given_up()
        {
            journal.give_up(
                &self.plan.repositories[index].id,
                failure.class,
                observation.evidence.attempts,
            );
        }
        if let (Answer::Failed(failure), Some(why)) = (&mut observation.answer, &self.unissued)
            && failure.class == why.class
        {
            failure.clone_from(why);
        }
        self.unknown += usize::from(matches!(observation.answer, Answer::Failed(_)));
        self.judging.take(index, observation);
        let client = self.client;
        self.progress.advance(self.unknown, || {
            client.map_or_else(Pressure::default, |client| Pressure {
                limit: client.tempo().per_second,
                throttled: client.throttled(),
            })
        });
    }

    fn looked(&mut self, namespace: &NamespaceName, look: Look) {
        self.judging.looked(&self.source, namespace, look);
    }
}
