//! A journal read again: the answers of an earlier run, in the place of the service.
//!
//! What was recorded means what it meant on the wire, because decoding is done here as there. What was not recorded is
//! not known. Answers stay where they are, and are read again one by one: in memory is only what was asked, and where its
//! line is.

mod forget;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead};
use std::sync::Arc;

use jiff::Timestamp;

use super::line::{AnswerLine, Header, LIST_BODY_LIMIT, Line};
use super::{VERSION, text};
use crate::model::{Caller, Ending, Endpoint, Failure, MissingShards, Shard, UnknownClass};
use crate::swr::{Call, Exchange};
use store::{Span, Store};

/// Longest line that is read: a body at its limit, with every character escaped, and what stands beside it.
const LINE_LIMIT: u64 = 6 * LIST_BODY_LIMIT as u64 + 1024 * 1024;

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
    header: Header,
    /// Names with endpoints.
    sources: Vec<(String, Endpoint)>,
    /// What each shard recorded, where `merge` joined several; else the one that did it all.
    parts: Vec<Part>,
    /// By source: why none of its answers counts.
    refused: BTreeMap<String, Failure>,
    /// The line that is being read.
    line: Span,
    /// Bytes up to the end of the last whole line.
    whole: u64,
}

/// What one process, and those that resumed it, recorded.
#[derive(Debug, Default)]
struct Part {
    /// Its own header, of a shard that was joined with others.
    shard: Option<Header>,
    /// Where its lines are.
    store: Arc<Store>,
    /// By source and question.
    records: BTreeMap<String, BTreeMap<Call, Record>>,
    /// By source: who asked last, and the line that says so.
    callers: BTreeMap<String, (Caller, Span)>,
    end: Option<Ending>,
    /// How often it was resumed.
    session: u32,
}

/// What one shard recorded.
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    part: &'a Part,
    refused: &'a BTreeMap<String, Failure>,
}

/// What the journal holds of one question.
#[derive(Debug)]
struct Record {
    outcome: Recorded,
    /// The session in which it came.
    session: u32,
    line: Span,
}

#[derive(Debug)]
enum Recorded {
    /// An answer, when it came, and the class of unknown in which it ended, if in any.
    Answer(Timestamp, Option<UnknownClass>),
    /// An answer of which the journal holds only the beginning, and when it came.
    Cut(Timestamp),
    GivenUp,
}

impl Header {
    /// Whether the run asked the service; else it judged recorded answers.
    pub const fn is_of_the_service(&self) -> bool {
        self.replay_of.is_none() && self.merge_of.is_none()
    }

    /// Which shard it is; `None`: none.
    pub fn shard(&self) -> Option<Shard> {
        self.shard.as_deref().and_then(Shard::parse)
    }

    /// Reads the first line alone.
    pub fn read(input: impl BufRead) -> Result<Self, JournalError> {
        let mut text = Vec::new();
        input.take(LINE_LIMIT).read_until(b'\n', &mut text)?;
        match serde_json::from_slice(&text) {
            Ok(Line::Header(header)) if text.ends_with(b"\n") => Ok(header),
            Ok(_) | Err(_) => Err(JournalError::Header),
        }
    }
}

impl Replay {
    /// Reads a whole journal and keeps it in memory. A last line without its end is left out: it is what a killed run leaves.
    pub fn read(input: impl BufRead) -> Result<Self, JournalError> {
        let mut bytes = Vec::new();
        let replay = Self::go_through(input, |line| bytes.extend_from_slice(line))?;
        Ok(replay.stored_in(Store::Memory(bytes)))
    }

    /// The same of a file, whose lines are read `again` where they are needed.
    pub fn read_file(input: impl BufRead, again: File) -> Result<Self, JournalError> {
        let replay = Self::go_through(input, |_| {})?;
        Ok(replay.stored_in(Store::File(again)))
    }

    fn go_through(mut input: impl BufRead, mut keep: impl FnMut(&[u8])) -> Result<Self, JournalError> {
        let mut replay = Self::default();
        let mut text = Vec::new();
        for number in 1.. {
            text.clear();
            let length = io::Read::take(&mut input, LINE_LIMIT).read_until(b'\n', &mut text)?;
            let is_torn = !text.ends_with(b"\n");
            if length == 0 || is_torn && number > 1 && input.fill_buf()?.is_empty() {
                break;
            }
            keep(&text);
            replay.line = Span::new(replay.line.end(), length);
            match (number, serde_json::from_slice(&text)) {
                (1, Ok(Line::Header(header))) => replay.begin(header)?,
                (1, _) => return Err(JournalError::Header),
                (line, read) => {
                    let taken = read
                        .map_err(|error| error.to_string())
                        .and_then(|read| replay.take(read));
                    taken.map_err(|why| JournalError::Line { line, why })?;
                }
            }
            if !is_torn {
                replay.whole += length as u64;
            }
        }
        if replay.sources.is_empty() {
            Err(JournalError::Header)
        } else {
            Ok(replay)
        }
    }

