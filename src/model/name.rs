//! The service's naming rules, and names that are known to keep them.
//!
//! Source: the service's API reference, "namespace" and "repository" parameters. Consecutive hyphens are accepted, as
//! the Docker reference grammar does.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a name cannot exist in the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameProblem {
    /// Nothing at all.
    Empty,
    /// More characters than the service takes; the limit.
    TooLong(usize),
    /// A namespace starts with a lower-case letter, a repository or region with a lower-case letter or digit.
    Start,
    /// The last character is no lower-case letter or digit.
    End,
    /// A character that no name may hold.
    Character(char),
    /// Separators that may not stand side by side.
    Separators,
}

/// A namespace ("organization" in the console): 1 to 64 characters, no `/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespaceName(Arc<str>);

/// A repository ("image" in the console) without its namespace: 1 to 128 characters, `/` allowed inside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName(Arc<str>);

impl NamespaceName {
    /// The length of the longest name.
    pub const LONGEST: usize = 64;
    /// What [`Self::parse`] takes, but for the length.
    pub const EXPRESSION: &str = "^[a-z][a-z0-9]*(?:(?:[._]|__|-+)[a-z0-9]+)*$";

    /// Takes a name that the service could hold.
    pub fn parse(text: &str) -> Result<Self, NameProblem> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(NameProblem::Start);
        }
        check(text, Self::LONGEST, &['.', '_', '-'])?;
        Ok(Self(text.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl RepositoryName {
    /// The length of the longest name.
    pub const LONGEST: usize = 128;
    /// What [`Self::parse`] takes, but for the length.
    pub const EXPRESSION: &str = "^[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*$";

    /// Takes a name that the service could hold.
    pub fn parse(text: &str) -> Result<Self, NameProblem> {
        check(text, Self::LONGEST, &['.', '_', '-', '/'])?;
        Ok(Self(text.into()))
    }

    /// The name, with `/` as people write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

/// One repository of one source: the unit of an audit. Ordered as reports are: source, namespace, repository, by bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoId {
    /// The name of the source.
    pub source: Arc<str>,
    /// The namespace.
    pub namespace: NamespaceName,
    /// The repository's name within it.
    pub repository: RepositoryName,
}

/// How a name stands in JSON: as a string, which is checked when it is read.
macro_rules! as_text {
    ($name:ident, $what:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|_| D::Error::custom(format!("no such {}: '{text}'", $what)))
            }
        }
    };
}

as_text!(NamespaceName, "namespace");
as_text!(RepositoryName, "repository");

impl fmt::Display for RepoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.repository)
    }
}

/// Checks the shape of a region id, `[a-z0-9]+([-_][a-z0-9]+)*`: private clouds name theirs as they like.
pub fn check_region_id(text: &str) -> Result<(), NameProblem> {
    check(text, NamespaceName::LONGEST, &['-', '_'])?;
    let doubled = text
        .as_bytes()
        .windows(2)
        .any(|pair| !pair[0].is_ascii_alphanumeric() && !pair[1].is_ascii_alphanumeric());
    if doubled { Err(NameProblem::Separators) } else { Ok(()) }
}

/// `[a-z0-9]+(separator[a-z0-9]+)*`, where a separator is one of `separators`, `__`, or any number of `-`.
fn check(text: &str, limit: usize, separators: &[char]) -> Result<(), NameProblem> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let Some(last) = text.chars().next_back() else {
        return Err(NameProblem::Empty);
    };
    if let Some(odd) = text.chars().find(|&c| !is_plain(c) && !separators.contains(&c)) {
        return Err(NameProblem::Character(odd));
    }
    if text.len() > limit {
        return Err(NameProblem::TooLong(limit));
    }
    if !text.starts_with(is_plain) {
        return Err(NameProblem::Start);
    }
    if !is_plain(last) {
        return Err(NameProblem::End);
    }
    let runs = text.split(is_plain).filter(|run| !run.is_empty());
    for run in runs {
        if run.len() > 1 && run != "__" && run.chars().any(|c| c != '-') {
            return Err(NameProblem::Separators);
        }
    }
    Ok(())
}

impl fmt::Display for NamespaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NamespaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_the_services_rules() {
        for good in ["a", "web", "team-a", "a--b", "a__b", "a.b_c", "x9"] {
            assert!(NamespaceName::parse(good).is_ok(), "{good}");
            assert!(RepositoryName::parse(good).is_ok(), "{good}");
        }
        assert!(RepositoryName::parse("9/team/app").is_ok());
        assert!(RepositoryName::parse(&"a".repeat(128)).is_ok());
        assert!(NamespaceName::parse(&"a".repeat(64)).is_ok());
    }

    #[test]
    fn names_that_cannot_exist_say_why() {
        let cases = [
            ("", NameProblem::Empty),
            ("9a", NameProblem::Start),
            ("-a", NameProblem::Start),
            ("a-", NameProblem::End),
            ("A", NameProblem::Character('A')),
            ("a/b", NameProblem::Character('/')),
            ("a$b", NameProblem::Character('$')),
            ("a..b", NameProblem::Separators),
            ("a___b", NameProblem::Separators),
            ("a.-b", NameProblem::Separators),
        ];
        for (text, problem) in cases {
            assert_eq!(NamespaceName::parse(text), Err(problem), "{text}");
        }
        assert_eq!(NamespaceName::parse(&"a".repeat(65)), Err(NameProblem::TooLong(64)));
        assert_eq!(RepositoryName::parse(&"a".repeat(129)), Err(NameProblem::TooLong(128)));
        for text in ["a//b", "../b", "a/../b", "/a", "a/"] {
            assert!(RepositoryName::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn region_ids_may_be_a_private_clouds() {
        for good in ["cn-north-4", "eu-west-101", "eu-de", "dc1", "my_cloud-2"] {
            assert_eq!(check_region_id(good), Ok(()), "{good}");
        }
        for bad in ["", "CN-north-4", "cn--north", "cn-", "cn.north", "cn north"] {
            assert!(check_region_id(bad).is_err(), "{bad}");
        }
    }
}
