//! Whether two patterns have a name in common that the service could hold, and that no other pattern takes away.
//!
//! The rules for names and all patterns become automata, made of the very expressions that the matchers run on, and one
//! search walks them side by side. It decides what a run lists and whether a selection can hold anything, so where a search
//! would take too long the answer is yes: then more is listed than necessary, and nothing is left out.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex_automata::dfa::dense::{Builder, Config, DFA};
use regex_automata::dfa::{Automaton as _, StartKind};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

use super::{NamespaceName, Pattern, RepositoryName};

/// Which names a pattern is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    Namespace,
    Repository,
}

/// How many combinations of states one search visits. What people write takes some hundred.
const SEARCH_LIMIT: usize = 50_000;

/// The most memory that one automaton takes, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// Every character of a legal name; each is one byte.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789._-/";

type Automaton = DFA<Vec<u32>>;

static NAMESPACES: LazyLock<Automaton> =
    LazyLock::new(|| automaton(NamespaceName::EXPRESSION).expect("a fixed expression"));
static REPOSITORIES: LazyLock<Automaton> =
    LazyLock::new(|| automaton(RepositoryName::EXPRESSION).expect("a fixed expression"));

impl Pattern {
    /// Whether any legal name matches, or may.
    pub(crate) fn can_match(&self, kind: NameKind) -> bool {
        self.shares_a_name(Self::everything(), &[], kind)
    }

    /// Whether any legal name matches both and none of `except`, or may.
    pub(crate) fn shares_a_name(&self, other: &Self, except: &[&Self], kind: NameKind) -> bool {
        // Most questions end here.
        let (one, two) = (self.literal_prefix(), other.literal_prefix());
        if !one.starts_with(two) && !two.starts_with(one) {
            return false;
        }
        let names = match kind {
            NameKind::Namespace => &*NAMESPACES,
            NameKind::Repository => &*REPOSITORIES,
        };
        let (Some(one), Some(two)) = (automaton(self.expression()), automaton(other.expression())) else {
            return true;
        };
        // One that is too large takes nothing away here: then more may seem to be left than is.
        let except = except.iter().filter_map(|pattern| automaton(pattern.expression()));
        let except: Vec<Automaton> = except.collect();
        Search {
            within: [names, &one, &two],
            except: &except,
        }
        .finds_a_name(kind.longest())
    }
}

impl NameKind {
    /// The length of the longest name.
    const fn longest(self) -> usize {
        match self {
            Self::Namespace => NamespaceName::LONGEST,
            Self::Repository => RepositoryName::LONGEST,
        }
    }
}

/// `None`: an expression that is too large.
fn automaton(expression: &str) -> Option<Automaton> {
    let config = Config::new()
        .start_kind(StartKind::Anchored)
        .match_kind(MatchKind::All)
        .dfa_size_limit(Some(SIZE_LIMIT))
        .determinize_size_limit(Some(SIZE_LIMIT));
    let bytes = syntax::Config::new().utf8(false);
    Builder::new().syntax(bytes).configure(config).build(expression).ok()
}

/// A walk through automata side by side, from the shortest names to the longest.
struct Search<'a> {
    /// A name has to match all of these ...
    within: [&'a Automaton; 3],
    /// ... and none of these.
    except: &'a [Automaton],
}

impl Search<'_> {
    fn finds_a_name(&self, longest: usize) -> bool {
        let mut seen: HashSet<Vec<StateID>> = HashSet::new();
        let mut reached = vec![self.automata().map(beginning).collect::<Vec<_>>()];
        for _ in 0..longest {
            let mut next = Vec::new();
            for states in &reached {
                for &letter in LETTERS {
                    let step = self
                        .automata()
                        .zip(states)
                        .map(|(dfa, state)| dfa.next_state(*state, letter));
                    let step: Vec<StateID> = step.collect();
                    if self.is_dead(&step) || seen.contains(&step) {
                        continue;
                    }
                    if seen.len() == SEARCH_LIMIT || self.is_name(&step) {
                        return true;
                    }
                    seen.insert(step.clone());
                    next.push(step);
                }
            }
            reached = next;
        }
        false
    }

    fn automata(&self) -> impl Iterator<Item = &Automaton> {
        self.within.into_iter().chain(self.except)
    }

    /// Whether nothing that follows can match.
    fn is_dead(&self, states: &[StateID]) -> bool {
        let mut sides = self.within.iter().zip(states);
        sides.any(|(dfa, state)| dfa.is_dead_state(*state))
    }

    fn is_name(&self, states: &[StateID]) -> bool {
        let mut sides = self.automata().zip(states).enumerate();
        sides.all(|(side, (dfa, state))| {
            let is_match = dfa.is_match_state(dfa.next_eoi_state(*state));
            is_match == (side < self.within.len())
        })
    }
}

/// Where a name begins.
fn beginning(dfa: &Automaton) -> StateID {
    let config = start::Config::new().anchored(Anchored::Yes);
    dfa.start_state(&config)
        .expect("it is anchored, and looks at nothing before")
}

#[cfg(test)]
mod tests;
