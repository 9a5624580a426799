//! What became of a finding of the baseline that this run does not have.
//!
//! The line that everything here stands on: what was not judged now is not resolved.

use super::baseline::Baseline;
use super::now::{Now, Standing};
use crate::model::{Code, Contents, Others, PlannedNamespace, Target};
use crate::report::document::{FindingEntry, How};
use crate::report::{Fate, Past};

/// The baseline with what became of each of its findings, should this run not have it.
pub fn against(baseline: &Baseline, now: Now<'_>) -> Past {
    let findings = baseline.findings.values().cloned();
    Past {
        baseline: baseline.run.clone(),
        findings: findings
            .map(|finding| {
                let fate = fate(&finding, now);
                (finding, fate)
            })
            .collect(),
        unknown: baseline.unknown.clone(),
    }
}

fn fate(finding: &FindingEntry, now: Now<'_>) -> Fate {
    let is_of_this_run = finding.source.is_empty() || now.has_source(&finding.source);
    let Some(code) = finding.code.known().filter(|_| is_of_this_run) else {
        return Fate::Carried;
    };
    match code {
        Code::MissingRule
        | Code::TargetRegionMismatch
        | Code::TargetNamespaceMismatch
        | Code::OverrideMismatch
        | Code::SyncAutoMismatch => of_expected_target(finding, now),
        Code::UnexpectedRule | Code::DuplicateRule | Code::ForbiddenTarget | Code::MissingRepo => {
            standing(finding, now).fate()
        }
        Code::ReplicationLoop | Code::OverwriteRace => of_several(finding, now),
        Code::MissingNamespace => of_missing_namespace(finding, now),
        Code::UnlistedRepo => of_unlisted_repository(finding, now),
        Code::UnlistedNamespace => of_unlisted_namespace(finding, now),
        Code::EmptyPattern => of_pattern(finding, now),
        Code::ExpiredWaiver | Code::ExpiringWaiver => of_dated_waiver(finding, now),
        Code::UnusedWaiver => of_unused_waiver(finding, now),
        Code::ExpiredSkip => of_skip(finding, now),
    }
}

fn standing<'a>(finding: &FindingEntry, now: Now<'a>) -> Standing<'a> {
    let repository = finding.repository.as_deref().unwrap_or_default();
    now.standing(&finding.source, &finding.namespace, repository)
}

/// A target that the policy dropped was not put right: it is not expected any more.
fn of_expected_target(finding: &FindingEntry, now: Now<'_>) -> Fate {
    let standing = standing(finding, now);
    let target = finding.target.as_ref().map(|target| Target {
        region: target.region.clone(),
        namespace: target.namespace.clone(),
    });
    match (standing, target) {
        (Standing::Compared(expectation), Some(target)) if expectation.at(&target).is_none() => {
            Fate::Resolved(How::NotExpected)
        }
        (standing, _) => standing.fate(),
    }
}

/// Of a circle or a race every member has to be judged.
fn of_several(finding: &FindingEntry, now: Now<'_>) -> Fate {
    let fates = finding.repositories.iter().map(|member| {
        let parts = member
            .split_once(':')
            .and_then(|(source, rest)| Some((source, rest.split_once('/')?)));
        parts.map_or(Fate::Carried, |(source, (namespace, repository))| {
            now.standing(source, namespace, repository).fate()
        })
    });
    fates.reduce(Fate::and).unwrap_or(Fate::Carried)
}

impl Fate {
    /// Of two members: what one leaves open stays open, and what left the inventory was not put right.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Carried, _) | (_, Self::Carried) => Self::Carried,
            (Self::Resolved(How::Fixed), other) => other,
            (first, Self::Resolved(_)) => first,
        }
    }
}

/// It is there if anything of it answered, or if the look at it did after a repository was absent.
fn of_missing_namespace(finding: &FindingEntry, now: Now<'_>) -> Fate {
    let (source, namespace) = (&*finding.source, &*finding.namespace);
    let Some(entry) = now.entry(source, namespace) else {
        return Fate::Resolved(How::NotExpected);
    };
    if !now.plan.selection.reaches(source, &entry.name) {
        return Fate::Carried;
    }
    if let Contents::Whole(treatment) = &entry.contents
        && treatment.skip_on(now.today).is_some()
    {
        return Fate::Resolved(How::Skipped);
    }
    let answered = now.rows(source, namespace).any(|row| row.actual_rules.is_some());
    let lacks_one = now.rows(source, namespace).any(|row| {
        let mut findings = row.findings.iter();
        findings.any(|finding| finding.difference.code() == Code::MissingRepo)
    });
    let was_looked_at = lacks_one && !now.is_unconfirmed(source, namespace);
    let is_seen = now.planned(source, namespace).is_some_and(PlannedNamespace::is_seen);
    judged_if(answered || was_looked_at || is_seen)
}

