//! The words for what is not YAML.

use granit_parser::{ErrorKind, ScanError};

use super::DEPTH_LIMIT;
use crate::inventory::problem::{Draft, Spot};

/// What is wrong, and what to do about it.
pub(super) fn problem(error: &ScanError) -> Draft {
    let (message, remedy) = match error.kind() {
        ErrorKind::TabInIndentation | ErrorKind::TabInBlockIndentation | ErrorKind::TabInPlainScalar => {
            ("a tab stands in the indentation".to_owned(), "indent with blanks")
        }
        ErrorKind::DirectiveDisallowed => ("directives are not read".to_owned(), "remove the line"),
        ErrorKind::RecursionLimitExceeded => (format!("nested deeper than {DEPTH_LIMIT} levels"), "write it flatter"),
        ErrorKind::MissingAnchorOrAliasName => (
            "a bare `*` or `&` is an alias or anchor in YAML".to_owned(),
            "quote the pattern: `\"*\"`",
        ),
        _ => (
            format!("not valid YAML: {}", error.info()),
            "correct the syntax here or just above",
        ),
    };
    Draft::new(message, remedy)
}

/// Where it is; `at` is the parser's own word.
pub(super) fn place(error: &ScanError, at: Spot, text: &str) -> Spot {
    if !matches!(error.kind(), ErrorKind::TabInPlainScalar) {
        return at;
    }
    // The parser tells where the text began that the tab ended.
    let rest = text.get(at.start as usize..).unwrap_or_default();
    rest.find('\t').map_or(at, |tab| at.behind(&rest[..tab]))
}
