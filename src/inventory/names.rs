//! Names that the service could hold, read from the inventory's text.

use std::sync::Arc;

use super::problem::{Draft, Log};
use super::read::{Found, Value};
use super::regions::meant;
use super::words::{name_problem, quoted};
use crate::model::{NameProblem, NamespaceName, Pattern, RepositoryName, check_region_id};

/// What a region's id is called in messages.
const REGION: &str = "region's id";

/// A namespace's name, of a source or a target.
pub(super) fn read_namespace_name(value: Value<'_, '_>, log: &mut Log) -> Option<Found<NamespaceName>> {
    namespace_name(value.text(log)?, log)
}

/// [`read_namespace_name`], of a text.
pub(super) fn namespace_name(text: Found<&str>, log: &mut Log) -> Option<Found<NamespaceName>> {
    let remedy = if Pattern::is_one(text.value) {
        "name the namespaces one by one: patterns stand in `repos`, and a namespace without `repos` is audited whole"
    } else {
        "write lower-case letters and digits, parted by `-`, `.`, `_` or `__`, a letter first"
    };
    read_name(text, NamespaceName::parse, "namespace's name", remedy, log)
}

/// A repository's name within its namespace, no pattern.
pub(super) fn read_repository_name(value: Value<'_, '_>, log: &mut Log) -> Option<Found<RepositoryName>> {
    let text = value.text(log)?;
    let remedy = if text.value.contains([':', '@']) {
        "write the image's name alone, without registry, tag and digest"
    } else {
        "write lower-case letters and digits, parted by `/`, `-`, `.`, `_` or `__`"
    };
    read_name(text, RepositoryName::parse, "repository's name", remedy, log)
}

/// A region's id, known or not.
pub(super) fn read_region_id(value: Value<'_, '_>, log: &mut Log) -> Option<Found<Arc<str>>> {
    region_id(value.text(log)?, log)
}

/// [`read_region_id`], of a text.
pub(super) fn region_id(text: Found<&str>, log: &mut Log) -> Option<Found<Arc<str>>> {
    let parse = |text: &str| check_region_id(text).map(|()| Arc::from(text));
    let remedy = "write lower-case letters and digits, parted by `-` or `_`, as in `cn-north-4`";
    read_name(text, parse, REGION, remedy, log)
}

fn read_name<N>(
    text: Found<&str>,
    parse: impl Fn(&str) -> Result<N, NameProblem>,
    what: &str,
    remedy: &str,
    log: &mut Log,
) -> Option<Found<N>> {
    match parse(text.value) {
        Ok(value) => Some(Found { value, spot: text.spot }),
        Err(problem) => {
            log.report(text.spot, || {
                let message = format!("the {what} {} {}", quoted(text.value), name_problem(problem));
                match problem {
                    _ if is_placeholder(text.value) => placeholder(text.value),
                    NameProblem::TooLong(_) => Draft::new(message, "write a shorter name"),
                    _ => {
                        let near = if what == REGION {
                            meant(text.value).map(str::to_owned)
                        } else {
                            near(text.value, parse)
                        };
                        let remedy = match near {
                            Some(near) => format!("did you mean {}? {remedy}", quoted(&near)),
                            None => remedy.to_owned(),
                        };
                        Draft::new(message, remedy)
                    }
                }
            });
            None
        }
    }
}

/// What was probably meant: the same in lower case.
fn near<N>(text: &str, parse: impl Fn(&str) -> Result<N, NameProblem>) -> Option<String> {
    let lower = text.to_lowercase();
    parse(&lower).is_ok().then_some(lower)
}

/// Whether a text is what a template, a shell or a person would put something else for.
pub(super) fn is_placeholder(text: &str) -> bool {
    let within = |open: &str, close: &str| {
        let start = text.find(open);
        start.is_some_and(|start| text[start + open.len()..].contains(close))
    };
    within("{{", "}}") || within("${", "}") || within("$(", ")") || text.starts_with('<') && text.ends_with('>')
}

/// The words for one.
pub(super) fn placeholder(text: &str) -> Draft {
    Draft::new(
        format!("{} is a placeholder, and nothing fills it in", quoted(text)),
        "write the value itself, or fill in the template first and give what comes out of it",
    )
}
