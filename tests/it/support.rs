//! A folder, an inventory, a simulated service, and the binary between them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::rc::Rc;

use serde_json::Value;
use simulator::{AccessKey, Rule, Simulator, World};
use tempfile::TempDir;

/// The key that worlds of [`world`] know.
pub(crate) const ACCESS_KEY: &str = "TESTACCESSKEY";
/// Its secret.
pub(crate) const SECRET_KEY: &str = "test-secret-key-0123456789";

/// A run in the making: a folder of its own, an inventory in it, no environment but what is given.
pub(crate) struct Audit {
    folder: Rc<TempDir>,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
}

/// What a run left behind.
pub(crate) struct Ended {
    /// The exit code.
    pub(crate) code: i32,
    /// What went to stdout.
    pub(crate) stdout: String,
    /// What went to stderr.
    pub(crate) stderr: String,
    /// The folder with the newest reports.
    pub(crate) latest: PathBuf,
    /// Where the run took place; goes with this value.
    _folder: Rc<TempDir>,
}

impl Audit {
    /// An audit of this inventory, with the test key in the environment.
    pub(crate) fn of(inventory: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::write(folder.path().join("inventory.yaml"), inventory).expect("the folder is writable");
        let environment = [("HUAWEICLOUD_SDK_AK", ACCESS_KEY), ("HUAWEICLOUD_SDK_SK", SECRET_KEY)];
        Self {
            folder: Rc::new(folder),
            arguments: Vec::new(),
            environment: environment
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    /// The folder in which the binary runs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Adds arguments behind `run inventory.yaml`.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    /// Sets an environment variable.
    pub(crate) fn setting(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Takes every environment variable away.
    pub(crate) fn without_environment(mut self) -> Self {
        self.environment.clear();
        self
    }

    /// The command, for tests that do not wait for its end.
    pub(crate) fn command(&self, endpoint: Option<&str>) -> Command {
        let mut command = binary(self.folder.path());
        command
            .arg("run")
            .arg("inventory.yaml")
            .args(&self.arguments)
            .envs(&self.environment);
        if let Some(endpoint) = endpoint {
            command.args(["--endpoint", endpoint]);
        }
        command
    }

    /// Runs against that endpoint.
    pub(crate) fn against(&self, endpoint: &str) -> Ended {
        self.ended(self.command(Some(endpoint)).output().expect("the binary starts"))
    }

    /// Runs with the endpoint that the inventory says.
    pub(crate) fn run(&self) -> Ended {
        self.ended(self.command(None).output().expect("the binary starts"))
    }

    /// What a finished process left behind.
    pub(crate) fn ended(&self, output: Output) -> Ended {
        Ended {
            code: output.status.code().expect("it was not killed"),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
            latest: self.folder.path().join("reports/latest"),
            _folder: Rc::clone(&self.folder),
        }
    }
}

impl Ended {
    /// The JSON report of the newest run.
    pub(crate) fn json(&self) -> Value {
        json(&self.latest)
    }

    /// The rows of `drift.csv`, each a map from column to cell.
    pub(crate) fn drift(&self) -> Vec<BTreeMap<String, String>> {
        rows(&self.latest.join("drift.csv"))
    }

    /// The rows of `repos.csv`.
    pub(crate) fn repos(&self) -> Vec<BTreeMap<String, String>> {
        rows(&self.latest.join("repos.csv"))
    }

    /// `repository code-or-class` of every row of `drift.csv`: what was told, in short.
    pub(crate) fn told(&self) -> Vec<String> {
        let word = |row: &BTreeMap<String, String>| match &*row["unknown_class"] {
            "" => row["code"].clone(),
            class => format!("unknown:{class}"),
        };
        self.drift()
            .iter()
            .map(|row| format!("{} {}", row["repository"], word(row)))
            .collect()
    }

    /// `repository outcome` of every row of `repos.csv`.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        self.repos()
            .iter()
            .map(|row| format!("{} {}", row["repository"], row["outcome"]))
            .collect()
    }
}

/// The binary in a folder, without any environment.
pub(crate) fn binary(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_swr-audit"));
    command.current_dir(folder).env_clear().env("HOME", folder);
    command
}

/// The JSON report in a run's folder.
pub(crate) fn json(run: &Path) -> Value {
    let text = std::fs::read(run.join("report.json")).expect("there is a report");
    serde_json::from_slice(&text).expect("the report is JSON")
}

/// The rows of a CSV report, each a map from column to cell.
pub(crate) fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).expect("there is a report");
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .deserialize()
        .map(|row| row.expect("every row has every column"))
        .collect()
}

/// An inventory over `prod`: these repositories, each expected in `cn-east-3/prod-dr` with `override: false`.
pub(crate) fn inventory(repositories: &[&str]) -> String {
    let names: Vec<String> = repositories.iter().map(|name| format!("\n      - {name}")).collect();
    format!(
        "apiVersion: swr-audit/v1
source: {{ name: main, region: cn-north-4 }}
policies:
  dr:
    targets:
      - {{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }}
namespaces:
  - name: prod
    policy: dr
    owner: team-prod
    repos:{}
",
        names.concat()
    )
}

/// The world in which [`inventory`] finds everything as expected. It knows the test key.
pub(crate) fn world(repositories: &[&str]) -> World {
    let mut world = World::default();
    world.credentials.access_keys.push(AccessKey {
        ak: ACCESS_KEY.to_owned(),
        sk: SECRET_KEY.into(),
        security_token: None,
    });
    for name in repositories {
        world
            .repository("prod", name)
            .rules
            .push(Rule::to("cn-east-3", "prod-dr"));
    }
    world
}

/// Serves a world.
pub(crate) fn serve(world: World) -> Simulator {
    Simulator::start(world).expect("loopback has a free port")
}

/// Paths that were asked for, in the order in which they came.
pub(crate) fn paths(simulator: &Simulator) -> Vec<String> {
    simulator.requests().into_iter().map(|request| request.path).collect()
}
