//! YAML text into trees of nodes with their places. The only folder that knows the parser.
//!
//! Aliases stay references and are counted, so nothing is ever copied.

mod build;
mod node;
mod syntax;
mod trees;

pub(super) use self::build::Budget;
pub(super) use self::node::{Kind, Node};
pub(super) use self::trees::{Tree, Trees};
