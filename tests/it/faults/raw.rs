//! A proxy in front of a simulator that spoils chosen answers byte by byte, and passes all others on as they are.
//!
//! No server library would send what this sends: half a head, two lengths, an answer in front of which another one stands.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How an answer is spoilt. The answer itself is the simulator's; `head` is up to and with the empty line.
#[derive(Clone, Debug)]
pub(crate) enum Spoil {
    /// Nobody reads the request: closing turns into a reset.
    ResetUnread,
    /// A piece of the answer, then the end of the connection.
    Cut(Piece),
    /// The same, with a reset for an end.
    CutByReset(Piece),
    /// A piece of the answer, and then nothing more for ever.
    Stall(Piece),
    /// A piece of the answer at once, the rest byte by byte for ever: it takes longer than anybody waits.
    Drip(Piece),
    /// Other bytes, then the end of the connection.
    Say(Vec<u8>),
    /// Bytes, then others again and again until nobody listens any more.
    Flood(Vec<u8>, Vec<u8>),
    /// The same, a few times a second.
    Trickle(Vec<u8>, Vec<u8>),
    /// The answer, with other bytes in front of it.
    Before(Vec<u8>),
    /// The answer, with other bytes behind it in the same packet; the connection stays open.
    Behind(Vec<u8>),
    /// The answer with another head; the connection is closed after it.
    Head(Vec<u8>),
}

/// How much of an answer comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece {
    /// Nothing at all.
    Nothing,
    /// Half of the head.
    HalfTheHead,
    /// The head and nothing of the body.
    TheHead,
    /// The head and half of the body.
    HalfTheBody,
}

/// Which answers are spoilt.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Those for this path.
    pub(crate) path: String,
    /// Not so many of the first ones.
    pub(crate) after: usize,
    /// So many of them; `None`: all.
    pub(crate) times: Option<usize>,
    /// How.
    pub(crate) spoil: Spoil,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    /// Its path.
    pub(crate) path: String,
    /// Its head, whole.
    pub(crate) head: String,
    /// When it was there.
    pub(crate) at: Instant,
}

/// A proxy; it ends with this value.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    upstream: String,
    plan: Plan,
    passed: Mutex<Vec<Passed>>,
    is_over: AtomicBool,
}

