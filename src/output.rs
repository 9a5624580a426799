//! The run's folder: locked and proven writable before the audit, complete or absent after it.
//!
//! While the run goes on, `DIR/.partial-ID/` holds the journal; at the end the reports join it, all of it is made
//! durable, and it becomes `DIR/ID/`. A partial folder that a run leaves behind can be taken over by another. Knows
//! nothing of what the reports and the journal say.

mod folder;
mod lock;
mod overlap;
mod pipe;
mod place;
mod spot;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use folder::Folder;
use place::Extra;
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::model::visible_path;

pub use folder::{JOURNAL, Kept, kept};
pub use lock::Lock;
pub use overlap::{refuse_over, refuse_overlaps};
pub use pipe::print;
pub use place::{Place, make_folder_of};

/// Readable by the owner and the group: reports name repositories, not secrets, but are nobody else's business.
const MODE: u32 = 0o640;
/// What a collector of another user reads holds counts alone.
const MODE_FOR_EVERYBODY: u32 = 0o644;

/// Why reports cannot be written: ids and places that are something else already, then what the machine has against it.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum OutputError {
    #[error("a run with the id '{0}' exists already\nhint: leave out --run-id, or give another one")]
    RunExists(String),
    #[error(
        "an unfinished run with the id '{0}' exists already\nhint: go on with it with --resume {0}, or give another --run-id"
    )]
    Unfinished(String),
    #[error("two reports cannot both go to {0}\nhint: give each a place of its own")]
    Twice(Place),
    #[error("{place} belongs to the folder of runs '{}'\nhint: give the report a place elsewhere", visible_path(.runs))]
    AmongRuns { place: Place, runs: PathBuf },
    #[error("{place} {what}\nhint: give the report another place")]
    Over { place: Place, what: &'static str },
    #[error("another run holds the folder '{}' ({holder})\nhint: wait for it, or give this run its own --out", visible_path(.folder))]
    Held { folder: PathBuf, holder: String },
    #[error("cannot write '{}'\nhint: check that the place exists, has room and may be written to, or choose another", visible_path(.path))]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
}

/// A prepared destination: the folder if there is one, and the extra places.
#[derive(Debug)]
pub struct Output {
    folder: Option<Folder>,
    extras: Vec<Extra>,
}

/// What becomes of a journal that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalStart {
    /// There is none.
    New,
    /// It is gone on with behind so many bytes: what stands behind them is torn.
    Append(u64),
    /// A new one takes its place once it has begun: until then the old one stays.
    Replace,
}

/// Writes one report into whatever it is given.
pub type Render<'a> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'a;

/// What a file is to hold, and for whom.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    /// Who may read it.
    pub readers: Readers,
    /// What writes it.
    pub render: &'a Render<'a>,
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Owner and group, as far as the mask of the process lets them.
    Group,
    /// Everybody on the machine, whatever that mask is: another user collects it.
    Everybody,
}

impl Readers {
    /// Opens a new file to them.
    fn admit(self, file: &File) -> io::Result<()> {
        match self {
            Self::Group => Ok(()),
            Self::Everybody => file.set_permissions(PermissionsExt::from_mode(MODE_FOR_EVERYBODY)),
        }
    }
}

/// Takes the lock, makes the partial folder, and opens the extra places, in the order given.
///
/// # Errors
/// Everything that would keep the reports from being written, as far as it can be found out before the audit.
pub fn prepare(root: Option<&Path>, run_id: &str, extras: &[Place]) -> Result<Output, OutputError> {
    let extras = place::prepare(extras)?;
    let begin = |root: &Path| {
        fs::create_dir_all(root).map_err(|source| unwritable(root, source))?;
        Folder::begin(Lock::take(root, run_id)?, run_id)
    };
    let folder = root.map(begin).transpose()?;
    Ok(Output { folder, extras })
}

/// The same in a folder that is held already.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_held(lock: Lock, run_id: &str, extras: &[Place]) -> Result<Output, OutputError> {
    let extras = place::prepare(extras)?;
    let folder = Some(Folder::begin(lock, run_id)?);
    Ok(Output { folder, extras })
}

