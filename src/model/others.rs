//! What is live and not expected.

/// What things beyond the listed ones mean: `otherRules`, `otherRepos`, `otherNamespaces`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// A finding.
    Deny,
    /// A finding of severity `info`.
    Warn,
    /// Nothing.
    Allow,
}
