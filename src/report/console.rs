//! What a person sees at the end of a run: at most a screen, grouped by repository.
//!
//! Meaning survives without colour; text from outside comes through `wording::plain` or `model::visible`.

mod details;
mod paint;

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use self::paint::Paint;
use super::classes::RUN_AGAIN;
use super::document::{LimitEntry, RegionEntry, Report, UnknownEntry};
use super::verdict::{
    DRIFT, DRIFT_AND_INCOMPLETE, INCOMPLETE, NO_AUDIT, NOTHING_TO_AUDIT, OK, SIGINT, SIGTERM, Status,
};
use super::wording::{counted, plain};
use crate::model::UnknownClass;

/// Rows for findings and gaps; what does not fit is counted.
const DETAIL_ROWS: usize = 12;
/// As many of these whatever else there is to tell.
const LEAST_DETAIL_ROWS: usize = 4;
/// Rows for limits of one code, where no document has them.
const LIMITS_OF_A_CODE: usize = 10;
/// Limits that cost no room.
const USUAL_LIMITS: usize = 4;
/// Rows for regions that something has its only copy in.
const REGION_ROWS: usize = 2;

/// How and where the report is shown.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// Whether to colour.
    pub colour: bool,
    /// Where the reports are, a line each.
    pub reports: &'a [String],
    /// The name of the report in which every finding stands, if one was written.
    pub details_in: Option<&'a str>,
    /// The name of the report in which everything stands, if it was written.
    pub document: Option<&'a str>,
    /// Whether the run was stopped, and what it left can be gone on with.
    pub can_be_resumed: bool,
}

impl Telling<'_> {
    /// How many more there are of something that the document has all of.
    fn more(self, rest: usize) -> String {
        match self.document {
            None => format!("{rest} more"),
            Some(file) => format!("{rest} more in {file}"),
        }
    }
}

/// The end of a run, as text for a terminal or a log.
pub fn render(report: &Report, telling: Telling<'_>) -> String {
    let mut text = String::new();
    write(&mut text, report, telling).expect("a string takes everything");
    text
}

fn write(out: &mut String, report: &Report, telling: Telling<'_>) -> fmt::Result {
    let paint = Paint { colour: telling.colour };
    let limits = by_code(report);
    let taken = region_rows(report)
        + usize::from(report.summary.findings.waived > 0)
        + limits.len().saturating_sub(USUAL_LIMITS);
    let room = DETAIL_ROWS.saturating_sub(taken).max(LEAST_DETAIL_ROWS);
    details::write(out, report, room, telling.details_in, paint)?;
    if let Some(run) = &report.run.replay_of {
        writeln!(
            out,
            "{} of run {}: nothing was asked now",
            paint.dim("replay "),
            plain(run)
        )?;
    }
    write_accounts(out, report, paint)?;
    writeln!(out, "{}", totals(report))?;
    write_waived(out, report, telling, paint)?;
    write_regions(out, report, telling, paint)?;
    write_limits(out, &limits, report.run.sources.len() > 1, telling, paint)?;
    for place in telling.reports {
        writeln!(out, "{} {place}", paint.dim("report "))?;
    }
    writeln!(out, "{} {}", paint.verdict(report), plain(&report.verdict.reason))?;
    if let Some(step) = next_step(report, telling) {
        writeln!(out, "{} {step}", paint.dim("next   "))?;
    }
    Ok(())
}

/// Whose credential it was, as far as that is known: a row for each account, with its sources where there are several.
fn write_accounts(out: &mut String, report: &Report, paint: Paint) -> fmt::Result {
    let sources = &report.run.sources;
    let mut accounts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for source in sources {
        if let Some(account) = &source.account {
            accounts.entry(account).or_default().push(&source.name);
        }
    }
    for (account, names) in accounts {
        let names = match sources.len() {
            1 => String::new(),
            _ => format!(" ({})", plain(&names.join(", "))),
        };
        writeln!(out, "{} {}{names}", paint.dim("account"), plain(account))?;
    }
    Ok(())
}

/// A row for each code, so that none is hidden behind many of another: its first sentence, and how many more there are in
/// the document. Where there is no document, the console is all there is.
fn write_limits(
    out: &mut String,
    limits: &[OfCode<'_>],
    has_several_sources: bool,
    telling: Telling<'_>,
    paint: Paint,
) -> fmt::Result {
    let most = telling.document.map_or(LIMITS_OF_A_CODE, |_| 1);
    for of_code in limits {
        for (at, (limit, sources)) in of_code.iter().take(most).enumerate() {
            let sources = if has_several_sources {
                format!(" ({})", plain(&sources.join(", ")))
            } else {
                String::new()
            };
            let more = match of_code.len().saturating_sub(most) {
                more if more > 0 && at + 1 == most => format!("; {}", telling.more(more)),
                _ => String::new(),
            };
            let (code, message) = (&limit.code, plain(&limit.message));
            writeln!(out, "{} {code}: {message}{sources}{more}", paint.dim("limit  "))?;
        }
    }
    Ok(())
}

/// Limits of one code, each with its sources.
type OfCode<'a> = Vec<(&'a LimitEntry, Vec<&'a str>)>;

/// The limits, code by code, each sentence once with the sources that it is said of: several mostly have the same ones.
fn by_code(report: &Report) -> Vec<OfCode<'_>> {
    let mut all: Vec<OfCode<'_>> = Vec::new();
    for limit in &report.limits {
        let is_of_code = |of_code: &&mut OfCode<'_>| of_code[0].0.code == limit.code;
        let Some(of_code) = all.iter_mut().find(is_of_code) else {
            all.push(vec![(limit, vec![&limit.source])]);
            continue;
        };
        match of_code.iter_mut().find(|(other, _)| other.message == limit.message) {
            Some((_, sources)) => sources.push(&limit.source),
            None => of_code.push((limit, vec![&limit.source])),
        }
    }
    all.sort_by(|a, b| a[0].0.code.cmp(&b[0].0.code));
    all
}

