//! Policies, named or inline.

use std::collections::HashMap;
use std::sync::Arc;

use super::fields::{Fields, Schema, is_secret};
use super::names::read_namespace_name;
use super::raw::{PolicyRef, RawPolicy, RawTarget, RegionSpots};
use super::region_ids::read_region_id;
use super::value::{Found, Given, Value};
use crate::inventory::problem::{Draft, Log, quoted};
use crate::model::{NameKind, Others, Pattern, RegionLimits};

pub(crate) const POLICY: Schema = Schema {
    what: "a policy",
    known: &[
        "description",
        "targets",
        "otherRules",
        "allowedRegions",
        "deniedRegions",
    ],
};

pub(crate) const TARGET: Schema = Schema {
    what: "a target",
    known: &["region", "namespace", "override", "syncAuto"],
};

/// What things beyond the listed ones may mean.
pub(crate) const OTHERS: [(&str, Others); 3] =
    [("deny", Others::Deny), ("warn", Others::Warn), ("allow", Others::Allow)];

/// Far above what any policy needs, and what keeps a hostile file from costing minutes.
pub(crate) const TARGET_LIMIT: usize = 1_000;
pub(crate) const PATTERN_LIMIT: usize = 100;
const DISTINCT_PATTERN_LIMIT: usize = 1_000;
pub(crate) const PATTERN_LENGTH_LIMIT: usize = 64;

/// Reads the policies of all documents, one after the other.
#[derive(Debug, Default)]
pub(super) struct PolicyReader {
    /// Those of this document so far.
    found: Vec<RawPolicy>,
    /// Compiling a pattern is dear, and few differ.
    patterns: HashMap<Arc<str>, Result<Pattern, String>>,
}

impl PolicyReader {
    /// Ends a document.
    pub(crate) fn take(&mut self) -> Vec<RawPolicy> {
        std::mem::take(&mut self.found)
    }

    /// Reads the field `policies`.
    pub(super) fn read_named(&mut self, value: Value<'_, '_>, log: &mut Log) {
        let entries = value.entries(
            "write a mapping of name to policy, as in `dr: { targets: [] }`, or remove it",
            log,
        );
        if entries.is_none() {
            log.is_partial = true;
        }
        for entry in entries.unwrap_or_default() {
            // A policy may be called what it likes; a text is none.
            if !entry.is_map() && is_secret(entry, log) {
                continue;
            }
            if entry.name.trim().is_empty() || entry.name.chars().any(char::is_control) {
                log.report(entry.key, || {
                    Draft::new(
                        format!("{} is no name for a policy", quoted(entry.name)),
                        "write a name",
                    )
                });
                continue;
            }
            if let Some(policy) = self.read_policy(entry, Some(entry.name.into()), log) {
                self.found.push(RawPolicy {
                    spot: entry.key,
                    ..policy
                });
            } else {
                log.is_partial = true;
            }
        }
    }

    /// Reads what stands where a policy's name may stand.
    pub(super) fn read_reference(&mut self, value: Value<'_, '_>, log: &mut Log) -> Option<Found<PolicyRef>> {
        if value.is_map() {
            let policy = self.read_policy(value, None, log)?;
            let spot = policy.spot;
            self.found.push(policy);
            return Some(Found {
                value: PolicyRef::Inline(self.found.len() - 1),
                spot,
            });
        }
        if value.node.as_text().is_none() {
            value.wrong("a policy", "write the name of one policy, or a policy itself", log);
            return None;
        }
        let name = value.text(log)?;
        Some(Found {
            value: PolicyRef::Named(name.value.into()),
            spot: name.spot,
        })
    }

    fn read_policy(&mut self, value: Value<'_, '_>, name: Option<Arc<str>>, log: &mut Log) -> Option<RawPolicy> {
        let fields = value.fields(POLICY, log)?;
        let description = fields.given("description", |value| value.prose(log));
        let remedy = "write the targets that it expects, or `targets: []` where it expects no rule";
        let targets = match fields.required("targets", "the policy", remedy, log) {
            Some(value) => read_targets(value, log),
            None => Vec::new(),
        };
        let other_rules = fields.given("otherRules", |value| value.word(&OTHERS, log));
        let regions = RegionLimits {
            allowed: self.read_patterns(&fields, "allowedRegions", log),
            denied: self.read_patterns(&fields, "deniedRegions", log).unwrap_or_default(),
        };
        Some(RawPolicy {
            name,
            description: description.value(),
            spot: fields.spot,
            targets,
            other_rules,
            regions,
            region_spots: RegionSpots {
                allowed: fields.get("allowedRegions").map(|value| value.key),
                denied: fields.get("deniedRegions").map(|value| value.key),
            },
        })
    }

