//! The journal: what the service said, answer by answer, in the order in which it came. Evidence, one JSON object a line,
//! and what an unfinished run is gone on with.
//!
//! Bodies are kept as they came, up to a limit; nothing of a request is kept but what was asked, so no credential can be.

mod binding;
mod line;
mod replay;
mod schema;
mod shapes;
mod writer;

use std::io::{self, BufWriter, Write as _};

use jiff::Timestamp;

use crate::model::{Caller, Ending};
use crate::swr::{Call, Exchange, Reply};
use line::{AnswerLine, CallerLine, DoubtedLine, GivenUpLine, Line, ResumedLine};
use writer::Writer;

pub use binding::Mismatch;
pub use line::Header;
pub use replay::{JournalError, Replay, Share, last_end};
pub use schema::schema;
pub use writer::Sink;

/// The version of the format.
pub const VERSION: u32 = 1;
/// What a run of this version checks.
pub const LEVEL: &str = "rules";

/// A run that is gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumption {
    /// When it is gone on with.
    pub at: Timestamp,
    /// When the whole of it started: the time of the oldest answer that is used.
    pub started_at: Timestamp,
}

impl Resumption {
    const fn line(self) -> Line<'static> {
        Line::Resumed(ResumedLine {
            at: self.at,
            started_at: Some(self.started_at),
        })
    }
}

/// An open journal. Lines are durable within a second, and all of them once it is dropped.
#[derive(Debug)]
pub struct Journal {
    writer: Writer,
}

impl Journal {
    /// Begins a journal with its header, which is durable when this returns: a place that takes no journal is found
    /// before anything is asked.
    pub fn begin(mut sink: impl Sink, header: Header) -> io::Result<Self> {
        sink.write_all(&text(&Line::Header(header)))?;
        Self::go_on(sink)
    }

    /// Goes on with the journal of an unfinished run, behind its last whole line.
    pub fn resume(mut sink: impl Sink, resumption: Resumption) -> io::Result<Self> {
        sink.write_all(&text(&resumption.line()))?;
        Self::go_on(sink)
    }

    /// Begins the journal of a run that goes on with another one: its header, then the answers of that one which it uses.
    pub fn begin_after(sink: impl Sink, header: Header, earlier: &Replay, resumption: Resumption) -> io::Result<Self> {
        let mut sink = BufWriter::new(sink);
        sink.write_all(&text(&Line::Header(header)))?;
        earlier.copy_answers(&mut sink)?;
        sink.write_all(&text(&resumption.line()))?;
        Self::go_on(sink.into_inner().map_err(io::IntoInnerError::into_error)?)
    }

    /// Writes the journal of a run that judges recorded answers again: they are its evidence, too.
    pub fn copy(sink: impl Sink, header: Header, recorded: &Replay) -> io::Result<()> {
        let mut sink = BufWriter::new(sink);
        sink.write_all(&text(&Line::Header(header)))?;
        recorded.copy(&mut sink)?;
        sink.into_inner().map_err(io::IntoInnerError::into_error)?.sync()
    }

    fn go_on(mut sink: impl Sink) -> io::Result<Self> {
        sink.sync()?;
        Ok(Self {
            writer: Writer::start(sink)?,
        })
    }

    /// Appends what came of one call.
    pub fn append(&self, source: &str, call: &Call, exchange: &Exchange) {
        self.line(&Line::Answer(Box::new(AnswerLine::new(source, call, exchange))));
    }

    /// Appends who asks a source from now on.
    pub fn caller(&self, source: &str, caller: &Caller) {
        self.line(&Line::Caller(CallerLine::new(source, caller)));
    }

    /// Appends that the answer to that call is not believed any more: what follows stands in its place.
    pub fn doubt(&self, source: &str, call: &Call) {
        self.line(&Line::Doubted(DoubtedLine::new(source, call)));
    }

    /// Appends that a call was never sent, or given up before there was an answer.
    pub fn give_up(&self, source: &str, call: &Call, exchange: &Exchange) {
        if let (Call::Rules { namespace, repository }, Reply::Broken(why)) = (call, &exchange.reply) {
            let id = (namespace, repository);
            self.line(&Line::GivenUp(GivenUpLine::new(source, id, why, exchange.attempts)));
        } else {
            self.append(source, call, exchange);
        }
    }

