//! What `check --live` says: the names of the inventory against those that the service lists. No rule was asked for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::causes;
use super::document::{LimitEntry, PlaceEntry};
use super::limits;
use super::parts::place_entry;
use super::verdict::{DRIFT, INCOMPLETE, NO_AUDIT, OK};
use super::wording::{self, About, counted, plain};
use crate::model::{
    Blindness, Difference, Ending, Failure, Limit, ListingDoubt, Look, NamespaceName, Others, Place, Plan,
    PlannedAccount, PlannedNamespace, PlannedRepository, RepoId, RepositoryOrigin, Severities, Severity, UnknownClass,
};

/// How many rows of a kind a person is shown; what does not fit is counted.
const ROWS: usize = 50;

/// The lists that are known whole, with the number of repositories, by source and namespace.
type Whole<'p> = BTreeMap<(&'p str, &'p str), usize>;

/// What was listed, and where it differs.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct Live {
    pub namespaces: usize,
    pub repositories: usize,
    pub differences: Vec<LiveDifference>,
    pub unknown: Vec<LiveUnknown>,
    pub limits: Vec<LimitEntry>,
    #[serde(skip)]
    is_silent: bool,
    /// By which signal the asking ended, if by one.
    #[serde(skip)]
    signal: Option<u8>,
}

/// A name that is on one side only.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct LiveDifference {
    pub code: &'static str,
    pub severity: &'static str,
    pub source: Arc<str>,
    pub namespace: Arc<str>,
    pub repository: Option<Arc<str>>,
    pub message: String,
    pub inventory: PlaceEntry,
}

/// A list that is not known whole.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct LiveUnknown {
    pub class: &'static str,
    pub source: Arc<str>,
    pub namespace: Option<Arc<str>>,
    pub http_status: Option<u16>,
    pub error_code: Option<String>,
    pub message: String,
    pub request_id: Option<String>,
    pub attempts: u32,
    pub remediation: Vec<String>,
    pub inventory: PlaceEntry,
}

impl Live {
    /// Compares. A name that a list does not hold is missing only where the list is known whole.
    pub fn of(plan: &Plan, ending: Ending) -> Self {
        let mut live = Self {
            namespaces: 0,
            repositories: 0,
            differences: Vec::new(),
            unknown: Vec::new(),
            limits: Vec::new(),
            is_silent: false,
            signal: match ending {
                Ending::Signal(signal) => Some(signal.exit_code()),
                Ending::Finished | Ending::NoCredential | Ending::Refused | Ending::Deadline(_) => None,
            },
        };
        let mut classes = Vec::new();
        let whole = whole(plan);
        for account in &plan.accounts {
            let of_source = |namespace: &&PlannedNamespace| namespace.source.name == account.source.name;
            let seen = plan.namespaces.iter().filter(of_source).filter(|it| it.is_seen());
            match account.gap(seen.map(|namespace| &namespace.name)) {
                Some(gap) => {
                    live.gap(&account.source.name, None, &gap, &account.place);
                    classes.push(gap.class);
                }
                None => live.account(account, &whole),
            }
        }
        let mut told_by_list = BTreeSet::new();
        for namespace in &plan.namespaces {
            live.namespace(namespace, &mut told_by_list, &mut classes);
        }
        for planned in &plan.repositories {
            let is_told = told_by_list.contains(&(&*planned.id.source, planned.id.namespace.as_str()));
            if is_told && !planned.is_listed && planned.origin == RepositoryOrigin::Named {
                live.missing(planned);
            }
        }
        live.is_silent = classes.len() == plan.accounts.len() + plan.namespaces.len()
            && !classes.is_empty()
            && classes.iter().copied().all(is_silence);
        let order = |a: &LiveDifference, b: &LiveDifference| {
            (&a.source, &a.namespace, &a.repository, a.code).cmp(&(&b.source, &b.namespace, &b.repository, b.code))
        };
        live.differences.sort_by(order);
        // What is said of an account stands before what is said of its namespaces, as in reports.
        live.limits.sort_by(|a, b| a.source.cmp(&b.source));
        live
    }

