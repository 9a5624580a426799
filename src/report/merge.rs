//! Joins the reports of all shards of one run into the report of the whole.
//!
//! Knows reports and nothing else: no inventory, no service, no files. What no report holds is not made up: what speaks
//! of the whole was judged by no shard, and the joined report says so.

mod contradictions;
mod findings;
mod fits;
mod limits;
mod part;
mod run;
mod told;
mod unknowns;

#[cfg(test)]
mod tests;

use std::time::Duration;

use self::contradictions::Contradictions;
use super::assemble::{API_VERSION, ID, KIND};
use super::document::{
    FindingEntry, RepoCounts, Report, RepositoryRow, RuleCounts, SkippedEntry, Summary, UnknownEntry, VerdictEntry,
};
use super::limits::{Verb, shards};
use super::reason;
use super::summary::counts;
use super::unread::Asked;
use super::verdict::{self, FailOn, Status, Verdict};
use crate::model::{Blindness, Ending, MissingShards, Outcome, Severity, Shard, UnknownClass};

pub use fits::{MergeError, Refusal};
pub use part::{NoReport, read};

/// One of the reports to join.
#[derive(Debug)]
pub struct Part {
    /// What it is called when it is refused.
    pub file: String,
    /// What it holds.
    pub report: Result<Report, NoReport>,
}

/// What a joined report tells of the joining.
#[derive(Clone, Copy, Debug)]
pub struct MergeFacts<'a> {
    /// The id of the joined run.
    pub id: &'a str,
    /// How far apart the first and the last answer of all shards may be.
    pub max_age: Duration,
    /// From which severity on a finding counts.
    pub fail_on: FailOn,
    /// Whether drift and gaps are forgiven.
    pub exit_zero: bool,
}

/// Reports that belong together, in order of their shards: from here on nothing depends on the order in which they came.
struct Shards {
    reports: Vec<(Shard, Report)>,
    missing: MissingShards,
}

/// Joins the reports of the shards of one run. Missing shards are no error: they make the whole incomplete.
///
/// # Errors
/// Every reason at once why these reports are not of one run.
pub fn merge(parts: Vec<Part>, facts: MergeFacts<'_>) -> Result<Report, MergeError> {
    let mut shards = fits::together(parts, facts.max_age)?;
    let run = run::run(&shards, facts.id);
    let standing = Standing::of(&shards);
    let sums = Sums::of(&shards);
    let contradictions = Contradictions::of(&shards);
    let waivers = told::waivers(&shards);
    let regions = told::regions(&mut shards);
    let repositories = told::repositories(&mut shards);
    let skipped = told::skipped(&mut shards);
    let limits = limits::limits(&mut shards, &repositories, &skipped, &contradictions);
    let findings = findings::findings(&mut shards, &contradictions);
    let unknown = unknowns::unknowns(&mut shards, contradictions);
    let whole = Whole {
        standing: &standing,
        missing: &shards.missing,
        summary: sums.summary(&repositories, &skipped, &findings),
        repositories: &repositories,
        findings: &findings,
        unknown: &unknown,
    };
    let (verdict, reason) = whole.verdict(facts);
    Ok(Report {
        schema: ID.into(),
        api_version: API_VERSION.into(),
        kind: KIND.into(),
        run,
        status: verdict.status.name().into(),
        exit_code: verdict.exit_code(facts.exit_zero),
        verdict: VerdictEntry {
            code: verdict.code,
            drift: verdict.drift,
            incomplete: verdict.incomplete,
            reason,
        },
        summary: whole.summary,
        limits,
        findings,
        unknown,
        repositories,
        resolved: Vec::new(),
        carried: Vec::new(),
        waivers,
        skipped,
        regions,
    })
}

impl Shards {
    fn reports(&self) -> impl Iterator<Item = &Report> {
        self.reports.iter().map(|(_, report)| report)
    }

    fn reports_mut(&mut self) -> impl Iterator<Item = &mut Report> {
        self.reports.iter_mut().map(|(_, report)| report)
    }
}

/// How the shards ended.
struct Standing {
    /// Those that have no audit.
    failed: MissingShards,
    /// Those that did not come to their end although everything they asked for was told.
    stopped: MissingShards,
    /// Whether one that has an audit asked for anything: then the whole has one.
    is_anything_audited: bool,
}

impl Standing {
    fn of(shards: &Shards) -> Self {
        let count = shards.missing.count;
        let those = |is: &dyn Fn(&Report) -> bool| {
            let indexes = shards.reports.iter().filter(|(_, report)| is(report));
            MissingShards {
                runs: indexes.map(|(shard, _)| (shard.index(), shard.index())).collect(),
                count,
            }
        };
        let is = |status: Status| move |report: &Report| report.status == status.name();
        let is_failed = is(Status::Failed);
        let is_incomplete = is(Status::Incomplete);
        Self {
            failed: those(&is_failed),
            stopped: those(&|report| is_incomplete(report) && report.unknown.is_empty()),
            is_anything_audited: shards.reports().any(|report| !is_failed(report) && has_asked(report)),
        }
    }
}

