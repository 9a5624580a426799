//! Plan and judgement become the report's document: counted, worded, and in its one order.

use std::sync::Arc;

use jiff::Timestamp;

use super::causes;
use super::document::{
    FindingCounts, FindingEntry, InputEntry, LimitEntry, PlaceEntry, RepoCounts, Report, RepositoryRow, RuleCounts,
    RuleEntry, Run, SkippedEntry, SourceEntry, Summary, TargetEntry, UnknownCells, UnknownEntry, VerdictEntry,
    WireEntry,
};
use super::fingerprint::Identity;
use super::reason;
use super::verdict::{Ending, Facts, FailOn, Verdict};
use super::wording::{self, About};
use crate::model::{
    Code, Evidence, ExpectedFlag, Finding, Flags, InventoryFile, Judged, JudgedRepository, MissingNamespace, Outcome,
    Place, Plan, PlannedRepository, Severity, Source, Target, Unasked, Unknown, UnknownClass,
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
        let unknown = unknown(plan, judged);
        let verdict = verdict(&run, plan, judged);
        let summary = summary(plan, judged);
        Self {
            schema: SCHEMA,
            api_version: "swr-audit/v1",
            kind: "AuditReport",
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
const SCHEMA: &str = "urn:swr-audit:report:v1";

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
        level: "rules",
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
        wire: run.wire,
    }
}

fn summary(plan: &Plan, judged: &Judged) -> Summary {
    let with = |outcome: Outcome| judged.repositories.iter().filter(|row| row.outcome == outcome).count();
    let skipped = plan
        .skipped
        .iter()
        .filter(|skipped| skipped.repository.is_some())
        .count();
    let (ok, drift, waived, unknown) = (
        with(Outcome::Ok),
        with(Outcome::Drift),
        with(Outcome::Waived),
        with(Outcome::Unknown),
    );
    let own: Vec<&Finding> = judged.repositories.iter().flat_map(|row| &row.findings).collect();
    let missing = own
        .iter()
        .filter(|finding| finding.difference.code() == Code::MissingRepo)
        .count();
    let in_missing = judged
        .repositories
        .iter()
        .filter(|row| row.in_missing_namespace)
        .count();
    let repos = RepoCounts {
        expected: plan.repositories.len() + skipped,
        discovered: 0,
        audited: ok + drift + waived,
        ok,
        drift,
        waived,
        unknown,
        skipped,
        gone: missing + in_missing,
    };
    let rules = RuleCounts {
        expected: plan
            .repositories
            .iter()
            .map(|planned| planned.expectation.targets.len())
            .sum(),
        actual: judged.repositories.iter().filter_map(|row| row.actual_rules).sum(),
        matching: judged.repositories.iter().map(|row| row.matching).sum(),
    };
    let namespaces = judged.missing_namespaces.iter().map(|missing| &missing.finding);
    Summary {
        repos,
        rules,
        findings: counts(own.into_iter().chain(namespaces)),
    }
}

fn counts<'a>(findings: impl Iterator<Item = &'a Finding>) -> FindingCounts {
    let mut counts = FindingCounts {
        by_severity: Severity::ALL.iter().map(|severity| (severity.name(), 0)).collect(),
        by_code: Code::ALL.iter().map(|code| (code.name(), 0)).collect(),
        ..FindingCounts::default()
    };
    for finding in findings {
        *counts.by_severity.entry(finding.severity.name()).or_default() += 1;
        *counts.by_code.entry(finding.difference.code().name()).or_default() += 1;
        // Without a baseline every finding is new.
        counts.new += 1;
    }
    counts
}

fn findings(plan: &Plan, judged: &Judged, first_seen: &str) -> Vec<FindingEntry> {
    let pairs = plan.repositories.iter().zip(&judged.repositories);
    let own = pairs.flat_map(|(planned, row)| {
        row.findings
            .iter()
            .map(|finding| of_repository(planned, row, finding, first_seen))
    });
    let namespaces = judged
        .missing_namespaces
        .iter()
        .map(|missing| of_namespace(plan, missing, first_seen));
    let mut entries: Vec<FindingEntry> = own.chain(namespaces).collect();
    entries.sort_by(|a, b| a.order().cmp(&b.order()));
    entries
}

fn of_repository(
    planned: &PlannedRepository,
    row: &JudgedRepository,
    finding: &Finding,
    first_seen: &str,
) -> FindingEntry {
    let about = About::Repository(&planned.id);
    let flags = finding.target.as_ref().and_then(|target| expected_at(planned, target));
    let entry = worded(about, planned, finding, flags);
    FindingEntry {
        repository: Some(planned.id.repository.shared()),
        policy: planned.expectation.policy.clone(),
        request_id: row.evidence.request_id.clone(),
        first_seen: Some(first_seen.to_owned()),
        ..entry
    }
    .identified()
}

