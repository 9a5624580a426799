//! Talk: everything that is said to people, on stderr. Data never goes this way.

use std::error::Error;
use std::io::{self, IsTerminal};

use super::Failure;
use super::logging;
use super::progress::Progress;
use super::terminal;
use crate::model::visible;

/// When to do something that only a person at a terminal wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// On a terminal.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// How much is said, and in which form.
#[derive(Clone, Copy, Debug)]
pub struct TalkSettings {
    /// `None`: errors only; else how often more was asked for.
    pub verbosity: Option<u8>,
    /// Whether log lines are JSON.
    pub json_logs: bool,
    /// When to colour.
    pub colour: When,
    /// When to show progress.
    pub progress: When,
}

/// The way to stderr.
#[derive(Debug)]
pub struct Talk {
    is_quiet: bool,
    is_coloured: bool,
    progress: Progress,
}

impl Talk {
    /// Opens the way, and starts logging.
    pub fn new(settings: TalkSettings) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let is_coloured = match settings.colour {
            When::Auto => anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never,
            When::Always => true,
            When::Never => false,
        };
        let shows_progress = match settings.progress {
            When::Auto => is_terminal && settings.verbosity.is_some(),
            When::Always => true,
            When::Never => false,
        };
        let progress = Progress::new(shows_progress);
        logging::start(settings.verbosity, settings.json_logs, is_coloured, &progress);
        Self {
            is_quiet: settings.verbosity.is_none(),
            is_coloured,
            progress,
        }
    }

    /// Whether to colour.
    pub const fn is_coloured(&self) -> bool {
        self.is_coloured
    }

    /// The progress bar.
    pub(super) const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Says something to a person, unless only errors are wanted.
    pub fn say(&self, text: &str) {
        if !self.is_quiet {
            self.write(text);
        }
    }

    /// Says what even those who want errors alone must hear, where nothing else said it.
    pub fn complain(&self, text: &str) {
        if self.is_quiet {
            self.write(text);
        }
    }

    fn write(&self, text: &str) {
        terminal::write(text, self.is_coloured);
    }

    /// Says why a command did not come to its end, with every cause once, and returns its exit code.
    pub fn failure(&self, failure: &Failure) -> u8 {
        if let Failure::Inventory(problems) = failure {
            self.write(&(problems.render(self.is_coloured) + "\n"));
            failure.exit_code()
        } else {
            fail(failure)
        }
    }
}

/// Says why nothing else can be said or done, and returns the exit code.
pub fn fail(failure: &Failure) -> u8 {
    terminal::write(&explained(failure), false);
    failure.exit_code()
}

/// Says why a command line was refused, in words that are made already.
pub fn refuse(text: &str, is_coloured: bool) {
    terminal::write(text, is_coloured);
}

/// `error: what failed: why`, then the hints on lines of their own.
fn explained(failure: &Failure) -> String {
    let text = failure.to_string();
    let (what, hints) = text
        .split_once("\nhint: ")
        .map_or((&*text, None), |(what, hint)| (what, Some(hint)));
    let mut line = format!("error: {what}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&visible(&error.to_string()));
        cause = error.source();
    }
    if let Some(hint) = hints {
        line.push_str("\nhint: ");
        line.push_str(hint);
    }
    line.push('\n');
    line
}
