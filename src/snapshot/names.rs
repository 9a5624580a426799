//! Names for policies by what they do.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{ExpectedFlag, PolicyTarget};

/// More regions than that make a name that nobody reads.
const REGIONS_IN_A_NAME: usize = 2;

/// The names that policies have already.
#[derive(Debug)]
pub(super) struct Names {
    taken: BTreeSet<Arc<str>>,
    /// The last number behind a name that many would have.
    numbers: HashMap<String, usize>,
}

impl Names {
    pub(super) fn taken<'n>(names: impl Iterator<Item = &'n Arc<str>>) -> Self {
        Self {
            taken: names.map(Arc::clone).collect(),
            numbers: HashMap::new(),
        }
    }

    /// `none`, `to-cn-east-3`, `to-cn-east-3-and-cn-south-1`, `to-3-regions`; what sets it apart from one that is taken;
    /// then a number.
    pub(super) fn find(&mut self, shape: &[PolicyTarget]) -> Arc<str> {
        let regions: BTreeSet<&str> = shape.iter().map(|target| &*target.region).collect();
        let mut candidate = match regions.len() {
            0 => "none".to_owned(),
            1..=REGIONS_IN_A_NAME => format!("to-{}", Vec::from_iter(regions).join("-and-")),
            count => format!("to-{count}-regions"),
        };
        for apart in [namespace(shape), overwrites(shape), manual(shape)]
            .into_iter()
            .flatten()
        {
            if !self.taken.contains(&*candidate) {
                break;
            }
            candidate.push_str(&apart);
        }
        if self.taken.contains(&*candidate) {
            candidate = self.numbered(candidate);
        }
        let name: Arc<str> = candidate.into();
        self.taken.insert(Arc::clone(&name));
        name
    }

    /// Counted on from the last time: thousands may differ in nothing that a name could say.
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

/// The one namespace that it copies to, where it is one and not the repository's own.
fn namespace(shape: &[PolicyTarget]) -> Option<String> {
    let names: BTreeSet<_> = shape.iter().map(|target| &target.namespace).collect();
    match Vec::from_iter(names)[..] {
        [Some(name)] => Some(format!("-in-{name}")),
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
    use crate::model::Flags;

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

    #[test]
    fn a_policy_is_called_by_what_it_does() {
        let mut names = Names::taken([].into_iter());
        for (shape, called) in [
            (vec![], "none"),
            (vec![target("a", None, false)], "to-a"),
            (vec![target("a", Some("dr"), false)], "to-a-in-dr"),
            (vec![target("a", None, true)], "to-a-overwriting"),
            (
                vec![target("a", Some("x"), false), target("a", Some("y"), false)],
                "to-a-2",
            ),
            (vec![target("a", None, false), target("b", None, false)], "to-a-and-b"),
            (
                vec![
                    target("a", None, false),
                    target("b", None, false),
                    target("c", None, false),
                ],
                "to-3-regions",
            ),
        ] {
            assert_eq!(&*names.find(&shape), called);
        }
    }
}
