//! The bytes of a journal: gone through once, and then read again line by line.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Where the bytes are.
#[derive(Debug)]
pub(super) enum Store {
    /// In a file, which keeps them as long as it is open.
    File(File),
    /// In memory, because they came from where nothing is read twice.
    Memory(Vec<u8>),
}

/// A line among them, with its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) length: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self::Memory(Vec::new())
    }
}

impl Store {
    /// The bytes there.
    pub(super) fn read(&self, span: Span) -> io::Result<Vec<u8>> {
        match self {
            Self::File(file) => {
                let mut bytes = vec![0; span.length as usize];
                file.read_exact_at(&mut bytes, span.start)?;
                Ok(bytes)
            }
            Self::Memory(bytes) => {
                let start = usize::try_from(span.start).ok();
                let bytes = start.and_then(|start| bytes.get(start..)?.get(..span.length as usize));
                bytes
                    .map(<[u8]>::to_vec)
                    .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }

    /// Writes these lines.
    pub(super) fn copy(&self, lines: impl IntoIterator<Item = Span>, sink: &mut impl io::Write) -> io::Result<()> {
        lines.into_iter().try_for_each(|line| sink.write_all(&self.read(line)?))
    }
}

impl Span {
    /// A line of that length behind so many bytes.
    pub(super) fn new(start: u64, length: usize) -> Self {
        Self {
            start,
            length: u32::try_from(length).expect("lines have a limit"),
        }
    }

    /// Where the next line begins.
    pub(super) fn end(self) -> u64 {
        self.start + u64::from(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_in_a_file_and_in_memory() {
        let text = b"one\ntwo\nthree\nfour\n";
        let mut file = tempfile::tempfile().expect("a file for the test");
        io::Write::write_all(&mut file, text).expect("it is writable");
        for store in [Store::File(file), Store::Memory(text.to_vec())] {
            let lines = [(14, 5), (0, 4)].map(|(start, length)| Span::new(start, length));
            let mut copied = Vec::new();
            store.copy(lines, &mut copied).expect("memory takes everything");
            assert_eq!(copied, b"four\none\n");
            assert!(store.read(Span::new(14, 6)).is_err(), "beyond the end");
        }
    }
}
