//! Plan and judgement become the report's document.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use jiff::Timestamp;

use super::document::{
    FindingEntry, InputEntry, LimitEntry, Mark, OnlyCopyEntry, RegionEntry, Report, RepositoryRow, Run, SkippedEntry,
    SourceEntry, VerdictEntry, WaiverEntry, WarningEntry, WireEntry,
};
use super::findings::findings;
use super::marks::{Past, mark};
use super::parts::{member_names, place_entry, stamp, to_millis};
use super::reason::{self, Facts};
use super::shapes::{API_VERSION, ID, KIND, LEVEL};
use super::summary::summary;
use super::unknowns::unknowns;
use super::unread::{self, Asked};
use super::verdict::{self, FailOn, Verdict};
use crate::model::{
    Ending, InventoryFile, Judged, JudgedRepository, JudgedWaiver, Obstacle, Plan, PlannedRepository, RepositoryName,
    Severity, Skipped, SkippedWhat, SoleCopies, Source,
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
    /// What `--only` selects, as given.
    pub selection: &'a [String],
    /// Which of several runs this is, as given.
    pub shard: Option<String>,
    /// The sources that were asked.
    pub sources: &'a [Arc<Source>],
    /// Whose credential each of them was asked with, as far as somebody said.
    pub accounts: &'a BTreeMap<Arc<str>, Arc<str>>,
    /// The inventory's files.
    pub files: &'a [InventoryFile],
    /// What the wire cost.
    pub wire: WireEntry,
    /// How the fetching ended.
    pub ending: Ending,
    /// From which severity on a finding counts.
    pub fail_on: FailOn,
    /// Whether only findings count that the baseline does not have.
    pub fail_on_new: bool,
    /// What `check` warns about.
    pub warnings: Vec<WarningEntry>,
    /// Whether drift and gaps are forgiven.
    pub exit_zero: bool,
}

impl Report {
    /// The document of a run.
    pub fn new(mut run: RunFacts<'_>, past: &Past, plan: &Plan, judged: &Judged) -> Self {
        let (mut findings, causes) = findings(plan, judged);
        let mut unknown = unknowns(plan, judged, run.sources);
        let gone = mark(&mut findings, &mut unknown, past, &stamp(run.started_at));
        let asked = unread::asked(plan, judged);
        let verdict = verdict(&run, plan, judged, &asked, &findings);
        let summary = summary(plan, judged, &findings, gone.resolved.len());
        let reason = Facts {
            verdict: &verdict,
            ending: run.ending,
            fail_on: run.fail_on,
            fail_on_new: run.fail_on_new,
            is_selection: !run.selection.is_empty(),
            findings: &findings,
            unknown: &unknown,
            repos: summary.repos,
            unlisted: judged.mass_changes.iter().map(|change| change.unlisted.len()).sum(),
            lists: judged.gaps.len(),
            empty_selections: judged.empty_selections.len(),
            is_other_account: is_other_account(judged),
            asked: &asked,
        };
        Self {
            schema: ID.into(),
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            status: verdict.status,
            exit_code: verdict.exit_code(run.exit_zero),
            verdict: VerdictEntry {
                code: verdict.code,
                drift: verdict.drift,
                incomplete: verdict.incomplete,
                reason: reason::of(&reason),
            },
            warnings: mem::take(&mut run.warnings),
            run: self::run(run, past, judged),
            regions: regions(plan, judged),
            summary,
            limits: limits(judged),
            causes,
            findings,
            unknown,
            repositories: rows(plan, judged),
            resolved: gone.resolved,
            carried: gone.carried,
            waivers: waivers(judged),
            skipped: skipped(plan),
        }
    }
}

/// Whether something was not asked because the credential is another account's.
fn is_other_account(judged: &Judged) -> bool {
    let unasked = judged.unasked.iter().map(|unasked| &unasked.failure);
    let mut failures = unasked.chain(judged.gaps.iter().map(|gap| &gap.failure));
    failures.any(|failure| failure.obstacle == Some(Obstacle::OtherAccount))
}

