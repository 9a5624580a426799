//! The documents of a file, one tree each. A syntax error costs its document only.

use granit_parser::{Event, Parser, ScanError, Span, StrInput, options};

use super::build::{Budget, Builder, NODE_LIMIT};
use super::node::{DEPTH_LIMIT, Node, spot};
use super::syntax;
use crate::inventory::problem::{Draft, Log, Spot};

/// After so many a file is no YAML.
const SYNTAX_ERROR_LIMIT: usize = 100;

/// The documents of one file, one after the other.
pub(crate) struct Trees<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    file: u32,
    syntax_errors: usize,
    has_ended: bool,
}

/// One document.
pub(crate) enum Tree<'t> {
    Whole(Node<'t>),
    /// It could not be read; the problem is recorded.
    Lost,
}

impl<'t> Trees<'t> {
    pub(crate) fn new(text: &'t str, file: u32) -> Self {
        // Comments could be switched on by another crate that shares the parser.
        let options = options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            disallow_directives: true,
            flow_nesting_limit: DEPTH_LIMIT,
            block_nesting_limit: DEPTH_LIMIT,
        };
        Self {
            parser: Parser::new_from_str_with_options(text, options),
            text,
            file,
            syntax_errors: 0,
            has_ended: false,
        }
    }

    pub(crate) fn next(&mut self, budget: &mut Budget, log: &mut Log) -> Option<Tree<'t>> {
        let mut builder = Builder::new(self.file);
        while !self.has_ended {
            match self.parser.next_event() {
                None | Some(Ok((Event::StreamEnd, _))) => self.has_ended = true,
                Some(Ok((Event::DocumentEnd, _))) => return builder.root.map(Tree::Whole),
                Some(Ok((event, span))) => {
                    if builder.take(event, span, budget, log).is_err() {
                        self.has_ended = true;
                        let message = format!("the inventory holds more than {NODE_LIMIT} values");
                        log.report(spot(self.file, span), || {
                            Draft::new(message, "write fewer; what stands behind an alias counts each time")
                        });
                        return Some(Tree::Lost);
                    }
                }
                Some(Err(error)) => {
                    self.recover(&error, log);
                    return Some(Tree::Lost);
                }
            }
        }
        None
    }

    fn recover(&mut self, error: &ScanError, log: &mut Log) {
        let at = spot(self.file, Span::empty(*error.marker()));
        log.report(syntax::place(error, at, self.text), || {
            let start = self.text.floor_char_boundary(at.start as usize);
            let before = self.text[..start].rfind('\n').map_or(0, |end| end + 1);
            let line = self.text[before..].lines().next().unwrap_or_default();
            syntax::problem(error, line)
        });
        self.syntax_errors += 1;
        if self.syntax_errors == SYNTAX_ERROR_LIMIT {
            // At the top, so that it is reported before the hundredth.
            let top = Spot {
                line: 1,
                column: 1,
                ..Spot::whole_file(self.file)
            };
            log.report(top, || {
                Draft::new(
                    format!("more than {SYNTAX_ERROR_LIMIT} syntax errors in one file"),
                    "check that the file is YAML; the rest of it was not read",
                )
            });
        }
        let goes_on = self.syntax_errors < SYNTAX_ERROR_LIMIT && self.parser.proceed_next_document().unwrap_or(false);
        self.has_ended = !goes_on;
    }
}
