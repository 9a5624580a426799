//! Policies of all documents as one table: inheritance, contradictions, and what each expects in a namespace.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::regions::Regions;
use crate::inventory::document::{Found, Given, PolicyRef, RawDefaults, RawDocument, RawPolicy, RawTarget};
use crate::inventory::files::InputFile;
use crate::inventory::problem::{Draft, Log, Spot, nearest, quoted};
use crate::model::{
    Expectation, ExpectedFlag, ExpectedTarget, FlagOrigin, Flags, NamespaceName, Others, Policy, PolicyPlaces,
    PolicyTarget, RegionLimits, Severities, Source, Target, TargetPlaces,
};

/// How many targets all namespaces together may expect: what a hostile file multiplies.
const TARGET_LIMIT: usize = 1_000_000;

/// Every policy, and the expectations made of them.
#[derive(Debug)]
pub(crate) struct Policies<'f> {
    files: &'f [InputFile],
    settled: Vec<Settled>,
    by_name: HashMap<Arc<str>, usize>,
    /// Of each policy in each namespace of each source.
    shared: HashMap<Use, Arc<Expectation>>,
    /// Targets of which a problem was recorded that depends on the namespace: once is enough.
    told: HashSet<Spot>,
    /// Likewise, that their region is unknown.
    unknown: HashSet<Spot>,
    target_count: usize,
}

/// A policy in a namespace of a source.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Use {
    policy: usize,
    source: Option<Arc<str>>,
    namespace: NamespaceName,
}

/// A policy with its document's defaults.
#[derive(Debug)]
struct Settled {
    name: Option<Arc<str>>,
    description: Option<Arc<str>>,
    spot: Spot,
    targets: Vec<SettledTarget>,
    other_rules: Others,
    regions: RegionLimits,
    places: Arc<PolicyPlaces>,
}

#[derive(Debug)]
struct SettledTarget {
    spot: Spot,
    region: Arc<str>,
    region_spot: Spot,
    /// `None`: the repository's own namespace.
    namespace: Option<Arc<str>>,
    flags: Flags<ExpectedFlag>,
}

impl Settled {
    fn named(&self) -> Option<Policy> {
        let target = |target: &SettledTarget| PolicyTarget {
            region: Arc::clone(&target.region),
            namespace: target.namespace.clone(),
            flags: target.flags,
        };
        let mut targets: Vec<PolicyTarget> = self.targets.iter().map(target).collect();
        targets.sort();
        Some(Policy {
            name: self.name.clone()?,
            description: self.description.clone(),
            targets,
            other_rules: self.other_rules,
            regions: self.regions.clone(),
        })
    }
}

/// Who uses a policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct User<'u> {
    pub(crate) namespace: &'u Found<NamespaceName>,
    /// Its source, where that is known.
    pub(crate) source: Option<&'u Source>,
    /// The regions that there are, where the built-in table says so.
    pub(crate) regions: Option<&'u Regions>,
    pub(crate) severities: &'u Arc<Severities>,
}

impl<'f> Policies<'f> {
    /// A document's inline policies are found by the index of its first policy, which [`Policies::look_up`] wants.
    pub(super) fn settle(documents: &[RawDocument], files: &'f [InputFile], log: &mut Log) -> Self {
        let mut policies = Self {
            files,
            settled: Vec::new(),
            by_name: HashMap::new(),
            shared: HashMap::new(),
            told: HashSet::new(),
            unknown: HashSet::new(),
            target_count: 0,
        };
        for document in documents {
            for policy in &document.policies {
                let policy = settle(policy, &document.defaults, files, log);
                policies.add(policy, log);
            }
        }
        policies
    }

    /// The named ones, in order of their names.
    pub(crate) fn named(&self) -> Vec<Policy> {
        let mut named: Vec<Policy> = self.settled.iter().filter_map(Settled::named).collect();
        named.sort_by(|one, other| one.name.cmp(&other.name));
        named
    }

    fn add(&mut self, policy: Settled, log: &mut Log) {
        let index = self.settled.len();
        if let Some(name) = &policy.name {
            if let Some(first) = self.by_name.get(name) {
                let first = self.settled[*first].spot;
                log.report(policy.spot, || {
                    Draft::new(
                        format!("there are two policies {}", quoted(name)),
                        "rename or remove one of them; policy names serve all files",
                    )
                    .and(first, "first here")
                });
            } else {
                self.by_name.insert(Arc::clone(name), index);
            }
        }
        self.settled.push(policy);
    }

