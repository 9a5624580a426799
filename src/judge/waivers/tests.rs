//! What waivers cover on the day of a run, and what is said of them.

use jiff::ToSpan as _;
use proptest::prelude::*;

use super::super::example::{
    TODAY, answered, listing, namespace, other_lines, place, planned, planned_namespace, policy, region, rules, source,
};
use super::super::{Guard, Judging};
use super::*;
use crate::model::{
    Answer, Code, Failure, Gather, Listing, Look, Others, Outcome, PlannedListing, Scope, Selection, Severities,
    Severity, Skip, UnknownClass, WaivedTarget,
};

/// `prod/bare` has no rule, `prod/other` one too many, `prod/web` is as expected; `test/gone` is absent.
fn plan() -> Plan {
    let source = source("main", true);
    let names = ["prod/bare", "prod/other", "prod/web", "test/gone"];
    Plan {
        repositories: names.map(|name| planned(&source, name, policy(&["e1/dr f t"]))).into(),
        ..Plan::default()
    }
}

fn waiver(id: &str, scope: &str) -> Waiver {
    Waiver {
        id: id.into(),
        scope: Scope::parse(scope).expect("a scope"),
        source: None,
        findings: None,
        target: None,
        reason: "frozen".into(),
        owner: "team-batch".into(),
        expires: Date::constant(2027, 12, 31),
        severities: Arc::new(Severities::default()),
        place: place(50),
    }
}

fn only(scope: &str) -> Selection {
    Selection {
        only: vec![Scope::parse(scope).expect("a scope")],
        ..Selection::default()
    }
}

fn judge(plan: &Plan, waivers: &[Waiver]) -> Judged {
    let waivers: Vec<Arc<Waiver>> = waivers.iter().cloned().map(Arc::new).collect();
    let mut judging = Judging::new(plan);
    for (index, planned) in plan.repositories.iter().enumerate() {
        judging.take(index, answered(answer(planned.id.repository.as_str())));
    }
    let source = Arc::clone(&plan.repositories[0].source);
    judging.looked(&source.name, &namespace("test"), Look::Absent);
    judging.finish(&[source], &waivers, TODAY, Guard::off())
}

fn answer(name: &str) -> Answer {
    match name {
        "bare" => Answer::Rules(Vec::new().into()),
        "other" => Answer::Rules(rules(&["1 e1/dr f t", "2 s1/dr f t"]).into()),
        "gone" => Answer::Absent,
        "many" => Answer::Rules(
            (0..100)
                .flat_map(|at| rules(&[&format!("{at} e1/n{at} f t")]))
                .collect::<Vec<_>>()
                .into(),
        ),
        "down" => Answer::Failed(Failure::unasked(UnknownClass::Timeout)),
        _ => Answer::Rules(rules(&["1 e1/dr f t"]).into()),
    }
}

fn outcomes(judged: &Judged) -> Vec<&'static str> {
    judged.repositories.iter().map(|row| row.outcome.name()).collect()
}

#[test]
fn what_no_waiver_covers_is_drift() {
    let judged = judge(&plan(), &[]);
    assert_eq!(outcomes(&judged), ["drift", "drift", "ok", "drift"]);
    assert_eq!(judged.waivers, []);
}

#[test]
fn a_waiver_covers_what_it_names_and_no_more() {
    let cases: [(Waiver, [&str; 4]); 7] = [
        (waiver("W", "prod/bare"), ["waived", "drift", "ok", "drift"]),
        (waiver("W", "prod/*"), ["waived", "waived", "ok", "drift"]),
        (waiver("W", "*"), ["waived", "waived", "ok", "waived"]),
        // The namespace's finding is covered where all of it is.
        (waiver("W", "test/**"), ["drift", "drift", "ok", "waived"]),
        (waiver("W", "test/gone"), ["drift", "drift", "ok", "drift"]),
        (
            Waiver {
                findings: Some(vec![Code::MissingRule]),
                ..waiver("W", "*")
            },
            ["waived", "drift", "ok", "drift"],
        ),
        (
            Waiver {
                target: Some(WaivedTarget {
                    region: "s1".into(),
                    namespace: None,
                }),
                ..waiver("W", "*")
            },
            ["drift", "waived", "ok", "drift"],
        ),
    ];
    for (waiver, expected) in cases {
        let judged = judge(&plan(), std::slice::from_ref(&waiver));
        assert_eq!(outcomes(&judged), expected, "{waiver:?}");
    }
}

