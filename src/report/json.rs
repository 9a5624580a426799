//! JSON of reports and of other documents: indented, and with JSON's escapes for what would not be seen, so that a person
//! can print one on a terminal. Who parses it reads every text as it came.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::model::visible;

/// Writes a document, with a newline at its end.
///
/// # Errors
/// Those of `out`.
pub fn write(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    // It comes in small pieces: each of them would be a call through the trait object.
    let mut out = BufWriter::new(out);
    document.serialize(&mut Serializer::with_formatter(&mut out, Visible::default()))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Indents by two blanks, as serde's own formatter does, and spells out what would not be seen. Outside of texts JSON holds
/// nothing of that kind but line feeds, so that nothing else is looked at.
#[derive(Default)]
struct Visible {
    depth: usize,
    /// Whether the innermost list or object has an element.
    is_filled: bool,
}

/// A line feed, and the blanks of more levels than a document has.
const LINE: &str = "\n                                                                ";

impl Visible {
    fn open<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_filled = false;
        out.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.is_filled {
            self.begin_line(out)?;
        }
        self.is_filled = true;
        out.write_all(bracket)
    }

    fn begin_element<W: ?Sized + Write>(&self, out: &mut W, is_first: bool) -> io::Result<()> {
        if !is_first {
            out.write_all(b",")?;
        }
        self.begin_line(out)
    }

    fn begin_line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        let end = 1 + 2 * self.depth;
        match LINE.get(..end) {
            Some(line) => out.write_all(line.as_bytes()),
            None => out.write_all(format!("\n{}", "  ".repeat(self.depth)).as_bytes()),
        }
    }
}

impl Formatter for Visible {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.begin_element(out, is_first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.begin_element(out, is_first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_filled = true;
        Ok(())
    }

    /// Serde has escaped already what JSON has to.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        out.write_all(visible(fragment).as_bytes())
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

    #[test]
    fn it_is_indented_as_serde_does_it() {
        let mut deep = serde_json::json!({});
        for _ in 0..40 {
            deep = serde_json::json!([deep, {}, [], [[]], {"a": {}, "b": [1, null, "x\"y"], "c": 1.5}]);
        }
        let mut written = Vec::new();
        write(&deep, &mut written).expect("memory takes everything");
        let pretty = serde_json::to_string_pretty(&deep).expect("it is JSON");
        assert_eq!(str::from_utf8(&written).expect("it is text"), pretty + "\n");
    }
}
