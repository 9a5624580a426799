//! Text from outside in Markdown: shown as it is, whatever it says.
//!
//! No backslash keeps a code host from linking `@names`, `#1` and addresses: it looks for them in what the Markdown became,
//! but for code. So text is prose where nothing in it could mean anything, and code everywhere else; and code that could end
//! before its time has every mark as a number.

use std::fmt::Write as _;

use super::super::wording::plain;

/// A name or a value.
pub(super) fn code(text: &str) -> String {
    let text = plain(text);
    if text.is_empty() {
        return text;
    }
    if is_plain_code(&text) {
        format!("`{text}`")
    } else {
        numbered(&text)
    }
}

/// A sentence: the words in it that could mean anything are code.
pub(super) fn prose(text: &str) -> String {
    let text = plain(text);
    let words: Vec<String> = text
        .split(' ')
        .enumerate()
        .map(|(at, word)| {
            if is_plain_prose(word) && (at > 0 || !begins_a_block(word)) {
                word.to_owned()
            } else {
                code(word)
            }
        })
        .collect();
    words.join(" ")
}

/// Between backquotes. A pipe would end a cell even there, and a blank at either end would be lost.
fn is_plain_code(text: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || " .-_/=+,:;%()?!*'\"…".contains(c);
    text.trim() == text && text.chars().all(is_plain) && !text.contains("::")
}

/// A word of letters, and what stands between words.
fn is_plain_prose(word: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || ".-/=,:;()'\"…".contains(c);
    let lower = word.to_lowercase();
    let is_link = ["www.", "gh-", "::", ":/"].iter().any(|sign| lower.contains(sign));
    // Between two colons it is a picture.
    word.chars().all(is_plain) && !is_link && word.matches(':').count() < 2
}

/// A mark of a list, a rule or a heading.
fn begins_a_block(word: &str) -> bool {
    word.starts_with(['-', '='])
        || word.trim_end_matches(['.', ')']).chars().all(|c| c.is_ascii_digit()) && word.ends_with(['.', ')'])
}

/// As code, with every mark but `-` and `,` as a number: nothing begins or ends there.
fn numbered(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '-' | ',') {
            write!(out, "&#x{:x};", u32::from(c)).expect("a string takes everything");
        } else {
            out.push(c);
        }
    }
    out.push_str("</code>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_sentences_are_text() {
        for text in ["prod/web", "override=false syncAuto=true", "policies/a.yaml:12", "镜像"] {
            assert_eq!(code(text), format!("`{text}`"));
        }
        for text in [
            "shop/web has no rule to cn-east-3/dr; it is missing",
            "2 findings at or over low: see below",
        ] {
            assert_eq!(prose(text), text);
        }
        assert_eq!(
            prose("the pattern ci-* is (swr:repo:x) empty"),
            "the pattern `ci-*` is `(swr:repo:x)` empty"
        );
        for (text, shown) in [
            ("- a", "`-` a"),
            ("12. a", "`12.` a"),
            ("12 a", "12 a"),
            ("=== a", "`===` a"),
        ] {
            assert_eq!(prose(text), shown);
        }
        assert_eq!((code(""), prose("")), (String::new(), String::new()));
    }

    #[test]
    fn whatever_could_mean_something_is_code_without_a_mark() {
        for text in [
            "@octocat",
            "#123",
            "GH-7",
            "a|b",
            "`x`",
            "``",
            "<script>",
            "</code>",
            "[a](b)",
            "![a](b)",
            "*a*",
            "__a__",
            "~~a~~",
            "##[error]x",
            "::error::x",
            "https://a.example",
            "www.a.example",
            "a@b.example",
            "$(id)",
            "\\",
            "&lt;",
            ":tada:",
            "mailto:a@b",
            "<!--",
        ] {
            for shown in [code(text), prose(text)] {
                let inside = shown
                    .strip_prefix("<code>")
                    .and_then(|rest| rest.strip_suffix("</code>"));
                let plain = shown.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
                match (inside, plain) {
                    (Some(inside), _) => {
                        let marks = |c: char| c.is_ascii_punctuation() && !"&#;-,".contains(c);
                        assert!(!inside.contains(marks), "{shown}");
                        assert!(!inside.contains("##") && inside.matches('&').count() == inside.matches("&#x").count());
                    }
                    (None, Some(plain)) => assert!(is_plain_code(plain), "{shown}"),
                    (None, None) => panic!("{text} stands there as {shown}"),
                }
            }
        }
        assert_eq!(code("a\n\u{202e}"), r"<code>a&#x5c;n&#x5c;u202e</code>");
        assert_eq!(code(" a"), "<code> a</code>");
    }
}
