//! What listings tell, and what they leave unknown.

use super::super::example::{
    TODAY, answered, listing, namespace, other_lines, place, planned, planned_namespace, policy, source,
};
use super::super::{Guard, Judging};
use super::*;
use crate::model::{Answer, Code, Gather, Judged, Listing, NamespaceListing, Outcome, Severities, Skip, Source};

fn judge(plan: &Plan, answer: &Answer) -> Judged {
    let sources: Vec<Arc<Source>> = plan
        .namespaces
        .iter()
        .map(|each| Arc::clone(&each.source))
        .take(1)
        .collect();
    let mut judging = Judging::new(plan);
    for index in 0..plan.repositories.len() {
        judging.take(index, answered(answer.clone()));
    }
    judging.finish(&sources, &[], TODAY, Guard::off())
}

fn nothing() -> Answer {
    Answer::Rules(Vec::new().into())
}

fn name(text: &str) -> RepositoryName {
    RepositoryName::parse(text).expect("a legal repository")
}

fn of(listing: PlannedListing) -> Plan {
    Plan {
        namespaces: vec![planned_namespace(&source("main", true), "prod", Some(listing))],
        ..Plan::default()
    }
}

fn limits(judged: &Judged) -> Vec<String> {
    let line = |limit: &Limit| match &limit.blindness {
        Blindness::ListingUnconfirmed(namespace, doubt) => {
            let doubt = match doubt {
                ListingDoubt::Empty => "empty".to_owned(),
                ListingDoubt::Uncounted => "uncounted".to_owned(),
                ListingDoubt::Failed(failure) => failure.class.name().to_owned(),
                ListingDoubt::Fewer { listed, counted } => format!("{listed} of {counted}"),
            };
            let namespace = namespace.as_ref().map_or("", NamespaceName::as_str);
            format!("{}:{namespace} {doubt}", limit.source)
        }
        other => format!("{} {}", limit.source, other.code()),
    };
    judged.limits.iter().map(line).collect()
}

fn gaps(judged: &Judged) -> Vec<String> {
    let line = |gap: &ListingGap| {
        let namespace = gap.namespace.as_ref().map_or("", NamespaceName::as_str);
        format!("{}:{namespace} {}", gap.source.name, gap.failure.class.name())
    };
    judged.gaps.iter().map(line).collect()
}

#[test]
fn a_whole_listing_that_all_is_covered_of_says_nothing() {
    let judged = judge(&of(listing(3)), &nothing());
    assert_eq!(other_lines(&judged), Vec::<String>::new());
    assert_eq!((gaps(&judged), limits(&judged)), (vec![], vec![]));
}

#[test]
fn a_word_on_others_decides_what_an_unlisted_repository_means() {
    for (others, expected) in [
        (
            Others::Deny,
            &["main:prod/a unlisted-repo low", "main:prod/b unlisted-repo low"][..],
        ),
        (
            Others::Warn,
            &["main:prod/a unlisted-repo info", "main:prod/b unlisted-repo info"],
        ),
        (Others::Allow, &[]),
    ] {
        let unlisted = PlannedListing {
            others,
            unlisted: vec![name("a"), name("b")],
            ..listing(2)
        };
        let judged = judge(&of(unlisted.clone()), &nothing());
        assert_eq!(other_lines(&judged), expected);
        assert!(judged.others.iter().all(|other| other.place == place(9)));
        // The document's severities move the finding, and not the warning.
        let mut plan = of(unlisted);
        let critical = Severities([(Code::UnlistedRepo, Severity::Critical)].into());
        plan.namespaces[0].severities = Arc::new(critical);
        let severities: Vec<Severity> = judge(&plan, &nothing())
            .others
            .iter()
            .map(|each| each.finding.severity)
            .collect();
        let expected = if others == Others::Deny {
            Severity::Critical
        } else {
            Severity::Info
        };
        assert!(severities.iter().all(|severity| *severity == expected));
    }
}

