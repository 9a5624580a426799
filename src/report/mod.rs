//! Reports: one document, and every format a function of it.
//!
//! Knows nothing of the service, of files and of clocks. Wording lives here and nowhere else.

pub mod check;
pub mod console;
pub mod csv;
pub mod document;
pub mod explain;
pub mod github;
pub mod json;
pub mod live;
pub mod past;
pub mod read;
pub mod resumption;
pub mod route;
pub mod selection;
pub mod snapshot;
pub mod verdict;

mod about;
mod advice;
mod assemble;
mod baseline;
mod causes;
mod classes;
mod explained;
mod findings;
mod fingerprint;
pub mod format;
mod hcloud;
mod headline;
mod html;
mod junit;
mod limits;
mod locate;
mod manual;
mod markdown;
mod marks;
mod order;
mod parts;
mod prometheus;
mod reason;
mod remedy;
mod rendering;
mod sarif;
mod schema;
mod shapes;

mod summary;
mod unknowns;
mod unread;
mod wording;
mod xlsx;

#[cfg(test)]
mod tests;

pub use advice::unissued;
pub use assemble::RunFacts;
pub use document::Report;
pub use format::{Format, NoFormat, Rendering};
pub use marks::{Fate, Past};
pub use schema::schema;
pub use wording::{counted, duration, plain};
