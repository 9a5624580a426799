//! The run's folder: locked and proven writable before the audit, complete or absent after it.
//!
//! While the run goes on, `DIR/.partial-ID/` holds the journal; at the end the reports join it, all of it is made
//! durable, and it becomes `DIR/ID/`. Knows nothing of what the reports say.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Readable by the owner and the group: reports name repositories, not secrets, but are nobody else's business.
const MODE: u32 = 0o640;

/// Why reports cannot be written. The cause is ours or the machine's: exit 1, but for [`OutputError::RunExists`].
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum OutputError {
    #[error("a run with the id '{0}' exists already\nhint: leave out --run-id, or give another one")]
    RunExists(String),
    #[error("another run holds the folder '{}' ({holder})\nhint: wait for it, or give this run its own --out", .folder.display())]
    Held { folder: PathBuf, holder: String },
    #[error("cannot write '{}'\nhint: check that the place exists, has room and may be written to, or choose another with --out or -o", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
}

/// Where a report in one format goes beside the run's folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Standard output.
    Stdout,
    /// A file of the user's.
    File(PathBuf),
}

/// A prepared destination: the folder if there is one, and the extra places.
#[derive(Debug)]
pub struct Output {
    folder: Option<Folder>,
    extras: Vec<Extra>,
}

/// Writes one report into whatever it is given.
pub type Render<'a> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'a;

#[derive(Debug)]
struct Folder {
    root: PathBuf,
    partial: PathBuf,
    complete: PathBuf,
    run_id: String,
    /// Held for as long as the folder is ours; let go with the handle.
    _lock: File,
}

#[derive(Debug)]
enum Extra {
    Stdout,
    /// Made beside the destination before the audit, so that a bad path costs no run.
    Beside(NamedTempFile, PathBuf),
    /// A pipe or a device: nothing can be renamed over it.
    Direct(File, PathBuf),
}

/// Takes the lock, makes the partial folder, and opens the extra places, in the order given.
///
/// # Errors
/// Everything that would keep the reports from being written, as far as it can be found out before the audit.
pub fn prepare(root: Option<&Path>, run_id: &str, extras: &[Place]) -> Result<Output, OutputError> {
    let extras = extras.iter().map(prepare_extra).collect::<Result<_, _>>()?;
    let folder = root.map(|root| Folder::prepare(root, run_id)).transpose()?;
    Ok(Output { folder, extras })
}

/// Whether that id can still be a run's in that folder. [`prepare`] asks again, under the lock.
///
/// # Errors
/// [`OutputError::RunExists`].
pub fn refuse_taken(root: Option<&Path>, run_id: &str) -> Result<(), OutputError> {
    let is_taken = root.is_some_and(|root| root.join(run_id).exists());
    if is_taken {
        return Err(OutputError::RunExists(run_id.to_owned()));
    }
    Ok(())
}

impl Output {
    /// A file for the journal in the partial folder, made now; `None` without a folder.
    pub fn journal(&self) -> Result<Option<File>, OutputError> {
        let create = |folder: &Folder| {
            let path = folder.partial.join("journal.ndjson");
            create(&path).map_err(|source| OutputError::Write { path, source })
        };
        self.folder.as_ref().map(create).transpose()
    }

