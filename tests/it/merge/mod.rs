//! Several runs share the work, and `merge` judges their answers as one run.

mod days;
mod lists;
mod moved;
mod refused;
mod resumed;
mod shares;
mod worlds;

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use super::support::{ACCESS_KEY, SECRET_KEY, binary, json};

/// The clock of every run here.
const AT: &str = "2026-11-24T03:15:00Z";

/// A folder with an inventory, and a service that is asked several times.
pub(crate) struct Stage {
    folder: TempDir,
    endpoint: String,
}

/// What a command came to.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it was not killed"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        }
    }
}

impl Stage {
    pub(crate) fn new(inventory: &str, endpoint: String) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::write(folder.path().join("inventory.yaml"), inventory).expect("the folder is writable");
        Self { folder, endpoint }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A run in that folder of runs.
    pub(crate) fn run(&self, out: &str, arguments: &[&str]) -> Ended {
        let mut command = binary(self.path());
        command
            .args([
                "run",
                "inventory.yaml",
                "--endpoint",
                &self.endpoint,
                "--out",
                out,
                "--at",
                AT,
            ])
            .args(arguments)
            .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
            .env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
        command.output().expect("the binary starts").into()
    }

    /// Every shard, each in a folder of its own: their codes.
    pub(crate) fn shards(&self, count: u32, arguments: &[&str]) -> Vec<Ended> {
        self.shards_of("shard", count, arguments)
    }

    /// The same in folders of another name.
    pub(crate) fn shards_of(&self, name: &str, count: u32, arguments: &[&str]) -> Vec<Ended> {
        let run = |index: u32| {
            let shard = format!("{index}/{count}");
            let mut all = vec!["--run-id", "r", "--shard", &shard];
            all.extend(arguments);
            self.run(&format!("{name}-{index}"), &all)
        };
        (1..=count).map(run).collect()
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Merges these into `merged/ID`, with the inventory that the shards had.
    pub(crate) fn merge(&self, id: &str, runs: &[String], arguments: &[&str]) -> Ended {
        self.merge_with(id, runs, &[&["inventory.yaml"], arguments].concat())
    }

    /// Merges these into `merged/ID`, with what the arguments say.
    pub(crate) fn merge_with(&self, id: &str, runs: &[String], arguments: &[&str]) -> Ended {
        let mut command = binary(self.path());
        command
            .arg("merge")
            .args(runs)
            .args(["--out", "merged", "--run-id", id])
            .args(arguments);
        command.output().expect("the binary starts").into()
    }

    /// A report below the folder of runs.
    pub(crate) fn report(&self, run: &str) -> Value {
        json(&self.path().join(run))
    }

    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.path().join(path)).expect("it is there")
    }

    /// The lines of a run's journal.
    pub(crate) fn journal(&self, run: &str) -> Vec<Value> {
        let text = self.bytes(&format!("{run}/journal.ndjson"));
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_slice(line).expect("a line is JSON"))
            .collect()
    }

    /// Writes a changed journal where a shard's may stand.
    pub(crate) fn write(&self, run: &str, journal: &[Value]) -> String {
        let text: String = journal
            .iter()
            .flat_map(|line| [line.to_string(), "\n".to_owned()])
            .collect();
        self.write_text(run, text.as_bytes())
    }

    /// Likewise of any bytes.
    pub(crate) fn write_text(&self, run: &str, journal: &[u8]) -> String {
        let folder = self.path().join(run);
        std::fs::create_dir_all(&folder).expect("the folder is writable");
        std::fs::write(folder.join("journal.ndjson"), journal).expect("the folder is writable");
        run.to_owned()
    }
}

/// Where [`Stage::shards`] writes.
pub(crate) fn runs(count: u32) -> Vec<String> {
    (1..=count).map(|index| format!("shard-{index}/r")).collect()
}

/// This key of every entry of that list.
pub(crate) fn column(report: &Value, list: &str, key: &str) -> Vec<String> {
    let entries = report[list].as_array().expect("a list").iter();
    entries
        .map(|entry| entry[key].as_str().expect("a text").to_owned())
        .collect()
}
