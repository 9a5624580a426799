//! Codes of findings, and the severities that a document sets.

use std::collections::BTreeMap;

use super::fields::is_secret;
use super::value::Value;
use crate::inventory::problem::{Draft, Log, Spot, nearest, quoted};
use crate::model::{Code, Severities, Severity};

/// Codes of findings that this version does not report yet: their severity may be set, for the day when it does.
pub(crate) const LATER_CODES: [&str; 7] = [
    "unsupported-target-region",
    "missing-target-namespace",
    "failed-sync",
    "sync-lag",
    "blocked-sync",
    "missing-tag",
    "digest-mismatch",
];

/// Reads the field `severity`.
pub(super) fn read_severities(value: Value<'_, '_>, log: &mut Log) -> (Severities, BTreeMap<Code, Spot>) {
    let words = Severity::ALL.map(|severity| (severity.name(), severity));
    let (mut severities, mut spots) = (BTreeMap::new(), BTreeMap::new());
    let entries = value.entries("write a mapping of finding to severity, or remove it", log);
    for entry in entries.unwrap_or_default() {
        let code = Code::from_name(entry.name);
        if code.is_none() && is_secret(entry, log) {
            continue;
        }
        if code.is_none() && !LATER_CODES.contains(&entry.name) {
            unknown_word(entry, "finding", log, |name| {
                nearest(name, Code::ALL.iter().map(|code| code.name()).chain(LATER_CODES))
            });
            continue;
        }
        if let (Some(severity), Some(code)) = (entry.word(&words, log), code) {
            severities.insert(code, severity.value);
            spots.insert(code, severity.spot);
        }
    }
    (Severities(severities), spots)
}

/// Tells a word of the user's that is none of the known ones.
pub(super) fn unknown_word<'k>(
    entry: Value<'_, '_>,
    what: &str,
    log: &mut Log,
    near: impl FnOnce(&str) -> Option<&'k str>,
) {
    log.report(entry.key, || {
        let remedy = match near(entry.name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write the name of a {what}"),
        };
        Draft::new(format!("there is no {what} {}", quoted(entry.name)), remedy)
    });
}