    /// Writes the files of the folder and the extra places, in the order they were prepared in. `is_latest` moves the
    /// link `latest`. Returns the completed folder, if there is one.
    ///
    /// Everything is written before anything gets its own name: where one report cannot be, none is left that tells
    /// another story than the exit code. What was written stays in the partial folder, beside the journal.
    pub fn publish(
        self,
        files: &[(&str, &Render<'_>)],
        extras: &[&Render<'_>],
        is_latest: bool,
    ) -> Result<Option<PathBuf>, OutputError> {
        assert_eq!(self.extras.len(), extras.len(), "every prepared place has its report");
        if let Some(folder) = &self.folder {
            folder.fill(files)?;
        }
        let mut written = Vec::with_capacity(extras.len());
        for (extra, render) in self.extras.into_iter().zip(extras) {
            written.extend(extra.fill(render)?);
        }
        for (file, path) in written {
            file.persist(&path).map_err(|error| OutputError::Write {
                path,
                source: error.error,
            })?;
        }
        self.folder.map(|folder| folder.complete(is_latest)).transpose()
    }
}

impl Folder {
    fn prepare(root: &Path, run_id: &str) -> Result<Self, OutputError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| OutputError::Write { path, source }
        };
        fs::create_dir_all(root).map_err(at(root))?;
        let lock = lock(root, run_id)?;
        let complete = root.join(run_id);
        let partial = root.join(format!(".partial-{run_id}"));
        refuse_taken(Some(root), run_id)?;
        if partial.exists() {
            return Err(OutputError::RunExists(run_id.to_owned()));
        }
        fs::create_dir(&partial).map_err(at(&partial))?;
        Ok(Self {
            root: root.to_owned(),
            partial,
            complete,
            run_id: run_id.to_owned(),
            _lock: lock,
        })
    }

    fn fill(&self, files: &[(&str, &Render<'_>)]) -> Result<(), OutputError> {
        for (name, render) in files {
            let path = self.partial.join(name);
            let written = create(&path).and_then(|file| fill(file, render)?.sync_all());
            written.map_err(|source| OutputError::Write { path, source })?;
        }
        Ok(())
    }

    fn complete(self, is_latest: bool) -> Result<PathBuf, OutputError> {
        self.rename().map_err(|source| OutputError::Write {
            path: self.complete.clone(),
            source,
        })?;
        if is_latest {
            // A convenience: a run is not worse for it.
            if let Err(error) = self.move_latest() {
                tracing::warn!(
                    "the link '{}' was not moved: {error}",
                    self.root.join("latest").display()
                );
            }
        }
        Ok(self.complete)
    }

    fn rename(&self) -> io::Result<()> {
        let journal = self.partial.join("journal.ndjson");
        if journal.exists() {
            File::open(journal)?.sync_all()?;
        }
        File::open(&self.partial)?.sync_all()?;
        fs::rename(&self.partial, &self.complete)?;
        File::open(&self.root)?.sync_all()
    }

    /// Made beside and renamed over, so that the link always points to a complete run.
    fn move_latest(&self) -> io::Result<()> {
        let latest = self.root.join("latest");
        if fs::symlink_metadata(&latest).is_ok_and(|meta| !meta.is_symlink()) {
            return Err(io::Error::other("something else has that name"));
        }
        let beside = self.root.join(format!(".latest-{}", self.run_id));
        std::os::unix::fs::symlink(&self.run_id, &beside)?;
        fs::rename(&beside, latest).inspect_err(|_| {
            let _ = fs::remove_file(&beside);
        })
    }
}

/// The lock file keeps two runs out of one folder; it names the holder, for the one who waits.
fn lock(root: &Path, run_id: &str) -> Result<File, OutputError> {
    let path = root.join(".lock");
    let at = |source| OutputError::Write {
        path: path.clone(),
        source,
    };
    let mut options = OpenOptions::new();
    let mut file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(MODE)
        .open(&path)
        .map_err(at)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = (&mut file).take(200).read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() {
                "it has not said its name yet"
            } else {
                holder.trim()
            };
            return Err(OutputError::Held {
                folder: root.to_owned(),
                holder: holder.to_owned(),
            });
        }
        Err(TryLockError::Error(source)) => return Err(at(source)),
    }
    file.set_len(0).map_err(at)?;
    writeln!(file, "run {run_id}, process {}", std::process::id()).map_err(at)?;
    Ok(file)
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)
}

