//! When absences are believed, and what becomes of those that are not: from an inventory, a world and a baseline to rows.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use jiff::civil::Date;
use proptest::prelude::*;
use swr_audit::inventory::{self, Endpoints, Terms};
use swr_audit::judge::{Guard, Judging};
use swr_audit::model::{
    Answer, Evidence, Failure, Flags, Gather as _, Inventory, Judged, LastSeen, Listing, Listings, Look, MassChange,
    NamespaceListing, NamespaceName, Observation, OtherFinding, Outcome, Plan, RepoId, RepositoryName, Rule,
    SeenRepository, SeenSource, Selection, Shard, Target, UnknownClass,
};
use swr_audit::plan;

/// The day of every run here.
const TODAY: Date = Date::constant(2026, 11, 24);

/// The rule that the policy `dr` expects.
fn expected_rule() -> Rule {
    Rule {
        target: Target {
            region: "cn-east-3".into(),
            namespace: "dr".into(),
        },
        flags: Flags {
            overrides: Some(false),
            sync_auto: Some(true),
        },
        id: Some(1),
        created_at: None,
        updated_at: None,
    }
}

/// One line for each finding beside the repositories: its namespace, its code and its severity.
fn other_lines(judged: &Judged) -> Vec<String> {
    let line = |other: &OtherFinding| {
        let namespace = other.namespace.as_ref().map_or("", NamespaceName::as_str);
        let finding = &other.finding;
        format!("{namespace} {} {}", finding.difference.code(), finding.severity.name())
    };
    judged.others.iter().map(line).collect()
}

/// What is there, and what the baseline saw.
#[derive(Clone, Debug, Default)]
struct World {
    /// `namespace/repository` of all that exist, with whether they have the rule that is expected.
    live: BTreeMap<String, bool>,
    /// Namespaces that exist, beside those of these repositories.
    namespaces: BTreeSet<String>,
    /// Repositories that are listed where they should be, and do not answer.
    silent: BTreeSet<String>,
    /// Namespaces whose lists cannot be read.
    unlisted: BTreeSet<String>,
    /// `namespace/repository` of all that the baseline saw, with whether they had rules; `None`: there is no baseline.
    seen: Option<BTreeMap<String, bool>>,
}

/// What a run is given beside the world.
#[derive(Clone, Debug)]
struct Options {
    is_on: bool,
    selection: Selection,
}

const ON: Options = Options {
    is_on: true,
    selection: Selection {
        only: Vec::new(),
        except: Vec::new(),
        shard: None,
    },
};

const HEAD: &str = "
apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4, listsManualRules: true }
policies:
  dr: { targets: [{ region: cn-east-3, namespace: dr, override: false, syncAuto: true }] }
  none: { targets: [] }
defaults: { policy: dr }
";

fn inventory(namespaces: &str) -> Inventory {
    let terms = Terms {
        today: TODAY,
        endpoints: Endpoints::Written,
        max_waiver_days: None,
    };
    inventory::load_text("a.yaml", &format!("{HEAD}{namespaces}"), terms).expect("a sound inventory")
}

/// `prod` with so many repositories that are called by name.
fn named(count: usize) -> Inventory {
    let names: Vec<String> = (0..count).map(app).collect();
    inventory(&format!(
        "namespaces: [{{ name: prod, repos: [{}] }}]",
        names.join(", ")
    ))
}

fn app(number: usize) -> String {
    format!("app-{number:02}")
}

/// `prod/app-00` and so on.
fn apps(numbers: std::ops::Range<usize>, with_rules: bool) -> BTreeMap<String, bool> {
    numbers
        .map(|number| (format!("prod/{}", app(number)), with_rules))
        .collect()
}

impl World {
    fn of(live: BTreeMap<String, bool>, seen: Option<BTreeMap<String, bool>>) -> Self {
        Self {
            live,
            seen,
            namespaces: ["prod".to_owned()].into(),
            ..Self::default()
        }
    }

    /// Another account: nothing of it is there, not even the namespaces.
    fn elsewhere(seen: Option<BTreeMap<String, bool>>) -> Self {
        Self {
            seen,
            ..Self::default()
        }
    }

    fn has_namespace(&self, name: &str) -> bool {
        let mut live = self.live.keys().chain(&self.silent);
        self.namespaces.contains(name) || live.any(|id| id.split_once('/').is_some_and(|(of, _)| of == name))
    }

