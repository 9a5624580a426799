//! What the waivers of all documents mean together.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{ToSpan, Unit};

use crate::inventory::document::{Given, RawDocument, RawWaiver};
use crate::inventory::files::InputFile;
use crate::inventory::problem::{Draft, Log, counted, quoted};
use crate::inventory::terms::Terms;
use crate::model::Waiver;

/// Longer than any waiver is meant to last, and within what days can be counted in.
const MOST_DAYS: u32 = 1_000_000;

/// The waivers of all documents, in order of their ids.
pub(crate) fn resolve(
    documents: &[RawDocument],
    files: &[InputFile],
    terms: Terms<'_>,
    log: &mut Log,
) -> Vec<Arc<Waiver>> {
    let mut waivers = Vec::new();
    for document in documents {
        for raw in &document.waivers {
            of_another_source(raw, document, log);
            too_long(raw, terms, log);
            waivers.push(Arc::new(meant(raw, document, files)));
        }
    }
    waivers.sort_by(|one, other| one.id.cmp(&other.id));
    waivers
}

fn meant(raw: &RawWaiver, document: &RawDocument, files: &[InputFile]) -> Waiver {
    let source = match &document.source {
        Given::Is(source) => Some(Arc::clone(&source.value.name)),
        Given::Absent | Given::Broken => None,
    };
    Waiver {
        id: Arc::clone(&raw.id.value),
        scope: raw.scope.value.clone(),
        source,
        findings: raw.findings.clone(),
        target: raw.target.as_ref().map(|target| target.value.clone()),
        reason: Arc::clone(&raw.reason),
        owner: Arc::clone(&raw.owner),
        expires: raw.expires.value,
        severities: Arc::clone(&document.severities),
        place: raw.spot.place(files),
    }
}

/// A document's waivers do not reach beyond its source.
fn of_another_source(raw: &RawWaiver, document: &RawDocument, log: &mut Log) {
    let Given::Is(source) = &document.source else { return };
    if raw.scope.value.reaches_source(&source.value.name) {
        return;
    }
    let named = raw.scope.value.source().map_or("", |pattern| pattern.as_str());
    log.report(raw.scope.spot, || {
        Draft::new(
            format!(
                "the waiver speaks of the source {}, and its document of the source {}",
                quoted(named),
                quoted(&source.value.name)
            ),
            "move it to a document of that source, or to one without a `source`, whose waivers serve all",
        )
        .and(source.spot, "the document's source")
    });
}

fn too_long(raw: &RawWaiver, terms: Terms<'_>, log: &mut Log) {
    let Some(most) = terms.max_waiver_days.filter(|most| *most <= MOST_DAYS) else {
        return;
    };
    let last = terms.today.saturating_add(i64::from(most).days());
    if raw.expires.value <= last {
        return;
    }
    log.report(raw.expires.spot, || {
        let days = |from: Date, to: Date| {
            let span = from.until((Unit::Day, to)).map_or(0, |span| span.get_days());
            counted(usize::try_from(span).unwrap_or_default(), "day", "days")
        };
        Draft::new(
            format!(
                "the waiver {} holds {} longer than the {} that `--max-waiver-days` allows",
                quoted(&raw.id.value),
                days(last, raw.expires.value),
                counted(most as usize, "day", "days"),
            ),
            format!("write `{last}` or an earlier day, and renew it then"),
        )
    });
}