    /// 2 where a name is on one side only, 4 where a list is not known whole, or both; 1 where nothing was listed; that of
    /// the signal where one ended it.
    pub fn exit_code(&self) -> u8 {
        if let Some(code) = self.signal {
            return code;
        }
        if self.is_silent {
            return NO_AUDIT;
        }
        let is_counted = |difference: &LiveDifference| difference.severity != Severity::Info.name();
        let drift = if self.differences.iter().any(is_counted) {
            DRIFT
        } else {
            OK
        };
        drift + if self.unknown.is_empty() { OK } else { INCOMPLETE }
    }

    /// For a person: a row for each with its place, the gravest first, and the last words. Waivers are the audit's.
    pub fn render(&self, has_waivers: bool) -> String {
        let mut text = String::new();
        let mut differences: Vec<&LiveDifference> = self.differences.iter().collect();
        differences.sort_by_key(|difference| Reverse(Severity::from_name(difference.severity)));
        rows(&mut text, &differences, |difference| {
            let what = format!("{:<8} {}: {}", difference.severity, difference.code, difference.message);
            at(&difference.inventory, &what)
        });
        rows(&mut text, &self.unknown, |unknown| {
            at(
                &unknown.inventory,
                &format!(
                    "unknown  {}: {}{}",
                    unknown.class,
                    unknown.message,
                    causes::request(unknown.http_status, unknown.request_id.as_deref())
                ),
            )
        });
        line(&mut text, &self.told());
        rows(&mut text, &self.limits, |limit| {
            let (source, message) = (plain(&limit.source), plain(&limit.message));
            format!("limit   {}: {message} ({source})", limit.code)
        });
        if has_waivers && !self.differences.is_empty() {
            line(
                &mut text,
                "note    waivers are not considered here: what they accept is told as well",
            );
        }
        if let Some(step) = self.next_step() {
            line(&mut text, &format!("next    {step}"));
        }
        text
    }

    /// What was cut short says nothing of why the rest is unknown.
    fn next_step(&self) -> Option<String> {
        if self.signal.is_some() {
            return Some(causes::SAME_AGAIN.to_owned());
        }
        let first = self.unknown.first()?;
        Some(first.remediation.join("; "))
    }

    fn told(&self) -> String {
        let unconfirmed = match self.limits.len() {
            0 => String::new(),
            count => format!(", {} not confirmed", counted(count, "list is", "lists are")),
        };
        format!(
            "live: {} and {} listed; {} on one side only, {} not known whole{unconfirmed}",
            counted(self.namespaces, "namespace", "namespaces"),
            counted(self.repositories, "repository", "repositories"),
            counted(self.differences.len(), "name is", "names are"),
            counted(self.unknown.len(), "list is", "lists are"),
        )
    }

    fn account(&mut self, account: &PlannedAccount, whole: &Whole<'_>) {
        let source = &account.source.name;
        let listed = |name: &NamespaceName| whole.get(&(&**source, name.as_str())).copied();
        let listed: Option<usize> = account.listing.names.iter().map(listed).sum();
        if let (Some(listed), Some(counted)) = (listed, account.listing.account_repositories)
            && let listed = listed as u64
            && listed < counted
        {
            self.doubt(source, None, ListingDoubt::Fewer { listed, counted });
        }
        for name in account.unlisted.iter().filter(|_| account.others != Others::Allow) {
            self.differences.push(LiveDifference {
                severity: severity(&account.severities, account.others, &Difference::UnlistedNamespace),
                ..of_namespace(
                    &account.source.name,
                    name,
                    &Difference::UnlistedNamespace,
                    &account.place,
                )
            });
        }
    }