#[test]
fn a_documents_waiver_does_not_reach_other_sources() {
    for (of, expected) in [("main", "waived"), ("other", "drift")] {
        let waiver = Waiver {
            source: Some(of.into()),
            ..waiver("W", "*")
        };
        assert_eq!(outcomes(&judge(&plan(), &[waiver]))[0], expected);
    }
}

#[test]
fn the_first_by_id_wins_and_all_that_cover_are_used() {
    let judged = judge(
        &plan(),
        &[waiver("A", "prod/bare"), waiver("B", "prod"), waiver("C", "dev")],
    );
    let covering = judged.repositories[0].findings[0].waiver.as_ref();
    assert_eq!(covering.map(|waiver| &*waiver.id), Some("A"));
    let used: Vec<(&str, usize)> = judged.waivers.iter().map(|it| (&*it.waiver.id, it.findings)).collect();
    assert_eq!(used, [("A", 1), ("B", 2), ("C", 0)]);
    assert_eq!(other_lines(&judged), ["main:/ unused-waiver low"]);
    assert_eq!(judged.repositories[0].finding_count(), 0);
    assert_eq!(judged.repositories[0].waived_count(), 1);
}

#[test]
fn a_finding_that_is_not_waived_keeps_a_repository_in_drift() {
    let mut plan = plan();
    plan.repositories[0].expired_skip = Some(Skip {
        entry: "bare".into(),
        reason: "later".into(),
        until: Some(Date::constant(2026, 1, 1)),
    });
    let missing_rule = Waiver {
        findings: Some(vec![Code::MissingRule]),
        ..waiver("W", "prod/bare")
    };
    let judged = judge(&plan, &[missing_rule]);
    assert_eq!(judged.repositories[0].outcome, Outcome::Drift);
    assert_eq!(
        (
            judged.repositories[0].finding_count(),
            judged.repositories[0].waived_count()
        ),
        (1, 1)
    );
}

#[test]
fn a_waived_finding_worth_no_more_than_knowing_leaves_a_repository_ok() {
    let mut plan = plan();
    let mut expectation = policy(&["e1/dr f t"]);
    expectation.severities = Arc::new(Severities([(Code::MissingRule, Severity::Info)].into()));
    plan.repositories[0].expectation = Arc::new(expectation);
    let judged = judge(&plan, &[waiver("W", "prod/bare")]);
    assert_eq!(
        (judged.repositories[0].outcome, judged.repositories[0].waived_count()),
        (Outcome::Ok, 1)
    );
}

#[test]
fn the_last_day_is_a_day_on_which_it_holds() {
    let day = |days: i64| TODAY.saturating_add(days.days());
    for (expires, outcome, told) in [
        (day(-1), "drift", &["main:/ expired-waiver medium"][..]),
        (day(0), "waived", &["main:/ expiring-waiver info"]),
        (day(14), "waived", &["main:/ expiring-waiver info"]),
        (day(15), "waived", &[]),
    ] {
        let waiver = Waiver {
            expires,
            ..waiver("W", "prod/bare")
        };
        let judged = judge(&plan(), &[waiver]);
        assert_eq!(outcomes(&judged)[0], outcome, "{expires}");
        assert_eq!(other_lines(&judged), told, "{expires}");
    }
}

#[test]
fn one_that_ran_out_is_reported_as_that_alone_and_one_that_runs_out_may_be_unused_as_well() {
    let unused = |days: i64| Waiver {
        expires: TODAY.saturating_add(days.days()),
        ..waiver("W", "prod/web")
    };
    assert_eq!(
        other_lines(&judge(&plan(), &[unused(-9)])),
        ["main:/ expired-waiver medium"]
    );
    let both = ["main:/ expiring-waiver info", "main:/ unused-waiver low"];
    let judged = judge(&plan(), &[unused(9)]);
    assert_eq!(other_lines(&judged), both);
    assert_eq!(judged.others[0].owner.as_deref(), Some("team-batch"));
    assert_eq!(judged.others[0].place, place(50));
}

