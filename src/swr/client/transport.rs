//! One attempt: a request out, an answer in, within limits. The HTTP library's errors end here.
//!
//! Does not know what was asked; whether to ask again is only said, not done.

use std::error::Error;
use std::time::{Duration, SystemTime};

use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER, TRANSFER_ENCODING,
    WWW_AUTHENTICATE,
};
use reqwest::{Request, Response, StatusCode, Version};

use super::cause::chain;
use super::connect::{ClientError, Line, Trouble};
use super::issue::IssueError;
use super::redact::{Redacted, Redaction};
use super::shared::Connection;
use super::skew::clock_skew;
use crate::model::{Failure, UnknownClass};
use crate::swr::pace::limit::Reception;
use crate::swr::pace::retry::{Retry, retry_after};
use crate::swr::wire::classify::{Meaning, classify};
use crate::swr::wire::error_body::ErrorBody;
use crate::swr::wire::exchange::Reply;
use crate::swr::wire::total_of;

/// What every healthy answer is.
const JSON: &str = "application/json";

const REQUEST_ID_LIMIT: usize = 128;

/// Several ranges of three numbers of any size that is believed.
const CONTENT_RANGE_LIMIT: usize = 256;

/// What came of one attempt.
#[derive(Debug)]
pub(in crate::swr) struct Attempt {
    pub(in crate::swr) reply: Reply,
    pub(in crate::swr) request_id: Option<String>,
    /// As [`Exchange::clock_skew`](super::Exchange).
    pub(in crate::swr) clock_skew: Option<i64>,
    /// As [`Exchange::content_range`](super::Exchange).
    pub(in crate::swr) content_range: Option<String>,
    pub(in crate::swr) class: Option<UnknownClass>,
    pub(in crate::swr) retry: Retry,
    /// By which connection it came, where others may have come by the same.
    pub(in crate::swr) connection: Option<Connection>,
}

impl Attempt {
    /// What it says of how to go on asking this source. The service's own word on when to come back is heeded so far and
    /// no further: it holds for everybody, and a slip of its clock must not stop a run for a day.
    pub(in crate::swr) fn reception(&self, retry_after_cap: Duration) -> Reception {
        match (self.class, self.reply.status()) {
            (None, _) => Reception::Answered { proves: true },
            (Some(UnknownClass::Throttled), _) => Reception::Throttled {
                retry_after: match self.retry {
                    Retry::Throttled(asked) => asked.map(|asked| asked.min(retry_after_cap)),
                    Retry::No | Retry::Once | Retry::Backoff | Retry::After(_) | Retry::Renew | Retry::Stray => None,
                },
            },
            (Some(class), None | Some(502..=504)) => {
                let failure = self.reply.failure();
                Reception::Silent(failure.unwrap_or_else(|| Failure::unasked(class)))
            }
            // Who is refused one thing was recognised.
            (Some(class), Some(status)) => Reception::Answered {
                proves: class == UnknownClass::AccessDenied && status == 403,
            },
        }
    }

    /// There is no way to send it.
    pub(in crate::swr) fn unsent(error: &ClientError) -> Self {
        Self {
            reply: Reply::Broken(Failure {
                // Ours, so it is not cut; the lines below the first say what to do.
                detail: error.to_string().lines().next().unwrap_or_default().to_owned(),
                ..Failure::unasked(UnknownClass::Unreachable)
            }),
            request_id: None,
            clock_skew: None,
            content_range: None,
            class: Some(UnknownClass::Unreachable),
            retry: Retry::No,
            connection: None,
        }
    }

    /// The same refusal, with the reason why nothing better came after it.
    pub(in crate::swr) fn not_renewed(self, error: IssueError) -> Self {
        let refusal = self.reply.failure();
        let refusal = refusal.unwrap_or_else(|| Failure::unasked(UnknownClass::Unauthenticated));
        Self {
            request_id: self.request_id.or_else(|| self.reply.request_id()),
            reply: Reply::Broken(Failure {
                renewal: Some(error.failure),
                ..refusal
            }),
            ..self
        }
    }
}

/// What the head of an answer says that its body does not.
struct Head {
    status: u16,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    clock_skew: Option<i64>,
    content_range: Option<String>,
    by_registry: bool,
    is_html: bool,
    connection: Option<Connection>,
}

/// Why a body was not read.
pub(in crate::swr) enum Unread {
    /// It was not wanted: too long, or compressed.
    Refused(String),
    /// The connection or our patience ended before it did.
    Broken(reqwest::Error),
}

