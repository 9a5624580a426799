//! What small runs come to: their verdict, their reason and their counts.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::csv::Dialect;
use super::super::format::REPOS;
use super::super::*;
use super::everything::{self, facts, namespace, place, planned, row, source};
use super::text_of;
use crate::model::{
    Failure, Judged, JudgedRepository, Listing, ListingGap, Look, Others, Outcome, Plan, PlannedListing,
    PlannedNamespace, PlannedRepository, RepositoryName, RepositoryOrigin, Severities, Skip, Skipped, SkippedWhat,
    Source, UnknownClass,
};

/// A plan of two sources, one repository each, with these classes of unknown.
fn of_two_sources(classes: [Option<UnknownClass>; 2]) -> Report {
    let mut plan = Plan::default();
    let mut rows = Vec::new();
    for (name, class) in ["eu", "main"].into_iter().zip(classes) {
        let source = Arc::new(Source {
            name: name.into(),
            ..(*source()).clone()
        });
        let mut repository = planned("web", 3);
        repository.id.source = name.into();
        repository.source = source;
        plan.repositories.push(repository);
        let outcome = if class.is_some() { Outcome::Unknown } else { Outcome::Ok };
        rows.push(JudgedRepository {
            unknown_class: class,
            actual_rules: class.is_none().then_some(1),
            ..row(Vec::new(), Vec::new(), outcome)
        });
    }
    let judged = Judged {
        repositories: rows,
        ..Judged::default()
    };
    Report::new(facts(&[]), &Past::default(), &plan, &judged)
}

#[test]
fn a_source_of_which_nothing_was_read_is_named_where_others_were() {
    use UnknownClass::{AccessDenied, Unauthenticated};
    let told = |classes| {
        let report = of_two_sources(classes);
        (report.verdict.code, report.verdict.reason)
    };
    assert_eq!(told([None, None]), (0, "no finding".to_owned()));
    let (code, reason) = told([Some(Unauthenticated), None]);
    assert_eq!(code, 4);
    assert_eq!(
        reason,
        "no finding; 1 repository is unknown; nothing of source `eu` was read"
    );
    let (code, reason) = told([Some(Unauthenticated), Some(AccessDenied)]);
    assert_eq!((code, &*reason), (4, "no finding; 2 repositories are unknown"));
    let (code, reason) = told([Some(Unauthenticated), Some(Unauthenticated)]);
    assert_eq!(
        (code, &*reason),
        (1, "no audit: not one of 2 repositories could be read")
    );
}

fn listed_only(gap: Option<UnknownClass>, is_for_warnings_alone: bool) -> Report {
    let listing = PlannedListing {
        listing: Listing {
            gap: gap.map(Failure::unasked),
            look: Some(Look::Present),
            ..Listing::default()
        },
        covers: !is_for_warnings_alone,
        others: Others::Warn,
        unlisted: Vec::new(),
        empty_patterns: Vec::new(),
        listed: 0,
    };
    let plan = Plan {
        namespaces: vec![PlannedNamespace {
            source: source(),
            name: namespace("prod"),
            owner: None,
            severities: Arc::new(Severities::default()),
            listing: Some(listing),
            expired_skips: Vec::new(),
            place: place(3),
        }],
        ..Plan::default()
    };
    let gaps = gap.filter(|_| !is_for_warnings_alone).map(|class| ListingGap {
        failure: Failure::unasked(class),
        ..everything::gap(Some("prod"))
    });
    let judged = Judged {
        gaps: gaps.into_iter().collect(),
        ..Judged::default()
    };
    Report::new(facts(&[]), &Past::default(), &plan, &judged)
}

#[test]
fn a_listing_is_something_to_ask_for() {
    for (gap, warns, expected) in [
        (None, false, 0),
        (Some(UnknownClass::Unreachable), false, 1),
        (Some(UnknownClass::Unreachable), true, 1),
        (Some(UnknownClass::AccessDenied), false, 4),
        (Some(UnknownClass::AccessDenied), true, 0),
    ] {
        let report = listed_only(gap, warns);
        assert_eq!(
            report.verdict.code, expected,
            "{gap:?} {warns}: {}",
            report.verdict.reason
        );
    }
    let reason = listed_only(Some(UnknownClass::Unreachable), true).verdict.reason;
    assert_eq!(reason, "no audit: not one of 1 list could be read");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn whatever_was_named_or_listed_ends_in_one_place(
        planned_as in prop::collection::vec((any::<bool>(), prop::sample::select(&Outcome::ALL[..])), 0..20),
        skips in prop::collection::vec(0..4_u8, 0..10),
    ) {
        let mut plan = Plan::default();
        let mut rows = Vec::new();
        for (number, (is_named, outcome)) in planned_as.iter().enumerate() {
            plan.repositories.push(PlannedRepository {
                origin: if *is_named { RepositoryOrigin::Named } else { RepositoryOrigin::Discovered },
                ..planned(&format!("r{number}"), 1)
            });
            let class = (*outcome == Outcome::Unknown).then_some(UnknownClass::Timeout);
            rows.push(JudgedRepository { unknown_class: class, ..row(Vec::new(), Vec::new(), *outcome) });
        }
        for (number, kind) in skips.iter().enumerate() {
            let name = RepositoryName::parse(&format!("s{number}")).expect("a legal repository");
            plan.skipped.push(Skipped {
                source: "main".into(),
                namespace: namespace("prod"),
                what: match kind {
                    0 => SkippedWhat::Namespace,
                    1 => SkippedWhat::Pattern("x-*".into()),
                    2 => SkippedWhat::Named(name),
                    _ => SkippedWhat::Discovered(name),
                },
                owner: None,
                skip: Skip { entry: "x".into(), reason: "x".into(), until: None },
                place: place(1),
            });
        }
        let judged = Judged { repositories: rows, ..Judged::default() };
        let report = Report::new(facts(&[]), &Past::default(), &plan, &judged);
        let repos = report.summary.repos;
        let ended = repos.ok + repos.drift + repos.waived + repos.unknown + repos.skipped;
        prop_assert_eq!(repos.expected + repos.discovered, ended);
        prop_assert_eq!(repos.audited, repos.ok + repos.drift + repos.waived);
        // Each of them is a row of repos.csv, and nothing else is.
        let lines = text_of(&report, REPOS, Dialect::Rfc4180).lines().count();
        prop_assert_eq!(lines, ended + 1);
    }
}
