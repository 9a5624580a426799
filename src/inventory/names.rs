//! Names that the service could hold, read from the inventory's text.

use std::sync::Arc;

use super::problem::{Draft, Log};
use super::read::{Found, Value};
use super::words::{name_problem, quoted};
use crate::model::{NameProblem, NamespaceName, RepositoryName, check_region_id};

/// A namespace's name, of a source or a target.
pub(super) fn read_namespace_name(value: Value<'_, '_>, log: &mut Log) -> Option<Found<NamespaceName>> {
    let remedy = "write lower-case letters and digits, parted by `-`, `.`, `_` or `__`, a letter first";
    read_name(value.text(log)?, NamespaceName::parse, "namespace's name", remedy, log)
}

/// A repository's name within its namespace. Patterns come later.
pub(super) fn read_repository_name(value: Value<'_, '_>, log: &mut Log) -> Option<Found<RepositoryName>> {
    let text = value.text(log)?;
    if text.value.contains(['*', '?', '[', '{']) {
        log.report(text.spot, || {
            Draft::new(
                format!(
                    "{} is a pattern, and patterns are not supported yet",
                    quoted(text.value)
                ),
                "name the repositories one by one",
            )
        });
        return None;
    }
    let remedy = "write lower-case letters and digits, parted by `/`, `-`, `.`, `_` or `__`";
    read_name(text, RepositoryName::parse, "repository's name", remedy, log)
}

/// A region's id, known or not.
pub(super) fn read_region_id(value: Value<'_, '_>, log: &mut Log) -> Option<Found<Arc<str>>> {
    let parse = |text: &str| check_region_id(text).map(|()| Arc::from(text));
    let remedy = "write lower-case letters and digits, parted by `-` or `_`, as in `cn-north-4`";
    read_name(value.text(log)?, parse, "region's id", remedy, log)
}

fn read_name<N>(
    text: Found<&str>,
    parse: impl FnOnce(&str) -> Result<N, NameProblem>,
    what: &str,
    remedy: &str,
    log: &mut Log,
) -> Option<Found<N>> {
    match parse(text.value) {
        Ok(value) => Some(Found { value, spot: text.spot }),
        Err(problem) => {
            log.report(text.spot, || {
                Draft::new(
                    format!("the {what} {} {}", quoted(text.value), name_problem(problem)),
                    remedy,
                )
            });
            None
        }
    }
}
