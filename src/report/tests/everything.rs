//! One report with every kind of difference and every class of unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;

use super::super::document::{BaselineEntry, FindingEntry, How, PlaceEntry, WarningEntry, WireEntry};
use super::super::verdict::FailOn;
use super::super::*;
use crate::model::{
    AcceptedInPart, Blindness, Code, CredentialChoice, Difference, Ending, Endpoint, Entanglement, Evidence,
    Expectation, ExpectedFlag, ExpectedTarget, Failure, Field, Finding, Flags, Judged, JudgedRepository, JudgedWaiver,
    LeftOutCount, Limit, ListingDoubt, ListingGap, MassChange, MissingNamespace, MissingShards, NamespaceName,
    OtherFinding, Others, Outcome, Pattern, Place, Plan, PlannedRepository, RegionLimits, RepoId, RepositoryName,
    RepositoryOrigin, RuleStamp, Scope, Severities, Severity, SharedCount, Skip, Skipped, SkippedWhat, SoleCopies,
    Source, Target, Twin, Unasked, Unknown, UnknownClass, Upheaval, WaivedTarget, Waiver, WaiverState,
};

/// Text as a hostile service would send it.
pub(super) const HOSTILE: &str = "=cmd|' /C calc'!A0,\"\n\u{1b}[31m\u{202e}x";

pub(super) fn place(line: u32) -> Place {
    Place {
        file: "policies/a.yaml".into(),
        line,
        column: 9,
    }
}

pub(super) fn source() -> Arc<Source> {
    Arc::new(Source {
        name: "main".into(),
        region: "cn-north-4".into(),
        endpoint: Endpoint::parse("https://swr.corp.example").expect("an endpoint"),
        is_redirected: false,
        cloud: None,
        iam_endpoint: None,
        project_id: None,
        account_id: None,
        lists_manual_rules: false,
        credentials: CredentialChoice::Chain,
        place: place(2),
    })
}

pub(super) fn target(region: &str) -> Target {
    Target {
        region: region.into(),
        namespace: "prod-dr".into(),
    }
}

fn expectation() -> Arc<Expectation> {
    let flags = Flags {
        overrides: ExpectedFlag::Is(false),
        sync_auto: ExpectedFlag::Any,
    };
    Arc::new(Expectation {
        policy: Some("dr".into()),
        targets: vec![ExpectedTarget {
            target: target("cn-east-3"),
            flags,
            place: place(5),
        }],
        other_rules: Others::Deny,
        regions: RegionLimits::default(),
        severities: Arc::new(Severities::default()),
        place: place(4),
        places: Arc::default(),
    })
}

pub(super) fn planned(name: &str, line: u32) -> PlannedRepository {
    let source = source();
    PlannedRepository {
        id: RepoId {
            source: Arc::clone(&source.name),
            namespace: namespace("prod"),
            repository: RepositoryName::parse(name).expect("a legal repository"),
        },
        source,
        expectation: expectation(),
        owner: Some("team, \"prod\"".into()),
        origin: RepositoryOrigin::Named,
        is_listed: false,
        is_disputed: false,
        expired_skip: None,
        place: place(line),
    }
}

/// Every difference once, with its target.
fn differences() -> Vec<(Difference, Option<Target>)> {
    let told = Flags {
        overrides: Some(true),
        sync_auto: None,
    };
    let twin = |id, overrides| Twin {
        id,
        flags: Flags {
            overrides,
            sync_auto: Some(true),
        },
    };
    let limits = RegionLimits {
        allowed: Some(vec![Pattern::parse("cn-*").expect("a pattern")]),
        denied: vec![Pattern::parse("cn-north-1").expect("a pattern")],
    };
    let expected = Flags {
        overrides: ExpectedFlag::Is(false),
        sync_auto: ExpectedFlag::Any,
    };
    let here = Some(target("cn-east-3"));
    vec![
        (
            Difference::MissingRule {
                expected,
                may_be_manual: true,
            },
            here.clone(),
        ),
        (
            Difference::TargetRegion {
                expected: "cn-east-3".into(),
                actual: HOSTILE.into(),
            },
            here.clone(),
        ),
        (
            Difference::TargetNamespace {
                expected: "prod-dr".into(),
                actual: HOSTILE.into(),
            },
            here.clone(),
        ),
        (Difference::Override { expected: false }, here.clone()),
        (Difference::SyncAuto { expected: true }, here.clone()),
        (Difference::UnexpectedRule { actual: told }, Some(target(HOSTILE))),
        (
            Difference::DuplicateRule {
                twins: vec![twin(Some(4), Some(false)), twin(Some(9), Some(true)), twin(None, None)],
                must_not_override: true,
            },
            here,
        ),
        (
            Difference::ForbiddenTarget {
                limits: Box::new(limits),
                actual: told,
            },
            Some(target("eu-de")),
        ),
        (Difference::MissingRepo, None),
        (
            Difference::ExpiredSkip {
                entry: "web".into(),
                until: date(2026, 1, 31),
            },
            None,
        ),
    ]
}

