//! The copies of a repository's images.

use serde_json::{Value, json};
use swr_audit_simulator::{Account, EmptyList, JobStatus, NoJobs, Simulator, SyncJob, TimeFraction, World};

use crate::client::get;

const JOBS: &str = "/v2/manage/namespaces/group/repos/team$web/sync_job";

fn start(world: World) -> Simulator {
    Simulator::start(world).expect("a port is free")
}

fn web(jobs: impl IntoIterator<Item = SyncJob>) -> World {
    let mut world = World::default();
    world.repository("group", "team/web").sync_jobs.extend(jobs);
    world
}

fn job(tag: &str) -> SyncJob {
    SyncJob::of(tag, "cn-east-3", "dr", JobStatus::Success)
}

fn tags(list: &Value) -> Vec<&str> {
    let elements = list.as_array().expect("an array").iter();
    elements
        .map(|element| element["tag"].as_str().expect("a name"))
        .collect()
}

#[test]
fn the_documented_sample_field_by_field() {
    let mut world = World {
        account: Account {
            id: "0657**************************f60".to_owned(),
            name: "h**********4".to_owned(),
        },
        ..World::default()
    };
    world.repository("group", "busybox").sync_jobs.push(SyncJob {
        id: Some(172_928),
        created_at: Some("2020-03-12T08:11:36.518144Z".parse().expect("a time")),
        updated_at: Some("2020-03-12T08:11:41.505499Z".parse().expect("a time")),
        ..SyncJob::of("8", "region-1", "remtens", JobStatus::Success)
    });
    world.behaviour.unknown_fields = false;
    let answer = get(
        &start(world),
        "/v2/manage/namespaces/group/repos/busybox/sync_job?filter=limit::10|offset::0",
    );
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-range"], "0-1/1");
    assert_eq!(
        answer.json(),
        json!([{
            "createdAt": "2020-03-12T08:11:36.518144Z",
            "domainID": "0657**************************f60",
            "domainName": "h**********4",
            "id": 172_928,
            "namespace": "group",
            "override": false,
            "remoteNamespace": "remtens",
            "remoteRegionId": "region-1",
            "repoName": "busybox",
            "status": "success",
            // Masked in the sample.
            "syncOperatorId": "fedcba9876543210fedcba9876543210",
            "syncOperatorName": "username",
            "tag": "8",
            "updatedAt": "2020-03-12T08:11:41.505499Z",
        }])
    );
}

#[test]
fn pages_the_newest_first_unless_asked_otherwise() {
    let simulator = start(web((0..25).map(|number| job(&format!("v{number:02}")))));
    let asked = |order: &str| {
        let mut all = Vec::new();
        for (offset, range) in [(0, "0-10/25"), (10, "10-10/25"), (20, "20-5/25"), (30, "30-0/25")] {
            let answer = get(
                &simulator,
                &format!("{JOBS}?filter=limit%3A%3A10%7Coffset%3A%3A{offset}{order}"),
            );
            assert_eq!(answer.headers["content-range"], range);
            all.extend(tags(&answer.json()).into_iter().map(str::to_owned));
        }
        all
    };
    let mut expected: Vec<_> = (0..25).map(|number| format!("v{number:02}")).collect();
    assert_eq!(asked("|order::asc"), expected);
    expected.reverse();
    assert_eq!(asked("|order::desc"), expected);
    assert_eq!(asked(""), expected);
}

#[test]
fn the_filter_is_mandatory_with_both_its_halves() {
    let simulator = start(web([job("v1")]));
    for (query, code) in [
        ("", "SVCSTG.SWR.4001035"),
        ("?limit=10&offset=0", "SVCSTG.SWR.4001035"),
        ("?filter=", "SVCSTG.SWR.4001035"),
        ("?filter=order::desc", "SVCSTG.SWR.4001024"),
        ("?filter=limit::10", "SVCSTG.SWR.4001024"),
        ("?filter=limit::0|offset::0", "SVCSTG.SWR.4000056"),
        ("?filter=limit::10|offset::0|order::newest", "SVCSTG.SWR.4001096"),
        ("?filter=limit::10|offset::0|tag::v1", "SVCSTG.SWR.4001035"),
    ] {
        let answer = get(&simulator, &format!("{JOBS}{query}"));
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["errorCode"]),
            (400, &json!(code)),
            "{query}"
        );
    }
}

#[test]
fn every_status_is_spelled_as_documented() {
    let all = [
        (JobStatus::Waiting, "waiting"),
        (JobStatus::Running, "running"),
        (JobStatus::Success, "success"),
        (JobStatus::Failed, "failed"),
        (JobStatus::Timeout, "timeout"),
        (JobStatus::Cancel, "cancel"),
        (JobStatus::Existed, "existed"),
    ];
    let simulator = start(web(
        all.map(|(status, spelled)| SyncJob::of(spelled, "cn-east-3", "dr", status))
    ));
    let list = get(&simulator, &format!("{JOBS}?filter=limit::10|offset::0")).json();
    let elements = list.as_array().expect("an array");
    assert_eq!(elements.len(), all.len());
    assert!(elements.iter().all(|element| element["status"] == element["tag"]));
}

#[test]
fn ids_and_times_of_their_own_and_fields_unknown_on_some() {
    let mut world = web([job("v1"), job("v2")]);
    world.behaviour.time_fraction = TimeFraction::Fixed;
    let list = get(&start(world), &format!("{JOBS}?filter=limit::10|offset::0|order::asc")).json();
    assert_eq!((&list[0]["id"], &list[1]["id"]), (&json!(1), &json!(2)));
    assert_eq!(list[0]["createdAt"], "2026-01-01T00:00:01.010010Z");
    assert_eq!(list[0]["updatedAt"], "2026-01-01T00:00:06.010010Z");
    let fields = |at: usize| list[at].as_object().map(serde_json::Map::len);
    assert_eq!((fields(0), fields(1)), (Some(14), Some(16)));
}

#[test]
fn nothing_copied_yet_in_each_spelling() {
    let query = format!("{JOBS}?filter=limit::10|offset::0");
    for (spelling, expected) in [
        (EmptyList::Array, "[]"),
        (EmptyList::JsonNull, "null"),
        (EmptyList::Nothing, ""),
    ] {
        let mut world = web([]);
        world.behaviour.empty_list = spelling;
        let answer = get(&start(world), &query);
        assert_eq!((answer.status, answer.text()), (200, expected));
        assert_eq!(answer.headers["content-range"], "0-0/0");
    }
    let mut world = web([]);
    world.behaviour.no_jobs = NoJobs::NotFound;
    let simulator = start(world);
    let answer = get(&simulator, &query);
    assert_eq!(
        (answer.status, &answer.json()["errors"][0]["errorCode"]),
        (404, &json!("SVCSTG.SWR.4040113"))
    );
    // A page beyond the end is no absence.
    simulator.change(|world| world.repository("group", "team/web").sync_jobs.push(job("v1")));
    let beyond = get(&simulator, &format!("{JOBS}?filter=limit::10|offset::10"));
    assert_eq!((beyond.status, beyond.text()), (200, "[]"));
}
