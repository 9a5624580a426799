use jiff::civil::date;

use super::*;
use crate::model::{
    CredentialChoice, Endpoint, Expectation, Failure, NamespaceName, NamespacePlaces, Pattern, RegionLimits, Scope,
    Severities, Shard, Source, UnknownClass,
};

const TODAY: Date = date(2026, 11, 28);

fn place(line: u32) -> Place {
    Place {
        file: "i.yaml".into(),
        line,
        column: 1,
    }
}

fn source(name: &str) -> Arc<Source> {
    Arc::new(Source {
        name: name.into(),
        region: "cn-north-4".into(),
        endpoint: Endpoint::parse("https://swr.example").expect("a legal endpoint"),
        is_redirected: false,
        cloud: None,
        iam_endpoint: None,
        project_id: None,
        account_id: None,
        lists_manual_rules: false,
        credentials: CredentialChoice::Chain,
        place: place(1),
    })
}

fn policy(name: &str) -> Arc<Expectation> {
    Arc::new(Expectation {
        policy: Some(name.into()),
        targets: Vec::new(),
        other_rules: Others::Deny,
        regions: RegionLimits::default(),
        severities: Arc::new(Severities::default()),
        place: place(2),
        places: Arc::default(),
    })
}

fn name(text: &str) -> RepositoryName {
    RepositoryName::parse(text).expect("a legal repository")
}

fn namespace_name(text: &str) -> NamespaceName {
    NamespaceName::parse(text).expect("a legal namespace")
}

fn skip(entry: &str, until: Option<Date>) -> Skip {
    Skip {
        entry: entry.into(),
        reason: "for the test".into(),
        until,
    }
}

/// `web=dr`, `web skip`, `team/*=none`, `old/** skip 2026-11-27`: entries of `repos`, the policy by its name.
fn listed(others: Others, entries: &[&str]) -> Contents {
    let (mut repositories, mut patterns) = (Vec::new(), Vec::new());
    for (line, entry) in (10..).zip(entries) {
        let (text, rest) = entry.split_once(['=', ' ']).expect("an entry and what holds for it");
        let until = rest.strip_prefix("skip ").map(|until| until.parse().expect("a date"));
        let is_skip = rest.starts_with("skip");
        let treatment = Treatment {
            skip: is_skip.then(|| skip(text, until)),
            expectation: match (is_skip, until) {
                (false, _) => Some(policy(rest)),
                (true, Some(_)) => Some(policy("dr")),
                (true, None) => None,
            },
            place: place(line),
            policy: None,
            skip_places: None,
        };
        if Pattern::is_one(text) {
            patterns.push(PatternEntry {
                pattern: Pattern::parse(text).expect("a pattern"),
                treatment,
            });
        } else {
            repositories.push(RepositoryEntry {
                name: name(text),
                treatment,
            });
        }
    }
    repositories.sort_by(|a, b| a.name.cmp(&b.name));
    Contents::Listed(Listed {
        repositories,
        patterns,
        others,
    })
}

fn whole(skip: Option<Skip>, policy_name: &str) -> Contents {
    Contents::Whole(Treatment {
        skip,
        expectation: Some(policy(policy_name)),
        place: place(3),
        policy: None,
        skip_places: None,
    })
}

fn entry(source: &Arc<Source>, namespace: &str, contents: Contents) -> NamespaceEntry {
    NamespaceEntry {
        source: Arc::clone(source),
        name: namespace_name(namespace),
        owner: None,
        severities: Arc::new(Severities::default()),
        contents,
        place: place(3),
        places: NamespacePlaces::default(),
    }
}

fn inventory(namespaces: Vec<NamespaceEntry>) -> Inventory {
    let mut sources: Vec<_> = namespaces.iter().map(|entry| Arc::clone(&entry.source)).collect();
    sources.dedup();
    Inventory {
        sources,
        namespaces,
        other_namespaces: Vec::new(),
        policies: Vec::new(),
        waivers: Vec::new(),
        files: Vec::new(),
    }
}

