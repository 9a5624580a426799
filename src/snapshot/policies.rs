//! Which sets of rules become policies, and which names these get.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::before::{EarlierEntries, EarlierInventories};
use super::draft::{InlinePolicy, PolicyUse, SharedPolicy, Targets};
use super::names::PolicyNames;
use super::targets::targets;
use super::unreported::{self, UnreportedFlags};
use crate::model::{ExpectedFlag, NamespaceName, Others, Policy, RegionLimits, RepoId, Rule, Source, Survey};

/// A set of rules becomes a shared policy where this many repositories have it; else it is written inline.
const WORTH_A_NAME: usize = 2;

/// A set of rules, by its number: equal sets have one, in the order in which they were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RuleSetId(usize);

#[cfg(test)]
impl RuleSetId {
    pub(super) const fn numbered(number: usize) -> Self {
        Self(number)
    }

    pub(super) const fn number(self) -> usize {
        self.0
    }
}

/// What a repository's rules are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum RuleSet {
    /// What an earlier policy expects, by its index.
    Earlier(usize),
    New(Targets),
}

/// All sets of rules that were seen, each once.
#[derive(Debug)]
pub(super) struct RuleSets {
    ids: HashMap<RuleSet, RuleSetId>,
    /// How many repositories have it, and which policy that is.
    all: Vec<(usize, PolicyUse)>,
    /// The flags that the service did not report.
    unreported: HashMap<RuleSetId, UnreportedFlags>,
    /// How many flags these are.
    pub unreported_flags: usize,
    /// One for each repository, in the order of the survey; `None` where its rules were not read.
    pub repositories: Vec<Option<RuleSetId>>,
    pub policies: BTreeMap<Arc<str>, SharedPolicy>,
}

impl RuleSets {
    /// Earlier policies keep their names. The others are named by what they do, the most common first.
    pub(super) fn of(survey: &Survey, earlier: EarlierInventories<'_>) -> Self {
        let choice = EarlierChoice::among(earlier);
        let mut rule_sets = Self {
            ids: HashMap::new(),
            all: Vec::new(),
            unreported: HashMap::new(),
            unreported_flags: 0,
            repositories: Vec::new(),
            policies: BTreeMap::new(),
        };
        let is_only_source = survey.sources.len() == 1;
        for source in &survey.sources {
            for namespace in &source.namespaces {
                for repository in &namespace.repositories {
                    let id = RepoId {
                        source: Arc::clone(&source.source.name),
                        namespace: namespace.name.clone(),
                        repository: repository.name.clone(),
                    };
                    let read = repository.rules.as_ref().ok();
                    let rules =
                        read.map(|list| rule_sets.add(&source.source, &id, &list.rules, &choice, is_only_source));
                    rule_sets.repositories.push(rules);
                }
            }
        }
        rule_sets.name(earlier.policies);
        rule_sets
    }

    /// Counts the rules of a repository, and the flags in them that were not reported.
    fn add(
        &mut self,
        source: &Source,
        id: &RepoId,
        rules: &[Rule],
        choice: &EarlierChoice<'_>,
        is_only_source: bool,
    ) -> RuleSetId {
        let targets = targets(source, &id.namespace, rules);
        let unreported = unreported::of(&targets);
        let set = self.count(choice.rule_set(source, id, targets, rules));
        for flags in unreported {
            self.unreported_flags += flags.fields.len();
            let repositories = self.unreported.entry(set).or_default().entry(flags).or_default();
            repositories.add(|| unreported::name(id, is_only_source));
        }
        set
    }

    fn count(&mut self, rules: RuleSet) -> RuleSetId {
        let next = RuleSetId(self.all.len());
        let id = *self.ids.entry(rules).or_insert(next);
        if id == next {
            self.all.push((0, PolicyUse::Inline(InlinePolicy::default())));
        }
        self.all[id.0].0 += 1;
        id
    }

    fn name(&mut self, earlier: &[Policy]) {
        let mut sets: Vec<(RuleSet, RuleSetId)> = self.ids.drain().collect();
        sets.sort_by_key(|(_, id)| (Reverse(self.all[id.0].0), *id));
        let nameless = sets.iter().filter_map(|(rules, id)| match rules {
            RuleSet::New(targets) if is_named(self.all[id.0].0, targets) => Some(&**targets),
            RuleSet::New(_) | RuleSet::Earlier(_) => None,
        });
        let mut names = PolicyNames::of(earlier, nameless);
        for (rules, id) in sets {
            let (count, policy_use) = &mut self.all[id.0];
            let unreported = self.unreported.remove(&id).unwrap_or_default();
            let (name, policy) = match rules {
                RuleSet::Earlier(index) => (Arc::clone(&earlier[index].name), unchanged(&earlier[index])),
                RuleSet::New(targets) if is_named(*count, &targets) => (names.find(&targets), new(targets)),
                RuleSet::New(targets) => {
                    *policy_use = PolicyUse::Inline(InlinePolicy { targets, unreported });
                    continue;
                }
            };
            *policy_use = PolicyUse::Named(Arc::clone(&name));
            self.policies.insert(name, SharedPolicy { unreported, ..policy });
        }
    }

