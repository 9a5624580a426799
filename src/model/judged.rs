//! The result of judging: every repository of the plan with its outcome, and what was found beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::words::words;
use super::{
    Evidence, Failure, Finding, Limit, MassChange, NamespaceName, Outcome, Place, RepositoryName, Scope, Source,
    Unknown, UnknownClass, Waiver,
};

/// Everything that judging found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// One for each of the plan's repositories, in its order.
    pub repositories: Vec<JudgedRepository>,
    /// Namespaces that the service says do not exist, in report order.
    pub missing_namespaces: Vec<MissingNamespace>,
    /// Circles and races: findings about several repositories, each at its first member, in report order.
    pub entanglements: Vec<Entanglement>,
    /// Findings about what is no repository of the plan, in report order.
    pub others: Vec<OtherFinding>,
    /// What nothing was asked of, grouped by cause, in report order.
    pub unasked: Vec<Unasked>,
    /// Listings that could not be read in full, where more than a warning depends on them, in report order.
    pub gaps: Vec<ListingGap>,
    /// What changed too much at once to be believed, in report order.
    pub mass_changes: Vec<MassChange>,
    /// The repositories that are gone, whether or not that is believed: absent, in a missing namespace, or seen by the
    /// baseline and no longer listed.
    pub gone: usize,
    /// The regions in which something has its only copy, or may have, in order.
    pub sole_copies: Vec<SoleCopies>,
    /// Every waiver with what came of it, in order of the ids.
    pub waivers: Vec<JudgedWaiver>,
    /// The patterns of `--only` that select nothing, in their order.
    pub empty_selections: Vec<Scope>,
    /// The accounts that the answers of a source name, where they name one and the same, by source.
    pub accounts: BTreeMap<Arc<str>, Arc<str>>,
    /// What could not have been seen, in order of source and code.
    pub limits: Vec<Limit>,
}

impl Judged {
    /// Adds what could not have been seen for a reason that lies outside of plan and answers.
    pub fn add_limits(&mut self, limits: &[Limit]) {
        self.limits.extend_from_slice(limits);
        self.limits.sort_by(|a, b| a.order().cmp(&b.order()));
    }
}

/// One repository's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedRepository {
    /// How it ended.
    pub outcome: Outcome,
    /// The class of why it is unknown: the first in precedence of all that apply.
    pub unknown_class: Option<UnknownClass>,
    /// The elements received; `None` where there was no answer or no repository.
    pub actual_rules: Option<usize>,
    /// Whether the list of its rules may be cut: others may stand there that nobody saw.
    pub may_be_cut: bool,
    /// The expected targets that stand exactly as expected.
    pub matching: usize,
    /// Its own findings, in report order.
    pub findings: Vec<Finding>,
    /// What of it could not be determined, in report order; empty where it stands in [`Judged::unasked`].
    pub unknowns: Vec<Unknown>,
    /// Whether its whole namespace is missing: that finding counts in its row.
    pub in_missing_namespace: bool,
    /// Findings that it shares with others, and that count in its row: those that count, and those that are waived.
    pub shared: SharedCount,
    /// How its answer was come by.
    pub evidence: Evidence,
}

/// Findings that stand elsewhere and count in a repository's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SharedCount {
    /// Those that no waiver covers.
    pub unwaived: u32,
    /// Those that one covers.
    pub waived: u32,
}

impl JudgedRepository {
    /// Whether it may have rules that this run did not see.
    pub const fn may_have_unseen_rules(&self) -> bool {
        let is_doubted = matches!(self.unknown_class, Some(UnknownClass::MassChange));
        self.may_be_cut || is_doubted || self.actual_rules.is_none() && self.unknown_class.is_some()
    }

    /// The unwaived findings in its row: its own, and those that it shares.
    pub fn finding_count(&self) -> usize {
        let own = self.findings.iter().filter(|finding| finding.waiver.is_none()).count();
        own + self.shared.unwaived as usize
    }

