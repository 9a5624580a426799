//! Absence is believed where SWR itself says it, and told once: for a repository, or for its namespace.

use simulator::{Call, Fault, Misbehaviour, Namespace, Shape};

use crate::support::{
    Audit, Ended, error, fault, inventory, inventory_of, names, namespace_path, raw, requests_for, serve, texts, world,
    world_of,
};

fn limits(ended: &Ended) -> Vec<String> {
    let report = ended.json();
    let limits = report["limits"].as_array().expect("a list");
    limits
        .iter()
        .filter_map(|limit| limit["code"].as_str().map(str::to_owned))
        .collect()
}

const SHAPES: [Shape; 5] = [Shape::A, Shape::B, Shape::C, Shape::D, Shape::E];

#[test]
fn an_absent_repository_in_every_documented_shape() {
    for shape in SHAPES {
        let mut world = world(&["web"]);
        world.behaviour.not_found = shape;
        let simulator = serve(world);
        let ended = Audit::of(&inventory(&["gone", "web"])).against(&simulator.endpoint());
        assert_eq!(ended.code, 2, "{shape:?}: {}", ended.stderr);
        assert_eq!(ended.told(), ["gone missing-repo"]);
        assert_eq!(ended.outcomes(), ["gone drift", "web ok"]);
        let row = &ended.drift()[0];
        assert_eq!((&*row["expected"], &*row["actual"]), ("present", "absent"));
        assert_eq!(row["severity"], "high");
        assert_eq!(ended.repos()[0]["actual_rules"], "");
        let report = ended.json();
        assert_eq!(report["summary"]["repos"]["gone"], 1);
        assert_eq!(report["unknown"], serde_json::json!([]));
        assert!(!limits(&ended).contains(&"namespace-unconfirmed".to_owned()));
        assert_eq!(requests_for(&simulator, &namespace_path("prod")).len(), 1);
    }
}

#[test]
fn an_absent_namespace_in_every_documented_shape() {
    for shape in SHAPES {
        let mut world = world(&["web"]);
        world.behaviour.not_found = shape;
        let simulator = serve(world);
        let wanted = inventory_of(&[("old", &["a", "b", "team/c"]), ("prod", &["web"])]);
        let ended = Audit::of(&wanted).against(&simulator.endpoint());
        assert_eq!(ended.code, 2, "{shape:?}: {}", ended.stderr);
        assert_eq!(ended.told(), [" missing-namespace"]);
        assert_eq!(ended.outcomes(), ["a drift", "b drift", "team/c drift", "web ok"]);
        assert!(ended.repos()[..3].iter().all(|row| row["findings"] == "1"));
        let report = ended.json();
        assert_eq!(
            report["findings"][0]["repositories"],
            serde_json::json!(["old/a", "old/b", "old/team/c"])
        );
        assert_eq!(report["findings"][0]["namespace"], "old");
        assert_eq!(report["findings"][0]["repository"], serde_json::Value::Null);
        assert_eq!(report["findings"].as_array().map(Vec::len), Some(1));
        assert_eq!(report["summary"]["repos"]["gone"], 3);
        assert_eq!(report["summary"]["findings"]["byCode"]["missing-namespace"], 1);
        assert_eq!(requests_for(&simulator, &namespace_path("old")).len(), 1);
        assert!(requests_for(&simulator, &namespace_path("prod")).is_empty());
    }
}

#[test]
fn a_failing_look_leaves_the_missing_repo_and_says_so() {
    for answer in [
        error(500, "SVCSTG.SWR.5000007"),
        error(403, "SVCSTG.SWR.4030170"),
        Misbehaviour::GatewayNotFound,
        Misbehaviour::Reset,
    ] {
        let mut world = world(&["web"]);
        world.faults.push(Fault {
            call: Some(Call::Namespace),
            ..fault("prod", answer.clone())
        });
        let simulator = serve(world);
        let audit = Audit::of(&inventory(&["gone", "web"])).with(&["--retries", "0"]);
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 2, "{answer:?}: {}", ended.stderr);
        assert_eq!(ended.told(), ["gone missing-repo"]);
        assert_eq!(ended.outcomes(), ["gone drift", "web ok"]);
        assert!(limits(&ended).contains(&"namespace-unconfirmed".to_owned()));
        assert!(ended.stderr.contains("namespace-unconfirmed"), "{}", ended.stderr);
    }
}