#[test]
fn nothing_is_called_unused_that_might_cover_what_was_not_seen() {
    let unused = "main:/ unused-waiver low";
    let web = || [waiver("W", "prod/web")];
    assert_eq!(other_lines(&judge(&plan(), &web())), [unused]);

    let mut down = plan();
    down.repositories[3] = planned(&down.repositories[0].source, "prod/down", policy(&[]));
    assert_eq!(other_lines(&judge(&down, &web())), [unused], "not one that it matches");
    assert_eq!(
        other_lines(&judge(&down, &[waiver("W", "prod/d*")])),
        Vec::<String>::new()
    );
}

#[test]
fn nothing_is_called_unused_that_a_cut_list_may_hide() {
    let mut cut = plan();
    cut.repositories[2] = planned(&cut.repositories[0].source, "prod/many", {
        let mut allowing = policy(&[]);
        allowing.other_rules = Others::Allow;
        allowing
    });
    let told = other_lines(&judge(&cut, &[waiver("W", "prod/many")]));
    assert_eq!(told, Vec::<String>::new(), "what was cut off may be what it covers");
}

#[test]
fn nothing_is_called_unused_that_might_cover_what_is_skipped() {
    let unused = "main:/ unused-waiver low";
    let name = |text| RepositoryName::parse(text).expect("a legal repository");
    for (what, scope, is_unused) in [
        (SkippedWhat::Named(name("frozen")), "prod/web", true),
        (SkippedWhat::Named(name("frozen")), "prod/f*", false),
        (SkippedWhat::Discovered(name("frozen")), "prod/frozen", false),
        (SkippedWhat::Pattern("old/**".into()), "prod/web", true),
        (SkippedWhat::Pattern("old/**".into()), "prod/old/web", false),
        (SkippedWhat::Pattern("old/**".into()), "prod/*/w?b", false),
        (SkippedWhat::Pattern("old/**".into()), "prod/w?b", true),
        (SkippedWhat::Namespace, "prod/web", false),
        (SkippedWhat::Namespace, "dev/web", true),
    ] {
        let mut skipping = plan();
        skipping.skipped.push(Skipped {
            source: "main".into(),
            namespace: namespace("prod"),
            what: what.clone(),
            owner: None,
            skip: Skip {
                entry: "frozen".into(),
                reason: "frozen".into(),
                until: None,
            },
            place: place(9),
        });
        let told = other_lines(&judge(&skipping, &[waiver("W", scope)]));
        assert_eq!(told == [unused], is_unused, "{what:?} {scope}");
    }
}

#[test]
fn nothing_is_called_unused_in_a_part_or_where_a_list_failed() {
    let unused = "main:/ unused-waiver low";
    let web = || [waiver("W", "prod/web")];
    let mut partial = plan();
    partial.selection = only("prod");
    assert_eq!(other_lines(&judge(&partial, &web())), Vec::<String>::new());

    for is_for_warnings_alone in [true, false] {
        let mut gap = plan();
        let broken = PlannedListing {
            listing: Listing {
                gap: Some(Failure::unasked(UnknownClass::Interrupted)),
                ..Listing::default()
            },
            covers: !is_for_warnings_alone,
            others: Others::Warn,
            ..listing(0)
        };
        let namespace = planned_namespace(&gap.repositories[0].source, "prod", Some(broken));
        gap.namespaces = vec![namespace];
        assert_eq!(other_lines(&judge(&gap, &web())), Vec::<String>::new());
        assert_eq!(other_lines(&judge(&gap, &[waiver("W", "dev")])), [unused]);
    }
}

