//! What the README shows of commands: output, simulator, cron, CI, credentials, options.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use simulator::Access;

use super::page::{self, Page};
use super::stage::{ACCESS_KEY, AT, RUN_ID, SECRET_KEY, Stage, TWO, ended, serve, signal, two, with_key};

/// The port that pages show; a real one is never twice the same.
const PORT: &str = "127.0.0.1:41837";

/// The text with the port of every loopback address replaced.
fn without_port(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str(PORT);
        clean.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    clean
}

#[test]
fn the_demo_says_what_the_readme_shows() {
    let stage = Stage::new();
    let ended = ended(&mut stage.binary(&["demo", "--at", AT, "--run-id", RUN_ID]));
    assert_eq!((ended.code, &*ended.stdout), (0, ""), "{}", ended.stderr);
    Page::read("README.md").hold_block("text demo", &without_port(&ended.stderr));
}

#[test]
fn the_inventory_against_the_simulator_ends_as_shown() {
    let readme = Page::read("README.md");
    let stage = Stage::with_inventory(readme.block("yaml inventory"));
    stage.write("world.yaml", readme.block("yaml world"));
    let mut simulate = stage
        .binary(&["simulate", "world.yaml", "--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut said = BufReader::new(simulate.stderr.take().expect("it is piped")).lines();
    let first = said.next().expect("it says where it serves").expect("it is text");
    let endpoint = first.strip_prefix("serving world.yaml at ").expect(&first);

    let arguments = [
        "run",
        "inventory.yaml",
        "--endpoint",
        endpoint,
        "--at",
        AT,
        "--run-id",
        RUN_ID,
    ];
    let mut run = stage.binary(&arguments);
    run.envs([
        ("HUAWEICLOUD_SDK_AK", "EXAMPLEAK"),
        ("HUAWEICLOUD_SDK_SK", "example-sk"),
    ]);
    let run = ended(&mut run);
    signal(&simulate, "INT");
    assert_eq!(simulate.wait().expect("it ends").code(), Some(0));
    assert_eq!(run.code, 2, "{}", run.stderr);
    readme.hold_block("text simulated", &run.stderr);
}

/// Worlds with their exit codes: clean, drift, incomplete, both.
fn worlds() -> [(simulator::Simulator, i32); 4] {
    [(false, false, 0), (true, false, 2), (false, true, 4), (true, true, 6)].map(|(drifts, denies, code)| {
        let mut world = two();
        if drifts {
            world.repository("prod", "web").rules.clear();
        }
        if denies {
            world.repository("prod", "api").access = Some(Access::Denied);
        }
        (serve(world), code)
    })
}

#[test]
fn the_step_of_ci_fails_on_drift_and_on_gaps_and_says_which() {
    let readme = Page::read("README.md");
    let (_, script) = readme.block("yaml ci").split_once("run: |\n").expect("it has a script");
    for (simulator, code) in worlds() {
        let stage = Stage::new();
        stage.write("policies/inventory.yaml", TWO);
        let mut step = stage.shell(script);
        with_key(&mut step).env("SWR_AUDIT_ENDPOINT", simulator.endpoint());
        let step = ended(&mut step);
        assert_eq!(step.code, code, "{}", step.stderr);
        let word = match code {
            2 => "drift\n",
            4 => "incomplete\n",
            6 => "drift and incomplete\n",
            _ => "",
        };
        assert_eq!(step.stdout, word);
    }
}

#[test]
fn cron_is_quiet_on_a_clean_day_only() {
    let readme = Page::read("README.md");
    let table = readme.block("crontab");
    let line = table.lines().last().expect("it has a line");
    let command = line.splitn(6, ' ').nth(5).expect("five fields and a command").trim();
    for (simulator, code) in worlds() {
        let stage = Stage::new();
        stage.write("policies/inventory.yaml", TWO);
        stage.write(
            "credentials",
            &format!("[basic]\nak = {ACCESS_KEY}\nsk = {SECRET_KEY}\n"),
        );
        let mut job = stage.shell(&command.replace("/srv/replication", "."));
        job.env("SWR_AUDIT_ENDPOINT", simulator.endpoint());
        assert!(table.contains("\nHUAWEICLOUD_SDK_CREDENTIALS_FILE="));
        job.env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", stage.path().join("credentials"));
        let job = ended(&mut job);
        let mail = match code {
            0 => String::new(),
            code => format!("swr-audit: exit {code}, see reports/\n"),
        };
        assert_eq!((job.stdout, &*job.stderr), (mail, ""));
    }
}

#[test]
fn the_job_that_may_be_stopped_goes_on_or_begins_anew() {
    let script = Page::read("docs/interrupted-runs.md").block("sh resume").to_owned();
    let (world, inventory) = (two(), TWO);
    let simulator = serve(world);
    let stage = Stage::new();
    stage.write("policies/inventory.yaml", inventory);
    let attempt = || {
        simulator.clear_requests();
        let mut job = stage.shell(&script);
        with_key(&mut job).env("SWR_AUDIT_ENDPOINT", simulator.endpoint());
        let job = ended(&mut job);
        (job.code, simulator.requests().len())
    };
    assert_eq!(attempt(), (0, 3), "a new run, where there is nothing yet");
    // A run that its deadline stopped before it had asked anything.
    let stopped = [
        "run",
        "policies",
        "--deadline",
        "1ms",
        "--endpoint",
        &simulator.endpoint(),
    ];
    assert_eq!(ended(with_key(&mut stage.binary(&stopped))).code, 4);
    assert_eq!(attempt(), (0, 3), "it is gone on with");
    assert_eq!(attempt(), (0, 3), "once");
    assert_eq!(ended(with_key(&mut stage.binary(&stopped))).code, 4);
    stage.write("policies/inventory.yaml", &format!("# changed\n{inventory}"));
    assert_eq!(attempt(), (0, 3), "or not, where it was another inventory");
    stage.write("policies/inventory.yaml", "nonsense: true\n");
    assert_eq!(attempt(), (65, 0));
}

#[test]
fn credentials_are_looked_for_in_the_order_shown() {
    let readme = Page::read("README.md");
    let mut section = readme.section("Credentials");
    let stage = Stage::with_inventory(TWO);
    let said = ended(&mut stage.binary(&["run", "inventory.yaml", "--out", "none"])).stderr;
    let (_, places) = said.split_once("looked at ").expect(&said);
    let places = places.lines().next().unwrap_or_default();
    let home = format!("'{}", stage.path().display());
    let places = places.replace(&home, "~");
    let names: Vec<&str> = places
        .split(", ")
        .flat_map(|place| match place.split_once(['\'', '(']) {
            Some((file, _)) if file.starts_with('~') => vec![file],
            Some((_, how)) => vec![how.trim_end_matches(')')],
            None => place.split('/').collect(),
        })
        .collect();
    assert_eq!(names.len(), 15, "{names:?}");
    for name in names {
        let (_, rest) = section
            .split_once(&format!("`{name}`"))
            .unwrap_or_else(|| panic!("the README does not show `{name}` in its place"));
        section = rest;
    }
}

#[test]
fn the_readme_names_every_command_of_this_version() {
    let readme = Page::read("README.md");
    let (_, line) = readme.text.split_once("\n- other commands than ").expect("it says so");
    let (line, _) = line.split_once(';').expect("formats follow");
    let named: BTreeSet<&str> = line.split('`').skip(1).step_by(2).collect();
    let command = swr_audit::cli::command();
    let commands: BTreeSet<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    assert_eq!(named, commands);
}

/// Flags of other tools in the pages: cargo's and the `KooCLI`'s.
const OF_OTHERS: [&str; 4] = ["--locked", "--path", "--workspace", "--cli-auth-encrypt"];

#[test]
fn every_option_that_a_page_names_exists() {
    let stage = Stage::new();
    let help: String = [
        &["--help"][..],
        &["run", "--help"],
        &["check", "--help"],
        &["snapshot", "--help"],
        &["merge", "--help"],
        &["simulate", "--help"],
    ]
    .iter()
    .map(|arguments| ended(&mut stage.binary(arguments)).stdout)
    .collect();
    let is_of_an_option = |c: char| c.is_ascii_lowercase() || c == '-';
    for page in page::all() {
        let starts = page.text.match_indices("--").filter(|(at, _)| {
            let before = page.text[..*at].chars().next_back();
            before.is_some_and(|c| matches!(c, ' ' | '`' | '\n'))
        });
        for (at, _) in starts {
            let rest = &page.text[at..];
            let option = &rest[..rest.find(|c| !is_of_an_option(c)).unwrap_or(rest.len())];
            let is_known = OF_OTHERS.contains(&option) || help.contains(&format!("{option} "));
            let is_known = is_known || help.contains(&format!("{option}\n"));
            assert!(
                option.trim_matches('-').is_empty() || is_known,
                "{}: {option}",
                page.path().display()
            );
        }
    }
}
