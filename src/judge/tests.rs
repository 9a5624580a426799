//! Whole runs in small: what is told of repositories, namespaces and the run itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::example::{TODAY, answered, finding_line, namespace, place, planned, policy, rules, source, unknown_line};
use super::*;
use crate::model::{
    Blindness, Code, Limit, MissingNamespace, RepositoryName, Severities, Severity, Skip, Skipped, SkippedWhat, Unasked,
};

/// Two namespaces of `main`, and one of the same name in `other`.
fn plan() -> Plan {
    let (main, other) = (source("main", false), source("other", true));
    let targets: &[&str] = &["e1/dr f t"];
    let all = [
        (&main, "prod/api"),
        (&main, "prod/db"),
        (&main, "prod/web"),
        (&main, "test/web"),
        (&other, "prod/api"),
    ];
    Plan {
        repositories: all.map(|(source, name)| planned(source, name, policy(targets))).into(),
        ..Plan::default()
    }
}

const LAST: usize = 4;

fn sources(plan: &Plan) -> [Arc<Source>; 2] {
    [&plan.repositories[0].source, &plan.repositories[LAST].source].map(Arc::clone)
}

fn as_expected() -> Observation {
    answered(Answer::Rules(rules(&["4 e1/dr f t"]).into()))
}

fn failure(class: UnknownClass, detail: &str) -> Failure {
    Failure {
        detail: detail.to_owned(),
        ..Failure::unasked(class)
    }
}

fn failed_unasked(class: UnknownClass, detail: &str) -> Observation {
    Observation {
        answer: Answer::Failed(failure(class, detail)),
        evidence: Evidence::default(),
    }
}

type Looks<'a> = &'a [(&'a str, &'a str, Look)];

/// Everything as expected but for these answers.
fn judge(plan: &Plan, odd: &[(usize, Observation)], looks: Looks<'_>) -> Judged {
    let forward = judge_in(plan, odd, looks, (0..plan.repositories.len()).collect());
    let backward = judge_in(plan, odd, looks, (0..plan.repositories.len()).rev().collect());
    assert_eq!(forward, backward, "the order of the answers matters");
    forward
}

fn judge_in(plan: &Plan, odd: &[(usize, Observation)], looks: Looks<'_>, order: Vec<usize>) -> Judged {
    let mut odd: BTreeMap<usize, Observation> = odd.iter().cloned().collect();
    let mut judging = Judging::new(plan);
    for index in order {
        judging.take(index, odd.remove(&index).unwrap_or_else(as_expected));
    }
    for (source, name, look) in looks {
        judging.looked(&Arc::from(*source), &namespace(name), look.clone());
    }
    judging.finish(&sources(plan), &[], TODAY, Guard::off())
}

/// One line for each repository: its outcome, then what is told of it.
fn rows(judged: &Judged) -> Vec<String> {
    let row = |judged: &JudgedRepository| {
        let mut words = vec![judged.outcome.name().to_owned()];
        words.extend(judged.findings.iter().map(finding_line));
        words.extend(judged.unknowns.iter().map(unknown_line));
        words.join(", ")
    };
    judged.repositories.iter().map(row).collect()
}

fn codes(judged: &Judged) -> Vec<String> {
    let line = |limit: &Limit| format!("{} {}", limit.source, limit.blindness.code());
    judged.limits.iter().map(line).collect()
}

const CLEAN_LIMITS: [&str; 3] = [
    "main manual-rules-hidden",
    "main unlisted-not-searched",
    "other unlisted-not-searched",
];

#[test]
fn a_clean_run_is_ok_and_says_its_limits() {
    let judged = judge(&plan(), &[], &[]);
    assert_eq!(rows(&judged), ["ok"; 5]);
    assert_eq!(codes(&judged), CLEAN_LIMITS);
    assert_eq!(judged.missing_namespaces, []);
    assert_eq!(judged.unasked, []);
    for repository in &judged.repositories {
        assert_eq!((repository.actual_rules, repository.matching), (Some(1), 1));
        assert_eq!((repository.unknown_class, repository.finding_count()), (None, 0));
        assert_eq!(repository.evidence.attempts, 1);
    }
}

