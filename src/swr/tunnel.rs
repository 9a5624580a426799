//! What a proxy answers that opens no way to a host.
//!
//! The HTTP library says only that there is none. To put it right, a person needs the proxy's own word: a 403 is a rule of the
//! proxy, a 407 a password, a 502 a name that it cannot resolve.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::proxy::ProxyRoute;
use super::redact::Redaction;

/// A proxy that answers at all does so sooner.
const PATIENCE: Duration = Duration::from_secs(5);
/// `HTTP/1.1 407 Proxy Authentication Required`, and whatever longer words there are.
const STATUS_LIMIT: usize = 80;
/// A longer first line is not shown at all: the part of a secret at its end could not be found any more.
const LINE_LIMIT: u64 = 64 * 1024;

/// Asks the proxy once for a way to `target` (`host:port`); what it says, or why it says nothing.
pub(super) async fn word(proxy: &ProxyRoute, target: &str) -> String {
    let asked = tokio::time::timeout(PATIENCE, ask(proxy, target)).await;
    match asked {
        Ok(Ok(Some(status))) => format!("the proxy answered '{status}'"),
        Ok(Ok(None)) => "the proxy itself can be reached".to_owned(),
        Ok(Err(error)) => format!("the proxy: {error}"),
        Err(_) => format!("the proxy did not answer within {} s", PATIENCE.as_secs()),
    }
}

/// The first line of its answer; `None` for proxies that speak something else than plain HTTP.
async fn ask(proxy: &ProxyRoute, target: &str) -> io::Result<Option<String>> {
    let url = &proxy.url;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let usual = if url.scheme().starts_with("socks") { 1080 } else { 80 };
    let mut stream = TcpStream::connect((host, url.port_or_known_default().unwrap_or(usual))).await?;
    if url.scheme() != "http" {
        return Ok(None);
    }
    let authorization = proxy.login().map_or_else(String::new, |login| {
        format!(
            "Proxy-Authorization: Basic {}\r\n",
            STANDARD.encode(login.expose_secret())
        )
    });
    let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut line = Vec::new();
    let mut answer = BufReader::new(stream).take(LINE_LIMIT);
    answer.read_until(b'\n', &mut line).await?;
    if answer.limit() == 0 {
        return Err(io::Error::other("its answer is one endless line"));
    }
    let redaction = Redaction::of_secrets(proxy.secrets());
    Ok(Some(redaction.text(&String::from_utf8_lossy(&line), STATUS_LIMIT)))
}
