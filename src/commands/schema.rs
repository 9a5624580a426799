//! `schema`: the JSON Schema of what the tool reads and writes. Built here, when it is asked for.

use std::io::{self, Write};

use super::Failure;
use crate::output::OutputError;
use crate::report::verdict;
use crate::{inventory, journal, report};

/// The documents that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// What the tool reads.
    Inventory,
    /// `report.json`.
    Report,
    /// A line of `journal.ndjson`.
    Journal,
}

/// Prints a schema on stdout.
pub fn schema(of: Document) -> Result<u8, Failure> {
    let schema = match of {
        Document::Inventory => inventory::schema(),
        Document::Report => report::schema(),
        Document::Journal => journal::schema(),
    };
    let mut text = format!("{schema:#}");
    text.push('\n');
    match io::stdout().lock().write_all(text.as_bytes()) {
        // A reader that closed its end has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(OutputError::Stdout(error).into()),
        Ok(()) | Err(_) => Ok(verdict::OK),
    }
}
