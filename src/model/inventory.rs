//! The inventory as it was meant: valid by construction, without a trace of YAML.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use super::{
    Expectation, NamespaceName, NamespacePlaces, Others, Pattern, Place, Policy, PolicyChoice, RepositoryName,
    Severities, SkipPlaces, Source, Waiver,
};

/// Everything that should be, from all documents of all files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The sources, in order of their names.
    pub sources: Vec<Arc<Source>>,
    /// The namespaces, in order of source and name, none twice.
    pub namespaces: Vec<NamespaceEntry>,
    /// What namespaces mean that no document lists, for each source that looks for them, in order of their names.
    pub other_namespaces: Vec<OtherNamespaces>,
    /// The named policies, in order of their names, used or not.
    pub policies: Vec<Policy>,
    /// The waivers, in order of their ids, none twice.
    pub waivers: Vec<Arc<Waiver>>,
    /// The files that were read, in order of their names.
    pub files: Vec<InventoryFile>,
}

/// One file that was read: evidence of what the audit was held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryFile {
    /// How reports name it: as given, joined with the path below a given folder. Of a run that is merged, as it was given
    /// to the shards.
    pub file: Arc<str>,
    /// Where it was read; empty: from memory.
    pub path: PathBuf,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// A namespace as the inventory lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceEntry {
    /// The source it lives in.
    pub source: Arc<Source>,
    /// Its name.
    pub name: NamespaceName,
    /// Free text, copied to findings.
    pub owner: Option<Arc<str>>,
    /// The severities of its document.
    pub severities: Arc<Severities>,
    /// What its entries ask for.
    pub contents: Contents,
    /// Where the entry is written.
    pub place: Place,
    /// Where its values are written.
    pub places: NamespacePlaces,
}

/// What a namespace's entry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The same for every repository found live. While its skip holds, the namespace is not even listed.
    Whole(Treatment),
    /// What it names.
    Listed(Listed),
}

/// The `repos` of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Those called by name, in order of their names, none twice. A name is more exact than any pattern.
    pub repositories: Vec<RepositoryEntry>,
    /// The patterns, in the order of the file: the first that matches decides.
    pub patterns: Vec<PatternEntry>,
    /// `otherRepos`: what repositories mean that are found live and that nothing here covers.
    pub others: Others,
}

/// A repository as the inventory names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryEntry {
    /// Its name.
    pub name: RepositoryName,
    /// What the entry asks for.
    pub treatment: Treatment,
}

/// A pattern among the `repos` of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternEntry {
    /// Over names of repositories.
    pub pattern: Pattern,
    /// What the entry asks for.
    pub treatment: Treatment,
}

/// What an entry asks for: how the repositories that it covers are audited. Inheritance is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Treatment {
    /// They are asked for only once its last day is over.
    pub skip: Option<Skip>,
    /// What is expected; `None` only under a skip without `until`, where nothing ever is.
    pub expectation: Option<Arc<Expectation>>,
    /// Where the entry is written.
    pub place: Place,
    /// Which `policy` that expectation comes from.
    pub policy: Option<PolicyChoice>,
    /// Where the skip is written.
    pub skip_places: Option<Box<SkipPlaces>>,
}

/// The entry that decides for a repository.
#[derive(Clone, Copy, Debug)]
pub enum Deciding<'i> {
    /// Its own.
    Repository(&'i RepositoryEntry),
    /// The first pattern that matches it.
    Pattern(&'i PatternEntry),
    /// Its namespace's, which covers everything in it.
    Namespace(&'i Treatment),
}

impl<'i> Deciding<'i> {
    /// What it asks for.
    pub const fn treatment(self) -> &'i Treatment {
        match self {
            Self::Repository(entry) => &entry.treatment,
            Self::Pattern(entry) => &entry.treatment,
            Self::Namespace(treatment) => treatment,
        }
    }
}

impl NamespaceEntry {
    /// The entry that decides for a repository of that name; `None`: nothing covers it.
    pub fn deciding(&self, name: &RepositoryName) -> Option<Deciding<'_>> {
        match &self.contents {
            Contents::Whole(treatment) => Some(Deciding::Namespace(treatment)),
            Contents::Listed(listed) => listed.deciding(name),
        }
    }
}

impl Listed {
    /// The most exact entry for that name: its own, else the first pattern that matches. The only place that says so.
    pub fn deciding(&self, name: &RepositoryName) -> Option<Deciding<'_>> {
        if let Ok(index) = self.repositories.binary_search_by(|entry| entry.name.cmp(name)) {
            return Some(Deciding::Repository(&self.repositories[index]));
        }
        let mut patterns = self.patterns.iter();
        patterns
            .find(|entry| entry.pattern.matches(name.as_str()))
            .map(Deciding::Pattern)
    }
}

impl Treatment {
    /// The skip, if it holds on that day (UTC).
    pub fn skip_on(&self, day: Date) -> Option<&Skip> {
        self.skip.as_ref().filter(|skip| skip.holds_on(day))
    }
}

/// `otherNamespaces` of a source, where it is not `allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherNamespaces {
    /// The source.
    pub source: Arc<Source>,
    /// What a namespace means that no document lists.
    pub others: Others,
    /// The severities of the document.
    pub severities: Arc<Severities>,
    /// Where the word is written.
    pub place: Place,
}

/// Why something is not asked for, and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// The entry as it is written.
    pub entry: Arc<str>,
    /// The inventory's words.
    pub reason: Arc<str>,
    /// The last day on which the skip holds, UTC; `None`: for ever.
    pub until: Option<Date>,
}

impl Skip {
    /// Whether it holds on that day (UTC).
    pub fn holds_on(&self, day: Date) -> bool {
        self.until.is_none_or(|until| day <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn treatment(line: u32) -> Treatment {
        Treatment {
            skip: None,
            expectation: None,
            place: Place {
                file: "i.yaml".into(),
                line,
                column: 1,
            },
            policy: None,
            skip_places: None,
        }
    }

    /// By the line that it is written in.
    #[test]
    fn a_name_of_its_own_decides_before_patterns_and_these_in_the_order_of_the_file() {
        let name = |text| RepositoryName::parse(text).expect("a legal name");
        let named = |(line, text)| RepositoryEntry {
            name: name(text),
            treatment: treatment(line),
        };
        let pattern = |(line, text)| PatternEntry {
            pattern: Pattern::parse(text).expect("a pattern"),
            treatment: treatment(line),
        };
        let listed = Listed {
            // In order of their names, wherever they are written.
            repositories: [(9, "team/api"), (1, "web")].map(named).into(),
            patterns: [(2, "w*"), (3, "team/*"), (4, "{team,w}"), (5, "**/b")]
                .map(pattern)
                .into(),
            others: Others::Warn,
        };
        for (text, line) in [
            ("web", Some(1)),
            ("web2", Some(2)),
            ("team/api", Some(9)),
            ("team/b", Some(3)),
            ("team/a/b", Some(5)),
            ("other", None),
        ] {
            let deciding = listed.deciding(&name(text));
            assert_eq!(deciding.map(|deciding| deciding.treatment().place.line), line, "{text}");
        }
    }
}