    /// Appends how the asking ended, and has everything written; the first error of the whole journal, if there was
    /// one: it is reported here alone, so that a full disk costs no answer.
    pub fn end(self, end: Ending) -> io::Result<()> {
        self.line(&Line::End(end.into()));
        self.writer.end()
    }

    fn line(&self, line: &Line<'_>) {
        self.writer.append(|lines| write_line(lines, line));
    }
}

fn text(line: &Line<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    write_line(&mut text, line);
    text
}

fn write_line(lines: &mut Vec<u8>, line: &Line<'_>) {
    serde_json::to_writer(&mut *lines, line).expect("texts and numbers are JSON, and memory takes everything");
    lines.push(b'\n');
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::*;
    use crate::journal::line::{BODY_LIMIT, LIST_BODY_LIMIT};
    use crate::model::{Failure, IssuerKind, NamespaceName, RepositoryName, UnknownClass};
    use crate::swr::{Page, Reply};

    /// Memory that outlives its journal, with the lengths at which it was made durable.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<(Vec<u8>, Vec<usize>)>>);

    impl Memory {
        fn lines(&self) -> Vec<Value> {
            let held = self.0.lock().expect("no panic");
            assert_eq!(held.1.last(), Some(&held.0.len()), "the last byte is durable");
            let text = std::str::from_utf8(&held.0).expect("it is text");
            text.lines()
                .map(|line| serde_json::from_str(line).expect("a line is an object"))
                .collect()
        }
    }

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink for Memory {
        fn sync(&mut self) -> io::Result<()> {
            let mut held = self.0.lock().expect("no panic");
            let length = held.0.len();
            held.1.push(length);
            Ok(())
        }
    }

    fn call() -> Call {
        Call::Rules {
            namespace: NamespaceName::parse("prod").expect("a legal namespace"),
            repository: RepositoryName::parse("team/web").expect("a legal repository"),
        }
    }

    fn header() -> Header {
        Header {
            journal: VERSION,
            run_id: "r1".to_owned(),
            started_at: Timestamp::UNIX_EPOCH,
            tool_version: "0".to_owned(),
            level: "rules".to_owned(),
            at: None,
            resumes: None,
            replay_of: None,
            selection: Vec::new(),
            shard: None,
            merge_of: None,
            inventory: vec![("a.yaml".to_owned(), "00".to_owned())],
            sources: vec![("main".to_owned(), "https://swr.corp.example".to_owned())],
        }
    }

    fn exchange(reply: Reply) -> Exchange {
        Exchange {
            attempts: 2,
            observed_at: Timestamp::UNIX_EPOCH,
            request_id: Some("r".to_owned()),
            clock_skew: None,
            content_range: None,
            reply,
        }
    }

    fn lines(replies: impl IntoIterator<Item = Reply>) -> Vec<Value> {
        let out = Memory::default();
        let journal = Journal::begin(out.clone(), header()).expect("memory takes everything");
        for reply in replies {
            journal.append("main", &call(), &exchange(reply));
        }
        journal.end(Ending::Finished).expect("memory takes everything");
        out.lines()
    }

    fn answered(body: &[u8]) -> Reply {
        Reply::Answered {
            status: 200,
            body: body.to_vec(),
            by_registry: false,
            is_html: false,
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
    fn a_listing_is_kept_with_its_page_and_its_range() {
        let out = Memory::default();
        let journal = Journal::begin(out.clone(), header()).expect("memory takes everything");
        let page = Call::Repositories {
            namespace: NamespaceName::parse("prod").expect("a legal namespace"),
            page: Page {
                pass: 1,
                offset: 200,
                limit: 100,
            },
        };
        let exchange = Exchange {
            content_range: Some("200-100/300".to_owned()),
            ..exchange(answered(&vec![b' '; LIST_BODY_LIMIT + 1]))
        };
        journal.append("main", &page, &exchange);
        journal.append("main", &Call::Namespaces, &self::exchange(answered(b"{}")));
        journal.append("main", &Call::Overview, &self::exchange(answered(b"{}")));
        journal.end(Ending::Finished).expect("memory takes everything");
        let lines = out.lines();
        let mut first = lines[1].clone();
        let body = first.as_object_mut().and_then(|line| line.remove("body"));
        assert_eq!(
            body.as_ref().and_then(Value::as_str).map(str::len),
            Some(LIST_BODY_LIMIT)
        );
        assert_eq!(
            first,
            json!({
                "kind": "answer", "source": "main", "call": "repos", "namespace": "prod", "offset": 200, "limit": 100,
                "pass": 1, "observedAt": "1970-01-01T00:00:00Z", "attempts": 2, "status": 200, "requestId": "r",
                "contentRange": "200-100/300", "bodyCut": true,
            })
        );
        for (line, call) in lines[2..4].iter().zip(["namespaces", "overview"]) {
            assert_eq!((&line["call"], &line["namespace"]), (&json!(call), &Value::Null));
        }
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
    fn what_explains_a_refusal_is_kept() {
        let out = Memory::default();
        let journal = Journal::begin(out.clone(), header()).expect("memory takes everything");
        let failure = Failure {
            issuer: Some(IssuerKind::Iam),
            ..Failure::unasked(UnknownClass::Unauthenticated)
        };
        let exchange = Exchange {
            clock_skew: Some(-1380),
            ..exchange(Reply::Broken(failure))
        };
        journal.append("main", &call(), &exchange);
        journal.end(Ending::Refused).expect("memory takes everything");
        let line = &out.lines()[1];
        assert_eq!(
            (&line["clockSkewSeconds"], &line["failure"]["issuer"]),
            (&json!(-1380), &json!("iam"))
        );
        let text = out.lines().iter().map(Value::to_string).collect::<Vec<_>>().join("\n") + "\n";
        let replay = Replay::read(text.as_bytes()).expect("it was just written");
        assert_eq!(replay.answer("main", &call()), Some(exchange));
    }

    #[test]
    fn the_header_is_durable_before_anything_is_asked() {
        let out = Memory::default();
        let journal = Journal::begin(out.clone(), header()).expect("memory takes everything");
        assert_eq!(out.lines().len(), 1);
        drop(journal);
    }

    #[test]
    fn a_place_that_takes_no_header_takes_no_journal() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        impl Sink for Full {
            fn sync(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = Journal::begin(Full, header()).expect_err("it is full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_run_that_goes_on_with_another_begins_with_its_answers() {
        let first = Memory::default();
        let journal = Journal::begin(first.clone(), header()).expect("memory takes everything");
        journal.append("main", &call(), &exchange(answered(b"[]")));
        journal
            .end(Ending::Deadline(Some(std::time::Duration::from_mins(10))))
            .expect("memory takes everything");
        let mut earlier = first.0.lock().expect("no panic").0.clone();
        earlier.extend_from_slice(br#"{"kind":"answer","sour"#);
        let replay = Replay::read(&*earlier).expect("whole lines, and one that is torn");

        let second = Memory::default();
        let header = Header {
            run_id: "r2".to_owned(),
            resumes: Some("r1".to_owned()),
            ..header()
        };
        let resumption = Resumption {
            at: Timestamp::UNIX_EPOCH,
            started_at: Timestamp::UNIX_EPOCH,
        };
        let journal = Journal::begin_after(second.clone(), header, &replay, resumption);
        let journal = journal.expect("memory takes everything");
        journal.end(Ending::Finished).expect("memory takes everything");
        let lines = second.lines();
        let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str()).collect();
        let expected = ["header", "answer", "resumed", "end"].map(Some);
        assert_eq!(kinds, expected, "without what was torn");
        assert_eq!(
            serde_json::from_slice::<Value>(earlier.split(|byte| *byte == b'\n').nth(2).expect("a line")).ok(),
            Some(json!({ "kind": "end", "ending": "deadline", "deadlineMs": 600_000 }))
        );
        assert_eq!((&lines[0]["runId"], &lines[0]["resumes"]), (&json!("r2"), &json!("r1")));
    }
}
