//! What no message and no snippet may show: values that stand beside the name of a secret, and user information in
//! URLs. Works on lines, because it has to hold where the YAML itself is broken; where it errs, it hides too much.

use std::ops::Range;

/// What stands in place of a secret, whatever its length.
pub(super) const MASK: &str = "***";

/// Whether a key names a secret: `ak`, `secretKey`, `security_token`, `X-Auth-Token`, ...
pub(crate) fn names_a_secret(key: &str) -> bool {
    const WHOLE: [&str; 7] = ["ak", "sk", "pwd", "pass", "auth", "key", "bearer"];
    const PARTS: [&str; 9] = [
        "authorization",
        "secret",
        "password",
        "passwd",
        "passphrase",
        "token",
        "accesskey",
        "privatekey",
        "apikey",
    ];
    if !(2..=64).contains(&key.len()) {
        return false;
    }
    let key = key.to_ascii_lowercase();
    let last = key.rsplit(['_', '-', '.']).next().unwrap_or_default();
    // Asked for every key of a file: most are too short to hold any of the parts.
    WHOLE.contains(&&*key)
        || matches!(last, "ak" | "sk")
        || key.len() >= 5 && {
            let plain = key.replace(|c: char| !c.is_ascii_alphanumeric(), "");
            PARTS.iter().any(|part| plain.contains(part))
        }
}

/// Whether a text is a URL that carries a secret, as user information or in its query.
pub(crate) fn holds_a_secret(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
    authority.contains('@') || rest.contains('?') && !Lines::default().hidden(rest).is_empty()
}

/// One text without its secrets.
pub(super) fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut lines = Lines::default();
    for line in text.split_inclusive('\n') {
        let mut from = 0;
        for range in lines.hidden(line.trim_end_matches('\n')) {
            shown.push_str(&line[from..range.start]);
            shown.push_str(MASK);
            from = range.end;
        }
        shown.push_str(&line[from..]);
    }
    shown
}

/// Walks over lines from the top and says what is to be hidden of each.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// A secret's key stood in this column: what is indented deeper belongs to its value.
    below: Option<usize>,
    /// A secret's value began with this quote and has not ended.
    quote: Option<char>,
    /// A secret's key stood at the end of a line: its value may begin anywhere.
    is_due: bool,
}

impl Lines {
    /// The bytes of this line to hide, in order, none overlapping.
    pub(crate) fn hidden(&mut self, line: &str) -> Vec<Range<usize>> {
        let content = line.trim();
        if content.is_empty() {
            return Vec::new();
        }
        let indent = line.len() - line.trim_start().len();
        let whole = indent..indent + content.len();
        if let Some(quote) = self.quote {
            if content.contains(quote) {
                self.quote = None;
            }
            return vec![whole];
        }
        if std::mem::take(&mut self.is_due) || self.below.is_some_and(|column| indent > column) {
            return vec![whole];
        }
        self.below = None;
        if let Some((column, start)) = secret_value(line) {
            self.below = Some(column);
            let value = line[start..].trim();
            self.is_due = value.is_empty();
            self.quote = value
                .chars()
                .next()
                .filter(|first| matches!(first, '"' | '\'') && !value[1..].contains(*first));
            let from = line.len() - line[start..].trim_start().len();
            let mut ranges = in_urls(&line[..start]);
            let end = line.trim_end().len();
            match ranges.last_mut() {
                Some(last) if last.end == from => last.end = end,
                Some(_) | None if from < end => ranges.push(from..end),
                Some(_) | None => {}
            }
            return ranges;
        }
        in_urls(line)
    }
}

