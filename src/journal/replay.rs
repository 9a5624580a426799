//! A journal read again: the answers of an earlier run, in the place of the service.
//!
//! What was recorded means what it meant on the wire, because decoding is done here as there. What was not recorded is
//! not known.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::{RunEnd, VERSION};
use crate::model::{
    Answer, Endpoint, Evidence, Failure, IssuerKind, Look, NamespaceName, Observation, RepoId, UnknownClass,
};
use crate::swr::{Exchange, Reply};

/// Longest line that is read: a body at its limit, with every character escaped.
const LINE_LIMIT: u64 = 2 * 1024 * 1024;

/// Why a journal cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read at all.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// No header stands in its first line.
    #[error("line 1 is no header of a journal")]
    Header,
    /// It was written by a later version of the tool.
    #[error("it has version {0}, and this version of the tool reads {VERSION}")]
    Version(u32),
    /// It is of other sources than the inventory.
    #[error("it has no answer of the source '{asked}', only of: {recorded}")]
    Source {
        /// The source of the inventory.
        asked: String,
        /// The sources of the journal.
        recorded: String,
    },
    /// A line is no entry of a journal. A torn last line is none: it is what a killed run leaves.
    #[error("line {line}: {why}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// A recorded run.
#[derive(Debug, Default)]
pub struct Replay {
    run_id: String,
    started_at: Timestamp,
    /// Names with endpoints.
    sources: Vec<(String, Endpoint)>,
    rules: BTreeMap<Key, Recorded>,
    looks: BTreeMap<Key, Exchange>,
    end: Option<RunEnd>,
}

/// Source, namespace, repository (empty for a look).
type Key = (String, String, String);

