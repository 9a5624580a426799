//! `report.json`: the document itself.

use std::io::{self, BufWriter, Write};

use super::document::Report;

/// Writes the document, indented, with a newline at its end.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    // Indentation comes in small pieces: each of them would be a call through the trait object.
    let mut out = BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, report)?;
    out.write_all(b"\n")?;
    out.flush()
}
