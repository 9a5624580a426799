//! Log lines: this tool's own and nobody else's, so that no library can tell a header.

use std::io::{self, Write};

use indicatif::ProgressBar;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::progress::Progress;
use super::terminal;

/// Starts logging to stderr, more of it with each `-v` (`None`: `-q`); a second start in one process changes nothing.
pub(super) fn start(verbosity: Option<u8>, is_json: bool, is_coloured: bool, progress: &Progress) {
    let level = match verbosity {
        None => LevelFilter::ERROR,
        Some(0) => LevelFilter::WARN,
        Some(1) => LevelFilter::INFO,
        Some(_) => LevelFilter::DEBUG,
    };
    let filter = Targets::new().with_target("swr_audit", level);
    let writer = Lines {
        bar: progress.bar(),
        is_coloured: is_coloured && !is_json,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        // Else it says on stderr that stderr is gone, which panics.
        .log_internal_errors(false)
        .with_ansi(is_coloured)
        // Without colours, ours alone spells out what it should. JSON stays JSON.
        .with_ansi_sanitization(is_coloured);
    let registry = tracing_subscriber::registry().with(filter);
    let started = if is_json {
        registry.with(lines.json()).try_init()
    } else {
        registry.with(lines.with_target(false)).try_init()
    };
    // Only tests start twice in one process.
    let _ = started;
}

/// Writes each event on one line, above the progress bar, so that the two do not tear each other.
#[derive(Clone)]
struct Lines {
    bar: ProgressBar,
    is_coloured: bool,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let event = text.trim_end_matches('\n').replace('\n', r"\n");
        self.bar.suspend(|| terminal::write(&(event + "\n"), self.is_coloured));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
