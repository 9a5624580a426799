//! The lock that keeps two runs out of one folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{MODE, OutputError, own_file, unwritable};
use crate::model::visible;

/// A folder held, for as long as this lives. The lock file names the holder, for the one who waits.
#[derive(Debug)]
pub struct Lock {
    root: PathBuf,
    file: File,
}

impl Lock {
    /// Takes a folder that is there, for the run of that name.
    ///
    /// # Errors
    /// [`OutputError::Held`], or that it cannot be written.
    pub fn take(root: &Path, run_id: &str) -> Result<Self, OutputError> {
        let path = root.join(".lock");
        let at = |source| unwritable(&path, source);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(MODE);
        let mut file = own_file(&mut options, &path).map_err(at)?;
        // Who holds the folder is written into it: it must not be somebody else's file by another name.
        if file.metadata().map_err(at)?.nlink() > 1 {
            return Err(at(io::Error::other("it has another name as well; remove this one")));
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OutputError::Held {
                    folder: root.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(at(source)),
        }
        let mut lock = Self {
            root: root.to_owned(),
            file,
        };
        lock.name(run_id)?;
        Ok(lock)
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Says that the folder is that run's from now on.
    pub(super) fn name(&mut self, run_id: &str) -> Result<(), OutputError> {
        let line = format!("run {run_id}, process {}\n", std::process::id());
        let written = self.write(line.as_bytes());
        written.map_err(|source| unwritable(&self.root.join(".lock"), source))
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(line)
    }
}

fn holder(file: &mut File) -> String {
    let mut holder = String::new();
    let _ = file.take(200).read_to_string(&mut holder);
    match holder.trim() {
        "" => "it has not said its name yet".to_owned(),
        name => visible(name).into_owned(),
    }
}
