//! Entries about findings and about what is unknown.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::super::shapes;
use super::{Open, Word};
use crate::model::words::words;
use crate::model::{Code, Severity, UnknownClass};

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
    #[serde(default)]
    #[schemars(schema_with = "shapes::cause_or_null")]
    pub cause: Option<String>,
    pub code: Open<Code>,
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
    #[serde(default)]
    pub remediation: Vec<Step>,
    pub policy: Option<Arc<str>>,
    pub owner: Option<Arc<str>>,
    #[serde(default)]
    pub owners: Vec<Arc<str>>,
    pub inventory: PlaceEntry,
    pub rule: Option<RuleEntry>,
    pub waiver: Option<String>,
    #[schemars(schema_with = "shapes::instant_or_null")]
    pub first_seen: Option<String>,
    pub request_id: Option<String>,
    #[serde(default)]
    pub repositories: Vec<Arc<str>>,
    #[serde(default)]
    pub tags: Option<TagsEntry>,
    #[serde(default)]
    pub job: Option<JobEntry>,
}

words! {
    /// What became of a finding of the baseline that is no finding now.
    pub enum How {
        /// Expected and actual are the same now.
        Fixed = "fixed",
        /// The inventory does not expect it any more.
        NotExpected = "not-expected",
        /// The inventory skips it now.
        Skipped = "skipped",
    }
}

/// A finding of the baseline that is none now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct ResolvedEntry {
    #[serde(flatten)]
    pub finding: FindingEntry,
    pub how: How,
}

/// One step of a remedy: what to do and, where a command does it, the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct Step {
    pub text: String,
    pub command: Option<String>,
}

impl Step {
    /// A step that a person does by hand.
    pub fn by_hand(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            command: None,
        }
    }

    /// In one line: what to do, and the command behind it.
    pub fn line(&self) -> Cow<'_, str> {
        match &self.command {
            Some(command) => format!("{}: {command}", self.text).into(),
            None => (&*self.text).into(),
        }
    }
}

/// The first form had plain texts.
impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Step { text: String, command: Option<String> },
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Text(text) => Self::by_hand(text),
            Written::Step { text, command } => Self { text, command },
        })
    }
}

/// The tags that a finding is about: how many, and the names of as many as a report holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct TagsEntry {
    pub count: usize,
    pub names: Vec<String>,
}

/// A sync job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/reports.md describes each key once")]
pub struct JobEntry {
    pub id: i64,
    pub status: String,
    #[schemars(schema_with = "shapes::instant_or_null")]
    pub created_at: Option<String>,
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
    pub class: Open<UnknownClass>,
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
    pub remediation: Vec<Step>,
    pub policy: Option<Arc<str>>,
    pub owner: Option<Arc<str>>,
    pub inventory: Option<PlaceEntry>,
    #[schemars(schema_with = "shapes::fingerprint")]
    pub fingerprint: String,
    #[serde(default)]
    #[schemars(schema_with = "shapes::instant_or_null")]
    pub first_seen: Option<String>,
}
