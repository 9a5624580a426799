//! Names of namespaces and repositories that the service could hold.

use super::placeholder::{is_placeholder, placeholder};
use super::value::{Found, Value};
use crate::inventory::problem::{Draft, Log, name_problem, quoted};
use crate::model::{NameProblem, NamespaceName, Pattern, RepositoryName};

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
    let near = |text: &str| lower(text, NamespaceName::parse);
    read_name(text, NamespaceName::parse, "namespace's name", remedy, near, log)
}

/// A repository's name within its namespace, no pattern.
pub(super) fn read_repository_name(value: Value<'_, '_>, log: &mut Log) -> Option<Found<RepositoryName>> {
    let text = value.text(log)?;
    let remedy = if text.value.contains([':', '@']) {
        "write the image's name alone, without registry, tag and digest"
    } else {
        "write lower-case letters and digits, parted by `/`, `-`, `.`, `_` or `__`"
    };
    let near = |text: &str| lower(text, RepositoryName::parse);
    read_name(text, RepositoryName::parse, "repository's name", remedy, near, log)
}

pub(super) fn read_name<N>(
    text: Found<&str>,
    parse: impl Fn(&str) -> Result<N, NameProblem>,
    what: &str,
    remedy: &str,
    near: impl Fn(&str) -> Option<String>,
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
                        let remedy = match near(text.value) {
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
fn lower<N>(text: &str, parse: impl Fn(&str) -> Result<N, NameProblem>) -> Option<String> {
    let lower = text.to_lowercase();
    parse(&lower).is_ok().then_some(lower)
}
