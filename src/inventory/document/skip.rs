//! `skip` with its `reason` and `until`, on a namespace, a repository or a pattern.

use std::sync::Arc;

use jiff::civil::Date;

use super::fields::Fields;
use super::raw::RawSkip;
use super::value::{Found, Given};
use crate::inventory::problem::{Draft, Log, Spot};
use crate::model::Skip;

/// `Absent`: not skipped.
pub(super) fn read_skip(fields: &Fields<'_, '_>, entry: &str, log: &mut Log) -> Given<RawSkip> {
    let skip = fields.given("skip", |value| value.boolean(log));
    // Without `skip` it does not belong there, and removing it is right.
    let is_skipped = matches!(&skip, Given::Is(skip) if skip.value) || matches!(&skip, Given::Broken);
    let reason = fields.given("reason", |value| {
        if is_skipped {
            value.prose_or("write why it is skipped, for those who read the report", log)
        } else {
            value.prose(log)
        }
    });
    let until = fields.given("until", |value| value.date(log));
    let skip = match skip {
        Given::Is(skip) if skip.value => skip,
        Given::Broken => return Given::Broken,
        Given::Is(_) | Given::Absent => {
            for field in ["reason", "until"].into_iter().filter_map(|field| fields.get(field)) {
                log.report(field.key, || {
                    Draft::new(
                        format!("`{}` stands without `skip: true`", field.name),
                        "write `skip: true` beside it, or remove it",
                    )
                });
            }
            return Given::Absent;
        }
    };
    if let Some(policy) = fields.get("policy") {
        log.report(policy.key, || {
            Draft::new("`policy` stands beside `skip`", "remove one of them").and(skip.spot, "skipped here")
        });
    }
    if reason.is_absent() {
        log.report(skip.spot, || {
            Draft::new(
                "`skip` has no `reason`",
                "write `reason:` beside it, for those who read the report",
            )
        });
    }
    match (reason, until) {
        (Given::Is(reason), Given::Absent) => skipped(skip.spot, entry, reason, None),
        (Given::Is(reason), Given::Is(until)) => skipped(skip.spot, entry, reason, Some(until)),
        (Given::Absent | Given::Broken, _) | (Given::Is(_), Given::Broken) => Given::Broken,
    }
}

fn skipped(spot: Spot, entry: &str, reason: Found<Arc<str>>, until: Option<Found<Date>>) -> Given<RawSkip> {
    let value = RawSkip {
        skip: Skip {
            entry: entry.into(),
            reason: reason.value,
            until: until.map(|until| until.value),
        },
        spot,
        reason: reason.spot,
        until: until.map(|until| until.spot),
    };
    Given::Is(Found { value, spot })
}
