//! YAML text into a tree of nodes with their places. The only module that knows the parser.
//!
//! Aliases stay references and are counted, so nothing is ever copied; a syntax error costs its document only.

mod build;
mod syntax;

use std::borrow::Cow;
use std::rc::Rc;

use granit_parser::{Event, Marker, Parser, ScanError, Span, StrInput, options};

pub(super) use self::build::Budget;

use self::build::{Builder, NODE_LIMIT};
use super::problem::{Draft, Log, Spot};

/// How deep mappings and lists may nest, through aliases too.
const DEPTH_LIMIT: usize = 64;

/// After so many a file is no YAML.
const SYNTAX_ERROR_LIMIT: usize = 100;

/// One value with its place.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) spot: Spot,
    pub(super) kind: Kind<'t>,
}

#[derive(Debug)]
pub(super) enum Kind<'t> {
    /// Nothing, or a bare `~` or `null`.
    Empty,
    /// Text as it is after unescaping; `is_plain` where it stands without quotes.
    Text {
        text: Cow<'t, str>,
        is_plain: bool,
    },
    List(Vec<Node<'t>>),
    Map(Vec<(Node<'t>, Node<'t>)>),
    /// An anchored node, at its anchor or at an alias.
    Shared(Rc<Node<'t>>),
    /// A problem was told already: to be passed over in silence.
    Bad,
}

impl Node<'_> {
    /// The node itself, through anchors and aliases.
    pub(super) fn seen(&self) -> &Self {
        let mut node = self;
        while let Kind::Shared(shared) = &node.kind {
            node = shared;
        }
        node
    }

    /// The text, where it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.seen().kind {
            Kind::Text { text, .. } => Some(text),
            Kind::Empty | Kind::List(_) | Kind::Map(_) | Kind::Shared(_) | Kind::Bad => None,
        }
    }
}

/// The documents of one file, one after the other.
pub(super) struct Trees<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    file: u32,
    syntax_errors: usize,
    has_ended: bool,
}

/// One document.
pub(super) enum Tree<'t> {
    Whole(Node<'t>),
    /// It could not be read; the problem is told.
    Lost,
}

impl<'t> Trees<'t> {
    pub(super) fn new(text: &'t str, file: u32) -> Self {
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

    pub(super) fn next(&mut self, budget: &mut Budget, log: &mut Log) -> Option<Tree<'t>> {
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
            // At the top, so that it is told before the hundredth.
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

fn spot(file: u32, span: Span) -> Spot {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let offset = |marker: Marker| number(marker.byte_offset().unwrap_or_default());
    Spot {
        file,
        line: number(span.start.line()),
        column: number(span.start.col() + 1),
        start: offset(span.start),
        end: offset(span.end),
    }
}
