//! Command lines and inventories that are wrong: told before anything is sent, with the exit code that says which.

use crate::support::{Audit, Ended, binary, inventory, serve, world};

fn audit(arguments: &[&str]) -> Audit {
    Audit::of(&inventory(&["web"])).with(arguments)
}

#[test]
fn a_bad_command_line_is_64_and_leaves_nothing() {
    for (arguments, told) in [
        (&["--timeout", "10"][..], "unit"),
        (&["--timeout=-10s"], "unit"),
        (&["--timeout", "soon"], "unit"),
        (&["--timeout", "0s"], "unit"),
        (&["--timeout", "1.5h"], "unit"),
        (&["--concurrency", "0"], "--concurrency"),
        (&["--concurrency", "many"], "--concurrency"),
        (&["--retries=-1"], "--retries"),
        (&["--endpoint", "http://swr.corp.example"], "https://"),
        (&["--endpoint", "ftp://swr.corp.example"], "https://"),
        (&["--endpoint", "https://swr.corp.example/v2"], "path"),
        (
            &["--endpoint", "https://swr.cn-north-4.myhuaweicloud.com"],
            "did you mean `https://swr-api.cn-north-4.myhuaweicloud.com`?",
        ),
        (
            &["--endpoint", "https://swr-api.cn-east-3.myhuaweicloud.com"],
            "--endpoint is that of the region cn-east-3, and the source 'main' is in cn-north-4",
        ),
        (&["--shard", "1/2", "--out", "none"], "nothing for `merge` to read"),
        (&["--path-prefix", "/srv"], "root of the repository"),
        (&["--annotate", "always"], "never"),
        (&["--run-id", "a/b"], "plain file name"),
        (&["--run-id", ".."], "plain file name"),
        (&["--run-id", "latest"], "plain file name"),
        (&["--at", "yesterday"], "RFC 3339"),
        (&["--fail-on", "warning"], "never"),
        (&["--format", "xml"], "csv"),
        (&["-o", "csv"], "FORMAT=PATH"),
        (&["-o", "xml=-"], "FORMAT=PATH"),
        (&["-o", "csv=-", "-o", "json=-"], "stdout"),
        (&["-o", "csv=same", "-o", "json=same"], "'same'"),
        (&["-o", "csv=./inventory.yaml"], "a file of the inventory"),
        (&["-o", "fix=-"], "not supported yet"),
        (&["--only", "prod/"], "it is empty"),
        (&["--shard", "0/8"], "I from 1 to N"),
        (&["--dry-run", "--replay", "x"], "cannot be used with"),
        (&["--level=efficacy"], "not supported yet"),
        (&["--level=everything"], "write `rules`"),
        (&["--keep=5"], "`--keep` is not supported yet"),
        (
            &["--shard", "1/2", "--baseline", "a.json"],
            "a share has no history of its own",
        ),
        (&["--rate", "0"], "requests a second"),
        (
            &["--ca-cert", "inventory.yaml"],
            "'inventory.yaml', cannot be used: it holds no certificate",
        ),
        (&["--csv-dialect", "lotus"], "excel"),
        (&["--colour"], "--color"),
        (&["--ca-cert", "no-such.pem"], "no-such.pem"),
    ] {
        let audit = audit(arguments);
        let ended = audit.run();
        assert_eq!(ended.code, 64, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.starts_with("error: ") && ended.stderr.ends_with('\n'),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.stdout, "");
        assert!(!audit.folder().join("reports").exists(), "{arguments:?}");
    }
}

#[test]
fn a_bad_command_line_comes_before_a_bad_inventory() {
    for arguments in [&["--timeout", "10"][..], &["-o", "csv=-", "-o", "json=-"]] {
        let ended = Audit::of("nonsense: true\n").with(arguments).run();
        assert_eq!(ended.code, 64, "{arguments:?}: {}", ended.stderr);
    }
}

