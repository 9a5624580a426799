//! The lines of a journal, as they are read. What a line says is checked here; what the lines say together is not.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::LEVEL;
use super::line::{NAMESPACE, NAMESPACES, OVERVIEW, REPOS, RULES};
use super::replay::{Head, JournalError};
use crate::model::{Caller, CallerId, Failure, IssuerKind, NamespaceName, RepositoryName, UnknownClass, is_account_id};
use crate::swr::{Call, Exchange, Page, Reply};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(super) enum Line {
    Header(HeaderLine),
    Answer(Box<AnswerLine>),
    Doubted(DoubtedLine),
    #[serde(rename_all = "camelCase")]
    GivenUp {
        source: String,
        namespace: String,
        repository: String,
        class: String,
        attempts: u32,
    },
    Caller(CallerLine),
    #[serde(rename_all = "camelCase")]
    Resumed {
        started_at: Option<Timestamp>,
    },
    #[serde(rename_all = "camelCase")]
    End {
        ending: String,
        deadline_ms: Option<u64>,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeaderLine {
    pub(super) journal: u32,
    pub(super) run_id: String,
    pub(super) started_at: Timestamp,
    #[serde(default = "rules")]
    pub(super) level: String,
    pub(super) at: Option<Timestamp>,
    pub(super) resumes: Option<String>,
    pub(super) replay_of: Option<String>,
    #[serde(default)]
    pub(super) selection: Vec<String>,
    pub(super) shard: Option<String>,
    pub(super) inventory: Vec<(String, String)>,
    pub(super) sources: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub(super) struct CallerLine {
    pub(super) source: String,
    key: Option<String>,
    user: Option<String>,
    token: Option<String>,
    account: Option<String>,
}

/// The one level of the journals that do not name theirs.
fn rules() -> String {
    LEVEL.to_owned()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnswerLine {
    pub(super) source: String,
    call: String,
    namespace: Option<String>,
    repository: Option<String>,
    offset: Option<u32>,
    limit: Option<u32>,
    pass: Option<u32>,
    pub(super) observed_at: Timestamp,
    pub(super) attempts: u32,
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<String>,
    clock_skew_seconds: Option<i64>,
    content_range: Option<String>,
    #[serde(default)]
    registry: bool,
    body: Option<String>,
    body_hex: Option<String>,
    #[serde(default)]
    pub(super) body_cut: bool,
    failure: Option<FailureLine>,
}

/// What was asked, of an answer that is not believed any more.
#[derive(Deserialize)]
pub(super) struct DoubtedLine {
    pub(super) source: String,
    call: String,
    namespace: Option<String>,
    repository: Option<String>,
    offset: Option<u32>,
    limit: Option<u32>,
    pass: Option<u32>,
}

/// What was asked, as it stands in a line.
struct Asked<'a> {
    call: &'a str,
    namespace: Option<&'a str>,
    repository: Option<&'a str>,
    page: Option<Page>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailureLine {
    class: String,
    http_status: Option<u16>,
    error_code: Option<String>,
    detail: String,
    issuer: Option<String>,
}

/// Reads the first line.
pub(super) fn header(line: serde_json::Result<Line>) -> Result<HeaderLine, JournalError> {
    match line {
        Ok(Line::Header(header)) => Ok(header),
        Ok(_) | Err(_) => Err(JournalError::Header),
    }
}

impl HeaderLine {
    pub(super) fn head(self) -> Head {
        Head {
            run_id: self.run_id,
            started_at: self.started_at,
            at: self.at,
            level: self.level,
            resumes: self.resumes,
            replay_of: self.replay_of,
            selection: self.selection,
            shard: self.shard,
            inventory: self.inventory,
        }
    }
}

impl CallerLine {
    /// Who that is. What says two things at once says nothing.
    pub(super) fn caller(self) -> Caller {
        let credential = match (self.key, self.user, self.token) {
            (Some(key), None, None) => Some(CallerId::Key(key)),
            (None, Some(user), None) => Some(CallerId::User(user)),
            (None, None, Some(token)) => Some(CallerId::Token(token)),
            (Some(_) | None, Some(_) | None, Some(_) | None) => None,
        };
        Caller {
            credential,
            account: self.account.filter(|id| is_account_id(id)).map(Arc::from),
        }
    }
}

impl Asked<'_> {
    /// A name that no call could be about is refused here.
    fn call(&self) -> Result<Call, String> {
        let namespace = |name: &str| NamespaceName::parse(name).map_err(|_| format!("no such namespace: '{name}'"));
        let repository = |name: &str| RepositoryName::parse(name).map_err(|_| format!("no such repository: '{name}'"));
        match (self.call, self.namespace, self.repository, self.page) {
            (RULES, Some(within), Some(name), None) => Ok(Call::Rules {
                namespace: namespace(within)?,
                repository: repository(name)?,
            }),
            (NAMESPACE, Some(name), None, None) => Ok(Call::Namespace {
                namespace: namespace(name)?,
            }),
            (REPOS, Some(within), None, Some(page)) => Ok(Call::Repositories {
                namespace: namespace(within)?,
                page,
            }),
            (NAMESPACES, None, None, None) => Ok(Call::Namespaces),
            (OVERVIEW, None, None, None) => Ok(Call::Overview),
            (call, _, _, _) => Err(format!("no such call: {call}")),
        }
    }
}

fn page(pass: Option<u32>, offset: Option<u32>, limit: Option<u32>) -> Option<Page> {
    Some(Page {
        pass: pass?,
        offset: offset?,
        limit: limit?,
    })
}

impl DoubtedLine {
    /// What was asked.
    pub(super) fn call(&self) -> Result<Call, String> {
        Asked {
            call: &self.call,
            namespace: self.namespace.as_deref(),
            repository: self.repository.as_deref(),
            page: page(self.pass, self.offset, self.limit),
        }
        .call()
    }
}

impl AnswerLine {
    /// What was asked.
    pub(super) fn call(&self) -> Result<Call, String> {
        Asked {
            call: &self.call,
            namespace: self.namespace.as_deref(),
            repository: self.repository.as_deref(),
            page: page(self.pass, self.offset, self.limit),
        }
        .call()
    }

    pub(super) fn exchange(&self) -> Result<Exchange, String> {
        let reply = match (self.status, &self.failure) {
            (None, Some(failure)) => Reply::Broken(Failure {
                by_registry: self.registry,
                ..failure.failure()?
            }),
            (Some(status), None) if self.body_cut => Reply::Broken(Failure {
                http_status: Some(status),
                detail: "the journal holds only the beginning of this answer".to_owned(),
                ..Failure::unasked(UnknownClass::BadResponse)
            }),
            (Some(status), None) => Reply::Answered {
                status,
                body: self.body()?,
                by_registry: self.registry,
            },
            (Some(_), Some(_)) | (None, None) => {
                return Err("an answer has a status or a failure, and not both".to_owned());
            }
        };
        Ok(Exchange {
            attempts: self.attempts,
            observed_at: self.observed_at,
            request_id: self.request_id.clone(),
            clock_skew: self.clock_skew_seconds,
            content_range: self.content_range.clone(),
            reply,
        })
    }

    fn body(&self) -> Result<Vec<u8>, String> {
        match (&self.body, &self.body_hex) {
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(digits)) => hex::decode(digits).map_err(|error| format!("bodyHex: {error}")),
            (Some(_), Some(_)) | (None, None) => Err("an answer has one body".to_owned()),
        }
    }
}

impl FailureLine {
    fn failure(&self) -> Result<Failure, String> {
        let issuer = |name: &String| IssuerKind::from_name(name).ok_or_else(|| format!("no such issuer: {name}"));
        Ok(Failure {
            http_status: self.http_status,
            error_code: self.error_code.clone(),
            detail: self.detail.clone(),
            issuer: self.issuer.as_ref().map(issuer).transpose()?,
            ..Failure::unasked(class_of(&self.class)?)
        })
    }
}

pub(super) fn class_of(name: &str) -> Result<UnknownClass, String> {
    UnknownClass::from_name(name).ok_or_else(|| format!("no such class: {name}"))
}
