//! One word for a repository, from everything that was found of it.
//!
//! Knows severities and classes only: not what differs, and not why it could not be determined.

use crate::model::{Finding, Judged, Outcome, Severity, UnknownClass};

/// What the findings of one repository weigh: whether there are any of more than `info` that count, or that are waived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weight {
    drifts: bool,
    is_waived: bool,
}

impl Weight {
    fn add(&mut self, finding: &Finding) {
        if finding.severity >= Severity::Low {
            match finding.waiver {
                Some(_) => self.is_waived = true,
                None => self.drifts = true,
            }
        }
    }
}

/// Gives every repository its outcome and its share of what stands elsewhere. The last step: by then everything is found,
/// and waived or not.
pub(super) fn close(judged: &mut Judged) {
    let mut weights = vec![Weight::default(); judged.repositories.len()];
    let namespaces = judged.missing_namespaces.iter().map(|it| (&it.finding, &it.members));
    let entanglements = judged.entanglements.iter().map(|it| (&it.finding, &it.members));
    for (finding, members) in namespaces.chain(entanglements) {
        for &member in members {
            let shared = &mut judged.repositories[member].shared;
            match finding.waiver {
                Some(_) => shared.waived += 1,
                None => shared.unwaived += 1,
            }
            weights[member].add(finding);
        }
    }
    for (repository, mut weight) in judged.repositories.iter_mut().zip(weights) {
        repository.findings.iter().for_each(|finding| weight.add(finding));
        repository.outcome = of(repository.unknown_class, weight);
    }
}

/// `unknown` if any part could not be determined, else `drift` if a finding is more than worth knowing, else `waived` if a waived
/// one is, else `ok`.
const fn of(class: Option<UnknownClass>, weight: Weight) -> Outcome {
    match (class, weight) {
        (Some(_), _) => Outcome::Unknown,
        (None, Weight { drifts: true, .. }) => Outcome::Drift,
        (None, Weight { is_waived: true, .. }) => Outcome::Waived,
        (None, _) => Outcome::Ok,
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
    fn unknown_wins_over_drift_and_drift_over_waived() {
        let weight = |drifts, is_waived| Weight { drifts, is_waived };
        for (class, weight, expected) in [
            (None, weight(false, false), Outcome::Ok),
            (None, weight(false, true), Outcome::Waived),
            (None, weight(true, false), Outcome::Drift),
            (None, weight(true, true), Outcome::Drift),
            (Some(UnknownClass::Truncated), weight(false, false), Outcome::Unknown),
            (Some(UnknownClass::NotObservable), weight(true, true), Outcome::Unknown),
        ] {
            assert_eq!(of(class, weight), expected, "{class:?} {weight:?}");
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
