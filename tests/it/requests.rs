//! What reaches the service: reads alone, one for each repository, and nothing that was not meant to.

use std::time::Duration;

use simulator::{AccessKey, Call, Fault, Misbehaviour, Request, Simulator};

use crate::support::{
    ACCESS_KEY, Audit, SECRET_KEY, fault, inventory, names, paths, requests_for, rules_path, serve, texts, world,
};

#[test]
fn only_reads_and_one_for_each_repository() {
    let names = ["team-a/web", "api", "team-a/deep/er", "x.y__z--1"];
    let simulator = serve(world(&names));
    let ended = Audit::of(&inventory(&names)).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let mut paths = paths(&simulator);
    paths.sort();
    assert_eq!(
        paths,
        [
            "/v2/manage/namespaces/prod/repos/api/sync_repo",
            "/v2/manage/namespaces/prod/repos/team-a%24deep%24er/sync_repo",
            "/v2/manage/namespaces/prod/repos/team-a%24web/sync_repo",
            "/v2/manage/namespaces/prod/repos/x.y__z--1/sync_repo",
        ]
    );
    for request in simulator.requests() {
        assert_eq!((&*request.method, request.query.as_deref()), ("GET", None));
        assert_eq!(
            (request.status, request.caller.as_deref()),
            (Some(200), Some(ACCESS_KEY))
        );
        assert_eq!(request.content_type.as_deref(), Some("application/json"));
        assert_eq!((request.accept_encoding, request.cookie), (None, None));
        let agent = request.user_agent.unwrap_or_default();
        assert_eq!(agent, concat!("swr-audit/", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn only_reads_whatever_is_wrong() {
    let mut world = world(&["bare", "denied", "down", "fine", "moved"]);
    world.repository("prod", "bare").rules.clear();
    world.repository("prod", "moved").rules[0].region = "cn-south-1".to_owned();
    world.repository("prod", "denied").access = Some(simulator::Access::Denied);
    world.faults.push(fault("prod/down", Misbehaviour::Html502));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["bare", "denied", "down", "fine", "gone", "moved"]));
    let ended = audit.with(&["--retries", "1"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 6, "{}", ended.stderr);
    assert!(simulator.requests().iter().all(|request| request.method == "GET"));
    for (name, sent) in [
        ("bare", 1),
        ("denied", 1),
        ("down", 2),
        ("fine", 1),
        ("gone", 1),
        ("moved", 1),
    ] {
        assert_eq!(
            requests_for(&simulator, &rules_path("prod", name)).len(),
            sent,
            "{name}"
        );
    }
}

#[test]
fn what_is_skipped_is_not_asked() {
    let inventory = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies:
  dr: { targets: [{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }] }
namespaces:
  - name: prod
    policy: dr
    otherRepos: allow
    repos:
      - web
      - { name: scratch, skip: true, reason: throw-away images }
  - { name: lab, skip: true, reason: nobody needs it }
";
    let simulator = serve(world(&["scratch", "web"]));
    let ended = Audit::of(inventory).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(paths(&simulator), [rules_path("prod", "web")]);
}

#[test]
fn never_more_in_flight_than_allowed() {
    let names = names("repo", 60);
    for concurrency in [1, 2, 5] {
        let mut world = world(&texts(&names));
        world.faults.push(fault("*", Misbehaviour::DelayMs(5)));
        let simulator = serve(world);
        let limit = concurrency.to_string();
        let audit = Audit::of(&inventory(&texts(&names))).with(&["--concurrency", &limit]);
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(simulator.requests().len(), 60);
        // As a lower bound too: it is used, where there is work enough.
        assert_eq!(simulator.most_in_flight(), concurrency);
    }
}

#[test]
fn the_probe_goes_alone() {
    let names = names("repo", 20);
    let delay = Duration::from_millis(150);
    let mut world = world(&texts(&names));
    world.faults.push(Fault {
        times: Some(1),
        ..fault("*", Misbehaviour::DelayMs(150))
    });
    let simulator = serve(world);
    let ended = Audit::of(&inventory(&texts(&names))).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let requests = simulator.requests();
    assert_eq!(
        (requests[0].in_flight, &*requests[0].path),
        (1, &*rules_path("prod", "repo-000"))
    );
    for request in &requests[1..] {
        assert!(
            request.at - requests[0].at >= delay,
            "came before the probe was answered"
        );
    }
}

#[test]
fn a_firewalls_cookies_are_not_sent_back() {
    let names = names("repo", 8);
    let mut world = world(&texts(&names));
    world.faults.push(Fault {
        times: Some(2),
        ..fault("*", Misbehaviour::Html502)
    });
    let simulator = serve(world);
    let ended = Audit::of(&inventory(&texts(&names))).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let requests = simulator.requests();
    assert_eq!(requests.len(), 10);
    assert_eq!(requests.iter().filter(|request| request.status == Some(502)).count(), 2);
    assert!(requests.iter().all(|request| request.cookie.is_none()));
}

#[test]
fn a_redirect_is_not_followed() {
    let other = serve(world(&["web"]));
    let mut world = world(&["api", "web"]);
    let elsewhere = format!("{}{}", other.endpoint(), rules_path("prod", "web"));
    world.faults.push(fault("prod/web", Misbehaviour::Redirect(elsewhere)));
    let simulator = serve(world);
    let ended = Audit::of(&inventory(&["api", "web"])).against(&simulator.endpoint());
    assert_eq!(
        (ended.code, ended.told()),
        (4, vec!["web unknown:bad-response".to_owned()])
    );
    assert!(other.requests().is_empty());
    assert_eq!(simulator.requests().len(), 2);
}

#[test]
fn a_temporary_key_comes_with_its_token() {
    let mut world = world(&["web"]);
    world.credentials.access_keys = vec![AccessKey {
        ak: ACCESS_KEY.to_owned(),
        sk: SECRET_KEY.into(),
        security_token: Some("temporary-security-token".into()),
    }];
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["web"]));
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "without the token: {}", ended.stderr);
    let audit = audit.setting("HUAWEICLOUD_SDK_SECURITY_TOKEN", "temporary-security-token");
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(
        (ended.code, ended.outcomes()),
        (0, vec!["web ok".to_owned()]),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_ready_token_is_sent_as_it_is() {
    let mut world = world(&["web"]);
    world.credentials.tokens.push("ready-made-token".into());
    let simulator = serve(world);
    for variable in ["SWR_AUDIT_TOKEN", "OS_AUTH_TOKEN"] {
        simulator.clear_requests();
        let audit = Audit::of(&inventory(&["web"])).without_environment();
        let ended = audit
            .setting(variable, "ready-made-token")
            .against(&simulator.endpoint());
        assert_eq!(
            (ended.code, ended.outcomes()),
            (0, vec!["web ok".to_owned()]),
            "{}",
            ended.stderr
        );
        let callers: Vec<_> = simulator.requests().into_iter().map(|request| request.caller).collect();
        assert_eq!(callers, [Some("token".to_owned())]);
    }
}

/// An HTTPS service, and an audit that trusts another one's certificate and nothing else of the system.
fn over_tls(names: &[&str]) -> (Simulator, Audit) {
    let simulator = Simulator::start_tls(world(names)).expect("loopback has a free port");
    let stranger = Simulator::start_tls(world(&[])).expect("loopback has a free port");
    let audit = Audit::of(&inventory(names));
    for (file, of) in [("trusted.pem", &simulator), ("system.pem", &stranger)] {
        let pem = of.certificate_pem().expect("it serves HTTPS");
        std::fs::write(audit.folder().join(file), pem).expect("the folder is writable");
    }
    let system = audit.folder().join("system.pem").display().to_string();
    (simulator, audit.setting("SSL_CERT_FILE", &system))
}

#[test]
fn https_with_a_trusted_certificate_is_http_2() {
    let names = names("repo", 30);
    let (simulator, audit) = over_tls(&texts(&names));
    let ended = audit.with(&["--ca-cert", "trusted.pem"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["summary"]["repos"]["ok"], 30);
    assert_eq!(simulator.requests().len(), 30);
    assert!(simulator.requests().iter().all(|request: &Request| request.http2));
}

#[test]
fn https_without_trust_is_unreachable_and_nothing_is_sent() {
    let (simulator, audit) = over_tls(&["api", "web"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(ended.told(), ["api unknown:unreachable", "web unknown:unreachable"]);
    assert_eq!(ended.json()["status"], "failed");
    assert!(simulator.requests().is_empty());
    // Asking again would not help: one attempt each.
    assert!(ended.repos().iter().all(|row| row["attempts"] == "1"));
}

#[test]
fn https_to_a_plain_service_is_unreachable_and_not_tried_in_plain() {
    let (_, audit) = over_tls(&["web"]);
    let plain = serve(world(&["web"]));
    let endpoint = plain.endpoint().replace("http://", "https://");
    let ended = audit
        .with(&["--retries", "0", "--ca-cert", "trusted.pem"])
        .against(&endpoint);
    assert_eq!(
        (ended.code, ended.told()),
        (1, vec!["web unknown:unreachable".to_owned()]),
        "{}",
        ended.stderr
    );
    assert!(plain.requests().is_empty());
}

#[test]
fn a_proxy_never_sees_this_machine() {
    let simulator = serve(world(&["web"]));
    let nowhere = "http://127.0.0.1:9";
    let mut audit = Audit::of(&inventory(&["web"]));
    for variable in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        audit = audit.setting(variable, nowhere);
    }
    let ended = audit.with(&["--proxy", nowhere]).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn a_look_is_a_read_of_the_namespace_and_nothing_else() {
    let simulator = serve(world(&["web"]));
    simulator.change(|world| {
        world.faults.push(Fault {
            call: Some(Call::Repository),
            ..fault("*", Misbehaviour::Reset)
        });
    });
    let ended = Audit::of(&inventory(&["gone", "web"])).against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let mut paths = paths(&simulator);
    paths.sort();
    let expected = [
        "/v2/manage/namespaces/prod",
        &rules_path("prod", "gone"),
        &rules_path("prod", "web"),
    ];
    assert_eq!(paths, expected);
}
