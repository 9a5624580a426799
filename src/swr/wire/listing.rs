//! Lists of repositories and namespaces, and the account's count of them. As strict as with rules: a list of which one
//! element cannot be believed is none.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::hints::{Beside, Hints};
use super::json::{Loose, Object, Text};
use super::plain::{DETAIL_LIMIT, plain};
use super::{decode, is_blank, not_asked, same};
use crate::model::{NamespaceName, RepositoryName};

/// Documented for a page of repositories; more than that would cost memory for each.
const PAGE_MOST: usize = 1000;

/// An account has five of its own unless it was granted more, and those of others that it may see.
const NAMESPACES_MOST: usize = 100_000;

/// What is believed of a total: beyond it nobody would wait for the answers.
const TOTAL_MOST: u64 = 1_000_000;

/// A page of repositories.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::swr) struct RepositoryPage {
    pub(in crate::swr) names: Vec<RepositoryName>,
    /// How many there are in all, where the service says so.
    pub(in crate::swr) total: Option<u32>,
}

/// The repositories in a 200 answer, or why it cannot be believed. The name goes into paths: one that is not legal could
/// not be asked for safely.
pub(in crate::swr) fn repositories(
    body: &[u8],
    content_range: Option<&str>,
    asked: &NamespaceName,
    limit: u32,
) -> Result<RepositoryPage, String> {
    let elements = if is_blank(body) {
        None
    } else {
        decode::<Option<Elements<RepositoryElement<'_>, PAGE_MOST>>>(body, "a list of repositories")?
    };
    let elements = elements.map(|Elements(elements)| elements).unwrap_or_default();
    if u64::try_from(elements.len()).is_ok_and(|count| count > u64::from(limit)) {
        return Err(format!(
            "{} repositories on a page of {limit} at the most",
            elements.len()
        ));
    }
    let mut names = Vec::with_capacity(elements.len());
    let mut hints = Hints::of_header(content_range);
    for (index, Object(element)) in elements.iter().enumerate() {
        same(Some(&element.namespace), asked.as_str()).map_err(|told| not_asked(index, "namespace", told))?;
        let name = RepositoryName::parse(&element.name.0);
        names.push(name.map_err(|_| illegal(&format!("[{index}].name"), "repository", &element.name.0))?);
        hints.take_total(element.total_range.count());
    }
    let total = hints.total().map(|total| match u32::try_from(total) {
        Ok(fitting) if total <= TOTAL_MOST => Ok(fitting),
        Ok(_) | Err(_) => Err(format!("{total} repositories in one namespace, more than is believed")),
    });
    Ok(RepositoryPage {
        names,
        total: total.transpose()?,
    })
}

/// What the list of namespaces holds.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::swr) struct NamespacePage {
    /// In their order, none twice.
    pub(in crate::swr) names: Vec<NamespaceName>,
    /// Whether there may be more. The call has no pages, so they cannot be asked for.
    pub(in crate::swr) hints_at_more: bool,
}

/// The namespaces in a 200 answer, or why it cannot be believed.
pub(in crate::swr) fn namespaces(body: &[u8], content_range: Option<&str>) -> Result<NamespacePage, String> {
    let list: NamespaceList<'_> = decode(body, "a list of namespaces")?;
    let Elements(elements) = list.namespaces;
    let mut hints = Hints::of_header(content_range);
    hints.take_field("", &Beside::Within(list.hints));
    let hints_at_more = hints.more_than(elements.len());
    let names = elements.iter().enumerate().map(|(index, Object(element))| {
        let name = NamespaceName::parse(&element.name.0);
        name.map_err(|_| illegal(&format!("namespaces[{index}].name"), "namespace", &element.name.0))
    });
    let mut names = names.collect::<Result<Vec<_>, _>>()?;
    names.sort_unstable();
    names.dedup();
    Ok(NamespacePage { names, hints_at_more })
}

