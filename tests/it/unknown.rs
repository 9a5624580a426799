//! What is not understood is `unknown`, with its class, in every report: never ok, never missing.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use simulator::{Encoding, ErrorAnswer, ManualRules, Misbehaviour, RawAnswer, Rule, RuleLimit, SlowBody, World};

use crate::support::{Audit, Ended, error, fault, inventory, raw, requests_for, rules_path, serve, world};

/// A way not to answer, and what has to be told of it.
struct Case {
    answer: Misbehaviour,
    class: &'static str,
    status: Option<u16>,
    /// The exit code where nothing else was asked for: 1 where it says nothing of the service, else 4.
    alone: i32,
}

fn case(answer: Misbehaviour, class: &'static str, status: impl Into<Option<u16>>, alone: i32) -> Case {
    Case {
        answer,
        class,
        status: status.into(),
        alone,
    }
}

fn gzipped(body: &str) -> Misbehaviour {
    Misbehaviour::Raw(RawAnswer {
        body: body.to_owned(),
        content_encoding: Some(Encoding::Gzip),
        ..RawAnswer::default()
    })
}

/// Says that it is compressed, and is not: readable, and not to be believed.
fn labelled_gzip(body: &str) -> Misbehaviour {
    Misbehaviour::Raw(RawAnswer {
        body: body.to_owned(),
        headers: [("Content-Encoding".to_owned(), "gzip".to_owned())].into(),
        ..RawAnswer::default()
    })
}

fn html(status: u16) -> Misbehaviour {
    Misbehaviour::Raw(RawAnswer {
        status,
        body: "<!DOCTYPE html><html><body>Please log in</body></html>".to_owned(),
        content_type: "text/html".to_owned(),
        ..RawAnswer::default()
    })
}

