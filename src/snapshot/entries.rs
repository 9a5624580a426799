//! Which entries of `repos` a namespace gets.

use super::draft::{DraftContents, DraftEntry};
use super::groups::{self, Member};
use super::policies::{RuleSetId, RuleSets};
use crate::model::{Extent, Pattern, RepositoryName};

/// An inventory may have twice as many in one namespace, but nobody reads them.
const PATTERNS: usize = 500;
/// An inventory may have ten thousand different ones in all.
const PATTERNS_OF_ALL: usize = 9_000;
/// The longest pattern that an inventory may have.
const PATTERN_LENGTH: usize = 256;

/// A repository with its rules, where they were read.
pub(super) type RepositoryRules<'s> = (&'s RepositoryName, Option<RuleSetId>);

/// How many patterns a namespace may have where there are so many namespaces.
pub(super) fn most_patterns(namespaces: usize) -> usize {
    (PATTERNS_OF_ALL / namespaces.max(1)).clamp(1, PATTERNS)
}

/// Everything in a namespace, or what was selected in it, with `main` as the policy of the namespace.
pub(super) fn contents(
    repositories: &[RepositoryRules<'_>],
    main: Option<RuleSetId>,
    extent: &Extent,
    rule_sets: &RuleSets,
    most_patterns: usize,
) -> DraftContents {
    match extent {
        Extent::Whole => DraftContents::Whole(exceptions(repositories, main, rule_sets, most_patterns)),
        Extent::Part(patterns) => DraftContents::Part(part(repositories, main, patterns, rule_sets)),
    }
}

/// The rules of an exception. What was not read gets the policy of the namespace.
fn exception(rules: Option<RuleSetId>, main: Option<RuleSetId>) -> Option<RuleSetId> {
    rules.filter(|rules| Some(*rules) != main)
}

/// Exceptions from the policy of most repositories: by pattern where that is shorter, else by name. What was not read gets
/// the policy of the repositories around it.
fn exceptions(
    repositories: &[RepositoryRules<'_>],
    main: Option<RuleSetId>,
    rule_sets: &RuleSets,
    most_patterns: usize,
) -> Vec<DraftEntry> {
    let Some(main) = main else { return Vec::new() };
    let read = repositories
        .iter()
        .filter_map(|(name, rules)| Some((name.as_str(), (*rules)?)));
    let members: Vec<Member<'_>> = read.map(|(name, rules)| Member { name, rules }).collect();
    if members.iter().all(|member| member.rules == main) {
        return Vec::new();
    }
    let chosen = groups::choose(&members, main, most_patterns);
    let names = chosen.names.iter().map(|member| (member.name.to_owned(), member.rules));
    let entry = |(text, rules)| DraftEntry {
        text,
        policy: exception(Some(rules), Some(main)).map(|rules| rule_sets.policy_of(rules).clone()),
    };
    names.chain(chosen.patterns).map(entry).collect()
}

/// Exceptions by name; the rest by the patterns that selected it, or by name where none did.
fn part(
    repositories: &[RepositoryRules<'_>],
    main: Option<RuleSetId>,
    patterns: &[Pattern],
    rule_sets: &RuleSets,
) -> Vec<DraftEntry> {
    let mut names = Vec::new();
    let mut is_used = vec![false; patterns.len()];
    for (name, rules) in repositories {
        let exception = exception(*rules, main);
        let by_pattern = patterns
            .iter()
            .position(|pattern| pattern.as_str().len() <= PATTERN_LENGTH && pattern.matches(name.as_str()));
        match (exception, by_pattern) {
            (None, Some(index)) => is_used[index] = true,
            (exception, _) => names.push(DraftEntry {
                text: name.to_string(),
                policy: exception.map(|rules| rule_sets.policy_of(rules).clone()),
            }),
        }
    }
    let used = patterns.iter().zip(is_used).filter(|(_, is_used)| *is_used);
    let patterns = used.map(|(pattern, _)| DraftEntry {
        text: pattern.as_str().to_owned(),
        policy: None,
    });
    names.into_iter().chain(patterns).collect()
}
