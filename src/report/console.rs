//! What a person sees at the end of a run: at most a screen, grouped by repository.
//!
//! Meaning survives without colour; text of the service comes through `wording::plain`.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style};

use super::document::{FindingEntry, Report, UnknownEntry};
use super::verdict::{
    DRIFT, DRIFT_AND_INCOMPLETE, INCOMPLETE, NO_AUDIT, NOTHING_TO_AUDIT, OK, SIGINT, SIGTERM, Status,
};
use super::wording::{counted, plain};
use crate::model::Severity;

/// Rows for findings and gaps; what does not fit is counted.
const DETAIL_ROWS: usize = 12;
/// Rows for limits.
const LIMIT_ROWS: usize = 4;
/// Widest column of names; a longer name pushes its own row.
const NAME_WIDTH: usize = 36;

/// How and where the report is told.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// Whether to colour.
    pub colour: bool,
    /// Where the reports are, a line each.
    pub reports: &'a [String],
    /// The name of the report in which every finding stands, if one was written.
    pub details_in: Option<&'a str>,
    /// Whether the run was stopped, and what it left can be gone on with.
    pub can_be_resumed: bool,
}

/// The end of a run, as text for a terminal or a log.
pub fn render(report: &Report, telling: Telling<'_>) -> String {
    let mut text = String::new();
    write(&mut text, report, telling).expect("a string takes everything");
    text
}

fn write(out: &mut String, report: &Report, telling: Telling<'_>) -> fmt::Result {
    let paint = Paint { colour: telling.colour };
    write_details(out, report, telling, paint)?;
    if let Some(run) = &report.run.replay_of {
        writeln!(
            out,
            "{} of run {}: nothing was asked now",
            paint.dim("replay "),
            plain(run)
        )?;
    }
    writeln!(out, "{}", totals(report))?;
    for limit in report.limits.iter().take(LIMIT_ROWS) {
        writeln!(
            out,
            "{} {}: {}",
            paint.dim("limit  "),
            limit.code,
            plain(&limit.message)
        )?;
    }
    if report.limits.len() > LIMIT_ROWS {
        writeln!(
            out,
            "{} {} more in report.json",
            paint.dim("limit  "),
            report.limits.len() - LIMIT_ROWS
        )?;
    }
    for place in telling.reports {
        writeln!(out, "{} {place}", paint.dim("report "))?;
    }
    writeln!(out, "{} {}", paint.verdict(report), plain(&report.verdict.reason))?;
    if let Some(step) = next_step(report, telling) {
        writeln!(out, "{} {step}", paint.dim("next   "))?;
    }
    Ok(())
}

/// One thing to show under a repository or namespace.
enum Detail<'a> {
    Finding(&'a FindingEntry),
    Unknown(&'a UnknownEntry),
}

impl Detail<'_> {
    /// `namespace/repository`, or the namespace where it is about that.
    fn name(&self) -> String {
        let (namespace, repository) = match self {
            Self::Finding(finding) => (&finding.namespace, finding.repository.as_deref().unwrap_or_default()),
            Self::Unknown(entry) => (&entry.namespace, entry.repository()),
        };
        if repository.is_empty() {
            namespace.to_string()
        } else {
            format!("{namespace}/{repository}")
        }
    }

    fn told(&self, paint: Paint) -> String {
        match self {
            Self::Finding(finding) => {
                let target = finding
                    .target
                    .as_ref()
                    .map(|target| format!(" {}/{}", target.region, target.namespace));
                let target = plain(&target.unwrap_or_default());
                format!(
                    "{} {}{target}{}",
                    paint.severity(finding.severity),
                    finding.code,
                    sides(finding)
                )
            }
            Self::Unknown(entry) => {
                let target = entry
                    .target
                    .as_ref()
                    .map(|target| format!(" {}/{}", target.region, target.namespace));
                let told = entry.message.split_once(": ").map_or(&*entry.message, |(_, told)| told);
                format!(
                    "{} {}{}: {told}",
                    paint.unknown(),
                    entry.class,
                    plain(&target.unwrap_or_default())
                )
            }
        }
    }
}

/// Expected beside actual, where both or either is a value.
fn sides(finding: &FindingEntry) -> String {
    let field = finding
        .field
        .as_deref()
        .map(|field| format!(" {}", plain(field)))
        .unwrap_or_default();
    match (finding.expected.as_deref(), finding.actual.as_deref()) {
        (None, None) => field,
        (expected, actual) => {
            let side = |value: Option<&str>| value.map_or_else(|| "none".to_owned(), plain);
            format!("{field}: expected {}, actual {}", side(expected), side(actual))
        }
    }
}