#[derive(Clone, Debug)]
enum Recorded {
    Exchange(Exchange),
    GivenUp(UnknownClass, u32),
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Line {
    Header(HeaderLine),
    Answer(Box<AnswerLine>),
    #[serde(rename_all = "camelCase")]
    GivenUp {
        source: String,
        namespace: String,
        repository: String,
        class: String,
        attempts: u32,
    },
    End {
        ending: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeaderLine {
    journal: u32,
    run_id: String,
    started_at: Timestamp,
    sources: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerLine {
    source: String,
    call: String,
    namespace: String,
    repository: Option<String>,
    observed_at: Timestamp,
    attempts: u32,
    status: Option<u16>,
    request_id: Option<String>,
    clock_skew_seconds: Option<i64>,
    body: Option<String>,
    body_hex: Option<String>,
    #[serde(default)]
    body_cut: bool,
    failure: Option<FailureLine>,
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

impl Replay {
    /// Reads a whole journal. A last line without its end is left out: it is what a killed run leaves.
    pub fn read(mut input: impl BufRead) -> Result<Self, JournalError> {
        let mut replay = Self::default();
        let mut text = Vec::new();
        for number in 1.. {
            text.clear();
            let length = io::Read::take(&mut input, LINE_LIMIT).read_until(b'\n', &mut text)?;
            let is_torn = !text.ends_with(b"\n");
            if length == 0 || is_torn && number > 1 && input.fill_buf()?.is_empty() {
                break;
            }
            let line = serde_json::from_slice(&text);
            if number == 1 {
                replay.begin(line)?;
            } else {
                let taken = line
                    .map_err(|error| error.to_string())
                    .and_then(|line| replay.take(line));
                taken.map_err(|why| JournalError::Line { line: number, why })?;
            }
        }
        if replay.sources.is_empty() {
            Err(JournalError::Header)
        } else {
            Ok(replay)
        }
    }

    /// The run that is replayed.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// When that run started: the clock of its replay, so that expiry dates are held against the day of the answers.
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// The sources that were asked, with their endpoints.
    pub fn sources(&self) -> &[(String, Endpoint)] {
        &self.sources
    }

    /// How the run ended; `None` where it was killed.
    pub const fn end(&self) -> Option<RunEnd> {
        self.end
    }

    /// What was recorded of a repository: the exchange for the next journal, and what it means.
    pub fn repository(&self, id: &RepoId) -> (Option<&Exchange>, Observation) {
        let key = (
            id.source.to_string(),
            id.namespace.to_string(),
            id.repository.to_string(),
        );
        match self.rules.get(&key) {
            Some(Recorded::Exchange(exchange)) => (Some(exchange), exchange.clone().observation(id)),
            Some(&Recorded::GivenUp(class, attempts)) => (None, given_up(class, attempts)),
            None => (None, not_recorded()),
        }
    }

    /// The look at a namespace, if one was taken.
    pub fn look(&self, source: &Arc<str>, namespace: &NamespaceName) -> Option<(&Exchange, Look)> {
        let key = (source.to_string(), namespace.to_string(), String::new());
        self.looks
            .get(&key)
            .map(|exchange| (exchange, exchange.clone().look(namespace)))
    }

    fn begin(&mut self, line: serde_json::Result<Line>) -> Result<(), JournalError> {
        let Ok(Line::Header(header)) = line else {
            return Err(JournalError::Header);
        };
        if header.journal != VERSION {
            return Err(JournalError::Version(header.journal));
        }
        self.run_id = header.run_id;
        self.started_at = header.started_at;
        for (name, url) in header.sources {
            // Reports tell it as what was asked: no other may stand in for it.
            let endpoint = Endpoint::parse(&url).map_err(|_| JournalError::Line {
                line: 1,
                why: format!("the endpoint of the source '{name}' is none"),
            })?;
            self.sources.push((name, endpoint));
        }
        Ok(())
    }

    fn take(&mut self, line: Line) -> Result<(), String> {
        match line {
            Line::Header(_) => return Err("a second header".to_owned()),
            Line::Answer(answer) => {
                let exchange = answer.exchange()?;
                match (&*answer.call, answer.repository) {
                    ("rules", Some(repository)) => {
                        let key = (answer.source, answer.namespace, repository);
                        let before = self.rules.insert(key, Recorded::Exchange(exchange));
                        if matches!(before, Some(Recorded::Exchange(_))) {
                            return Err("a second answer for one repository".to_owned());
                        }
                    }
                    ("namespace", None) => {
                        let key = (answer.source, answer.namespace, String::new());
                        if self.looks.insert(key, exchange).is_some() {
                            return Err("a second look at one namespace".to_owned());
                        }
                    }
                    (call, _) => return Err(format!("no such call: {call}")),
                }
            }
            Line::GivenUp {
                source,
                namespace,
                repository,
                class,
                attempts,
            } => {
                let class = class_of(&class)?;
                // An answer is more than having given up, whichever came first.
                self.rules
                    .entry((source, namespace, repository))
                    .or_insert(Recorded::GivenUp(class, attempts));
            }
            Line::End { ending } => {
                self.end = Some(RunEnd::from_name(&ending).ok_or_else(|| format!("no such ending: {ending}"))?);
            }
        }
        Ok(())
    }
}

impl AnswerLine {
    fn exchange(&self) -> Result<Exchange, String> {
        let reply = match (self.status, &self.failure) {
            (None, Some(failure)) => Reply::Broken(failure.failure()?),
            (Some(status), None) if self.body_cut => Reply::Broken(Failure {
                http_status: Some(status),
                detail: "the journal holds only the beginning of this answer".to_owned(),
                ..Failure::unasked(UnknownClass::BadResponse)
            }),
            (Some(status), None) => Reply::Answered {
                status,
                body: self.body()?,
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

fn class_of(name: &str) -> Result<UnknownClass, String> {
    UnknownClass::from_name(name).ok_or_else(|| format!("no such class: {name}"))
}

/// The journal is silent: of a repository that was not in the inventory then, or whose run was killed.
fn not_recorded() -> Observation {
    let failure = Failure {
        detail: "the journal holds no answer of it".to_owned(),
        ..Failure::unasked(UnknownClass::Interrupted)
    };
    Observation {
        answer: Answer::Failed(failure),
        evidence: Evidence::default(),
    }
}

fn given_up(class: UnknownClass, attempts: u32) -> Observation {
    Observation {
        answer: Answer::Failed(Failure::unasked(class)),
        evidence: Evidence {
            attempts,
            ..Evidence::default()
        },
    }
}
