//! Flags that the service did not report: the inventory expects `any` for them, which accepts everything.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::model::{ExpectedFlag, Field, Flags, PolicyTarget, RepoId};

/// How many names are listed; the rest is counted.
const NAMES: usize = 5;

/// A flag, or both, of the rule for one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FlagsOfRule {
    pub region: Arc<str>,
    /// `None`: the repository's own.
    pub namespace: Option<Arc<str>>,
    pub fields: Vec<Field>,
}

/// The flags that were not reported, with the repositories whose rules they are.
pub(super) type UnreportedFlags = BTreeMap<FlagsOfRule, Few>;

/// The first few of many names, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Few {
    names: Vec<String>,
    more: usize,
}

impl Few {
    pub(super) fn add(&mut self, name: impl FnOnce() -> String) {
        if self.names.len() < NAMES {
            self.names.push(name());
        } else {
            self.more += 1;
        }
    }
}

impl fmt::Display for Few {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.join(", "))?;
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// The flags of these targets that were not reported.
pub(super) fn of(targets: &[PolicyTarget]) -> Vec<FlagsOfRule> {
    let open = |flags: Flags<ExpectedFlag>| {
        let both = [(Field::Override, flags.overrides), (Field::SyncAuto, flags.sync_auto)];
        let open = both.into_iter().filter(|(_, flag)| *flag == ExpectedFlag::Any);
        open.map(|(field, _)| field).collect::<Vec<_>>()
    };
    let flags = targets.iter().map(|target| FlagsOfRule {
        region: Arc::clone(&target.region),
        namespace: target.namespace.clone(),
        fields: open(target.flags),
    });
    flags.filter(|flags| !flags.fields.is_empty()).collect()
}

/// A repository's name, with its source where there are several.
pub(super) fn name(id: &RepoId, is_only_source: bool) -> String {
    if is_only_source {
        id.to_string()
    } else {
        format!("{}:{id}", id.source)
    }
}
