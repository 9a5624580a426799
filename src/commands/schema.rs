//! `schema`: the JSON Schema of what the tool reads and writes. Built here, when it is asked for.

use super::Failure;
use crate::output;
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
    output::print(text.as_bytes())?;
    Ok(verdict::OK)
}
