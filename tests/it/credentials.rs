//! Credentials that are issued, run out and are renewed, and what is said where none can be had.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use simulator::{AccessKey, Call, ErrorAnswer, Fault, Misbehaviour, Request, Server, Shape, Simulator, User, World};

use crate::scripted::{Answer, Scripted};
use crate::support::{
    ACCESS_KEY, Audit, Ended, SECRET_KEY, binary, error, fault, inventory, inventory_of, names, serve, texts,
    wait_until, world,
};

const PASSWORD: &str = "a pass\"word/of-IAM+1";
const LOGIN_PATH: &str = "/v3/auth/tokens";
const KEY_PATH: &str = "/openstack/latest/securitykey";

fn user() -> User {
    User {
        name: "auditor".to_owned(),
        password: PASSWORD.into(),
        domain: "example".to_owned(),
        ..User::default()
    }
}

/// A world with these repositories that knows one user and no key.
fn world_with(user: User, repositories: &[&str]) -> World {
    let mut world = world(repositories);
    world.credentials.access_keys.clear();
    world.credentials.users.push(user);
    world
}

/// An audit of that inventory with the user's login, and IAM at that endpoint.
fn audit_with_iam(repositories: &[&str], iam: &str) -> Audit {
    audit_of_with_iam(&inventory(repositories), iam)
}

fn audit_of_with_iam(inventory: &str, iam: &str) -> Audit {
    let audit = Audit::of(inventory).without_environment();
    let login = login_at(iam);
    login
        .iter()
        .fold(audit, |audit, (name, value)| audit.setting(name, value))
}

/// The variables of the user's login.
fn login_at(iam: &str) -> [(&'static str, String); 4] {
    [
        ("HW_USER_NAME", "auditor".to_owned()),
        ("HW_USER_PASSWORD", PASSWORD.to_owned()),
        ("HW_DOMAIN_NAME", "example".to_owned()),
        ("HW_AUTH_URL", format!("{iam}/v3")),
    ]
}

/// An audit that is to ask the metadata service there.
fn audit_on_server(repositories: &[&str], metadata: &str) -> Audit {
    let audit = Audit::of(&inventory(repositories)).without_environment();
    audit.setting("SWR_AUDIT_METADATA", metadata)
}

fn world_on(server: Server, repositories: &[&str]) -> World {
    let mut world = world(repositories);
    world.credentials.access_keys.clear();
    world.credentials.server = Some(server);
    world
}

fn requests(simulator: &Simulator, is_meant: impl Fn(&Request) -> bool) -> Vec<Request> {
    let all = simulator.requests().into_iter();
    all.filter(|request| is_meant(request)).collect()
}

fn count(simulator: &Simulator, path: &str) -> usize {
    requests(simulator, |request| request.path == path).len()
}

fn asked(simulator: &Simulator) -> usize {
    requests(simulator, |request| request.path.starts_with("/v2/")).len()
}

fn assert_ok(ended: &Ended, repositories: usize) {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["summary"]["repos"]["ok"], repositories);
}

/// Nothing was asked of the service, and everything is `unauthenticated`.
fn assert_nothing_asked(ended: &Ended, simulator: &Simulator) {
    assert_eq!((ended.code, asked(simulator)), (1, 0), "{}", ended.stderr);
    let report = ended.json();
    assert_eq!(report["status"], "failed");
    let reason = "no audit: there was no credential, so nothing was asked";
    assert_eq!(report["verdict"]["reason"], reason);
    let rows = ended.repos();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["unknown_class"] == "unauthenticated"));
}

/// A port at which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    format!("http://{}", listener.local_addr().expect("it is bound"))
}

#[test]
fn a_user_with_a_password_is_logged_in_once() {
    let names = names("repo", 40);
    let simulator = serve(world_with(user(), &texts(&names)));
    let endpoint = simulator.endpoint();
    let ended = audit_with_iam(&texts(&names), &endpoint)
        .with(&["-v"])
        .against(&endpoint);
    assert_ok(&ended, 40);
    assert_eq!((count(&simulator, LOGIN_PATH), asked(&simulator)), (1, 40));
    let login = &simulator.requests()[0];
    assert_eq!(
        (&*login.method, login.query.as_deref()),
        ("POST", Some("nocatalog=true"))
    );
    let origin = format!("environment (HW_USER_NAME), with a token of IAM at {endpoint}");
    assert!(ended.stderr.contains(&origin), "said which: {}", ended.stderr);
}

