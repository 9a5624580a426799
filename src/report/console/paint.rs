//! The colours of the console. Where there are none, nothing is missing.

use anstyle::{AnsiColor, Style};

use super::super::document::Report;
use super::super::verdict::OK;
use crate::model::Severity;

#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) colour: bool,
}

impl Paint {
    fn with(self, style: Style, text: &str) -> String {
        if self.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    pub(super) fn unknown(self) -> String {
        self.with(
            Style::new().bold().fg_color(Some(AnsiColor::Magenta.into())),
            "unknown ",
        )
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    pub(super) fn severity(self, severity: Severity) -> String {
        let colour = match severity {
            Severity::Critical | Severity::High => AnsiColor::Red,
            Severity::Medium => AnsiColor::Yellow,
            Severity::Low | Severity::Info => AnsiColor::Cyan,
        };
        let name = severity.name();
        self.with(Style::new().fg_color(Some(colour.into())), &format!("{name:<8}"))
    }

    pub(super) fn verdict(self, report: &Report) -> String {
        let colour = if report.verdict.code == OK {
            AnsiColor::Green
        } else {
            AnsiColor::Red
        };
        let style = Style::new().bold().fg_color(Some(colour.into()));
        self.with(style, &format!("exit {:<2}", report.exit_code))
    }
}
