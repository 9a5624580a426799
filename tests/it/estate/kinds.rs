//! How often each kind of thing came up: one that never does is not tested.

use std::collections::BTreeMap;

use super::plain::{Broken, Call, Down, Estate, Skip, Source};
use super::told::Told;

/// Rounds by what came up in them.
#[derive(Debug, Default)]
pub(super) struct Kinds(BTreeMap<String, usize>);

/// What has to come up, in so many rounds at least.
const NEEDED: usize = 5;

const KINDS: [&str; 60] = [
    "code missing-rule",
    "code target-region-mismatch",
    "code target-namespace-mismatch",
    "code override-mismatch",
    "code sync-auto-mismatch",
    "code unexpected-rule",
    "code duplicate-rule",
    "code forbidden-target",
    "code replication-loop",
    "code overwrite-race",
    "code missing-repo",
    "code missing-namespace",
    "code unlisted-repo",
    "code unlisted-namespace",
    "code empty-pattern",
    "code expired-waiver",
    "code unused-waiver",
    "code expiring-waiver",
    "code expired-skip",
    "findings waived",
    "class unauthenticated",
    "class access-denied",
    "class unreachable",
    "class server-error",
    "class bad-response",
    "class unsupported",
    "class not-observable",
    "class truncated",
    "class vanished",
    "class empty-selection",
    "a list alone is unknown",
    "limit listing-unconfirmed",
    "limit namespace-unconfirmed",
    "limit skipped-not-checked",
    "limit unlisted-not-searched",
    "limit outside-selection",
    "limit outside-shard",
    "limit list-may-be-cut",
    "limit manual-rules-hidden",
    "exit 0",
    "exit 1",
    "exit 2",
    "exit 4",
    "exit 6",
    "exit 66",
    "two sources",
    "two clouds with one region id",
    "one of two without a credential",
    "one of two refused",
    "one of two unreachable",
    "pages",
    "a list that changes",
    "a total that lies",
    "no total",
    "a page that fails",
    "a list that is absent",
    "a list of namespaces that is empty",
    "all of a namespace",
    "an expired skip of a namespace",
    "a denied namespace",
];

impl Kinds {
    pub(super) fn count(&mut self, kind: &str) {
        *self.0.entry(kind.to_owned()).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        for (kind, count) in other.0 {
            *self.0.entry(kind).or_default() += count;
        }
    }

    pub(super) fn take(&mut self, estate: &Estate, told: &Told) {
        self.count(&format!("exit {}", told.code));
        let mut kinds: Vec<String> = told.counts.keys().cloned().collect();
        let word = |line: &String, at: usize| line.split(' ').nth(at).expect("a word").to_owned();
        kinds.extend(told.limits.iter().map(|line| format!("limit {}", word(line, 1))));
        kinds.extend(told.unknown.iter().map(|line| format!("class {}", word(line, 0))));
        if told.unknown.iter().any(|line| word(line, 1).ends_with('/')) {
            kinds.push("a list alone is unknown".to_owned());
        }
        kinds.extend(of_estate(estate).into_iter().map(str::to_owned));
        kinds.sort();
        kinds.dedup();
        for kind in kinds {
            self.count(&kind);
        }
    }

    pub(super) fn assert_all_occurred(&self) {
        let count = |kind: &str| self.0.get(kind).copied().unwrap_or_default();
        let rare: Vec<(&str, usize)> = KINDS.iter().map(|kind| (*kind, count(kind))).collect();
        let rare: Vec<_> = rare.into_iter().filter(|(_, count)| *count < NEEDED).collect();
        assert!(rare.is_empty(), "too rare: {rare:?} of {:?}", self.0);
        let rounds: usize = self
            .0
            .iter()
            .filter(|(kind, _)| kind.starts_with("exit"))
            .map(|(_, count)| count)
            .sum();
        assert!(
            count("not foreseeable") * 20 < rounds,
            "{} of {rounds}",
            count("not foreseeable")
        );
    }
}

fn of_estate(estate: &Estate) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    let is_two = estate.sources.len() == 2;
    if is_two {
        kinds.push("two sources");
        if estate.sources[0].region == estate.sources[1].region {
            kinds.push("two clouds with one region id");
        }
    }
    for source in &estate.sources {
        match source.down {
            Some(Down::NoCredential) if is_two => kinds.push("one of two without a credential"),
            Some(Down::Refused) if is_two => kinds.push("one of two refused"),
            Some(Down::Unreachable) if is_two => kinds.push("one of two unreachable"),
            Some(_) => {}
            None => kinds.extend(of_source(source)),
        }
    }
    kinds
}

fn of_source(source: &Source) -> Vec<&'static str> {
    let behaviour = &source.world.behaviour;
    let namespaces = || source.world.namespaces.iter();
    let repositories = || namespaces().flat_map(|one| &one.repositories);
    let is_failing = |(call, broken): &(Call, Broken)| matches!(call, Call::Page(..)) && *broken != Broken::Vanished;
    let is_absent = |(call, broken): &(Call, Broken)| matches!(call, Call::Page(_, 0)) && *broken == Broken::Vanished;
    let total = behaviour.listing_total;
    let is_over = |skip: Option<Skip>| skip.is_some_and(|skip| !skip.holds());
    [
        (
            "pages",
            behaviour.page_cap < 4 && namespaces().any(|one| one.repositories.len() > behaviour.page_cap),
        ),
        (
            "a list that changes",
            repositories().any(|one| one.listed != simulator::Listed::default()),
        ),
        ("a total that lies", total.more != 0),
        ("no total", !total.in_header && !total.in_elements),
        ("a page that fails", source.broken.iter().any(is_failing)),
        ("a list that is absent", source.broken.iter().any(is_absent)),
        (
            "a list of namespaces that is empty",
            source.broken.contains(&(Call::Namespaces, Broken::Empty)),
        ),
        (
            "all of a namespace",
            source
                .entries
                .iter()
                .any(|one| one.skip.is_none() && one.repos.is_none()),
        ),
        (
            "an expired skip of a namespace",
            source.entries.iter().any(|one| is_over(one.skip)),
        ),
        (
            "a denied namespace",
            namespaces().any(|one| one.access == simulator::Access::Denied),
        ),
    ]
    .into_iter()
    .filter_map(|(kind, holds)| holds.then_some(kind))
    .collect()
}
