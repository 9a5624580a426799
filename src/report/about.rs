//! What an entry is about, in a few words for people.

use super::document::{FindingEntry, TargetEntry, UnknownEntry};
use super::wording::plain;

impl FindingEntry {
    /// `namespace/repository`, or as much of it as there is; a waiver goes by its id.
    pub(super) fn about(&self) -> String {
        if let Some(id) = self.waiver_id() {
            return format!("waiver {}", plain(id));
        }
        let repository = self.repository.as_deref().unwrap_or_default();
        named(&self.source, &self.namespace, repository)
    }

    /// The id of the waiver that it is about.
    pub(super) fn waiver_id(&self) -> Option<&str> {
        self.field.as_deref().filter(|_| self.namespace.is_empty())
    }

    /// What differs, where the code alone does not say it: a flag, a pattern, a skipped entry.
    pub(super) fn detail(&self) -> Option<&str> {
        self.field.as_deref().filter(|_| !self.namespace.is_empty())
    }
}

impl UnknownEntry {
    /// Likewise; one of several repositories counts the others.
    pub(super) fn about(&self) -> String {
        if self.is_of_the_selection() {
            return format!("--only {}", plain(self.field.as_deref().unwrap_or_default()));
        }
        let name = named(&self.source, &self.namespace, self.repository());
        match self.count.saturating_sub(1) {
            _ if self.is_of_a_list() => format!("the list of {name}"),
            0 => name,
            others => format!("{name} and {others} more"),
        }
    }
}

impl TargetEntry {
    /// `region/namespace`; of a cause, a namespace that is each repository's own is left out.
    pub(super) fn name(&self) -> String {
        match &*self.namespace {
            "" => plain(&self.region),
            namespace => plain(&format!("{}/{namespace}", self.region)),
        }
    }
}

fn named(source: &str, namespace: &str, repository: &str) -> String {
    plain(&match (source, namespace, repository) {
        ("", "", _) => "inventory".to_owned(),
        (source, "", _) => source.to_owned(),
        (_, namespace, "") => namespace.to_owned(),
        (_, namespace, repository) => format!("{namespace}/{repository}"),
    })
}
