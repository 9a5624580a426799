//! From nodes to values: functions that record a problem and go on. `None` always means that the problem is recorded.

use std::sync::Arc;

use jiff::civil::Date;

use super::placeholder::{is_placeholder, placeholder};
use crate::inventory::problem::{Draft, Log, Spot, mask, nearest, quoted};
use crate::inventory::yaml::{Kind, Node};
use crate::model::ExpectedFlag;

/// A value with the place where it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) spot: Spot,
}

/// A field that may be left out. Broken is neither there nor missing: nothing further is said of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<T> {
    Absent,
    Broken,
    Is(Found<T>),
}

impl<T> Given<T> {
    pub(crate) fn of(found: Option<Found<T>>) -> Self {
        found.map_or(Self::Broken, Self::Is)
    }

    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Inheritance: what is given itself, broken or not, else what is inherited.
    pub(crate) fn or(self, inherited: Self) -> Self {
        if self.is_absent() { inherited } else { self }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Given<U> {
        match self {
            Self::Absent => Given::Absent,
            Self::Broken => Given::Broken,
            Self::Is(Found { value, spot }) => Given::Is(Found {
                value: change(value),
                spot,
            }),
        }
    }

    pub(crate) fn found(self) -> Option<Found<T>> {
        match self {
            Self::Is(found) => Some(found),
            Self::Absent | Self::Broken => None,
        }
    }

    pub(crate) fn value(self) -> Option<T> {
        self.found().map(|found| found.value)
    }

    /// Where it is written, if it is.
    pub(crate) const fn spot(&self) -> Option<Spot> {
        match self {
            Self::Is(found) => Some(found.spot),
            Self::Absent | Self::Broken => None,
        }
    }
}

/// A value to be read, with the name of the field (or list) that holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'n, 't> {
    pub(crate) name: &'n str,
    /// Where the field's name is written; for list items the item itself.
    pub(crate) key: Spot,
    pub(crate) node: &'n Node<'t>,
}

