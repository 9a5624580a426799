//! The least that could ask the same, as most people would write it: reqwest, `buffer_unordered`, a signature, a body read
//! and decoded, one comparison, a line of CSV. It tries nothing twice and knows no trouble.

use std::borrow::Cow;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use simulator::Simulator;

use crate::audit::{Audit, IN_FLIGHT};
use crate::estate::{ACCESS_KEY, Estate, SECRET_KEY};
use crate::measure::{Spent, again, count, spent};

/// The first argument of the process that does it.
pub(crate) const MINIMAL: &str = "--minimal";

const JSON: &str = "application/json";
/// The SHA-256 of nothing.
const NO_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// One rule, as far as an audit would need it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
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
    endpoint: String,
    host: String,
    key: Hmac<Sha256>,
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
    let this = Loop {
        http: client(certificate.first().map(Path::new)),
        endpoint: endpoint.clone(),
        host: endpoint.split_once("://").expect("a simulator has a URL").1.to_owned(),
        key: Hmac::new_from_slice(SECRET_KEY.as_bytes()).expect("HMAC takes keys of any length"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut out = csv::Writer::from_path("minimal.csv").expect("the folder is writable");
    let read = runtime.block_on(async {
        let mut answers = stream::iter(estate.paths())
            .map(|path| this.ask(path))
            .buffer_unordered(number(in_flight));
        let mut read = 0;
        while let Some((path, is_as_expected)) = answers.next().await {
            let word = if is_as_expected { "ok" } else { "drift" };
            out.write_record([&*path, word]).expect("the disk is not full");
            read += 1;
        }
        read
    });
    out.flush().expect("the disk is not full");
    assert_eq!(read, estate.0, "every answer was read");
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
    /// Whether the first rule is as it is expected; which that is, is all the same here.
    async fn ask(&self, path: String) -> (String, bool) {
        let date = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let request = self
            .http
            .get(format!("{}{path}", self.endpoint))
            .header("Content-Type", JSON)
            .header("Authorization", self.authorization(&path, &date))
            .header("X-Sdk-Date", date);
        let response = request.send().await.expect("the simulator answers");
        let status = response.status().as_u16();
        let body = response.bytes().await.expect("an answer is whole");
        let rules: Vec<Rule<'_>> = match status {
            200 => serde_json::from_slice(&body).expect("an answer is a list of rules"),
            404 => Vec::new(),
            status => panic!("{path}: {status}"),
        };
        let is_as_expected = rules.first().is_some_and(|rule| {
            rule.remote_region_id == "cn-east-3"
                && rule.remote_namespace == "prod-dr"
                && !rule.overrides
                && rule.sync_auto
        });
        (path, is_as_expected)
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