fn one(contents: Contents) -> Inventory {
    inventory(vec![entry(&source("main"), "prod", contents)])
}

fn listing(names: &[&str]) -> Listing {
    let mut names: Vec<_> = names.iter().map(|text| name(text)).collect();
    names.sort();
    Listing {
        names,
        ..Listing::default()
    }
}

fn with(listing: Listing) -> Listings {
    let mut listings = Listings::default();
    let key = ("main".into(), namespace_name("prod"));
    listings.repositories.insert(key, listing);
    listings
}

fn only(scopes: &[&str]) -> Selection {
    Selection {
        only: scopes.iter().map(|text| Scope::parse(text).expect(text)).collect(),
        ..Selection::default()
    }
}

fn wanted(inventory: &Inventory, selection: &Selection) -> bool {
    !listings(inventory, selection, TODAY).is_empty()
}

/// Each repository with its policy, `+` in front where it was discovered, `!` behind where it was listed.
fn told(plan: &Plan) -> Vec<String> {
    let told = |planned: &PlannedRepository| {
        let found = match planned.origin {
            RepositoryOrigin::Named => "",
            RepositoryOrigin::Discovered => "+",
        };
        let listed = if planned.is_listed { "!" } else { "" };
        let policy = planned.expectation.policy.as_deref().unwrap_or_default();
        format!("{found}{}={policy}{listed}", planned.id.repository)
    };
    plan.repositories.iter().map(told).collect()
}

fn planned_listing(plan: &Plan) -> &PlannedListing {
    plan.namespaces[0].listing.as_ref().expect("it was listed")
}

#[test]
fn only_what_needs_a_listing_is_listed() {
    for (contents, wants) in [
        (listed(Others::Allow, &["web=dr"]), false),
        (listed(Others::Warn, &["web=dr"]), true),
        (listed(Others::Deny, &["web=dr"]), true),
        (listed(Others::Allow, &["team/*=dr"]), true),
        (listed(Others::Allow, &["web=dr", "old/** skip"]), false),
        (listed(Others::Allow, &["old/** skip 2026-11-27"]), true),
        (listed(Others::Allow, &["old/** skip 2026-11-28"]), false),
        (whole(None, "dr"), true),
    ] {
        assert_eq!(
            wanted(&one(contents.clone()), &Selection::default()),
            wants,
            "{contents:?}"
        );
    }
}

#[test]
fn a_selection_lists_only_what_it_can_select() {
    let pattern = one(listed(Others::Deny, &["web=dr", "team/*=dr"]));
    for (scopes, wants) in [
        (&["prod"][..], true),
        (&["prod/web"], false),
        (&["prod/team/x"], true),
        (&["prod/other"], false),
        (&["prod/t*/x"], true),
        (&["prod/t*"], false),
        (&["tools"], false),
    ] {
        assert_eq!(wanted(&pattern, &only(scopes)), wants, "{scopes:?}");
    }
    // Nothing is said of unlisted repositories under a selection.
    let named = one(listed(Others::Deny, &["web=dr"]));
    assert!(!wanted(&named, &only(&["prod"])));
}

#[test]
fn the_most_exact_entry_decides() {
    let inventory = one(listed(
        Others::Deny,
        &["team/web=none", "team/*=first", "team/**=second", "old/** skip"],
    ));
    let live = listing(&["team/web", "team/api", "team/a/b", "old/x", "stray"]);
    let plan = resolve(&inventory, &with(live), &Selection::default(), TODAY);
    assert_eq!(told(&plan), ["+team/a/b=second!", "+team/api=first!", "team/web=none!"]);
    assert_eq!(planned_listing(&plan).unlisted, [name("stray")]);
    assert_eq!(plan.skipped[0].what, SkippedWhat::Discovered(name("old/x")));
    assert_eq!(planned_listing(&plan).empty_patterns, []);
    assert_eq!(planned_listing(&plan).listed, 5);
}

