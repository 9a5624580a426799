//! What is said of a selection before a run begins.

use super::wording::plain;
use crate::model::Scope;

/// That a scope reaches no namespace of the inventory.
pub fn idle(scope: &Scope) -> String {
    format!(
        "note: `{}` of --only reaches no namespace of the inventory\n",
        plain(scope.as_str())
    )
}
