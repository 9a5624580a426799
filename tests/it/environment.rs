//! Every variable of the environment, with what people and CI systems put into it where they mean nothing. The list is
//! clap's own, so that a new option is in it by itself.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use clap::{Arg, ArgAction, Command};

use crate::support::{ACCESS_KEY, SECRET_KEY, binary, inventory, serve, world};

/// What is tried beside nothing at all.
const TEXTS: [&str; 4] = ["none", "null", " ", "2"];
const ON: [&str; 4] = ["1", "true", "yes", "on"];
const OFF: [&str; 4] = ["0", "false", "no", "off"];

/// Where one of [`TEXTS`] is a value, and the exit code with it; `None`: as without it. Everything else is 64.
const VALUES: [(&str, &str, &[&str], Option<i32>); 15] = [
    ("*", "SWR_AUDIT_OUT", &["none", "null", "2"], None),
    ("*", "SWR_AUDIT_RUN_ID", &["null", "2"], None),
    ("*", "SWR_AUDIT_CONCURRENCY", &["2"], None),
    ("*", "SWR_AUDIT_RATE", &["2"], None),
    ("*", "SWR_AUDIT_RETRIES", &["2"], None),
    ("*", "SWR_AUDIT_MAX_WAIVER_DAYS", &["2"], None),
    ("*", "SWR_AUDIT_VERBOSE", &["2"], None),
    ("*", "SWR_AUDIT_BASELINE", &["none"], None),
    ("*", "SWR_AUDIT_BASELINE", &["null", "2"], Some(65)),
    // Patterns that select nothing.
    ("*", "SWR_AUDIT_ONLY", &["none", "null", "2"], Some(4)),
    ("snapshot", "SWR_AUDIT_SNAPSHOT_OUTPUT", &["none", "null", "2"], None),
    ("*", "SWR_AUDIT_PATH_PREFIX", &["none", "null", "2"], None),
    // There is no such file, and no such run.
    ("run", "SWR_AUDIT_REPLAY", &["none", "null", "2"], Some(65)),
    ("run", "SWR_AUDIT_RESUME", &["none", "null", "2"], Some(65)),
    ("snapshot", "SWR_AUDIT_POLICY_FROM", &["none", "null", "2"], Some(65)),
];

/// One command with one variable, and what has to come of it.
struct Case {
    command: &'static str,
    variable: String,
    text: String,
    code: Code,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    AsWithout,
    Refused,
    Is(i32),
    /// It does what it says, whatever that is.
    Accepted,
}

/// The commands, each with a line that comes to its end, and without a variable with that code.
const COMMANDS: [(&str, &[&str], i32); 8] = [
    ("run", &["inventory.yaml"], 2),
    ("check", &["inventory.yaml"], 0),
    ("snapshot", &["inventory.yaml"], 0),
    ("merge", &["shards/whole", "inventory.yaml"], 2),
    ("render", &["shards/whole"], 0),
    ("demo", &[], 0),
    ("simulate", &["no-such-world.yaml"], 65),
    ("schema", &["report"], 0),
];

fn cases(command: &'static str, option: &Arg) -> Vec<Case> {
    let variable = option
        .get_env()
        .expect("every option has one")
        .to_str()
        .expect("a text");
    let case = |text: &str, code| Case {
        command,
        variable: variable.to_owned(),
        text: text.to_owned(),
        code,
    };
    let of_value = |text: &str| {
        let is_this = |(of, name, texts, _): &&(&str, &str, &[&str], Option<i32>)| {
            (*of == "*" || *of == command) && *name == variable && texts.contains(&text)
        };
        match VALUES.iter().find(is_this) {
            Some((.., Some(code))) => Code::Is(*code),
            Some((.., None)) => Code::AsWithout,
            None => Code::Refused,
        }
    };
    let mut cases = vec![case("", Code::AsWithout)];
    cases.extend(TEXTS.map(|text| case(text, of_value(text))));
    if matches!(option.get_action(), ArgAction::SetTrue) {
        cases.extend(ON.map(|text| case(text, Code::Accepted)));
        cases.extend(OFF.map(|text| case(text, Code::AsWithout)));
    }
    cases
}

/// A folder with all that the commands are given. The drift in it is what a switch would hide.
fn prepared(endpoint: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let text = inventory(&["api", "web"]).replace(
        "region: cn-north-4",
        &format!("region: cn-north-4, endpoint: \"{endpoint}\""),
    );
    std::fs::write(folder.path().join("inventory.yaml"), text).expect("the folder is writable");
    folder
}

