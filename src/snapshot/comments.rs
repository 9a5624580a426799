//! The comments of the inventory: what could not be seen, what that means for what is written, and what an audit will report
//! all the same.

use super::draft::{DraftDocument, Note};
use super::unreported::{Few, UnreportedFlags};
use crate::model::{Cause, RepositoryName};

/// In a source that may list only some of the rules.
pub(super) fn of_manual_rules() -> String {
    "SWR may not list rules with syncAuto=false (see listsManualRules), so this file has none of them.".to_owned()
}

/// Before the namespaces of a source.
pub(super) fn of_source(document: &DraftDocument) -> Vec<String> {
    let mut comments = Vec::new();
    let is_empty = document.namespaces.is_empty();
    if document.is_part && is_empty && document.gap.is_none() && document.left_out.is_empty() {
        comments.push("Nothing in this source was selected, so this file does not cover it.".to_owned());
    } else if document.is_part {
        comments.push("Only a part of the source was selected; this file does not cover the rest.".to_owned());
    }
    if let Some(why) = document.gap {
        let rest = if is_empty {
            "this file has none"
        } else {
            "this file has only those that were selected by name"
        };
        comments.push(format!("The namespaces could not be listed ({}): {rest}.", cause(why)));
    } else if is_empty && !document.is_part {
        comments.push("No namespace was listed: there is none, or this credential can see none.".to_owned());
    }
    if document.hidden > 0 {
        comments.push(format!(
            "The account counts {} more than were listed: this credential cannot see them, and this file does not cover \
             them.",
            counted(document.hidden)
        ));
    }
    for (name, why) in &document.left_out {
        comments.push(format!(
            "This file does not cover {name}: its list of repositories could not be read completely ({}).",
            cause(*why)
        ));
    }
    comments
}

/// Before a namespace.
pub(super) fn of_namespace(note: &Note) -> String {
    match note {
        Note::Empty => "It is empty, or this credential can see nothing in it: its policy is a guess.".to_owned(),
        Note::Part => "Only the selected part of it.".to_owned(),
        Note::NotListed(why) => format!(
            "Its repositories could not be listed ({}), so its policy is a guess.",
            cause(*why)
        ),
        Note::NotAllListed(why) => format!(
            "Not all of its repositories could be listed ({}): there may be others, with other rules.",
            cause(*why)
        ),
        Note::Unread(why, names) => format!(
            "Rules could not be read ({}), so what is expected here is a guess: {}.",
            cause(*why),
            listed(names)
        ),
        Note::Duplicates(names) => format!(
            "Several rules for one target, which an audit reports as duplicate-rule: {}.",
            listed(names)
        ),
        Note::MayBeCut(names) => format!(
            "The list of rules may be cut, so there may be more rules: {}.",
            listed(names)
        ),
        Note::Odd(names) => format!(
            "A rule for a target that no policy can name, which an audit reports as unexpected-rule: {}.",
            listed(names)
        ),
        Note::OddAsInfo(names) => format!(
            "A rule for a target that no policy can name, which an audit reports as unexpected-rule, info: {}.",
            listed(names)
        ),
    }
}

/// Before a policy that has `any` where a flag was not reported.
pub(super) fn of_policy(flags: &UnreportedFlags) -> impl Iterator<Item = String> {
    flags.iter().map(|(flags, repositories)| {
        let fields: Vec<&str> = flags.fields.iter().map(|field| field.name()).collect();
        let namespace = flags.namespace.iter().map(|name| format!("/{name}"));
        format!(
            "The service did not report {} of the rule for {}{}, so `any` is expected: {}.",
            fields.join(" and "),
            flags.region,
            namespace.collect::<String>(),
            repositories
        )
    })
}

/// `access-denied, HTTP 403`.
fn cause(why: Cause) -> String {
    let class = why.class.name();
    match why.http_status {
        // The answer itself was fine.
        Some(200..300) | None => class.to_owned(),
        Some(status) => format!("{class}, HTTP {status}"),
    }
}

fn counted(repositories: u64) -> String {
    match repositories {
        1 => "1 repository".to_owned(),
        many => format!("{many} repositories"),
    }
}

fn listed(names: &[RepositoryName]) -> String {
    let mut few = Few::default();
    for name in names {
        few.add(|| name.to_string());
    }
    few.to_string()
}
