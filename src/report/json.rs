//! `report.json`: the document itself.

use std::io::{self, Write};

use super::document::Report;

/// Writes the document, indented, with a newline at its end.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}
