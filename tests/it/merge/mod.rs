//! Several runs share the work, and `merge` makes one report of theirs.

mod contradictions;
mod refused;
mod resumed;
mod shares;
mod worlds;

use std::path::{Path, PathBuf};
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

    /// Joins these into `merged/ID`.
    pub(crate) fn merge(&self, id: &str, reports: &[String], arguments: &[&str]) -> Ended {
        let mut command = binary(self.path());
        command
            .arg("merge")
            .args(reports)
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

    /// Writes a changed report where a shard's may stand.
    pub(crate) fn write(&self, name: &str, report: &Value) -> String {
        let path: PathBuf = self.path().join(name);
        std::fs::write(path, serde_json::to_vec_pretty(report).expect("it is JSON")).expect("the folder is writable");
        name.to_owned()
    }
}

/// Where [`Stage::shards`] writes.
pub(crate) fn reports(count: u32) -> Vec<String> {
    (1..=count)
        .map(|index| format!("shard-{index}/r/report.json"))
        .collect()
}
