//! Which names of a namespace one entry of the inventory decides, and whether some of them are within a pattern.

use super::{Listed, NameKind, Pattern, PatternEntry, RepositoryEntry};

/// The repositories of one namespace that an entry decides: those that its pattern matches, but for what comes before it.
#[derive(Clone, Copy, Debug)]
pub struct EntryNames<'a> {
    pattern: &'a Pattern,
    /// A name of its own is more exact than any pattern.
    named: &'a [RepositoryEntry],
    /// Among patterns, the first one decides.
    earlier: &'a [PatternEntry],
}

impl Listed {
    /// What the pattern at that index decides.
    pub fn names_of(&self, index: usize) -> EntryNames<'_> {
        EntryNames {
            pattern: &self.patterns[index].pattern,
            named: &self.repositories,
            earlier: &self.patterns[..index],
        }
    }
}

impl<'a> EntryNames<'a> {
    /// Every name, as in a namespace that is audited as a whole.
    pub fn all() -> Self {
        Self::matching(Pattern::everything())
    }

    /// All that a pattern matches.
    pub const fn matching(pattern: &'a Pattern) -> Self {
        Self {
            pattern,
            named: &[],
            earlier: &[],
        }
    }

    /// Whether one of them, and of none of `except`, may be within a pattern.
    ///
    /// Exact for a single name. Of two patterns, the names that other patterns take away are recognised only where one of
    /// these plainly covers all: more may seem to be left than is, never less.
    pub fn meet(&self, within: &Pattern, except: &[&Pattern]) -> bool {
        let both = [within, self.pattern];
        let mut texts = both.iter().map(|pattern| pattern.as_str());
        if let Some(name) = texts.find(|text| !Pattern::is_one(text)) {
            return within.matches(name) && self.hold(name) && !except.iter().any(|pattern| pattern.matches(name));
        }
        let mut others = self
            .earlier
            .iter()
            .map(|entry| &entry.pattern)
            .chain(except.iter().copied());
        !others.any(|other| both.iter().any(|one| other.plainly_covers(one)))
            && self.pattern.shares_a_name(within, NameKind::Repository)
    }

    /// Whether that name is one of them.
    pub fn hold(&self, name: &str) -> bool {
        self.pattern.matches(name)
            && self
                .named
                .binary_search_by(|entry| entry.name.as_str().cmp(name))
                .is_err()
            && !self.earlier.iter().any(|entry| entry.pattern.matches(name))
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
            (2, "w?b", &["w[!e]b"], true),
            (2, "w?b", &["w?b"], false),
            (2, "team-a/x", &[], false),
            (1, "team-a/x", &[], false),
            (1, "team-a/x/y", &[], true),
            (1, "team-a/*", &[], false),
            (1, "team-a/x*", &[], false),
            (1, "team-a/{x,y/z}*", &[], true),
            (1, "**/y", &[], true),
            (1, "**/y", &["team-a/*/*", "team-a/**"], false),
            (2, "team-a/*", &[], false),
            (0, "team-b/*", &[], false),
        ] {
            let except: Vec<Pattern> = except.iter().map(|text| pattern(text)).collect();
            let except: Vec<&Pattern> = except.iter().collect();
            let met = listed.names_of(index).meet(&pattern(within), &except);
            assert_eq!(met, expected, "{index} {within} {except:?}");
        }
        let all = Pattern::everything();
        assert!(listed.names_of(0).meet(all, &[]));
        assert!(EntryNames::all().meet(all, &[]));
        assert!(!EntryNames::all().meet(all, &[all]));
        assert!(!EntryNames::all().meet(&pattern("a/*"), &[&pattern("a/**")]));
        assert!(!EntryNames::matching(&pattern("web")).meet(&pattern("a*"), &[]));
    }
}