impl<'n, 't> Value<'n, 't> {
    /// The spot of the value, or of the field's name where there is no value.
    pub(crate) fn spot(&self) -> Spot {
        let node = self.node.seen();
        if matches!(node.kind, Kind::Empty) {
            self.key
        } else {
            node.spot
        }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.seen().kind, Kind::Map(_))
    }

    /// Records that the value is not what belongs there.
    pub(crate) fn wrong(&self, belongs: &str, remedy: &str, log: &mut Log) {
        let name = quoted(self.name);
        let draft = match &self.node.seen().kind {
            Kind::Bad | Kind::Shared(_) => return,
            Kind::Empty => Draft::new(format!("{name} has no value"), remedy),
            Kind::Text { text, .. } => Draft::new(format!("{} is not {belongs} for {name}", quoted(text)), remedy),
            Kind::List(_) => Draft::new(format!("{name} is a list, not {belongs}"), remedy),
            Kind::Map(_) => Draft::new(format!("{name} is a mapping, not {belongs}"), remedy),
        };
        log.report(self.spot(), || draft);
    }

    /// Any text, as it stands.
    pub(crate) fn text(&self, log: &mut Log) -> Option<Found<&'n str>> {
        let node = self.node.seen();
        let Kind::Text { text, is_plain } = &node.kind else {
            self.wrong("text", "write a text", log);
            return None;
        };
        let spot = node.spot;
        if *is_plain && is_taken_for_something_else(text) {
            log.report(spot, || {
                Draft::new(
                    format!("{} is no text to every YAML reader", quoted(text)),
                    format!("write {}", quoted(&format!("\"{text}\""))),
                )
            });
            return None;
        }
        if mask::holds_a_secret(text) {
            log.hide(spot);
            log.report(spot, || {
                secret_problem(&format!("the URL in {} carries a secret", quoted(self.name)))
            });
            return None;
        }
        Some(Found { value: text, spot })
    }

    /// A text for people, of any form, but not blank: of a field that may be left out.
    pub(crate) fn prose(&self, log: &mut Log) -> Option<Found<Arc<str>>> {
        self.prose_or("write a text, or remove it", log)
    }

    /// [`Self::prose`] of a field that must be there: `remedy` says what to write.
    pub(super) fn prose_or(&self, remedy: &str, log: &mut Log) -> Option<Found<Arc<str>>> {
        let text = self.text(log)?;
        if text.value.trim().is_empty() {
            log.report(text.spot, || {
                Draft::new(format!("{} is empty", quoted(self.name)), remedy)
            });
            return None;
        }
        Some(Found {
            value: text.value.trim().into(),
            spot: text.spot,
        })
    }

    /// Bare `true` or `false`, and nothing that only looks like it.
    pub(crate) fn boolean(&self, log: &mut Log) -> Option<Found<bool>> {
        self.bare(&[("true", true), ("false", false)], "write `true` or `false`", log)
    }

    /// `true`, `false` or `any`.
    pub(crate) fn flag(&self, log: &mut Log) -> Option<Found<ExpectedFlag>> {
        let words = [
            ("true", ExpectedFlag::Is(true)),
            ("false", ExpectedFlag::Is(false)),
            ("any", ExpectedFlag::Any),
        ];
        self.bare(&words, "write `true` or `false`, or `any` for either", log)
    }

    fn bare<T: Copy>(&self, words: &[(&str, T)], remedy: &str, log: &mut Log) -> Option<Found<T>> {
        let node = self.node.seen();
        if let Kind::Text { text, is_plain } = &node.kind {
            let word = words.iter().find(|(word, _)| word == text);
            if let Some((word, value)) = word {
                if *is_plain || *word == "any" {
                    return Some(Found {
                        value: *value,
                        spot: node.spot,
                    });
                }
                self.wrong("a value", &format!("write `{word}` without quotes"), log);
                return None;
            }
            if is_placeholder(text) {
                log.report(node.spot, || placeholder(text));
                return None;
            }
        }
        self.wrong("a value", remedy, log);
        None
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&self, words: &[(&'static str, T)], log: &mut Log) -> Option<Found<T>> {
        let text = match &self.node.seen().kind {
            Kind::Text { text, .. } => &**text,
            Kind::Empty | Kind::List(_) | Kind::Map(_) | Kind::Shared(_) | Kind::Bad => "",
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(Found {
                value: *value,
                spot: self.node.seen().spot,
            });
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let remedy = match nearest(text, all.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of `{}`", all.join("`, `")),
        };
        self.wrong("a value", &remedy, log);
        None
    }

    /// A day, quoted or not.
    pub(crate) fn date(&self, log: &mut Log) -> Option<Found<Date>> {
        let node = self.node.seen();
        if let Kind::Text { text, .. } = &node.kind
            && is_day(text)
            && let Ok(value) = text.parse()
        {
            return Some(Found { value, spot: node.spot });
        }
        self.wrong("a day", "write a day as `2027-03-31`", log);
        None
    }

    /// The items of a list, under the same name.
    pub(crate) fn list(&self, remedy: &str, log: &mut Log) -> Option<impl Iterator<Item = Self> + use<'n, 't>> {
        let Kind::List(items) = &self.node.seen().kind else {
            self.wrong("a list", remedy, log);
            return None;
        };
        let name = self.name;
        Some(items.iter().map(move |node| Value {
            name,
            key: node.seen().spot,
            node,
        }))
    }
}

/// The words for a secret in the file. The value itself is hidden where it was read.
pub(super) fn secret_problem(what: &str) -> Draft {
    Draft::new(
        format!("secrets do not belong in the inventory: {what}"),
        "remove it and replace the secret; keep it in environment variables or the credentials file, and name those \
         with `credentials: { env: PREFIX }` or `credentials: { profile: NAME }`",
    )
}

/// Four digits, two, two. The date parser takes other forms too, and times.
fn is_day(text: &str) -> bool {
    let is_in_place = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(is_in_place)
}

/// Whether some YAML reader takes this bare text for a boolean, a number, a time or nothing.
fn is_taken_for_something_else(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    if text.len() > 64 {
        return false;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    }
    let number: String = unsigned.chars().filter(|c| *c != '_').collect();
    let of_base = |prefix: &str, base: u32| {
        number
            .strip_prefix(prefix)
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(base)))
    };
    let is_clock = number.contains(':') && number.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.'));
    let is_date = number.get(..10).is_some_and(is_day);
    let is_odd = [".inf", ".nan"].iter().any(|odd| odd.eq_ignore_ascii_case(unsigned));
    number.parse::<f64>().is_ok()
        || of_base("0x", 16)
        || of_base("0o", 8)
        || of_base("0b", 2)
        || is_clock
        || is_date
        || is_odd
}

#[cfg(test)]
mod tests {
    use super::is_taken_for_something_else;

    #[test]
    fn bare_words_that_other_readers_take_for_something_else() {
        for text in [
            "no",
            "Yes",
            "ON",
            "y",
            "true",
            "123",
            "-1",
            "1_000",
            "1.10",
            "1e3",
            "0x1F",
            "0o7",
            "12:30:45",
            "12:30",
            "2026-12-31",
            ".inf",
            ".NaN",
            "+.5",
        ] {
            assert!(is_taken_for_something_else(text), "{text}");
        }
        for text in [
            "web",
            "9a",
            "3-2",
            "1.2.3",
            "v1",
            "nope",
            "a:b",
            "cn-east-3",
            "inf",
            "0xzz",
            "e3",
        ] {
            assert!(!is_taken_for_something_else(text), "{text}");
        }
    }
}