#[test]
fn a_password_in_a_url_is_not_echoed() {
    for option in ["--endpoint", "--proxy"] {
        let ended = audit(&[option, "https://admin:pass-word-marker@swr.corp.example"]).run();
        assert_eq!(ended.code, 64, "{}", ended.stderr);
        assert!(!ended.stderr.contains("pass-word-marker"), "{}", ended.stderr);
    }
    for variable in ["SWR_AUDIT_ENDPOINT", "SWR_AUDIT_PROXY"] {
        let ended = audit(&[])
            .setting(variable, "https://admin:pass-word-marker@swr.corp.example")
            .run();
        assert_eq!(ended.code, 64, "{}", ended.stderr);
        assert!(!ended.stderr.contains("pass-word-marker"), "{}", ended.stderr);
        let help = audit(&["--help"])
            .setting(variable, "https://admin:pass-word-marker@swr.corp.example")
            .run();
        assert!(!help.stdout.contains("pass-word-marker"), "{}", help.stdout);
    }
}

#[test]
fn a_refused_endpoint_shows_its_host_alone() {
    for value in [
        "https://h.example/x?token=hush",
        "https://h.example/hush",
        "https://h.example#hush",
        "https://h.example\\hush",
        "https://h.example;hush",
        "h.example/hush",
        "https:h.example/hush",
    ] {
        let by_option = audit(&["--endpoint", value]).run();
        let by_variable = audit(&[]).setting("SWR_AUDIT_ENDPOINT", value).run();
        let proxy = audit(&["--proxy", &value.replace("https:", "ftp:")]).run();
        for ended in [by_option, by_variable, proxy] {
            assert_eq!(ended.code, 64, "{value}: {}", ended.stderr);
            assert!(
                ended.stderr.contains("h.example") && !ended.stderr.contains("hush"),
                "{}",
                ended.stderr
            );
        }
    }
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["run", "--help"],
        &["help", "run"],
    ] {
        let output = binary(folder.path())
            .args(arguments)
            .output()
            .expect("the binary starts");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{arguments:?}");
    }
    for arguments in [&[][..], &["audit"], &["run", "--nope"]] {
        let output = binary(folder.path())
            .args(arguments)
            .output()
            .expect("the binary starts");
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn every_problem_of_every_file_at_once() {
    let simulator = serve(world(&["web"]));
    let audit = Audit::of("").with(&["policies"]);
    let folder = audit.folder().join("policies");
    std::fs::create_dir(&folder).expect("the folder is writable");
    std::fs::remove_file(audit.folder().join("inventory.yaml")).expect("it was there");
    let good = inventory(&["web"]);
    let misspelt = good.replace("override: false", "overide: no");
    std::fs::write(folder.join("a.yaml"), misspelt).expect("the folder is writable");
    let unknown = "apiVersion: swr-audit/v1\nnamespaces:\n  - { name: tools, policy: none-such }\nwrong: 1\n";
    std::fs::write(folder.join("b.yml"), unknown).expect("the folder is writable");
    let mut command = binary(audit.folder());
    command.args(["run", "policies", "--endpoint", &simulator.endpoint()]);
    let output = command.output().expect("the binary starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(65), "{told}");
    for part in ["policies/a.yaml:6", "override", "policies/b.yml:", "wrong"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.ends_with('\n'), "{told:?}");
    assert!(simulator.requests().is_empty());
    assert!(!audit.folder().join("reports").exists());
}

/// The right rule, to `cn-east-3`, was reported as a wrong one, and its deletion proposed.
#[test]
fn a_region_that_nobody_knows_ends_before_anything_is_asked() {
    let typo = inventory(&["web"]).replace("cn-east-3", "cn-esat-3");
    let audit = Audit::of(&typo);
    let ended = audit.run();
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(ended.stderr.contains("did you mean `cn-east-3`?"), "{}", ended.stderr);
    assert!(!audit.folder().join("reports").exists());
    let check = |arguments: &[&str]| {
        let output = binary(audit.folder())
            .args(["check", "inventory.yaml"])
            .args(arguments)
            .output()
            .expect("the binary starts");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    assert_eq!(check(&[]).0, Some(65));
    // Elsewhere such a region may be there.
    let private = ["--endpoint", "https://swr.corp.example"];
    let (code, stderr) = check(&private);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        stderr.contains("warning: there is no known region `cn-esat-3`"),
        "{stderr}"
    );
    assert_eq!(check(&[&private[..], &["--strict"]].concat()).0, Some(65));
    let meant = format!("{typo}extraRegions: [cn-esat-3]\n");
    std::fs::write(audit.folder().join("inventory.yaml"), meant).expect("the folder is writable");
    assert_eq!(check(&["--strict"]).0, Some(0));
}

#[test]
fn what_is_wrong_in_an_inventory_is_65() {
    let good = inventory(&["web"]);
    for (what, text) in [
        ("empty", String::new()),
        ("no YAML", "a: [".to_owned()),
        ("another version", good.replace("swr-audit/v1", "swr-audit/v9")),
        ("an unknown policy", good.replace("policy: dr", "policy: drr")),
        ("a repository twice", inventory(&["web", "web"])),
        (
            "plain http elsewhere",
            good.replace(
                "region: cn-north-4 }",
                "region: cn-north-4, endpoint: 'http://swr.corp.example' }",
            ),
        ),
        (
            "a password",
            good.replace(
                "region: cn-north-4 }",
                "region: cn-north-4, endpoint: 'https://u:pass-word-marker@swr.corp.example' }",
            ),
        ),
        ("an illegal name", inventory(&["Web"])),
    ] {
        let audit = Audit::of(&text);
        let ended = audit.run();
        assert_eq!(ended.code, 65, "{what}: {}", ended.stderr);
        assert!(ended.stderr.contains("inventory.yaml"), "{what}: {}", ended.stderr);
        assert!(!ended.stderr.contains("pass-word-marker"), "{}", ended.stderr);
        assert!(!audit.folder().join("reports").exists());
    }
    let audit = Audit::of(&good);
    std::fs::remove_file(audit.folder().join("inventory.yaml")).expect("it was there");
    assert_eq!(audit.run().code, 65, "an inventory that is not there");
}

#[test]
fn nothing_to_audit_is_66_and_has_a_report() {
    let skipped = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
namespaces:
  - { name: prod, skip: true, reason: moved away }
";
    let skipped_each = inventory(&["web"]).replace("- web", "- { name: web, skip: true, reason: moved away }");
    let none = "apiVersion: swr-audit/v1\nsource: { name: main, region: cn-north-4 }\nnamespaces: []\n";
    let policies = "apiVersion: swr-audit/v1\npolicies:\n  none: { targets: [] }\n";
    let simulator = serve(world(&["web"]));
    for (what, text) in [
        ("a skipped namespace", skipped),
        ("skipped repositories", &skipped_each),
        ("no namespaces", none),
        ("policies alone", policies),
    ] {
        for environment in [true, false] {
            let audit = Audit::of(text);
            let audit = if environment {
                audit
            } else {
                audit.without_environment()
            };
            let ended = audit.with(&["--exit-zero"]).against(&simulator.endpoint());
            assert_eq!(ended.code, 66, "{what}: {}", ended.stderr);
            assert_eq!(ended.json()["verdict"]["code"], 66, "{what}");
            assert!(ended.stderr.contains("nothing to audit"), "{}", ended.stderr);
        }
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn options_come_from_the_environment_too() {
    let simulator = serve({
        let mut world = world(&["web"]);
        world.repository("prod", "web").rules.clear();
        world
    });
    let audit = audit(&[])
        .setting("SWR_AUDIT_ENDPOINT", &simulator.endpoint())
        .setting("SWR_AUDIT_OUT", "elsewhere")
        .setting("SWR_AUDIT_FORMAT", "json")
        .setting("SWR_AUDIT_RUN_ID", "from-the-environment")
        .setting("SWR_AUDIT_AT", "2026-11-24T03:15:00Z")
        .setting("SWR_AUDIT_CONCURRENCY", "3")
        .setting("SWR_AUDIT_RETRIES", "0")
        .setting("SWR_AUDIT_TIMEOUT", "20s")
        .setting("SWR_AUDIT_FAIL_ON", "critical")
        .setting("SWR_AUDIT_QUIET", "1");
    let ended = audit.run();
    assert_eq!((ended.code, &*ended.stderr), (0, ""));
    let report = crate::support::json(&audit.folder().join("elsewhere/from-the-environment"));
    assert_eq!(report["run"]["startedAt"], "2026-11-24T03:15:00Z");
    assert_eq!(report["run"]["wire"]["rate"]["concurrency"], 3);
    assert_eq!(report["summary"]["findings"]["byCode"]["missing-rule"], 1);
    assert!(!audit.folder().join("elsewhere/from-the-environment/drift.csv").exists());
    // An option is nearer than a variable.
    let ended = audit
        .with(&["--fail-on", "high", "--run-id", "second"])
        .setting("SWR_AUDIT_EXIT_ZERO", "false")
        .run();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}

#[test]
fn a_bad_variable_is_64() {
    for (variable, value) in [
        ("SWR_AUDIT_TIMEOUT", "10"),
        ("SWR_AUDIT_CONCURRENCY", "0"),
        ("SWR_AUDIT_RUN_ID", "a/b"),
        ("SWR_AUDIT_FAIL_ON", "warning"),
        ("SWR_AUDIT_ENDPOINT", "http://swr.corp.example"),
    ] {
        let ended: Ended = audit(&[]).setting(variable, value).run();
        assert_eq!(ended.code, 64, "{variable}: {}", ended.stderr);
    }
}

#[test]
fn a_variable_without_a_value_is_none() {
    let simulator = serve(world(&["web"]));
    let empty = [
        "TIMEOUT",
        "RETRIES",
        "RUN_ID",
        "AT",
        "FAIL_ON",
        "CA_CERT",
        "PROXY",
        "QUIET",
        "EXIT_ZERO",
        "COLOR",
    ];
    let audit = empty.iter().fold(audit(&[]), |audit, name| {
        audit.setting(&format!("SWR_AUDIT_{name}"), "")
    });
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn a_taken_run_id_comes_before_a_bad_inventory() {
    let audit = Audit::of("nonsense: true\n").with(&["--run-id", "taken"]);
    std::fs::create_dir_all(audit.folder().join("reports/taken")).expect("the folder is writable");
    let ended = audit.run();
    assert_eq!(ended.code, 64, "{}", ended.stderr);
}

#[test]
fn a_dry_run_says_what_it_costs_and_sends_nothing() {
    let simulator = serve(world(&["web"]));
    let text = inventory(&["web", "api", "{ name: old, skip: true, reason: retired }"]);
    let audit = Audit::of(&text).with(&["--dry-run"]).without_environment();
    let ended = audit.against(&simulator.endpoint());
    assert_eq!((ended.code, &*ended.stderr), (0, ""), "no credential is needed");
    for told in [
        "source main (cn-north-4, http://127.0.0.1:",
        "2 requests",
        "up to 1",
        "1 repository and",
        "assumed",
    ] {
        assert!(ended.stdout.contains(told), "{told}: {}", ended.stdout);
    }
    assert!(simulator.requests().is_empty());
    assert!(!audit.folder().join("reports").exists());
    let nothing = Audit::of("apiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\nnamespaces: []\n");
    assert_eq!(nothing.with(&["--dry-run"]).run().code, 66);
}

#[test]
fn several_inputs_are_one_inventory() {
    let simulator = serve(world(&["web"]));
    let audit = Audit::of(&inventory(&["web"]));
    let text = "apiVersion: swr-audit/v1\nsource: { name: main, region: cn-north-4 }\nnamespaces:\n  - { name: lab, policy: dr, repos: [bench] }\n";
    std::fs::write(audit.folder().join("more.yaml"), text).expect("the folder is writable");
    let ended = audit.with(&["more.yaml"]).against(&simulator.endpoint());
    assert_eq!(ended.outcomes(), ["bench drift", "web ok"], "{}", ended.stderr);
    assert_eq!(ended.json()["run"]["inventory"].as_array().map(Vec::len), Some(2));
}
