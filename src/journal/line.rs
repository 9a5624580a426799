//! The lines of a journal: each kind is one struct, written and read as the same.
//!
//! Reading is strict about words and names, and ignores keys that a later version added.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LEVEL, shapes};
use crate::model::{
    Caller, CallerId, Ending, Evidence, Failure, IssuerKind, NamespaceName, Obstacle, RepositoryName, Signal,
    UnknownClass, is_account_id,
};
use crate::swr::{Call, Exchange, Page, Reply};

/// Longest part of a body that is kept.
pub(super) const BODY_LIMIT: usize = 256 * 1024;
/// Likewise of a list: a page of a thousand repositories, with some hundred tags each.
pub(super) const LIST_BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Any line.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(super) enum Line<'a> {
    /// The first line: what the run was.
    Header(Header),
    /// In a journal that `merge` joined: the header of a shard, whose lines follow.
    Shard(Header),
    /// What came of one call.
    #[serde(borrow)]
    Answer(Box<AnswerLine<'a>>),
    /// The answer to that call, above, is not believed any more: what follows stands in its place.
    Doubted(DoubtedLine<'a>),
    /// A repository that was never asked for, or given up before there was an answer.
    GivenUp(GivenUpLine<'a>),
    /// Who asks a source from here on: one of key, user and token, and the account where it is known.
    Caller(CallerLine<'a>),
    /// The run is resumed here: what follows was asked later.
    Resumed(ResumedLine),
    /// How the asking ended: the last line, unless the run was resumed.
    End(EndLine),
}

/// The first line: what the run was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = shapes::level_may_be_absent)]
pub struct Header {
    /// The version of this format.
    #[schemars(schema_with = "shapes::version")]
    pub journal: u32,
    /// The run's id.
    pub run_id: String,
    /// When the run started.
    #[schemars(schema_with = "shapes::instant")]
    pub started_at: Timestamp,
    /// The tool's version.
    pub tool_version: String,
    /// What was checked.
    #[serde(default = "rules")]
    #[schemars(schema_with = "shapes::level")]
    pub level: String,
    /// Where the clock of reports stood still, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::instant")]
    pub at: Option<Timestamp>,
    /// The run whose answers are the first of this journal, because this one resumes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumes: Option<String>,
    /// The run whose answers are judged again here: the service was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<String>,
    /// The patterns of `--only` as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selection: Vec<String>,
    /// Which of several runs that share the work this is, as `2/8`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Into how many shards the work was divided whose journals `merge` joined here: the service was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge_of: Option<u32>,
    /// Files of the inventory with their SHA-256.
    pub inventory: Vec<(String, String)>,
    /// Sources with their endpoints.
    pub sources: Vec<(String, String)>,
}

/// What came of one call: a body, as text or in hex, or a failure.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = shapes::one_reply)]
pub(super) struct AnswerLine<'a> {
    /// The source's name.
    pub source: Cow<'a, str>,
    /// What was asked.
    #[serde(flatten)]
    pub question: Question,
    /// When the answer came.
    #[schemars(schema_with = "shapes::instant")]
    pub observed_at: Timestamp,
    /// Requests sent.
    pub attempts: u32,
    /// The HTTP status; null: no answer.
    pub status: Option<u16>,
    /// The service's id of the request.
    pub request_id: Option<Cow<'a, str>>,
    /// Where the credential was refused, and this machine's clock was more than five minutes off: by how many seconds it
    /// was ahead; negative: behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew_seconds: Option<i64>,
    /// The header of that name, where it was sent: it says how many elements a list has in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_range: Option<Cow<'a, str>>,
    /// Whether its headers are those of a registry, which is not the management API.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub registry: bool,
    /// Whether its headers call it a page for browsers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub html: bool,
    /// The body as it came, up to a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Cow<'a, str>>,
    /// A body that is not text, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::hex")]
    pub body_hex: Option<String>,
    /// Whether the body was longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub body_cut: bool,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureLine<'a>>,
}

/// What was asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "call", rename_all = "camelCase")]
pub(super) enum Question {
    /// The rules of a repository.
    Rules {
        /// Its namespace.
        #[schemars(with = "String")]
        namespace: NamespaceName,
        /// Its name.
        #[schemars(with = "String")]
        repository: RepositoryName,
    },
    /// Whether a namespace exists.
    Namespace {
        /// Its name.
        #[schemars(with = "String")]
        namespace: NamespaceName,
    },
    /// A page of the repositories of a namespace.
    Repos {
        /// Its name.
        #[schemars(with = "String")]
        namespace: NamespaceName,
        /// How many elements precede the page.
        offset: u32,
        /// How many elements it may have.
        limit: u32,
        /// Which time the list was gone through, from 0.
        pass: u32,
    },
    /// The namespaces of the account.
    Namespaces,
    /// The numbers of the account.
    Overview,
}

/// Why there is no answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FailureLine<'a> {
    /// The class of unknown.
    class: UnknownClass,
    /// The status, where one came.
    http_status: Option<u16>,
    /// The code, where one came.
    error_code: Option<Cow<'a, str>>,
    /// The system's or the decoder's words.
    detail: Cow<'a, str>,
    /// Who did not issue a credential, where that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<IssuerKind>,
    /// Where a credential was refused: why no other came in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    renewal: Option<Box<FailureLine<'a>>>,
    /// What stands in the way to the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<Obstacle>,
    /// Whether a page for browsers was the answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    page: bool,
    /// Where an earlier question failed, after which this one was not asked or not waited for: how that answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<EarlierLine<'a>>,
}

/// The answer to an earlier question.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EarlierLine<'a> {
    /// Requests sent for it.
    attempts: u32,
    /// When it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::instant")]
    observed_at: Option<Timestamp>,
    /// The service's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<Cow<'a, str>>,
    /// By how many seconds this machine's clock was ahead then, where it was more than five minutes off.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_skew_seconds: Option<i64>,
}

