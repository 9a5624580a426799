//! Which of the recorded answers another run goes on with: what it does not use is forgotten here, and asked again there.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Recorded, Replay, Told, key, look_key};
use crate::model::{Caller, NamespaceName, RepoId, UnknownClass};
use crate::swr::{Call, Exchange};

impl Replay {
    /// Forgets every answer that came at another time, and a list as a whole if one page of it did. How many answers went.
    pub fn forget_outside(&mut self, times: &RangeInclusive<Timestamp>) -> usize {
        let is_outside = |recorded: &Recorded| exchange(recorded).is_some_and(|it| !times.contains(&it.observed_at));
        let lists = self.listed.iter().filter(|(_, recorded)| is_outside(recorded));
        let lists: BTreeSet<List> = lists.map(|((source, call), _)| list(source, call)).collect();
        let before = self.answers();
        self.rules.retain(|_, recorded| !is_outside(recorded));
        self.looks.retain(|_, recorded| !is_outside(recorded));
        self.listed
            .retain(|(source, call), _| !lists.contains(&list(source, call)));
        before - self.answers()
    }

    /// Forgets all that was recorded of a source. How many answers went.
    pub fn forget_source(&mut self, source: &str) -> usize {
        let before = self.answers();
        self.rules.retain(|(of, ..), _| of != source);
        self.looks.retain(|(of, ..), _| of != source);
        self.listed.retain(|(of, _), _| of != source);
        self.callers.remove(source);
        before - self.answers()
    }

    /// Forgets what came of a repository.
    pub fn forget_repository(&mut self, id: &RepoId) {
        self.rules.remove(&key(id));
    }

    /// Forgets the list of a namespace, with the look at it; `None`: that of the source's namespaces.
    pub fn forget_list(&mut self, source: &Arc<str>, namespace: Option<&NamespaceName>) {
        let forgotten: List = (source.to_string(), namespace.cloned());
        self.listed.retain(|(source, call), _| list(source, call) != forgotten);
        if let Some(namespace) = namespace {
            self.looks.remove(&look_key(source, namespace));
        }
    }

    /// Forgets the looks that failed.
    pub fn forget_failed_looks(&mut self) {
        let has_failed = |recorded: &Recorded| exchange(recorded).is_none_or(|it| it.class().is_some());
        self.looks.retain(|_, recorded| !has_failed(recorded));
    }

    /// The time of the oldest answer that stands; `None`: none does.
    pub fn oldest_standing(&self) -> Option<Timestamp> {
        let is_sure = |it: &&Exchange| !it.class().is_some_and(UnknownClass::may_pass);
        let recorded = self
            .rules
            .values()
            .chain(self.looks.values())
            .chain(self.listed.values());
        let whole = recorded.filter_map(|recorded| match &recorded.told {
            Told::Exchange(exchange) => Some(exchange),
            Told::Cut(_) | Told::GivenUp(..) => None,
        });
        whole.filter(is_sure).map(|exchange| exchange.observed_at).min()
    }

    /// The sources of which anything is recorded.
    pub fn recorded_sources(&self) -> BTreeSet<&str> {
        let by_key = self.rules.keys().chain(self.looks.keys()).map(|(source, ..)| &**source);
        by_key.chain(self.listed.keys().map(|(source, _)| &**source)).collect()
    }

    /// Who asked a source, as far as the journal shows: the account is also named by answers.
    pub fn caller(&self, source: &str) -> Caller {
        let mut caller = self
            .callers
            .get(source)
            .map(|(caller, _)| caller.clone())
            .unwrap_or_default();
        if caller.account.is_none() {
            let rules = self.rules.iter().filter(|((of, ..), _)| of == source);
            let listed = self.listed.iter().filter(|((of, _), _)| of == source);
            let mut all = rules.map(|(_, it)| it).chain(listed.map(|(_, it)| it));
            let account = all.find_map(|recorded| exchange(recorded)?.account());
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
        let recorded = self
            .rules
            .values()
            .chain(self.looks.values())
            .chain(self.listed.values());
        let callers = self.callers.values().map(|(_, line)| *line);
        recorded.map(|recorded| recorded.line).chain(callers).collect()
    }

    fn answers(&self) -> usize {
        self.rules.len() + self.looks.len() + self.listed.len()
    }
}

/// A list by its source and namespace; without one it is that of the source's namespaces.
type List = (String, Option<NamespaceName>);

fn list(source: &str, call: &Call) -> List {
    let namespace = match call {
        Call::Repositories { namespace, .. } | Call::Namespace { namespace } | Call::Rules { namespace, .. } => {
            Some(namespace.clone())
        }
        Call::Namespaces | Call::Overview => None,
    };
    (source.to_owned(), namespace)
}

fn exchange(recorded: &Recorded) -> Option<&Exchange> {
    match &recorded.told {
        Told::Exchange(exchange) | Told::Cut(exchange) => Some(exchange),
        Told::GivenUp(..) => None,
    }
}