pub(super) fn finding((difference, target): (Difference, Option<Target>)) -> Finding {
    let stamp = RuleStamp {
        id: Some(-1),
        created_at: Some(Timestamp::UNIX_EPOCH),
        updated_at: None,
    };
    let rule = target.is_some().then_some(stamp);
    Finding {
        expected: None,
        waiver: None,
        severity: difference.default_severity(),
        difference,
        target,
        rule,
    }
}

/// Every class once, each in the shape in which it comes.
fn unknowns() -> Vec<Unknown> {
    let unknown = |&class: &UnknownClass| {
        let is_about_target = matches!(class, UnknownClass::NotObservable | UnknownClass::Truncated);
        Unknown {
            class,
            target: is_about_target.then(|| target("cn-east-3")),
            expected: is_about_target.then(|| expectation().targets[0].flags),
            field: None,
            failure: (!is_about_target).then(|| Failure {
                http_status: Some(418),
                error_code: Some(HOSTILE.to_owned()),
                detail: HOSTILE.repeat(20),
                ..Failure::unasked(class)
            }),
            may_be: None,
        }
    };
    let mut all: Vec<Unknown> = UnknownClass::ALL.iter().map(unknown).collect();
    all.push(Unknown {
        class: UnknownClass::BadResponse,
        target: Some(target("cn-east-3")),
        expected: Some(expectation().targets[0].flags),
        field: Some(Field::Override),
        failure: None,
        may_be: None,
    });
    all
}

pub(super) fn row(findings: Vec<Finding>, unknowns: Vec<Unknown>, outcome: Outcome) -> JudgedRepository {
    JudgedRepository {
        outcome,
        unknown_class: unknowns.iter().map(|unknown| unknown.class).min(),
        actual_rules: Some(1),
        may_be_cut: false,
        matching: 0,
        findings,
        unknowns,
        in_missing_namespace: false,
        shared: SharedCount::default(),
        evidence: Evidence {
            attempts: 2,
            observed_at: Some(Timestamp::UNIX_EPOCH),
            request_id: Some("r1".to_owned()),
        },
    }
}

static NO_ACCOUNTS: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();

