//! The writing of the journal, off the thread that asks: lines gather in memory, and a thread of its own writes them and
//! makes them durable.
//!
//! What was appended is durable within a second as long as the disk keeps up, whether or not more comes. Where it does
//! not, the bound of the memory holds the asking back. Knows nothing of what a line says.

use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between the beginnings of two writes: a kill loses this much, and what a write itself takes.
const PACE: Duration = Duration::from_millis(200);
/// Most bytes that wait in memory, but for one line more.
const BOUND: usize = 8 * 1024 * 1024;
/// So many bytes are written without waiting for their turn.
const PLENTY: usize = BOUND / 2;

/// Where a journal is written to.
pub trait Sink: Write + Send + 'static {
    /// Makes durable what was written.
    fn sync(&mut self) -> io::Result<()>;
}

impl Sink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Takes lines, and has them written. Dropped, it writes what is left and waits for that.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to write, or plenty of it, or nothing more will come.
    filled: Condvar,
    /// There is room again.
    emptied: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<u8>,
    is_ended: bool,
    /// The first error. After it nothing is written or kept: a journal with a hole would tell of answers that it lost.
    failed: Option<io::Error>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(sink: impl Sink) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || theirs.write_all(sink))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Appends one line, which `write` writes whole. Waits only where the disk does not keep up.
    pub(super) fn append(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.shared.state();
        while state.lines.len() >= BOUND && state.failed.is_none() {
            state = wait(self.shared.emptied.wait(state));
        }
        if state.failed.is_some() {
            return;
        }
        let before = state.lines.len();
        write(&mut state.lines);
        // The thread waits for the first line and for plenty of them: to wake it for each would cost more than the line.
        if before == 0 || before < PLENTY && state.lines.len() >= PLENTY {
            self.shared.filled.notify_one();
        }
    }

    /// Writes what is left; the first error, if there was one.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.finish();
        self.shared.state().failed.take().map_or(Ok(()), Err)
    }

    fn finish(&mut self) {
        self.shared.state().is_ended = true;
        self.shared.filled.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            let mut state = self.shared.state();
            let panicked = || io::Error::other("the thread that writes it has panicked");
            state.failed.get_or_insert_with(panicked);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        wait(self.state.lock())
    }

    /// The thread: writes what has gathered, a turn at a time, until the end or the first error.
    fn write_all(&self, mut sink: impl Sink) {
        let mut lines = Vec::new();
        let mut turn = Instant::now();
        loop {
            let is_last = self.take(&mut lines, turn);
            turn = Instant::now() + PACE;
            let written = if lines.is_empty() {
                Ok(())
            } else {
                sink.write_all(&lines).and_then(|()| sink.sync())
            };
            lines.clear();
            if let Err(error) = written {
                self.state().failed = Some(error);
                self.emptied.notify_all();
                return;
            }
            if is_last {
                return;
            }
        }
    }

    /// Waits for something and for its turn, and takes it, leaving an emptied buffer in its place; whether it is the
    /// last.
    fn take(&self, lines: &mut Vec<u8>, turn: Instant) -> bool {
        let mut state = self.state();
        loop {
            let left = turn.saturating_duration_since(Instant::now());
            if state.is_ended || state.lines.len() >= PLENTY || !state.lines.is_empty() && left.is_zero() {
                break;
            }
            state = if state.lines.is_empty() {
                wait(self.filled.wait(state))
            } else {
                wait(self.filled.wait_timeout(state, left)).0
            };
        }
        mem::swap(&mut state.lines, lines);
        let is_last = state.is_ended;
        drop(state);
        self.emptied.notify_all();
        is_last
    }
}

/// A panic elsewhere leaves whole lines behind: each is written under one lock.
fn wait<T>(locked: Result<T, PoisonError<T>>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;

    /// Tells each write and each sync, and does neither before it may.
    struct Told {
        deeds: Sender<Deed>,
        permits: Option<Receiver<()>>,
        fails_after: usize,
    }

    #[derive(Debug, PartialEq, Eq)]
    enum Deed {
        Wrote(Vec<u8>),
        Synced,
    }

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(permits) = &self.permits {
                permits.recv().expect("the test gives enough");
            }
            if self.fails_after == 0 {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            self.fails_after -= 1;
            let _ = self.deeds.send(Deed::Wrote(bytes.to_vec()));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink for Told {
        fn sync(&mut self) -> io::Result<()> {
            let _ = self.deeds.send(Deed::Synced);
            Ok(())
        }
    }

    fn told(permits: Option<Receiver<()>>, fails_after: usize) -> (Writer, Receiver<Deed>) {
        let (deeds, told) = mpsc::channel();
        let sink = Told {
            deeds,
            permits,
            fails_after,
        };
        (Writer::start(sink).expect("a thread"), told)
    }

    fn append(writer: &Writer, line: &[u8]) {
        writer.append(|lines| lines.extend_from_slice(line));
    }

    #[test]
    fn a_line_is_durable_although_no_other_comes() {
        let (writer, deeds) = told(None, usize::MAX);
        for line in [b"one\n", b"two\n"] {
            append(&writer, line);
            let next = || deeds.recv_timeout(Duration::from_mins(1)).expect("it is written");
            assert_eq!((next(), next()), (Deed::Wrote(line.to_vec()), Deed::Synced));
        }
        writer.end().expect("memory takes everything");
        assert!(deeds.recv().is_err(), "nothing is written that was not appended");
    }

    #[test]
    fn what_is_left_is_written_at_the_end_and_by_dropping() {
        for ends in [true, false] {
            let (writer, deeds) = told(None, usize::MAX);
            append(&writer, b"one\n");
            append(&writer, b"two\n");
            if ends {
                writer.end().expect("memory takes everything");
            } else {
                drop(writer);
            }
            let mut written = Vec::new();
            let mut last = None;
            for deed in deeds {
                if let Deed::Wrote(bytes) = &deed {
                    written.extend_from_slice(bytes);
                }
                last = Some(deed);
            }
            assert_eq!(written, b"one\ntwo\n");
            assert_eq!(last, Some(Deed::Synced));
        }
    }

    #[test]
    fn a_disk_that_does_not_keep_up_holds_the_asking_back() {
        let (permit, permits) = mpsc::channel();
        let (writer, deeds) = told(Some(permits), usize::MAX);
        let line = vec![b'x'; BOUND / 8];
        let length = line.len();
        let asking = thread::spawn(move || {
            for _ in 0..40 {
                append(&writer, &line);
            }
            writer.end()
        });
        let mut written = 0;
        while written < 40 * length {
            // It may have written everything by now, and only be waiting to be heard.
            let _ = permit.send(());
            if let Deed::Wrote(bytes) = deeds.recv().expect("the thread is there") {
                assert!(bytes.len() <= BOUND + length, "{}", bytes.len());
                written += bytes.len();
            }
            // What may be written next is allowed only now: until then the memory has filled up to its bound.
        }
        asking.join().expect("no panic").expect("everything was written");
    }

    #[test]
    fn the_first_error_is_reported_at_the_end_and_nobody_waits_for_room() {
        let (writer, _deeds) = told(None, 0);
        let line = vec![b'x'; PLENTY];
        for _ in 0..8 {
            append(&writer, &line);
        }
        let error = writer.end().expect_err("nothing could be written");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
