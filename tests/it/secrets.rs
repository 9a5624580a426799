//! No credential in anything that is written or said, however much is told and whatever the service echoes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
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
fn an_audit_that_works_tells_no_secret() {
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
fn a_refusal_tells_no_secret() {
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
fn failures_on_the_way_tell_no_secret() {
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

/// How a server that is told too much gives it back.
#[derive(Clone, Copy, Debug)]
enum Echo {
    /// The head of the request, as it came.
    Plain,
    /// As the message of an error in the service's own shape.
    Message,
    /// As the code of such an error.
    Code,
    /// The same, with every character that JSON lets one escape escaped.
    Escaped,
    /// As a field of a rule that nobody asked for.
    Rule,
    /// As the target region of a rule.
    Region,
    /// Between bytes that are no text.
    Bytes,
    /// In the header that names a request.
    Header,
}

const ECHOES: [Echo; 8] = [
    Echo::Plain,
    Echo::Message,
    Echo::Code,
    Echo::Escaped,
    Echo::Rule,
    Echo::Region,
    Echo::Bytes,
    Echo::Header,
];

impl Echo {
    fn body(self, head: &str) -> Vec<u8> {
        let rule = |region: &str| {
            serde_json::json!([{
                "remoteRegionId": region, "remoteNamespace": "prod-dr", "override": false, "syncAuto": true,
                "namespace": "prod", "x-debug": head,
            }])
        };
        match self {
            Echo::Plain | Echo::Header => head.as_bytes().to_vec(),
            Echo::Message => serde_json::json!({"error_code": "APIGW.0301", "error_msg": head})
                .to_string()
                .into(),
            Echo::Code => serde_json::json!({"errorCode": head, "errorMessage": "echoed"})
                .to_string()
                .into(),
            Echo::Escaped => {
                let escape = |c: char| match c {
                    '/' => "\\/".to_owned(),
                    c if c.is_ascii_alphanumeric() => c.to_string(),
                    c => format!("\\u{:04x}", u32::from(c)),
                };
                let escaped: String = head.chars().map(escape).collect();
                format!(r#"{{"error_code": "APIGW.0301", "error_msg": "{escaped}"}}"#).into()
            }
            Echo::Rule => rule("cn-east-3").to_string().into(),
            Echo::Region => rule(head).to_string().into(),
            Echo::Bytes => [b"\xff\xfe".as_slice(), head.as_bytes(), b"\xff"].concat(),
        }
    }
}

/// What is done to a text before it is given back.
#[derive(Clone, Copy, Debug)]
enum Disguise {
    Nothing,
    Percent,
    /// Behind so many other bytes.
    Base64(usize),
    Base64Url(usize),
    /// As UTF-16, byte by byte.
    Wide,
    /// With that character behind each of its own.
    Between(char),
}

const DISGUISES: [Disguise; 9] = [
    Disguise::Percent,
    Disguise::Base64(0),
    Disguise::Base64(1),
    Disguise::Base64(2),
    Disguise::Base64Url(1),
    Disguise::Wide,
    Disguise::Between('\u{200b}'),
    Disguise::Between('\u{7}'),
    Disguise::Between('\u{202e}'),
];

impl Disguise {
    fn of(self, head: &str) -> String {
        let behind = |count: usize| format!("{}{head}", "x".repeat(count));
        match self {
            Self::Nothing => head.to_owned(),
            Self::Percent => head
                .bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect::<Vec<_>>()
                .concat(),
            Self::Base64(count) => STANDARD.encode(behind(count)),
            Self::Base64Url(count) => URL_SAFE.encode(behind(count)),
            Self::Wide => head.bytes().flat_map(|byte| ['\0', char::from(byte)]).collect(),
            Self::Between(other) => head.chars().flat_map(|c| [c, other]).collect(),
        }
    }
}

/// Every spelling in which the secrets would still be theirs: what is left of base64 is cut to what no neighbour changes.
fn spellings(secret: &str) -> Vec<String> {
    let mut spellings = vec![secret.to_owned(), Disguise::Percent.of(secret)];
    for count in 0..3 {
        let encoded = STANDARD.encode(format!("{}{secret}", "x".repeat(count)));
        let inner = encoded[4..encoded.len() - 4].to_owned();
        spellings.push(inner.replace('+', "-").replace('/', "_"));
        spellings.push(inner);
    }
    spellings
}

/// A text as a terminal or a table would show it at its worst: nothing unseen, no escape of JSON.
fn bare(text: &str) -> String {
    let unescaped = text.replace("\\/", "/").replace("\\u0000", "").replace("\\u0007", "");
    unescaped
        .chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ' || *c == '\n')
        .collect()
}

/// Answers every request with its own head.
fn echo_server(status: u16, echo: Echo) -> String {
    disguised_echo_server(status, echo, Disguise::Nothing)
}

fn disguised_echo_server(status: u16, echo: Echo, disguise: Disguise) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            // A client that is gone is no matter.
            let _ = connection.and_then(|connection| give_back(connection, status, echo, disguise));
        }
    });
    endpoint
}