    /// The policy that expects these rules.
    pub(super) fn policy_of(&self, id: RuleSetId) -> &PolicyUse {
        &self.all[id.0].1
    }

    /// `otherRules` of that policy.
    pub(super) fn other_rules_of(&self, id: Option<RuleSetId>) -> Others {
        match id.map(|id| self.policy_of(id)) {
            Some(PolicyUse::Named(name)) => self.policies[name].other_rules,
            Some(PolicyUse::Inline(_)) | None => Others::Deny,
        }
    }

    /// How many repositories have these rules.
    pub(super) fn count_of(&self, id: RuleSetId) -> usize {
        self.all[id.0].0
    }
}

/// The policy without targets has a name however rare it is.
const fn is_named(count: usize, targets: &Targets) -> bool {
    count >= WORTH_A_NAME || targets.is_empty()
}

fn new(targets: Targets) -> SharedPolicy {
    SharedPolicy {
        description: None,
        targets,
        other_rules: Others::Deny,
        regions: RegionLimits::default(),
        unreported: UnreportedFlags::default(),
    }
}

fn unchanged(policy: &Policy) -> SharedPolicy {
    SharedPolicy {
        description: policy.description.clone(),
        targets: policy.targets.clone(),
        other_rules: policy.other_rules,
        regions: policy.regions.clone(),
        unreported: UnreportedFlags::default(),
    }
}

/// Which of the earlier policies a repository gets.
struct EarlierChoice<'k> {
    policies: &'k [Policy],
    /// The indexes of the policies, by the regions of their targets: only one with the same regions can accept rules.
    by_regions: HashMap<Vec<&'k str>, Vec<usize>>,
    entries: EarlierEntries<'k>,
}

impl<'k> EarlierChoice<'k> {
    fn among(earlier: EarlierInventories<'k>) -> Self {
        let mut by_regions: HashMap<Vec<&str>, Vec<usize>> = HashMap::new();
        for (index, policy) in earlier.policies.iter().enumerate() {
            let mut regions: Vec<&str> = policy.targets.iter().map(|target| &*target.region).collect();
            regions.sort_unstable();
            by_regions.entry(regions).or_default().push(index);
        }
        Self {
            policies: earlier.policies,
            by_regions,
            entries: EarlierEntries::of(earlier),
        }
    }

    fn rule_set(&self, source: &Source, id: &RepoId, targets: Targets, rules: &[Rule]) -> RuleSet {
        let regions: Vec<&str> = targets.iter().map(|target| &*target.region).collect();
        let candidates = self.by_regions.get(&regions).into_iter().flatten().copied();
        let admits = |policy: &Policy| rules.iter().all(|rule| policy.regions.admit(&rule.target.region));
        let fits = |index: &usize| {
            let policy = &self.policies[*index];
            accepts(policy, &id.namespace, &targets) && admits(policy)
        };
        let fitting: Vec<usize> = candidates.filter(fits).collect();
        let before = match fitting[..] {
            [] => return RuleSet::New(targets),
            [only] => return RuleSet::Earlier(only),
            _ => self.entries.policies(source, &id.namespace, &id.repository),
        };
        let rank = |policy: &Policy| before.iter().position(|name| **name == policy.name);
        // The one that the repository had; else the strictest; in order of their names where several are as strict.
        let best = fitting.into_iter().min_by_key(|index| {
            let policy = &self.policies[*index];
            (
                rank(policy).unwrap_or(usize::MAX),
                looseness(policy),
                policy.other_rules != Others::Deny,
                Arc::clone(&policy.name),
            )
        });
        best.map_or(RuleSet::New(targets), RuleSet::Earlier)
    }
}

/// Whether each rule has a target in the policy, and each target a rule: one that only tolerates a rule does not mention it,
/// and nobody would expect it from the policy's name.
fn accepts(policy: &Policy, namespace: &NamespaceName, targets: &Targets) -> bool {
    let resolved = |name: &Option<Arc<str>>| name.clone().unwrap_or_else(|| namespace.shared());
    let mut expected: Vec<_> = policy
        .targets
        .iter()
        .map(|target| ((&target.region, resolved(&target.namespace)), target.flags))
        .collect();
    let mut actual: Vec<_> = targets
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