/// A repository for each finding, one with every unknown, one that is fine, and all that stands beside them.
pub(in crate::report) fn everything() -> Report {
    let mut plan = Plan::default();
    let mut rows = Vec::new();
    for (number, difference) in (10..).zip(differences()) {
        plan.repositories.push(planned(&format!("finding-{number}"), number));
        rows.push(row(vec![finding(difference)], Vec::new(), Outcome::Drift));
    }
    plan.repositories.push(planned("waived", 29));
    let waived = Finding {
        waiver: Some(waiver()),
        ..finding((Difference::Override { expected: false }, Some(target("cn-east-3"))))
    };
    rows.push(row(vec![waived], Vec::new(), Outcome::Waived));
    plan.repositories.push(planned("ok", 30));
    rows.push(row(Vec::new(), Vec::new(), Outcome::Ok));
    plan.repositories.push(planned("unknown", 31));
    rows.push(row(Vec::new(), unknowns(), Outcome::Unknown));
    let skip = Skip {
        entry: "old".into(),
        reason: "=retired".into(),
        until: Some(date(2027, 1, 1)),
    };
    let repository = |name| RepositoryName::parse(name).expect("a legal repository");
    let skipped = |what| Skipped {
        source: "main".into(),
        namespace: namespace("prod"),
        what,
        owner: None,
        skip: skip.clone(),
        place: place(40),
    };
    plan.skipped = vec![
        skipped(SkippedWhat::Namespace),
        skipped(SkippedWhat::Pattern("tmp-*".into())),
        skipped(SkippedWhat::Named(repository("old"))),
        skipped(SkippedWhat::Discovered(repository("older"))),
    ];
    let last = rows.len() - 1;
    let judged = Judged {
        repositories: rows,
        missing_namespaces: vec![MissingNamespace {
            source: source(),
            namespace: namespace("gone"),
            finding: finding((Difference::MissingNamespace, None)),
            owner: None,
            members: vec![0, 1],
            place: place(10),
        }],
        entanglements: entanglements(&plan),
        others: others(),
        gaps: [Some("cut"), None].map(gap).into(),
        mass_changes: vec![MassChange {
            source: source(),
            namespace: namespace("doubted"),
            owner: Some("=owner".into()),
            members: vec![last - 1, last],
            unlisted: vec![repository("was/here")],
            upheavals: vec![
                Upheaval::Gone { gone: 12, seen: 30 },
                Upheaval::AllGone(12),
                Upheaval::WithoutRules { without: 10, seen: 30 },
            ],
            place: place(12),
        }],
        gone: 15,
        accounts: BTreeMap::new(),
        empty_selections: vec![Scope::parse("prod/wbe").expect("a scope")],
        sole_copies: vec![SoleCopies {
            region: "cn-north-4".into(),
            repositories: vec![0, last - 1],
            unknown: vec![last],
            is_complete: true,
        }],
        waivers: vec![JudgedWaiver {
            waiver: waiver(),
            state: WaiverState::Expiring,
            findings: 1,
        }],
        unasked: vec![Unasked {
            source: source(),
            namespace: namespace("prod"),
            members: vec![last - 1, last],
            failure: Failure::unasked(UnknownClass::AccessDenied),
        }],
        limits: blindnesses()
            .into_iter()
            .map(|blindness| Limit {
                source: "main".into(),
                blindness,
            })
            .collect(),
    };
    let selection = ["prod/**".to_owned()];
    let facts = RunFacts {
        shard: Some("1/2".to_owned()),
        warnings: vec![WarningEntry {
            message: HOSTILE.to_owned(),
            inventory: Some(PlaceEntry {
                file: HOSTILE.into(),
                line: 3,
                column: 1,
            }),
        }],
        ..facts(&selection)
    };
    let past = past(&Report::new(facts.clone(), &Past::default(), &plan, &judged));
    Report::new(facts, &past, &plan, &judged)
}

/// A run before: it had the first open finding, one that is resolved now, and one of which nothing is known now.
fn past(now: &Report) -> Past {
    let open = now.findings.iter().find(|finding| finding.code == Code::MissingRule);
    let open = open.expect("there are some");
    let of = |repository: &str| {
        FindingEntry {
            repository: Some(repository.into()),
            first_seen: Some("1969-12-01T00:00:00Z".to_owned()),
            ..open.clone()
        }
        .identified()
    };
    let known = FindingEntry {
        first_seen: Some("1969-12-01T00:00:00Z".to_owned()),
        ..open.clone()
    };
    Past {
        baseline: Some(BaselineEntry {
            id: "r0".to_owned(),
            started_at: "1969-12-31T00:00:00Z".to_owned(),
            last_complete_at: Some("1969-12-30T00:00:00Z".to_owned()),
        }),
        findings: vec![
            (known, Fate::Carried),
            (of("was-wrong"), Fate::Resolved(How::Fixed)),
            (of("not-compared"), Fate::Carried),
        ],
        unknown: BTreeMap::new(),
    }
}

pub(super) fn facts(selection: &[String]) -> RunFacts<'_> {
    RunFacts {
        id: "r1",
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: Timestamp::UNIX_EPOCH,
        replay_of: None,
        selection,
        shard: None,
        sources: &[],
        accounts: &NO_ACCOUNTS,
        files: &[],
        wire: WireEntry::default(),
        ending: Ending::Finished,
        fail_on: FailOn::Severity(Severity::Low),
        fail_on_new: false,
        warnings: Vec::new(),
        exit_zero: false,
    }
}

