//! The report: the document that `report.json` is. Every other format is a function of it.
//!
//! Keys are frozen by hand and only ever added; every key is always there. What was added since the first form is filled
//! in where an older report is read. The model knows nothing of it.

mod finding;
mod open;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shapes;
use super::verdict::Status;
use crate::model::{Code, LimitCode, Outcome, Severity, UnknownClass, WaiverState};

pub use finding::{
    FindingEntry, How, JobEntry, Mark, PlaceEntry, ResolvedEntry, RuleEntry, Step, TagsEntry, TargetEntry, UnknownEntry,
};
pub use open::Open;

/// A constant of this version; in a report that was read, whatever was written there.
pub type Word = Cow<'static, str>;

/// The whole document. Lists are in report order: source, namespace, repository, target, code, field, fingerprint.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct Report {
    #[serde(rename = "$schema")]
    #[schemars(schema_with = "shapes::identity")]
    pub schema: Word,
    #[schemars(schema_with = "shapes::api_version")]
    pub api_version: Word,
    #[schemars(schema_with = "shapes::kind")]
    pub kind: Word,
    pub run: Run,
    pub status: Status,
    #[schemars(schema_with = "shapes::exit_code")]
    pub exit_code: u8,
    pub verdict: VerdictEntry,
    #[serde(default)]
    pub regions: Vec<RegionEntry>,
    pub summary: Summary,
    pub limits: Vec<LimitEntry>,
    #[serde(default)]
    pub causes: Vec<CauseEntry>,
    #[serde(default)]
    pub warnings: Vec<WarningEntry>,
    pub findings: Vec<FindingEntry>,
    pub unknown: Vec<UnknownEntry>,
    pub repositories: Vec<RepositoryRow>,
    #[serde(default)]
    pub resolved: Vec<ResolvedEntry>,
    #[serde(default)]
    pub carried: Vec<FindingEntry>,
    pub waivers: Vec<WaiverEntry>,
    pub skipped: Vec<SkippedEntry>,
}

/// One execution.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct Run {
    pub id: String,
    pub tool_version: Word,
    #[schemars(schema_with = "shapes::instant")]
    pub started_at: String,
    #[schemars(schema_with = "shapes::instant")]
    pub finished_at: String,
    #[schemars(schema_with = "shapes::level")]
    pub level: Word,
    pub selection: Vec<String>,
    pub inventory: Vec<InputEntry>,
    pub sources: Vec<SourceEntry>,
    pub baseline: Option<BaselineEntry>,
    pub shard: Option<String>,
    #[serde(default)]
    pub replay_of: Option<String>,
    pub wire: WireEntry,
}

/// The run whose findings this one is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct BaselineEntry {
    pub id: String,
    #[schemars(schema_with = "shapes::instant")]
    pub started_at: String,
    #[schemars(schema_with = "shapes::instant_or_null")]
    pub last_complete_at: Option<String>,
}

/// An inventory file and what it held.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct InputEntry {
    pub file: Arc<str>,
    #[schemars(schema_with = "shapes::sha256")]
    pub sha256: String,
}

/// A source of the run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct SourceEntry {
    pub name: Arc<str>,
    pub region: Arc<str>,
    pub endpoint: String,
    pub account: Option<String>,
}

/// What the wire cost: the object that may differ between equal runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct WireEntry {
    pub duration_ms: u64,
    pub requests: RequestCounts,
    pub p50_ms: Option<u64>,
    pub p95_ms: Option<u64>,
    pub rate: RateEntry,
}

/// Requests by fate.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct RequestCounts {
    pub sent: u64,
    pub retried: u64,
    pub throttled: u64,
    pub failed: u64,
}

/// How fast requests were sent.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct RateEntry {
    pub concurrency: usize,
    pub per_second: Option<f64>,
    pub limit: Option<f64>,
    pub limit_by: LimitedBy,
}

/// What the pace was limited by at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub enum LimitedBy {
    #[default]
    None,
    Option,
    Service,
}

