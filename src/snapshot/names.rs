//! Names for policies, by what they do.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{ExpectedFlag, Policy, PolicyTarget};

/// A name with more regions is too long to read.
const REGIONS_IN_A_NAME: usize = 2;

/// The names of policies so far.
#[derive(Debug)]
pub(super) struct PolicyNames {
    taken: BTreeSet<Arc<str>>,
    /// The last number appended to a name that many would have.
    numbers: HashMap<String, usize>,
    /// The namespaces that policies copy to, by their regions; `None` where it is not one and the same.
    namespaces: HashMap<Vec<Arc<str>>, BTreeSet<Option<Arc<str>>>>,
}

impl PolicyNames {
    /// For these sets of targets, beside policies that have names already.
    pub(super) fn of<'n>(kept: &'n [Policy], shapes: impl Iterator<Item = &'n [PolicyTarget]>) -> Self {
        let mut namespaces: HashMap<Vec<Arc<str>>, BTreeSet<Option<Arc<str>>>> = HashMap::new();
        for shape in shapes.chain(kept.iter().map(|policy| &*policy.targets)) {
            namespaces.entry(regions(shape)).or_default().insert(namespace(shape));
        }
        Self {
            taken: kept.iter().map(|policy| Arc::clone(&policy.name)).collect(),
            numbers: HashMap::new(),
            namespaces,
        }
    }

    /// `none`, `to-cn-east-3`, `to-cn-east-3-and-cn-south-1`, `to-3-regions`. With the namespace where others copy to another
    /// namespace of the same regions; where the name is taken, with what sets this one apart, then with a number.
    pub(super) fn find(&mut self, shape: &[PolicyTarget]) -> Arc<str> {
        let regions = regions(shape);
        let mut candidate = match regions.len() {
            0 => "none".to_owned(),
            1..=REGIONS_IN_A_NAME => format!("to-{}", regions.join("-and-")),
            count => format!("to-{count}-regions"),
        };
        let differ = |namespaces: &BTreeSet<_>| namespaces.len() > 1;
        let is_one_of_several = self.namespaces.get(&regions).is_some_and(differ);
        let in_namespace = namespace(shape).map(|name| (format!("-in-{name}"), is_one_of_several));
        let flags = [overwrites(shape), manual(shape)].into_iter().flatten();
        for (apart, is_needed) in in_namespace.into_iter().chain(flags.map(|apart| (apart, false))) {
            if is_needed || self.taken.contains(&*candidate) {
                candidate.push_str(&apart);
            }
        }
        if self.taken.contains(&*candidate) {
            candidate = self.numbered(candidate);
        }
        let name: Arc<str> = candidate.into();
        self.taken.insert(Arc::clone(&name));
        name
    }

    /// Goes on counting where it stopped: thousands of policies may differ in nothing that a name could say.
    fn numbered(&mut self, base: String) -> String {
        let mut number = self.numbers.get(&base).copied().unwrap_or(1);
        let name = loop {
            number += 1;
            let name = format!("{base}-{number}");
            if !self.taken.contains(&*name) {
                break name;
            }
        };
        self.numbers.insert(base, number);
        name
    }
}

/// The regions that it copies to, each once, in order.
fn regions(shape: &[PolicyTarget]) -> Vec<Arc<str>> {
    let regions: BTreeSet<&Arc<str>> = shape.iter().map(|target| &target.region).collect();
    regions.into_iter().map(Arc::clone).collect()
}

/// The namespace that it copies to, where that is one and not the repository's own.
fn namespace(shape: &[PolicyTarget]) -> Option<Arc<str>> {
    let names: BTreeSet<_> = shape.iter().map(|target| &target.namespace).collect();
    match Vec::from_iter(names)[..] {
        [Some(name)] => Some(Arc::clone(name)),
        _ => None,
    }
}

fn overwrites(shape: &[PolicyTarget]) -> Option<String> {
    let all = shape
        .iter()
        .all(|target| target.flags.overrides == ExpectedFlag::Is(true));
    (all && !shape.is_empty()).then(|| "-overwriting".to_owned())
}

fn manual(shape: &[PolicyTarget]) -> Option<String> {
    let all = shape
        .iter()
        .all(|target| target.flags.sync_auto == ExpectedFlag::Is(false));
    (all && !shape.is_empty()).then(|| "-by-hand".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Flags, Others, RegionLimits};

    fn target(region: &str, namespace: Option<&str>, overrides: bool) -> PolicyTarget {
        PolicyTarget {
            region: region.into(),
            namespace: namespace.map(Into::into),
            flags: Flags {
                overrides: ExpectedFlag::Is(overrides),
                sync_auto: ExpectedFlag::Is(true),
            },
        }
    }

    /// The names of these policies, one after the other.
    fn names_of(shapes: &[Vec<PolicyTarget>]) -> Vec<Arc<str>> {
        let mut names = PolicyNames::of(&[], shapes.iter().map(|shape| &**shape));
        shapes.iter().map(|shape| names.find(shape)).collect()
    }

    #[test]
    fn a_policys_name_says_what_it_does() {
        let shapes = [
            vec![],
            vec![target("a", None, false)],
            vec![target("a", None, true)],
            vec![target("a", None, true)],
            vec![target("a", Some("x"), false), target("a", Some("y"), false)],
            vec![target("a", None, false), target("b", None, false)],
            vec![
                target("a", None, false),
                target("b", None, false),
                target("c", None, false),
            ],
        ];
        let expected = [
            "none",
            "to-a",
            "to-a-overwriting",
            "to-a-overwriting-2",
            "to-a-2",
            "to-a-and-b",
            "to-3-regions",
        ];
        assert_eq!(
            names_of(&shapes).iter().map(|name| &**name).collect::<Vec<_>>(),
            expected
        );
    }

    /// `to-a` beside `to-a-in-y` would read as if it meant any namespace.
    #[test]
    fn policies_that_differ_in_their_namespace_all_name_it() {
        let (x, y) = (target("a", Some("x"), false), target("a", Some("y"), false));
        assert_eq!(names_of(&[vec![x.clone()]]), ["to-a".into()]);
        let both = [vec![x.clone()], vec![y.clone()], vec![target("a", Some("y"), true)]];
        let expected = ["to-a-in-x", "to-a-in-y", "to-a-in-y-overwriting"];
        assert_eq!(names_of(&both), expected.map(Into::into));
        let own = [
            vec![target("a", None, false)],
            vec![x.clone()],
            vec![target("b", Some("x"), false)],
        ];
        assert_eq!(names_of(&own), ["to-a", "to-a-in-x", "to-b"].map(Into::into));
        let kept = Policy {
            name: "mine".into(),
            description: None,
            targets: vec![y],
            other_rules: Others::Deny,
            regions: RegionLimits::default(),
        };
        let shape = [x];
        assert_eq!(
            &*PolicyNames::of(&[kept], [&shape[..]].into_iter()).find(&shape),
            "to-a-in-x"
        );
    }
}