/// One of each, at the first two repositories.
fn entanglements(plan: &Plan) -> Vec<Entanglement> {
    let ids = || plan.repositories[..2].iter().map(|planned| planned.id.clone());
    let circle = Difference::ReplicationLoop {
        path: ids().map(|id| (id, target(HOSTILE))).collect(),
        overwrites: true,
    };
    let race = Difference::OverwriteRace {
        writers: ids().collect(),
    };
    let entanglement = |difference, accepted_in_part| Entanglement {
        finding: finding((difference, Some(target(HOSTILE)))),
        members: vec![0, 1],
        accepted_in_part,
    };
    let in_part = AcceptedInPart {
        waivers: vec![waiver()],
        lacking: vec![1],
    };
    vec![entanglement(circle, None), entanglement(race, Some(in_part))]
}

fn waiver() -> Arc<Waiver> {
    Arc::new(Waiver {
        id: HOSTILE.into(),
        scope: Scope::parse("prod/legacy-*").expect("a scope"),
        source: None,
        findings: Some(vec![Code::OverrideMismatch]),
        target: Some(WaivedTarget {
            region: "cn-east-3".into(),
            namespace: Some("prod-dr".into()),
        }),
        reason: HOSTILE.into(),
        owner: "=team".into(),
        expires: date(2026, 12, 31),
        severities: Arc::new(Severities::default()),
        place: place(60),
    })
}

/// Everything that is about no repository of the plan.
fn others() -> Vec<OtherFinding> {
    let at = |namespace: Option<NamespaceName>, difference| OtherFinding {
        source: namespace.is_some().then(source),
        namespace,
        repository: None,
        owner: None,
        finding: finding((difference, None)),
        place: place(50),
    };
    let pattern = Difference::EmptyPattern {
        pattern: HOSTILE.into(),
    };
    let skip = Difference::ExpiredSkip {
        entry: HOSTILE.into(),
        until: date(2026, 1, 31),
    };
    vec![
        at(None, Difference::ExpiredWaiver(waiver())),
        at(None, Difference::ExpiringWaiver(waiver())),
        at(None, Difference::UnusedWaiver(waiver())),
        at(Some(namespace("prod")), pattern),
        at(Some(namespace("prod")), skip),
        OtherFinding {
            repository: RepositoryName::parse("stray").ok(),
            ..at(Some(namespace("prod")), Difference::UnlistedRepo)
        },
        at(Some(namespace("stray")), Difference::UnlistedNamespace),
    ]
}

pub(super) fn gap(of: Option<&str>) -> ListingGap {
    ListingGap {
        source: source(),
        namespace: of.map(namespace),
        owner: None,
        failure: Failure {
            http_status: Some(500),
            error_code: Some(HOSTILE.to_owned()),
            detail: HOSTILE.to_owned(),
            evidence: Evidence {
                attempts: 5,
                ..Evidence::default()
            },
            ..Failure::unasked(if of.is_some() {
                UnknownClass::Truncated
            } else {
                UnknownClass::ServerError
            })
        },
        place: place(51),
    }
}

pub(super) fn namespace(name: &str) -> NamespaceName {
    NamespaceName::parse(name).expect("a legal namespace")
}

pub(super) fn blindnesses() -> Vec<Blindness> {
    let namespace = namespace("prod");
    vec![
        Blindness::AccountUnconfirmed("0123456789abcdef0123456789abcdef".into()),
        Blindness::ListMayBeCut(2),
        Blindness::ListingUnconfirmed(None, ListingDoubt::Fewer { listed: 2, counted: 3 }),
        Blindness::ListingUnconfirmed(Some(namespace.clone()), ListingDoubt::Empty),
        Blindness::ListingUnconfirmed(
            Some(namespace.clone()),
            ListingDoubt::Failed(Failure {
                detail: HOSTILE.to_owned(),
                ..Failure::unasked(UnknownClass::Truncated)
            }),
        ),
        Blindness::ManualRulesHidden,
        Blindness::NamespaceUnconfirmed(namespace, Failure::unasked(UnknownClass::Timeout)),
        Blindness::OutsideSelection(LeftOutCount {
            repositories: 3,
            namespaces: 1,
        }),
        Blindness::OutsideShard(5),
        Blindness::ShardMissing(MissingShards::between([1, 3], 3)),
        Blindness::ShardsOfSeveralRuns {
            first: Timestamp::UNIX_EPOCH,
            last: Timestamp::UNIX_EPOCH,
        },
        Blindness::SkippedNotChecked {
            repositories: 1,
            namespaces: 2,
            patterns: 1,
        },
        Blindness::UnlistedNotSearched,
    ]
}
