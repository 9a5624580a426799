//! What binds a journal to its run: under another inventory, of another service or on another day, its answers would
//! mean something else.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Header;
use super::replay::Replay;

/// Why answers of one run cannot be those of another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// A file of the inventory is not what it was.
    #[error("the inventory is another one than it was then: '{0}' has changed")]
    Changed(String),
    /// A file of the inventory was not there.
    #[error("the inventory is another one than it was then: '{0}' is new")]
    New(String),
    /// A file of the inventory is missing.
    #[error("the inventory is another one than it was then: '{0}' is missing")]
    Missing(String),
    /// The sources or their endpoints differ.
    #[error("it asked {recorded}, and this run would ask {asked}")]
    Sources {
        /// Those of the journal.
        recorded: String,
        /// Those of now.
        asked: String,
    },
    /// The clock of reports differs.
    #[error("its clock was {recorded}, and this run was given {asked}")]
    Clock {
        /// That of the journal.
        recorded: String,
        /// That of now.
        asked: String,
    },
    /// Another share of the work.
    #[error("it was {recorded}, and this run would be {asked}")]
    Shard {
        /// That of the journal.
        recorded: String,
        /// That of now.
        asked: String,
    },
    /// Another part of the inventory.
    #[error("it audited {recorded}, and this run would audit {asked}")]
    Selection {
        /// That of the journal.
        recorded: String,
        /// That of now.
        asked: String,
    },
    /// Something else was checked.
    #[error("it checked the level '{recorded}', and this run would check '{asked}'")]
    Level {
        /// That of the journal.
        recorded: String,
        /// That of now.
        asked: String,
    },
}

impl Replay {
    /// Whether its answers can stand for those of a run with that header. Where a file lies does not matter, only what
    /// stands in it.
    pub fn check_fits(&self, header: &Header) -> Result<(), Mismatch> {
        self.check_inventory(&header.inventory)?;
        self.check_sources(&header.sources)?;
        let recorded = self.header();
        if recorded.level != header.level {
            return Err(Mismatch::Level {
                recorded: recorded.level.clone(),
                asked: header.level.clone(),
            });
        }
        if recorded.shard != header.shard {
            let share =
                |shard: Option<&String>| shard.map_or_else(|| "the whole".to_owned(), |it| format!("shard {it}"));
            return Err(Mismatch::Shard {
                recorded: share(recorded.shard.as_ref()),
                asked: share(header.shard.as_ref()),
            });
        }
        // What stands first or twice selects the same.
        let words = |given: &[String]| given.iter().cloned().collect::<BTreeSet<String>>();
        if words(&recorded.selection) != words(&header.selection) {
            return Err(Mismatch::Selection {
                recorded: selected(&recorded.selection),
                asked: selected(&header.selection),
            });
        }
        if recorded.at != header.at {
            let clock =
                |at: Option<Timestamp>| at.map_or_else(|| "the machine's".to_owned(), |at| format!("--at {at}"));
            return Err(Mismatch::Clock {
                recorded: clock(recorded.at),
                asked: clock(header.at),
            });
        }
        Ok(())
    }

    /// Whether the files of an inventory are those of the run, by what they hold.
    pub fn check_inventory(&self, now: &[(String, String)]) -> Result<(), Mismatch> {
        let then = &self.header().inventory;
        let lacks = |files: &[(String, String)], digest: &String| files.iter().all(|(_, other)| other != digest);
        if let Some((file, _)) = now.iter().find(|(_, digest)| lacks(then, digest)) {
            let was_there = then.iter().any(|(earlier, _)| earlier == file);
            let mismatch = if was_there { Mismatch::Changed } else { Mismatch::New };
            return Err(mismatch(file.clone()));
        }
        match then.iter().find(|(_, digest)| lacks(now, digest)) {
            Some((file, _)) => Err(Mismatch::Missing(file.clone())),
            None => Ok(()),
        }
    }

