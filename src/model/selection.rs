//! Which part of an inventory one run speaks of.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{EntryNames, NamespaceName, Pattern, RepoId, RepositoryName, Scope};

/// How much of a namespace somebody wanted to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    #[default]
    Whole,
    /// A part: what these patterns match, and repositories that were called by their names.
    Part(Vec<Pattern>),
}

/// A part of what the inventory covers. By default all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// What is selected; empty: everything.
    pub only: Vec<Scope>,
    /// What is not, whatever else says so.
    pub except: Vec<Scope>,
    /// The share of what is selected.
    pub shard: Option<Shard>,
}

impl Selection {
    /// Reads the patterns of `--only`, those with a `!` before them as exclusions.
    pub fn parse(patterns: &[String]) -> Result<Self, String> {
        let mut selection = Self::default();
        for pattern in patterns {
            match pattern.strip_prefix('!') {
                Some(pattern) => selection.except.push(Scope::parse(pattern)?),
                None => selection.only.push(Scope::parse(pattern)?),
            }
        }
        Ok(selection)
    }

    /// Whether it may leave anything out.
    pub const fn is_partial(&self) -> bool {
        self.leaves_out_by_name() || self.shard.is_some()
    }

    /// Whether it says by name what is spoken of.
    pub const fn leaves_out_by_name(&self) -> bool {
        !self.only.is_empty() || !self.except.is_empty()
    }

    /// Whether that repository is selected, in whatever shard.
    pub fn holds(&self, id: &RepoId) -> bool {
        let is_named = self.only.is_empty() || self.only.iter().any(|scope| scope.holds(id));
        is_named && !self.except.iter().any(|scope| scope.holds(id))
    }

    /// Whether anything of that namespace may be selected.
    pub fn reaches(&self, source: &str, namespace: &NamespaceName) -> bool {
        let is_named = self.only.is_empty() || self.only.iter().any(|scope| scope.reaches(source, namespace));
        is_named && !self.except.iter().any(|scope| scope.holds_namespace(source, namespace))
    }

    /// Whether anything of that source may be selected.
    pub fn reaches_source(&self, source: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|scope| scope.reaches_source(source))
    }

    /// How much of that namespace is selected, where anything is. What is left out by name leaves no pattern that stays
    /// within the rest.
    pub fn extent(&self, source: &str, namespace: &NamespaceName) -> Extent {
        if self.except.iter().any(|scope| scope.reaches(source, namespace)) {
            return Extent::Part(Vec::new());
        }
        let holds_all = |scope: &Scope| scope.holds_namespace(source, namespace);
        if self.only.is_empty() || self.only.iter().any(holds_all) {
            return Extent::Whole;
        }
        let reaching = self.only.iter().filter(|scope| scope.reaches(source, namespace));
        let patterns = reaching.filter_map(Scope::repository);
        Extent::Part(
            patterns
                .filter(|pattern| Pattern::is_one(pattern.as_str()))
                .cloned()
                .collect(),
        )
    }

    /// Whether any of these names of that namespace may be selected, in whatever shard.
    pub fn may_hold_any(&self, source: &str, namespace: &NamespaceName, names: &EntryNames<'_>) -> bool {
        if !self.leaves_out_by_name() {
            return true;
        }
        if !self.reaches(source, namespace) {
            return false;
        }
        let reaching = |scope: &&Scope| scope.reaches(source, namespace);
        let except = self.except.iter().filter(reaching).filter_map(Scope::repository);
        let except: Vec<&Pattern> = except.collect();
        let mut only = self.only.iter().filter(reaching);
        self.only.is_empty() && names.meet(Pattern::everything(), &except)
            || only.any(|scope| names.meet(scope.repositories(), &except))
    }
}

/// One of several runs that share the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// From 1 on.
    index: u32,
    /// How many there are.
    count: u32,
}

impl Shard {
    /// Reads `I/N`, with I from 1 to N.
    pub fn parse(text: &str) -> Option<Self> {
        let (index, count) = text.split_once('/')?;
        let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_plain(index) || !is_plain(count) {
            return None;
        }
        let shard = Self {
            index: index.parse().ok()?,
            count: count.parse().ok()?,
        };
        (1..=shard.count).contains(&shard.index).then_some(shard)
    }

    /// Whether repositories of that name are its share.
    ///
    /// By the name alone, so that an inventory that changes a little moves nothing else, and so that a repository meets
    /// its copies: a rule keeps the name, so circles and races are within one shard.
    pub fn holds(self, name: &RepositoryName) -> bool {
        let digest = Sha256::digest(name.as_str());
        let head = digest.first_chunk().expect("a digest is longer than eight bytes");
        u64::from_be_bytes(*head) % u64::from(self.count) == u64::from(self.index - 1)
    }

