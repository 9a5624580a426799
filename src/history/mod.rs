//! History: what an earlier run found, and what became of it.
//!
//! A baseline marks findings and hides none. What it has and this run could not compare is carried on unchanged; only what
//! was judged now is resolved.

mod baseline;
mod choose;
mod fate;
mod head;
mod now;

pub use baseline::{Baseline, HistoryError};
pub use choose::Wanted;
pub use fate::against;
pub use now::Now;
