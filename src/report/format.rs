//! The table of formats: each is a function of the document, with a file of its own.

use std::fmt;
use std::io::{self, Write};

use super::csv;
use super::document::Report;
use super::{baseline, html, json, junit, markdown, prometheus, sarif, xlsx};

pub use super::rendering::Rendering;

/// A row of the table: a file that can be made from a report.
#[derive(Clone, Copy)]
pub struct Format {
    /// What `-o` calls it.
    pub name: &'static str,
    /// The word of `--format` that asks for it; `None`: it has no place in a run's folder, and is for `-o` alone.
    pub word: Option<&'static str>,
    /// Its name in a run's folder.
    pub file: &'static str,
    render: Render,
}

type Render = fn(&Report, Rendering<'_>, &mut dyn Write) -> io::Result<()>;

/// All formats, in the order in which they are listed.
pub const FORMATS: [Format; 10] = [
    DRIFT, REPOS, JSON, MARKDOWN, HTML, XLSX, JUNIT, SARIF, PROMETHEUS, BASELINE,
];

/// One row per finding.
pub const DRIFT: Format = Format {
    name: "csv",
    word: Some("csv"),
    file: "drift.csv",
    render: csv::write_drift,
};

/// One row per repository.
pub const REPOS: Format = Format {
    name: "repos",
    word: Some("csv"),
    file: "repos.csv",
    render: csv::write_repos,
};

/// The document itself.
pub const JSON: Format = Format {
    name: "json",
    word: Some("json"),
    file: "report.json",
    render: |report, _, out| json::write(report, out),
};

/// A page for people.
pub const HTML: Format = Format {
    name: "html",
    word: Some("html"),
    file: "report.html",
    render: |report, _, out| html::write(report, out),
};

/// A workbook.
pub const XLSX: Format = Format {
    name: "xlsx",
    word: Some("xlsx"),
    file: "report.xlsx",
    render: |report, _, out| xlsx::write(report, out),
};

/// What a later run needs to tell new from known.
pub const BASELINE: Format = Format {
    name: "baseline",
    word: None,
    file: "baseline.json",
    render: |report, _, out| baseline::write(report, out),
};

/// For a pull request, or the summary of a step in CI.
pub const MARKDOWN: Format = Format {
    name: "markdown",
    word: Some("markdown"),
    file: "summary.md",
    render: |report, _, out| markdown::write(report, out),
};

/// Test results.
pub const JUNIT: Format = Format {
    name: "junit",
    word: Some("junit"),
    file: "junit.xml",
    render: junit::write,
};

/// Code scanning.
pub const SARIF: Format = Format {
    name: "sarif",
    word: Some("sarif"),
    file: "report.sarif",
    render: sarif::write,
};

/// Counts for `node_exporter`.
pub const PROMETHEUS: Format = Format {
    name: "prometheus",
    word: Some("prometheus"),
    file: "metrics.prom",
    render: |report, _, out| prometheus::write(report, out),
};

/// Formats of later versions.
const LATER: [&str; 1] = ["fix"];

/// Why no format has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFormat {
    /// A later version has it.
    Later,
    /// None has.
    Unknown,
}

impl Format {
    /// The format that `-o` calls by that name.
    pub fn called(name: &str) -> Result<Self, NoFormat> {
        let format = FORMATS.into_iter().find(|format| format.name == name);
        format.ok_or_else(|| none_called(name))
    }

    /// The formats that a word of `--format` asks for.
    pub fn asked_by(word: &str) -> Result<Vec<Self>, NoFormat> {
        let formats = FORMATS
            .into_iter()
            .filter(|format| format.word.is_some_and(|own| own == word || word == ALL));
        let formats: Vec<Self> = formats.collect();
        if formats.is_empty() {
            Err(none_called(word))
        } else {
            Ok(formats)
        }
    }

    /// The names for `-o`.
    pub fn names() -> Vec<&'static str> {
        FORMATS.iter().map(|format| format.name).collect()
    }

    /// The words of `--format`, each once.
    pub fn words() -> Vec<&'static str> {
        let mut words: Vec<&str> = FORMATS.iter().filter_map(|format| format.word).collect();
        words.dedup();
        words.push(ALL);
        words
    }

    /// Whether everybody on the machine may read it: it holds counts alone, and its reader is another user.
    pub fn is_for_everybody(self) -> bool {
        self == PROMETHEUS
    }

    /// Writes the report in this format.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn render(self, report: &Report, rendering: Rendering<'_>, out: &mut dyn Write) -> io::Result<()> {
        (self.render)(report, rendering, out)
    }
}

/// The word of `--format` for every format.
const ALL: &str = "all";

fn none_called(name: &str) -> NoFormat {
    if LATER.contains(&name) {
        NoFormat::Later
    } else {
        NoFormat::Unknown
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Format {}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