/// Those that end within the time limit.
fn answered() -> Vec<Case> {
    vec![
        case(Misbehaviour::Error(ErrorAnswer::default()), "server-error", 500, 1),
        case(error(503, "APIGW.0613"), "server-error", 503, 1),
        case(Misbehaviour::Html502, "server-error", 502, 1),
        case(Misbehaviour::Reset, "unreachable", None, 1),
        case(Misbehaviour::CutBody, "unreachable", None, 1),
        case(Misbehaviour::Throttled, "throttled", 429, 1),
        case(error(409, "SVCSTG.SWR.4090023"), "throttled", 409, 1),
        case(error(403, "SVCSTG.SWR.4031032"), "throttled", 403, 1),
        case(error(403, "SVCSTG.SWR.4031042"), "throttled", 403, 1),
        case(error(403, "SVCSTG.SWR.4030170"), "access-denied", 403, 4),
        case(html(403), "access-denied", 403, 4),
        case(error(401, "SVCSTG.SWR.4011044"), "access-denied", 401, 4),
        case(error(401, "SVCSTG.SWR.4011064"), "access-denied", 401, 4),
        case(Misbehaviour::GatewayNotFound, "unsupported", 404, 4),
        case(error(404, "APIG.0101"), "unsupported", 404, 4),
        case(error(404, "SVCSTG.SWR.4040083"), "bad-response", 404, 4),
        case(html(404), "bad-response", 404, 4),
        case(raw(404, ""), "bad-response", 404, 4),
        case(error(409, "SVCSTG.SWR.4090006"), "bad-response", 409, 4),
        case(error(400, "SVCSTG.SWR.4001008"), "bad-response", 400, 4),
        case(raw(405, ""), "bad-response", 405, 4),
        case(raw(204, ""), "bad-response", 204, 4),
        case(html(200), "bad-response", 200, 4),
        case(raw(200, r#"{"errors":[]}"#), "bad-response", 200, 4),
        case(raw(200, "[]]"), "bad-response", 200, 4),
        case(raw(200, "[] []"), "bad-response", 200, 4),
        case(gzipped("[]"), "bad-response", 200, 4),
        case(labelled_gzip("[]"), "bad-response", 200, 4),
        case(
            Misbehaviour::Redirect("/v2/manage/namespaces/prod/repos/fine/sync_repo".to_owned()),
            "bad-response",
            302,
            4,
        ),
        case(Misbehaviour::Large(5 * 1024 * 1024), "bad-response", 200, 4),
        case(Misbehaviour::Deep(100_000), "bad-response", 200, 4),
    ]
}

/// Those that never end by themselves.
fn endless() -> Vec<Case> {
    vec![
        case(Misbehaviour::Hang, "timeout", None, 1),
        case(
            Misbehaviour::SlowBody(SlowBody { bytes_per_second: 1 }),
            "timeout",
            None,
            1,
        ),
    ]
}

/// Audits with that answer for `prod/broken`, and everything about it in every report.
fn audit(case: &Case, mut world: World, repositories: &[&str], timeout: &str) -> Ended {
    world.faults.push(fault("prod/broken", case.answer.clone()));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(repositories)).with(&["--retries", "0", "--timeout", timeout]);
    let ended = audit.against(&simulator.endpoint());
    let sent = requests_for(&simulator, &rules_path("prod", "broken")).len();
    assert_eq!(sent, 1, "{:?}", case.answer);
    assert_reported(&ended, case, sent);
    ended
}

/// The same story in both tables, in the document and on the console.
fn assert_reported(ended: &Ended, case: &Case, sent: usize) {
    let (class, what) = (case.class, format!("{:?}: {}", case.answer, ended.stderr));
    let rows = ended.drift();
    let row = rows.iter().find(|row| row["repository"] == "broken");
    let row = row.unwrap_or_else(|| panic!("a row of drift.csv: {what}"));
    assert_eq!((&*row["status"], &*row["code"]), ("unknown", "unknown"), "{what}");
    assert_eq!((&*row["unknown_class"], &*row["severity"]), (class, ""), "{what}");
    assert!(!row["message"].is_empty() && !row["remediation"].is_empty(), "{what}");
    let repos = ended.repos();
    let row = repos.iter().find(|row| row["repository"] == "broken").expect("a row");
    assert_eq!((&*row["outcome"], &*row["unknown_class"]), ("unknown", class), "{what}");
    assert_eq!((&*row["actual_rules"], &*row["findings"]), ("", "0"), "{what}");
    assert_eq!(row["attempts"], sent.to_string(), "{what}");

    let report = ended.json();
    let told = &report["unknown"];
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{what}");
    assert_eq!(told[0]["class"], class, "{what}");
    assert_eq!(told[0]["repositories"], serde_json::json!(["broken"]), "{what}");
    assert_eq!(told[0]["httpStatus"], serde_json::json!(case.status), "{what}");
    assert_eq!(
        (&told[0]["attempts"], &told[0]["count"]),
        (&sent.into(), &1.into()),
        "{what}"
    );
    let row = &report["repositories"][0];
    assert_eq!(
        (&row["repository"], &row["outcome"]),
        (&"broken".into(), &"unknown".into())
    );
    assert_eq!(
        (&row["unknownClass"], &row["attempts"]),
        (&class.into(), &sent.into()),
        "{what}"
    );
    assert!(ended.stderr.contains(&format!("unknown  {class}: ")), "{what}");
}

#[test]
fn beside_an_ok_repository_it_is_4() {
    for case in answered() {
        let ended = audit(&case, world(&["broken", "fine"]), &["broken", "fine"], "30s");
        assert_eq!(ended.code, 4, "{:?}: {}", case.answer, ended.stderr);
        assert_eq!(ended.outcomes(), ["broken unknown", "fine ok"]);
        assert_eq!(ended.json()["status"], "incomplete");
        assert_eq!(ended.json()["findings"], serde_json::json!([]));
    }
}

#[test]
fn beside_drift_it_is_6() {
    for case in answered() {
        let mut drifted = world(&["broken", "without"]);
        drifted.repository("prod", "without").rules.clear();
        let ended = audit(&case, drifted, &["broken", "without"], "30s");
        assert_eq!(ended.code, 6, "{:?}: {}", case.answer, ended.stderr);
        assert_eq!(ended.outcomes(), ["broken unknown", "without drift"]);
        // What is missing is high, and comes first.
        assert_eq!(
            ended.told(),
            [
                "without missing-rule".to_owned(),
                format!("broken unknown:{}", case.class)
            ]
        );
    }
}

#[test]
fn alone_it_is_1_only_where_nobody_answered() {
    for case in answered() {
        let ended = audit(&case, world(&["broken"]), &["broken"], "30s");
        assert_eq!(ended.code, case.alone, "{:?}: {}", case.answer, ended.stderr);
        let status = if case.alone == 1 { "failed" } else { "incomplete" };
        assert_eq!(ended.json()["status"], status, "{:?}", case.answer);
        assert_eq!(ended.json()["verdict"]["incomplete"], true);
    }
}

#[test]
fn what_never_ends_is_a_timeout() {
    for case in endless() {
        let ended = audit(&case, world(&["broken"]), &["broken"], "300ms");
        assert_eq!((ended.code, case.alone), (1, 1), "{:?}: {}", case.answer, ended.stderr);
        // Another limit here: the healthy repository must not run into it on a busy machine.
        let ended = audit(&case, world(&["broken", "fine"]), &["broken", "fine"], "2s");
        assert_eq!(ended.code, 4, "{:?}: {}", case.answer, ended.stderr);
        assert_eq!(ended.outcomes(), ["broken unknown", "fine ok"]);
    }
}

#[test]
fn where_nobody_listens_nothing_is_known() {
    let port = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let endpoint = format!("http://{}", port.local_addr().expect("it is bound"));
    drop(port);
    let audit = Audit::of(&inventory(&["broken"])).with(&["--retries", "0"]);
    let ended = audit.against(&endpoint);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_reported(&ended, &case(Misbehaviour::Reset, "unreachable", None, 1), 1);
    assert_eq!(ended.json()["status"], "failed");
    assert!(!audit.folder().join("reports/latest").exists());
}

#[test]
fn every_attempt_is_reported() {
    for (answer, class) in [
        (Misbehaviour::Error(ErrorAnswer::default()), "server-error"),
        (Misbehaviour::Throttled, "throttled"),
        (Misbehaviour::Reset, "unreachable"),
        (Misbehaviour::CutBody, "unreachable"),
    ] {
        let mut world = world(&["broken", "fine"]);
        world.faults.push(fault("prod/broken", answer.clone()));
        let simulator = serve(world);
        let audit = Audit::of(&inventory(&["broken", "fine"])).with(&["--retries", "1"]);
        let ended = audit.against(&simulator.endpoint());
        let sent = requests_for(&simulator, &rules_path("prod", "broken")).len();
        assert_eq!((ended.code, sent), (4, 2), "{answer:?}: {}", ended.stderr);
        assert_eq!(ended.told(), [format!("broken unknown:{class}")]);
        let report = ended.json();
        assert_eq!(report["unknown"][0]["attempts"], 2);
        assert_eq!(report["repositories"][0]["attempts"], 2);
        assert_eq!(report["run"]["wire"]["requests"]["sent"], 3);
        assert_eq!(report["run"]["wire"]["requests"]["retried"], 1);
    }
}

#[test]
fn a_whole_audit_of_mixed_failures_is_a_failed_one() {
    let names = ["a", "b", "c", "d"];
    let mut world = world(&names);
    let answers = [
        Misbehaviour::Error(ErrorAnswer::default()),
        Misbehaviour::Throttled,
        Misbehaviour::Reset,
        Misbehaviour::Html502,
    ];
    for (name, answer) in names.iter().zip(answers) {
        world.faults.push(fault(&format!("prod/{name}"), answer));
    }
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&names)).with(&["--retries", "0"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(
        (ended.code, &ended.json()["status"]),
        (1, &"failed".into()),
        "{}",
        ended.stderr
    );
    // One that answered, even with a refusal, makes it an audit.
    simulator.change(|world| world.faults[0].answer = error(403, "SVCSTG.SWR.4030170"));
    let ended = audit.against(&simulator.endpoint());
    assert_eq!((ended.code, &ended.json()["status"]), (4, &"incomplete".into()));
}

#[test]
fn all_denied_is_4_and_not_1() {
    let names = ["a", "b", "c", "d", "e"];
    let mut world = world(&names);
    world.faults.push(fault("*", error(403, "SVCSTG.SWR.4030170")));
    let simulator = serve(world);
    let ended = Audit::of(&inventory(&names)).against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(ended.json()["summary"]["repos"]["unknown"], 5);
}

/// Sends these bytes for every request, and closes.
fn says(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a client");
            let mut lines = BufReader::new(connection.try_clone().expect("a handle")).lines();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            // A client that has heard enough is no matter.
            let _ = connection.write_all(bytes);
        }
    });
    endpoint
}

