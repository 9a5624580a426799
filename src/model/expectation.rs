//! What should be: the resolved expectation of a repository, after inheritance.

use std::fmt;
use std::sync::Arc;

use super::{Flags, Others, Pattern, Place, PolicyPlaces, Severities, Target};

/// A flag as the inventory expects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExpectedFlag {
    /// Exactly this value.
    Is(bool),
    /// Whatever it is: `any` in the inventory.
    Any,
}

impl fmt::Display for ExpectedFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(value) => value.fmt(f),
            Self::Any => f.write_str("any"),
        }
    }
}

/// One target that a policy expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedTarget {
    /// Where the copy should go.
    pub target: Target,
    /// How the rule should be set.
    pub flags: Flags<ExpectedFlag>,
    /// Where the target is written.
    pub place: Place,
}

/// One policy applied to one namespace. Shared by the repositories under it: a few per inventory, however many
/// repositories there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The policy's name; `None` for an inline one.
    pub policy: Option<Arc<str>>,
    /// The expected targets, in order of region and namespace, none twice.
    pub targets: Vec<ExpectedTarget>,
    /// What rules beyond them mean.
    pub other_rules: Others,
    /// Where no rule may point.
    pub regions: RegionLimits,
    /// The severities of the document that holds the repositories.
    pub severities: Arc<Severities>,
    /// Where the policy is written.
    pub place: Place,
    /// Where its values are written.
    pub places: Arc<PolicyPlaces>,
}

impl Expectation {
    /// Any rules at all are as expected, and none are, too: for repositories of which only the name is judged, or that are
    /// only looked at.
    pub fn of_nothing(severities: &Arc<Severities>, place: Place) -> Self {
        Self {
            policy: None,
            targets: Vec::new(),
            other_rules: Others::Allow,
            regions: RegionLimits::default(),
            severities: Arc::clone(severities),
            place,
            places: Arc::default(),
        }
    }
}

impl Expectation {
    /// Both flags that are expected at that target; `None`: it is not expected.
    pub fn at(&self, target: &Target) -> Option<Flags<ExpectedFlag>> {
        let expected = self.targets.iter().find(|expected| expected.target == *target)?;
        Some(expected.flags)
    }
}

/// Data residency: `allowedRegions` and `deniedRegions` of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionLimits {
    /// `None`: no limit. `Some(vec![])`: nowhere.
    pub allowed: Option<Vec<Pattern>>,
    /// Wins over `allowed`.
    pub denied: Vec<Pattern>,
}

impl RegionLimits {
    /// Whether a rule may point to this region.
    pub fn admit(&self, region: &str) -> bool {
        let is_allowed = match &self.allowed {
            Some(patterns) => patterns.iter().any(|pattern| pattern.matches(region)),
            None => true,
        };
        is_allowed && !self.denied.iter().any(|pattern| pattern.matches(region))
    }

    /// Whether any region is out of bounds.
    pub const fn limit_anything(&self) -> bool {
        self.allowed.is_some() || !self.denied.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(allowed: Option<&[&str]>, denied: &[&str]) -> RegionLimits {
        let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::parse(text).expect(text)).collect();
        RegionLimits {
            allowed: allowed.map(patterns),
            denied: patterns(denied),
        }
    }

    #[test]
    fn absent_means_anywhere_and_empty_means_nowhere() {
        assert!(limits(None, &[]).admit("cn-east-3"));
        assert!(!limits(Some(&[]), &[]).admit("cn-east-3"));
        assert!(!limits(None, &[]).limit_anything());
        assert!(limits(Some(&[]), &[]).limit_anything());
        assert!(limits(None, &["cn-*"]).limit_anything());
    }

    #[test]
    fn denied_wins_over_allowed() {
        let limits = limits(Some(&["cn-*"]), &["cn-east-[23]", "{eu,ap}-*"]);
        assert!(limits.admit("cn-north-4"));
        assert!(!limits.admit("cn-east-3"));
        assert!(!limits.admit("ap-southeast-1"));
        assert!(!limits.admit("CN-north-4"));
    }
}
