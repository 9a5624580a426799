//! Places beside the folder: stdout, files of the user's, pipes and devices.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Content, MODE, OutputError, fill, pipe, sync_folder, unwritable};
use crate::model::visible_path;

/// Where a report in one format goes beside the run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Standard output.
    Stdout,
    /// A file of the user's.
    File(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("stdout"),
            Self::File(path) => write!(f, "'{}'", visible_path(path)),
        }
    }
}

/// A place that was proven writable.
#[derive(Debug)]
pub(super) enum Extra {
    Stdout,
    /// Made beside the destination before the audit, so that a bad path costs no run.
    Beside(NamedTempFile, PathBuf),
    /// A pipe or a device: nothing can be renamed over it.
    Direct(File, PathBuf),
}

/// A report that has still to get its name.
#[derive(Debug)]
pub(super) struct Written {
    file: NamedTempFile,
    path: PathBuf,
}

/// Opens the places, in the order given.
pub(super) fn prepare(places: &[Place]) -> Result<Vec<Extra>, OutputError> {
    places.iter().map(Extra::prepare).collect()
}

impl Extra {
    fn prepare(place: &Place) -> Result<Self, OutputError> {
        let Place::File(given) = place else {
            return Ok(Self::Stdout);
        };
        let at = |source| unwritable(given, source);
        let meta = fs::metadata(given).ok();
        if is_device(given) || meta.as_ref().is_some_and(|meta| !meta.is_file() && !meta.is_dir()) {
            let file = pipe::open(given).map_err(at)?;
            return Ok(Self::Direct(file, given.clone()));
        }
        // What a link leads to is written, never the link.
        let path = if fs::symlink_metadata(given).is_ok_and(|meta| meta.is_symlink()) {
            fs::canonicalize(given).map_err(at)?
        } else {
            given.clone()
        };
        // What ends in a slash is to be one, whether it is there or not.
        if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(at(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        // A file that is there keeps its mode: somebody may have closed it on purpose.
        let permissions = meta.map_or_else(|| PermissionsExt::from_mode(MODE), |meta| meta.permissions());
        let beside = tempfile::Builder::new()
            .prefix(".swr-audit-")
            .permissions(permissions)
            .tempfile_in(folder_of(&path))
            // The kind alone: the library's text names the file beside, which nobody asked for.
            .map_err(|error| at(io::Error::from(error.kind())))?;
        Ok(Self::Beside(beside, path))
    }

    /// The file beside the destination, if there is one.
    pub(super) fn beside(&self) -> Option<PathBuf> {
        match self {
            Self::Beside(file, _) => Some(file.path().to_owned()),
            Self::Stdout | Self::Direct(..) => None,
        }
    }

    /// Writes the report; a file that has still to get its name comes back with it.
    pub(super) fn fill(self, content: Content<'_>) -> Result<Option<Written>, OutputError> {
        let Content { readers, render } = content;
        match self {
            Self::Stdout => pipe::fill_stdout(render).map(|()| None),
            Self::Direct(file, path) => pipe::fill(file, render)
                .map(|()| None)
                .map_err(|source| unwritable(&path, source)),
            Self::Beside(file, path) => {
                let written = file.reopen().and_then(|handle| {
                    // A file that is there keeps its mode: somebody may have closed it on purpose.
                    if !path.exists() {
                        readers.admit(&handle)?;
                    }
                    fill(handle, render)?.sync_all()
                });
                match written {
                    Ok(()) => Ok(Some(Written { file, path })),
                    Err(source) => Err(unwritable(&path, source)),
                }
            }
        }
    }
}

impl Written {
    /// Gives it its name, durably.
    pub(super) fn name(self) -> Result<(), OutputError> {
        let Self { file, path } = self;
        let named = file.persist(&path).map_err(|error| error.error);
        named
            .and_then(|_| sync_folder(folder_of(&path)))
            .map_err(|source| unwritable(&path, source))
    }
}

/// The folder that a file will be in, where it is not there: for what is asked for once and by name.
pub fn make_folder_of(path: &Path) -> Result<(), OutputError> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(|source| unwritable(path, source))
}

/// Descriptors of the process have names there too. Memory for files has not.
fn is_device(path: &Path) -> bool {
    ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder)) && !path.starts_with("/dev/shm")
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
