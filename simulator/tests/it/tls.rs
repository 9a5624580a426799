//! HTTPS, with a client that trusts the simulator's certificate and nothing else.

use std::sync::Arc;

use swr_audit_simulator::{Simulator, World};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::http2;

async fn connect(
    simulator: &Simulator,
    trusted: &str,
    name: &'static str,
    protocol: &str,
) -> Option<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.as_bytes()).expect("PEM"))
        .expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let endpoint = simulator.endpoint();
    let address = endpoint.strip_prefix("https://").expect("HTTPS");
    let stream = TcpStream::connect(address).await.expect("the simulator listens");
    let name = ServerName::try_from(name).expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()
}

fn start() -> Simulator {
    Simulator::start_tls(World::default()).expect("a port is free")
}

#[test]
fn its_certificate_is_good_for_its_address_and_localhost() {
    http2::run(async {
        let simulator = start();
        let trusted = simulator.certificate_pem().expect("it has one");
        for name in ["127.0.0.1", "localhost"] {
            let stream = connect(&simulator, trusted, name, "h2").await.expect("trusted");
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            let mut client = http2::client(stream).await;
            let url = simulator.endpoint() + "/v2/manage/namespaces";
            let response = http2::get(&mut client, &url).await.expect("an answer");
            assert_eq!(http2::text(response).await.expect("whole"), r#"{"namespaces":[]}"#);
        }
        let stream = connect(&simulator, trusted, "localhost", "http/1.1")
            .await
            .expect("trusted");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    });
}

#[test]
fn it_is_good_for_nobody_else() {
    http2::run(async {
        let (simulator, other) = (start(), start());
        let trusted = simulator.certificate_pem().expect("it has one");
        assert!(connect(&simulator, trusted, "example.com", "h2").await.is_none());
        assert!(connect(&other, trusted, "localhost", "h2").await.is_none());
    });
}

#[test]
fn without_tls_there_is_no_certificate() {
    let plain = Simulator::start(World::default()).expect("a port is free");
    assert_eq!(plain.certificate_pem(), None);
}