/// The answer to that call is not believed any more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DoubtedLine<'a> {
    /// The source's name.
    pub source: Cow<'a, str>,
    /// What was asked.
    #[serde(flatten)]
    pub question: Question,
}

/// A repository that was given up.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GivenUpLine<'a> {
    /// The source's name.
    pub source: Cow<'a, str>,
    /// Its namespace.
    #[schemars(with = "String")]
    pub namespace: NamespaceName,
    /// The repository.
    #[schemars(with = "String")]
    pub repository: RepositoryName,
    /// The class of unknown.
    pub class: UnknownClass,
    /// Requests that had left for it.
    pub attempts: u32,
    /// Why, where more is known than the class.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureLine<'a>>,
}

/// Who asks a source from here on.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = shapes::one_caller)]
pub(super) struct CallerLine<'a> {
    /// The source's name.
    pub source: Cow<'a, str>,
    /// The first 16 hex digits of the SHA-256 of an access key's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::digest")]
    key: Option<Cow<'a, str>>,
    /// A user who logs in, as `DOMAIN/NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Cow<'a, str>>,
    /// The first 16 hex digits of the SHA-256 of a ready token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::digest")]
    token: Option<Cow<'a, str>>,
    /// The id of the account that a token was issued for.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Cow<'a, str>>,
}

/// The run is resumed here.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = shapes::start_may_be_absent)]
pub(super) struct ResumedLine {
    /// When.
    #[schemars(schema_with = "shapes::instant")]
    pub at: Timestamp,
    /// When the whole of it started: the time of the oldest answer that is used. Older journals do not say it.
    #[schemars(schema_with = "shapes::instant")]
    pub started_at: Option<Timestamp>,
}

/// How the asking ended.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "ending", rename_all = "kebab-case")]
pub(super) enum EndLine {
    /// By itself.
    Finished,
    /// There was no credential.
    NoCredential,
    /// The credential was refused at the probe.
    Refused,
    /// By SIGINT.
    Sigint,
    /// By SIGTERM.
    Sigterm,
    /// By the deadline.
    #[serde(rename_all = "camelCase")]
    Deadline {
        /// How long it was.
        #[serde(skip_serializing_if = "Option::is_none")]
        deadline_ms: Option<u64>,
    },
}

/// The one level of the journals that do not name theirs.
fn rules() -> String {
    LEVEL.to_owned()
}

