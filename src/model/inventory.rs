//! The inventory as it was meant: valid by construction, without a trace of YAML.

use std::sync::Arc;

use jiff::civil::Date;

use super::{Expectation, NamespaceName, Place, RepositoryName, Source};

/// Everything that should be, from all documents of all files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// The sources, in order of their names.
    pub sources: Vec<Arc<Source>>,
    /// The namespaces, in order of source and name, none twice.
    pub namespaces: Vec<NamespaceEntry>,
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
    /// What is expected of it.
    pub contents: Contents,
    /// Where the entry is written.
    pub place: Place,
}

/// What a namespace's entry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Nothing of it is asked for.
    Skipped(Skip),
    /// These repositories, in order of their names, none twice.
    Repositories(Vec<RepositoryEntry>),
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
