//! Progress: how far, how fast, how long still. A bar where a person looks, lines where `--progress always` asks for them.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write as _};
use std::rc::Rc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::services::limiters;
use crate::swr::Client;

/// Between two lines where there is no terminal to draw a bar on.
const LINE_AFTER: Duration = Duration::from_secs(5);

/// Progress on stderr, or nothing.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    form: Form,
    last_line: Rc<Cell<Option<Instant>>>,
    /// Whether names are listed at the moment.
    is_listing: Rc<Cell<bool>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Nothing,
    Bar,
    Lines,
}

/// What slows the asking down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pressure {
    /// Requests a second that are kept to.
    pub limit: Option<f64>,
    /// Requests that came too fast.
    pub throttled: u64,
}

impl Pressure {
    /// What slows all of them down together; no limit where one has none.
    pub(super) fn of(clients: &[&Client]) -> Self {
        let limits = limiters(clients).into_iter().map(|limiter| limiter.tempo().per_second);
        Self {
            limit: limits.sum::<Option<f64>>().filter(|_| !clients.is_empty()),
            throttled: clients.iter().map(|client| client.throttled()).sum(),
        }
    }

    fn words(self) -> Option<String> {
        let limit = self.limit.map(|limit| format!("limit {limit:.0}/s"));
        let throttled = (self.throttled > 0).then(|| format!("throttled {}x", self.throttled));
        let words: Vec<String> = limit.into_iter().chain(throttled).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

impl Progress {
    /// Nothing is shown until it begins.
    pub(super) fn new(is_shown: bool) -> Self {
        let form = match (is_shown, io::stderr().is_terminal()) {
            (false, _) => Form::Nothing,
            (true, true) => Form::Bar,
            (true, false) => Form::Lines,
        };
        Self {
            bar: ProgressBar::hidden(),
            form,
            last_line: Rc::default(),
            is_listing: Rc::default(),
        }
    }

    /// Begins to list: how much there is nobody knows yet.
    pub(super) fn begin_listing(&self) {
        self.is_listing.set(true);
        self.last_line.set(Some(Instant::now()));
        if self.form == Form::Bar {
            let style = ProgressStyle::with_template("{spinner} listing  {pos} answers  {elapsed}");
            self.bar.set_style(style.expect("the template is sound"));
            self.show();
        }
    }

    /// One more question is answered. While names are listed, nobody knows how many there are.
    pub(super) fn answered(&self) {
        if !self.is_listing.get() {
            return;
        }
        match self.form {
            Form::Nothing => {}
            Form::Bar => self.bar.inc(1),
            Form::Lines => {
                self.bar.inc(1);
                if self.is_time_for_a_line() {
                    // Nowhere is left to say that stderr is gone.
                    let text = format!("listing, {} answers\n", self.bar.position());
                    let _ = io::stderr().lock().write_all(text.as_bytes());
                }
            }
        }
    }

    /// Begins, with that many repositories ahead.
    pub(super) fn begin(&self, total: usize) {
        self.is_listing.set(false);
        self.bar.reset();
        self.bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
        self.last_line.set(Some(Instant::now()));
        if self.form == Form::Bar {
            let template = "{bar:30} {pos}/{len} repositories  {rate}  {left}  {msg}";
            let style = ProgressStyle::with_template(template)
                .expect("the template is sound")
                .with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                    let _ = write!(out, "{:.0}/s", state.per_sec());
                })
                .with_key("left", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                    let _ = out.write_str(&left(state.pos(), state.eta()));
                });
            self.bar.set_style(style);
            self.show();
        }
    }

    fn show(&self) {
        self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        self.bar.enable_steady_tick(Duration::from_millis(500));
    }

    fn is_time_for_a_line(&self) -> bool {
        let is_time = self.last_line.get().is_none_or(|last| last.elapsed() >= LINE_AFTER);
        if is_time {
            self.last_line.set(Some(Instant::now()));
        }
        is_time
    }

    /// One more repository is known, or known to be unknown; `pressure` tells what slows the asking down.
    pub(super) fn advance(&self, unknown: usize, pressure: impl FnOnce() -> Pressure) {
        match self.form {
            Form::Nothing => {}
            Form::Bar => {
                let words = [pressure().words(), (unknown > 0).then(|| format!("{unknown} unknown"))];
                self.bar
                    .set_message(words.into_iter().flatten().collect::<Vec<_>>().join(", "));
                self.bar.inc(1);
            }
            Form::Lines => {
                self.bar.inc(1);
                self.line(unknown, pressure);
            }
        }
    }

    /// One repository is to be asked for again.
    pub(super) fn retreat(&self) {
        self.bar.dec(1);
    }

    fn line(&self, unknown: usize, pressure: impl FnOnce() -> Pressure) {
        if !self.is_time_for_a_line() {
            return;
        }
        let (done, total) = (self.bar.position(), self.bar.length().unwrap_or_default());
        let pressure = pressure()
            .words()
            .map(|words| format!(" ({words})"))
            .unwrap_or_default();
        let text = format!(
            "{done}/{total} repositories, {:.0}/s{pressure}, {}, {unknown} unknown\n",
            self.bar.per_sec(),
            left(done, self.bar.eta())
        );
        // Nowhere is left to say that stderr is gone.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// The bar, for who writes lines that it must not tear.
    pub(super) fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }
}

/// Before the first answer nobody knows.
fn left(done: u64, eta: Duration) -> String {
    if done == 0 {
        "time left unknown".to_owned()
    } else {
        format!("{}s left", eta.as_secs())
    }
}
