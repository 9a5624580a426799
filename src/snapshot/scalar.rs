//! Text as YAML writes it.

use std::fmt::Write as _;

use crate::model::is_unseen;

/// Plain where YAML takes it for text whatever its version, quoted elsewhere.
pub(super) fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '$'));
    if starts_well && is_plain && !WORDS.contains(&&*text.to_ascii_lowercase()) {
        return text.to_owned();
    }
    // JSON's way to quote is one of YAML's, but for what YAML does not take as it is.
    let quoted = serde_json::Value::from(text).to_string();
    quoted.chars().fold(String::new(), |mut written, c| {
        match u32::from(c) {
            code @ ..=0xffff if is_unprintable(c) => write!(written, "\\u{code:04x}"),
            // YAML has no pairs of escapes for one character, as JSON does.
            code if is_unprintable(c) => write!(written, "\\U{code:08x}"),
            _ => written.write_char(c),
        }
        .expect("a string takes everything");
        written
    })
}

/// What would not be seen, and what YAML refuses.
const fn is_unprintable(c: char) -> bool {
    is_unseen(c) || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_could_take_for_something_else_is_quoted() {
        for (text, written) in [
            ("web", "web"),
            ("team/a-1.b", "team/a-1.b"),
            ("team/**", "\"team/**\""),
            ("1234", "\"1234\""),
            ("0x1f", "\"0x1f\""),
            ("null", "\"null\""),
            ("Yes", "\"Yes\""),
            ("a: b", "\"a: b\""),
            ("https://a", "\"https://a\""),
            ("two\nlines \"here\"", r#""two\nlines \"here\"""#),
            ("a\u{85}b\u{2028}c\u{202e}d", r#""a\u0085b\u2028c\u202ed""#),
            ("a\u{fe0f}\u{e0041}", r#""a\ufe0f\U000e0041""#),
            ("\u{7167}\u{1f680}", "\"\u{7167}\u{1f680}\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }
}
