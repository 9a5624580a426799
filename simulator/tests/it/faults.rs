//! What goes wrong on purpose really does, on the socket.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read},
    time::Instant,
};

use swr_audit_simulator::{
    Encoding, ErrorAnswer, Fault, Misbehaviour, RawAnswer, Rule, Shape, Simulator, SlowBody, World,
};

use crate::client::{Answer, exchange, get, parsed, send};

const WEB: &str = "/v2/manage/namespaces/prod/repos/web/sync_repo";

/// A world in which one fault meets every request.
fn spoilt(answer: Misbehaviour) -> Simulator {
    faulty([Fault::always(answer)])
}

fn faulty(faults: impl IntoIterator<Item = Fault>) -> Simulator {
    let mut world = World::default();
    world.repository("prod", "web").rules.push(Rule::to("cn-east-3", "dr"));
    world.repository("prod", "api");
    world.faults.extend(faults);
    Simulator::start(world).expect("a port is free")
}

fn normal() -> Answer {
    get(&faulty([]), WEB)
}

#[test]
fn without_a_fault_nothing_is_wrong() {
    assert_eq!(normal().status, 200);
    assert_eq!(normal().json()[0]["remoteNamespace"], "dr");
}

#[test]
fn reset_closes_the_connection_without_an_answer() {
    let simulator = spoilt(Misbehaviour::Reset);
    assert!(exchange(&simulator, "GET", WEB, &[]).is_empty());
    assert_eq!(simulator.requests()[0].status, None);
}

#[test]
fn a_cut_body_is_announced_in_full_and_ends_in_the_middle() {
    let expected = normal();
    let answer = get(&spoilt(Misbehaviour::CutBody), WEB);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-length"], expected.headers["content-length"]);
    assert_eq!(answer.body, expected.body[..expected.body.len() / 2]);
}

#[test]
fn even_the_shortest_body_can_be_cut() {
    let simulator = faulty([Fault::always(Misbehaviour::CutBody)]);
    let answer = get(&simulator, "/v2/manage/namespaces/prod/repos/api/sync_repo");
    assert_eq!((answer.text(), &*answer.headers["content-length"]), ("[", "2"));
}

#[test]
fn a_slow_body_comes_whole_in_the_end() {
    let expected = normal();
    let length = u32::try_from(expected.body.len()).expect("a short body");
    // A tenth of a second for each half: one gap at least lies between them.
    let start = Instant::now();
    let answer = get(
        &spoilt(Misbehaviour::SlowBody(SlowBody {
            bytes_per_second: length * 5,
        })),
        WEB,
    );
    assert!(start.elapsed().as_millis() >= 100);
    assert_eq!(answer.body, expected.body);
}

#[test]
fn hang_keeps_the_connection_and_says_nothing() {
    let simulator = faulty([Fault {
        times: Some(1),
        ..Fault::always(Misbehaviour::Hang)
    }]);
    let mut stream = send(&simulator, "GET", WEB, &[]);
    while simulator.requests().is_empty() {
        std::thread::yield_now();
    }
    // Another one is answered meanwhile, with the first still in flight.
    assert_eq!(get(&simulator, WEB).status, 200);
    let requests = simulator.requests();
    assert_eq!((requests[0].status, requests[1].in_flight), (None, 2));
    stream.set_nonblocking(true).expect("a socket can be");
    let nothing = stream.read(&mut [0]).expect_err("neither a byte nor the end");
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_delay_is_added_and_the_answer_is_the_normal_one() {
    let start = Instant::now();
    let answer = get(&spoilt(Misbehaviour::DelayMs(30)), WEB);
    assert!(start.elapsed().as_millis() >= 30);
    assert_eq!(answer.body, normal().body);
}

#[test]
fn answers_in_place_of_the_normal_one() {
    let redirect = get(&spoilt(Misbehaviour::Redirect("https://example.com/x".to_owned())), WEB);
    assert_eq!(
        (redirect.status, &*redirect.headers["location"]),
        (302, "https://example.com/x")
    );

    let html = get(&spoilt(Misbehaviour::Html502), WEB);
    assert_eq!((html.status, &*html.headers["content-type"]), (502, "text/html"));
    assert!(html.text().starts_with("<html>"));

    for (fault, status, code) in [
        (Misbehaviour::GatewayNotFound, 404, "APIGW.0101"),
        (Misbehaviour::ExpiredToken, 401, "APIGW.0307"),
        (Misbehaviour::BadSignature, 401, "APIGW.0301"),
        (Misbehaviour::Throttled, 429, "APIGW.0308"),
    ] {
        let answer = get(&spoilt(fault), WEB);
        assert_eq!(
            (answer.status, answer.json()["error_code"].as_str()),
            (status, Some(code))
        );
    }
}

#[test]
fn an_error_has_the_status_code_shape_and_headers_given() {
    let error = ErrorAnswer {
        status: 429,
        code: "APIGW.0308".to_owned(),
        message: "slow down".to_owned(),
        shape: Shape::E,
        headers: BTreeMap::from([("Retry-After".to_owned(), "1".to_owned())]),
        content_encoding: None,
    };
    let answer = get(&spoilt(Misbehaviour::Error(error)), WEB);
    assert_eq!((answer.status, &*answer.headers["retry-after"]), (429, "1"));
    let body = answer.json();
    assert_eq!(
        (body["error_code"].as_str(), body["error_msg"].as_str()),
        (Some("APIGW.0308"), Some("slow down"))
    );

    let default = get(&spoilt(Misbehaviour::Error(ErrorAnswer::default())), WEB);
    assert_eq!(
        (default.status, default.json()["error_code"].as_str()),
        (500, Some("SVCSTG.SWR.5000007"))
    );
}

#[test]
fn raw_text_under_any_name_and_encoding() {
    let raw = RawAnswer {
        status: 203,
        body: "{broken".to_owned(),
        content_type: "text/plain".to_owned(),
        content_encoding: Some(Encoding::Gzip),
        headers: BTreeMap::new(),
    };
    let answer = get(&spoilt(Misbehaviour::Raw(raw)), WEB);
    assert_eq!((answer.status, &*answer.headers["content-type"]), (203, "text/plain"));
    assert_eq!(answer.headers["content-encoding"], "gzip");
    // Ten bytes of head, five of a stored block.
    assert_eq!(&answer.body[15..22], b"{broken");
}

#[test]
fn a_large_and_a_deep_answer() {
    let large = get(&spoilt(Misbehaviour::Large(3_000_000)), WEB);
    assert_eq!((large.status, large.body.len()), (200, 3_000_000));
    assert_eq!(large.json()[0]["syncAuto"], true);
    let deep = get(&spoilt(Misbehaviour::Deep(1000)), WEB);
    assert_eq!(deep.text(), "[".repeat(1000) + &"]".repeat(1000));
}

#[test]
fn a_fault_meets_its_place_its_turn_and_nothing_else() {
    let fault = Fault {
        on: "prod/web".to_owned(),
        after: 1,
        times: Some(2),
        ..Fault::always(Misbehaviour::Error(ErrorAnswer::default()))
    };
    let simulator = faulty([fault]);
    let statuses: Vec<_> = (0..5)
        .map(|_| {
            let beside = get(&simulator, "/v2/manage/namespaces/prod/repos/api/sync_repo").status;
            assert_eq!(beside, 200);
            get(&simulator, WEB).status
        })
        .collect();
    assert_eq!(statuses, [200, 500, 500, 200, 200]);
}

#[test]
fn an_answer_without_a_head_is_none() {
    assert!(parsed(b"").is_none());
}
