//! Several sources that ask with one credential: it is probed by one of them at a time, and who refuses it before anybody
//! accepted it ends them all. More than five refusals in a row lock a key for everybody who uses it.

use std::fmt::Write as _;

use simulator::{AccessKey, Simulator, User, World};

use crate::support::{ACCESS_KEY, Audit, Ended, SECRET_KEY, error, fault, serve, world};

/// Regions of sources, each with a service of its own, in the order in which they probe.
const REGIONS: [&str; 8] = [
    "ap-southeast-1",
    "ap-southeast-3",
    "cn-east-2",
    "cn-east-3",
    "cn-north-1",
    "cn-north-4",
    "cn-south-1",
    "cn-southwest-2",
];

/// A source for each service, without a credential of its own.
fn inventory(services: &[Simulator]) -> String {
    let mut text = "apiVersion: swr-audit/v1\npolicies: { none: { targets: [], otherRules: allow } }\n".to_owned();
    for (region, service) in REGIONS.iter().zip(services) {
        let endpoint = service.endpoint();
        write!(
            text,
            "---\napiVersion: swr-audit/v1\nsource: {{ region: {region}, endpoint: \"{endpoint}\" }}\n\
             namespaces: [{{ name: prod, policy: none, otherRepos: allow, repos: [web, api] }}]\n"
        )
        .expect("a string takes everything");
    }
    text
}

/// A service that knows these keys.
fn service(keys: &[&str]) -> World {
    let mut world = world(&["web", "api"]);
    world.credentials.access_keys = keys
        .iter()
        .map(|key| AccessKey {
            ak: (*key).to_owned(),
            sk: SECRET_KEY.into(),
            security_token: None,
        })
        .collect();
    world
}

fn services(world: impl Fn(usize) -> World) -> Vec<Simulator> {
    (0..REGIONS.len()).map(|index| serve(world(index))).collect()
}

/// Requests that each service got.
fn asked(services: &[Simulator]) -> Vec<usize> {
    services.iter().map(|service| service.requests().len()).collect()
}

fn audited(services: &[Simulator]) -> Ended {
    Audit::of(&inventory(services)).with(&["--retries", "0"]).run()
}

/// How many rows are of that class.
fn unknown(ended: &Ended, class: &str) -> usize {
    let report = ended.json();
    let rows = report["repositories"].as_array().expect("a list").iter();
    rows.filter(|row| row["unknownClass"] == class).count()
}

#[test]
fn eight_sources_with_one_wrong_key_send_one_refused_request() {
    let services = services(|_| service(&["ANOTHERKEY"]));
    let ended = audited(&services);
    assert_eq!(
        (ended.code, asked(&services).iter().sum::<usize>()),
        (1, 1),
        "{}",
        ended.stderr
    );
    assert_eq!(unknown(&ended, "unauthenticated"), 16);
    // Every row says what the one answer said.
    let report = ended.json();
    for entry in report["unknown"].as_array().expect("a list") {
        assert_eq!(
            (&entry["httpStatus"], &entry["class"]),
            (&401.into(), &"unauthenticated".into())
        );
    }
}

#[test]
fn a_key_that_one_region_accepts_is_refused_by_three_others_at_most() {
    let services = services(|index| service(&[if index == 0 { ACCESS_KEY } else { "ANOTHERKEY" }]));
    let ended = audited(&services);
    let asked = asked(&services);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let refused: usize = asked[1..].iter().sum();
    assert_eq!((asked[0], refused), (2, 3), "{asked:?}");
    assert_eq!(unknown(&ended, "unauthenticated"), 14);
}

#[test]
fn a_service_without_an_answer_says_nothing_of_the_key() {
    let services = services(|index| {
        let mut world = service(&[ACCESS_KEY]);
        if index == 0 {
            world.faults.push(fault("*", error(502, "APIGW.0000")));
        }
        world
    });
    let ended = audited(&services);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(unknown(&ended, "server-error"), 2);
    assert_eq!(unknown(&ended, "unauthenticated"), 0);
}

fn world_of_users() -> World {
    let mut world = service(&[]);
    world.credentials.users.push(User {
        name: "auditor".to_owned(),
        password: "the-right-password".into(),
        domain: "example".to_owned(),
        ..User::default()
    });
    world
}

fn with_login(audit: Audit, password: &str, iam: &Simulator) -> Audit {
    audit
        .without_environment()
        .setting("HW_USER_NAME", "auditor")
        .setting("HW_USER_PASSWORD", password)
        .setting("HW_DOMAIN_NAME", "example")
        .setting("HW_AUTH_URL", &format!("{}/v3", iam.endpoint()))
}

fn logins(iam: &Simulator) -> usize {
    let requests = iam.requests();
    requests
        .iter()
        .filter(|request| request.path == "/v3/auth/tokens")
        .count()
}

#[test]
fn eight_sources_with_one_wrong_password_log_in_once() {
    let services = services(|_| world_of_users());
    let audit = Audit::of(&inventory(&services)).with(&["--retries", "0"]);
    let ended = with_login(audit, "not-the-password", &services[0]).run();
    assert_eq!((ended.code, logins(&services[0])), (1, 1), "{}", ended.stderr);
    assert_eq!(asked(&services).iter().sum::<usize>(), 1, "nothing but the login");
}

/// The sources of one project share its token.
#[test]
fn sources_of_one_project_share_one_token() {
    let service = serve(world_of_users());
    let endpoint = service.endpoint();
    let source = |name: &str| {
        format!(
            "---\napiVersion: swr-audit/v1\nsource: {{ name: {name}, region: cn-north-4, endpoint: \"{endpoint}\" }}\n\
             namespaces: [{{ name: prod, policy: none, otherRepos: allow, repos: [web] }}]\n"
        )
    };
    let head = "apiVersion: swr-audit/v1\npolicies: { none: { targets: [], otherRules: allow } }\n";
    let inventory = format!("{head}{}{}", source("one"), source("two"));
    let ended = with_login(Audit::of(&inventory), "the-right-password", &service).run();
    assert_eq!((ended.code, logins(&service)), (0, 1), "{}", ended.stderr);
}
