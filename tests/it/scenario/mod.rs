//! One day of a platform team: an inventory of two pages, two sources with five thousand repositories, and whatever goes
//! wrong in such an estate, all at once. What has to be told of it is written down, finding by finding.

mod expected;
mod told;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use simulator::Simulator;

use self::expected::{BY_CODE, BY_SEVERITY, CODE, FINDINGS, NEW_AND_WAIVED, REASON, REGIONS, REPOS, UNKNOWN};
use self::told::{Row, Told};
use crate::support::{ACCESS_KEY, Audit, Ended, SECRET_KEY, binary, json, serve};

/// The run's name and its day. One waiver and one skip ended the day before, one of each ends on this day; a waiver ends on
/// the last of the fourteen days ahead, another one on the day after, and the longest after ninety days.
const DAY: [&str; 4] = ["--run-id", "scenario", "--at", "2026-11-24T03:15:00Z"];

/// Both services.
struct Scene {
    north: Simulator,
    south: Simulator,
}

impl Scene {
    fn new() -> Self {
        let (north, south) = (world::north(), world::south());
        let (in_north, in_south) = (world::size(&north), world::size(&south));
        assert_eq!(in_north.namespaces + in_south.namespaces, 30);
        assert_eq!(in_north.repositories + in_south.repositories, 5_000);
        Self {
            north: serve(north),
            south: serve(south),
        }
    }

    /// An audit of both, with the credentials of these.
    fn audit(&self, credentials: &[&str], arguments: &[&str]) -> Ended {
        let endpoint = |simulator: &Simulator| format!("endpoint: \"{}\"", simulator.endpoint());
        let inventory = include_str!("inventory.yaml")
            .replace("endpoint: NORTH", &endpoint(&self.north))
            .replace("endpoint: SOUTH", &endpoint(&self.south));
        let mut audit = Audit::of(&inventory).without_environment();
        for source in credentials {
            audit = audit
                .setting(&format!("{source}_AK"), ACCESS_KEY)
                .setting(&format!("{source}_SK"), SECRET_KEY);
        }
        audit.with(&DAY).with(arguments).run()
    }
}

const BOTH: [&str; 2] = ["NORTH", "SOUTH"];

#[test]
fn an_estate_of_five_thousand_repositories_ends_as_it_is_written_down() {
    let scene = Scene::new();
    let ended = scene.audit(&BOTH, &["--max-waiver-days", "90"]);
    findings_are_reported(&ended.json());
    counts_are_reported(&ended.json());
    tables_tell_the_same(&ended);
    the_verdict_is_reported(&ended);
    each_repository_was_asked_for_once(&scene);
}

fn findings_are_reported(report: &Value) {
    let told = Told(report);
    assert_eq!(told.findings(), FINDINGS);
    assert_eq!(told.unknown(), UNKNOWN);
    assert_eq!(told.limits(), expected::LIMITS);
    assert_eq!(told.waivers(), expected::WAIVERS);
    let mut skipped = told.skipped();
    skipped.retain(|place| !place.starts_with("north:shop/scratch/"));
    assert_eq!(skipped, expected::SKIPPED);
    assert_eq!(told.regions(), REGIONS);
    let mut only_copies = told.only_copies();
    only_copies.retain(|place| !world::is_of_a_crowd(place));
    assert_eq!(only_copies, expected::ONLY_COPIES);
}

fn counts_are_reported(report: &Value) {
    let told = Told(report);
    assert_eq!(told.counts("/repos"), REPOS.into());
    assert_eq!(told.counts("/rules"), expected::RULES.into());
    assert_eq!(told.counts("/findings/bySeverity"), BY_SEVERITY.into());
    assert_eq!(told.counts("/findings/byCode"), BY_CODE.into());
    let findings = &report["summary"]["findings"];
    let by_history = ["new", "waived", "known", "resolved"].map(|key| &findings[key]);
    let (new, waived) = NEW_AND_WAIVED;
    assert_eq!(by_history, [new, waived, 0, 0]);
}

/// Both CSV files, row by row against the same tables as the document.
fn tables_tell_the_same(ended: &Ended) {
    let (unknown, findings): (Vec<Row>, Vec<Row>) = ended.drift().into_iter().partition(|row| row["code"] == "unknown");
    // The worst first here: what is in which place, `tests/it/reports.rs` holds.
    let mut expected = FINDINGS.map(|line| line.split(" among ").next().unwrap_or(line));
    expected.sort_unstable();
    let mut rows: Vec<String> = findings.iter().map(told::finding).collect();
    rows.sort_unstable();
    assert_eq!(rows, expected);
    assert_eq!(unknown.iter().map(told::unknown).collect::<Vec<_>>(), UNKNOWN);
    for row in &findings {
        let is_waived = !row["waiver_id"].is_empty();
        assert_eq!(row["status"], if is_waived { "waived" } else { "new" }, "{row:?}");
        assert_eq!(!row["waiver_expires"].is_empty(), is_waived, "{row:?}");
        assert_eq!(!row["waiver_owner"].is_empty(), is_waived, "{row:?}");
    }
    let rows = ended.repos();
    assert_eq!(rows.len(), 33 + 4_741, "expected and discovered");
    let by_namespace = told::by_namespace(&rows);
    let by_namespace = by_namespace
        .iter()
        .map(|(place, (outcomes, rules))| (&**place, *outcomes, *rules));
    assert_eq!(by_namespace.collect::<Vec<_>>(), expected::ROWS);
    let report = ended.json();
    let in_document = report["repositories"].as_array().map(Vec::len);
    assert_eq!(in_document, Some(rows.len() - 33), "what is skipped stands elsewhere");
}