#[test]
fn a_pattern_is_empty_where_nothing_listed_matches_it_whoever_decides() {
    let inventory = one(listed(Others::Allow, &["web=dr", "w*=dr", "z*=dr"]));
    let plan = resolve(&inventory, &with(listing(&["web"])), &Selection::default(), TODAY);
    let empty: Vec<&str> = planned_listing(&plan)
        .empty_patterns
        .iter()
        .map(|(pattern, _)| &**pattern)
        .collect();
    assert_eq!(empty, ["z*"]);
}

#[test]
fn what_concerns_the_whole_is_not_reported_of_a_part() {
    let inventory = one(listed(Others::Deny, &["z*=dr"]));
    let cut = Listing {
        gap: Some(Failure::unasked(UnknownClass::Truncated)),
        ..listing(&["web"])
    };
    let shard = Selection {
        shard: Shard::parse("1/1"),
        ..Selection::default()
    };
    let absent = Listing {
        look: Some(Look::Absent),
        ..Listing::default()
    };
    for (listing, selection) in [
        (cut, Selection::default()),
        (listing(&["web"]), shard),
        (absent, Selection::default()),
    ] {
        let plan = resolve(&inventory, &with(listing), &selection, TODAY);
        assert_eq!(planned_listing(&plan).unlisted, []);
        assert_eq!(planned_listing(&plan).empty_patterns, []);
    }
}

#[test]
fn a_listing_for_warnings_alone_costs_no_repository() {
    for (contents, alone) in [
        (listed(Others::Warn, &["web=dr"]), true),
        (listed(Others::Warn, &["web=dr", "old/** skip"]), true),
        (listed(Others::Deny, &["web=dr"]), false),
        (listed(Others::Warn, &["team/*=dr"]), false),
    ] {
        let plan = resolve(&one(contents), &with(listing(&[])), &Selection::default(), TODAY);
        assert_eq!(planned_listing(&plan).is_for_warnings_alone(), alone);
    }
    let plan = resolve(
        &one(whole(None, "dr")),
        &with(listing(&[])),
        &Selection::default(),
        TODAY,
    );
    assert!(!planned_listing(&plan).is_for_warnings_alone());
}

#[test]
fn a_skip_ends_after_its_last_day() {
    let expired = date(2026, 11, 27);
    let whole = whole(Some(skip("prod", Some(expired))), "dr");
    let plan = resolve(&one(whole), &with(listing(&["a"])), &Selection::default(), TODAY);
    assert_eq!(told(&plan), ["+a=dr!"]);
    assert_eq!(plan.namespaces[0].expired_skips.len(), 1);

    let entries = one(listed(Others::Allow, &["web skip 2026-11-27", "t/* skip 2026-11-27"]));
    let plan = resolve(&entries, &with(listing(&["t/a"])), &Selection::default(), TODAY);
    assert_eq!(told(&plan), ["+t/a=dr!", "web=dr"]);
    // That of a name stands in its own row, that of a pattern with the namespace.
    assert!(plan.repositories[0].expired_skip.is_none());
    assert!(plan.repositories[1].expired_skip.is_some());
    assert_eq!(&*plan.namespaces[0].expired_skips[0].0.entry, "t/*");
}

#[test]
fn a_skipped_pattern_that_nobody_listed_is_said_as_it_is_written() {
    let plan = resolve(
        &one(listed(Others::Allow, &["web=dr", "old/** skip"])),
        &Listings::default(),
        &Selection::default(),
        TODAY,
    );
    assert_eq!(plan.skipped[0].what, SkippedWhat::Pattern("old/**".into()));
}

