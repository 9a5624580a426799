//! The sheet of what could not be determined: the columns of an unknown in `drift.csv`, and what the service answered.

use super::super::csv::{Cell, count, maybe, number, text, unknown_members};
use super::super::document::UnknownEntry;
use super::super::parts::in_one_line;

pub(super) const COLUMNS: [&str; 23] = [
    "unknown_class",
    "count",
    "owner",
    "source",
    "region",
    "namespace",
    "repository",
    "target_region",
    "target_namespace",
    "field",
    "expected",
    "http_status",
    "error_code",
    "message",
    "remediation",
    "first_seen",
    "policy",
    "members",
    "attempts",
    "request_id",
    "inventory_file",
    "inventory_line",
    "fingerprint",
];

pub(super) fn cells(entry: &UnknownEntry) -> [Cell<'_>; COLUMNS.len()] {
    let (target, place) = (entry.target.as_ref(), entry.inventory.as_ref());
    [
        text(entry.class.name()),
        count(entry.count),
        maybe(entry.owner.as_ref()),
        text(&entry.source),
        text(&entry.region),
        text(&entry.namespace),
        text(entry.repository()),
        maybe(target.map(|target| &target.region)),
        maybe(target.map(|target| &target.namespace)),
        maybe(entry.field.as_ref()),
        maybe(entry.expected.as_ref()),
        entry.http_status.map_or(text(""), |status| number(status.into())),
        maybe(entry.error_code.as_ref()),
        text(&entry.message),
        in_one_line(&entry.remediation, " | ").into(),
        maybe(entry.first_seen.as_ref()),
        maybe(entry.policy.as_ref()),
        unknown_members(entry).into(),
        number(entry.attempts.into()),
        maybe(entry.request_id.as_ref()),
        maybe(place.map(|place| &place.file)),
        place.map_or(text(""), |place| number(place.line.into())),
        text(&entry.fingerprint),
    ]
}
