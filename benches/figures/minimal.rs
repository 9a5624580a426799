//! The least that could ask the same: reqwest, a signature, a body read and decoded, a line of CSV. It compares nothing,
//! tries nothing twice and knows no trouble.
//!
//! It is written as reqwest is fastest: one runtime thread, a base URL parsed once, tasks that take from one counter,
//! nothing between a request and its answer.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method, Request, Url};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use simulator::Simulator;
use tokio::task::LocalSet;

use crate::audit::{Audit, IN_FLIGHT};
use crate::estate::{ACCESS_KEY, Estate, SECRET_KEY};
use crate::measure::{Spent, again, count, spent};

/// The first argument of the process that does it.
pub(crate) const MINIMAL: &str = "--minimal";

const JSON: &str = "application/json";
const SDK_DATE: HeaderName = HeaderName::from_static("x-sdk-date");
/// The SHA-256 of nothing.
const NO_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// One rule, as far as an audit would need it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, and compared with nothing")]
struct Rule<'a> {
    #[serde(borrow)]
    remote_region_id: Cow<'a, str>,
    #[serde(borrow)]
    remote_namespace: Cow<'a, str>,
    #[serde(rename = "override")]
    overrides: bool,
    sync_auto: bool,
}

struct Loop {
    http: Client,
    base: Url,
    host: String,
    key: Hmac<Sha256>,
    paths: RefCell<Box<dyn Iterator<Item = String>>>,
    read: Cell<usize>,
    out: RefCell<BufWriter<File>>,
}

/// The command that asks for everything that the audit asks for, as many at a time.
pub(crate) fn command(audit: &Audit, simulator: &Simulator) -> Command {
    with_in_flight(IN_FLIGHT, audit, simulator)
}

/// Runs it, once.
pub(crate) fn against(audit: &Audit, simulator: &Simulator) -> Spent {
    undisturbed(&command(audit, simulator), audit, simulator)
}

/// The same with one request at a time.
pub(crate) fn one_by_one(audit: &Audit, simulator: &Simulator) -> Spent {
    undisturbed(&with_in_flight(1, audit, simulator), audit, simulator)
}

fn with_in_flight(in_flight: usize, audit: &Audit, simulator: &Simulator) -> Command {
    let mut command = again(MINIMAL);
    let [count, in_flight] = [audit.estate.0, in_flight].map(|number| number.to_string());
    command
        .args([simulator.endpoint(), count, in_flight])
        .args(audit.certificate(simulator));
    command
}

fn undisturbed(command: &Command, audit: &Audit, simulator: &Simulator) -> Spent {
    simulator.clear_requests();
    let spent = spent(command, audit.folder());
    assert_eq!(spent.code, 0, "the minimal loop reads everything");
    let asked = count(simulator.requests().len());
    assert!(asked >= count(audit.estate.0), "it asked {asked} times");
    spent
}

/// The process that does it.
pub(crate) fn run(arguments: &[String]) {
    let [endpoint, count, in_flight, certificate @ ..] = arguments else {
        panic!("an endpoint, a number of repositories, how many at a time, perhaps a certificate");
    };
    let number = |text: &String| text.parse().expect("a number");
    let estate = Estate(number(count));
    let base = Url::parse(endpoint).expect("a simulator has a URL");
    let this = Rc::new(Loop {
        http: client(certificate.first().map(Path::new)),
        host: format!(
            "{}:{}",
            base.host_str().unwrap_or_default(),
            base.port().unwrap_or_default()
        ),
        base,
        key: Hmac::new_from_slice(SECRET_KEY.as_bytes()).expect("HMAC takes keys of any length"),
        paths: RefCell::new(Box::new(estate.paths())),
        read: Cell::new(0),
        out: RefCell::new(BufWriter::new(
            File::create("minimal.csv").expect("the folder is writable"),
        )),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let local = LocalSet::new();
    for _ in 0..number(in_flight) {
        let this = Rc::clone(&this);
        local.spawn_local(async move { this.work().await });
    }
    runtime.block_on(local);
    this.out.borrow_mut().flush().expect("the disk is not full");
    assert_eq!(this.read.get(), estate.0, "every answer was read");
}

fn client(certificate: Option<&Path>) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trusted = certificate.map(|path| {
        let pem = fs::read(path).expect("the certificate is there");
        Certificate::from_pem(&pem).expect("a certificate")
    });
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .timeout(Duration::from_secs(30))
        .connect_timeout(Duration::from_secs(10))
        .tls_certs_only(trusted)
        .build()
        .expect("a client")
}

impl Loop {
    async fn work(&self) {
        loop {
            let path = self.paths.borrow_mut().next();
            let Some(path) = path else { return };
            let response = self.http.execute(self.request(&path)).await;
            let mut response = response.expect("the simulator answers");
            let mut body = Vec::with_capacity(usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(0));
            while let Some(chunk) = response.chunk().await.expect("an answer is whole") {
                body.extend_from_slice(&chunk);
            }
            let rules = match response.status().as_u16() {
                200 => {
                    let rules: Vec<Rule<'_>> = serde_json::from_slice(&body).expect("an answer is a list of rules");
                    rules.len()
                }
                404 => 0,
                status => panic!("{path}: {status}"),
            };
            writeln!(self.out.borrow_mut(), "{path},{rules}").expect("the disk is not full");
            self.read.set(self.read.get() + 1);
        }
    }

    fn request(&self, path: &str) -> Request {
        let mut url = self.base.clone();
        url.set_path(path);
        let mut request = Request::new(Method::GET, url);
        let date = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let authorization = self.authorization(path, &date);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        headers.insert(SDK_DATE, HeaderValue::try_from(date).expect("digits and letters"));
        headers.insert(
            AUTHORIZATION,
            HeaderValue::try_from(authorization).expect("digits and letters"),
        );
        request
    }

    fn authorization(&self, path: &str, date: &str) -> String {
        let signed = "content-type;host;x-sdk-date";
        let host = &self.host;
        let canonical =
            format!("GET\n{path}/\n\ncontent-type:{JSON}\nhost:{host}\nx-sdk-date:{date}\n\n{signed}\n{NO_BODY}");
        let hash = hex::encode(Sha256::digest(canonical));
        let mut mac = self.key.clone();
        mac.update(format!("SDK-HMAC-SHA256\n{date}\n{hash}").as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        format!("SDK-HMAC-SHA256 Access={ACCESS_KEY}, SignedHeaders={signed}, Signature={signature}")
    }
}
