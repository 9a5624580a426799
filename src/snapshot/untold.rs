//! Flags that the service did not tell: `any` is written for them, which nothing is compared with.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::draft::Shape;
use crate::model::{ExpectedFlag, Field, Flags, RepoId};

/// Names that are called; the rest is counted.
const NAMES: usize = 5;

/// A flag, or both, of the rule to one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Untold {
    pub region: Arc<str>,
    /// `None`: the repository's own.
    pub namespace: Option<Arc<str>>,
    pub fields: Vec<Field>,
}

/// Of which repositories something was not told.
pub(super) type UntoldOf = BTreeMap<Untold, Few>;

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

/// What was not told of a repository's rules, once they are a set of targets.
pub(super) fn of(shape: &Shape) -> Vec<Untold> {
    let open = |flags: Flags<ExpectedFlag>| {
        let both = [(Field::Override, flags.overrides), (Field::SyncAuto, flags.sync_auto)];
        let open = both.into_iter().filter(|(_, flag)| *flag == ExpectedFlag::Any);
        open.map(|(field, _)| field).collect::<Vec<_>>()
    };
    let untold = shape.iter().map(|target| Untold {
        region: Arc::clone(&target.region),
        namespace: target.namespace.clone(),
        fields: open(target.flags),
    });
    untold.filter(|untold| !untold.fields.is_empty()).collect()
}

/// A repository's name, with its source where there are several.
pub(super) fn name(id: &RepoId, is_alone: bool) -> String {
    if is_alone {
        id.to_string()
    } else {
        format!("{}:{id}", id.source)
    }
}