    fn list(&self, namespace: &NamespaceName) -> Listing {
        let name = namespace.as_str();
        let of_namespace = |id: &String| {
            let (of, repository) = id.split_once('/')?;
            (of == name).then(|| RepositoryName::parse(repository).expect("a name"))
        };
        let mut names: Vec<RepositoryName> = self.live.keys().chain(&self.silent).filter_map(of_namespace).collect();
        names.sort();
        names.dedup();
        let gap = self
            .unlisted
            .contains(name)
            .then(|| Failure::unasked(UnknownClass::Timeout));
        Listing {
            look: names.is_empty().then(|| self.look(name)),
            names: if gap.is_some() { Vec::new() } else { names },
            gap,
            ..Listing::default()
        }
    }

    fn look(&self, namespace: &str) -> Look {
        if self.has_namespace(namespace) {
            Look::Present
        } else {
            Look::Absent
        }
    }

    fn answer(&self, id: &RepoId) -> Answer {
        let id = format!("{}/{}", id.namespace.as_str(), id.repository.as_str());
        match self.live.get(&id) {
            _ if self.silent.contains(&id) => Answer::Failed(Failure {
                http_status: Some(504),
                ..Failure::unasked(UnknownClass::Timeout)
            }),
            Some(true) => Answer::Rules(vec![expected_rule()].into()),
            Some(false) => Answer::Rules(Vec::new().into()),
            None => Answer::Absent,
        }
    }

    fn last_seen(&self) -> LastSeen {
        let seen = |seen: &BTreeMap<String, bool>| -> SeenSource {
            let repositories = seen.iter().map(|(id, &had_rules)| {
                let (namespace, repository) = id.split_once('/').expect("namespace/repository");
                SeenRepository {
                    namespace,
                    repository,
                    had_rules,
                }
            });
            repositories.collect()
        };
        LastSeen {
            sources: self.seen.iter().map(|of| ("main".into(), seen(of))).collect(),
        }
    }

    fn judge(&self, inventory: &Inventory, options: &Options) -> (Plan, Judged) {
        let orders = plan::listings(inventory, &options.selection, TODAY);
        let list = |(source, name): &(Arc<str>, NamespaceName)| ((Arc::clone(source), name.clone()), self.list(name));
        let listings = Listings {
            repositories: orders.repositories.iter().map(list).collect(),
            namespaces: orders
                .namespaces
                .iter()
                .map(|source| (Arc::clone(source), NamespaceListing::default()))
                .collect(),
        };
        let plan = plan::resolve(inventory, &listings, &options.selection, TODAY);
        let mut judging = Judging::new(&plan);
        for (index, planned) in plan.repositories.iter().enumerate() {
            let answer = self.answer(&planned.id);
            if answer == Answer::Absent {
                let look = self.look(planned.id.namespace.as_str());
                judging.looked(&planned.id.source, &planned.id.namespace, look);
            }
            let evidence = Evidence {
                attempts: 1,
                ..Evidence::default()
            };
            judging.take(index, Observation { answer, evidence });
        }
        let last_seen = self.last_seen();
        let guard = Guard {
            is_on: options.is_on && options.selection.shard.is_none(),
            last_seen: &last_seen,
            namespaces: &inventory.namespaces,
        };
        let judged = judging.finish(&inventory.sources, &inventory.waivers, TODAY, guard);
        (plan, judged)
    }
}

/// How many rows are of the class, and how many findings there are of each code.
fn told(judged: &Judged) -> Vec<String> {
    let doubted = judged.repositories.iter();
    let doubted = doubted.filter(|row| row.unknown_class == Some(UnknownClass::MassChange));
    let mut counts = BTreeMap::from([("mass-change", doubted.count())]);
    let own = judged.repositories.iter().flat_map(|row| &row.findings);
    let missing = judged.missing_namespaces.iter().map(|missing| &missing.finding);
    let others = judged.others.iter().map(|other| &other.finding);
    for finding in own.chain(missing).chain(others) {
        *counts.entry(finding.difference.code().name()).or_default() += 1;
    }
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts.map(|(word, count)| format!("{count} {word}")).collect()
}

/// One line for each namespace of which something is not believed.
fn changes(judged: &Judged) -> Vec<String> {
    let change = |change: &MassChange| {
        let (members, unlisted) = (change.members.len(), change.unlisted.len());
        format!(
            "{}: {members} in the plan, {unlisted} not listed",
            change.namespace.as_str()
        )
    };
    judged.mass_changes.iter().map(change).collect()
}