/// Sends a request and takes its answer, where that has no more than so many bytes.
pub(in crate::swr) async fn send(line: &Line, request: Request, redaction: &Redaction, body_limit: usize) -> Attempt {
    let mut response = match line.http.execute(request).await {
        Ok(response) => response,
        Err(error) => {
            let error = error.without_url();
            let trouble = line.trouble(&error, redaction).await;
            return broken(&error, None, trouble);
        }
    };
    let head = Head {
        status: response.status().as_u16(),
        request_id: request_id(response.headers(), redaction),
        retry_after: asked_to_wait(response.headers()),
        // Content refuses nobody.
        clock_skew: (response.status() != StatusCode::OK)
            .then(|| clock_skew(response.headers(), SystemTime::now()))
            .flatten(),
        content_range: content_range(response.headers(), redaction),
        by_registry: is_registry(response.headers()),
        is_html: is_html(response.headers()),
        connection: connection(&response),
    };
    match read_body(&mut response, body_limit).await {
        Ok(body) if head.status == 200 && body.trim_ascii().is_empty() && !has_an_end(&response) => unended(head),
        Ok(body) => {
            let Redacted { body, held_secret } = redaction.body(head.status, body);
            if held_secret && head.status == 200 {
                refused(head, "the answer repeats a secret that it was asked with".to_owned())
            } else {
                answered(head, body)
            }
        }
        Err(Unread::Refused(detail)) => refused(head, detail),
        Err(Unread::Broken(error)) => {
            let error = error.without_url();
            let trouble = line.trouble(&error, redaction).await;
            broken(&error, Some(head), trouble)
        }
    }
}

/// What `Retry-After` asks for, from now on. A date is the service's, so it is held against the service's own clock where
/// that is told.
pub(in crate::swr) fn asked_to_wait(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let told = headers
        .get(DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    retry_after(value, told.unwrap_or_else(SystemTime::now))
}

/// The whole body, where it has no more than so many bytes.
pub(in crate::swr) async fn read_body(response: &mut Response, limit: usize) -> Result<Vec<u8>, Unread> {
    if is_encoded(response.headers()) {
        return Err(Unread::Refused("compressed though that was not asked for".to_owned()));
    }
    let too_long = || Unread::Refused(format!("longer than {limit} bytes"));
    let announced = response.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(too_long());
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
        if body.len() + chunk.len() > limit {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The connection by which it came, where others may come by the same one after the other. Over HTTP/2 each answer bears
/// the number of its question.
fn connection(response: &Response) -> Option<Connection> {
    let info = response.extensions().get::<HttpInfo>();
    let is_in_order = response.version() <= Version::HTTP_11;
    is_in_order.then(|| Connection::from_local(info.map(HttpInfo::local_addr)))
}

/// Whether the end of the body is marked by something other than the end of the connection. Where it is not, an empty body
/// and a server that died after its head look the same; "no rules" is believed of the first alone. Blanks are no better:
/// they may stand before a list.
fn has_an_end(response: &Response) -> bool {
    response.version() > Version::HTTP_11
        || [CONTENT_LENGTH, TRANSFER_ENCODING]
            .iter()
            .any(|name| response.headers().contains_key(name))
}

fn unended(head: Head) -> Attempt {
    Attempt {
        reply: Reply::Broken(Failure {
            detail: "the connection ended where the body should begin".to_owned(),
            ..Failure::unasked(UnknownClass::Unreachable)
        }),
        request_id: head.request_id,
        clock_skew: None,
        content_range: None,
        class: Some(UnknownClass::Unreachable),
        retry: head.retry_after.map_or(Retry::Backoff, Retry::After),
        connection: None,
    }
}

/// How is not shown: the words of a header are anybody's.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_ENCODING).is_some_and(|value| {
        let encoding = value.as_bytes().trim_ascii();
        !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity")
    })
}

fn request_id(headers: &HeaderMap, redaction: &Redaction) -> Option<String> {
    let id = redaction.text(headers.get("x-request-id")?.to_str().ok()?, REQUEST_ID_LIMIT);
    Some(id).filter(|id| !id.is_empty() && !holds_signature(id))
}

/// All values of the header, joined by commas; of more text than anybody needs, the total alone.
fn content_range(headers: &HeaderMap, redaction: &Redaction) -> Option<String> {
    let values = headers.get_all(CONTENT_RANGE).iter();
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    if values.is_empty() {
        return None;
    }
    let range = redaction.text(&values.join(", "), usize::MAX);
    if range.len() > CONTENT_RANGE_LIMIT || holds_signature(&range) {
        return total_of(&range).map(|total| format!("*/{total}"));
    }
    Some(range)
}