/// The number of repositories in the account's overview, where it is given.
pub(in crate::swr) fn repository_count(body: &[u8]) -> Option<u64> {
    let Object(overview): Object<AccountOverview<'_>> = decode(body, "an overview").ok()?;
    overview.repo_num.count()
}

fn illegal(place: &str, what: &str, told: &str) -> String {
    plain(
        &format!("{place}: no {what} can have this name, '{told}'"),
        DETAIL_LIMIT,
    )
}

#[derive(Deserialize)]
struct RepositoryElement<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    namespace: Text<'a>,
    /// The total again. An old sample has other text around here, so it may be anything.
    #[serde(borrow, default)]
    total_range: Loose<'a>,
}

/// An object with the list, and what hints at more beside it.
struct NamespaceList<'a> {
    namespaces: Elements<NamespaceElement<'a>, NAMESPACES_MOST>,
    hints: Hints,
}

impl<'de: 'a, 'a> Deserialize<'de> for NamespaceList<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<'a>(PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for Fields<'a> {
            type Value = NamespaceList<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                const LIST: &str = "namespaces";
                let mut namespaces: Option<Option<Elements<_, NAMESPACES_MOST>>> = None;
                let mut hints = Hints::default();
                while let Some(name) = fields.next_key::<String>()? {
                    if name != LIST {
                        hints.take_field(&name, &fields.next_value()?);
                    } else if namespaces.replace(fields.next_value()?).is_some() {
                        return Err(A::Error::duplicate_field(LIST));
                    }
                }
                // It may be `null`, what Go makes of a list never filled, but not left out: an object without it is some
                // other answer.
                let namespaces = namespaces.ok_or_else(|| A::Error::missing_field(LIST))?;
                Ok(NamespaceList {
                    namespaces: namespaces.unwrap_or_else(|| Elements(Vec::new())),
                    hints,
                })
            }
        }

        deserializer.deserialize_map(Fields(PhantomData))
    }
}

#[derive(Deserialize)]
struct NamespaceElement<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Deserialize)]
struct AccountOverview<'a> {
    #[serde(borrow, default)]
    repo_num: Loose<'a>,
}

