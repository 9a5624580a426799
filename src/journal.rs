//! The journal: what the service said, answer by answer, in the order in which it came. Evidence, one JSON object a line.
//!
//! Bodies are kept as they came, up to a limit; nothing of a request is kept but its path, so no credential can be.

mod replay;
mod schema;

use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Failure, RepoId, UnknownClass};
use crate::swr::{Call, Exchange, Reply};

pub use replay::{JournalError, Replay};
pub use schema::schema;

/// The version of the format.
pub const VERSION: u32 = 1;
/// What was asked of a repository.
const RULES: &str = "rules";
/// What was asked of a namespace.
const NAMESPACE: &str = "namespace";
/// Longest part of a body that is kept.
const BODY_LIMIT: usize = 256 * 1024;
/// How much of it may wait in memory.
const BUFFER: usize = 64 * 1024;
/// How long an answer may wait there.
const FLUSH_AFTER: Duration = Duration::from_secs(1);

/// How a recorded run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// By itself.
    Finished,
    /// There was no credential.
    NoCredential,
    /// The credential was refused at the probe.
    Refused,
    /// SIGINT.
    Sigint,
    /// SIGTERM.
    Sigterm,
}

impl RunEnd {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Finished,
        Self::NoCredential,
        Self::Refused,
        Self::Sigint,
        Self::Sigterm,
    ];

    /// The word in the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::NoCredential => "no-credential",
            Self::Refused => "refused",
            Self::Sigint => "sigint",
            Self::Sigterm => "sigterm",
        }
    }

    /// Reads [`RunEnd::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.name() == name)
    }
}

/// An open journal.
#[derive(Debug)]
pub struct Journal<W: Write> {
    out: BufWriter<W>,
    /// The line in the making, kept for its memory: a body's escapes come in small pieces.
    text: Vec<u8>,
    flushed: Instant,
    /// The first error of writing: told at the end, so that a full disk costs no answer.
    failed: Option<io::Error>,
}

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
    /// Files of the inventory with their SHA-256.
    pub inventory: Vec<(&'a str, &'a str)>,
    /// Sources with their endpoints.
    pub sources: Vec<(&'a str, &'a str)>,
}

/// Any other line: what came of one call. Either a body, as text or in hex, or a failure.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "answer")]
#[schemars(transform = schema::answer)]
struct Line<'a> {
    /// The source's name.
    source: &'a str,
    /// What was asked.
    #[schemars(schema_with = "schema::call")]
    call: &'a str,
    /// Of which namespace.
    namespace: &'a str,
    /// Of which repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    repository: Option<&'a str>,
    /// When the answer came.
    #[schemars(schema_with = "schema::instant")]
    observed_at: Timestamp,
    /// Requests sent.
    attempts: u32,
    /// The HTTP status; null: no answer.
    status: Option<u16>,
    /// The service's id of the request.
    request_id: Option<&'a str>,
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
struct GivenUpLine<'a> {
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

/// The last line: how the run ended.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename = "end")]
#[schemars(transform = schema::end)]
struct EndLine<'a> {
    /// How.
    #[schemars(schema_with = "schema::ending")]
    ending: &'a str,
}

/// Why there is no answer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FailureLine<'a> {
    /// The class of unknown.
    #[schemars(schema_with = "schema::class")]
    class: &'a str,
    /// The status, where one came.
    http_status: Option<u16>,
    /// The code, where one came.
    error_code: Option<&'a str>,
    /// The system's or the decoder's words.
    detail: &'a str,
}

impl<W: Write> Journal<W> {
    /// Begins a journal with its header.
    pub fn begin(out: W, header: &Header<'_>) -> Self {
        let mut journal = Self {
            out: BufWriter::with_capacity(BUFFER, out),
            text: Vec::new(),
            flushed: Instant::now(),
            failed: None,
        };
        journal.line(header);
        journal
    }

    /// Appends what came of one call.
    pub fn append(&mut self, source: &str, call: &Call, exchange: &Exchange) {
        let (name, namespace, repository) = match call {
            Call::Rules { namespace, repository } => (RULES, namespace, Some(repository.as_str())),
            Call::Namespace { namespace } => (NAMESPACE, namespace, None),
        };
        let mut line = Line {
            source,
            call: name,
            namespace: namespace.as_str(),
            repository,
            observed_at: exchange.observed_at,
            attempts: exchange.attempts,
            status: None,
            request_id: exchange.request_id.as_deref(),
            body: None,
            body_hex: None,
            body_cut: false,
            failure: None,
        };
        match &exchange.reply {
            Reply::Answered { status, body } => {
                line.status = Some(*status);
                match std::str::from_utf8(body) {
                    Ok(text) => line.body = Some(&text[..text.floor_char_boundary(BODY_LIMIT)]),
                    Err(_) => line.body_hex = Some(hex::encode(&body[..body.len().min(BODY_LIMIT)])),
                }
                line.body_cut = body.len() > BODY_LIMIT;
            }
            Reply::Broken(failure) => line.failure = Some(failure_line(failure)),
        }
        self.line(&line);
        if self.flushed.elapsed() >= FLUSH_AFTER {
            self.flush();
        }
    }

