//! Whether journals are the shards of one run. Every reason why they are not is reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::commands::services::read_journal;
use crate::input::Reader;
use crate::journal::{Header, JournalError, Mismatch, Replay};
use crate::model::{Endpoint, Inventory, Selection, Shard, WaiverState, visible, visible_path};
use crate::report::{counted, duration, plain};
use crate::swr::Call;

/// Why journals are not judged as one run: all reasons.
#[derive(Debug)]
pub struct MergeError(pub(super) Vec<Refusal>);

impl std::error::Error for MergeError {}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot merge these runs")?;
        for refusal in &self.0 {
            write!(f, "\n  {}", visible(&refusal.to_string()))?;
        }
        f.write_str(
            "\nhint: give the folder of each shard of one run, made with the same inventory, sources, --only and N of --shard",
        )
    }
}

/// One reason, naming the journals.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("'{file}': {why}{}", cause(.why))]
    Journal { file: String, why: JournalError },
    #[error("'{file}': it is of a whole run, not of a shard")]
    Whole { file: String },
    #[error("'{file}': it is of a merged run, not of a shard")]
    Merged { file: String },
    #[error("'{file}' is shard {shard}, and '{other}' is shard {other_shard}: the numbers of shards differ")]
    Count {
        file: String,
        shard: Shard,
        other: String,
        other_shard: Shard,
    },
    #[error("'{file}' and '{other}' are both shard {shard}")]
    Twice { file: String, other: String, shard: Shard },
    #[error("'{file}' is of {what} than '{other}': {ours} here, {theirs} there")]
    Differs {
        file: String,
        other: String,
        what: &'static str,
        ours: String,
        theirs: String,
    },
    #[error("'{file}' {does} {first}, and '{other}' {last}: more than --max-age {} apart", duration(*.max_age))]
    Apart {
        file: String,
        does: &'static str,
        first: Timestamp,
        other: String,
        last: Timestamp,
        max_age: Duration,
    },
    #[error("'{file}' is shard {shard} and holds answers of {} of other shards, the first of which is {first}", counted(*.count, "repository", "repositories"))]
    Foreign {
        file: String,
        shard: Shard,
        first: String,
        count: usize,
    },
    #[error("{0}")]
    Inventory(#[from] Mismatch),
    #[error("the waiver {id} is {before} on {first} and {after} on {last}, and shards started on both days")]
    Waiver {
        id: Arc<str>,
        before: WaiverState,
        first: Date,
        after: WaiverState,
        last: Date,
    },
    #[error("the skip of {entry} holds on {first} and not on {last}, and shards started on both days")]
    Skip { entry: String, first: Date, last: Date },
    #[error("a pattern of --only cannot be read: {0}")]
    Selection(String),
}

fn cause(error: &JournalError) -> String {
    error.source().map_or_else(String::new, |cause| format!(": {cause}"))
}

/// The journals of one run, in order of their shards.
pub(super) struct Shards(Vec<Sharded>);

/// A journal with its file and its shard.
struct Sharded {
    file: String,
    shard: Shard,
    replay: Replay,
}

impl Shards {
    /// Reads the journals, and refuses them where they are not of one run.
    pub(super) fn read(journals: &[PathBuf], max_age: Duration, reader: &Reader) -> Result<Self, MergeError> {
        let mut refusals = Vec::new();
        let mut shards = Vec::new();
        for path in journals {
            match sharded(path, reader) {
                Ok(sharded) => shards.push(sharded),
                Err(refusal) => refusals.push(refusal),
            }
        }
        shards.sort_by(|a, b| (a.shard, &a.file).cmp(&(b.shard, &b.file)));
        if let Some((first, rest)) = shards.split_first() {
            for other in rest {
                refusals.extend(mismatches(first, other));
            }
        }
        refusals.extend(apart(&shards, max_age, "started at", |replay| {
            vec![replay.header().started_at]
        }));
        refusals.extend(apart(&shards, max_age, "has an answer of", |replay| {
            let times = replay.answered_between();
            times.map_or_else(Vec::new, |(first, last)| vec![first, last])
        }));
        refusals.extend(accounts(&shards));
        refusals.extend(twice(&shards));
        refusals.extend(shards.iter().filter_map(foreign));
        if refusals.is_empty() {
            Ok(Self(shards))
        } else {
            Err(MergeError(refusals))
        }
    }

