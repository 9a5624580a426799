//! A server that says what a test makes it say, request by request, and knows nothing but HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// One answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Lines of the head, each with its line end.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// A 200 with that body.
    pub(crate) fn of(body: &str) -> Self {
        Self {
            status: 200,
            head: String::new(),
            body: body.to_owned(),
        }
    }

    /// SWR's own word that there is nothing such.
    pub(crate) fn absent() -> Self {
        Self {
            status: 404,
            ..Self::of(r#"[{"errorCode":"SVCSTG.SWR.4040113","errorMessage":"not found","detail":""}]"#)
        }
    }

    /// With one more line in its head.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.head.extend([name, ": ", value, "\r\n"]);
        self
    }
}

/// A running server; it ends with this value.
pub(crate) struct Scripted<S> {
    address: SocketAddr,
    shared: Arc<Shared<S>>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared<S> {
    script: Mutex<S>,
    is_over: AtomicBool,
}

/// What says the answers.
pub(crate) trait Script: Send + 'static {
    /// The answer to a request for that path, query included.
    fn answer(&mut self, target: &str) -> Answer;
}

impl<F: FnMut(&str) -> Answer + Send + 'static> Script for F {
    fn answer(&mut self, target: &str) -> Answer {
        self(target)
    }
}

impl<S: Script> Scripted<S> {
    pub(crate) fn serve(script: S) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            is_over: AtomicBool::new(false),
        });
        let inner = Arc::clone(&shared);
        let accepting = thread::spawn(move || {
            for connection in listener.incoming() {
                if inner.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (connection, inner) = (connection.expect("a client"), Arc::clone(&inner));
                thread::spawn(move || inner.serve(connection));
            }
        });
        Self {
            address,
            shared,
            accepting: Some(accepting),
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The script as it stands.
    pub(crate) fn script(&self) -> MutexGuard<'_, S> {
        self.shared.script()
    }
}

impl<S> Drop for Scripted<S> {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

impl<S> Shared<S> {
    fn script(&self) -> MutexGuard<'_, S> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Script> Shared<S> {
    /// One request for each connection.
    fn serve(&self, mut connection: TcpStream) {
        let mut reader = BufReader::new(connection.try_clone().expect("a handle"));
        let mut lines = reader.by_ref().lines();
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        let mut length = 0;
        while let Some(Ok(line)) = lines
            .next()
            .filter(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
        {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a number");
            }
        }
        // What is not read would reset the connection.
        drop(std::io::copy(&mut reader.take(length), &mut std::io::sink()));
        let Some(target) = first.split(' ').nth(1) else { return };
        let Answer { status, head, body } = self.script().answer(target);
        // A client that has gone is no matter.
        drop(write!(
            connection,
            "HTTP/1.1 {status} Said\r\n{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ));
    }
}
