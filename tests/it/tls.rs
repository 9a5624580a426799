//! What is wrong with TLS, in words: a service for each kind of mistake that private clouds make.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream};

use crate::support::{Audit, Ended, inventory};

/// A server's certificate, with its key, in PEM; and whether it asks its clients for one.
struct Shown {
    certificate: String,
    key: String,
    demands_another: bool,
    /// What it says at the end of an HTTP/2 connection; empty: it speaks HTTP/1.1.
    last_words: &'static [u8],
}

impl Shown {
    /// A certificate for localhost, made wrong in some way.
    fn with(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a legal name");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        Self {
            certificate: params.self_signed(&key).expect("a certificate").pem(),
            key: key.serialize_pem(),
            demands_another: false,
            last_words: b"",
        }
    }

    /// Serves it; no connection gets an answer that says anything.
    fn serve(&self) -> String {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).expect("PEM");
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("PEM");
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("versions");
        let builder = if self.demands_another {
            let mut roots = RootCertStore::empty();
            roots.add(certificate.clone()).expect("an authority");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        } else {
            builder.with_no_client_auth()
        };
        let key = ring::sign::any_supported_type(&key).expect("a key");
        // Not checked against the key: it is to be wrong.
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
        let mut config = builder.with_cert_resolver(Arc::new(shown));
        let answer = if self.last_words.is_empty() {
            b"HTTP/1.1 503 Not Now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
        } else {
            config.alpn_protocols = vec![b"h2".to_vec()];
            gone_away(self.last_words)
        };
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.expect("a client");
                let mut server = ServerConnection::new(Arc::clone(&config)).expect("a session");
                let mut stream = Stream::new(&mut server, &mut connection);
                // A client that does not go on is the point.
                drop(stream.read(&mut [0; 4096]));
                drop(stream.write_all(&answer));
                // Closing while something is unread would take the answer back.
                while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
            }
        });
        format!("https://localhost:{port}")
    }

    /// An audit that trusts that certificate, if `trusted`, and nothing else.
    fn audit(&self, trusted: &str) -> Ended {
        let audit = Audit::of(&inventory(&["web"]));
        let pem = audit.folder().join("trusted.pem");
        std::fs::write(&pem, trusted).expect("the folder is writable");
        let system = pem.display().to_string();
        let audit = audit.setting("SSL_CERT_FILE", &system);
        audit
            .with(&["--retries", "0", "--ca-cert", "trusted.pem"])
            .against(&self.serve())
    }
}

/// The frames SETTINGS and GOAWAY, the second with a protocol error and these words.
fn gone_away(words: &[u8]) -> Vec<u8> {
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let length = u8::try_from(8 + words.len()).expect("they are few");
    let goaway = [0, 0, length, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    [&settings[..], &goaway, words].concat()
}

fn message(ended: &Ended) -> String {
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(ended.told(), ["web unknown:unreachable"]);
    ended.json()["unknown"][0]["message"].as_str().expect("text").to_owned()
}

fn assert_says(message: &str, what: &str, advice: &str) {
    assert!(message.contains(what) && message.contains(advice), "{message}");
    assert!(
        message.contains("localhost:") && message.contains(" was asked directly"),
        "{message}"
    );
    for debug in ["OtherError", "Other(", "CertificateError", "InvalidCertificate"] {
        assert!(!message.contains(debug), "{message}");
    }
}

#[test]
fn a_certificate_that_cannot_be_trusted_is_named_with_its_mistake_and_what_to_do() {
    let named = |name: &'static str| Shown::with(|params| params.distinguished_name.push(DnType::CommonName, name));
    let trusts_itself = |shown: Shown| message(&shown.audit(&shown.certificate));
    let unknown = message(&named("ours").audit(&named("another").certificate));
    assert_says(&unknown, "an authority that this machine does not know", "--ca-cert");
    let renewed = message(&named("ours").audit(&named("ours").certificate));
    assert_says(&renewed, "not signed by the authority of that name", "--ca-cert");
    let expired = Shown::with(|params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 2, 3);
    });
    assert_says(&trusts_itself(expired), "expired on 2021-02-03", "renewed");
    let early = Shown::with(|params| {
        params.not_before = rcgen::date_time_ymd(2100, 1, 1);
        params.not_after = rcgen::date_time_ymd(2101, 1, 1);
    });
    assert_says(&trusts_itself(early), "valid from 2100-01-01 on", "check the clock");
    let foreign =
        Shown::with(|params| *params = CertificateParams::new(vec!["other.example".to_owned()]).expect("a name"));
    assert_says(&trusts_itself(foreign), "is for other.example", "check the endpoint");
    let authority = Shown::with(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_says(
        &trusts_itself(authority),
        "marked as an authority (CA:TRUE)",
        "issued again",
    );
}

