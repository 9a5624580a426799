//! Small literals for the tests of this folder, and results as lines that a table can hold.
//!
//! A target is written `region/namespace`, an expected one `e1/dr f t` (`override`, then `syncAuto`; `*` is `any`), a
//! live rule `4 e1/dr f t` (`-` for an id or flag that the service did not tell).

use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{
    Answer, CredentialChoice, Endpoint, Evidence, Expectation, ExpectedFlag, ExpectedTarget, Finding, Flags, Judged,
    Listing, NamespaceName, Observation, OtherFinding, Others, Pattern, Place, PlannedListing, PlannedNamespace,
    PlannedRepository, RegionLimits, RepoId, RepositoryName, RepositoryOrigin, Rule, Severities, Source, Target,
    Unknown,
};

use super::Comparison;

pub(super) fn target(text: &str) -> Target {
    let (region, namespace) = text.split_once('/').expect("region/namespace");
    Target {
        region: region.into(),
        namespace: namespace.into(),
    }
}

pub(super) fn expected(text: &str) -> ExpectedTarget {
    let words: Vec<&str> = text.split(' ').collect();
    let [to, overrides, sync_auto] = words[..] else {
        panic!("{text}")
    };
    ExpectedTarget {
        target: target(to),
        flags: Flags {
            overrides: expected_flag(overrides),
            sync_auto: expected_flag(sync_auto),
        },
        place: place(1),
    }
}

fn expected_flag(word: &str) -> ExpectedFlag {
    flag(word).map_or(ExpectedFlag::Any, ExpectedFlag::Is)
}

pub(super) fn rule(text: &str) -> Rule {
    let words: Vec<&str> = text.split(' ').collect();
    let [id, to, overrides, sync_auto] = words[..] else {
        panic!("{text}")
    };
    Rule {
        target: target(to),
        flags: Flags {
            overrides: flag(overrides),
            sync_auto: flag(sync_auto),
        },
        id: id.parse().ok(),
        created_at: None,
        updated_at: None,
    }
}

fn flag(word: &str) -> Option<bool> {
    match word {
        "t" => Some(true),
        "f" => Some(false),
        "*" | "-" => None,
        _ => panic!("{word}"),
    }
}

pub(super) fn rules(texts: &[&str]) -> Vec<Rule> {
    texts.iter().map(|text| rule(text)).collect()
}

/// `otherRules: deny`, no region limits, default severities.
pub(super) fn policy(targets: &[&str]) -> Expectation {
    Expectation {
        policy: Some("dr".into()),
        targets: targets.iter().map(|text| expected(text)).collect(),
        other_rules: Others::Deny,
        regions: RegionLimits::default(),
        severities: Arc::new(Severities::default()),
        place: place(1),
        places: Arc::default(),
    }
}

pub(super) fn regions(allowed: Option<&[&str]>, denied: &[&str]) -> RegionLimits {
    let patterns = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| Pattern::parse(text).expect("a valid pattern"))
            .collect()
    };
    RegionLimits {
        allowed: allowed.map(patterns),
        denied: patterns(denied),
    }
}

pub(super) fn place(line: u32) -> Place {
    Place {
        file: "a.yaml".into(),
        line,
        column: 1,
    }
}

pub(super) fn source(name: &str, lists_manual_rules: bool) -> Arc<Source> {
    Arc::new(Source {
        name: name.into(),
        region: "cn-north-4".into(),
        endpoint: Endpoint::parse("http://localhost:1").expect("a valid endpoint"),
        is_redirected: false,
        cloud: None,
        iam_endpoint: None,
        project_id: None,
        account_id: None,
        lists_manual_rules,
        credentials: CredentialChoice::Chain,
        place: place(1),
    })
}

/// A source of its own region, which it is named after; `r1@2` is the region `r1` at another endpoint.
pub(super) fn region(name: &str) -> Arc<Source> {
    let (region, _) = name.split_once('@').unwrap_or((name, ""));
    let endpoint = Endpoint::parse(&format!("https://{}.example", name.replace('@', ".")));
    Arc::new(Source {
        region: region.into(),
        endpoint: endpoint.expect("a valid endpoint"),
        ..(*source(name, true)).clone()
    })
}

/// The day of every run here.
pub(super) const TODAY: Date = Date::constant(2026, 11, 24);

pub(super) fn answered(answer: Answer) -> Observation {
    Observation {
        answer,
        evidence: Evidence {
            attempts: 1,
            ..Evidence::default()
        },
    }
}

/// One line for each finding beside the repositories: where it stands, then as [`finding_line`].
pub(super) fn other_lines(judged: &Judged) -> Vec<String> {
    let line = |other: &OtherFinding| {
        let source = other.source.as_ref().map_or("", |source| &source.name);
        let namespace = other.namespace.as_ref().map_or("", NamespaceName::as_str);
        let repository = other.repository.as_ref().map_or("", RepositoryName::as_str);
        format!("{source}:{namespace}/{repository} {}", finding_line(&other.finding))
    };
    judged.others.iter().map(line).collect()
}

/// A namespace of the inventory.
pub(super) fn planned_namespace(source: &Arc<Source>, name: &str, listing: Option<PlannedListing>) -> PlannedNamespace {
    PlannedNamespace {
        source: Arc::clone(source),
        name: namespace(name),
        owner: Some("team".into()),
        severities: Arc::new(Severities::default()),
        listing,
        expired_skips: Vec::new(),
        place: place(9),
    }
}

/// So many repositories were listed, and these are all.
pub(super) fn listing(listed: usize) -> PlannedListing {
    PlannedListing {
        listing: Listing::default(),
        covers: true,
        others: Others::Deny,
        unlisted: Vec::new(),
        empty_patterns: Vec::new(),
        listed,
    }
}

pub(super) fn namespace(name: &str) -> NamespaceName {
    NamespaceName::parse(name).expect("a valid name")
}

/// `namespace/repository` of a source.
pub(super) fn planned(source: &Arc<Source>, name: &str, expectation: Expectation) -> PlannedRepository {
    let (of, repository) = name.split_once('/').expect("namespace/repository");
    PlannedRepository {
        id: RepoId {
            source: Arc::clone(&source.name),
            namespace: namespace(of),
            repository: RepositoryName::parse(repository).expect("a valid name"),
        },
        source: Arc::clone(source),
        expectation: Arc::new(expectation),
        owner: None,
        origin: RepositoryOrigin::Named,
        is_listed: false,
        is_disputed: false,
        expired_skip: None,
        place: place(2),
    }
}

/// One line for each finding, then one for each unknown, in their order.
pub(super) fn lines(comparison: &Comparison) -> Vec<String> {
    let findings = comparison.findings.iter().map(finding_line);
    findings.chain(comparison.unknowns.iter().map(unknown_line)).collect()
}

/// `code target field severity`, without what is absent.
pub(super) fn finding_line(finding: &Finding) -> String {
    let mut line = finding.difference.code().name().to_owned();
    if let Some(target) = &finding.target {
        line = format!("{line} {target}");
    }
    if let Some(field) = finding.difference.code().field() {
        line = format!("{line} {}", field.name());
    }
    format!("{line} {}", finding.severity.name())
}

/// `? class target field`, without what is absent.
pub(super) fn unknown_line(unknown: &Unknown) -> String {
    let mut line = format!("? {}", unknown.class.name());
    if let Some(target) = &unknown.target {
        line = format!("{line} {target}");
    }
    if let Some(field) = unknown.field {
        line = format!("{line} {}", field.name());
    }
    line
}
