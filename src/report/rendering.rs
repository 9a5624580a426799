//! How a report is rendered, beside its format.

/// How a report is rendered, beside its format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rendering<'a> {
    /// Whether it goes down a pipe, to a program.
    pub is_for_a_pipe: bool,
    /// The dialect of a CSV; `None`: what suits its reader.
    pub dialect: Option<Dialect>,
    /// The folder of the repository in which the run was started, from the repository's root: it stands before the paths of
    /// the inventory where a reader looks for files. Empty: the root itself.
    pub path_prefix: &'a str,
}

/// For whom a CSV is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A spreadsheet: a byte order mark, and a `'` before what it would run as a formula.
    Excel,
    /// A program: neither.
    Rfc4180,
}

impl Rendering<'_> {
    /// The dialect that was asked for, or else the one of who reads it: what goes down a pipe is for a program.
    pub(super) fn dialect(self) -> Dialect {
        let usual = if self.is_for_a_pipe {
            Dialect::Rfc4180
        } else {
            Dialect::Excel
        };
        self.dialect.unwrap_or(usual)
    }
}
