//! Starting, changing, recording, stopping.

use std::{
    collections::HashSet,
    io::{ErrorKind, Read},
    net::{SocketAddr, TcpStream},
};

use swr_audit_simulator::{Fault, Misbehaviour, Namespace, Repository, Rule, Simulator, World};

use crate::client::{ask, get, send};

fn start(world: World) -> Simulator {
    Simulator::start(world).expect("a port is free")
}

#[test]
fn loopback_only() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let address: SocketAddr = address.parse().expect("an address");
        let error = Simulator::start_at(World::default(), address).err().expect("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let address = "127.0.0.1:0".parse().expect("an address");
    assert!(Simulator::start_at(World::default(), address).is_ok());
}

#[test]
fn dropping_it_ends_the_connections_that_are_open() {
    let simulator = start(World {
        faults: vec![Fault::always(Misbehaviour::Hang)],
        ..World::default()
    });
    let mut waiting = send(&simulator, "GET", "/v2/manage/namespaces", &[]);
    let endpoint = simulator.endpoint();
    let mut idle = TcpStream::connect(endpoint.strip_prefix("http://").expect("plain HTTP")).expect("it listens");
    drop(simulator);
    for stream in [&mut waiting, &mut idle] {
        // The end, or a reset: either way this returns, and without a byte.
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
    }
}

#[test]
fn it_runs_inside_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let simulator = start(World::default());
        assert_eq!(get(&simulator, "/v2/manage/namespaces").status, 200);
        drop(simulator);
    });
}

#[test]
fn the_world_changes_while_it_runs() {
    let path = "/v2/manage/namespaces/prod/repos/web/sync_repo";
    let simulator = start(World::default());
    assert_eq!(get(&simulator, path).status, 404);
    simulator.change(|world| world.repository("prod", "web").rules.push(Rule::to("cn-east-3", "dr")));
    assert_eq!(get(&simulator, path).json()[0]["id"], 1);
    simulator.change(|world| world.repository("prod", "web").rules.clear());
    assert_eq!(get(&simulator, path).text(), "[]");
}

#[test]
fn the_record_has_what_was_asked_and_how() {
    let simulator = start(World::default());
    let headers = [
        ("Accept-Encoding", "br"),
        ("Cookie", "HWWAFSESID=1"),
        ("Content-Type", "application/json"),
        ("User-Agent", "test/1"),
        ("X-Auth-Token", "hush"),
    ];
    ask(&simulator, "POST", "/v2/manage/namespaces/%E7%BB%84?a=%2F&b", &headers);
    get(&simulator, "/v2/manage/namespaces");
    let requests = simulator.requests();
    assert_eq!(requests.len(), 2);
    let first = &requests[0];
    assert_eq!(
        (&*first.method, &*first.path),
        ("POST", "/v2/manage/namespaces/%E7%BB%84")
    );
    assert_eq!((first.query.as_deref(), first.status), (Some("a=%2F&b"), Some(404)));
    assert_eq!(first.caller.as_deref(), Some("token"));
    assert_eq!(first.accept_encoding.as_deref(), Some("br"));
    assert_eq!(first.cookie.as_deref(), Some("HWWAFSESID=1"));
    assert_eq!(first.content_type.as_deref(), Some("application/json"));
    assert_eq!(first.user_agent.as_deref(), Some("test/1"));
    assert_eq!((first.http2, first.in_flight), (false, 1));
    assert!(!format!("{first:?}").contains("hush"));
    let second = &requests[1];
    assert_eq!(
        (second.query.as_deref(), second.status, second.caller.as_deref()),
        (None, Some(200), None)
    );
    assert!(first.at <= second.at);

    simulator.clear_requests();
    assert!(simulator.requests().is_empty());
    get(&simulator, "/");
    assert_eq!(simulator.requests()[0].status, Some(404));
}

#[test]
fn the_most_in_flight_is_kept() {
    let simulator = start(World {
        faults: vec![Fault::always(Misbehaviour::Hang)],
        ..World::default()
    });
    let waiting: Vec<_> = (0..3)
        .map(|_| send(&simulator, "GET", "/v2/manage/namespaces", &[]))
        .collect();
    while simulator.requests().len() < 3 {
        std::thread::yield_now();
    }
    assert_eq!(simulator.most_in_flight(), 3);
    let in_flight: Vec<_> = simulator.requests().iter().map(|request| request.in_flight).collect();
    assert_eq!(in_flight, [1, 2, 3]);
    drop(waiting);
    assert_eq!(simulator.most_in_flight(), 3);
}

#[test]
fn requests_one_after_the_other_are_never_two_in_flight() {
    let simulator = start(World::default());
    for _ in 0..50 {
        get(&simulator, "/v2/manage/namespaces");
    }
    assert_eq!(simulator.most_in_flight(), 1);
}

#[test]
fn request_ids_are_unique_and_the_same_in_each_run() {
    let run = || {
        let simulator = start(World::default());
        let id = |_| get(&simulator, "/v2/manage/namespaces").headers["x-request-id"].clone();
        (0..20).map(id).collect::<Vec<_>>()
    };
    let ids = run();
    assert!(
        ids.iter()
            .all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    );
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 20);
    assert_eq!(ids, run());
}

#[test]
fn a_hundred_thousand_repositories_are_found_by_name() {
    let namespaces = (0..100).map(|number| Namespace {
        name: format!("ns-{number}"),
        repositories: (0..1000)
            .map(|number| Repository {
                name: format!("team/app-{number}"),
                rules: vec![Rule::to("cn-east-3", "dr")],
                ..Repository::default()
            })
            .collect(),
        ..Namespace::default()
    });
    let simulator = start(World {
        namespaces: namespaces.collect(),
        ..World::default()
    });
    let last = get(&simulator, "/v2/manage/namespaces/ns-99/repos/team$app-999/sync_repo").json();
    assert_eq!(last[0]["id"], 100_000);
    let page = get(&simulator, "/v2/manage/repos?limit=1000&offset=99500");
    assert_eq!(page.headers["content-range"], "99500-500/100000");
}