/// Whether a shard asked for anything. A listing that was empty leaves a limit behind; a replay sends nothing.
fn has_asked(report: &Report) -> bool {
    let emptiness = Blindness::LISTING_UNCONFIRMED;
    !report.repositories.is_empty()
        || !report.unknown.is_empty()
        || report.run.wire.requests.sent > 0
        || report.limits.iter().any(|limit| limit.code == emptiness)
}

/// Counts that can only be added up: what they count stands in no row.
struct Sums {
    expected: usize,
    discovered: usize,
    gone: usize,
    matching: usize,
}

impl Sums {
    fn of(shards: &Shards) -> Self {
        let sum = |count: fn(&Summary) -> usize| {
            let counts = shards.reports().map(|report| count(&report.summary));
            counts.fold(0, usize::saturating_add)
        };
        Self {
            expected: sum(|summary| summary.repos.expected),
            discovered: sum(|summary| summary.repos.discovered),
            gone: sum(|summary| summary.repos.gone),
            matching: sum(|summary| summary.rules.matching),
        }
    }

    /// The rest is counted again.
    fn summary(&self, rows: &[RepositoryRow], skipped: &[SkippedEntry], findings: &[FindingEntry]) -> Summary {
        let with = |outcome: Outcome| rows.iter().filter(|row| row.outcome == outcome.name()).count();
        let (ok, drift, waived) = (with(Outcome::Ok), with(Outcome::Drift), with(Outcome::Waived));
        let add = |counts: &mut dyn Iterator<Item = usize>| counts.fold(0, usize::saturating_add);
        Summary {
            repos: RepoCounts {
                expected: self.expected,
                discovered: self.discovered,
                audited: ok + drift + waived,
                ok,
                drift,
                waived,
                unknown: with(Outcome::Unknown),
                skipped: skipped.iter().filter(|entry| entry.repository.is_some()).count(),
                gone: self.gone,
            },
            rules: RuleCounts {
                expected: add(&mut rows.iter().map(|row| row.expected_rules)),
                actual: add(&mut rows.iter().filter_map(|row| row.actual_rules)),
                matching: self.matching,
            },
            findings: counts(findings),
        }
    }
}

/// What the verdict on the whole is made of.
struct Whole<'a> {
    standing: &'a Standing,
    missing: &'a MissingShards,
    summary: Summary,
    repositories: &'a [RepositoryRow],
    findings: &'a [FindingEntry],
    unknown: &'a [UnknownEntry],
}

impl Whole<'_> {
    /// By the one formula, with its reason.
    fn verdict(&self, facts: MergeFacts<'_>) -> (Verdict, String) {
        let unwaived = self.findings.iter().filter(|finding| !finding.is_waived());
        let severities: Vec<Severity> = unwaived
            .filter_map(|finding| Severity::from_name(&finding.severity))
            .collect();
        let gaps = self.unknown.iter().filter(|entry| entry.is_of_a_list());
        let classes = self.repositories.iter().filter_map(|row| row.unknown_class.as_deref());
        let unanswered: Vec<UnknownClass> = classes
            .chain(gaps.clone().map(|gap| &*gap.class))
            .filter_map(UnknownClass::from_name)
            .collect();
        let lists = gaps.count();
        let asked = Asked {
            count: self.repositories.len() + lists + usize::from(self.standing.is_anything_audited),
            unanswered,
            ..Asked::default()
        };
        let verdict = Verdict::of(&verdict::Facts {
            ending: Ending::Finished,
            is_shard: false,
            to_ask: asked.count,
            unanswered: &asked.unanswered,
            is_incomplete: self.is_incomplete(&asked),
            findings: &severities,
            waived: self.findings.len() - severities.len(),
            fail_on: facts.fail_on,
        });
        let sentence = reason::Facts {
            verdict: &verdict,
            ending: Ending::Finished,
            fail_on: facts.fail_on,
            is_selection: false,
            findings: self.findings,
            unknown: self.unknown,
            repos: self.summary.repos,
            lists,
            empty_selections: self.empty_selections(),
            asked: &asked,
        };
        let reason = reason::of_shards(&sentence, self.not_there());
        (verdict, reason)
    }

    /// A green that can be trusted needs every shard, and each of them at its end.
    fn is_incomplete(&self, asked: &Asked) -> bool {
        let has_ended = self.standing.failed.is_empty() && self.standing.stopped.is_empty();
        !asked.unanswered.is_empty() || self.empty_selections() > 0 || !self.missing.is_empty() || !has_ended
    }

    fn empty_selections(&self) -> usize {
        let of_the_selection = self.unknown.iter().filter(|entry| entry.is_of_the_selection());
        of_the_selection.count()
    }

    /// Shards that are missing, have no audit, or were stopped.
    fn not_there(&self) -> Vec<String> {
        let tell = |those: &MissingShards, verb, what: &str| {
            (!those.is_empty()).then(|| format!("{} {what}", shards(those, verb)))
        };
        let parts = [
            tell(self.missing, Verb::Are, "missing"),
            tell(&self.standing.failed, Verb::Have, "no audit"),
            tell(&self.standing.stopped, Verb::Are, "incomplete"),
        ];
        parts.into_iter().flatten().collect()
    }
}