#[test]
fn the_inventory_says_where_iam_is() {
    let iam = serve(world_with(user(), &[]));
    // It accepts what this other one issues: tokens are those of a simulator of its own, so nobody is checked here.
    let mut open = world(&["web"]);
    open.credentials = simulator::Credentials::default();
    let service = serve(open);
    let text = inventory(&["web"]).replace(
        "region: cn-north-4",
        &format!(
            "region: cn-north-4, iamEndpoint: \"{}\", projectId: \"0123\"",
            iam.endpoint()
        ),
    );
    let ended = Audit::of(&text)
        .without_environment()
        .setting("OS_USERNAME", "auditor")
        .setting("OS_PASSWORD", PASSWORD)
        .setting("OS_USER_DOMAIN_NAME", "example")
        .setting("OS_AUTH_URL", "https://127.0.0.1:1/v3")
        .against(&service.endpoint());
    assert_ok(&ended, 1);
    assert_eq!(count(&iam, LOGIN_PATH), 1);
    assert_eq!(service.requests()[0].caller.as_deref(), Some("token"));
}

#[test]
fn an_audit_that_outlives_its_token_renews_it_and_nobody_notices() {
    let names = names("repo", 60);
    let mut world = world_with(
        User {
            token_millis: Some(1500),
            ..user()
        },
        &texts(&names),
    );
    // Two at a time, a tenth of a second each: three seconds at least.
    world.latency_ms = 100;
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let audit = audit_with_iam(&texts(&names), &endpoint).with(&["--concurrency", "2"]);
    let ended = audit.against(&endpoint);
    assert_ok(&ended, 60);
    assert_eq!(ended.json()["unknown"], serde_json::json!([]));
    let logins = requests(&simulator, |request| request.path == LOGIN_PATH);
    assert!(logins.len() >= 2, "{} logins", logins.len());
    for pair in logins.windows(2) {
        let life = pair[1].at - pair[0].at;
        assert!(
            life >= Duration::from_millis(1200),
            "one login for each life of a token, less its margin: {life:?}"
        );
    }
}

#[test]
fn a_crowd_whose_token_dies_is_one_login() {
    let names = names("repo", 300);
    let mut world = world_with(
        User {
            token_requests: Some(80),
            ..user()
        },
        &texts(&names),
    );
    world.latency_ms = 20;
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let audit = audit_with_iam(&texts(&names), &endpoint).with(&["--concurrency", "32", "--retries", "0"]);
    let ended = audit.against(&endpoint);
    assert_ok(&ended, 300);
    // 80 answers for each token: the fourth sees the end.
    assert_eq!(count(&simulator, LOGIN_PATH), 4);
    let refused = requests(&simulator, |request| request.status == Some(401)).len();
    assert!((3..=3 * 32).contains(&refused), "{refused} refusals");
    let repositories = ended.json()["repositories"].as_array().expect("a list").clone();
    let attempts: u64 = repositories.iter().filter_map(|one| one["attempts"].as_u64()).sum();
    assert_eq!(attempts, 300 + refused as u64, "what was sent is counted");
}

