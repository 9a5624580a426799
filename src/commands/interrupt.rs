//! SIGINT, SIGTERM and the deadline: the first of them stops the asking, a second signal ends the process.
//!
//! A thread of its own listens for the whole audit, so that no report that is slow to write and no disk that hangs can
//! keep a signal from being heard.

use std::fs;
use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Failure, runtime};
use crate::report::verdict::{Ending, SIGINT, SIGTERM};

/// Listens from the moment it is made, to the end of the process.
#[derive(Debug)]
pub(super) struct Interrupt {
    heard: Arc<Heard>,
    deadline: Option<Deadline>,
}

/// When the asking has to end, and how long that was from the start of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    /// The moment.
    pub at: Instant,
    /// As it was given.
    pub given: Duration,
}

/// What is written of an asking that a signal ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaves {
    /// What is known.
    Reports,
    /// Nothing.
    Nothing,
}

#[derive(Debug, Default)]
struct Heard {
    stop: CancellationToken,
    /// What came first: it alone decides how the run ended.
    cause: OnceLock<Ending>,
    /// Files that nobody would take away any more, were the process to end at once.
    beside: Mutex<Vec<PathBuf>>,
}

impl Interrupt {
    /// Takes both signals from now on.
    pub(super) fn listen(deadline: Option<Deadline>, leaves: Leaves) -> Result<Self, Failure> {
        let runtime = runtime()?;
        let failed = |source| Failure::System {
            doing: "listen for signals",
            source,
        };
        let signals = {
            let _inside = runtime.enter();
            Signals::take().map_err(failed)?
        };
        let heard = Arc::new(Heard::default());
        let theirs = Arc::clone(&heard);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(theirs.listen(signals, deadline, leaves)))
            .map_err(failed)?;
        Ok(Self { heard, deadline })
    }

    /// Cancelled by the first signal or by the deadline, which counts although the thread that listens for it may not
    /// have had a turn since.
    pub(super) fn stop(&self) -> &CancellationToken {
        if let Some(Deadline { at, given }) = self.deadline
            && at <= Instant::now()
        {
            self.heard.stop(Ending::Deadline(Some(given)));
        }
        &self.heard.stop
    }

    /// How an asking ended that was stopped.
    pub(super) fn ending(&self) -> Ending {
        *self.heard.cause.get().expect("nobody stops before the cause is known")
    }

    /// Has these files taken away, should the process end at once.
    pub(super) fn sweep(&self, beside: Vec<PathBuf>) {
        *self.heard.beside.lock().unwrap_or_else(PoisonError::into_inner) = beside;
    }
}

impl Heard {
    async fn listen(&self, mut signals: Signals, deadline: Option<Deadline>, leaves: Leaves) {
        let mut is_first = true;
        let mut deadline = deadline;
        loop {
            tokio::select! {
                biased;
                code = signals.next() => {
                    if !is_first {
                        self.end_at_once(code);
                    }
                    is_first = false;
                    tracing::warn!("{}", told(code, leaves));
                    self.stop(Ending::Signal(code));
                }
                given = reached(deadline) => {
                    deadline = None;
                    self.stop(Ending::Deadline(Some(given)));
                }
            }
        }
    }

    /// Where the asking is over already, nobody looks at it any more.
    fn stop(&self, cause: Ending) {
        let _ = self.cause.set(cause);
        self.stop.cancel();
    }

    /// No report is ever half written under its own name, so there is nothing to wait for.
    fn end_at_once(&self, code: u8) -> ! {
        for path in self.beside.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = fs::remove_file(path);
        }
        std::process::exit(code.into())
    }
}

/// What is logged at the first signal: it may come while asking, or while the reports are being written.
fn told(code: u8, leaves: Leaves) -> String {
    let signal = if code == SIGINT { "SIGINT" } else { "SIGTERM" };
    let reports = match leaves {
        Leaves::Reports => ", the reports are written",
        Leaves::Nothing => "",
    };
    format!("interrupted by {signal}: nothing more is asked{reports}; once more ends at once")
}

async fn reached(deadline: Option<Deadline>) -> Duration {
    match deadline {
        Some(Deadline { at, given }) => {
            tokio::time::sleep_until(at.into()).await;
            given
        }
        None => pending().await,
    }
}

/// Waits for the first signal.
#[cfg(feature = "demo")]
pub(super) fn wait() -> Result<(), Failure> {
    let failed = |source| Failure::System {
        doing: "listen for signals",
        source,
    };
    runtime()?.block_on(async {
        Signals::take().map_err(failed)?.next().await;
        Ok(())
    })
}

struct Signals {
    int: Signal,
    term: Signal,
}

impl Signals {
    fn take() -> io::Result<Self> {
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.int.recv() => SIGINT,
            _ = self.term.recv() => SIGTERM,
        }
    }
}
