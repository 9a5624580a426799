//! The beginning of a saved report: enough to choose one among thousands without reading the rest.

use std::cell::RefCell;
use std::fmt;
use std::io::{BufReader, Read};

use jiff::Timestamp;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};

/// What a report says of its run before it says what was found.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunHead {
    pub id: String,
    pub started_at: Timestamp,
    pub shard: Option<String>,
    pub inventory: Vec<File>,
    pub sources: Vec<Named>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct File {
    pub file: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Named {
    pub name: String,
}

/// The run and its status; `None`: it is no report, or not all of its beginning is there.
pub(super) fn read(report: impl Read) -> Option<(RunHead, String)> {
    let head = RefCell::new(Head::default());
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(report));
    // It ends where everything is known, which is an error to who wants the rest.
    let _ = json.deserialize_map(UpToStatus(&head));
    let Head { run, status } = head.into_inner();
    run.zip(status)
}

#[derive(Default)]
struct Head {
    run: Option<RunHead>,
    status: Option<String>,
}

struct UpToStatus<'a>(&'a RefCell<Head>);

impl<'de> Visitor<'de> for UpToStatus<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "run" => self.0.borrow_mut().run = Some(map.next_value()?),
                "status" => {
                    self.0.borrow_mut().status = Some(map.next_value()?);
                    return Ok(());
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGINNING: &str = r#"{"$schema": "x", "kind": "AuditReport", "run": {"id": "r1", "startedAt":
        "2026-11-24T03:15:00Z", "shard": null, "inventory": [{"file": "a.yaml", "sha256": "0"}], "sources": [{"name": "main"}]},
        "status": "complete","#;

    #[test]
    fn nothing_behind_the_status_is_read() {
        let (run, status) = read(format!("{BEGINNING} and then no JSON").as_bytes()).expect("the beginning is whole");
        assert_eq!((&*run.id, &*status, &*run.sources[0].name), ("r1", "complete", "main"));
    }

    #[test]
    fn what_is_cut_before_the_status_is_no_head() {
        let cut = &BEGINNING[..BEGINNING.len() - 13];
        assert!(read(cut.as_bytes()).is_none());
        assert!(read(&b"[]"[..]).is_none());
    }
}
