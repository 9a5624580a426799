//! `--resume`: which run is gone on with, and what of it is known already.
//!
//! A run that was killed is gone on with as itself. One that has reports is left as it is: a new run begins with its
//! answers.

mod used;

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Failure, ReportSettings, Which};
use crate::input;
use crate::journal::{self, Header, JournalError, Mismatch, Replay};
use crate::model::{Ending, Failure as Unread, Plan, PlannedRepository, RepoId, visible_path};
use crate::output::{self, Kept, Lock};
use crate::swr::Call;

/// Why a run cannot be gone on with.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ResumeError {
    #[error("there is no unfinished run in '{}'\nhint: leave out --resume to begin one", visible_path(.folder))]
    Nothing { folder: PathBuf },
    #[error("cannot look for runs in '{}'\nhint: check its permissions, or give another --out", visible_path(.folder))]
    Folder { folder: PathBuf, source: std::io::Error },
    #[error("there is no run '{run_id}' in '{}'\nhint: {hint}", visible_path(.folder))]
    NoSuchRun {
        folder: PathBuf,
        run_id: String,
        hint: String,
    },
    #[error(
        "the run '{0}' is already finished; nothing to resume\nhint: leave out --resume to begin a new run; \
         --all-unknown asks again for what is unknown"
    )]
    Finished(String),
    #[error("the run '{0}' only judged recorded answers; nothing was asked\nhint: replay that journal again")]
    Replay(String),
    #[error(
        "the run '{0}' was merged from shards and asked nothing itself\nhint: resume the shards whose answers are missing, \
         and merge all of them again"
    )]
    Merge(String),
    #[error("cannot go on with the run '{run_id}': its journal '{}' is unreadable\nhint: leave out --resume to begin a new run", visible_path(.path))]
    Journal {
        run_id: String,
        path: PathBuf,
        source: JournalError,
    },
    #[error(
        "cannot go on with the run '{run_id}'\nhint: give what that run was given, or leave out --resume to begin a new one"
    )]
    Mismatch { run_id: String, source: Mismatch },
    #[error(
        "cannot go on with the run '{run_id}': the source '{source_name}' was asked for the account {then}, and this \
         credential is of the account {now}\nhint: give a credential of that account, or leave out --resume to begin a new run"
    )]
    OtherAccount {
        run_id: String,
        source_name: Arc<str>,
        then: Arc<str>,
        now: Arc<str>,
    },
}

/// A run that is gone on with.
#[derive(Debug)]
pub(super) struct Past {
    /// Held from the moment at which its journal was read.
    lock: Lock,
    run_id: String,
    is_partial: bool,
    replay: Replay,
    /// Whether all that its journal holds is used.
    is_whole: bool,
}

/// Finds the run, holds its folder and reads its journal.
pub(super) fn find(which: &Which, settings: &ReportSettings, all_unknown: bool) -> Result<Past, Failure> {
    let root = settings.folder.as_deref().ok_or_else(|| {
        let text =
            "--resume goes on with a run of the folder, and `--out none` has none\nhint: give the --out of that run";
        Failure::Usage(text.to_owned())
    })?;
    if !root.is_dir() {
        return Err(nothing(root).into());
    }
    let lock = Lock::take(root, which.name())?;
    let kept = choose(which, root, all_unknown)?;
    let read = |path: &Path| {
        let file = input::open_file(path)?;
        let again = file.try_clone()?;
        Replay::read_file(BufReader::new(file), again)
    };
    let replay = read(&kept.journal).map_err(|source| ResumeError::Journal {
        run_id: kept.run_id.clone(),
        path: kept.journal.clone(),
        source,
    })?;
    if replay.header().merge_of.is_some() {
        return Err(ResumeError::Merge(kept.run_id).into());
    }
    if replay.header().replay_of.is_some() {
        return Err(ResumeError::Replay(kept.run_id).into());
    }
    match &settings.run_id {
        Some(run_id) if kept.is_partial && *run_id != kept.run_id => {
            let text = format!(
                "the run '{}' is gone on with under its own id, and --run-id says '{run_id}'\nhint: leave out --run-id",
                kept.run_id
            );
            return Err(Failure::Usage(text));
        }
        Some(run_id) if !kept.is_partial => output::refuse_taken(Some(root), run_id)?,
        Some(_) | None => {}
    }
    Ok(Past {
        lock,
        run_id: kept.run_id,
        is_partial: kept.is_partial,
        replay,
        is_whole: true,
    })
}

/// Unfinished runs in a folder: how many, and the newest.
pub(super) fn unfinished(root: &Path, but: &str) -> Option<(usize, String)> {
    // Every run asks this: the finished ones, of which there may be thousands, are not opened for it.
    let partial = output::kept(root)
        .unwrap_or_default()
        .into_iter()
        .filter(|kept| kept.is_partial && kept.run_id != but);
    let mut runs = with_headers(partial);
    runs.retain(|(head, _)| head.is_of_the_service());
    runs.last().map(|(_, kept)| (runs.len(), kept.run_id.clone()))
}

fn nothing(root: &Path) -> ResumeError {
    ResumeError::Nothing {
        folder: root.to_owned(),
    }
}