#[test]
fn rules_are_compared_as_the_source_lists_them() {
    let mut plan = plan();
    for index in [0, LAST] {
        plan.repositories[index].expectation = Arc::new(policy(&["e1/dr f *"]));
    }
    let none = || answered(Answer::Rules(Vec::new().into()));
    let judged = judge(&plan, &[(0, none()), (LAST, none())], &[]);
    assert_eq!(rows(&judged)[0], "unknown, ? not-observable e1/dr");
    assert_eq!(rows(&judged)[LAST], "drift, missing-rule e1/dr high");
    assert_eq!(judged.repositories[0].actual_rules, Some(0));
    assert_eq!(judged.repositories[0].unknown_class, Some(UnknownClass::NotObservable));
}

#[test]
fn what_is_known_is_reported_of_an_unknown_repository_too() {
    let half = answered(Answer::Rules(rules(&["4 e1/dr t -", "5 s1/dr f t"]).into()));
    let judged = judge(&plan(), &[(1, half)], &[]);
    assert_eq!(
        rows(&judged)[1],
        "unknown, override-mismatch e1/dr override high, unexpected-rule s1/dr medium, ? bad-response e1/dr syncAuto"
    );
    assert_eq!(judged.repositories[1].finding_count(), 2);
    assert_eq!(judged.repositories[1].actual_rules, Some(2));
}

#[test]
fn a_failure_is_unknown_and_never_missing() {
    let asked = Failure {
        http_status: Some(502),
        ..failure(UnknownClass::ServerError, "bad gateway")
    };
    let judged = judge(&plan(), &[(1, answered(Answer::Failed(asked.clone())))], &[]);
    assert_eq!(rows(&judged), ["ok", "unknown, ? server-error", "ok", "ok", "ok"]);
    let repository = &judged.repositories[1];
    assert_eq!(repository.unknown_class, Some(UnknownClass::ServerError));
    assert_eq!(repository.unknowns[0].failure, Some(asked));
    assert_eq!((repository.actual_rules, repository.matching), (None, 0));
    assert_eq!(judged.unasked, []);
}

#[test]
fn an_absent_repository_of_a_present_namespace_is_missing() {
    let absent = [
        (0, answered(Answer::Absent)),
        (2, answered(Answer::Absent)),
        (3, answered(Answer::Absent)),
    ];
    let looks = [("main", "prod", Look::Present), ("main", "test", Look::Present)];
    let judged = judge(&plan(), &absent, &looks);
    let missing = "drift, missing-repo high";
    assert_eq!(rows(&judged), [missing, "ok", missing, missing, "ok"]);
    assert_eq!(codes(&judged), CLEAN_LIMITS);
    assert_eq!(judged.repositories[0].actual_rules, None);
    assert!(!judged.repositories[0].in_missing_namespace);
}

#[test]
fn a_missing_namespace_is_one_finding_for_all_its_repositories() {
    let mut plan = plan();
    plan.repositories[0].owner = Some("team-payments".into());
    plan.repositories[0].place = place(7);
    let absent = [0, 1, 2].map(|index| (index, answered(Answer::Absent)));
    let judged = judge(&plan, &absent, &[("main", "prod", Look::Absent)]);
    assert_eq!(rows(&judged), ["drift", "drift", "drift", "ok", "ok"]);
    assert_eq!(
        judged.missing_namespaces,
        [MissingNamespace {
            source: Arc::clone(&plan.repositories[0].source),
            namespace: namespace("prod"),
            finding: Finding {
                expected: None,
                waiver: None,
                difference: Difference::MissingNamespace,
                severity: Severity::High,
                target: None,
                rule: None,
            },
            owner: Some("team-payments".into()),
            members: vec![0, 1, 2],
            place: place(7),
        }]
    );
    for member in &judged.repositories[..3] {
        assert!(member.in_missing_namespace);
        assert_eq!((member.finding_count(), member.actual_rules), (1, None));
    }
    assert_eq!(codes(&judged), CLEAN_LIMITS);
}

#[test]
fn namespaces_of_one_name_in_two_sources_are_two() {
    let absent = [(0, answered(Answer::Absent)), (LAST, answered(Answer::Absent))];
    let looks = [("main", "prod", Look::Present), ("other", "prod", Look::Absent)];
    let judged = judge(&plan(), &absent, &looks);
    assert_eq!(rows(&judged), ["drift, missing-repo high", "ok", "ok", "ok", "drift"]);
    assert_eq!(judged.missing_namespaces[0].members, [LAST]);
}

