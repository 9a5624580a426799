//! JSON of reports and of other documents: indented, and with JSON's escapes for what would not be seen, so that a person
//! can print one on a terminal. Who parses it reads every text as it came.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::model::visible_lines;

/// Writes a document, with a newline at its end.
///
/// # Errors
/// Those of `out`.
pub fn write(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    // Indentation comes in small pieces: each of them would be a call through the trait object.
    let mut out = BufWriter::new(out);
    serde_json::to_writer_pretty(Visible(&mut out), document)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Spells out what would not be seen. Outside of texts, JSON holds nothing of that kind but line feeds; and serde writes
/// whole characters at once.
struct Visible<W>(W);

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = str::from_utf8(bytes).map_err(io::Error::other)?;
        self.0.write_all(visible_lines(text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::is_unseen;

    #[test]
    fn whoever_parses_it_reads_every_text_as_it_came() {
        let text: String = ('\0'..='\u{ffff}').chain('\u{e0000}'..='\u{e01ff}').collect();
        let mut written = Vec::new();
        write(&[&text], &mut written).expect("memory takes everything");
        let shown = str::from_utf8(&written).expect("it is text");
        assert!(!shown.contains(|c| c != '\n' && is_unseen(c)));
        let [read]: [String; 1] = serde_json::from_str(shown).expect("it is JSON");
        assert!(read == text);
    }
}
