//! What a proxy answers that opens no way to a host.
//!
//! The HTTP library says only that there is none. To put it right, a person needs the proxy's own word: a 403 is a rule of the
//! proxy, a 407 a password, a 502 a name that it cannot resolve.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::redact::Redaction;

/// A proxy that answers at all does so sooner.
const PATIENCE: Duration = Duration::from_secs(5);
/// `HTTP/1.1 407 Proxy Authentication Required`, and whatever longer words there are.
const STATUS_LIMIT: usize = 80;

/// Asks the proxy once for a way to `target` (`host:port`); what it says, or why it says nothing.
pub(super) async fn word(proxy: &Url, target: &str) -> String {
    let asked = tokio::time::timeout(PATIENCE, ask(proxy, target)).await;
    match asked {
        Ok(Ok(Some(status))) => format!("the proxy answered '{status}'"),
        Ok(Ok(None)) => "the proxy itself can be reached".to_owned(),
        Ok(Err(error)) => format!("the proxy: {error}"),
        Err(_) => format!("the proxy did not answer within {} s", PATIENCE.as_secs()),
    }
}

/// The first line of its answer; `None` for proxies that speak something else than plain HTTP.
async fn ask(proxy: &Url, target: &str) -> io::Result<Option<String>> {
    let host = proxy.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let usual = if proxy.scheme().starts_with("socks") { 1080 } else { 80 };
    let mut stream = TcpStream::connect((host, proxy.port_or_known_default().unwrap_or(usual))).await?;
    if proxy.scheme() != "http" {
        return Ok(None);
    }
    let login = login(proxy);
    let authorization = login.as_ref().map_or_else(String::new, |login| {
        format!(
            "Proxy-Authorization: Basic {}\r\n",
            STANDARD.encode(login.expose_secret())
        )
    });
    let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    let mut byte = [0];
    while answer.len() < 4 * STATUS_LIMIT && stream.read(&mut byte).await? == 1 && byte[0] != b'\n' {
        answer.push(byte[0]);
    }
    let secrets: Vec<SecretString> = login.into_iter().flat_map(|login| parts(&login)).collect();
    Ok(Some(
        Redaction::of_secrets(&secrets).text(&String::from_utf8_lossy(&answer), STATUS_LIMIT),
    ))
}

/// `user:password`, as it is.
fn login(proxy: &Url) -> Option<SecretString> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let has_one = !proxy.username().is_empty() || proxy.password().is_some();
    has_one.then(|| {
        let password = decoded(proxy.password().unwrap_or_default());
        format!("{}:{password}", decoded(proxy.username())).into()
    })
}

/// What an answer must not repeat.
fn parts(login: &SecretString) -> Vec<SecretString> {
    let login = login.expose_secret();
    let password = login.split_once(':').map_or("", |(_, password)| password);
    let texts = [login.to_owned(), password.to_owned(), STANDARD.encode(login)];
    texts
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(Into::into)
        .collect()
}
