//! An estate as plain values: what is written in the inventory, what there is, what goes wrong, and what is asked for.

use std::collections::BTreeMap;

use simulator::World;

/// Everything that one round is about.
#[derive(Clone, Debug)]
pub(super) struct Estate {
    pub(super) sources: Vec<Source>,
    /// Of the document without a source.
    pub(super) waivers: Vec<Waiver>,
    /// Values of `--only`.
    pub(super) only: Vec<&'static str>,
    /// Index and count.
    pub(super) shard: Option<(u64, u64)>,
    /// Whether one request goes at a time: only then a list that changes with its pages is the same each time.
    pub(super) is_one_by_one: bool,
}

/// One source, both sides of it.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: &'static str,
    pub(super) region: &'static str,
    pub(super) lists_manual_rules: bool,
    pub(super) down: Option<Down>,
    pub(super) policies: Vec<Policy>,
    /// `defaults.policy`.
    pub(super) default_policy: usize,
    pub(super) other_namespaces: Option<&'static str>,
    pub(super) severities: BTreeMap<&'static str, &'static str>,
    pub(super) waivers: Vec<Waiver>,
    pub(super) entries: Vec<Entry>,
    pub(super) world: World,
    pub(super) broken: Vec<(Call, Broken)>,
}

/// Why nothing of a source is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Down {
    NoCredential,
    Refused,
    Unreachable,
}

/// What a fault is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Page(&'static str, usize),
    Look(&'static str),
    Rules(&'static str, &'static str),
    Namespaces,
    Overview,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    ServerError,
    AccessDenied,
    BadResponse,
    Unsupported,
    Unreachable,
    /// The service says that there is nothing such, though it lists it.
    Vanished,
    /// A list of the account's namespaces that has none.
    Empty,
}

impl Broken {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::ServerError => "server-error",
            Self::AccessDenied => "access-denied",
            Self::BadResponse => "bad-response",
            Self::Unsupported => "unsupported",
            Self::Unreachable => "unreachable",
            Self::Vanished => "vanished",
            Self::Empty => "truncated",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) targets: Vec<Target>,
    pub(super) other_rules: &'static str,
    pub(super) allowed_regions: Option<&'static str>,
    pub(super) denied_regions: Option<&'static str>,
}

/// A flag is `None` for `any`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) region: &'static str,
    /// `None`: the repository's own.
    pub(super) namespace: Option<&'static str>,
    pub(super) overrides: Option<bool>,
    pub(super) sync_auto: Option<bool>,
}

/// A namespace in the inventory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) policy: Option<usize>,
    pub(super) skip: Option<Skip>,
    pub(super) repos: Option<Vec<Repo>>,
    pub(super) others: Option<&'static str>,
}

/// A name or a pattern in the inventory.
#[derive(Clone, Debug)]
pub(super) struct Repo {
    pub(super) name: &'static str,
    pub(super) policy: Option<usize>,
    pub(super) skip: Option<Skip>,
}

/// Its last day, if it has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skip(pub(super) Option<&'static str>);

#[derive(Clone, Debug)]
pub(super) struct Waiver {
    pub(super) id: String,
    pub(super) repo: &'static str,
    pub(super) findings: Vec<&'static str>,
    pub(super) target: Option<&'static str>,
    pub(super) expires: &'static str,
}

/// The day of all rounds.
pub(super) const TODAY: &str = "2026-11-24";
/// The last day that is within fourteen of it.
pub(super) const LAST_NEAR_DAY: &str = "2026-12-08";

impl Skip {
    /// Days in this notation are ordered as text.
    pub(super) fn holds(self) -> bool {
        self.0.is_none_or(|until| until >= TODAY)
    }
}

impl Repo {
    pub(super) fn is_pattern(&self) -> bool {
        self.name.contains(['*', '?', '[', '{'])
    }
}
