//! What a joined report tells of the run: one run of which each shard was a part.

use jiff::Timestamp;

use super::super::document::{LimitedBy, RateEntry, RequestCounts, Run, WireEntry};
use super::Shards;

/// What all have in common, from the first of them; times from the first start to the last end.
pub(super) fn run(shards: &Shards, id: &str) -> Run {
    let runs = || shards.reports().map(|report| &report.run);
    let first = runs().next().expect("reports that belong together are at least one");
    let instant = |text: &&String| text.parse::<Timestamp>().ok();
    let started_at = runs().map(|run| &run.started_at).min_by_key(instant);
    let finished_at = runs().map(|run| &run.finished_at).max_by_key(instant);
    let replayed: Vec<&str> = runs().filter_map(|run| run.replay_of.as_deref()).collect();
    Run {
        id: id.to_owned(),
        tool_version: first.tool_version.clone(),
        started_at: started_at.unwrap_or(&first.started_at).clone(),
        finished_at: finished_at.unwrap_or(&first.finished_at).clone(),
        level: first.level.clone(),
        selection: first.selection.clone(),
        inventory: first.inventory.clone(),
        sources: first.sources.clone(),
        baseline: None,
        shard: (!shards.missing.is_empty()).then(|| format!("{} of {}", shards.reports.len(), shards.missing.count)),
        replay_of: (!replayed.is_empty()).then(|| replayed.join(", ")),
        wire: wire(shards),
    }
}

/// Counts are added up, and the shards ran side by side. Of half of all answers no shard can tell.
fn wire(shards: &Shards) -> WireEntry {
    let wires = || shards.reports().map(|report| &report.run.wire);
    let sum = |count: fn(&RequestCounts) -> u64| {
        let counts = wires().map(|wire| count(&wire.requests));
        counts.fold(0, u64::saturating_add)
    };
    let limits: Option<Vec<f64>> = wires().map(|wire| wire.rate.limit).collect();
    let is_limited_by = |by| wires().any(|wire| wire.rate.limit_by == by);
    WireEntry {
        duration_ms: wires().map(|wire| wire.duration_ms).max().unwrap_or_default(),
        requests: RequestCounts {
            sent: sum(|requests| requests.sent),
            retried: sum(|requests| requests.retried),
            throttled: sum(|requests| requests.throttled),
            failed: sum(|requests| requests.failed),
        },
        p50_ms: None,
        p95_ms: None,
        rate: RateEntry {
            concurrency: wires().map(|wire| wire.rate.concurrency).fold(0, usize::saturating_add),
            per_second: None,
            limit: limits.map(|limits| limits.iter().sum()),
            limit_by: [LimitedBy::Service, LimitedBy::Option]
                .into_iter()
                .find(|&by| is_limited_by(by))
                .unwrap_or_default(),
        },
    }
}
