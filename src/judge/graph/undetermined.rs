//! What rules are together that cannot be determined, for each repository: no green, and no finding either.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cloud, Graph};
use crate::model::{Failure, Target, Unknown, UnknownClass};

impl Graph<'_> {
    /// By the index of the repository in the plan. One that is in a circle or a race for certain has that finding, and
    /// nothing here about the same.
    pub(in crate::judge) fn undetermined(&self) -> BTreeMap<usize, Vec<Unknown>> {
        let mut all: BTreeMap<usize, Vec<Unknown>> = BTreeMap::new();
        let mut add = |node: u32, unknown: &Unknown| {
            for index in self.repositories(node) {
                all.entry(index).or_default().push(unknown.clone());
            }
        };
        for node in self.possible_circles() {
            add(node, &of_clouds(None, "its rules lead in a circle"));
        }
        for (node, target) in self.possible_races() {
            add(
                node,
                &of_clouds(Some(target), "it overwrites what another repository writes"),
            );
        }
        all
    }

    /// The nodes that are on a circle in one of the clouds that they may belong to.
    fn possible_circles(&self) -> BTreeSet<u32> {
        if !self.steps.iter().any(|step| self.possible_ends(*step).next().is_some()) {
            return BTreeSet::new();
        }
        let nodes = |components: Vec<Vec<u32>>| components.into_iter().flatten().collect::<BTreeSet<u32>>();
        let certain = nodes(self.components(|step| step.to.into_iter()));
        let possible = nodes(self.components(|step| step.to.into_iter().chain(self.possible_ends(*step))));
        &possible - &certain
    }

    /// The nodes that race in one of the clouds that they may belong to, each with the target.
    fn possible_races(&self) -> Vec<(u32, &Target)> {
        let mut writers: BTreeMap<(&str, &Target), BTreeMap<Cloud, Vec<u32>>> = BTreeMap::new();
        for step in self.steps.iter().filter(|step| step.overwrites) {
            let name = self.planned(step.from).id.repository.as_str();
            let of_target = writers.entry((name, self.target(*step))).or_default();
            of_target.entry(self.cloud(step.from)).or_default().push(step.from);
        }
        let mut found = Vec::new();
        for ((_, target), by_cloud) in writers {
            for (cloud, nodes) in &by_cloud {
                let mut others = by_cloud.keys();
                let has_other = others.any(|other| other != cloud && self.clouds.may_be_one(*cloud, *other));
                if let ([alone], true) = (&nodes[..], has_other) {
                    found.push((*alone, target));
                }
            }
        }
        found
    }
}

fn of_clouds(target: Option<&Target>, what: &str) -> Unknown {
    Unknown {
        class: UnknownClass::NotObservable,
        target: target.cloned(),
        expected: None,
        field: None,
        failure: Some(Failure {
            detail: format!(
                "whether {what} is not known: the sources are of several clouds, and it is not known to which of them each \
                 belongs"
            ),
            ..Failure::unasked(UnknownClass::NotObservable)
        }),
    }
}
