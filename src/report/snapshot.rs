//! Words for the end of a snapshot.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::classes::{self, Subject};
use super::wording::{counted, plain};
use crate::model::{Ending, Failure, NamespaceName, RepoId, Seen, visible_path};

/// What of a source was not seen, and why.
#[derive(Debug)]
pub struct NotTold {
    /// The source's name.
    pub source: Arc<str>,
    /// What it was about.
    pub what: Unread,
    /// Why.
    pub failure: Failure,
}

/// What may not have been seen.
#[derive(Debug)]
pub enum Unread {
    /// The list of namespaces.
    Namespaces,
    /// The list of repositories of one.
    Repositories(NamespaceName),
    /// The rules of a repository.
    Rules(RepoId),
}

/// A pattern of `--only` that nothing is of.
#[derive(Debug)]
pub struct Unmatched {
    /// As it was written.
    pub pattern: String,
    /// Where it was looked for; empty: it names no source that there is.
    pub source: Arc<str>,
    /// What there is.
    pub instead: NoMatch,
}

/// What there is where a pattern matches nothing.
#[derive(Debug)]
pub enum NoMatch {
    /// These sources, none of which it names.
    Sources(Vec<Arc<str>>),
    /// These namespaces, none of which it reaches.
    Namespaces(Vec<NamespaceName>),
    /// So many repositories in the namespaces that it reaches.
    Repositories {
        /// Those namespaces.
        namespaces: Vec<NamespaceName>,
        /// What was listed in them.
        listed: usize,
    },
    /// What another pattern leaves out.
    LeftOut,
}

/// What whoever reads an inventory has to know beside it.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// What an audit of it reports all the same.
    pub reported: &'a [String],
    /// The sources that do not list rules with syncAuto=false.
    pub without_manual_rules: &'a [Arc<str>],
    /// How many flags the service did not tell.
    pub flags_not_told: usize,
}

/// What was written, what an audit of it reports all the same, and what to do with it.
pub fn last_words(seen: Seen, beside: Beside<'_>, path: Option<&Path>, code: u8) -> String {
    let reported = beside.reported;
    let place = path.map_or_else(|| "stdout".to_owned(), visible_path);
    let next = path.map_or_else(
        || "keep it in a file, and hold it against the service with `swr-audit run FILE`".to_owned(),
        |path| {
            format!(
                "read it, and hold it against the service with `swr-audit run {}`",
                visible_path(path)
            )
        },
    );
    let why = if seen.is_whole() && seen.hidden == 0 {
        if beside.without_manual_rules.is_empty() {
            "everything was seen".to_owned()
        } else {
            "everything that the service lists was seen".to_owned()
        }
    } else if seen.is_whole() {
        let more = counted_by_account(seen.hidden);
        format!("everything that was listed was read; the account counts {more} more")
    } else {
        format!("not everything was seen: {}; comments say what", unseen(seen))
    };
    let why = match seen.empty_selections {
        0 => why,
        count => format!(
            "{} nothing; {why}",
            counted(count, "pattern of --only selects", "patterns of --only select")
        ),
    };
    let mut audit = String::new();
    for line in reported {
        writeln!(audit, "audit   will report {line}").expect("a string takes everything");
    }
    if !reported.is_empty() {
        audit.push_str("audit   will end with 2 until these rules go or waivers accept them\n");
    }
    format!(
        "{}, {}\n{}{audit}report  {place}\nexit {code}  {why}\nnext    {next}\n",
        counted(seen.namespaces, "namespace", "namespaces"),
        counted(seen.repositories, "repository", "repositories"),
        notes(seen, beside),
    )
}

/// What the inventory cannot know, though nothing failed.
fn notes(seen: Seen, beside: Beside<'_>) -> String {
    let mut text = String::new();
    if seen.uncounted > 0 {
        writeln!(
            text,
            "note    {} without a total: only the last page says that a list ends there",
            counted(
                seen.uncounted,
                "list of repositories came",
                "lists of repositories came"
            )
        )
        .expect("a string takes everything");
    }
    if let [first, ..] = beside.without_manual_rules {
        let who = match beside.without_manual_rules.len() {
            1 => format!("source {}", plain(first)),
            many => format!("{many} sources"),
        };
        writeln!(
            text,
            "note    {who}: SWR may not list rules with syncAuto=false; the inventory has none"
        )
        .expect("a string takes everything");
    }
    if beside.flags_not_told > 0 {
        writeln!(
            text,
            "note    the service did not tell {}: written as any and not compared; comments name the repositories",
            counted(beside.flags_not_told, "flag", "flags")
        )
        .expect("a string takes everything");
    }
    text
}

