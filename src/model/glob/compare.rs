//! The questions: does anything match, do two patterns share a name, does one match all that the other does.

use std::collections::{BTreeSet, HashSet};

use super::alphabet::{Before, CLASSES, Kind, Symbols};
use super::{Glob, Positions, spend};

/// How many steps one question may take: what people write takes some hundreds.
pub(super) const STEPS: usize = 20_000;

impl Glob {
    /// Whether any legal name matches; `None`: too hard to tell.
    pub(crate) fn can_match(&self, kind: Kind) -> Option<bool> {
        let everything = Self::new("**")?;
        let mut budget = STEPS;
        self.overlaps(&everything, kind, &mut budget)
    }

    /// Whether any legal name matches both; `None`: too hard to tell. `budget` is what is left of the steps of many
    /// questions.
    pub(crate) fn overlaps(&self, other: &Self, kind: Kind, budget: &mut usize) -> Option<bool> {
        spend(budget, 1)?;
        if !self.may_share_a_prefix(other) {
            return Some(false);
        }
        let mut steps = STEPS;
        let mut seen = HashSet::new();
        let mut before: Vec<(usize, usize, Before)> = Vec::new();
        for length in 1..=kind.longest() {
            let mut reached = Vec::new();
            let mut go = |from: Positions, others: Positions, before: Before| {
                for (one, two) in from.iter().flat_map(|one| others.iter().map(move |two| (one, two))) {
                    spend(&mut steps, 1)?;
                    spend(budget, 1)?;
                    let both = self.positions[one].symbols.and(other.positions[two].symbols);
                    for class in CLASSES.into_iter().filter(|class| !class.and(both).is_empty()) {
                        let Some(then) = before.then(class, kind) else { continue };
                        if seen.insert((one, two, then)) {
                            reached.push((one, two, then));
                        }
                    }
                }
                Some(())
            };
            if length == 1 {
                go(self.first, other.first, Before::Nothing)?;
            }
            for (one, two, before) in before {
                go(self.positions[one].follow, other.positions[two].follow, before)?;
            }
            let is_end = |(one, two, before): &(usize, usize, Before)| {
                *before == Before::Word && self.last.holds(*one) && other.last.holds(*two)
            };
            if reached.iter().any(is_end) {
                return Some(true);
            }
            before = reached;
        }
        Some(false)
    }

    /// Whether every legal name that `inner` matches matches this too; `None`: too hard to tell.
    pub(crate) fn covers(&self, inner: &Self, kind: Kind, budget: &mut usize) -> Option<bool> {
        spend(budget, 1)?;
        if !self.may_share_a_prefix(inner) {
            return Some(false);
        }
        let classes = classes([self, inner], Symbols::default());
        let mut steps = STEPS;
        spend(
            budget,
            classes.len() * (self.positions.len() + inner.positions.len()) / 8,
        )?;
        let mut seen = HashSet::new();
        let mut before: Vec<(usize, Before, Positions)> = Vec::new();
        for length in 1..=kind.longest() {
            let mut reached = Vec::new();
            let mut go = |from: Positions, before: Before, outer: Positions| {
                for (symbols, class) in &classes {
                    let Some(then) = before.then(*class, kind) else {
                        continue;
                    };
                    let cost = outer.iter().count() + 1;
                    let (outer, is_match) = self.step(outer, *symbols);
                    spend(&mut steps, cost)?;
                    spend(budget, cost)?;
                    for one in from.iter() {
                        spend(&mut steps, 1)?;
                        spend(budget, 1)?;
                        if symbols.and(inner.positions[one].symbols).is_empty() {
                            continue;
                        }
                        if then == Before::Word && inner.last.holds(one) && !is_match {
                            return Some(false);
                        }
                        if seen.insert((one, then, outer)) {
                            reached.push((one, then, outer));
                        }
                    }
                }
                Some(true)
            };
            if length == 1 && !go(inner.first, Before::Nothing, self.first)? {
                return Some(false);
            }
            for (one, before, outer) in before {
                if !go(inner.positions[one].follow, before, outer)? {
                    return Some(false);
                }
            }
            before = reached;
        }
        Some(true)
    }

    /// Where it can go on after one of these characters, and whether it can end with it.
    pub(super) fn step(&self, from: Positions, symbols: Symbols) -> (Positions, bool) {
        let mut next = Positions::default();
        let mut is_match = false;
        for position in from.iter() {
            if !self.positions[position].symbols.and(symbols).is_empty() {
                next.extend(self.positions[position].follow);
                is_match |= self.last.holds(position);
            }
        }
        (next, is_match)
    }

    /// What most questions end with: names of one begin otherwise than those of the other.
    pub(super) fn may_share_a_prefix(&self, other: &Self) -> bool {
        let (one, two) = (&*self.prefix, &*other.prefix);
        one.starts_with(two) || two.starts_with(one)
    }
}

/// Sets of characters that none of these tells apart, each with the class that it is of. Those that are told apart stand
/// alone.
pub(super) fn classes<'g>(globs: impl IntoIterator<Item = &'g Glob>, apart: Symbols) -> Vec<(Symbols, Symbols)> {
    let positions = globs.into_iter().flat_map(|glob| &glob.positions);
    let mut sets: BTreeSet<Symbols> = positions.map(|position| position.symbols).collect();
    sets.extend(apart.each());
    let mut classes: Vec<(Symbols, Symbols)> = CLASSES.map(|class| (class, class)).into();
    for set in sets {
        let split = |(symbols, class): (Symbols, Symbols)| {
            let parts = [symbols.and(set), symbols.without(set)];
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            parts.map(move |part| (part, class)).collect::<Vec<_>>()
        };
        classes = classes.into_iter().flat_map(split).collect();
    }
    classes
}