#[test]
fn an_empty_pattern_stands_at_its_own_place() {
    let empty = PlannedListing {
        empty_patterns: vec![("old-*".into(), place(17))],
        ..listing(2)
    };
    let judged = judge(&of(empty), &nothing());
    assert_eq!(other_lines(&judged), ["main:prod/ empty-pattern medium"]);
    assert_eq!(judged.others[0].place, place(17));
    assert_eq!(judged.others[0].owner.as_deref(), Some("team"));
}

#[test]
fn a_skip_of_a_pattern_that_ran_out_is_reported_whatever_was_listed() {
    let mut plan = of(PlannedListing {
        listing: Listing {
            gap: Some(Failure::unasked(UnknownClass::Timeout)),
            ..Listing::default()
        },
        ..listing(0)
    });
    let skip = Skip {
        entry: "tmp-*".into(),
        reason: "scratch".into(),
        until: Some(TODAY),
    };
    plan.namespaces[0].expired_skips = vec![(skip, place(18))];
    let judged = judge(&plan, &nothing());
    assert_eq!(other_lines(&judged), ["main:prod/ expired-skip medium"]);
    assert_eq!(judged.others[0].place, place(18));
}

fn looked(look: Option<Look>) -> PlannedListing {
    PlannedListing {
        listing: Listing {
            look,
            ..Listing::default()
        },
        empty_patterns: vec![("old-*".into(), place(17))],
        ..listing(0)
    }
}

#[test]
fn an_empty_listing_is_believed_only_after_a_look() {
    let failed = Look::Failed(Failure::unasked(UnknownClass::AccessDenied));
    let pattern = "main:prod/ empty-pattern medium";
    for (look, others, gap, limit, missing) in [
        (
            Some(Look::Present),
            &[pattern][..],
            &[][..],
            &["main:prod empty"][..],
            0,
        ),
        (Some(Look::Absent), &[], &[], &[], 1),
        (Some(failed), &[], &["main:prod access-denied"], &[], 0),
        (None, &[], &["main:prod interrupted"], &[], 0),
    ] {
        let judged = judge(&of(looked(look)), &nothing());
        assert_eq!(other_lines(&judged), others);
        assert_eq!(gaps(&judged), gap);
        assert_eq!(limits(&judged), limit);
        assert_eq!(judged.missing_namespaces.len(), missing);
    }
}

#[test]
fn a_missing_namespace_needs_no_repository_and_stands_at_its_entry() {
    let judged = judge(&of(looked(Some(Look::Absent))), &nothing());
    let missing = &judged.missing_namespaces[0];
    assert_eq!((&missing.members[..], &missing.place), (&[][..], &place(9)));
    assert_eq!(missing.owner.as_deref(), Some("team"));
    // With repositories that are named, these are its members.
    let mut plan = of(looked(Some(Look::Absent)));
    plan.repositories = vec![planned(&plan.namespaces[0].source, "prod/web", policy(&[]))];
    let judged = judge(&plan, &Answer::Absent);
    assert_eq!(judged.missing_namespaces[0].members, [0]);
    assert_eq!(judged.repositories[0].outcome, Outcome::Drift);
}

/// Deleted while it was audited: its patterns match nothing, and that is no second finding.
#[test]
fn a_namespace_that_goes_away_is_one_finding() {
    let mut of_it = of(PlannedListing {
        empty_patterns: vec![("old-*".into(), place(11))],
        unlisted: vec![name("stray")],
        ..listing(1)
    });
    of_it.repositories = vec![planned(&of_it.namespaces[0].source, "prod/web", policy(&[]))];
    let mut judging = Judging::new(&of_it);
    judging.take(0, answered(Answer::Absent));
    judging.looked(&"main".into(), &namespace("prod"), Look::Absent);
    let judged = judging.finish(&[], &[], TODAY, Guard::off());
    assert_eq!((judged.missing_namespaces.len(), judged.others.len()), (1, 0));
}

