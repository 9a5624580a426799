//! No credential is in any output, however verbose the run and whatever the service echoes.

mod echo;
mod matrix;
mod search;

use std::path::Path;

use simulator::{AccessKey, Misbehaviour, Server, User};

use crate::support::{Audit, Ended, error, fault, inventory, serve, world};

const ACCESS_KEY: &str = "MARKEDACCESSKEY01234";
const SECRET_KEY: &str = "marked-secret-key/0123456789+abcdef=";
const SECURITY_TOKEN: &str = "marked-security-token/0123456789+abcdef==";
const TOKEN: &str = "marked-x-auth-token/0123456789+abcdef==";
/// With characters that JSON has to escape.
const PASSWORD: &str = "marked-password/\"0123\\456789\" +abcdef==";

/// Parts of the secrets: whatever was done to the rest of one, its mark would still be found.
const MARKS: [&str; 9] = [
    "marked-secret-key",
    "marked-security-token",
    "marked-x-auth-token",
    "marked-password",
    // What the simulator issues begins so.
    "issued-token",
    "issued-secret",
    "issued-security-token",
    "issued-metadata-token",
    "Signature=",
];

/// The three ways to sign in.
fn credentials() -> [Vec<(&'static str, &'static str)>; 3] {
    let key = vec![("HUAWEICLOUD_SDK_AK", ACCESS_KEY), ("HUAWEICLOUD_SDK_SK", SECRET_KEY)];
    let mut temporary = key.clone();
    temporary.push(("HUAWEICLOUD_SDK_SECURITY_TOKEN", SECURITY_TOKEN));
    [key, temporary, vec![("SWR_AUDIT_TOKEN", TOKEN)]]
}

const TALK: [&[&str]; 2] = [&["-vv"], &["-vv", "--log-format", "json"]];

fn audit(credential: &[(&str, &str)], talk: &[&str]) -> Audit {
    let audit = Audit::of(&inventory(&["gone", "web"])).without_environment();
    let audit = audit.with(talk).with(&["--retries", "0", "-o", "json=-"]);
    credential
        .iter()
        .fold(audit, |audit, (name, value)| audit.setting(name, value))
}

/// Searches everything that a run left behind.
fn assert_silent(audit: &Audit, ended: &Ended, what: &str) {
    assert!(
        ended.stderr.contains("asked") && ended.stderr.contains("connecting"),
        "it did talk: {}",
        ended.stderr
    );
    let mut places = vec![
        ("stdout".to_owned(), ended.stdout.clone().into_bytes()),
        ("stderr".to_owned(), ended.stderr.clone().into_bytes()),
    ];
    files_below(audit.folder(), &mut places);
    assert!(places.iter().any(|(name, _)| name.ends_with("journal.ndjson")));
    for (name, bytes) in places {
        let text = String::from_utf8_lossy(&bytes);
        for mark in MARKS {
            assert!(!text.contains(mark), "{mark} in {name} ({what}):\n{text}");
        }
    }
}

fn files_below(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            let bytes = std::fs::read(&path).expect("it can be read");
            found.push((path.display().to_string(), bytes));
        }
    }
}

#[test]
fn an_audit_that_works_shows_no_secret() {
    let mut world = world(&["web"]);
    world.credentials.tokens.push(TOKEN.into());
    for (number, credential) in credentials().iter().enumerate() {
        let security_token = (number == 1).then(|| SECURITY_TOKEN.into());
        world.credentials.access_keys = vec![AccessKey {
            ak: ACCESS_KEY.to_owned(),
            sk: SECRET_KEY.into(),
            security_token,
        }];
        let simulator = serve(world.clone());
        for talk in TALK {
            let audit = audit(credential, talk);
            let ended = audit.against(&simulator.endpoint());
            assert_eq!(ended.code, 2, "{}", ended.stderr);
            assert_silent(&audit, &ended, "success");
        }
    }
}

#[test]
fn a_refusal_shows_no_secret() {
    let mut world = world(&["web"]);
    // It knows none of the marked ones.
    world.credentials.tokens.push("another-token".into());
    let simulator = serve(world);
    for credential in credentials() {
        for talk in TALK {
            let audit = audit(&credential, talk);
            let ended = audit.against(&simulator.endpoint());
            assert_eq!(ended.code, 1, "{}", ended.stderr);
            assert_silent(&audit, &ended, "refused");
        }
    }
}

#[test]
fn failures_on_the_way_show_no_secret() {
    for answer in [
        error(403, "SVCSTG.SWR.4030170"),
        Misbehaviour::Reset,
        Misbehaviour::CutBody,
        Misbehaviour::GatewayNotFound,
    ] {
        let mut world = world(&["web"]);
        world.faults.push(fault("*", answer.clone()));
        let simulator = serve(world);
        for credential in credentials() {
            let audit = audit(&credential, TALK[0]);
            let ended = audit.against(&simulator.endpoint());
            assert_silent(&audit, &ended, &format!("{answer:?}"));
        }
    }
}

/// An audit that logs in there, or asks a metadata service there.
fn issued_by(login: &str, metadata: &str) -> [Audit; 2] {
    let user = [
        ("HW_USER_NAME", "auditor"),
        ("HW_USER_PASSWORD", PASSWORD),
        ("HW_DOMAIN_NAME", "example"),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", login),
    ];
    [
        audit(&user, TALK[0]),
        audit(&[("SWR_AUDIT_METADATA", metadata)], TALK[0]),
    ]
}

#[test]
fn what_is_issued_is_not_shown() {
    let mut world = world(&["web"]);
    world.credentials.users.push(User {
        name: "auditor".to_owned(),
        password: PASSWORD.into(),
        domain: "example".to_owned(),
        // Each of them dies before the third request, so that all are renewed.
        token_requests: Some(2),
        ..User::default()
    });
    world.credentials.server = Some(Server {
        key_requests: Some(2),
        ..Server::default()
    });
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    for audit in issued_by(&endpoint, &endpoint) {
        // One after the other: a crowd could use up the second one before its turn comes.
        let audit = audit.with(&["--concurrency", "1"]);
        let ended = audit.against(&endpoint);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains("a credential was issued"), "{}", ended.stderr);
        assert_silent(&audit, &ended, "issued");
    }
}

#[test]
fn a_secret_in_a_wrong_place_is_not_shown() {
    let simulator = serve(world(&["web"]));
    let text = inventory(&["web"]).replace(
        "region: cn-north-4 }",
        &format!("region: cn-north-4, credentials: {{ ak: {ACCESS_KEY}, sk: {SECRET_KEY} }} }}"),
    );
    let ended = Audit::of(&text).against(&simulator.endpoint());
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(!ended.stderr.contains("marked-secret-key"), "{}", ended.stderr);
    let audit = audit(
        &[
            ("HUAWEICLOUD_SDK_AK", ACCESS_KEY),
            ("HUAWEICLOUD_SDK_SK", "marked-secret-key with blanks"),
        ],
        &[],
    );
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(!ended.stderr.contains("marked-secret-key"), "{}", ended.stderr);
    assert!(simulator.requests().is_empty());
}
