//! Files and folders into bytes: the only part of the inventory that touches the world.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most that one file may hold.
pub(super) const FILE_LIMIT: u64 = 32 << 20;

/// The most that all files may hold together: they stay in memory until the last problem is told.
const TOTAL_LIMIT: u64 = 64 << 20;

/// One input, read or not.
#[derive(Debug)]
pub(crate) struct InputFile {
    /// As given, joined with the path below a given folder, `/` between.
    pub(crate) name: Arc<str>,
    /// Its bytes, or why there are none.
    pub(crate) content: Result<Vec<u8>, Unreadable>,
}

/// Why an input has no bytes.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The operating system's word.
    Failed(io::Error),
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
pub(super) fn read(inputs: &[PathBuf]) -> Vec<InputFile> {
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
        content: Err(why),
    });
    let read = walk.found.into_iter().map(|(name, path)| InputFile {
        name: name.into(),
        content: read_file(&path, &mut total),
    });
    let mut files: Vec<InputFile> = failed.chain(read).collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

fn read_file(path: &Path, total: &mut u64) -> Result<Vec<u8>, Unreadable> {
    if *total >= TOTAL_LIMIT {
        return Err(Unreadable::TooMuch);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Unreadable::Failed)?;
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
    found: BTreeMap<String, PathBuf>,
    failed: BTreeMap<String, Unreadable>,
    /// Canonical paths: a file that two inputs reach is read once, and a link to a folder above it is no circle.
    seen: HashSet<PathBuf>,
}

impl Walk {
    fn input(&mut self, path: &Path) {
        let name = path.to_string_lossy().into_owned();
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let before = self.seen.len();
                let folder = name.trim_end_matches('/');
                if self.folder(path, folder) == 0 && self.seen.len() > before {
                    self.failed.insert(name, Unreadable::NoYaml);
                }
            }
            // Whatever was named outright is read, a pipe too.
            Ok(_) => self.file(path, name),
            Err(error) => {
                self.failed.insert(name, Unreadable::Failed(error));
            }
        }
    }

    /// Returns how many YAML files were met below, readable or not.
    fn folder(&mut self, path: &Path, name: &str) -> usize {
        if !self.is_new(path) {
            return 0;
        }
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.failed.insert(name.to_owned(), Unreadable::Failed(error));
                return 1;
            }
        };
        let mut count = 0;
        for entry in entries {
            let (path, file_name) = (entry.path(), entry.file_name());
            let file_name = file_name.to_string_lossy();
            // Editors, version control and mounted configuration keep copies under such names.
            if file_name.starts_with('.') {
                continue;
            }
            let name = format!("{name}/{file_name}");
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => count += self.folder(&path, &name),
                _ if !is_yaml(&path) => {}
                Ok(metadata) => {
                    count += 1;
                    if metadata.is_file() {
                        self.file(&path, name);
                    } else {
                        self.failed.insert(name, Unreadable::NoFile);
                    }
                }
                Err(error) => {
                    count += 1;
                    self.failed.insert(name, Unreadable::Failed(error));
                }
            }
        }
        count
    }

    fn file(&mut self, path: &Path, name: String) {
        if name.chars().any(char::is_control) {
            self.failed.insert(name, Unreadable::OddName);
        } else if self.is_new(path) {
            self.found.insert(name, path.to_owned());
        }
    }

    fn is_new(&mut self, path: &Path) -> bool {
        fs::canonicalize(path).map_or(true, |canonical| self.seen.insert(canonical))
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml"))
}
