//! The error bodies of the service, its gateway, and of whatever stands between.
//!
//! At least seven shapes are documented or recorded, and the vendor's own SDKs read only some of them. One walk takes
//! them all. It does not know what a code means; that is `classify`'s.

use serde_json::Value;

use super::plain::{DETAIL_LIMIT, plain};

/// What an error body says, made fit for reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorBody {
    /// `SVCSTG.SWR.4040113`, `APIGW.0301`, `IAM.0072`, ...
    pub(super) code: Option<String>,
    /// The words beside it, else the beginning of a body that holds neither.
    pub(super) message: String,
    /// The gateway repeats the request's id in its bodies.
    pub(super) request_id: Option<String>,
}

const CODE_LIMIT: usize = 64;

/// Names under which a code and its message stand side by side.
type Names = (&'static str, &'static str);

const GATEWAY: Names = ("error_code", "error_msg");
const SERVICE: Names = ("errorCode", "errorMessage");
const IAM: Names = ("code", "message");

impl ErrorBody {
    /// Reads a body of any shape; never fails.
    pub(super) fn read(body: &[u8]) -> Self {
        let Ok(document) = serde_json::from_slice::<Value>(body) else {
            return Self::of_text(body);
        };
        let places = places(&document);
        // A place with a code is better than an earlier one that has words only.
        let found = places.iter().find(|place| place.code.is_some());
        let Some(found) = found.or_else(|| places.iter().find(|place| !place.message.is_empty())) else {
            return Self::of_text(body);
        };
        Self {
            request_id: document.get("request_id").and_then(text),
            ..found.clone()
        }
    }

    fn of_text(body: &[u8]) -> Self {
        // Four bytes are the longest character; as many again may be dropped as control characters and blanks.
        let start = &body[..body.len().min(DETAIL_LIMIT * 8)];
        Self {
            message: plain(&String::from_utf8_lossy(start), DETAIL_LIMIT),
            ..Self::default()
        }
    }
}

/// Where a code may stand, in the order in which it is looked for.
fn places(document: &Value) -> Vec<ErrorBody> {
    let first_error = &document["errors"][0];
    let first_element = &document[0];
    [
        (document, GATEWAY),
        (document, SERVICE),
        (first_error, SERVICE),
        (first_error, GATEWAY),
        (first_element, SERVICE),
        (first_element, GATEWAY),
        (&document["error"], IAM),
    ]
    .into_iter()
    .map(|(place, (code, message))| ErrorBody {
        code: text(&place[code]).map(|code| plain(&code, CODE_LIMIT)),
        message: text(&place[message]).map_or_else(String::new, |message| plain(&message, DETAIL_LIMIT)),
        request_id: None,
    })
    .collect()
}

/// Text or a number, as text; nothing where it is empty.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(plain(text, DETAIL_LIMIT)).filter(|text| !text.is_empty()),
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
        } = ErrorBody::read(body.as_bytes());
        (code, message, request_id)
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
                "<html> <b>502 Bad Gateway</b></html>",
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
        let (code, message, _) = read(&body);
        assert_eq!(code.as_deref(), Some("X[2J"));
        assert_eq!(message.chars().count(), DETAIL_LIMIT);
        assert!(!message.contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn no_body_is_too_strange(body in proptest::collection::vec(any::<u8>(), 0..600)) {
            let read = ErrorBody::read(&body);
            prop_assert!(read.message.chars().count() <= DETAIL_LIMIT);
        }
    }
}