    /// `None`: no limit; also where the list is broken, so that nothing further is said of it.
    fn read_patterns(&mut self, fields: &Fields<'_, '_>, field: &str, log: &mut Log) -> Option<Vec<Pattern>> {
        let value = fields.get(field)?;
        let items = value.list("write a list of region ids or patterns, as in `[\"cn-*\"]`", log)?;
        let mut patterns = Vec::new();
        let mut is_broken = false;
        for (index, item) in items.enumerate() {
            if index == PATTERN_LIMIT {
                log.report(item.key, || {
                    Draft::new(
                        format!("`{field}` has more than {PATTERN_LIMIT} items"),
                        "write fewer, with `*`",
                    )
                });
                return None;
            }
            match item.text(log).and_then(|text| self.read_pattern(text, log)) {
                Some(pattern) => patterns.push(pattern),
                None => is_broken = true,
            }
        }
        (!is_broken).then_some(patterns)
    }

    fn read_pattern(&mut self, text: Found<&str>, log: &mut Log) -> Option<Pattern> {
        if !self.patterns.contains_key(text.value) {
            let compiled = if self.patterns.len() < DISTINCT_PATTERN_LIMIT {
                compile(text.value)
            } else {
                log.report(text.spot, || {
                    Draft::new(
                        format!("the inventory has more than {DISTINCT_PATTERN_LIMIT} different region patterns"),
                        "write fewer, with `*`",
                    )
                });
                return None;
            };
            self.patterns.insert(text.value.into(), compiled);
        }
        match self.patterns.get(text.value)? {
            Ok(pattern) => Some(pattern.clone()),
            Err(why) => {
                log.report(text.spot, || {
                    Draft::new(
                        format!("the region pattern {} can match nothing: {why}", quoted(text.value)),
                        "write region ids, with `*`, `?`, `[...]` or `{a,b}`, as in `cn-*`",
                    )
                });
                None
            }
        }
    }
}

fn compile(text: &str) -> Result<Pattern, String> {
    if text.len() > PATTERN_LENGTH_LIMIT {
        return Err(format!("it is longer than {PATTERN_LENGTH_LIMIT} characters"));
    }
    let can_stand = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_*?[]!^{},".contains(c);
    if let Some(odd) = text.chars().find(|&c| !can_stand(c)) {
        return Err(format!("no region's id holds {}", quoted(odd.encode_utf8(&mut [0; 4]))));
    }
    if text.contains("**") {
        return Err("`**` has no meaning there".to_owned());
    }
    let pattern = Pattern::parse(text)?;
    // Every region's id could be a repository's name.
    if pattern.can_match(NameKind::Repository) {
        Ok(pattern)
    } else {
        Err("no region can have such an id".to_owned())
    }
}

fn read_targets(value: Value<'_, '_>, log: &mut Log) -> Vec<RawTarget> {
    let remedy = "write a list of targets, each beginning with `- region: REGION`, or `[]` where no rule is expected";
    let Some(items) = value.list(remedy, log) else {
        return Vec::new();
    };
    let mut targets = Vec::new();
    for (index, item) in items.enumerate() {
        if index == TARGET_LIMIT {
            log.report(item.key, || {
                Draft::new(
                    format!("the policy has more than {TARGET_LIMIT} targets"),
                    "write several policies",
                )
            });
            break;
        }
        targets.extend(read_target(Value { name: "target", ..item }, log));
    }
    targets
}

fn read_target(value: Value<'_, '_>, log: &mut Log) -> Option<RawTarget> {
    let fields = value.fields(TARGET, log)?;
    let region = fields
        .required("region", "the target", "write `region:` with the region's id", log)
        .and_then(|value| read_region_id(value, log));
    let namespace = fields.given("namespace", |value| read_namespace_name(value, log));
    let overrides = fields.given("override", |value| value.flag(log));
    let sync_auto = fields.given("syncAuto", |value| value.flag(log));
    Some(RawTarget {
        spot: fields.spot,
        region: region?,
        namespace: match namespace {
            Given::Absent => None,
            Given::Broken => return None,
            Given::Is(name) => Some(Found {
                value: name.value.shared(),
                spot: name.spot,
            }),
        },
        overrides,
        sync_auto,
    })
}
