//! YAML text into a tree of nodes with their places. The only file that knows the parser.
//!
//! Aliases stay references and are counted, so nothing is ever copied; a syntax error costs its document only.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag, options};

use super::mask;
use super::problem::{Draft, Log, Spot};
use super::words::quoted;

/// How deep mappings and lists may nest, through aliases too.
const DEPTH_LIMIT: usize = 64;

/// How many values one run may hold, those behind aliases counted each time.
const NODE_LIMIT: usize = 2_000_000;

/// What an anchor costs beside its node: a person writes a handful.
const ANCHOR_COST: usize = 10;

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

/// What is left of [`NODE_LIMIT`].
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(NODE_LIMIT)
    }
}

impl Budget {
    fn spend(&mut self, nodes: usize) -> Result<(), Exhausted> {
        self.0 = self.0.checked_sub(nodes).ok_or(Exhausted)?;
        Ok(())
    }

    fn spend_on(&mut self, anchor: usize) -> Result<(), Exhausted> {
        self.spend(if anchor == 0 { 1 } else { 1 + ANCHOR_COST })
    }
}

struct Exhausted;

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
        let mut at = spot(self.file, Span::empty(*error.marker()));
        if matches!(error.kind(), ErrorKind::TabInPlainScalar) {
            at = next_tab(self.text, at);
        }
        log.report(at, || syntax_problem(error));
        self.syntax_errors += 1;
        if self.syntax_errors == SYNTAX_ERROR_LIMIT {
            log.report(Spot::whole_file(self.file), || {
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

fn syntax_problem(error: &ScanError) -> Draft {
    let (message, remedy) = match error.kind() {
        ErrorKind::TabInIndentation | ErrorKind::TabInBlockIndentation | ErrorKind::TabInPlainScalar => {
            ("a tab stands in the indentation".to_owned(), "indent with blanks")
        }
        ErrorKind::DirectiveDisallowed => ("directives are not read".to_owned(), "remove the line"),
        ErrorKind::RecursionLimitExceeded => (format!("nested deeper than {DEPTH_LIMIT} levels"), "write it flatter"),
        ErrorKind::MissingAnchorOrAliasName => (
            "a bare `*` or `&` is an alias or anchor in YAML".to_owned(),
            "quote the pattern: `\"*\"`",
        ),
        _ => (
            format!("not valid YAML: {}", error.info()),
            "correct the syntax here or just above",
        ),
    };
    Draft::new(message, remedy)
}

/// The parser tells where the text began that the tab ended.
fn next_tab(text: &str, from: Spot) -> Spot {
    let start = from.start as usize;
    let Some(length) = text.get(start..).and_then(|rest| rest.find('\t')) else {
        return from;
    };
    let before = &text[start..start + length];
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let column = match before.rsplit_once('\n') {
        Some((_, last_line)) => 1 + number(last_line.chars().count()),
        None => from.column + number(before.chars().count()),
    };
    Spot {
        line: from.line + number(before.matches('\n').count()),
        column,
        start: number(start + length),
        end: number(start + length + 1),
        ..from
    }
}

/// Builds one document with an explicit stack.
struct Builder<'t> {
    file: u32,
    open: Vec<Open<'t>>,
    anchors: HashMap<usize, Anchored<'t>>,
    root: Option<Node<'t>>,
}

/// A list or mapping that has not ended.
struct Open<'t> {
    spot: Spot,
    anchor: usize,
    items: Items<'t>,
    size: Size,
    is_bad: bool,
}

enum Items<'t> {
    List(Vec<Node<'t>>),
    Map(Vec<(Node<'t>, Node<'t>)>, Option<Node<'t>>),
}

/// A node with all that is below it, aliases followed.
#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    depth: usize,
}

struct Anchored<'t> {
    node: Rc<Node<'t>>,
    size: Size,
}

const LEAF: Size = Size { nodes: 1, depth: 0 };

impl<'t> Builder<'t> {
    fn new(file: u32) -> Self {
        Self {
            file,
            open: Vec::new(),
            anchors: HashMap::new(),
            root: None,
        }
    }

