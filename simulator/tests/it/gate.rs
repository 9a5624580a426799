//! Credentials and throttling, over the socket. The signatures are recorded ones, made by the
//! vendor's own signer.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serde_json::json;
use swr_audit_simulator::{
    AccessKey, Credentials, ExpiredToken, Rate, RateChange, RefusedSignature, Simulator, Throttled, World,
};

use crate::client::{Answer, ask, get};

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Vector {
    name: String,
    ak: String,
    sk: String,
    method: String,
    pub(crate) request_target: String,
    pub(crate) wire_headers_unsigned: BTreeMap<String, String>,
    security_token: Option<String>,
    pub(crate) authorization: String,
}

impl Vector {
    pub(crate) fn named(name: &str) -> Vector {
        let all: Vectors =
            serde_json::from_str(include_str!("../signing_vectors.json")).expect("the recorded file is JSON");
        all.vectors
            .into_iter()
            .find(|vector| vector.name == name)
            .expect("it is among them")
    }

    /// A world that has what the vector asks for, and its key. The recorded moment is long past.
    pub(crate) fn world(&self) -> World {
        let credentials = Credentials {
            access_keys: vec![AccessKey {
                ak: self.ak.clone(),
                sk: self.sk.as_str().into(),
                security_token: self.security_token.as_deref().map(Into::into),
            }],
            tokens: vec!["good".into()],
            expired_tokens: vec!["old".into()],
            ..Credentials::default()
        };
        let mut world = World {
            credentials,
            ..World::default()
        };
        world.behaviour.clock_skew_seconds = u64::MAX;
        for name in ["busybox", "team/app/api", "x.y__z-1"] {
            world.repository("group", name);
            world.repository("a.b-c__d", name);
        }
        world
    }

    fn send(&self, simulator: &Simulator) -> Answer {
        let mut headers: Vec<_> = self
            .wire_headers_unsigned
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        headers.push(("Authorization", &self.authorization));
        ask(simulator, &self.method, &self.request_target, &headers)
    }

    /// The same with another digit at the end of the signature.
    fn spoilt(&self) -> Vector {
        let mut other = self.clone();
        let last = other.authorization.pop();
        other.authorization.push(if last == Some('0') { '1' } else { '0' });
        other
    }
}

fn start(world: World) -> Simulator {
    Simulator::start(world).expect("a port is free")
}

fn assert_refused(answer: &Answer, status: u16, code: &str, text: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let id = &answer.headers["x-request-id"];
    assert_eq!(
        answer.json(),
        json!({ "error_code": code, "error_msg": text, "request_id": id })
    );
}

#[test]
fn recorded_requests_get_in() {
    for name in [
        "get_sync_rules_minimal_headers",
        "get_sync_rules_like_sdk",
        "get_sync_rules_dollar_encoded",
        "get_sync_rules_dollar_raw",
        "get_sync_rules_name_punctuation",
        "get_repos_filter",
        "get_repos_sorted_query",
        "get_repos_reserved_characters",
        "get_repos_non_ascii_query",
        "get_repos_empty_value",
        "get_namespaces_domain_id",
        "get_security_token",
    ] {
        let vector = Vector::named(name);
        let simulator = start(vector.world());
        let answer = vector.send(&simulator);
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert_eq!(simulator.requests()[0].caller.as_deref(), Some(&*vector.ak));
        assert_eq!(vector.spoilt().send(&simulator).status, 401, "{name}");
    }
}

#[test]
fn the_texts_of_refused_signatures() {
    let vector = Vector::named("get_sync_rules_minimal_headers");
    let wrong = "Incorrect IAM authentication information: verify aksk signature fail";
    let simulator = start(vector.world());
    assert_refused(&vector.spoilt().send(&simulator), 401, "APIGW.0301", wrong);

    let mut unknown = vector.world();
    unknown.credentials.access_keys[0].ak = "OTHER".to_owned();
    let text = format!("Incorrect IAM authentication information: ak {} not exist", vector.ak);
    assert_refused(&vector.send(&start(unknown)), 401, "APIGW.0301", &text);

    let mut late = vector.world();
    late.behaviour.clock_skew_seconds = 900;
    let text = "Incorrect IAM authentication information: calc ak sk signature fail:signature expired";
    assert_refused(&vector.send(&start(late)), 401, "APIGW.0301", text);

    let mut app = vector.world();
    app.behaviour.bad_signature = RefusedSignature::App;
    let text = "Incorrect app authentication information: verify aksk signature fail";
    assert_refused(&vector.spoilt().send(&start(app)), 401, "APIGW.0303", text);
}