fn of_namespace(plan: &Plan, missing: &MissingNamespace, first_seen: &str) -> FindingEntry {
    let first = &plan.repositories[missing.members[0]];
    let about = About::Namespace(&missing.namespace, missing.members.len());
    let entry = worded(about, first, &missing.finding, None);
    FindingEntry {
        policy: shared_policy(plan, &missing.members),
        repositories: missing
            .members
            .iter()
            .map(|&index| plan.repositories[index].id.repository.shared())
            .collect(),
        first_seen: Some(first_seen.to_owned()),
        ..entry
    }
    .identified()
}

/// A finding's words, with everything that its repository or namespace has in common.
fn worded(
    about: About<'_>,
    planned: &PlannedRepository,
    finding: &Finding,
    flags: Option<Flags<ExpectedFlag>>,
) -> FindingEntry {
    let (difference, target) = (&finding.difference, finding.target.as_ref());
    let values = wording::values(difference);
    FindingEntry {
        fingerprint: String::new(),
        code: difference.code().name(),
        severity: finding.severity.name(),
        status: "new",
        source: Arc::clone(&planned.id.source),
        region: Arc::clone(&planned.source.region),
        namespace: planned.id.namespace.shared(),
        repository: None,
        target: target.map(target_entry),
        field: wording::field(difference),
        expected: values.expected,
        actual: values.actual,
        message: wording::message(about, difference, target),
        remediation: wording::remediation(about, difference, target, flags),
        policy: None,
        owner: planned.owner.clone(),
        inventory: place_entry(&planned.place),
        rule: finding.rule.map(|rule| RuleEntry {
            id: rule.id,
            created_at: rule.created_at.map(stamp),
            updated_at: rule.updated_at.map(stamp),
        }),
        waiver: None,
        first_seen: None,
        request_id: None,
        repositories: Vec::new(),
    }
}

impl FindingEntry {
    fn identified(self) -> Self {
        let fingerprint = Identity {
            code: self.code,
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository.as_deref().unwrap_or_default(),
            target: self.target.as_ref(),
            field: self.field.as_deref().unwrap_or_default(),
        }
        .fingerprint();
        Self { fingerprint, ..self }
    }

    /// The one order of every list: source, namespace, repository, target, code, field, fingerprint, by bytes.
    pub(super) fn order(&self) -> Order<'_> {
        Order {
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository.as_deref().unwrap_or_default(),
            target: self.target.as_ref(),
            code: self.code,
            field: self.field.as_deref().unwrap_or_default(),
            fingerprint: &self.fingerprint,
        }
    }
}

impl UnknownEntry {
    /// The same order; an unknown entry's code is `unknown`.
    pub(super) fn order(&self) -> Order<'_> {
        Order {
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository(),
            target: self.target.as_ref(),
            code: "unknown",
            field: self.field.unwrap_or_default(),
            fingerprint: &self.csv.fingerprint,
        }
    }

    /// The repository's name, or nothing where it covers several.
    pub fn repository(&self) -> &str {
        match &self.repositories[..] {
            [one] => one,
            _ => "",
        }
    }
}

/// A key of report order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order<'a> {
    source: &'a str,
    namespace: &'a str,
    repository: &'a str,
    target: Option<&'a TargetEntry>,
    code: &'a str,
    field: &'a str,
    fingerprint: &'a str,
}

fn unknown(plan: &Plan, judged: &Judged) -> Vec<UnknownEntry> {
    let pairs = plan.repositories.iter().zip(&judged.repositories);
    let own = pairs.flat_map(|(planned, row)| {
        row.unknowns
            .iter()
            .map(|unknown| unknown_of_repository(planned, &row.evidence, unknown))
    });
    let groups = judged.unasked.iter().map(|unasked| unknown_of_group(plan, unasked));
    let mut entries: Vec<UnknownEntry> = own.chain(groups).collect();
    entries.sort_by(|a, b| (a.order(), a.class).cmp(&(b.order(), b.class)));
    entries
}

fn unknown_of_repository(planned: &PlannedRepository, evidence: &Evidence, unknown: &Unknown) -> UnknownEntry {
    let field = unknown.field.map(crate::model::Field::name);
    let name = planned.id.to_string();
    let subject = causes::Subject {
        name: &name,
        count: 1,
        target: unknown.target.as_ref(),
        field,
        was_asked: evidence.attempts > 0,
    };
    let failure = unknown.failure.as_ref();
    UnknownEntry {
        class: unknown.class.name(),
        source: Arc::clone(&planned.id.source),
        region: Arc::clone(&planned.source.region),
        namespace: planned.id.namespace.shared(),
        repositories: vec![planned.id.repository.shared()],
        count: 1,
        target: unknown.target.as_ref().map(target_entry),
        field,
        http_status: failure.and_then(|failure| failure.http_status),
        error_code: failure.and_then(|failure| failure.error_code.clone()),
        message: causes::message(subject, unknown.class, failure),
        request_id: evidence.request_id.clone(),
        attempts: evidence.attempts,
        csv: UnknownCells {
            expected: unknown.expected.map(|flags| expected_cell(flags, unknown)),
            remediation: causes::remediation(unknown.class, evidence.attempts > 0),
            policy: planned.expectation.policy.clone(),
            owner: planned.owner.clone(),
            inventory: place_entry(&planned.place),
            fingerprint: String::new(),
        },
    }
    .identified()
}

