//! What a reader of the inventory has to know beside it, in words: what could not be seen, what that means for what is
//! written, and what an audit will report all the same.

use super::draft::{Document, Note};
use super::untold::{Few, UntoldOf};
use crate::model::{Cause, RepositoryName};

/// What stands in a source that lists only a part of the rules.
pub(super) fn of_manual_rules() -> String {
    "Rules with syncAuto=false are reported not to be listed (see listsManualRules): this file knows of none."
        .to_owned()
}

/// What stands before the namespaces of a source.
pub(super) fn of_source(document: &Document) -> Vec<String> {
    let mut told = Vec::new();
    let is_empty = document.namespaces.is_empty();
    if document.is_part && is_empty && document.gap.is_none() && document.left_out.is_empty() {
        told.push("Nothing of this source was selected, and nothing is said of it.".to_owned());
    } else if document.is_part {
        told.push("Only a part of the source was to be written down; nothing is said of the rest.".to_owned());
    }
    if let Some(why) = document.gap {
        let rest = if is_empty {
            "none is written here"
        } else {
            "only those that were called by name are here"
        };
        told.push(format!("The namespaces could not be listed ({}): {rest}.", cause(why)));
    } else if is_empty && !document.is_part {
        told.push("No namespace was listed: there is none here, or none that this credential sees.".to_owned());
    }
    if document.hidden > 0 {
        told.push(format!(
            "The account counts {} more than were listed: nothing is written of what this credential does not see.",
            counted(document.hidden)
        ));
    }
    for (name, why) in &document.left_out {
        told.push(format!(
            "Nothing is written of {name}: the list of its repositories could not be read whole ({}).",
            cause(*why)
        ));
    }
    told
}

/// What stands before a namespace.
pub(super) fn of_namespace(note: &Note) -> String {
    match note {
        Note::Empty => "No repository is in it, or none that this credential sees: its policy is a guess.".to_owned(),
        Note::Part => "Only a part of it: what was selected.".to_owned(),
        Note::NotListed(why) => format!(
            "Its repositories could not be listed ({}): none of them is known, and its policy is a guess.",
            cause(*why)
        ),
        Note::NotAllListed(why) => format!(
            "Its repositories could not all be listed ({}): there may be others, with other rules.",
            cause(*why)
        ),
        Note::Unread(why, names) => format!(
            "Rules not read ({}), so what is expected here is a guess: {}.",
            cause(*why),
            listed(names)
        ),
        Note::Duplicates(names) => format!(
            "More than one rule to one target, which an audit reports as duplicate-rule: {}.",
            listed(names)
        ),
        Note::MayBeCut(names) => format!("The list of rules may be cut, so there may be more: {}.", listed(names)),
        Note::Odd(names) => format!(
            "A rule to a place that no policy can name, which an audit reports as unexpected-rule: {}.",
            listed(names)
        ),
        Note::OddWithAWord(names) => format!(
            "A rule to a place that no policy can name, which an audit reports as unexpected-rule, info: {}.",
            listed(names)
        ),
    }
}

/// What stands before a policy that says `any`.
pub(super) fn of_policy(untold: &UntoldOf) -> impl Iterator<Item = String> {
    untold.iter().map(|(untold, of)| {
        let fields: Vec<&str> = untold.fields.iter().map(|field| field.name()).collect();
        let namespace = untold.namespace.iter().map(|name| format!("/{name}"));
        format!(
            "The service did not tell {} of the rule to {}{}, so it is any and not compared: {}.",
            fields.join(" and "),
            untold.region,
            namespace.collect::<String>(),
            of
        )
    })
}

/// `access-denied, HTTP 403`.
fn cause(why: Cause) -> String {
    let class = why.class.name();
    match why.http_status {
        // The answer was fine as such.
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
