//! Sets of names, by trying every one of some thousand: enough for any two patterns of these estates to have one in common
//! if they have any.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use super::super::glob::matches;
use super::super::plain::Repo;

/// Which of the names are in the set.
#[derive(Clone)]
pub(super) struct Names(Arc<Vec<bool>>);

/// Up to three segments of one or two letters.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let segments = ["a", "b", "c", "d", "x", "aa", "ab", "ac", "ba", "bb", "cb", "xb"];
    let longer = |names: &[String]| -> Vec<String> {
        let all = names
            .iter()
            .flat_map(|name| segments.map(|segment| format!("{name}/{segment}")));
        all.collect()
    };
    let one = segments.map(str::to_owned).to_vec();
    let two = longer(&one);
    let three = longer(&two);
    [one, two, three].concat()
});

/// What was tried already.
static TRIED: LazyLock<Mutex<BTreeMap<String, Names>>> = LazyLock::new(Mutex::default);

impl Names {
    pub(super) fn of(pattern: &str) -> Self {
        let mut tried = TRIED.lock().expect("no panic");
        let try_all = || Self(Arc::new(NAMES.iter().map(|name| matches(pattern, name)).collect()));
        tried.entry(pattern.to_owned()).or_insert_with(try_all).clone()
    }

    pub(super) fn all() -> Self {
        Self::of("**")
    }

    pub(super) fn none() -> Self {
        Self(Arc::new(vec![false; NAMES.len()]))
    }

    /// What the entry at that place decides: a name of its own comes before any pattern, and the first pattern before others.
    pub(super) fn decided_by(repos: &[Repo], at: usize) -> Self {
        let before = repos
            .iter()
            .enumerate()
            .filter(|(other, repo)| !repo.is_pattern() || *other < at);
        before.fold(Self::of(repos[at].name), |left, (_, repo)| {
            left.without(&Self::of(repo.name))
        })
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        self.with(other, |one, other| one || other)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        self.with(other, |one, other| one && other)
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        self.with(other, |one, other| one && !other)
    }

    pub(super) fn is_any(&self) -> bool {
        self.0.contains(&true)
    }

    fn with(&self, other: &Self, both: impl Fn(bool, bool) -> bool) -> Self {
        let pairs = self.0.iter().zip(other.0.iter());
        Self(Arc::new(pairs.map(|(&one, &other)| both(one, other)).collect()))
    }
}
