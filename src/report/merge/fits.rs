//! Whether reports are the shards of one run. Every reason why they are not is told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::super::document::Report;
use super::super::wording::{counted, duration, plain};
use super::{NoReport, Part, Shards};
use crate::model::{MissingShards, Shard};

/// Why reports are not joined: all reasons.
#[derive(Debug)]
pub struct MergeError(pub Vec<Refusal>);

impl std::error::Error for MergeError {}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot join these reports")?;
        for refusal in &self.0 {
            write!(f, "\n  {refusal}")?;
        }
        f.write_str(
            "\nhint: give the report.json of each shard of one run: the same inventory, sources, --only and N of --shard",
        )
    }
}

/// One reason, naming the files.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Refusal {
    #[error("'{file}': {why}")]
    NoReport { file: String, why: NoReport },
    #[error("'{file}': it is of a whole run, and not of a shard")]
    NoShard { file: String },
    #[error("'{file}': it is joined already, of shards {shard}")]
    Joined { file: String, shard: String },
    #[error(
        "'{file}' is shard {shard}, and '{other}' is shard {other_shard}: they are not of the same number of shards"
    )]
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
    #[error("'{file}' and '{other}' both tell of {}, the first of which is {first}", counted(*.count, "repository", "repositories"))]
    Shared {
        file: String,
        other: String,
        first: String,
        count: usize,
    },
}

/// A report with its file and its shard.
struct Sharded {
    file: String,
    shard: Shard,
    report: Report,
}

/// The reports in order of their shards.
pub(super) fn together(parts: Vec<Part>, max_age: Duration) -> Result<Shards, MergeError> {
    let mut refusals = Vec::new();
    let mut shards: Vec<Sharded> = Vec::new();
    for Part { file, report } in parts {
        match report
            .map_err(|why| Refusal::NoReport {
                file: file.clone(),
                why,
            })
            .and_then(|report| sharded(file, report))
        {
            Ok(sharded) => shards.push(sharded),
            Err(refusal) => refusals.push(refusal),
        }
    }
    shards.sort_by(|a, b| (a.shard, &a.file).cmp(&(b.shard, &b.file)));
    refusals.sort_by_cached_key(ToString::to_string);
    if let Some((first, rest)) = shards.split_first() {
        for other in rest {
            refusals.extend(mismatches(first, other));
        }
    }
    refusals.extend(apart(&shards, max_age, "started at", started));
    refusals.extend(apart(&shards, max_age, "has an answer of", answered));
    refusals.extend(twice(&shards));
    refusals.extend(shared(&shards));
    match (refusals.is_empty(), shards.first().map(|first| first.shard.count())) {
        (true, Some(count)) => {
            let indexes = shards.iter().map(|sharded| sharded.shard.index());
            Ok(Shards {
                missing: MissingShards::between(indexes, count),
                reports: shards.into_iter().map(|it| (it.shard, it.report)).collect(),
            })
        }
        (false, _) | (_, None) => Err(MergeError(refusals)),
    }
}

fn sharded(file: String, report: Report) -> Result<Sharded, Refusal> {
    let Some(text) = report.run.shard.as_deref() else {
        return Err(Refusal::NoShard { file });
    };
    match Shard::parse(text) {
        Some(shard) => Ok(Sharded { file, shard, report }),
        None => Err(Refusal::Joined {
            file,
            shard: plain(text),
        }),
    }
}

