//! What is said of unfinished runs, before a run begins.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::parts::stamp;
use super::wording::{counted, duration, plain};

/// Which run is gone on with, and what of it is known already.
pub fn going_on(run_id: &str, started_at: Timestamp, known: usize, missing: usize) -> String {
    let rest = match missing {
        0 => "nothing is missing".to_owned(),
        missing => format!("{missing} to ask"),
    };
    let known = counted(known, "repository is", "repositories are");
    format!(
        "going on with run {} of {}: {known} known, {rest}\n",
        plain(run_id),
        stamp(started_at)
    )
}

/// Answers of a run that are not used, and so are asked for again.
#[derive(Debug)]
pub struct Unused {
    /// How many are too old, or from the future.
    pub by_age: usize,
    /// How old they may be.
    pub max_age: Duration,
    /// How many came to another caller, of each source.
    pub by_caller: Vec<(Arc<str>, usize)>,
}

/// How many answers are not used, and why; nothing where all are.
pub fn unused(run_id: &str, unused: &Unused) -> String {
    let run_id = plain(run_id);
    let line = |count: usize, why: &str| match count {
        0 => String::new(),
        1 => format!("note: 1 answer of run {run_id} is asked for again: {why}\n"),
        count => format!("note: {count} answers of run {run_id} are asked for again: {why}\n"),
    };
    let why = format!("older than {}, or from the future", duration(unused.max_age));
    let mut text = line(unused.by_age, &why);
    for (source, count) in &unused.by_caller {
        let why = format!(
            "source {} was asked with another credential, perhaps for another account",
            plain(source)
        );
        text += &line(*count, &why);
    }
    text
}

/// That a folder holds runs that did not come to their end; `newest` is one of them.
pub fn unfinished(folder: &str, newest: &str, count: usize) -> String {
    let newest = plain(newest);
    let remedy = "`--resume` in place of a new run goes on with it";
    match count {
        1 => format!("note: run {newest} in {folder} is unfinished: {remedy}\n"),
        count => format!("note: {count} runs in {folder} are unfinished, the newest is {newest}: {remedy}\n"),
    }
}

/// What to do about reports that could not be written, where answers are safe: all, or those that the journal had room for.
pub fn unpublished(partial: &str, run_id: &str, is_journal_whole: bool) -> String {
    let kept = if is_journal_whole {
        "every answer is kept"
    } else {
        "what there was room for is kept"
    };
    format!(
        "next    make room for the reports, and run the same command with `--resume {run_id}`: {kept} in {partial}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_not_said_of_what_is_lost() {
        assert!(unpublished("r/.partial-a", "a", true).contains("every answer is kept in r/.partial-a"));
        assert!(!unpublished("r/.partial-a", "a", false).contains("every"));
    }

    #[test]
    fn one_and_several() {
        let told = going_on("r1", Timestamp::UNIX_EPOCH, 1, 2);
        assert_eq!(
            told,
            "going on with run r1 of 1970-01-01T00:00:00Z: 1 repository is known, 2 to ask\n"
        );
        assert!(
            going_on("r1", Timestamp::UNIX_EPOCH, 3, 0).ends_with("3 repositories are known, nothing is missing\n")
        );
        assert!(unfinished("reports", "r1", 1).starts_with("note: run r1 in reports is unfinished: "));
        assert!(
            unfinished("reports", "r2", 2).starts_with("note: 2 runs in reports are unfinished, the newest is r2: ")
        );
    }

    #[test]
    fn what_is_asked_again_is_said_with_its_reason() {
        let all = Unused {
            by_age: 2,
            max_age: Duration::from_hours(24),
            by_caller: vec![("main".into(), 1), ("other".into(), 0)],
        };
        assert_eq!(
            unused("r1", &all),
            "note: 2 answers of run r1 are asked for again: older than 24h, or from the future\n\
             note: 1 answer of run r1 is asked for again: source main was asked with another credential, perhaps for \
             another account\n"
        );
        let nothing = Unused {
            by_age: 0,
            by_caller: Vec::new(),
            ..all
        };
        assert_eq!(unused("r1", &nothing), "");
    }
}
