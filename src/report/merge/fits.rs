//! Whether reports are the shards of one run. Every reason why they are not is told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::super::document::{Report, Run};
use super::super::wording::{counted, plain};
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
    #[error("'{file}' began more than a day before or after '{other}': they are not of one night's audit")]
    Apart { file: String, other: String },
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
pub(super) fn together(parts: Vec<Part>) -> Result<Shards, MergeError> {
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
    if are_apart(&first.report.run, &other.report.run) {
        found.push(Refusal::Apart {
            file: other.file.clone(),
            other: first.file.clone(),
        });
    }
    let aspects: [(&'static str, Aspect); 4] = [
        ("another inventory", inventory),
        ("other sources", sources),
        ("another selection", selection),
        ("another kind of run", kind),
    ];
    for (what, aspect) in aspects {
        let (theirs, ours) = (aspect(&first.report.run), aspect(&other.report.run));
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

/// Whether they cannot be of one audit: a share of an earlier one would pass for what is so today.
fn are_apart(one: &Run, other: &Run) -> bool {
    let instant = |run: &Run| run.started_at.parse::<Timestamp>().ok();
    instant(one)
        .zip(instant(other))
        .is_some_and(|(one, other)| one.duration_until(other).abs() > SignedDuration::from_hours(24))
}

/// What all shards of a run have alike.
type Aspect = fn(&Run) -> BTreeSet<String>;

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
fn inventory(run: &Run) -> BTreeSet<String> {
    run.inventory
        .iter()
        .map(|input| format!("sha256 {}", input.sha256))
        .collect()
}

fn sources(run: &Run) -> BTreeSet<String> {
    let source = |source: &super::super::document::SourceEntry| {
        let account = source.account.as_deref().unwrap_or_default();
        format!("'{}' at {} {account}", source.name, source.endpoint)
            .trim_end()
            .to_owned()
    };
    run.sources.iter().map(source).collect()
}

fn selection(run: &Run) -> BTreeSet<String> {
    run.selection.iter().map(|only| format!("--only {only}")).collect()
}

/// What the service said, and what a journal says that it said, are not one story.
fn kind(run: &Run) -> BTreeSet<String> {
    let kind = if run.replay_of.is_some() {
        "a replay"
    } else {
        "answers of the service"
    };
    BTreeSet::from([kind.to_owned(), format!("level {}", run.level)])
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
