//! Where nothing is written: it is said why, and no half of a file is left.

use simulator::{Call, Fault, Misbehaviour, Namespace};

use super::{Stage, said};
use crate::support::{Started, error, fault, serve, wait_until, world, world_of};

/// What is in the folder besides what a test put there.
fn left(stage: &Stage) -> Vec<String> {
    let entries = std::fs::read_dir(stage.path()).expect("the folder can be read");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text"));
    names.collect()
}

#[test]
fn an_unreachable_service_is_named() {
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
fn a_refused_credential_is_named() {
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
fn an_output_that_exists_or_is_not_writable_is_refused_before_any_request() {
    let simulator = serve(world(&["web"]));
    let stage = Stage::new();
    stage.write("now.yaml", "mine\n");
    let said = stage.snapshot(&simulator, &[]);
    assert_eq!(said.code, 64, "{}", said.stderr);
    assert!(said.stderr.contains("'now.yaml' is there already"), "{}", said.stderr);
    assert_eq!(stage.read("now.yaml"), "mine\n");
    let endpoint = simulator.endpoint();
    for (place, code) in [(".", 1), ("now.yaml/below", 1)] {
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

/// The first command of the README, where nothing is there yet.
#[test]
fn the_folder_of_the_inventory_is_made() {
    let simulator = serve(world(&["web"]));
    let stage = Stage::new();
    let endpoint = simulator.endpoint();
    let snapshot = |place: &str| {
        stage.say(&[
            "snapshot",
            "--region",
            "cn-north-4",
            "--endpoint",
            &endpoint,
            "--output",
            place,
        ])
    };
    let said = snapshot("policies/prod.yaml");
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(stage.say(&["check"]).code, 0, "{}", stage.read("policies/prod.yaml"));
    let said = snapshot("policies/prod.yaml/too-deep.yaml");
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(
        said.stderr.contains("cannot write 'policies/prod.yaml/too-deep.yaml'"),
        "{}",
        said.stderr
    );
    assert!(
        !said.stderr.contains("--out"),
        "snapshot has no such option: {}",
        said.stderr
    );
}

#[test]
fn a_selection_that_names_no_source_is_refused() {
    let simulator = serve(world(&["web"]));
    let said = Stage::new().snapshot(&simulator, &["--only", "other:prod"]);
    assert_eq!(said.code, 64, "{}", said.stderr);
    assert_eq!(simulator.requests().len(), 0, "nothing was asked");
}

#[test]
fn an_empty_selection_writes_nothing_and_lists_what_there_is() {
    let mut world = world_of(&[("prod", &["team/a", "web"]), ("shop", &["cart"])]);
    world.namespaces.push(Namespace {
        name: "dr".to_owned(),
        ..Namespace::default()
    });
    let simulator = serve(world);
    for (only, code, why) in [
        (
            "nope",
            4,
            "source cn-north-4: nope matches none of 3 namespaces: dr, prod, shop\n",
        ),
        (
            "prod/w",
            4,
            "source cn-north-4: prod/w selects none of 2 repositories in prod\n",
        ),
        (
            "{prod,shop}/x*",
            4,
            "source cn-north-4: {prod,shop}/x* selects none of 3 repositories in prod, shop\n",
        ),
        (
            "dr/*",
            4,
            "source cn-north-4: dr/* selects none of 0 repositories in dr\n",
        ),
        (
            "prod/web !prod/web",
            66,
            "source cn-north-4: prod/web selects nothing: what it matches is left out\n",
        ),
        (
            "prod !prod",
            66,
            "source cn-north-4: prod selects nothing: what it matches is left out\n",
        ),
        (
            "prod/w !prod",
            66,
            "source cn-north-4: prod/w selects nothing: what it matches is left out\n",
        ),
        (
            "!*",
            66,
            "error: no inventory was written: --only selects nothing\nhint: ",
        ),
    ] {
        let stage = Stage::new();
        let said = stage.snapshot(&simulator, &["--only", only]);
        assert_eq!((said.code, &*said.stdout), (code, ""), "{only}: {}", said.stderr);
        assert!(
            said.stderr
                .contains("error: no inventory was written: --only selects nothing\n"),
            "{only}: {}",
            said.stderr
        );
        assert!(said.stderr.contains(why), "{only}: {}", said.stderr);
        assert_eq!(left(&stage), [""; 0]);
        let quiet = stage.snapshot(&simulator, &["-q", "--only", only]);
        assert!(quiet.code == code && quiet.stderr.contains(why), "{}", quiet.stderr);
    }
    let empty = serve(world_of(&[]));
    let said = Stage::new().snapshot(&empty, &["--only", "nope"]);
    assert_eq!(said.code, 4, "{}", said.stderr);
    assert!(
        said.stderr
            .contains("nope matches nothing: no namespace was listed; check "),
        "{}",
        said.stderr
    );
}

/// The rest is worth writing down. It was called everything, with exit 0.
#[test]
fn one_pattern_that_matches_nothing_makes_a_snapshot_incomplete() {
    let mut world = world_of(&[("prod", &["web"]), ("shop", &["cart"])]);
    world.namespaces.push(Namespace {
        name: "dr".to_owned(),
        ..Namespace::default()
    });
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &["--only", "prod dr nope shop/x other:prod"]);
    assert_eq!(said.code, 4, "{}", said.stderr);
    let exit = said.stderr.lines().find(|line| line.starts_with("exit 4"));
    assert!(
        exit.is_some_and(|line| line.contains("3 patterns of --only select nothing")),
        "{}",
        said.stderr
    );
    let warnings: Vec<&str> = said
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning: "))
        .collect();
    assert_eq!(
        warnings,
        [
            "warning: source cn-north-4: nope matches none of 3 namespaces: dr, prod, shop",
            "warning: source cn-north-4: shop/x selects none of 1 repository in shop",
            "warning: other:prod matches none of 1 source: cn-north-4"
        ]
    );
    stage.holds(&simulator);
}

/// What is selected may be there: nobody saw that it is not.
#[test]
fn a_selection_in_an_unlisted_namespace_is_not_called_empty() {
    let mut world = world_of(&[("prod", &["web"]), ("shut", &["door"])]);
    world.faults.push(Fault {
        call: Some(Call::Repositories),
        ..fault("shut", error(403, "SVCSTG.SWR.4030170"))
    });
    let simulator = serve(world);
    let stage = Stage::new();
    let said = stage.snapshot(&simulator, &["--only", "shut/d*"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(
        said.stderr
            .contains("source cn-north-4: the list of repositories in shut: not read, access denied (HTTP 403"),
        "{}",
        said.stderr
    );
    assert_eq!(left(&stage), [""; 0]);
    let said = stage.snapshot(&simulator, &["--only", "shut/d* prod"]);
    assert_eq!(said.code, 4, "{}", said.stderr);
    assert!(!said.stderr.contains("warning: "), "{}", said.stderr);
}

#[test]
fn a_signal_leaves_no_file() {
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
    let interrupted = "interrupted by SIGINT: nothing more is asked; once more ends at once";
    assert!(said.stderr.contains(interrupted), "{}", said.stderr);
    assert!(
        said.stderr.ends_with(
            "no inventory was written: interrupted before everything was seen\n\
             next    run the same command again, and let it finish\n"
        ),
        "{}",
        said.stderr
    );
    assert_eq!(left(&stage), [""; 0]);
}