#[test]
fn a_certificate_of_version_1_is_named_as_that() {
    let both = include_str!("tls/version-1.pem");
    let shown = Shown {
        certificate: both.to_owned(),
        key: both.to_owned(),
        demands_another: false,
        last_words: b"",
    };
    let trusted = Shown::with(|_| {}).certificate;
    assert_says(
        &message(&shown.audit(&trusted)),
        "X.509 version 1",
        "issued again as version 3",
    );
}

#[test]
fn a_server_that_demands_a_client_certificate_is_named_as_that() {
    let mut shown = Shown::with(|_| {});
    shown.demands_another = true;
    let message = message(&shown.audit(&shown.certificate));
    assert_says(&message, "client certificate", "swr-audit has");
}

#[test]
fn https_to_a_plain_port_is_named_as_that() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a client");
            drop(connection.read(&mut [0; 1024]));
            drop(connection.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
    });
    let audit = Audit::of(&inventory(&["web"]));
    let pem = audit.folder().join("trusted.pem");
    std::fs::write(&pem, Shown::with(|_| {}).certificate).expect("the folder is writable");
    let audit = audit.with(&["--retries", "0", "--ca-cert", "trusted.pem"]);
    let ended = audit.against(&format!("https://localhost:{port}"));
    assert_says(&message(&ended), "does not speak TLS on this port", "check the port");
}

/// The proxy opens TLS: what the other side says is long, and what is known of the way is not to be lost for it.
#[test]
fn the_way_stands_whole_behind_a_long_reason() {
    let shown = Shown::with(|_| {});
    let tls = shown.serve();
    let port = tls.rsplit(':').next().expect("a port").parse().expect("a number");
    let proxy = tunnel_to(port);
    let audit = Audit::of(&inventory(&["web"]));
    let pem = audit.folder().join("trusted.pem");
    std::fs::write(&pem, Shown::with(|_| {}).certificate).expect("the folder is writable");
    let system = pem.display().to_string();
    let url = format!("http://user:not-to-be-shown@{proxy}");
    let ended = audit
        .setting("SSL_CERT_FILE", &system)
        .setting("HTTPS_PROXY", &url)
        .with(&["--retries", "0"])
        .run();
    assert_eq!(ended.told(), ["web unknown:unreachable"], "{}", ended.stderr);
    let host = "swr-api.cn-north-4.myhuaweicloud.com";
    let way = format!("{host} was asked through the proxy http://{proxy} (HTTPS_PROXY)");
    let row = &ended.drift()[0]["message"];
    let entry = ended.json()["unknown"][0]["message"].to_string();
    for text in [row, &entry, &ended.stderr] {
        assert!(text.contains(&way), "{text}");
        assert!(!text.contains("not-to-be-shown"), "{text}");
    }
}

