//! Over HTTPS, where all requests share one connection: a fault on one of them is no fault on the others.

use std::thread;

use simulator::{Fault, Misbehaviour, RawAnswer, Simulator, World};

use crate::agreed::assert_agreed;
use crate::support::{Audit, error, fault, inventory, names, requests_for, rules_path, texts, world};

/// A service, and an audit that trusts it.
pub(super) fn over_tls(world: World, names: &[&str], arguments: &[&str]) -> (Audit, Simulator) {
    let simulator = Simulator::start_tls(world).expect("loopback has a free port");
    let audit = Audit::of(&inventory(names))
        .with(&["--ca-cert", "trusted.pem"])
        .with(arguments);
    let pem = audit.folder().join("trusted.pem");
    std::fs::write(&pem, simulator.certificate_pem().expect("it serves HTTPS")).expect("the folder is writable");
    let system = pem.display().to_string();
    (audit.setting("SSL_CERT_FILE", &system), simulator)
}

fn wide(bytes: usize) -> Misbehaviour {
    Misbehaviour::Raw(RawAnswer {
        body: "[]".to_owned(),
        headers: [("X-Wide".to_owned(), "a".repeat(bytes))].into(),
        ..RawAnswer::default()
    })
}

/// What the service does to a stream; the class; how often it is asked; how long an answer may take.
type Row = (Misbehaviour, &'static str, usize, &'static str);

fn rows() -> [Row; 9] {
    [
        (Misbehaviour::Reset, "unreachable", 2, "30s"),
        (Misbehaviour::CutBody, "unreachable", 2, "30s"),
        (Misbehaviour::Hang, "timeout", 2, "2s"),
        (Misbehaviour::Html502, "server-error", 2, "30s"),
        (Misbehaviour::Throttled, "throttled", 2, "30s"),
        (error(403, "SVCSTG.SWR.4031042"), "throttled", 2, "30s"),
        (Misbehaviour::GatewayNotFound, "unsupported", 1, "30s"),
        (Misbehaviour::Large(5 << 20), "bad-response", 1, "30s"),
        // The library does not say that a head was too long; over HTTP/1.1 it is `bad-response`.
        (wide(20 << 10), "unreachable", 2, "30s"),
    ]
}

#[test]
fn one_stream_fails_and_no_other() {
    thread::scope(|scope| {
        for row in rows() {
            for (target, passes) in [
                ("repo-000", true),
                ("repo-000", false),
                ("repo-003", true),
                ("repo-003", false),
            ] {
                let row = row.clone();
                scope.spawn(move || one_stream_fails(&row, target, passes));
            }
        }
    });
}

fn one_stream_fails((answer, class, attempts, limit): &Row, target: &str, passes: bool) {
    let names = names("repo", 6);
    let mut world = world(&texts(&names));
    world.faults.push(Fault {
        times: passes.then_some(1),
        ..fault(&format!("prod/{target}"), answer.clone())
    });
    let arguments = ["--retries", "1", "--timeout", limit, "--concurrency", "3"];
    let (audit, simulator) = over_tls(world, &texts(&names), &arguments);
    let ended = audit.against(&simulator.endpoint());
    let short = format!("{answer:?}").chars().take(60).collect::<String>();
    let what = format!("{short}, {target}, {passes}: {}", ended.stderr);
    assert_agreed(&ended, &what);
    assert!(simulator.requests().iter().all(|request| request.http2), "{what}");
    let (told, code) = if passes && *attempts == 2 {
        (vec![], 0)
    } else {
        (vec![format!("{target} unknown:{class}")], 4)
    };
    assert_eq!((ended.told(), ended.code), (told, code), "{what}");
    let asked = requests_for(&simulator, &rules_path("prod", target)).len();
    assert_eq!((asked, simulator.requests().len()), (*attempts, 5 + attempts), "{what}");
}
