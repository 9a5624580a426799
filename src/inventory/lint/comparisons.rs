//! How much work the warnings may take.

/// How often patterns of regions are held against each other, and waivers against namespaces: a hostile file has a hundred
/// in each of thousands of policies, and no person's comes near.
pub(super) const COMPARISONS: usize = 1_000_000;
