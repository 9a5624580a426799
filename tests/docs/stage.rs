//! A folder, files in it, a simulated service, and the binary between them, without any environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use serde_json::Value;
use simulator::{AccessKey, Rule, Simulator, World};
use tempfile::TempDir;

/// The clock of every run: some examples have dates in them.
pub(super) const AT: &str = "2026-11-24T03:15:00Z";
/// The run that the pages show.
pub(super) const RUN_ID: &str = "20261124T031500Z-3f9a1c2b";

/// The key of the worlds made here.
pub(super) const ACCESS_KEY: &str = "TESTACCESSKEY";
/// Its secret.
pub(super) const SECRET_KEY: &str = "test-secret-key-0123456789";

/// A folder to run in; gone with this value.
pub(super) struct Stage(TempDir);

/// What a run left behind.
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ended by itself"),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        }
    }
}

impl Stage {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for the test"))
    }

    /// A stage with `inventory.yaml` in it.
    pub(super) fn with_inventory(text: &str) -> Self {
        let stage = Self::new();
        stage.write("inventory.yaml", text);
        stage
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("it is below the folder")).expect("the folder is writable");
        fs::write(path, text).expect("the folder is writable");
    }

    /// The binary, in this folder, with nothing in its environment but a home without credentials.
    pub(super) fn binary(&self, arguments: &[&str]) -> Command {
        self.clean(env!("CARGO_BIN_EXE_swr-audit"), arguments)
    }

    /// A shell that finds the binary by its name.
    pub(super) fn shell(&self, script: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_swr-audit"));
        let folder = binary.parent().expect("it lies in a folder");
        let mut command = self.clean("/bin/sh", &["-e", "-c", script]);
        command.env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
        command
    }

    fn clean(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("SWR_AUDIT_METADATA", "off");
        command
    }

    /// `run inventory.yaml` with the test key, against a simulator.
    pub(super) fn run(&self, simulator: &Simulator, arguments: &[&str]) -> Command {
        let mut command = self.binary(&["run", "inventory.yaml", "--endpoint", &simulator.endpoint()]);
        command.args(arguments);
        with_key(&mut command);
        command
    }

    /// The newest report, `latest` or not: of a stage on which one run was.
    pub(super) fn report(&self) -> Option<Value> {
        self.run_folder().map(|folder| json(&folder.join("report.json")))
    }

    /// The folder of the only run on this stage.
    pub(super) fn run_folder(&self) -> Option<PathBuf> {
        let entries = fs::read_dir(self.path().join("reports")).ok()?;
        let mut folders: Vec<PathBuf> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_dir() && !path.is_symlink())
            .collect();
        assert!(folders.len() <= 1, "{folders:?}");
        folders.pop()
    }
}

/// Puts the test key where the service's SDKs look for one.
pub(super) fn with_key(command: &mut Command) -> &mut Command {
    command
        .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
        .env("HUAWEICLOUD_SDK_SK", SECRET_KEY)
}

pub(super) fn ended(command: &mut Command) -> Ended {
    command.output().expect("the program starts").into()
}

pub(super) fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("there is a report")).expect("it is JSON")
}

/// Two repositories, `prod/web` and `prod/api`, each expected in `cn-east-3/prod-dr`.
pub(super) const TWO: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies:
  dr: { targets: [{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }] }
namespaces: [{ name: prod, policy: dr, repos: [web, api] }]
";

/// The world in which [`TWO`] finds everything as expected. It knows the test key.
pub(super) fn two() -> World {
    let mut world = World::default();
    world.credentials.access_keys.push(AccessKey {
        ak: ACCESS_KEY.to_owned(),
        sk: SECRET_KEY.into(),
        security_token: None,
    });
    for name in ["web", "api"] {
        let rule = Rule::to("cn-east-3", "prod-dr");
        world.repository("prod", name).rules.push(rule);
    }
    world
}

pub(super) fn serve(world: World) -> Simulator {
    Simulator::start(world).expect("loopback has a free port")
}

/// Sends a signal to a process that this test started.
pub(super) fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let mut kill = Command::new("/bin/sh");
    kill.args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).env_clear();
    assert!(kill.status().is_ok_and(|status| status.success()), "SIG{name} to {id}");
}
