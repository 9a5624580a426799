//! What is expected of one repository, every value with the place where it is written: the document that
//! `check --explain` prints.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use super::document::PlaceEntry;
use super::parts::place_entry;
use super::wording;
use crate::model::{
    Chooser, Code, Deciding, DocumentPlaces, Expectation, ExpectedFlag, ExpectedTarget, FlagOrigin, NamespaceEntry,
    Others, Pattern, Place, PolicyChoice, RepositoryName, Severities, Skip, SkipPlaces, Source, TargetPlaces,
    WaivedTarget, Waiver,
};

/// A value, whose word it is, and where it is written; nowhere where it is a built-in default or follows from another.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct Valued<T> {
    pub value: T,
    pub from: &'static str,
    pub place: Option<PlaceEntry>,
}

/// The document. `policy` is null where nothing is ever expected.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct Explanation {
    pub api_version: &'static str,
    pub kind: &'static str,
    pub audited: bool,
    pub source: SourceEntry,
    pub namespace: Valued<String>,
    pub repository: Valued<String>,
    pub pattern: Option<Valued<Arc<str>>>,
    pub owner: Option<Valued<Arc<str>>>,
    pub skip: Option<SkipEntry>,
    pub policy: Option<PolicyEntry>,
    pub severity: BTreeMap<&'static str, Valued<&'static str>>,
    pub waivers: Vec<WaiverEntry>,
    pub not_seen: Vec<String>,
}

/// The source.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct SourceEntry {
    pub name: Valued<Arc<str>>,
    pub region: Valued<Arc<str>>,
    pub endpoint: Valued<String>,
    pub cloud: Option<Valued<String>>,
    pub account_id: Option<Valued<Arc<str>>>,
    pub lists_manual_rules: Valued<bool>,
}

/// The skip that covers the repository, or did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct SkipEntry {
    pub holds: bool,
    pub skip: Valued<bool>,
    pub reason: Valued<Arc<str>>,
    pub until: Option<Valued<String>>,
}

/// The policy as it holds in the repository's namespace.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct PolicyEntry {
    pub name: Valued<Option<Arc<str>>>,
    pub place: PlaceEntry,
    pub targets: Vec<TargetEntry>,
    pub other_rules: Valued<&'static str>,
    pub allowed_regions: Valued<Option<Vec<String>>>,
    pub denied_regions: Valued<Vec<String>>,
}

/// One expected target.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct TargetEntry {
    pub region: Valued<Arc<str>>,
    pub namespace: Valued<Arc<str>>,
    pub r#override: Valued<String>,
    pub sync_auto: Valued<String>,
    pub place: PlaceEntry,
}

/// A waiver that may cover findings of the repository.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct WaiverEntry {
    pub id: Arc<str>,
    pub holds: bool,
    pub finding: Option<Vec<&'static str>>,
    pub target: Option<String>,
    pub reason: Arc<str>,
    pub owner: Arc<str>,
    pub expires: String,
    pub place: PlaceEntry,
}

/// What the inventory says of one repository.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'i> {
    /// Its namespace.
    pub namespace: &'i NamespaceEntry,
    /// Its name.
    pub repository: &'i RepositoryName,
    /// The entry that decides.
    pub deciding: Deciding<'i>,
}

impl Explanation {
    /// Of a repository, as of that day; `waivers` are those that may cover findings of it.
    pub fn new(subject: Subject<'_>, waivers: &[Arc<Waiver>], today: Date) -> Self {
        let Subject {
            namespace,
            repository,
            deciding,
        } = subject;
        let (from, pattern) = match deciding {
            Deciding::Repository(_) => ("repository", None),
            Deciding::Pattern(entry) => ("pattern", Some(entry.pattern.shared())),
            Deciding::Namespace(_) => ("namespace", None),
        };
        let treatment = deciding.treatment();
        let expectation = treatment.expectation.as_deref();
        let audited = treatment.skip_on(today).is_none();
        let source = &namespace.source;
        let document = &namespace.places.document;
        let owner = namespace.owner.clone().zip(namespace.places.owner.as_ref());
        let skip = treatment.skip.as_ref().zip(treatment.skip_places.as_deref());
        let policy = expectation.zip(treatment.policy.as_ref());
        Self {
            api_version: "swr-audit/v1",
            kind: "Explanation",
            audited,
            source: source_entry(source, document),
            namespace: written(namespace.name.to_string(), "namespace", &namespace.place),
            repository: written(repository.to_string(), from, &treatment.place),
            pattern: pattern.map(|pattern| written(pattern, from, &treatment.place)),
            owner: owner.map(|(owner, place)| written(owner, "namespace", place)),
            skip: skip.map(|(skip, places)| skip_entry(skip, places, from, today)),
            not_seen: expectation
                .filter(|_| audited)
                .map_or_else(Vec::new, |of| not_seen(source, of)),
            severity: expectation.map_or_else(BTreeMap::new, |of| severities(&of.severities, document)),
            policy: policy.map(|(expectation, choice)| policy_entry(expectation, choice)),
            waivers: waivers.iter().map(|waiver| waiver_entry(waiver, today)).collect(),
        }
    }
}

fn written<T>(value: T, from: &'static str, place: &Place) -> Valued<T> {
    Valued {
        value,
        from,
        place: Some(place_entry(place)),
    }
}

/// Written in `from`, or else the format's own default.
fn written_or_default<T>(value: T, from: &'static str, place: Option<&Place>) -> Valued<T> {
    Valued {
        value,
        from: if place.is_some() { from } else { "default" },
        place: place.map(place_entry),
    }
}

