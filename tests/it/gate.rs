//! A proxy that stands in every host's place: it notes whom it is asked for, ends TLS with a certificate of its own, as
//! corporate gateways do, and answers each request itself.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::Audit;

/// The proxy, and all that came by it.
pub(crate) struct Gate {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    authority: String,
    seen: Arc<Mutex<Seen>>,
}

/// What came.
#[derive(Default)]
struct Seen {
    connects: Vec<String>,
    requests: Vec<Request>,
}

/// A request as its host would have got it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// As the CONNECT named it: `host:port`.
    pub(crate) host: String,
    /// Its first line and its headers.
    pub(crate) head: Vec<String>,
    /// What stands behind them.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// `GET /v2/manage/namespaces`.
    pub(crate) fn line(&self) -> &str {
        self.head[0].trim_end_matches(" HTTP/1.1")
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.iter().filter_map(|line| line.split_once(':'));
        let mut lines = lines.filter(|(other, _)| other.eq_ignore_ascii_case(name));
        lines.next().map(|(_, value)| value.trim())
    }
}

impl Gate {
    /// Answers requests with these bytes, after which the connection ends.
    pub(crate) fn answering(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).expect("a certificate").pem();
        let issuer = Arc::new(Issuer::new(params, key));
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (theirs, answer) = (Arc::clone(&seen), Arc::new(answer));
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (seen, answer, issuer) = (Arc::clone(&theirs), Arc::clone(&answer), Arc::clone(&issuer));
                // A client that is gone is no matter.
                thread::spawn(move || connection.and_then(|connection| pass(connection, &issuer, &seen, &*answer)));
            }
        });
        Self {
            address,
            authority,
            seen,
        }
    }

    /// Hands every request on to the one service that is there, whatever host it was for.
    pub(crate) fn to(endpoint: &str) -> Self {
        let upstream = endpoint.trim_start_matches("http://").to_owned();
        Self::answering(move |request| handed_on(&upstream, request).expect("the service is there"))
    }

    /// Sends an audit through it, which trusts its authority and no other. `login` is empty, or `user:password@`.
    pub(crate) fn before(&self, audit: Audit, login: &str) -> Audit {
        let pem = audit.folder().join("gate.pem");
        std::fs::write(&pem, &self.authority).expect("the folder is writable");
        audit
            .setting("SSL_CERT_FILE", &pem.display().to_string())
            .setting("HTTPS_PROXY", &format!("http://{login}{}", self.address))
    }

    /// Every host that a way was asked for, in their order.
    pub(crate) fn connects(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").connects.clone()
    }

    /// Every request that came by.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().expect("no panic").requests.clone()
    }
}

fn pass(
    mut connection: TcpStream,
    issuer: &Issuer<'_, KeyPair>,
    seen: &Mutex<Seen>,
    answer: &(dyn Fn(&Request) -> Vec<u8> + Send + Sync),
) -> io::Result<()> {
    let head = head(&mut BufReader::new(connection.try_clone()?))?;
    let words: Vec<&str> = head.first().map_or("", |line| line).split(' ').collect();
    let host = words.get(1).copied().unwrap_or_default().to_owned();
    seen.lock().expect("no panic").connects.push(host.clone());
    assert_eq!(words[0], "CONNECT", "plain HTTP goes through no proxy: {head:?}");
    connection.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let config = Arc::new(config(issuer, host.rsplit_once(':').map_or(&*host, |(name, _)| name)));
    let session = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(session, connection));
    let request = request(host, &mut stream)?;
    seen.lock().expect("no panic").requests.push(request.clone());
    let mut stream = stream.into_inner();
    stream.write_all(&answer(&request))?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// The lines up to the first empty one.
fn head(reader: &mut impl io::BufRead) -> io::Result<Vec<String>> {
    let lines = reader.lines();
    lines
        .take_while(|line| line.as_ref().map_or(true, |line| !line.is_empty()))
        .collect()
}

/// The request that comes next.
fn request(host: String, reader: &mut impl io::BufRead) -> io::Result<Request> {
    let head = head(reader)?;
    if head.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut request = Request {
        host,
        head,
        body: Vec::new(),
    };
    let length = request.header("content-length").and_then(|length| length.parse().ok());
    reader.take(length.unwrap_or(0)).read_to_end(&mut request.body)?;
    Ok(request)
}

fn config(issuer: &Issuer<'_, KeyPair>, name: &str) -> ServerConfig {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("a legal name");
    let certificate = params.signed_by(&key, issuer).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key of a known form");
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], key)
        .expect("the key is the certificate's")
}

fn handed_on(upstream: &str, request: &Request) -> io::Result<Vec<u8>> {
    let mut service = TcpStream::connect(upstream)?;
    write!(service, "{}\r\nConnection: close\r\n\r\n", request.head.join("\r\n"))?;
    service.write_all(&request.body)?;
    let mut answer = Vec::new();
    service.read_to_end(&mut answer)?;
    Ok(answer)
}
