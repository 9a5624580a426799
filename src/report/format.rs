//! The formats: each a function of the document, with a file of its own.

use std::io::{self, Write};

use super::csv::{self, Dialect};
use super::document::Report;
use super::json;

/// A file that can be made from a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One row per finding.
    Drift,
    /// One row per repository.
    Repos,
    /// The document itself.
    Json,
}

impl Format {
    /// Its name in a run's folder.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Drift => "drift.csv",
            Self::Repos => "repos.csv",
            Self::Json => "report.json",
        }
    }

    /// Writes the report in this format.
    pub fn write(self, report: &Report, dialect: Dialect, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Drift => csv::write_drift(report, dialect, out),
            Self::Repos => csv::write_repos(report, dialect, out),
            Self::Json => json::write(report, out),
        }
    }
}
