//! The documents as they are written, with every reference to a policy followed: what warnings and trails both need.
//!
//! Of an inventory that is not sound it says something, and nobody listens.

use std::collections::HashMap;

use super::raw::{PolicyRef, RawDocument, RawNamespace, RawPolicy};
use super::read::{Found, Given};
use crate::model::Chooser;

/// All documents, and where their policies are.
pub(super) struct Written<'d> {
    pub(super) documents: &'d [RawDocument],
    /// Every policy with its document, in order of the documents.
    pub(super) policies: Vec<(&'d RawPolicy, &'d RawDocument)>,
    by_name: HashMap<&'d str, usize>,
    /// The index of each document's first policy.
    firsts: Vec<usize>,
}

/// Whose `policy` holds.
#[derive(Clone, Copy)]
pub(super) struct Choice<'d> {
    pub(super) by: Chooser,
    pub(super) reference: &'d Found<PolicyRef>,
}

impl<'d> Written<'d> {
    pub(super) fn of(documents: &'d [RawDocument]) -> Self {
        let mut written = Self {
            documents,
            policies: Vec::new(),
            by_name: HashMap::new(),
            firsts: Vec::with_capacity(documents.len()),
        };
        for document in documents {
            written.firsts.push(written.policies.len());
            for policy in &document.policies {
                if let Some(name) = &policy.name {
                    written.by_name.insert(name, written.policies.len());
                }
                written.policies.push((policy, document));
            }
        }
        written
    }

    /// The index of the policy that a reference in that document means.
    pub(super) fn look_up(&self, document: usize, reference: &PolicyRef) -> Option<usize> {
        match reference {
            PolicyRef::Named(name) => self.by_name.get(&**name).copied(),
            PolicyRef::Inline(index) => Some(self.firsts[document] + index),
        }
    }
}

/// The nearest `policy`: the entry's own, whose word is `by`, else what it inherits.
pub(super) fn choice<'d>(
    own: &'d Given<PolicyRef>,
    by: Chooser,
    namespace: &'d RawNamespace,
    document: &'d RawDocument,
) -> Option<Choice<'d>> {
    of(own, by).or_else(|| inherited(namespace, document))
}

/// What a namespace gives to all in it: its own `policy`, or its document's.
pub(super) fn inherited<'d>(namespace: &'d RawNamespace, document: &'d RawDocument) -> Option<Choice<'d>> {
    of(&namespace.policy, Chooser::Namespace).or_else(|| of(&document.defaults.policy, Chooser::Defaults))
}

fn of(given: &Given<PolicyRef>, by: Chooser) -> Option<Choice<'_>> {
    match given {
        Given::Is(reference) => Some(Choice { by, reference }),
        Given::Absent | Given::Broken => None,
    }
}
