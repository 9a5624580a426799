//! The one connection that all requests share over HTTPS dies, and the run goes on by another.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::tls::over_tls;
use crate::agreed::assert_agreed;
use crate::support::{names, texts, wait_until, world};

/// What happens to the first connection, once it is told to.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// It is closed.
    Closed,
    /// It stays open, and nothing passes any more: a firewall that has forgotten it.
    Silent,
}

/// Passes bytes on, either way. When told, the first connection dies; those after it live.
struct Tunnel {
    endpoint: String,
    is_dead: Arc<AtomicBool>,
}

impl Tunnel {
    fn to(endpoint: &str, death: Death) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let upstream = endpoint.trim_start_matches("https://").to_owned();
        let is_dead = Arc::new(AtomicBool::new(false));
        let first = Arc::clone(&is_dead);
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let client = client.expect("a client");
                let server = TcpStream::connect(&upstream).expect("the service is there");
                let fate = (number == 0).then(|| (Arc::clone(&first), death));
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone(), to.try_clone());
                    let (from, to) = (from.expect("a handle"), to.expect("a handle"));
                    let fate = fate.clone();
                    thread::spawn(move || pass(from, to, fate.as_ref()));
                }
            }
        });
        Self {
            endpoint: format!("https://{address}"),
            is_dead,
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, fate: Option<&(Arc<AtomicBool>, Death)>) {
    let mut piece = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        match fate {
            Some((is_dead, Death::Silent)) if is_dead.load(Ordering::Relaxed) => {}
            Some((is_dead, Death::Closed)) if is_dead.load(Ordering::Relaxed) => break,
            Some(_) | None => {
                if to.write_all(&piece[..count]).is_err() {
                    break;
                }
            }
        }
    }
    for stream in [from, to] {
        // One of the two may be gone already.
        let _ = stream.shutdown(Shutdown::Both);
    }
}

#[test]
fn a_connection_that_dies_takes_nobody_along() {
    for death in [Death::Closed, Death::Silent] {
        let names = names("repo", 60);
        let mut world = world(&texts(&names));
        world.latency_ms = 10;
        let arguments = ["--retries", "2", "--timeout", "4s", "--concurrency", "3"];
        let (audit, simulator) = over_tls(world, &texts(&names), &arguments);
        let tunnel = Tunnel::to(&simulator.endpoint(), death);
        let started = audit.start(&tunnel.endpoint);
        wait_until("a third is asked for", || simulator.requests().len() >= 20);
        tunnel.is_dead.store(true, Ordering::Relaxed);
        let ended = audit.ended(started.output());
        let what = format!("{death:?}: {}", ended.stderr);
        assert_agreed(&ended, &what);
        assert_eq!(ended.code, 0, "{what}");
        assert!(
            simulator.requests().len() <= 66,
            "{}: {what}",
            simulator.requests().len()
        );
    }
}
