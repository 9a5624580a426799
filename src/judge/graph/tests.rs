//! Circles, races and only copies, one by one.

use std::sync::Arc;

use super::super::example::{TODAY, answered, finding_line, planned, policy, region, rules, source, unknown_line};
use super::super::{Guard, Judging};
use super::*;
use crate::model::{Answer, Code, Failure, Gather, Judged, Others, Outcome, Severities, Severity, UnknownClass};

/// Repositories `region:namespace/name`, each with what it answers.
pub(super) type World = Vec<(String, Answer)>;

pub(super) fn plan(world: &World) -> Plan {
    let repository = |(name, _): &(String, _)| {
        let (of, name) = name.split_once(':').expect("region:namespace/name");
        let mut expectation = policy(&[]);
        expectation.other_rules = Others::Allow;
        planned(&region(of), name, expectation)
    };
    let mut plan = Plan {
        repositories: world.iter().map(repository).collect(),
        ..Plan::default()
    };
    plan.repositories.sort_by(|a, b| a.id.cmp(&b.id));
    plan
}

pub(super) fn judge(plan: &Plan, world: &World) -> Judged {
    let forward = judge_in(plan, world, (0..plan.repositories.len()).collect());
    let backward = judge_in(plan, world, (0..plan.repositories.len()).rev().collect());
    assert_eq!(forward, backward, "the order of the answers matters");
    forward
}

fn judge_in(plan: &Plan, world: &World, order: Vec<usize>) -> Judged {
    let mut judging = Judging::new(plan);
    for index in order {
        let planned = &plan.repositories[index];
        let name = format!("{}:{}", planned.id.source, planned.id);
        let (_, answer) = world
            .iter()
            .find(|(each, _)| *each == name)
            .expect("it is of this world");
        judging.take(index, answered(answer.clone()));
    }
    judging.finish(&[], &[], TODAY, Guard::off())
}

fn world(repositories: &[(&str, &[&str])]) -> World {
    repositories
        .iter()
        .map(|(name, texts)| ((*name).to_owned(), Answer::Rules(rules(texts).into())))
        .collect()
}

/// Nobody knows its rules.
pub(super) fn unread() -> Answer {
    Answer::Failed(Failure::unasked(UnknownClass::Timeout))
}

/// `code target severity: members`, and the way round of a circle.
pub(super) fn told(plan: &Plan, judged: &Judged) -> Vec<String> {
    let line = |entanglement: &Entanglement| {
        let name = |id: &RepoId| format!("{}:{id}", id.source);
        let members: Vec<String> = entanglement
            .members
            .iter()
            .map(|&index| name(&plan.repositories[index].id))
            .collect();
        let way = match &entanglement.finding.difference {
            Difference::ReplicationLoop { path, .. } => {
                let steps: Vec<String> = path.iter().map(|(id, to)| format!("{} > {to}", name(id))).collect();
                format!(" by {}", steps.join(", "))
            }
            Difference::OverwriteRace { writers } => {
                assert_eq!(writers.iter().map(name).collect::<Vec<_>>(), members);
                String::new()
            }
            other => panic!("{other:?}"),
        };
        format!("{}: {}{way}", finding_line(&entanglement.finding), members.join(" "))
    };
    judged.entanglements.iter().map(line).collect()
}

fn reported_of(repositories: &[(&str, &[&str])]) -> Vec<String> {
    let world = world(repositories);
    let plan = plan(&world);
    told(&plan, &judge(&plan, &world))
}

const CIRCLE: [(&str, &[&str]); 3] = [
    ("r1:a/x", &["1 r2/a f t"]),
    ("r2:a/x", &["1 r3/a f t", "2 r9/a f t"]),
    ("r3:a/x", &["1 r1/a f t"]),
];

#[test]
fn a_chain_is_no_circle() {
    assert_eq!(reported_of(&CIRCLE[..2]), Vec::<String>::new());
    // The way back is of another name, goes elsewhere, or copies nothing by itself.
    let forth: (&str, &[&str]) = ("r1:a/x", &["1 r2/a f t"]);
    for back in [
        ("r2:a/y", "1 r1/a f t"),
        ("r2:a/x", "1 r1/b f t"),
        ("r2:a/x", "1 r1/a t f"),
    ] {
        assert_eq!(
            reported_of(&[forth, (back.0, &[back.1])]),
            Vec::<String>::new(),
            "{back:?}"
        );
    }
    assert_eq!(
        reported_of(&[("r1:a/x", &["1 r1/a t t"])]),
        Vec::<String>::new(),
        "to itself"
    );
}

#[test]
fn a_circle_is_one_finding_at_its_first_member() {
    let way = "r1:a/x > r2/a, r2:a/x > r3/a, r3:a/x > r1/a";
    let expected = format!("replication-loop r2/a medium: r1:a/x r2:a/x r3:a/x by {way}");
    assert_eq!(reported_of(&CIRCLE), [expected]);
    let world = world(&CIRCLE);
    let judged = judge(&plan(&world), &world);
    for row in &judged.repositories {
        assert_eq!(
            (row.outcome, row.finding_count(), row.findings.len()),
            (Outcome::Drift, 1, 0)
        );
    }
}

#[test]
fn a_circle_that_overwrites_is_worse_and_an_unreported_flag_counts_as_automatic() {
    let worse = reported_of(&[("r1:a/x", &["1 r2/a f t"]), ("r2:a/x", &["1 r1/a t -"])]);
    let way = "r1:a/x > r2/a, r2:a/x > r1/a";
    assert_eq!(worse, [format!("replication-loop r2/a high: r1:a/x r2:a/x by {way}")]);
    let untold = reported_of(&[("r1:a/x", &["1 r2/a f t"]), ("r2:a/x", &["1 r1/a - t"])]);
    assert_eq!(
        untold,
        [format!("replication-loop r2/a medium: r1:a/x r2:a/x by {way}")]
    );
}

