//! What may pass is asked again, and each attempt is counted.

use std::time::Duration;

use simulator::{ErrorAnswer, Fault, Misbehaviour};

use crate::support::{Audit, Ended, error, fault, inventory, requests_for, rules_path, serve, world};

/// Two repositories, of which one meets the fault so often.
fn audit(times: Option<u64>, answer: Misbehaviour, retries: &str) -> (Ended, Vec<simulator::Request>) {
    let mut world = world(&["late", "web"]);
    world.faults.push(Fault {
        times,
        ..fault("prod/late", answer)
    });
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["late", "web"])).with(&["--retries", retries]);
    let ended = audit.against(&simulator.endpoint());
    let requests = requests_for(&simulator, &rules_path("prod", "late"));
    assert_eq!(requests_for(&simulator, &rules_path("prod", "web")).len(), 1);
    (ended, requests)
}

#[test]
fn what_passes_is_ok_and_its_attempts_are_reported() {
    for (times, answer) in [
        (2, error(503, "APIGW.0613")),
        (1, Misbehaviour::Html502),
        (1, error(504, "APIGW.0202")),
        (1, Misbehaviour::Throttled),
        (1, error(403, "SVCSTG.SWR.4031032")),
        (1, error(409, "SVCSTG.SWR.4090023")),
        (1, Misbehaviour::Reset),
        (1, Misbehaviour::CutBody),
        (1, error(500, "SVCSTG.SWR.5000007")),
    ] {
        let (ended, requests) = audit(Some(times), answer.clone(), "2");
        assert_eq!(ended.code, 0, "{answer:?}: {}", ended.stderr);
        assert_eq!(ended.outcomes(), ["late ok", "web ok"], "one row each");
        let attempts = times + 1;
        assert_eq!(requests.len() as u64, attempts, "{answer:?}");
        assert_eq!(ended.repos()[0]["attempts"], attempts.to_string());
        let report = ended.json();
        assert_eq!(report["repositories"][0]["attempts"], attempts);
        let wire = &report["run"]["wire"]["requests"];
        assert_eq!(
            (&wire["sent"], &wire["retried"]),
            (&(attempts + 1).into(), &times.into()),
            "{answer:?}"
        );
        assert_eq!(report["unknown"], serde_json::json!([]));
    }
}

#[test]
fn the_service_says_when_to_come_back() {
    let mut answer = ErrorAnswer {
        status: 429,
        code: "APIGW.0308".to_owned(),
        ..ErrorAnswer::default()
    };
    answer.headers.insert("Retry-After".to_owned(), "1".to_owned());
    let (ended, requests) = audit(Some(1), Misbehaviour::Error(answer), "1");
    assert_eq!((ended.code, requests.len()), (0, 2), "{}", ended.stderr);
    assert!(
        requests[1].at - requests[0].at >= Duration::from_secs(1),
        "not before it said"
    );
    assert_eq!(ended.json()["run"]["wire"]["requests"]["throttled"], 1);
}

#[test]
fn an_internal_error_is_asked_again_once_and_not_more() {
    let (ended, requests) = audit(None, Misbehaviour::Error(ErrorAnswer::default()), "4");
    assert_eq!((ended.code, requests.len()), (4, 2), "{}", ended.stderr);
    assert_eq!(ended.told(), ["late unknown:server-error"]);
}

#[test]
fn what_would_be_the_same_again_is_not_asked_again() {
    for answer in [
        error(403, "SVCSTG.SWR.4030170"),
        error(404, "SVCSTG.SWR.4040113"),
        error(400, "SVCSTG.SWR.4001008"),
        error(501, "APIGW.0605"),
        Misbehaviour::GatewayNotFound,
        Misbehaviour::Redirect("/".to_owned()),
        Misbehaviour::Large(5 * 1024 * 1024),
        Misbehaviour::Deep(1000),
    ] {
        let (ended, requests) = audit(None, answer.clone(), "4");
        assert_eq!(requests.len(), 1, "{answer:?}");
        assert!(matches!(ended.code, 2 | 4), "{answer:?}: {}", ended.stderr);
    }
}

#[test]
fn retries_are_attempts_after_the_first() {
    for (retries, sent) in [("0", 1), ("1", 2)] {
        let (ended, requests) = audit(None, error(503, "APIGW.0613"), retries);
        assert_eq!((ended.code, requests.len()), (4, sent), "{}", ended.stderr);
        assert_eq!(ended.json()["unknown"][0]["attempts"], sent);
    }
}