/// Whether the headers call the body a page for browsers.
pub(in crate::swr) fn is_html(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_TYPE).iter().any(|kind| {
        if kind == JSON {
            return false;
        }
        let kind = String::from_utf8_lossy(kind.as_bytes()).to_ascii_lowercase();
        kind.contains("text/html") || kind.contains("application/xhtml")
    })
}

/// Whether a container registry sends such headers: the version of its protocol, or where its own tokens are.
fn is_registry(headers: &HeaderMap) -> bool {
    headers.contains_key("docker-distribution-api-version")
        || headers.get_all(WWW_AUTHENTICATE).iter().any(|challenge| {
            let challenge = String::from_utf8_lossy(challenge.as_bytes()).to_ascii_lowercase();
            let parameters = challenge.trim_start().strip_prefix("bearer ");
            parameters.is_some_and(|parameters| parameters.contains("realm=") && parameters.contains("service="))
        })
}

/// A signature is 64 hexadecimal digits; the ids of this gateway have half of them. An echo of one is no id.
fn holds_signature(id: &str) -> bool {
    if id.len() < 64 {
        return false;
    }
    let unbroken: String = id.split_whitespace().collect();
    unbroken
        .split(|c: char| !c.is_ascii_hexdigit())
        .any(|digits| digits.len() >= 64)
}

fn answered(head: Head, body: Vec<u8>) -> Attempt {
    let Head {
        status,
        request_id,
        retry_after,
        clock_skew,
        content_range,
        by_registry,
        is_html,
        connection,
    } = head;
    let meaning = match status {
        200 => Meaning::Found,
        _ => classify(status, ErrorBody::read(&body, is_html).code.as_deref(), by_registry),
    };
    let (class, retry) = match meaning {
        Meaning::Found | Meaning::Absent => (None, Retry::No),
        Meaning::Unknown(class) => (Some(class), Retry::for_answer(status, class, retry_after)),
    };
    Attempt {
        reply: Reply::Answered {
            status,
            body,
            by_registry,
            is_html,
        },
        request_id,
        clock_skew: clock_skew.filter(|_| class == Some(UnknownClass::Unauthenticated)),
        content_range,
        class,
        retry,
        connection,
    }
}

/// The status alone says what it can: a 401 stays a refused credential whatever its body is packed in.
fn refused(head: Head, detail: String) -> Attempt {
    let class = match classify(head.status, None, head.by_registry) {
        Meaning::Unknown(class) => class,
        Meaning::Found | Meaning::Absent => UnknownClass::BadResponse,
    };
    Attempt {
        reply: Reply::Broken(Failure {
            http_status: Some(head.status),
            detail,
            by_registry: head.by_registry,
            ..Failure::unasked(class)
        }),
        request_id: head.request_id,
        clock_skew: head.clock_skew.filter(|_| class == UnknownClass::Unauthenticated),
        content_range: None,
        class: Some(class),
        retry: Retry::for_answer(head.status, class, head.retry_after),
        connection: None,
    }
}

/// No whole answer. One that began with 401 is a refused credential all the same: asking again could lock the key.
fn broken(error: &reqwest::Error, head: Option<Head>, trouble: Trouble) -> Attempt {
    if let Some(head) = head.as_ref().filter(|head| head.status == 401) {
        return refused(
            Head {
                status: head.status,
                request_id: head.request_id.clone(),
                retry_after: None,
                clock_skew: head.clock_skew,
                content_range: None,
                by_registry: head.by_registry,
                is_html: false,
                connection: None,
            },
            trouble.reason,
        );
    }
    // A stalled body is a timeout and a decoding error at once, and a slow connection a timeout and no connection.
    let class = if error.is_timeout() {
        UnknownClass::Timeout
    } else if is_not_http(error) {
        UnknownClass::BadResponse
    } else {
        UnknownClass::Unreachable
    };
    let detail = if class == UnknownClass::BadResponse {
        trouble.reason
    } else {
        trouble.to_string()
    };
    let retry = match head {
        _ if is_bad_certificate(error) => Retry::No,
        Some(Head {
            retry_after: Some(asked),
            ..
        }) => Retry::After(asked),
        Some(_) | None => Retry::Backoff,
    };
    Attempt {
        reply: Reply::Broken(Failure {
            detail,
            obstacle: trouble.obstacle,
            ..Failure::unasked(class)
        }),
        request_id: head.and_then(|head| head.request_id),
        clock_skew: None,
        content_range: None,
        class: Some(class),
        retry,
        connection: None,
    }
}

/// Something answered, and not in HTTP, or with a head over every limit.
fn is_not_http(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse))
}

/// A certificate that is not trusted will not be trusted in a second either.
pub(in crate::swr) fn is_bad_certificate(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))))
}
