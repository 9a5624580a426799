//! IAM and the metadata service: what they want to be asked, what they answer, and what it opens.

use jiff::Timestamp;
use serde_json::{Value, json};
use swr_audit_simulator::{Server, Simulator, User, World};

use crate::client::{Answer, ask, ask_with, get};

const LOGIN: &str = "/v3/auth/tokens?nocatalog=true";
const RULES: &str = "/v2/manage/namespaces/prod/repos/web/sync_repo";
const KEY: &str = "/openstack/latest/securitykey";
const METADATA_TOKEN: &str = "/meta-data/latest/api/token";

fn world() -> World {
    let mut world = World::default();
    world.repository("prod", "web");
    world.credentials.users.push(User {
        name: "auditor".to_owned(),
        password: "example-password".into(),
        domain: "example".to_owned(),
        token_millis: Some(60_000),
        token_requests: Some(1),
    });
    world
}

fn start(world: World) -> Simulator {
    Simulator::start(world).expect("loopback has a free port")
}

fn login(password: &str) -> Value {
    json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": "auditor", "password": password, "domain": {"name": "example"}}}},
        "scope": {"project": {"name": "cn-north-4"}}
    }})
}

fn post(simulator: &Simulator, body: &Value) -> Answer {
    ask_with(
        simulator,
        "POST",
        LOGIN,
        &[("Content-Type", "application/json")],
        &body.to_string(),
    )
}

#[test]
fn a_login_brings_a_token_that_opens_and_ends() {
    let simulator = start(world());
    let answer = post(&simulator, &login("example-password"));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let token = answer.json()["token"].clone();
    let time = |key: &str| {
        token[key]
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok())
            .expect("a time")
    };
    assert_eq!(time("expires_at").duration_since(time("issued_at")).as_secs(), 60);
    assert_eq!(
        (&token["project"]["name"], &token["catalog"]),
        (&json!("cn-north-4"), &json!([]))
    );
    let secret = &answer.headers["x-subject-token"];
    let opened = || ask(&simulator, "GET", RULES, &[("X-Auth-Token", secret)]);
    assert_eq!(opened().status, 200);
    let over = opened();
    assert_eq!((over.status, &over.json()["error_code"]), (401, &json!("APIGW.0307")));
    assert!(
        !format!("{:?}", simulator.requests()).contains(&**secret),
        "records hold no secret"
    );
}

#[test]
fn a_wrong_login_is_refused_in_iams_own_shape() {
    let simulator = start(world());
    let answer = post(&simulator, &login("another"));
    let expected = json!({"error": {
        "code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}});
    assert_eq!((answer.status, answer.json()), (401, expected));
    let mut unscoped = login("example-password");
    unscoped["auth"]["scope"] = json!({"domain": {"name": "example"}});
    for body in [json!({}), unscoped] {
        assert_eq!(post(&simulator, &body).status, 400, "{body}");
    }
}

#[test]
fn a_server_gives_a_key_to_who_has_its_token() {
    let mut world = world();
    world.credentials.server = Some(Server::default());
    let simulator = start(world);
    assert_eq!(get(&simulator, KEY).status, 403);
    assert_eq!(ask(&simulator, "PUT", METADATA_TOKEN, &[]).status, 400);
    let life = [("X-Metadata-Token-Ttl-Seconds", "21600")];
    let token = ask(&simulator, "PUT", METADATA_TOKEN, &life);
    assert_eq!(token.status, 200);
    let ask_for_key = || ask(&simulator, "GET", KEY, &[("X-Metadata-Token", token.text())]);
    let key = ask_for_key().json()["credential"].clone();
    for part in ["access", "secret", "securitytoken", "expires_at"] {
        assert!(key[part].as_str().is_some_and(|text| !text.is_empty()), "{part}: {key}");
    }
    assert_eq!(ask_for_key().json()["credential"]["access"], key["access"]);

    simulator.change(|world| world.credentials.server.as_mut().expect("it is there").version_one = Some(405));
    assert_eq!(ask(&simulator, "PUT", METADATA_TOKEN, &life).status, 405);
    assert_eq!(get(&simulator, KEY).json()["credential"]["access"], key["access"]);
    simulator.change(|world| world.credentials.server.as_mut().expect("it is there").agency = Some(false));
    assert_eq!(get(&simulator, KEY).status, 401);
}

#[test]
fn without_users_and_server_the_paths_are_not_there() {
    let simulator = start(World::default());
    let answers = [
        post(&simulator, &login("example-password")),
        ask(&simulator, "PUT", METADATA_TOKEN, &[]),
        get(&simulator, KEY),
    ];
    for answer in answers {
        assert_eq!(
            (answer.status, &answer.json()["error_code"]),
            (404, &json!("APIGW.0101"))
        );
    }
}

#[test]
fn the_services_clock_can_be_another() {
    let mut world = World::default();
    world.behaviour.clock_ahead_seconds = 86_400 * 365;
    let simulator = start(world);
    let date = get(&simulator, "/v2/manage/namespaces").headers["date"].clone();
    let year = |time: Timestamp| time.strftime("%Y").to_string();
    assert!(
        !date.contains(&year(Timestamp::now())) && date.ends_with(" GMT"),
        "{date}"
    );
}