    /// The policy that a reference means; `first` is the index of its document's first policy.
    pub(super) fn look_up(&self, reference: &Given<PolicyRef>, first: usize, log: &mut Log) -> Given<usize> {
        let found = match reference {
            Given::Absent => return Given::Absent,
            Given::Broken => return Given::Broken,
            Given::Is(found) => found,
        };
        let index = match &found.value {
            PolicyRef::Inline(index) => Some(first + index),
            PolicyRef::Named(name) => self.by_name.get(name).copied(),
        };
        if let (None, PolicyRef::Named(name)) = (index, &found.value)
            && !log.is_partial
        {
            let near = log.keeps(found.spot).then(|| self.nearest(name)).flatten();
            log.report(found.spot, || {
                let remedy = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write it under `policies` in any of the files, or name another".to_owned(),
                };
                Draft::new(format!("there is no policy {}", quoted(name)), remedy)
            });
        }
        Given::of(index.map(|value| Found {
            value,
            spot: found.spot,
        }))
    }

    /// Of the first thousand only: comparing every unknown name with every known one is work without bound.
    fn nearest(&self, name: &str) -> Option<&str> {
        let names = self.settled.iter().filter_map(|policy| policy.name.as_deref());
        nearest(name, names.take(1_000))
    }

    /// What a policy expects in one namespace. Made once, however many repositories there are.
    pub(crate) fn expectation(&mut self, policy: usize, user: User<'_>, log: &mut Log) -> Arc<Expectation> {
        let key = Use {
            policy,
            source: user.source.map(|source| Arc::clone(&source.name)),
            namespace: user.namespace.value.clone(),
        };
        if let Some(expectation) = self.shared.get(&key) {
            return Arc::clone(expectation);
        }
        let expectation = Arc::new(self.apply(policy, user, log));
        self.shared.insert(key, Arc::clone(&expectation));
        expectation
    }

    fn apply(&mut self, policy: usize, user: User<'_>, log: &mut Log) -> Expectation {
        let policy = &self.settled[policy];
        let mut targets = Vec::new();
        let before = self.target_count;
        self.target_count += policy.targets.len();
        if self.target_count <= TARGET_LIMIT {
            let mut first: HashMap<(&str, &str), Spot> = HashMap::new();
            let own = user.namespace.value.shared();
            for target in &policy.targets {
                if let Some(regions) = user.regions
                    && !regions.know(&target.region)
                    && self.unknown.insert(target.region_spot)
                {
                    log.report(target.region_spot, || regions.unknown(&target.region));
                }
                let namespace = target.namespace.as_ref().unwrap_or(&own);
                if is_sound(target, namespace, user, &mut first, &mut self.told, log) {
                    targets.push(ExpectedTarget {
                        target: Target {
                            region: Arc::clone(&target.region),
                            namespace: Arc::clone(namespace),
                        },
                        flags: target.flags,
                        place: target.spot.place(self.files),
                    });
                }
            }
        } else if before <= TARGET_LIMIT {
            log.report(user.namespace.spot, || {
                Draft::new(
                    format!("all namespaces together expect more than {TARGET_LIMIT} targets"),
                    "write fewer targets",
                )
            });
        }
        targets.sort_by(|one, other| one.target.cmp(&other.target));
        Expectation {
            policy: policy.name.clone(),
            targets,
            other_rules: policy.other_rules,
            regions: policy.regions.clone(),
            severities: Arc::clone(user.severities),
            place: policy.spot.place(self.files),
            places: Arc::clone(&policy.places),
        }
    }
}

/// What can only be said of a target once the namespace is known.
fn is_sound<'t>(
    target: &'t SettledTarget,
    namespace: &'t str,
    user: User<'_>,
    first: &mut HashMap<(&'t str, &'t str), Spot>,
    told: &mut HashSet<Spot>,
    log: &mut Log,
) -> bool {
    let name = user.namespace.value.as_str();
    let is_its_region = user.source.is_some_and(|source| source.region == target.region);
    if is_its_region && namespace == name {
        if told.insert(target.spot) {
            log.report(target.spot, || {
                Draft::new(
                    format!("the target is the source itself: `{}/{name}`", target.region),
                    "write another region or namespace, or give the namespace another policy",
                )
                .and(user.namespace.spot, "the namespace that uses it")
            });
        }
        return false;
    }
    if let Some(before) = first.get(&(&*target.region, namespace)) {
        if told.insert(target.spot) {
            log.report(target.spot, || {
                Draft::new(
                    format!("the target `{}/{namespace}` stands twice in the policy", target.region),
                    "remove one of them; a `namespace` left out is the repository's own",
                )
                .and(*before, "first here")
                .and(user.namespace.spot, "the namespace that uses it")
            });
        }
        return false;
    }
    first.insert((&target.region, namespace), target.spot);
    true
}

