//! Audits container image replication on Huawei Cloud SWR: what the auto-sync rules should be, from YAML, against what
//! the service says they are.
//!
//! The arrows, which `tests/arrows.rs` reads here and holds:
//!
//! ```text
//! main, cli, commands, fuzzing  ->  everything
//! ask, journal, credentials     ->  swr, model
//! inventory                     ->  input, model
//! history                       ->  report, input, model
//! plan, judge, report, snapshot, swr, output  ->  model
//! input, model                  ->  nothing
//! ```
//!
//! Computing is pure and synchronous; sockets, files, clocks, environment and randomness stay at the rim and come in as
//! arguments. `reqwest::Error` ends in [`swr`], YAML ends in [`inventory`], wording lives in [`report`] alone.

pub mod ask;
pub mod cli;
pub mod commands;
pub mod credentials;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod history;
pub mod input;
pub mod inventory;
pub mod journal;
pub mod judge;
pub mod model;
pub mod output;
pub mod plan;
pub mod report;
pub mod snapshot;
pub mod swr;