#[test]
fn who_answered_otherwise_is_no_member_of_a_missing_namespace() {
    let odd = [
        (0, answered(Answer::Absent)),
        (1, failed_unasked(UnknownClass::Interrupted, "")),
        (2, answered(Answer::Failed(failure(UnknownClass::Timeout, "")))),
    ];
    let judged = judge(&plan(), &odd, &[("main", "prod", Look::Absent)]);
    assert_eq!(rows(&judged), ["drift", "unknown", "unknown, ? timeout", "ok", "ok"]);
    assert_eq!(judged.missing_namespaces[0].members, [0]);
    assert!(!judged.repositories[1].in_missing_namespace);
}

#[test]
fn a_namespace_of_which_a_repository_answered_is_not_believed_to_be_absent() {
    let absent = [(0, answered(Answer::Absent))];
    let judged = judge(&plan(), &absent, &[("main", "prod", Look::Absent)]);
    assert_eq!(rows(&judged), ["drift, missing-repo high", "ok", "ok", "ok", "ok"]);
    assert_eq!(judged.missing_namespaces, []);
    let codes: Vec<&str> = judged
        .limits
        .iter()
        .map(|limit| limit.blindness.code().name())
        .collect();
    assert!(codes.contains(&"namespace-unconfirmed"), "{codes:?}");
}

#[test]
fn a_look_that_says_absent_needs_an_absent_repository_to_be_reported() {
    let judged = judge(&plan(), &[], &[("main", "prod", Look::Absent)]);
    assert_eq!(rows(&judged), ["ok"; 5]);
    assert_eq!(judged.missing_namespaces, []);
}

#[test]
fn an_absence_stands_where_the_look_fails_and_the_limits_say_so() {
    let refused = failure(UnknownClass::AccessDenied, "no");
    let absent = [0, 2, 3].map(|index| (index, answered(Answer::Absent)));
    let judged = judge(&plan(), &absent, &[("main", "prod", Look::Failed(refused.clone()))]);
    let missing = "drift, missing-repo high";
    assert_eq!(rows(&judged), [missing, "ok", missing, missing, "ok"]);
    let unconfirmed = |name, failure| Limit {
        source: "main".into(),
        blindness: Blindness::NamespaceUnconfirmed(namespace(name), failure),
    };
    assert_eq!(
        judged.limits[1..3],
        [
            unconfirmed("prod", refused),
            // Never looked at.
            unconfirmed("test", Failure::unasked(UnknownClass::Interrupted)),
        ]
    );
    assert_eq!(judged.limits.len(), CLEAN_LIMITS.len() + 2);
}

fn set(plan: &mut Plan, code: Code, severity: Severity) {
    for planned in &mut plan.repositories {
        let mut expectation = (*planned.expectation).clone();
        expectation.severities = Arc::new(Severities(BTreeMap::from([(code, severity)])));
        planned.expectation = Arc::new(expectation);
    }
}

#[test]
fn the_inventory_sets_the_severity_of_what_is_missing() {
    let absent = [(0, answered(Answer::Absent)), (3, answered(Answer::Absent))];
    let looks = [("main", "prod", Look::Present), ("main", "test", Look::Absent)];
    let mut repositories = plan();
    set(&mut repositories, Code::MissingRepo, Severity::Low);
    assert_eq!(
        rows(&judge(&repositories, &absent, &looks))[0],
        "drift, missing-repo low"
    );

    let mut namespaces = plan();
    set(&mut namespaces, Code::MissingNamespace, Severity::Critical);
    let judged = judge(&namespaces, &absent, &looks);
    assert_eq!(judged.missing_namespaces[0].finding.severity, Severity::Critical);
    assert_eq!(rows(&judged)[0], "drift, missing-repo high");

    // Information alone is no drift, of a namespace either.
    set(&mut namespaces, Code::MissingNamespace, Severity::Info);
    let judged = judge(&namespaces, &absent, &looks);
    assert_eq!(judged.missing_namespaces[0].finding.severity, Severity::Info);
    assert_eq!(rows(&judged)[3], "ok");
    assert_eq!(judged.repositories[3].finding_count(), 1);
}

