//! Who is told what the service says, as it comes: the journal first, then the judge, then the progress bar.

use std::sync::Arc;

use super::progress::Progress;
use crate::fetch::Witness;
use crate::journal::Journal;
use crate::judge::Judging;
use crate::model::{Answer, Look, NamespaceName, Observation, Plan};
use crate::swr::{Call, Exchange};

/// The witness of a run.
pub(super) struct Recorder<'a> {
    plan: &'a Plan,
    journal: Option<Journal>,
    judging: Judging<'a>,
    progress: &'a Progress,
    /// The name of the source that is being asked.
    source: Arc<str>,
    unknown: usize,
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
            unknown: 0,
        }
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
    }

    fn observed(&mut self, index: usize, observation: Observation) {
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
        self.unknown += usize::from(matches!(observation.answer, Answer::Failed(_)));
        self.judging.take(index, observation);
        self.progress.advance(self.unknown);
    }

    fn looked(&mut self, namespace: &NamespaceName, look: Look) {
        self.judging.looked(&self.source, namespace, look);
    }
}