/// A waiver for one side covered nothing, and nobody said why.
#[test]
fn a_circle_that_is_accepted_in_part_is_not_and_says_whose_side_is_missing() {
    let (north, south) = (region("n1"), region("s1"));
    let mut expectation = policy(&[]);
    expectation.other_rules = Others::Allow;
    let plan = Plan {
        repositories: vec![
            planned(&north, "core/auth", expectation.clone()),
            planned(&south, "core/auth", expectation),
        ],
        ..Plan::default()
    };
    let told = |waivers: &[Waiver]| {
        let mut judging = Judging::new(&plan);
        judging.take(0, answered(Answer::Rules(rules(&["1 s1/core f t"]).into())));
        judging.take(1, answered(Answer::Rules(rules(&["1 n1/core f t"]).into())));
        let sources = [Arc::clone(&north), Arc::clone(&south)];
        let waivers: Vec<_> = waivers.iter().cloned().map(Arc::new).collect();
        let judged = judging.finish(&sources, &waivers, TODAY, Guard::off());
        let circle = &judged.entanglements[0];
        let in_part = circle.accepted_in_part.as_ref();
        let ids = |it: &AcceptedInPart| it.waivers.iter().map(|waiver| waiver.id.to_string()).collect();
        (
            circle.finding.waiver.as_ref().map(|waiver| waiver.id.to_string()),
            in_part.map(|it| (ids(it), it.lacking.clone())),
            judged.waivers.iter().map(|it| it.findings).collect::<Vec<_>>(),
            judged.others.len(),
        )
    };
    let (here, there) = (waiver("W1", "n1:core/auth"), waiver("W2", "s1:core/auth"));
    let in_part = |id: &str, lacking| Some((vec![id.to_owned()], vec![lacking]));
    assert_eq!(told(std::slice::from_ref(&here)), (None, in_part("W1", 1), vec![0], 0));
    assert_eq!(told(std::slice::from_ref(&there)), (None, in_part("W2", 0), vec![0], 0));
    assert_eq!(told(&[here, there]), (Some("W1".to_owned()), None, vec![1, 1], 0));
    assert_eq!(told(&[waiver("W", "core/*")]), (Some("W".to_owned()), None, vec![1], 0));
}

/// A circle or a race over two regions is not seen while one of them is not: its waiver is not out of use.
#[test]
fn nothing_is_called_unused_that_might_cover_a_circle_or_a_race_with_what_was_not_seen() {
    let told = |rule: &str, other: Option<&str>, waiver: Waiver| {
        let (north, south) = (region("n1"), region("s1"));
        let mut expectation = policy(&[]);
        expectation.other_rules = Others::Allow;
        let other_name = other.unwrap_or("core/other");
        let plan = Plan {
            repositories: vec![
                planned(&north, "core/auth", expectation.clone()),
                planned(&south, other_name, expectation),
            ],
            ..Plan::default()
        };
        let mut judging = Judging::new(&plan);
        judging.take(0, answered(Answer::Rules(rules(&[rule]).into())));
        let unseen = || Answer::Failed(Failure::unasked(UnknownClass::Timeout));
        let is_seen = other.is_none();
        judging.take(
            1,
            answered(if is_seen {
                Answer::Rules(Vec::new().into())
            } else {
                unseen()
            }),
        );
        let judged = judging.finish(&[north, south], &[Arc::new(waiver)], TODAY, Guard::off());
        let is_unused = |other: &OtherFinding| other.finding.difference.code() == Code::UnusedWaiver;
        judged.others.iter().any(is_unused)
    };
    let auth = || waiver("W", "n1:core/auth");
    let of = |code: Code| Waiver {
        findings: Some(vec![code]),
        ..auth()
    };
    let same = Some("core/auth");
    let (there, there_with_override) = ("1 s1/core f t", "1 s1/core t t");
    assert!(told(there, None, auth()), "all was seen");
    assert!(!told(there, same, auth()));
    assert!(!told(there, same, of(Code::ReplicationLoop)));
    assert!(told(there, same, of(Code::OverwriteRace)), "it overwrites nothing");
    assert!(!told(there_with_override, same, of(Code::OverwriteRace)));
    assert!(told(there_with_override, same, of(Code::MissingRule)));
    assert!(told(there, Some("core/other"), auth()), "of another name");
    assert!(told(there, Some("edge/auth"), auth()), "it leads elsewhere");
    assert!(!told("1 e1/dr t t", Some("edge/auth"), auth()), "both may write there");
    assert!(told("1 s1/core f f", same, auth()), "it copies nothing by itself");
}

#[test]
fn a_selection_passes_over_waivers_that_are_not_spoken_of() {
    let mut plan = plan();
    plan.selection = only("prod/w*");
    let source = Arc::clone(&plan.repositories[0].source);
    plan.namespaces = ["prod", "dev"]
        .map(|name| planned_namespace(&source, name, None))
        .into();
    let expired = |scope| Waiver {
        expires: Date::constant(2026, 1, 1),
        ..waiver("W", scope)
    };
    assert_eq!(
        other_lines(&judge(&plan, &[expired("prod/web")])),
        ["main:/ expired-waiver medium"]
    );
    for elsewhere in ["dev/**", "prod/bare", "prod/b*"] {
        assert_eq!(other_lines(&judge(&plan, &[expired(elsewhere)])), Vec::<String>::new());
    }
}