    fn namespace<'p>(
        &mut self,
        namespace: &'p PlannedNamespace,
        told_by_list: &mut BTreeSet<(&'p str, &'p str)>,
        classes: &mut Vec<UnknownClass>,
    ) {
        let Some(listed) = &namespace.listing else { return };
        let (source, severities) = (&namespace.source.name, &namespace.severities);
        if let Some(gap) = listed.gap() {
            self.gap(source, Some(&namespace.name), &gap, &namespace.place);
            classes.push(gap.class);
            return;
        }
        self.namespaces += 1;
        self.repositories += listed.listed;
        if listed.listed == 0 && matches!(listed.listing.look, Some(Look::Absent)) {
            let difference = Difference::MissingNamespace;
            self.differences.push(LiveDifference {
                severity: severity(severities, Others::Deny, &difference),
                ..of_namespace(source, &namespace.name, &difference, &namespace.place)
            });
            return;
        }
        if listed.listed == 0 {
            self.doubt(source, Some(&namespace.name), ListingDoubt::Empty);
        } else if listed.listing.is_uncounted {
            self.doubt(source, Some(&namespace.name), ListingDoubt::Uncounted);
        }
        told_by_list.insert((&**source, namespace.name.as_str()));
        for (pattern, place) in &listed.empty_patterns {
            let pattern = Arc::clone(pattern);
            let difference = Difference::EmptyPattern { pattern };
            self.differences.push(LiveDifference {
                severity: severity(severities, Others::Deny, &difference),
                ..of_namespace(source, &namespace.name, &difference, place)
            });
        }
        for repository in listed.unlisted.iter().filter(|_| listed.others != Others::Allow) {
            let id = RepoId {
                source: Arc::clone(source),
                namespace: namespace.name.clone(),
                repository: repository.clone(),
            };
            let difference = Difference::UnlistedRepo;
            self.differences.push(LiveDifference {
                severity: severity(severities, listed.others, &difference),
                ..of_repository(&id, &difference, &namespace.place)
            });
        }
    }

    fn missing(&mut self, planned: &PlannedRepository) {
        let difference = Difference::MissingRepo;
        self.differences.push(LiveDifference {
            severity: severity(&planned.expectation.severities, Others::Deny, &difference),
            ..of_repository(&planned.id, &difference, &planned.place)
        });
    }

    /// As an audit says it beside its verdict.
    fn doubt(&mut self, source: &Arc<str>, namespace: Option<&NamespaceName>, doubt: ListingDoubt) {
        let limit = Limit {
            source: Arc::clone(source),
            blindness: Blindness::ListingUnconfirmed(namespace.cloned(), doubt),
        };
        self.limits.push(limits::entry(&limit));
    }

    fn gap(&mut self, source: &Arc<str>, namespace: Option<&NamespaceName>, failure: &Failure, place: &Place) {
        self.unknown.push(LiveUnknown {
            class: failure.class.name(),
            source: Arc::clone(source),
            namespace: namespace.map(NamespaceName::shared),
            http_status: failure.http_status,
            error_code: failure.error_code.clone(),
            message: causes::gap(namespace, failure),
            request_id: failure.evidence.request_id.clone(),
            attempts: failure.evidence.attempts,
            remediation: causes::list_remediation(failure),
            inventory: place_entry(place),
        });
    }
}

fn whole(plan: &Plan) -> Whole<'_> {
    let listed = plan.namespaces.iter().filter_map(|namespace| {
        let listing = namespace.listing.as_ref().filter(|listing| listing.gap().is_none())?;
        Some(((&*namespace.source.name, namespace.name.as_str()), listing.listed))
    });
    listed.collect()
}

fn rows<T>(text: &mut String, told: &[T], row: impl Fn(&T) -> String) {
    for one in told.iter().take(ROWS) {
        line(text, &row(one));
    }
    match told.len().saturating_sub(ROWS) {
        0 => {}
        rest => line(text, &format!("... and {rest} more: --format json has all")),
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes everything");
}

fn at(place: &PlaceEntry, what: &str) -> String {
    format!("{}:{}  {what}", plain(&place.file), place.line)
}

/// What `warn` made info stays info.
fn severity(severities: &Severities, others: Others, difference: &Difference) -> &'static str {
    match others {
        Others::Warn => Severity::Info.name(),
        Others::Deny | Others::Allow => severities.of(difference.code(), difference.default_severity()).name(),
    }
}

fn of_namespace(source: &Arc<str>, name: &NamespaceName, difference: &Difference, place: &Place) -> LiveDifference {
    LiveDifference {
        code: difference.code().name(),
        severity: "",
        source: Arc::clone(source),
        namespace: name.shared(),
        repository: None,
        message: wording::message(About::Namespace(name, 0), difference, None),
        inventory: place_entry(place),
    }
}

fn of_repository(id: &RepoId, difference: &Difference, place: &Place) -> LiveDifference {
    LiveDifference {
        repository: Some(id.repository.shared()),
        message: wording::message(About::Repository(id), difference, None),
        ..of_namespace(&id.source, &id.namespace, difference, place)
    }
}

/// Nobody said anything.
const fn is_silence(class: UnknownClass) -> bool {
    matches!(
        class,
        UnknownClass::Unauthenticated
            | UnknownClass::Throttled
            | UnknownClass::Timeout
            | UnknownClass::Unreachable
            | UnknownClass::ServerError
    )
}