fn with_key(folder: &Path) -> std::process::Command {
    let mut command = binary(folder);
    command
        .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
        .env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
    command
}

/// The exit code and stderr.
fn ended(command: &mut std::process::Command) -> (i32, String) {
    let output = command.output().expect("the binary starts");
    let stderr = String::from_utf8(output.stderr).expect("stderr is text");
    (output.status.code().expect("it was not killed"), stderr)
}

/// What is wrong with it, if anything is.
fn tried(case: &Case, endpoint: &str) -> Option<String> {
    let Case {
        command,
        variable,
        text,
        code,
    } = case;
    let (_, arguments, without) = COMMANDS
        .into_iter()
        .find(|(name, ..)| name == command)
        .expect("it is known");
    let folder = prepared(endpoint);
    if ["merge", "render"].contains(command) {
        let shard = [
            "run",
            "inventory.yaml",
            "--shard",
            "1/1",
            "--out",
            "shards",
            "--run-id",
            "whole",
        ];
        assert_eq!(ended(with_key(folder.path()).args(shard)).0, 2);
    }
    let (actual, stderr) = ended(with_key(folder.path()).arg(command).args(arguments).env(variable, text));
    let is_right = match code {
        Code::AsWithout => actual == without,
        // Whoever set it finds it by its name or by what it says.
        Code::Refused => actual == 64 && (stderr.contains(&**variable) || stderr.contains(&format!("'{text}'"))),
        Code::Is(code) => actual == *code,
        Code::Accepted => actual != 64,
    };
    let is_right = is_right && !stderr.contains("warning: there is no variable");
    (!is_right).then(|| format!("{command} with {variable}={text:?}: {actual} and not {code:?}: {stderr}"))
}

fn commands() -> Vec<(&'static str, Command)> {
    let mut whole = swr_audit::cli::command();
    whole.build();
    let named = |command: &Command| {
        let (name, ..) = COMMANDS.into_iter().find(|(name, ..)| *name == command.get_name())?;
        Some((name, command.clone()))
    };
    let commands: Vec<_> = whole.get_subcommands().filter_map(named).collect();
    // But for clap's own `help`.
    assert_eq!(
        commands.len() + 1,
        whole.get_subcommands().count(),
        "a command is missing here"
    );
    commands
}

#[test]
fn a_variable_is_refused_where_it_says_nothing_that_its_option_takes() {
    let simulator = serve({
        let mut world = world(&["api", "web"]);
        world.repository("prod", "web").rules.clear();
        world
    });
    let endpoint = simulator.endpoint();
    let mut cases_of_all = Vec::new();
    for (name, command) in commands() {
        let options = command.get_arguments().filter(|option| option.get_env().is_some());
        cases_of_all.extend(options.flat_map(|option| cases(name, option)));
    }
    assert!(cases_of_all.len() > 500, "{}", cases_of_all.len());
    let next = AtomicUsize::new(0);
    let some = || {
        let mut wrong = Vec::new();
        while let Some(case) = cases_of_all.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(tried(case, &endpoint));
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(some)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("it is told"))
            .collect()
    });
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases_of_all.len(),
        wrong.join("\n")
    );
}

/// A switch that is on does something, and what it does is never seen here unless it is on.
#[test]
fn a_switch_is_on_by_four_words_alone() {
    let simulator = serve({
        let mut world = world(&["api", "web"]);
        world.repository("prod", "web").rules.clear();
        world
    });
    for (variable, with, without) in [("SWR_AUDIT_EXIT_ZERO", 0, 2), ("SWR_AUDIT_DRY_RUN", 0, 2)] {
        let code = |text: &str| {
            let folder = prepared(&simulator.endpoint());
            ended(
                with_key(folder.path())
                    .args(["run", "inventory.yaml"])
                    .env(variable, text),
            )
            .0
        };
        assert_eq!(ON.map(code), [with; 4], "{variable}");
        assert_eq!(OFF.map(code), [without; 4], "{variable}");
        let odd = ["y", "t", "TRUE", "Yes", "1 ", "01", "enabled", "\u{a0}"];
        assert_eq!(odd.map(code), [64; 8], "{variable}");
    }
}

