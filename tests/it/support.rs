//! A folder, an inventory, a simulated service, and the binary between them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::{AccessKey, ErrorAnswer, Fault, Misbehaviour, RawAnswer, Request, Rule, Simulator, World};
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
    /// The runs that there were when the last command was made.
    earlier: RefCell<BTreeSet<PathBuf>>,
}

/// What a run left behind.
pub(crate) struct Ended {
    /// The exit code.
    pub(crate) code: i32,
    /// What went to stdout.
    pub(crate) stdout: String,
    /// What went to stderr.
    pub(crate) stderr: String,
    /// The folder with this run's reports.
    pub(crate) report: PathBuf,
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
            earlier: RefCell::default(),
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
        *self.earlier.borrow_mut() = self.runs();
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

    /// Starts against that endpoint.
    pub(crate) fn start(&self, endpoint: &str) -> Started {
        Started::of(&mut self.command(Some(endpoint)))
    }

    /// The folders of finished runs, in order of their names.
    pub(crate) fn runs(&self) -> BTreeSet<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("reports")) else {
            return BTreeSet::new();
        };
        let is_run = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            path.is_dir() && !path.is_symlink() && !name.starts_with('.')
        };
        let paths = entries.map(|entry| entry.expect("the folder can be read").path());
        paths.filter(is_run).collect()
    }

    /// What a finished process left behind.
    pub(crate) fn ended(&self, output: Output) -> Ended {
        let earlier = self.earlier.borrow();
        let mine = self.runs().into_iter().find(|run| !earlier.contains(run));
        Ended {
            report: mine.unwrap_or_else(|| self.folder.path().join("reports/none")),
            code: output.status.code().expect("it was not killed"),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
            _folder: Rc::clone(&self.folder),
        }
    }
}

impl Ended {
    /// The JSON report of the run.
    pub(crate) fn json(&self) -> Value {
        json(&self.report)
    }

    /// The rows of `drift.csv`, each a map from column to cell.
    pub(crate) fn drift(&self) -> Vec<BTreeMap<String, String>> {
        rows(&self.report.join("drift.csv"))
    }

    /// The rows of `repos.csv`.
    pub(crate) fn repos(&self) -> Vec<BTreeMap<String, String>> {
        rows(&self.report.join("repos.csv"))
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

/// A process under way; it ends with this value at the latest.
pub(crate) struct Started(Option<Child>);

impl Started {
    /// Starts it, with both of its outputs caught.
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::with(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    /// Starts it, with its outputs as they were set.
    pub(crate) fn with(command: &mut Command) -> Self {
        Self(Some(command.spawn().expect("the binary starts")))
    }

    /// The process.
    pub(crate) fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("it is waited for once")
    }

    /// Sends a signal by its name: `INT`, `TERM`.
    pub(crate) fn signal(&mut self, name: &str) {
        let pid = self.child().id().to_string();
        // The shell has the command built in, and not every machine has another.
        let line = ["-c", "kill -s \"$0\" \"$1\"", name, &pid];
        let sent = Command::new("/bin/sh").args(line).status().expect("there is a shell");
        assert!(sent.success(), "the process is still there");
    }

    /// Waits for its end.
    pub(crate) fn output(mut self) -> Output {
        let child = self.0.take().expect("it is waited for once");
        child.wait_with_output().expect("it ends")
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until it holds. What never comes fails here, and not by a hanging test.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_mins(1), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The binary in a folder, without any environment.
pub(crate) fn binary(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_swr-audit"));
    command.current_dir(folder).env_clear().env("HOME", folder);
    // No test waits for what may or may not answer on this machine's link.
    command.env("SWR_AUDIT_METADATA", "off");
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
/// Nothing is listed: each is asked for by its name.
pub(crate) fn inventory(repositories: &[&str]) -> String {
    inventory_of(&[("prod", repositories)])
}

/// The same over several namespaces.
pub(crate) fn inventory_of(namespaces: &[(&str, &[&str])]) -> String {
    let entry = |(name, repositories): &(&str, &[&str])| {
        let names: Vec<String> = repositories.iter().map(|name| format!("\n      - {name}")).collect();
        format!(
            "  - name: {name}
    policy: dr
    owner: team-{name}
    otherRepos: allow
    repos:{}
",
            names.concat()
        )
    };
    let entries: Vec<String> = namespaces.iter().map(entry).collect();
    format!(
        "apiVersion: swr-audit/v1
source: {{ name: main, region: cn-north-4 }}
policies:
  dr:
    targets:
      - {{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }}
namespaces:
{}",
        entries.concat()
    )
}

/// The world in which [`inventory`] finds everything as expected. It knows the test key.
pub(crate) fn world(repositories: &[&str]) -> World {
    world_of(&[("prod", repositories)])
}

/// The world in which [`inventory_of`] finds everything as expected.
pub(crate) fn world_of(namespaces: &[(&str, &[&str])]) -> World {
    let mut world = World::default();
    world.credentials.access_keys.push(AccessKey {
        ak: ACCESS_KEY.to_owned(),
        sk: SECRET_KEY.into(),
        security_token: None,
    });
    for (namespace, repositories) in namespaces {
        for name in *repositories {
            world
                .repository(namespace, name)
                .rules
                .push(Rule::to("cn-east-3", "prod-dr"));
        }
    }
    world
}

/// This on everything under that place; `*` is everywhere.
pub(crate) fn fault(on: &str, answer: Misbehaviour) -> Fault {
    Fault {
        on: on.to_owned(),
        ..Fault::always(answer)
    }
}

/// An error with that status and code.
pub(crate) fn error(status: u16, code: &str) -> Misbehaviour {
    Misbehaviour::Error(ErrorAnswer {
        status,
        code: code.to_owned(),
        ..ErrorAnswer::default()
    })
}

/// Any text under any status.
pub(crate) fn raw(status: u16, body: &str) -> Misbehaviour {
    Misbehaviour::Raw(RawAnswer {
        status,
        body: body.to_owned(),
        ..RawAnswer::default()
    })
}

/// Names that sort as they count: `PREFIX-000`, `PREFIX-001`, ...
pub(crate) fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}-{number:03}")).collect()
}

/// As slices of text.
pub(crate) fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// Serves a world.
pub(crate) fn serve(world: World) -> Simulator {
    Simulator::start(world).expect("loopback has a free port")
}

/// Paths that were asked for, in the order in which they came.
pub(crate) fn paths(simulator: &Simulator) -> Vec<String> {
    simulator.requests().into_iter().map(|request| request.path).collect()
}

/// The path at which a repository's rules are asked for.
pub(crate) fn rules_path(namespace: &str, repository: &str) -> String {
    let repository = repository.replace('/', "%24");
    format!("/v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo")
}

/// The path at which a namespace is looked at.
pub(crate) fn namespace_path(namespace: &str) -> String {
    format!("/v2/manage/namespaces/{namespace}")
}

/// The requests that came for that path.
pub(crate) fn requests_for(simulator: &Simulator, path: &str) -> Vec<Request> {
    let mut requests = simulator.requests();
    requests.retain(|request| request.path == path);
    requests
}
