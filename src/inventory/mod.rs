//! YAML to [`Inventory`], or every problem with its place.
//!
//! In steps, a folder each: bytes (`files`), nodes with places (`yaml`), documents as they are written (`document`), what they
//! mean together (`resolve`), and what they probably do not mean (`lint`). Knows nothing of the service: whether a repository
//! exists is not asked here.

mod document;
mod files;
mod lint;
mod problem;
mod resolve;
mod schema;
mod terms;
mod yaml;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use sha2::{Digest, Sha256};

pub use self::problem::{Problem, Problems, Related, Weight, nearest};
pub use self::schema::schema;
pub use self::terms::{Endpoints, Terms};

use self::document::RawDocument;
use self::files::InputFile;
use self::problem::{Drafts, Log};
use crate::input::Reader;
use crate::model::{Inventory, InventoryFile};

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
pub fn check_again(
    inputs: &[PathBuf],
    reader: &Reader,
    terms: Terms<'_>,
    then: &[(String, String)],
) -> Result<Checked, Problems> {
    let mut files = files::read(inputs, reader);
    let mut then: Vec<&(String, String)> = then.iter().collect();
    for file in &mut files {
        let digest = file.content.as_ref().map(digest).unwrap_or_default();
        if let Some(at) = then.iter().position(|(_, sha256)| *sha256 == digest) {
            file.name = then.remove(at).0.as_str().into();
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    check_documents(&files, terms)
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