/// That nothing was written, and why: the first reason of each source, and what to do about it.
pub fn nothing_written(ending: Ending, why: &[NotTold]) -> String {
    match ending {
        Ending::Signal(_) => {
            return format!(
                "no inventory was written: interrupted before everything was seen\nnext    {}\n",
                classes::SAME_AGAIN
            );
        }
        // Why there is none was said when it was looked for.
        Ending::NoCredential => return "error: no inventory was written: there is no credential\n".to_owned(),
        Ending::Refused | Ending::Finished | Ending::Deadline(_) => {}
    }
    let mut text = "error: no inventory was written: nothing could be read\n".to_owned();
    text.push_str(&reasons(why));
    text
}

/// Why something was not read: of each source the first reason, and what to do about it.
pub fn reasons(why: &[NotTold]) -> String {
    let mut text = String::new();
    for not_told in why {
        let (message, steps) = told(not_told);
        let Failure {
            http_status, evidence, ..
        } = &not_told.failure;
        let request = classes::request(*http_status, evidence.request_id.as_deref());
        writeln!(text, "source {}: {message}{request}", plain(&not_told.source)).expect("a string takes everything");
        for step in steps {
            writeln!(text, "hint: {step}").expect("a string takes everything");
        }
    }
    text
}

/// That nothing was written, because nothing was selected.
pub fn nothing_selected(unmatched: &[Unmatched]) -> String {
    let mut text = "error: no inventory was written: --only selects nothing\n".to_owned();
    for one in unmatched {
        writeln!(text, "{}", no_match(one)).expect("a string takes everything");
    }
    text.push_str("hint: correct the pattern; without --only, all that this credential sees is written down\n");
    text
}

/// That there is nothing in these sources, which is what a wrong region or account looks like.
pub fn nothing_there<'s>(sources: impl Iterator<Item = &'s Arc<str>>) -> String {
    let line = |name| {
        let name = plain(name);
        format!("warning: source {name}: no namespace was listed; check the region and the account\n")
    };
    sources.map(|name| line(name)).collect()
}

/// That some of what was wanted is not there.
pub fn matches_nothing(unmatched: &[Unmatched]) -> String {
    let line = |one: &Unmatched| format!("warning: {}\n", no_match(one));
    unmatched.iter().map(line).collect()
}

fn no_match(unmatched: &Unmatched) -> String {
    let pattern = plain(&unmatched.pattern);
    let of_source = format!("source {}: {pattern}", plain(&unmatched.source));
    match &unmatched.instead {
        NoMatch::Sources(names) => format!(
            "{pattern} matches none of {}: {}",
            counted(names.len(), "source", "sources"),
            few(names.iter().map(|name| &**name))
        ),
        NoMatch::Namespaces(names) if names.is_empty() => {
            format!("{of_source} matches nothing: no namespace was listed; check the region and the account")
        }
        NoMatch::Namespaces(names) => format!(
            "{of_source} matches none of {}: {}",
            counted(names.len(), "namespace", "namespaces"),
            few(names.iter().map(NamespaceName::as_str))
        ),
        NoMatch::Repositories { namespaces, listed } => format!(
            "{of_source} selects none of {} in {}",
            counted(*listed, "repository", "repositories"),
            few(namespaces.iter().map(NamespaceName::as_str))
        ),
        NoMatch::LeftOut => format!("{of_source} selects nothing: what it matches is left out"),
    }
}

/// The first few of the names, and how many more there are.
fn few<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 10;
    let count = names.len();
    let shown: Vec<String> = names.take(SHOWN).map(plain).collect();
    match count - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn counted_by_account(repositories: u64) -> String {
    let noun = if repositories == 1 {
        "repository"
    } else {
        "repositories"
    };
    format!("{repositories} {noun}")
}

fn told(not_told: &NotTold) -> (String, Vec<String>) {
    let failure = &not_told.failure;
    let namespace = match &not_told.what {
        Unread::Namespaces => None,
        Unread::Repositories(namespace) => Some(namespace),
        Unread::Rules(id) => {
            let subject = Subject {
                name: &id.to_string(),
                count: 1,
                target: None,
                field: None,
                was_asked: true,
            };
            let message = classes::message(subject, failure.class, Some(failure));
            return (message, classes::remediation(failure.class, Some(failure)));
        }
    };
    (classes::gap(namespace, failure), classes::gap_remediation(failure))
}

fn unseen(seen: Seen) -> String {
    let parts = [
        (
            seen.blind,
            "source of which nothing was read",
            "sources of which nothing was read",
        ),
        (seen.gaps, "list not read in full", "lists not read in full"),
        (seen.unread, "repository not read", "repositories not read"),
        (
            seen.cut,
            "list of rules that may be cut",
            "lists of rules that may be cut",
        ),
    ];
    let told = parts.into_iter().filter(|(count, ..)| *count > 0);
    let told: Vec<String> = told.map(|(count, one, many)| counted(count, one, many)).collect();
    told.join(", ")
}
