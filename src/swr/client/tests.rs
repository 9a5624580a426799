//! The client over real sockets, against a server that says what a script tells it to, byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use secrecy::SecretString;

use super::*;
use crate::model::{
    Answer, CredentialChoice, Endpoint, Failure, IssuerKind, Keys, Lease, NamespaceName, Observation, Place, RepoId,
    RepositoryName,
};
use crate::swr::Page;
use crate::swr::client::sign::{Signer, Unsigned};

/// Asks as soon as it may.
async fn ask(client: &Client, call: &Call) -> Exchange {
    let turn = client.limiter().turn(|| true).await.expect("it is wanted");
    client
        .ask(call, turn.expect("nothing is given up"), &Cell::new(0))
        .await
}

/// What the server does with one request.
#[derive(Clone)]
enum Step {
    /// Sends these bytes and closes.
    Say(Vec<u8>),
    /// Closes without having read anything: the client sees a reset.
    Reset,
    /// Reads, and never answers.
    Hang,
}

/// One request as it came, and when.
struct Received {
    head: String,
    at: Instant,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

struct Server {
    address: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    fn start(script: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let received = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&received);
        thread::spawn(move || {
            // After the script: what must not be asked again shows in the number of requests.
            let mut steps = script.into_iter().chain(std::iter::repeat(say(418, "", "")));
            for stream in listener.incoming() {
                let (Ok(stream), Some(step)) = (stream, steps.next()) else {
                    return;
                };
                serve(stream, &step, &log);
            }
        });
        Self { address, received }
    }

    fn client(&self, retries: u32, credential: &Credential) -> Client {
        let settings = ClientSettings {
            timeout: Duration::from_secs(20),
            retry: policy(retries),
            ..ClientSettings::default()
        };
        self.client_with(&settings, credential)
    }

    fn client_with(&self, settings: &ClientSettings, credential: &Credential) -> Client {
        let source = source(&format!("http://{}", self.address));
        Client::new(&source, credential, settings, fastrand::Rng::with_seed(1)).expect("loopback needs nothing")
    }

    fn requests(&self) -> usize {
        self.received.lock().expect("the server did not panic").len()
    }
}

fn serve(mut stream: TcpStream, step: &Step, log: &Mutex<Vec<Received>>) {
    let mut head = Vec::new();
    if matches!(step, Step::Reset) {
        // Bytes that nobody has read turn the closing into a reset.
        let _ = stream.peek(&mut [0]);
    } else {
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
            head.push(byte[0]);
        }
    }
    log.lock().expect("no reader panicked").push(Received {
        head: String::from_utf8_lossy(&head).into_owned(),
        at: Instant::now(),
    });
    match step {
        Step::Say(bytes) => {
            let _ = stream.write_all(bytes);
        }
        Step::Reset => {}
        Step::Hang => {
            // Until the client gives up.
            let _ = stream.read(&mut [0]);
        }
    }
}

fn say(status: u16, headers: &str, body: &str) -> Step {
    let length = body.len();
    Step::Say(
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}").into(),
    )
}

/// A server that dies after its head: nothing says that the body is meant to be empty.
fn head_alone() -> Step {
    Step::Say(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec())
}

