//! Text from outside, made fit for terminals, logs and reports.

use crate::model::is_unseen;

/// The longest detail of a failure, in characters.
pub(in crate::swr) const DETAIL_LIMIT: usize = 200;

/// The first `limit` characters of `text` without those that are not seen; line breaks and tabs become one blank.
///
/// A service, a proxy or whoever stands between may put escape sequences, or marks that turn the direction of writing,
/// into its words. Of a name every character counts, and is spelled out; of these words nothing is lost without them.
pub(in crate::swr) fn plain(text: &str, limit: usize) -> String {
    // Every answer has an id, which is made of nothing else.
    if text.len() <= limit && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut count = 0;
    let mut blank = true;
    for c in text.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        if is_unseen(c) || (c == ' ' && blank) {
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
            prop_assert!(!kept.contains(is_unseen));
        }
    }
}