    /// What all of them have alike: the header of the first.
    pub(super) fn header(&self) -> &Header {
        self.0[0].replay.header()
    }

    /// The sources that were asked, with their endpoints.
    pub(super) fn sources(&self) -> &[(String, Endpoint)] {
        self.0[0].replay.sources()
    }

    /// When each of them started.
    pub(super) fn starts(&self) -> impl Iterator<Item = Timestamp> {
        self.0.iter().map(|sharded| sharded.replay.header().started_at)
    }

    /// When the first of them started.
    pub(super) fn started_at(&self) -> Timestamp {
        self.starts().min().expect("there is at least one shard")
    }

    /// What `--only` selected.
    pub(super) fn selection(&self) -> Result<Selection, MergeError> {
        let selection = Selection::parse(&self.header().selection);
        selection.map_err(|why| MergeError(vec![Refusal::Selection(why)]))
    }

    /// Whether that is the inventory of the shards. Where its files are does not matter, only what they hold.
    pub(super) fn check_inventory(&self, inventory: &Inventory) -> Result<(), MergeError> {
        let files = inventory.files.iter();
        let files: Vec<_> = files.map(|file| (file.file.to_string(), file.sha256.clone())).collect();
        let fits = self.0[0].replay.check_inventory(&files);
        fits.map_err(|mismatch| MergeError(vec![mismatch.into()]))
    }

    /// All of them as one recorded run.
    pub(super) fn joined(self) -> Replay {
        let header = Header {
            started_at: self.started_at(),
            shard: None,
            merge_of: Some(self.0[0].shard.count()),
            ..self.header().clone()
        };
        let replays = self.0.into_iter().map(|sharded| sharded.replay).collect();
        Replay::joined(header, replays)
    }
}

fn sharded(path: &Path, reader: &Reader) -> Result<Sharded, Refusal> {
    let file = visible_path(path);
    let replay = match read_journal(path, reader) {
        Ok(replay) => replay,
        Err(why) => return Err(Refusal::Journal { file, why }),
    };
    if replay.header().merge_of.is_some() {
        return Err(Refusal::Merged { file });
    }
    match replay.header().shard() {
        Some(shard) => Ok(Sharded { file, shard, replay }),
        None => Err(Refusal::Whole { file }),
    }
}

