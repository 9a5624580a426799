//! Which file a path leads to, so that two names of one file are not taken for two.
//!
//! By device and number, after all links. Of what is not there yet: the nearest folder above it that is, and the names
//! from there.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::place::folder_of;

/// Device and number.
type Identity = (u64, u64);

/// A link that leads to a link that leads to itself ends here.
const LONGEST_CHAIN: u32 = 40;

/// What a path leads to.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// What is there: it, or the nearest folder above it.
    there: Identity,
    /// The folders above that, the nearest first; none where nobody knows them, as those of stdout.
    above: Vec<Identity>,
    /// The names that are not there yet.
    missing: Vec<OsString>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    /// A pipe or a device: to write there takes nothing away.
    Stream,
    Missing,
}

impl Spot {
    /// Where a path leads to.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Self::follow(path, LONGEST_CHAIN)
    }

    /// Where stdout leads to.
    pub(super) fn of_stdout() -> io::Result<Self> {
        let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Self::there(&stdout.metadata()?, Vec::new()))
    }

    /// Whether both are the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.there == other.there && self.missing == other.missing
    }

    /// Whether that is it, or in it: what is written there takes something of it away.
    pub(super) fn holds(&self, other: &Self) -> bool {
        match self.kind {
            Kind::File => other.is(self),
            Kind::Folder => other.belongs_to(self),
            Kind::Stream | Kind::Missing => false,
        }
    }

    /// Whether it is that folder, or anywhere below it, or would stand where that folder is still to be made.
    pub(super) fn belongs_to(&self, folder: &Self) -> bool {
        if folder.missing.is_empty() {
            return self.there == folder.there || self.above.contains(&folder.there);
        }
        let (mine, theirs) = (self.missing.iter(), folder.missing.iter());
        self.there == folder.there && !self.missing.is_empty() && mine.zip(theirs).all(|(mine, theirs)| mine == theirs)
    }

    fn follow(path: &Path, links: u32) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(meta) => return Ok(Self::there(&meta, above(path))),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        if let Ok(target) = fs::read_link(path) {
            let links = links
                .checked_sub(1)
                .ok_or_else(|| io::Error::other("its links lead round in a circle"))?;
            return Self::follow(&folder_of(path).join(target), links);
        }
        let name = path.file_name().ok_or(io::ErrorKind::NotFound)?;
        let mut spot = Self::follow(folder_of(path), links)?;
        spot.missing.push(name.to_owned());
        spot.kind = Kind::Missing;
        Ok(spot)
    }

    fn there(meta: &Metadata, above: Vec<Identity>) -> Self {
        Self {
            there: identity(meta),
            above,
            missing: Vec::new(),
            kind: match meta {
                meta if meta.is_file() => Kind::File,
                meta if meta.is_dir() => Kind::Folder,
                _ => Kind::Stream,
            },
        }
    }
}

/// The folders above what is there.
fn above(path: &Path) -> Vec<Identity> {
    let Ok(path) = fs::canonicalize(path) else {
        return Vec::new();
    };
    let folders = path.ancestors().skip(1);
    folders
        .filter_map(|folder| fs::metadata(folder).ok().as_ref().map(identity))
        .collect()
}

fn identity(meta: &Metadata) -> Identity {
    (meta.dev(), meta.ino())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder for the test");
        fs::create_dir(folder.path().join("a")).expect("it is writable");
        fs::write(folder.path().join("a/file"), "").expect("it is writable");
        fs::hard_link(folder.path().join("a/file"), folder.path().join("hard")).expect("it is writable");
        for (target, link) in [
            ("a", "b"),
            ("a/file", "symbolic"),
            ("a/new", "dangling"),
            ("loop", "loop"),
        ] {
            symlink(target, folder.path().join(link)).expect("it is writable");
        }
        folder
    }

    #[test]
    fn two_names_of_one_file_are_one_spot() {
        let folder = folder();
        let spot = |path: &str| Spot::of(&folder.path().join(path)).expect("it leads somewhere");
        for (one, other, is_same) in [
            ("a/file", "b/file", true),
            ("a/file", "hard", true),
            ("a/file", "symbolic", true),
            ("a/new", "b/../a/./new", true),
            ("a/new", "dangling", true),
            ("a/new/er", "b/new/er", true),
            ("a/new", "a/newer", false),
            ("a/new", "new", false),
            ("a", "a/new", false),
            ("a/file", "a", false),
        ] {
            assert_eq!(spot(one).is(&spot(other)), is_same, "{one} {other}");
            assert_eq!(spot(other).is(&spot(one)), is_same, "{other} {one}");
        }
        assert!(Spot::of(&folder.path().join("loop")).is_err());
        assert!(
            Spot::of(&folder.path().join("new/..")).is_err(),
            "nobody knows where that is"
        );
    }

    #[test]
    fn what_is_in_a_folder_belongs_to_it_and_its_neighbours_do_not() {
        let folder = folder();
        let spot = |path: &str| Spot::of(&folder.path().join(path)).expect("it leads somewhere");
        for (path, of, belongs) in [
            ("a", "a", true),
            ("a/file", "b", true),
            ("symbolic", "a", true),
            ("dangling", "a", true),
            ("b/x/y/z", "a", true),
            ("hard", "a", false),
            ("new", "a", false),
            ("a", "a/new", false),
            ("a/new", "b/new", true),
            ("a/new/x", "b/new", true),
            ("a/new", "a/new/er", true),
            ("a/other", "a/new/er", false),
            ("a/file", "a/new", false),
        ] {
            assert_eq!(spot(path).belongs_to(&spot(of)), belongs, "{path} {of}");
        }
    }
}