#[test]
fn ten_and_more_than_thirty_percent_of_those_seen_are_too_many() {
    for (seen, gone, is_believed) in [
        (33, 10, false),
        (34, 10, true),
        (33, 9, true),
        (12, 9, true),
        (10, 10, false),
        (40, 12, true),
        (40, 13, false),
        (50, 50, false),
    ] {
        let world = World::of(apps(gone..seen, true), Some(apps(0..seen, true)));
        let (_, judged) = world.judge(&named(seen), &ON);
        let expected = if is_believed {
            format!("{gone} missing-repo")
        } else {
            format!("{gone} mass-change")
        };
        assert_eq!(told(&judged), [expected], "{gone} of {seen}");
        assert_eq!(judged.gone, gone, "{gone} of {seen}");
    }
}

#[test]
fn without_a_baseline_only_all_of_at_least_ten_are_too_many() {
    for (count, there, expected) in [
        (9, 0, "9 missing-repo"),
        (10, 0, "10 mass-change"),
        (50, 0, "50 mass-change"),
        (50, 1, "49 missing-repo"),
    ] {
        let world = World::of(apps(0..there, true), None);
        let (_, judged) = world.judge(&named(count), &ON);
        assert_eq!(told(&judged), [expected], "{there} of {count}");
    }
    // One that did not answer is no sign that the account is the right one. One that was listed is.
    let world = World {
        silent: ["prod/app-00".to_owned()].into(),
        ..World::of(BTreeMap::new(), None)
    };
    let names: Vec<String> = (0..50).map(app).collect();
    for (others, expected) in [("allow", "49 mass-change"), ("warn", "49 missing-repo")] {
        let inventory = inventory(&format!(
            "namespaces: [{{ name: prod, otherRepos: {others}, repos: [{}] }}]",
            names.join(", ")
        ));
        assert_eq!(told(&world.judge(&inventory, &ON).1), [expected], "{others}");
    }
}

#[test]
fn what_was_missing_before_is_no_change() {
    // A source of which the baseline saw nothing present has a baseline all the same.
    let world = World::of(BTreeMap::new(), Some(BTreeMap::new()));
    let (_, judged) = world.judge(&named(12), &ON);
    assert_eq!(told(&judged), ["12 missing-repo"]);
    let world = World::of(apps(0..20, true), Some(apps(0..20, true)));
    let (_, judged) = world.judge(&named(40), &ON);
    assert_eq!(told(&judged), ["20 missing-repo"]);
}

#[test]
fn a_wrong_account_is_one_entry_for_each_namespace_and_no_finding() {
    let inventory = inventory(&format!(
        "namespaces:\n  - {{ name: prod, repos: [{}, \"team/*\"] }}\n  - {{ name: tools }}\n  - {{ name: empty }}\n",
        (0..12).map(app).collect::<Vec<_>>().join(", ")
    ));
    let mut seen = apps(0..12, true);
    seen.extend([("prod/team/a".to_owned(), true), ("tools/x".to_owned(), false)]);
    for seen in [None, Some(seen)] {
        let has_baseline = seen.is_some();
        let (plan, judged) = World::elsewhere(seen).judge(&inventory, &ON);
        assert_eq!(told(&judged), ["12 mass-change"]);
        let unlisted = usize::from(has_baseline);
        assert_eq!(
            changes(&judged),
            [
                "empty: 0 in the plan, 0 not listed".to_owned(),
                format!("prod: 12 in the plan, {unlisted} not listed"),
                format!("tools: 0 in the plan, {unlisted} not listed"),
            ]
        );
        assert_eq!(judged.gone, 12 + 2 * unlisted);
        assert_eq!(plan.repositories.len(), 12);
        for row in &judged.repositories {
            assert_eq!((row.outcome, row.finding_count()), (Outcome::Unknown, 0));
            assert!(!row.in_missing_namespace);
        }
    }
}

#[test]
fn an_empty_account_is_one_entry_for_each_namespace_and_no_finding() {
    let inventory = inventory("namespaces:\n  - { name: prod, repos: [\"app-*\", \"old-*\"] }\n  - { name: tools }\n");
    let mut seen = apps(0..12, true);
    seen.insert("tools/x".to_owned(), true);
    let world = World {
        namespaces: ["prod".to_owned(), "tools".to_owned()].into(),
        ..World::elsewhere(Some(seen))
    };
    let (_, judged) = world.judge(&inventory, &ON);
    assert_eq!(told(&judged), Vec::<String>::new());
    assert_eq!(
        changes(&judged),
        [
            "prod: 0 in the plan, 12 not listed",
            "tools: 0 in the plan, 1 not listed"
        ]
    );
    assert_eq!(judged.gone, 13);
    let lists = judged.gaps.iter().map(|gap| gap.failure.class).collect::<Vec<_>>();
    assert_eq!(lists, [UnknownClass::MassChange; 2]);

    let off = Options { is_on: false, ..ON };
    let (_, judged) = world.judge(&inventory, &off);
    assert_eq!(told(&judged), ["2 empty-pattern"]);
    assert_eq!((changes(&judged), judged.gone), (vec![], 13));
}

