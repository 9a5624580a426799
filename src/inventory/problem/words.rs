//! How text of the inventory is quoted in messages, and which words for names that break a rule.

use super::mask;
use crate::model::{NameProblem, visible};

/// The longest piece of the inventory that a message repeats.
const LONGEST: usize = 80;

/// A value of the inventory inside a message: in backticks, cut, [`visible`], without secrets.
pub(crate) fn quoted(text: &str) -> String {
    let masked = mask::masked(text.get(..text.floor_char_boundary(4 * LONGEST)).unwrap_or_default());
    let end = masked.char_indices().nth(LONGEST);
    let mut shown = visible(&masked[..end.map_or(masked.len(), |(at, _)| at)]).into_owned();
    if end.is_some() || text.len() > 4 * LONGEST {
        shown.push_str("...");
    }
    format!("`{shown}`")
}

/// What a name may not be, as a clause: "the namespace's name `x` ...".
pub(crate) fn name_problem(problem: NameProblem) -> String {
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
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
