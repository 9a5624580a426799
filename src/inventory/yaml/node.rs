//! One value of a document with its place.

use std::borrow::Cow;
use std::rc::Rc;

use granit_parser::{Marker, Span};

use crate::inventory::problem::Spot;

/// How deep mappings and lists may nest, through aliases too.
pub(super) const DEPTH_LIMIT: usize = 64;

/// One value with its place.
#[derive(Debug)]
pub(crate) struct Node<'t> {
    pub(crate) spot: Spot,
    pub(crate) kind: Kind<'t>,
}

#[derive(Debug)]
pub(crate) enum Kind<'t> {
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
    /// A problem was recorded already: to be passed over in silence.
    Bad,
}

impl Node<'_> {
    /// The node itself, through anchors and aliases.
    pub(crate) fn seen(&self) -> &Self {
        let mut node = self;
        while let Kind::Shared(shared) = &node.kind {
            node = shared;
        }
        node
    }

    /// The text, where it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.seen().kind {
            Kind::Text { text, .. } => Some(text),
            Kind::Empty | Kind::List(_) | Kind::Map(_) | Kind::Shared(_) | Kind::Bad => None,
        }
    }
}

/// The place of what the parser met.
pub(crate) fn spot(file: u32, span: Span) -> Spot {
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
