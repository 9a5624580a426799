//! Whether two patterns have a name in common that the service could hold.
//!
//! The rules for names and both patterns become automata, made of the very expressions that the matchers run on, and one
//! search walks all three side by side. It decides what a run lists and whether a selection can hold anything, so where a
//! search would take too long the answer is yes: then more is listed than necessary, and nothing is left out.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::LazyLock;

use regex_automata::nfa::thompson::{Compiler, Config, NFA, State, Transition, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;

use super::{NamespaceName, Pattern, RepositoryName};

/// Which names a pattern is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    Namespace,
    Repository,
}

/// How many combinations of states one search visits. What people write takes some hundred.
const SEARCH_LIMIT: usize = 50_000;

static NAMESPACES: LazyLock<NFA> = LazyLock::new(|| automaton(NamespaceName::EXPRESSION).expect("a fixed expression"));
static REPOSITORIES: LazyLock<NFA> =
    LazyLock::new(|| automaton(RepositoryName::EXPRESSION).expect("a fixed expression"));

impl Pattern {
    /// Whether any legal name matches.
    pub(crate) fn can_match(&self, kind: NameKind) -> bool {
        self.shares_a_name(Self::everything(), kind)
    }

    /// Whether any legal name matches both, or may.
    pub(crate) fn shares_a_name(&self, other: &Self, kind: NameKind) -> bool {
        // Most questions end here.
        let (one, two) = (self.literal_prefix(), other.literal_prefix());
        if !one.starts_with(two) && !two.starts_with(one) {
            return false;
        }
        let names = match kind {
            NameKind::Namespace => &NAMESPACES,
            NameKind::Repository => &REPOSITORIES,
        };
        let (Some(one), Some(two)) = (automaton(self.expression()), automaton(other.expression())) else {
            return true;
        };
        Search::new([(**names).clone(), one, two]).finds_a_name(kind.longest())
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
fn automaton(expression: &str) -> Option<NFA> {
    let bytes = syntax::Config::new().utf8(false);
    let config = Config::new().utf8(false).which_captures(WhichCaptures::None);
    Compiler::new().syntax(bytes).configure(config).build(expression).ok()
}

/// One state of each of the three automata.
type States = [StateID; 3];

/// A walk through three automata at once, from the shortest names to the longest.
struct Search {
    automata: [NFA; 3],
    /// What each state of each automaton leads to without a character, once it was asked for.
    open: [Vec<Option<Rc<[StateID]>>>; 3],
    seen: HashSet<States>,
}

impl Search {
    fn new(automata: [NFA; 3]) -> Self {
        Self {
            open: automata.each_ref().map(|nfa| vec![None; nfa.states().len()]),
            automata,
            seen: HashSet::new(),
        }
    }

    fn finds_a_name(&mut self, longest: usize) -> bool {
        let mut reached = vec![self.automata.each_ref().map(NFA::start_anchored)];
        for _ in 0..=longest {
            let mut next = Vec::new();
            for states in reached {
                let [names, ones, others] = [0, 1, 2].map(|side| self.open(side, states[side]));
                for (&name, &one) in names.iter().flat_map(|name| ones.iter().map(move |one| (name, one))) {
                    for &other in others.iter() {
                        let states = [name, one, other];
                        if !self.seen.insert(states) {
                            continue;
                        }
                        if self.seen.len() > SEARCH_LIMIT || self.is_end(states) {
                            return true;
                        }
                        self.step(states, &mut next);
                    }
                }
            }
            reached = next;
        }
        false
    }

    fn is_end(&self, states: States) -> bool {
        let mut sides = self.automata.iter().zip(states);
        sides.all(|(nfa, state)| matches!(nfa.state(state), State::Match { .. }))
    }

    /// Where one more character leads that all three take.
    fn step(&self, states: States, next: &mut Vec<States>) {
        let [names, ones, others] = [0, 1, 2].map(|side| transitions(self.automata[side].state(states[side])));
        for name in names {
            for one in ones.iter().filter(|one| meet(name, **one)) {
                for other in others.iter().filter(|other| meet(name, **other) && meet(*one, **other)) {
                    next.push([name.next, one.next, other.next]);
                }
            }
        }
    }

    /// The states from that one on that take a character or end a name.
    fn open(&mut self, side: usize, from: StateID) -> Rc<[StateID]> {
        let known = &mut self.open[side][from.as_usize()];
        let open = known.get_or_insert_with(|| open(&self.automata[side], from).into());
        Rc::clone(open)
    }
}

fn open(nfa: &NFA, from: StateID) -> Vec<StateID> {
    let (mut open, mut seen, mut left) = (Vec::new(), HashSet::new(), vec![from]);
    while let Some(state) = left.pop() {
        if !seen.insert(state) {
            continue;
        }
        match nfa.state(state) {
            State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) | State::Match { .. } => open.push(state),
            // An expression begins and ends with an anchor, and every name is matched as a whole.
            State::Look { next, .. } | State::Capture { next, .. } => left.push(*next),
            State::Union { alternates } => left.extend(alternates.iter().copied()),
            State::BinaryUnion { alt1, alt2 } => left.extend([*alt1, *alt2]),
            State::Fail => {}
        }
    }
    open
}

/// The ranges of bytes that a state takes; every character of a legal name is one byte.
fn transitions(state: &State) -> Vec<Transition> {
    match state {
        State::ByteRange { trans } => vec![*trans],
        State::Sparse(sparse) => sparse.transitions.to_vec(),
        State::Dense(dense) => {
            let to = |byte| {
                let (start, end) = (byte, byte);
                dense.matches_byte(byte).map(|next| Transition { start, end, next })
            };
            (0..=u8::MAX).filter_map(to).collect()
        }
        State::Match { .. }
        | State::Look { .. }
        | State::Capture { .. }
        | State::Union { .. }
        | State::BinaryUnion { .. }
        | State::Fail => Vec::new(),
    }
}

/// Whether some character is in both.
const fn meet(one: Transition, other: Transition) -> bool {
    one.start <= other.end && other.start <= one.end
}

#[cfg(test)]
mod tests;
