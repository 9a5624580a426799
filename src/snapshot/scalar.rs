//! Text as a YAML scalar.

use std::fmt::Write as _;

use crate::model::is_unseen;

/// Plain where every version of YAML reads it as text, else quoted.
pub(super) fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '$'));
    if starts_well && is_plain && !WORDS.contains(&&*text.to_ascii_lowercase()) {
        return text.to_owned();
    }
    // YAML reads JSON's quotes, except for characters that it wants escaped.
    let quoted = serde_json::Value::from(text).to_string();
    quoted.chars().fold(String::new(), |mut written, c| {
        match u32::from(c) {
            code @ ..=0xffff if is_unprintable(c) => write!(written, "\\u{code:04x}"),
            // JSON writes such a character as two escapes; YAML does not read them as one.
            code if is_unprintable(c) => write!(written, "\\U{code:08x}"),
            _ => written.write_char(c),
        }
        .expect("a string takes everything");
        written
    })
}

/// What nobody would see, and what YAML refuses.
const fn is_unprintable(c: char) -> bool {
    is_unseen(c) || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_yaml_could_read_as_something_else_is_quoted() {
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
