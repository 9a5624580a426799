//! HTTPS. A client with TLS is the main package's; here it only has to be there.

use swr_audit_simulator::{Simulator, World};

#[test]
fn it_names_its_certificate() {
    let simulator = Simulator::start_tls(World::default()).expect("a port is free");
    assert!(simulator.endpoint().starts_with("https://127.0.0.1:"));
    let certificate = simulator.certificate_pem().expect("it has one");
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    let plain = Simulator::start(World::default()).expect("a port is free");
    assert_eq!(plain.certificate_pem(), None);
}
