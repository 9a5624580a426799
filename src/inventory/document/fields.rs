//! The fields of a mapping: the known ones, and what is reported of all others.

use std::collections::HashMap;

use super::value::{Found, Given, Value, secret_problem};
use crate::inventory::problem::{Draft, Log, Spot, mask, nearest, quoted};
use crate::inventory::yaml::{Kind, Node};

/// The fields of one mapping.
#[derive(Debug)]
pub(super) struct Fields<'n, 't> {
    pub(crate) spot: Spot,
    found: Vec<Value<'n, 't>>,
    /// Known fields that an unknown one is probably meant to be.
    misspelt: Vec<&'static str>,
    /// Whether it had any field that is not known.
    pub(super) has_strangers: bool,
}

/// Which fields a mapping may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema {
    /// What the mapping is, with its article.
    pub(crate) what: &'static str,
    pub(crate) known: &'static [&'static str],
}

impl<'n, 't> Value<'n, 't> {
    /// The pairs of a mapping whose keys are the user's own words; a key that stands twice is reported with both places.
    pub(crate) fn entries(&self, remedy: &str, log: &mut Log) -> Option<Vec<Value<'n, 't>>> {
        let Kind::Map(pairs) = &self.node.seen().kind else {
            self.wrong("a mapping", remedy, log);
            return None;
        };
        let mut first: HashMap<&str, Spot> = HashMap::with_capacity(pairs.len());
        let mut entries = Vec::with_capacity(pairs.len());
        let mut has_merge = false;
        for (key, node) in pairs {
            let spot = key.seen().spot;
            let Some(name) = key.as_text() else {
                odd_key(key, self.key, log);
                continue;
            };
            if name == "<<" {
                log.is_partial = true;
                has_merge = true;
                log.report(spot, || {
                    Draft::new(
                        "merge keys are not read",
                        "write the fields here; a whole policy can stand under `policies` and be referred to by its \
                         name",
                    )
                });
                continue;
            }
            if let Some(before) = first.get(name).copied() {
                log.report(spot, || {
                    Draft::new(
                        format!("{} stands twice in one mapping", quoted(name)),
                        "remove one of them",
                    )
                    .and(before, "first here")
                });
                continue;
            }
            first.insert(name, spot);
            entries.push(Value { name, key: spot, node });
        }
        // What the merge would have brought in is not missing.
        (!has_merge).then_some(entries)
    }

    /// The fields of a mapping, the unknown ones reported.
    pub(crate) fn fields(&self, schema: Schema, log: &mut Log) -> Option<Fields<'n, 't>> {
        let remedy = format!("write a mapping of `{}`", schema.known.join("`, `"));
        let entries = self.entries(&remedy, log)?;
        let mut fields = Fields {
            spot: self.node.seen().spot,
            found: Vec::with_capacity(entries.len().min(schema.known.len())),
            misspelt: Vec::new(),
            has_strangers: false,
        };
        for entry in entries {
            if schema.known.contains(&entry.name) {
                fields.found.push(entry);
            } else {
                fields.has_strangers = true;
                stranger(entry, schema, &mut fields.misspelt, log);
            }
        }
        Some(fields)
    }
}

impl<'n, 't> Fields<'n, 't> {
    pub(crate) fn get(&self, name: &str) -> Option<Value<'n, 't>> {
        self.found.iter().find(|field| field.name == name).copied()
    }

    /// Whether nothing stands there, not even something misspelt.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        self.get(name).is_none() && !self.misspelt.contains(&name)
    }

    /// Reads a field that may be left out.
    pub(crate) fn given<T>(&self, name: &str, read: impl FnOnce(Value<'n, 't>) -> Option<Found<T>>) -> Given<T> {
        match self.get(name) {
            Some(value) => Given::of(read(value)),
            None if self.lacks(name) => Given::Absent,
            None => Given::Broken,
        }
    }

    /// A field that must be there.
    pub(crate) fn required(&self, name: &str, what: &str, remedy: &str, log: &mut Log) -> Option<Value<'n, 't>> {
        let found = self.get(name);
        if found.is_none() && self.lacks(name) {
            log.report(self.spot, || {
                Draft::new(format!("{what} has no {}", quoted(name)), remedy)
            });
        }
        found
    }
}