/// A run that came to its end is gone on with where it is named, or where all that is unknown is asked again: whether
/// anything is left to ask is known once its journal is read.
fn choose(which: &Which, root: &Path, all_unknown: bool) -> Result<Kept, ResumeError> {
    let run_id = match which {
        Which::Newest => {
            let newest = candidates(all(root)?, all_unknown).pop();
            return newest.map(|(_, kept)| kept).ok_or_else(|| nothing(root));
        }
        Which::Run(run_id) => run_id,
    };
    let runs = all(root)?;
    let named = runs.iter().filter(|kept| kept.run_id == *run_id);
    named.max_by_key(|kept| kept.is_partial).cloned().ok_or_else(|| {
        let others: Vec<String> = candidates(runs.clone(), false)
            .into_iter()
            .map(|(_, kept)| kept.run_id)
            .collect();
        let hint = match &others[..] {
            [] => "leave out --resume to begin one; nothing there is unfinished".to_owned(),
            others => format!("unfinished there: {}", others.join(", ")),
        };
        ResumeError::NoSuchRun {
            folder: root.to_owned(),
            run_id: run_id.clone(),
            hint,
        }
    })
}

fn all(root: &Path) -> Result<Vec<Kept>, ResumeError> {
    output::kept(root).map_err(|source| ResumeError::Folder {
        folder: root.to_owned(),
        source,
    })
}

/// Those of these runs that can be gone on with, the newest last: those that were killed, and those that were stopped, or
/// came to their end where these count, and that no other run goes on with already.
fn candidates(kept: Vec<Kept>, with_ended: bool) -> Vec<(Header, Kept)> {
    let mut runs = with_headers(kept);
    let resumed: Vec<String> = runs.iter().filter_map(|(head, _)| head.resumes.clone()).collect();
    runs.retain(|(head, kept)| {
        let is_left = || !resumed.contains(&kept.run_id) && (with_ended || was_stopped(&kept.journal));
        let is_open = kept.is_partial || is_left();
        is_open && head.is_of_the_service()
    });
    runs
}

/// Those that have a journal, the newest last.
fn with_headers(runs: impl IntoIterator<Item = Kept>) -> Vec<(Header, Kept)> {
    let runs = runs.into_iter();
    let mut runs: Vec<(Header, Kept)> = runs.filter_map(|kept| Some((header(&kept.journal)?, kept))).collect();
    runs.sort_by(|(a, a_kept), (b, b_kept)| (a.started_at, a_kept).cmp(&(b.started_at, b_kept)));
    runs
}

/// `None` for what is no journal: a run that was killed before it began has none.
fn header(journal: &Path) -> Option<Header> {
    Header::read(BufReader::new(input::open_file(journal).ok()?)).ok()
}

/// Whether its last line says so; the rest of a long journal is not read for that.
fn was_stopped(journal: &Path) -> bool {
    const TAIL: u64 = 4096;
    let tail = || -> std::io::Result<Vec<u8>> {
        let mut file = input::open_file(journal)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        file.take(TAIL).read_to_end(&mut tail)?;
        Ok(tail)
    };
    let end = tail().ok().and_then(|tail| journal::last_end(&tail));
    end.is_some_and(Ending::was_stopped)
}

impl Past {
    /// Its header, and all that it learnt.
    pub(super) const fn replay(&self) -> &Replay {
        &self.replay
    }

    /// Its id.
    pub(super) fn run_id(&self) -> &str {
        &self.run_id
    }

    /// Whether it is gone on with as itself; a run with reports is gone on with as a new one.
    pub(super) const fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// Whether all that its journal holds is used.
    pub(super) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether its answers can stand for those of a run with that header.
    pub(super) fn check_fits(&self, header: &Header) -> Result<(), Failure> {
        let fits = self.replay.check_fits(header);
        fits.map_err(|source| {
            let run_id = self.run_id.clone();
            ResumeError::Mismatch { run_id, source }.into()
        })
    }

    /// How many repositories of the plan are known for good.
    pub(super) fn known(&self, plan: &Plan) -> usize {
        let known = |planned: &&PlannedRepository| self.replay.stands(&planned.id.source, &Call::rules(&planned.id));
        plan.repositories.iter().filter(known).count()
    }

    /// Whether nobody has to be asked: it had all its answers, and only its reports are missing. Where these are there,
    /// nothing is left to do.
    pub(super) fn lacks_nothing(&self, plan: &Plan) -> Result<bool, ResumeError> {
        let may_tell_more = |planned: &PlannedRepository| {
            let RepoId { source, namespace, .. } = &planned.id;
            let look = Call::namespace(namespace);
            self.replay.answer(source, &look).is_some() && !self.replay.stands(source, &look)
        };
        let may_list_more = |gap: &Option<Unread>| gap.as_ref().is_some_and(|failure| failure.class.may_pass());
        let listings = plan.namespaces.iter().filter_map(|planned| planned.listing.as_ref());
        let mut gaps = listings.map(|planned| &planned.listing.gap);
        let mut account_gaps = plan.accounts.iter().map(|account| &account.listing.gap);
        let lacks_nothing = self.replay.end() == Some(Ending::Finished)
            && !gaps.any(may_list_more)
            && !account_gaps.any(may_list_more)
            && self.known(plan) == plan.repositories.len()
            && !plan.repositories.iter().any(may_tell_more);
        if lacks_nothing && !self.is_partial {
            return Err(ResumeError::Finished(self.run_id.clone()));
        }
        Ok(lacks_nothing)
    }

    /// Gives up the folder, and what is known.
    pub(super) fn into_parts(self) -> (Lock, Replay) {
        (self.lock, self.replay)
    }
}