#[test]
fn what_was_not_asked_is_one_entry_by_namespace_and_class() {
    let denied = |detail| failed_unasked(UnknownClass::AccessDenied, detail);
    let odd = [
        (0, denied("first")),
        (1, failed_unasked(UnknownClass::Unauthenticated, "")),
        (2, denied("second")),
        (3, denied("third")),
        (LAST, denied("fourth")),
    ];
    let plan = plan();
    let judged = judge(&plan, &odd, &[]);
    assert_eq!(rows(&judged), ["unknown"; 5]);
    let entry = |index: usize, class, detail, members: &[usize]| Unasked {
        source: Arc::clone(&plan.repositories[index].source),
        namespace: plan.repositories[index].id.namespace.clone(),
        failure: failure(class, detail),
        members: members.into(),
    };
    assert_eq!(
        judged.unasked,
        [
            entry(0, UnknownClass::AccessDenied, "first", &[0, 2]),
            entry(1, UnknownClass::Unauthenticated, "", &[1]),
            entry(3, UnknownClass::AccessDenied, "third", &[3]),
            entry(LAST, UnknownClass::AccessDenied, "fourth", &[LAST]),
        ]
    );
    let class = |index: usize| judged.repositories[index].unknown_class;
    assert_eq!(class(0), Some(UnknownClass::AccessDenied));
    assert_eq!(class(1), Some(UnknownClass::Unauthenticated));
}

#[test]
fn who_was_asked_and_failed_has_an_entry_of_its_own() {
    let refused = answered(Answer::Failed(failure(UnknownClass::AccessDenied, "no")));
    let odd = [(0, refused), (1, failed_unasked(UnknownClass::AccessDenied, ""))];
    let judged = judge(&plan(), &odd, &[]);
    assert_eq!(rows(&judged)[..2], ["unknown, ? access-denied", "unknown"]);
    assert_eq!(judged.unasked.len(), 1);
    assert_eq!(judged.unasked[0].members, [1]);
}

#[test]
fn what_never_came_was_interrupted() {
    let plan = plan();
    let judged = judge_in(&plan, &[], &[], vec![3]);
    assert_eq!(rows(&judged), ["unknown", "unknown", "unknown", "ok", "unknown"]);
    assert_eq!(judged.repositories[0].unknown_class, Some(UnknownClass::Interrupted));
    assert_eq!(judged.repositories[0].actual_rules, None);
    let members: Vec<&[usize]> = judged.unasked.iter().map(|entry| &entry.members[..]).collect();
    assert_eq!(members, [&[0, 1, 2][..], &[LAST]]);
    assert_eq!(judged.unasked[0].failure, Failure::unasked(UnknownClass::Interrupted));
}

fn expired() -> Skip {
    Skip {
        entry: "old-*".into(),
        reason: "moving house".into(),
        until: Some(Date::constant(2026, 3, 31)),
    }
}

#[test]
fn a_skip_that_ran_out_is_reported_whatever_the_answer() {
    let mut plan = plan();
    for planned in &mut plan.repositories {
        planned.expired_skip = Some(expired());
    }
    let odd = [
        (0, answered(Answer::Absent)),
        (1, failed_unasked(UnknownClass::Interrupted, "")),
        (2, answered(Answer::Failed(failure(UnknownClass::Timeout, "")))),
        (3, answered(Answer::Absent)),
    ];
    let looks = [("main", "prod", Look::Absent), ("main", "test", Look::Present)];
    let judged = judge(&plan, &odd, &looks);
    assert_eq!(
        rows(&judged),
        [
            "drift, expired-skip medium",
            "unknown, expired-skip medium",
            "unknown, expired-skip medium, ? timeout",
            "drift, expired-skip medium, missing-repo high",
            "drift, expired-skip medium",
        ]
    );
    assert_eq!(judged.repositories[0].finding_count(), 2);
    assert_eq!(
        judged.repositories[2].findings[0].difference,
        Difference::ExpiredSkip {
            entry: "old-*".into(),
            until: Date::constant(2026, 3, 31),
        }
    );
    set(&mut plan, Code::ExpiredSkip, Severity::Info);
    assert_eq!(rows(&judge(&plan, &[], &[])), ["ok, expired-skip info"; 5]);
}

#[test]
fn an_expired_skip_stands_before_findings_about_targets() {
    let mut plan = plan();
    plan.repositories[0].expired_skip = Some(expired());
    let judged = judge(&plan, &[(0, answered(Answer::Rules(Vec::new().into())))], &[]);
    assert_eq!(rows(&judged)[0], "drift, expired-skip medium, missing-rule e1/dr high");
}

