//! Text as YAML writes it.

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
    // JSON's way to quote is one of YAML's.
    serde_json::Value::from(text).to_string()
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
        ] {
            assert_eq!(scalar(text), written);
        }
    }
}
