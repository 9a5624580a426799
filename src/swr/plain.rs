//! Text from outside, made fit for terminals, logs and reports.

/// The longest detail of a failure, in characters.
pub(super) const DETAIL_LIMIT: usize = 200;

/// The first `limit` characters of `text` without control characters; line breaks and tabs become one blank.
///
/// A service, a proxy or whoever stands between may put escape sequences, or marks that turn the direction of writing,
/// into its words. They must not reach an operator's terminal.
pub(super) fn plain(text: &str, limit: usize) -> String {
    // Every answer has an id, which is made of nothing else.
    if text.len() <= limit && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut count = 0;
    let mut blank = true;
    for c in text.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        if c.is_control() || is_direction_mark(c) || (c == ' ' && blank) {
            continue;
        }
        if count == limit {
            break;
        }
        blank = c == ' ';
        kept.push(c);
        count += 1;
    }
    kept.truncate(kept.trim_end().len());
    kept
}

const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_and_line_breaks_do_not_get_through() {
        assert_eq!(
            plain("a\u{1b}[31mred\u{7}\r\n  b\u{9b}c\u{202e}d\n", 200),
            "a[31mred bcd"
        );
        assert_eq!(plain("镜像不存在", 3), "镜像不");
        assert_eq!(plain("", 3), "");
    }

    proptest! {
        #[test]
        fn whatever_comes_in_is_short_and_printable(text in any::<String>(), limit in 0usize..50) {
            let kept = plain(&text, limit);
            prop_assert!(kept.chars().count() <= limit);
            prop_assert!(!kept.chars().any(char::is_control));
        }
    }
}
