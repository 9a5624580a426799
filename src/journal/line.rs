//! The lines of a journal, as they are written: what each kind of line is made of.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{RunEnd, schema};
use crate::model::{Caller, CallerId, Failure, IssuerKind, NamespaceName, RepoId, RepositoryName, UnknownClass};
use crate::swr::{Call, Exchange, Page, Reply};

/// What was asked of a repository.
pub(super) const RULES: &str = "rules";
/// What was asked of a namespace.
pub(super) const NAMESPACE: &str = "namespace";
/// A page of the repositories of a namespace.
pub(super) const REPOS: &str = "repos";
/// The namespaces of the account.
pub(super) const NAMESPACES: &str = "namespaces";
/// The numbers of the account.
pub(super) const OVERVIEW: &str = "overview";
/// Longest part of a body that is kept.
pub(super) const BODY_LIMIT: usize = 256 * 1024;
/// Likewise of a list: a page of a thousand repositories, with some hundred tags each.
pub(super) const LIST_BODY_LIMIT: usize = 4 * 1024 * 1024;

/// The first line: what the run was.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "header")]
#[schemars(transform = schema::header)]
pub struct Header<'a> {
    /// The version of this format.
    #[schemars(schema_with = "schema::version")]
    pub journal: u32,
    /// The run's id.
    pub run_id: &'a str,
    /// When the run started.
    #[schemars(schema_with = "schema::instant")]
    pub started_at: Timestamp,
    /// The tool's version.
    pub tool_version: &'a str,
    /// What was checked.
    #[schemars(schema_with = "schema::level")]
    pub level: &'a str,
    /// Where the clock of reports stood still, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::instant")]
    pub at: Option<Timestamp>,
    /// The run whose answers are the first of this journal, because this one goes on with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub resumes: Option<&'a str>,
    /// The run whose answers are told again here: the service was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub replay_of: Option<&'a str>,
    /// What `--only` said, as given, where it said anything.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub selection: &'a [String],
    /// Which of several runs that share the work this is, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub shard: Option<String>,
    /// Files of the inventory with their SHA-256.
    pub inventory: Vec<(&'a str, &'a str)>,
    /// Sources with their endpoints.
    pub sources: Vec<(&'a str, &'a str)>,
}

/// Any other line: what came of one call. Either a body, as text or in hex, or a failure.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "answer")]
#[schemars(transform = schema::answer)]
pub(super) struct Line<'a> {
    /// The source's name.
    source: &'a str,
    /// What was asked.
    #[schemars(schema_with = "schema::call")]
    call: &'a str,
    /// Of which namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    namespace: Option<&'a str>,
    /// Of which repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    repository: Option<&'a str>,
    /// Of a page: how many elements stand before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    offset: Option<u32>,
    /// Of a page: how many elements it may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    limit: Option<u32>,
    /// Of a page: which time the list was gone through, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    pass: Option<u32>,
    /// When the answer came.
    #[schemars(schema_with = "schema::instant")]
    observed_at: Timestamp,
    /// Requests sent.
    attempts: u32,
    /// The HTTP status; null: no answer.
    status: Option<u16>,
    /// The service's id of the request.
    request_id: Option<&'a str>,
    /// Where the credential was refused, and this machine's clock was more than five minutes off: by how many seconds it
    /// was ahead; negative: behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    clock_skew_seconds: Option<i64>,
    /// The header of that name, where it was sent: it tells how many elements a list has in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    content_range: Option<&'a str>,
    /// Whether its headers are those of a registry, which is not the management API.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    registry: bool,
    /// The body as it came, up to a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    body: Option<&'a str>,
    /// A body that is no text, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::hex")]
    body_hex: Option<String>,
    /// Whether the body was longer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    body_cut: bool,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "FailureLine<'a>")]
    failure: Option<FailureLine<'a>>,
}

/// A repository that was never asked for, or given up before there was an answer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "givenUp")]
#[schemars(transform = schema::given_up)]
pub(super) struct GivenUpLine<'a> {
    /// The source's name.
    source: &'a str,
    /// Its namespace.
    namespace: &'a str,
    /// The repository.
    repository: &'a str,
    /// The class of unknown.
    #[schemars(schema_with = "schema::class")]
    class: &'a str,
    /// Requests that had left for it.
    attempts: u32,
}

/// The answer to that call, above, is not believed any more: what follows stands in its place.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "doubted")]
#[schemars(transform = schema::doubted)]
pub(super) struct DoubtedLine<'a> {
    /// The source's name.
    source: &'a str,
    /// What was asked.
    #[schemars(schema_with = "schema::call")]
    call: &'a str,
    /// Of which namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    namespace: Option<&'a str>,
    /// Of which repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    repository: Option<&'a str>,
    /// Of a page: how many elements stand before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    offset: Option<u32>,
    /// Of a page: how many elements it may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    limit: Option<u32>,
    /// Of a page: which time the list was gone through, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    pass: Option<u32>,
}

/// Who asks a source from here on: one of key, user and token, and the account where it is known.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "caller")]
#[schemars(transform = schema::caller)]
pub(super) struct CallerLine<'a> {
    /// The source's name.
    source: &'a str,
    /// The first 16 hex digits of the SHA-256 of an access key's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::digest")]
    key: Option<&'a str>,
    /// A user who logs in, as `DOMAIN/NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    user: Option<&'a str>,
    /// The first 16 hex digits of the SHA-256 of a ready token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::digest")]
    token: Option<&'a str>,
    /// The id of the account that a token was issued for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    account: Option<&'a str>,
}

