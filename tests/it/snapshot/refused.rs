//! Where nothing is written: it is said why, and no half of a file is left.

use simulator::Misbehaviour;

use super::{Stage, said};
use crate::support::{Started, error, fault, serve, wait_until, world};

/// What is in the folder besides what a test put there.
fn left(stage: &Stage) -> Vec<String> {
    let entries = std::fs::read_dir(stage.path()).expect("the folder can be read");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text"));
    names.collect()
}

#[test]
fn a_service_that_nobody_reaches_is_told_as_that() {
    let stage = Stage::new();
    let endpoint = serve(world(&[])).endpoint();
    // The service is gone, and nobody listens on its port.
    let usual = ["snapshot", "--region", "cn-north-4", "--retries", "0", "-o", "now.yaml"];
    let said = stage.say(&[&usual[..], &["--endpoint", &endpoint]].concat());
    assert_eq!((said.code, &*said.stdout), (1, ""), "{}", said.stderr);
    for part in [
        "error: no inventory was written: nothing could be read\n",
        "source cn-north-4: the list of namespaces: not read, the connection failed (",
        "\nhint: ",
    ] {
        assert!(said.stderr.contains(part), "{}", said.stderr);
    }
    assert_eq!(left(&stage), [""; 0]);
    let quiet = stage.say(&[&usual[..], &["--endpoint", &endpoint, "-q"]].concat());
    assert!(quiet.stderr.contains("no inventory was written"), "{}", quiet.stderr);
}

#[test]
fn a_refused_credential_is_told_as_that() {
    let mut world = world(&["web"]);
    world.credentials.access_keys[0].sk = "another-secret".into();
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.contains("the credential was refused"), "{}", said.stderr);
    assert!(
        said.stderr.contains("\nhint: check the key or token"),
        "{}",
        said.stderr
    );
    assert_eq!(left(&stage), [""; 0]);
}

#[test]
fn without_a_credential_nothing_is_asked() {
    let simulator = serve(world(&["web"]));
    let stage = Stage::new();
    let endpoint = simulator.endpoint();
    let mut command = stage.command(&["snapshot", "--region", "cn-north-4", "--endpoint", &endpoint]);
    command
        .env_remove("HUAWEICLOUD_SDK_AK")
        .env_remove("HUAWEICLOUD_SDK_SK");
    let said = said(command.output().expect("the binary starts"));
    assert_eq!((said.code, &*said.stdout), (1, ""), "{}", said.stderr);
    assert!(
        said.stderr.contains("no inventory was written: there is no credential"),
        "{}",
        said.stderr
    );
    assert_eq!(simulator.requests().len(), 0);
}

#[test]
fn where_every_repository_is_refused_nothing_is_written() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("prod/api", error(500, "SVCSTG.SWR.5000007")));
    world.faults.push(fault("prod/web", error(500, "SVCSTG.SWR.5000007")));
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(
        said.stderr
            .contains("source cn-north-4: prod/api: not read, the service failed"),
        "{}",
        said.stderr
    );
    assert_eq!(left(&stage), [""; 0]);
}

#[test]
fn a_place_that_is_taken_or_closed_is_told_before_anything_is_asked() {
    let simulator = serve(world(&["web"]));
    let stage = Stage::new();
    stage.write("now.yaml", "mine\n");
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!(said.code, 64, "{}", said.stderr);
    assert!(said.stderr.contains("'now.yaml' is there already"), "{}", said.stderr);
    assert_eq!(stage.read("now.yaml"), "mine\n");
    let endpoint = simulator.endpoint();
    for (place, code) in [("nowhere/now.yaml", 1), (".", 1), ("now.yaml/below", 1)] {
        let said = stage.say(&[
            "snapshot",
            "--region",
            "cn-north-4",
            "--endpoint",
            &endpoint,
            "-o",
            place,
        ]);
        assert_eq!(said.code, code, "{place}: {}", said.stderr);
    }
    assert_eq!(simulator.requests().len(), 0, "nothing was asked");
}

#[test]
fn a_disk_that_is_full_is_a_failure() {
    let simulator = serve(world(&["web"]));
    let stage = Stage::new();
    let endpoint = simulator.endpoint();
    let said = stage.say(&[
        "snapshot",
        "--region",
        "cn-north-4",
        "--endpoint",
        &endpoint,
        "-o",
        "/dev/full",
    ]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.contains("cannot write '/dev/full'"), "{}", said.stderr);
}

#[test]
fn a_selection_of_no_source_is_a_mistake() {
    let simulator = serve(world(&["web"]));
    let said = Stage::new().snapshot(&simulator, &["--only", "other:prod"]);
    assert_eq!(said.code, 64, "{}", said.stderr);
    assert_eq!(simulator.requests().len(), 0, "nothing was asked");
}

#[test]
fn a_signal_leaves_nothing() {
    let mut world = world(&["api", "web"]);
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let stage = Stage::new();
    let endpoint = simulator.endpoint();
    let usual = [
        "snapshot",
        "--region",
        "cn-north-4",
        "--endpoint",
        &endpoint,
        "-o",
        "now.yaml",
    ];
    let mut started = Started::of(&mut stage.command(&usual));
    wait_until("both are asked for", || simulator.requests().len() >= 4);
    started.signal("INT");
    let said = said(started.output());
    assert_eq!((said.code, &*said.stdout), (130, ""), "{}", said.stderr);
    assert!(
        said.stderr.contains("no inventory was written: stopped before the end"),
        "{}",
        said.stderr
    );
    assert_eq!(left(&stage), [""; 0]);
}
