//! A journal read again: the answers of an earlier run, in the place of the service.
//!
//! What was recorded means what it meant on the wire, because decoding is done here as there. What was not recorded is
//! not known.

mod forget;
mod listings;

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::line::LIST_BODY_LIMIT;
use super::read::{AnswerLine, DoubtedLine, HeaderLine, Line, class_of, header};
use super::{RunEnd, VERSION};
use crate::model::{
    Answer, Caller, Endpoint, Evidence, Failure, Look, NamespaceName, Observation, RepoId, UnknownClass,
};
use crate::swr::{Call, Exchange};

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
    head: Head,
    /// Names with endpoints.
    sources: Vec<(String, Endpoint)>,
    rules: BTreeMap<Key, Recorded>,
    looks: BTreeMap<Key, Recorded>,
    /// By source: what was asked to list its namespaces and repositories.
    listed: BTreeMap<(String, Call), Recorded>,
    /// By source: who asked last, and the line that says so.
    callers: BTreeMap<String, (Caller, usize)>,
    end: Option<RunEnd>,
    /// How often it was gone on with.
    session: u32,
    /// The line that is being read.
    line: usize,
    /// Bytes up to the end of the last whole line.
    whole: u64,
}

/// What the first line says of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The run's id.
    pub run_id: String,
    /// When it started; of one that was gone on with, the time of the oldest answer that was used.
    pub started_at: Timestamp,
    /// Where its clock stood still, if it did.
    pub at: Option<Timestamp>,
    /// What was checked.
    pub level: String,
    /// The run that this one goes on with.
    pub resumes: Option<String>,
    /// The run whose answers it tells again.
    pub replay_of: Option<String>,
    /// What `--only` said.
    pub selection: Vec<String>,
    /// Which of several runs it is.
    pub shard: Option<String>,
    /// The inventory's files with their SHA-256.
    pub inventory: Vec<(String, String)>,
}

/// Source, namespace, repository (empty for a look).
type Key = (String, String, String);

/// What stands of one question.
#[derive(Clone, Debug)]
struct Recorded {
    told: Told,
    /// The session in which it came.
    session: u32,
    /// Its line, from 1.
    line: usize,
}

#[derive(Clone, Debug)]
enum Told {
    Exchange(Exchange),
    /// An answer of which the journal holds only the beginning.
    Cut(Exchange),
    GivenUp(UnknownClass, u32),
}

