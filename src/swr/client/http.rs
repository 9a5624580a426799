//! Single requests to what stands beside the audited service: whoever issues a credential for it.
//!
//! What is asked for there is a secret, and so may be what is asked with. Neither shows in an error or in a `Debug`.

use std::fmt;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

use super::connect::{ClientError, ClientSettings, Line};
use super::redact::{Redacted, Redaction};
use super::transport::{Unread, asked_to_wait, is_bad_certificate, is_html, read_body};
use crate::model::{Endpoint, Evidence, Failure, Obstacle, UnknownClass};
use crate::swr::pace::retry::Retry;
use crate::swr::wire::classify::{Meaning, classify};
use crate::swr::wire::error_body::ErrorBody;

/// A token with the roles of its user is some KiB; a catalogue of services, should one come all the same, some hundred.
const BODY_LIMIT: usize = 1024 * 1024;

/// The longest code or id that is shown.
const ID_LIMIT: usize = 128;

/// Where single requests are sent.
pub struct Http {
    line: Line,
}

/// What is done at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are HTTP's")]
pub enum HttpMethod {
    Get,
    Post,
    Put,
}

/// One request.
pub struct HttpRequest<'a> {
    /// The method.
    pub method: HttpMethod,
    /// The path, with its query.
    pub path: &'a str,
    /// Headers; taken for secrets.
    pub headers: &'a [(&'static str, &'a str)],
    /// A JSON document; `None`: no body.
    pub json: Option<&'a SecretString>,
    /// What the words of an answer must not repeat.
    pub secrets: &'a [SecretString],
}

/// A whole answer, whatever it says.
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    headers: HeaderMap,
    redaction: Redaction,
}

/// Why there is no answer.
#[derive(Clone, Debug, Error)]
#[error("{detail}")]
pub struct HttpError {
    /// The system's words, without the URL.
    pub detail: String,
    /// Whether to ask again.
    pub retry: Retry,
    obstacle: Option<Obstacle>,
}

impl Http {
    /// To that endpoint, with the trust, proxy and time limits of the settings.
    pub fn new(endpoint: &Endpoint, settings: &ClientSettings) -> Result<Self, ClientError> {
        Ok(Self {
            line: Line::to(endpoint, settings)?,
        })
    }

    /// To this machine or its link, in plain HTTP and never through a proxy: not for what only the other side may read.
    pub fn on_link(base: &str, settings: &ClientSettings) -> Result<Self, ClientError> {
        Ok(Self {
            line: Line::on_link(base, settings)?,
        })
    }

    /// Where its requests go.
    pub(in crate::swr) const fn base(&self) -> &reqwest::Url {
        &self.line.base
    }

    /// Sends a request once, and takes its answer.
    pub async fn send(&self, request: HttpRequest<'_>) -> Result<HttpAnswer, HttpError> {
        let redaction = Redaction::of_secrets([request.secrets, &self.line.route.secrets()].concat());
        let request = self.request(&request)?;
        let mut response = match self.line.http.execute(request).await {
            Ok(response) => response,
            Err(error) => return Err(HttpError::broken(error, &self.line, &redaction).await),
        };
        let body = match read_body(&mut response, BODY_LIMIT).await {
            Ok(body) => body,
            Err(Unread::Broken(error)) => return Err(HttpError::broken(error, &self.line, &redaction).await),
            Err(Unread::Refused(detail)) => {
                return Err(HttpError {
                    detail: format!("the answer is {detail}"),
                    retry: Retry::No,
                    obstacle: None,
                });
            }
        };
        Ok(HttpAnswer {
            status: response.status().as_u16(),
            body,
            headers: response.headers().clone(),
            redaction,
        })
    }

