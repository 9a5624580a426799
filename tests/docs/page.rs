//! Markdown, as far as these pages use it: headings, fenced blocks, tables.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// One file of the documentation.
pub(super) struct Page {
    path: PathBuf,
    pub(super) text: String,
}

/// Tests run side by side, and two of them may write the same page.
static WRITING: Mutex<()> = Mutex::new(());

/// The project's folder.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether what a page shows is to be written anew.
pub(super) fn is_update() -> bool {
    std::env::var_os("UPDATE_SAMPLE").is_some_and(|value| value == "1")
}

/// Every page of the documentation.
pub(super) fn all() -> Vec<Page> {
    let mut names = vec![
        "README.md".to_owned(),
        "CHANGELOG.md".to_owned(),
        "reports/README.md".to_owned(),
    ];
    let docs = fs::read_dir(root().join("docs")).expect("there are docs");
    let docs = docs.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let pages = docs.filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "md"));
    names.extend(pages.map(|name| format!("docs/{name}")));
    names.iter().map(|name| Page::read(name)).collect()
}

impl Page {
    pub(super) fn read(name: &str) -> Self {
        let path = root().join(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { path, text }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The contents of every fenced block of that kind, for instance `yaml inventory`.
    pub(super) fn blocks(&self, kind: &str) -> Vec<&str> {
        let opening = format!("```{kind}\n");
        let after = self.text.split(&*opening).skip(1);
        after
            .map(|rest| rest.split_once("```").expect("every block is closed").0)
            .collect()
    }

    /// The only block of that kind.
    pub(super) fn block(&self, kind: &str) -> &str {
        let blocks = self.blocks(kind);
        assert_eq!(blocks.len(), 1, "blocks `{kind}` in {}", self.path.display());
        blocks[0]
    }

    /// Holds a block against what a run said, or writes it anew.
    pub(super) fn hold_block(&self, kind: &str, actual: &str) {
        if is_update() {
            let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
            let text = fs::read_to_string(&self.path).expect("the page is there");
            let (before, rest) = text.split_once(&format!("```{kind}\n")).expect("it has the block");
            let (_, after) = rest.split_once("```").expect("the block is closed");
            fs::write(&self.path, format!("{before}```{kind}\n{actual}```{after}")).expect("the page is writable");
        } else {
            let why = "UPDATE_SAMPLE=1 writes it anew";
            assert_eq!(self.block(kind), actual, "`{kind}` in {}: {why}", self.path.display());
        }
    }

    /// The text under a heading of the second level, up to the next one.
    pub(super) fn section(&self, heading: &str) -> &str {
        let start = format!("\n## {heading}\n");
        let (_, rest) = self
            .text
            .split_once(&start)
            .unwrap_or_else(|| panic!("no `## {heading}` in {}", self.path.display()));
        rest.split("\n## ").next().unwrap_or_default()
    }
}

/// The headings of the third level in a section, each with the text under it.
pub(super) fn subsections(section: &str) -> Vec<(&str, &str)> {
    let parts = section.split("\n### ").skip(1);
    parts
        .map(|part| part.split_once('\n').expect("there is text under a heading"))
        .collect()
}

/// The rows of the first table in a text, without its head. Cells lose the back ticks around them.
pub(super) fn table(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let line = line.replace("\\|", "\u{0}");
            let inner = line.trim_matches('|');
            inner
                .split('|')
                .map(|cell| bare(cell.trim()).replace('\u{0}', "|"))
                .collect()
        })
        .collect()
}

/// A cell that is nothing but code, without its back ticks.
fn bare(cell: &str) -> &str {
    let inner = cell.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    inner.filter(|inner| !inner.contains('`')).unwrap_or(cell)
}
