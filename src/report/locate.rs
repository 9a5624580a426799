//! Places in the inventory, for readers that look for files: a code host, an editor.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::document::{PlaceEntry, Report};

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Located {
    /// From the root of the repository, or absolute.
    pub(super) path: String,
    /// From 1.
    pub(super) line: u32,
    /// From 1.
    pub(super) column: u32,
}

impl Report {
    /// Where something stands. What has no place stands where the inventory begins: readers refuse what stands nowhere.
    pub(super) fn located(&self, place: Option<&PlaceEntry>, prefix: &str) -> Located {
        let known = place.filter(|place| !place.file.is_empty());
        let file = known.map(|place| &*place.file);
        let file = file.or_else(|| self.run.inventory.first().map(|input| &*input.file));
        Located {
            path: joined(prefix, file.unwrap_or("inventory")),
            line: known.map_or(1, |place| place.line.max(1)),
            column: known.map_or(1, |place| place.column.max(1)),
        }
    }
}

/// A path behind a prefix, without the detours of either. An absolute path needs no prefix.
pub(super) fn joined(prefix: &str, path: &str) -> String {
    let (root, whole) = if path.starts_with('/') {
        ("/", Cow::Borrowed(path))
    } else {
        ("", Cow::Owned(format!("{prefix}/{path}")))
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            // Nothing is above the root.
            ".." if !root.is_empty() => {}
            part => parts.push(part),
        }
    }
    format!("{root}{}", parts.join("/"))
}

/// What a URI may hold as it is, beside letters and digits.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A path as a URI: relative, or of a file.
pub(super) fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", percent_encode(path.as_bytes(), KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_from_the_root_of_the_repository() {
        for (prefix, path, expected) in [
            ("", "policies/a.yaml", "policies/a.yaml"),
            ("", "./policies//a.yaml", "policies/a.yaml"),
            ("ops/audit", "policies/a.yaml", "ops/audit/policies/a.yaml"),
            ("ops/audit/", "../policies/a.yaml", "ops/policies/a.yaml"),
            ("", "../a.yaml", "../a.yaml"),
            ("ops", "../../a.yaml", "../a.yaml"),
            ("ops", "/srv/./a.yaml", "/srv/a.yaml"),
            ("", "/../a.yaml", "/a.yaml"),
        ] {
            assert_eq!(joined(prefix, path), expected, "{prefix} {path}");
        }
    }

    #[test]
    fn a_uri_holds_nothing_that_has_a_meaning_of_its_own() {
        assert_eq!(uri("a b/c:d#e?f%g\\h.yaml"), "a%20b/c%3Ad%23e%3Ff%25g%5Ch.yaml");
        assert_eq!(uri("政策/ä\n.yaml"), "%E6%94%BF%E7%AD%96/%C3%A4%0A.yaml");
        assert_eq!(uri("/srv/a.yaml"), "file:///srv/a.yaml");
    }
}
