//! Files and folders into bytes: the only part of the inventory that touches the world.
//!
//! What is there and cannot be looked at may be a part of the inventory. So it is a problem, and never left out.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::input::Reader;

/// The most that one file may hold.
pub(super) const FILE_LIMIT: u64 = 32 << 20;

/// The most that all files may hold together: they stay in memory until the last problem is reported.
const TOTAL_LIMIT: u64 = 64 << 20;

/// One input, read or not.
#[derive(Debug)]
pub(crate) struct InputFile {
    /// As given, joined with the path below a given folder, `/` between.
    pub(crate) name: Arc<str>,
    /// Where it is; empty: in memory.
    pub(crate) path: PathBuf,
    /// Its bytes, or why there are none.
    pub(crate) content: Result<Vec<u8>, Unreadable>,
}

/// Why an input has no bytes.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The operating system's word.
    Failed(io::Error),
    /// An entry of a folder that cannot even be looked at: mostly a link that leads nowhere, or in a circle.
    Unseen(io::Error),
    /// More than [`FILE_LIMIT`].
    TooLarge,
    /// All files together are more than [`TOTAL_LIMIT`].
    TooMuch,
    /// A folder without any YAML file below it.
    NoYaml,
    /// Neither file nor folder.
    NoFile,
    /// A name that no report could hold.
    OddName,
    /// Not even an input was given.
    Nothing,
}

impl InputFile {
    /// The text without its byte-order mark, where it is text.
    pub(super) fn text(&self) -> Option<&str> {
        let text = str::from_utf8(self.content.as_ref().ok()?).ok()?;
        Some(text.strip_prefix('\u{feff}').unwrap_or(text))
    }
}

/// Reads every input, folders with all that is below them; in order of their names, each file once however often it is
/// named.
pub(super) fn read(inputs: &[PathBuf], reader: &Reader) -> Vec<InputFile> {
    let mut walk = Walk::default();
    for input in inputs {
        walk.input(input);
    }
    if inputs.is_empty() {
        walk.failed.insert(String::new(), Unreadable::Nothing);
    }
    let mut total = 0;
    let failed = walk.failed.into_iter().map(|(name, why)| InputFile {
        name: name.into(),
        path: PathBuf::new(),
        content: Err(why),
    });
    let read = walk.found.into_iter().map(|(name, path)| InputFile {
        name: name.into(),
        content: read_file(&path, reader, &mut total),
        path,
    });
    let mut files: Vec<InputFile> = failed.chain(read).collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

fn read_file(path: &Path, reader: &Reader, total: &mut u64) -> Result<Vec<u8>, Unreadable> {
    if *total >= TOTAL_LIMIT {
        return Err(Unreadable::TooMuch);
    }
    let mut bytes = Vec::new();
    let file = reader.open(path).map_err(Unreadable::Failed)?;
    let count = file
        .take(FILE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(Unreadable::Failed)? as u64;
    *total += count;
    if count > FILE_LIMIT {
        return Err(Unreadable::TooLarge);
    }
    Ok(bytes)
}

#[derive(Default)]
struct Walk {
    /// Two of them may have one name: what is no UTF-8 in it is shown as `\u{fffd}`.
    found: Vec<(String, PathBuf)>,
    failed: BTreeMap<String, Unreadable>,
    /// Device and inode: a file that two inputs reach is read once, and a link to a folder above it is no circle.
    seen: HashSet<(u64, u64)>,
}

impl Walk {
    fn input(&mut self, path: &Path) {
        let name = path.to_string_lossy().into_owned();
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let before = self.seen.len();
                let folder = name.trim_end_matches('/');
                if self.folder(path, folder, &metadata) == 0 && self.seen.len() > before {
                    self.failed.insert(name, Unreadable::NoYaml);
                }
            }
            // Whatever was named outright is read, a pipe too.
            Ok(metadata) => self.file(path, name, &metadata),
            Err(error) => {
                self.failed.insert(name, Unreadable::Failed(error));
            }
        }
    }

    /// Returns how many YAML files were met below, readable or not.
    fn folder(&mut self, path: &Path, name: &str, metadata: &Metadata) -> usize {
        if !self.is_new(metadata) {
            return 0;
        }
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.failed.insert(name.to_owned(), Unreadable::Failed(error));
                return 1;
            }
        };
        // What is reached by two names goes by the first.
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut count = 0;
        for entry in entries {
            let (path, file_name) = (entry.path(), entry.file_name());
            let file_name = file_name.to_string_lossy();
            // Editors, version control and mounted configuration keep copies under such names.
            if !file_name.starts_with('.') {
                count += self.entry(&path, format!("{name}/{file_name}"));
            }
        }
        count
    }

    /// Of an entry of a folder, as [`Walk::folder`].
    fn entry(&mut self, path: &Path, name: String) -> usize {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => return self.folder(path, &name, &metadata),
            Ok(_) if !is_yaml(path) => return 0,
            Ok(metadata) if metadata.is_file() => self.file(path, name, &metadata),
            Ok(_) => {
                self.failed.insert(name, Unreadable::NoFile);
            }
            // Whatever its name is: it may be a link to a folder that is not there any more.
            Err(error) => {
                self.failed.insert(name, Unreadable::Unseen(error));
            }
        }
        1
    }

    fn file(&mut self, path: &Path, name: String, metadata: &Metadata) {
        if name.chars().any(char::is_control) {
            self.failed.insert(name, Unreadable::OddName);
        } else if self.is_new(metadata) {
            self.found.push((name, path.to_owned()));
        }
    }

    fn is_new(&mut self, metadata: &Metadata) -> bool {
        self.seen.insert((metadata.dev(), metadata.ino()))
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml"))
}