fn give_back(mut connection: TcpStream, status: u16, echo: Echo, disguise: Disguise) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let lines = reader.by_ref().lines();
    let mut head: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let length = head.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let mut question = String::new();
    reader.take(length.unwrap_or(0)).read_to_string(&mut question)?;
    head.push(question);
    let body = echo.body(&disguise.of(&head.join("\n")));
    let id = match (echo, disguise) {
        // No other disguise fits into a header.
        (Echo::Header, Disguise::Percent | Disguise::Base64(_) | Disguise::Base64Url(_)) => {
            disguise.of(&head.join(" "))
        }
        (Echo::Header, _) => head.join(" "),
        _ => "1".to_owned(),
    };
    write!(
        connection,
        "HTTP/1.1 {status} Echo\r\nX-Request-Id: {id}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    connection.write_all(&body)
}

#[test]
fn a_server_that_echoes_everything_is_not_repeated() {
    for status in [200, 401, 403, 404, 500] {
        for echo in ECHOES {
            let endpoint = echo_server(status, echo);
            for credential in credentials() {
                let audit = audit(&credential, TALK[0]);
                let ended = audit.against(&endpoint);
                assert_silent(&audit, &ended, &format!("{status} {echo:?}"));
            }
        }
    }
}

/// Cleaning put together again what redaction had passed over.
#[test]
fn a_server_that_echoes_in_disguise_is_not_repeated() {
    let secrets = [SECRET_KEY, SECURITY_TOKEN, TOKEN];
    let spellings: Vec<String> = secrets.iter().flat_map(|secret| spellings(secret)).collect();
    for status in [200, 401] {
        for echo in ECHOES {
            for disguise in DISGUISES {
                let endpoint = disguised_echo_server(status, echo, disguise);
                for credential in &credentials()[1..] {
                    let audit = audit(credential, TALK[0]);
                    let ended = audit.against(&endpoint);
                    let said = format!("{}{}", ended.stdout, ended.stderr);
                    let mut places = vec![("what was said".to_owned(), said.into_bytes())];
                    files_below(audit.folder(), &mut places);
                    for (name, bytes) in places {
                        let text = bare(&String::from_utf8_lossy(&bytes));
                        for spelling in &spellings {
                            let what = format!("{spelling} in {name} ({status} {echo:?} {disguise:?})");
                            assert!(!text.contains(spelling.as_str()), "{what}:\n{text}");
                        }
                    }
                }
            }
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
fn what_is_issued_is_not_told() {
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
    // And a service that gives it all back.
    for status in [200, 401, 403, 500] {
        for echo in ECHOES {
            let echoing = echo_server(status, echo);
            for audit in issued_by(&endpoint, &endpoint) {
                let ended = audit.against(&echoing);
                assert_silent(&audit, &ended, &format!("issued, {status} {echo:?}"));
            }
        }
    }
}

#[test]
fn whoever_issues_and_echoes_is_not_repeated() {
    for status in [200, 201, 400, 401, 500] {
        for echo in ECHOES {
            let echoing = echo_server(status, echo);
            for audit in issued_by(&echoing, &echoing) {
                let ended = audit.against("http://127.0.0.1:1");
                assert_eq!(ended.code, 1, "{}", ended.stderr);
                let told = format!("{}{}", ended.stdout, ended.stderr);
                let mut places = vec![("talk".to_owned(), told.into_bytes())];
                files_below(audit.folder(), &mut places);
                for (name, bytes) in places {
                    let text = String::from_utf8_lossy(&bytes);
                    for mark in MARKS {
                        assert!(!text.contains(mark), "{mark} in {name} ({status} {echo:?}):\n{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_echo_is_seen_by_the_search() {
    // The search above would find what it looks for: the server really gives the head back.
    let endpoint = echo_server(500, Echo::Plain);
    let address = endpoint.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).expect("it listens");
    write!(connection, "GET / HTTP/1.1\r\nX-Auth-Token: {TOKEN}\r\n\r\n").expect("it reads");
    let answer = std::io::read_to_string(connection).expect("it answers in text");
    assert_eq!(answer.matches(TOKEN).count(), 1);
}

#[test]
fn a_secret_in_a_wrong_place_is_not_told() {
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
