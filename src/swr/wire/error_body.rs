//! The error bodies of the service, its gateway, and of whatever stands between.
//!
//! At least seven shapes are documented or recorded, and the vendor's own SDKs read only some of them. One walk takes
//! them all. It does not know what a code means; that is `classify`'s.

use serde_json::Value;

use super::json::Unambiguous;
use super::page;
use super::plain::{DETAIL_LIMIT, plain};

/// What an error body says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::swr) struct ErrorBody {
    /// `SVCSTG.SWR.4040113`, `APIGW.0301`, `IAM.0072`, ..., as received: it decides what the answer means, so nothing is
    /// dropped from it. Not fit for reports.
    pub(in crate::swr) code: Option<String>,
    /// The words beside it, else the beginning of a body that does not have exactly one code; made fit for reports.
    pub(in crate::swr) message: String,
    /// The gateway repeats the request's id in its bodies; made fit for reports.
    pub(in crate::swr) request_id: Option<String>,
    /// Whether it is a page for a browser: its message is its name then.
    pub(in crate::swr) is_page: bool,
}

const CODE_LIMIT: usize = 64;

/// Names under which a code and its message stand side by side.
type Names = (&'static str, &'static str);

const GATEWAY: Names = ("error_code", "error_msg");
const SERVICE: Names = ("errorCode", "errorMessage");
const IAM: Names = ("code", "message");

impl ErrorBody {
    /// Reads a body of any shape; never fails. `is_html`: as its headers call it, which gateways say of their JSON, too.
    pub(in crate::swr) fn read(body: &[u8], is_html: bool) -> Self {
        match serde_json::from_slice(body) {
            Ok(Unambiguous(document)) => Self::of_document(&document).unwrap_or_else(|| match &document {
                Value::String(text) => Self::of_text(text.as_bytes(), is_html),
                _ => Self::of_text(body, false),
            }),
            Err(_) => Self::of_text(body, is_html),
        }
    }

    /// The code, made fit for reports.
    pub(in crate::swr) fn shown_code(&self) -> Option<String> {
        let shown = self.code.as_deref().map(|code| plain(code, CODE_LIMIT));
        shown.filter(|code| !code.is_empty())
    }

    /// `None` where it says nothing, or two things: a code counts only where every place that has one has the same.
    fn of_document(document: &Value) -> Option<Self> {
        let places = places(document);
        let mut with_code = places.iter().filter(|place| place.code.is_some());
        let first = with_code.next();
        if with_code.any(|other| other.code != first.and_then(|first| first.code)) {
            return None;
        }
        // A place with a code is better than an earlier one that has words only.
        let found = first.or_else(|| places.iter().find(|place| !place.message.is_empty()))?;
        let code = match found.code {
            Some(value) => Some(text(value)?),
            None => None,
        };
        let page = page::name(found.message.as_bytes(), false);
        Some(Self {
            // A code of the service says who answers, even around a page.
            is_page: page.is_some() && !code.as_deref().is_some_and(is_of_the_service),
            code,
            message: page.unwrap_or_else(|| plain(&found.message, DETAIL_LIMIT)),
            request_id: document
                .get("request_id")
                .and_then(text)
                .map(|id| plain(&id, DETAIL_LIMIT)),
        })
    }

    fn of_text(body: &[u8], is_html: bool) -> Self {
        if let Some(name) = page::name(body, is_html) {
            return Self {
                message: name,
                is_page: true,
                ..Self::default()
            };
        }
        // Four bytes are the longest character; as many again may be dropped as control characters and blanks.
        let start = &body[..body.len().min(DETAIL_LIMIT * 8)];
        Self {
            message: plain(&String::from_utf8_lossy(start), DETAIL_LIMIT),
            ..Self::default()
        }
    }
}

/// Where a code may stand.
struct Place<'a> {
    code: Option<&'a Value>,
    /// As received.
    message: String,
}