impl Head {
    /// Reads the first line alone.
    pub fn read(input: impl BufRead) -> Result<Self, JournalError> {
        let mut text = Vec::new();
        input.take(LINE_LIMIT).read_until(b'\n', &mut text)?;
        if text.ends_with(b"\n") {
            Ok(header(serde_json::from_slice(&text))?.head())
        } else {
            Err(JournalError::Header)
        }
    }
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
            replay.line = number;
            let line = serde_json::from_slice(&text);
            if number == 1 {
                replay.begin(header(line)?)?;
            } else {
                let taken = line
                    .map_err(|error| error.to_string())
                    .and_then(|line| replay.take(line));
                taken.map_err(|why| JournalError::Line { line: number, why })?;
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

    /// The run that was recorded.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The sources that were asked, with their endpoints.
    pub fn sources(&self) -> &[(String, Endpoint)] {
        &self.sources
    }

    /// How the run ended; `None` where it was killed.
    pub const fn end(&self) -> Option<RunEnd> {
        self.end
    }

    /// Bytes up to the end of the last whole line: what stands behind them is torn.
    pub const fn whole(&self) -> u64 {
        self.whole
    }

    /// What was recorded of a repository: the exchange for the next journal, and what it means.
    pub fn repository(&self, id: &RepoId) -> (Option<&Exchange>, Observation) {
        match self.rules.get(&key(id)).map(|recorded| &recorded.told) {
            Some(Told::Exchange(exchange) | Told::Cut(exchange)) => (Some(exchange), exchange.clone().observation(id)),
            Some(&Told::GivenUp(class, attempts)) => (None, given_up(class, attempts)),
            None => (None, not_recorded()),
        }
    }

    /// The look at a namespace, if one was taken.
    pub fn look(&self, source: &Arc<str>, namespace: &NamespaceName) -> Option<(&Exchange, Look)> {
        match &self.looks.get(&look_key(source, namespace))?.told {
            Told::Exchange(exchange) | Told::Cut(exchange) => Some((exchange, exchange.clone().look(namespace))),
            Told::GivenUp(..) => None,
        }
    }

    /// What is known of a repository for good: `None` where asking again may tell more.
    pub fn standing(&self, id: &RepoId) -> Option<Observation> {
        let recorded = self.rules.get(&key(id))?;
        match &recorded.told {
            Told::Exchange(exchange) => {
                let observation = exchange.clone().observation(id);
                (!may_change(&observation.answer)).then_some(observation)
            }
            Told::Cut(_) | Told::GivenUp(..) => None,
        }
    }

    /// What is known of a namespace for good, likewise.
    pub fn standing_look(&self, source: &Arc<str>, namespace: &NamespaceName) -> Option<Look> {
        match &self.looks.get(&look_key(source, namespace))?.told {
            Told::Exchange(exchange) => match exchange.clone().look(namespace) {
                Look::Failed(failure) if failure.class.may_pass() => None,
                look => Some(look),
            },
            Told::Cut(_) | Told::GivenUp(..) => None,
        }
    }

    fn begin(&mut self, header: HeaderLine) -> Result<(), JournalError> {
        if header.journal != VERSION {
            return Err(JournalError::Version(header.journal));
        }
        for (name, url) in &header.sources {
            // Reports tell it as what was asked: no other may stand in for it.
            let endpoint = Endpoint::parse(url).map_err(|_| JournalError::Line {
                line: 1,
                why: format!("the endpoint of the source '{name}' is none"),
            })?;
            self.sources.push((name.clone(), endpoint));
        }
        self.head = header.head();
        Ok(())
    }

    fn take(&mut self, line: Line) -> Result<(), String> {
        match line {
            Line::Header(_) => return Err("a second header".to_owned()),
            Line::Answer(answer) => self.take_answer(*answer)?,
            Line::Doubted(doubted) => self.take_back(doubted)?,
            Line::GivenUp {
                source,
                namespace,
                repository,
                class,
                attempts,
            } => {
                let told = Told::GivenUp(class_of(&class)?, attempts);
                // An answer is more than having given up, whichever came first; but what was asked again, and given up
                // then, is not known by what failed before.
                self.replace_in_rules((source, namespace, repository), told);
            }
            Line::Caller(line) => {
                let source = line.source.clone();
                self.callers.insert(source, (line.caller(), self.line));
            }
            Line::Resumed { started_at } => {
                self.session += 1;
                self.end = None;
                self.head.started_at = started_at.unwrap_or(self.head.started_at);
            }
            Line::End { ending, deadline_ms } => {
                let end = RunEnd::from_name(&ending, deadline_ms.map(Duration::from_millis));
                self.end = Some(end.ok_or_else(|| format!("no such ending: {ending}"))?);
            }
        }
        Ok(())
    }

    fn take_answer(&mut self, answer: AnswerLine) -> Result<(), String> {
        let exchange = answer.exchange()?;
        let told = if answer.body_cut {
            Told::Cut(exchange)
        } else {
            Told::Exchange(exchange)
        };
        let call = answer.call()?;
        let source = answer.source;
        match call {
            Call::Rules { namespace, repository } => {
                let key = (source, namespace.to_string(), repository.to_string());
                if self.replace_in_rules(key, told) {
                    Ok(())
                } else {
                    Err("a second answer for one repository".to_owned())
                }
            }
            Call::Namespace { namespace } => {
                let key = (source, namespace.to_string(), String::new());
                let recorded = self.on_this_line(told);
                let is_first = put(&mut self.looks, key, recorded);
                is_first
                    .then_some(())
                    .ok_or("a second look at one namespace".to_owned())
            }
            Call::Repositories { .. } | Call::Namespaces | Call::Overview => {
                let recorded = self.on_this_line(told);
                let is_first = put(&mut self.listed, (source, call), recorded);
                is_first
                    .then_some(())
                    .ok_or("a second answer for one part of a listing".to_owned())
            }
        }
    }

    /// What stands of that call was not believed any more.
    fn take_back(&mut self, doubted: DoubtedLine) -> Result<(), String> {
        let call = doubted.call()?;
        let source = doubted.source;
        match call {
            Call::Rules { namespace, repository } => {
                self.rules
                    .remove(&(source, namespace.to_string(), repository.to_string()));
            }
            Call::Namespace { namespace } => {
                self.looks.remove(&(source, namespace.to_string(), String::new()));
            }
            Call::Repositories { .. } | Call::Namespaces | Call::Overview => {
                self.listed.remove(&(source, call));
            }
        }
        Ok(())
    }

    /// Puts it in its place, where nothing better stands there; whether it could.
    fn replace_in_rules(&mut self, key: Key, told: Told) -> bool {
        let session = self.session;
        let is_better = self.rules.get(&key).is_none_or(|earlier| {
            let was_asked_again = earlier.session < session;
            matches!(earlier.told, Told::GivenUp(..)) || was_asked_again
        });
        if is_better {
            let recorded = self.on_this_line(told);
            self.rules.insert(key, recorded);
        }
        is_better
    }

    const fn on_this_line(&self, told: Told) -> Recorded {
        Recorded {
            told,
            session: self.session,
            line: self.line,
        }
    }
}

/// Puts it in the place of what an earlier session was told; whether this one was told nothing there yet.
fn put<K: Ord>(told: &mut BTreeMap<K, Recorded>, key: K, recorded: Recorded) -> bool {
    let session = recorded.session;
    let earlier = told.insert(key, recorded);
    earlier.is_none_or(|earlier| earlier.session < session)
}

fn key(id: &RepoId) -> Key {
    (
        id.source.to_string(),
        id.namespace.to_string(),
        id.repository.to_string(),
    )
}

fn look_key(source: &Arc<str>, namespace: &NamespaceName) -> Key {
    (source.to_string(), namespace.to_string(), String::new())
}

fn may_change(answer: &Answer) -> bool {
    match answer {
        Answer::Rules(_) | Answer::Absent => false,
        Answer::Failed(failure) => failure.class.may_pass(),
    }
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

/// How the run ended whose journal ends in these bytes.
pub fn last_end(tail: &[u8]) -> Option<RunEnd> {
    let lines = tail.strip_suffix(b"\n")?;
    let start = lines
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |before| before + 1);
    match serde_json::from_slice(&lines[start..]) {
        Ok(Line::End { ending, deadline_ms }) => RunEnd::from_name(&ending, deadline_ms.map(Duration::from_millis)),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests;