fn stranger(entry: Value<'_, '_>, schema: Schema, misspelt: &mut Vec<&'static str>, log: &mut Log) {
    let name = entry.name;
    if is_secret(entry, log) {
        return;
    }
    if name.starts_with("//") {
        log.report(entry.key, || {
            Draft::new(
                "`//` begins no comment in YAML",
                "write `#` in its place, and close the line before it",
            )
        });
        // Everything up to the next colon went into it, the name of a field too.
        log.is_partial = true;
        misspelt.extend(schema.known);
        return;
    }
    if log.keeps(entry.key)
        && let Some(secret) = secret_within(entry.node)
    {
        log.report(secret.seen().spot, || {
            secret_problem(&quoted(secret.as_text().unwrap_or_default()))
        });
    }
    // A million of them would take minutes to compare, and only the first hundred are reported.
    let near = log
        .keeps(entry.key)
        .then(|| meant(name, schema.known).or_else(|| nearest(name, schema.known.iter().copied())))
        .flatten();
    log.report(entry.key, || {
        let remedy = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => match home(name) {
                Some(home) => format!("move it to {home}: mind how far it is indented"),
                None => format!("remove it; known here are `{}`", schema.known.join("`, `")),
            },
        };
        Draft::new(format!("unknown field {} in {}", quoted(name), schema.what), remedy)
    });
    if let Some(near) = near.and_then(|near| schema.known.iter().find(|known| **known == near))
        && !misspelt.contains(near)
    {
        misspelt.push(near);
    }
}

/// Words of other tools and of the console, and plurals, each with what they are here.
const OTHER_WORDS: [(&str, &[&str]); 21] = [
    ("policy", &["policies"]),
    ("policies", &["policy"]),
    ("repositories", &["repos"]),
    ("repository", &["repos", "repo"]),
    ("images", &["repos"]),
    ("organization", &["namespaces", "namespace"]),
    ("organizations", &["namespaces"]),
    ("target_region", &["region"]),
    ("targetregion", &["region"]),
    ("remoteregionid", &["region"]),
    ("target_organization", &["namespace"]),
    ("target_namespace", &["namespace"]),
    ("targetnamespace", &["namespace"]),
    ("remotenamespace", &["namespace"]),
    ("auto_sync", &["syncAuto"]),
    ("expires", &["until"]),
    ("until", &["expires"]),
    ("expiry", &["expires"]),
    ("code", &["finding"]),
    ("codes", &["finding"]),
    ("exceptions", &["waivers"]),
];

/// Where a field belongs that stands in the wrong mapping: most often its indentation is wrong.
fn home(name: &str) -> Option<&'static str> {
    match name {
        "source" | "defaults" | "policies" | "namespaces" | "otherNamespaces" | "severity" | "waivers" => {
            Some("the document itself")
        }
        "endpoint" | "cloud" | "iamEndpoint" | "projectId" | "accountId" | "listsManualRules" | "credentials" => {
            Some("`source`")
        }
        "targets" | "otherRules" | "allowedRegions" | "deniedRegions" => Some("a policy"),
        "region" => Some("`source` or a target"),
        "override" | "syncAuto" => Some("a target or `defaults`"),
        "repos" | "otherRepos" => Some("a namespace"),
        "owner" => Some("a namespace or a waiver"),
        "skip" | "reason" | "until" => Some("a namespace or a repository"),
        "id" | "finding" | "expires" => Some("a waiver"),
        _ => None,
    }
}

fn meant(name: &str, known: &'static [&'static str]) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let (_, words) = OTHER_WORDS.iter().find(|(other, _)| *other == name)?;
    words.iter().copied().find(|word| known.contains(word))
}

fn odd_key(key: &Node<'_>, around: Spot, log: &mut Log) {
    let node = key.seen();
    let what = match node.kind {
        Kind::Bad | Kind::Shared(_) | Kind::Text { .. } => return,
        Kind::Empty => "a field has no name",
        Kind::List(_) => "a list stands in place of a field's name",
        Kind::Map(_) => "a mapping stands in place of a field's name",
    };
    let spot = if node.spot.line == 0 { around } else { node.spot };
    log.report(spot, || {
        Draft::new(
            what,
            "write a name, and quote it where it starts with `{` or `[`; fill in what `{{ }}` of a template stands for",
        )
    });
}

/// Whether a name of the user's own choice is a secret's, with the secret beside it; reported here.
pub(crate) fn is_secret(entry: Value<'_, '_>, log: &mut Log) -> bool {
    let is_secret = mask::names_a_secret(entry.name);
    if is_secret {
        log.report(entry.key, || secret_problem(&quoted(entry.name)));
    }
    is_secret
}

/// A key that names a secret, anywhere below a field that is not known. Nesting has a limit, and so has this.
fn secret_within<'n, 't>(node: &'n Node<'t>) -> Option<&'n Node<'t>> {
    match &node.seen().kind {
        Kind::Map(pairs) => pairs.iter().find_map(|(key, value)| {
            let is_secret = key.as_text().is_some_and(mask::names_a_secret);
            if is_secret { Some(key) } else { secret_within(value) }
        }),
        Kind::List(items) => items.iter().find_map(secret_within),
        Kind::Empty | Kind::Text { .. } | Kind::Shared(_) | Kind::Bad => None,
    }
}
