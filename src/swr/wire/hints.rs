//! What an answer says of how many elements there are, beside the elements themselves.
//!
//! A list is believed to be whole only where nothing hints at more, documented or not: a service that grows pages where it
//! had none would otherwise show its first page as everything.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The greatest total that an answer gives, and whether it says that it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    total: Option<u64>,
    goes_on: bool,
}

impl Hints {
    /// What stands in `Content-Range`: each total behind a `/`, of one header or of several that are joined by commas.
    ///
    /// Before the `/`, the service has the offset and the number of elements on the page, where RFC 9110 has the first and
    /// the last index: both are the client's to know. `*` says that the total is not known.
    pub(super) fn of_header(content_range: Option<&str>) -> Self {
        let ranges = content_range.into_iter().flat_map(|value| value.split(','));
        let totals = ranges.filter_map(|range| {
            let (_, total) = range.rsplit_once('/')?;
            number(total.trim())
        });
        Self {
            total: totals.max(),
            goes_on: false,
        }
    }

    /// Another total that the answer gives. Where they differ, the greatest keeps a list from passing for whole.
    pub(super) fn take_total(&mut self, total: Option<u64>) {
        self.total = self.total.max(total);
    }

    /// The greatest total, if there is any.
    pub(super) const fn total(self) -> Option<u64> {
        self.total
    }

    /// Whether there may be more than so many elements.
    pub(super) fn more_than(self, came: usize) -> bool {
        self.goes_on || self.total.is_some_and(|total| total > came as u64)
    }

    /// Takes what stands beside a list in its object. Names are compared without case and underscores, since each family of
    /// services has its own spelling.
    pub(super) fn take_field(&mut self, name: &str, value: &Beside) {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        match (&*name.to_ascii_lowercase(), value) {
            ("total" | "totalcount" | "totalnum" | "totalrange" | "count", Beside::Number(total)) => {
                self.take_total(Some(*total));
            }
            ("marker" | "nextmarker" | "next" | "nextpage" | "nextpagetoken" | "nexttoken" | "nextcursor", value) => {
                self.goes_on |= value.leads_on();
            }
            ("hasmore" | "hasnext" | "istruncated" | "truncated", value) => self.goes_on |= value.leads_on(),
            (_, Beside::Within(within)) => {
                self.take_total(within.total);
                self.goes_on |= within.goes_on;
            }
            (_, Beside::Number(_) | Beside::Zero | Beside::True | Beside::Text | Beside::Nothing) => {}
        }
    }
}

/// The greatest total in a `Content-Range`.
pub(in crate::swr) fn total_of(content_range: &str) -> Option<u64> {
    Hints::of_header(Some(content_range)).total()
}

/// All digits; one that does not fit is still a number, and too great.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// A value beside a list, as far as it can be a hint.
pub(super) enum Beside {
    Number(u64),
    /// A number that leads nowhere.
    Zero,
    True,
    /// Some words.
    Text,
    /// An object, with the hints in it.
    Within(Hints),
    /// Nothing that hints at anything: `false`, `null`, an empty text or object, a list.
    Nothing,
}

impl Beside {
    /// Whether it is a place to go on from.
    const fn leads_on(&self) -> bool {
        match self {
            Self::Number(_) | Self::True | Self::Text | Self::Within(_) => true,
            Self::Zero | Self::Nothing => false,
        }
    }
}

impl<'de> Deserialize<'de> for Beside {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Value)
    }
}

struct Value;

impl<'de> Visitor<'de> for Value {
    type Value = Beside;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Beside, E> {
        Ok(if value { Beside::True } else { Beside::Nothing })
    }

    fn visit_u64<E>(self, value: u64) -> Result<Beside, E> {
        Ok(if value == 0 {
            Beside::Zero
        } else {
            Beside::Number(value)
        })
    }

    fn visit_i64<E>(self, _: i64) -> Result<Beside, E> {
        Ok(Beside::Nothing)
    }

