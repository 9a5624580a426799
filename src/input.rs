//! Files that the command line, the environment and the run's folder name.
//!
//! A pipe is read as long as somebody writes into it: one without a writer is refused at once, and a slow writer is waited
//! for until the command is stopped. Knows nothing of what the bytes say.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::event::{self, PollFd, PollFlags, Timespec};
use rustix::fs::OFlags;
use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

/// How long nobody looks whether the reading was stopped.
const LOOK_AGAIN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// Opens inputs, and waits for those who write into pipes no longer than until it is stopped.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    stop: CancellationToken,
}

/// An opened input.
#[derive(Debug)]
pub struct Input {
    file: File,
    /// Whether nothing but a writer can end the reading; until the first byte.
    needs_writer: bool,
    stop: CancellationToken,
}

impl Reader {
    /// Waits until that.
    pub const fn until(stop: CancellationToken) -> Self {
        Self { stop }
    }

    /// Whether the waiting is over.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Opens a file, a device, or a pipe.
    pub fn open(&self, path: &Path) -> io::Result<Input> {
        let file = open_at_once(path)?;
        Ok(Input {
            needs_writer: file.metadata()?.file_type().is_fifo(),
            file,
            stop: self.stop.clone(),
        })
    }

    /// Reads all of it; an error where it is longer than `limit`.
    pub fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::other(format!("it holds more than {} MiB", limit >> 20)));
        }
        Ok(bytes)
    }
}

/// Opens what can only be a regular file: an earlier run's journal or report.
pub fn open_file(path: &Path) -> io::Result<File> {
    let file = open_at_once(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok(file)
}

/// To open a pipe waits for its other end, unless that is forbidden.
fn open_at_once(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    options.open(path)
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait()?,
                Ok(0) if self.needs_writer && !buffer.is_empty() => {
                    return Err(io::Error::other("it is a pipe that nobody writes into"));
                }
                other => {
                    self.needs_writer = false;
                    return other;
                }
            }
        }
    }
}

impl Input {
    /// The file once more, to be read at any place; `None`: it is none, and gives its bytes once.
    pub fn again(&self) -> io::Result<Option<File>> {
        let is_file = self.file.metadata()?.is_file();
        is_file.then(|| self.file.try_clone()).transpose()
    }

    /// Until there is something to read, or nobody who writes any more.
    fn wait(&self) -> io::Result<()> {
        let mut polled = [PollFd::new(&self.file, PollFlags::IN)];
        while !self.stop.is_cancelled() {
            match event::poll(&mut polled, Some(&LOOK_AGAIN)) {
                // Nothing yet, or a signal, which another thread takes.
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::Error::other("stopped while its writer was waited for"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A folder with a pipe in it.
    fn pipe() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("every system has it").success());
        (folder, path)
    }

    /// Opens both ends: to open one waits for the other.
    fn writer(path: &Path) -> File {
        let mut options = OpenOptions::new();
        options.read(true).write(true).open(path).expect("the pipe is there")
    }

    #[test]
    fn a_pipe_without_a_writer_is_refused_and_not_waited_for() {
        let (_folder, path) = pipe();
        let error = Reader::default().read(&path, 10).expect_err("nobody writes");
        assert_eq!(error.to_string(), "it is a pipe that nobody writes into");
        let error = open_file(&path).expect_err("it is a pipe");
        assert_eq!(error.to_string(), "it is no regular file");
    }

    #[test]
    fn a_pipe_is_read_to_the_end_of_its_writer() {
        let (_folder, path) = pipe();
        let mut writer = writer(&path);
        writer.write_all(b"one ").expect("it has room");
        let mut input = Reader::default().open(&path).expect("somebody writes");
        let mut first = [0; 4];
        input.read_exact(&mut first).expect("it is there");
        let later = std::thread::spawn(move || writer.write_all(b"two").expect("it has room"));
        let mut rest = String::new();
        input.read_to_string(&mut rest).expect("the writer ends");
        later.join().expect("no panic");
        assert_eq!((&first, &*rest), (b"one ", "two"));
    }

    #[test]
    fn a_silent_writer_is_waited_for_until_the_reader_is_stopped() {
        let (_folder, path) = pipe();
        let _writer = writer(&path);
        let stop = CancellationToken::new();
        let reader = Reader::until(stop.clone());
        let reading = std::thread::spawn(move || reader.read(&path, 10));
        stop.cancel();
        let error = reading.join().expect("no panic").expect_err("nothing was written");
        assert_eq!(error.to_string(), "stopped while its writer was waited for");
    }

    #[test]
    fn an_empty_file_is_no_pipe_and_a_device_may_be_read() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("empty");
        std::fs::write(&path, "").expect("it is writable");
        for path in [&path, Path::new("/dev/null")] {
            assert_eq!(Reader::default().read(path, 10).expect("it can be read"), b"");
        }
        let endless = Reader::default().read(Path::new("/dev/zero"), 1 << 20);
        assert_eq!(
            endless.expect_err("it never ends").to_string(),
            "it holds more than 1 MiB"
        );
    }
}