    /// Appends that a repository was never asked for, or given up before there was an answer.
    pub fn give_up(&mut self, id: &RepoId, class: UnknownClass, attempts: u32) {
        self.line(&GivenUpLine {
            source: &id.source,
            namespace: id.namespace.as_str(),
            repository: id.repository.as_str(),
            class: class.name(),
            attempts,
        });
    }

    /// Appends how the run ended, and writes out what is in memory; the first error of the whole journal, if there was
    /// one.
    pub fn end(mut self, end: RunEnd) -> io::Result<()> {
        self.line(&EndLine { ending: end.name() });
        self.flush();
        self.failed.map_or(Ok(()), Err)
    }

    fn line(&mut self, line: &impl Serialize) {
        if self.failed.is_none() {
            self.text.clear();
            let written = serde_json::to_writer(&mut self.text, line).map_err(io::Error::from);
            self.text.push(b'\n');
            self.failed = written.and_then(|()| self.out.write_all(&self.text)).err();
        }
    }

    fn flush(&mut self) {
        self.flushed = Instant::now();
        if self.failed.is_none() {
            self.failed = self.out.flush().err();
        }
    }
}

fn failure_line(failure: &Failure) -> FailureLine<'_> {
    FailureLine {
        class: failure.class.name(),
        http_status: failure.http_status,
        error_code: failure.error_code.as_deref(),
        detail: &failure.detail,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{NamespaceName, RepositoryName, UnknownClass};

    fn call() -> Call {
        Call::Rules {
            namespace: NamespaceName::parse("prod").expect("a legal namespace"),
            repository: RepositoryName::parse("team/web").expect("a legal repository"),
        }
    }

    fn header() -> Header<'static> {
        Header {
            journal: VERSION,
            run_id: "r1",
            started_at: Timestamp::UNIX_EPOCH,
            tool_version: "0",
            inventory: vec![("a.yaml", "00")],
            sources: vec![("main", "https://swr.corp.example")],
        }
    }

    fn exchange(reply: Reply) -> Exchange {
        Exchange {
            attempts: 2,
            observed_at: Timestamp::UNIX_EPOCH,
            request_id: Some("r".to_owned()),
            reply,
        }
    }

    fn lines(replies: impl IntoIterator<Item = Reply>) -> Vec<Value> {
        let mut out = Vec::new();
        let mut journal = Journal::begin(&mut out, &header());
        for reply in replies {
            journal.append("main", &call(), &exchange(reply));
        }
        journal.end(RunEnd::Finished).expect("memory takes everything");
        let text = String::from_utf8(out).expect("it is text");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("a line is an object"))
            .collect()
    }

    fn answered(body: &[u8]) -> Reply {
        Reply::Answered {
            status: 200,
            body: body.to_vec(),
        }
    }

    #[test]
    fn an_answer_is_kept_as_it_came() {
        let lines = lines([answered(b"[]\n"), answered(&[0xff, 0x00])]);
        assert_eq!(lines[0]["kind"], "header");
        assert_eq!(
            lines[1],
            json!({
                "kind": "answer", "source": "main", "call": "rules", "namespace": "prod", "repository": "team/web",
                "observedAt": "1970-01-01T00:00:00Z", "attempts": 2, "status": 200, "requestId": "r", "body": "[]\n",
            })
        );
        assert_eq!(
            (&lines[2]["bodyHex"], &lines[2]["body"]),
            (&json!("ff00"), &Value::Null)
        );
    }

    #[test]
    fn a_long_body_is_cut_between_characters_and_says_so() {
        let lines = lines([answered("ä".repeat(BODY_LIMIT).as_bytes())]);
        assert_eq!(lines[1]["bodyCut"], true);
        assert_eq!(lines[1]["body"].as_str().map(str::len), Some(BODY_LIMIT));
    }

    #[test]
    fn what_broke_off_is_kept_with_its_class() {
        let failure = Failure {
            detail: "reset".to_owned(),
            ..Failure::unasked(UnknownClass::Unreachable)
        };
        let lines = lines([Reply::Broken(failure)]);
        assert_eq!(lines[1]["failure"]["class"], "unreachable");
        assert_eq!(lines[1]["status"], Value::Null);
    }

    #[test]
    fn a_full_disk_is_told_at_the_end_and_stops_nothing() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut journal = Journal::begin(Full, &header());
        for _ in 0..1000 {
            journal.append("main", &call(), &exchange(answered(&[b' '; 100])));
        }
        assert_eq!(
            journal.end(RunEnd::Finished).map_err(|error| error.kind()),
            Err(io::ErrorKind::StorageFull)
        );
    }
}
