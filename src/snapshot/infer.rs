//! From what was seen to what is written: which policy each namespace gets, and which repositories are exceptions.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::before::EarlierInventories;
use super::draft::{
    DraftContents, DraftDocument, DraftInventory, DraftNamespace, InlinePolicy, PolicyUse, SharedPolicy,
};
use super::entries;
use super::policies::{RuleSetId, RuleSets};
use super::reported;
use super::targets;
use crate::model::{Source, Survey, SurveyedNamespace, SurveyedSource};

pub(super) fn infer(survey: &Survey, earlier: EarlierInventories<'_>) -> DraftInventory {
    let rule_sets = RuleSets::of(survey, earlier);
    let mut next = 0;
    let mut documents = Vec::with_capacity(survey.sources.len());
    let namespaces = survey.sources.iter().map(|source| source.namespaces.len());
    let most_patterns = entries::most_patterns(namespaces.sum());
    for source in &survey.sources {
        let count = source.namespaces.iter().map(|namespace| namespace.repositories.len());
        let end = next + count.sum::<usize>();
        documents.push(document(
            source,
            &rule_sets.repositories[next..end],
            &rule_sets,
            most_patterns,
        ));
        next = end;
    }
    let used: BTreeSet<&Arc<str>> = documents.iter().flat_map(DraftDocument::policy_names).collect();
    let policies = rule_sets.policies.iter().filter(|(name, _)| used.contains(name));
    DraftInventory {
        policies: policies
            .map(|(name, policy)| (Arc::clone(name), policy.clone()))
            .collect(),
        documents,
        unreported_flags: rule_sets.unreported_flags,
        tangles: reported::tangles(&survey.tangles, survey.sources.len() == 1),
    }
}

/// One source; `rules` are those of its repositories, one after the other.
fn document(
    source: &SurveyedSource,
    rules: &[Option<RuleSetId>],
    rule_sets: &RuleSets,
    most_patterns: usize,
) -> DraftDocument {
    let mut document = DraftDocument {
        lists_manual_rules: source.source.lists_manual_rules || shows_manual_rules(source),
        source: Arc::clone(&source.source),
        default: None,
        namespaces: Vec::new(),
        gap: source.gap,
        is_part: source.is_part,
        hidden: source.hidden,
        left_out: Vec::new(),
    };
    let mut next = 0;
    let mut unread = Vec::new();
    let mut counts: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for namespace in &source.namespaces {
        let end = next + namespace.repositories.len();
        let rules = &rules[next..end];
        next = end;
        let main = most_common(rules, rule_sets);
        let drafted = draft(&source.source, namespace, rules, main, rule_sets, most_patterns);
        if matches!(&drafted.contents, DraftContents::Part(entries) if entries.is_empty()) {
            document
                .left_out
                .extend(namespace.gap.map(|why| (namespace.name.clone(), why)));
            continue;
        }
        match (main, &drafted.policy) {
            (Some(_), PolicyUse::Named(name)) => *counts.entry(Arc::clone(name)).or_default() += 1,
            (Some(_), PolicyUse::Inline(_)) => {}
            (None, _) => unread.push(document.namespaces.len()),
        }
        document.namespaces.push(drafted);
    }
    let default = counts
        .into_iter()
        .max_by_key(|(name, count)| (*count, Reverse(Arc::clone(name))));
    document.default = default.map(|(name, _)| name);
    let default = document.default.as_ref();
    if let Some((name, policy)) = default.and_then(|name| rule_sets.policies.get_key_value(name)) {
        for index in unread {
            as_most_are(&mut document.namespaces[index], name, policy, &source.source);
        }
    }
    document
}

fn shows_manual_rules(source: &SurveyedSource) -> bool {
    let repositories = source.namespaces.iter().flat_map(|namespace| &namespace.repositories);
    repositories
        .flat_map(|repository| repository.rules.iter().flat_map(|list| &list.rules))
        .any(|rule| rule.flags.sync_auto == Some(false))
}

/// Where nothing in a namespace was read, the policy of the others is the best guess.
fn as_most_are(namespace: &mut DraftNamespace, name: &Arc<str>, policy: &SharedPolicy, source: &Source) {
    if targets::fits(&policy.targets, source, &namespace.name) {
        namespace.policy = PolicyUse::Named(Arc::clone(name));
    }
}

/// The rules that most of the repositories have; of equally many, those that are more common elsewhere.
fn most_common(rules: &[Option<RuleSetId>], rule_sets: &RuleSets) -> Option<RuleSetId> {
    let mut counts: BTreeMap<RuleSetId, usize> = BTreeMap::new();
    for id in rules.iter().flatten() {
        *counts.entry(*id).or_default() += 1;
    }
    let best = counts
        .into_iter()
        .max_by_key(|(id, count)| (*count, rule_sets.count_of(*id), Reverse(*id)));
    best.map(|(id, _)| id)
}

fn draft(
    source: &Source,
    namespace: &SurveyedNamespace,
    rules: &[Option<RuleSetId>],
    main: Option<RuleSetId>,
    rule_sets: &RuleSets,
    most_patterns: usize,
) -> DraftNamespace {
    let names = namespace.repositories.iter().map(|repository| &repository.name);
    let repositories: Vec<entries::RepositoryRules<'_>> = names.zip(rules.iter().copied()).collect();
    DraftNamespace {
        name: namespace.name.clone(),
        policy: main.map_or(PolicyUse::Inline(InlinePolicy::default()), |main| {
            rule_sets.policy_of(main).clone()
        }),
        contents: entries::contents(&repositories, main, &namespace.extent, rule_sets, most_patterns),
        notes: targets::notes(source, namespace, |index| rule_sets.other_rules_of(rules[index])),
    }
}
