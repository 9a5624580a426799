//! Which names of a namespace one entry of the inventory decides, and whether some of them are within a pattern.

use super::glob::{Decided, Glob, Kind};
use super::{Listed, Pattern, PatternEntry, RepositoryEntry};

/// The repositories of one namespace that an entry decides: those that its pattern matches, but for what comes before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntryNames<'a> {
    /// `None`: every name.
    pattern: Option<&'a Pattern>,
    /// A name of its own is more exact than any pattern.
    named: &'a [RepositoryEntry],
    /// Among patterns, the first one decides.
    earlier: &'a [PatternEntry],
}

impl Listed {
    /// What the pattern at that index decides.
    pub fn names_of(&self, index: usize) -> EntryNames<'_> {
        EntryNames {
            pattern: Some(&self.patterns[index].pattern),
            named: &self.repositories,
            earlier: &self.patterns[..index],
        }
    }
}

impl<'a> EntryNames<'a> {
    /// Every name, as in a namespace that is audited as a whole.
    pub const ALL: Self = Self {
        pattern: None,
        named: &[],
        earlier: &[],
    };

    /// All that a pattern matches; `None`: every name.
    pub const fn matching(pattern: Option<&'a Pattern>) -> Self {
        Self { pattern, ..Self::ALL }
    }

    /// Whether one of them, and of none of `except`, is within a pattern; `None`: within every pattern. Where that is too
    /// hard to tell, it may be.
    pub fn meet(&self, within: Option<&Pattern>, except: &[&Pattern]) -> bool {
        let one_name = [within, self.pattern].into_iter().flatten();
        let mut one_name = one_name.map(Pattern::as_str).filter(|text| !Pattern::is_one(text));
        match one_name.next() {
            Some(name) => {
                let matches = |pattern: Option<&Pattern>| pattern.is_none_or(|pattern| pattern.matches(name));
                matches(within) && self.hold(name) && !except.iter().any(|pattern| pattern.matches(name))
            }
            None => self.may_meet(within, except),
        }
    }

    /// Whether that name is one of them.
    pub fn hold(&self, name: &str) -> bool {
        self.pattern.is_none_or(|pattern| pattern.matches(name))
            && self
                .named
                .binary_search_by(|entry| entry.name.as_str().cmp(name))
                .is_err()
            && !self.earlier.iter().any(|entry| entry.pattern.matches(name))
    }

    fn may_meet(&self, within: Option<&Pattern>, except: &[&Pattern]) -> bool {
        let glob = |pattern: Option<&Pattern>| Glob::new(pattern.map_or("**", Pattern::as_str));
        let (Some(own), Some(within)) = (glob(self.pattern), glob(within)) else {
            return true;
        };
        let earlier = self.earlier.iter().map(|entry| &entry.pattern);
        let decided = earlier.chain(except.iter().copied());
        // One that is not understood decides nothing here: then more may be left than there is.
        let decided: Vec<Glob> = decided.filter_map(|pattern| Glob::new(pattern.as_str())).collect();
        let named = self.named.iter().map(|entry| entry.name.as_str());
        let decided = Decided::new(&decided, named);
        let mut budget = usize::MAX;
        let answer = own.overlaps_beyond(&within, &decided, Kind::Repository, &mut budget);
        answer.unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Others, Place, RepositoryName};

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).expect(text)
    }

    fn place() -> Place {
        Place {
            file: "i.yaml".into(),
            line: 1,
            column: 1,
        }
    }

    fn listed(words: &[&str], patterns: &[&str]) -> Listed {
        let named = |name: &&str| RepositoryEntry {
            name: RepositoryName::parse(name).expect("a legal repository"),
            skip: None,
            expectation: None,
            place: place(),
        };
        let by_pattern = |text: &&str| PatternEntry {
            pattern: pattern(text),
            skip: None,
            expectation: None,
            place: place(),
        };
        Listed {
            repositories: words.iter().map(named).collect(),
            patterns: patterns.iter().map(by_pattern).collect(),
            others: Others::Allow,
        }
    }

    #[test]
    fn a_pattern_decides_what_no_name_and_no_earlier_pattern_does() {
        let listed = listed(&["web"], &["team-a/*", "team-a/**", "*"]);
        for (index, within, except, expected) in [
            (2, "web", &[][..], false),
            (2, "wbe", &[], true),
            (2, "w*", &[], true),
            (2, "w?b", &["w[!e]b"], false),
            (2, "team-a/x", &[], false),
            (1, "team-a/x", &[], false),
            (1, "team-a/x/y", &[], true),
            (1, "team-a/*", &[], false),
            (1, "**/y", &[], true),
            (1, "**/y", &["*/*/y", "team-a/**/y"], false),
            (0, "team-b/*", &[], false),
        ] {
            let except: Vec<Pattern> = except.iter().map(|text| pattern(text)).collect();
            let except: Vec<&Pattern> = except.iter().collect();
            let met = listed.names_of(index).meet(Some(&pattern(within)), &except);
            assert_eq!(met, expected, "{index} {within} {except:?}");
        }
        assert!(listed.names_of(0).meet(None, &[]));
        assert!(EntryNames::ALL.meet(None, &[]));
        assert!(!EntryNames::ALL.meet(Some(&pattern("a/*")), &[&pattern("a/**")]));
        assert!(!EntryNames::matching(Some(&pattern("web"))).meet(Some(&pattern("a*")), &[]));
    }

    /// A class by its name is beyond what the automaton reads.
    #[test]
    fn what_is_too_hard_to_tell_may_be() {
        let hard = pattern("[[:alpha:]]*");
        assert!(EntryNames::matching(Some(&hard)).meet(Some(&pattern("1*")), &[]));
        assert!(!EntryNames::matching(Some(&hard)).meet(Some(&pattern("1")), &[]));
    }
}
