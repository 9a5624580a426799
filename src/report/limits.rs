//! Words for what no run could have seen.

use std::sync::Arc;

use super::classes;
use super::document::LimitEntry;
use super::wording::counted;
use crate::model::{Blindness, Limit, ListingDoubt, MissingShards, NamespaceName};

/// A limit with its words.
pub(super) fn entry(limit: &Limit) -> LimitEntry {
    LimitEntry {
        code: limit.blindness.code().into(),
        source: Arc::clone(&limit.source),
        message: sentence(&limit.blindness),
    }
}

/// What this run could not have seen, in a user's words.
pub(super) fn sentence(blindness: &Blindness) -> String {
    match blindness {
        Blindness::ListMayBeCut(count) => format!(
            "{} rules may be cut: exactly 100 rules came, which is where SWR cuts, or the answer hints at more",
            counted(*count, "list of", "lists of")
        ),
        Blindness::ListingUnconfirmed(namespace, doubt) => unconfirmed(namespace.as_ref(), doubt),
        Blindness::OutsideSelection(count) => {
            let left_out = match parts(count.repositories, count.namespaces, 0) {
                nothing if nothing.is_empty() => "--only was given".to_owned(),
                parts => format!("{parts} left out by --only"),
            };
            format!(
                "{left_out}: the rest is not covered, nor are unlisted names, empty patterns, unused waivers, and loops \
                 and races with repositories outside"
            )
        }
        Blindness::OutsideShard(0) => {
            "unlisted names, empty patterns and unused waivers are left to `merge`".to_owned()
        }
        Blindness::OutsideShard(count) => format!(
            "{} left to other shards, and unlisted names, empty patterns and unused waivers are left to `merge`",
            counted(*count, "repository", "repositories")
        ),
        Blindness::ShardMissing(missing) => {
            format!("{} missing: what only they could answer is unknown", shards(missing))
        }
        Blindness::ShardsOfSeveralRuns { first, last } => format!(
            "the shards have different run ids and started between {first} and {last}: one of them may be of an earlier \
             audit; give all of them one --run-id"
        ),
        Blindness::ManualRulesHidden => {
            "SWR may not list rules with syncAuto=false, so \"no other rules\" covers automatic rules only".to_owned()
        }
        Blindness::NamespaceUnconfirmed(namespace, failure) => format!(
            "could not confirm that the namespace {namespace} exists{}: its missing repositories may be one missing \
             namespace",
            classes::facts(failure)
        ),
        Blindness::SkippedNotChecked {
            repositories,
            namespaces,
            patterns,
        } => format!(
            "{} skipped by the inventory and not checked",
            parts(*repositories, *namespaces, *patterns)
        ),
        Blindness::AccountUnconfirmed(expected) => format!(
            "neither SWR nor IAM nor STS said whose credential it is: that it is one of the account {expected} (`accountId`) was \
             not confirmed"
        ),
        Blindness::UnlistedNotSearched => {
            "repositories that the inventory does not name were not searched for".to_owned()
        }
    }
}

fn unconfirmed(namespace: Option<&NamespaceName>, doubt: &ListingDoubt) -> String {
    let what = classes::list_of(namespace);
    match doubt {
        ListingDoubt::Empty => format!(
            "{what} is empty although the namespace exists: it holds nothing, or nothing that this credential may see"
        ),
        ListingDoubt::Failed(failure) => format!(
            "{what} could not be read in full{}: names that only it shows were not checked",
            classes::facts(failure)
        ),
        ListingDoubt::Uncounted => format!("{what} came without a total, so only its last page shows where it ends"),
        ListingDoubt::Fewer { listed, counted } => format!(
            "the lists show {listed} of the account's {counted} repositories; the others are not visible to this credential \
             or missing from the lists"
        ),
    }
}

/// `3 repositories, 1 namespace and 2 patterns`.
fn parts(repositories: usize, namespaces: usize, patterns: usize) -> String {
    let parts = [
        (repositories, "repository", "repositories"),
        (namespaces, "namespace", "namespaces"),
        (patterns, "pattern", "patterns"),
    ];
    let told = parts.into_iter().filter(|(count, ..)| *count > 0);
    let told: Vec<String> = told.map(|(count, one, many)| counted(count, one, many)).collect();
    match told.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        Some(_) | None => told.concat(),
    }
}

/// `shard 3 of 8 is`, `shards 2 and 5 to 7 of 8 are`.
fn shards(shards: &MissingShards) -> String {
    /// More would be read by nobody.
    const SHOWN: usize = 20;
    let run = |&(first, last): &(u32, u32)| match last - first {
        0 => vec![first.to_string()],
        1 => vec![first.to_string(), last.to_string()],
        _ => vec![format!("{first} to {last}")],
    };
    let mut told: Vec<String> = shards.runs.iter().take(SHOWN).flat_map(run).collect();
    if shards.runs.len() > SHOWN {
        told.push("more".to_owned());
    }
    let list = match told.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        Some(_) | None => told.concat(),
    };
    let (noun, verb) = if shards.len() == 1 {
        ("shard", "is")
    } else {
        ("shards", "are")
    };
    format!("{noun} {list} of {} {verb}", shards.count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::wording::plain;

    #[test]
    fn a_sentence_that_quotes_nobody_fits_on_the_console() {
        let many = 1_000_000;
        let selected = crate::model::LeftOutCount {
            repositories: many,
            namespaces: many,
        };
        for blindness in [
            Blindness::ListMayBeCut(many),
            Blindness::ManualRulesHidden,
            Blindness::OutsideSelection(selected),
            Blindness::OutsideShard(many),
            Blindness::SkippedNotChecked {
                repositories: many,
                namespaces: many,
                patterns: many,
            },
            Blindness::UnlistedNotSearched,
            Blindness::ListingUnconfirmed(
                None,
                ListingDoubt::Fewer {
                    listed: 1_000_000,
                    counted: 1_000_001,
                },
            ),
        ] {
            let told = sentence(&blindness);
            assert_eq!(plain(&told), told);
        }
    }

    #[test]
    fn shards_are_named_by_their_numbers() {
        for (runs, expected) in [
            (&[(3, 3)][..], "shard 3 of 8 is"),
            (&[(3, 4)], "shards 3 and 4 of 8 are"),
            (&[(1, 1), (3, 5), (7, 8)], "shards 1, 3 to 5, 7 and 8 of 8 are"),
        ] {
            let runs = runs.to_vec();
            assert_eq!(shards(&MissingShards { runs, count: 8 }), expected);
        }
        let many = MissingShards::between((1..1000).map(|index| index * 2), 2000);
        assert!(
            shards(&many).ends_with("37, 39 and more of 2000 are"),
            "{}",
            shards(&many)
        );
    }
}