fn fill(file: File, render: &Render<'_>) -> io::Result<File> {
    let mut writer = BufWriter::new(file);
    render(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

fn prepare_extra(place: &Place) -> Result<Extra, OutputError> {
    let Place::File(given) = place else {
        return Ok(Extra::Stdout);
    };
    let at = |source| OutputError::Write {
        path: given.clone(),
        source,
    };
    let meta = fs::metadata(given).ok();
    let is_device = ["/dev", "/proc"].iter().any(|folder| given.starts_with(folder));
    if is_device || meta.as_ref().is_some_and(|meta| !meta.is_file() && !meta.is_dir()) {
        let file = OpenOptions::new().write(true).open(given).map_err(at)?;
        return Ok(Extra::Direct(file, given.clone()));
    }
    // What a link leads to is written, never the link.
    let path = if fs::symlink_metadata(given).is_ok_and(|meta| meta.is_symlink()) {
        fs::canonicalize(given).map_err(at)?
    } else {
        given.clone()
    };
    if path.is_dir() {
        return Err(at(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // A file that is there keeps its mode: somebody may have closed it on purpose.
    let permissions = meta.map_or_else(
        || std::os::unix::fs::PermissionsExt::from_mode(MODE),
        |meta| meta.permissions(),
    );
    let beside = tempfile::Builder::new()
        .prefix(".swr-audit-")
        .permissions(permissions)
        .tempfile_in(parent)
        // The kind alone: the library's text names the file beside, which nobody asked for.
        .map_err(|error| at(io::Error::from(error.kind())))?;
    Ok(Extra::Beside(beside, path))
}

impl Extra {
    /// Writes the report; a file that has still to get its name comes back with it.
    fn fill(self, render: &Render<'_>) -> Result<Option<(NamedTempFile, PathBuf)>, OutputError> {
        match self {
            Self::Stdout => {
                let mut stdout = BufWriter::new(io::stdout().lock());
                let written = render(&mut stdout).and_then(|()| stdout.flush());
                seen_enough(written).map(|()| None).map_err(OutputError::Stdout)
            }
            Self::Direct(file, path) => {
                let written = fill(file, render).map(drop);
                seen_enough(written)
                    .map(|()| None)
                    .map_err(|source| OutputError::Write { path, source })
            }
            Self::Beside(file, path) => {
                let written = file.reopen().and_then(|handle| fill(handle, render)?.sync_all());
                match written {
                    Ok(()) => Ok(Some((file, path))),
                    Err(source) => Err(OutputError::Write { path, source }),
                }
            }
        }
    }
}

/// A reader that closed its end has seen enough; the audit is none the worse.
fn seen_enough(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn hello(out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"hello")
    }

    #[test]
    fn a_run_is_partial_until_it_is_complete() {
        let root = tempfile::tempdir().expect("a folder for the test");
        let output = prepare(Some(root.path()), "r1", &[]).expect("an empty folder takes a run");
        let mut journal = output.journal().expect("it is writable").expect("there is a folder");
        writeln!(journal, "{{}}").expect("it is writable");
        assert!(root.path().join(".partial-r1/journal.ndjson").exists());
        assert!(!root.path().join("r1").exists());

        let folder = output
            .publish(&[("a.txt", &hello)], &[], true)
            .expect("it can be completed");
        assert_eq!(folder, Some(root.path().join("r1")));
        assert_eq!(
            fs::read(root.path().join("latest/a.txt")).expect("the link leads there"),
            b"hello"
        );
        assert!(root.path().join("r1/journal.ndjson").exists());
        assert!(!root.path().join(".partial-r1").exists());
        let mode = fs::metadata(root.path().join("r1/a.txt"))
            .expect("it exists")
            .permissions()
            .mode();
        assert_eq!(
            mode & 0o137,
            0,
            "nobody but owner and group reads, nobody runs: {mode:o}"
        );
    }

    #[test]
    fn a_failed_run_does_not_move_latest() {
        let root = tempfile::tempdir().expect("a folder for the test");
        for (id, is_latest) in [("good", true), ("failed", false)] {
            let output = prepare(Some(root.path()), id, &[]).expect("the folder is free");
            output
                .publish(&[("a.txt", &hello)], &[], is_latest)
                .expect("it can be completed");
        }
        assert_eq!(
            fs::read_link(root.path().join("latest")).expect("a link"),
            Path::new("good")
        );
    }

    #[test]
    fn the_second_run_on_a_folder_is_told_who_holds_it() {
        let root = tempfile::tempdir().expect("a folder for the test");
        let first = prepare(Some(root.path()), "first", &[]).expect("the folder is free");
        let refused = prepare(Some(root.path()), "second", &[]).expect_err("the first run holds the folder");
        assert!(refused.to_string().contains("run first, process"), "{refused}");
        drop(first);
        prepare(Some(root.path()), "second", &[]).expect("the lock goes with its holder");
    }

    #[test]
    fn an_id_is_used_once() {
        let root = tempfile::tempdir().expect("a folder for the test");
        prepare(Some(root.path()), "r", &[])
            .expect("free")
            .publish(&[], &[], true)
            .expect("complete");
        assert!(matches!(
            prepare(Some(root.path()), "r", &[]),
            Err(OutputError::RunExists(_))
        ));
    }

    #[test]
    fn a_bad_extra_place_is_found_before_the_audit() {
        let root = tempfile::tempdir().expect("a folder for the test");
        let inside = Place::File(root.path().join("no/such/folder/drift.csv"));
        assert!(matches!(prepare(None, "r", &[inside]), Err(OutputError::Write { .. })));
        let folder = Place::File(root.path().to_owned());
        assert!(matches!(prepare(None, "r", &[folder]), Err(OutputError::Write { .. })));
    }

    #[test]
    fn where_one_report_cannot_be_written_none_is_published() {
        let root = tempfile::tempdir().expect("a folder for the test");
        let path = root.path().join("extra.csv");
        let output = prepare(Some(root.path()), "r", &[Place::File(path.clone())]).expect("it is writable");
        let fails = |_: &mut dyn Write| Err(io::Error::other("no"));
        output
            .publish(&[("a.txt", &hello)], &[&fails], true)
            .expect_err("the extra report cannot be made");
        assert!(!path.exists() && !root.path().join("r").exists() && !root.path().join("latest").exists());
        assert!(
            root.path().join(".partial-r/a.txt").exists(),
            "what was written is kept"
        );
    }

    #[test]
    fn a_link_is_followed_and_a_mode_is_kept() {
        let root = tempfile::tempdir().expect("a folder for the test");
        let (file, link) = (root.path().join("file"), root.path().join("link"));
        fs::write(&file, "old").expect("it is writable");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is ours");
        std::os::unix::fs::symlink("file", &link).expect("a link");
        let output = prepare(None, "r", &[Place::File(link.clone())]).expect("it is writable");
        output.publish(&[], &[&hello], true).expect("it can be written");
        assert!(fs::symlink_metadata(&link).expect("it exists").is_symlink());
        assert_eq!(fs::read(&file).expect("it exists"), b"hello");
        assert_eq!(
            fs::metadata(&file).expect("it exists").permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn what_is_called_latest_and_is_no_link_is_left_alone() {
        let root = tempfile::tempdir().expect("a folder for the test");
        fs::write(root.path().join("latest"), "mine").expect("it is writable");
        let output = prepare(Some(root.path()), "r", &[]).expect("the folder is free");
        output
            .publish(&[("a.txt", &hello)], &[], true)
            .expect("a run is not worse for it");
        assert_eq!(fs::read(root.path().join("latest")).expect("it exists"), b"mine");
    }

    #[test]
    fn an_extra_place_is_complete_or_absent() {
        let root = tempfile::tempdir().expect("a folder for the test");
        let path = root.path().join("drift.csv");
        let output = prepare(None, "r", &[Place::File(path.clone())]).expect("it is writable");
        let fails = |_: &mut dyn Write| Err(io::Error::other("no"));
        output
            .publish(&[], &[&fails], true)
            .expect_err("the report cannot be made");
        assert!(!path.exists());
        let output = prepare(None, "r", &[Place::File(path.clone())]).expect("it is writable");
        output.publish(&[], &[&hello], true).expect("it can be written");
        assert_eq!(fs::read(&path).expect("it exists"), b"hello");
        assert_eq!(
            fs::read_dir(root.path()).expect("a folder").count(),
            1,
            "nothing is left beside it"
        );
    }
}