    /// The waived findings in its row, likewise.
    pub fn waived_count(&self) -> usize {
        let own = self.findings.iter().filter(|finding| finding.waiver.is_some()).count();
        own + self.shared.waived as usize
    }
}

/// A finding about several repositories of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entanglement {
    /// The finding.
    pub finding: Finding,
    /// The repositories, as indexes into the plan, in its order: the first is where the finding stands.
    pub members: Vec<usize>,
    /// Where waivers cover some of them and not all: then it is not accepted.
    pub accepted_in_part: Option<AcceptedInPart>,
}

/// What is missing from a waived circle or race.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedInPart {
    /// The waivers, in order of the ids.
    pub waivers: Vec<Arc<Waiver>>,
    /// The members that none of them covers, as indexes into the plan.
    pub lacking: Vec<usize>,
}

/// A finding about what is no repository of the plan: a namespace, an unlisted repository, a pattern, a waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherFinding {
    /// The source; `None` for a waiver that serves all.
    pub source: Option<Arc<Source>>,
    /// The namespace, where it is about one.
    pub namespace: Option<NamespaceName>,
    /// The repository, where it is about one.
    pub repository: Option<RepositoryName>,
    /// The namespace's or the waiver's owner.
    pub owner: Option<Arc<str>>,
    /// The finding.
    pub finding: Finding,
    /// The place in the inventory that it speaks of.
    pub place: Place,
}

/// A listing that is not known whole: what only it could tell is not known either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingGap {
    /// The source.
    pub source: Arc<Source>,
    /// Whose repositories were to be listed; `None`: the namespaces of the source.
    pub namespace: Option<NamespaceName>,
    /// The namespace's owner.
    pub owner: Option<Arc<str>>,
    /// Why it is not known.
    pub failure: Failure,
    /// The place in the inventory that asks for it.
    pub place: Place,
}

/// What would be lost with one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoleCopies {
    /// The region's id.
    pub region: Arc<str>,
    /// The repositories there of which no rule that was seen makes a copy elsewhere, as indexes into the plan.
    pub repositories: Vec<usize>,
    /// The repositories there of which that could not be determined, as indexes into the plan.
    pub unknown: Vec<usize>,
    /// Whether these are all that the inventory covers there: every list that they follow from is known whole.
    pub is_complete: bool,
}

/// A waiver, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedWaiver {
    /// The waiver.
    pub waiver: Arc<Waiver>,
    /// How it stands today.
    pub state: WaiverState,
    /// The findings that it covers, those among them that another waiver covers as well.
    pub findings: usize,
}

words! {
    /// How a waiver stands on the day of a run.
    pub enum WaiverState {
        /// It holds.
        Active = "active",
        /// It holds, and its last day is near.
        Expiring = "expiring",
        /// Its last day is over.
        Expired = "expired",
    }
}

impl WaiverState {
    /// How that waiver stands on that day.
    pub fn of(waiver: &Waiver, day: Date) -> Self {
        if waiver.has_expired(day) {
            Self::Expired
        } else if waiver.is_expiring(day) {
            Self::Expiring
        } else {
            Self::Active
        }
    }
}

/// A namespace that does not exist, or that the credential cannot see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingNamespace {
    /// The source it should be in.
    pub source: Arc<Source>,
    /// Its name.
    pub namespace: NamespaceName,
    /// The finding.
    pub finding: Finding,
    /// Its owner.
    pub owner: Option<Arc<str>>,
    /// Its repositories, as indexes into the plan; empty where none of them is called by name.
    pub members: Vec<usize>,
    /// Where it is asked for: the first repository's entry, else its own.
    pub place: Place,
}

/// Repositories of one namespace that were not asked for, or given up unanswered, for one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unasked {
    /// The source.
    pub source: Arc<Source>,
    /// The namespace.
    pub namespace: NamespaceName,
    /// The repositories, as indexes into the plan.
    pub members: Vec<usize>,
    /// The cause.
    pub failure: Failure,
}
