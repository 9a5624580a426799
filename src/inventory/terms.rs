//! What an inventory is read with, beside its files.

use jiff::civil::Date;

use crate::model::Endpoint;

/// What holds beside the files.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The day (UTC) that decides whether a skip still holds.
    pub today: Date,
    /// Where the sources are, whatever the files say.
    pub endpoints: Endpoints<'a>,
    /// How many days from today on a waiver may hold; `None`: as many as it says.
    pub max_waiver_days: Option<u32>,
}

/// What stands in for the `endpoint` of sources.
#[derive(Clone, Copy, Debug, Default)]
pub enum Endpoints<'a> {
    /// Nothing: they are where the files say.
    #[default]
    Written,
    /// One for all of them.
    One(&'a Endpoint),
    /// Those that an earlier run asked, by the names of the sources.
    Recorded(&'a [(String, Endpoint)]),
}

impl<'a> Endpoints<'a> {
    /// The one that somebody gave, if somebody did.
    pub fn given(endpoint: Option<&'a Endpoint>) -> Self {
        endpoint.map_or(Self::Written, Self::One)
    }

    /// Whether anything but the source itself says where it is asked. A run that asked where the source says has an
    /// endpoint to stand in for it, too.
    pub(super) fn redirect(self, source: &str, own: Option<&Endpoint>) -> bool {
        match self {
            Self::Written => false,
            Self::One(_) => true,
            Self::Recorded(_) => self.of(source).is_some_and(|recorded| Some(recorded) != own),
        }
    }

    /// What stands in for that source's own.
    pub(super) fn of(self, source: &str) -> Option<&'a Endpoint> {
        match self {
            Self::Written => None,
            Self::One(endpoint) => Some(endpoint),
            Self::Recorded(recorded) => recorded
                .iter()
                .find(|(name, _)| name == source)
                .map(|(_, endpoint)| endpoint),
        }
    }
}
