//! The inventory as it was meant: valid by construction, without a trace of YAML.

use std::sync::Arc;

use jiff::civil::Date;

use super::{Expectation, NamespaceName, Pattern, Place, Policy, RepositoryName, Severities, Source, Waiver};

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
    /// The file as given, joined with the path below a given folder.
    pub file: Arc<str>,
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
    /// What is expected of it.
    pub contents: Contents,
    /// Where the entry is written.
    pub place: Place,
}

/// What a namespace's entry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Nothing of it is asked for, as long as the skip holds.
    Skipped {
        /// Why, and how long.
        skip: Skip,
        /// What is expected of every repository found live once the skip is over; `None` only where it never is.
        afterwards: Option<Arc<Expectation>>,
    },
    /// Every repository found live.
    All(Arc<Expectation>),
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

/// A pattern among the `repos` of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternEntry {
    /// Over names of repositories.
    pub pattern: Pattern,
    /// What it matches is asked for only once its last day is over.
    pub skip: Option<Skip>,
    /// What is expected; `None` only under a skip without `until`, where nothing ever is.
    pub expectation: Option<Arc<Expectation>>,
    /// Where the entry is written.
    pub place: Place,
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

/// What things beyond the listed ones mean: `otherRules`, `otherRepos`, `otherNamespaces`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// A finding.
    Deny,
    /// A finding of severity `info`.
    Warn,
    /// Nothing.
    Allow,
}

/// A repository as the inventory names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryEntry {
    /// Its name.
    pub name: RepositoryName,
    /// Asked for only once its last day is over.
    pub skip: Option<Skip>,
    /// What is expected; `None` only under a skip without `until`, where nothing ever is.
    pub expectation: Option<Arc<Expectation>>,
    /// Where the entry is written.
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