#[test]
fn the_sixth_failure_in_a_row_locks_the_key() {
    let vector = Vector::named("get_sync_rules_minimal_headers");
    let locked = "Incorrect IAM authentication information: AK access failed to reach the limit,forbidden";
    let simulator = start(vector.world());
    assert_eq!(vector.send(&simulator).status, 200);
    for _ in 0..5 {
        assert_ne!(vector.spoilt().send(&simulator).json()["error_msg"], locked);
    }
    assert_refused(&vector.spoilt().send(&simulator), 401, "APIGW.0301", locked);
    assert_refused(&vector.send(&simulator), 401, "APIGW.0301", locked);
    // Nobody else is concerned.
    let token = ask(&simulator, "GET", &vector.request_target, &[("X-Auth-Token", "good")]);
    assert_eq!(token.status, 200);
}

#[test]
fn tokens_and_nothing_at_all() {
    let vector = Vector::named("get_sync_rules_minimal_headers");
    let simulator = start(vector.world());
    let with = |simulator: &Simulator, token| ask(simulator, "GET", &vector.request_target, &[("X-Auth-Token", token)]);
    assert_eq!(with(&simulator, "good").status, 200);
    let text = "Incorrect IAM authentication information: decrypt token fail";
    assert_refused(&with(&simulator, "other"), 401, "APIGW.0301", text);
    assert_refused(&with(&simulator, "old"), 401, "APIGW.0307", "The token must be updated");
    let text = "Incorrect IAM authentication information: Unauthorized";
    assert_refused(&get(&simulator, &vector.request_target), 401, "APIGW.0301", text);
    let callers: Vec<_> = simulator.requests().into_iter().map(|request| request.caller).collect();
    let token = Some("token".to_owned());
    assert_eq!(callers, [token.clone(), token.clone(), token, None]);
    assert!(!format!("{:?}", simulator.requests()).contains("good"));
}

#[test]
fn an_expired_token_in_each_spelling() {
    let vector = Vector::named("get_sync_rules_minimal_headers");
    for (setting, status, place, code) in [
        (ExpiredToken::Gateway, 401, "/error_code", "APIGW.0307"),
        (ExpiredToken::Service, 401, "/errors/0/errorCode", "SVCSTG.SWR.4010000"),
        (ExpiredToken::BadRequest, 400, "/0/errorCode", "SVCSTG.SWR.4001048"),
    ] {
        let mut world = vector.world();
        world.behaviour.expired_token = setting;
        let answer = ask(&start(world), "GET", &vector.request_target, &[("X-Auth-Token", "old")]);
        assert_eq!(
            (answer.status, answer.json().pointer(place)),
            (status, Some(&json!(code)))
        );
    }
}

#[test]
fn an_unknown_path_is_refused_before_credentials_are_looked_at() {
    let vector = Vector::named("get_sync_rules_percent2f_quirk");
    let simulator = start(vector.world());
    assert_eq!(vector.send(&simulator).json()["error_code"], "APIGW.0101");
    assert_eq!(get(&simulator, "/").json()["error_code"], "APIGW.0101");
}

#[test]
fn beyond_the_rate_in_each_spelling() {
    for (setting, status, place, code) in [
        (Throttled::Gateway, 429, "/error_code", "APIGW.0308"),
        (
            Throttled::TooManyRequests,
            403,
            "/errors/0/errorCode",
            "SVCSTG.SWR.4031032",
        ),
        (Throttled::Busy, 409, "/errors/0/errorCode", "SVCSTG.SWR.4090023"),
    ] {
        for retry_after_seconds in [None, Some(7)] {
            let mut world = World::default();
            world.behaviour.throttled = setting;
            // Nothing comes back in the lifetime of this test.
            world.rate = Some(Rate {
                retry_after_seconds,
                ..Rate::bucket(1e-9, 2)
            });
            let simulator = start(world);
            let answers = [(); 3].map(|()| get(&simulator, "/v2/manage/namespaces"));
            assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 200, status]);
            assert_eq!(answers[2].json().pointer(place), Some(&json!(code)));
            let expected = retry_after_seconds.map(|seconds| seconds.to_string());
            assert_eq!(answers[2].headers.get("retry-after"), expected.as_ref());
        }
    }
}

#[test]
fn a_full_window_is_named_by_the_gateway_with_its_numbers() {
    let world = World {
        rate: Some(Rate::window(2, Duration::from_mins(5))),
        ..World::default()
    };
    let simulator = start(world);
    let answers = [(); 3].map(|()| get(&simulator, "/v2/manage/namespaces"));
    let text = "The throttling threshold has been reached: policy user over ratelimit,limit:2,time:5 minute";
    assert_refused(&answers[2], 429, "APIGW.0308", text);
    let statuses: Vec<_> = simulator.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), Some(200), Some(429)]);
}

#[test]
fn a_rate_can_change_while_it_is_asked() {
    let world = World {
        rate: Some(Rate::bucket(1e-9, 1)),
        rate_changes: vec![RateChange {
            after: Duration::from_millis(1),
            rate: None,
        }],
        ..World::default()
    };
    let simulator = start(world);
    assert_eq!(get(&simulator, "/v2/manage/namespaces").status, 200);
    // However fast this is: one of them comes later than the change.
    let eventually = (0..10_000).any(|_| get(&simulator, "/v2/manage/namespaces").status == 200);
    assert!(eventually);
}
