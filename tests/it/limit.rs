//! How fast the service is asked, and who waits for whom.

use std::time::{Duration, Instant};

use simulator::{ErrorAnswer, Fault, Misbehaviour, Rate, RateChange, Request, Simulator};

use crate::support::{Audit, Ended, error, fault, inventory, names, requests_for, rules_path, serve, texts, world};

/// So many repositories, all as expected, under that rate and with those faults.
fn audit(count: usize, rate: Option<Rate>, faults: Vec<Fault>, arguments: &[&str]) -> (Ended, Simulator) {
    let names = names("repo", count);
    let mut world = world(&texts(&names));
    world.rate = rate;
    world.faults = faults;
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names))).with(arguments);
    (audit.against(&simulator.endpoint()), simulator)
}

fn asked_at(simulator: &Simulator, repository: &str) -> Vec<Instant> {
    let requests = requests_for(simulator, &rules_path("prod", repository));
    requests.into_iter().map(|request| request.at).collect()
}

#[test]
fn a_retry_that_waits_holds_no_slot() {
    let mut answer = ErrorAnswer {
        status: 503,
        code: "APIGW.0613".to_owned(),
        ..ErrorAnswer::default()
    };
    answer.headers.insert("Retry-After".to_owned(), "1".to_owned());
    let late = Fault {
        times: Some(1),
        ..fault("prod/repo-003", Misbehaviour::Error(answer))
    };
    let (ended, simulator) = audit(20, None, vec![late], &["--concurrency", "1"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let attempts = asked_at(&simulator, "repo-003");
    assert_eq!(attempts.len(), 2);
    assert!(
        attempts[1] - attempts[0] >= Duration::from_secs(1),
        "the service said when"
    );
    let last = asked_at(&simulator, "repo-019")[0];
    assert!(last < attempts[1], "all others were asked meanwhile");
    assert_eq!(simulator.most_in_flight(), 1);
}

#[test]
fn an_unknown_rate_is_found_and_everything_is_read() {
    let bucket = Rate::bucket(400.0, 10);
    let (ended, simulator) = audit(800, Some(bucket), vec![], &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = ended.json();
    let wire = &report["run"]["wire"];
    let throttled = wire["requests"]["throttled"].as_u64().expect("a number");
    let refused = simulator
        .requests()
        .iter()
        .filter(|request| request.status == Some(429))
        .count();
    assert_eq!(throttled, refused as u64, "the report tells what the service refused");
    // Most of them find the rate and try it out, once.
    assert!((1..=110).contains(&refused), "{refused} of 800 refused");
    assert_eq!(wire["rate"]["limitBy"], "service");
    let limit = wire["rate"]["limit"].as_f64().expect("it was found");
    assert!((200.0..1200.0).contains(&limit), "{limit} where 400 is true");
    let most = ended
        .repos()
        .iter()
        .map(|row| row["attempts"].parse::<u32>().expect("a number"))
        .max();
    assert!(most <= Some(4), "{most:?} attempts");
}

#[test]
fn stray_refusals_are_asked_again_and_set_no_pace() {
    // One in ten is refused, and no rate is behind it: another client shares the quota, or the gateway is in trouble.
    let stray = Fault {
        percent: Some(10),
        ..fault("*", Misbehaviour::Throttled)
    };
    let (ended, simulator) = audit(1500, None, vec![stray], &["--retries", "8"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let refused = simulator.requests().len() - 1500;
    assert!((100..250).contains(&refused), "{refused} of 1500 refused");
    let wire = &ended.json()["run"]["wire"];
    assert_eq!(wire["requests"]["throttled"], refused);
    // None, unless it ends while one is tried out, and then as many as were accepted.
    let limit = wire["rate"]["limit"].as_f64();
    assert!(limit.is_none_or(|limit| limit > 50.0), "{wire}");
}

#[test]
fn windows_and_changes_are_followed() {
    let names = names("repo", 600);
    let mut world = world(&texts(&names));
    world.rate = Some(Rate::window(100, Duration::from_millis(500)));
    world.rate_changes = [(1000, 50), (2000, 200)]
        .map(|(after, requests)| RateChange {
            after: Duration::from_millis(after),
            rate: Some(Rate::window(requests, Duration::from_millis(500))),
        })
        .into();
    let simulator = serve(world);
    let ended = Audit::of(&inventory(&texts(&names))).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let refused = simulator.requests().len() - 600;
    assert!((1..=150).contains(&refused), "{refused} of 600 refused");
}

#[test]
fn a_service_that_says_come_back_later_is_not_held_against_all() {
    // A bucket that says `Retry-After: 1` although it takes the next request a few milliseconds later.
    let bucket = Rate {
        retry_after_seconds: Some(1),
        ..Rate::bucket(400.0, 10)
    };
    let (ended, simulator) = audit(400, Some(bucket), vec![], &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let names = names("repo", 400);
    let retried = names
        .iter()
        .map(|name| asked_at(&simulator, name))
        .filter(|at| at.len() > 1);
    for at in retried {
        let gaps = at.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(
            gaps.min() >= Some(Duration::from_secs(1)),
            "each refused one waits as it was told"
        );
    }
}

#[test]
fn a_fixed_rate_is_never_exceeded() {
    let (ended, simulator) = audit(60, None, vec![], &["--rate", "100"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let at: Vec<Instant> = simulator
        .requests()
        .iter()
        .map(|request: &Request| request.at)
        .collect();
    // Lower bounds alone: five may be made up for after a late timer, and one stands at each end.
    for (earlier, later) in at.iter().zip(&at[20..]) {
        let gap = *later - *earlier;
        assert!(gap >= Duration::from_millis(20 * 10 - 70), "{gap:?} for 20 requests");
    }
    assert_eq!(ended.json()["run"]["wire"]["rate"]["limitBy"], "option");
}

#[test]
fn throttling_has_three_spellings() {
    for answer in [
        Misbehaviour::Throttled,
        error(403, "SVCSTG.SWR.4031042"),
        error(409, "SVCSTG.SWR.4090023"),
    ] {
        let once = Fault {
            after: 20,
            times: Some(2),
            ..fault("*", answer)
        };
        let (ended, _) = audit(60, None, vec![once], &[]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(ended.json()["run"]["wire"]["requests"]["throttled"], 2);
    }
}

#[test]
fn an_outage_in_mid_run_is_waited_for() {
    // Sixty requests into the run nobody answers eighteen of them: the breaker opens, probes, and goes on.
    let outage = Fault {
        after: 60,
        times: Some(18),
        ..fault("*", Misbehaviour::Html502)
    };
    let (ended, simulator) = audit(300, None, vec![outage], &["--retries", "1", "--concurrency", "8"]);
    assert_eq!(ended.code, 0, "one attempt more is enough for each: {}", ended.stderr);
    let requests = simulator.requests();
    assert_eq!(requests.len(), 318);
    let down: Vec<Instant> = requests
        .iter()
        .filter(|request| request.status == Some(502))
        .map(|request| request.at)
        .collect();
    let gaps: Vec<Duration> = down.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        gaps.iter().filter(|gap| **gap >= Duration::from_millis(250)).count() >= 2,
        "probes keep their distance: {gaps:?}"
    );
}

#[test]
fn an_endpoint_that_is_not_there_costs_seconds_and_not_hours() {
    let names = names("repo", 5000);
    let audit = Audit::of(&inventory(&texts(&names)));
    // Bound and closed again: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a free port")
        .local_addr()
        .expect("it is bound")
        .port();
    let ended = audit.against(&format!("http://127.0.0.1:{port}"));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let report = ended.json();
    assert_eq!(report["status"], "failed");
    let sent = report["run"]["wire"]["requests"]["sent"].as_u64().expect("a number");
    assert!(sent <= 30, "{sent} requests to nobody");
    let entries = report["unknown"].as_array().expect("a list");
    assert!(
        entries.len() <= 20,
        "one entry for those that were not asked: {}",
        entries.len()
    );
    let unasked = entries
        .iter()
        .find(|entry| entry["repositories"].as_array().is_some_and(|all| all.len() > 4900));
    assert_eq!(
        unasked.map(|entry| &entry["class"]),
        Some(&"unreachable".into()),
        "{entries:?}"
    );
}