#[test]
fn one_look_however_many_are_absent() {
    let (here, gone) = (names("here", 10), names("gone", 60));
    let all: Vec<&str> = texts(&here).into_iter().chain(texts(&gone)).collect();
    let simulator = serve(world(&texts(&here)));
    let audit = Audit::of(&inventory(&all)).with(&["--concurrency", "8"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(ended.json()["summary"]["findings"]["byCode"]["missing-repo"], 60);
    assert_eq!(requests_for(&simulator, &namespace_path("prod")).len(), 1);
    assert_eq!(simulator.requests().len(), 71);
}

#[test]
fn one_look_for_each_namespace_that_needs_it() {
    let mut world = world_of(&[("here", &["a"]), ("whole", &["a", "b"])]);
    world.namespaces.push(Namespace {
        name: "empty".to_owned(),
        ..Namespace::default()
    });
    let simulator = serve(world);
    let wanted = inventory_of(&[
        ("absent", &["a", "b"]),
        ("empty", &["a", "b"]),
        ("here", &["a", "b", "c"]),
        ("whole", &["a", "b"]),
    ]);
    let ended = Audit::of(&wanted).against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let told: Vec<String> = ended
        .drift()
        .iter()
        .map(|row| format!("{}/{} {}", row["namespace"], row["repository"], row["code"]))
        .collect();
    assert_eq!(
        told,
        [
            "absent/ missing-namespace",
            "empty/a missing-repo",
            "empty/b missing-repo",
            "here/b missing-repo",
            "here/c missing-repo",
        ]
    );
    for (namespace, looks) in [("absent", 1), ("empty", 1), ("here", 1), ("whole", 0)] {
        assert_eq!(
            requests_for(&simulator, &namespace_path(namespace)).len(),
            looks,
            "{namespace}"
        );
    }
    assert_eq!(ended.json()["summary"]["repos"]["gone"], 6);
}

#[test]
fn absence_that_swr_did_not_say_is_not_believed_of_a_namespace_either() {
    // The repository's own 404 is the gateway's: nothing is absent, and nobody looks.
    let mut world = world(&["web"]);
    world.faults.push(fault("prod/gone", Misbehaviour::GatewayNotFound));
    let simulator = serve(world);
    let ended = Audit::of(&inventory(&["gone", "web"])).against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(ended.told(), ["gone unknown:unsupported"]);
    assert_eq!(ended.json()["summary"]["repos"]["gone"], 0);
    assert!(requests_for(&simulator, &namespace_path("prod")).is_empty());
}

/// A 404 with this body is no absence: neither of a repository nor of a namespace, neither on the wire nor on replay.
fn assert_no_absence(body: &str) {
    let mut world = world(&["web"]);
    world.faults.push(fault("prod/gone", raw(404, body)));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["gone", "web"]));
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{body}: {}", ended.stderr);
    assert_eq!(ended.told(), ["gone unknown:bad-response"], "{body}");
    assert!(requests_for(&simulator, &namespace_path("prod")).is_empty(), "{body}");
    let journal = ended.report.join("journal.ndjson");
    let replayed = audit
        .with(&["--replay", journal.to_str().expect("a path in text")])
        .run();
    assert_eq!(replayed.code, 4, "{body}: {}", replayed.stderr);
    assert_eq!(replayed.told(), ["gone unknown:bad-response"], "{body}");
}

#[test]
fn a_code_with_anything_more_in_it_is_no_absence() {
    for code in [
        "SVCSTG.SWR.404\\u00070113",
        "SVCSTG.SWR.404\u{200b}0113",
        "\u{feff}SVCSTG.SWR.4040113",
        " SVCSTG.SWR.4040113",
        "SVCSTG.SWR.4040113\\n",
        "SVCSTG.SWR.4040113 SVCSTG.SWR.4040113",
        "svcstg.swr.4040113",
        "SVCSTG.SWR.404０113",
    ] {
        assert_no_absence(&format!(
            r#"{{"errors":[{{"errorCode":"{code}","errorMessage":"no"}}]}}"#
        ));
    }
}

#[test]
fn an_error_that_says_two_things_is_no_absence() {
    const GONE: &str = r#""errorCode":"SVCSTG.SWR.4040113""#;
    const OTHER: &str = r#""errorCode":"SVCSTG.SWR.4000014""#;
    for body in [
        // A key twice, at each level that is read: whichever won, it would be a guess.
        format!("{{{OTHER},{GONE}}}"),
        format!("{{{GONE},{GONE}}}"),
        format!("[{{{OTHER},{GONE}}}]"),
        format!(r#"{{"errors":[{{{OTHER},{GONE}}}]}}"#),
        format!(r#"{{"errors":[{{{OTHER}}}],"errors":[{{{GONE}}}]}}"#),
        format!(r#"{{{GONE},"error":{{"code":"a","code":"b"}}}}"#),
        // Places that do not agree.
        format!(r#"{{"error_code":"APIGW.0101","errors":[{{{GONE}}}]}}"#),
        format!(r#"{{{GONE},"error_code":"SVCSTG.SWR.4040083"}}"#),
        format!("[{{{GONE}}},{{{OTHER}}}]"),
        format!(r#"{{{GONE},"errors":[{{"errorCode":"SVCSTG.SWR.4040058"}}]}}"#),
        format!(r#"{{{GONE},"error_code":["SVCSTG.SWR.4040113"]}}"#),
        // More than one document.
        format!("{{{GONE}}} {{{OTHER}}}"),
        format!("{{{GONE}}}x"),
    ] {
        assert_no_absence(&body);
    }
}