    fn take(&mut self, event: Event<'t>, span: Span, budget: &mut Budget, log: &mut Log) -> Result<(), Exhausted> {
        let spot = spot(self.file, span);
        match event {
            Event::DocumentStart(..) => budget.spend(1)?,
            Event::Scalar(text, style, anchor, tag) => {
                budget.spend_on(anchor)?;
                let kind = if is_tagged(tag.as_deref(), spot, log) {
                    Kind::Bad
                } else {
                    scalar(text, style)
                };
                self.close(Node { spot, kind }, anchor, LEAF, log);
            }
            Event::SequenceStart(_, anchor, tag) => {
                budget.spend_on(anchor)?;
                let is_bad = is_tagged(tag.as_deref(), spot, log);
                self.start(spot, anchor, Items::List(Vec::new()), is_bad);
            }
            Event::MappingStart(_, anchor, tag) => {
                budget.spend_on(anchor)?;
                let is_bad = is_tagged(tag.as_deref(), spot, log);
                self.start(spot, anchor, Items::Map(Vec::new(), None), is_bad);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(spot, log),
            Event::Alias(anchor) => self.alias(anchor, spot, budget, log)?,
            Event::UnresolvedAlias(name) => {
                budget.spend(1)?;
                log.report(spot, || {
                    Draft::new(
                        format!(
                            "a bare `*` is an alias in YAML, and there is no anchor {}",
                            quoted(&name)
                        ),
                        format!("quote the pattern: {}", quoted(&format!("\"*{name}\""))),
                    )
                });
                self.close(Node { spot, kind: Kind::Bad }, 0, LEAF, log);
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, spot: Spot, anchor: usize, items: Items<'t>, is_bad: bool) {
        self.open.push(Open {
            spot,
            anchor,
            items,
            size: Size { nodes: 1, depth: 1 },
            is_bad,
        });
    }

    fn end(&mut self, end: Spot, log: &mut Log) {
        let Some(open) = self.open.pop() else { return };
        let kind = match open.items {
            _ if open.is_bad => Kind::Bad,
            // Most lists and mappings are shorter than what a vector takes for its first item.
            Items::List(mut items) => {
                items.shrink_to_fit();
                Kind::List(items)
            }
            Items::Map(mut pairs, _) => {
                pairs.shrink_to_fit();
                Kind::Map(pairs)
            }
        };
        let spot = Spot {
            end: end.end.max(open.spot.end),
            ..open.spot
        };
        self.close(Node { spot, kind }, open.anchor, open.size, log);
    }

    fn alias(&mut self, anchor: usize, spot: Spot, budget: &mut Budget, log: &mut Log) -> Result<(), Exhausted> {
        let (kind, size) = match self.anchors.get(&anchor) {
            None => {
                log.report(spot, || {
                    Draft::new(
                        "the alias stands inside the node that it refers to",
                        "write the value itself",
                    )
                });
                (Kind::Bad, LEAF)
            }
            Some(anchored) if self.open.len() + anchored.size.depth > DEPTH_LIMIT => {
                log.report(spot, || {
                    Draft::new(
                        format!("through this alias, nested deeper than {DEPTH_LIMIT} levels"),
                        "write it flatter",
                    )
                });
                (Kind::Bad, LEAF)
            }
            Some(anchored) => (Kind::Shared(Rc::clone(&anchored.node)), anchored.size),
        };
        budget.spend(size.nodes)?;
        self.close(Node { spot, kind }, 0, size, log);
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, mut node: Node<'t>, anchor: usize, size: Size, log: &mut Log) {
        if anchor != 0 {
            let shared = Rc::new(node);
            node = Node {
                spot: shared.spot,
                kind: Kind::Shared(Rc::clone(&shared)),
            };
            self.anchors.insert(anchor, Anchored { node: shared, size });
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        open.size.nodes = open.size.nodes.saturating_add(size.nodes);
        open.size.depth = open.size.depth.max(size.depth + 1);
        match &mut open.items {
            Items::List(items) => items.push(node),
            Items::Map(pairs, key) => match key.take() {
                None => *key = Some(node),
                Some(key) => {
                    if key.as_text().is_some_and(mask::names_a_secret) {
                        log.hide(node.spot);
                        if let Kind::Shared(shared) = &node.kind {
                            log.hide(shared.spot);
                        }
                    }
                    pairs.push((key, node));
                }
            },
        }
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Kind<'_> {
    let is_plain = style == ScalarStyle::Plain;
    if is_plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") {
        Kind::Empty
    } else {
        Kind::Text { text, is_plain }
    }
}

fn is_tagged(tag: Option<&Tag>, spot: Spot, log: &mut Log) -> bool {
    if let Some(tag) = tag {
        log.report(spot, || {
            Draft::new(
                format!("the tag {} is not read", quoted(&tag.original())),
                "remove the tag; quote the value where it is text",
            )
        });
    }
    tag.is_some()
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
