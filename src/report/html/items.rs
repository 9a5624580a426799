//! The rows of the list: findings and unknowns, the worst first, and those of one cause together.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::super::document::{FindingEntry, Mark, Report, Step, TargetEntry, UnknownEntry};
use super::super::order::{Order, Rank};
use super::names::Names;
use super::times;
use crate::model::Severity;

/// What becomes a row.
#[derive(Clone, Copy)]
pub(super) enum Entry<'a> {
    Finding(&'a FindingEntry),
    Unknown(&'a UnknownEntry),
}

impl<'a> Entry<'a> {
    fn order(self) -> Order<'a> {
        match self {
            Self::Finding(finding) => finding.order(),
            Self::Unknown(unknown) => unknown.order(),
        }
    }
}

/// Rows that are equally bad.
pub(super) struct Group<'a> {
    /// A severity, `unknown` or `waived`.
    pub(super) word: &'static str,
    pub(super) items: Vec<Entry<'a>>,
}

/// What is open, the worst first; then what is waived.
pub(super) fn groups<'a>(report: &'a Report, causes: &BTreeMap<&str, usize>) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<(bool, Rank), Group<'a>> = BTreeMap::new();
    let findings = report.findings.iter().map(|finding| {
        let key = if finding.is_waived() {
            // One group, whatever their severities.
            ((true, Rank::Critical), "waived")
        } else {
            ((false, Rank::of(finding.severity)), finding.severity.name())
        };
        (key, Entry::Finding(finding))
    });
    let unknown = report
        .unknown
        .iter()
        .map(|unknown| (((false, Rank::Unknown), "unknown"), Entry::Unknown(unknown)));
    for ((key, word), entry) in findings.chain(unknown) {
        let group = groups.entry(key).or_insert_with(|| Group {
            word,
            items: Vec::new(),
        });
        group.items.push(entry);
    }
    let place = |entry: Entry<'_>| match entry {
        Entry::Finding(finding) => finding.cause.as_deref().and_then(|cause| causes.get(cause)).copied(),
        Entry::Unknown(_) => None,
    };
    let mut groups: Vec<Group<'a>> = groups.into_values().collect();
    for group in &mut groups {
        group
            .items
            .sort_by(|&a, &b| place(a).cmp(&place(b)).then_with(|| a.order().cmp(&b.order())));
    }
    groups
}

/// What the rows can be filtered by.
pub(super) struct Words<'a> {
    pub(super) severities: Vec<&'static str>,
    pub(super) statuses: Vec<&'static str>,
    pub(super) namespaces: Names<'a>,
    pub(super) owners: Names<'a>,
}

impl<'a> Words<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let findings = &report.findings;
        let of_findings = findings.iter().map(|finding| &*finding.namespace);
        let of_unknowns = report.unknown.iter().map(|unknown| &*unknown.namespace);
        let owners = findings.iter().flat_map(owners_of);
        let unknown = (!report.unknown.is_empty()).then_some("unknown");
        let severities = Severity::ALL
            .into_iter()
            .rev()
            .filter(|severity| findings.iter().any(|finding| finding.severity == *severity))
            .map(Severity::name);
        let statuses = Mark::ALL
            .into_iter()
            .filter(|mark| findings.iter().any(|finding| finding.status == *mark))
            .map(Mark::name);
        Self {
            severities: severities.chain(unknown).collect(),
            statuses: statuses.chain(unknown).collect(),
            namespaces: Names::of(of_findings.chain(of_unknowns)),
            owners: Names::of(owners.chain(report.unknown.iter().filter_map(|unknown| unknown.owner.as_deref()))),
        }
    }
}

/// Everybody whom a finding concerns.
pub(super) fn owners_of(finding: &FindingEntry) -> impl Iterator<Item = &str> {
    let several = finding.owners.iter().map(|owner| &**owner);
    several.chain(finding.owner.as_deref().filter(|_| finding.owners.is_empty()))
}

/// A row, as the page shows it.
pub(super) struct Item<'a> {
    pub(super) fingerprint: &'a str,
    pub(super) severity: &'static str,
    pub(super) status: &'static str,
    pub(super) code: &'a str,
    pub(super) subject: Cow<'a, str>,
    pub(super) target: Option<&'a TargetEntry>,
    pub(super) message: &'a str,
    pub(super) expected: Option<&'a str>,
    pub(super) actual: Option<&'a str>,
    pub(super) steps: &'a [Step],
    pub(super) owners: Cow<'a, str>,
    pub(super) facts: Vec<(&'static str, Cow<'a, str>)>,
    pub(super) members: Vec<Cow<'a, str>>,
    /// The numbers of its namespace, its owners and its cause in the form; 0 and nothing: it has none.
    pub(super) namespace: usize,
    pub(super) owner_numbers: String,
    pub(super) cause: usize,
}

/// The list, with what its rows need to know of the rest of the page.
pub(super) struct List<'a> {
    pub(super) words: Words<'a>,
    /// The numbers of the causes that are sections.
    pub(super) causes: BTreeMap<&'a str, usize>,
    /// The start of the run: ages are counted to it.
    pub(super) start: &'a str,
}

