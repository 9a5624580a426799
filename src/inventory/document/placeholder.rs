//! Placeholders of templates and shells that nothing filled in.

use crate::inventory::problem::{Draft, quoted};

/// Whether a text is what a template, a shell or a person would put something else for.
pub(super) fn is_placeholder(text: &str) -> bool {
    let within = |open: &str, close: &str| {
        let start = text.find(open);
        start.is_some_and(|start| text[start + open.len()..].contains(close))
    };
    within("{{", "}}") || within("${", "}") || within("$(", ")") || text.starts_with('<') && text.ends_with('>')
}

/// The words for one.
pub(crate) fn placeholder(text: &str) -> Draft {
    Draft::new(
        format!("{} is a placeholder, and nothing fills it in", quoted(text)),
        "write the value itself, or fill in the template first and give what comes out of it",
    )
}