/// Where two reports are not of one run.
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
    let aspects: [(&'static str, Aspect); 5] = [
        ("another inventory", inventory),
        ("other sources", sources),
        ("another selection", selection),
        ("another kind of run", kind),
        ("another day, on which other skips and waivers hold,", day),
    ];
    for (what, aspect) in aspects {
        let (theirs, ours) = (aspect(&first.report), aspect(&other.report));
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
    times: fn(&Report) -> Vec<Timestamp>,
) -> Option<Refusal> {
    let of_shard = |sharded: &Sharded| {
        let file = sharded.file.clone();
        times(&sharded.report).into_iter().map(move |time| (time, file.clone()))
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

fn started(report: &Report) -> Vec<Timestamp> {
    report.run.started_at.parse().into_iter().collect()
}

/// When the first and the last answer came.
fn answered(report: &Report) -> Vec<Timestamp> {
    let rows = report.repositories.iter();
    let times = rows.filter_map(|row| row.observed_at.as_ref()?.parse::<Timestamp>().ok());
    let times: Vec<Timestamp> = times.collect();
    let first_and_last = [times.iter().min(), times.iter().max()];
    first_and_last.into_iter().flatten().copied().collect()
}

/// What all shards of a run have alike.
type Aspect = fn(&Report) -> BTreeSet<String>;

/// What is told of one side: what the other one does not have.
fn only_in(one: &BTreeSet<String>, other: &BTreeSet<String>) -> String {
    let own: Vec<String> = one.difference(other).map(|text| plain(text)).collect();
    match &own[..] {
        [] => "nothing more".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// Where a file lies does not matter, only what stands in it.
fn inventory(report: &Report) -> BTreeSet<String> {
    let inputs = report.run.inventory.iter();
    inputs.map(|input| format!("sha256 {}", input.sha256)).collect()
}

fn sources(report: &Report) -> BTreeSet<String> {
    let source = |source: &super::super::document::SourceEntry| {
        let account = source.account.as_deref().unwrap_or_default();
        format!("'{}' at {} {account}", source.name, source.endpoint)
            .trim_end()
            .to_owned()
    };
    report.run.sources.iter().map(source).collect()
}

fn selection(report: &Report) -> BTreeSet<String> {
    let selection = report.run.selection.iter();
    selection.map(|only| format!("--only {only}")).collect()
}

/// What the service said, and what a journal says that it said, are not one story.
fn kind(report: &Report) -> BTreeSet<String> {
    let run = &report.run;
    let kind = if run.replay_of.is_some() {
        "a replay"
    } else {
        "answers of the service"
    };
    BTreeSet::from([kind.to_owned(), format!("level {}", run.level)])
}

/// What of the whole depends on the day: every shard tells of skipped namespaces and patterns, and of waivers.
fn day(report: &Report) -> BTreeSet<String> {
    let shared = report.skipped.iter().filter(|entry| entry.repository.is_none());
    let skips = shared.map(|entry| {
        let pattern = entry.pattern.as_deref().unwrap_or_default();
        format!("{}:{} {pattern} is skipped", entry.source, entry.namespace)
    });
    let waivers = report.waivers.iter();
    let waivers = waivers.map(|waiver| format!("the waiver {} is {}", waiver.id, waiver.state));
    skips.chain(waivers).collect()
}

fn twice(shards: &[Sharded]) -> impl Iterator<Item = Refusal> {
    let pairs = shards.windows(2).filter(|pair| pair[0].shard == pair[1].shard);
    pairs.map(|pair| Refusal::Twice {
        file: pair[0].file.clone(),
        other: pair[1].file.clone(),
        shard: pair[0].shard,
    })
}

/// Repositories of which two shards tell; those of one shard that is there twice are told as that.
fn shared(shards: &[Sharded]) -> Vec<Refusal> {
    let mut holders: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut found: BTreeMap<(usize, usize), (String, usize)> = BTreeMap::new();
    for (at, sharded) in shards.iter().enumerate() {
        let rows = sharded.report.repositories.iter();
        let rows = rows.map(|row| (&*row.source, &*row.namespace, &*row.repository));
        let skipped = sharded.report.skipped.iter();
        let skipped =
            skipped.filter_map(|entry| Some((&*entry.source, &*entry.namespace, entry.repository.as_deref()?)));
        for id in rows.chain(skipped) {
            let holder = *holders.entry(id).or_insert(at);
            if holder != at && shards[holder].shard != sharded.shard {
                let (source, namespace, repository) = id;
                let first = || (plain(&format!("{source}:{namespace}/{repository}")), 0);
                found.entry((holder, at)).or_insert_with(first).1 += 1;
            }
        }
    }
    let refusal = |((holder, at), (first, count)): ((usize, usize), (String, usize))| Refusal::Shared {
        file: shards[holder].file.clone(),
        other: shards[at].file.clone(),
        first,
        count,
    };
    found.into_iter().map(refusal).collect()
}
