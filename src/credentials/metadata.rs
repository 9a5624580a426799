//! The metadata service of a cloud server: a temporary key of the agency that is bound to it.
//!
//! Version 2 wants a token first; where there is none to be had, version 1 is asked without. Three seconds for all of it:
//! most machines are no servers of this cloud, and nothing answers there.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::error::CredentialError;
use super::{Surroundings, variable};
use crate::model::{Credential, Endpoint, Failure, IssuerKind, Keys, Lease, UnknownClass};
use crate::swr::{
    ClientError, ClientSettings, Http, HttpAnswer, HttpError, HttpMethod, HttpRequest, IssueError, Issuer, Retry,
};

/// Where the service is on every server.
const USUAL: &str = "http://169.254.169.254";
/// Says that it is elsewhere, or not to be asked.
pub(super) const VARIABLE: &str = "SWR_AUDIT_METADATA";

const TOKEN_PATH: &str = "/meta-data/latest/api/token";
const TOKEN_LIFE: (&str, &str) = ("x-metadata-token-ttl-seconds", "21600");
const TOKEN: &str = "x-metadata-token";
const KEY_PATH: &str = "/openstack/latest/securitykey";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(3);

/// The metadata service.
pub(super) struct Metadata {
    http: Http,
    base: String,
}

#[derive(Deserialize)]
struct Document {
    credential: Key,
}

/// Without `Debug`: it holds secrets.
#[derive(Deserialize)]
struct Key {
    access: String,
    secret: String,
    securitytoken: String,
    expires_at: Option<String>,
}

/// Where the metadata service is to be asked; `None`: nowhere.
pub(super) fn place(surroundings: &Surroundings<'_>) -> Result<Option<String>, CredentialError> {
    match surroundings.text(VARIABLE)? {
        None => Ok(Some(USUAL.to_owned())),
        Some(off) if off.eq_ignore_ascii_case("off") => Ok(None),
        Some(url) => match on_link(&url) {
            Some(base) => Ok(Some(base)),
            None => Err(CredentialError::MetadataPlace(variable(VARIABLE))),
        },
    }
}

/// Plain HTTP to this machine, or to its link in IPv4: it is answered with a secret key.
fn on_link(url: &str) -> Option<String> {
    if let Ok(endpoint) = Endpoint::parse(url) {
        return (endpoint.is_loopback() && !endpoint.is_tls()).then(|| endpoint.to_string());
    }
    let authority = url.strip_prefix("http://")?.trim_end_matches('/');
    let address = authority
        .parse::<std::net::SocketAddrV4>()
        .map(|address| *address.ip())
        .or_else(|_| authority.parse::<std::net::Ipv4Addr>());
    address.ok()?.is_link_local().then(|| format!("http://{authority}"))
}

impl Metadata {
    pub(super) fn new(base: &str, settings: &ClientSettings) -> Result<Self, ClientError> {
        let settings = ClientSettings {
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            ..settings.clone()
        };
        Ok(Self {
            http: Http::on_link(base, &settings)?,
            base: base.to_owned(),
        })
    }

    async fn key(&self) -> Result<Lease, IssueError> {
        let token = self.token().await?;
        let headers: Vec<_> = token.iter().map(|token| (TOKEN, token.expose_secret())).collect();
        let secrets: Vec<SecretString> = token.iter().cloned().collect();
        let request = HttpRequest {
            method: HttpMethod::Get,
            path: KEY_PATH,
            headers: &headers,
            json: None,
            secrets: &secrets,
        };
        let answer = self.http.send(request).await.map_err(|error| self.unreached(&error))?;
        match answer.status {
            200 => {
                let lease = lease(&answer.body, answer.date().unwrap_or_else(Timestamp::now));
                lease.ok_or_else(|| self.refused(&answer, "answered, but with no key"))
            }
            401 => Err(self.refused(&answer, "has no key, because no agency is bound to this server")),
            _ => Err(self.refused(&answer, "gave no key")),
        }
    }

    /// Version 2's; `None` where the server has version 1 alone.
    async fn token(&self) -> Result<Option<SecretString>, IssueError> {
        let request = HttpRequest {
            method: HttpMethod::Put,
            path: TOKEN_PATH,
            headers: &[TOKEN_LIFE],
            json: None,
            secrets: &[],
        };
        let answer = self.http.send(request).await.map_err(|error| self.unreached(&error))?;
        match answer.status {
            200 => {
                let token = std::str::from_utf8(&answer.body).map(str::trim).ok();
                token
                    .filter(|text| is_token(text))
                    .map(|token| Some(token.to_owned().into()))
                    .ok_or_else(|| self.refused(&answer, "gave a token that is none"))
            }
            404 | 405 | 503 => Ok(None),
            _ => Err(self.refused(&answer, "gave no token")),
        }
    }