/// The proxy's own handshake fails before it is asked for anything: the service is not to be blamed.
#[test]
fn tls_with_a_proxy_is_told_as_the_proxys() {
    let proxy = Shown::with(|params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 2, 3);
    });
    let audit = Audit::of(&inventory(&["web"]));
    let pem = audit.folder().join("trusted.pem");
    std::fs::write(&pem, &proxy.certificate).expect("the folder is writable");
    let system = pem.display().to_string();
    let ended = audit
        .setting("SSL_CERT_FILE", &system)
        .setting("HTTPS_PROXY", &proxy.serve())
        .with(&["--retries", "0"])
        .run();
    let entry = &ended.json()["unknown"][0];
    let message = entry["message"].as_str().expect("text");
    assert!(
        message.contains("(HTTPS_PROXY), the proxy's certificate expired on 2021-02-03")
            && !message.contains("the server"),
        "{message}"
    );
    let step = entry["remediation"][0]["text"].as_str().expect("text");
    assert!(step.starts_with("mend TLS with the proxy"), "{step}");
}

#[test]
fn a_file_of_the_systems_authorities_that_cannot_be_used_is_named_with_what_is_wrong() {
    let pem = Shown::with(|_| {}).certificate;
    let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, why, hint) in [
        (
            "missing.pem",
            None,
            "No such file or directory",
            "correct SSL_CERT_FILE, or unset it",
        ),
        (
            "\"quoted.pem\"",
            None,
            "there are quotes around it",
            "take the quotes away",
        ),
        (
            "ca.der",
            Some(vec![0x30, 0x82, 1, 2, 0x30]),
            "it is DER, and not PEM",
            "convert it: openssl x509 -inform DER",
        ),
        (
            "utf16.pem",
            Some(utf16),
            "it is UTF-16 text",
            "convert it: iconv -f UTF-16LE",
        ),
        (
            "marked.pem",
            Some(format!("\u{feff}{pem}").into_bytes()),
            "something stands in front of 'BEGIN CERTIFICATE'",
            "give it with --ca-cert",
        ),
    ] {
        let audit = Audit::of(&inventory(&["web"]));
        let path = audit.folder().join(name);
        if let Some(bytes) = bytes {
            std::fs::write(&path, bytes).expect("the folder is writable");
        }
        let value = if name.starts_with('"') {
            name.to_owned()
        } else {
            path.display().to_string()
        };
        let audit = audit.setting("SSL_CERT_FILE", &value);
        let output = audit.command(None).output().expect("the binary starts");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1), "{said}");
        let start = format!("error: SSL_CERT_FILE names '{value}', which cannot be used: {why}");
        assert!(said.starts_with(&start), "{said}");
        assert!(
            said.contains(&format!("\nhint: {hint}")) && !said.contains("set SSL_CERT_FILE"),
            "{said}"
        );
    }
}

/// A proxy that opens every way to that port of this machine.
fn tunnel_to(port: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.expect("a client");
            drop(client.read(&mut [0; 4096]));
            drop(client.write_all(b"HTTP/1.1 200 OK\r\n\r\n"));
            let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)) else {
                continue;
            };
            let ends = (client.try_clone(), server.try_clone());
            let (Ok(mut from_client), Ok(mut to_server)) = ends else {
                continue;
            };
            thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
            thread::spawn(move || std::io::copy(&mut server, &mut client));
        }
    });
    address.to_string()
}

#[test]
fn a_damaged_block_of_the_ca_file_is_reported_and_the_others_count() {
    let shown = Shown::with(|_| {});
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let ended = shown.audit(&format!("\u{feff}{damaged}{}", shown.certificate));
    assert_eq!(ended.told(), ["web unknown:server-error"], "{}", ended.stderr);
    let note = "note: certificate 1 of the file of --ca-cert cannot be read and is left out\n";
    assert!(ended.stderr.contains(note), "{}", ended.stderr);
}

#[test]
fn what_a_server_sends_along_as_it_ends_an_http2_connection_is_not_quoted() {
    let mut shown = Shown::with(|_| {});
    shown.last_words = b"\0w\0o\0r\0d\0s";
    let message = message(&shown.audit(&shown.certificate));
    assert!(
        message.contains("HTTP/2 error: unspecific protocol error detected; "),
        "{message}"
    );
    assert!(!message.contains('"') && !message.contains("\\0"), "{message}");
}
