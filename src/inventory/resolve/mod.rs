//! What the documents mean together.

mod others;
mod policies;
mod regions;
mod resolver;
mod sources;
mod waivers;

pub(super) use self::regions::Regions;
pub(super) use self::resolver::resolve;
