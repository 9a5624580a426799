//! Events into nodes, with an explicit stack and a budget.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, ScalarStyle, Span, Tag};

use super::node::{DEPTH_LIMIT, Kind, Node, spot};
use crate::inventory::problem::{Draft, Log, Spot, mask, quoted};

/// How many values one run may hold, those behind aliases counted each time.
pub(super) const NODE_LIMIT: usize = 2_000_000;

/// What an anchor costs beside its node: a person writes a handful.
const ANCHOR_COST: usize = 10;

/// What is left of [`NODE_LIMIT`].
#[derive(Debug)]
pub(crate) struct Budget(usize);

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

pub(super) struct Exhausted;

/// Builds one document with an explicit stack.
pub(super) struct Builder<'t> {
    file: u32,
    open: Vec<Open<'t>>,
    anchors: HashMap<usize, Anchored<'t>>,
    pub(crate) root: Option<Node<'t>>,
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
    pub(crate) fn new(file: u32) -> Self {
        Self {
            file,
            open: Vec::new(),
            anchors: HashMap::new(),
            root: None,
        }
    }

    pub(crate) fn take(
        &mut self,
        event: Event<'t>,
        span: Span,
        budget: &mut Budget,
        log: &mut Log,
    ) -> Result<(), Exhausted> {
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
                        format!(
                            "quote it where it is a pattern: {}; or write {} where the value stands first",
                            quoted(&format!("\"*{name}\"")),
                            quoted(&format!("&{name}"))
                        ),
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
                    if key.as_text().is_some_and(mask::hides_its_value) {
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
