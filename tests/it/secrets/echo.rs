//! Somebody who hears too much and gives it back: in which place of an answer, in which disguise, under which status.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

/// Where in an answer it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Echo {
    /// In a body that is nothing else.
    Plain,
    /// As the message of an error in the service's own shape.
    Message,
    /// As the code of such an error.
    Code,
    /// As the request's id in the gateway's shape.
    Id,
    /// As the message, with every character that JSON lets one escape escaped.
    Escaped,
    /// As a field of a rule that nobody asked for.
    Rule,
    /// As the target region of a rule.
    Region,
    /// As the owner of a rule.
    Owner,
    /// As the name of a repository in a list.
    Name,
    /// As the name of another namespace than the one that was asked for.
    Namespace,
    /// As the title of a web page.
    Title,
    /// Between bytes that are no text.
    Bytes,
    /// Behind the status.
    Reason,
    /// In every header that a client could read, each of its own.
    Headers,
}

pub(super) const ECHOES: [Echo; 14] = [
    Echo::Plain,
    Echo::Message,
    Echo::Code,
    Echo::Id,
    Echo::Escaped,
    Echo::Rule,
    Echo::Region,
    Echo::Owner,
    Echo::Name,
    Echo::Namespace,
    Echo::Title,
    Echo::Bytes,
    Echo::Reason,
    Echo::Headers,
];

const HEADERS: [&str; 16] = [
    "X-Request-Id",
    "X-IAM-Trace-Id",
    "Content-Range",
    "Content-Encoding",
    "Content-Type",
    "Link",
    "Location",
    "WWW-Authenticate",
    "Proxy-Authenticate",
    "Docker-Distribution-Api-Version",
    "Server",
    "Via",
    "Date",
    "Retry-After",
    "Set-Cookie",
    "X-Debug",
];

/// What is done to a text before it is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disguise {
    Nothing,
    Percent,
    /// Behind so many other bytes.
    Base64(usize),
    Base64Url(usize),
    /// As UTF-16, byte by byte, either way around.
    BigEndian,
    LittleEndian,
    /// With that character behind each of its own.
    Between(char),
    /// In lines of eight characters, as headers and mails are folded.
    Folded,
    /// With that behind each character of its percent-encoding or its base64.
    PercentBetween(char),
    Base64Between(char),
}

pub(super) const DISGUISES: [Disguise; 18] = [
    Disguise::Nothing,
    Disguise::Percent,
    Disguise::Base64(0),
    Disguise::Base64(1),
    Disguise::Base64(2),
    Disguise::Base64Url(0),
    Disguise::Base64Url(1),
    Disguise::Base64Url(2),
    Disguise::BigEndian,
    Disguise::LittleEndian,
    Disguise::Between('\u{200b}'),
    Disguise::Between('\u{7}'),
    Disguise::Between('\u{202e}'),
    Disguise::Between('\t'),
    Disguise::Between(' '),
    Disguise::Folded,
    Disguise::PercentBetween('\u{200b}'),
    Disguise::Base64Between('\u{ad}'),
];

impl Disguise {
    pub(super) fn of(self, text: &str) -> String {
        let behind = |count: usize| format!("{}{text}", "x".repeat(count));
        let between = |text: String, other: char| text.chars().flat_map(|c| [c, other]).collect();
        match self {
            Self::Nothing => text.to_owned(),
            Self::Percent => {
                let escaped = text.bytes().map(|byte| format!("%{byte:02X}"));
                escaped.collect::<Vec<_>>().concat()
            }
            Self::Base64(count) => STANDARD.encode(behind(count)),
            Self::Base64Url(count) => URL_SAFE.encode(behind(count)),
            Self::BigEndian => text.chars().flat_map(|c| ['\0', c]).collect(),
            Self::LittleEndian => text.chars().flat_map(|c| [c, '\0']).collect(),
            Self::Between(other) => between(text.to_owned(), other),
            Self::Folded => {
                let lines: Vec<String> = text
                    .chars()
                    .collect::<Vec<_>>()
                    .chunks(8)
                    .map(String::from_iter)
                    .collect();
                lines.join("\r\n ")
            }
            Self::PercentBetween(other) => between(Self::Percent.of(text), other),
            Self::Base64Between(other) => between(Self::Base64(1).of(text), other),
        }
    }
}

