//! What `otherNamespaces` says of each source.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::sources::Sources;
use crate::inventory::document::{Found, Given, RawDocument};
use crate::inventory::files::InputFile;
use crate::inventory::problem::{Draft, Log, quoted};
use crate::model::{OtherNamespaces, Others};

/// In order of the sources' names. `allow` is what is meant where nothing stands.
pub(crate) fn resolve(
    documents: &[RawDocument],
    sources: &Sources,
    files: &[InputFile],
    log: &mut Log,
) -> Vec<OtherNamespaces> {
    let mut first: BTreeMap<&Arc<str>, (&Found<Others>, &RawDocument)> = BTreeMap::new();
    for document in documents {
        let (Given::Is(source), Given::Is(word)) = (&document.source, &document.other_namespaces) else {
            continue;
        };
        let (before, _) = first.entry(&source.value.name).or_insert((word, document));
        if before.value != word.value {
            let spot = before.spot;
            log.report(word.spot, || {
                Draft::new(
                    format!(
                        "two documents of the source {} say two things of its other namespaces",
                        quoted(&source.value.name)
                    ),
                    "write `otherNamespaces` in one of them only",
                )
                .and(spot, "first here")
            });
        }
    }
    let meant = |(name, (word, document)): (&Arc<str>, (&Found<Others>, &RawDocument))| {
        let entry = OtherNamespaces {
            source: Arc::clone(sources.get(name)?),
            others: word.value,
            severities: Arc::clone(&document.severities),
            place: word.spot.place(files),
        };
        (entry.others != Others::Allow).then_some(entry)
    };
    first.into_iter().filter_map(meant).collect()
}