impl<'a> AnswerLine<'a> {
    /// What came of that call.
    pub(super) fn new(source: &'a str, call: &Call, exchange: &'a Exchange) -> Self {
        let body_limit = match call {
            Call::Rules { .. } | Call::Namespace { .. } | Call::Overview => BODY_LIMIT,
            Call::Repositories { .. } | Call::Namespaces => LIST_BODY_LIMIT,
        };
        let mut line = Self {
            source: source.into(),
            question: call.into(),
            observed_at: exchange.observed_at,
            attempts: exchange.attempts,
            status: None,
            request_id: exchange.request_id.as_deref().map(Cow::from),
            clock_skew_seconds: exchange.clock_skew,
            content_range: exchange.content_range.as_deref().map(Cow::from),
            registry: false,
            html: false,
            body: None,
            body_hex: None,
            body_cut: false,
            failure: None,
        };
        match &exchange.reply {
            Reply::Answered {
                status,
                body,
                by_registry,
                is_html,
            } => {
                line.status = Some(*status);
                line.registry = *by_registry;
                line.html = *is_html;
                match std::str::from_utf8(body) {
                    Ok(text) => line.body = Some(text[..text.floor_char_boundary(body_limit)].into()),
                    Err(_) => line.body_hex = Some(hex::encode(&body[..body.len().min(body_limit)])),
                }
                line.body_cut = body.len() > body_limit;
            }
            Reply::Broken(failure) => {
                line.registry = failure.by_registry;
                line.failure = Some(failure.into());
            }
        }
        line
    }

    /// What came of the call.
    pub(super) fn exchange(self) -> Result<Exchange, String> {
        let reply = match (self.status, self.failure) {
            (None, Some(failure)) => Reply::Broken(Failure {
                by_registry: self.registry,
                ..failure.into()
            }),
            (Some(status), None) if self.body_cut => Reply::Broken(Failure {
                http_status: Some(status),
                detail: "the journal holds only the beginning of this answer".to_owned(),
                ..Failure::unasked(UnknownClass::BadResponse)
            }),
            (Some(status), None) => Reply::Answered {
                status,
                body: body(self.body, self.body_hex)?,
                by_registry: self.registry,
                is_html: self.html,
            },
            (Some(_), Some(_)) | (None, None) => {
                return Err("an answer has a status or a failure, and not both".to_owned());
            }
        };
        Ok(Exchange {
            attempts: self.attempts,
            observed_at: self.observed_at,
            request_id: self.request_id.map(Cow::into_owned),
            clock_skew: self.clock_skew_seconds,
            content_range: self.content_range.map(Cow::into_owned),
            reply,
        })
    }
}

fn body(text: Option<Cow<'_, str>>, digits: Option<String>) -> Result<Vec<u8>, String> {
    match (text, digits) {
        (Some(text), None) => Ok(text.into_owned().into_bytes()),
        (None, Some(digits)) => hex::decode(digits).map_err(|error| format!("bodyHex: {error}")),
        (Some(_), Some(_)) | (None, None) => Err("an answer has one body".to_owned()),
    }
}

impl From<&Call> for Question {
    fn from(call: &Call) -> Self {
        match call.clone() {
            Call::Rules { namespace, repository } => Self::Rules { namespace, repository },
            Call::Namespace { namespace } => Self::Namespace { namespace },
            Call::Repositories { namespace, page } => Self::Repos {
                namespace,
                offset: page.offset,
                limit: page.limit,
                pass: page.pass,
            },
            Call::Namespaces => Self::Namespaces,
            Call::Overview => Self::Overview,
        }
    }
}

impl From<Question> for Call {
    fn from(question: Question) -> Self {
        match question {
            Question::Rules { namespace, repository } => Self::Rules { namespace, repository },
            Question::Namespace { namespace } => Self::Namespace { namespace },
            Question::Repos {
                namespace,
                offset,
                limit,
                pass,
            } => Self::Repositories {
                namespace,
                page: Page { pass, offset, limit },
            },
            Question::Namespaces => Self::Namespaces,
            Question::Overview => Self::Overview,
        }
    }
}

impl<'a> DoubtedLine<'a> {
    pub(super) fn new(source: &'a str, call: &Call) -> Self {
        Self {
            source: source.into(),
            question: call.into(),
        }
    }
}

impl<'a> GivenUpLine<'a> {
    /// That repository ended so, after so many requests.
    pub(super) fn new(source: &'a str, id: (&NamespaceName, &RepositoryName), why: &'a Failure, attempts: u32) -> Self {
        let says_more = *why != Failure::unasked(why.class);
        Self {
            source: source.into(),
            namespace: id.0.clone(),
            repository: id.1.clone(),
            class: why.class,
            attempts,
            failure: says_more.then(|| why.into()),
        }
    }

