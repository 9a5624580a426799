//! The question of three sides: do two patterns share a name that nothing else decides.

use std::collections::HashSet;

use super::alphabet::{Before, Kind, Symbols};
use super::compare::{STEPS, classes};
use super::{Glob, Positions, spend};

/// What decides, whatever two patterns share.
pub(crate) struct Decided<'d> {
    patterns: Vec<&'d Glob>,
    /// Sorted: those that begin alike stand together.
    names: Vec<&'d str>,
}

/// How far a name under way is one that is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Begun {
    /// Where patterns can go on; those that cannot are left out.
    patterns: Vec<(usize, Positions)>,
    names: Alike,
}

/// The names that begin as the one under way does. The first of them is the shortest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Alike {
    from: usize,
    to: usize,
    /// How many characters of them it is.
    length: usize,
}

impl<'d> Decided<'d> {
    pub(crate) fn new(patterns: impl IntoIterator<Item = &'d Glob>, names: impl IntoIterator<Item = &'d str>) -> Self {
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_unstable();
        Self {
            patterns: patterns.into_iter().collect(),
            names,
        }
    }

    /// Without what begins otherwise than all that the two share.
    fn near(&self, one: &Glob, two: &Glob) -> Self {
        let is_near = |glob: &&&Glob| glob.may_share_a_prefix(one) && glob.may_share_a_prefix(two);
        Self {
            patterns: self.patterns.iter().filter(is_near).copied().collect(),
            names: self.names.clone(),
        }
    }

    fn begun(&self) -> Begun {
        let first = |(index, glob): (usize, &&Glob)| (index, glob.first);
        Begun {
            patterns: self.patterns.iter().enumerate().map(first).collect(),
            names: Alike {
                from: 0,
                to: self.names.len(),
                length: 0,
            },
        }
    }

    /// After one more of these characters, and whether what stands there now is decided.
    fn step(&self, begun: &Begun, symbols: Symbols) -> (Begun, bool) {
        let (names, mut is_decided) = self.alike(begun.names, symbols);
        let mut patterns = Vec::new();
        for &(index, from) in &begun.patterns {
            let (next, is_match) = self.patterns[index].step(from, symbols);
            is_decided |= is_match;
            if next != Positions::default() {
                patterns.push((index, next));
            }
        }
        (Begun { patterns, names }, is_decided)
    }

    /// Every character of a name stands alone in its class, so that either all or none of these go on with it.
    fn alike(&self, alike: Alike, symbols: Symbols) -> (Alike, bool) {
        let Some(character) = symbols.character() else {
            return (Alike::default(), false);
        };
        let Alike { from, to, length } = alike;
        let next = |name: &str| name.as_bytes().get(length).map(|byte| char::from(*byte));
        let names = &self.names[from..to];
        let start = names.partition_point(|name| next(name) < Some(character));
        let count = names[start..].partition_point(|name| next(name) == Some(character));
        if count == 0 {
            return (Alike::default(), false);
        }
        let alike = Alike {
            from: from + start,
            to: from + start + count,
            length: length + 1,
        };
        (alike, self.names[alike.from].len() == alike.length)
    }

    /// The characters of all names.
    fn symbols(&self) -> Symbols {
        let characters = self.names.iter().flat_map(|name| name.chars());
        characters.fold(Symbols::default(), |symbols, c| symbols.or(Symbols::of(c)))
    }
}

impl Glob {
    /// Whether any legal name matches both, and is none of `decided`; `None`: too hard to tell. `budget` is what is left
    /// of the steps of many questions.
    pub(crate) fn overlaps_beyond(
        &self,
        other: &Self,
        decided: &Decided<'_>,
        kind: Kind,
        budget: &mut usize,
    ) -> Option<bool> {
        spend(budget, 1 + decided.patterns.len() + decided.names.len())?;
        if !self.may_share_a_prefix(other) {
            return Some(false);
        }
        let decided = decided.near(self, other);
        let globs = || [self, other].into_iter().chain(decided.patterns.iter().copied());
        spend(budget, globs().map(|glob| glob.positions.len()).sum::<usize>() / 8)?;
        let classes = classes(globs(), decided.symbols());
        let mut steps = STEPS;
        let mut seen = HashSet::new();
        let mut before = vec![(self.first, other.first, Before::Nothing, decided.begun())];
        for _ in 1..=kind.longest() {
            let mut reached = Vec::new();
            for (from, others, before, begun) in before {
                for (symbols, class) in &classes {
                    let Some(then) = before.then(*class, kind) else {
                        continue;
                    };
                    let cost = 1 + begun.patterns.len();
                    spend(&mut steps, cost)?;
                    spend(budget, cost)?;
                    let (ones, twos) = (self.within(from, *symbols), other.within(others, *symbols));
                    if ones.is_empty() || twos.is_empty() {
                        continue;
                    }
                    let (begun, is_decided) = decided.step(&begun, *symbols);
                    for (&one, &two) in ones.iter().flat_map(|one| twos.iter().map(move |two| (one, two))) {
                        spend(&mut steps, 1)?;
                        spend(budget, 1)?;
                        if then == Before::Word && !is_decided && self.last.holds(one) && other.last.holds(two) {
                            return Some(true);
                        }
                        if seen.insert((one, two, then, begun.clone())) {
                            let follow = (self.positions[one].follow, other.positions[two].follow);
                            reached.push((follow.0, follow.1, then, begun.clone()));
                        }
                    }
                }
            }
            before = reached;
        }
        Some(false)
    }

    /// The places among these that stand for one of these characters.
    fn within(&self, places: Positions, symbols: Symbols) -> Vec<usize> {
        let is_within = |place: &usize| !self.positions[*place].symbols.and(symbols).is_empty();
        places.iter().filter(is_within).collect()
    }
}
