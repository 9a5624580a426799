//! The commands that need no account: the simulator as a server, and the demo.

use std::io::{BufRead, BufReader};

use crate::support::{Audit, Started, binary, inventory, rows};

const WORLD: &str = "credentials:
  accessKeys: [{ ak: TESTACCESSKEY, sk: test-secret-key-0123456789 }]
namespaces:
  - name: prod
    repositories:
      - { name: web, rules: [{ region: cn-east-3, namespace: prod-dr }] }
      - { name: bare }
";

#[test]
fn a_world_is_served_until_a_signal() {
    for signal in ["TERM", "INT"] {
        let audit = Audit::of(&inventory(&["bare", "web"]));
        std::fs::write(audit.folder().join("world.yaml"), WORLD).expect("the folder is writable");
        let mut command = binary(audit.folder());
        command.args(["simulate", "world.yaml", "--listen", "127.0.0.1:0"]);
        let mut served = Started::of(&mut command);
        let mut lines = BufReader::new(served.child().stderr.take().expect("it is caught")).lines();
        let first = lines.next().expect("a line").expect("of text");
        let at = first.find("http://127.0.0.1:").unwrap_or_else(|| panic!("{first}"));
        let ended = audit.against(&first[at..]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert_eq!(ended.told(), ["bare missing-rule"]);
        served.signal(signal);
        let rest: Vec<String> = lines.map_while(Result::ok).collect();
        let output = served.output();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
        assert!(
            rest.iter().any(|line| line == "stopped; requests answered: 2"),
            "{rest:?}"
        );
    }
}

#[test]
fn a_world_that_is_none_is_reported() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::write(folder.path().join("wrong.yaml"), "namespaces: 5\n").expect("the folder is writable");
    for (arguments, code) in [
        (&["simulate", "wrong.yaml"][..], 65),
        (&["simulate", "none.yaml"], 65),
        (&["simulate"], 64),
        (&["simulate", "wrong.yaml", "--listen", "here"], 64),
    ] {
        let output = binary(folder.path())
            .args(arguments)
            .output()
            .expect("the binary starts");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
    std::fs::write(folder.path().join("world.yaml"), WORLD).expect("the folder is writable");
    let elsewhere = ["simulate", "world.yaml", "--listen", "0.0.0.0:0"];
    let output = binary(folder.path())
        .args(elsewhere)
        .output()
        .expect("the binary starts");
    assert_ne!(output.status.code(), Some(0), "it is no service for others");
}

#[test]
fn the_demo_needs_nothing_and_leaves_its_reports() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    // Whatever the environment says of a real account is not for the demo.
    let mut command = binary(folder.path());
    command
        .arg("demo")
        .envs([("HUAWEICLOUD_SDK_AK", "REALKEY"), ("HUAWEICLOUD_SDK_SK", "real-secret")]);
    let output = command.output().expect("the binary starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let latest = folder.path().join("reports/latest");
    assert!(!rows(&latest.join("drift.csv")).is_empty());
    assert!(rows(&latest.join("repos.csv")).iter().any(|row| row["outcome"] == "ok"));
    assert!(told.contains("`run` would have returned 6"), "{told}");
    assert_eq!(crate::support::json(&latest)["exitCode"], 6);
}

#[test]
fn the_demo_takes_the_options_of_reports() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let arguments = [
        "demo",
        "--out",
        "none",
        "-o",
        "csv=-",
        "--at",
        "2026-11-24T03:15:00Z",
        "--run-id",
        "d",
    ];
    let output = binary(folder.path())
        .args(arguments)
        .output()
        .expect("the binary starts");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stdout.starts_with(b"severity,status,"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}
