//! What two patterns have in common, decided over everything that they could match and not over samples.
//!
//! A pattern becomes an automaton whose states are the places in it that stand for one character (Glushkov's), so `{a,b}`
//! costs what is written and is never multiplied out. Only names that the service could hold count. Each question has a
//! budget, and what would go beyond it is not answered.

mod alphabet;
mod beyond;
mod compare;
mod syntax;

#[cfg(test)]
mod tests;

use self::alphabet::Symbols;
use self::syntax::Part;

pub(crate) use self::alphabet::Kind;
pub(crate) use self::beyond::Decided;

/// As many as a set holds; a pattern is never longer.
const POSITION_LIMIT: usize = 256;

/// A pattern as an automaton.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    /// What all that it matches begins with.
    prefix: Box<str>,
    positions: Vec<Position>,
    /// Where it can begin.
    first: Positions,
    /// Where it can end.
    last: Positions,
}

/// A place in a pattern that stands for one character.
#[derive(Clone, Debug)]
struct Position {
    symbols: Symbols,
    /// The places that can come next.
    follow: Positions,
}

/// A set of places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Positions([u64; POSITION_LIMIT / 64]);

impl Positions {
    fn insert(&mut self, position: usize) {
        self.0[position / 64] |= 1 << (position % 64);
    }

    fn extend(&mut self, others: Self) {
        for (word, other) in self.0.iter_mut().zip(others.0) {
            *word |= other;
        }
    }

    const fn holds(self, position: usize) -> bool {
        self.0[position / 64] >> (position % 64) & 1 == 1
    }

    fn iter(self) -> impl Iterator<Item = usize> {
        (0..).zip(self.0).flat_map(|(index, mut word)| {
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros() as usize;
                (word != 0).then(|| {
                    word &= word - 1;
                    index * 64 + bit
                })
            })
        })
    }
}

/// A part of an automaton under construction.
#[derive(Clone, Copy, Default)]
struct Fragment {
    first: Positions,
    last: Positions,
    /// Whether it matches nothing at all, too.
    is_optional: bool,
}

impl Glob {
    /// Of a pattern that `Pattern::parse` takes; `None` where it is beyond what is understood here.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let parts = syntax::parse(pattern)?;
        let mut glob = Self {
            prefix: pattern.split(['*', '?', '[', '{']).next().unwrap_or_default().into(),
            positions: Vec::new(),
            first: Positions::default(),
            last: Positions::default(),
        };
        // No name is empty, so nothing has to be kept of a pattern that matches nothing.
        let whole = glob.sequence(&parts)?;
        (glob.first, glob.last) = (whole.first, whole.last);
        Some(glob)
    }

    fn sequence(&mut self, parts: &[Part]) -> Option<Fragment> {
        let mut whole = Fragment {
            is_optional: true,
            ..Fragment::default()
        };
        for part in parts {
            let next = self.part(part)?;
            whole = self.joined(whole, next);
        }
        Some(whole)
    }

    fn joined(&mut self, mut one: Fragment, next: Fragment) -> Fragment {
        for position in one.last.iter() {
            self.positions[position].follow.extend(next.first);
        }
        if one.is_optional {
            one.first.extend(next.first);
        }
        let mut last = next.last;
        if next.is_optional {
            last.extend(one.last);
        }
        Fragment {
            first: one.first,
            last,
            is_optional: one.is_optional && next.is_optional,
        }
    }

    fn part(&mut self, part: &Part) -> Option<Fragment> {
        match part {
            Part::One(symbols) => self.one(*symbols),
            Part::Many(symbols) => {
                let one = self.one(*symbols)?;
                for position in one.last.iter() {
                    self.positions[position].follow.extend(one.first);
                }
                Some(Fragment {
                    is_optional: true,
                    ..one
                })
            }
            Part::Choice(branches) => {
                let mut whole = Fragment::default();
                for branch in branches {
                    let branch = self.sequence(branch)?;
                    whole.first.extend(branch.first);
                    whole.last.extend(branch.last);
                    whole.is_optional |= branch.is_optional;
                }
                Some(whole)
            }
        }
    }

    fn one(&mut self, symbols: Symbols) -> Option<Fragment> {
        let index = self.positions.len();
        if index == POSITION_LIMIT {
            return None;
        }
        self.positions.push(Position {
            symbols,
            follow: Positions::default(),
        });
        let mut itself = Positions::default();
        itself.insert(index);
        Some(Fragment {
            first: itself,
            last: itself,
            is_optional: false,
        })
    }
}

/// Takes the cost of a step from a budget; `None` where it is spent.
fn spend(budget: &mut usize, cost: usize) -> Option<()> {
    // What is left after the last is not left for others.
    *budget = budget.checked_sub(cost).or_else(|| {
        *budget = 0;
        None
    })?;
    Some(())
}