    fn stored_in(mut self, store: Store) -> Self {
        let store = Arc::new(store);
        for part in &mut self.parts {
            part.store = Arc::clone(&store);
        }
        self
    }

    /// What the first line says of the run. Of one that was resumed, it started when the oldest answer came that was used.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The sources that were asked, with their endpoints.
    pub fn sources(&self) -> &[(String, Endpoint)] {
        &self.sources
    }

    /// How the run ended; `None` where it was killed. One of several shards ended as they all did, or by itself.
    pub fn end(&self) -> Option<Ending> {
        let (first, rest) = self.parts.split_first()?;
        let is_blind = |end: &Option<Ending>| matches!(end, Some(Ending::NoCredential | Ending::Refused));
        if rest.iter().all(|part| part.end == first.end) {
            first.end
        } else if self.parts.iter().all(|part| is_blind(&part.end)) {
            Some(Ending::Refused)
        } else {
            Some(Ending::Finished)
        }
    }

    /// The headers of the shards that were joined, in their order; of any other run there are none.
    pub fn shards(&self) -> impl Iterator<Item = &Header> {
        self.parts.iter().filter_map(|part| part.shard.as_ref())
    }

    /// Which shards are missing from a run that was merged; `None`: it is no such run, or none is.
    pub fn missing_shards(&self) -> Option<MissingShards> {
        let present = self.shards().filter_map(Header::shard).map(Shard::index);
        let missing = MissingShards::between(present, self.header.merge_of?);
        (!missing.is_empty()).then_some(missing)
    }

    /// Joins the journals of shards, which come in their order, under the header of the whole.
    #[must_use]
    pub fn joined(header: Header, shards: Vec<Self>) -> Self {
        let sources = shards.first().map(|shard| shard.sources.clone()).unwrap_or_default();
        let parts = shards.into_iter().flat_map(|shard| {
            let header = shard.header;
            shard.parts.into_iter().map(move |part| Part {
                shard: Some(header.clone()),
                ..part
            })
        });
        Self {
            header,
            sources,
            parts: parts.collect(),
            refused: BTreeMap::new(),
            line: Span::default(),
            whole: 0,
        }
    }

    /// When the first and the last answer came; `None`: there is none.
    pub fn answered_between(&self) -> Option<(Timestamp, Timestamp)> {
        let times = || self.all_records().filter_map(Record::time);
        times().min().zip(times().max())
    }

    /// Bytes up to the end of the last whole line: what follows is torn.
    pub const fn whole(&self) -> u64 {
        self.whole
    }

    /// What was recorded as the answer to that call. Where several shards looked at a namespace, an absence that one look
    /// denies is none.
    pub fn answer(&self, source: &str, call: &Call) -> Option<Exchange> {
        if self.refused.contains_key(source) {
            return None;
        }
        let mut answers = self.parts.iter().filter_map(|part| part.exchange(source, call));
        match call {
            Call::Namespace { namespace } => answers.max_by_key(|exchange| exchange.clone().look(namespace).weight()),
            Call::Rules { .. } | Call::Repositories { .. } | Call::Namespaces | Call::Overview => answers.next(),
        }
    }

    /// Why there is no answer to that call, and after how many requests; `None`: the journal does not say.
    pub fn reason(&self, source: &str, call: &Call) -> Option<(Failure, u32)> {
        if let Some(failure) = self.refused.get(source) {
            return Some((failure.clone(), 0));
        }
        let (part, record) = self.find(source, call)?;
        record.time().is_none().then(|| part.reason(record))
    }

