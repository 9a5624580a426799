//! Stdout, pipes and devices: somebody may read there, and stop reading.
//!
//! A reader that closes its end has seen enough. Only here is that known: no report format and no command sees the error,
//! which some of them would wrap beyond recognition.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{OutputError, Render};

/// Writes until the reader closes its end, and drops the rest.
pub(super) struct UntilClosed<W> {
    inner: W,
    is_closed: bool,
}

impl<W: Write> UntilClosed<W> {
    pub(super) const fn new(inner: W) -> Self {
        Self {
            inner,
            is_closed: false,
        }
    }

    /// `as_written` stands for what the closed end did not take.
    fn heed<T>(&mut self, result: io::Result<T>, as_written: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(as_written)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for UntilClosed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.heed(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.heed(result, ())
    }
}

/// Opens a pipe, a device, or a descriptor that has a name. To open a pipe waits for a reader, unless that is forbidden.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Behind what stands there already, where a descriptor leads to a file.
    options.append(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = options.open(path).map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::NXIO) if is_pipe(path) => io::Error::other("it is a pipe that nobody reads from"),
        _ => error,
    })?;
    // A reader may be slow.
    rustix::fs::fcntl_setfl(&file, rustix::fs::fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

fn is_pipe(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.file_type().is_fifo())
}

/// Writes a whole document there.
pub(super) fn fill(out: impl Write, render: &Render<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(UntilClosed::new(out));
    render(&mut out)?;
    out.flush()
}

/// The same on stdout. The only way to it.
pub(super) fn fill_stdout(render: &Render<'_>) -> Result<(), OutputError> {
    fill(io::stdout().lock(), render).map_err(OutputError::Stdout)
}

/// Prints data on stdout.
///
/// # Errors
/// [`OutputError::Stdout`]; not where the reader closed its end.
pub fn print(text: &[u8]) -> Result<(), OutputError> {
    fill_stdout(&|out| out.write_all(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many writes, and fails then.
    struct Takes(usize, io::ErrorKind);

    impl Write for Takes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(1).ok_or(self.1)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.write(&[]).map(drop)
        }
    }

    #[test]
    fn a_closed_end_takes_everything_and_a_full_disk_does_not() {
        // A format that hides the kind of an error, as some do.
        let render =
            |out: &mut dyn Write| (0..100).try_for_each(|_| out.write_all(&[b'x'; 4096]).map_err(io::Error::other));
        for writes in [0, 1, 25, 200] {
            fill(Takes(writes, io::ErrorKind::BrokenPipe), &render).expect("the reader has seen enough");
        }
        let full = fill(Takes(1, io::ErrorKind::StorageFull), &render);
        full.expect_err("nobody has seen it");
    }
}
