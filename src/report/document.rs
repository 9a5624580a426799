//! The report: the document that `report.json` is. Every other format is a function of it.
//!
//! Keys are frozen by hand and only ever added; every key is always there. The model knows nothing of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::shapes;
use super::verdict::Status;
use crate::model::words::words;
use crate::model::{Code, LimitCode, Outcome, Severity, UnknownClass, WaiverState};

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
    pub summary: Summary,
    pub limits: Vec<LimitEntry>,
    pub findings: Vec<FindingEntry>,
    pub unknown: Vec<UnknownEntry>,
    pub repositories: Vec<RepositoryRow>,
    pub resolved: Vec<Never>,
    pub carried: Vec<Never>,
    pub waivers: Vec<WaiverEntry>,
    pub skipped: Vec<SkippedEntry>,
    pub regions: Vec<RegionEntry>,
}

/// An element of a list that stays empty in this version.
#[derive(Clone, Copy, Debug)]
pub enum Never {}

impl JsonSchema for Never {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Never".into()
    }

    /// What later versions put there is an object, and of its keys nothing is promised yet.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

impl Serialize for Never {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl<'de> Deserialize<'de> for Never {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("written by a later version"))
    }
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
    pub baseline: Option<String>,
    pub shard: Option<String>,
    pub replay_of: Option<String>,
    pub wire: WireEntry,
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
    pub by_code: BTreeMap<Code, usize>,
    pub new: usize,
    pub known: usize,
    pub waived: usize,
    pub resolved: usize,
}

/// Something that this run could not have seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct LimitEntry {
    pub code: LimitCode,
    pub source: Arc<str>,
    pub message: String,
}

words! {
    /// What the baseline and the waivers make of a finding.
    pub enum Mark {
        /// The baseline does not have it, or there is none.
        New = "new",
        /// The baseline has it.
        Known = "known",
        /// A waiver covers it.
        Waived = "waived",
    }
}

/// A finding with its words.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct FindingEntry {
    #[schemars(schema_with = "shapes::fingerprint")]
    pub fingerprint: String,
    pub code: Code,
    pub severity: Severity,
    pub status: Mark,
    pub source: Arc<str>,
    pub region: Arc<str>,
    pub namespace: Arc<str>,
    pub repository: Option<Arc<str>>,
    pub target: Option<TargetEntry>,
    pub field: Option<String>,
    pub expected: Option<String>,
    pub actual: Option<String>,
    pub message: String,
    pub remediation: Vec<String>,
    pub policy: Option<Arc<str>>,
    pub owner: Option<Arc<str>>,
    pub inventory: PlaceEntry,
    pub rule: Option<RuleEntry>,
    pub waiver: Option<String>,
    #[schemars(schema_with = "shapes::instant_or_null")]
    pub first_seen: Option<String>,
    pub request_id: Option<String>,
    pub repositories: Vec<Arc<str>>,
}

/// A target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct TargetEntry {
    pub region: Arc<str>,
    pub namespace: Arc<str>,
}

/// A place in the inventory.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct PlaceEntry {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

/// A live rule.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct RuleEntry {
    pub id: Option<i64>,
    #[schemars(schema_with = "shapes::instant_or_null")]
    pub created_at: Option<String>,
    #[schemars(schema_with = "shapes::instant_or_null")]
    pub updated_at: Option<String>,
}

/// Something that could not be determined, of one repository or of several at once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct UnknownEntry {
    pub class: UnknownClass,
    pub source: Arc<str>,
    pub region: Arc<str>,
    pub namespace: Arc<str>,
    pub repositories: Vec<Arc<str>>,
    pub count: usize,
    pub target: Option<TargetEntry>,
    pub field: Option<Word>,
    pub http_status: Option<u16>,
    pub error_code: Option<String>,
    pub message: String,
    pub request_id: Option<String>,
    pub attempts: u32,
    pub expected: Option<String>,
    pub remediation: Vec<String>,
    pub policy: Option<Arc<str>>,
    pub owner: Option<Arc<str>>,
    pub inventory: Option<PlaceEntry>,
    #[schemars(schema_with = "shapes::fingerprint")]
    pub fingerprint: String,
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
    pub unknown_class: Option<UnknownClass>,
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
    pub finding: Option<Vec<Code>>,
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