/// Both flags, or the one that could not be told.
fn expected_cell(flags: Flags<ExpectedFlag>, unknown: &Unknown) -> String {
    use crate::model::Field;
    match unknown.field {
        Some(Field::Override) => flags.overrides.to_string(),
        Some(Field::SyncAuto) => flags.sync_auto.to_string(),
        Some(Field::Region | Field::Namespace) | None => wording::expected_flags(flags),
    }
}

fn unknown_of_group(plan: &Plan, unasked: &Unasked) -> UnknownEntry {
    let members: Vec<&PlannedRepository> = unasked.members.iter().map(|&index| &plan.repositories[index]).collect();
    let first = members[0];
    let name = if members.len() == 1 {
        first.id.to_string()
    } else {
        format!("namespace {}", unasked.namespace)
    };
    let subject = causes::Subject {
        name: &name,
        count: members.len(),
        target: None,
        field: None,
        was_asked: false,
    };
    let class = unasked.failure.class;
    UnknownEntry {
        class: class.name(),
        source: Arc::clone(&unasked.source.name),
        region: Arc::clone(&unasked.source.region),
        namespace: unasked.namespace.shared(),
        repositories: members.iter().map(|planned| planned.id.repository.shared()).collect(),
        count: members.len(),
        target: None,
        field: None,
        http_status: unasked.failure.http_status,
        error_code: unasked.failure.error_code.clone(),
        message: causes::message(subject, class, Some(&unasked.failure)),
        request_id: None,
        attempts: 0,
        csv: UnknownCells {
            expected: None,
            remediation: causes::remediation(class, false),
            policy: shared_policy(plan, &unasked.members),
            owner: first.owner.clone(),
            inventory: place_entry(&first.place),
            fingerprint: String::new(),
        },
    }
    .identified()
}

impl UnknownEntry {
    fn identified(mut self) -> Self {
        self.csv.fingerprint = Identity {
            code: "unknown",
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository(),
            target: self.target.as_ref(),
            field: self.field.unwrap_or_default(),
        }
        .fingerprint();
        self
    }
}

/// The policy's name, where all of them are under one.
fn shared_policy(plan: &Plan, members: &[usize]) -> Option<Arc<str>> {
    let mut policies = members
        .iter()
        .map(|&index| &plan.repositories[index].expectation.policy);
    let first = policies.next()?;
    policies.all(|policy| policy == first).then(|| first.clone())?
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
    let entry = |skipped: &crate::model::Skipped| SkippedEntry {
        source: Arc::clone(&skipped.source),
        namespace: skipped.namespace.shared(),
        repository: skipped.repository.as_ref().map(crate::model::RepositoryName::shared),
        owner: skipped.owner.clone(),
        reason: Arc::clone(&skipped.skip.reason),
        until: skipped.skip.until.map(|until| until.to_string()),
        inventory: place_entry(&skipped.place),
    };
    plan.skipped.iter().map(entry).collect()
}

fn limits(judged: &Judged) -> Vec<LimitEntry> {
    let entry = |limit: &crate::model::Limit| LimitEntry {
        code: limit.blindness.code(),
        source: Arc::clone(&limit.source),
        message: causes::limit(&limit.blindness),
    };
    judged.limits.iter().map(entry).collect()
}

fn expected_at(planned: &PlannedRepository, target: &Target) -> Option<Flags<ExpectedFlag>> {
    planned
        .expectation
        .targets
        .iter()
        .find(|expected| expected.target == *target)
        .map(|expected| expected.flags)
}

fn target_entry(target: &Target) -> TargetEntry {
    TargetEntry {
        region: Arc::clone(&target.region),
        namespace: Arc::clone(&target.namespace),
    }
}

fn place_entry(place: &Place) -> PlaceEntry {
    PlaceEntry {
        file: Arc::clone(&place.file),
        line: place.line,
        column: place.column,
    }
}

/// As much of an instant as anybody can use: the rest is this machine's noise.
fn to_millis(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant)
}

/// RFC 3339 in UTC, with as many fraction digits as the instant has.
pub(super) fn stamp(instant: Timestamp) -> String {
    instant.to_string()
}
