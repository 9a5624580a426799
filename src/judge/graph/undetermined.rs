//! What rules are together that cannot be determined, for each repository: no green, and no finding either.

use std::collections::{BTreeMap, BTreeSet};

use super::{Certainty, Contest, Graph, Writer};
use crate::model::{Code, Field, Target, Unknown, UnknownClass};

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
            add(node, &of_clouds(Code::ReplicationLoop, None));
        }
        for contest in self.contests() {
            for writer in &contest.writers {
                match self.doubt(&contest, writer) {
                    Some(Doubt::Override) => add(writer.node, &of_override(contest.target)),
                    Some(Doubt::Cloud) => add(writer.node, &of_clouds(Code::OverwriteRace, Some(contest.target))),
                    None => {}
                }
            }
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

    /// Why it is not known whether that writer races: its own flag, or the clouds. Those whose flags are known are not in
    /// doubt for the sake of one whose flag is not: that one's row says so.
    fn doubt(&self, contest: &Contest<'_>, writer: &Writer) -> Option<Doubt> {
        let is_other = |other: &&Writer| other.node != writer.node && self.clouds.may_be_one(writer.cloud, other.cloud);
        let mut others = contest.writers.iter().filter(is_other);
        if writer.overwrites == Certainty::Unknown {
            return others.next().map(|_| Doubt::Override);
        }
        let sure: Vec<&Writer> = others.filter(|other| other.overwrites == Certainty::Yes).collect();
        let is_certain = sure.iter().any(|other| other.cloud == writer.cloud);
        (!sure.is_empty() && !is_certain).then_some(Doubt::Cloud)
    }

    /// Whether that writer is in a race, if one of those that are in doubt is.
    pub(super) fn is_undetermined(&self, contest: &Contest<'_>, writer: &Writer) -> bool {
        let mut others = contest.writers.iter().filter(|other| other.node != writer.node);
        others.any(|other| {
            let is_open = [writer, other].iter().any(|one| one.overwrites == Certainty::Unknown);
            self.clouds.may_be_one(writer.cloud, other.cloud) && (is_open || other.cloud != writer.cloud)
        })
    }
}

/// Why it is not known whether something is a race.
enum Doubt {
    Override,
    Cloud,
}

fn of_override(target: &Target) -> Unknown {
    Unknown {
        class: UnknownClass::BadResponse,
        target: Some(target.clone()),
        expected: None,
        field: Some(Field::Override),
        failure: None,
        may_be: Some(Code::OverwriteRace),
    }
}

fn of_clouds(code: Code, target: Option<&Target>) -> Unknown {
    Unknown {
        class: UnknownClass::NotObservable,
        target: target.cloned(),
        expected: None,
        field: None,
        failure: None,
        may_be: Some(code),
    }
}