/// A run is gone on with from here: what follows was asked later.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "resumed")]
#[schemars(transform = schema::resumed)]
pub(super) struct ResumedLine {
    /// Since when.
    #[schemars(schema_with = "schema::instant")]
    pub(super) at: Timestamp,
    /// When the whole of it started: the time of the oldest answer that is used.
    #[schemars(schema_with = "schema::instant")]
    pub(super) started_at: Timestamp,
}

/// How the asking ended: the last line, but for a run that is gone on with.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "end")]
#[schemars(transform = schema::end)]
pub(super) struct EndLine<'a> {
    /// How.
    #[schemars(schema_with = "schema::ending")]
    ending: &'a str,
    /// The deadline, where it was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    deadline_ms: Option<u64>,
}

/// Why there is no answer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FailureLine<'a> {
    /// The class of unknown.
    #[schemars(schema_with = "schema::class")]
    class: &'a str,
    /// The status, where one came.
    http_status: Option<u16>,
    /// The code, where one came.
    error_code: Option<&'a str>,
    /// The system's or the decoder's words.
    detail: &'a str,
    /// Who did not issue a credential, where that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::issuer")]
    issuer: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// What came of that call.
    pub(super) fn new(source: &'a str, call: &'a Call, exchange: &'a Exchange) -> Self {
        let (name, namespace, repository, page) = parts(call);
        let body_limit = match call {
            Call::Rules { .. } | Call::Namespace { .. } | Call::Overview => BODY_LIMIT,
            Call::Repositories { .. } | Call::Namespaces => LIST_BODY_LIMIT,
        };
        let mut line = Self {
            source,
            call: name,
            namespace: namespace.map(NamespaceName::as_str),
            repository: repository.map(RepositoryName::as_str),
            offset: page.map(|page| page.offset),
            limit: page.map(|page| page.limit),
            pass: page.map(|page| page.pass),
            observed_at: exchange.observed_at,
            attempts: exchange.attempts,
            status: None,
            request_id: exchange.request_id.as_deref(),
            clock_skew_seconds: exchange.clock_skew,
            content_range: exchange.content_range.as_deref(),
            registry: false,
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
            } => {
                line.status = Some(*status);
                line.registry = *by_registry;
                match std::str::from_utf8(body) {
                    Ok(text) => line.body = Some(&text[..text.floor_char_boundary(body_limit)]),
                    Err(_) => line.body_hex = Some(hex::encode(&body[..body.len().min(body_limit)])),
                }
                line.body_cut = body.len() > body_limit;
            }
            Reply::Broken(failure) => {
                line.registry = failure.by_registry;
                line.failure = Some(FailureLine::new(failure));
            }
        }
        line
    }
}

/// What a call is, of which namespace and repository, and of which page.
fn parts(
    call: &Call,
) -> (
    &'static str,
    Option<&NamespaceName>,
    Option<&RepositoryName>,
    Option<&Page>,
) {
    match call {
        Call::Rules { namespace, repository } => (RULES, Some(namespace), Some(repository), None),
        Call::Namespace { namespace } => (NAMESPACE, Some(namespace), None, None),
        Call::Repositories { namespace, page } => (REPOS, Some(namespace), None, Some(page)),
        Call::Namespaces => (NAMESPACES, None, None, None),
        Call::Overview => (OVERVIEW, None, None, None),
    }
}

impl<'a> DoubtedLine<'a> {
    /// The answer to that call.
    pub(super) fn new(source: &'a str, call: &'a Call) -> Self {
        let (name, namespace, repository, page) = parts(call);
        Self {
            source,
            call: name,
            namespace: namespace.map(NamespaceName::as_str),
            repository: repository.map(RepositoryName::as_str),
            offset: page.map(|page| page.offset),
            limit: page.map(|page| page.limit),
            pass: page.map(|page| page.pass),
        }
    }
}

impl<'a> GivenUpLine<'a> {
    /// That repository ended so, after so many requests.
    pub(super) fn new(id: &'a RepoId, class: UnknownClass, attempts: u32) -> Self {
        Self {
            source: &id.source,
            namespace: id.namespace.as_str(),
            repository: id.repository.as_str(),
            class: class.name(),
            attempts,
        }
    }
}

impl<'a> CallerLine<'a> {
    pub(super) fn new(source: &'a str, caller: &'a Caller) -> Self {
        let mut line = Self {
            source,
            key: None,
            user: None,
            token: None,
            account: caller.account.as_deref(),
        };
        match &caller.credential {
            Some(CallerId::Key(key)) => line.key = Some(key),
            Some(CallerId::User(user)) => line.user = Some(user),
            Some(CallerId::Token(token)) => line.token = Some(token),
            None => {}
        }
        line
    }
}

impl EndLine<'_> {
    pub(super) fn new(end: RunEnd) -> Self {
        let deadline_ms = match end {
            RunEnd::Deadline(deadline) => {
                deadline.map(|deadline| u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX))
            }
            RunEnd::Finished | RunEnd::NoCredential | RunEnd::Refused | RunEnd::Sigint | RunEnd::Sigterm => None,
        };
        Self {
            ending: end.name(),
            deadline_ms,
        }
    }
}

impl<'a> FailureLine<'a> {
    fn new(failure: &'a Failure) -> Self {
        Self {
            class: failure.class.name(),
            http_status: failure.http_status,
            error_code: failure.error_code.as_deref(),
            detail: &failure.detail,
            issuer: failure.issuer.map(IssuerKind::name),
        }
    }
}
