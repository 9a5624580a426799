//! The folder of one run, partial and complete, and the runs that a folder of folders keeps.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Content, JournalStart, Lock, MODE, OutputError, fill, own_file, refuse_taken, sync_folder, unwritable};
use crate::model::visible_path;

/// The journal's name in a run's folder.
pub const JOURNAL: &str = "journal.ndjson";

const PARTIAL: &str = ".partial-";

/// What is to become the journal, in the place of the one that is there.
const NEXT_JOURNAL: &str = "journal.next";

/// A run that a folder keeps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// Its id.
    pub run_id: String,
    /// Whether it did not come to its end.
    pub is_partial: bool,
    /// Where its journal is, or was.
    pub journal: PathBuf,
}

/// The runs in that folder, in order of their ids; none where there is no such folder.
///
/// # Errors
/// It cannot be looked through: whether a run is there is not known.
pub fn kept(root: &Path) -> io::Result<Vec<Kept>> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut kept = Vec::new();
    for entry in entries {
        let entry = entry?;
        // No run has a name that is no text.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let partial = name.strip_prefix(PARTIAL);
        // Not the link `latest`: it leads to a run that is found by its own name.
        if entry.file_type()?.is_dir() && (partial.is_some() || !name.starts_with('.')) {
            kept.push(Kept {
                run_id: partial.unwrap_or(&name).to_owned(),
                is_partial: partial.is_some(),
                journal: entry.path().join(JOURNAL),
            });
        }
    }
    kept.sort();
    Ok(kept)
}

/// The folder of the run that is under way.
#[derive(Debug)]
pub(super) struct Folder {
    partial: PathBuf,
    complete: PathBuf,
    run_id: String,
    /// Held for as long as the folder is ours.
    lock: Lock,
}

impl Folder {
    /// Makes a partial folder. One that holds no line of a journal is of a run that was killed before it began.
    pub(super) fn begin(mut lock: Lock, run_id: &str) -> Result<Self, OutputError> {
        lock.name(run_id)?;
        let folder = Self::of(lock, run_id)?;
        let at = |source| unwritable(&folder.partial, source);
        match fs::symlink_metadata(&folder.partial) {
            Ok(meta) if !meta.is_dir() => return Err(at(io::Error::other("it is no folder of ours"))),
            Ok(_) if has_a_line(&folder.journal()) => return Err(OutputError::Unfinished(run_id.to_owned())),
            Ok(_) => {
                clear(&folder.partial).map_err(at)?;
                let _ = fs::remove_file(folder.journal());
            }
            Err(_) => fs::create_dir(&folder.partial).map_err(at)?,
        }
        Ok(folder)
    }

    /// Takes over the one that is there. Only the journal in it is worth keeping: reports of an earlier attempt would
    /// tell another story than those that are to come.
    pub(super) fn take_over(mut lock: Lock, run_id: &str) -> Result<Self, OutputError> {
        lock.name(run_id)?;
        let folder = Self::of(lock, run_id)?;
        let cleared = clear(&folder.partial);
        cleared.map_err(|source| unwritable(&folder.partial, source))?;
        Ok(folder)
    }

    fn of(lock: Lock, run_id: &str) -> Result<Self, OutputError> {
        refuse_taken(Some(lock.root()), run_id)?;
        Ok(Self {
            partial: lock.root().join(format!("{PARTIAL}{run_id}")),
            complete: lock.root().join(run_id),
            run_id: run_id.to_owned(),
            lock,
        })
    }

    pub(super) fn partial(&self) -> &Path {
        &self.partial
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.partial.join(JOURNAL)
    }

    /// A new journal, or the one that is there up to its last whole line. The name of a new one is durable before its first
    /// line is: what nobody finds is no evidence.
    pub(super) fn open_journal(&self, start: JournalStart) -> io::Result<File> {
        match start {
            JournalStart::New => {
                let file = create(&self.journal())?;
                sync_folder(&self.partial)?;
                sync_folder(self.lock.root())?;
                Ok(file)
            }
            JournalStart::Append(length) => {
                let file = own_file(OpenOptions::new().append(true), &self.journal())?;
                file.set_len(length)?;
                Ok(file)
            }
            // One that is left of an earlier attempt was cleared away when the folder was taken over.
            JournalStart::Replace => create(&self.partial.join(NEXT_JOURNAL)),
        }
    }

    /// Gives the journal that [`Self::open_journal`] opened its name, once its first lines are durable.
    pub(super) fn name_journal(&self, start: JournalStart) -> io::Result<()> {
        match start {
            JournalStart::New | JournalStart::Append(_) => Ok(()),
            JournalStart::Replace => {
                fs::rename(self.partial.join(NEXT_JOURNAL), self.journal())?;
                sync_folder(&self.partial)
            }
        }
    }

    /// Takes the folder away again: the run never began. What cannot be taken away is in nobody's way.
    pub(super) fn abandon(&self) {
        let _ = fs::remove_file(self.journal());
        let _ = fs::remove_dir(&self.partial);
    }

    pub(super) fn fill(&self, files: &[(&str, Content<'_>)]) -> Result<(), OutputError> {
        for (name, content) in files {
            let path = self.partial.join(name);
            let written = create(&path).and_then(|file| {
                content.readers.admit(&file)?;
                fill(file, content.render)?.sync_all()
            });
            written.map_err(|source| unwritable(&path, source))?;
        }
        Ok(())
    }

    pub(super) fn complete(self, is_latest: bool) -> Result<PathBuf, OutputError> {
        let at = |source| unwritable(&self.complete, source);
        // The journal is durable already: whoever writes it sees to that.
        sync_folder(&self.partial).map_err(at)?;
        fs::rename(&self.partial, &self.complete).map_err(at)?;
        if is_latest {
            // A convenience: a run is not worse for it.
            if let Err(error) = self.move_latest() {
                let link = self.lock.root().join("latest");
                tracing::warn!("the link '{}' was not moved: {error}", visible_path(&link));
            }
        }
        sync_folder(self.lock.root()).map_err(at)?;
        Ok(self.complete)
    }

    /// Made beside and renamed over, so that the link always points to a complete run.
    fn move_latest(&self) -> io::Result<()> {
        let latest = self.lock.root().join("latest");
        if fs::symlink_metadata(&latest).is_ok_and(|meta| !meta.is_symlink()) {
            return Err(io::Error::other("something else has that name"));
        }
        let beside = self.lock.root().join(format!(".latest-{}", self.run_id));
        // Left behind where a run of that id was killed just here.
        let _ = fs::remove_file(&beside);
        std::os::unix::fs::symlink(&self.run_id, &beside)?;
        fs::rename(&beside, latest).inspect_err(|_| {
            let _ = fs::remove_file(&beside);
        })
    }
}

/// Takes every file away but the journal.
fn clear(partial: &Path) -> io::Result<()> {
    for entry in fs::read_dir(partial)? {
        let entry = entry?;
        if entry.file_name() != JOURNAL && !entry.file_type()?.is_dir() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn has_a_line(journal: &Path) -> bool {
    let mut line = Vec::new();
    let open = || own_file(OpenOptions::new().read(true), journal);
    let read = open().and_then(|file| BufReader::new(file).read_until(b'\n', &mut line));
    read.is_ok() && line.ends_with(b"\n")
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)
}
