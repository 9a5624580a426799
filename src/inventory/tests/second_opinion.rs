//! A reader from another family has to see the same trees.

use proptest::prelude::*;
use yaml_serde::Value as Other;

use super::*;
use crate::inventory::yaml::{Budget, Kind, Node, Tree, Trees};

/// The one document of a text, where nothing is wrong with it as YAML.
fn tree(text: &str) -> Option<Node<'_>> {
    let mut log = Log::default();
    let mut budget = Budget::default();
    let mut trees = Trees::new(text, 0);
    let first = trees.next(&mut budget, &mut log);
    let second = trees.next(&mut budget, &mut log);
    match (first, second) {
        (Some(Tree::Whole(node)), None) if log.is_empty() => Some(node),
        _ => None,
    }
}

fn is_same(node: &Node<'_>, other: &Other) -> bool {
    match (&node.seen().kind, other) {
        (Kind::Empty, other) => other.is_null(),
        (Kind::Text { text, is_plain }, Other::String(other)) => &**text == other || *is_plain && text.trim() == other,
        // What a bare text is taken for is not judged by the tree.
        (Kind::Text { is_plain, .. }, Other::Bool(_) | Other::Number(_) | Other::Null) => *is_plain,
        (Kind::List(items), Other::Sequence(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(item, other)| is_same(item, other))
        }
        (Kind::Map(pairs), Other::Mapping(others)) => {
            pairs.len() == others.len()
                && pairs
                    .iter()
                    .zip(others)
                    .all(|((key, value), (other_key, other))| is_same(key, other_key) && is_same(value, other))
        }
        _ => false,
    }
}

#[test]
fn sound_files_read_the_same() {
    for text in [
        SOUND,
        &SOUND.replace('\n', "\r\n"),
        "{\"a\": [1, \"x\\u00e4\\n\", null, true], \"b\": {}}",
        "a: &x [one, 'it''s', \"two\\tthree\"]\nb: *x\nc: >-\n  folded\n  text\nd: |\n  kept\n   as is\n",
        "? a\n: - b\n  - c: d\n    e:\nf: ~\n",
        "a: b # c\n# d\n'e # f': 'g'\n",
    ] {
        let node = tree(text).unwrap_or_else(|| panic!("not read: {text}"));
        let other = yaml_serde::from_str(text).expect("valid");
        assert!(is_same(&node, &other), "{text}\n{node:?}\n{other:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Where both read a broken inventory at all, they read the same.
    #[test]
    fn mutated_inventories_read_the_same(
        at in proptest::collection::vec((0..SOUND.len(), 0..12_usize, "[-a-z:{}\\[\\], \\n'\"#|>]{0,4}"), 1..4),
    ) {
        let mut text = SOUND.to_owned();
        for (start, length, with) in at {
            let start = start.min(text.len());
            let end = (start + length).min(text.len());
            text.replace_range(start..end, &with);
        }
        if let (Some(node), Ok(other)) = (tree(&text), yaml_serde::from_str::<Other>(&text)) {
            prop_assert!(is_same(&node, &other), "{text}\n{node:?}\n{other:?}");
        }
    }
}
