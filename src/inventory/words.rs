//! How text of the inventory is quoted in messages, and which words for names that break a rule.

use super::mask;
use crate::model::NameProblem;

/// The longest piece of the inventory that a message repeats.
const LONGEST: usize = 80;

/// A value of the inventory inside a message: in backticks, cut, without control characters, without secrets.
pub(super) fn quoted(text: &str) -> String {
    let masked = mask::masked(text.get(..text.floor_char_boundary(4 * LONGEST)).unwrap_or_default());
    let mut shown: String = masked.chars().take(LONGEST).flat_map(escaped).collect();
    if masked.chars().nth(LONGEST).is_some() || text.len() > 4 * LONGEST {
        shown.push_str("...");
    }
    format!("`{shown}`")
}

fn escaped(c: char) -> impl Iterator<Item = char> {
    // Format characters can turn the direction of a line; they are told by number, as control characters are.
    let is_odd = c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let (number, plain) = if is_odd {
        (Some(c.escape_default()), None)
    } else {
        (None, Some(c))
    };
    number.into_iter().flatten().chain(plain)
}

/// What a name may not be, as a clause: "the namespace's name `x` ...".
pub(super) fn name_problem(problem: NameProblem) -> String {
    match problem {
        NameProblem::Empty => "is empty".to_owned(),
        NameProblem::TooLong(limit) => format!("is longer than {limit} characters"),
        NameProblem::Start => "starts with a character that cannot stand first".to_owned(),
        NameProblem::End => "ends with a character that cannot stand last".to_owned(),
        NameProblem::Character(odd) => format!("holds {}", quoted(odd.encode_utf8(&mut [0; 4]))),
        NameProblem::Separators => "has separators side by side".to_owned(),
    }
}

/// `repository`, `repositories`: a count with its noun.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