#[test]
fn findings_beside_the_repositories_are_waived_by_what_they_are_about() {
    let told = |scope: &str| {
        let mut plan = plan();
        let found = PlannedListing {
            others: Others::Deny,
            unlisted: vec![RepositoryName::parse("stray").expect("a legal repository")],
            empty_patterns: vec![("old-*".into(), place(3))],
            ..listing(1)
        };
        plan.namespaces = vec![planned_namespace(&plan.repositories[0].source, "lab", Some(found))];
        let judged = judge(&plan, &[waiver("W", scope)]);
        let of_namespaces = judged.others.iter().filter(|other| other.namespace.is_some());
        let waived = of_namespaces.filter(|other| other.finding.waiver.is_some());
        waived
            .map(|other| other.finding.difference.code().name())
            .collect::<Vec<_>>()
    };
    assert_eq!(told("lab/stray"), ["unlisted-repo"]);
    assert_eq!(told("lab/*"), ["unlisted-repo"]);
    assert_eq!(told("lab"), ["empty-pattern", "unlisted-repo"]);
    assert_eq!(told("prod"), Vec::<&str>::new());
}

/// Waivers over the little world of [`plan`], in order of their ids.
fn some_waivers() -> impl Strategy<Value = Vec<Waiver>> {
    let scope = prop::sample::select(
        &[
            "*",
            "prod",
            "prod/**",
            "prod/*",
            "prod/bare",
            "test/**",
            "test/*",
            "main:",
        ][..],
    );
    let codes = [Code::MissingRule, Code::UnexpectedRule, Code::MissingNamespace];
    let findings = prop::option::of(prop::sample::subsequence(codes.to_vec(), 0..=3));
    let waiver =
        (scope, findings, -3..30_i64, prop::bool::ANY).prop_map(|(scope, findings, days, is_of_main)| Waiver {
            findings,
            expires: TODAY.saturating_add(days.days()),
            source: is_of_main.then(|| "main".into()),
            ..waiver("", scope)
        });
    prop::collection::vec(waiver, 0..5).prop_map(|mut waivers| {
        for (number, waiver) in waivers.iter_mut().enumerate() {
            waiver.id = format!("W{number}").into();
        }
        waivers
    })
}

/// All findings about what is no waiver, as lines, and whether each is waived.
fn all_findings(judged: &Judged) -> Vec<(String, bool)> {
    let own = judged.repositories.iter().flat_map(|row| &row.findings);
    let missing = judged.missing_namespaces.iter().map(|it| &it.finding);
    let all = own.chain(missing);
    all.map(|finding| (super::super::example::finding_line(finding), finding.waiver.is_some()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// A waiver takes nothing away but the weight: every finding is still told, and what is not waived is still drift.
    #[test]
    fn a_waiver_hides_nothing(waivers in some_waivers()) {
        let plain = judge(&plan(), &[]);
        let judged = judge(&plan(), &waivers);
        let lines = |judged: &Judged| all_findings(judged).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
        prop_assert_eq!(lines(&plain), lines(&judged));
        let waived = all_findings(&judged).iter().filter(|(_, is_waived)| *is_waived).count();
        let counted: usize = judged.waivers.iter().map(|it| it.findings).sum();
        prop_assert!(counted >= waived);
        for (before, after) in plain.repositories.iter().zip(&judged.repositories) {
            prop_assert_eq!(before.finding_count(), after.finding_count() + after.waived_count());
            let expected = match (before.outcome, after.finding_count()) {
                (Outcome::Drift, 0) => Outcome::Waived,
                (outcome, _) => outcome,
            };
            prop_assert_eq!(after.outcome, expected);
        }
        // Each is told of as its state and its use say, and no more.
        for (waiver, it) in waivers.iter().zip(&judged.waivers) {
            let about = format!("{:?}", waiver.id);
            let told: Vec<&str> = judged
                .others
                .iter()
                .filter(|other| format!("{:?}", other.finding.difference).contains(&about))
                .map(|other| other.finding.difference.code().name())
                .collect();
            let unused = (it.findings == 0).then_some("unused-waiver");
            let expected: Vec<&str> = match it.state {
                WaiverState::Expired => vec!["expired-waiver"],
                WaiverState::Expiring => [Some("expiring-waiver"), unused].into_iter().flatten().collect(),
                WaiverState::Active => unused.into_iter().collect(),
            };
            prop_assert_eq!(told, expected);
        }
    }
}