    fn check_sources(&self, now: &[(String, String)]) -> Result<(), Mismatch> {
        let then: BTreeSet<(&str, &str)> = self
            .sources()
            .iter()
            .map(|(name, endpoint)| (&**name, endpoint.as_str()))
            .collect();
        let now: BTreeSet<(&str, &str)> = now.iter().map(|(name, endpoint)| (&**name, &**endpoint)).collect();
        if then == now {
            return Ok(());
        }
        let listed = |sources: &BTreeSet<(&str, &str)>| {
            let names = sources.iter().map(|(name, endpoint)| format!("'{name}' at {endpoint}"));
            names.collect::<Vec<_>>().join(", ")
        };
        Err(Mismatch::Sources {
            recorded: listed(&then),
            asked: listed(&now),
        })
    }
}

fn selected(selection: &[String]) -> String {
    match selection {
        [] => "everything".to_owned(),
        words => format!("--only '{}'", words.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::VERSION;
    use crate::journal::line::Line;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = pairs
            .iter()
            .map(|(one, other)| ((*one).to_owned(), (*other).to_owned()));
        owned.collect()
    }

    fn header() -> Header {
        Header {
            journal: VERSION,
            run_id: "r1".to_owned(),
            started_at: Timestamp::UNIX_EPOCH,
            tool_version: "0".to_owned(),
            level: "rules".to_owned(),
            at: None,
            resumes: None,
            replay_of: None,
            selection: Vec::new(),
            shard: None,
            merge_of: None,
            inventory: pairs(&[("a.yaml", "00"), ("b.yaml", "01")]),
            sources: pairs(&[("main", "https://swr.corp.example")]),
        }
    }

    /// What another run finds in the journal of [`header`].
    fn found(other: &Header) -> Result<(), Mismatch> {
        let mut text = serde_json::to_vec(&Line::Header(header())).expect("it is JSON");
        text.push(b'\n');
        Replay::read(&*text).expect("it is a journal").check_fits(other)
    }

    #[test]
    fn another_run_of_the_same_goes_on() {
        let other = Header {
            run_id: "r2".to_owned(),
            started_at: Timestamp::MAX,
            tool_version: "1".to_owned(),
            resumes: Some("r1".to_owned()),
            inventory: pairs(&[("elsewhere/b.yaml", "01"), ("elsewhere/a.yaml", "00")]),
            ..header()
        };
        assert_eq!(found(&other), Ok(()));
    }

    #[test]
    fn another_inventory_is_named_by_its_file() {
        for (inventory, mismatch) in [
            (
                pairs(&[("a.yaml", "00"), ("b.yaml", "02")]),
                Mismatch::Changed("b.yaml".to_owned()),
            ),
            (
                pairs(&[("a.yaml", "00"), ("b.yaml", "01"), ("c.yaml", "02")]),
                Mismatch::New("c.yaml".to_owned()),
            ),
            (pairs(&[("a.yaml", "00")]), Mismatch::Missing("b.yaml".to_owned())),
        ] {
            let other = Header { inventory, ..header() };
            assert_eq!(found(&other), Err(mismatch));
        }
    }

    #[test]
    fn another_service_day_part_or_level_is_reported_with_both_sides() {
        let elsewhere = Header {
            sources: pairs(&[("main", "https://swr2.corp.example")]),
            ..header()
        };
        let later = Header {
            at: Some(Timestamp::UNIX_EPOCH),
            ..header()
        };
        let deeper = Header {
            level: "efficacy".to_owned(),
            ..header()
        };
        let part = Header {
            selection: vec!["prod".to_owned(), "!prod/web".to_owned()],
            ..header()
        };
        let share = Header {
            shard: Some("2/8".to_owned()),
            ..header()
        };
        for (other, told) in [
            (
                part,
                "it audited everything, and this run would audit --only 'prod !prod/web'",
            ),
            (share, "it was the whole, and this run would be shard 2/8"),
            (
                elsewhere,
                "it asked 'main' at https://swr.corp.example, and this run would ask 'main' at https://swr2.corp.example",
            ),
            (
                later,
                "its clock was the machine's, and this run was given --at 1970-01-01T00:00:00Z",
            ),
            (
                deeper,
                "it checked the level 'rules', and this run would check 'efficacy'",
            ),
        ] {
            assert_eq!(
                found(&other).map_err(|mismatch| mismatch.to_string()),
                Err(told.to_owned())
            );
        }
    }
}
