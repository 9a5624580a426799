//! A whole service that is away: before the run, at its first request, in the middle of it.

use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use simulator::{ErrorAnswer, Fault, Misbehaviour, Simulator, World};

use crate::agreed::assert_agreed;
use crate::support::{Audit, fault, inventory, names, requests_for, rules_path, serve, texts, wait_until, world};

/// A port that nobody has, and where to find it.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("it is bound")
}

#[test]
fn a_service_that_comes_up_during_the_first_attempts_is_waited_for() {
    let names = names("repo", 8);
    let address = free_port();
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--retries", "8", "--concurrency", "2", "-vv"]);
    let log = audit.folder().join("talk");
    let mut command = audit.command(Some(&format!("http://{address}")));
    command.stderr(std::fs::File::create(&log).expect("the folder is writable"));
    let mut child = command.spawn().expect("the binary starts");
    wait_until("it has asked in vain", || {
        std::fs::read_to_string(&log).is_ok_and(|text| text.contains("asking again"))
    });
    let simulator = started_again(&world(&texts(&names)), address);
    let code = child.wait().expect("it is ours").code();
    let talk = std::fs::read_to_string(&log).expect("it was written");
    assert_eq!(code, Some(0), "{talk}");
    // Those in vain never came here, so each came once.
    assert_eq!(simulator.requests().len(), 8, "{talk}");
}

/// Somebody else's connection may have that port for a moment.
fn started_again(world: &World, address: SocketAddr) -> Simulator {
    let mut simulator = None;
    wait_until("the port is free again", || {
        simulator = Simulator::start_at(world.clone(), address).ok();
        simulator.is_some()
    });
    simulator.expect("it was waited for")
}

#[test]
fn a_service_that_is_restarted_costs_nobody_his_answer() {
    let names = names("repo", 60);
    let mut world = world(&texts(&names));
    world.latency_ms = 5;
    let simulator = serve(world.clone());
    let address: SocketAddr = simulator.endpoint()["http://".len()..].parse().expect("an address");
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--retries", "4", "--concurrency", "3"]);
    let started = audit.start(&simulator.endpoint());
    wait_until("a third is asked for", || simulator.requests().len() >= 20);
    let before = simulator.requests();
    drop(simulator);
    let simulator = started_again(&world, address);
    let ended = audit.ended(started.output());
    assert_agreed(&ended, &ended.stderr);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["summary"]["repos"]["ok"], 60);
    // Whoever was answered before is not asked again: only those in flight may be.
    let answered: Vec<&str> = before
        .iter()
        .filter(|request| request.status.is_some())
        .map(|request| &*request.path)
        .collect();
    let again = simulator
        .requests()
        .iter()
        .filter(|request| answered.contains(&&*request.path))
        .count();
    assert!(again <= 3, "{again} asked again");
}

#[test]
fn an_outage_of_all_is_waited_for_with_few_requests() {
    thread::scope(|scope| {
        for answer in [
            Misbehaviour::Html502,
            Misbehaviour::Reset,
            Misbehaviour::CutBody,
            Misbehaviour::Throttled,
        ] {
            scope.spawn(|| outage(answer));
        }
    });
}

fn outage(answer: Misbehaviour) {
    let names = names("repo", 12);
    let mut world = world(&texts(&names));
    let what = format!("{answer:?}");
    world.faults.push(Fault {
        after: 4,
        times: Some(10),
        ..fault("*", answer)
    });
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--retries", "4", "--concurrency", "4"]);
    let ended = audit.against(&simulator.endpoint());
    let what = format!("{what}: {}", ended.stderr);
    assert_agreed(&ended, &what);
    assert_eq!((ended.code, simulator.requests().len()), (0, 22), "{what}");
}

#[test]
fn a_date_in_retry_after_is_waited_for() {
    for target in ["repo-000", "repo-004"] {
        let names = names("repo", 8);
        // Dates have no fractions: it lies between one and two seconds ahead.
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("after 1970");
        let date = Duration::from_secs(now.as_secs() + 2);
        let due = Instant::now() + date.saturating_sub(now);
        let mut answer = ErrorAnswer {
            status: 503,
            ..ErrorAnswer::default()
        };
        let text = httpdate(date);
        answer.headers.insert("Retry-After".to_owned(), text);
        let mut world = world(&texts(&names));
        world.faults.push(Fault {
            times: Some(1),
            ..fault(&format!("prod/{target}"), Misbehaviour::Error(answer))
        });
        let simulator = serve(world);
        let ended = Audit::of(&inventory(&texts(&names))).against(&simulator.endpoint());
        assert_agreed(&ended, target);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let requests = requests_for(&simulator, &rules_path("prod", target));
        assert_eq!(requests.len(), 2);
        assert!(requests[1].at >= due, "{:?} early", due - requests[1].at);
    }
}

/// `Tue, 24 Nov 2026 12:00:00 GMT`
fn httpdate(since_1970: Duration) -> String {
    let seconds = i64::try_from(since_1970.as_secs()).expect("not so late");
    let time = jiff::Timestamp::from_second(seconds).expect("not so late");
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
