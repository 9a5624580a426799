//! What is said of unfinished runs, before a run begins.

use jiff::Timestamp;

use super::parts::stamp;
use super::wording::{counted, plain};

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
}
