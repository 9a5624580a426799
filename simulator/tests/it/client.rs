//! The smallest client that shows everything: one request, one connection, all bytes back.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    str,
};

use serde_json::Value;
use swr_audit_simulator::Simulator;

/// An answer, as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    /// By lower-case name; a repeated one joined by newlines.
    pub headers: BTreeMap<String, String>,
    /// Without the chunks it came in.
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("the body is text")
    }
}

/// A GET without credentials.
pub(crate) fn get(simulator: &Simulator, target: &str) -> Answer {
    ask(simulator, "GET", target, &[])
}

pub(crate) fn ask(simulator: &Simulator, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    parsed(&exchange(simulator, method, target, headers)).expect("there is an answer")
}

/// The same with a body.
pub(crate) fn ask_with(
    simulator: &Simulator,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let length = body.len().to_string();
    let headers = [headers, &[("Content-Length", &*length)]].concat();
    let mut stream = send(simulator, method, target, &headers);
    stream.write_all(body.as_bytes()).expect("the simulator reads");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    parsed(&bytes).expect("there is an answer")
}

/// Everything that comes back until the other side hangs up.
pub(crate) fn exchange(simulator: &Simulator, method: &str, target: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut stream = send(simulator, method, target, headers);
    let mut bytes = Vec::new();
    // An error is an end, too: what matters is what came before.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

/// Sends a request and leaves the answer to the caller.
pub(crate) fn send(simulator: &Simulator, method: &str, target: &str, headers: &[(&str, &str)]) -> TcpStream {
    let endpoint = simulator.endpoint();
    let address = endpoint.strip_prefix("http://").expect("plain HTTP");
    let host = [("Host", address)].into_iter().filter(|_| {
        let given = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
        !given
    });
    let lines = host
        .chain(headers.iter().copied())
        .map(|(name, value)| format!("{name}: {value}\r\n"));
    let text = format!(
        "{method} {target} HTTP/1.1\r\nConnection: close\r\n{}\r\n",
        lines.collect::<String>()
    );
    let mut stream = TcpStream::connect(address).expect("the simulator listens");
    stream.write_all(text.as_bytes()).expect("the simulator reads");
    stream
}

/// `None`: not even a head.
pub(crate) fn parsed(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = str::from_utf8(&bytes[..end]).expect("a head is text");
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = BTreeMap::<String, String>::new();
    for line in lines {
        let (name, value) = line.split_once(':').expect("a header has a colon");
        let place = headers.entry(name.to_ascii_lowercase()).or_default();
        if !place.is_empty() {
            place.push('\n');
        }
        place.push_str(value.trim());
    }
    let body = &bytes[end + 4..];
    let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
    let body = if chunked { joined(body) } else { body.to_vec() };
    Some(Answer { status, headers, body })
}

fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let length = str::from_utf8(&rest[..end]).expect("a chunk's length is text");
        let length = usize::from_str_radix(length, 16).expect("a chunk's length is hexadecimal");
        body.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
    body
}