/// One document's `info` made the other's repositories ok.
#[test]
fn the_gravest_word_of_the_members_documents_is_the_severity() {
    let world = world(&CIRCLE);
    for (words, severity, outcome) in [
        (&[][..], Severity::Medium, Outcome::Drift),
        (&[Severity::Info], Severity::Medium, Outcome::Drift),
        (
            &[Severity::Info, Severity::Critical],
            Severity::Critical,
            Outcome::Drift,
        ),
        (&[Severity::Info; CIRCLE.len()], Severity::Info, Outcome::Ok),
    ] {
        let mut plan = plan(&world);
        for (planned, word) in plan.repositories.iter_mut().zip(words) {
            let mut expectation = (*planned.expectation).clone();
            expectation.severities = Arc::new(Severities([(Code::ReplicationLoop, *word)].into()));
            planned.expectation = Arc::new(expectation);
        }
        let judged = judge(&plan, &world);
        assert_eq!(judged.entanglements[0].finding.severity, severity, "{words:?}");
        for row in &judged.repositories {
            assert_eq!((row.outcome, row.finding_count()), (outcome, 1), "{words:?}");
        }
    }
}

#[test]
fn two_that_overwrite_one_target_race() {
    let one: (&str, &[&str]) = ("r1:a/x", &["1 r3/dr t t"]);
    for (other, is_race) in [
        (("r1:b/x", "1 r3/dr t t"), true),
        (("r2:a/x", "1 r3/dr t t"), true),
        (("r1:b/y", "1 r3/dr t t"), false),
        (("r1:b/x", "1 r3/dr f t"), false),
        (("r1:b/x", "1 r3/dr t f"), false),
        (("r1:b/x", "1 r3/other t t"), false),
    ] {
        let told = reported_of(&[one, (other.0, &[other.1])]);
        let expected = format!("overwrite-race r3/dr high: r1:a/x {}", other.0);
        assert_eq!(told, if is_race { vec![expected] } else { vec![] }, "{other:?}");
    }
    assert_eq!(
        reported_of(&[("r1:a/x", &["1 r3/dr t t", "2 r3/dr t t"])]),
        Vec::<String>::new(),
        "one alone"
    );
}

/// Its own comparison and the race leave the same flag open.
#[test]
fn an_unreadable_override_of_an_expected_rule_is_one_unknown() {
    let source = region("r1");
    let names = ["a/x", "b/x"].map(|name| planned(&source, name, policy(&["r3/dr f t"])));
    let plan = Plan {
        repositories: names.into(),
        ..Plan::default()
    };
    let mut judging = Judging::new(&plan);
    for (index, text) in ["1 r3/dr - t", "1 r3/dr t t"].into_iter().enumerate() {
        judging.take(index, answered(Answer::Rules(rules(&[text]).into())));
    }
    let judged = judging.finish(&[], &[], TODAY, Guard::off());
    let lines = judged
        .repositories
        .iter()
        .map(|row| row.unknowns.iter().map(unknown_line).collect::<Vec<_>>());
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [vec!["? bad-response r3/dr override".to_owned()], vec![]]
    );
    assert_eq!(judged.entanglements, []);
}

#[test]
fn a_repository_that_two_sources_show_is_one() {
    let twins = [source("one", true), source("two", true)];
    let names = twins.iter().map(|source| planned(source, "a/x", policy(&[])));
    let plan = Plan {
        repositories: names.collect(),
        ..Plan::default()
    };
    let mut judging = Judging::new(&plan);
    for index in [1, 0] {
        judging.take(index, answered(Answer::Rules(rules(&["1 r3/dr t t"]).into())));
    }
    assert_eq!(judging.finish(&twins, &[], TODAY, Guard::off()).entanglements, []);
}

#[test]
fn what_no_rule_brings_to_or_from_another_region_has_no_copy() {
    let mut world = world(&[
        ("r1:a/alone", &[]),
        ("r1:a/here", &["1 r1/b f t"]),
        ("r1:a/manual", &["1 r2/a f f"]),
        ("r1:a/sent", &["1 r9/a f t"]),
        ("r2:a/fetched", &[]),
        ("r1:a/fetched", &["1 r2/a f t"]),
    ]);
    world.push(("r1:a/unread".to_owned(), unread()));
    let hundred = vec![rules(&["1 r1/b f t"])[0].clone(); 100];
    world.push(("r1:a/cut".to_owned(), Answer::Rules(hundred.into())));
    let plan = plan(&world);
    let judged = judge(&plan, &world);
    let names = |indexes: &[usize]| {
        let name = |&index: &usize| plan.repositories[index].id.to_string();
        indexes.iter().map(name).collect::<Vec<_>>()
    };
    let [only] = &judged.sole_copies[..] else {
        panic!("{:?}", judged.sole_copies)
    };
    assert_eq!(&*only.region, "r1");
    assert_eq!(names(&only.repositories), ["a/alone", "a/here", "a/manual"]);
    assert_eq!(names(&only.unknown), ["a/cut", "a/unread"]);
}

#[test]
fn a_hundred_thousand_repositories_rest_in_a_few_mebibytes() {
    let mut edges = Edges::default();
    let two = rules(&["1 r2/a f t", "2 r3/a f t"]);
    for index in 0..100_000 {
        edges.take(index, &two);
    }
    let kept = edges.kept.capacity() * size_of::<Edge>();
    assert!(kept <= 4 << 20, "{kept}");
    assert_eq!((edges.targets.len(), edges.numbers.len()), (2, 2));
}
