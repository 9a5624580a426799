//! The map: audited regions on the left, their targets on the right, and what is wrong on the way. The table beside it says
//! the same and all of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::wording::counted;
use super::regions::{Region, Route};
use crate::model::visible;

/// More lines than that are a tangle.
const LINES: usize = 12;
/// As many characters fit into a node.
const NAME: usize = 17;
const WIDTH: usize = 136;
const HEIGHT: usize = 44;
const STEP: usize = 64;
const RIGHT: usize = 480 - WIDTH - 1;

/// A drawing in a box 480 wide.
pub(super) struct Map<'a> {
    pub(super) height: usize,
    pub(super) label: String,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) lines: Vec<Line>,
    pub(super) left_out: usize,
}

/// A region.
pub(super) struct Node<'a> {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) name: Cow<'a, str>,
    pub(super) note: String,
}

/// A route.
pub(super) struct Line {
    pub(super) word: &'static str,
    pub(super) path: String,
    pub(super) width: &'static str,
    /// The middle of its count.
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) count: usize,
}

impl Map<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// The worst routes, drawn.
pub(super) fn map<'a>(routes: &[Route<'a>], regions: &[Region<'a>]) -> Map<'a> {
    let drawn = &routes[..routes.len().min(LINES)];
    let (left, right) = (column(drawn, |route| route.from), column(drawn, |route| route.to));
    let rows = left.len().max(right.len());
    let height = (rows * STEP).max(STEP) - (STEP - HEIGHT) + 2;
    // The shorter column stands in the middle of the longer one.
    let top = |column: usize, at: usize| 1 + (rows - column) * STEP / 2 + at * STEP;
    let mut nodes = Vec::new();
    for (name, &at) in &left {
        let repositories = regions.iter().find(|region| region.name == *name);
        nodes.push(Node {
            x: 1,
            y: top(left.len(), at),
            name: short(name),
            note: counted(
                repositories.map_or(0, |region| region.repositories),
                "repository",
                "repositories",
            ),
        });
    }
    for (name, &at) in &right {
        let to = routes.iter().filter(|route| route.to == *name);
        let open: usize = to.map(|route| route.findings + route.unknowns).sum();
        nodes.push(Node {
            x: RIGHT,
            y: top(right.len(), at),
            name: short(name),
            note: format!("{open} open"),
        });
    }
    let lines = drawn
        .iter()
        .map(|route| {
            let from = top(left.len(), left[route.from]) + HEIGHT / 2;
            let to = top(right.len(), right[route.to]) + HEIGHT / 2;
            let count = route.findings + route.unknowns;
            // Three fifths of the way, where lines of one source are apart already.
            Line {
                word: route.word,
                path: format!("M{} {from}C{} {from} {} {to} {RIGHT} {to}", WIDTH + 1, 240, 240),
                width: width(count),
                x: 262,
                y: (from * 2 + to * 5) / 7,
                count,
            }
        })
        .collect();
    Map {
        height,
        label: format!("Map of {} with open findings", counted(routes.len(), "route", "routes")),
        nodes,
        lines,
        left_out: routes.len() - drawn.len(),
    }
}

/// The regions of one side in the order in which the routes first name them.
fn column<'a>(routes: &[Route<'a>], name: impl Fn(&Route<'a>) -> &'a str) -> BTreeMap<&'a str, usize> {
    let mut column = BTreeMap::new();
    for route in routes {
        let next = column.len();
        column.entry(name(route)).or_insert(next);
    }
    column
}

const fn width(count: usize) -> &'static str {
    match count {
        0..=2 => "1.5",
        3..=20 => "2.5",
        21..=200 => "4",
        _ => "6",
    }
}

/// As much of a name as fits, cut where all of it is seen.
fn short(name: &str) -> Cow<'_, str> {
    let shown = visible(name);
    if shown.chars().count() <= NAME {
        return shown;
    }
    let mut cut: String = shown.chars().take(NAME - 1).collect();
    cut.push('…');
    cut.into()
}