fn verdict(run: &RunFacts<'_>, plan: &Plan, judged: &Judged, asked: &Asked, findings: &[FindingEntry]) -> Verdict {
    let unwaived = || findings.iter().filter(|finding| !finding.is_waived());
    let counting = unwaived().filter(|finding| !run.fail_on_new || finding.status == Mark::New);
    let severities: Vec<Severity> = counting.map(|finding| finding.severity).collect();
    Verdict::of(&verdict::Facts {
        ending: run.ending,
        is_shard: plan.selection.shard.is_some(),
        to_ask: asked.count,
        unanswered: &asked.unanswered,
        is_incomplete: judged.repositories.iter().any(|row| row.unknown_class.is_some())
            || !judged.gaps.is_empty()
            || !judged.mass_changes.is_empty()
            || !judged.empty_selections.is_empty(),
        findings: &severities,
        others: findings.len() - severities.len(),
        fail_on: run.fail_on,
    })
}

fn run(run: RunFacts<'_>, past: &Past, judged: &Judged) -> Run {
    Run {
        id: run.id.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").into(),
        started_at: stamp(run.started_at),
        finished_at: stamp(run.finished_at),
        level: LEVEL.into(),
        selection: run.selection.to_vec(),
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
                account: run
                    .accounts
                    .get(&source.name)
                    .or_else(|| judged.accounts.get(&source.name))
                    .map(ToString::to_string),
            })
            .collect(),
        baseline: past.baseline.clone(),
        shard: run.shard,
        replay_of: run.replay_of.map(str::to_owned),
        wire: run.wire,
    }
}

fn rows(plan: &Plan, judged: &Judged) -> Vec<RepositoryRow> {
    let row = |(planned, judged): (&PlannedRepository, &JudgedRepository)| RepositoryRow {
        source: Arc::clone(&planned.id.source),
        namespace: planned.id.namespace.shared(),
        repository: planned.id.repository.shared(),
        outcome: judged.outcome,
        policy: planned.expectation.policy.clone(),
        owner: planned.owner.clone(),
        expected_rules: planned.expectation.targets.len(),
        actual_rules: judged.actual_rules,
        findings: judged.finding_count(),
        waived: judged.waived_count(),
        unknown_class: judged.unknown_class.map(Into::into),
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
        repository: skipped.repository().map(RepositoryName::shared),
        pattern: match &skipped.what {
            SkippedWhat::Pattern(pattern) => Some(Arc::clone(pattern)),
            SkippedWhat::Namespace | SkippedWhat::Named(_) | SkippedWhat::Discovered(_) => None,
        },
        owner: skipped.owner.clone(),
        reason: Arc::clone(&skipped.skip.reason),
        until: skipped.skip.until.map(|until| until.to_string()),
        inventory: place_entry(&skipped.place),
    };
    plan.skipped.iter().map(entry).collect()
}

fn waivers(judged: &Judged) -> Vec<WaiverEntry> {
    let entry = |judged: &JudgedWaiver| {
        let waiver = &judged.waiver;
        WaiverEntry {
            id: Arc::clone(&waiver.id),
            repo: waiver.scope.as_str().into(),
            finding: waiver
                .findings
                .as_ref()
                .map(|codes| codes.iter().copied().map(Into::into).collect()),
            target: waiver.target.as_ref().map(|target| match &target.namespace {
                Some(namespace) => format!("{}/{namespace}", target.region),
                None => target.region.to_string(),
            }),
            source: waiver.source.clone(),
            reason: Arc::clone(&waiver.reason),
            owner: Arc::clone(&waiver.owner),
            expires: waiver.expires.to_string(),
            state: judged.state,
            findings: judged.findings,
            inventory: place_entry(&waiver.place),
        }
    };
    judged.waivers.iter().map(entry).collect()
}

fn regions(plan: &Plan, judged: &Judged) -> Vec<RegionEntry> {
    let entry = |sole: &SoleCopies| RegionEntry {
        region: Arc::clone(&sole.region),
        only_copy: OnlyCopyEntry {
            count: sole.repositories.len(),
            repositories: member_names(plan, &sole.repositories),
        },
        unknown: sole.unknown.len(),
        complete: sole.is_complete,
    };
    judged.sole_copies.iter().map(entry).collect()
}

fn limits(judged: &Judged) -> Vec<LimitEntry> {
    judged.limits.iter().map(super::limits::entry).collect()
}
