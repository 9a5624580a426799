//! `metrics.prom`: the counts of a run in Prometheus' text format, for the textfile collector of `node_exporter`.
//!
//! The collector drops a whole file for one line that it does not like: no timestamps, `HELP` without anything that changes,
//! a line feed at the end. Labels are bounded: sources, codes, classes and waivers, never repositories. Counts that are zero
//! are written, so that an alert can end.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::document::{Mark, Report};
use crate::model::{Outcome, Severity, UnknownClass, visible};

/// Writes every family, each with its help.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for family in families(report) {
        family.write(out)?;
    }
    Ok(())
}

/// A metric with its series.
struct Family {
    name: &'static str,
    help: &'static str,
    labels: &'static [&'static str],
    /// By the values of the labels as they are written: two that read the same are one.
    series: BTreeMap<Vec<String>, f64>,
}

impl Family {
    const fn new(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Self {
        Self {
            name,
            help,
            labels,
            series: BTreeMap::new(),
        }
    }

    /// One series without labels, where there is a value.
    fn single(name: &'static str, help: &'static str, value: Option<f64>) -> Self {
        let mut family = Self::new(name, &[], help);
        family.series.extend(value.map(|value| (Vec::new(), value)));
        family
    }

    fn add<const N: usize>(&mut self, labels: [&str; N], count: usize) {
        debug_assert_eq!(self.labels.len(), N, "{}", self.name);
        let labels = labels.map(escaped).into();
        *self.series.entry(labels).or_default() += number(count);
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { name, help, .. } = self;
        if self.series.is_empty() {
            return Ok(());
        }
        writeln!(out, "# HELP {name} {help}")?;
        writeln!(out, "# TYPE {name} gauge")?;
        for (values, value) in &self.series {
            let labels: Vec<String> = self
                .labels
                .iter()
                .zip(values)
                .map(|(label, value)| format!("{label}=\"{value}\""))
                .collect();
            if labels.is_empty() {
                writeln!(out, "{name} {value}")?;
            } else {
                writeln!(out, "{name}{{{}}} {value}", labels.join(","))?;
            }
        }
        Ok(())
    }
}

/// A label's value: on one line, with nothing in it that is not seen, and escaped as the format wants it.
fn escaped(text: &str) -> String {
    visible(text).replace('\\', r"\\").replace('"', "\\\"")
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^53")]
const fn number(count: usize) -> f64 {
    count as f64
}

fn families(report: &Report) -> Vec<Family> {
    let sources = sources(report);
    vec![
        findings(report, &sources),
        repositories(report, &sources),
        unknown_repositories(report, &sources),
        unknown_entries(report, &sources),
        coverage(report, &sources),
        limits(report),
        Family::single(
            "swr_audit_run_duration_seconds",
            "How long the last run took.",
            Some(std::time::Duration::from_millis(report.run.wire.duration_ms).as_secs_f64()),
        ),
        Family::single(
            "swr_audit_exit_code",
            "The exit code of the last run.",
            Some(f64::from(report.exit_code)),
        ),
        Family::single(
            "swr_audit_last_run_timestamp_seconds",
            "When the last run ended.",
            seconds(&report.run.finished_at),
        ),
        Family::single(
            "swr_audit_last_complete_run_timestamp_seconds",
            "When the last run ended that audited everything: nothing was unknown, left out or of another shard.",
            report.last_complete_at().and_then(seconds),
        ),
        info(report),
        waivers(report),
    ]
}

/// Every source of the run, and those that only an entry names: what serves several sources has none.
fn sources(report: &Report) -> BTreeSet<&str> {
    let named = report.run.sources.iter().map(|source| &*source.name);
    let of_rows = report.repositories.iter().map(|row| &*row.source);
    named.chain(of_rows).collect()
}

fn findings(report: &Report, sources: &BTreeSet<&str>) -> Family {
    let mut family = Family::new(
        "swr_audit_findings",
        &["source", "severity", "code", "status"],
        "Findings of the last run. A series without a code is zero: there is none of that severity and status.",
    );
    for finding in &report.findings {
        let labels = [
            &*finding.source,
            finding.severity.name(),
            finding.code.name(),
            finding.status.name(),
        ];
        family.add(labels, 1);
    }
    let found: BTreeSet<(&str, Severity, Mark)> = report
        .findings
        .iter()
        .map(|finding| (&*finding.source, finding.severity, finding.status))
        .collect();
    for source in sources {
        for severity in Severity::ALL {
            for status in Mark::ALL {
                if !found.contains(&(source, severity, status)) {
                    family.add([source, severity.name(), "", status.name()], 0);
                }
            }
        }
    }
    family
}

fn repositories(report: &Report, sources: &BTreeSet<&str>) -> Family {
    const SKIPPED: &str = "skipped";
    let mut family = Family::new(
        "swr_audit_repositories",
        &["source", "outcome"],
        "Repositories of the last run by outcome.",
    );
    for source in sources {
        for outcome in Outcome::ALL {
            family.add([source, outcome.name()], 0);
        }
        family.add([source, SKIPPED], 0);
    }
    for row in &report.repositories {
        family.add([&row.source, row.outcome.name()], 1);
    }
    for skipped in report.skipped.iter().filter(|skipped| skipped.repository.is_some()) {
        family.add([&skipped.source, SKIPPED], 1);
    }
    family
}

fn unknown_repositories(report: &Report, sources: &BTreeSet<&str>) -> Family {
    let mut family = Family::new(
        "swr_audit_unknown_repositories",
        &["source", "class"],
        "Repositories of the last run whose outcome could not be determined, by the first class that applies.",
    );
    fill_classes(&mut family, sources);
    for row in &report.repositories {
        if let Some(class) = &row.unknown_class {
            family.add([&row.source, class.name()], 1);
        }
    }
    family
}

/// Lists and selections are unknown too, and of no repository.
fn unknown_entries(report: &Report, sources: &BTreeSet<&str>) -> Family {
    let mut family = Family::new(
        "swr_audit_unknown_entries",
        &["source", "class"],
        "Everything that the last run could not determine, lists of names included, by class.",
    );
    fill_classes(&mut family, sources);
    for entry in &report.unknown {
        family.add([&entry.source, entry.class.name()], 1);
    }
    family
}

fn fill_classes(family: &mut Family, sources: &BTreeSet<&str>) {
    for source in sources {
        for class in UnknownClass::ALL {
            family.add([source, class.name()], 0);
        }
    }
}

/// How much of a source was seen. Where there is no repository, it is whether anything is unknown.
fn coverage(report: &Report, sources: &BTreeSet<&str>) -> Family {
    let mut family = Family::new(
        "swr_audit_coverage_ratio",
        &["source"],
        "The part of a source's repositories whose outcome the last run determined, skipped ones aside.",
    );
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in &report.repositories {
        let (all, seen) = counts.entry(&row.source).or_default();
        *all += 1;
        *seen += usize::from(row.outcome != Outcome::Unknown);
    }
    for source in sources {
        let ratio = match counts.get(source) {
            Some((all, seen)) => number(*seen) / number(*all),
            None => number(usize::from(
                report.unknown.iter().all(|entry| *entry.source != **source),
            )),
        };
        family.series.insert(vec![escaped(source)], ratio);
    }
    family
}

fn limits(report: &Report) -> Family {
    let mut family = Family::new(
        "swr_audit_limits",
        &["source", "limit"],
        "What the last run could not have seen, whatever it found.",
    );
    for limit in &report.limits {
        family.add([&limit.source, limit.code.name()], 1);
    }
    family
}

fn info(report: &Report) -> Family {
    let mut family = Family::new(
        "swr_audit_run_info",
        &["version", "level"],
        "The version and the level of the last run.",
    );
    family.add([&report.run.tool_version, &report.run.level], 1);
    family
}

fn waivers(report: &Report) -> Family {
    let mut family = Family::new(
        "swr_audit_waiver_expiry_timestamp_seconds",
        &["waiver"],
        "When a waiver does not hold any more.",
    );
    for waiver in &report.waivers {
        let end = end_of(&waiver.expires);
        family.series.extend(end.map(|end| (vec![escaped(&waiver.id)], end)));
    }
    family
}

fn seconds(instant: &str) -> Option<f64> {
    since_epoch(instant.parse().ok()?)
}

fn since_epoch(instant: Timestamp) -> Option<f64> {
    Some(std::time::Duration::try_from(instant.as_duration()).ok()?.as_secs_f64())
}

/// The first instant behind a day, in UTC.
fn end_of(day: &str) -> Option<f64> {
    let day: Date = day.parse().ok()?;
    let next = day.checked_add(1.day()).ok()?.at(0, 0, 0, 0);
    since_epoch(TimeZone::UTC.to_timestamp(next).ok()?)
}
