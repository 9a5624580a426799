//! Patterns over names and region ids, and scopes made of them.
//!
//! `*`, `?` and `[...]` stay within one `/` segment, `**` crosses them, `{a,b}` chooses, also between something and nothing
//! (`{,-old}`).

use std::fmt;
use std::sync::{Arc, LazyLock};

use globset::{GlobBuilder, GlobMatcher};

use super::{NamespaceName, RepoId, RepositoryName};

/// The characters that have a meaning in patterns.
const SPECIAL: [char; 4] = ['*', '?', '[', '{'];

/// One pattern.
///
/// Cheap to clone: a compiled matcher has state of its own, and thousands of policies may share a list.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Arc<str>,
    matcher: Arc<GlobMatcher>,
}

impl Pattern {
    /// Compiles a pattern; the error says in words what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        if has_odd_stars(text) {
            return Err("`**` stands for whole segments: write it alone between two `/`".to_owned());
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .backslash_escape(false)
            // Without it `web{,-old}` would not match `web`.
            .empty_alternates(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        Ok(Self {
            text: text.into(),
            matcher: Arc::new(glob.compile_matcher()),
        })
    }

    /// Whether a name or a region's id matches.
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The pattern as written, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Whether a text holds anything that has a meaning in patterns.
    pub fn is_one(text: &str) -> bool {
        text.contains(SPECIAL)
    }

    /// `**`, which matches every name.
    pub fn everything() -> &'static Self {
        static EVERYTHING: LazyLock<Pattern> = LazyLock::new(|| Pattern::parse("**").expect("a pattern"));
        &EVERYTHING
    }

    /// What every name that it matches begins with, as far as its text shows.
    pub fn literal_prefix(&self) -> &str {
        self.text.split(SPECIAL).next().unwrap_or_default()
    }

    /// `a-` of `a-*` and `a/` of `a/**`: all that such a pattern asks for is that a name begins like this.
    pub fn stem(&self) -> Option<&str> {
        let stem = self.text.trim_end_matches('*');
        (stem != &*self.text && !Self::is_one(stem)).then_some(stem)
    }

    /// Whether its text shows that it matches everything that another does: it is the same, or a stem of it with `*` or
    /// `**`. A no means nothing.
    pub fn plainly_covers(&self, other: &Self) -> bool {
        let Some(stem) = self.stem() else {
            return self == other;
        };
        let crosses_segments = |rest: &str| rest.contains('/') || rest.contains("**");
        other.literal_prefix().starts_with(stem)
            && (self.text.ends_with("**") || !crosses_segments(&other.text[stem.len()..]))
    }

    /// The regular expression that decides.
    pub(super) fn expression(&self) -> &str {
        self.matcher.glob().regex()
    }
}

/// Whether `**` stands beside anything but a `/`: the matcher would quietly take it for `*`.
fn has_odd_stars(text: &str) -> bool {
    let stands_alone = |segment: &str| segment == "**" || !segment.contains("**");
    !text.split('/').all(stands_alone)
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// `[source:]namespace[/repository]`, each a pattern: what waivers cover and `--only` selects. Without a repository it is
/// the whole namespace, itself and all in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    text: Arc<str>,
    source: Option<Pattern>,
    namespace: Pattern,
    repository: Option<Pattern>,
}