/// Takes over the partial folder of a run that did not come to its end. Reports that it may hold are of that run alone
/// and go; its journal stays.
///
/// # Errors
/// As [`prepare`].
pub fn take_over(lock: Lock, run_id: &str, extras: &[Place]) -> Result<Output, OutputError> {
    let extras = place::prepare(extras)?;
    let folder = Some(Folder::take_over(lock, run_id)?);
    Ok(Output { folder, extras })
}

/// Whether that id can still be a run's in that folder. [`prepare`] asks again, under the lock.
///
/// # Errors
/// [`OutputError::RunExists`].
pub fn refuse_taken(root: Option<&Path>, run_id: &str) -> Result<(), OutputError> {
    // A link that leads nowhere is there too.
    let is_taken = root.is_some_and(|root| fs::symlink_metadata(root.join(run_id)).is_ok());
    if is_taken {
        return Err(OutputError::RunExists(run_id.to_owned()));
    }
    Ok(())
}

impl Output {
    /// Opens the journal in the partial folder and hands it to `begin`, which proves that it can be written; `None`
    /// without a folder. Where it cannot, a folder that was made for this run goes with it.
    ///
    /// # Errors
    /// [`OutputError::Write`].
    pub fn journal<T>(
        &self,
        start: JournalStart,
        begin: impl FnOnce(File) -> io::Result<T>,
    ) -> Result<Option<T>, OutputError> {
        let open = |folder: &Folder| {
            let opened = folder.open_journal(start).and_then(begin);
            let named = opened.and_then(|journal| folder.name_journal(start).map(|()| journal));
            named.map_err(|source| {
                if start == JournalStart::New {
                    folder.abandon();
                }
                unwritable(&folder.journal(), source)
            })
        };
        self.folder.as_ref().map(open).transpose()
    }

    /// The folder of the run that is under way, if there is one.
    pub fn partial(&self) -> Option<&Path> {
        self.folder.as_ref().map(Folder::partial)
    }

    /// What is to be taken away should the process end at once: the files beside the extra places, and the partial folder
    /// of what nobody can go on with.
    pub fn unfinished(&self, is_resumable: bool) -> Vec<PathBuf> {
        let beside = self.extras.iter().filter_map(Extra::beside);
        let partial = self.partial().filter(|_| !is_resumable);
        beside.chain(partial.map(Path::to_owned)).collect()
    }

    /// Writes the files of the folder and the extra places, in the order they were prepared in. `is_latest` moves the
    /// link `latest`. Returns the completed folder, if there is one.
    ///
    /// Everything is written before anything gets its own name: where one report cannot be, none is left that tells
    /// another story than the exit code. What was written stays in the partial folder, beside the journal.
    ///
    /// # Errors
    /// The first place that cannot be written.
    pub fn publish(
        self,
        files: &[(&str, Content<'_>)],
        extras: &[Content<'_>],
        is_latest: bool,
    ) -> Result<Option<PathBuf>, OutputError> {
        assert_eq!(self.extras.len(), extras.len(), "every prepared place has its report");
        if let Some(folder) = &self.folder {
            folder.fill(files)?;
        }
        let mut written = Vec::with_capacity(extras.len());
        for (extra, content) in self.extras.into_iter().zip(extras) {
            written.extend(extra.fill(*content)?);
        }
        for file in written {
            file.name()?;
        }
        self.folder.map(|folder| folder.complete(is_latest)).transpose()
    }
}

/// Opens a file that is ours alone: never what a link leads to, nor a pipe.
fn own_file(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    let opened = options.open(path);
    let file = opened.map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::LOOP) => io::Error::other("it is a link"),
        _ => error,
    })?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok(file)
}

/// Appends to a file that somebody else made or will read, in one go; `bytes` is given how long it is.
///
/// # Errors
/// It is no regular file, or cannot be written.
pub fn append(path: &Path, bytes: impl FnOnce(u64) -> io::Result<Vec<u8>>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options
        .create(true)
        .append(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let mut file = options.open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    file.write_all(&bytes(meta.len())?)
}

fn unwritable(path: &Path, source: io::Error) -> OutputError {
    OutputError::Write {
        path: path.to_owned(),
        source,
    }
}

/// Writes a whole report and makes it durable.
fn fill(file: File, render: &Render<'_>) -> io::Result<File> {
    let mut writer = BufWriter::new(file);
    render(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Makes the names in a folder durable. Some file systems cannot, and say so: their names are as durable as they get.
fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
