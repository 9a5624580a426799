//! Which of the recorded answers another run uses: what it does not use is forgotten here, and asked again there.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Record, Replay};
use crate::model::{Caller, NamespaceName, RepoId};
use crate::swr::{Call, Exchange};

impl Replay {
    /// Forgets every answer that came at another time, and a list as a whole if one page of it did. How many answers went.
    pub fn forget_outside(&mut self, times: &RangeInclusive<Timestamp>) -> usize {
        let is_outside = |record: &Record| record.exchange().is_some_and(|it| !times.contains(&it.observed_at));
        let mut forgotten = 0;
        for records in self.records.values_mut() {
            let outside = records.iter().filter(|(_, record)| is_outside(record));
            let lists: BTreeSet<List> = outside.filter_map(|(call, _)| List::of(call)).collect();
            let before = records.len();
            records
                .retain(|call, record| !is_outside(record) && List::of(call).is_none_or(|list| !lists.contains(&list)));
            forgotten += before - records.len();
        }
        forgotten
    }

    /// Forgets all that was recorded of a source. How many answers went.
    pub fn forget_source(&mut self, source: &str) -> usize {
        self.callers.remove(source);
        self.records.remove(source).map_or(0, |records| records.len())
    }

    /// Forgets what came of a repository.
    pub fn forget_repository(&mut self, id: &RepoId) {
        if let Some(records) = self.records.get_mut(&*id.source) {
            records.remove(&Call::rules(id));
        }
    }

    /// Forgets the list of a namespace, with the look at it; `None`: that of the source's namespaces.
    pub fn forget_list(&mut self, source: &str, namespace: Option<&NamespaceName>) {
        let Some(records) = self.records.get_mut(source) else {
            return;
        };
        let forgotten = namespace.map_or(List::Namespaces, |namespace| List::Repositories(namespace.clone()));
        records.retain(|call, _| List::of(call).as_ref() != Some(&forgotten));
        if let Some(namespace) = namespace {
            records.remove(&Call::namespace(namespace));
        }
    }

    /// Forgets the looks that failed.
    pub fn forget_failed_looks(&mut self) {
        let has_failed = |record: &Record| record.exchange().is_none_or(|it| it.class().is_some());
        for records in self.records.values_mut() {
            records.retain(|call, record| !matches!(call, Call::Namespace { .. }) || !has_failed(record));
        }
    }

    /// The time of the oldest answer that stands; `None`: none does.
    pub fn oldest_standing(&self) -> Option<Timestamp> {
        let standing = self.records.values().flat_map(|records| records.values());
        standing.filter_map(Record::standing).map(|it| it.observed_at).min()
    }

    /// The sources of which anything is recorded.
    pub fn recorded_sources(&self) -> BTreeSet<&str> {
        let recorded = self.records.iter().filter(|(_, records)| !records.is_empty());
        recorded.map(|(source, _)| &**source).collect()
    }

    /// Who asked a source, as far as the journal shows: answers name the account, too.
    pub fn caller(&self, source: &str) -> Caller {
        let caller = self.callers.get(source).map(|(caller, _)| caller.clone());
        let mut caller = caller.unwrap_or_default();
        if caller.account.is_none() {
            let mut answers = self
                .records
                .get(source)
                .into_iter()
                .flat_map(|records| records.values());
            let account = answers.find_map(|record| record.exchange().and_then(Exchange::account));
            caller.account = account.map(Arc::from);
        }
        caller
    }

    /// Every source with who asked it last: for the next journal.
    pub fn callers(&self) -> impl Iterator<Item = (&str, &Caller)> {
        self.callers.iter().map(|(source, (caller, _))| (&**source, caller))
    }

    /// The lines of what is left: of every answer, of what was given up, and of who asked.
    pub fn lines(&self) -> BTreeSet<usize> {
        let records = self.records.values().flat_map(|records| records.values());
        let callers = self.callers.values().map(|(_, line)| *line);
        records.map(|record| record.line).chain(callers).collect()
    }
}

/// The list that an answer is a part of.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Namespaces,
    Repositories(NamespaceName),
}

impl List {
    fn of(call: &Call) -> Option<Self> {
        match call {
            Call::Repositories { namespace, .. } => Some(Self::Repositories(namespace.clone())),
            Call::Namespaces | Call::Overview => Some(Self::Namespaces),
            Call::Rules { .. } | Call::Namespace { .. } => None,
        }
    }
}