/// `SWR_AUDIT_DRY_RUN=0` beside `--replay` was refused: each of the two excludes the other.
#[test]
fn a_switch_that_is_off_excludes_nothing() {
    let simulator = serve(world(&["api", "web"]));
    let folder = prepared(&simulator.endpoint());
    let run = ["run", "inventory.yaml", "--run-id", "first"];
    assert_eq!(ended(with_key(folder.path()).args(run)).0, 0);
    let replay = ["run", "inventory.yaml", "--replay", "reports/first/journal.ndjson"];
    for text in OFF {
        let (code, stderr) = ended(with_key(folder.path()).args(replay).env("SWR_AUDIT_DRY_RUN", text));
        assert_eq!(code, 0, "{stderr}");
    }
    let (code, stderr) = ended(with_key(folder.path()).args(replay).env("SWR_AUDIT_DRY_RUN", "1"));
    assert_eq!(code, 64, "{stderr}");
    assert!(
        stderr.contains("'--dry-run' has its value from SWR_AUDIT_DRY_RUN"),
        "{stderr}"
    );
}

#[test]
fn what_this_version_does_not_have_is_refused_from_the_environment_too() {
    let folder = prepared("http://127.0.0.1:1");
    for (variable, text, told) in [
        ("SWR_AUDIT_LEVEL", "replicas", "not supported yet; write `rules`"),
        ("SWR_AUDIT_LEVEL", "efficacy", "SWR_AUDIT_LEVEL"),
        ("SWR_AUDIT_KEEP", "5", "`--keep` is not supported yet"),
    ] {
        let (code, stderr) = ended(
            with_key(folder.path())
                .args(["run", "inventory.yaml"])
                .env(variable, text),
        );
        assert_eq!(code, 64, "{variable}: {stderr}");
        assert!(stderr.contains(told), "{variable}: {stderr}");
        let (code, stderr) = ended(
            with_key(folder.path())
                .args(["check", "inventory.yaml"])
                .env(variable, ""),
        );
        assert_eq!(code, 0, "{variable}: {stderr}");
    }
}

#[test]
fn a_misspelt_variable_is_named() {
    let folder = prepared("http://127.0.0.1:1");
    let check = |name: &str, text: &str| {
        let (code, stderr) = ended(
            with_key(folder.path())
                .args(["check", "inventory.yaml"])
                .env(name, text),
        );
        assert_eq!(code, 0, "{stderr}");
        stderr
            .lines()
            .find(|line| line.starts_with("warning: "))
            .map(str::to_owned)
    };
    for (name, told) in [
        ("SWR_AUDIT_FAIL_0N", "did you mean SWR_AUDIT_FAIL_ON?"),
        ("SWR_AUDIT_TOKN", "did you mean SWR_AUDIT_TOKEN?"),
        ("SWR_AUDIT_PORRIDGE", "nothing reads it"),
    ] {
        let line = format!("warning: there is no variable {name}: {told}");
        assert_eq!(check(name, "x"), Some(line));
        assert_eq!(check(name, ""), None, "empty is unset");
    }
    // The inventory may choose the prefix of a key's variables, and other commands have other options.
    for name in ["SWR_AUDIT_PROD_AK", "SWR_AUDIT_LISTEN", "SWR_AUDIT_TOKEN", "NOT_OURS"] {
        assert_eq!(check(name, "x"), None, "{name}");
    }
}

/// A credential that says nothing is none: no run ends as if somebody had been asked.
#[test]
fn a_credential_variable_that_says_nothing_proves_nothing() {
    let simulator = serve(world(&["api", "web"]));
    let folder = prepared(&simulator.endpoint());
    let variables: BTreeSet<String> = swr_audit::credentials::variables().into_iter().collect();
    assert!(
        variables.contains("SWR_AUDIT_TOKEN") && variables.len() > 20,
        "{variables:?}"
    );
    let run = ["run", "inventory.yaml", "--out", "none"];
    let alone = ended(binary(folder.path()).args(run));
    assert_eq!(alone.0, 1, "{}", alone.1);
    for variable in variables.iter().filter(|name| *name != "SWR_AUDIT_METADATA") {
        for text in TEXTS {
            let (code, stderr) = ended(binary(folder.path()).args(run).env(variable, text));
            assert_eq!(code, 1, "{variable}={text:?}: {stderr}");
        }
        let ended = ended(binary(folder.path()).args(run).env(variable, ""));
        assert_eq!(ended, alone, "{variable} is empty");
    }
}
