//! What `check --live` says: the names of the inventory against those that the service lists. No rule was asked for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::causes;
use super::document::PlaceEntry;
use super::parts::place_entry;
use super::verdict::{DRIFT, INCOMPLETE, NO_AUDIT, OK};
use super::wording::{self, About, counted, plain};
use crate::model::{
    Difference, Failure, Look, NamespaceName, Others, Place, Plan, PlannedAccount, PlannedNamespace, PlannedRepository,
    RepoId, RepositoryOrigin, Severities, Severity, UnknownClass,
};

/// What was listed, and where it differs.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct Live {
    pub namespaces: usize,
    pub repositories: usize,
    pub differences: Vec<LiveDifference>,
    pub unknown: Vec<LiveUnknown>,
    #[serde(skip)]
    is_silent: bool,
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
#[expect(missing_docs, reason = "docs/check.md describes each key once")]
pub struct LiveUnknown {
    pub class: &'static str,
    pub source: Arc<str>,
    pub namespace: Option<Arc<str>>,
    pub message: String,
    pub remediation: Vec<String>,
    pub inventory: PlaceEntry,
}

impl Live {
    /// Compares. A name that a list does not hold is missing only where the list is known whole.
    pub fn of(plan: &Plan) -> Self {
        let mut live = Self {
            namespaces: 0,
            repositories: 0,
            differences: Vec::new(),
            unknown: Vec::new(),
            is_silent: false,
        };
        let mut classes = Vec::new();
        for account in &plan.accounts {
            let of_source = |namespace: &&PlannedNamespace| namespace.source.name == account.source.name;
            let seen = plan.namespaces.iter().filter(of_source).filter(|it| it.is_seen());
            match account.gap(seen.map(|namespace| &namespace.name)) {
                Some(gap) => {
                    live.gap(&account.source.name, None, &gap, &account.place);
                    classes.push(gap.class);
                }
                None => live.account(account),
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
        live
    }

    /// 2 where a name is on one side only, 4 where a list is not known whole, or both; 1 where nothing was listed.
    pub fn exit_code(&self) -> u8 {
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

    /// For a person: a row for each, with its place, and the last words.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for difference in &self.differences {
            let what = format!("{:<8} {}: {}", difference.severity, difference.code, difference.message);
            row(&mut text, &difference.inventory, &what);
        }
        for unknown in &self.unknown {
            row(
                &mut text,
                &unknown.inventory,
                &format!("unknown  {}: {}", unknown.class, unknown.message),
            );
        }
        let told = format!(
            "live: {} and {} listed; {} on one side only, {} not known whole",
            counted(self.namespaces, "namespace", "namespaces"),
            counted(self.repositories, "repository", "repositories"),
            counted(self.differences.len(), "name is", "names are"),
            counted(self.unknown.len(), "list is", "lists are"),
        );
        writeln!(text, "{told}").expect("a string takes everything");
        if let Some(step) = self.unknown.first().and_then(|unknown| unknown.remediation.first()) {
            writeln!(text, "next    {step}").expect("a string takes everything");
        }
        text
    }

    fn account(&mut self, account: &PlannedAccount) {
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

    fn gap(&mut self, source: &Arc<str>, namespace: Option<&NamespaceName>, failure: &Failure, place: &Place) {
        self.unknown.push(LiveUnknown {
            class: failure.class.name(),
            source: Arc::clone(source),
            namespace: namespace.map(NamespaceName::shared),
            message: causes::gap(namespace, failure),
            remediation: causes::gap_remediation(failure),
            inventory: place_entry(place),
        });
    }
}

fn row(text: &mut String, place: &PlaceEntry, what: &str) {
    writeln!(text, "{}:{}  {what}", plain(&place.file), place.line).expect("a string takes everything");
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
