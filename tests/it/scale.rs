//! Ten thousand repositories: each exactly once and in order, in bounded memory, the same from run to run.

use std::fmt::Write as _;
use std::time::Duration;

use simulator::{Namespace, Repository, Rule, World};

use crate::support::{Audit, Ended, fault, serve, world};

const NAMESPACES: usize = 20;
const IN_EACH: usize = 500;

fn name(number: usize) -> String {
    // Not in the order of bytes, so that the order of the report is somebody's work.
    format!("team-{}/app-{number}", number % 7)
}

fn inventory() -> String {
    let mut text = crate::support::inventory(&[]);
    text.truncate(text.find("namespaces:").expect("it is there"));
    text.push_str("namespaces:\n");
    for namespace in 0..NAMESPACES {
        writeln!(text, "  - name: ns-{namespace}\n    policy: dr\n    repos:").expect("a string takes everything");
        for repository in 0..IN_EACH {
            writeln!(text, "      - {}", name(repository)).expect("a string takes everything");
        }
    }
    text
}

/// Every tenth repository has no rule, every hundredth is not there.
fn estate() -> World {
    let mut world = world(&[]);
    for namespace in 0..NAMESPACES {
        let repositories = (0..IN_EACH)
            .filter(|number| number % 100 != 99)
            .map(|number| Repository {
                name: name(number),
                rules: if number % 10 == 0 {
                    Vec::new()
                } else {
                    vec![Rule::to("cn-east-3", "prod-dr")]
                },
                ..Repository::default()
            });
        world.namespaces.push(Namespace {
            name: format!("ns-{namespace}"),
            repositories: repositories.collect(),
            ..Namespace::default()
        });
    }
    world
}

/// The most memory that the process has held, in KiB, as long as it is there to say so.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Runs to the end; the most memory that was seen.
fn watched(audit: &Audit, endpoint: &str) -> (Ended, u64) {
    let mut started = audit.start(endpoint);
    let pid = started.child().id();
    let mut most = 0;
    // Its talk is short and fits into the pipe, so nobody has to read it meanwhile.
    while started.child().try_wait().expect("it is ours").is_none() {
        most = most.max(peak(pid).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    (audit.ended(started.output()), most)
}

fn keys(ended: &Ended) -> Vec<(String, String)> {
    let rows = ended.repos();
    rows.iter()
        .map(|row| (row["namespace"].clone(), row["repository"].clone()))
        .collect()
}

#[test]
fn ten_thousand_repositories() {
    let simulator = serve(estate());
    let audit = Audit::of(&inventory()).with(&["--concurrency", "32"]);
    let (first, most) = watched(&audit, &simulator.endpoint());
    assert_eq!(first.code, 2, "{}", first.stderr);
    assert!(most > 0, "the process was seen");
    assert!(most < 60 * 1024, "{most} KiB at most");

    let mut expected: Vec<(String, String)> = (0..NAMESPACES)
        .flat_map(|namespace| (0..IN_EACH).map(move |number| (format!("ns-{namespace}"), name(number))))
        .collect();
    expected.sort();
    assert!(
        keys(&first) == expected,
        "every repository exactly once, in order of bytes"
    );
    let report = first.json();
    let repos = &report["summary"]["repos"];
    assert_eq!((&repos["expected"], &repos["ok"]), (&10_000.into(), &8_900.into()));
    let codes = &report["summary"]["findings"]["byCode"];
    assert_eq!(
        (&codes["missing-rule"], &codes["missing-repo"]),
        (&1_000.into(), &100.into())
    );
    // One list and one look for each namespace with an absent repository, and nothing else beside the rules.
    assert_eq!(simulator.requests().len(), 10_000 + 2 * NAMESPACES);

    // In another order of answers the report has the same one.
    simulator.change(|world| world.faults.push(fault("ns-3", simulator::Misbehaviour::DelayMs(2))));
    let again = audit.against(&simulator.endpoint());
    assert_eq!(again.outcomes(), first.outcomes());
    assert_eq!(again.told(), first.told());
}