/// A look that calls it absent, and nothing that says so beside it: what the list told stands.
#[test]
fn what_was_listed_is_reported_where_no_missing_namespace_is() {
    let mut of_it = of(PlannedListing {
        unlisted: vec![name("stray")],
        ..listing(1)
    });
    of_it.repositories = vec![planned(&of_it.namespaces[0].source, "prod/web", policy(&[]))];
    let mut judging = Judging::new(&of_it);
    let denied = Failure::unasked(UnknownClass::AccessDenied);
    judging.take(0, answered(Answer::Failed(denied)));
    judging.looked(&"main".into(), &namespace("prod"), Look::Absent);
    let judged = judging.finish(&[], &[], TODAY, Guard::off());
    assert_eq!(judged.missing_namespaces.len(), 0);
    assert_eq!(other_lines(&judged), ["main:prod/stray unlisted-repo low"]);
}

#[test]
fn a_namespace_that_is_called_absent_while_a_repository_of_it_answers_is_unknown() {
    let mut plan = of(looked(Some(Look::Absent)));
    plan.repositories = vec![planned(&plan.namespaces[0].source, "prod/web", policy(&[]))];
    let judged = judge(&plan, &nothing());
    assert_eq!(judged.missing_namespaces, []);
    assert_eq!(gaps(&judged), ["main:prod bad-response"]);
    assert_eq!(limits(&judged), ["main namespace-unconfirmed"]);
    assert_eq!(judged.repositories[0].outcome, Outcome::Ok);
}

fn broken(class: UnknownClass, is_for_warnings_alone: bool) -> PlannedListing {
    PlannedListing {
        listing: Listing {
            gap: Some(Failure::unasked(class)),
            ..Listing::default()
        },
        covers: !is_for_warnings_alone,
        others: Others::Warn,
        ..listing(2)
    }
}

