//! What could not be determined.

use super::{Code, ExpectedFlag, Failure, Field, Flags, Target, UnknownClass};

/// One thing about a repository that could not be determined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Why.
    pub class: UnknownClass,
    /// The expected target it is about; `None`: the whole repository.
    pub target: Option<Target>,
    /// What is expected there, where it is about one target.
    pub expected: Option<Flags<ExpectedFlag>>,
    /// The flag it is about, where only that one could not be determined.
    pub field: Option<Field>,
    /// What the service, or the way to it, answered; `None` where the answer itself was fine.
    pub failure: Option<Failure>,
    /// The finding about several repositories that this one may be in, where just that is not known.
    pub may_be: Option<Code>,
}
