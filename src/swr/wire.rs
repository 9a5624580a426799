//! The service's JSON, turned into the model's words or refused as a whole.
//!
//! A wrong element spoils its answer: half a list would read as missing rules. Unknown fields are ignored, since live
//! answers have more of them than the documentation, and what is never compared (id, times) may be unreadable.

mod account;
pub(super) mod call;
pub(super) mod classify;
pub(super) mod error_body;
pub(super) mod exchange;
mod hints;
pub(super) mod json;
pub(super) mod listed;
mod listing;
pub(super) mod page;
pub(super) mod paging;
pub(super) mod plain;

use serde::{Deserialize, Deserializer};

use crate::model::{Flags, NamespaceName, RepositoryName, Rule, RuleList, Target};
use crate::swr::wire::json::{Loose, Object, Text};
use crate::swr::wire::plain::{DETAIL_LIMIT, plain};
use hints::Hints;

pub(super) use account::account;
pub(super) use hints::total_of;
pub(super) use listing::{NamespacePage, RepositoryPage, namespaces, repositories, repository_count};

/// The documentation lists 100; whatever lifts that, a repository has no more targets than the world has regions and
/// namespaces to name. More would cost memory for each.
const RULE_LIMIT: usize = 10_000;

/// The rules in a 200 answer, or why it cannot be believed.
///
/// The empty list of this call is not documented: `[]`, `null` and nothing at all are what services of this make send. Nor
/// has the call pages or a total; where an answer gives one that is above what came, the list may be cut.
pub(super) fn rules(
    body: &[u8],
    content_range: Option<&str>,
    namespace: &NamespaceName,
    repository: &RepositoryName,
) -> Result<RuleList, String> {
    let mut hints = Hints::of_header(content_range);
    let elements: Option<Vec<Object<RuleElement<'_>>>> = if is_blank(body) {
        None
    } else {
        decode(body, "a list of rules")?
    };
    let elements = elements.unwrap_or_default();
    if elements.len() > RULE_LIMIT {
        return Err(format!("{} rules, more than any repository can have", elements.len()));
    }
    for (index, Object(element)) in elements.iter().enumerate() {
        for (field, Text(text)) in [
            ("remoteRegionId", &element.remote_region_id),
            ("remoteNamespace", &element.remote_namespace),
        ] {
            if text.is_empty() {
                return Err(format!("not a list of rules: [{index}].{field}: empty"));
            }
        }
        same(element.namespace.as_ref(), namespace.as_str()).map_err(|told| not_asked(index, "namespace", told))?;
        same(element.repo_name.as_ref(), repository.as_str()).map_err(|told| not_asked(index, "repoName", told))?;
        hints.take_total(element.total_range.count());
    }
    let hints_at_more = hints.more_than(elements.len());
    let owners = account::owners(elements.iter().map(|Object(element)| &element.domain_id));
    let rules = elements.into_iter().map(|Object(element)| element.into_rule());
    Ok(RuleList {
        owners,
        ..RuleList::new(rules.collect(), hints_at_more)
    })
}

/// Whether a 200 answer shows the namespace that was asked for; else why it cannot be believed.
pub(super) fn namespace(body: &[u8], asked: &NamespaceName) -> Result<(), String> {
    let Object(shown): Object<NamespaceDetails<'_>> = decode(body, "a namespace")?;
    same(Some(&shown.name), asked.as_str())
        .map_err(|told| plain(&format!("name: another one's, '{told}'"), DETAIL_LIMIT))
}

fn is_blank(body: &[u8]) -> bool {
    body.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

fn same<'a>(told: Option<&'a Text<'_>>, asked: &str) -> Result<(), &'a str> {
    match told {
        Some(Text(told)) if told != asked => Err(told),
        Some(_) | None => Ok(()),
    }
}

fn not_asked(index: usize, field: &str, told: &str) -> String {
    plain(&format!("[{index}].{field}: another one's, '{told}'"), DETAIL_LIMIT)
}

/// Plain decoding first: following the path costs more, and is needed only to say where it broke.
fn decode<'a, T: Deserialize<'a>>(body: &'a [u8], what: &str) -> Result<T, String> {
    // Whether it is text is cheaper to find out of all of it than of each piece.
    let decoded = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    decoded.map_err(|error| {
        let detail = match error.classify() {
            serde_json::error::Category::Data => format!("not {what}: {}", path_to_error::<T>(body)),
            serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof
            | serde_json::error::Category::Io => format!("not JSON: {error}"),
        };
        plain(&detail, DETAIL_LIMIT)
    })
}

fn path_to_error<'a, T: Deserialize<'a>>(body: &'a [u8]) -> String {
    let mut json = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

/// One element of the list (`SyncRepo`). A field that stands twice is refused: whichever won, it would be a guess.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuleElement<'a> {
    #[serde(borrow)]
    remote_region_id: Text<'a>,
    #[serde(borrow)]
    remote_namespace: Text<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    namespace: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    repo_name: Option<Text<'a>>,
    #[serde(borrow, default, rename = "override")]
    overrides: Loose<'a>,
    #[serde(borrow, default)]
    sync_auto: Loose<'a>,
    #[serde(borrow, default)]
    id: Loose<'a>,
    #[serde(borrow, default)]
    created_at: Loose<'a>,
    #[serde(borrow, default)]
    updated_at: Loose<'a>,
    /// The account that owns the repository.
    #[serde(borrow, default, rename = "domainID")]
    domain_id: Loose<'a>,
    /// The total, as lists of repositories have it in their elements; not documented here.
    #[serde(borrow, default, rename = "total_range")]
    total_range: Loose<'a>,
}

/// A name that is there has to be one: `null` is there, and is nobody's.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text<'a>>, D::Error> {
    Text::deserialize(deserializer).map(Some)
}

