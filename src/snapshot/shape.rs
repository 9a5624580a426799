//! Live rules as a policy would say them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::draft::{Note, Shape};
use crate::model::{
    Cause, ExpectedFlag, Extent, Flags, NamespaceName, Others, PolicyTarget, RepositoryName, Rule, Source,
    SurveyedNamespace, Target, check_region_id,
};

/// A region, and a namespace in it that is not the repository's own.
type Whereto = (Arc<str>, Option<Arc<str>>);

/// Each target once, in order.
pub(super) fn shape(source: &Source, namespace: &NamespaceName, rules: &[Rule]) -> Shape {
    let writable = |rule: &&Rule| can_be_expected(source, namespace, &rule.target);
    let mut ordered: Vec<&Rule> = rules.iter().filter(writable).collect();
    // The rule that an audit compares where there are several: the lowest id, none last, the milder flags first.
    ordered.sort_by_key(|rule| (rule.id.is_none(), rule.id, rule.flags.overrides, rule.flags.sync_auto));
    let mut targets: BTreeMap<Whereto, Flags<ExpectedFlag>> = BTreeMap::new();
    for rule in ordered {
        let is_own = *rule.target.namespace == *namespace.as_str();
        let target = (!is_own).then(|| Arc::clone(&rule.target.namespace));
        let key = (Arc::clone(&rule.target.region), target);
        targets.entry(key).or_insert(Flags {
            overrides: expected(rule.flags.overrides),
            sync_auto: expected(rule.flags.sync_auto),
        });
    }
    let target = |((region, namespace), flags)| PolicyTarget {
        region,
        namespace,
        flags,
    };
    targets.into_iter().map(target).collect()
}

/// What the service did not tell may be anything.
fn expected(flag: Option<bool>) -> ExpectedFlag {
    flag.map_or(ExpectedFlag::Any, ExpectedFlag::Is)
}

/// Whether a policy can say it: with names that could exist, and not toward the repository itself.
fn can_be_expected(source: &Source, namespace: &NamespaceName, target: &Target) -> bool {
    let is_itself = target.region == source.region && *target.namespace == *namespace.as_str();
    !is_itself && check_region_id(&target.region).is_ok() && NamespaceName::parse(&target.namespace).is_ok()
}

/// Whether a set of rules can be expected of a namespace: it was seen in another, where its words lead elsewhere.
pub(super) fn fits(shape: &[PolicyTarget], source: &Source, namespace: &NamespaceName) -> bool {
    let mut seen = BTreeSet::new();
    shape.iter().all(|target| {
        let name = target.namespace.as_deref().unwrap_or(namespace.as_str());
        let is_itself = target.region == source.region && name == namespace.as_str();
        !is_itself && seen.insert((&target.region, name))
    })
}

/// What cannot be written of a namespace as it is. What rules beyond its targets mean, its policy says: `others`.
pub(super) fn notes(source: &Source, namespace: &SurveyedNamespace, others: impl Fn(usize) -> Others) -> Vec<Note> {
    let mut notes = Vec::new();
    let is_part = matches!(namespace.extent, Extent::Part(_));
    notes.extend(is_part.then_some(Note::Part));
    match (namespace.gap, namespace.repositories.is_empty()) {
        (Some(why), true) => notes.push(Note::NotListed(why)),
        (Some(why), false) => notes.push(Note::NotAllListed(why)),
        (None, true) if !is_part => notes.push(Note::Empty),
        (None, _) => {}
    }
    let mut unread: BTreeMap<Cause, Vec<RepositoryName>> = BTreeMap::new();
    let (mut twice, mut cut, mut odd, mut with_a_word) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (index, repository) in namespace.repositories.iter().enumerate() {
        let name = || repository.name.clone();
        let rules = match &repository.rules {
            Ok(list) => &list.rules,
            Err(why) => {
                unread.entry(*why).or_default().push(name());
                continue;
            }
        };
        let targets: BTreeSet<_> = rules.iter().map(|rule| &rule.target).collect();
        twice.extend((targets.len() < rules.len()).then(name));
        cut.extend(repository.may_be_cut().then(name));
        let is_odd = |target: &&Target| !can_be_expected(source, &namespace.name, target);
        let has_odd = targets.into_iter().any(|target| is_odd(&target));
        match others(index) {
            _ if !has_odd => {}
            Others::Deny => odd.push(name()),
            Others::Warn => with_a_word.push(name()),
            Others::Allow => {}
        }
    }
    notes.extend(unread.into_iter().map(|(why, names)| Note::Unread(why, names)));
    notes.extend((!twice.is_empty()).then_some(Note::Duplicates(twice)));
    notes.extend((!cut.is_empty()).then_some(Note::MayBeCut(cut)));
    notes.extend((!odd.is_empty()).then_some(Note::Odd(odd)));
    notes.extend((!with_a_word.is_empty()).then_some(Note::OddWithAWord(with_a_word)));
    notes
}