impl Proxy {
    /// In front of that endpoint.
    pub(crate) fn before(endpoint: &str, plan: Plan) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            upstream: endpoint.trim_start_matches("http://").to_owned(),
            plan,
            passed: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let inner = Arc::clone(&shared);
        let accepting = thread::spawn(move || {
            for client in listener.incoming() {
                if inner.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (client, inner) = (client.expect("a client"), Arc::clone(&inner));
                // A client that has gone, or is cut off, is no matter.
                thread::spawn(move || inner.serve(&client));
            }
        });
        Self {
            address,
            shared,
            accepting: Some(accepting),
        }
    }

    /// Where it is.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request, in the order in which they came.
    pub(crate) fn passed(&self) -> Vec<Passed> {
        self.shared.lock().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes it up.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Passed>> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One request after the other, until the client or the plan ends the connection.
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut upstream = TcpStream::connect(&self.upstream)?;
        upstream.set_nodelay(true)?;
        while let Some(head) = peek_head(client)? {
            let spoil = self.arrive(&head);
            if matches!(spoil, Some(Spoil::ResetUnread)) {
                return Ok(());
            }
            upstream.write_all(&head)?;
            let answer = Response::read(&mut upstream)?;
            let is_reset = matches!(spoil, Some(Spoil::CutByReset(_)));
            if !is_reset {
                (&*client).read_exact(&mut vec![0; head.len()])?;
            }
            match spoil {
                None => (&*client).write_all(&answer.bytes)?,
                Some(spoil) => {
                    if !spoil.send(&answer, client)? {
                        // What is unread is a reset, and what is not is an orderly end.
                        return if is_reset {
                            Ok(())
                        } else {
                            client.shutdown(Shutdown::Write)
                        };
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes a request, and says what becomes of its answer.
    fn arrive(&self, head: &[u8]) -> Option<Spoil> {
        let head = String::from_utf8_lossy(head).into_owned();
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut passed = self.lock();
        let earlier = passed.iter().filter(|one| one.path == path).count();
        let (plan, at) = (&self.plan, Instant::now());
        let is_met =
            path == plan.path && earlier >= plan.after && plan.times.is_none_or(|times| earlier < plan.after + times);
        passed.push(Passed { path, head, at });
        is_met.then(|| plan.spoil.clone())
    }
}

/// An answer as it came.
struct Response {
    bytes: Vec<u8>,
    /// Where its body begins.
    body: usize,
}

impl Response {
    /// The simulator says how long its bodies are.
    fn read(upstream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let mut piece = [0; 16 * 1024];
        loop {
            let count = upstream.read(&mut piece)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes.extend_from_slice(&piece[..count]);
            if let Some(body) = end_of_head(&bytes)
                && bytes.len() >= body + length(&bytes[..body])
            {
                return Ok(Self { bytes, body });
            }
        }
    }

    fn piece(&self, piece: Piece) -> &[u8] {
        let end = match piece {
            Piece::Nothing => 0,
            Piece::HalfTheHead => self.body / 2,
            Piece::TheHead => self.body,
            Piece::HalfTheBody => self.body.midpoint(self.bytes.len()),
        };
        &self.bytes[..end]
    }
}

impl Spoil {
    /// Sends what is left of the answer; whether the connection goes on.
    fn send(&self, answer: &Response, mut client: &TcpStream) -> io::Result<bool> {
        match self {
            Self::ResetUnread => {}
            Self::Cut(piece) | Self::CutByReset(piece) => client.write_all(answer.piece(*piece))?,
            Self::Stall(piece) => {
                client.write_all(answer.piece(*piece))?;
                wait_for_the_end(client)?;
            }
            Self::Drip(piece) => {
                let sent = answer.piece(*piece);
                client.write_all(sent)?;
                // Slower towards its end, which thus never comes.
                let rest = answer.bytes[sent.len()..].iter().enumerate();
                for (at, byte) in rest {
                    client.write_all(&[*byte])?;
                    thread::sleep(Duration::from_millis(20 + at as u64));
                }
                wait_for_the_end(client)?;
            }
            Self::Say(bytes) => client.write_all(&closing(bytes))?,
            Self::Flood(bytes, again) => {
                client.write_all(bytes)?;
                loop {
                    client.write_all(again)?;
                }
            }
            Self::Trickle(bytes, again) => {
                client.write_all(bytes)?;
                loop {
                    client.write_all(again)?;
                    thread::sleep(Duration::from_millis(50));
                }
            }
            Self::Before(bytes) => {
                client.write_all(&[bytes, &answer.bytes[..]].concat())?;
                return Ok(true);
            }
            Self::Behind(bytes) => {
                client.write_all(&[&answer.bytes[..], bytes].concat())?;
                return Ok(true);
            }
            Self::Head(head) => client.write_all(&[&closing(head), &answer.bytes[answer.body..]].concat())?,
        }
        Ok(false)
    }
}

/// The same answer, which also says that the connection ends with it: a client may otherwise send its next request down a
/// connection that is closed at that moment, and that one would be lost to a fault that is not its own.
fn closing(bytes: &[u8]) -> Vec<u8> {
    let status_line = bytes.windows(2).position(|pair| pair == b"\r\n").map(|at| at + 2);
    match status_line.filter(|_| bytes.starts_with(b"HTTP/1.1 ")) {
        Some(at) => [&bytes[..at], b"Connection: close\r\n", &bytes[at..]].concat(),
        None => bytes.to_vec(),
    }
}

/// Until the client gives up.
fn wait_for_the_end(mut client: &TcpStream) -> io::Result<()> {
    let mut byte = [0];
    while client.read(&mut byte)? > 0 {}
    Ok(())
}

/// The next request's head, which stays unread; `None`: there is no further one.
fn peek_head(client: &TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let count = client.peek(&mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        if let Some(end) = end_of_head(&bytes[..count]) {
            bytes.truncate(end);
            return Ok(Some(bytes));
        }
        // A head comes in one packet, or in the next moment.
        thread::yield_now();
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(at + 4)
}

fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    value.map_or(0, |value| value.trim().parse().expect("a number"))
}