#[test]
fn what_is_skipped_is_counted_by_source() {
    let mut plan = plan();
    let skipped = |source: &str, repository: Option<&str>| Skipped {
        source: source.into(),
        namespace: namespace("scratch"),
        what: repository.map_or(SkippedWhat::Namespace, |name| {
            SkippedWhat::Named(RepositoryName::parse(name).expect("a valid name"))
        }),
        owner: None,
        skip: expired(),
        place: place(9),
    };
    plan.skipped = vec![
        skipped("main", Some("a")),
        skipped("main", Some("b")),
        skipped("main", None),
        skipped("other", None),
    ];
    let judged = judge(&plan, &[], &[]);
    let counted = |source: &str, repositories, namespaces| Limit {
        source: source.into(),
        blindness: Blindness::SkippedNotChecked {
            repositories,
            namespaces,
            patterns: 0,
        },
    };
    assert_eq!(judged.limits[1], counted("main", 2, 1));
    assert_eq!(judged.limits[3], counted("other", 0, 1));
    assert_eq!(judged.limits.len(), CLEAN_LIMITS.len() + 2);
    assert_eq!(rows(&judged), ["ok"; 5]);
}

#[test]
fn lists_of_exactly_the_cap_are_counted_by_source() {
    let list = |count| answered(Answer::Rules(vec![rules(&["4 e1/dr f t"])[0].clone(); count].into()));
    let odd = [(0, list(100)), (1, list(99)), (2, list(100)), (3, list(101))];
    let judged = judge(&plan(), &odd, &[]);
    let cut = Limit {
        source: "main".into(),
        blindness: Blindness::ListMayBeCut(2),
    };
    assert_eq!(judged.limits[0], cut);
    assert_eq!(codes(&judged)[1..], CLEAN_LIMITS);
    assert_eq!(judged.repositories[0].actual_rules, Some(100));
    assert_eq!(judged.repositories[0].unknown_class, Some(UnknownClass::Truncated));
    assert_eq!(judged.repositories[0].matching, 1);
}

#[test]
fn the_evidence_is_kept_however_it_ended() {
    let evidence = Evidence {
        attempts: 3,
        observed_at: Some(Timestamp::UNIX_EPOCH),
        request_id: Some("r-1".to_owned()),
    };
    let with = |answer| Observation {
        answer,
        evidence: evidence.clone(),
    };
    let odd = [
        (0, with(Answer::Absent)),
        (1, with(Answer::Failed(failure(UnknownClass::Timeout, "")))),
        (2, with(Answer::Rules(Vec::new().into()))),
        (3, with(Answer::Absent)),
    ];
    let judged = judge(&plan(), &odd, &[("main", "prod", Look::Absent)]);
    for repository in &judged.repositories[..4] {
        assert_eq!(repository.evidence, evidence);
    }
}

#[test]
fn a_repository_at_rest_is_small() {
    assert!(
        size_of::<JudgedRepository>() <= 144,
        "{}",
        size_of::<JudgedRepository>()
    );
    assert!(size_of::<Slot>() <= 168, "{}", size_of::<Slot>());
}

#[test]
#[should_panic(expected = "was taken before")]
#[cfg(debug_assertions)]
fn nothing_is_taken_twice() {
    let plan = plan();
    let mut judging = Judging::new(&plan);
    judging.take(0, as_expected());
    judging.take(0, as_expected());
}

#[test]
fn what_was_listed_and_is_absent_has_vanished_whoever_named_it() {
    let mut plan = plan();
    plan.repositories[0].is_listed = true;
    let absent = [(0, answered(Answer::Absent)), (1, answered(Answer::Absent))];
    for look in [Look::Present, Look::Absent] {
        let judged = judge(&plan, &absent, &[("main", "prod", look)]);
        assert_eq!(rows(&judged)[..2], ["unknown, ? vanished", "drift, missing-repo high"]);
        assert_eq!(judged.repositories[0].unknown_class, Some(UnknownClass::Vanished));
        assert_eq!(judged.repositories[0].actual_rules, None);
    }
}

#[test]
fn a_second_look_counts_where_it_tells_more() {
    let plan = plan();
    let failed = || Look::Failed(failure(UnknownClass::Timeout, ""));
    for (looks, missing) in [
        ([Look::Absent, Look::Absent], 1),
        ([Look::Absent, Look::Present], 0),
        ([Look::Present, Look::Absent], 0),
        ([failed(), Look::Absent], 1),
        ([Look::Absent, failed()], 1),
    ] {
        let mut judging = Judging::new(&plan);
        for (index, _) in plan.repositories.iter().enumerate() {
            judging.take(index, answered(Answer::Absent));
        }
        for look in &looks {
            judging.looked(&Arc::from("main"), &namespace("test"), look.clone());
        }
        let judged = judging.finish(&sources(&plan), &[], TODAY, Guard::off());
        assert_eq!(judged.missing_namespaces.len(), missing, "{looks:?}");
    }
}
