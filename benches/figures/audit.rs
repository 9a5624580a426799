//! The command that is measured: `swr-audit run`, whole, with what it does by itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use simulator::Simulator;
use tempfile::TempDir;

use crate::estate::{ACCESS_KEY, Estate, SECRET_KEY};
use crate::measure::{Spent, spent};

/// Requests in flight, for the audit as for the minimal loop.
pub(crate) const IN_FLIGHT: usize = 32;

/// An estate with its inventory in a folder, ready to be audited again and again.
pub(crate) struct Audit {
    folder: TempDir,
    pub(crate) estate: Estate,
    /// How many repositories it audits.
    repositories: usize,
}

/// What a run has used, and what it says of itself.
pub(crate) struct Ended {
    pub(crate) spent: Spent,
    /// Repositories that it could not read.
    pub(crate) unread: usize,
    /// Requests that it sent.
    pub(crate) sent: usize,
}

#[derive(Deserialize)]
struct Report {
    summary: Summary,
    run: Run,
}

#[derive(Deserialize)]
struct Run {
    wire: Wire,
}

#[derive(Deserialize)]
struct Wire {
    requests: Requests,
}

#[derive(Deserialize)]
struct Requests {
    sent: usize,
}

#[derive(Deserialize)]
struct Summary {
    repos: Repositories,
}

#[derive(Deserialize)]
struct Repositories {
    expected: usize,
    discovered: usize,
    unknown: usize,
}

impl Audit {
    /// Of an inventory that names every repository.
    pub(crate) fn of(estate: Estate) -> Self {
        Self::with(estate, &estate.inventory(), estate.0)
    }

    /// Of one that names none.
    pub(crate) fn discovering(estate: Estate) -> Self {
        Self::with(estate, &estate.discovering(), estate.live())
    }

    fn with(estate: Estate, inventory: &str, repositories: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the benchmark");
        fs::write(folder.path().join("inventory.yaml"), inventory).expect("the folder is writable");
        Self {
            folder,
            estate,
            repositories,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `swr-audit` with that, in that folder, with the key in an environment that holds nothing else.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_swr-audit"));
        command
            .args(arguments)
            .env("HOME", self.folder())
            .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
            .env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
        command
    }

    /// The command of a run against that simulator.
    pub(crate) fn run(&self, simulator: &Simulator) -> Command {
        let concurrency = IN_FLIGHT.to_string();
        let endpoint = simulator.endpoint();
        let mut command = self.command(&["run", "inventory.yaml", "--run-id", "run"]);
        command.args(["--concurrency", &concurrency, "--endpoint", &endpoint]);
        if let Some(file) = self.certificate(simulator) {
            command.args(["--ca-cert", file]);
        }
        command
    }

    /// Where the simulator's certificate is written to, if it has one.
    pub(crate) fn certificate(&self, simulator: &Simulator) -> Option<&'static str> {
        let pem = simulator.certificate_pem()?;
        fs::write(self.folder().join("ca.pem"), pem).expect("the folder is writable");
        Some("ca.pem")
    }

    /// Runs it, once, against a simulator that has forgotten what was before.
    pub(crate) fn against(&self, simulator: &Simulator) -> Ended {
        simulator.clear_requests();
        let spent = spent(&self.run(simulator), self.folder());
        let reports = self.folder().join("reports");
        let text = fs::read(reports.join("run/report.json")).unwrap_or_else(|error| {
            let said = fs::read_to_string(self.folder().join("stderr")).unwrap_or_default();
            panic!("no report ({error}), exit code {}: {said}", spent.code)
        });
        let report: Report = serde_json::from_slice(&text).expect("the report says what it saw");
        fs::remove_dir_all(reports).expect("the folder is ours");
        let repositories = report.summary.repos;
        let audited = repositories.expected + repositories.discovered;
        assert_eq!(audited, self.repositories, "the whole estate was audited");
        Ended {
            spent,
            unread: repositories.unknown,
            sent: report.run.wire.requests.sent,
        }
    }

    /// The same where nothing stands in the way: what it cost says something only if everything was read.
    pub(crate) fn undisturbed(&self, simulator: &Simulator) -> Spent {
        let ended = self.against(simulator);
        assert_eq!(ended.unread, 0, "every repository was read");
        ended.spent
    }
}
