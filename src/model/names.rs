//! Which names of a namespace one entry of the inventory decides, and whether some of them are within a pattern.

use super::{Deciding, Listed, NameKind, NamespaceName, Pattern, RepositoryName, Scope};

/// The repositories of one namespace that an entry decides: those that its pattern matches, but for what a more exact entry
/// decides.
#[derive(Clone, Copy, Debug)]
pub struct EntryNames<'a> {
    pattern: &'a Pattern,
    /// The entries that it stands among, and its index among their patterns; `None`: it stands alone.
    among: Option<(&'a Listed, usize)>,
}

/// The most names that are taken away one by one: patterns that share more of them share others, too.
const NAMED: usize = 64;

impl Listed {
    /// What the pattern at that index decides.
    pub fn names_of(&self, index: usize) -> EntryNames<'_> {
        EntryNames {
            pattern: &self.patterns[index].pattern,
            among: Some((self, index)),
        }
    }
}

impl Scope {
    /// Whether any of these names of that namespace may be within it.
    pub fn may_hold_any(&self, source: &str, namespace: &NamespaceName, names: &EntryNames<'_>) -> bool {
        self.reaches(source, namespace) && names.meet(self.repositories(), &[])
    }
}

impl<'a> EntryNames<'a> {
    /// Every name, as in a namespace that is audited as a whole.
    pub fn all() -> Self {
        Self::matching(Pattern::everything())
    }

    /// All that a pattern matches.
    pub const fn matching(pattern: &'a Pattern) -> Self {
        Self { pattern, among: None }
    }

    /// Whether one of them, and of none of `except`, may be within a pattern.
    ///
    /// Exact, except for patterns so intricate that finding out would take too long: then it may.
    pub fn meet(&self, within: &Pattern, except: &[&Pattern]) -> bool {
        let both = [within, self.pattern];
        let mut texts = both.iter().map(|pattern| pattern.as_str());
        if let Some(name) = texts.find(|text| !Pattern::is_one(text)) {
            return within.matches(name) && self.holds(name) && !except.iter().any(|pattern| pattern.matches(name));
        }
        let named = self.among.map_or(&[][..], |(listed, _)| &listed.repositories);
        let named = named.iter().map(|entry| entry.name.as_str());
        let named = named.filter(|name| within.matches(name) && self.pattern.matches(name));
        let named: Vec<Pattern> = named.take(NAMED).filter_map(|name| Pattern::parse(name).ok()).collect();
        let earlier = self.among.map_or(&[][..], |(listed, index)| &listed.patterns[..index]);
        let mut others: Vec<&Pattern> = earlier.iter().map(|entry| &entry.pattern).collect();
        others.extend(except);
        others.extend(&named);
        self.pattern.shares_a_name(within, &others, NameKind::Repository)
    }

    /// Whether that name is one of them.
    fn holds(&self, name: &str) -> bool {
        let Some((listed, _)) = self.among else {
            return self.pattern.matches(name);
        };
        let Ok(name) = RepositoryName::parse(name) else {
            return false;
        };
        match listed.deciding(&name) {
            // No pattern is written twice.
            Some(Deciding::Pattern(entry)) => entry.pattern == *self.pattern,
            Some(Deciding::Repository(_) | Deciding::Namespace(_)) | None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Others, PatternEntry, Place, RepositoryEntry, Treatment};

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).expect(text)
    }

    fn treatment() -> Treatment {
        Treatment {
            skip: None,
            expectation: None,
            place: Place {
                file: "i.yaml".into(),
                line: 1,
                column: 1,
            },
            policy: None,
            skip_places: None,
        }
    }

    fn listed(words: &[&str], patterns: &[&str]) -> Listed {
        let named = |name: &&str| RepositoryEntry {
            name: RepositoryName::parse(name).expect("a legal repository"),
            treatment: treatment(),
        };
        let by_pattern = |text: &&str| PatternEntry {
            pattern: pattern(text),
            treatment: treatment(),
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
            (2, "w?b", &["w?b"], false),
            (2, "team-a/x", &[], false),
            (1, "team-a/x", &[], false),
            (1, "team-a/x/y", &[], true),
            (1, "team-a/*", &[], false),
            (1, "team-a/x*", &[], false),
            (1, "team-a/{x,y/z}*", &[], true),
            (1, "**/y", &[], true),
            (1, "**/y", &["*/*/y", "team-a/**/y"], false),
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