fn source_entry(source: &Source, places: &DocumentPlaces) -> SourceEntry {
    let place = |field: &str| places.source.get(field);
    SourceEntry {
        name: written_or_default(Arc::clone(&source.name), "source", place("name")),
        region: written_or_default(Arc::clone(&source.region), "source", place("region")),
        endpoint: endpoint(source, places),
        cloud: source
            .cloud
            .as_ref()
            .zip(place("cloud"))
            .map(|(cloud, place)| written(cloud.to_string(), "source", place)),
        account_id: source
            .account_id
            .as_ref()
            .zip(place("accountId"))
            .map(|(id, place)| written(Arc::clone(id), "source", place)),
        lists_manual_rules: written_or_default(source.lists_manual_rules, "source", place("listsManualRules")),
    }
}

fn endpoint(source: &Source, places: &DocumentPlaces) -> Valued<String> {
    let value = source.endpoint.to_string();
    let place = |field: &str| places.source.get(field);
    let own = place("endpoint").map(|place| ("source", place));
    let own = own.or_else(|| place("cloud").map(|place| ("cloud", place)));
    match own {
        _ if source.is_redirected => Valued {
            value,
            from: "option",
            place: None,
        },
        Some((from, place)) => written(value, from, place),
        None => written_or_default(value, "source", None),
    }
}

fn skip_entry(skip: &Skip, places: &SkipPlaces, from: &'static str, today: Date) -> SkipEntry {
    let until = skip.until.zip(places.until.as_ref());
    SkipEntry {
        holds: skip.holds_on(today),
        skip: written(true, from, &places.skip),
        reason: written(Arc::clone(&skip.reason), from, &places.reason),
        until: until.map(|(until, place)| written(until.to_string(), from, place)),
    }
}

fn waiver_entry(waiver: &Waiver, today: Date) -> WaiverEntry {
    let codes = |codes: &Vec<Code>| codes.iter().map(|code| code.name()).collect();
    let target = |target: &WaivedTarget| match &target.namespace {
        Some(namespace) => format!("{}/{namespace}", target.region),
        None => target.region.to_string(),
    };
    WaiverEntry {
        id: Arc::clone(&waiver.id),
        holds: !waiver.has_expired(today),
        finding: waiver.findings.as_ref().map(codes),
        target: waiver.target.as_ref().map(target),
        reason: Arc::clone(&waiver.reason),
        owner: Arc::clone(&waiver.owner),
        expires: waiver.expires.to_string(),
        place: place_entry(&waiver.place),
    }
}

fn policy_entry(expectation: &Expectation, choice: &PolicyChoice) -> PolicyEntry {
    let chosen_by = match choice.by {
        Chooser::Repository => "repository",
        Chooser::Pattern => "pattern",
        Chooser::Namespace => "namespace",
        Chooser::Defaults => "defaults",
    };
    let other_rules = match expectation.other_rules {
        Others::Deny => "deny",
        Others::Warn => "warn",
        Others::Allow => "allow",
    };
    let texts = |patterns: &Vec<Pattern>| patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
    let targets = expectation.targets.iter();
    let places = &expectation.places;
    PolicyEntry {
        name: written(expectation.policy.clone(), chosen_by, &choice.place),
        place: place_entry(&expectation.place),
        targets: targets
            .filter_map(|target| Some(target_entry(target, places.targets.get(&target.place)?)))
            .collect(),
        other_rules: written_or_default(other_rules, "policy", places.other_rules.as_ref()),
        allowed_regions: written_or_default(
            expectation.regions.allowed.as_ref().map(texts),
            "policy",
            places.allowed_regions.as_ref(),
        ),
        denied_regions: written_or_default(
            texts(&expectation.regions.denied),
            "policy",
            places.denied_regions.as_ref(),
        ),
    }
}

fn target_entry(expected: &ExpectedTarget, places: &TargetPlaces) -> TargetEntry {
    let namespace = Arc::clone(&expected.target.namespace);
    TargetEntry {
        region: written(Arc::clone(&expected.target.region), "target", &places.region),
        namespace: match &places.namespace {
            Some(place) => written(namespace, "target", place),
            None => Valued {
                value: namespace,
                from: "namespace",
                place: None,
            },
        },
        r#override: flag(expected.flags.overrides, &places.flags.overrides),
        sync_auto: flag(expected.flags.sync_auto, &places.flags.sync_auto),
        place: place_entry(&expected.place),
    }
}

fn flag(value: ExpectedFlag, origin: &FlagOrigin) -> Valued<String> {
    let (from, place) = match origin {
        FlagOrigin::Target(place) => ("target", place),
        FlagOrigin::Defaults(place) => ("defaults", place),
    };
    written(value.to_string(), from, place)
}

fn severities(severities: &Severities, places: &DocumentPlaces) -> BTreeMap<&'static str, Valued<&'static str>> {
    let set = severities.0.iter();
    set.filter_map(|(code, severity)| {
        let place = places.severities.get(code)?;
        Some((code.name(), written(severity.name(), "severity", place)))
    })
    .collect()
}

/// What an audit of this repository cannot see on its source.
fn not_seen(source: &Source, expectation: &Expectation) -> Vec<String> {
    if source.lists_manual_rules {
        return Vec::new();
    }
    let unprovable = expectation
        .targets
        .iter()
        .filter(|expected| expected.flags.sync_auto != ExpectedFlag::Is(true))
        .map(|expected| {
            format!(
                "a rule to {} with syncAuto=false: where nothing is listed for this target, it is unknown, not missing",
                wording::plain(&expected.target.to_string())
            )
        });
    let others = "rules with syncAuto=false that no target expects: otherRules and the regions hold for automatic rules \
                  only";
    unprovable.chain([others.to_owned()]).collect()
}
