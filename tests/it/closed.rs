//! A reader that has seen enough closes its end of the pipe. That is its choice, and no failure of the command.

use std::io::PipeWriter;
use std::process::{Command, Stdio};

use crate::support::{ACCESS_KEY, Audit, SECRET_KEY, binary, inventory, json, names, serve, texts, world};

/// The writing end of a pipe that nobody reads any more.
fn closed() -> PipeWriter {
    let (reader, writer) = std::io::pipe().expect("the system has pipes");
    drop(reader);
    writer
}

/// So many repositories without rules that every table of them is longer than any buffer.
fn long() -> (simulator::Simulator, Audit) {
    let names = names("repo", 300);
    let mut world = world(&texts(&names));
    for name in &names {
        world.repository("prod", name).rules.clear();
    }
    (serve(world), Audit::of(&inventory(&texts(&names))))
}

/// The exit code of a command whose stdout nobody reads, and what it writes to stderr.
fn without_reader(command: &mut Command) -> (Option<i32>, String) {
    let output = command.stdout(closed()).stderr(Stdio::piped()).output();
    let output = output.expect("the binary starts");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn a_closed_pipe_ends_a_run_with_its_own_code() {
    for format in ["csv", "repos", "json"] {
        let (simulator, audit) = long();
        let audit = audit.with(&["-o", &format!("{format}=-"), "-o", "json=mine.json", "--run-id", "r"]);
        let (code, said) = without_reader(&mut audit.command(Some(&simulator.endpoint())));
        assert_eq!(code, Some(2), "{format}: {said}");
        let published = json(&audit.folder().join("reports/latest"));
        assert_eq!(published["summary"]["repos"]["drift"], 300, "{format}");
        assert!(audit.folder().join("mine.json").exists(), "{format}");
        assert!(said.contains("exit 2"), "{format}: {said}");
    }
}

#[test]
fn a_reader_that_takes_the_first_line_alone_ends_a_run_with_its_own_code() {
    let (simulator, audit) = long();
    let audit = audit.with(&["-o", "csv=-", "--run-id", "r"]);
    let run = audit.command(Some(&simulator.endpoint()));
    let mut shell = Command::new("/bin/sh");
    let script = "{ \"$0\" \"$@\"; echo $? > code; } | head -n 1";
    shell.args(["-c", script]).arg(run.get_program()).args(run.get_args());
    shell.current_dir(audit.folder()).env_clear();
    shell.env("PATH", std::env::var_os("PATH").expect("there is one"));
    shell.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.output().expect("there is a shell");
    let code = std::fs::read_to_string(audit.folder().join("code")).expect("it ended");
    assert_eq!(code, "2\n", "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    assert!(audit.folder().join("reports/r/report.json").exists());
}

#[test]
fn a_closed_pipe_ends_no_command_with_another_code() {
    let (simulator, audit) = long();
    let endpoint = simulator.endpoint();
    std::fs::write(audit.folder().join("wrong.yaml"), "apiVersion: 1\n").expect("the folder is writable");
    std::fs::write(
        audit.folder().join("unsure.yaml"),
        inventory(&["a"]).replace("syncAuto: true", "syncAuto: any"),
    )
    .expect("the folder is writable");
    let live = |arguments: &[&str]| [arguments, &["--endpoint", &endpoint]].concat().join(" ");
    for (arguments, expected) in [
        ("--help".to_owned(), 0),
        ("run --help".to_owned(), 0),
        ("--version".to_owned(), 0),
        ("schema inventory".to_owned(), 0),
        ("schema report".to_owned(), 0),
        ("check inventory.yaml --format json".to_owned(), 0),
        ("check wrong.yaml --format json".to_owned(), 65),
        ("check unsure.yaml --strict --format json".to_owned(), 65),
        ("check inventory.yaml --explain prod/repo-001".to_owned(), 0),
        (
            "check inventory.yaml --explain prod/repo-001 --format json".to_owned(),
            0,
        ),
        (live(&["check", "inventory.yaml", "--live", "--format", "json"]), 0),
        ("run inventory.yaml --dry-run".to_owned(), 0),
        (live(&["snapshot", "--region", "cn-north-4"]), 0),
        ("demo --out none -o json=- --at 2026-11-24T03:15:00Z".to_owned(), 0),
    ] {
        let mut command = binary(audit.folder());
        command.args(arguments.split(' '));
        command.envs([("HUAWEICLOUD_SDK_AK", ACCESS_KEY), ("HUAWEICLOUD_SDK_SK", SECRET_KEY)]);
        let (code, said) = without_reader(&mut command);
        assert_eq!(code, Some(expected), "{arguments}: {said}");
        assert!(!said.contains("cannot write"), "{arguments}: {said}");
    }
}

#[test]
fn a_closed_pipe_ends_a_merge_with_its_own_code() {
    let (simulator, audit) = long();
    let audit = audit.with(&["--run-id", "r", "--shard", "1/1"]);
    assert_eq!(audit.against(&simulator.endpoint()).code, 2);
    for format in ["csv", "repos", "json"] {
        let mut merge = binary(audit.folder());
        merge.args([
            "merge",
            "reports/r",
            "inventory.yaml",
            "--out",
            format,
            "-o",
            &format!("{format}=-"),
        ]);
        let (code, said) = without_reader(&mut merge);
        assert_eq!(code, Some(2), "{format}: {said}");
        assert!(
            audit.folder().join(format).join("latest/report.json").exists(),
            "{said}"
        );
    }
}

#[test]
fn a_closed_stderr_changes_no_code_and_no_report() {
    for talk in [
        &["-vv"][..],
        &["--progress", "always"],
        &["--log-format", "json", "-vv"],
        &[],
    ] {
        let (simulator, audit) = long();
        let audit = audit.with(&["-o", "csv=-", "--run-id", "r"]).with(talk);
        let mut command = audit.command(Some(&simulator.endpoint()));
        let status = command
            .stdout(closed())
            .stderr(closed())
            .status()
            .expect("the binary starts");
        assert_eq!(status.code(), Some(2), "{talk:?}");
        assert!(audit.folder().join("reports/r/report.json").exists(), "{talk:?}");
    }
    let (_, audit) = long();
    for (arguments, expected) in [
        (&["check", "inventory.yaml"][..], 0),
        (&["check", "none.yaml"], 65),
        (&["run", "--nonsense"], 64),
        (&["demo", "--out", "none", "--at", "2026-11-24T03:15:00Z"], 0),
    ] {
        let status = binary(audit.folder()).args(arguments).stderr(closed()).status();
        assert_eq!(
            status.expect("the binary starts").code(),
            Some(expected),
            "{arguments:?}"
        );
    }
}

/// A disk that is full is no reader that has seen enough.
#[test]
fn a_full_stdout_is_a_failure_of_every_command() {
    let (simulator, audit) = long();
    let endpoint = simulator.endpoint();
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["schema", "report"],
        &["check", "inventory.yaml", "--format", "json"],
        &["check", "inventory.yaml", "--explain", "prod/repo-001"],
        &["run", "inventory.yaml", "--dry-run"],
        &["run", "inventory.yaml", "-o", "csv=-", "--endpoint", &endpoint],
        &["snapshot", "--region", "cn-north-4", "--endpoint", &endpoint],
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .expect("every Linux has it");
        let mut command = binary(audit.folder());
        command.envs([("HUAWEICLOUD_SDK_AK", ACCESS_KEY), ("HUAWEICLOUD_SDK_SK", SECRET_KEY)]);
        let output = command.args(arguments).stdout(full).stderr(Stdio::piped()).output();
        let output = output.expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("cannot write to stdout"), "{arguments:?}: {said}");
    }
    assert!(audit.runs().is_empty());
}