#[test]
fn what_is_not_covered_any_more_or_could_not_be_listed_is_not_gone() {
    let seen = Some(apps(0..40, true));
    for (namespaces, live, selection, gone, expected) in [
        (
            "[{ name: prod, repos: [\"app-*\"] }]",
            0..20,
            None,
            20,
            "prod: 0 in the plan, 20 not listed",
        ),
        // They left the inventory.
        ("[{ name: prod, repos: [\"app-[23]*\"] }]", 20..40, None, 0, ""),
        ("[{ name: prod, repos: [app-39] }]", 39..40, None, 0, ""),
        ("[{ name: other }]", 0..0, None, 0, ""),
        // They are skipped.
        (
            "[{ name: prod, repos: [\"app-[23]*\", { name: \"app-*\", skip: true, reason: r }] }]",
            20..40,
            None,
            0,
            "",
        ),
        ("[{ name: prod, skip: true, reason: r }]", 0..0, None, 0, ""),
        // They are not selected: those that are make up the whole.
        ("[{ name: prod }]", 20..40, Some("prod/app-2*"), 0, ""),
        (
            "[{ name: prod }]",
            20..40,
            Some("prod/app-1*"),
            10,
            "prod: 0 in the plan, 10 not listed",
        ),
    ] {
        let inventory = inventory(&format!("namespaces: {namespaces}"));
        let selected: Vec<String> = selection.iter().map(|&pattern: &&str| pattern.to_owned()).collect();
        let options = Options {
            selection: Selection::parse(&selected).expect("a selection"),
            ..ON
        };
        let world = World::of(apps(live, true), seen.clone());
        let (_, judged) = world.judge(&inventory, &options);
        assert_eq!(judged.gone, gone, "{namespaces} {selection:?}");
        assert_eq!(changes(&judged).join("; "), expected, "{namespaces} {selection:?}");
    }
    let world = World {
        unlisted: ["prod".to_owned()].into(),
        ..World::of(BTreeMap::new(), seen)
    };
    let (_, judged) = world.judge(&inventory("namespaces: [{ name: prod }]"), &ON);
    assert_eq!((judged.gone, changes(&judged)), (0, vec![]));
}

#[test]
fn a_few_that_are_no_longer_listed_are_counted_and_no_finding() {
    let world = World::of(apps(3..40, true), Some(apps(0..40, true)));
    let (_, judged) = world.judge(&inventory("namespaces: [{ name: prod }]"), &ON);
    assert_eq!((judged.gone, changes(&judged), told(&judged)), (3, vec![], vec![]));
}

#[test]
fn rules_that_are_lost_by_ten_and_more_than_thirty_percent_are_not_believed_to_be_lost() {
    for (seen, lost, is_believed) in [(40, 12, true), (40, 13, false), (20, 9, true), (12, 12, false)] {
        let mut live = apps(0..seen, true);
        live.extend(apps(0..lost, false));
        let world = World::of(live.clone(), Some(apps(0..seen, true)));
        let (_, judged) = world.judge(&named(seen), &ON);
        let expected = if is_believed { "missing-rule" } else { "mass-change" };
        assert_eq!(told(&judged), [format!("{lost} {expected}")], "{lost} of {seen}");
        assert_eq!(judged.gone, 0);
        let ok = judged.repositories.iter().filter(|row| row.outcome == Outcome::Ok);
        assert_eq!(ok.count(), seen - lost);
        for row in &judged.repositories[..lost] {
            assert_eq!(row.actual_rules, Some(0), "what was received");
        }
    }
    // Nothing is known of rules without a baseline, and those without rules before lost none.
    let world = World::of(apps(0..20, false), None);
    assert_eq!(told(&world.judge(&named(20), &ON).1), ["20 missing-rule"]);
    let world = World::of(apps(0..20, false), Some(apps(0..20, false)));
    assert_eq!(told(&world.judge(&named(20), &ON).1), ["20 missing-rule"]);
}

