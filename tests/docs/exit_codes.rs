//! The table of exit codes: every row by a real run.

use std::collections::BTreeMap;
use std::process::Stdio;

use simulator::{Access, Fault, Misbehaviour};
use swr_audit::cli::EXIT_CODES;

use super::page::{Page, table};
use super::stage::{AT, Ended, Stage, TWO, ended, serve, signal, two};

/// A run that ends with the code of its row, and what it left.
fn produced(code: i32) -> (Ended, Stage) {
    let stage = Stage::with_inventory(TWO);
    let mut world = two();
    let ended = match code {
        0 => ended(&mut stage.run(&serve(world), &[])),
        1 => ended(&mut stage.binary(&["run", "inventory.yaml"])),
        2 => {
            world.repository("prod", "web").rules.clear();
            ended(&mut stage.run(&serve(world), &[]))
        }
        4 => {
            world.repository("prod", "api").access = Some(Access::Denied);
            ended(&mut stage.run(&serve(world), &[]))
        }
        6 => {
            world.repository("prod", "web").rules.clear();
            world.repository("prod", "api").access = Some(Access::Denied);
            ended(&mut stage.run(&serve(world), &[]))
        }
        64 => ended(&mut stage.run(&serve(world), &["--timeout", "10"])),
        65 => {
            stage.write("inventory.yaml", &TWO.replace("repos:", "repositories:"));
            ended(&mut stage.run(&serve(world), &[]))
        }
        66 => {
            let skipped = "namespaces: [{ name: prod, skip: true, reason: moved }]\n";
            let head = "apiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\n";
            stage.write("inventory.yaml", &format!("{head}{skipped}"));
            ended(&mut stage.run(&serve(world), &[]))
        }
        130 => interrupted(&stage, "INT"),
        143 => interrupted(&stage, "TERM"),
        other => panic!("the README has an exit code {other} that no test produces"),
    };
    (ended, stage)
}

/// The service never answers; the signal comes once it was asked.
fn interrupted(stage: &Stage, name: &str) -> Ended {
    let mut world = two();
    world.faults.push(Fault::always(Misbehaviour::Hang));
    let simulator = serve(world);
    let mut child = stage
        .run(&simulator, &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    while simulator.requests().is_empty() {
        let end = child.try_wait().expect("it can be asked");
        assert_eq!(end, None, "it ended before it asked anything");
        std::thread::yield_now();
    }
    signal(&child, name);
    child.wait_with_output().expect("it ends").into()
}

/// The codes of `--help` with their texts.
fn reported_by_help() -> BTreeMap<i32, String> {
    let mut told = BTreeMap::new();
    for line in EXIT_CODES.lines().skip(1) {
        let (code, text) = line.trim().split_once("  ").expect("a code and a text");
        // Both signals share a line.
        let (text, second) = text.split_once("; 143 by ").unwrap_or((text, ""));
        told.insert(code.parse().expect("a number"), text.to_owned());
        if !second.is_empty() {
            told.insert(143, format!("interrupted by {second}"));
        }
    }
    told
}

#[test]
fn the_table_says_what_help_says() {
    let readme = Page::read("README.md");
    let rows = table(readme.section("Exit codes"));
    let shown: BTreeMap<i32, String> = rows
        .iter()
        .map(|row| (row[0].parse().expect("a number"), row[1].replace('`', "")))
        .collect();
    assert_eq!(shown, reported_by_help());
    let help = ended(&mut Stage::new().binary(&["--help"])).stdout;
    assert!(help.contains(EXIT_CODES), "{help}");
}

#[test]
fn every_row_is_what_a_run_returns() {
    let readme = Page::read("README.md");
    for row in table(readme.section("Exit codes")) {
        let code: i32 = row[0].parse().expect("a number");
        let (ended, stage) = produced(code);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        let report = stage.report();
        let status = report.as_ref().map(|report| {
            assert_eq!(report["exitCode"], code);
            assert_eq!(report["verdict"]["code"], code);
            report["status"].as_str().unwrap_or_default().to_owned()
        });
        let expected = match &*row[2] {
            "no" => None,
            "yes, incomplete" => Some("incomplete"),
            "where possible, `status` is `failed`" => Some("failed"),
            "yes" if code & 4 == 4 => Some("incomplete"),
            "yes" => Some("complete"),
            other => panic!("the README says of a report: {other}"),
        };
        assert_eq!(status.as_deref(), expected, "{code}");
        let latest = stage.path().join("reports/latest").exists();
        assert_eq!(latest, expected.is_some_and(|status| status != "failed"), "{code}");
    }
}

#[test]
fn all_refused_is_four_and_exit_zero_forgives_it() {
    let mut world = two();
    for name in ["web", "api"] {
        world.repository("prod", name).access = Some(Access::Denied);
    }
    let simulator = serve(world);
    for (flags, expected) in [(&[][..], 4), (&["--exit-zero"], 0)] {
        let stage = Stage::with_inventory(TWO);
        let ended = ended(&mut stage.run(&simulator, flags));
        assert_eq!(ended.code, expected, "{}", ended.stderr);
        assert_eq!(stage.report().expect("there is a report")["verdict"]["code"], 4);
    }
}

#[test]
fn the_demo_returns_zero() {
    let stage = Stage::new();
    assert_eq!(ended(&mut stage.binary(&["demo", "--at", AT])).code, 0);
    assert_eq!(stage.report().expect("there is a report")["exitCode"], 6);
}
