//! Words for findings: values, messages and remedies. The only place that turns differences into sentences.
//!
//! Text of the service or of the inventory is passed through [`plain`] wherever it becomes part of a sentence.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Difference, ExpectedFlag, Flags, NamespaceName, RegionLimits, RepoId, Target, Twin, Waiver, visible,
};

/// What a finding speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) enum About<'a> {
    /// One repository.
    Repository(&'a RepoId),
    /// A namespace, with the number of the inventory's repositories in it.
    Namespace(&'a NamespaceName, usize),
    /// A waiver, which says itself what it is.
    Waiver,
}

/// The cells `expected` and `actual`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Values {
    /// The policy's side.
    pub expected: Option<String>,
    /// The service's side.
    pub actual: Option<String>,
}

/// Longest text from outside that stands in a sentence, in characters.
const LIMIT: usize = 200;

/// Text from outside, fit for a sentence: [`visible`], and no more than 200 characters of it. A sentence reads the same in
/// every format, so it holds nothing that one of them would have to spell out.
pub fn plain(text: &str) -> String {
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", visible(&text[..end])),
        None => visible(text).into_owned(),
    }
}

/// The words of a failure, fit for a sentence: [`visible`], and whole. What comes from outside was cut where it came in;
/// host, route and what the proxy answered stand behind it, and must not be lost for it.
pub(super) fn detail(text: &str) -> String {
    visible(text).into_owned()
}

/// A count with its noun: `1 repository`, `2 repositories`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `1h30m`, `500ms`: as options take it.
pub fn duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let parts = [
        (millis / 3_600_000, "h"),
        (millis / 60_000 % 60, "m"),
        (millis / 1_000 % 60, "s"),
        (millis % 1_000, "ms"),
    ];
    let told = parts.iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told.map(|(number, unit)| format!("{number}{unit}")).collect();
    told.concat()
}

/// `override=false syncAuto=true`: an expectation's flags.
pub(super) fn expected_flags(flags: Flags<ExpectedFlag>) -> String {
    format!("override={} syncAuto={}", flags.overrides, flags.sync_auto)
}

/// `override=true syncAuto=true`: a rule's flags, an absent one left out.
fn actual_flags(flags: Flags<Option<bool>>) -> String {
    let named = [("override", flags.overrides), ("syncAuto", flags.sync_auto)];
    let told: Vec<String> = named
        .iter()
        .filter_map(|(name, flag)| flag.map(|value| format!("{name}={value}")))
        .collect();
    told.join(" ")
}

/// Both sides of a difference, as cells.
pub(super) fn values(difference: &Difference) -> Values {
    let both = |expected: String, actual: String| Values {
        expected: Some(expected),
        actual: Some(actual),
    };
    match difference {
        Difference::MissingRule { expected, .. } => Values {
            expected: Some(expected_flags(*expected)),
            actual: None,
        },
        Difference::TargetRegion { expected, actual } | Difference::TargetNamespace { expected, actual } => {
            both(expected.to_string(), actual.to_string())
        }
        Difference::Override { expected } | Difference::SyncAuto { expected } => {
            both(expected.to_string(), (!expected).to_string())
        }
        Difference::UnexpectedRule { actual } => Values {
            expected: None,
            actual: Some(actual_flags(*actual)),
        },
        Difference::DuplicateRule { twins, .. } => Values {
            expected: None,
            actual: Some(twins_text(twins)),
        },
        Difference::ForbiddenTarget { limits, actual } => both(limits_text(limits), actual_flags(*actual)),
        Difference::MissingRepo | Difference::MissingNamespace => both("present".to_owned(), "absent".to_owned()),
        Difference::UnlistedRepo | Difference::UnlistedNamespace => both("absent".to_owned(), "present".to_owned()),
        Difference::ReplicationLoop { .. }
        | Difference::OverwriteRace { .. }
        | Difference::EmptyPattern { .. }
        | Difference::ExpiredWaiver(_)
        | Difference::UnusedWaiver(_)
        | Difference::ExpiringWaiver(_)
        | Difference::ExpiredSkip { .. } => Values::default(),
    }
}

/// How the message of a circle or a race goes on that waivers cover in part.
pub(super) fn accepted_in_part(waivers: &[Arc<Waiver>], lacking: &[String]) -> String {
    let ids: Vec<String> = waivers.iter().map(|waiver| waiver.id.to_string()).collect();
    format!(
        "; not accepted, {} {} {}, and not {}",
        if ids.len() == 1 { "the waiver" } else { "the waivers" },
        few(&ids),
        if ids.len() == 1 {
            "covers some of them"
        } else {
            "cover some of them"
        },
        few(lacking)
    )
}

/// What else can be done about that.
pub(super) fn accept_all(lacking: &[String]) -> String {
    format!(
        "or accept it for every member: a waiver has to cover {} as well",
        few(lacking)
    )
}

/// The first few, and how many more there are.
fn few(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| plain(name)).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The cell `field`: the name of the field that differs, or the entry of the inventory that the finding is about.
pub(super) fn field(difference: &Difference) -> Option<String> {
    match difference {
        Difference::EmptyPattern { pattern } => Some(pattern.to_string()),
        Difference::ExpiredWaiver(waiver) | Difference::UnusedWaiver(waiver) | Difference::ExpiringWaiver(waiver) => {
            Some(waiver.id.to_string())
        }
        Difference::ExpiredSkip { entry, .. } => Some(entry.to_string()),
        other => other.code().field().map(|field| field.name().to_owned()),
    }
}

/// The allowed patterns, then the denied ones with `!`.
fn limits_text(limits: &RegionLimits) -> String {
    let allowed = limits
        .allowed
        .iter()
        .flatten()
        .map(|pattern| pattern.as_str().to_owned());
    let denied = limits.denied.iter().map(|pattern| format!("!{}", pattern.as_str()));
    allowed.chain(denied).collect::<Vec<_>>().join(" ")
}

