//! YAML to [`Inventory`], or every problem with its place.
//!
//! In steps: bytes (`files`), a tree of nodes with places (`node`), raw documents read by functions that record a
//! problem and go on (`read`, `fields`, `document`), and their meaning (`resolve`). Knows nothing of the service: whether
//! a repository exists is not asked here.

mod accept;
mod document;
mod fields;
mod files;
mod lint;
mod mask;
mod names;
mod namespace;
mod node;
mod once;
mod others;
mod patterns;
mod policy;
mod problem;
mod raw;
mod read;
mod regions;
mod registers;
mod repository;
mod resolve;
mod schema;
mod settle;
mod skip;
mod snippet;
mod source;
mod sources;
mod suggest;
mod waiver;
mod words;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

pub use self::problem::{Problem, Problems, Related, Weight};
pub use self::schema::schema;
pub use self::suggest::nearest;

use self::files::InputFile;
use self::problem::{Drafts, Log};
use self::raw::RawDocument;
use crate::input::Reader;
use crate::model::{Endpoint, Inventory, InventoryFile};

/// What holds beside the files.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The day (UTC) that decides whether a skip still holds.
    pub today: Date,
    /// Where the sources are, whatever the files say.
    pub endpoints: Endpoints<'a>,
    /// How many days from today on a waiver may hold; `None`: as many as it says.
    pub max_waiver_days: Option<u32>,
}

/// What stands in for the `endpoint` of sources.
#[derive(Clone, Copy, Debug, Default)]
pub enum Endpoints<'a> {
    /// Nothing: they are where the files say.
    #[default]
    Written,
    /// One for all of them.
    One(&'a Endpoint),
    /// Those that an earlier run asked, by the names of the sources.
    Recorded(&'a [(String, Endpoint)]),
}

impl<'a> Endpoints<'a> {
    /// The one that somebody gave, if somebody did.
    pub fn given(endpoint: Option<&'a Endpoint>) -> Self {
        endpoint.map_or(Self::Written, Self::One)
    }

    /// Whether anything but the source itself says where it is asked. A run that asked where the source says has an
    /// endpoint to stand in for it, too.
    fn redirect(self, source: &str, own: Option<&Endpoint>) -> bool {
        match self {
            Self::Written => false,
            Self::One(_) => true,
            Self::Recorded(_) => self.of(source).is_some_and(|recorded| Some(recorded) != own),
        }
    }

    /// What stands in for that source's own.
    fn of(self, source: &str) -> Option<&'a Endpoint> {
        match self {
            Self::Written => None,
            Self::One(endpoint) => Some(endpoint),
            Self::Recorded(recorded) => recorded
                .iter()
                .find(|(name, _)| name == source)
                .map(|(_, endpoint)| endpoint),
        }
    }
}

/// A sound inventory, with more about it than an audit needs.
#[derive(Debug)]
pub struct Checked {
    /// The inventory.
    pub inventory: Inventory,
    /// What it probably does not mean.
    pub warnings: Problems,
    /// How many policies are written in it, named and inline.
    pub policies: usize,
}

/// Reads files and folders into one inventory.
///
/// The error holds every problem of all files, not only the first.
pub fn load(inputs: &[PathBuf], reader: &Reader, terms: Terms<'_>) -> Result<Inventory, Problems> {
    read_documents(&files::read(inputs, reader), terms)
}

/// Reads the inventory of an earlier run, whose files had these names and SHA-256. A file that has not changed keeps its
/// name of then, wherever it is now.
pub fn load_again(
    inputs: &[PathBuf],
    reader: &Reader,
    terms: Terms<'_>,
    then: &[(String, String)],
) -> Result<Inventory, Problems> {
    let mut files = files::read(inputs, reader);
    let mut then: Vec<&(String, String)> = then.iter().collect();
    for file in &mut files {
        let digest = file.content.as_ref().map(digest).unwrap_or_default();
        if let Some(at) = then.iter().position(|(_, sha256)| *sha256 == digest) {
            file.name = then.remove(at).0.as_str().into();
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    read_documents(&files, terms)
}

/// Reads one file that is in memory already, under the name that places shall give it.
pub fn load_text(name: &str, text: &str, terms: Terms<'_>) -> Result<Inventory, Problems> {
    let file = InputFile {
        name: name.into(),
        path: PathBuf::new(),
        content: Ok(text.into()),
    };
    read_documents(&[file], terms)
}

/// Reads files and folders, and looks closer than [`load`] does: at what is valid and probably not meant.
pub fn check(inputs: &[PathBuf], reader: &Reader, terms: Terms<'_>) -> Result<Checked, Problems> {
    check_documents(&files::read(inputs, reader), terms)
}

pub(crate) fn check_documents(files: &[InputFile], terms: Terms<'_>) -> Result<Checked, Problems> {
    let read = read(files, terms)?;
    let mut warnings = Drafts::default();
    lint::lint(&read.documents, &read.inventory, files, terms.today, &mut warnings);
    Ok(Checked {
        policies: read.documents.iter().map(|document| document.policies.len()).sum(),
        warnings: read.log.warnings(warnings, files),
        inventory: read.inventory,
    })
}

/// The whole job after the files are in memory.
pub(crate) fn read_documents(files: &[InputFile], terms: Terms<'_>) -> Result<Inventory, Problems> {
    read(files, terms).map(|read| read.inventory)
}

/// A sound inventory, as it is written and as it is meant.
struct Read {
    documents: Vec<RawDocument>,
    inventory: Inventory,
    log: Log,
}

fn read(files: &[InputFile], terms: Terms<'_>) -> Result<Read, Problems> {
    let mut log = Log::default();
    let documents = document::read_all(files, terms.endpoints, &mut log);
    let meant = resolve::resolve(&documents, files, terms, &mut log);
    if !log.is_empty() {
        return Err(log.problems(files));
    }
    let inventory = Inventory {
        sources: meant.sources,
        namespaces: meant.namespaces,
        other_namespaces: meant.other_namespaces,
        policies: meant.policies,
        waivers: meant.waivers,
        files: files.iter().filter_map(evidence).collect(),
    };
    Ok(Read {
        documents,
        inventory,
        log,
    })
}

/// Taken last, and so only of files that are sound: hashing costs more than refusing.
fn evidence(file: &InputFile) -> Option<InventoryFile> {
    let bytes = file.content.as_ref().ok()?;
    Some(InventoryFile {
        file: file.name.clone(),
        path: file.path.clone(),
        sha256: digest(bytes),
    })
}

fn digest(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}
