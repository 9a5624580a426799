//! Looks for secrets in all that a command leaves behind: in each spelling, and for parts of them.

use std::collections::BTreeSet;
use std::path::Path;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// So much of a secret is a leak, and so much of its base64: redaction leaves the character or two at each end that hold
/// bits of a neighbour.
const PART: usize = 14;
const PART_OF_BASE64: usize = 20;

/// The search for some secrets.
pub(super) struct Search {
    parts: Vec<String>,
    finder: AhoCorasick,
}

impl Search {
    pub(super) fn of(secrets: &[&str]) -> Self {
        let mut parts = BTreeSet::new();
        for secret in secrets {
            parts.extend(windows(&seen(secret), PART));
            for before in 0..3 {
                let encoded = STANDARD.encode(format!("{}{secret}", "x".repeat(before)));
                // What its neighbours change is no part of it.
                let inner = &encoded[4..encoded.len() - 4];
                parts.extend(windows(inner, PART_OF_BASE64));
                parts.extend(windows(&inner.replace('+', "-").replace('/', "_"), PART_OF_BASE64));
            }
        }
        let parts: Vec<String> = parts.into_iter().collect();
        Self {
            finder: AhoCorasick::new(&parts).expect("they are few"),
            parts,
        }
    }

    /// The first part that is found in a text, in whatever spelling it stands there.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<&str> {
        let text = String::from_utf8_lossy(bytes);
        let mut texts = vec![text.to_string(), from_hex(&text)];
        texts.push(bare(&texts[0]));
        texts.push(bare(&texts[1]));
        texts.extend([percent_decoded(&texts[2]), percent_decoded(&texts[3])]);
        let found = texts.iter().find_map(|text| self.finder.find(text))?;
        Some(&self.parts[found.pattern().as_usize()])
    }

    pub(super) fn assert_not_in(&self, name: &str, bytes: &[u8], what: &str) {
        if let Some(part) = self.find(bytes) {
            let text = bare(&String::from_utf8_lossy(bytes));
            let at = text.find(part).unwrap_or_default();
            let around = at.saturating_sub(300)..text.len().min(at + 300);
            panic!("{part} in {name} ({what}):\n{}", &text[around]);
        }
    }

    /// Every file below a folder.
    pub(super) fn assert_not_below(&self, folder: &Path, what: &str) {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                self.assert_not_below(&path, what);
            } else {
                let bytes = std::fs::read(&path).expect("it can be read");
                self.assert_not_in(&path.display().to_string(), &bytes, what);
            }
        }
    }
}

fn windows(text: &str, length: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let windows = characters.windows(length.min(characters.len()));
    windows.map(|window| window.iter().collect()).collect()
}

/// What a reader puts together again: white space within it does not hide a secret.
fn seen(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).collect()
}

/// A text as a terminal or a table would show it at its worst: nothing unseen, no white space, no escape of JSON.
fn bare(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let digits = rest.strip_prefix("\\u").and_then(|digits| digits.get(..4));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let (meant, length) = match (unit.and_then(char::from_u32), c) {
            (Some(meant), _) => (meant, 6),
            (None, '\\') if rest[1..].starts_with(['/', '"', '\\']) => (char::from(rest.as_bytes()[1]), 2),
            (None, '\\') if rest[1..].starts_with(['n', 'r', 't']) => (' ', 2),
            (None, _) => (c, c.len_utf8()),
        };
        if meant.is_ascii_graphic() {
            shown.push(meant);
        }
        rest = &rest[length..];
    }
    shown
}

fn percent_decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let digits = rest.strip_prefix('%').and_then(|digits| digits.get(..2));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.map_or(c, char::from));
        rest = &rest[if byte.is_some() { 3 } else { c.len_utf8() }..];
    }
    bare(&decoded)
}

/// The bodies that a journal holds in hex, as text.
fn from_hex(text: &str) -> String {
    let lines = text.lines().filter(|line| line.contains("\"bodyHex\""));
    let bodies = lines.filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        let bytes = hex::decode(line["bodyHex"].as_str()?).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    });
    bodies.collect::<Vec<_>>().join("\n")
}