#[test]
fn half_an_answer_is_none() {
    for (bytes, class, status, alone) in [
        (&b""[..], "unreachable", None, 1),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "unreachable", None, 1),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[]",
            "unreachable",
            None,
            1,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", "unreachable", None, 1),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n",
            "unreachable",
            None,
            1,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "unreachable",
            None,
            1,
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\n",
            "unreachable",
            None,
            1,
        ),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "bad-response", None, 4),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[",
            "bad-response",
            Some(200),
            4,
        ),
    ] {
        let audit = Audit::of(&inventory(&["broken"])).with(&["--retries", "0"]);
        let ended = audit.against(&says(bytes));
        let what = String::from_utf8_lossy(bytes);
        assert_eq!(ended.code, alone, "{what}: {}", ended.stderr);
        assert_reported(&ended, &case(Misbehaviour::Reset, class, status, alone), 1);
    }
}

/// So many rules beside the expected one, or without it.
fn crowded(rules: usize, has_expected: bool) -> World {
    let mut world = world(&["broken"]);
    world.behaviour.rule_limit = RuleLimit::None;
    let list = &mut world.repository("prod", "broken").rules;
    if !has_expected {
        list.clear();
    }
    let others = rules - usize::from(has_expected);
    list.extend((0..others).map(|number| Rule::to(format!("cn-none-{number}"), "x")));
    world
}

