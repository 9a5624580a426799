//! Live rules as the targets of a policy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::draft::{Note, Targets};
use crate::model::{
    Cause, ExpectedFlag, Extent, Flags, NamespaceName, Others, PolicyTarget, RepositoryName, Rule, Source,
    SurveyedNamespace, Target, check_region_id,
};

/// A region, and a namespace in it; `None`: the repository's own.
type TargetKey = (Arc<str>, Option<Arc<str>>);

/// Each target once, in order.
pub(super) fn targets(source: &Source, namespace: &NamespaceName, rules: &[Rule]) -> Targets {
    let writable = |rule: &&Rule| can_be_expected(source, namespace, &rule.target);
    let mut ordered: Vec<&Rule> = rules.iter().filter(writable).collect();
    // Of several rules for one target an audit compares the one with the lowest id, without an id last, false before true.
    ordered.sort_by_key(|rule| (rule.id.is_none(), rule.id, rule.flags.overrides, rule.flags.sync_auto));
    let mut targets: BTreeMap<TargetKey, Flags<ExpectedFlag>> = BTreeMap::new();
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

/// A flag that the service did not report may be anything.
fn expected(flag: Option<bool>) -> ExpectedFlag {
    flag.map_or(ExpectedFlag::Any, ExpectedFlag::Is)
}

/// Whether a policy can have that target: its names are legal, and it is not the repository itself.
fn can_be_expected(source: &Source, namespace: &NamespaceName, target: &Target) -> bool {
    let is_itself = target.region == source.region && *target.namespace == *namespace.as_str();
    !is_itself && check_region_id(&target.region).is_ok() && NamespaceName::parse(&target.namespace).is_ok()
}

/// Whether targets that were seen in one namespace can be expected of another, where a `namespace` left out is another one.
pub(super) fn fits(targets: &[PolicyTarget], source: &Source, namespace: &NamespaceName) -> bool {
    let mut seen = BTreeSet::new();
    targets.iter().all(|target| {
        let name = target.namespace.as_deref().unwrap_or(namespace.as_str());
        let is_itself = target.region == source.region && name == namespace.as_str();
        !is_itself && seen.insert((&target.region, name))
    })
}

/// What the entries of a namespace cannot say. `others` is what `otherRules` means for each repository.
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
    let (mut twice, mut cut, mut odd, mut odd_as_info) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
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
            Others::Warn => odd_as_info.push(name()),
            Others::Allow => {}
        }
    }
    notes.extend(unread.into_iter().map(|(why, names)| Note::Unread(why, names)));
    notes.extend((!twice.is_empty()).then_some(Note::Duplicates(twice)));
    notes.extend((!cut.is_empty()).then_some(Note::MayBeCut(cut)));
    notes.extend((!odd.is_empty()).then_some(Note::Odd(odd)));
    notes.extend((!odd_as_info.is_empty()).then_some(Note::OddAsInfo(odd_as_info)));
    notes
}