#[test]
fn a_listing_that_only_warns_is_a_limit_and_no_gap() {
    use UnknownClass::{Timeout, Truncated};
    for (class, warns, gap, limit) in [
        (Timeout, false, &["main:prod timeout"][..], &[][..]),
        (Timeout, true, &[], &["main:prod timeout"]),
        // What depends on it is unknown, and the limit says that it is not only that.
        (Truncated, false, &["main:prod truncated"], &["main:prod truncated"]),
        (Truncated, true, &[], &["main:prod truncated"]),
    ] {
        let judged = judge(&of(broken(class, warns)), &nothing());
        assert_eq!(
            (&gaps(&judged)[..], &limits(&judged)[..]),
            (&owned(gap)[..], &owned(limit)[..])
        );
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn account(others: Others, listed: &[&str], counted: Option<u64>) -> PlannedAccount {
    PlannedAccount {
        source: source("main", true),
        listing: NamespaceListing {
            names: listed.iter().map(|name| namespace(name)).collect(),
            gap: None,
            account_repositories: counted,
            ..NamespaceListing::default()
        },
        others,
        unlisted: vec![namespace("stray")],
        severities: Arc::new(Severities::default()),
        place: place(3),
    }
}

#[test]
fn an_unlisted_namespace_stands_where_others_are_spoken_of() {
    for (others, expected) in [
        (Others::Deny, &["main:stray/ unlisted-namespace low"][..]),
        (Others::Warn, &["main:stray/ unlisted-namespace info"]),
        (Others::Allow, &[]),
    ] {
        let plan = Plan {
            accounts: vec![account(others, &["prod", "stray"], None)],
            ..of(listing(3))
        };
        let judged = judge(&plan, &nothing());
        assert_eq!(other_lines(&judged), expected);
        assert!(judged.others.iter().all(|other| other.place == place(3)));
    }
}

#[test]
fn a_list_of_namespaces_that_only_warns_is_a_limit_too() {
    for (others, gap, limit) in [
        (Others::Deny, &["main: timeout"][..], &[][..]),
        (Others::Warn, &[], &["main: timeout"]),
    ] {
        let mut of_account = account(others, &[], Some(9));
        of_account.listing.gap = Some(Failure::unasked(UnknownClass::Timeout));
        of_account.unlisted.clear();
        let plan = Plan {
            accounts: vec![of_account],
            ..of(listing(3))
        };
        let judged = judge(&plan, &nothing());
        assert_eq!((gaps(&judged), limits(&judged)), (owned(gap), owned(limit)));
    }
}

/// An account's list without a namespace that answers was believed to hold every other one.
#[test]
fn a_list_of_namespaces_that_lacks_one_which_exists_is_not_all_there_is() {
    for (others, gap) in [
        (Others::Deny, &["main: truncated"][..]),
        (Others::Warn, &[]),
        (Others::Allow, &[]),
    ] {
        let plan = Plan {
            accounts: vec![account(others, &["stray"], Some(1))],
            ..of(listing(3))
        };
        let judged = judge(&plan, &nothing());
        assert_eq!(
            (gaps(&judged), limits(&judged)),
            (owned(gap), owned(&["main: truncated"])),
            "{others:?}"
        );
        assert!(judged.others.is_empty(), "what it has beside is not told either");
    }
}

#[test]
fn an_account_that_counts_more_than_was_listed_is_not_wholly_seen() {
    for (names, counted, expected) in [
        (&["prod"][..], Some(3), &[][..]),
        (&["prod"], None, &[]),
        (&["prod"], Some(2), &[]),
        (&["prod"], Some(5), &["main: 3 of 5"]),
        // Another namespace holds the rest: nothing is odd.
        (&["prod", "stray"], Some(5), &[]),
    ] {
        let plan = Plan {
            accounts: vec![account(Others::Allow, names, counted)],
            ..of(listing(3))
        };
        assert_eq!(limits(&judge(&plan, &nothing())), expected, "{names:?} {counted:?}");
    }
    let plan = Plan {
        accounts: vec![account(Others::Allow, &["prod"], Some(5))],
        ..of(broken(UnknownClass::Timeout, true))
    };
    assert_eq!(
        limits(&judge(&plan, &nothing())),
        ["main:prod timeout"],
        "what is not whole is not counted"
    );
}

#[test]
fn unlisted_repositories_were_looked_for_where_everything_was_listed() {
    let plan = |listings: &[Option<PlannedListing>]| {
        let source = source("main", true);
        let namespaces = listings.iter().zip(["a", "b"]);
        Plan {
            namespaces: namespaces
                .map(|(listing, name)| planned_namespace(&source, name, listing.clone()))
                .collect(),
            ..Plan::default()
        }
    };
    for (listings, is_said) in [
        (&[Some(listing(1)), Some(listing(2))][..], false),
        (&[Some(listing(1)), None], true),
        (&[None, None], true),
    ] {
        let judged = judge(&plan(listings), &nothing());
        let said = limits(&judged) == ["main unlisted-not-searched"];
        assert_eq!(said, is_said, "{listings:?}");
    }
}

/// Nothing was said of a region whose lists failed, which read as if nothing would be lost with it.
#[test]
fn a_region_that_was_not_listed_whole_is_reported_as_that() {
    for (plan, expected) in [
        (of(listing(1)), &[][..]),
        (of(broken(UnknownClass::Timeout, false)), &[("cn-north-4", false)]),
        (of(broken(UnknownClass::Timeout, true)), &[]),
        // It only tells of others.
        (
            of(PlannedListing {
                covers: false,
                others: Others::Deny,
                ..broken(UnknownClass::Timeout, false)
            }),
            &[],
        ),
    ] {
        let judged = judge(&plan, &nothing());
        let told: Vec<_> = judged
            .sole_copies
            .iter()
            .map(|it| (&*it.region, it.is_complete))
            .collect();
        assert_eq!(told, expected);
    }
}
