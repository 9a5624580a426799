//! Which answers of an earlier run are used: those that are young enough, that came to the same caller, and that are not
//! to be asked for again whatever they say.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Past, ResumeError};
use crate::commands::Failure;
use crate::commands::begin::Job;
use crate::commands::clock::Clock;
use crate::commands::connector::Connector;
use crate::commands::known;
use crate::credentials::{Issuance, Way};
use crate::journal::Replay;
use crate::judge::Judging;
use crate::model::{Caller, Kinship, Source};
use crate::plan;
use crate::report::resumption::{self, Unused};

impl Past {
    /// Forgets every answer that is not used, and says how many these are.
    pub(in crate::commands) fn keep_what_counts(
        &mut self,
        clock: Clock,
        job: Job<'_>,
        connector: &mut Connector<'_>,
    ) -> Result<(), Failure> {
        let lines = self.replay.line_count();
        let mut unused = Unused {
            by_age: self.replay.forget_outside(&times(job.settings.max_age)),
            max_age: job.settings.max_age,
            by_caller: Vec::new(),
        };
        for source in &job.inventory.sources {
            if !self.replay.recorded_sources().contains(&*source.name) {
                continue;
            }
            match self.kinship(source, job, connector)? {
                Kinship::Same => {}
                Kinship::TwoAccounts(then, now) => {
                    let error = ResumeError::OtherAccount {
                        run_id: self.run_id.clone(),
                        source_name: Arc::clone(&source.name),
                        then,
                        now,
                    };
                    return Err(error.into());
                }
                Kinship::Unproven => {
                    let count = self.replay.forget_source(&source.name);
                    unused.by_caller.push((Arc::clone(&source.name), count));
                }
            }
        }
        if job.settings.all_unknown {
            forget_unknown(&mut self.replay, clock, job);
        }
        self.is_whole = self.replay.line_count() == lines;
        job.process.talk.say(&resumption::unused(&self.run_id, &unused));
        Ok(())
    }

    /// Whether a source is asked now as it was then. Where there is no credential, nobody else asks it.
    fn kinship(&self, source: &Source, job: Job<'_>, connector: &mut Connector<'_>) -> Result<Kinship, Failure> {
        let Some(found) = connector.found(source) else {
            return Ok(Kinship::Same);
        };
        let then = self.replay.caller(&source.name);
        let now = Caller {
            credential: found.caller(),
            account: None,
        };
        let kinship = then.kinship(&now);
        let is_login = matches!(found.way, Way::Issued(Issuance::Login(_)));
        if kinship != Kinship::Unproven || then.account.is_none() || !is_login {
            return Ok(kinship);
        }
        // Another user may be one of the same account: the token that is needed anyway says so.
        let now = connector.sign_in(source, job.inventory.sources.len())?;
        Ok(then.kinship(&now))
    }
}

/// When an answer may have come. Its age is a matter of the machine's clock, wherever the clock of reports stands.
fn times(max_age: Duration) -> RangeInclusive<Timestamp> {
    let now = Timestamp::now();
    now.checked_sub(max_age).unwrap_or(Timestamp::MIN)..=now
}

/// Forgets the answers that leave something unknown, judged as the run itself judged them.
fn forget_unknown(replay: &mut Replay, clock: Clock, job: Job<'_>) {
    let (inventory, selection, today) = (job.inventory, &job.settings.selection, clock.today());
    let listings = known::listings(replay, &plan::listings(inventory, selection, today));
    let plan = plan::resolve(inventory, &listings, selection, today);
    let judging = known::gather(replay, &plan, &listings, Judging::new(&plan));
    let judged = judging.finish(&inventory.sources, &[], today, job.guard());
    for (planned, row) in plan.repositories.iter().zip(&judged.repositories) {
        if row.unknown_class.is_some() {
            replay.forget_repository(&planned.id);
        }
    }
    for gap in &judged.gaps {
        replay.forget_list(&gap.source.name, gap.namespace.as_ref());
    }
    // With the looks that called these namespaces absent.
    for change in &judged.mass_changes {
        replay.forget_list(&change.source.name, Some(&change.namespace));
    }
    replay.forget_failed_looks();
}