impl List<'_> {
    /// The rows of a group, made one by one as the page is written.
    pub(super) fn items<'a>(&'a self, group: &'a Group<'a>) -> impl Iterator<Item = Item<'a>> {
        group.items.iter().map(|entry| match *entry {
            Entry::Finding(finding) => self.finding(finding),
            Entry::Unknown(unknown) => self.unknown(unknown),
        })
    }

    fn finding<'a>(&'a self, finding: &'a FindingEntry) -> Item<'a> {
        let mut facts = facts(&finding.source, &finding.region, finding.policy.as_ref());
        facts.extend(finding.field.as_deref().map(|field| ("Field", field.into())));
        if let Some(rule) = &finding.rule {
            facts.extend(rule.id.map(|id| ("Rule", id.to_string().into())));
            facts.extend(rule.created_at.as_deref().map(|at| ("Rule made", times::moment(at))));
            facts.extend(rule.updated_at.as_deref().map(|at| ("Rule written", times::moment(at))));
        }
        if let Some(tags) = &finding.tags {
            facts.push(("Tags", format!("{}: {}", tags.count, tags.names.join(", ")).into()));
        }
        if let Some(job) = &finding.job {
            facts.push(("Sync job", format!("{} {}", job.id, job.status).into()));
        }
        facts.extend(
            finding
                .first_seen
                .as_deref()
                .map(|at| ("Since", times::since(at, self.start).into())),
        );
        facts.extend(finding.waiver.as_deref().map(|waiver| ("Waiver", waiver.into())));
        let place = &finding.inventory;
        facts.push(("Inventory", format!("{}:{}", place.file, place.line).into()));
        let owners: Vec<&str> = owners_of(finding).collect();
        Item {
            fingerprint: &finding.fingerprint,
            severity: finding.severity.name(),
            status: finding.status.name(),
            code: finding.code.name(),
            subject: subject(finding),
            target: finding.target.as_ref(),
            message: &finding.message,
            expected: finding.expected.as_deref(),
            actual: finding.actual.as_deref(),
            steps: &finding.remediation,
            owner_numbers: self.numbers(&owners),
            owners: owners.join(", ").into(),
            facts,
            members: finding.repositories.iter().map(|name| (&**name).into()).collect(),
            namespace: self.words.namespaces.number(&finding.namespace),
            cause: finding
                .cause
                .as_deref()
                .and_then(|cause| self.causes.get(cause).copied())
                .unwrap_or(0),
        }
    }

    fn unknown<'a>(&'a self, unknown: &'a UnknownEntry) -> Item<'a> {
        let mut facts = facts(&unknown.source, &unknown.region, unknown.policy.as_ref());
        facts.extend(unknown.field.as_deref().map(|field| ("Field", field.into())));
        facts.extend(
            unknown
                .http_status
                .map(|status| ("HTTP status", status.to_string().into())),
        );
        facts.extend(unknown.error_code.as_deref().map(|code| ("Error code", code.into())));
        facts.extend(
            unknown
                .first_seen
                .as_deref()
                .map(|at| ("Since", times::since(at, self.start).into())),
        );
        if let Some(place) = &unknown.inventory {
            facts.push(("Inventory", format!("{}:{}", place.file, place.line).into()));
        }
        let owners: Vec<&str> = unknown.owner.as_deref().into_iter().collect();
        let members = match &unknown.repositories[..] {
            [_] => &[],
            several => several,
        };
        Item {
            fingerprint: &unknown.fingerprint,
            severity: "unknown",
            status: "unknown",
            code: unknown.class.name(),
            subject: subject_of_unknown(unknown),
            target: unknown.target.as_ref(),
            message: &unknown.message,
            expected: unknown.expected.as_deref(),
            actual: None,
            steps: &unknown.remediation,
            owner_numbers: self.numbers(&owners),
            owners: owners.join(", ").into(),
            facts,
            members: members
                .iter()
                .map(|name| format!("{}/{name}", unknown.namespace).into())
                .collect(),
            namespace: self.words.namespaces.number(&unknown.namespace),
            cause: 0,
        }
    }

    fn numbers(&self, owners: &[&str]) -> String {
        let mut numbers = String::new();
        for owner in owners {
            let blank = if numbers.is_empty() { "" } else { " " };
            write!(numbers, "{blank}{}", self.words.owners.number(owner)).expect("a string takes everything");
        }
        numbers
    }
}

/// What findings and unknowns have in common.
fn facts<'a>(source: &'a str, region: &'a str, policy: Option<&'a Arc<str>>) -> Vec<(&'static str, Cow<'a, str>)> {
    let mut facts = Vec::with_capacity(10);
    if !source.is_empty() {
        facts.push(("Source", format!("{source}, {region}").into()));
    }
    facts.extend(policy.map(|policy| ("Policy", (&**policy).into())));
    facts
}

/// What a finding is about, by its name.
pub(super) fn subject(finding: &FindingEntry) -> Cow<'_, str> {
    let field = finding.field.as_deref();
    match (&*finding.namespace, finding.repository.as_deref(), field) {
        ("", _, Some(field)) => field.into(),
        ("", _, None) => (&*finding.source).into(),
        (namespace, Some(repository), _) => format!("{namespace}/{repository}").into(),
        (namespace, None, Some(field)) => format!("{namespace}/{field}").into(),
        (namespace, None, None) => namespace.into(),
    }
}

fn subject_of_unknown(unknown: &UnknownEntry) -> Cow<'_, str> {
    match (&*unknown.namespace, unknown.repository()) {
        ("", _) => unknown.field.as_deref().unwrap_or(&unknown.source).into(),
        (namespace, "") => namespace.into(),
        (namespace, repository) => format!("{namespace}/{repository}").into(),
    }
}
