//! Problems and warnings: how they are gathered, worded and shown, and what no message may show.

mod excerpt;
mod log;
pub(super) mod mask;
mod once;
mod problems;
mod render;
mod spot;
mod suggest;
mod words;

pub use self::problems::{Problem, Problems, Related, Weight};
pub use self::suggest::nearest;

pub(super) use self::log::{Draft, Drafts, Log};
pub(super) use self::once::once;
pub(super) use self::spot::Spot;
pub(super) use self::words::{counted, name_problem, quoted};