/// Where two journals are not of one run.
fn mismatches(first: &Sharded, other: &Sharded) -> Vec<Refusal> {
    let mut found = Vec::new();
    if first.shard.count() != other.shard.count() {
        found.push(Refusal::Count {
            file: other.file.clone(),
            shard: other.shard,
            other: first.file.clone(),
            other_shard: first.shard,
        });
    }
    let aspects: [(&'static str, Aspect); 4] = [
        ("another inventory", inventory),
        ("other sources", sources),
        ("another selection", selection),
        ("another kind of run", kind),
    ];
    for (what, aspect) in aspects {
        let (theirs, ours) = (aspect(&first.replay), aspect(&other.replay));
        if theirs != ours {
            found.push(Refusal::Differs {
                file: other.file.clone(),
                other: first.file.clone(),
                what,
                ours: only_in(&ours, &theirs),
                theirs: only_in(&theirs, &ours),
            });
        }
    }
    found
}

/// Whether shards are too far apart to be of one audit: a share of yesterday's would pass for what is so today. The clock
/// of reports may stand elsewhere than the one that answers came by, so that each is compared with its own kind.
fn apart(
    shards: &[Sharded],
    max_age: Duration,
    does: &'static str,
    times: fn(&Replay) -> Vec<Timestamp>,
) -> Option<Refusal> {
    let of_shard = |sharded: &Sharded| {
        let file = sharded.file.clone();
        times(&sharded.replay).into_iter().map(move |time| (time, file.clone()))
    };
    let mut all: Vec<(Timestamp, String)> = shards.iter().flat_map(of_shard).collect();
    all.sort();
    let ((first, file), (last, other)) = (all.first()?.clone(), all.last()?.clone());
    let between = Duration::try_from(last.duration_since(first)).unwrap_or_default();
    (between > max_age).then_some(Refusal::Apart {
        file,
        does,
        first,
        other,
        last,
        max_age,
    })
}

/// What all shards of a run have alike.
type Aspect = fn(&Replay) -> BTreeSet<String>;

/// What one side has and the other does not.
fn only_in(one: &BTreeSet<String>, other: &BTreeSet<String>) -> String {
    let own: Vec<String> = one.difference(other).map(|text| plain(text)).collect();
    match &own[..] {
        [] => "nothing more".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// Where a file is does not matter, only what it holds.
fn inventory(replay: &Replay) -> BTreeSet<String> {
    let files = replay.header().inventory.iter();
    files.map(|(_, sha256)| format!("sha256 {sha256}")).collect()
}

fn sources(replay: &Replay) -> BTreeSet<String> {
    let sources = replay.sources().iter();
    sources
        .map(|(name, endpoint)| format!("'{name}' at {endpoint}"))
        .collect()
}

/// Sources of which two shards saw different accounts. A shard with few answers may not know whose they are.
fn accounts(shards: &[Sharded]) -> Vec<Refusal> {
    let mut seen: BTreeMap<&str, (Arc<str>, &str)> = BTreeMap::new();
    let mut found = Vec::new();
    for Sharded { file, replay, .. } in shards {
        for (name, _) in replay.sources() {
            let Some(account) = replay.caller(name).account else {
                continue;
            };
            let (first, other) = seen.entry(name).or_insert_with(|| (Arc::clone(&account), file));
            if *first != account {
                found.push(Refusal::Differs {
                    file: file.clone(),
                    other: (*other).to_owned(),
                    what: "another account",
                    ours: format!("'{name}' in {account}"),
                    theirs: format!("'{name}' in {first}"),
                });
            }
        }
    }
    found
}

fn selection(replay: &Replay) -> BTreeSet<String> {
    let selection = replay.header().selection.iter();
    selection.map(|only| format!("--only {only}")).collect()
}

/// What the service said, and what a journal says that it said, are not one story.
fn kind(replay: &Replay) -> BTreeSet<String> {
    let header = replay.header();
    let kind = if header.replay_of.is_some() {
        "a replay"
    } else {
        "answers of the service"
    };
    BTreeSet::from([kind.to_owned(), format!("level {}", header.level)])
}

fn twice(shards: &[Sharded]) -> impl Iterator<Item = Refusal> {
    let pairs = shards.windows(2).filter(|pair| pair[0].shard == pair[1].shard);
    pairs.map(|pair| Refusal::Twice {
        file: pair[0].file.clone(),
        other: pair[1].file.clone(),
        shard: pair[0].shard,
    })
}

/// A repository belongs to the shard that its name decides: what another shard answered of it would stand for nothing.
fn foreign(sharded: &Sharded) -> Option<Refusal> {
    let Sharded { file, shard, replay } = sharded;
    let mut foreign = replay.questions().filter_map(|(source, call)| match call {
        Call::Rules { namespace, repository } if !shard.holds(repository) => {
            Some(format!("{source}:{namespace}/{repository}"))
        }
        Call::Rules { .. } | Call::Namespace { .. } | Call::Repositories { .. } | Call::Namespaces | Call::Overview => {
            None
        }
    });
    Some(Refusal::Foreign {
        file: file.clone(),
        shard: *shard,
        first: plain(&foreign.next()?),
        count: 1 + foreign.count(),
    })
}