#[test]
fn no_rules_are_no_green_either_where_so_many_lost_theirs() {
    let names: Vec<String> = (0..12).map(app).collect();
    let names = names.join(", ");
    let inventory = inventory(&format!(
        "namespaces: [{{ name: prod, policy: none, repos: [{names}] }}]"
    ));
    let world = World::of(apps(0..12, false), Some(apps(0..12, true)));
    let (_, judged) = world.judge(&inventory, &ON);
    assert_eq!(told(&judged), ["12 mass-change"]);
    assert!(judged.repositories.iter().all(|row| row.outcome == Outcome::Unknown));
    // Nor is any of them known to be the only copy.
    let unknown: Vec<usize> = judged.sole_copies.iter().map(|sole| sole.unknown.len()).collect();
    assert_eq!(unknown, [12]);
    assert!(judged.sole_copies.iter().all(|sole| sole.repositories.is_empty()));
}

#[test]
fn a_shard_believes_what_it_sees_and_so_does_a_run_that_is_to() {
    let world = World::elsewhere(Some(apps(0..40, true)));
    let shard = Options {
        selection: Selection {
            shard: Shard::parse("1/2"),
            ..Selection::default()
        },
        ..ON
    };
    for options in [shard, Options { is_on: false, ..ON }] {
        let (_, judged) = world.judge(&named(40), &options);
        assert_eq!(changes(&judged), Vec::<String>::new());
        assert_eq!(judged.missing_namespaces.len(), 1);
        assert_eq!(judged.gone, judged.repositories.len());
    }
}

#[test]
fn no_waiver_is_unused_while_what_it_covers_is_not_believed() {
    let text = |scope: &str| {
        format!(
            "namespaces: [{{ name: prod }}, {{ name: tools, repos: [x] }}]\nwaivers: [{{ id: W, repo: {scope}, reason: r, \
             owner: o, expires: 2027-12-31 }}]"
        )
    };
    let mut live = apps(30..40, true);
    live.insert("tools/x".to_owned(), true);
    let world = World::of(live, Some(apps(0..40, true)));
    for (scope, expected) in [
        ("prod/app-0*", vec![]),
        ("prod/**", vec![]),
        ("tools/**", vec![" unused-waiver low"]),
    ] {
        let (_, judged) = world.judge(&inventory(&text(scope)), &ON);
        assert_eq!(changes(&judged), ["prod: 0 in the plan, 30 not listed"]);
        assert_eq!(other_lines(&judged), expected, "{scope}");
    }
}

#[test]
fn a_waived_absence_is_unknown_as_well_and_its_waiver_covers_nothing() {
    let inventory = inventory(&format!(
        "namespaces: [{{ name: prod, repos: [{}] }}]\nwaivers: [{{ id: W, repo: prod/app-00, reason: r, owner: o, expires: \
         2027-12-31 }}]",
        (0..12).map(app).collect::<Vec<_>>().join(", ")
    ));
    let (_, judged) = World::of(BTreeMap::new(), None).judge(&inventory, &ON);
    assert_eq!(told(&judged), ["12 mass-change"]);
    assert_eq!(judged.waivers[0].findings, 0);
}

#[test]
fn a_pattern_of_only_selects_what_is_not_believed_to_be_gone() {
    let inventory = inventory("namespaces: [{ name: prod }]");
    let options = |pattern: &str| Options {
        selection: Selection::parse(&[pattern.to_owned()]).expect("a selection"),
        ..ON
    };
    let world = World::of(apps(20..40, true), Some(apps(0..40, true)));
    for (pattern, selects_nothing) in [("prod/app-1*", false), ("prod/app-9*", true)] {
        let (_, judged) = world.judge(&inventory, &options(pattern));
        assert_eq!(judged.empty_selections.len(), usize::from(selects_nothing), "{pattern}");
        assert_eq!(judged.mass_changes.is_empty(), selects_nothing, "{pattern}");
    }
}

#[test]
fn sources_are_held_against_their_own_baselines() {
    let names: Vec<String> = (0..12).map(app).collect();
    let names = names.join(", ");
    let two = inventory(&format!(
        "namespaces: [{{ name: prod, repos: [{names}] }}]\n---\napiVersion: swr-audit/v1\nsource: {{ name: west, region: \
         cn-south-1, listsManualRules: true }}\nnamespaces: [{{ name: prod, policy: dr, repos: [{names}] }}]"
    ));
    // Both are the same world, and only `main` has a baseline, in which nothing was there.
    let world = World::elsewhere(Some(BTreeMap::new()));
    let (_, judged) = world.judge(&two, &ON);
    assert_eq!(told(&judged), ["12 mass-change", "1 missing-namespace"]);
    assert_eq!(&*judged.mass_changes[0].source.name, "west");
}