#[test]
fn a_wrong_password_is_tried_once() {
    let namespaces: [(&str, &[&str]); 2] = [("prod", &["api", "web"]), ("test", &["web"])];
    let simulator = serve(world_with(user(), &[]));
    let endpoint = simulator.endpoint();
    let audit = audit_of_with_iam(&inventory_of(&namespaces), &endpoint);
    let ended = audit.setting("HW_USER_PASSWORD", "not the password").against(&endpoint);
    assert_nothing_asked(&ended, &simulator);
    assert_eq!(count(&simulator, LOGIN_PATH), 1, "too many lock the account");
    let report = ended.json();
    let entry = &report["unknown"][0];
    assert_eq!((&entry["count"], &entry["attempts"]), (&2.into(), &1.into()));
    let refusal = format!("IAM at {endpoint} refused the user and password (HTTP 401");
    for entry in report["unknown"].as_array().expect("a list") {
        let message = entry["message"].as_str().expect("text");
        assert!(message.contains(&format!("not read, {refusal}")), "{message}");
        assert!(
            !message.contains("is wrong"),
            "the words of an issuer are not quoted: {message}"
        );
    }
    for part in [&*refusal, "hint: check the user's name, password and domain"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    let remedy = &ended.drift()[0]["remediation"];
    assert!(
        remedy.starts_with("check the user's name, password and domain"),
        "{remedy}"
    );
}

/// A token, or a key, stood in an answer with an unexpected status, and from there in every output.
#[test]
fn the_body_of_an_issuer_is_never_quoted() {
    let secret = "an-issued-secret-0123456789";
    for status in [200, 203, 206, 302, 400, 403, 500] {
        for body in [
            format!(r#"{{"error":{{"code":"{secret} {secret}","message":"{secret}"}}}}"#),
            format!(r#"{{"credential":{{"access":"x","secret":"{secret}"}}}}"#),
            secret.to_owned(),
        ] {
            let answer = Answer {
                status,
                ..Answer::of(&body)
            }
            .with("X-Iam-Trace-Id", &format!("{secret} "));
            let issuer = Scripted::serve(move |_: &str| answer.clone());
            let simulator = serve(world(&["web"]));
            for audit in [
                audit_with_iam(&["web"], &issuer.endpoint()),
                audit_on_server(&["web"], &issuer.endpoint()),
            ] {
                let audit = audit.with(&["-vv", "--retries", "0", "-o", "json=-"]);
                let ended = audit.against(&simulator.endpoint());
                for text in [&ended.stdout, &ended.stderr] {
                    let text = text.replace(&format!("request id {secret}"), "");
                    let text = text.replace(&format!("\"requestId\": \"{secret}\""), "");
                    assert!(!text.contains(secret), "{status} {body}: {text}");
                }
            }
        }
    }
}

#[test]
fn a_project_that_iam_does_not_know_is_not_a_wrong_password() {
    let body = r#"{"error":{"code":401,"message":"Could not find project: cn-north-4.","title":"Unauthorized"}}"#;
    let iam = Scripted::serve(move |_: &str| Answer {
        status: 401,
        ..Answer::of(body)
    });
    let simulator = serve(world(&["web"]));
    let ended = audit_with_iam(&["web"], &iam.endpoint()).against(&simulator.endpoint());
    assert_nothing_asked(&ended, &simulator);
    let said = format!(
        "IAM at {} knows no project 'cn-north-4' of this account (HTTP 401)",
        iam.endpoint()
    );
    assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("\nhint: check the project, not the password")
            && !ended.stderr.contains("lock an account"),
        "{}",
        ended.stderr
    );
    for entry in ended.json()["unknown"].as_array().expect("a list") {
        let remedy = entry["remediation"][0]["text"].as_str().expect("text");
        assert!(remedy.starts_with("check the project, not the password"), "{remedy}");
    }
}

/// A gateway's login form, whose title may hold anything: an issuer's answer is not quoted.
#[test]
fn a_page_in_place_of_iam_is_called_one_without_its_title() {
    let iam = Scripted::serve(|_: &str| Answer {
        status: 403,
        ..Answer::of("<html><title>not-to-be-shown</title></html>")
    });
    let simulator = serve(world(&["web"]));
    let ended = audit_with_iam(&["web"], &iam.endpoint()).against(&simulator.endpoint());
    assert_nothing_asked(&ended, &simulator);
    let said = format!("IAM at {} issued no token (HTTP 403, an HTML page)", iam.endpoint());
    for text in [ended.stderr.as_str(), &ended.json().to_string()] {
        assert!(text.contains(&said) && !text.contains("not-to-be-shown"), "{text}");
        let remedy = "a gateway or proxy on the way answered, and not IAM: have it let this machine through";
        assert!(text.contains(remedy) && !text.contains("password"), "{text}");
    }
}

/// The hint of the console and the remedy of the report are one, and speak of what IAM's answer is about.
#[test]
fn nobody_is_sent_to_the_password_where_iam_said_nothing_of_it() {
    let scripted = |status: u16, body: &'static str| {
        Scripted::serve(move |_: &str| Answer {
            status,
            ..Answer::of(body)
        })
    };
    for (status, body, remedy) in [
        (200, "<html>sign in</html>", "have it let this machine through to IAM"),
        (401, "<html>sign in</html>", "have it let this machine through to IAM"),
        (302, "", "what answers there is something else"),
        (403, r#"{"error_code":"IAM.0102"}"#, "may log in by password"),
        (429, "{}", "run again later"),
        (500, "{}", "run again; if it stays"),
        (503, "{}", "run again; if it stays"),
    ] {
        let iam = scripted(status, body);
        let simulator = serve(world(&["web"]));
        let ended = audit_with_iam(&["web"], &iam.endpoint())
            .with(&["--retries", "0"])
            .against(&simulator.endpoint());
        assert_nothing_asked(&ended, &simulator);
        let step = ended.json()["unknown"][0]["remediation"][0].to_string();
        let hint = ended.stderr.lines().find(|line| line.starts_with("hint: "));
        for told in [&*step, hint.unwrap_or_default()] {
            assert!(told.contains(remedy), "{status} {body}: {told}");
            assert!(!told.contains("too many wrong passwords"), "{told}");
        }
    }
}

#[test]
fn an_iam_that_is_down_is_asked_a_few_times() {
    let simulator = serve(world_with(user(), &["web"]));
    let iam = nobody();
    let audit = audit_with_iam(&["web"], &iam).with(&["--retries", "1"]);
    let ended = audit.against(&simulator.endpoint());
    assert_nothing_asked(&ended, &simulator);
    let told = format!("IAM at {iam} could not be reached: Connection refused");
    assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    assert!(ended.drift()[0]["message"].contains(&told));
}

#[test]
fn an_iam_that_stumbles_is_asked_again() {
    let mut world = world_with(user(), &["web"]);
    for (status, code) in [(503, "IAM.0500"), (429, "IAM.0429")] {
        world.faults.push(Fault {
            call: Some(Call::Login),
            times: Some(1),
            ..fault("*", error(status, code))
        });
    }
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let ended = audit_with_iam(&["web"], &endpoint).against(&endpoint);
    assert_ok(&ended, 1);
    assert_eq!(count(&simulator, LOGIN_PATH), 3);
}

#[test]
fn a_password_that_changes_in_mid_run_ends_it_with_what_is_known() {
    let names = names("repo", 60);
    let mut world = world_with(user(), &texts(&names));
    world.latency_ms = 20;
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let audit = audit_with_iam(&texts(&names), &endpoint).with(&["--concurrency", "4"]);
    let started = audit.start(&endpoint);
    wait_until("some are answered", || {
        requests(&simulator, |request| request.status == Some(200)).len() >= 10
    });
    simulator.change(|world| world.credentials.users[0].password = "another".into());
    let ended = audit.ended(started.output());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(count(&simulator, LOGIN_PATH), 2, "the wrong password once");
    let report = ended.json();
    let repos = &report["summary"]["repos"];
    let (ok, unknown) = (repos["ok"].as_u64(), repos["unknown"].as_u64());
    assert!(ok >= Some(10) && unknown > Some(0), "{repos}");
    assert_eq!(ok.zip(unknown).map(|(ok, unknown)| ok + unknown), Some(60));
    let entries = report["unknown"].as_array().expect("a list");
    assert!(
        entries.iter().all(|entry| entry["class"] == "unauthenticated"),
        "{entries:?}"
    );
    let told = format!("and there is no new one: IAM at {endpoint} refused the user and password (HTTP 401)");
    let is_told = |entry: &Value| entry["message"].as_str().is_some_and(|text| text.contains(&told));
    assert!(entries.iter().any(is_told), "{entries:?}");
}

/// What follows from a refused login has its status, code, request id and attempts, like what follows from SWR's refusal.
#[test]
fn what_iam_answers_to_a_login_stands_in_every_row() {
    let mut world = world_with(user(), &["api", "web"]);
    world.faults.push(Fault {
        call: Some(Call::Login),
        ..fault("*", error(401, "IAM.0101"))
    });
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let audit = audit_with_iam(&["api", "web"], &endpoint);
    let ended = audit.against(&endpoint);
    assert_nothing_asked(&ended, &simulator);
    let has_all = |entry: &Value| {
        assert_eq!(
            (&entry["httpStatus"], &entry["errorCode"], &entry["attempts"]),
            (&401.into(), &"IAM.0101".into(), &1.into()),
            "{entry}"
        );
        let id = entry["requestId"].as_str().expect("IAM's").to_owned();
        let message = entry["message"].as_str().expect("text");
        let told = format!("not read, IAM at {endpoint} refused the user and password (HTTP 401, IAM.0101)");
        assert!(message.contains(&told) && !message.contains(&id), "{message}");
        id
    };
    let report = ended.json();
    let id = has_all(&report["unknown"][0]);
    assert_eq!(ended.drift()[0]["request_id"], id);
    assert!(ended.repos().iter().all(|row| row["attempts"] == "1"), "the login's");
    let journal = ended.report.join("journal.ndjson");
    let lines = std::fs::read_to_string(&journal).expect("there is one");
    let row = lines
        .lines()
        .find(|line| line.contains("\"failure\""))
        .expect("one was given up");
    assert!(
        row.contains("\"httpStatus\":401,\"errorCode\":\"IAM.0101\"") && row.contains(&id),
        "{row}"
    );
    let again = audit_with_iam(&["api", "web"], &endpoint)
        .with(&["--replay", journal.to_str().expect("text")])
        .run();
    assert_eq!(again.json()["unknown"], report["unknown"]);

    let mut live = binary(audit.folder());
    live.args([
        "check",
        "inventory.yaml",
        "--live",
        "--format",
        "json",
        "--endpoint",
        &endpoint,
    ]);
    for (name, value) in login_at(&endpoint) {
        live.env(name, value);
    }
    let output = live.output().expect("the binary starts");
    let document: Value = serde_json::from_slice(&output.stdout).expect("stdout is the document");
    let unknown = document["live"]["unknown"].as_array().expect("a list");
    assert!(!unknown.is_empty());
    for entry in unknown {
        has_all(entry);
    }
}

#[test]
fn a_renewal_that_fails_takes_nothing_from_the_refusal_that_called_for_it() {
    let mut world = world_with(user(), &["api", "web"]);
    world.faults.push(Fault {
        call: Some(Call::Login),
        after: 1,
        ..fault("*", error(403, "IAM.0102"))
    });
    world.faults.push(Fault {
        call: Some(Call::Rules),
        ..fault(
            "*",
            Misbehaviour::Error(ErrorAnswer {
                status: 401,
                code: "APIGW.0301".to_owned(),
                message: "Incorrect IAM authentication information: decrypt token fail".to_owned(),
                shape: Shape::E,
                ..ErrorAnswer::default()
            }),
        )
    });
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let ended = audit_with_iam(&["api", "web"], &endpoint)
        .with(&["--retries", "0"])
        .against(&endpoint);
    assert_eq!((ended.code, asked(&simulator)), (1, 1), "{}", ended.stderr);
    let report = ended.json();
    let told = format!(
        "the credential was refused (HTTP 401, APIGW.0301: Incorrect IAM authentication information: decrypt token fail), \
         and there is no new one: IAM at {endpoint} issued no token (HTTP 403, IAM.0102)"
    );
    let remedy = "the token is none of this service: get one from the IAM of the source's region";
    for entry in report["unknown"].as_array().expect("a list") {
        assert_eq!(
            (&entry["httpStatus"], &entry["errorCode"], &entry["attempts"]),
            (&401.into(), &"APIGW.0301".into(), &1.into()),
            "{entry}"
        );
        assert!(entry["requestId"].as_str().is_some_and(|id| id.len() == 32), "{entry}");
        assert!(
            entry["message"].as_str().is_some_and(|text| text.contains(&told)),
            "{entry}"
        );
        assert!(
            entry["remediation"][0]["text"]
                .as_str()
                .is_some_and(|step| step.starts_with(remedy)),
            "{entry}"
        );
    }
    let journal = ended.report.join("journal.ndjson");
    let again = audit_with_iam(&["api", "web"], &endpoint)
        .with(&["--replay", journal.to_str().expect("text")])
        .run();
    assert_eq!(again.json()["unknown"], report["unknown"]);
}

#[test]
fn a_server_with_an_agency_needs_no_credential_of_its_own() {
    for version_one in [None, Some(404), Some(405)] {
        let server = Server {
            version_one,
            ..Server::default()
        };
        let simulator = serve(world_on(server, &["api", "web"]));
        let endpoint = simulator.endpoint();
        let ended = audit_on_server(&["api", "web"], &endpoint)
            .with(&["-v"])
            .against(&endpoint);
        assert_ok(&ended, 2);
        let asked: Vec<_> = simulator
            .requests()
            .into_iter()
            .take(2)
            .map(|request| request.path)
            .collect();
        assert_eq!(asked, ["/meta-data/latest/api/token", KEY_PATH]);
        assert_eq!(count(&simulator, KEY_PATH), 1);
        assert!(
            ended.stderr.contains(&format!("the metadata service at {endpoint}")),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn a_servers_key_that_dies_is_fetched_anew() {
    let names = names("repo", 200);
    let server = Server {
        key_requests: Some(80),
        ..Server::default()
    };
    let mut world = world_on(server, &texts(&names));
    world.latency_ms = 20;
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let audit = audit_on_server(&texts(&names), &endpoint).with(&["--concurrency", "32"]);
    let ended = audit.against(&endpoint);
    assert_ok(&ended, 200);
    assert_eq!(count(&simulator, KEY_PATH), 3);
}

#[test]
fn a_key_that_the_server_gives_again_is_not_asked_with_again() {
    let mut world = world_on(Server::default(), &["api", "web"]);
    world.faults.push(Fault {
        call: Some(Call::Rules),
        ..fault("*", Misbehaviour::BadSignature)
    });
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let ended = audit_on_server(&["api", "web"], &endpoint).against(&endpoint);
    assert_eq!((ended.code, asked(&simulator)), (1, 1), "{}", ended.stderr);
    assert_eq!(count(&simulator, KEY_PATH), 2);
}

#[test]
fn what_the_metadata_service_answered_is_said() {
    let no_agency = Server {
        agency: Some(false),
        ..Server::default()
    };
    let with = serve(world_on(no_agency, &["web"]));
    // A web server of some other kind: version 1 is tried, and is not there either.
    let without = serve(world(&["web"]));
    let down = nobody();
    for (place, answer) in [
        (with.endpoint(), "has no key, because no agency is bound to this server"),
        (without.endpoint(), "gave no key (HTTP 404, APIGW.0101"),
        (down, "could not be reached: Connection refused"),
    ] {
        let ended = audit_on_server(&["web"], &place).against(&without.endpoint());
        assert_nothing_asked(&ended, &without);
        let told = format!("the metadata service at {place} {answer}");
        for part in [
            &*told,
            "no credential found; looked at HUAWEICLOUD_SDK_AK",
            "hint: set HUAWEICLOUD_SDK_AK",
        ] {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
        let row = &ended.drift()[0];
        let message = format!("not read, no credential was found, and {told}");
        assert!(row["message"].contains(&message), "{}", row["message"]);
        assert!(row["remediation"].ends_with("bind an agency that may read SWR to it"));
    }
}

#[test]
fn a_metadata_service_that_hangs_is_waited_for_three_seconds() {
    let mut world = world_on(Server::default(), &["web"]);
    world.faults.push(Fault {
        call: Some(Call::SecurityKey),
        ..fault("*", Misbehaviour::Hang)
    });
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let ended = audit_on_server(&["web"], &endpoint).against(&endpoint);
    assert_nothing_asked(&ended, &simulator);
    assert!(ended.stderr.contains("could not be reached"), "{}", ended.stderr);
    assert_eq!(count(&simulator, KEY_PATH), 1);
}

fn koocli(folder: &Path, access_key: &str) {
    let text = format!(
        r#"{{"current":"ci","profiles":[{{"name":"ci","mode":"AKSK","accessKeyId":"{access_key}","secretAccessKey":"{SECRET_KEY}"}}]}}"#
    );
    std::fs::create_dir(folder.join(".hcloud")).expect("the folder is writable");
    std::fs::write(folder.join(".hcloud/config.json"), text).expect("the folder is writable");
}

#[test]
fn the_koocli_is_read_where_it_is_clear() {
    let simulator = serve(world(&["web"]));
    let audit = Audit::of(&inventory(&["web"])).without_environment();
    koocli(audit.folder(), ACCESS_KEY);
    let ended = audit.with(&["-v"]).against(&simulator.endpoint());
    assert_ok(&ended, 1);
    assert!(
        ended.stderr.contains(".hcloud/config.json (profile ci)"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains(SECRET_KEY));
}

#[test]
fn an_encrypted_koocli_is_passed_over_and_reported() {
    let simulator = serve(world(&["web"]));
    let audit = Audit::of(&inventory(&["web"])).without_environment();
    koocli(audit.folder(), "q2V0+cGxlYXNl/bGV0IG1lIGJl==");
    let ended = audit.against(&simulator.endpoint());
    assert_nothing_asked(&ended, &simulator);
    let command = "hcloud configure set --cli-auth-encrypt=false";
    for part in ["its current profile is encrypted", command, "SWR_AUDIT_METADATA=off"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
}

#[test]
fn a_clock_that_is_off_is_reported_with_its_remedy() {
    for (service_is_ahead, told, step) in [
        (
            1380,
            "this machine's clock is 23 min behind the service's",
            "which is 23 min behind",
        ),
        (
            -7380,
            "this machine's clock is 2 hours ahead of the service's",
            "which is 2 hours ahead",
        ),
    ] {
        let mut world = world(&["web"]);
        world.behaviour.clock_ahead_seconds = service_is_ahead;
        let simulator = serve(world);
        let audit = Audit::of(&inventory(&["web"]));
        let ended = audit.against(&simulator.endpoint());
        assert_eq!((ended.code, asked(&simulator)), (1, 1), "{}", ended.stderr);
        let row = &ended.drift()[0];
        assert!(row["message"].contains(told), "{}", row["message"]);
        assert!(row["remediation"].starts_with("set the clock of this machine (NTP)"));
        assert!(row["remediation"].contains(step), "{}", row["remediation"]);
        assert!(ended.stderr.contains(step), "what comes next: {}", ended.stderr);
        // The journal keeps it.
        let journal = ended.report.join("journal.ndjson");
        let again = audit.with(&["--replay", &journal.to_string_lossy()]).run();
        assert_eq!(again.drift()[0]["message"], row["message"]);
        assert_eq!(again.drift()[0]["remediation"], row["remediation"]);
    }
}

#[test]
fn a_token_lives_by_iams_clock_and_not_by_this_machines() {
    for service_is_ahead in [86_400, -86_400] {
        let mut world = world_with(user(), &["api", "web"]);
        world.behaviour.clock_ahead_seconds = service_is_ahead;
        let simulator = serve(world);
        let endpoint = simulator.endpoint();
        let ended = audit_with_iam(&["api", "web"], &endpoint).against(&endpoint);
        assert_ok(&ended, 2);
        assert_eq!(count(&simulator, LOGIN_PATH), 1);
    }
}

#[test]
fn a_locked_key_is_reported_with_its_remedy() {
    let simulator = serve(world(&["web"]));
    let run = |secret| {
        let audit = Audit::of(&inventory(&["web"])).setting("HUAWEICLOUD_SDK_SK", secret);
        audit.against(&simulator.endpoint())
    };
    // Another job with a wrong secret.
    for _ in 0..6 {
        assert_eq!(run("not-the-secret").code, 1);
    }
    let ended = run(SECRET_KEY);
    assert_eq!((ended.code, asked(&simulator)), (1, 7), "{}", ended.stderr);
    let remedy = &ended.drift()[0]["remediation"];
    assert!(
        remedy.starts_with("the key may be locked: wait five minutes"),
        "{remedy}"
    );
}

#[test]
fn a_temporary_key_of_the_environment_is_asked_with_once() {
    let mut world = world(&["api", "web"]);
    world.credentials.access_keys = vec![AccessKey {
        ak: ACCESS_KEY.to_owned(),
        sk: SECRET_KEY.into(),
        security_token: Some("a-security-token".into()),
    }];
    let simulator = serve(world);
    let run = |token| {
        let audit = Audit::of(&inventory(&["api", "web"])).setting("HUAWEICLOUD_SDK_SECURITY_TOKEN", token);
        audit.against(&simulator.endpoint())
    };
    assert_ok(&run("a-security-token"), 2);
    simulator.clear_requests();
    let ended = run("a-token-of-yesterday");
    assert_eq!((ended.code, asked(&simulator)), (1, 1), "{}", ended.stderr);
}