impl RuleElement<'_> {
    fn into_rule(self) -> Rule {
        Rule {
            target: Target {
                region: self.remote_region_id.0.into(),
                namespace: self.remote_namespace.0.into(),
            },
            flags: Flags {
                overrides: self.overrides.boolean(),
                sync_auto: self.sync_auto.boolean(),
            },
            id: self.id.integer(),
            created_at: self.created_at.time(),
            updated_at: self.updated_at.time(),
        }
    }
}

/// The answer of `ShowNamespace`, as far as it is needed.
#[derive(Deserialize)]
struct NamespaceDetails<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn read(body: &[u8]) -> Result<Vec<Rule>, String> {
        let namespace = NamespaceName::parse("test").expect("a legal namespace");
        let repository = RepositoryName::parse("team/app").expect("a legal repository");
        rules(body, None, &namespace, &repository).map(|list| list.rules)
    }

    fn one(body: &str) -> Rule {
        let mut rules = read(body.as_bytes()).expect(body);
        assert_eq!(rules.len(), 1, "{body}");
        rules.remove(0)
    }

    /// One element that is right, with something more in it.
    fn with(more: &str) -> String {
        format!(r#"[{{"remoteRegionId":"cn-north-1","remoteNamespace":"dr"{more}}}]"#)
    }

    #[test]
    fn the_documented_sample_reads_whole() {
        let rule = one(
            r#"[{"createdAt":"2020-04-17T02:11:03.53183Z","domainID":"8b1e","domainName":"acct","id":45,
                "namespace":"test","override":true,"remoteNamespace":"sdsad","remoteRegionId":"cn-north-1",
                "repoName":"team/app","syncAuto":false,"updatedAt":"2020-04-17T10:11:03.531831+08:00"}]"#,
        );
        assert_eq!(rule.target.to_string(), "cn-north-1/sdsad");
        assert_eq!(rule.flags.overrides, Some(true));
        assert_eq!(rule.flags.sync_auto, Some(false));
        assert_eq!(rule.id, Some(45));
        let time = |text: &str| text.parse::<Timestamp>().ok();
        assert_eq!(rule.created_at, time("2020-04-17T02:11:03.531830Z"));
        assert_eq!(rule.updated_at, time("2020-04-17T02:11:03.531831Z"));
    }

    #[test]
    fn three_spellings_of_no_rules() {
        for body in ["", " \r\n\t", "[]", " [ ] ", "null", " null\n"] {
            assert_eq!(read(body.as_bytes()), Ok(Vec::new()), "{body:?}");
        }
    }

    #[test]
    fn a_wrong_answer_is_refused_whole_and_says_where() {
        let good = r#"{"remoteRegionId":"cn-north-1","remoteNamespace":"dr"}"#;
        let cases = [
            ("{}".to_owned(), "not a list of rules: "),
            (r#""rules""#.to_owned(), "not a list of rules: "),
            ("0".to_owned(), "not a list of rules: "),
            ("false".to_owned(), "not a list of rules: "),
            (
                r#"{"errorCode":"SVCSTG.SWR.4040113"}"#.to_owned(),
                "not a list of rules: ",
            ),
            ("<html>".to_owned(), "not JSON: "),
            (format!("[{good}"), "not JSON: "),
            (format!("[{good}] []"), "not JSON: "),
            (format!("\u{feff}[{good}]"), "not JSON: "),
            ("[".repeat(5000), "not a list of rules: "),
            (with(&format!(r#","id":{}"#, "[".repeat(200_000))), "not JSON: "),
            ("[null]".to_owned(), "not a list of rules: [0]"),
            (format!("[{good}, 7]"), "not a list of rules: [1]"),
            (r#"[["cn-north-1","dr"]]"#.to_owned(), "not a list of rules: [0]"),
            (r#"[{"remoteNamespace":"dr"}]"#.to_owned(), "not a list of rules: [0]"),
            (
                r#"[{"remoteRegionId":"cn-north-1"}]"#.to_owned(),
                "not a list of rules: [0]",
            ),
            (
                r#"[{"remoteRegionId":null,"remoteNamespace":"dr"}]"#.to_owned(),
                "not a list of rules: [0].remoteRegionId",
            ),
            (
                r#"[{"remoteRegionId":"cn-north-1","remoteNamespace":3}]"#.to_owned(),
                "not a list of rules: [0].remoteNamespace",
            ),
            (with(r#","namespace":"other""#), "[0].namespace: another one's, 'other'"),
            (with(r#","namespace":"Test""#), "[0].namespace: another one's"),
            (with(r#","namespace":5"#), "not a list of rules: [0].namespace"),
            (with(r#","namespace":null"#), "not a list of rules: [0].namespace"),
            (with(r#","repoName":null"#), "not a list of rules: [0].repoName"),
            (
                r#"[{"remoteRegionId":"","remoteNamespace":"dr"}]"#.to_owned(),
                "not a list of rules: [0].remoteRegionId: empty",
            ),
            (
                format!(
                    "[{}]",
                    vec![r#"{"remoteRegionId":"a","remoteNamespace":"b"}"#; RULE_LIMIT + 1].join(",")
                ),
                "10001 rules, more than",
            ),
            (with(r#","repoName":"team$app""#), "[0].repoName: another one's"),
            (with(r#","override":true,"override":false"#), "not a list of rules: [0]"),
            (with(r#","syncAuto":true,"syncAuto":true"#), "not a list of rules: [0]"),
        ];
        for (body, start) in cases {
            let detail = read(body.as_bytes()).expect_err(&body);
            assert!(detail.starts_with(start), "{body:.80}: {detail}");
            assert!(detail.chars().count() <= DETAIL_LIMIT, "{body:.80}");
        }
        assert!(read(b"[{\"remoteRegionId\":\"\xff\",\"remoteNamespace\":\"dr\"}]").is_err());
    }

    #[test]
    fn a_list_of_rules_may_be_cut_where_its_answer_hints_at_more() {
        let namespace = NamespaceName::parse("test").expect("a legal namespace");
        let repository = RepositoryName::parse("team/app").expect("a legal repository");
        let one = with("");
        let counted = with(r#","total_range":7"#);
        for (body, range, may_be_cut) in [
            ("[]", Some("0-0/7"), true),
            ("", Some("0-0/7"), true),
            (&one, Some("0-1/2"), true),
            (&one, Some("0-1/1, 0-1/2"), true),
            (&counted, None, true),
            ("[]", None, false),
            ("[]", Some("0-0/0"), false),
            (&one, Some("0-1/1"), false),
            (&one, Some("0-1/*"), false),
        ] {
            let list = rules(body.as_bytes(), range, &namespace, &repository).expect(body);
            assert_eq!(list.may_be_cut, may_be_cut, "{body} {range:?}");
        }
    }

    #[test]
    fn a_flag_is_a_boolean_or_not_known() {
        for (value, known) in [
            (r#","override":true"#, Some(true)),
            (r#","override":false"#, Some(false)),
            ("", None),
            (r#","override":null"#, None),
            (r#","override":"true""#, None),
            (r#","override":1"#, None),
            (r#","override":[true]"#, None),
            (r#","override":{"a":[{}]}"#, None),
        ] {
            let rule = one(&with(value));
            assert_eq!(rule.flags.overrides, known, "{value}");
            assert_eq!(rule.flags.sync_auto, None);
        }
    }

    #[test]
    fn an_unreadable_id_or_time_is_only_left_out() {
        for (value, id) in [
            (r#","id":-1"#, Some(-1)),
            (r#","id":9223372036854775807"#, Some(i64::MAX)),
            (r#","id":9223372036854775808"#, None),
            (r#","id":1.5"#, None),
            (r#","id":"45""#, None),
            (r#","id":null"#, None),
        ] {
            assert_eq!(one(&with(value)).id, id, "{value}");
        }
        for (time, readable) in [
            (r#""2017-01-01T00:00:00Z""#, true),
            (r#""2017-09-11T03:00:02.542841141Z""#, true),
            (r#""0001-01-01T00:00:00Z""#, true),
            (r#""2017-09-11T03:00:02.5428411412Z""#, false),
            (r#""2017-09-11T03:00:02""#, false),
            (r#""20170911T030002Z""#, false),
            (r#""yesterday""#, false),
            ("1505098802", false),
        ] {
            let rule = one(&with(&format!(r#","createdAt":{time}"#)));
            assert_eq!(rule.created_at.is_some(), readable, "{time}");
        }
    }

    #[test]
    fn escapes_and_absent_names_and_unknown_fields_are_no_trouble() {
        let rule = one(&with(
            r#","namespace":"t\u0065st","unknown":{"a":[1,{"a":null}]},"unknown":2"#,
        ));
        assert_eq!(&*rule.target.region, "cn-north-1");
    }

    #[test]
    fn a_namespace_is_shown_by_its_own_name_alone() {
        let asked = NamespaceName::parse("group").expect("a legal namespace");
        assert_eq!(
            namespace(br#"{"id":1422,"name":"group","creator_name":"user","auth":7}"#, &asked),
            Ok(())
        );
        for body in [
            r#"{"name":"other"}"#,
            r#"{"name":null}"#,
            "{}",
            "",
            "null",
            "[]",
            r#"["group"]"#,
            r#"{"name":"group","name":"group"}"#,
        ] {
            assert!(namespace(body.as_bytes(), &asked).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_is_too_strange(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Err(detail) = read(&body) {
                prop_assert!(detail.chars().count() <= DETAIL_LIMIT);
            }
        }
    }
}