/// The verdict in the report's words.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct VerdictEntry {
    #[schemars(schema_with = "shapes::exit_code")]
    pub code: u8,
    pub drift: bool,
    pub incomplete: bool,
    pub reason: String,
}

/// The counts. Always `expected + discovered = ok + drift + waived + unknown + skipped`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct Summary {
    pub repos: RepoCounts,
    pub rules: RuleCounts,
    pub findings: FindingCounts,
}

/// Repositories by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct RepoCounts {
    pub expected: usize,
    pub discovered: usize,
    pub audited: usize,
    pub ok: usize,
    pub drift: usize,
    pub waived: usize,
    pub unknown: usize,
    pub skipped: usize,
    pub gone: usize,
}

/// Rules on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct RuleCounts {
    pub expected: usize,
    pub actual: usize,
    pub matching: usize,
}

/// Findings by severity, code and history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct FindingCounts {
    #[schemars(schema_with = "shapes::by_severity")]
    pub by_severity: BTreeMap<Severity, usize>,
    #[schemars(schema_with = "shapes::by_code")]
    pub by_code: BTreeMap<Open<Code>, usize>,
    pub new: usize,
    pub known: usize,
    pub waived: usize,
    pub resolved: usize,
}

/// Something that this run could not have seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct LimitEntry {
    pub code: Open<LimitCode>,
    pub source: Arc<str>,
    pub message: String,
}

/// What findings have in common that are put right in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct CauseEntry {
    #[schemars(schema_with = "shapes::cause")]
    pub id: String,
    pub code: Open<Code>,
    pub severity: Severity,
    pub source: Arc<str>,
    pub policy: Option<Arc<str>>,
    pub target: Option<TargetEntry>,
    pub field: Option<String>,
    pub expected: Option<String>,
    pub actual: Option<String>,
    pub count: usize,
    pub namespaces: Vec<NamespaceCount>,
    pub owners: Vec<Arc<str>>,
}

/// How many findings of a cause are in one namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct NamespaceCount {
    pub name: Arc<str>,
    pub count: usize,
}

/// What `check` warns about.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct WarningEntry {
    pub message: String,
    pub inventory: Option<PlaceEntry>,
}

/// A repository with its outcome.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct RepositoryRow {
    pub source: Arc<str>,
    pub namespace: Arc<str>,
    pub repository: Arc<str>,
    pub outcome: Outcome,
    pub policy: Option<Arc<str>>,
    pub owner: Option<Arc<str>>,
    pub expected_rules: usize,
    pub actual_rules: Option<usize>,
    pub findings: usize,
    pub waived: usize,
    pub unknown_class: Option<Open<UnknownClass>>,
    pub attempts: u32,
    #[schemars(schema_with = "shapes::instant_or_null")]
    pub observed_at: Option<String>,
    pub request_id: Option<String>,
    pub inventory: PlaceEntry,
}

/// Something that the inventory skips.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct SkippedEntry {
    pub source: Arc<str>,
    pub namespace: Arc<str>,
    pub repository: Option<Arc<str>>,
    pub pattern: Option<Arc<str>>,
    pub owner: Option<Arc<str>>,
    pub reason: Arc<str>,
    #[schemars(schema_with = "shapes::day_or_null")]
    pub until: Option<String>,
    pub inventory: PlaceEntry,
}

/// A waiver, and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct WaiverEntry {
    pub id: Arc<str>,
    pub repo: Arc<str>,
    pub finding: Option<Vec<Open<Code>>>,
    pub target: Option<String>,
    pub source: Option<Arc<str>>,
    pub reason: Arc<str>,
    pub owner: Arc<str>,
    #[schemars(schema_with = "shapes::day")]
    pub expires: String,
    pub state: WaiverState,
    pub findings: usize,
    pub inventory: PlaceEntry,
}

/// What would be lost with one region.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct RegionEntry {
    pub region: Arc<str>,
    pub only_copy: OnlyCopyEntry,
    pub unknown: usize,
    pub complete: bool,
}

/// Repositories of a region that no rule copies to or from another one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct OnlyCopyEntry {
    pub count: usize,
    pub repositories: Vec<String>,
}