/// Where its list failed, a skipped pattern stood in no report.
#[test]
fn a_skipped_pattern_is_reported_where_its_list_is_not_whole() {
    let inventory = one(listed(Others::Deny, &["web=dr", "old/** skip"]));
    let resolved = |gap| {
        let listing = Listing {
            gap,
            ..listing(&["web", "old/a"])
        };
        let plan = resolve(&inventory, &with(listing), &Selection::default(), TODAY);
        plan.skipped.into_iter().map(|skipped| skipped.what).collect::<Vec<_>>()
    };
    let found = || SkippedWhat::Discovered(name("old/a"));
    assert_eq!(resolved(None), [found()]);
    let pattern = SkippedWhat::Pattern("old/**".into());
    assert_eq!(
        resolved(Some(Failure::unasked(UnknownClass::AccessDenied))),
        [pattern, found()]
    );
}

/// A misspelt name was taken for one that a skipped pattern may cover, whatever that pattern matches.
#[test]
fn a_scope_selects_nothing_where_nothing_can_be_within_it() {
    let inventory = one(listed(Others::Allow, &["web=dr", "old/** skip"]));
    for (only_this, empty, skipped) in [
        ("prod/web", &[][..], 0),
        ("prod/wbe", &["prod/wbe"], 0),
        ("prod/old/x", &[], 1),
        ("prod/*x", &["prod/*x"], 0),
        ("prod/*/x", &[], 1),
        ("prod", &[], 1),
        ("nope", &["nope"], 0),
    ] {
        let plan = resolve(&inventory, &Listings::default(), &only(&[only_this]), TODAY);
        let scopes: Vec<&str> = plan.idle_scopes.iter().map(|idle| idle.scope.as_str()).collect();
        assert_eq!((&scopes[..], plan.skipped.len()), (empty, skipped), "{only_this}");
    }
}

#[test]
fn what_is_left_out_is_counted() {
    let main = source("main");
    let inventory = inventory(vec![
        entry(&main, "prod", listed(Others::Allow, &["api=dr", "web=dr"])),
        entry(&main, "tools", whole(None, "dr")),
    ]);
    let plan = resolve(&inventory, &Listings::default(), &only(&["prod/web"]), TODAY);
    assert_eq!(told(&plan), ["web=dr"]);
    let left_out = plan.left_out.by_selection[&main.name];
    assert_eq!((left_out.repositories, left_out.namespaces), (1, 1));

    let shards = [1, 2].map(|index| Selection {
        shard: Shard::parse(&format!("{index}/2")),
        ..Selection::default()
    });
    let plans = shards.map(|selection| resolve(&inventory, &Listings::default(), &selection, TODAY));
    let mut together: Vec<String> = plans.iter().flat_map(told).collect();
    together.sort();
    assert_eq!(together, ["api=dr", "web=dr"]);
    let others: usize = plans.iter().flat_map(|plan| plan.left_out.by_shard.values()).sum();
    assert_eq!(others, 2);
}

#[test]
fn namespaces_beyond_the_inventory_are_found_in_a_full_view_alone() {
    let main = source("main");
    let mut inventory = inventory(vec![entry(&main, "prod", whole(None, "dr"))]);
    inventory.other_namespaces.push(OtherNamespaces {
        source: Arc::clone(&main),
        others: Others::Deny,
        severities: Arc::new(Severities::default()),
        place: place(9),
    });
    assert_eq!(
        listings(&inventory, &Selection::default(), TODAY).namespaces,
        [Arc::clone(&main.name)]
    );
    assert!(listings(&inventory, &only(&["prod"]), TODAY).namespaces.is_empty());
    let account = |gap: Option<Failure>| {
        let mut listings = Listings::default();
        let listing = NamespaceListing {
            names: ["lab", "prod"].map(namespace_name).into(),
            gap,
            account_repositories: None,
            account: None,
            ..NamespaceListing::default()
        };
        listings.namespaces.insert(Arc::clone(&main.name), listing);
        resolve(&inventory, &listings, &Selection::default(), TODAY)
            .accounts
            .remove(0)
            .unlisted
    };
    assert_eq!(account(None), [namespace_name("lab")]);
    assert_eq!(account(Some(Failure::unasked(UnknownClass::Timeout))), []);
}
