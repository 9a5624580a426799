//! Which entries of `repos` say what a namespace holds.

use std::collections::{BTreeMap, HashMap};

use super::draft::{Contents, Entry};
use super::names;
use super::policies::{Seen, Sorted};
use crate::model::{Extent, Pattern, RepositoryName};

/// A pattern has to cover that many to be better than their names.
const WORTH_A_PATTERN: usize = 3;
/// An inventory takes a thousand in one namespace and ten thousand in all.
const PATTERNS: usize = 100;
/// And none that is longer.
const PATTERN_LENGTH: usize = 256;

/// A repository, and what its rules are where they were read.
pub(super) type Read<'s> = (&'s RepositoryName, Option<Seen>);

/// Everything, or what was wanted of it, with `main` as the policy of the namespace.
pub(super) fn contents(repositories: &[Read<'_>], main: Option<Seen>, extent: &Extent, sorted: &Sorted) -> Contents {
    match extent {
        Extent::Whole => Contents::Whole(exceptions(repositories, main, sorted)),
        Extent::Part(patterns) => Contents::Part(part(repositories, main, patterns, sorted)),
    }
}

/// What stands out, and as what; what was not read is under the policy of the namespace.
fn stands_out(seen: Option<Seen>, main: Option<Seen>) -> Option<Seen> {
    seen.filter(|seen| Some(*seen) != main)
}

/// What is not under the policy of most: by pattern where one is pure and worth it, else by name.
fn exceptions(repositories: &[Read<'_>], main: Option<Seen>, sorted: &Sorted) -> Vec<Entry> {
    if !repositories.iter().any(|(_, seen)| stands_out(*seen, main).is_some()) {
        return Vec::new();
    }
    let pure = pure_patterns(repositories);
    let (mut by_name, mut by_pattern) = (Vec::new(), BTreeMap::new());
    for (name, seen) in repositories {
        let Some(seen) = stands_out(*seen, main) else { continue };
        let is_worth_it =
            |pattern: &String| matches!(pure.get(pattern), Some(Some((_, count))) if *count >= WORTH_A_PATTERN);
        match names::patterns(name).into_iter().find(is_worth_it) {
            Some(pattern) if by_pattern.contains_key(&pattern) => {}
            Some(pattern) if by_pattern.len() < PATTERNS => {
                by_pattern.insert(pattern, seen);
            }
            Some(_) | None => by_name.push((name.to_string(), seen)),
        }
    }
    let entry = |(text, seen)| Entry {
        text,
        policy: Some(sorted.under(seen).clone()),
    };
    by_name.into_iter().chain(by_pattern).map(entry).collect()
}

/// The patterns that the names suggest, with what they cover; `None` where that is not all under one set of rules. What
/// was not read may be anything, and is no reason against a pattern.
fn pure_patterns(repositories: &[Read<'_>]) -> HashMap<String, Option<(Seen, usize)>> {
    let mut pure: HashMap<String, Option<(Seen, usize)>> = HashMap::new();
    for (name, seen) in repositories {
        let Some(seen) = *seen else { continue };
        for pattern in names::patterns(name) {
            pure.entry(pattern)
                .and_modify(|covered| {
                    *covered = covered.filter(|(of, _)| *of == seen).map(|(of, count)| (of, count + 1));
                })
                .or_insert(Some((seen, 1)));
        }
    }
    pure
}

/// What stands out by its name, the rest by the patterns that selected it, and by its name where none did.
fn part(repositories: &[Read<'_>], main: Option<Seen>, patterns: &[Pattern], sorted: &Sorted) -> Vec<Entry> {
    let mut names = Vec::new();
    let mut is_used = vec![false; patterns.len()];
    for (name, seen) in repositories {
        let exception = stands_out(*seen, main);
        let by_pattern = patterns
            .iter()
            .position(|pattern| pattern.as_str().len() <= PATTERN_LENGTH && pattern.matches(name.as_str()));
        match (exception, by_pattern) {
            (None, Some(index)) => is_used[index] = true,
            (exception, _) => names.push(Entry {
                text: name.to_string(),
                policy: exception.map(|seen| sorted.under(seen).clone()),
            }),
        }
    }
    let used = patterns.iter().zip(is_used).filter(|(_, is_used)| *is_used);
    let patterns = used.map(|(pattern, _)| Entry {
        text: pattern.as_str().to_owned(),
        policy: None,
    });
    names.into_iter().chain(patterns).collect()
}