/// The same, a moment later: blanks may stand before a list.
fn blanks_alone() -> Step {
    Step::Say(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n \r\n".to_vec())
}

fn policy(retries: u32) -> RetryPolicy {
    RetryPolicy {
        patience: Duration::from_mins(1),
        retries,
        base: Duration::from_millis(1),
        cap: Duration::from_millis(2),
        retry_after_cap: Duration::from_millis(40),
    }
}

fn source(endpoint: &str) -> Source {
    Source {
        name: "prod".into(),
        region: "cn-north-4".into(),
        endpoint: Endpoint::parse(endpoint).expect("a legal endpoint"),
        is_redirected: false,
        cloud: None,
        iam_endpoint: None,
        account_id: None,
        project_id: Some("0123456789abcdef".into()),
        lists_manual_rules: false,
        credentials: CredentialChoice::Chain,
        place: Place {
            file: "prod.yaml".into(),
            line: 1,
            column: 1,
        },
    }
}

const ACCESS_KEY: &str = "HST3TESTACCESSKEY012";
const SECRET: &str = "Secret+Key/0123456789abcdefghijklmnopqrs";

fn keys() -> Credential {
    Credential::Keys(Keys {
        access_key: ACCESS_KEY.into(),
        secret_key: SECRET.to_owned().into(),
        security_token: Some("Security.Token~0123456789".to_owned().into()),
    })
}

fn repository() -> RepoId {
    RepoId {
        source: "prod".into(),
        namespace: NamespaceName::parse("group").expect("a legal namespace"),
        repository: RepositoryName::parse("team/app").expect("a legal repository"),
    }
}

const ONE_RULE: &str = r#"[{"remoteRegionId":"cn-east-3","remoteNamespace":"dr","override":false,"syncAuto":true}]"#;

/// What a client with three retries makes of a script, and how many requests it took.
async fn observe(script: Vec<Step>) -> (Observation, usize) {
    let server = Server::start(script);
    let client = server.client(3, &keys());
    let turn = client
        .limiter()
        .turn(|| true)
        .await
        .expect("it is wanted")
        .expect("it is not given up");
    let exchange = client.ask(&Call::rules(&repository()), turn, &Cell::new(0)).await;
    (exchange.observation(&repository()), server.requests())
}

fn failure(observation: &Observation) -> &Failure {
    match &observation.answer {
        Answer::Failed(failure) => failure,
        other => panic!("not a failure: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_sent_is_what_was_signed() {
    let server = Server::start(vec![say(200, "X-Request-Id: abc\r\n", ONE_RULE)]);
    let client = server.client(3, &keys());
    let turn = client
        .limiter()
        .turn(|| true)
        .await
        .expect("it is wanted")
        .expect("it is not given up");
    let exchange = client.ask(&Call::rules(&repository()), turn, &Cell::new(0)).await;
    assert_eq!(exchange.request_id.as_deref(), Some("abc"));
    assert!(matches!(exchange.observation(&repository()).answer, Answer::Rules(list) if list.rules.len() == 1));

    let received = server.received.lock().expect("the server did not panic");
    let request = &received[0];
    let path = "/v2/manage/namespaces/group/repos/team%24app/sync_repo";
    assert!(
        request.head.starts_with(&format!("GET {path} HTTP/1.1\r\n")),
        "{}",
        request.head
    );
    assert_eq!(request.header("host"), Some(&*server.address));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("x-project-id"), Some("0123456789abcdef"));
    assert_eq!(request.header("x-security-token"), Some("Security.Token~0123456789"));
    for absent in ["accept-encoding", "cookie", "referer", "x-auth-token", "content-length"] {
        assert_eq!(request.header(absent), None, "{absent}");
    }

    let signed = ["content-type", "host", "x-project-id", "x-security-token"];
    let headers = signed.map(|name| (name, request.header(name).expect("it was sent")));
    let date = request.header("x-sdk-date").expect("it was sent");
    let Credential::Keys(keys) = keys() else {
        unreachable!("they are keys")
    };
    let expected = Signer::new(&keys).sign(
        &Unsigned {
            method: "GET",
            path,
            query: &[],
            headers: &headers,
            body: b"",
        },
        date.parse().expect("a date in the basic format"),
    );
    assert_eq!(request.header("authorization"), Some(&*expected.authorization));
    assert!(expected.authorization.contains(
        "Access=HST3TESTACCESSKEY012, SignedHeaders=content-type;host;x-project-id;x-sdk-date;x-security-token, "
    ));
}

#[tokio::test]
async fn a_query_is_sent_in_the_spelling_that_was_signed() {
    let page = Call::Repositories {
        namespace: repository().namespace,
        page: Page {
            pass: 1,
            offset: 2000,
            limit: 1000,
        },
    };
    let page_query = [("offset", "2000"), ("namespace", "group"), ("limit", "1000")];
    for (call, target, path, query) in [
        (
            page,
            "/v2/manage/repos?limit=1000&namespace=group&offset=2000",
            "/v2/manage/repos",
            &page_query[..],
        ),
        (
            Call::Namespaces,
            "/v2/manage/namespaces?filter=mode%3A%3Avisible",
            "/v2/manage/namespaces",
            &[("filter", "mode::visible")],
        ),
        (Call::Overview, "/v2/manage/overview", "/v2/manage/overview", &[]),
    ] {
        let server = Server::start(vec![say(200, "", "[]")]);
        ask(&server.client(0, &keys()), &call).await;
        let received = server.received.lock().expect("the server did not panic");
        let request = &received[0];
        let head = &request.head;
        assert!(head.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{head}");
        let signed = ["content-type", "host", "x-project-id", "x-security-token"];
        let headers = signed.map(|name| (name, request.header(name).expect("it was sent")));
        let Credential::Keys(keys) = keys() else {
            unreachable!("they are keys")
        };
        let unsigned = Unsigned {
            method: "GET",
            path,
            query,
            headers: &headers,
            body: b"",
        };
        let date = request.header("x-sdk-date").expect("it was sent");
        let expected = Signer::new(&keys).sign(&unsigned, date.parse().expect("a date in the basic format"));
        assert_eq!(
            request.header("authorization"),
            Some(&*expected.authorization),
            "{target}"
        );
    }
}

#[tokio::test]
async fn every_range_of_a_list_is_kept_or_the_greatest_total_of_them() {
    let many = "0-100/250, ".repeat(40) + "0-100/7";
    for (headers, kept) in [
        (vec!["0-100/250"], Some("0-100/250")),
        (vec!["*/250"], Some("*/250")),
        (vec!["0-1/1", "0-1/50"], Some("0-1/1, 0-1/50")),
        (vec![&*many], Some("*/250")),
        (vec![&"a1".repeat(32)], None),
        (vec![], None),
    ] {
        let line = |value: &&str| format!("Content-Range: {value}\r\n");
        let head = headers.iter().map(line).collect::<Vec<_>>().concat();
        let server = Server::start(vec![say(200, &head, "[]")]);
        let exchange = ask(&server.client(0, &keys()), &Call::rules(&repository())).await;
        assert_eq!(exchange.content_range.as_deref(), kept, "{head}");
    }
}

#[tokio::test]
async fn a_page_may_be_longer_than_a_list_of_rules() {
    let body = " ".repeat(5 * 1024 * 1024) + "[]";
    let page = Call::Repositories {
        namespace: repository().namespace,
        page: Page {
            pass: 0,
            offset: 0,
            limit: 1000,
        },
    };
    for (call, is_read) in [(page, true), (Call::rules(&repository()), false)] {
        let server = Server::start(vec![say(200, "", &body)]);
        let exchange = ask(&server.client(0, &keys()), &call).await;
        assert_eq!(matches!(exchange.reply, Reply::Answered { .. }), is_read, "{call:?}");
    }
}

#[tokio::test]
async fn a_token_is_sent_in_place_of_a_signature() {
    let server = Server::start(vec![say(200, "", r#"{"name":"group"}"#)]);
    let client = server.client(0, &Credential::Token("a-ready-token".to_owned().into()));
    let look = ask(&client, &Call::namespace(&repository().namespace))
        .await
        .look(&repository().namespace);
    assert_eq!(look, crate::model::Look::Present);
    let received = server.received.lock().expect("the server did not panic");
    assert_eq!(received[0].header("x-auth-token"), Some("a-ready-token"));
    assert_eq!(received[0].header("authorization"), None);
    assert!(
        received[0]
            .head
            .starts_with("GET /v2/manage/namespaces/group HTTP/1.1\r\n")
    );
}

/// Gives these tokens, one after the other, and says how long they live: not.
struct Tokens(Mutex<std::vec::IntoIter<&'static str>>);

impl Issuer for Tokens {
    fn kind(&self) -> IssuerKind {
        IssuerKind::Iam
    }

    fn secrets(&self) -> Vec<SecretString> {
        Vec::new()
    }

    fn issue(&self) -> BoxFuture<'_, Result<Lease, IssueError>> {
        let token = lock(&self.0).next();
        let issued = token.map(|token| Lease {
            credential: Credential::Token(token.to_owned().into()),
            lifetime: None,
            account: None,
        });
        let failure = || Failure {
            detail: "IAM says no".to_owned(),
            ..Failure::unasked(UnknownClass::Unauthenticated)
        };
        let refused = || IssueError {
            is_refusal: true,
            ..IssueError::new(IssuerKind::Iam, failure(), Retry::No)
        };
        Box::pin(std::future::ready(issued.ok_or_else(refused)))
    }
}

/// A client of that server without any retry, and what came of one call.
async fn ask_with(server: &Server, tokens: Vec<&'static str>) -> Exchange {
    let settings = ClientSettings {
        retry: policy(0),
        ..ClientSettings::default()
    };
    let source = source(&format!("http://{}", server.address));
    let issuer = Box::new(Tokens(Mutex::new(tokens.into_iter())));
    let client = Client::renewed_by(issuer, &source, &settings, fastrand::Rng::with_seed(1));
    let client = client.expect("loopback needs nothing");
    ask(&client, &Call::rules(&repository())).await
}

fn tokens_sent(server: &Server) -> Vec<String> {
    let received = server.received.lock().expect("the server did not panic");
    let sent = received.iter().filter_map(|request| request.header("x-auth-token"));
    sent.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_asked_with_again() {
    let expired = r#"{"error_code":"APIGW.0307","error_msg":"The token must be updated"}"#;
    let bad_context = r#"[{"errorCode":"SVCSTG.SWR.4001048","errorMessage":"Failed to get Token from Context"}]"#;
    for refusal in [say(401, "", expired), say(400, "", bad_context)] {
        let server = Server::start(vec![refusal, say(200, "", ONE_RULE)]);
        let exchange = ask_with(&server, vec!["token-one", "token-two"]).await;
        assert_eq!(exchange.attempts, 2);
        assert!(matches!(exchange.observation(&repository()).answer, Answer::Rules(_)));
        assert_eq!(tokens_sent(&server), ["token-one", "token-two"]);
    }
}

#[tokio::test]
async fn a_second_refusal_stands() {
    let server = Server::start(vec![say(401, "", ""), say(401, "", "")]);
    let exchange = ask_with(&server, vec!["token-one", "token-two", "token-three"]).await;
    assert_eq!((exchange.attempts, server.requests()), (2, 2));
    let observation = exchange.observation(&repository());
    let failure = failure(&observation);
    assert_eq!((failure.class, failure.issuer), (UnknownClass::Unauthenticated, None));
}

#[tokio::test]
async fn what_cannot_be_renewed_says_who_did_not_issue() {
    let body = r#"{"error_code":"APIGW.0301","error_msg":"decrypt token fail"}"#;
    let server = Server::start(vec![say(401, "X-Request-Id: abc\r\n", body)]);
    let exchange = ask_with(&server, vec!["token-one"]).await;
    assert_eq!((exchange.attempts, exchange.request_id.as_deref()), (1, Some("abc")));
    let observation = exchange.observation(&repository());
    let failure = failure(&observation);
    assert_eq!(
        (failure.class, failure.http_status),
        (UnknownClass::Unauthenticated, Some(401))
    );
    assert_eq!(
        (failure.error_code.as_deref(), &*failure.detail),
        (Some("APIGW.0301"), "decrypt token fail")
    );
    let renewal = failure.renewal.as_deref().expect("there was none");
    assert_eq!(
        (renewal.issuer, &*renewal.detail, renewal.evidence.attempts),
        (Some(IssuerKind::Iam), "IAM says no", 1)
    );
}

#[tokio::test]
async fn without_a_credential_nothing_is_sent() {
    let server = Server::start(Vec::new());
    let exchange = ask_with(&server, Vec::new()).await;
    assert_eq!((exchange.attempts, server.requests()), (0, 0));
    assert_eq!(
        failure(&exchange.observation(&repository())).issuer,
        Some(IssuerKind::Iam)
    );
}

#[tokio::test]
async fn an_old_token_that_is_echoed_is_not_kept() {
    let server = Server::start(vec![say(401, "", ""), say(403, "", "not token-one, token-two")]);
    let exchange = ask_with(&server, vec!["token-one", "token-two"]).await;
    assert_eq!(failure(&exchange.observation(&repository())).detail, "not ***, ***");
}

#[tokio::test]
async fn the_date_of_a_refusal_tells_how_far_the_clocks_are_apart() {
    let date = |ahead: i64| {
        let now = std::time::SystemTime::now();
        let distance = Duration::from_secs(ahead.unsigned_abs());
        let date = if ahead < 0 { now - distance } else { now + distance };
        format!("date: {}\r\n", httpdate::fmt_http_date(date))
    };
    for (status, ahead, told) in [
        (401, 1380, true),
        (401, -1380, true),
        (401, 60, false),
        (403, 1380, false),
    ] {
        let server = Server::start(vec![say(status, &date(ahead), "")]);
        let client = server.client(0, &keys());
        let exchange = ask(&client, &Call::rules(&repository())).await;
        let near = |skew: i64| (skew + ahead).abs() < 60;
        assert_eq!(exchange.clock_skew.map(near), told.then_some(true), "{status} {ahead}");
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again() {
    let gateway = r#"{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached"}"#;
    let busy = r#"{"errors":[{"errorCode":"SVCSTG.SWR.4031032","errorMessage":"too many"}]}"#;
    let cut = Step::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{\"remote".to_vec());
    for (name, script) in [
        ("502", vec![say(502, "", "<html>"), say(503, "", ""), say(504, "", "")]),
        ("500 once", vec![say(500, "", "")]),
        ("429", vec![say(429, "", gateway), say(429, "", gateway)]),
        ("SWR's own throttling", vec![say(403, "", busy)]),
        ("a reset", vec![Step::Reset]),
        ("a cut body", vec![cut]),
        ("a head alone", vec![head_alone()]),
        ("a head and blanks alone", vec![blanks_alone()]),
        ("not HTTP", vec![Step::Say(b"SSH-2.0-x\r\n".to_vec())]),
        ("closed unanswered", vec![Step::Say(Vec::new())]),
    ] {
        let tries = script.len() + 1;
        let (observation, requests) = observe([script, vec![say(200, "", ONE_RULE)]].concat()).await;
        assert!(
            matches!(observation.answer, Answer::Rules(_)),
            "{name}: {observation:?}"
        );
        assert_eq!(requests, tries, "{name}");
        assert_eq!(observation.evidence.attempts as usize, tries, "{name}");
    }
}

#[tokio::test]
async fn what_does_not_pass_keeps_its_class() {
    let server_error = say(500, "", "");
    let cut = Step::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[".to_vec());
    let cases = [
        (
            "500 twice",
            vec![server_error; 2],
            UnknownClass::ServerError,
            Some(500),
            2,
        ),
        (
            "502",
            vec![say(502, "", ""); 4],
            UnknownClass::ServerError,
            Some(502),
            4,
        ),
        ("429", vec![say(429, "", ""); 4], UnknownClass::Throttled, Some(429), 4),
        ("resets", vec![Step::Reset; 4], UnknownClass::Unreachable, None, 4),
        ("cut bodies", vec![cut; 4], UnknownClass::Unreachable, None, 4),
        (
            "not HTTP",
            vec![Step::Say(b"SSH-2.0-x\r\n".to_vec()); 4],
            UnknownClass::BadResponse,
            None,
            4,
        ),
        (
            "a head without end",
            vec![Step::Say(format!("HTTP/1.1 200 OK\r\nx: {}", "a".repeat(600_000)).into_bytes()); 4],
            UnknownClass::BadResponse,
            None,
            4,
        ),
        ("heads alone", vec![head_alone(); 4], UnknownClass::Unreachable, None, 4),
        ("blanks", vec![blanks_alone(); 4], UnknownClass::Unreachable, None, 4),
    ];
    for (name, script, class, status, tries) in cases {
        let (observation, requests) = observe(script).await;
        let failure = failure(&observation);
        assert_eq!((failure.class, failure.http_status), (class, status), "{name}");
        assert_eq!(requests, tries, "{name}");
        assert_eq!(observation.evidence.attempts as usize, tries, "{name}");
        assert!(!failure.detail.contains("/v2/"), "{name}: {}", failure.detail);
    }
}

#[tokio::test]
async fn what_would_be_the_same_again_is_asked_once() {
    let refused = r#"{"error_code":"APIGW.0301","error_msg":"ak HST3TESTACCESSKEY012 not exist"}"#;
    let wrong_url = r#"{"error_code":"APIGW.0101","error_msg":"The API does not exist"}"#;
    let denied = r#"{"errors":[{"errorCode":"SVCSTG.SWR.4030170","errorMessage":"Insufficient permissions"}]}"#;
    let cut_401 = Step::Say(b"HTTP/1.1 401 X\r\ncontent-length: 9\r\n\r\n[".to_vec());
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let endless = [chunked.as_bytes(), &endless_chunks()].concat();
    let cases = [
        ("401", say(401, "", refused), UnknownClass::Unauthenticated, 401),
        (
            "401, compressed",
            say(401, "content-encoding: gzip\r\n", "x"),
            UnknownClass::Unauthenticated,
            401,
        ),
        ("401, cut", cut_401, UnknownClass::Unauthenticated, 401),
        ("403", say(403, "", denied), UnknownClass::AccessDenied, 403),
        (
            "404 of the gateway",
            say(404, "", wrong_url),
            UnknownClass::Unsupported,
            404,
        ),
        ("404 of nobody", say(404, "", ""), UnknownClass::BadResponse, 404),
        ("400", say(400, "", ""), UnknownClass::BadResponse, 400),
        (
            "a redirect",
            say(302, "location: /\r\n", ""),
            UnknownClass::BadResponse,
            302,
        ),
        (
            "compressed",
            say(200, "content-encoding: gzip\r\n", "[]"),
            UnknownClass::BadResponse,
            200,
        ),
        ("no content", say(204, "", ""), UnknownClass::BadResponse, 204),
        ("a login page", say(200, "", "<html>"), UnknownClass::BadResponse, 200),
        (
            "announced too long",
            Step::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 4194305\r\n\r\n".to_vec()),
            UnknownClass::BadResponse,
            200,
        ),
        ("too long", Step::Say(endless), UnknownClass::BadResponse, 200),
    ];
    for (name, step, class, status) in cases {
        let (observation, requests) = observe(vec![step]).await;
        let failure = failure(&observation);
        assert_eq!(
            (failure.class, failure.http_status),
            (class, Some(status)),
            "{name}: {failure:?}"
        );
        assert_eq!((observation.evidence.attempts, requests), (1, 1), "{name}");
        assert!(!failure.detail.contains(ACCESS_KEY), "{name}: {}", failure.detail);
    }
}

/// One byte more than is taken, in two pieces.
fn endless_chunks() -> Vec<u8> {
    let half = vec![b' '; 2 * 1024 * 1024];
    [b"200000\r\n", &half[..], b"\r\n200001\r\n", &half, b" \r\n0\r\n\r\n"].concat()
}

#[tokio::test]
async fn absence_is_an_answer() {
    let missing = r#"{"errors":[{"errorCode":"SVCSTG.SWR.4040113","errorMessage":"no such image"}]}"#;
    let (observation, requests) = observe(vec![say(404, "", missing)]).await;
    assert_eq!((observation.answer, requests), (Answer::Absent, 1));
}

#[tokio::test]
async fn identity_is_no_compression() {
    let (observation, _) = observe(vec![say(200, "content-encoding: identity\r\n", "null")]).await;
    assert_eq!(observation.answer, Answer::Rules(Vec::new().into()));
}

#[tokio::test]
async fn a_silent_service_is_given_up_on() {
    let server = Server::start(vec![Step::Hang; 2]);
    let settings = ClientSettings {
        timeout: Duration::from_millis(100),
        retry: policy(1),
        ..ClientSettings::default()
    };
    let client = server.client_with(&settings, &keys());
    let observation = ask(&client, &Call::rules(&repository()))
        .await
        .observation(&repository());
    assert_eq!(failure(&observation).class, UnknownClass::Timeout);
    assert_eq!(observation.evidence.attempts, 2);
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    drop(listener);
    let source = source(&format!("http://{address}"));
    let settings = ClientSettings {
        retry: policy(1),
        ..ClientSettings::default()
    };
    let client = Client::new(&source, &keys(), &settings, fastrand::Rng::with_seed(1)).expect("loopback");
    let observation = ask(&client, &Call::rules(&repository()))
        .await
        .observation(&repository());
    let failure = failure(&observation);
    assert_eq!(failure.class, UnknownClass::Unreachable);
    assert!(failure.detail.contains("refused"), "{}", failure.detail);
    assert_eq!(client.wire().failed, 2);
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let server = Server::start(vec![
        say(429, "retry-after: 3600\r\n", ""),
        say(503, "Retry-After: 1\r\n", ""),
        say(200, "", "[]"),
    ]);
    let client = server.client(3, &keys());
    let exchange = ask(&client, &Call::rules(&repository())).await;
    assert_eq!(exchange.attempts, 3);
    let received = server.received.lock().expect("the server did not panic");
    for pair in received.windows(2) {
        assert!(
            pair[1].at - pair[0].at >= Duration::from_millis(40),
            "the policy's cap at least"
        );
    }
}

#[tokio::test]
async fn a_signature_that_comes_back_as_a_request_id_is_none() {
    for (told, is_kept) in [
        ("0".repeat(32), true),
        ("a1".repeat(32), false),
        (format!("x-{}-y", "b".repeat(64)), false),
    ] {
        let server = Server::start(vec![say(200, &format!("x-request-id: {told}\r\n"), "[]")]);
        let exchange = ask(&server.client(0, &keys()), &Call::rules(&repository())).await;
        assert_eq!(exchange.request_id, is_kept.then_some(told));
    }
}

#[tokio::test]
async fn a_date_to_come_back_at_is_held_against_the_services_own_clock() {
    // By this machine's clock it was long ago.
    let headers = "date: Tue, 24 Nov 1998 12:00:00 GMT\r\nretry-after: Tue, 24 Nov 1998 12:00:01 GMT\r\n";
    let server = Server::start(vec![say(503, headers, ""), say(200, "", "[]")]);
    let client = server.client(1, &keys());
    ask(&client, &Call::rules(&repository())).await;
    let received = server.received.lock().expect("the server did not panic");
    let gap = received[1].at - received[0].at;
    assert!(
        gap >= policy(1).retry_after_cap,
        "as long as any word is heeded here: {gap:?}"
    );
}

#[tokio::test]
async fn a_retry_after_of_centuries_stops_nobody() {
    // The second refusal is a probe's: from then on the service's own word holds for all.
    for asked in ["86400", "18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let refusal = say(429, &format!("retry-after: {asked}\r\n"), "");
        let server = Server::start(vec![refusal.clone(), refusal, say(200, "", "[]")]);
        let client = server.client(3, &keys());
        let exchange = ask(&client, &Call::rules(&repository())).await;
        assert_eq!(exchange.attempts, 3, "{asked}: {:?}", exchange.reply);
    }
}

#[tokio::test]
async fn the_wire_is_counted() {
    let server = Server::start(vec![
        say(429, "", ""),
        say(502, "", ""),
        Step::Reset,
        say(200, "", "[]"),
    ]);
    let client = server.client(3, &keys());
    ask(&client, &Call::rules(&repository())).await;
    let counts = client.wire();
    assert_eq!((counts.sent, counts.retried), (4, 3));
    assert_eq!((counts.throttled, counts.failed), (1, 2));
    assert!(counts.p50() <= counts.p95());
    assert!(counts.p50().is_some());
}

#[tokio::test]
async fn a_dropped_question_is_abandoned() {
    let server = Server::start(vec![Step::Hang]);
    let client = server.client(3, &keys());
    let call = Call::rules(&repository());
    let answer = tokio::time::timeout(Duration::from_millis(50), ask(&client, &call)).await;
    assert!(answer.is_err());
    assert!(client.wire().sent <= 1);
}

#[test]
fn what_no_header_can_carry_is_refused_by_name_alone() {
    let endpoint = "http://127.0.0.1:1";
    let bad = "bad\nvalue".to_owned();
    let with = |credential: &Credential| {
        let random = fastrand::Rng::with_seed(1);
        Client::new(&source(endpoint), credential, &ClientSettings::default(), random)
            .expect_err("it cannot be sent")
            .to_string()
    };
    let token = with(&Credential::Token(bad.into()));
    assert_eq!(token, "the token holds a character that no HTTP header can carry");
    let key = with(&Credential::Keys(Keys {
        access_key: "a\u{7f}".into(),
        secret_key: SECRET.to_owned().into(),
        security_token: None,
    }));
    assert_eq!(key, "the access key holds a character that no HTTP header can carry");
}

#[test]
fn a_client_does_not_show_its_secrets() {
    let client = Client::new(
        &source("http://127.0.0.1:1"),
        &keys(),
        &ClientSettings::default(),
        fastrand::Rng::with_seed(1),
    );
    let shown = format!("{client:?} {:?}", keys());
    assert!(!shown.contains(SECRET) && !shown.contains("Security.Token"), "{shown}");
}
