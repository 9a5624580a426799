//! YAML to [`Inventory`], or every problem with its place.
//!
//! In steps: bytes (`files`), a tree of nodes with places (`node`), raw documents read by functions that record a
//! problem and go on (`read`, `fields`, `document`), and their meaning (`resolve`). Knows nothing of the service: whether
//! a repository exists is not asked here.

mod document;
mod fields;
mod files;
mod mask;
mod names;
mod namespace;
mod node;
mod policy;
mod problem;
mod raw;
mod read;
mod resolve;
mod schema;
mod settle;
mod snippet;
mod source;
mod suggest;
mod words;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

pub use self::problem::{Problem, Problems, Related};
pub use self::schema::schema;

use self::files::InputFile;
use self::problem::Log;
use crate::model::{Endpoint, Inventory, InventoryFile};

/// What holds beside the files.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The day (UTC) that decides whether a skip still holds.
    pub today: Date,
    /// The endpoint of every source, whatever the files say.
    pub endpoint: Option<&'a Endpoint>,
}

/// Reads files and folders into one inventory.
///
/// The error holds every problem of all files, not only the first.
pub fn load(inputs: &[PathBuf], terms: Terms<'_>) -> Result<Inventory, Problems> {
    read_documents(&files::read(inputs), terms)
}

/// Reads one file that is in memory already, under the name that places shall give it.
pub fn load_text(name: &str, text: &str, terms: Terms<'_>) -> Result<Inventory, Problems> {
    let file = InputFile {
        name: name.into(),
        content: Ok(text.into()),
    };
    read_documents(&[file], terms)
}

/// The whole job after the files are in memory.
pub(crate) fn read_documents(files: &[InputFile], terms: Terms<'_>) -> Result<Inventory, Problems> {
    let mut log = Log::default();
    let documents = document::read_all(files, terms.endpoint, &mut log);
    let meant = resolve::resolve(documents, files, terms.today, &mut log);
    problem::finish(log, files)?;
    Ok(Inventory {
        sources: meant.sources,
        namespaces: meant.namespaces,
        files: files.iter().filter_map(evidence).collect(),
    })
}

/// Taken last, and so only of files that are sound: hashing costs more than refusing.
fn evidence(file: &InputFile) -> Option<InventoryFile> {
    let bytes = file.content.as_ref().ok()?;
    Some(InventoryFile {
        file: file.name.clone(),
        sha256: hex::encode(Sha256::digest(bytes)),
    })
}
