//! Pipes without another end, and others that are silent: nothing waits for them for ever, and every signal is heard
//! meanwhile.

use std::fs::{File, OpenOptions};
use std::io::{PipeWriter, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use simulator::{Misbehaviour, Simulator, World};

use crate::support::{ACCESS_KEY, Audit, SECRET_KEY, Started, binary, fault, inventory, serve, wait_until, world};

const CREDENTIALS: &str = "[basic]\nak = TESTACCESSKEY\nsk = test-secret-key-0123456789\n";

fn audit() -> Audit {
    Audit::of(&inventory(&["api", "web"]))
}

fn make_pipe(audit: &Audit, name: &str) {
    let made = Command::new("mkfifo").arg(audit.folder().join(name)).status();
    assert!(made.expect("every system has it").success());
}

/// Opens both ends: to open one waits for the other.
fn both_ends(audit: &Audit, name: &str) -> File {
    let mut options = OpenOptions::new();
    let opened = options.read(true).write(true).open(audit.folder().join(name));
    opened.expect("the pipe is there")
}

/// A pipe with a writer that writes so much, and no more.
fn silent_writer(audit: &Audit, name: &str, text: &str) -> File {
    make_pipe(audit, name);
    let mut file = both_ends(audit, name);
    file.write_all(text.as_bytes()).expect("it has room");
    file
}

/// Waits until all of it is read: by then somebody waits for more.
fn wait_until_read(writer: &File) {
    let left = || rustix::io::ioctl_fionread(writer).expect("it is a pipe");
    wait_until("what was written is read", || left() == 0);
}

fn command(audit: &Audit, arguments: &[&str]) -> Command {
    let mut command = binary(audit.folder());
    command.args(arguments);
    command.envs([("HUAWEICLOUD_SDK_AK", ACCESS_KEY), ("HUAWEICLOUD_SDK_SK", SECRET_KEY)]);
    command
}

/// Ends by itself, or fails here: what waits for ever must not keep the tests.
fn ended(mut started: Started) -> Output {
    wait_until("it ends by itself", || {
        started.child().try_wait().expect("it is ours").is_some()
    });
    started.output()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_input_that_nobody_writes_into_is_refused_at_once() {
    let simulator = serve(world(&["api", "web"]));
    let endpoint = simulator.endpoint();
    for (arguments, code) in [
        (&["run", "pipe", "--endpoint", &endpoint][..], 65),
        (&["run", "inventory.yaml", "pipe", "--endpoint", &endpoint], 65),
        (&["run", "pipe", "--dry-run"], 65),
        (
            &["run", "inventory.yaml", "--ca-cert", "pipe", "--endpoint", &endpoint],
            64,
        ),
        (&["run", "inventory.yaml", "--replay", "pipe"], 65),
        (&["check", "pipe"], 65),
        (&["check", "pipe", "--format", "json"], 65),
        (&["check", "inventory.yaml", "--live", "--ca-cert", "pipe"], 64),
        (&["snapshot", "pipe", "--endpoint", &endpoint], 65),
        (
            &[
                "snapshot",
                "--region",
                "cn-north-4",
                "--policy-from",
                "pipe",
                "--endpoint",
                &endpoint,
            ],
            65,
        ),
        (
            &[
                "snapshot",
                "--region",
                "cn-north-4",
                "--ca-cert",
                "pipe",
                "--endpoint",
                &endpoint,
            ],
            64,
        ),
        (&["merge", "shard", "pipe"], 65),
        (&["simulate", "pipe", "--listen", "127.0.0.1:0"], 65),
    ] {
        let audit = audit();
        make_pipe(&audit, "pipe");
        write_shard(&audit);
        let output = ended(Started::of(&mut command(&audit, arguments)));
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        let told = said.contains("pipe") && said.contains("it is a pipe that nobody writes into");
        assert!(told, "{arguments:?}: {said}");
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn certificates_of_the_system_that_nobody_writes_are_refused_at_once() {
    let audit = audit().setting("SSL_CERT_FILE", "pipe");
    make_pipe(&audit, "pipe");
    let run = audit.ended(ended(audit.start("https://127.0.0.1:1")));
    assert_eq!(run.code, 64, "{}", run.stderr);
    assert!(
        run.stderr.contains("'pipe': SSL_CERT_FILE names a pipe"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_file_of_credentials_that_nobody_writes_into_is_refused_at_once() {
    let simulator = serve(world(&["api", "web"]));
    for (variable, at) in [
        (Some("HUAWEICLOUD_SDK_CREDENTIALS_FILE"), "pipe"),
        (None, ".huaweicloud/credentials"),
        (None, ".hcloud/config.json"),
    ] {
        let audit = audit().without_environment();
        let audit = variable.into_iter().fold(audit, |audit, name| audit.setting(name, at));
        let folder = Path::new(at).parent().expect("it has one");
        std::fs::create_dir_all(audit.folder().join(folder)).expect("the folder is writable");
        make_pipe(&audit, at);
        let run = ended(audit.start(&simulator.endpoint()));
        let run = audit.ended(run);
        assert_eq!(run.code, 1, "{at}: {}", run.stderr);
        assert!(
            run.stderr.contains(at) && run.stderr.contains("nobody writes into"),
            "{at}: {}",
            run.stderr
        );
        assert_eq!(run.json()["status"], "failed", "{at}");
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn a_journal_in_the_folder_that_is_a_pipe_keeps_nobody_waiting() {
    let simulator = serve(world(&["api", "web"]));
    for folder in ["reports/.partial-old", "reports/old"] {
        let audit = audit();
        std::fs::create_dir_all(audit.folder().join(folder)).expect("the folder is writable");
        make_pipe(&audit, &format!("{folder}/journal.ndjson"));
        std::os::unix::fs::symlink("old", audit.folder().join("reports/latest")).expect("the folder is writable");
        let plain = audit.ended(ended(audit.start(&simulator.endpoint())));
        assert_eq!(plain.code, 0, "{folder}: {}", plain.stderr);
        let audit = audit.with(&["--resume", "old"]);
        let resumed = audit.ended(ended(audit.start(&simulator.endpoint())));
        assert_eq!(resumed.code, 65, "{folder}: {}", resumed.stderr);
    }
}

#[test]
fn a_place_that_nobody_reads_is_refused_before_anything_is_asked() {
    let simulator = serve(world(&["api", "web"]));
    let endpoint = simulator.endpoint();
    for arguments in [
        &["run", "inventory.yaml", "-o", "csv=pipe", "--endpoint", &endpoint][..],
        &[
            "run",
            "inventory.yaml",
            "-o",
            "json=link",
            "--out",
            "none",
            "--endpoint",
            &endpoint,
        ],
        &[
            "snapshot",
            "--region",
            "cn-north-4",
            "-o",
            "pipe",
            "--endpoint",
            &endpoint,
        ],
        &["demo", "-o", "repos=pipe"],
    ] {
        let audit = audit();
        make_pipe(&audit, "pipe");
        std::os::unix::fs::symlink("pipe", audit.folder().join("link")).expect("the folder is writable");
        let output = ended(Started::of(&mut command(&audit, arguments)));
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(
            said.contains("it is a pipe that nobody reads from"),
            "{arguments:?}: {said}"
        );
        assert!(audit.runs().is_empty(), "{arguments:?}");
    }
    assert!(simulator.requests().is_empty());
}

/// The inventory and the key come out of pipes, and the reports go into others, and behind a line of a file.
const PIPES: &str = "cat text | { exec 4<&0; cat inventory.yaml | {
    {
        { \"$0\" run /dev/stdin -o json=/dev/fd/5 -o csv=/dev/fd/6 -o repos=/dev/stdout \"$@\" 5>&3 6>>mine.csv
          echo $? > code; } | cat > repos.csv
    } 3>&1 | cat > mine.json
}; }";

#[test]
fn pipes_with_another_end_are_files_like_others() {
    let mut world = world(&["api", "web"]);
    world.repository("prod", "web").rules.clear();
    let simulator = serve(world);
    let audit = audit().without_environment();
    let audit = audit.setting("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "/dev/fd/4");
    std::fs::write(audit.folder().join("text"), CREDENTIALS).expect("the folder is writable");
    std::fs::write(audit.folder().join("mine.csv"), "before\n").expect("the folder is writable");
    let run = audit.command(None);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", PIPES]).arg(run.get_program());
    shell.args(["--endpoint", &simulator.endpoint()]);
    shell.current_dir(audit.folder()).env_clear();
    shell.env("PATH", std::env::var_os("PATH").expect("there is one"));
    shell.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = ended(Started::of(&mut shell));
    let read = |name: &str| std::fs::read_to_string(audit.folder().join(name)).expect("it was written");
    assert_eq!(read("code"), "2\n", "{}", said(&output));
    assert!(read("mine.json").contains("\"kind\": \"AuditReport\""));
    assert!(read("mine.csv").starts_with("before\n") && read("mine.csv").contains("missing-rule"));
    assert_eq!(read("repos.csv").lines().count(), 3);
}

/// The run of a shard that was killed at once, in the folder `shard`.
fn write_shard(audit: &Audit) {
    let folder = audit.folder().join("shard");
    std::fs::create_dir(&folder).expect("the folder is writable");
    std::fs::write(folder.join("journal.ndjson"), SHARD).expect("the folder is writable");
}

const SHARD: &str = r#"{"kind":"header","journal":1,"runId":"r","startedAt":"2026-11-24T03:15:00Z","toolVersion":"0","shard":"1/1","inventory":[],"sources":[["main","https://swr.example"]]}
"#;

#[test]
fn a_signal_while_an_input_is_read_ends_the_command_and_says_what_to_do() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        for arguments in [
            &["run", "pipe"][..],
            &["run", "inventory.yaml", "--ca-cert", "pipe"],
            &["run", "inventory.yaml", "--replay", "pipe"],
            &["check", "pipe"],
            &["check", "pipe", "--live"],
            &["snapshot", "pipe"],
            &["merge", "shard", "pipe"],
            &["simulate", "pipe"],
        ] {
            let audit = audit();
            write_shard(&audit);
            let writer = silent_writer(&audit, "pipe", "# more will come");
            let mut started = Started::of(&mut command(&audit, arguments));
            wait_until_read(&writer);
            started.signal(signal);
            let output = ended(started);
            let said = said(&output);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
            let next = format!("interrupted by SIG{signal}: nothing is written; run the same command again\n");
            assert!(said.ends_with(&next), "{arguments:?}: {said}");
            assert!(!audit.folder().join("reports").exists(), "{arguments:?}");
        }
    }
}

/// Its other end is there, and takes nothing: a pipe that is full to the last byte.
fn full() -> (std::io::PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().expect("the system has pipes");
    let flags = rustix::fs::fcntl_getfl(&writer).expect("it is open");
    rustix::fs::fcntl_setfl(&writer, flags | rustix::fs::OFlags::NONBLOCK).expect("it is ours");
    while writer.write(b"x").is_ok() {}
    rustix::fs::fcntl_setfl(&writer, flags).expect("it is ours");
    (reader, writer)
}

#[test]
fn a_signal_is_heard_although_stderr_takes_nothing() {
    let audit = audit();
    let writer = silent_writer(&audit, "pipe", "# more will come");
    let (_reader, stderr) = full();
    let mut check = command(&audit, &["check", "pipe"]);
    let mut started = Started::with(check.stdout(Stdio::null()).stderr(stderr));
    wait_until_read(&writer);
    started.signal("TERM");
    assert_eq!(ended(started).status.code(), Some(143));
}

#[test]
fn a_deadline_ends_the_waiting_for_an_input() {
    for (arguments, code) in [
        (&["run", "pipe", "--deadline", "1s"][..], 65),
        (&["run", "inventory.yaml", "--ca-cert", "pipe", "--deadline", "1s"], 64),
        (&["run", "inventory.yaml", "--replay", "pipe", "--deadline", "1s"], 65),
        (&["snapshot", "pipe", "--deadline", "1s"], 65),
    ] {
        let audit = audit();
        let _writer = silent_writer(&audit, "pipe", "# more will come");
        let output = ended(Started::of(&mut command(&audit, arguments)));
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(
            said.contains("stopped while its writer was waited for"),
            "{arguments:?}: {said}"
        );
    }
}

/// A credential that is still to come, and a service that must not be asked.
fn waits_for_credentials(arguments: &[&str]) -> (Simulator, Audit, File) {
    let audit = audit().without_environment().with(arguments);
    let audit = audit.setting("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "pipe");
    let writer = silent_writer(&audit, "pipe", "[basic]\nak = KEY\n");
    (serve(world(&["api", "web"])), audit, writer)
}

#[test]
fn a_signal_while_a_credential_is_looked_for_is_an_interruption_with_a_report() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let (simulator, audit, writer) = waits_for_credentials(&[]);
        let mut started = audit.start(&simulator.endpoint());
        wait_until_read(&writer);
        started.signal(signal);
        let run = audit.ended(ended(started));
        assert_eq!(run.code, code, "{}", run.stderr);
        assert_eq!(run.told(), [" unknown:interrupted"]);
        assert_eq!(run.json()["status"], "incomplete");
        assert!(simulator.requests().is_empty());
        assert!(
            run.stderr.contains("the same command with `--resume`"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_deadline_while_a_credential_is_looked_for_is_four() {
    let (simulator, audit, _writer) = waits_for_credentials(&["--deadline", "1s"]);
    let run = audit.ended(ended(audit.start(&simulator.endpoint())));
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert_eq!(run.told(), [" unknown:interrupted"]);
    assert!(simulator.requests().is_empty());
}

#[test]
fn a_signal_ends_a_merge_at_once_and_leaves_nothing_of_it() {
    let simulator = serve(world(&["api", "web"]));
    let audit = audit().with(&["--run-id", "shard", "--shard", "1/1"]);
    assert_eq!(audit.against(&simulator.endpoint()).code, 0);
    make_pipe(&audit, "pipe");
    let mut reader = both_ends(&audit, "pipe");
    // Full but for less than a report, so that the merge hangs where it writes it.
    let flags = rustix::fs::fcntl_getfl(&reader).expect("it is open");
    rustix::fs::fcntl_setfl(&reader, flags | rustix::fs::OFlags::NONBLOCK).expect("it is ours");
    while reader.write(b"x").is_ok() {}
    let arguments = [
        "merge",
        "reports/shard",
        "inventory.yaml",
        "--out",
        "joined",
        "--run-id",
        "m",
        "-o",
        "csv=mine.csv",
        "-o",
        "json=pipe",
    ];
    let mut started = Started::of(&mut command(&audit, &arguments));
    let report = audit.folder().join("joined/.partial-m/report.json");
    wait_until("the reports are written", || report.exists());
    started.signal("TERM");
    let output = ended(started);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(143), "{said}");
    assert!(said.ends_with("run the same command again\n"), "{said}");
    let names = |folder: &str| {
        let entries = std::fs::read_dir(audit.folder().join(folder)).expect("it is there");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("joined"), [".lock"]);
    assert_eq!(names("."), ["inventory.yaml", "joined", "pipe", "reports"]);
}

#[test]
fn a_demo_that_is_interrupted_proposes_nothing_that_it_cannot_do() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let audit = audit();
        let mut started = Started::of(&mut command(&audit, &["demo"]));
        let mut line = String::new();
        let stderr = started.child().stderr.as_mut().expect("it is caught");
        std::io::BufRead::read_line(&mut std::io::BufReader::with_capacity(1, stderr), &mut line).expect("it is text");
        // It is about to begin: it stands still until the signal is there.
        started.signal("STOP");
        started.signal(signal);
        started.signal("CONT");
        let output = ended(started);
        let said = said(&output);
        // It may have ended in between.
        assert!(
            matches!(output.status.code(), Some(0)) || output.status.code() == Some(code),
            "{said}"
        );
        assert!(!said.contains("--resume") && !said.contains("script"), "{said}");
        assert!(
            output.status.code() == Some(0)
                || said.contains("run it again")
                || said.contains("run the same command again"),
            "{said}"
        );
    }
}

fn hanging(mut world: World) -> Simulator {
    world.faults.push(fault("*", Misbehaviour::Hang));
    serve(world)
}

#[test]
fn a_check_that_is_interrupted_says_so_and_proposes_what_it_can_do() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let simulator = hanging(world(&["api", "web"]));
        let audit = Audit::of(&inventory(&["api", "web"]).replace("otherRepos: allow", "otherRepos: deny"));
        let endpoint = simulator.endpoint();
        let arguments = [
            "check",
            "inventory.yaml",
            "--live",
            "--format",
            "json",
            "--endpoint",
            &endpoint,
        ];
        let mut started = Started::of(&mut command(&audit, &arguments));
        wait_until("the list hangs", || simulator.requests().len() == 1);
        started.signal(signal);
        let output = ended(started);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        let document = String::from_utf8_lossy(&output.stdout);
        assert!(
            !said.contains("resume") && !document.contains("resume"),
            "{said}{document}"
        );
        assert!(
            said.contains("\nnext    run the same command again, and let it finish\n"),
            "{said}"
        );
        let last = format!("exit {code}  the inventory is sound; interrupted before everything was listed\n");
        assert!(said.ends_with(&last), "{said}");
        let document: serde_json::Value = serde_json::from_str(&document).expect("a document");
        assert_eq!(document["live"]["unknown"][0]["class"], "interrupted");
    }
}
