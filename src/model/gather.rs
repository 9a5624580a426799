//! Who takes what comes of a plan's repositories, as it comes and in any order: the judge, for one.

use std::sync::Arc;

use super::{Failure, Look, NamespaceName, Observation};

/// Takes what comes of each repository of a plan.
pub trait Gather {
    /// What came of that repository of the plan, once for each.
    fn take(&mut self, index: usize, observation: Observation);
    /// What a look at a namespace brought.
    fn looked(&mut self, source: &Arc<str>, namespace: &NamespaceName, look: Look);
    /// What came of that repository is not believed any more. What follows stands in its place.
    fn forget(&mut self, index: usize);
    /// What a look at that namespace brought is not believed any more.
    fn forget_look(&mut self, source: &Arc<str>, namespace: &NamespaceName);
    /// What was listed of that namespace may not be all there is.
    fn doubt_list(&mut self, source: &Arc<str>, namespace: &NamespaceName, failure: Failure);
}
