//! A small baseline, to be kept in git: what was found, so that a later run tells new from known.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::document::{BaselineEntry, FindingEntry, Report, Word};
use super::json;
use super::past::{BASELINE, Named};
use super::shapes::{API_VERSION, ID};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Baseline {
    #[serde(rename = "$schema")]
    schema: Word,
    api_version: Word,
    kind: Word,
    run: Run,
    findings: Vec<Value>,
}

#[derive(Serialize)]
struct Run {
    #[serde(flatten)]
    run: BaselineEntry,
    sources: Vec<Named>,
}

/// Writes the findings of a report, and those that it carries, without what only this run needs.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let all = report.findings.iter().chain(&report.carried);
    let findings: Result<Vec<Value>, serde_json::Error> = all.map(small).collect();
    let run = &report.run;
    let baseline = Baseline {
        schema: ID.into(),
        api_version: API_VERSION.into(),
        kind: BASELINE.into(),
        run: Run {
            run: BaselineEntry {
                id: run.id.clone(),
                started_at: run.started_at.clone(),
                last_complete_at: report.last_complete_at().map(str::to_owned),
            },
            sources: run
                .sources
                .iter()
                .map(|source| Named {
                    name: source.name.clone(),
                })
                .collect(),
        },
        findings: findings?,
    };
    json::write(&baseline, out)
}

/// A remedy and a live rule are of their run; a line of the inventory would change with every edit.
fn small(finding: &FindingEntry) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(FindingEntry {
        cause: None,
        remediation: Vec::new(),
        rule: None,
        request_id: None,
        ..finding.clone()
    })?;
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null() && *field != json!([]));
    }
    Ok(value)
}