    fn request(&self, request: &HttpRequest<'_>) -> Result<Request, HttpError> {
        let unsendable = |detail: &str| HttpError {
            detail: detail.to_owned(),
            retry: Retry::No,
            obstacle: None,
        };
        let method = match request.method {
            HttpMethod::Get => Method::GET,
            HttpMethod::Post => Method::POST,
            HttpMethod::Put => Method::PUT,
        };
        let url = self.line.base.join(request.path);
        let mut sent = Request::new(method, url.map_err(|_| unsendable("its path is none"))?);
        for &(name, value) in request.headers {
            let value = HeaderValue::from_str(value);
            let mut value = value.map_err(|_| unsendable("a header holds a character that HTTP cannot carry"))?;
            value.set_sensitive(true);
            sent.headers_mut().insert(HeaderName::from_static(name), value);
        }
        if let Some(json) = request.json {
            let kind = HeaderValue::from_static("application/json;charset=utf8");
            sent.headers_mut().insert(CONTENT_TYPE, kind);
            *sent.body_mut() = Some(json.expose_secret().to_owned().into());
        }
        Ok(sent)
    }
}

impl HttpAnswer {
    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What the other side takes for the time, where it says so.
    pub fn date(&self) -> Option<Timestamp> {
        let date = httpdate::parse_http_date(self.headers.get(DATE)?.to_str().ok()?).ok()?;
        Timestamp::try_from(date).ok()
    }

    /// What may be shown of an issuer's error, beside those words: status, code, request id, and whether it is a page for
    /// browsers.
    ///
    /// The words of an issuer are never quoted: what it was asked for is a secret that nobody knows yet, and an unexpected
    /// status may stand over the answer that holds it.
    pub fn failure(&self, detail: String) -> Failure {
        let Redacted { body, .. } = self.redaction.body(self.status, self.body.clone());
        let ErrorBody { code, is_page, .. } = ErrorBody::read(&body, is_html(&self.headers));
        // IAM repeats the status in the place of a code.
        let code = code.filter(|code| *code != self.status.to_string() && is_id(code));
        let ids = ["x-iam-trace-id", "x-request-id"];
        let id = ids
            .iter()
            .find_map(|name| self.header(name))
            .map(|id| self.redaction.text(id, ID_LIMIT));
        Failure {
            http_status: Some(self.status),
            error_code: code,
            is_page,
            detail,
            evidence: Evidence {
                attempts: 1,
                observed_at: Some(Timestamp::now()),
                request_id: id.filter(|id| is_id(id)),
            },
            ..Failure::unasked(UnknownClass::Unauthenticated)
        }
    }

    /// Whether a page for browsers came, which no issuer sends.
    pub fn is_page(&self) -> bool {
        ErrorBody::read(&self.body, is_html(&self.headers)).is_page
    }

    /// Whether the body has these words somewhere, in any case. For telling reasons apart that have no codes.
    pub fn mentions(&self, words: &str) -> bool {
        let body = self.body.to_ascii_lowercase();
        body.windows(words.len()).any(|part| part == words.as_bytes())
    }

    /// Whether an error with this status may pass.
    pub fn retry(&self) -> Retry {
        match classify(self.status, None, false) {
            Meaning::Unknown(class) => Retry::for_answer(self.status, class, asked_to_wait(&self.headers)),
            Meaning::Found | Meaning::Absent => Retry::No,
        }
    }
}

/// Letters and digits of a code or an id, and nothing that could be anything else.
fn is_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=ID_LIMIT).contains(&text.len()) && text.bytes().all(is_plain)
}

impl HttpError {
    /// Why there is no credential, in those words: there was no answer.
    pub fn failure(&self, detail: String) -> Failure {
        Failure {
            detail,
            obstacle: self.obstacle,
            evidence: Evidence {
                attempts: 1,
                observed_at: Some(Timestamp::now()),
                request_id: None,
            },
            ..Failure::unasked(UnknownClass::Unauthenticated)
        }
    }

    async fn broken(error: reqwest::Error, line: &Line, redaction: &Redaction) -> Self {
        let error = error.without_url();
        let retry = if is_bad_certificate(&error) {
            Retry::No
        } else {
            Retry::Backoff
        };
        let trouble = line.trouble(&error, redaction).await;
        Self {
            detail: trouble.to_string(),
            retry,
            obstacle: trouble.obstacle,
        }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("base", &self.line.base.as_str())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