fn write_details(out: &mut String, report: &Report, telling: Telling<'_>, paint: Paint) -> fmt::Result {
    let mut details: Vec<Detail<'_>> = report.findings.iter().map(Detail::Finding).collect();
    details.extend(report.unknown.iter().map(Detail::Unknown));
    if details.is_empty() {
        return Ok(());
    }
    details.sort_by(|a, b| order(a).cmp(&order(b)));
    let shown = &details[..details.len().min(DETAIL_ROWS)];
    let width = shown
        .iter()
        .map(|detail| detail.name().len())
        .max()
        .unwrap_or_default()
        .min(NAME_WIDTH);
    let mut last = String::new();
    for detail in shown {
        let name = detail.name();
        // A repository's name stands once, over all that is told of it.
        let heading = if name == last { "" } else { &*name };
        writeln!(
            out,
            "{}  {}",
            paint.bold(&format!("{heading:<width$}")),
            detail.told(paint)
        )?;
        last = name;
    }
    if shown.len() < details.len() {
        let rest = details.len() - shown.len();
        match telling.details_in {
            Some(file) => writeln!(out, "... and {rest} more, all of them in {file}")?,
            None => writeln!(out, "... and {rest} more")?,
        }
    }
    writeln!(out)
}

fn order<'a>(detail: &'a Detail<'_>) -> super::order::Order<'a> {
    match detail {
        Detail::Finding(finding) => finding.order(),
        Detail::Unknown(entry) => entry.order(),
    }
}

fn totals(report: &Report) -> String {
    let repos = report.summary.repos;
    let named = [
        (repos.ok, "ok"),
        (repos.drift, "drift"),
        (repos.waived, "waived"),
        (repos.unknown, "unknown"),
        (repos.skipped, "skipped"),
    ];
    let parts: Vec<String> = named
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let all = counted(repos.expected + repos.discovered, "repository", "repositories");
    let parts = if parts.is_empty() {
        String::new()
    } else {
        format!(": {}", parts.join(", "))
    };
    format!("{all}{parts}")
}

fn next_step(report: &Report, telling: Telling<'_>) -> Option<String> {
    match report.verdict.code {
        SIGINT | SIGTERM | DRIFT_AND_INCOMPLETE | INCOMPLETE if telling.can_be_resumed => {
            Some("run the same command with `--resume`: only what is missing is asked then".to_owned())
        }
        // Nothing was read for one cause: its remedy is what comes next.
        NO_AUDIT if report.status == Status::Failed.name() => {
            let asked = report.unknown.iter().find(|entry| entry.attempts > 0);
            asked
                .or(report.unknown.first())
                .and_then(|entry| entry.csv.remediation.first().cloned())
        }
        OK | NO_AUDIT => None,
        NOTHING_TO_AUDIT => Some("name repositories in the inventory, or check which files were given".to_owned()),
        SIGINT | SIGTERM => Some("run again, and let it finish: nothing is said of what is unknown".to_owned()),
        code => Some(match telling.details_in {
            None => "run again with `--out DIR` to keep a report with every finding and its remedy".to_owned(),
            Some(file) if code == DRIFT => {
                format!("work through {file}: its `remediation` says what to do, finding by finding")
            }
            Some(file) if code == INCOMPLETE => {
                format!("look at what is `unknown` in {file}: nothing is said of those repositories")
            }
            Some(file) => {
                format!("work through {file} by its `remediation`; what is `unknown` there was not seen at all")
            }
        }),
    }
}

#[derive(Clone, Copy)]
struct Paint {
    colour: bool,
}

impl Paint {
    fn with(self, style: Style, text: &str) -> String {
        if self.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    fn unknown(self) -> String {
        self.with(
            Style::new().bold().fg_color(Some(AnsiColor::Magenta.into())),
            "unknown ",
        )
    }

    fn dim(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    fn severity(self, name: &str) -> String {
        let colour = match Severity::from_name(name) {
            Some(Severity::Critical | Severity::High) => AnsiColor::Red,
            Some(Severity::Medium) => AnsiColor::Yellow,
            Some(Severity::Low | Severity::Info) | None => AnsiColor::Cyan,
        };
        self.with(Style::new().fg_color(Some(colour.into())), &format!("{name:<8}"))
    }

    fn verdict(self, report: &Report) -> String {
        let colour = if report.verdict.code == OK {
            AnsiColor::Green
        } else {
            AnsiColor::Red
        };
        let style = Style::new().bold().fg_color(Some(colour.into()));
        self.with(style, &format!("exit {:<2}", report.exit_code))
    }
}
