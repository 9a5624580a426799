//! What to do about a finding, step by step: in words, and as a command where one does it.
//!
//! No rule is deleted before its replacement is there, but for flags and duplicates: the service has no call that changes
//! a rule, and refuses a second one for the same target.

use std::sync::Arc;

use super::document::Step;
use super::hcloud::{Cloud, look_at_target};
use super::wording::{About, plain};
use crate::model::{Difference, ExpectedFlag, Flags, Target};

/// What a remedy is for.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub about: About<'a>,
    /// The source's region.
    pub region: &'a str,
    pub difference: &'a Difference,
    /// The expected target; for rules that nothing expects, the actual one.
    pub target: Option<&'a Target>,
    /// The flags that are expected there.
    pub flags: Option<Flags<ExpectedFlag>>,
    /// Whether the target is the repository's own place: no policy can expect that.
    pub leads_back: bool,
}

/// For a flag of a rule that goes to the wrong place: two remedies, each with a create and a delete, would undo each other.
pub(super) const SETTLED_BY_THE_MOVE: &str =
    "nothing of its own: the rule is made anew, with the right flags, where its region or namespace is put right";

/// What to do next, step by step.
pub(super) fn remedy(case: Case<'_>) -> Vec<Step> {
    match (case.about, case.target) {
        (About::Repository(id), Some(target)) => {
            let cloud = Cloud {
                region: case.region,
                namespace: id.namespace.as_str(),
                repository: id.repository.as_str(),
            };
            of_rule(case, cloud, target)
        }
        (About::Repository(_) | About::Namespace(..) | About::Waiver, _) => of_name(case.difference),
    }
}

/// For findings that a change of a rule puts right.
fn of_rule(case: Case<'_>, cloud: Cloud<'_>, target: &Target) -> Vec<Step> {
    let flags = proposed(case.flags);
    match case.difference {
        Difference::MissingRule { .. } => vec![
            look_at_target(target),
            cloud.create(target, flags),
            cloud.copy(target),
            cloud.look(),
        ],
        Difference::TargetRegion { actual, .. } => {
            let wrong = Target {
                region: Arc::clone(actual),
                namespace: Arc::clone(&target.namespace),
            };
            moved(cloud, &wrong, target, flags)
        }
        Difference::TargetNamespace { actual, .. } => {
            let wrong = Target {
                region: Arc::clone(&target.region),
                namespace: Arc::clone(actual),
            };
            moved(cloud, &wrong, target, flags)
        }
        Difference::Override { .. } | Difference::SyncAuto { .. } => vec![
            cloud.delete(target, DELETE_FIRST),
            cloud.create_at_once(target, flags),
            cloud.look(),
        ],
        Difference::UnexpectedRule { .. } if case.leads_back => {
            vec![cloud.delete(target, "delete the rule"), cloud.look()]
        }
        Difference::UnexpectedRule { .. } => vec![
            cloud.delete(target, "add the target to the policy, or delete the rule"),
            cloud.look(),
        ],
        Difference::DuplicateRule { .. } => {
            let again = "look at the rules again: deleting goes by target and may have taken all of them";
            let mut steps = vec![cloud.delete(target, DELETE_FIRST), cloud.look_for(again)];
            if case.flags.is_some() {
                steps.push(cloud.create_at_once(target, flags));
                steps.push(cloud.look());
            }
            steps
        }
        Difference::ForbiddenTarget { .. } => vec![
            cloud.delete(target, "delete the rule"),
            Step::by_hand("delete the images that it copied: deleting a rule leaves them in the target"),
            cloud.look(),
        ],
        Difference::MissingRepo
        | Difference::MissingNamespace
        | Difference::ReplicationLoop { .. }
        | Difference::OverwriteRace { .. }
        | Difference::UnlistedRepo
        | Difference::UnlistedNamespace
        | Difference::EmptyPattern { .. }
        | Difference::ExpiredWaiver(_)
        | Difference::UnusedWaiver(_)
        | Difference::ExpiringWaiver(_)
        | Difference::ExpiredSkip { .. } => of_name(case.difference),
    }
}

/// Between the two calls nothing is copied.
const DELETE_FIRST: &str =
    "delete the rule: until it is made again, what is pushed is not copied, and it cannot be changed in place";

/// The new rule before the old one goes.
fn moved(cloud: Cloud<'_>, wrong: &Target, right: &Target, flags: Flags<bool>) -> Vec<Step> {
    let text = format!("then delete the rule to {}", plain(&wrong.to_string()));
    vec![
        look_at_target(right),
        cloud.create(right, flags),
        cloud.copy(right),
        cloud.delete(wrong, &text),
        cloud.look(),
    ]
}

/// Where the policy says `any`, what overwrites nothing and copies by itself is proposed.
fn proposed(flags: Option<Flags<ExpectedFlag>>) -> Flags<bool> {
    let flag = |flag: Option<ExpectedFlag>, if_any: bool| match flag {
        Some(ExpectedFlag::Is(value)) => value,
        Some(ExpectedFlag::Any) | None => if_any,
    };
    Flags {
        overrides: flag(flags.map(|flags| flags.overrides), false),
        sync_auto: flag(flags.map(|flags| flags.sync_auto), true),
    }
}

/// For findings that no single rule puts right.
fn of_name(difference: &Difference) -> Vec<Step> {
    let text = match difference {
        Difference::MissingRule { .. }
        | Difference::TargetRegion { .. }
        | Difference::TargetNamespace { .. }
        | Difference::Override { .. }
        | Difference::SyncAuto { .. }
        | Difference::UnexpectedRule { .. }
        | Difference::DuplicateRule { .. }
        | Difference::ForbiddenTarget { .. } => "put the rule right in the console",
        Difference::MissingRepo => {
            "push the repository's first image, correct its name in the inventory, or grant the credential read on it"
        }
        Difference::MissingNamespace => {
            "check the region and the account of this source, correct the name in the inventory, or grant the \
             credential read on the namespace"
        }
        Difference::ReplicationLoop { .. } => {
            "decide which of these repositories is the source, and delete the rules that lead back to it"
        }
        Difference::OverwriteRace { .. } => {
            "give each of these repositories a target namespace of its own, or let only one of them copy there"
        }
        Difference::UnlistedRepo => {
            "name it under `repos` of its namespace, cover it with a pattern, or delete the repository"
        }
        Difference::UnlistedNamespace => "list it under `namespaces`, or skip it there with a reason",
        Difference::EmptyPattern { .. } => {
            "correct the pattern, or remove it; a repository that does not exist yet can wait"
        }
        Difference::ExpiredWaiver(_) => {
            "put right what it covered and remove the waiver, or renew it: a later `expires`, and a reason that still holds"
        }
        Difference::UnusedWaiver(_) => "remove the waiver: what it accepted is no longer there",
        Difference::ExpiringWaiver(_) => {
            "put right what it covers, or renew it before it ends: then its findings count again"
        }
        Difference::ExpiredSkip { .. } => {
            "remove `skip` from the entry, or give it a later `until` and a reason that still holds"
        }
    };
    vec![Step::by_hand(text)]
}
