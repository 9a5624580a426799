//! Which sets of rules are policies, and what they are called.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::before::{Before, Kept};
use super::draft::{Inline, Shape, SharedPolicy, Under};
use super::names::Names;
use super::shape::shape;
use super::untold::{self, UntoldOf};
use crate::model::{
    ExpectedFlag, NamespaceName, Others, Policy, RegionLimits, RepoId, RepositoryName, Rule, Source, Survey,
};

/// A set of rules that that many repositories have is a policy; fewer write it out where they stand.
const WORTH_A_NAME: usize = 2;

/// One of the sets of rules that were seen, by its number: each once, in the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Seen(usize);

#[cfg(test)]
impl Seen {
    pub(super) const fn numbered(number: usize) -> Self {
        Self(number)
    }

    pub(super) const fn number(self) -> usize {
        self.0
    }
}

/// What a repository's rules are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Meaning {
    /// As a policy says that there was before, by its place among those.
    Kept(usize),
    Found(Shape),
}

/// All sets of rules that were seen, told apart.
#[derive(Debug)]
pub(super) struct Sorted {
    numbers: HashMap<Meaning, Seen>,
    /// How many repositories have it, and what it is written as.
    all: Vec<(usize, Under)>,
    /// What the service did not tell of them.
    untold: HashMap<Seen, UntoldOf>,
    /// How many flags that are.
    pub flags_not_told: usize,
    /// One number for each repository that was read, in the order of the survey.
    pub repositories: Vec<Option<Seen>>,
    pub policies: BTreeMap<Arc<str>, SharedPolicy>,
}

impl Sorted {
    /// Kept names first; the rest is named by what it does, the most common first.
    pub(super) fn of(survey: &Survey, kept: Kept<'_>) -> Self {
        let choosing = Choosing::among(kept);
        let mut sorted = Self {
            numbers: HashMap::new(),
            all: Vec::new(),
            untold: HashMap::new(),
            flags_not_told: 0,
            repositories: Vec::new(),
            policies: BTreeMap::new(),
        };
        let is_alone = survey.sources.len() == 1;
        for source in &survey.sources {
            for namespace in &source.namespaces {
                for repository in &namespace.repositories {
                    let rules = repository.rules.as_ref().ok().map(|list| &list.rules[..]);
                    let seen = rules.map(|rules| {
                        let shape = shape(&source.source, &namespace.name, rules);
                        let untold = untold::of(&shape);
                        let seen = sorted.count(choosing.meaning(
                            &source.source,
                            &namespace.name,
                            &repository.name,
                            shape,
                            rules,
                        ));
                        let id = || RepoId {
                            source: Arc::clone(&source.source.name),
                            namespace: namespace.name.clone(),
                            repository: repository.name.clone(),
                        };
                        for untold in untold {
                            sorted.flags_not_told += untold.fields.len();
                            let of = sorted.untold.entry(seen).or_default().entry(untold).or_default();
                            of.add(|| untold::name(&id(), is_alone));
                        }
                        seen
                    });
                    sorted.repositories.push(seen);
                }
            }
        }
        sorted.name(kept.policies);
        sorted
    }

    fn count(&mut self, meaning: Meaning) -> Seen {
        let next = Seen(self.all.len());
        let seen = *self.numbers.entry(meaning).or_insert(next);
        if seen == next {
            self.all.push((0, Under::Inline(Inline::default())));
        }
        self.all[seen.0].0 += 1;
        seen
    }

    fn name(&mut self, kept: &[Policy]) {
        let mut meanings: Vec<(Meaning, Seen)> = self.numbers.drain().collect();
        meanings.sort_by_key(|(_, seen)| (Reverse(self.all[seen.0].0), *seen));
        let nameless = meanings.iter().filter_map(|(meaning, seen)| match meaning {
            Meaning::Found(shape) if is_named(self.all[seen.0].0, shape) => Some(&**shape),
            Meaning::Found(_) | Meaning::Kept(_) => None,
        });
        let mut names = Names::of(kept, nameless);
        for (meaning, seen) in meanings {
            let (count, under) = &mut self.all[seen.0];
            let untold = self.untold.remove(&seen).unwrap_or_default();
            let (name, policy) = match meaning {
                Meaning::Kept(index) => (Arc::clone(&kept[index].name), as_it_was(&kept[index])),
                Meaning::Found(shape) if is_named(*count, &shape) => (names.find(&shape), new(shape)),
                Meaning::Found(shape) => {
                    let targets = shape;
                    *under = Under::Inline(Inline { targets, untold });
                    continue;
                }
            };
            *under = Under::Named(Arc::clone(&name));
            self.policies.insert(name, SharedPolicy { untold, ..policy });
        }
    }

    /// How it is written.
    pub(super) fn under(&self, seen: Seen) -> &Under {
        &self.all[seen.0].1
    }

