//! A page that grows up to a length: what does not fit is counted.

/// Room for the line that counts the rest.
const NOTE: usize = 80;

/// The text so far.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) text: String,
}

impl Page {
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(super) fn heading(&mut self, heading: &str) {
        self.line(&format!("\n## {heading}\n"));
    }

    /// The rows of a table that has its head, as many as there is room for.
    pub(super) fn rows(&mut self, rows: Vec<String>, until: usize, what: &str) {
        let rest = self.fill(rows, until);
        self.count(rest, "\n", what);
    }

    /// A list of no more than `most` lines.
    pub(super) fn list(&mut self, mut lines: Vec<String>, most: usize, until: usize, what: &str) {
        let beyond = lines.split_off(lines.len().min(most)).len();
        let lines = lines.into_iter().map(|line| format!("- {line}"));
        let rest = self.fill(lines.collect(), until);
        self.count(rest + beyond, "- ", what);
    }

    /// How many did not fit.
    fn fill(&mut self, lines: Vec<String>, until: usize) -> usize {
        let mut rest = lines.len();
        for line in lines {
            if self.text.len() + line.len() + NOTE > until {
                break;
            }
            self.line(&line);
            rest -= 1;
        }
        rest
    }

    fn count(&mut self, rest: usize, before: &str, what: &str) {
        if rest > 0 {
            self.line(&format!("{before}… and {rest} more {what}, not shown here."));
        }
    }
}

/// A row of a table.
pub(super) fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}