#[test]
fn a_list_that_may_be_cut_proves_nothing_absent() {
    for (rules, has_expected, told) in [
        (99, false, "broken missing-rule"),
        (100, false, "broken unknown:truncated"),
        (101, false, "broken missing-rule"),
    ] {
        let simulator = serve(crowded(rules, has_expected));
        let ended = Audit::of(&inventory(&["broken"])).against(&simulator.endpoint());
        let expected = if rules == 100 { 6 } else { 2 };
        assert_eq!(ended.code, expected, "{rules}: {}", ended.stderr);
        assert!(ended.told().contains(&told.to_owned()), "{rules}: {}", ended.stderr);
        let is_doubted = ended.stderr.contains("list-may-be-cut");
        assert_eq!(is_doubted, rules == 100, "{rules}");
    }
    // What is expected is there, but that nothing else is could not be said.
    let simulator = serve(crowded(100, true));
    let ended = Audit::of(&inventory(&["broken"])).against(&simulator.endpoint());
    assert_eq!(ended.outcomes(), ["broken unknown"], "{}", ended.stderr);
    assert_eq!(ended.repos()[0]["unknown_class"], "truncated");
}

#[test]
fn what_the_service_does_not_list_is_not_missing() {
    let manual = inventory(&["broken"]).replace("syncAuto: true", "syncAuto: false");
    let listing = manual.replace("region: cn-north-4 }", "region: cn-north-4, listsManualRules: true }");
    for (text, behaviour, code, told) in [
        (&manual, ManualRules::Hidden, 4, Some("broken unknown:not-observable")),
        (&manual, ManualRules::Shown, 0, None),
        (&listing, ManualRules::Shown, 0, None),
        (&listing, ManualRules::Hidden, 2, Some("broken missing-rule")),
    ] {
        let mut world = world(&["broken"]);
        world.behaviour.manual_rules = behaviour;
        world.repository("prod", "broken").rules[0].sync_auto = false;
        let ended = Audit::of(text).against(&serve(world).endpoint());
        assert_eq!(ended.code, code, "{behaviour:?}: {}", ended.stderr);
        assert_eq!(ended.told(), told.into_iter().collect::<Vec<_>>());
    }
}
