//! Which entries of `repos` say what a namespace holds.

use super::draft::{Contents, Entry};
use super::groups::{self, Member};
use super::policies::{Seen, Sorted};
use crate::model::{Extent, Pattern, RepositoryName};

/// An inventory takes twice as many in one namespace, but nobody reads them.
const PATTERNS: usize = 500;
/// It takes ten thousand different ones in all.
const PATTERNS_OF_ALL: usize = 9_000;
/// And none that is longer.
const PATTERN_LENGTH: usize = 256;

/// A repository, and what its rules are where they were read.
pub(super) type Read<'s> = (&'s RepositoryName, Option<Seen>);

/// How many patterns a namespace may have where there are so many.
pub(super) fn most_patterns(namespaces: usize) -> usize {
    (PATTERNS_OF_ALL / namespaces.max(1)).clamp(1, PATTERNS)
}

/// Everything, or what was wanted of it, with `main` as the policy of the namespace.
pub(super) fn contents(
    repositories: &[Read<'_>],
    main: Option<Seen>,
    extent: &Extent,
    sorted: &Sorted,
    most_patterns: usize,
) -> Contents {
    match extent {
        Extent::Whole => Contents::Whole(exceptions(repositories, main, sorted, most_patterns)),
        Extent::Part(patterns) => Contents::Part(part(repositories, main, patterns, sorted)),
    }
}

/// What stands out, and as what; what was not read is under the policy of the namespace.
fn stands_out(seen: Option<Seen>, main: Option<Seen>) -> Option<Seen> {
    seen.filter(|seen| Some(*seen) != main)
}

/// What is not under the policy of most: by pattern where that is shorter, else by name. What was not read is under
/// whatever is said of those around it.
fn exceptions(repositories: &[Read<'_>], main: Option<Seen>, sorted: &Sorted, most_patterns: usize) -> Vec<Entry> {
    let Some(main) = main else { return Vec::new() };
    let read = repositories
        .iter()
        .filter_map(|(name, seen)| Some((name.as_str(), (*seen)?)));
    let members: Vec<Member<'_>> = read.map(|(name, seen)| Member { name, seen }).collect();
    if members.iter().all(|member| member.seen == main) {
        return Vec::new();
    }
    let chosen = groups::choose(&members, main, most_patterns);
    let names = chosen.names.iter().map(|member| (member.name.to_owned(), member.seen));
    let entry = |(text, seen)| Entry {
        text,
        policy: stands_out(Some(seen), Some(main)).map(|seen| sorted.under(seen).clone()),
    };
    names.chain(chosen.patterns).map(entry).collect()
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