    /// What each shard recorded, in their order; of any other run that is all of it.
    pub fn shares(&self) -> impl Iterator<Item = Share<'_>> {
        let refused = &self.refused;
        self.parts.iter().map(move |part| Share { part, refused })
    }

    /// From now on no answer of that source counts, for that reason. The journal stays as it is.
    pub fn refuse(&mut self, source: &str, failure: Failure) {
        self.refused.insert(source.to_owned(), failure);
    }

    /// The accounts of which the journal says that a source was asked with their credentials, in order.
    pub fn accounts(&self, source: &str) -> BTreeSet<Arc<str>> {
        let callers = self.parts.iter().filter_map(|part| part.callers.get(source));
        callers.filter_map(|(caller, _)| caller.account.clone()).collect()
    }

    /// What came of a question, where it is known for good: `None` where asking again may find out more.
    pub fn standing(&self, source: &str, call: &Call) -> Option<Exchange> {
        let (part, record) = self.find(source, call)?;
        record.stands().then(|| part.answer(record))?
    }

    /// Whether it is known for good what came of a question.
    pub fn stands(&self, source: &str, call: &Call) -> bool {
        self.find(source, call).is_some_and(|(_, record)| record.stands())
    }

    /// Every question that was answered, by source.
    pub fn questions(&self) -> impl Iterator<Item = (&str, &Call)> {
        let by_source = self.parts.iter().flat_map(|part| &part.records);
        by_source.flat_map(|(source, records)| {
            let answered = records.iter().filter(|(_, record)| record.time().is_some());
            answered.map(|(call, _)| (&**source, call))
        })
    }

    /// Writes the lines of all that it holds, but for the header: shard by shard, by source and question, each with its end.
    pub(super) fn copy(&self, sink: &mut impl io::Write) -> io::Result<()> {
        for part in &self.parts {
            if let Some(header) = &part.shard {
                sink.write_all(&text(&Line::Shard(header.clone())))?;
            }
            part.store.copy(part.lines(), sink)?;
            if let Some(end) = part.end {
                sink.write_all(&text(&Line::End(end.into())))?;
            }
        }
        Ok(())
    }

    /// Writes the lines that another run goes on with, in the order in which they came.
    pub(super) fn copy_answers(&self, sink: &mut impl io::Write) -> io::Result<()> {
        for part in &self.parts {
            let mut lines: Vec<Span> = part.lines().collect();
            lines.sort_unstable();
            part.store.copy(lines, sink)?;
        }
        Ok(())
    }

    /// How many lines these are.
    pub fn line_count(&self) -> usize {
        self.parts.iter().map(|part| part.lines().count()).sum()
    }

    fn find(&self, source: &str, call: &Call) -> Option<(&Part, &Record)> {
        let mut parts = self.parts.iter();
        parts.find_map(|part| Some((part, part.record(source, call)?)))
    }

    fn begin(&mut self, header: Header) -> Result<(), JournalError> {
        if header.journal != VERSION {
            return Err(JournalError::Version(header.journal));
        }
        for (name, url) in &header.sources {
            // Reports name it as what was asked: no other may stand in for it.
            let endpoint = Endpoint::parse(url).map_err(|_| JournalError::Line {
                line: 1,
                why: format!("the endpoint of the source '{name}' is none"),
            })?;
            self.sources.push((name.clone(), endpoint));
        }
        if header.merge_of.is_none() {
            self.parts.push(Part::default());
        }
        self.header = header;
        Ok(())
    }

    /// Begins the lines of a shard, which has to come after those of lower number.
    fn begin_shard(&mut self, header: Header) -> Result<(), String> {
        let last = self.shards().last().and_then(Header::shard).map_or(0, Shard::index);
        match header.shard() {
            Some(shard) if self.header.merge_of == Some(shard.count()) && shard.index() > last => {
                self.parts.push(Part {
                    shard: Some(header),
                    ..Part::default()
                });
                Ok(())
            }
            Some(_) | None => Err("no shard is expected here".to_owned()),
        }
    }

    fn take(&mut self, line: Line<'_>) -> Result<(), String> {
        match line {
            Line::Header(_) => return Err("a second header".to_owned()),
            Line::Shard(header) => return self.begin_shard(header),
            Line::Answer(answer) => return self.take_answer(*answer),
            Line::Doubted(doubted) => {
                if let Some(records) = being_read(&mut self.parts)?.records.get_mut(&*doubted.source) {
                    records.remove(&doubted.question.into());
                }
            }
            Line::GivenUp(line) => {
                let (namespace, repository) = (line.namespace, line.repository);
                let call = Call::Rules { namespace, repository };
                // An answer is more than having given up, whichever came first; but what was asked again, and given up
                // then, is not known by what failed before.
                self.put(&line.source, call, Recorded::GivenUp)?;
            }
            Line::Caller(line) => {
                let source = line.source.clone().into_owned();
                let part = being_read(&mut self.parts)?;
                part.callers.insert(source, (line.caller(), self.line));
            }
            Line::Resumed(line) => {
                let part = being_read(&mut self.parts)?;
                part.session += 1;
                part.end = None;
                let header = part.shard.as_mut().unwrap_or(&mut self.header);
                header.started_at = line.started_at.unwrap_or(header.started_at);
            }
            Line::End(line) => being_read(&mut self.parts)?.end = Some(line.into()),
        }
        Ok(())
    }

    fn take_answer(&mut self, mut answer: AnswerLine<'_>) -> Result<(), String> {
        let source = std::mem::take(&mut answer.source);
        let (call, is_cut) = (answer.question.clone().into(), answer.body_cut);
        let exchange = answer.exchange()?;
        let outcome = if is_cut {
            Recorded::Cut(exchange.observed_at)
        } else {
            Recorded::Answer(exchange.observed_at, exchange.class())
        };
        if self.put(&source, call, outcome)? {
            Ok(())
        } else {
            Err("a second answer to one question".to_owned())
        }
    }

    /// Records it, unless the same session has an answer already; whether it could.
    fn put(&mut self, source: &str, call: Call, outcome: Recorded) -> Result<bool, String> {
        let line = self.line;
        let part = being_read(&mut self.parts)?;
        let record = Record {
            outcome,
            session: part.session,
            line,
        };
        if !part.records.contains_key(source) {
            part.records.insert(source.to_owned(), BTreeMap::new());
        }
        let records = part.records.get_mut(source).expect("it was inserted above");
        let is_better = records
            .get(&call)
            .is_none_or(|earlier| matches!(earlier.outcome, Recorded::GivenUp) || earlier.session < record.session);
        if is_better {
            records.insert(call, record);
        }
        Ok(is_better)
    }
}

