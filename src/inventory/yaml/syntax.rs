//! The words for what is not YAML.

use granit_parser::{ErrorKind, ScanError};

use super::node::DEPTH_LIMIT;
use crate::inventory::problem::{Draft, Spot, quoted};

/// What is wrong, and what to do about it. `line` is the line on which it stands.
pub(crate) fn problem(error: &ScanError, line: &str) -> Draft {
    if line.contains("{{") {
        return Draft::new(
            "a placeholder of a template stands here, and nothing fills it in",
            "fill in the template first, and give what comes out of it",
        );
    }
    if let Some(pattern) = bare_pattern(line) {
        return Draft::new(
            "what begins with `{` or `[` is a mapping or a list in YAML",
            format!("quote it where it is a pattern: {}", quoted(&format!("\"{pattern}\""))),
        );
    }
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
        kind => (format!("not valid YAML: {}", error.info()), remedy(kind)),
    };
    Draft::new(message, remedy)
}

/// An item or a name that begins with brackets and goes on behind them, as in `- {web,api}-*`.
fn bare_pattern(line: &str) -> Option<&str> {
    let item = line.trim();
    let item = item.strip_prefix("- ").unwrap_or(item).trim_start();
    let text = item.strip_prefix("name:").unwrap_or(item).trim();
    let close = match text.chars().next()? {
        '{' => '}',
        '[' => ']',
        _ => return None,
    };
    let (_, behind) = text.split_once(close)?;
    let can_follow = |c: char| c.is_ascii_alphanumeric() || "-_./*?[]{}!^,".contains(c);
    let goes_on = behind.starts_with(|c| can_follow(c) && !"]},".contains(c));
    (goes_on && text.chars().all(can_follow)).then_some(text)
}

/// What to look for: the parser's own words say what it expected, and seldom what was meant.
fn remedy(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidIndentation => {
            "indent the line as those beside it, put a blank behind the `:` of each field, here and just above, and \
             quote a text that holds `: `"
        }
        ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::ExpectedBlockMappingKey => {
            "indent the line as those that it belongs to; each item of a list begins with `- `"
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator => {
            "close each `{` with `}` and each `[` with `]`, and put a `,` between what stands inside"
        }
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::InvalidTrailingSingleQuotedScalar => "close each quote, here and in the lines above",
        _ => "correct the syntax here or just above",
    }
}

/// Where it is; `at` is the parser's own word.
pub(crate) fn place(error: &ScanError, at: Spot, text: &str) -> Spot {
    if !matches!(error.kind(), ErrorKind::TabInPlainScalar) {
        return at;
    }
    // The parser tells where the text began that the tab ended.
    let rest = text.get(at.start as usize..).unwrap_or_default();
    rest.find('\t').map_or(at, |tab| at.behind(&rest[..tab]))
}