impl Scope {
    /// Reads one; the error says in words what is wrong with it. `name:` alone is a whole source.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (source, rest) = match text.split_once(':') {
            Some((source, rest)) => (Some(Pattern::parse(source)?), rest),
            None => (None, text),
        };
        let rest = if source.is_some() && rest.is_empty() { "*" } else { rest };
        let (namespace, repository) = match rest.split_once('/') {
            Some((namespace, repository)) => (namespace, Some(repository)),
            None => (rest, None),
        };
        if namespace.matches('{').count() != namespace.matches('}').count() {
            return Err("the first `/` parts namespace from repository, and `{...}` cannot hold it".to_owned());
        }
        Ok(Self {
            text: text.into(),
            source,
            namespace: Pattern::parse(namespace)?,
            repository: repository.map(Pattern::parse).transpose()?,
        })
    }

    /// The scope as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names its source.
    pub const fn source(&self) -> Option<&Pattern> {
        self.source.as_ref()
    }

    /// The namespaces that it reaches.
    pub const fn namespace(&self) -> &Pattern {
        &self.namespace
    }

    /// The repositories that it reaches in them; `None`: all.
    pub const fn repository(&self) -> Option<&Pattern> {
        self.repository.as_ref()
    }

    /// The same as a pattern, whatever is written.
    pub fn repositories(&self) -> &Pattern {
        self.repository.as_ref().unwrap_or_else(|| Pattern::everything())
    }

    /// Whether that repository is within it.
    pub fn holds(&self, id: &RepoId) -> bool {
        self.holds_in(&id.source, &id.namespace, &id.repository)
    }

    /// Whether that repository of that namespace is within it.
    pub fn holds_in(&self, source: &str, namespace: &NamespaceName, repository: &RepositoryName) -> bool {
        let is_within = |pattern: &Pattern| pattern.matches(repository.as_str());
        self.reaches(source, namespace) && self.repository.as_ref().is_none_or(is_within)
    }

    /// Whether any repository of that namespace may be within it.
    pub fn reaches(&self, source: &str, namespace: &NamespaceName) -> bool {
        self.reaches_source(source) && self.namespace.matches(namespace.as_str())
    }

    /// Whether any namespace of that source may be within it.
    pub fn reaches_source(&self, source: &str) -> bool {
        self.source.as_ref().is_none_or(|pattern| pattern.matches(source))
    }

    /// Whether the namespace itself is within it, and with it whatever is in it.
    pub fn holds_namespace(&self, source: &str, namespace: &NamespaceName) -> bool {
        self.is_of_whole_namespaces() && self.reaches(source, namespace)
    }

    /// Whether namespaces themselves are within it, and with them whatever is in them.
    pub fn is_of_whole_namespaces(&self) -> bool {
        self.repositories() == Pattern::everything()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_within_a_segment_unless_doubled() {
        for (pattern, yes, no) in [
            ("team-a/*", &["team-a/x"][..], &["team-a", "team-a/x/y", "team-b/x"][..]),
            ("team-a/**", &["team-a/x", "team-a/x/y"], &["team-a", "team-ab/x"]),
            ("**", &["a", "a/b", "a/b/c"], &[]),
            ("*", &["a"], &["a/b"]),
            ("**/web", &["web", "a/web", "a/b/web"], &["a/web2", "aweb"]),
            ("a/**/z", &["a/z", "a/b/z", "a/b/c/z"], &["az", "a/b"]),
            ("w?b", &["web", "w-b"], &["w/b", "wb"]),
            ("[a-c]x", &["ax", "cx"], &["dx"]),
            ("{web,api}-*", &["web-1", "api-2"], &["db-1"]),
            ("web{,-old}", &["web", "web-old"], &["web-new", "web-"]),
            ("a{,/b}", &["a", "a/b"], &["ab", "a/c"]),
        ] {
            let compiled = Pattern::parse(pattern).expect(pattern);
            for name in yes {
                assert!(compiled.matches(name), "{pattern} {name}");
            }
            for name in no {
                assert!(!compiled.matches(name), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn what_would_be_misread_is_no_pattern() {
        for text in ["", "a**b", "a/**b", "**a", "[a", "{a,b", "a}"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_stem_with_stars_plainly_covers_what_begins_with_it() {
        for (one, other, expected) in [
            ("**", "a/[x-z]?", true),
            ("a/**", "a/b/**/c", true),
            ("a/**", "ab/*", false),
            ("a*", "a*", true),
            ("a-*", "a-old-*", true),
            ("a-*", "a-b", true),
            ("a-*", "a-{x,y/z}", false),
            ("*", "**", false),
            ("*", "a/*", false),
            // They do, and it takes more than a look.
            ("[ab]*", "a*", false),
            ("*b", "a*b", false),
        ] {
            let covers = |one: &str, other: &str| {
                let (one, other) = (Pattern::parse(one), Pattern::parse(other));
                one.expect("a pattern").plainly_covers(&other.expect("a pattern"))
            };
            assert_eq!(covers(one, other), expected, "{one} {other}");
        }
    }

    /// 8,000 policies with one list of 100 patterns took 5 GB: each copy had a compiled matcher of its own.
    #[test]
    fn a_copied_pattern_shares_its_matcher() {
        let pattern = Pattern::parse("cn-*").expect("a pattern");
        assert!(Arc::ptr_eq(&pattern.matcher, &pattern.clone().matcher));
    }

    #[test]
    fn a_scope_is_parted_at_its_first_slash() {
        for (scope, yes, no) in [
            ("prod", &["a prod x", "b prod x/y"][..], &["a prod2 x"][..]),
            (
                "prod/legacy-*",
                &["a prod legacy-1"],
                &["a prod legacy-1/x", "a prod web"],
            ),
            ("eu:prod", &["eu prod x"], &["cn prod x"]),
            ("eu:", &["eu prod x", "eu tools y/z"], &["cn prod x"]),
            ("*/web", &["a prod web", "a tools web"], &["a prod x/web"]),
            ("{prod,tools}/**", &["a prod x/y"], &["a test x"]),
        ] {
            let compiled = Scope::parse(scope).expect(scope);
            let holds = |id: &str| {
                let [source, namespace, repository] = id.split(' ').collect::<Vec<_>>()[..] else {
                    panic!("{id}")
                };
                compiled.holds(&RepoId {
                    source: source.into(),
                    namespace: NamespaceName::parse(namespace).expect(id),
                    repository: RepositoryName::parse(repository).expect(id),
                })
            };
            assert!(yes.iter().all(|id| holds(id)), "{scope}");
            assert!(!no.iter().any(|id| holds(id)), "{scope}");
        }
        assert!(Scope::parse("{a/x,b/y}").is_err());
        assert!(Scope::parse("prod/").is_err());
        assert!(Scope::parse("/x").is_err());
    }

    #[test]
    fn the_namespace_itself_is_within_what_holds_all_of_it() {
        let prod = NamespaceName::parse("prod").expect("a legal namespace");
        for (scope, holds) in [
            ("prod", true),
            ("prod/**", true),
            ("*/**", true),
            ("prod/*", false),
            ("eu:prod", false),
        ] {
            let scope = Scope::parse(scope).expect(scope);
            assert_eq!(scope.holds_namespace("cn", &prod), holds, "{scope}");
        }
    }
}
