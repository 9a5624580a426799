//! Words for selections that select nothing.

use super::wording::plain;
use crate::model::Scope;

/// That a scope reaches no namespace of the inventory.
pub fn idle(scope: &Scope) -> String {
    format!(
        "note: `{}` of --only reaches no namespace of the inventory\n",
        plain(scope.as_str())
    )
}

/// That a pattern of `--only` selects nothing.
pub fn empty(pattern: &str) -> String {
    format!(
        "`{}` of --only selects nothing: no namespace and no repository that the inventory covers is within it",
        plain(pattern)
    )
}