/// What people accept is no drift: it is counted, and stands in the report.
fn write_waived(out: &mut String, report: &Report, telling: Telling<'_>, paint: Paint) -> fmt::Result {
    let waived = report.summary.findings.waived;
    if waived == 0 {
        return Ok(());
    }
    let place = telling
        .details_in
        .map(|file| format!(": see {file}"))
        .unwrap_or_default();
    let waived = counted(
        waived,
        "finding is accepted by a waiver",
        "findings are accepted by waivers",
    );
    writeln!(out, "{} {waived}{place}", paint.dim("waived "))
}

/// The regions that something would be lost with.
fn lossy(report: &Report) -> impl Iterator<Item = &RegionEntry> {
    report.regions.iter().filter(|region| region.only_copy.count > 0)
}

fn region_rows(report: &Report) -> usize {
    let count = lossy(report).count();
    count.min(REGION_ROWS) + usize::from(count > REGION_ROWS)
}

fn write_regions(out: &mut String, report: &Report, telling: Telling<'_>, paint: Paint) -> fmt::Result {
    for entry in lossy(report).take(REGION_ROWS) {
        let unknown = match (entry.unknown, entry.complete) {
            (0, true) => String::new(),
            (0, false) => ", and not every list is complete".to_owned(),
            (unknown, true) => format!("; {unknown} more could not be determined"),
            (unknown, false) => format!("; {unknown} more could not be determined, and not every list is complete"),
        };
        writeln!(
            out,
            "{} if {} is lost: {} no copy outside this region{unknown}",
            paint.dim("region "),
            plain(&entry.region),
            counted(entry.only_copy.count, "repository has", "repositories have"),
        )?;
    }
    match lossy(report).count().saturating_sub(REGION_ROWS) {
        0 => Ok(()),
        rest => writeln!(out, "{} {}", paint.dim("region "), telling.more(rest)),
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

/// What a refused credential left.
fn refused(report: &Report) -> Option<&UnknownEntry> {
    of_class(report, UnknownClass::Unauthenticated)
}

/// What is in the way of everything else: a refused credential, or one of the wrong account, as it looks.
fn first_of_all(report: &Report) -> Option<&UnknownEntry> {
    refused(report).or_else(|| of_class(report, UnknownClass::MassChange))
}

fn of_class(report: &Report, class: UnknownClass) -> Option<&UnknownEntry> {
    report.unknown.iter().find(|entry| entry.class == class)
}

fn next_step(report: &Report, telling: Telling<'_>) -> Option<String> {
    match report.verdict.code {
        SIGINT | SIGTERM | DRIFT_AND_INCOMPLETE | INCOMPLETE if telling.can_be_resumed => {
            Some("run the same command with `--resume`: only what is missing is asked then".to_owned())
        }
        // Nothing was read for one cause: its remedy is what comes next.
        NO_AUDIT if report.status == Status::Failed => {
            let asked = report.unknown.iter().find(|entry| entry.attempts > 0);
            asked.or(report.unknown.first()).map(UnknownEntry::steps)
        }
        // Whatever else there is, the rest cannot be read before that.
        INCOMPLETE | DRIFT_AND_INCOMPLETE if first_of_all(report).is_some() => {
            first_of_all(report).map(UnknownEntry::steps)
        }
        OK | NO_AUDIT => None,
        NOTHING_TO_AUDIT if !report.run.selection.is_empty() => {
            Some("check the patterns of --only against the names in the inventory (`swr-audit check`)".to_owned())
        }
        NOTHING_TO_AUDIT => Some("name repositories in the inventory, or check which files were given".to_owned()),
        SIGINT | SIGTERM => Some(RUN_AGAIN.to_owned()),
        code => Some(match telling.details_in {
            None => "run again with `--out DIR` to keep a report with every finding and its remedy".to_owned(),
            Some(file) if code == DRIFT => {
                format!("work through {file}: its `remediation` says what to do, finding by finding")
            }
            Some(file) if code == INCOMPLETE => {
                format!("look at what is `unknown` in {file}: nothing is said of that")
            }
            Some(file) => {
                format!("work through {file} by its `remediation`; what is `unknown` there was not seen at all")
            }
        }),
    }
}