/// Anything of a small inventory that has every kind of entry.
fn worlds() -> impl Strategy<Value = World> {
    let numbers = || prop_oneof![Just(0..0), Just(0..24), (0..24_usize).prop_map(|first| first..24)];
    let fate = prop_oneof![4 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)];
    let fates = proptest::collection::vec(fate, 48);
    let seen = proptest::option::weighted(0.8, (numbers(), proptest::collection::vec(any::<bool>(), 48)));
    (numbers(), fates, seen, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(live, fates, seen, has_silence, has_gap, is_there)| {
            let id = |at: usize| format!("{}/{}", ["prod", "tools"][at % 2], app(at / 2));
            let is_within = |range: &std::ops::Range<usize>, at: &usize| range.contains(&(at / 2));
            World {
                live: (0..48)
                    .filter(|at| is_within(&live, at))
                    .filter_map(|at| Some((id(at), fates[at]?)))
                    .collect(),
                namespaces: if is_there {
                    ["prod".to_owned(), "tools".to_owned()].into()
                } else {
                    BTreeSet::new()
                },
                silent: if has_silence {
                    [id(6), id(7)].into()
                } else {
                    BTreeSet::new()
                },
                unlisted: if has_gap {
                    ["tools".to_owned()].into()
                } else {
                    BTreeSet::new()
                },
                seen: seen.map(|(range, had_rules)| {
                    let within = (0..48).filter(|at| is_within(&range, at));
                    within.map(|at| (id(at), had_rules[at])).collect()
                }),
            }
        },
    )
}

fn mixed() -> Inventory {
    let names: Vec<String> = (0..16).map(app).collect();
    inventory(&format!(
        "namespaces:\n  - {{ name: prod, repos: [{}, \"app-1*\", \"none-*\"], otherRepos: deny }}\n  - {{ name: tools }}\nwaivers:\n  \
         - {{ id: W, repo: prod/app-0*, reason: r, owner: o, expires: 2027-12-31 }}\n  - {{ id: X, repo: tools/**, reason: r, \
         owner: o, expires: 2027-12-31 }}",
        names.join(", ")
    ))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn the_guard_only_makes_findings_unknown(world in worlds()) {
        let inventory = mixed();
        let (plan, plain) = world.judge(&inventory, &Options { is_on: false, ..ON });
        let (_, guarded) = world.judge(&inventory, &ON);
        prop_assert_eq!(plain.repositories.len(), guarded.repositories.len());
        prop_assert_eq!(plain.gone, guarded.gone);
        prop_assert!(plain.mass_changes.is_empty());
        for (index, (before, after)) in plain.repositories.iter().zip(&guarded.repositories).enumerate() {
            let is_doubted = guarded.mass_changes.iter().any(|change| change.members.contains(&index));
            if is_doubted {
                prop_assert_eq!(after.outcome, Outcome::Unknown);
                prop_assert_eq!(after.unknown_class, Some(UnknownClass::MassChange));
                prop_assert_eq!(&after.evidence, &before.evidence);
            } else {
                prop_assert_eq!(before.outcome, after.outcome, "{}", plan.repositories[index].id);
                prop_assert_eq!(&before.findings, &after.findings);
            }
        }
        if guarded.mass_changes.is_empty() {
            prop_assert_eq!(&plain, &guarded);
        }
        // Nothing is reported that was not before.
        let lines = |judged: &Judged| other_lines(judged).into_iter().collect::<BTreeSet<String>>();
        prop_assert!(lines(&guarded).is_subset(&lines(&plain)));
        prop_assert!(guarded.missing_namespaces.iter().all(|missing| plain.missing_namespaces.contains(missing)));
        // What is not reported any more is of a namespace of which something is unknown.
        for line in lines(&plain).difference(&lines(&guarded)) {
            prop_assert!(line.contains("empty-pattern") || line.contains("unused-waiver"), "{}", line);
        }
        // A region without a copy elsewhere gets no better: what was counted is counted, or unknown.
        for (before, after) in plain.sole_copies.iter().zip(&guarded.sole_copies) {
            for index in &before.repositories {
                prop_assert!(after.repositories.contains(index) || after.unknown.contains(index));
            }
        }
        prop_assert!(plain.sole_copies.len() <= guarded.sole_copies.len());
    }
}