fn of_unlisted_repository(finding: &FindingEntry, now: Now<'_>) -> Fate {
    let Some(entry) = now.entry(&finding.source, &finding.namespace) else {
        return Fate::Resolved(How::NotExpected);
    };
    match standing(finding, now) {
        Standing::Skipped => return Fate::Resolved(How::Skipped),
        Standing::Compared(_) => return Fate::Resolved(How::Fixed),
        Standing::NotExpected | Standing::Open | Standing::Gone => {}
    }
    if let Contents::Listed(listed) = &entry.contents
        && listed.others == Others::Allow
    {
        return Fate::Resolved(How::NotExpected);
    }
    let is_judged = !now.plan.selection.is_partial() && now.is_listed_whole(&finding.source, &finding.namespace);
    judged_if(is_judged)
}

fn of_unlisted_namespace(finding: &FindingEntry, now: Now<'_>) -> Fate {
    if now.entry(&finding.source, &finding.namespace).is_some() {
        return Fate::Resolved(How::Fixed);
    }
    let mut others = now.inventory.other_namespaces.iter();
    if !others.any(|others| *others.source.name == *finding.source) {
        return Fate::Resolved(How::NotExpected);
    }
    judged_if(!now.plan.selection.is_partial() && now.knows_all_namespaces(&finding.source))
}

/// In a missing namespace patterns are not judged.
fn of_pattern(finding: &FindingEntry, now: Now<'_>) -> Fate {
    let (source, namespace) = (&*finding.source, &*finding.namespace);
    let pattern = finding.field.as_deref().unwrap_or_default();
    let contents = now.entry(source, namespace).map(|entry| &entry.contents);
    let Some(Contents::Listed(listed)) = contents else {
        return Fate::Resolved(How::NotExpected);
    };
    let mut patterns = listed.patterns.iter();
    let Some(entry) = patterns.find(|entry| entry.pattern.as_str() == pattern) else {
        return Fate::Resolved(How::NotExpected);
    };
    if entry.treatment.skip_on(now.today).is_some() {
        return Fate::Resolved(How::Skipped);
    }
    let is_judged = !now.plan.selection.is_partial()
        && now.is_listed_whole(source, namespace)
        && !now.is_missing(source, namespace);
    judged_if(is_judged)
}

fn of_dated_waiver(finding: &FindingEntry, now: Now<'_>) -> Fate {
    if !has_waiver(finding, now) {
        return Fate::Resolved(How::NotExpected);
    }
    judged_if(!now.plan.selection.is_partial())
}

/// One that covers nothing and is not reported was not judged.
fn of_unused_waiver(finding: &FindingEntry, now: Now<'_>) -> Fate {
    if !has_waiver(finding, now) {
        return Fate::Resolved(How::NotExpected);
    }
    let mut waivers = now.judged.waivers.iter();
    judged_if(waivers.any(|judged| Some(&*judged.waiver.id) == finding.field.as_deref() && judged.findings > 0))
}

fn has_waiver(finding: &FindingEntry, now: Now<'_>) -> bool {
    let mut waivers = now.inventory.waivers.iter();
    waivers.any(|waiver| Some(&*waiver.id) == finding.field.as_deref())
}

/// Reported whatever the service answered, so everything that is selected was judged.
fn of_skip(finding: &FindingEntry, now: Now<'_>) -> Fate {
    let (source, namespace) = (&*finding.source, &*finding.namespace);
    let Some(entry) = now.entry(source, namespace) else {
        return Fate::Resolved(How::NotExpected);
    };
    if let Some(repository) = finding.repository.as_deref() {
        let mut planned = now.plan.repositories.iter();
        let is_planned = planned.any(|planned| {
            let id = &planned.id;
            (&*id.source, id.namespace.as_str(), id.repository.as_str()) == (source, namespace, repository)
        });
        return if is_planned {
            Fate::Resolved(How::Fixed)
        } else {
            standing(finding, now).fate()
        };
    }
    if !now.plan.selection.reaches(source, &entry.name) {
        return Fate::Carried;
    }
    let treatments = match &entry.contents {
        Contents::Whole(treatment) => vec![treatment],
        Contents::Listed(listed) => listed.patterns.iter().map(|pattern| &pattern.treatment).collect(),
    };
    let mut skips = treatments
        .into_iter()
        .filter_map(|treatment| treatment.skip_on(now.today));
    if skips.any(|skip| Some(&*skip.entry) == finding.field.as_deref()) {
        return Fate::Resolved(How::Skipped);
    }
    Fate::Resolved(How::Fixed)
}

const fn judged_if(is_judged: bool) -> Fate {
    if is_judged {
        Fate::Resolved(How::Fixed)
    } else {
        Fate::Carried
    }
}
