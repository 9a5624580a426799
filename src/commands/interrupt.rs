//! SIGINT, SIGTERM and the deadline, from the first moment of the process.
//!
//! Before anything is asked there is nothing to keep: a signal ends the process. Then the first signal or the deadline
//! stops the asking, and a second signal ends the process.
//!
//! A thread of its own listens, so that no file that is slow to read, no report that is slow to write and no disk that
//! hangs can keep a signal from being heard.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::signal::unix::{self, SignalKind};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Failure, runtime};
use crate::input::Reader;
use crate::model::{Ending, Signal};

/// Longest time that a message may take to be written.
const PATIENCE: Duration = Duration::from_secs(1);

/// Listens from the moment it is made, to the end of the process.
#[derive(Debug)]
pub struct Interrupt {
    heard: Arc<Heard>,
    since: Instant,
}

/// What a first signal finds under way, once something was begun.
#[derive(Clone, Copy, Debug)]
pub(super) enum UnderWay {
    /// An audit: what is known is written.
    Audit,
    /// Lists, of which nothing is written.
    Lists,
    /// A server, whose end is a signal.
    #[cfg(feature = "demo")]
    Server,
}

/// When the asking has to end, and how long that was from the start of the process.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    at: Instant,
    given: Duration,
}

#[derive(Debug, Default)]
struct Heard {
    stop: CancellationToken,
    /// What came first: it alone decides how the run ended.
    cause: OnceLock<Ending>,
    deadline: OnceLock<Deadline>,
    /// Wakes the thread once there is a deadline.
    has_deadline: Notify,
    begun: Mutex<Option<UnderWay>>,
    /// Files and folders that nobody would take away any more, were the process to end at once.
    unfinished: Mutex<Vec<PathBuf>>,
}

impl Interrupt {
    /// Takes both signals from now on.
    pub fn listen() -> Result<Self, Failure> {
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
            .spawn(move || runtime.block_on(theirs.listen(signals)))
            .map_err(failed)?;
        let since = Instant::now();
        Ok(Self { heard, since })
    }

    /// Has the asking end so long after the start; a deadline beyond all time is none.
    pub fn end_after(&self, given: Option<Duration>) {
        let deadline = given.and_then(|given| {
            let at = self.since.checked_add(given)?;
            Some(Deadline { at, given })
        });
        if let Some(deadline) = deadline {
            self.heard.deadline.set(deadline).expect("a command has one deadline");
            self.heard.has_deadline.notify_one();
        }
    }

    /// Reads inputs, and waits for nobody any more once the command is stopped.
    pub fn reader(&self) -> Reader {
        Reader::until(self.heard.stop.clone())
    }

    /// From now on, a first signal stops what is under way, and the command ends by itself.
    pub(super) fn begin(&self, begun: UnderWay) {
        *locked(&self.heard.begun) = Some(begun);
    }

    /// Cancelled by the first signal or by the deadline, which counts although the thread that listens for it may not
    /// have had a turn since.
    pub(super) fn stop(&self) -> &CancellationToken {
        if let Some(Deadline { at, given }) = self.heard.deadline.get()
            && *at <= Instant::now()
        {
            self.heard.stop(Ending::Deadline(Some(*given)));
        }
        &self.heard.stop
    }

    /// How an asking ended that was stopped.
    pub(super) fn ending(&self) -> Ending {
        *self.heard.cause.get().expect("nobody stops before the cause is known")
    }

    /// Has these files and folders taken away, should the process end at once.
    pub(super) fn sweep(&self, unfinished: Vec<PathBuf>) {
        *locked(&self.heard.unfinished) = unfinished;
    }

    /// Does not return where a signal is ending the process: what then fails under the main thread's hands is no news.
    pub(super) fn wait_if_ending(&self) {
        drop(locked(&self.heard.unfinished));
    }
}

impl Heard {
    async fn listen(&self, mut signals: Signals) {
        let deadline = self.deadline();
        tokio::pin!(deadline);
        let (mut is_first, mut is_over) = (true, false);
        loop {
            tokio::select! {
                biased;
                signal = signals.next() => {
                    self.take(signal, is_first);
                    is_first = false;
                }
                given = &mut deadline, if !is_over => {
                    is_over = true;
                    self.stop(Ending::Deadline(Some(given)));
                }
            }
        }
    }

    fn take(&self, signal: Signal, is_first: bool) {
        // Held to the end: nothing begins beside a process that ends.
        let begun = locked(&self.begun);
        let what_follows = match *begun {
            None => {
                say(format!(
                    "interrupted by {signal}: nothing is written; run the same command again"
                ));
                self.end_at_once(signal);
            }
            Some(_) if !is_first => self.end_at_once(signal),
            Some(UnderWay::Audit) => Some("nothing more is asked, the reports are written"),
            Some(UnderWay::Lists) => Some("nothing more is asked"),
            #[cfg(feature = "demo")]
            Some(UnderWay::Server) => None,
        };
        // Said before anything that follows from it.
        if let Some(text) = what_follows {
            say(format!("interrupted by {signal}: {text}; once more ends at once"));
        }
        self.stop(Ending::Signal(signal));
    }

    async fn deadline(&self) -> Duration {
        self.has_deadline.notified().await;
        let Deadline { at, given } = *self.deadline.get().expect("it was notified of");
        tokio::time::sleep_until(at.into()).await;
        given
    }

    /// Where the asking is over already, nobody looks at it any more.
    fn stop(&self, cause: Ending) {
        let _ = self.cause.set(cause);
        self.stop.cancel();
    }

    /// No report is ever half written under its own name, so there is nothing to wait for.
    fn end_at_once(&self, signal: Signal) -> ! {
        // Held to the end: see `wait_if_ending`.
        let unfinished = locked(&self.unfinished);
        for path in unfinished.iter() {
            let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
        }
        std::process::exit(signal.exit_code().into())
    }
}

/// Where stderr takes nothing more, the next signal has to be heard all the same.
fn say(text: String) {
    let (said, is_said) = mpsc::channel();
    thread::spawn(move || {
        tracing::warn!("{text}");
        let _ = said.send(());
    });
    let _ = is_said.recv_timeout(PATIENCE);
}

/// A panic elsewhere leaves nothing half done here.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Signals {
    int: unix::Signal,
    term: unix::Signal,
}

impl Signals {
    fn take() -> io::Result<Self> {
        Ok(Self {
            int: unix::signal(SignalKind::interrupt())?,
            term: unix::signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.int.recv() => Signal::Interrupt,
            _ = self.term.recv() => Signal::Terminate,
        }
    }
}
