//! The way to stderr, where a person may sit: nothing gets through that a terminal obeys but our own colours.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::model::visible_lines;

/// Writes whole lines. Nowhere is left to say that stderr is gone.
pub(super) fn write(text: &str, is_coloured: bool) {
    let _ = io::stderr().lock().write_all(shown(text, is_coloured).as_bytes());
}

/// Writes lines that are meant for the runner of a CI system.
pub(super) fn command(lines: &str) {
    let _ = io::stderr().lock().write_all(visible_lines(lines).as_bytes());
}

/// The runner of GitHub takes a line of the form `::name::text` for a command, and `##[` anywhere in one; Azure takes `##vso[`.
/// Text from outside must not say them.
fn without_commands(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains("##") && !text.contains("::") {
        return text;
    }
    let tame = |line: &str| {
        let line = line.replace("##[", r"#\u0023[").replace("##vso[", r"#\u0023vso[");
        let words = line.trim_start();
        match words.strip_prefix("::").filter(|rest| rest.contains("::")) {
            Some(rest) => format!(r"{}:\u003a{rest}", &line[..line.len() - words.len()]),
            None => line,
        }
    };
    text.split_inclusive('\n').map(tame).collect::<String>().into()
}

/// Lines as a terminal may have them.
///
/// Whoever made them knows which line feeds are its own, and spelled out all others; here is the last look at the rest.
pub(super) fn shown(text: &str, is_coloured: bool) -> Cow<'_, str> {
    without_commands(with_colours(text, is_coloured))
}

fn with_colours(text: &str, is_coloured: bool) -> Cow<'_, str> {
    if !is_coloured || !text.contains(CSI) {
        return visible_lines(text);
    }
    let mut parts = text.split(CSI);
    let mut shown = visible_lines(parts.next().unwrap_or_default()).into_owned();
    for part in parts {
        let end = part
            .find(|c: char| c != ';' && !c.is_ascii_digit())
            .unwrap_or(part.len());
        let (numbers, rest) = part.split_at(end);
        let written = match rest.strip_prefix('m') {
            Some(behind) => write!(shown, "{CSI}{numbers}m{}", visible_lines(behind)),
            None => write!(shown, "{}{numbers}{}", visible_lines(CSI), visible_lines(rest)),
        };
        written.expect("a string takes everything");
    }
    shown.into()
}

/// How a sequence begins that sets a colour, or moves the cursor.
const CSI: &str = "\u{1b}[";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command_for_a_runner() {
        for (text, tame) in [
            ("a\n  ::error::x\nb ::c\n", "a\n  :\\u003aerror::x\nb ::c\n"),
            ("a ##[error]x\n##vso[x]\n", "a #\\u0023[error]x\n#\\u0023vso[x]\n"),
            ("a: b # c\n", "a: b # c\n"),
            ("  ::: a.yaml:24:9\n", "  ::: a.yaml:24:9\n"),
        ] {
            assert_eq!(without_commands(text.into()), tame);
        }
    }

    #[test]
    fn colours_get_through_where_there_are_any_and_nothing_else_does() {
        let text = "\u{1b}[1;31mred\u{1b}[0m\n\u{1b}[2J\u{1b}]0;x\u{7}\u{1b}[\u{202e}";
        let tame = r"\u001b[2J\u001b]0;x\u0007\u001b[\u202e";
        assert_eq!(shown(text, true), format!("\u{1b}[1;31mred\u{1b}[0m\n{tame}"));
        assert_eq!(shown(text, false), format!("{}\n{tame}", r"\u001b[1;31mred\u001b[0m"));
    }
}
