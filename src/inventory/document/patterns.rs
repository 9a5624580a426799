//! Patterns over names: compiled once each, and refused where they can match nothing.

use std::collections::HashMap;
use std::sync::Arc;

use super::placeholder::{is_placeholder, placeholder};
use super::value::Found;
use crate::inventory::problem::{Draft, Log, quoted};
use crate::model::{NameKind, Pattern};

/// The longest pattern.
pub(crate) const LENGTH_LIMIT: usize = 256;
/// How many patterns one namespace may have.
pub(super) const NAMESPACE_LIMIT: usize = 1_000;
/// How many different ones an inventory may have: a compiled one takes some ten KiB.
const DISTINCT_LIMIT: usize = 10_000;

/// Reads the patterns of all documents. Compiling one is dear, and whoever uses patterns uses the same again and again.
#[derive(Debug, Default)]
pub(super) struct PatternReader {
    compiled: HashMap<Arc<str>, Result<Pattern, Refusal>>,
}

/// Why a text is no pattern, and what to write.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// Whether it cannot even be read as a pattern.
    pub(super) is_broken: bool,
    pub(crate) why: String,
    /// What was probably meant.
    pub(crate) meant: Option<String>,
    /// What to write where nobody can tell that.
    pub(crate) remedy: String,
}

impl Refusal {
    /// What to do.
    pub(crate) fn remedy(&self) -> String {
        match &self.meant {
            Some(meant) => format!("did you mean {}?", quoted(meant)),
            None => self.remedy.clone(),
        }
    }

    /// What is wrong, as a verb after the pattern.
    pub(crate) const fn what(&self) -> &'static str {
        if self.is_broken {
            "cannot be read"
        } else {
            "can match nothing"
        }
    }
}

impl PatternReader {
    /// A pattern over names of repositories.
    pub(crate) fn read(&mut self, text: Found<&str>, log: &mut Log) -> Option<Found<Pattern>> {
        if !self.compiled.contains_key(text.value) {
            if self.compiled.len() == DISTINCT_LIMIT {
                log.report(text.spot, || {
                    Draft::new(
                        format!("the inventory has more than {DISTINCT_LIMIT} different patterns"),
                        "write fewer, with `*` or `{a,b}`",
                    )
                });
                return None;
            }
            self.compiled
                .insert(shortened(text.value).into(), compile(text.value, NameKind::Repository));
        }
        match self.compiled.get(shortened(text.value))? {
            Ok(pattern) => Some(Found {
                value: pattern.clone(),
                spot: text.spot,
            }),
            Err(refusal) => {
                log.report(text.spot, || {
                    if is_placeholder(text.value) {
                        return placeholder(text.value);
                    }
                    Draft::new(
                        format!("the pattern {} {}: {}", quoted(text.value), refusal.what(), refusal.why),
                        refusal.remedy(),
                    )
                });
                None
            }
        }
    }
}

/// One that is too long is kept by its beginning, which is too long itself.
fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LENGTH_LIMIT + 4)).unwrap_or(text)
}

/// Compiles a pattern over names of that kind.
pub(super) fn compile(text: &str, kind: NameKind) -> Result<Pattern, Refusal> {
    if text.len() > LENGTH_LIMIT {
        return Err(Refusal {
            is_broken: true,
            why: format!("it is longer than {LENGTH_LIMIT} characters"),
            meant: None,
            remedy: "write a shorter one, or several".to_owned(),
        });
    }
    let pattern = Pattern::parse(text).map_err(|why| Refusal {
        is_broken: true,
        why,
        meant: None,
        remedy: example(kind).to_owned(),
    })?;
    match odd(&pattern, kind) {
        Some(why) => Err(Refusal {
            is_broken: false,
            why,
            meant: meant(text, kind),
            remedy: remedy(text, kind).to_owned(),
        }),
        None => Ok(pattern),
    }
}

/// What keeps every legal name from matching.
fn odd(pattern: &Pattern, kind: NameKind) -> Option<String> {
    let text = pattern.as_str();
    let whose = match kind {
        NameKind::Namespace => "namespace",
        NameKind::Repository => "repository",
    };
    if let Some(why) = empty_segment(text) {
        return Some(why.to_owned());
    }
    if pattern.can_match(kind) {
        return None;
    }
    let can_stand = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_./*?[]!^{},".contains(c);
    let mut outside = text.split('[').enumerate().flat_map(|(index, part)| {
        // What stands in brackets may hold anything, as long as something in it can stand.
        let part = if index == 0 {
            part
        } else {
            part.split_once(']').map_or("", |(_, rest)| rest)
        };
        part.chars()
    });
    match outside.find(|&c| !can_stand(c)) {
        Some(odd) => Some(format!(
            "no {whose}'s name holds {}",
            quoted(odd.encode_utf8(&mut [0; 4]))
        )),
        None => Some(format!("no {whose} can have such a name")),
    }
}

/// No name has one.
pub(super) fn empty_segment(text: &str) -> Option<&'static str> {
    if text.starts_with('/') {
        return Some("it begins with `/`");
    }
    if text.ends_with('/') {
        return Some("it ends with `/`");
    }
    text.contains("//").then_some("no name holds `//`")
}

/// Whether it is an image as `docker pull` writes it.
fn is_reference(text: &str) -> bool {
    text.contains([':', '@'])
}

fn meant(text: &str, kind: NameKind) -> Option<String> {
    let tidied = tidied(text);
    let is_one = tidied != text && Pattern::parse(&tidied).is_ok_and(|pattern| pattern.can_match(kind));
    (is_one && !is_reference(text)).then_some(tidied)
}

/// In lower case, and without empty segments.
pub(super) fn tidied(text: &str) -> String {
    let lower = text.to_lowercase();
    let segments: Vec<&str> = lower.split('/').filter(|segment| !segment.is_empty()).collect();
    segments.join("/")
}

fn remedy(text: &str, kind: NameKind) -> &'static str {
    if is_reference(text) {
        return "write the image's name alone, without registry, tag and digest";
    }
    example(kind)
}

const fn example(kind: NameKind) -> &'static str {
    match kind {
        NameKind::Namespace => "write lower-case letters and digits, with `*`, `?`, `[...]` or `{a,b}`, as in `prod-*`",
        NameKind::Repository => {
            "write lower-case letters and digits, with `*`, `?`, `[...]` or `{a,b}` within a segment, or `**` for any \
             number of segments, as in `team-a/*`"
        }
    }
}
