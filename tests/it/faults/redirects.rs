//! A redirect is not followed, wherever it points and whoever sends it: what comes along is a credential.

use std::io::ErrorKind;
use std::net::TcpListener;

use simulator::{Call, Fault, Misbehaviour, RawAnswer, User};

use crate::agreed::assert_agreed;
use crate::support::{Audit, fault, inventory, serve, world};

/// Another host, which must never hear of anything.
struct Stranger(TcpListener);

impl Stranger {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        listener.set_nonblocking(true).expect("it can be asked without waiting");
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}/v2/x", self.0.local_addr().expect("it is bound"))
    }

    /// Who connects is in the backlog, whether or not anybody accepts it.
    fn assert_unheard(&self, what: &str) {
        let accepted = self.0.accept().map(|_| ());
        let kind = accepted.expect_err(what).kind();
        assert_eq!(kind, ErrorKind::WouldBlock, "{what}");
    }
}

fn redirect(status: u16, to: &str) -> Misbehaviour {
    let headers = [
        ("Location", to.to_owned()),
        ("Refresh", format!("0; url={to}")),
        (
            "Alt-Svc",
            format!(
                "http/1.1=\"{}\"",
                to.trim_start_matches("http://").trim_end_matches("/v2/x")
            ),
        ),
        ("Content-Location", to.to_owned()),
    ];
    Misbehaviour::Raw(RawAnswer {
        status,
        headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
        ..RawAnswer::default()
    })
}

#[test]
fn the_service_redirects_and_nobody_follows() {
    let stranger = Stranger::new();
    for status in [201, 300, 301, 302, 303, 305, 307, 308] {
        let mut world = world(&["moved", "web"]);
        world
            .faults
            .push(fault("prod/moved", redirect(status, &stranger.url())));
        let simulator = serve(world);
        let ended = Audit::of(&inventory(&["moved", "web"])).against(&simulator.endpoint());
        let what = format!("{status}: {}", ended.stderr);
        assert_agreed(&ended, &what);
        assert_eq!(ended.told(), ["moved unknown:bad-response"], "{what}");
        assert_eq!((ended.code, simulator.requests().len()), (4, 2), "{what}");
        stranger.assert_unheard(&what);
    }
}

#[test]
fn iam_redirects_and_the_password_goes_nowhere() {
    let stranger = Stranger::new();
    for status in [301, 302, 303, 307, 308] {
        let mut world = world(&["web"]);
        world.credentials.access_keys.clear();
        world.credentials.users.push(User {
            name: "auditor".to_owned(),
            password: "a-password-of-IAM".into(),
            domain: "example".to_owned(),
            ..User::default()
        });
        world.faults.push(Fault {
            call: Some(Call::Login),
            ..fault("*", redirect(status, &stranger.url()))
        });
        let simulator = serve(world);
        let audit = Audit::of(&inventory(&["web"])).without_environment();
        let ended = audit
            .setting("HW_USER_NAME", "auditor")
            .setting("HW_USER_PASSWORD", "a-password-of-IAM")
            .setting("HW_DOMAIN_NAME", "example")
            .setting("HW_AUTH_URL", &format!("{}/v3", simulator.endpoint()))
            .against(&simulator.endpoint());
        let what = format!("{status}: {}", ended.stderr);
        assert_agreed(&ended, &what);
        assert_eq!((ended.code, simulator.requests().len()), (1, 1), "{what}");
        assert_eq!(ended.told(), ["web unknown:unauthenticated"], "{what}");
        stranger.assert_unheard(&what);
    }
}

#[test]
fn the_metadata_service_redirects_and_nobody_follows() {
    let stranger = Stranger::new();
    let mut open = world(&["web"]);
    open.faults.push(fault("*", redirect(302, &stranger.url())));
    let metadata = serve(open);
    let service = serve(world(&["web"]));
    let audit = Audit::of(&inventory(&["web"])).without_environment();
    let ended = audit
        .setting("SWR_AUDIT_METADATA", &metadata.endpoint())
        .against(&service.endpoint());
    assert_agreed(&ended, &ended.stderr);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(service.requests().is_empty());
    stranger.assert_unheard(&ended.stderr);
}