    fn unreached(&self, error: &HttpError) -> IssueError {
        error_for(error.failure(self.says(&format!("could not be reached: {error}"))))
    }

    fn refused(&self, answer: &HttpAnswer, what: &str) -> IssueError {
        error_for(answer.failure(self.says(what)))
    }

    fn says(&self, what: &str) -> String {
        format!("the metadata service at {} {what}", self.base)
    }
}

impl Issuer for Metadata {
    fn kind(&self) -> IssuerKind {
        IssuerKind::Metadata
    }

    /// It is asked with nothing but what it gave itself a moment before.
    fn secrets(&self) -> Vec<SecretString> {
        Vec::new()
    }

    fn issue(&self) -> BoxFuture<'_, Result<Lease, IssueError>> {
        Box::pin(async {
            let issued = tokio::time::timeout(TIMEOUT, self.key()).await;
            issued.unwrap_or_else(|_| {
                Err(error_for(Failure {
                    detail: self.says("could not be reached: no answer within 3 s"),
                    ..Failure::unasked(UnknownClass::Unauthenticated)
                }))
            })
        })
    }
}

/// Never asked again at once: where it is, it answers; and early renewals come again by themselves.
fn error_for(failure: Failure) -> IssueError {
    IssueError::new(IssuerKind::Metadata, failure, Retry::No)
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 4096 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `None`: not the document that it should be.
fn lease(body: &[u8], now: Timestamp) -> Option<Lease> {
    let Document { credential: key } = serde_json::from_slice(body).ok()?;
    let parts = [&key.access, &key.secret, &key.securitytoken];
    if !parts
        .into_iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic()))
    {
        return None;
    }
    let end = key.expires_at.and_then(|text| text.parse::<Timestamp>().ok());
    let lifetime = end.and_then(|end| Duration::try_from(end.duration_since(now)).ok());
    Some(Lease {
        credential: Credential::Keys(Keys {
            access_key: key.access.into(),
            secret_key: key.secret.into(),
            security_token: Some(key.securitytoken.into()),
        }),
        // What is over already by a clock that may be wrong is renewed when it is refused.
        lifetime: lifetime.filter(|life| !life.is_zero()),
        account: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_whole_or_none() {
        let now = "2026-01-01T00:00:00Z".parse().expect("a time");
        let read = |body: &str| lease(body.as_bytes(), now).map(|lease| lease.lifetime.map(|life| life.as_secs()));
        let key = |end: &str| {
            format!(r#"{{"credential":{{"access":"A","secret":"S","securitytoken":"T","expires_at":"{end}"}}}}"#)
        };
        assert_eq!(read(&key("2026-01-01T06:00:00.000000Z")), Some(Some(21_600)));
        assert_eq!(read(&key("2025-12-31T23:00:00.000000Z")), Some(None));
        assert_eq!(read(&key("later")), Some(None));
        for body in [
            "",
            "{}",
            r#"{"credential":{"access":"A","secret":"S"}}"#,
            r#"{"credential":{"access":"","secret":"S","securitytoken":"T"}}"#,
            r#"{"credential":{"access":"A","secret":"S S","securitytoken":"T"}}"#,
        ] {
            assert_eq!(read(body), None, "{body}");
        }
    }

    #[test]
    fn only_this_machine_and_its_link_are_asked() {
        for (url, base) in [
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://localhost:1/", Some("http://localhost:1")),
            ("http://[::1]:9", Some("http://[::1]:9")),
            ("http://169.254.169.254", Some("http://169.254.169.254")),
            ("http://169.254.169.254:80/", Some("http://169.254.169.254:80")),
            ("http://169.254.169.254/latest", None),
            ("http://169.254.169.254@evil.example", None),
            ("http://10.0.0.1", None),
            ("http://metadata.example", None),
            ("https://127.0.0.1", None),
            ("https://169.254.169.254", None),
            ("on", None),
        ] {
            assert_eq!(on_link(url).as_deref(), base, "{url}");
        }
    }
}