/// The part that is being read.
fn being_read(parts: &mut [Part]) -> Result<&mut Part, String> {
    parts
        .last_mut()
        .ok_or_else(|| "it comes before the first shard".to_owned())
}

impl Share<'_> {
    /// What was recorded as the answer to that call.
    pub fn answer(self, source: &str, call: &Call) -> Option<Exchange> {
        if self.refused.contains_key(source) {
            return None;
        }
        self.part.exchange(source, call)
    }

    /// Why none of that source's answers counts, where that is so.
    pub fn reason(self, source: &str) -> Option<Failure> {
        self.refused.get(source).cloned()
    }
}

impl Part {
    fn record(&self, source: &str, call: &Call) -> Option<&Record> {
        self.records.get(source)?.get(call)
    }

    fn exchange(&self, source: &str, call: &Call) -> Option<Exchange> {
        self.answer(self.record(source, call)?)
    }

    /// The answer, read again; `None`: there is none.
    fn answer(&self, record: &Record) -> Option<Exchange> {
        let observed_at = record.time()?;
        let text = self.store.read(record.line).unwrap_or_default();
        let exchange = match serde_json::from_slice(&text) {
            Ok(Line::Answer(answer)) => answer.exchange().ok(),
            Ok(_) | Err(_) => None,
        };
        Some(exchange.unwrap_or_else(|| Exchange {
            observed_at,
            ..Exchange::given_up(changed(), 1)
        }))
    }

    /// Why a repository was given up, and after how many requests.
    fn reason(&self, record: &Record) -> (Failure, u32) {
        let text = self.store.read(record.line).unwrap_or_default();
        match serde_json::from_slice(&text) {
            Ok(Line::GivenUp(line)) => {
                let attempts = line.attempts;
                (line.why(), attempts)
            }
            Ok(_) | Err(_) => (changed(), 0),
        }
    }

    /// Where all that it holds is: who asked, then what came of each question.
    fn lines(&self) -> impl Iterator<Item = Span> {
        let callers = self.callers.values().map(|(_, line)| *line);
        let records = self.records.values().flat_map(BTreeMap::values);
        callers.chain(records.map(|record| record.line))
    }
}

impl Record {
    /// When the answer came; `None`: there is none.
    const fn time(&self) -> Option<Timestamp> {
        match self.outcome {
            Recorded::Answer(time, _) | Recorded::Cut(time) => Some(time),
            Recorded::GivenUp => None,
        }
    }

    /// Whether asking again would bring the same answer.
    fn stands(&self) -> bool {
        match self.outcome {
            Recorded::Answer(_, class) => !class.is_some_and(UnknownClass::may_pass),
            Recorded::Cut(_) | Recorded::GivenUp => false,
        }
    }
}

/// The file is another one than a moment ago.
fn changed() -> Failure {
    Failure {
        detail: "the journal changed while it was read".to_owned(),
        ..Failure::unasked(UnknownClass::BadResponse)
    }
}

/// How the run ended whose journal ends in these bytes.
pub fn last_end(tail: &[u8]) -> Option<Ending> {
    let lines = tail.strip_suffix(b"\n")?;
    let start = lines
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |before| before + 1);
    match serde_json::from_slice(&lines[start..]) {
        Ok(Line::End(line)) => Some(line.into()),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests;