/// All of them, in the order in which they are looked for.
fn places(document: &Value) -> Vec<Place<'_>> {
    let errors = document["errors"].as_array().into_iter().flatten();
    let elements = errors.chain(document.as_array().into_iter().flatten());
    let in_lists = elements.flat_map(|element| [(element, SERVICE), (element, GATEWAY)]);
    [(document, GATEWAY), (document, SERVICE)]
        .into_iter()
        .chain(in_lists)
        .chain([(&document["error"], IAM)])
        .map(|(place, (code, message))| Place {
            code: place.get(code).filter(|code| !is_empty(code)),
            message: text(&place[message]).unwrap_or_default(),
        })
        .collect()
}

/// By the families that are documented.
fn is_of_the_service(code: &str) -> bool {
    ["SVCSTG.", "APIGW.", "APIG.", "IAM."]
        .iter()
        .any(|family| code.starts_with(family))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// Text or a number, as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str) -> (Option<String>, String, Option<String>) {
        let ErrorBody {
            code,
            message,
            request_id,
            is_page: _,
        } = ErrorBody::read(body.as_bytes(), false);
        (code, message, request_id)
    }

    /// Two codes, or a key twice: whichever won, it would be a guess.
    #[test]
    fn a_body_that_says_two_things_has_no_code() {
        for body in [
            r#"{"errorCode":"a","errorCode":"a"}"#,
            r#"{"error_code":"a","details":[{"x":1,"x":2}]}"#,
            r#"{"error_code":"a","errorCode":"b"}"#,
            r#"{"error_code":"a","errors":[{"errorCode":"a"},{"errorCode":"b"}]}"#,
            r#"[{"errorCode":"a"},{"error_code":"b"}]"#,
            r#"[{"errorCode":"a"}] {}"#,
            r#"{"errorCode":["a"],"errorMessage":"no"}"#,
        ] {
            assert_eq!(read(body), (None, body.to_owned(), None));
        }
        let agreed = r#"{"error_code":"a","error_msg":"no","errors":[{"errorCode":"a"},{"errorCode":""},7]}"#;
        assert_eq!(read(agreed), (Some("a".to_owned()), "no".to_owned(), None));
    }

    #[test]
    fn a_code_is_kept_as_received_and_shown_cleaned() {
        let body = ErrorBody::read(br#"{"error_code":"SVCSTG.SWR.404\u00070113 "}"#, false);
        assert_eq!(body.code.as_deref(), Some("SVCSTG.SWR.404\u{7}0113 "));
        assert_eq!(body.shown_code().as_deref(), Some("SVCSTG.SWR.4040113"));
    }

    #[test]
    fn every_documented_shape_gives_its_code() {
        let cases = [
            (
                "a bare array",
                r#"[{"errorCode":"SVCSTG.SWR.4001048","errorMessage":"Failed to get Token from Context","detail":""}]"#,
                Some("SVCSTG.SWR.4001048"),
                "Failed to get Token from Context",
            ),
            (
                "a list of errors",
                r#"{"errors":[{"errorCode":"SVCSTG.SWR.4040113","errorMessage":"no image","detail":"x"}]}"#,
                Some("SVCSTG.SWR.4040113"),
                "no image",
            ),
            (
                "top level",
                r#"{"errorCode":"SVCSTG.SWR.4001090","errorMessage":"share missing"}"#,
                Some("SVCSTG.SWR.4001090"),
                "share missing",
            ),
            (
                "both at once",
                r#"{"errors":[{"errorCode":"SVCSTG.SWR.4030170","errorMessage":"Insufficient permissions","detail":"",
                    "encoded_authorization_message":"x"}],"error_code":"SVCSTG.SWR.4030170",
                    "error_msg":"Insufficient permissions","details":[{"error_code":"a","error_msg":"b"}]}"#,
                Some("SVCSTG.SWR.4030170"),
                "Insufficient permissions",
            ),
            (
                "IAM's object",
                r#"{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}"#,
                Some("401"),
                "The request you have made requires authentication.",
            ),
            (
                "IAM's flat form",
                r#"{"error_msg":"Invalid token","error_code":"IAM.0072"}"#,
                Some("IAM.0072"),
                "Invalid token",
            ),
            (
                "empty codes are passed over",
                r#"{"error_code":"","error_msg":"","errors":[{"errorCode":"SVCSTG.SWR.4040058","errorMessage":"none"}]}"#,
                Some("SVCSTG.SWR.4040058"),
                "none",
            ),
            (
                "a web page",
                "<html>\n<b>502 Bad Gateway</b></html>",
                None,
                "an HTML page without a title",
            ),
            ("nothing", "", None, ""),
            ("another object", r#"{"a":1}"#, None, r#"{"a":1}"#),
            ("words alone", r#"{"error_msg":"later"}"#, None, "later"),
        ];
        for (shape, body, code, message) in cases {
            assert_eq!(
                read(body),
                (code.map(str::to_owned), message.to_owned(), None),
                "{shape}"
            );
        }
    }

    #[test]
    fn a_page_in_a_message_is_named_and_a_document_is_none_whatever_its_headers_say() {
        let page = "<html><title>Blocked</title><body>secret plans</body>";
        for (body, code, is_page) in [
            (
                format!(r#"{{"error_code":"X.1","error_msg":"{page}"}}"#),
                Some("X.1"),
                true,
            ),
            (
                format!(r#"{{"error_code":"APIGW.0301","error_msg":"{page}"}}"#),
                Some("APIGW.0301"),
                false,
            ),
            (format!(r#"{{"error":{{"message":"{page}"}}}}"#), None, true),
            (format!("\"{page}\""), None, true),
        ] {
            let read = ErrorBody::read(body.as_bytes(), false);
            assert_eq!(read.message, "an HTML page, titled \"Blocked\"", "{body}");
            assert_eq!((read.code.as_deref(), read.is_page), (code, is_page), "{body}");
        }
        let gateways = br#"{"error_code":"APIGW.0301","error_msg":"no"}"#;
        let read = ErrorBody::read(gateways, true);
        assert_eq!(
            (read.code.as_deref(), &*read.message, read.is_page),
            (Some("APIGW.0301"), "no", false)
        );
        assert!(ErrorBody::read(b"Access denied <a href=x>x</a>", true).is_page);
        assert!(!ErrorBody::read(br#"{"a":1}"#, true).is_page);
    }

    #[test]
    fn the_gateways_body_holds_the_request_id() {
        let body = "{\"error_code\":\"APIGW.0301\",\"error_msg\":\"Incorrect IAM authentication information: Unauthorized\",\
                    \"request_id\":\"0a1b2c\"}\n";
        let (code, message, request_id) = read(body);
        assert_eq!(code.as_deref(), Some("APIGW.0301"));
        assert_eq!(message, "Incorrect IAM authentication information: Unauthorized");
        assert_eq!(request_id.as_deref(), Some("0a1b2c"));
    }

    #[test]
    fn long_and_hostile_words_are_cut_and_cleaned() {
        let body = format!(
            r#"{{"error_code":"X\u001b[2J","error_msg":"{}"}}"#,
            "\\u001b]0;".repeat(500)
        );
        let (_, message, _) = read(&body);
        assert_eq!(
            ErrorBody::read(body.as_bytes(), false).shown_code().as_deref(),
            Some("X[2J")
        );
        assert_eq!(message.chars().count(), DETAIL_LIMIT);
        assert!(!message.contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn no_body_is_too_strange(body in proptest::collection::vec(any::<u8>(), 0..600)) {
            let read = ErrorBody::read(&body, false);
            prop_assert!(read.message.chars().count() <= DETAIL_LIMIT);
        }
    }
}