/// One way to give something back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) status: u16,
    pub(super) echo: Echo,
    pub(super) disguise: Disguise,
}

impl Cell {
    /// All of these statuses.
    pub(super) fn all(statuses: &[u16]) -> Vec<Self> {
        let mut cells = Vec::new();
        for &status in statuses {
            for echo in ECHOES {
                cells.extend(DISGUISES.map(|disguise| Self { status, echo, disguise }));
            }
        }
        cells
    }

    /// The whole answer.
    pub(super) fn answer(self, text: &str) -> Vec<u8> {
        let hidden = self.disguise.of(text);
        // Neither a line break nor a NUL can stand in a head.
        let in_head: String = hidden.chars().filter(|c| !matches!(c, '\0' | '\r' | '\n')).collect();
        let (mut reason, mut headers) = ("Echo".to_owned(), String::new());
        match self.echo {
            Echo::Reason => reason = in_head,
            Echo::Headers => headers = HEADERS.map(|name| format!("{name}: {in_head}\r\n")).concat(),
            _ => {}
        }
        let body = self.body(&hidden);
        let head = format!(
            "HTTP/1.1 {} {reason}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.status,
            body.len()
        );
        [head.into_bytes(), body].concat()
    }

    fn body(self, text: &str) -> Vec<u8> {
        let rule = |region: &str, owner: &str, more: &str| {
            json!([{
                "remoteRegionId": region, "remoteNamespace": "prod-dr", "override": false, "syncAuto": true,
                "namespace": "prod", "domainID": owner, "domainName": owner, "x-debug": more,
            }])
        };
        match self.echo {
            Echo::Plain => text.as_bytes().to_vec(),
            Echo::Message => json!({"error_code": "APIGW.0301", "error_msg": text})
                .to_string()
                .into(),
            Echo::Code => json!({"errorCode": text, "errorMessage": "echoed"}).to_string().into(),
            Echo::Id => {
                let body = json!({"error_code": "APIGW.0301", "error_msg": "echoed", "request_id": text});
                body.to_string().into()
            }
            Echo::Escaped => {
                let escape = |c: char| match c {
                    '/' => "\\/".to_owned(),
                    c if c.is_ascii_alphanumeric() => c.to_string(),
                    c => format!("\\u{:04x}", u32::from(c)),
                };
                let escaped: String = text.chars().map(escape).collect();
                format!(r#"{{"error_code": "APIGW.0301", "error_msg": "{escaped}"}}"#).into()
            }
            Echo::Rule => rule("cn-east-3", "owner", text).to_string().into(),
            Echo::Region => rule(text, "owner", "").to_string().into(),
            Echo::Owner => rule("cn-east-3", text, "").to_string().into(),
            Echo::Name => json!([{"name": text, "namespace": "prod", "total_range": 1}])
                .to_string()
                .into(),
            Echo::Namespace => json!([{"name": "web", "namespace": text}]).to_string().into(),
            Echo::Title => format!("<html><head><title>{text}</title></head><body>{text}</body></html>").into(),
            Echo::Bytes => [b"\xff\xfe".as_slice(), text.as_bytes(), b"\xff"].concat(),
            Echo::Reason | Echo::Headers => match self.status {
                200 => b"[]".to_vec(),
                _ => json!({"error_code": "APIGW.0301", "error_msg": "echoed"})
                    .to_string()
                    .into(),
            },
        }
    }
}

/// Answers each request with these bytes, given its head and its body.
pub(super) fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let answer = Arc::clone(&answer);
            // A client that is gone is no matter.
            thread::spawn(move || connection.and_then(|connection| give(connection, &*answer)));
        }
    });
    endpoint
}

fn give(mut connection: TcpStream, answer: &(dyn Fn(&str) -> Vec<u8> + Send + Sync)) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut request = String::new();
    while reader.read_line(&mut request)? > 2 {}
    let length = request.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case("content-length");
        is_it.then(|| value.trim().parse().ok())?
    });
    reader.take(length.unwrap_or(0)).read_to_string(&mut request)?;
    connection.write_all(&answer(&request))
}