    /// `15.0`, as some writers of JSON have whole numbers.
    fn visit_f64<E>(self, value: f64) -> Result<Beside, E> {
        Ok(number(value.to_string().split('.').next().unwrap_or_default()).map_or(Beside::Nothing, Beside::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Beside, E> {
        Ok(match number(value) {
            Some(0) => Beside::Zero,
            Some(number) => Beside::Number(number),
            None if value.is_empty() || value.eq_ignore_ascii_case("false") => Beside::Nothing,
            None => Beside::Text,
        })
    }

    fn visit_unit<E>(self) -> Result<Beside, E> {
        Ok(Beside::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Beside, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Beside::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Beside, A::Error> {
        let mut hints = Hints::default();
        let mut is_empty = true;
        while let Some((name, value)) = fields.next_entry::<String, Beside>()? {
            hints.take_field(&name, &value);
            is_empty = false;
        }
        Ok(if is_empty {
            Beside::Nothing
        } else {
            Beside::Within(hints)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_stands_behind_the_slash() {
        for (range, total) in [
            ("0-100/250", Some(250)),
            ("0-99/250", Some(250)),
            ("bytes 0-99/250", Some(250)),
            ("items 100-50/ 250", Some(250)),
            ("*/250", Some(250)),
            ("0-0/0", Some(0)),
            ("0-0/99999999999999999999999999", Some(u64::MAX)),
            ("0-100/*", None),
            ("0-100/", None),
            ("0-100", None),
            ("0-100/-1", None),
            ("0-100/2.5", None),
            ("250", None),
            ("", None),
        ] {
            assert_eq!(Hints::of_header(Some(range)).total(), total, "{range}");
        }
        assert_eq!(Hints::of_header(None), Hints::default());
    }

    #[test]
    fn of_several_totals_the_greatest_counts() {
        for (range, total) in [
            ("0-1/1, 0-1/50", Some(50)),
            ("0-1/50,0-1/1", Some(50)),
            ("0-1/*, 0-1/7", Some(7)),
            ("0-1/7, rubbish", Some(7)),
        ] {
            assert_eq!(Hints::of_header(Some(range)).total(), total, "{range}");
        }
    }

    #[test]
    fn what_stands_beside_a_list_can_hint_at_more() {
        let more_than_two = |body: &str| {
            let Beside::Within(hints) = serde_json::from_str(body).expect(body) else {
                return false;
            };
            hints.more_than(2)
        };
        for body in [
            r#"{"total":3}"#,
            r#"{"total":1,"totalCount":3}"#,
            r#"{"total_count":"3"}"#,
            r#"{"count":99}"#,
            r#"{"nextMarker":"x"}"#,
            r#"{"next_marker":7}"#,
            r#"{"marker":"x"}"#,
            r#"{"next":{"href":"/v2"}}"#,
            r#"{"has_more":true}"#,
            r#"{"hasMore":true}"#,
            r#"{"has_more":"true"}"#,
            r#"{"has_more":1}"#,
            r#"{"total":15.0}"#,
            r#"{"is_truncated":true}"#,
            r#"{"page_info":{"next_marker":"x","current_count":2}}"#,
            r#"{"page_info":{"deep":{"total":3}}}"#,
        ] {
            assert!(more_than_two(body), "{body}");
        }
        for body in [
            "{}",
            r#"{"total":2,"count":0}"#,
            r#"{"total":-3}"#,
            r#"{"total":null}"#,
            r#"{"total":[3]}"#,
            r#"{"nextMarker":null,"next":"","next_marker":{}}"#,
            r#"{"has_more":false,"truncated":false}"#,
            r#"{"has_more":"false","truncated":0,"next":"0","total":2.0}"#,
            r#"{"page_info":{"next_marker":null,"total":2}}"#,
            r#"{"id":1422,"auth":7}"#,
        ] {
            assert!(!more_than_two(body), "{body}");
        }
    }
}