    /// Why it was given up. Older journals have the class alone.
    pub(super) fn why(self) -> Failure {
        self.failure.map_or_else(|| Failure::unasked(self.class), Failure::from)
    }
}

impl<'a> CallerLine<'a> {
    pub(super) fn new(source: &'a str, caller: &'a Caller) -> Self {
        let mut line = Self {
            source: source.into(),
            key: None,
            user: None,
            token: None,
            account: caller.account.as_deref().map(Cow::from),
        };
        match &caller.credential {
            Some(CallerId::Key(key)) => line.key = Some(key.into()),
            Some(CallerId::User(user)) => line.user = Some(user.into()),
            Some(CallerId::Token(token)) => line.token = Some(token.into()),
            None => {}
        }
        line
    }

    /// Who that is. A line that names two callers names none.
    pub(super) fn caller(self) -> Caller {
        let credential = match (self.key, self.user, self.token) {
            (Some(key), None, None) => Some(CallerId::Key(key.into_owned())),
            (None, Some(user), None) => Some(CallerId::User(user.into_owned())),
            (None, None, Some(token)) => Some(CallerId::Token(token.into_owned())),
            (Some(_) | None, Some(_) | None, Some(_) | None) => None,
        };
        Caller {
            credential,
            account: self.account.filter(|id| is_account_id(id)).map(Arc::from),
        }
    }
}

impl From<Ending> for EndLine {
    fn from(ending: Ending) -> Self {
        let millis = |given: Duration| u64::try_from(given.as_millis()).unwrap_or(u64::MAX);
        match ending {
            Ending::Finished => Self::Finished,
            Ending::NoCredential => Self::NoCredential,
            Ending::Refused => Self::Refused,
            Ending::Signal(Signal::Interrupt) => Self::Sigint,
            Ending::Signal(Signal::Terminate) => Self::Sigterm,
            Ending::Deadline(given) => Self::Deadline {
                deadline_ms: given.map(millis),
            },
        }
    }
}

impl From<EndLine> for Ending {
    fn from(line: EndLine) -> Self {
        match line {
            EndLine::Finished => Self::Finished,
            EndLine::NoCredential => Self::NoCredential,
            EndLine::Refused => Self::Refused,
            EndLine::Sigint => Self::Signal(Signal::Interrupt),
            EndLine::Sigterm => Self::Signal(Signal::Terminate),
            EndLine::Deadline { deadline_ms } => Self::Deadline(deadline_ms.map(Duration::from_millis)),
        }
    }
}

impl<'a> From<&'a Failure> for FailureLine<'a> {
    fn from(failure: &'a Failure) -> Self {
        Self {
            class: failure.class,
            http_status: failure.http_status,
            error_code: failure.error_code.as_deref().map(Cow::from),
            detail: Cow::from(&*failure.detail),
            issuer: failure.issuer,
            renewal: failure.renewal.as_deref().map(|renewal| Box::new(renewal.into())),
            obstacle: failure.obstacle,
            page: failure.is_page,
            earlier: EarlierLine::of(failure),
        }
    }
}

impl<'a> EarlierLine<'a> {
    /// `None`: no earlier question is behind it.
    fn of(failure: &'a Failure) -> Option<Self> {
        let Evidence {
            attempts,
            observed_at,
            request_id,
        } = &failure.evidence;
        (failure.evidence != Evidence::default()).then_some(Self {
            attempts: *attempts,
            observed_at: *observed_at,
            request_id: request_id.as_deref().map(Cow::from),
            clock_skew_seconds: failure.clock_skew,
        })
    }
}

impl From<EarlierLine<'_>> for Evidence {
    fn from(line: EarlierLine<'_>) -> Self {
        Self {
            attempts: line.attempts,
            observed_at: line.observed_at,
            request_id: line.request_id.map(Cow::into_owned),
        }
    }
}

impl From<FailureLine<'_>> for Failure {
    fn from(line: FailureLine<'_>) -> Self {
        Self {
            http_status: line.http_status,
            error_code: line.error_code.map(Cow::into_owned),
            detail: line.detail.into_owned(),
            issuer: line.issuer,
            renewal: line.renewal.map(|renewal| Box::new((*renewal).into())),
            obstacle: line.obstacle,
            is_page: line.page,
            clock_skew: line.earlier.as_ref().and_then(|earlier| earlier.clock_skew_seconds),
            evidence: line.earlier.map(Evidence::from).unwrap_or_default(),
            ..Self::unasked(line.class)
        }
    }
}