fn the_verdict_is_reported(ended: &Ended) {
    let report = ended.json();
    assert_eq!(ended.code, CODE, "{}", ended.stderr);
    assert_eq!(
        (&report["status"], &report["exitCode"]),
        (&"incomplete".into(), &CODE.into())
    );
    assert_eq!(report["verdict"]["code"], CODE);
    assert_eq!(report["verdict"]["reason"], REASON);
    for line in expected::CONSOLE {
        assert!(
            ended.stderr.lines().any(|told| told == line),
            "{line}\n{}",
            ended.stderr
        );
    }
}

fn each_repository_was_asked_for_once(scene: &Scene) {
    for (simulator, expected) in [
        (&scene.north, expected::ASKED_IN_THE_NORTH),
        (&scene.south, expected::ASKED_IN_THE_SOUTH),
    ] {
        let requests = simulator.requests();
        let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
        let mut for_rules = BTreeSet::new();
        for request in &requests {
            let is_for_rules = request.path.ends_with("/sync_repo");
            assert!(
                !is_for_rules || for_rules.insert(&request.path),
                "{} again",
                request.path
            );
            let what = if is_for_rules { "rules" } else { &request.path };
            *asked.entry(what).or_default() += 1;
        }
        assert_eq!(asked, expected.into());
    }
}

#[test]
fn three_shards_merged_end_as_one_run_does() {
    let scene = Scene::new();
    let shards = ["1/3", "2/3", "3/3"].map(|shard| scene.audit(&BOTH, &["--shard", shard]));
    let folder = tempfile::tempdir().expect("a folder for the test");
    let inventory = shards[0].report.join("../../inventory.yaml");
    let merged = binary(folder.path())
        .arg("merge")
        .args(shards.each_ref().map(|shard| &shard.report))
        .arg(inventory)
        .args(["--out", "merged", "--run-id", "whole"])
        .output()
        .expect("the binary starts");
    assert_eq!(merged.status.code(), Some(CODE), "{merged:?}");
    let report = json(&folder.path().join("merged/whole"));
    findings_are_reported(&report);
    counts_are_reported(&report);
}

#[test]
fn a_source_without_a_credential_takes_nothing_of_the_other_but_what_leads_there() {
    let scene = Scene::new();
    let ended = scene.audit(&["NORTH"], &[]);
    let report = ended.json();
    let told = Told(&report);
    // A circle and a race with the south cannot be told, but for the race that two of the north are in as well.
    let race = "high overwrite-race north:base/alpine to cn-east-3/mirror among north:base/alpine north:vendor/alpine";
    let alone: Vec<&str> = FINDINGS
        .iter()
        .filter(|line| line.contains(" north:"))
        .map(|line| line.strip_suffix(" south:images/alpine").unwrap_or(line))
        .filter(|line| !line.contains(" south:"))
        .collect();
    assert!(alone.contains(&race), "two of the three writers are left");
    assert_eq!(told.findings(), alone);
    // The south may have copies of all that had none. Named there are ten, and one of them the north copies.
    assert_eq!(told.regions(), [("cn-north-4", 0, 273 + 5), ("cn-south-1", 0, 9)]);
    let (north, south): (Vec<String>, Vec<String>) =
        told.unknown().into_iter().partition(|line| line.contains(" north:"));
    assert_eq!(north, UNKNOWN[..3]);
    assert!(
        south.iter().all(|line| line.starts_with("unauthenticated south:")),
        "{south:?}"
    );
    assert_eq!(ended.code, CODE, "{}", ended.stderr);
    let reason = report["verdict"]["reason"].as_str().unwrap_or_default();
    assert!(reason.ends_with("nothing of source `south` was read"), "{reason}");
    assert!(scene.south.requests().is_empty());
}

#[test]
fn a_waiver_of_a_day_too_many_is_refused_before_anything_is_asked() {
    let scene = Scene::new();
    let ended = scene.audit(&BOTH, &["--max-waiver-days", "89"]);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(ended.stderr.contains("CHG-01"), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 problem"), "{}", ended.stderr);
    for simulator in [&scene.north, &scene.south] {
        assert!(simulator.requests().is_empty());
    }
}