/// The column of the first key on a line that names a secret, and where its value begins.
fn secret_value(line: &str) -> Option<(usize, usize)> {
    line.match_indices([':', '=']).find_map(|(at, _)| {
        let before = line[..at].trim_end_matches([' ', '"', '\'']);
        let start = before
            .char_indices()
            .rev()
            .take(65)
            .take_while(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
            .last()?
            .0;
        names_a_secret(&before[start..]).then_some((start, at + 1))
    })
}

/// What a URL has besides its host: user information, and the path, query and fragment.
fn in_urls(line: &str) -> Vec<Range<usize>> {
    let mut ranges = user_information(line);
    let hidden_to = ranges.last().map_or(0, |range| range.end);
    for (scheme, _) in line.match_indices("://") {
        let end = |from: usize, ends: &[char]| line[from..].find(ends).map_or(line.len(), |end| from + end);
        let url_end = end(scheme + 3, &[' ', '\t', '"', '\'']);
        let host_end = end((scheme + 3).max(hidden_to), &['/', '?', '#']).min(url_end);
        // The character that begins it says what it is.
        let start = host_end + 1;
        if start < url_end && ranges.last().is_none_or(|last| last.end <= start) {
            ranges.push(start..url_end);
        }
    }
    ranges
}

/// `user:password` before an `@`: behind `://`, or as a word with a colon in it.
fn user_information(line: &str) -> Vec<Range<usize>> {
    let Some(at) = line.rfind('@') else {
        return Vec::new();
    };
    let start = match line[..at].find("://") {
        Some(scheme) => scheme + 3,
        None => line[..at]
            .rfind([' ', '\t', '"', '\'', '{', '[', ','])
            .map_or(0, |blank| blank + 1),
    };
    let is_secret = start < at && (line[..start].ends_with("://") || line[start..at].contains(':'));
    is_secret.then_some(start..at).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_name_secrets() {
        for key in [
            "ak",
            "SK",
            "secret",
            "secretKey",
            "access_key",
            "security-token",
            "PROD_SK",
            "clientSecret",
            "x-auth-token",
            "password",
        ] {
            assert!(names_a_secret(key), "{key}");
        }
        for key in [
            "",
            "a",
            "name",
            "task",
            "break",
            "env",
            "profile",
            "projectId",
            "policy",
        ] {
            assert!(!names_a_secret(key), "{key}");
        }
    }

    #[test]
    fn values_beside_secret_names_are_hidden() {
        for (line, expected) in [
            ("  secretKey: hunter2", "  secretKey: ***"),
            ("{ ak: A, sk: B }", "{ ak: ***"),
            ("\"token\" : \"x y\"", "\"token\" : ***"),
            ("# password=hunter2", "# password=***"),
            ("endpoint: https://me:hunter2@host", "endpoint: https://***@host"),
            ("endpoint: https://me:hun@ter2@host", "endpoint: https://***@host"),
            ("endpoint: me:hunter2@host", "endpoint: ***@host"),
            ("owner: team@corp.example", "owner: team@corp.example"),
            ("endpoint: https://host?token=hunter2", "endpoint: https://host?***"),
            ("endpoint: https://host/hunter2", "endpoint: https://host/***"),
            (
                "endpoint: \"https://host:8443/a/b?c=d#e\"  # why",
                "endpoint: \"https://host:8443/***\"  # why",
            ),
            ("endpoint: https://host#hunter2", "endpoint: https://host#***"),
            ("endpoint: https://me:hunter2@host/x", "endpoint: https://***@host/***"),
            ("endpoint: https://host/", "endpoint: https://host/"),
            ("endpoint: https://host", "endpoint: https://host"),
            ("key: hunter2", "key: ***"),
            ("bearer: hunter2", "bearer: ***"),
            ("Authorization: Bearer hunter2", "Authorization: ***"),
            ("name: web", "name: web"),
        ] {
            assert_eq!(masked(line), expected);
        }
    }

    #[test]
    fn values_over_several_lines_are_hidden() {
        assert_eq!(
            masked("- secret: |\n    one\n\n    two\n  name: web\n"),
            "- secret: ***\n    ***\n\n    ***\n  name: web\n"
        );
        assert_eq!(masked("secret:\nhunter2\nname: web"), "secret:\n***\nname: web");
        assert_eq!(masked("sk: \"one\ntwo\"\nname: web"), "sk: ***\n***\nname: web");
    }
}