    /// From 1 on.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many there are.
    pub const fn count(self) -> u32 {
        self.count
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// Shards that are not there, of how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingShards {
    /// Their numbers, as the first and the last of those that follow each other: a count is easily written larger than
    /// anybody would want it listed.
    pub runs: Vec<(u32, u32)>,
    /// How many shards there are in all.
    pub count: u32,
}

impl MissingShards {
    /// What lies between those that are there, which come in order, none twice, from 1 to `count`.
    pub fn between(present: impl IntoIterator<Item = u32>, count: u32) -> Self {
        let mut runs = Vec::new();
        let mut last_seen = 0;
        for index in present {
            if index - last_seen > 1 {
                runs.push((last_seen + 1, index - 1));
            }
            last_seen = index;
        }
        if last_seen < count {
            runs.push((last_seen + 1, count));
        }
        Self { runs, count }
    }

    /// How many are missing.
    pub fn len(&self) -> u32 {
        self.runs.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Whether all are there.
    pub const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(namespace: &str, repository: &str) -> RepoId {
        RepoId {
            source: "main".into(),
            namespace: NamespaceName::parse(namespace).expect("a legal namespace"),
            repository: RepositoryName::parse(repository).expect("a legal repository"),
        }
    }

    fn selection(only: &[&str], except: &[&str]) -> Selection {
        let scopes = |texts: &[&str]| texts.iter().map(|text| Scope::parse(text).expect(text)).collect();
        Selection {
            only: scopes(only),
            except: scopes(except),
            shard: None,
        }
    }

    #[test]
    fn what_is_excluded_is_not_selected_whatever_else_says_so() {
        let selection = selection(&["prod", "tools/web"], &["prod/legacy-*", "*/secret"]);
        assert!(selection.holds(&id("prod", "api")));
        assert!(selection.holds(&id("tools", "web")));
        assert!(!selection.holds(&id("tools", "api")));
        assert!(!selection.holds(&id("prod", "legacy-1")));
        assert!(!selection.holds(&id("prod", "secret")));
        assert!(!selection.holds(&id("other", "web")));
    }

    #[test]
    fn a_namespace_is_left_alone_where_nothing_of_it_can_be_selected() {
        let name = |text| NamespaceName::parse(text).expect("a legal namespace");
        let selection = selection(&["prod/web", "tools"], &["tools/**"]);
        assert!(selection.reaches("main", &name("prod")));
        assert!(!selection.reaches("main", &name("tools")));
        assert!(!selection.reaches("main", &name("other")));
    }

    #[test]
    fn names_are_selected_only_where_nothing_excludes_them() {
        let prod = NamespaceName::parse("prod").expect("a legal namespace");
        let may_hold = |only: &[&str], except: &[&str], pattern: &str| {
            let pattern = Pattern::parse(pattern).expect("a pattern");
            selection(only, except).may_hold_any("main", &prod, &EntryNames::matching(&pattern))
        };
        for (only, except, pattern, expected) in [
            (&[][..], &[][..], "old/**", true),
            (&["prod/web", "tools"], &[], "w*", true),
            (&["prod/web"], &[], "old/**", false),
            (&["prod/w*"], &[], "old/**", false),
            (&["eu:prod", "tools"], &[], "web", false),
            (&["prod"], &["prod/old/**"], "old/**", false),
            (&["prod"], &["prod/old/*"], "old/**", true),
            (&[], &["*/**"], "web", false),
            (&[], &["*/w*"], "web", false),
            (&[], &["tools/w*"], "web", true),
        ] {
            assert_eq!(
                may_hold(only, except, pattern),
                expected,
                "{only:?} {except:?} {pattern}"
            );
        }
    }

    #[test]
    fn shards_share_all_of_it_and_nothing_twice() {
        let shards: Vec<Shard> = (1..=7)
            .map(|index| Shard::parse(&format!("{index}/7")).expect("a shard"))
            .collect();
        let mut counts = [0; 7];
        for number in 0..700 {
            let name = RepositoryName::parse(&format!("team/app-{number}")).expect("a legal repository");
            let holders: Vec<usize> = (0..7).filter(|&index| shards[index].holds(&name)).collect();
            assert_eq!(holders.len(), 1, "{name}");
            counts[holders[0]] += 1;
        }
        assert!(counts.iter().all(|count| (60..150).contains(count)), "{counts:?}");
    }

    #[test]
    fn missing_shards_are_what_lies_between_those_that_are_there() {
        for (present, count, runs) in [
            (&[][..], 3, &[(1, 3)][..]),
            (&[1, 2, 3], 3, &[]),
            (&[2], 3, &[(1, 1), (3, 3)]),
            (&[1, 5], 9, &[(2, 4), (6, 9)]),
            (&[u32::MAX], u32::MAX, &[(1, u32::MAX - 1)]),
        ] {
            let missing = MissingShards::between(present.iter().copied(), count);
            assert_eq!(missing.runs, runs, "{present:?} of {count}");
            assert_eq!(missing.len() as usize, count as usize - present.len());
            assert_eq!(missing.is_empty(), runs.is_empty());
        }
    }

    #[test]
    fn a_shard_is_written_with_both_numbers() {
        for text in [
            "",
            "1",
            "0/2",
            "3/2",
            "1/0",
            "a/2",
            "1/2/3",
            "+1/2",
            " 1/2",
            "1/99999999999",
        ] {
            assert_eq!(Shard::parse(text), None, "{text}");
        }
        assert_eq!(
            Shard::parse("2/3").map(|shard| shard.to_string()).as_deref(),
            Some("2/3")
        );
    }
}