/// A JSON array of objects, refused before it costs memory for more of them than that.
struct Elements<T, const MOST: usize>(Vec<Object<T>>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Elements<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded<T, const MOST: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Bounded<T, MOST> {
            type Value = Elements<T, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = sequence.next_element()? {
                    if elements.len() == MOST {
                        return Err(A::Error::custom(format_args!("more than {MOST} elements")));
                    }
                    elements.push(element);
                }
                Ok(Elements(elements))
            }
        }

        deserializer.deserialize_seq(Bounded(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str, content_range: Option<&str>) -> Result<(Vec<String>, Option<u32>), String> {
        let asked = NamespaceName::parse("prod").expect("a legal namespace");
        let page = repositories(body.as_bytes(), content_range, &asked, 3)?;
        Ok((page.names.iter().map(ToString::to_string).collect(), page.total))
    }

    fn element(name: &str) -> String {
        format!(r#"{{"name":"{name}","namespace":"prod"}}"#)
    }

    fn page(elements: &[&str]) -> String {
        let elements: Vec<_> = elements.iter().map(|name| element(name)).collect();
        format!("[{}]", elements.join(","))
    }

    #[test]
    fn the_documented_sample_reads() {
        let body = r#"[{"name":"busybox","category":"other","description":"","size":1304902,"is_public":false,
            "num_images":1,"num_download":0,"created_at":"2017-09-11T03:00:02.542841141Z","logo":"","url":"",
            "path":"swr.cn-north-4.myhuaweicloud.com/prod/busybox","domain_name":"account","namespace":"prod",
            "tags":["latest"],"status":false,"total_range":1}]"#;
        assert_eq!(read(body, Some("0-1/1")), Ok((vec!["busybox".to_owned()], Some(1))));
        let slashes = page(&["team/app", "web"]);
        assert_eq!(read(&slashes, None).map(|(names, _)| names.len()), Ok(2));
    }

    #[test]
    fn no_elements_in_each_spelling() {
        for body in ["", " \n", "[]", "null"] {
            assert_eq!(read(body, None), Ok((Vec::new(), None)), "{body:?}");
            assert_eq!(read(body, Some("0-0/7")), Ok((Vec::new(), Some(7))), "{body:?}");
        }
    }

    #[test]
    fn an_elements_own_total_counts_where_it_is_a_number() {
        let with = |total: &str| format!(r#"[{{"name":"a","namespace":"prod","total_range":{total}}}]"#);
        for (told, range, total) in [
            ("7", None, Some(7)),
            ("7", Some("0-1/*"), Some(7)),
            ("1", Some("0-1/9"), Some(9)),
            ("9", Some("0-1/1"), Some(9)),
            (r#""7""#, None, None),
            ("-7", None, None),
            ("7.5", None, None),
            ("null", None, None),
            ("[7]", Some("0-1/1"), Some(1)),
        ] {
            assert_eq!(
                read(&with(told), range).map(|(_, total)| total),
                Ok(total),
                "{told} {range:?}"
            );
        }
    }

    #[test]
    fn a_page_with_one_wrong_element_is_refused_whole_and_says_where() {
        let good = element("a");
        for (body, start) in [
            ("{}".to_owned(), "not a list of repositories: "),
            ("7".to_owned(), "not a list of repositories: "),
            ("<html>".to_owned(), "not JSON: "),
            (format!("[{good}"), "not JSON: "),
            ("[null]".to_owned(), "not a list of repositories: [0]"),
            (format!(r#"[{good},["b","prod"]]"#), "not a list of repositories: [1]"),
            (
                format!(r#"[{good},{{"namespace":"prod"}}]"#),
                "not a list of repositories: [1]",
            ),
            (r#"[{"name":"a"}]"#.to_owned(), "not a list of repositories: [0]"),
            (
                r#"[{"name":null,"namespace":"prod"}]"#.to_owned(),
                "not a list of repositories: [0].name",
            ),
            (
                r#"[{"name":"a","name":"b","namespace":"prod"}]"#.to_owned(),
                "not a list of repositories: [0]",
            ),
            (
                r#"[{"name":"a","namespace":"other"}]"#.to_owned(),
                "[0].namespace: another one's, 'other'",
            ),
            (page(&["a", "../b"]), "[1].name: no repository can have this name"),
            (page(&["a$b"]), "[0].name: no repository can have this name"),
            (page(&["A"]), "[0].name: no repository can have this name"),
            (page(&[""]), "[0].name: no repository can have this name"),
            (page(&["a", "b", "c", "d"]), "4 repositories on a page of 3"),
            (
                page(&["a"; PAGE_MOST + 1]),
                "not a list of repositories: more than 1000 elements",
            ),
        ] {
            let detail = read(&body, None).expect_err(&body);
            assert!(detail.starts_with(start), "{body:.80}: {detail}");
            assert!(detail.chars().count() <= DETAIL_LIMIT, "{body:.80}");
        }
    }

    #[test]
    fn a_total_beyond_belief_is_refused() {
        assert_eq!(read("[]", Some("0-0/1000000")), Ok((Vec::new(), Some(1_000_000))));
        for total in ["1000001", "5000000000", "99999999999999999999999999"] {
            let detail = read("[]", Some(&format!("0-0/{total}"))).expect_err(total);
            assert!(detail.ends_with("more than is believed"), "{detail}");
        }
    }

    #[test]
    fn namespaces_come_in_their_order_and_none_twice() {
        let read = |body: &str| {
            let NamespacePage { names, .. } = namespaces(body.as_bytes(), None)?;
            Ok::<_, String>(names.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let body = r#"{"namespaces":[{"id":1,"name":"test","auth":7},{"name":"prod","auth":1},{"name":"test"}]}"#;
        assert_eq!(read(body), Ok(vec!["prod".to_owned(), "test".to_owned()]));
        for empty in [r#"{"namespaces":[]}"#, r#"{"namespaces":null}"#] {
            assert_eq!(read(empty), Ok(Vec::new()), "{empty}");
        }
        for (body, start) in [
            ("", "not JSON: "),
            ("[]", "not a list of namespaces: "),
            ("null", "not a list of namespaces: "),
            (r#"{"namespaces":{}}"#, "not a list of namespaces: namespaces"),
            ("{}", "not a list of namespaces"),
            (r#"{"error":"none"}"#, "not a list of namespaces"),
            (r#"{"namespaces":[{}]}"#, "not a list of namespaces: namespaces[0]"),
            (
                r#"{"namespaces":[],"namespaces":[]}"#,
                "not a list of namespaces: duplicate field",
            ),
            (
                r#"{"namespaces":[["prod"]]}"#,
                "not a list of namespaces: namespaces[0]",
            ),
            (
                r#"{"namespaces":[{"name":"a"},{"name":"a/b"}]}"#,
                "namespaces[1].name: no namespace can have this name, 'a/b'",
            ),
        ] {
            let detail = read(body).expect_err(body);
            assert!(detail.starts_with(start), "{body}: {detail}");
        }
    }

    #[test]
    fn namespaces_are_all_only_where_nothing_hints_at_more() {
        let hints = |body: &str, range| namespaces(body.as_bytes(), range).map(|page| page.hints_at_more);
        let two = r#""namespaces":[{"name":"a"},{"name":"b"}]"#;
        for (body, range) in [
            (format!("{{{two}}}"), Some("0-2/50")),
            (format!("{{{two}}}"), Some("0-2/2, 0-2/3")),
            (format!(r#"{{{two},"total":50}}"#), None),
            (format!(r#"{{"total":50,{two}}}"#), Some("0-2/2")),
            (format!(r#"{{{two},"nextMarker":"c"}}"#), None),
            (format!(r#"{{{two},"has_more":true}}"#), None),
            (format!(r#"{{{two},"page_info":{{"next_marker":"c"}}}}"#), None),
            (r#"{"namespaces":null,"total":1}"#.to_owned(), None),
        ] {
            assert_eq!(hints(&body, range), Ok(true), "{body} {range:?}");
        }
        for (body, range) in [
            (format!("{{{two}}}"), None),
            (format!("{{{two}}}"), Some("0-2/2")),
            (format!("{{{two}}}"), Some("0-2/*")),
            (
                format!(r#"{{{two},"total":2,"nextMarker":null,"has_more":false}}"#),
                None,
            ),
        ] {
            assert_eq!(hints(&body, range), Ok(false), "{body} {range:?}");
        }
    }

    #[test]
    fn the_overview_tells_a_number_or_nothing() {
        for (body, count) in [
            (
                r#"{"domain_id":"x","namspace_num":2,"repo_num":17,"image_num":3}"#,
                Some(17),
            ),
            (r#"{"repo_num":0}"#, Some(0)),
            (r#"{"repo_num":-1}"#, None),
            (r#"{"repo_num":"17"}"#, None),
            ("{}", None),
            ("[17]", None),
            ("", None),
        ] {
            assert_eq!(repository_count(body.as_bytes()), count, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_and_no_range_is_too_strange(body in any::<Vec<u8>>(), range in any::<Option<String>>()) {
            let asked = NamespaceName::parse("prod").expect("a legal namespace");
            if let Err(detail) = repositories(&body, range.as_deref(), &asked, 3) {
                prop_assert!(detail.chars().count() <= DETAIL_LIMIT);
            }
            let _ = (namespaces(&body, range.as_deref()), repository_count(&body));
        }
    }
}