/// `ids=4,9`, then each flag in which they differ, in the order of the ids; `-` for what is absent.
fn twins_text(twins: &[Twin]) -> String {
    let joined = |texts: Vec<String>| texts.join(",");
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let ids = joined(
        twins
            .iter()
            .map(|twin| or_dash(twin.id.map(|id| id.to_string())))
            .collect(),
    );
    let overrides = (
        "override",
        twins.iter().map(|twin| twin.flags.overrides).collect::<Vec<_>>(),
    );
    let sync_auto = (
        "syncAuto",
        twins.iter().map(|twin| twin.flags.sync_auto).collect::<Vec<_>>(),
    );
    let mut parts = vec![format!("ids={ids}")];
    for (name, flags) in [overrides, sync_auto] {
        if flags.windows(2).any(|pair| pair[0] != pair[1]) {
            let shown = flags
                .iter()
                .map(|flag| or_dash(flag.map(|value| value.to_string())))
                .collect();
            parts.push(format!("{name}={}", joined(shown)));
        }
    }
    parts.join(" ")
}

/// So that a person takes it in: two hours and more in hours, two days and more in days.
pub(super) fn distance(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let rounded = |unit| (seconds + unit / 2) / unit;
    match seconds {
        ..7_200 => format!("{} min", rounded(MINUTE)),
        7_200..172_800 => format!("{} hours", rounded(HOUR)),
        172_800.. => format!("{} days", rounded(DAY)),
    }
}

/// What happened, to what: one line.
pub(super) fn message(about: About<'_>, difference: &Difference, target: Option<&Target>) -> String {
    let who = match about {
        About::Repository(id) => id.to_string(),
        About::Namespace(name, _) => format!("namespace {name}"),
        About::Waiver => "the waiver".to_owned(),
    };
    let to = target.map(|target| plain(&target.to_string())).unwrap_or_default();
    match difference {
        Difference::MissingRule { may_be_manual, .. } => {
            let unseen = if *may_be_manual {
                "; a rule for manual copies (syncAuto=false) would not be listed, and would not copy by itself"
            } else {
                ""
            };
            format!("{who} has no rule to {to}{unseen}")
        }
        Difference::TargetRegion { expected, actual } => format!(
            "{who} is copied to region {} instead of {}, namespace as expected",
            plain(actual),
            plain(expected)
        ),
        Difference::TargetNamespace { expected, actual } => format!(
            "{who} is copied to namespace {} instead of {}, region as expected",
            plain(actual),
            plain(expected)
        ),
        Difference::Override { expected: false } => {
            format!("{who}: the rule for {to} has override=true, so tags at the target can be overwritten")
        }
        Difference::Override { expected: true } => {
            format!("{who}: the rule for {to} has override=false, so updated tags stop there")
        }
        Difference::SyncAuto { expected: true } => {
            format!("{who}: the rule for {to} has syncAuto=false, so nothing is copied by itself")
        }
        Difference::SyncAuto { expected: false } => {
            format!("{who}: the rule for {to} has syncAuto=true, so every push is copied")
        }
        Difference::UnexpectedRule { .. } => format!("{who} has a rule to {to} that its policy does not expect"),
        Difference::DuplicateRule { twins, .. } => {
            format!(
                "{who} has {} rules to {to}; one is enough, and which of them decides is not known",
                twins.len()
            )
        }
        Difference::ForbiddenTarget { .. } => {
            format!("{who} has a rule to {to}, a region that its policy does not allow")
        }
        Difference::MissingRepo => {
            format!("{who} is in the inventory, but not in the service, or not visible to this credential")
        }
        Difference::MissingNamespace => {
            let members = match about {
                About::Namespace(_, 0) | About::Waiver => String::new(),
                About::Namespace(_, count) => {
                    format!(
                        "; {} in it",
                        counted(count, "expected repository", "expected repositories")
                    )
                }
                About::Repository(_) => "; 1 expected repository in it".to_owned(),
            };
            format!("{who} is in the inventory, but not in the service, or not visible to this credential{members}")
        }
        Difference::ReplicationLoop { path, overwrites } => {
            let way: Vec<String> = path
                .iter()
                .map(|(id, to)| format!("{}:{id} to {to}", id.source))
                .collect();
            let harm = if *overwrites {
                ", and may overwrite what is newer there"
            } else {
                ""
            };
            format!(
                "{who}: its rules lead back to it{harm}: {}",
                plain(&way.join(", then "))
            )
        }
        Difference::OverwriteRace { writers } => format!(
            "{who} and {} write the same repository at {to} with override=true: the last push wins",
            counted(writers.len() - 1, "other repository", "other repositories")
        ),
        Difference::UnlistedRepo => format!("{who} is in the service, and no inventory entry covers it"),
        Difference::UnlistedNamespace => format!("{who} is in the service, but not in the inventory"),
        Difference::EmptyPattern { pattern } => {
            format!("{who}: the pattern {} matches nothing in the service", plain(pattern))
        }
        Difference::ExpiredWaiver(waiver) => format!(
            "the waiver {} ended on {}; what it covered counts again",
            plain(&waiver.id),
            waiver.expires
        ),
        Difference::UnusedWaiver(waiver) => format!("the waiver {} covers no finding", plain(&waiver.id)),
        Difference::ExpiringWaiver(waiver) => format!("the waiver {} ends on {}", plain(&waiver.id), waiver.expires),
        Difference::ExpiredSkip { entry, until } => {
            format!("the skip of {} ended on {until}; it is audited again", plain(entry))
        }
    }
}
