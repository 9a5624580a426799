//! What no message and no snippet may show: values that stand beside the name of a secret, and all of a URL but its scheme,
//! host and port. Works on lines, because it has to hold where the YAML itself is broken; where it errs, it hides too much.

use std::ops::Range;

use crate::model::{MASK, hidden_in_url};

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

/// Whether the value of a key is not shown: it names a secret, or may well stand beside one without being refused for it. The
/// first is a slip for `credentials`.
pub(crate) fn hides_its_value(key: &str) -> bool {
    const OTHERS: [&str; 5] = ["credential", "cookie", "jwt", "signature", "dsn"];
    names_a_secret(key) || OTHERS.iter().any(|other| key.eq_ignore_ascii_case(other))
}

/// Whether a key has a URL for its value, or the domain of one.
fn names_a_url(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.ends_with("endpoint") || matches!(&*key, "cloud" | "url")
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
        let mut ranges = in_urls(line);
        ranges.extend(bearer_tokens(line));
        ranges.extend(self.values(line));
        merged(ranges)
    }

    /// What is hidden of the values of keys; what the lines below belong to.
    fn values(&mut self, line: &str) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut read = 0;
        for (at, _) in line.match_indices([':', '=']) {
            let Some(column) = key_before(line, at).filter(|_| at >= read) else {
                continue;
            };
            let key = line[column..at].trim_end_matches([' ', '"', '\'']);
            let rest = line[at + 1..].trim();
            let start = line.len() - line[at + 1..].trim_start().len();
            // Whoever writes no mapping there may well have written the key itself.
            let is_key_itself = key == "credentials" && rest.starts_with(|c| !matches!(c, '{' | '#' | '&' | '*'));
            if hides_its_value(key) || is_key_itself {
                self.is_due = rest.is_empty();
                self.goes_on(column, rest);
                ranges.push(start..start + rest.len());
                break;
            }
            if names_a_url(key) {
                let value = value_at(line, start, line[..column].contains('{'));
                self.goes_on(column, rest);
                let hidden = hidden_in_url(&line[value.clone()]).into_iter();
                ranges.extend(hidden.map(|range| value.start + range.start..value.start + range.end));
                read = value.end;
            }
        }
        ranges
    }

    /// A value that may not end on its line.
    fn goes_on(&mut self, column: usize, value: &str) {
        self.below = Some(column);
        let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
        self.quote = quote.filter(|quote| !value[1..].contains(*quote));
    }
}

/// Where the key begins that ends before this place.
fn key_before(line: &str, at: usize) -> Option<usize> {
    let before = line[..at].trim_end_matches([' ', '"', '\'']);
    let letters = before.char_indices().rev().take(65);
    let letters = letters.take_while(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    letters.last().map(|(start, _)| start)
}

/// The value that begins there, without its quotes and what follows it on the line.
fn value_at(line: &str, start: usize, is_in_braces: bool) -> Range<usize> {
    let value = &line[start..];
    if let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        let start = start + 1;
        return start..line[start..].find(quote).map_or(line.len(), |end| start + end);
    }
    let mut end = value.find(" #").unwrap_or(value.len());
    if is_in_braces {
        end = value[..end].find([',', '}']).unwrap_or(end);
    }
    start..start + value[..end].trim_end().len()
}

/// What follows the word that HTTP puts before a token.
fn bearer_tokens(line: &str) -> Vec<Range<usize>> {
    const WORD: &str = "bearer";
    let lower = line.to_ascii_lowercase();
    let tokens = lower.match_indices(WORD).filter_map(|(at, _)| {
        let rest = &line[at + WORD.len()..];
        let token = rest.trim_start_matches([' ', '\t', ':', '=']);
        let length = token.find([' ', '\t', '"', '\'']).unwrap_or(token.len());
        let start = line.len() - token.len();
        (token.len() < rest.len() && length > 0).then_some(start..start + length)
    });
    tokens.collect()
}

/// In order, and joined where they meet.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => merged.push(range),
        }
    }
    merged
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
            ("credential: hunter2", "credential: ***"),
            ("Cookie: hunter2", "Cookie: ***"),
            ("credentials: hunter2", "credentials: ***"),
            ("credentials: { env: PROD }", "credentials: { env: PROD }"),
            ("owner: \"Bearer hunter2\"", "owner: \"Bearer ***\""),
            ("owner: the bearer", "owner: the bearer"),
            ("name: web", "name: web"),
        ] {
            assert_eq!(masked(line), expected);
        }
    }

    #[test]
    fn of_an_endpoint_the_host_alone_is_shown_whether_it_is_a_url_or_not() {
        for (value, shown) in [
            ("host/hunter2", "host/***"),
            ("//host/hunter2", "/***"),
            ("https:host/hunter2", "https:host/***"),
            ("https://host\\hunter2", "https://host***"),
            ("https://host;hunter2", "https://host***"),
            ("https://host, hunter2", "https://host***"),
            ("https://host/a b hunter2", "https://host/***"),
            ("https://me:hun/ter2@host", "https://***"),
            ("https://host", "https://host"),
            ("'host/hunter2'  # why", "'host/***'  # why"),
            ("host/hunter2  # why", "host/***  # why"),
        ] {
            for key in ["endpoint", "iamEndpoint", "cloud", "\"endpoint\""] {
                assert_eq!(masked(&format!("  {key}: {value}")), format!("  {key}: {shown}"));
            }
        }
        let text = "source: { endpoint: host/hunter2, region: cn-north-4, cloud: \"x/hunter2\" }";
        let shown = "source: { endpoint: host/***, region: cn-north-4, cloud: \"x/***\" }";
        assert_eq!(masked(text), shown);
        let text = "  endpoint:\n    host/hunter2\n  cloud: 'x\n  hunter2'\n  name: a\n";
        let shown = "  endpoint:\n    ***\n  cloud: 'x\n  ***\n  name: a\n";
        assert_eq!(masked(text), shown);
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
