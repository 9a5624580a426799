//! The one list of characters that are obeyed or not seen where text is shown, and how they are spelled out.
//!
//! Text comes from the service, from the inventory and from names of files. Every output spells these characters out at its
//! own edge: names stay in the model as they came, and each format knows by itself where its lines end.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

/// Whether a terminal or a table obeys a character, or shows nothing in its place.
///
/// These are Unicode's control and format characters (`Cc` and `Cf`), its separators of lines and paragraphs, and all that
/// it calls default ignorable. Variation selectors are among the last: two names that differ in one of them look alike, and
/// a row of them can carry a whole text that nobody sees.
pub const fn is_unseen(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}')
        || matches!(
            c,
            '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{115f}' | '\u{1160}'
        )
        || matches!(c, '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(
            c,
            '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        )
        || matches!(c, '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// A text on one line, with nothing in it that is not seen: `\n` and `\u202e` stand for such characters.
///
/// These are JSON's escapes, so that JSON which is such a text, or a part of one, stays JSON and says the same. A backslash
/// stays one, for the same reason.
pub fn visible(text: &str) -> Cow<'_, str> {
    spelled_out(text, is_unseen)
}

/// The same of a text that has several lines: its line feeds stay.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    spelled_out(text, |c| c != '\n' && is_unseen(c))
}

/// The name of a file or folder, likewise on one line.
pub fn visible_path(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

fn spelled_out(text: &str, is_odd: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Nearly every text is one of these, and there are millions of them.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.contains(&is_odd) {
        return text.into();
    }
    let mut shown = String::with_capacity(2 * text.len());
    for c in text.chars() {
        if is_odd(c) {
            escape(c, &mut shown);
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

fn escape(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str(r"\n"),
        '\r' => out.push_str(r"\r"),
        '\t' => out.push_str(r"\t"),
        other => {
            for unit in other.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("a string takes everything");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_spelled_out_and_nothing_else() {
        for (text, shown) in [
            ("web", "web"),
            ("镜像 \u{1f680} é \"\\u202e", "镜像 \u{1f680} é \"\\u202e"),
            ("a\u{1b}[31m\u{202e}b", r"a\u001b[31m\u202eb"),
            ("a\r\n\tb\u{7f}\u{85}\u{9b}", r"a\r\n\tb\u007f\u0085\u009b"),
            (
                "\u{ad}\u{61c}\u{180e}\u{200b}\u{2028}\u{fe0f}\u{feff}",
                r"\u00ad\u061c\u180e\u200b\u2028\ufe0f\ufeff",
            ),
            ("\u{e0041}", r"\udb40\udc41"),
        ] {
            assert_eq!(visible(text), shown);
            assert_eq!(visible_lines(text), shown.replace(r"\n", "\n"));
        }
    }

    #[test]
    fn the_list_is_unicodes() {
        let class = r"\A[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]\z";
        let class = regex::Regex::new(class).expect("the properties have these names");
        for c in '\0'..=char::MAX {
            assert_eq!(is_unseen(c), class.is_match(c.encode_utf8(&mut [0; 4])), "{c:?}");
        }
    }

    #[test]
    fn json_stays_json_and_says_the_same() {
        let text: String = ('\0'..='\u{ffff}').chain('\u{e0000}'..='\u{e01ff}').collect();
        let json = serde_json::Value::from(&*text).to_string();
        let shown = visible(&json);
        assert!(!shown.contains(is_unseen));
        let read: String = serde_json::from_str(&shown).expect("it is JSON still");
        assert!(read == text);
    }
}
