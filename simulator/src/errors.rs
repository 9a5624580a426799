//! How refusals and errors are spelled: status, code, text, and the shape of the body.
//!
//! Codes and shapes are documented or recorded; where a text is not known, it says what the code
//! means. When to refuse, it does not know.

use hyper::{HeaderMap, StatusCode, header::ACCEPT_ENCODING};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, RequestId},
    behaviour::{Denied, ExpiredToken, RefusedSignature, Shape, Throttled},
    gate::Refusal,
    query::BadQuery,
    rate::Rate,
    state::Hidden,
    world::World,
};

/// Why a request gets no proper answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Problem {
    /// The gateway has no such call.
    NoApi,
    /// Beyond that rate. `None`: on purpose, in a world without one.
    TooMany(Option<Rate>),
    Refused(Refusal),
    Hidden(Hidden),
    BadQuery(BadQuery),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem::Refused(refusal)
    }
}

impl From<Hidden> for Problem {
    fn from(hidden: Hidden) -> Self {
        Problem::Hidden(hidden)
    }
}

impl From<BadQuery> for Problem {
    fn from(bad: BadQuery) -> Self {
        Problem::BadQuery(bad)
    }
}

/// The answer to a problem; `asked` are the headers of the request.
pub(crate) fn answer(problem: &Problem, world: &World, id: &RequestId, asked: &HeaderMap) -> Answer {
    match problem {
        Problem::NoApi => {
            let text = "The API does not exist or has not been published in the environment";
            let answer = gateway(StatusCode::NOT_FOUND, "0101", text, id);
            // Recorded.
            if accepts_gzip(asked) { answer.gzipped() } else { answer }
        }
        Problem::TooMany(rate) => throttled(*rate, world, id),
        Problem::Refused(refusal) => refused(refusal, world, id),
        Problem::Hidden(Hidden::NoNamespace) => not_found("4040058", "The organization does not exist", world, id),
        Problem::Hidden(Hidden::NoRepository) => not_found("4040113", "The image does not exist", world, id),
        Problem::Hidden(Hidden::NoTag) => not_found("4040115", "The tag does not exist", world, id),
        Problem::Hidden(Hidden::Denied) => match world.behaviour.denied {
            Denied::D => service(
                StatusCode::FORBIDDEN,
                "4030170",
                "Insufficient permissions",
                Shape::D,
                id,
            ),
            Denied::A => service(
                StatusCode::FORBIDDEN,
                "4039002",
                "The operation is not permitted",
                Shape::A,
                id,
            ),
        },
        Problem::BadQuery(bad) => {
            let (code, text) = match bad {
                BadQuery::Filter => ("4001035", "Invalid filter"),
                BadQuery::PageSize => ("4000056", "Invalid page size"),
                BadQuery::Unpaired => ("4001024", "Invalid query parameters"),
                BadQuery::OrderColumn => ("4001096", "param order column error"),
                BadQuery::Missing => ("4001014", "A mandatory parameter is missing"),
            };
            service(StatusCode::BAD_REQUEST, code, text, Shape::B, id)
        }
    }
}

/// An error's body in one of the known shapes.
pub(crate) fn body(shape: Shape, code: &str, message: &str, id: &RequestId) -> String {
    let inner = json!({ "errorCode": code, "errorMessage": message, "detail": "" });
    let value: Value = match shape {
        Shape::A => json!([inner]),
        Shape::B => json!({ "errors": [inner] }),
        Shape::C => json!({ "errorCode": code, "errorMessage": message }),
        Shape::D => json!({
            "errors": [{
                "errorCode": code, "errorMessage": message, "detail": "", "encoded_authorization_message": "",
            }],
            "error_code": code,
            "error_msg": message,
            "details": [{ "error_code": code, "error_msg": message }],
            "encoded_authorization_message": "",
        }),
        Shape::E => json!({ "error_code": code, "error_msg": message, "request_id": id.0 }),
    };
    // Recorded: the gateway ends its body with a newline.
    format!("{value}{}", if shape == Shape::E { "\n" } else { "" })
}

fn throttled(rate: Option<Rate>, world: &World, id: &RequestId) -> Answer {
    let mut answer = match world.behaviour.throttled {
        Throttled::Gateway => {
            let policy = rate.map_or_else(|| "limit:200,time:1 minute".to_owned(), |rate| rate.policy());
            let text = format!("The throttling threshold has been reached: policy user over ratelimit,{policy}");
            gateway(StatusCode::TOO_MANY_REQUESTS, "0308", &text, id)
        }
        Throttled::TooManyRequests => service(StatusCode::FORBIDDEN, "4031032", "Too many requests", Shape::B, id),
        Throttled::Busy => service(StatusCode::CONFLICT, "4090023", "The system is busy", Shape::B, id),
    };
    if let Some(seconds) = rate.and_then(|rate| rate.retry_after_seconds) {
        answer.set_text("retry-after", &seconds.to_string());
    }
    answer
}

fn refused(refusal: &Refusal, world: &World, id: &RequestId) -> Answer {
    let unauthorized = |text: &str| {
        let text = format!("Incorrect IAM authentication information: {text}");
        gateway(StatusCode::UNAUTHORIZED, "0301", &text, id)
    };
    match refusal {
        // Recorded.
        Refusal::Anonymous => unauthorized("Unauthorized"),
        Refusal::UnknownKey(ak) => unauthorized(&format!("ak {ak} not exist")),
        // Documented in the signing guide.
        Refusal::LockedKey => unauthorized("AK access failed to reach the limit,forbidden"),
        Refusal::UnknownToken => unauthorized("decrypt token fail"),
        // Inferred: a security token is an IAM token of its own kind.
        Refusal::WrongSecurityToken => unauthorized("decrypt security token fail"),
        // The first text is inferred, the second reported by one observer.
        Refusal::WrongSignature => signature("verify aksk signature fail", world, id),
        Refusal::LateSignature => signature("calc ak sk signature fail:signature expired", world, id),
        Refusal::ExpiredToken => match world.behaviour.expired_token {
            ExpiredToken::Gateway => gateway(StatusCode::UNAUTHORIZED, "0307", "The token must be updated", id),
            ExpiredToken::Service => service(
                StatusCode::UNAUTHORIZED,
                "4010000",
                "Authentication failed",
                Shape::B,
                id,
            ),
            ExpiredToken::BadRequest => service(
                StatusCode::BAD_REQUEST,
                "4001048",
                "Failed to get Token from Context",
                Shape::A,
                id,
            ),
        },
    }
}

fn signature(text: &str, world: &World, id: &RequestId) -> Answer {
    let (code, kind) = match world.behaviour.bad_signature {
        RefusedSignature::Iam => ("0301", "IAM"),
        RefusedSignature::App => ("0303", "app"),
    };
    let text = format!("Incorrect {kind} authentication information: {text}");
    gateway(StatusCode::UNAUTHORIZED, code, &text, id)
}

fn not_found(code: &str, text: &str, world: &World, id: &RequestId) -> Answer {
    service(StatusCode::NOT_FOUND, code, text, world.behaviour.not_found, id)
}

fn service(status: StatusCode, code: &str, text: &str, shape: Shape, id: &RequestId) -> Answer {
    Answer::json(status, body(shape, &format!("SVCSTG.SWR.{code}"), text, id))
}

fn gateway(status: StatusCode, code: &str, text: &str, id: &RequestId) -> Answer {
    Answer::json(status, body(Shape::E, &format!("APIGW.{code}"), text, id)).through_firewall(id)
}

fn accepts_gzip(asked: &HeaderMap) -> bool {
    let values = asked
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && weight.trim() != "q=0"
    })
}
