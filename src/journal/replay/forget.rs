//! Which of the recorded answers another run uses: what it does not use is forgotten here, and asked again there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Part, Record, Recorded, Replay};
use crate::model::{Caller, NamespaceName, RepoId};
use crate::swr::Call;

impl Replay {
    /// Forgets every answer that came at another time, and a list as a whole if one page of it did. How many answers went.
    pub fn forget_outside(&mut self, times: &RangeInclusive<Timestamp>) -> usize {
        let is_outside = |record: &Record| record.time().is_some_and(|time| !times.contains(&time));
        let mut forgotten = 0;
        for records in self.all_records_mut() {
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
        let forget = |part: &mut Part| {
            part.callers.remove(source);
            part.records.remove(source).map_or(0, |records| records.len())
        };
        self.parts.iter_mut().map(forget).sum()
    }

    /// Forgets what came of a repository.
    pub fn forget_repository(&mut self, id: &RepoId) {
        let call = Call::rules(id);
        for records in self.records_of(&id.source) {
            records.remove(&call);
        }
    }

    /// Forgets the list of a namespace, with the look at it; `None`: that of the source's namespaces.
    pub fn forget_list(&mut self, source: &str, namespace: Option<&NamespaceName>) {
        let forgotten = namespace.map_or(List::Namespaces, |namespace| List::Repositories(namespace.clone()));
        for records in self.records_of(source) {
            records.retain(|call, _| List::of(call).as_ref() != Some(&forgotten));
            if let Some(namespace) = namespace {
                records.remove(&Call::namespace(namespace));
            }
        }
    }

    /// Forgets the looks that failed.
    pub fn forget_failed_looks(&mut self) {
        let has_failed = |record: &Record| !matches!(record.outcome, Recorded::Answer(_, None));
        for records in self.all_records_mut() {
            records.retain(|call, record| !matches!(call, Call::Namespace { .. }) || !has_failed(record));
        }
    }

    /// The time of the oldest answer that stands; `None`: none does.
    pub fn oldest_standing(&self) -> Option<Timestamp> {
        let standing = self.all_records().filter(|record| record.stands());
        standing.filter_map(Record::time).min()
    }

    /// The sources of which anything is recorded.
    pub fn recorded_sources(&self) -> BTreeSet<&str> {
        let recorded = self.parts.iter().flat_map(|part| &part.records);
        let recorded = recorded.filter(|(_, records)| !records.is_empty());
        recorded.map(|(source, _)| &**source).collect()
    }

    /// Who asked a source, as far as the journal shows: answers name the account, too.
    pub fn caller(&self, source: &str) -> Caller {
        let mut callers = self.parts.iter().filter_map(|part| part.callers.get(source));
        let mut caller = callers
            .next_back()
            .map_or_else(Caller::default, |(caller, _)| caller.clone());
        if caller.account.is_none() {
            let account = self.parts.iter().find_map(|part| part.account(source));
            caller.account = account.map(Arc::from);
        }
        caller
    }

    pub(super) fn all_records(&self) -> impl Iterator<Item = &Record> {
        let by_source = self.parts.iter().flat_map(|part| part.records.values());
        by_source.flat_map(BTreeMap::values)
    }

    fn all_records_mut(&mut self) -> impl Iterator<Item = &mut BTreeMap<Call, Record>> {
        self.parts.iter_mut().flat_map(|part| part.records.values_mut())
    }

    fn records_of(&mut self, source: &str) -> impl Iterator<Item = &mut BTreeMap<Call, Record>> {
        self.parts
            .iter_mut()
            .filter_map(move |part| part.records.get_mut(source))
    }
}

impl Part {
    /// The account that the first answer names which names one.
    fn account(&self, source: &str) -> Option<String> {
        let mut records = self.records.get(source)?.values();
        records.find_map(|record| self.answer(record)?.account())
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
