//! One word for a repository, from everything that was told of it.
//!
//! Knows severities and classes only: not what differs, and not why it could not be told.

use crate::model::{Outcome, Severity, UnknownClass};

/// `unknown` if any part could not be told, else `drift` if a finding is more than worth knowing, else `ok`.
pub(super) fn of(class: Option<UnknownClass>, severities: impl IntoIterator<Item = Severity>) -> Outcome {
    if class.is_some() {
        Outcome::Unknown
    } else if severities.into_iter().any(|severity| severity >= Severity::Low) {
        Outcome::Drift
    } else {
        Outcome::Ok
    }
}

/// The class of a repository where several apply: the first in precedence.
pub(super) fn class_of(classes: impl IntoIterator<Item = UnknownClass>) -> Option<UnknownClass> {
    classes.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_wins_over_drift_and_info_alone_is_ok() {
        for (class, severities, expected) in [
            (None, &[][..], Outcome::Ok),
            (None, &[Severity::Info, Severity::Info], Outcome::Ok),
            (None, &[Severity::Info, Severity::Low], Outcome::Drift),
            (None, &[Severity::Critical], Outcome::Drift),
            (Some(UnknownClass::Truncated), &[], Outcome::Unknown),
            (
                Some(UnknownClass::NotObservable),
                &[Severity::Critical],
                Outcome::Unknown,
            ),
        ] {
            let outcome = of(class, severities.iter().copied());
            assert_eq!(outcome, expected, "{class:?} {severities:?}");
        }
    }

    #[test]
    fn the_first_class_in_precedence_is_the_repositorys() {
        use UnknownClass::{AccessDenied, BadResponse, Interrupted, NotObservable};
        assert_eq!(class_of([]), None);
        assert_eq!(class_of([NotObservable, BadResponse]), Some(BadResponse));
        assert_eq!(class_of([Interrupted, AccessDenied, NotObservable]), Some(AccessDenied));
    }
}