    /// What rules beyond its targets mean.
    pub(super) fn others(&self, seen: Option<Seen>) -> Others {
        match seen.map(|seen| self.under(seen)) {
            Some(Under::Named(name)) => self.policies[name].other_rules,
            Some(Under::Inline(_)) | None => Others::Deny,
        }
    }

    /// How many repositories have it.
    pub(super) fn count_of(&self, seen: Seen) -> usize {
        self.all[seen.0].0
    }
}

/// That nothing is copied is worth a word of its own, however rare it is.
const fn is_named(count: usize, shape: &Shape) -> bool {
    count >= WORTH_A_NAME || shape.is_empty()
}

fn new(targets: Shape) -> SharedPolicy {
    SharedPolicy {
        description: None,
        targets,
        other_rules: Others::Deny,
        regions: RegionLimits::default(),
        untold: UntoldOf::default(),
    }
}

fn as_it_was(policy: &Policy) -> SharedPolicy {
    SharedPolicy {
        description: policy.description.clone(),
        targets: policy.targets.clone(),
        other_rules: policy.other_rules,
        regions: policy.regions.clone(),
        untold: UntoldOf::default(),
    }
}

/// Which of the kept policies a repository is under.
struct Choosing<'k> {
    kept: &'k [Policy],
    /// Where to look for one that could accept rules: among those toward as many and the same regions.
    by_regions: HashMap<Vec<&'k str>, Vec<usize>>,
    before: Before<'k>,
}

impl<'k> Choosing<'k> {
    fn among(kept: Kept<'k>) -> Self {
        let mut by_regions: HashMap<Vec<&str>, Vec<usize>> = HashMap::new();
        for (index, policy) in kept.policies.iter().enumerate() {
            let mut regions: Vec<&str> = policy.targets.iter().map(|target| &*target.region).collect();
            regions.sort_unstable();
            by_regions.entry(regions).or_default().push(index);
        }
        Self {
            kept: kept.policies,
            by_regions,
            before: Before::of(kept),
        }
    }

    fn meaning(
        &self,
        source: &Source,
        namespace: &NamespaceName,
        repository: &RepositoryName,
        shape: Shape,
        rules: &[Rule],
    ) -> Meaning {
        let regions: Vec<&str> = shape.iter().map(|target| &*target.region).collect();
        let candidates = self.by_regions.get(&regions).into_iter().flatten().copied();
        let admits = |policy: &Policy| rules.iter().all(|rule| policy.regions.admit(&rule.target.region));
        let fits = |index: &usize| accepts(&self.kept[*index], namespace, &shape) && admits(&self.kept[*index]);
        let fitting: Vec<usize> = candidates.filter(fits).collect();
        let before = match fitting[..] {
            [] => return Meaning::Found(shape),
            [only] => return Meaning::Kept(only),
            _ => self.before.policies(source, namespace, repository),
        };
        let told = |policy: &Policy| before.iter().position(|name| **name == policy.name);
        // The one that somebody chose; else the one that says most; in order of their names where several say as much.
        let best = fitting.into_iter().min_by_key(|index| {
            let policy = &self.kept[*index];
            (
                told(policy).unwrap_or(usize::MAX),
                looseness(policy),
                policy.other_rules != Others::Deny,
                Arc::clone(&policy.name),
            )
        });
        best.map_or(Meaning::Found(shape), Meaning::Kept)
    }
}

/// Whether each rule is a target and each target a rule: what a policy lets pass beyond its targets it does not say, and
/// whoever reads its name would not know of it.
fn accepts(policy: &Policy, namespace: &NamespaceName, shape: &Shape) -> bool {
    let resolved = |name: &Option<Arc<str>>| name.clone().unwrap_or_else(|| namespace.shared());
    let mut expected: Vec<_> = policy
        .targets
        .iter()
        .map(|target| ((&target.region, resolved(&target.namespace)), target.flags))
        .collect();
    let mut actual: Vec<_> = shape
        .iter()
        .map(|target| ((&target.region, resolved(&target.namespace)), target.flags))
        .collect();
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    actual.sort_by(|one, other| one.0.cmp(&other.0));
    let takes = |expected: ExpectedFlag, actual: ExpectedFlag| expected == ExpectedFlag::Any || expected == actual;
    expected.len() == actual.len()
        && expected
            .iter()
            .zip(&actual)
            .all(|((target, expected), (other, actual))| {
                target == other
                    && takes(expected.overrides, actual.overrides)
                    && takes(expected.sync_auto, actual.sync_auto)
            })
}

/// How many flags it leaves open.
fn looseness(policy: &Policy) -> usize {
    let open = |flag: ExpectedFlag| usize::from(flag == ExpectedFlag::Any);
    let flags = policy.targets.iter().map(|target| target.flags);
    flags.map(|flags| open(flags.overrides) + open(flags.sync_auto)).sum()
}