fn settle(policy: &RawPolicy, defaults: &RawDefaults, files: &[InputFile], log: &mut Log) -> Settled {
    let mut targets: Vec<SettledTarget> = Vec::with_capacity(policy.targets.len());
    let mut target_places = BTreeMap::new();
    let mut first: HashMap<(Arc<str>, Option<Arc<str>>), Spot> = HashMap::new();
    for raw in &policy.targets {
        let (target, places) = settle_target(raw, defaults, &policy.regions, files, log);
        let key = (Arc::clone(&target.region), target.namespace.clone());
        if let Some(before) = first.get(&key) {
            log.report(target.spot, || {
                let namespace = target
                    .namespace
                    .as_deref()
                    .map_or(String::new(), |name| format!("/{name}"));
                Draft::new(
                    format!("the target `{}{namespace}` stands twice in the policy", target.region),
                    "remove one of them",
                )
                .and(*before, "first here")
            });
            continue;
        }
        first.insert(key, target.spot);
        target_places.insert(target.spot.place(files), places);
        targets.push(target);
    }
    let place = |spot: Option<Spot>| spot.map(|spot| spot.place(files));
    Settled {
        name: policy.name.clone(),
        description: policy.description.clone(),
        spot: policy.spot,
        targets,
        other_rules: policy.other_rules.value().unwrap_or(Others::Deny),
        regions: policy.regions.clone(),
        places: Arc::new(PolicyPlaces {
            targets: target_places,
            other_rules: place(policy.other_rules.spot()),
            allowed_regions: place(policy.region_spots.allowed),
            denied_regions: place(policy.region_spots.denied),
        }),
    }
}

fn settle_target(
    raw: &RawTarget,
    defaults: &RawDefaults,
    regions: &RegionLimits,
    files: &[InputFile],
    log: &mut Log,
) -> (SettledTarget, TargetPlaces) {
    let region = &raw.region;
    if !regions.admit(&region.value) {
        log.report(region.spot, || {
            Draft::new(
                format!(
                    "the policy expects a target in `{}`, and forbids that region itself",
                    region.value
                ),
                "write another region, or change `allowedRegions` or `deniedRegions`",
            )
        });
    }
    let overrides = raw.overrides.or(defaults.overrides);
    let sync_auto = raw.sync_auto.or(defaults.sync_auto);
    let missing = match (overrides.is_absent(), sync_auto.is_absent()) {
        (false, false) => None,
        (true, false) => Some("`override`"),
        (false, true) => Some("`syncAuto`"),
        (true, true) => Some("`override` and `syncAuto`"),
    };
    if let Some(missing) = missing {
        log.report(raw.spot, || {
            Draft::new(
                format!("the target has no {missing}, and there is no default"),
                format!("write {missing} in the target, or in `defaults` of this document"),
            )
        });
    }
    let target = SettledTarget {
        spot: raw.spot,
        region: Arc::clone(&region.value),
        region_spot: region.spot,
        namespace: raw.namespace.as_ref().map(|name| Arc::clone(&name.value)),
        flags: Flags {
            overrides: overrides.value().unwrap_or(ExpectedFlag::Any),
            sync_auto: sync_auto.value().unwrap_or(ExpectedFlag::Any),
        },
    };
    let places = TargetPlaces {
        region: region.spot.place(files),
        namespace: raw.namespace.as_ref().map(|name| name.spot.place(files)),
        flags: Flags {
            overrides: flag_origin(raw.overrides, defaults.overrides, raw.spot, files),
            sync_auto: flag_origin(raw.sync_auto, defaults.sync_auto, raw.spot, files),
        },
    };
    (target, places)
}

/// Of a flag that is missing, which is a problem, the target's own place.
fn flag_origin(
    own: Given<ExpectedFlag>,
    default: Given<ExpectedFlag>,
    target: Spot,
    files: &[InputFile],
) -> FlagOrigin {
    match (own.spot(), default.spot()) {
        (None, Some(default)) => FlagOrigin::Defaults(default.place(files)),
        (own, _) => FlagOrigin::Target(own.unwrap_or(target).place(files)),
    }
}
