//! Plan and judgement become the report's document.

use std::sync::Arc;

use jiff::Timestamp;

use super::causes;
use super::document::{
    InputEntry, LimitEntry, Report, RepositoryRow, Run, SkippedEntry, SourceEntry, VerdictEntry, WireEntry,
};
use super::findings::findings;
use super::parts::{place_entry, stamp, to_millis};
use super::reason;
use super::summary::summary;
use super::unknowns::unknowns;
use super::verdict::{Ending, Facts, FailOn, Verdict};
use crate::model::{
    InventoryFile, Judged, JudgedRepository, Limit, Plan, PlannedRepository, RepositoryName, Severity, Skipped, Source,
    UnknownClass,
};

/// What a report tells of the run itself.
#[derive(Clone, Debug)]
pub struct RunFacts<'a> {
    /// The run's id.
    pub id: &'a str,
    /// When it started, by the clock of reports.
    pub started_at: Timestamp,
    /// When it ended, by the same clock.
    pub finished_at: Timestamp,
    /// The run whose answers were judged again, where this is a replay.
    pub replay_of: Option<&'a str>,
    /// The sources that were asked.
    pub sources: &'a [Arc<Source>],
    /// The inventory's files.
    pub files: &'a [InventoryFile],
    /// What the wire cost.
    pub wire: WireEntry,
    /// How the fetching ended.
    pub ending: Ending,
    /// From which severity on a finding counts.
    pub fail_on: FailOn,
    /// Whether drift and gaps are forgiven.
    pub exit_zero: bool,
}

impl Report {
    /// The document of a run.
    pub fn new(run: RunFacts<'_>, plan: &Plan, judged: &Judged) -> Self {
        let findings = findings(plan, judged, &stamp(run.started_at));
        let unknown = unknowns(plan, judged);
        let verdict = verdict(&run, plan, judged);
        let summary = summary(plan, judged);
        Self {
            schema: ID,
            api_version: API_VERSION,
            kind: KIND,
            status: verdict.status.name(),
            exit_code: verdict.exit_code(run.exit_zero),
            verdict: VerdictEntry {
                code: verdict.code,
                drift: verdict.drift,
                incomplete: verdict.incomplete,
                reason: reason::of(&verdict, run.ending, run.fail_on, &findings, summary.repos),
            },
            run: self::run(run),
            summary,
            limits: limits(judged),
            findings,
            unknown,
            repositories: rows(plan, judged),
            resolved: Vec::new(),
            carried: Vec::new(),
            waivers: Vec::new(),
            skipped: skipped(plan),
        }
    }
}

/// The identity of the document's schema.
pub(super) const ID: &str = "urn:swr-audit:report:v1";
pub(super) const API_VERSION: &str = "swr-audit/v1";
pub(super) const KIND: &str = "AuditReport";
/// What this version checks.
pub(super) const LEVEL: &str = "rules";

fn verdict(run: &RunFacts<'_>, plan: &Plan, judged: &Judged) -> Verdict {
    let own = judged.repositories.iter().flat_map(|repository| &repository.findings);
    let namespaces = judged.missing_namespaces.iter().map(|missing| &missing.finding);
    let severities: Vec<Severity> = own.chain(namespaces).map(|finding| finding.severity).collect();
    let classes: Vec<UnknownClass> = judged.repositories.iter().filter_map(|row| row.unknown_class).collect();
    Verdict::of(&Facts {
        ending: run.ending,
        to_ask: plan.repositories.len(),
        unknown: &classes,
        findings: &severities,
        fail_on: run.fail_on,
    })
}

fn run(run: RunFacts<'_>) -> Run {
    Run {
        id: run.id.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION"),
        started_at: stamp(run.started_at),
        finished_at: stamp(run.finished_at),
        level: LEVEL,
        selection: Vec::new(),
        inventory: run
            .files
            .iter()
            .map(|file| InputEntry {
                file: Arc::clone(&file.file),
                sha256: file.sha256.clone(),
            })
            .collect(),
        sources: run
            .sources
            .iter()
            .map(|source| SourceEntry {
                name: Arc::clone(&source.name),
                region: Arc::clone(&source.region),
                endpoint: source.endpoint.to_string(),
                account: None,
            })
            .collect(),
        baseline: None,
        shard: None,
        replay_of: run.replay_of.map(str::to_owned),
        wire: run.wire,
    }
}

fn rows(plan: &Plan, judged: &Judged) -> Vec<RepositoryRow> {
    let row = |(planned, judged): (&PlannedRepository, &JudgedRepository)| RepositoryRow {
        source: Arc::clone(&planned.id.source),
        namespace: planned.id.namespace.shared(),
        repository: planned.id.repository.shared(),
        outcome: judged.outcome.name(),
        policy: planned.expectation.policy.clone(),
        owner: planned.owner.clone(),
        expected_rules: planned.expectation.targets.len(),
        actual_rules: judged.actual_rules,
        findings: judged.finding_count(),
        waived: 0,
        unknown_class: judged.unknown_class.map(UnknownClass::name),
        attempts: judged.evidence.attempts,
        observed_at: judged.evidence.observed_at.map(|instant| stamp(to_millis(instant))),
        request_id: judged.evidence.request_id.clone(),
        inventory: place_entry(&planned.place),
    };
    plan.repositories.iter().zip(&judged.repositories).map(row).collect()
}

fn skipped(plan: &Plan) -> Vec<SkippedEntry> {
    let entry = |skipped: &Skipped| SkippedEntry {
        source: Arc::clone(&skipped.source),
        namespace: skipped.namespace.shared(),
        repository: skipped.repository.as_ref().map(RepositoryName::shared),
        owner: skipped.owner.clone(),
        reason: Arc::clone(&skipped.skip.reason),
        until: skipped.skip.until.map(|until| until.to_string()),
        inventory: place_entry(&skipped.place),
    };
    plan.skipped.iter().map(entry).collect()
}

fn limits(judged: &Judged) -> Vec<LimitEntry> {
    let entry = |limit: &Limit| LimitEntry {
        code: limit.blindness.code(),
        source: Arc::clone(&limit.source),
        message: causes::limit(&limit.blindness),
    };
    judged.limits.iter().map(entry).collect()
}
