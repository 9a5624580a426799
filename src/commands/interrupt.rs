//! SIGINT and SIGTERM: the first stops the asking, the second ends the process.

use std::cell::Cell;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::report::verdict::{SIGINT, SIGTERM};

/// Listens from the moment it is made.
pub(super) struct Interrupt {
    int: Signal,
    term: Signal,
}

impl Interrupt {
    /// Takes both signals from now on.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the first signal.
    #[cfg(feature = "demo")]
    pub(super) async fn wait(mut self) {
        self.next().await;
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.int.recv() => SIGINT,
            _ = self.term.recv() => SIGTERM,
        }
    }

    /// Runs `work` to its end, which comes soon once `stop` is cancelled by a signal; returns that signal's exit code.
    /// A second signal ends the process at once: no report is ever half written under its own name.
    pub(super) async fn heed<T>(mut self, stop: &CancellationToken, work: impl Future<Output = T>) -> (T, Option<u8>) {
        let signalled = Cell::new(None);
        let watch = async {
            let code = self.next().await;
            signalled.set(Some(code));
            tracing::warn!("interrupted: writing what is known; once more ends at once");
            stop.cancel();
            let code = self.next().await;
            std::process::exit(code.into())
        };
        let result = tokio::select! {
            result = work => result,
            never = watch => never,
        };
        (result, signalled.get())
    }
}
