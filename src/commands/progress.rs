//! The progress bar: how far, how fast, how long still. Only where a person looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on stderr, or nothing.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    is_shown: bool,
}

impl Progress {
    /// A bar that is not drawn until it begins.
    pub(super) fn new(is_shown: bool) -> Self {
        Self {
            bar: ProgressBar::hidden(),
            is_shown,
        }
    }

    /// Begins, with that many repositories ahead.
    pub(super) fn begin(&self, total: usize) {
        if !self.is_shown {
            return;
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} repositories  {per_sec}  {eta} left  {msg}")
            .expect("the template is sound");
        self.bar.set_style(style);
        self.bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
        self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        self.bar.enable_steady_tick(Duration::from_millis(500));
    }

    /// One more repository is known, or known to be unknown.
    pub(super) fn advance(&self, unknown: usize) {
        if unknown > 0 {
            self.bar.set_message(format!("{unknown} unknown"));
        }
        self.bar.inc(1);
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Writes something while the bar is out of the way.
    pub(super) fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}
