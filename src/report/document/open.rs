//! Words of lists that grow: a report of a later version may hold one that is not known here.

use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Code, LimitCode, UnknownClass};

/// A word of a list, or the text of one that another version's list has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open<T> {
    /// A word of this version.
    Known(T),
    /// A word of another one, as it came.
    Other(Arc<str>),
}

/// What a list of words offers.
pub trait Vocabulary: Copy {
    /// The stable word.
    fn word(self) -> &'static str;
    /// The variant of that word.
    fn of_word(word: &str) -> Option<Self>;
}

macro_rules! vocabulary {
    ($($list:ty),+) => {$(
        impl Vocabulary for $list {
            fn word(self) -> &'static str {
                self.name()
            }

            fn of_word(word: &str) -> Option<Self> {
                Self::from_name(word)
            }
        }
    )+};
}

vocabulary!(Code, LimitCode, UnknownClass);

impl<T: Vocabulary> Open<T> {
    /// The word, as it stands in reports.
    pub fn name(&self) -> &str {
        match self {
            Self::Known(word) => word.word(),
            Self::Other(text) => text,
        }
    }

    /// The word, where this version knows it.
    pub const fn known(&self) -> Option<T> {
        match self {
            Self::Known(word) => Some(*word),
            Self::Other(_) => None,
        }
    }
}

impl<T> From<T> for Open<T> {
    fn from(word: T) -> Self {
        Self::Known(word)
    }
}

impl<T: PartialEq> PartialEq<T> for Open<T> {
    fn eq(&self, other: &T) -> bool {
        matches!(self, Self::Known(word) if word == other)
    }
}

impl<T: Vocabulary> fmt::Display for Open<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl<T: Vocabulary> Serialize for Open<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Open<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: std::borrow::Cow<'de, str> = Deserialize::deserialize(deserializer)?;
        Ok(T::of_word(&text).map_or_else(|| Self::Other((*text).into()), Self::Known))
    }
}

/// Published as the closed list of this version.
impl<T: JsonSchema> JsonSchema for Open<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
