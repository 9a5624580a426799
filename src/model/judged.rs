//! The result of judging: every repository of the plan with its outcome, and what was found beside them.

use std::sync::Arc;

use super::{Evidence, Failure, Finding, Limit, NamespaceName, Outcome, Source, Unknown, UnknownClass};

/// Everything that judging found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// One for each of the plan's repositories, in its order.
    pub repositories: Vec<JudgedRepository>,
    /// Namespaces that the service says do not exist, in report order.
    pub missing_namespaces: Vec<MissingNamespace>,
    /// What nothing was asked of, grouped by cause, in report order.
    pub unasked: Vec<Unasked>,
    /// What could not have been seen, in order of source and code.
    pub limits: Vec<Limit>,
}

/// One repository's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedRepository {
    /// How it ended.
    pub outcome: Outcome,
    /// The class of why it is unknown: the first in precedence of all that apply.
    pub unknown_class: Option<UnknownClass>,
    /// The elements received; `None` where there was no answer or no repository.
    pub actual_rules: Option<usize>,
    /// The expected targets that stand exactly as expected.
    pub matching: usize,
    /// Its own findings, in report order.
    pub findings: Vec<Finding>,
    /// What of it could not be told, in report order; empty where it stands in [`Judged::unasked`].
    pub unknowns: Vec<Unknown>,
    /// Whether its whole namespace is missing: that finding counts in its row.
    pub in_missing_namespace: bool,
    /// How its answer was come by.
    pub evidence: Evidence,
}

impl JudgedRepository {
    /// The findings in its row: its own, and its missing namespace's.
    pub fn finding_count(&self) -> usize {
        self.findings.len() + usize::from(self.in_missing_namespace)
    }
}

/// A namespace that does not exist, or that the credential cannot see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingNamespace {
    /// The source it should be in.
    pub source: Arc<Source>,
    /// Its name.
    pub namespace: NamespaceName,
    /// The finding.
    pub finding: Finding,
    /// Its repositories, as indexes into the plan.
    pub members: Vec<usize>,
}

/// Repositories of one namespace that were not asked for, or given up unanswered, for one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unasked {
    /// The source.
    pub source: Arc<Source>,
    /// The namespace.
    pub namespace: NamespaceName,
    /// The repositories, as indexes into the plan.
    pub members: Vec<usize>,
    /// The cause.
    pub failure: Failure,
}
