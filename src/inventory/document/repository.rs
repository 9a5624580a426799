//! The `repos` of a namespace: names and patterns.

use super::fields::{Fields, Schema};
use super::names::read_repository_name;
use super::patterns::NAMESPACE_LIMIT;
use super::placeholder::is_placeholder;
use super::policy::PolicyReader;
use super::raw::{PolicyRef, RawEntry, RawListed, RawPattern, RawRepository, RawSkip};
use super::registers::Registers;
use super::skip::read_skip;
use super::value::{Found, Given, Value};
use crate::inventory::problem::{Draft, Log, Spot};
use crate::inventory::yaml::{Kind, Node};
use crate::model::{Others, Pattern, RepositoryName};

pub(crate) const REPOSITORY: Schema = Schema {
    what: "a repository",
    known: &["name", "policy", "skip", "reason", "until"],
};

/// What an entry is called by.
enum Called {
    Name(Found<RepositoryName>),
    Pattern(Found<Pattern>),
}

/// One entry.
enum Entry {
    Named(RawRepository),
    Pattern(RawPattern),
}

/// Reads the field `repos`, which is there or was misspelt.
pub(super) fn read_list(
    fields: &Fields<'_, '_>,
    others: Given<Others>,
    registers: &mut Registers,
    log: &mut Log,
) -> RawListed {
    let mut listed = RawListed {
        repositories: Vec::new(),
        patterns: Vec::new(),
        others,
    };
    let Some(value) = fields.get("repos") else {
        return listed;
    };
    let Some(items) = value.list("write a list of names, as in `[web, payments/api]`", log) else {
        return listed;
    };
    let mut is_empty = true;
    for item in items {
        is_empty = false;
        match read_entry(item, registers, log) {
            Some(Entry::Named(entry)) => listed.repositories.push(entry),
            Some(Entry::Pattern(entry)) => {
                if listed.patterns.len() == NAMESPACE_LIMIT {
                    log.report(entry.name.spot, || {
                        Draft::new(
                            format!("the namespace has more than {NAMESPACE_LIMIT} patterns"),
                            "write fewer, with `*` or `{a,b}`",
                        )
                    });
                    break;
                }
                listed.patterns.push(entry);
            }
            None => {}
        }
    }
    if is_empty {
        log.report(value.spot(), || {
            Draft::new(
                "`repos` is empty",
                "name its repositories, or remove `repos` to audit every one, or write `skip: true` with a `reason` in \
                 its place",
            )
        });
    }
    listed.repositories.shrink_to_fit();
    listed.patterns.shrink_to_fit();
    listed
}

fn read_entry(value: Value<'_, '_>, registers: &mut Registers, log: &mut Log) -> Option<Entry> {
    let value = Value {
        name: "repository",
        ..value
    };
    if !value.is_map() {
        return Some(match read_called(value, registers, log)? {
            Called::Name(name) => Entry::Named(plain(name)),
            Called::Pattern(pattern) => Entry::Pattern(plain(pattern)),
        });
    }
    if is_bare_choice(value.node) {
        log.report(value.spot(), || {
            Draft::new(
                "what begins with `{` is a mapping in YAML, and this one has no values",
                "quote it where it is a pattern, as in `\"{web,api}\"`, or write `name:` with a name",
            )
        });
        return None;
    }
    let fields = value.fields(REPOSITORY, log)?;
    let remedy = "write `name:` with the repository's name, or a pattern";
    let called = fields
        .required("name", "the repository", remedy, log)
        .and_then(|value| read_called(value, registers, log));
    let text = match &called {
        Some(Called::Name(name)) => name.value.as_str(),
        Some(Called::Pattern(pattern)) => pattern.value.as_str(),
        None => "",
    };
    let (policy, skip) = read_expectation(&fields, text, &mut registers.policies, log);
    Some(match called? {
        Called::Name(name) => Entry::Named(entry(fields.spot, name, policy, skip)),
        Called::Pattern(pattern) => Entry::Pattern(entry(fields.spot, pattern, policy, skip)),
    })
}

/// Whether it is `{web,api}` without quotes.
fn is_bare_choice(node: &Node<'_>) -> bool {
    let is_bare = |(key, value): &(Node<'_>, Node<'_>)| {
        let is_known = key.as_text().is_some_and(|name| REPOSITORY.known.contains(&name));
        matches!(value.seen().kind, Kind::Empty) && !is_known
    };
    matches!(&node.seen().kind, Kind::Map(pairs) if !pairs.is_empty() && pairs.iter().all(is_bare))
}

fn read_called(value: Value<'_, '_>, registers: &mut Registers, log: &mut Log) -> Option<Called> {
    let is_pattern = |text: &str| Pattern::is_one(text) && (text.contains(',') || !is_placeholder(text));
    if value.node.as_text().is_some_and(is_pattern) {
        let text = value.text(log)?;
        return registers.patterns.read(text, log).map(Called::Pattern);
    }
    if matches!(value.node.seen().kind, Kind::List(_)) {
        let remedy = "write a name, or quote it where it is a pattern, as in `\"[ab]-*\"`";
        value.wrong("a name or a pattern", remedy, log);
        return None;
    }
    read_repository_name(value, log).map(Called::Name)
}

fn read_expectation(
    fields: &Fields<'_, '_>,
    entry: &str,
    policies: &mut PolicyReader,
    log: &mut Log,
) -> (Given<PolicyRef>, Option<RawSkip>) {
    let policy = fields.given("policy", |value| policies.read_reference(value, log));
    match read_skip(fields, entry, log) {
        // Of a skip that is broken nobody knows whether it needs a policy.
        Given::Broken => (Given::Broken, None),
        Given::Absent => (policy, None),
        Given::Is(skip) => (policy, Some(skip.value)),
    }
}

fn plain<N>(name: Found<N>) -> RawEntry<N> {
    entry(name.spot, name, Given::Absent, None)
}

fn entry<N>(spot: Spot, name: Found<N>, policy: Given<PolicyRef>, skip: Option<RawSkip>) -> RawEntry<N> {
    RawEntry {
        spot,
        name,
        policy,
        skip: skip.map(Box::new),
    }
}
