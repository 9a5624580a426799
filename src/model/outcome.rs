//! How a repository ended.

/// The four words for a repository that was to be audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Everything is as expected.
    Ok,
    /// Something differs.
    Drift,
    /// Something differs, and the inventory accepts it.
    Waived,
    /// Something could not be told.
    Unknown,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Drift, Self::Waived, Self::Unknown];

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Drift => "drift",
            Self::Waived => "waived",
            Self::Unknown => "unknown",
        }
    }
}
