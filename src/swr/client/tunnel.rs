//! What a proxy answers that opens no way to a host.
//!
//! The HTTP library says only that there is none. To put it right, a person needs the proxy's own word: a 403 is a rule of the
//! proxy, a 407 a password, a 502 a name that it cannot resolve.

use std::fmt;
use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::cause::{is_cut_handshake, root_cause, tls_error};
use super::proxy::ProxyRoute;
use super::redact::Redaction;
use super::tls::{self, Peer};
use crate::model::Obstacle;

/// A proxy that answers at all does so sooner.
const PATIENCE: Duration = Duration::from_secs(5);
/// `HTTP/1.1 407 Proxy Authentication Required`, and whatever longer words there are.
const STATUS_LIMIT: usize = 80;
/// A longer first line is not shown at all: the part of a secret at its end could not be found any more.
const LINE_LIMIT: u64 = 64 * 1024;

/// What comes of asking a proxy for a way once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::swr) enum Word {
    /// The first line of its answer, and the status in it, if it is HTTP's.
    Answered(Option<u16>, String),
    /// It takes connections, with TLS where its URL says so.
    Reached,
    /// Nobody is there, for that reason.
    Absent(String),
    /// TLS with it fails, for that reason.
    Tls(String),
}

impl Word {
    /// Whether the way through it is open.
    pub(in crate::swr) const fn is_open(&self) -> bool {
        matches!(self, Self::Answered(Some(200..=299), _) | Self::Reached)
    }

    /// What is to be mended, where it opens none.
    pub(in crate::swr) const fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Answered(Some(200..=299), _) | Self::Reached => None,
            Self::Answered(Some(407), _) => Some(Obstacle::ProxyLogin),
            Self::Answered(Some(300..=399), _) => Some(Obstacle::ProxyPortal),
            Self::Answered(Some(500..=599), _) => Some(Obstacle::ProxyOutage),
            Self::Answered(Some(_), _) => Some(Obstacle::ProxyDenial),
            Self::Answered(None, _) => Some(Obstacle::ProxyKind),
            Self::Absent(_) => Some(Obstacle::ProxyAbsence),
            Self::Tls(_) => Some(Obstacle::ProxyTls),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(_, line) if line.is_empty() => {
                f.write_str("the proxy closed the connection without an answer")
            }
            Self::Answered(_, line) => write!(f, "the proxy answered '{line}'"),
            Self::Reached => f.write_str("the proxy itself can be reached"),
            Self::Absent(why) => write!(f, "the proxy: {why}"),
            Self::Tls(words) => f.write_str(words),
        }
    }
}

/// Asks the proxy once for a way to `target` (`host:port`). `direct` asks without any proxy, for one that speaks TLS itself.
pub(in crate::swr) async fn word(proxy: &ProxyRoute, target: &str, direct: Option<&reqwest::Client>) -> Word {
    let asked = async {
        match direct {
            Some(direct) => over_tls(proxy, direct).await,
            None => ask(proxy, target)
                .await
                .unwrap_or_else(|error| Word::Absent(error.to_string())),
        }
    };
    let asked = tokio::time::timeout(PATIENCE, asked).await;
    asked.unwrap_or_else(|_| Word::Absent(format!("no answer within {} s", PATIENCE.as_secs())))
}

/// Its handshake shows whether TLS with it works. What it answers is of no use: it was asked for itself, and no credential
/// is sent.
async fn over_tls(proxy: &ProxyRoute, direct: &reqwest::Client) -> Word {
    let mut url = proxy.url.clone();
    // A URL without a host has no user either.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    match direct.get(url).send().await {
        Ok(_) => Word::Reached,
        Err(error) => match tls_error(&error) {
            Some(tls) => Word::Tls(tls::words(tls, Peer::Proxy)),
            None if is_cut_handshake(&error) => Word::Tls(CUT_BY_PROXY.to_owned()),
            None if error.is_connect() => Word::Absent(root_cause(&error.without_url())),
            None => Word::Reached,
        },
    }
}

const CUT_BY_PROXY: &str = "the proxy closed the connection in the TLS handshake: write http:// in front of it, or the port of \
                            its TLS";

/// The first line of its answer, from one that speaks plain HTTP.
async fn ask(proxy: &ProxyRoute, target: &str) -> io::Result<Word> {
    let url = &proxy.url;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let usual = if url.scheme().starts_with("socks") { 1080 } else { 80 };
    let mut stream = TcpStream::connect((host, url.port_or_known_default().unwrap_or(usual))).await?;
    if url.scheme() != "http" {
        return Ok(Word::Reached);
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
        return Ok(Word::Answered(None, "one endless line".to_owned()));
    }
    let line = String::from_utf8_lossy(&line);
    let redaction = Redaction::of_secrets(proxy.secrets());
    Ok(Word::Answered(status(&line), redaction.text(&line, STATUS_LIMIT)))
}

fn status(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/")?.split_whitespace().nth(1)?.parse().ok()
}
